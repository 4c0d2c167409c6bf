"""What staff see of conflicts with endorsements, and what may name an opponent all the same."""

import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from affiliates.models import Group
from affiliates.text_objections import page_key
from foundation.accounts.models import User

from ..conflicts import ConflictError, address_of, end_conflict, key_of, open_conflicts, still_stands
from ..forms_decisions import AllowForm, OutcomeForm
from ..models import AllowedNaming, CounterEndorsement, Outcome
from ..naming import NamingError, allow_naming, opponents_to_allow, stop_allowing
from ..things import Thing, find_thing, stopped_drafts
from .decisions import decisions_page

SHOWN = 100


# --- conflicts --------------------------------------------------------------------------------------------------


@decisions_page("GET")
def national_conflicts(request: HttpRequest, user: User) -> HttpResponse:
    """The open ones, the one whose time ends first, first; and how the last ones ended."""
    ended = CounterEndorsement.objects.exclude(outcome="").select_related("group", "endorsement__candidate")
    context = {
        "conflicts": open_conflicts()[:SHOWN],
        "ended": ended.defer("group__position").order_by("-outcome_at", "-pk")[:SHOWN],
        "now": timezone.now(),
    }
    return render(request, "endorsements/conflicts/list.html", context)


@decisions_page("GET", "POST")
def national_conflict(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """One conflict: what stands against what, until when, and the staff's word."""
    rows = CounterEndorsement.objects.select_related(
        "endorsement__candidate", "endorsement__race", "group", "candidate", "decided_by"
    )
    conflict, now = get_object_or_404(rows.defer("group__position"), pk=pk), timezone.now()
    is_over = conflict.cure_until <= now
    form = OutcomeForm(request.POST if request.method == "POST" else None, may_uphold=is_over)
    if form.is_valid():
        try:
            outcome = Outcome(form.cleaned_data["outcome"])
            end_conflict(conflict=conflict, outcome=outcome, because=form.cleaned_data["because"], actor=user, now=now)
        except ConflictError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The conflict has ended. The people of the group are told."))
            return redirect("national_conflicts")
    context = {
        "conflict": conflict,
        "form": form,
        "is_over": is_over,
        "still_stands": not conflict.outcome and still_stands(conflict, now),
        "address": address_of(conflict, now),
        "subject": key_of(conflict),
    }
    return render(request, "endorsements/conflicts/conflict.html", context, status=422 if form.errors else 200)


# --- what may name an opponent ----------------------------------------------------------------------------------


@decisions_page("GET")
def national_namings(request: HttpRequest, user: User) -> HttpResponse:
    """What is stopped at this moment because it names an opponent, and what staff allow; `?q=` pages of groups."""
    now, name = timezone.now(), " ".join(request.GET.get("q", "").split())[:120]
    listed = Group.objects.listed().defer("position", "about", "plan")
    found = list(listed.named_like(name)[:10]) if name else []
    allowed = AllowedNaming.objects.select_related("candidate", "by").order_by("-at", "-pk")
    context = {
        "stopped": stopped_drafts(now, limit=SHOWN),
        "allowed": [(one, find_thing(one.thing, now)) for one in allowed[:SHOWN]],
        "name": name,
        "found": [(group, page_key(group)) for group in found],
    }
    return render(request, "endorsements/conflicts/namings.html", context)


@decisions_page("GET", "POST")
def naming_allow(request: HttpRequest, user: User, key: str) -> HttpResponse:
    """Let the thing of this key (event:17) name one opponent, with the reason why that is no support."""
    now = timezone.now()
    thing = _thing(key, now)
    candidates = opponents_to_allow(now)
    form = AllowForm(request.POST if request.method == "POST" else None, candidates=candidates)
    if form.is_valid():
        try:
            allow_naming(thing=thing.key, actor=user, now=now, **form.cleaned_data)
        except NamingError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("It may name %(name)s now.") % {"name": form.cleaned_data["candidate"]})
            return redirect("national_namings")
    context = {"form": form, "thing": thing, "back": reverse("national_namings"), "has_opponents": candidates.exists()}
    return render(request, "endorsements/conflicts/allow.html", context, status=422 if form.errors else 200)


def _thing(key: str, now: datetime.datetime) -> Thing:
    thing = find_thing(key, now)
    if thing is None:
        raise Http404
    return thing


@decisions_page("POST")
def naming_end(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """It may name them no more."""
    allowed = get_object_or_404(AllowedNaming.objects.select_related("candidate"), pk=pk)
    stop_allowing(allowed=allowed, actor=user)
    messages.success(request, _("It may no longer name %(name)s.") % {"name": allowed.candidate})
    return redirect("national_namings")
