"""Races for staff: the list, one race, writing it down, its area, and what groups propose."""

from dataclasses import asdict, dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.places.states import state_name
from members.views.access import page_number

from ..elections import days_left_in_words
from ..folding import fold_race, races_to_fold_into
from ..forms_races import AreaForm, BecauseForm, FoldForm, RaceForm, zip_codes_in_words
from ..interests import open_interests
from ..models import Candidate, Level, Nomination, PollState, QuestionnaireResponse, Race
from ..nominations import nominations_together
from ..race_areas import find_area, keep_found, make_area
from ..race_queue import read_race_queue, states_with_races
from ..races import (
    KnownRaceError,
    RaceError,
    StaleRaceError,
    change_race,
    confirm_race,
    decline_race,
    make_race,
    plan_of,
    set_area,
)
from .races_access import races_page

PAGE_SIZE = 50


@dataclass(frozen=True)
class RaceDay:
    """One of a race's days, with how far off it is."""

    label: str
    day: Any
    left: str


@dataclass(frozen=True)
class CandidateLine:
    """A candidate on the page of their race."""

    candidate: Candidate
    nominations: list[Nomination]
    response: QuestionnaireResponse | None
    notes: int


# --- the list -------------------------------------------------------------------------------------------------


@races_page("GET")
def national_races(request: HttpRequest, user: User) -> HttpResponse:
    """All races: with a proposal first, then by election."""
    queue, page = read_race_queue(request.GET), page_number(request.GET.get("page", "1"))
    today = timezone.localdate()
    rows = list(queue.races(today)[(page - 1) * PAGE_SIZE : page * PAGE_SIZE + 1])
    context = {
        "queue": queue,
        "races": [(race, next_day(race)) for race in rows[:PAGE_SIZE]],
        "states": [(code, state_name(code)) for code in states_with_races()],
        "levels": Level.choices,
        "previous_query": queue.page_query(page - 1) if page > 1 else "",
        "next_query": queue.page_query(page + 1) if len(rows) > PAGE_SIZE else "",
    }
    return render(request, "endorsements/races/list.html", context)


def days_of(race: Race) -> list[RaceDay]:
    """The days of a race that are known, in their order."""
    today = timezone.localdate()
    labelled = [
        (_("Last day to file"), race.filing_deadline),
        (_("Primary election"), race.primary_date),
        (_("Election"), race.election_date),
    ]
    return [RaceDay(label, day, days_left_in_words(day, today)) for label, day in labelled if day]


def next_day(race: Race) -> RaceDay:
    """The next of its days that is to come; of a race that is over, the election."""
    days, today = days_of(race), timezone.localdate()
    return next((one for one in days if one.day >= today), days[-1])


# --- one race -------------------------------------------------------------------------------------------------


