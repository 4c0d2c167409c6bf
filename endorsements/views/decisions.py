"""The staff's queue of what polls recommend, one recommendation, and what is decided about it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from affiliates.presence import come_and_look, leave
from foundation.accounts.models import User
from foundation.accounts.staff_pages import StaffPages

from ..conflicts import open_conflicts
from ..decisions import (
    DecisionError,
    StaleDecisionError,
    decide,
    obstacles_to,
    waiting,
    why_not_by,
    withdraw_endorsement,
)
from ..forms_decisions import ApprovalForm, DecisionForm, DeclineForm, WithdrawalForm
from ..interests import open_interests
from ..models import Endorsement, EndorsementOpinion, EndorsementState
from ..permissions import can_decide_endorsements
from ..poll_results import result_of_poll
from ..poll_times import moment_in_words, zone_of

SHOWN = 100


decisions_page = StaffPages(can_decide_endorsements)
"""Views for staff who decide about endorsements."""


# --- the queue --------------------------------------------------------------------------------------------------


@decisions_page("GET")
def national_endorsements(request: HttpRequest, user: User) -> HttpResponse:
    """What waits, the oldest first, with who has decided what; then what was decided last."""
    rows = waiting().prefetch_related("opinions")[:SHOWN]
    decided = Endorsement.objects.exclude(state=EndorsementState.PROPOSED).select_related("race", "candidate")
    context = {
        "lines": [_line(endorsement, user) for endorsement in rows],
        "decided": decided.order_by("-decided_at", "-pk")[:SHOWN],
        "conflicts": open_conflicts().count(),
        "now": timezone.now(),
    }
    return render(request, "endorsements/decisions/queue.html", context)


def _line(endorsement: Endorsement, user: User) -> dict[str, Any]:
    opinions = list(endorsement.opinions.all())
    return {
        "endorsement": endorsement,
        "approved": sum(opinion.approves for opinion in opinions),
        "declined": sum(not opinion.approves for opinion in opinions),
        "is_mine": any(opinion.by == f"user:{user.pk}" for opinion in opinions),
    }


# --- one of them ------------------------------------------------------------------------------------------------


@decisions_page("GET")
def national_endorsement(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """What the poll recommends and how it ended, what was decided so far, and the ways to decide."""
    endorsement = _endorsement(pk)
    now = timezone.now()
    context = {
        **_on_every_page(endorsement, user),
        "opinions": _named(endorsement),
        "result": result_of_poll(endorsement.poll),
        "interests": open_interests(endorsement.race).select_related("user", "candidate").order_by("declared_at", "pk"),
        "obstacles": obstacles_to(endorsement),
        "why_not": why_not_by(endorsement, user),
        "published": _published(endorsement),
        "is_public": bool(endorsement.public_from and endorsement.public_from <= now),
        "conflicts": endorsement.conflicts.order_by("-opened_at", "pk").select_related("group")[:SHOWN],
    }
    return render(request, "endorsements/decisions/endorsement.html", context)


@decisions_page("GET")
def national_endorsement_presence(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Who else has it open: a piece of the page, which htmx asks for again and again."""
    if "HX-Request" not in request.headers:
        return redirect("national_endorsement", pk)
    endorsement = get_object_or_404(Endorsement.objects.only("pk", "revision"), pk=pk)
    read = request.GET.get("revision", "")
    is_number = read.isdecimal() and len(read) < 10
    context = {
        "endorsement": endorsement,
        "others": _look(endorsement, user),
        "is_stale": is_number and int(read) != endorsement.revision,
        "revision": read if is_number else endorsement.revision,
    }
    response = render(request, "endorsements/decisions/presence.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _endorsement(pk: int) -> Endorsement:
    return get_object_or_404(Endorsement.objects.select_related("race", "candidate", "poll"), pk=pk)


def _on_every_page(endorsement: Endorsement, user: User) -> dict[str, Any]:
    return {"endorsement": endorsement, "others": _look(endorsement, user), "revision": endorsement.revision}


def _look(endorsement: Endorsement, user: User) -> list[User]:
    return come_and_look(item=endorsement.subject, user=user, now=timezone.now())


def _named(endorsement: Endorsement) -> list[tuple[EndorsementOpinion, User | None]]:
    """The opinions with whoever gave them, the first first; None where the account is gone."""
    opinions = list(endorsement.opinions.order_by("at", "pk"))
    users = User.objects.in_bulk([int(opinion.by.removeprefix("user:")) for opinion in opinions])
    return [(opinion, users.get(int(opinion.by.removeprefix("user:")))) for opinion in opinions]


def _published(endorsement: Endorsement) -> str:
    """From when it is published, in words; "" where that is the moment of the decision."""
    return moment_in_words(endorsement.public_from, zone_of(endorsement.race)) if endorsement.public_from else ""


# --- deciding ---------------------------------------------------------------------------------------------------


@decisions_page("GET", "POST")
def national_endorsement_approve(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Approve it: the first with the public statement and the moment, the second that text."""
    endorsement = _endorsement(pk)
    is_first = not endorsement.opinions.filter(approves=True).exists()
    form = _approval_form(request, endorsement, is_first=is_first)
    if form.is_valid():
        text = {"statement": "", "public_from": None}
        if is_first:
            text = {name: form.cleaned_data[name] for name in text}
        if response := _decide(request, user, endorsement, form, approves=True, **text):
            return response
    context = {"is_first": is_first, "published": _published(endorsement)}
    return _form_page(request, user, endorsement, form, "approve", **context)


def _approval_form(request: HttpRequest, endorsement: Endorsement, *, is_first: bool) -> DecisionForm:
    initial = {"revision": endorsement.revision, "time_zone": zone_of(endorsement.race)}
    kind = ApprovalForm if is_first else DecisionForm
    return kind(request.POST if request.method == "POST" else None, initial=initial)


@decisions_page("GET", "POST")
def national_endorsement_decline(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Decline it with a reason."""
    endorsement = _endorsement(pk)
    form = DeclineForm(request.POST if request.method == "POST" else None, initial={"revision": endorsement.revision})
    if form.is_valid() and (response := _decide(request, user, endorsement, form, approves=False)):
        return response
    return _form_page(request, user, endorsement, form, "decline")


def _decide(
    request: HttpRequest, user: User, endorsement: Endorsement, form: DecisionForm, *, approves: bool, **text: Any
) -> HttpResponse | None:
    """Give this person's word and go on to the next; None, with the error at the form, where that cannot be."""
    given = {name: form.cleaned_data[name] for name in ("because", "revision")}
    try:
        held = decide(endorsement=endorsement, approves=approves, actor=user, now=timezone.now(), **given, **text)
    except DecisionError as error:
        if isinstance(error, StaleDecisionError):
            fresh = Endorsement.objects.values_list("revision", flat=True).get(pk=endorsement.pk)
            form.data = {**form.data.dict(), "revision": str(fresh)}  # type: ignore[attr-defined]
        form.add_error(None, str(error))
        return None
    messages.success(request, _what_follows(held))
    leave(item=endorsement.subject, user=user)
    following = next((one for one in waiting() if one.pk != held.pk and not why_not_by(one, user)), None)
    return redirect("national_endorsement", following.pk) if following else redirect("national_endorsements")


def _what_follows(held: Endorsement) -> str:
    name = {"name": held.candidate}
    if held.state == EndorsementState.PROPOSED:
        return _("Your decision about %(name)s is kept. Somebody else of the staff decides too.") % name
    if held.state == EndorsementState.DECLINED:
        return _("%(name)s is not endorsed. The groups that were asked are told why.") % name
    return _("%(name)s is endorsed. It is published from %(when)s.") % {**name, "when": _published(held)}


@decisions_page("GET", "POST")
def national_endorsement_withdraw(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Take back an endorsement in force, with a reason."""
    endorsement = _endorsement(pk)
    form = WithdrawalForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            withdraw_endorsement(endorsement=endorsement, actor=user, now=timezone.now(), **form.cleaned_data)
        except DecisionError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The endorsement of %(name)s is withdrawn.") % {"name": endorsement.candidate})
            return redirect("national_endorsement", pk)
    return _form_page(request, user, endorsement, form, "withdraw")


def _form_page(
    request: HttpRequest, user: User, endorsement: Endorsement, form: Any, name: str, **context: Any
) -> HttpResponse:
    everything = {**_on_every_page(endorsement, user), "form": form, **context}
    return render(request, f"endorsements/decisions/{name}.html", everything, status=422 if form.errors else 200)
