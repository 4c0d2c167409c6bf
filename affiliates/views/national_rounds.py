"""National staff end agreements, let groups come back, and hold rounds of re-signing."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from foundation.accounts.fresh_sign_in import fresh_sign_in_required
from foundation.accounts.models import User

from .. import rounds
from ..agreements.steps import AgreementStepError, end_agreement
from ..forms_in_force import AllowReturnForm, LaterForm, NationalEndForm, RoundForm
from ..models import Agreement, AgreementTemplate, EndedBy, Group, ResigningRound
from ..permissions import can_review_applications
from ..reinstatement import ReturnError, allow_return, is_coming_back

PAGE_SIZE = 50


def _staff(request: HttpRequest) -> User:
    if not isinstance(request.user, User) or not can_review_applications(request.user):
        raise PermissionDenied
    return request.user


def _status(form: forms.Form) -> int:
    return 422 if form.is_bound and form.errors else 200


# --- one group ------------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def national_group(request: HttpRequest, pk: int) -> HttpResponse:
    """One group: where it stands, its agreements; by POST one that the network ended may come back."""
    actor = _staff(request)
    group = get_object_or_404(Group.objects.defer("position"), pk=pk)
    form = AllowReturnForm(request.POST or None)
    if form.is_valid() and _allowed(group, actor, form):
        messages.success(request, _("The group may come back. We told its points of contact."))
        return redirect("national_group", pk)
    agreements = group.agreements.without_bodies().select_related("template").order_by("-created_at", "-pk")
    last = agreements.last_over()
    context = {
        "group": group,
        "agreements": agreements,
        "in_force": agreements.in_force().first(),
        "last": last,
        "may_allow": not group.is_listed and last is not None and last.bars_return,
        "is_coming_back": is_coming_back(group),
        "people": group.roles.select_related("user").order_by("role", "since", "pk"),
        "form": form,
    }
    return render(request, "affiliates/national/group.html", context, status=_status(form))


def _allowed(group: Group, actor: User, form: AllowReturnForm) -> bool:
    try:
        allow_return(group=group, reason=form.cleaned_data["reason"], actor=actor, now=timezone.now())
    except ReturnError as refused:
        form.add_error("reason", str(refused))
        return False
    return True


@fresh_sign_in_required
@require_http_methods(["GET", "HEAD", "POST"])
def national_group_end(request: HttpRequest, pk: int) -> HttpResponse:
    """National ends a group's agreement, with the reason that the group reads."""
    actor = _staff(request)
    group = get_object_or_404(Group.objects.defer("position"), pk=pk)
    agreement = Agreement.objects.in_force().without_bodies().filter(group=group).first()
    if agreement is None:
        messages.error(request, _("No agreement of this group is in force."))
        return redirect("national_group", pk)
    form = NationalEndForm(request.POST or None)
    if form.is_valid() and _ended(agreement, actor, form):
        messages.success(request, _("The agreement with %(group)s has ended.") % {"group": group})
        return redirect("national_group", pk)
    context = {"group": group, "agreement": agreement, "form": form}
    return render(request, "affiliates/national/group_end.html", context, status=_status(form))


def _ended(agreement: Agreement, actor: User, form: NationalEndForm) -> bool:
    reason, cause = form.cleaned_data["reason"], form.cleaned_data["cause"]
    try:
        end_agreement(
            agreement=agreement, by=EndedBy.NETWORK, actor=actor, now=timezone.now(), reason=reason, cause=cause
        )
    except AgreementStepError as refused:
        form.add_error(None, str(refused))
        return False
    return True


# --- rounds ---------------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def round_list(request: HttpRequest) -> HttpResponse:
    """All rounds, the newest first; by POST a new one for the newest version, where none is under way."""
    actor = _staff(request)
    form = RoundForm(request.POST or None)
    if form.is_valid() and (opened := _opened(actor, form)):
        messages.success(request, _("The round is open. We write to the groups in the next minutes."))
        return redirect("national_round", opened.pk)
    newest = AgreementTemplate.objects.current()
    context = {
        "rounds": ResigningRound.objects.select_related("template").order_by("-opened_at", "-pk"),
        "newest": newest,
        "may_open": _may_open(newest),
        "form": form,
    }
    return render(request, "affiliates/rounds/list.html", context, status=_status(form))


def _may_open(newest: AgreementTemplate | None) -> bool:
    if newest is None or rounds.open_round_of_today():
        return False
    return not ResigningRound.objects.filter(template=newest).exists()


def _opened(actor: User, form: RoundForm) -> ResigningRound | None:
    try:
        return rounds.open_round(due_at=form.due_at, note=form.cleaned_data["note"], actor=actor, now=timezone.now())
    except rounds.RoundError as refused:
        form.add_error("due", str(refused))
        return None


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def round_board(request: HttpRequest, pk: int) -> HttpResponse:
    """Who has signed, who waits, who has not; by POST the date is made later."""
    actor = _staff(request)
    asked = get_object_or_404(ResigningRound.objects.select_related("template", "opened_by"), pk=pk)
    form = LaterForm(request.POST or None)
    if form.is_valid() and _extended(asked, actor, form):
        messages.success(request, _("The groups have more time."))
        return redirect("national_round", pk)
    return render(request, "affiliates/rounds/board.html", _board(request, asked, form), status=_status(form))


def _extended(asked: ResigningRound, actor: User, form: LaterForm) -> bool:
    try:
        rounds.extend_round(asked=asked, due_at=form.due_at, actor=actor, now=timezone.now())
    except rounds.RoundError as refused:
        form.add_error("due", str(refused))
        return False
    return True


def _board(request: HttpRequest, asked: ResigningRound, form: LaterForm) -> dict[str, Any]:
    standing = request.GET.get("standing", rounds.NOT_YET)
    if standing not in {rounds.SIGNED, rounds.WAITING, rounds.NOT_YET}:
        standing = rounds.NOT_YET
    found = rounds.groups_of(asked).filter(standing=standing).order_by("name_key", "pk")
    counts = rounds.counts_of(asked)
    tabs = [(rounds.NOT_YET, _("Not signed yet")), (rounds.WAITING, _("Waiting for us")), (rounds.SIGNED, _("Signed"))]
    return {
        "round": asked,
        "form": form,
        "counts": counts,
        "total": sum(counts[name] for name, _label in tabs),
        "tabs": [(name, label, counts[name]) for name, label in tabs],
        "standing": standing,
        "page": Paginator(found, PAGE_SIZE).get_page(request.GET.get("page")),
        "is_late": asked.closed_at is None and asked.due_at <= timezone.now(),
    }


@login_required
def round_close(request: HttpRequest, pk: int) -> HttpResponse:
    """End a round: nobody is warned or lapses any more."""
    actor = _staff(request)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    asked = get_object_or_404(ResigningRound, pk=pk)
    try:
        rounds.close_round(asked=asked, actor=actor, now=timezone.now())
    except rounds.RoundError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The round is closed. No group lapses because of it any more."))
    return redirect("national_round", pk)
