"""The staff's queue of pairs that may be one human, and the merges that can be undone."""

import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.accounts.models import User

from ..duplicates import DuplicateError, begin_to_look, dismiss_duplicate, end_look, looked_at, next_pair
from ..forms_duplicates import PairForm, side_by_side
from ..merging import TIME_TO_UNDO, MergeError, merge_people, proposed_to_keep, undo_merge
from ..models import Duplicate, DuplicateState, Merge
from ..permissions import can_see_people

SHOWN = 50


def _staff(request: HttpRequest) -> User:
    """Whoever asks, if they may merge people."""
    if not isinstance(request.user, User) or not can_see_people(request.user):
        raise PermissionDenied
    return request.user


@login_required
def duplicates(request: HttpRequest) -> HttpResponse:
    """The queue, oldest first."""
    user = _staff(request)
    waiting = Duplicate.objects.open()
    pairs = list(waiting.select_related("first", "second").defer("first__position", "second__position")[:SHOWN])
    busy = looked_at(pairs, besides=user)
    rows = [(pair, pair.pk in busy) for pair in pairs]
    return render(request, "members/duplicates/queue.html", {"rows": rows, "count": waiting.count()})


@login_required
def duplicate(request: HttpRequest, pk: int) -> HttpResponse:
    """Both persons side by side: which to keep, and whose word counts where they differ."""
    user = _staff(request)
    pair = Duplicate.objects.with_people().filter(pk=pk).first()
    if pair is None or pair.state != DuplicateState.OPEN:
        messages.info(request, _("Somebody has decided on that pair already."))
        return _on(user)
    if request.method == "POST" and "two_people" in request.POST:
        return _dismiss(request, pair, user)
    form = PairForm(request.POST or None, pair=pair)
    if form.is_valid():
        return _merge(request, form, user)
    now = timezone.now()
    context = {
        "pair": pair,
        "form": form,
        "rows": side_by_side(pair, form),
        "proposed": proposed_to_keep(pair.first, pair.second),
        "look": _who_looks(pair, user, now),
        "two_logins": bool(pair.first.user_id and pair.second.user_id),
    }
    return render(request, "members/duplicates/pair.html", context, status=422 if form.errors else 200)


def _who_looks(pair: Duplicate, user: User, now: datetime.datetime) -> dict[str, object] | None:
    look = begin_to_look(duplicate=pair, user=user, now=now)
    return {"user": User.objects.filter(pk=look.user).first(), "since": look.since} if look else None


def _dismiss(request: HttpRequest, pair: Duplicate, user: User) -> HttpResponse:
    try:
        dismiss_duplicate(duplicate=pair, actor=user, now=timezone.now())
    except DuplicateError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("They stay two people. Nobody will be asked about them again."))
    end_look(duplicate_id=pair.pk, user=user)
    return _on(user)


def _merge(request: HttpRequest, form: PairForm, user: User) -> HttpResponse:
    pk = form.pair.pk
    try:
        merge_people(kept=form.kept, gone=form.gone, choices=form.choices, actor=user, now=timezone.now())
    except MergeError as error:
        messages.error(request, str(error))
        return redirect("duplicate", pk=pk)
    messages.success(request, _("The two are one person now. You can undo it for 30 days."))
    end_look(duplicate_id=pk, user=user)
    return _on(user)


def _on(user: User) -> HttpResponse:
    """The next pair follows; the queue where there is none."""
    pair = next_pair(user=user)
    return redirect("duplicate", pk=pair.pk) if pair else redirect("duplicates")


@login_required
def merges(request: HttpRequest) -> HttpResponse:
    """The merges of the last 30 days, newest first."""
    _staff(request)
    recent = Merge.objects.filter(merged_at__gte=timezone.now() - TIME_TO_UNDO)
    rows = recent.select_related("kept", "merged_by").defer("kept__position").order_by("-merged_at", "-pk")
    return render(request, "members/duplicates/merges.html", {"merges": rows[:200]})


@login_required
def merge_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring back the person who went."""
    user, merge = _staff(request), get_object_or_404(Merge, pk=pk)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        undo_merge(merge=merge, actor=user, now=timezone.now())
    except MergeError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("They are two people again."))
    return redirect("merges")