@races_page("GET")
def national_race(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Who stands, who nominates whom and why, what ties whom to a campaign, where it is."""
    race = _race(pk)
    polls = list(race.polls.order_by("-pk"))
    is_open = any(poll.state in (PollState.DRAFT, PollState.OPEN) for poll in polls)
    context = {
        "race": race,
        "days": days_of(race),
        "lines": _lines(race),
        "interests": open_interests(race).select_related("user", "candidate").order_by("declared_at", "pk"),
        "area_size": zip_codes_in_words(race.area.members.count()) if race.area else "",
        "why_unknown": "" if race.area else find_area(race).why,
        "polls": polls,
        "may_poll": race.is_confirmed and race.area_id and not is_open,
    }
    return render(request, "endorsements/races/race.html", context)


def _lines(race: Race) -> list[CandidateLine]:
    together = nominations_together(race)
    keys = [one.candidate.pk for one in together]
    responses = QuestionnaireResponse.objects.filter(candidate__in=keys).order_by("sent_at", "pk")
    newest = {response.candidate_id: response for response in responses}
    counted = race.candidates.annotate(notes=Count("research")).order_by("pk").values_list("pk", "notes")
    notes = dict(counted)
    return [
        CandidateLine(one.candidate, one.nominations, newest.get(one.candidate.pk), notes[one.candidate.pk])
        for one in together
    ]


def _race(pk: int) -> Race:
    rows = Race.objects.select_related("area", "proposed_by").defer("proposed_by__position")
    return get_object_or_404(rows, pk=pk)


@races_page("GET", "POST")
def race_new(request: HttpRequest, user: User) -> HttpResponse:
    """Write a race down."""
    form = RaceForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            race = make_race(plan=form.plan(), actor=user, now=timezone.now())
        except KnownRaceError as known:
            return _to_known(request, known)
        except RaceError as error:
            form.add_error(error.about or None, str(error))
        else:
            messages.success(request, _("The race is written down. Add its candidates."))
            return redirect("national_race", race.pk)
    return _form_page(request, "form.html", {"form": form})


@races_page("GET", "POST")
def race_change(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Change what is written of it."""
    race = _race(pk)
    initial = {**asdict(plan_of(race)), "revision": race.revision}
    form = RaceForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            change_race(
                race=race, plan=form.plan(race.area_id), revision=form.cleaned_data["revision"] or 0, actor=user,
                now=timezone.now(),
            )  # fmt: skip
        except KnownRaceError as known:
            return _to_known(request, known)
        except StaleRaceError as error:
            form.data = {**form.data.dict(), "revision": str(_race(pk).revision)}  # type: ignore[attr-defined]
            form.add_error(None, str(error))
        except RaceError as error:
            form.add_error(error.about or None, str(error))
        else:
            messages.success(request, _("Your changes are saved."))
            return redirect("national_race", pk)
    return _form_page(request, "form.html", {"form": form, "race": race})


def _to_known(request: HttpRequest, known: KnownRaceError) -> HttpResponse:
    messages.warning(request, _("This race is here already. You are on its page."))
    return redirect("national_race", known.race.pk)


@races_page("GET", "POST")
def race_area(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Say where it is: take what is found by its name, an area that is here, or make one."""
    race = _race(pk)
    finding = find_area(race)
    initial = {"revision": race.revision, "how": "area" if race.area_id else "", "area": race.area_id}
    form = AreaForm(request.POST if request.method == "POST" else None, race=race, initial=initial)
    if request.method == "POST" and request.POST.get("do") == "found" and finding.is_known:
        return _set_area(request, user, race, keep_found(finding, actor=user))
    if form.is_valid():
        area = form.cleaned_data["area"] if form.cleaned_data["how"] == "area" else None
        if form.recipe:
            area = make_area(name=form.area_name, recipe=form.recipe, actor=user)
        return _set_area(request, user, race, area)
    context = {"form": form, "race": race, "finding": finding}
    return _form_page(request, "area.html", context)


def _set_area(request: HttpRequest, user: User, race: Race, area: Any) -> HttpResponse:
    typed = request.POST.get("revision", "")
    revision = int(typed) if typed.isdecimal() and len(typed) < 9 else race.revision
    try:
        set_area(race=race, area=area, revision=revision, actor=user, now=timezone.now())
    except RaceError as error:
        messages.error(request, str(error))
        return redirect("national_race_area", race.pk)
    messages.success(request, _("The area of the race is saved."))
    return redirect("national_race", race.pk)


# --- what groups propose --------------------------------------------------------------------------------------


@races_page("POST")
def race_confirm(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """National's yes to a proposed race."""
    confirm_race(race=_race(pk), actor=user, now=timezone.now())
    messages.success(request, _("The race is confirmed, and the public sees it. Confirm its candidates too."))
    return redirect("national_race", pk)


@races_page("GET", "POST")
def race_decline(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """National's no to a proposed race, with the reason."""
    race = _race(pk)
    if race.is_confirmed:
        return _it_stays(request, race)
    form = BecauseForm(
        request.POST if request.method == "POST" else None,
        label=_("Why does national not take it up?"),
        hint=_("The groups that proposed or nominated get it by mail."),
    )
    if form.is_valid():
        try:
            decline_race(race=race, because=form.cleaned_data["because"], actor=user, now=timezone.now())
        except RaceError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("It is gone, and the groups are told why."))
            return redirect("national_races")
    return _form_page(request, "decline.html", {"form": form, "race": race})


@races_page("GET", "POST")
def race_fold(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """ "It is a race that is here already": what was said about the proposed one goes there."""
    race = _race(pk)
    if race.is_confirmed:
        return _it_stays(request, race)
    races = races_to_fold_into(race, timezone.now().date())
    form = FoldForm(request.POST if request.method == "POST" else None, races=races)
    if form.is_valid():
        try:
            known = fold_race(race=race, into=form.cleaned_data["race"], actor=user, now=timezone.now())
        except RaceError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Its candidates and nominations are here now."))
            return redirect("national_race", known.pk)
    return _form_page(request, "fold.html", {"form": form, "race": race, "has_races": races.exists()})


def _it_stays(request: HttpRequest, race: Race) -> HttpResponse:
    messages.error(request, _("This race is confirmed and stays."))
    return redirect("national_race", race.pk)


def _form_page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    status = 422 if context["form"].errors else 200
    return render(request, f"endorsements/races/{template}", context, status=status)
