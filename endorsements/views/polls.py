"""National staff make polls, open them, and watch over them."""

import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.csp import CSP
from django.utils.translation import gettext as _
from django.views.decorators.csp import csp_override

from affiliates.map_picture import ENLARGED, draw_picture
from foundation.accounts.models import User
from foundation.places.outlines.drawing import STYLE_SOURCE

from .. import extending, opening, poll_notices, strikes, voiding
from ..eligibility import eligible_for
from ..forms_polls import (
    ExtendForm,
    PollForm,
    RevisionForm,
    StrikeForm,
    VoidForm,
    closing_fields,
    races_to_poll,
)
from ..models import BallotStrike, EligibleGroup, Poll, PollState
from ..poll_board import (
    choices_to_freeze,
    history_of,
    interests_declared,
    seats_with_ballot,
    seats_without_ballot,
    strikes_asked,
    turnout_of,
)
from ..poll_map import groups_of, map_of_eligible, place_of_eligible
from ..poll_results import result_of_poll
from ..poll_times import closing_in_words, moment_in_words, zone_of
from ..refusals import PollError, StalePollError
from .polls_access import polls_page

PAGE_SIZE = 100
_USUAL_TIME = datetime.timedelta(days=14)


def _poll(pk: int) -> Poll:
    rows = Poll.objects.select_related("race__area", "recommended", "made_by").defer("snapshot")
    return get_object_or_404(rows, pk=pk)


def _status(form: forms.Form) -> int:
    return 422 if form.is_bound and form.errors else 200


# --- the list, and making one ---------------------------------------------------------------------------------


@polls_page("GET")
def national_polls(request: HttpRequest, user: User) -> HttpResponse:
    """Drafts and open polls, those that close first first; then those that are over."""
    polls = Poll.objects.select_related("race", "recommended").defer("snapshot")
    at_work = polls.filter(state__in=(PollState.DRAFT, PollState.OPEN)).order_by("closes_at", "pk")
    over = polls.filter(state__in=(PollState.CLOSED, PollState.VOID)).order_by("-closes_at", "-pk")
    page = Paginator(over, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "at_work": [_line(poll) for poll in at_work],
        "over": [_line(poll) for poll in page],
        "page": page,
        "can_make": races_to_poll().exists(),
    }
    return render(request, "endorsements/polls/list.html", context)


def _line(poll: Poll) -> dict[str, Any]:
    return {"poll": poll, "closes": closing_in_words(poll), "turnout": turnout_of(poll) if poll.opened_at else None}


@polls_page("GET", "POST")
def national_poll_new(request: HttpRequest, user: User) -> HttpResponse:
    """A draft from a race; `?race=` chooses it."""
    form = PollForm(request.POST) if request.method == "POST" else PollForm(initial=_usual(request))
    if form.is_valid():
        given = form.cleaned_data
        try:
            poll = opening.make_poll(
                race=given["race"], words=given["words"], closes_at=form.closes_at, actor=user, now=timezone.now()
            )
        except PollError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The draft is made. Check it, then open the poll."))
            return redirect("national_poll", poll.pk)
    return render(request, "endorsements/polls/form.html", {"form": form, "poll": None}, status=_status(form))


def _usual(request: HttpRequest) -> dict[str, Any]:
    """The race of the address, and two weeks from now at eight in the evening where it is."""
    key = request.GET.get("race", "")
    race = races_to_poll().filter(pk=int(key)).first() if key.isdecimal() and len(key) < 15 else None
    zone = zone_of(race) if race else "America/New_York"
    fields = closing_fields(timezone.now() + _USUAL_TIME, zone)
    return {**fields, "time": datetime.time(20), "race": race.pk if race else None}


@polls_page("GET", "POST")
def national_poll_change(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Another text, another closing time of a draft."""
    poll = _poll(pk)
    if poll.state != PollState.DRAFT:
        messages.error(request, _("The poll was opened: what was frozen then stays."))
        return redirect("national_poll", pk)
    shown = {"words": poll.words, "revision": poll.revision, **closing_fields(poll.closes_at, zone_of(poll.race))}
    form = PollForm(request.POST, poll=poll) if request.method == "POST" else PollForm(poll=poll, initial=shown)
    if form.is_valid() and _changed(poll, user, form):
        messages.success(request, _("The draft is changed."))
        return redirect("national_poll", pk)
    return render(request, "endorsements/polls/form.html", {"form": form, "poll": poll}, status=_status(form))


def _changed(poll: Poll, user: User, form: PollForm) -> bool:
    given = form.cleaned_data
    try:
        opening.change_poll(
            poll=poll, words=given["words"], closes_at=form.closes_at, revision=given["revision"], actor=user,
            now=timezone.now(),
        )  # fmt: skip
    except StalePollError as error:
        fresh = _poll(poll.pk)
        form.data = {**form.data.dict(), "revision": str(fresh.revision)}  # type: ignore[attr-defined]
        form.add_error(None, str(error))
        return False
    except PollError as error:
        form.add_error(None, str(error))
        return False
    return True


# --- one poll -------------------------------------------------------------------------------------------------


@polls_page("GET")
def national_poll(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """A draft with all that its opening will freeze; from then on the board."""
    poll = _poll(pk)
    if poll.opened_at is None:
        return render(request, "endorsements/polls/draft.html", _draft(request, poll))
    return render(request, "endorsements/polls/board.html", _board(request, user, poll))


@polls_page("GET")
def national_poll_board(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """The figures alone, which htmx asks for again and again."""
    poll = _poll(pk)
    if "HX-Request" not in request.headers or poll.opened_at is None:
        return redirect("national_poll", pk)
    context = {"poll": poll, "turnout": turnout_of(poll), "closes": closing_in_words(poll)}
    response = render(request, "endorsements/polls/figures.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _draft(request: HttpRequest, poll: Poll) -> dict[str, Any]:
    seats = eligible_for(poll.race)
    return {
        "poll": poll,
        "race": poll.race,
        "closes": closing_in_words(poll),
        "obstacles": [*opening.obstacles_to(poll.race, seats=seats), *_too_late(poll)],
        "candidates": choices_to_freeze(poll.race),
        "eligible": len(seats),
        "page": Paginator(seats, PAGE_SIZE).get_page(request.GET.get("page")),
        "interests": interests_declared(poll),
    }


def _too_late(poll: Poll) -> list[str]:
    return [_("The closing time has passed. Choose a later one.")] if poll.closes_at <= timezone.now() else []


def _board(request: HttpRequest, user: User, poll: Poll) -> dict[str, Any]:
    now, key = timezone.now(), f"user:{user.pk}"
    return {
        "poll": poll,
        "race": poll.race,
        "closes": closing_in_words(poll),
        "opened": moment_in_words(poll.opened_at, zone_of(poll.race)) if poll.opened_at else "",
        "turnout": turnout_of(poll),
        "is_over": poll.state != PollState.OPEN,
        "waits_for_close": poll.state == PollState.OPEN and poll.closes_at <= now,
        "page": Paginator(seats_without_ballot(poll), PAGE_SIZE).get_page(request.GET.get("page")),
        "choices": poll.choices.order_by("position"),
        "interests": interests_declared(poll),
        "strikes": [(strike, strike.asked_by == key) for strike in strikes_asked(poll)],
        "history": history_of(poll),
        "next_reminder_at": poll_notices.next_reminder_by_hand_at(poll, now=now),
        "result": result_of_poll(poll),
        "has_asked_void": poll.void_asked_by == key,
    }


@polls_page("GET")
@csp_override({"default-src": [CSP.NONE], "style-src": [STYLE_SOURCE]})
def national_poll_map(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """The groups that have a vote, as the drawn map: around them where they lie close to each other."""
    poll = _poll(pk)
    language = request.GET.get("lang", "")
    with translation.override(language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE):
        enlarge = ENLARGED if request.GET.get("size") == "small" else 1.0
        groups = groups_of(poll)
        place, drawn = place_of_eligible(poll, groups), map_of_eligible(poll, groups)
        picture = draw_picture(place, enlarge=enlarge, drawn=drawn)
    response = HttpResponse(picture, content_type="image/svg+xml")
    patch_cache_control(response, private=True, max_age=60)
    return response


# --- what is done with it -------------------------------------------------------------------------------------


@polls_page("POST")
def national_poll_open(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Freeze all of it and ask the groups."""
    poll, form = _poll(pk), RevisionForm(request.POST)
    if not form.is_valid():
        return redirect("national_poll", pk)
    try:
        opening.open_poll(poll=poll, revision=form.cleaned_data["revision"], actor=user)
    except PollError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The poll is open. The points of contact get their mail in the next minutes."))
    return redirect("national_poll", pk)


@polls_page("POST")
def national_poll_drop(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Forget a draft."""
    try:
        opening.drop_poll(poll=_poll(pk), actor=user)
    except PollError as error:
        messages.error(request, str(error))
        return redirect("national_poll", pk)
    messages.success(request, _("The draft is dropped."))
    return redirect("national_polls")


@polls_page("GET", "POST")
def national_poll_extend(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """A later closing time, with the reason that all groups read."""
    poll = _poll(pk)
    if poll.state != PollState.OPEN:
        messages.error(request, _("Only an open poll can be given more time."))
        return redirect("national_poll", pk)
    shown = closing_fields(poll.closes_at + datetime.timedelta(days=3), zone_of(poll.race))
    form = ExtendForm(request.POST) if request.method == "POST" else ExtendForm(initial=shown)
    if form.is_valid():
        try:
            because = form.cleaned_data["because"]
            extending.extend_poll(poll=poll, closes_at=form.closes_at, because=because, actor=user)
        except PollError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The poll closes later. All groups are told."))
            return redirect("national_poll", pk)
    context = {"poll": poll, "form": form, "closes": closing_in_words(poll)}
    return render(request, "endorsements/polls/extend.html", context, status=_status(form))


@polls_page("POST")
def national_poll_remind(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Write to the contacts of all groups that have not cast, now."""
    try:
        poll_notices.remind_now(poll=_poll(pk), actor=user, now=timezone.now())
    except poll_notices.NoticeError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The groups that have not cast are reminded in the next minutes."))
    return redirect("national_poll", pk)


@polls_page("GET", "POST")
def national_poll_void(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """One of the staff asks with a reason; somebody else confirms, or whoever asked takes it back."""
    poll = _poll(pk)
    form = VoidForm(request.POST if request.method == "POST" and not poll.void_asked_by else None)
    if request.method == "POST":
        done = _press_void(request, user, poll, form)
        if done is not None:
            messages.success(request, done)
            return redirect("national_poll", pk)
    context = {
        "poll": poll,
        "form": form,
        "is_own": poll.void_asked_by == f"user:{user.pk}",
        "can_be_void": poll.state in (PollState.OPEN, PollState.CLOSED),
        "asked_by": _name_of(poll.void_asked_by),
    }
    return render(request, "endorsements/polls/void.html", context, status=_status(form))


def _press_void(request: HttpRequest, user: User, poll: Poll, form: VoidForm) -> str | None:
    """What was done, in words; None where it could not be, which the page then says."""
    now, do = timezone.now(), request.POST.get("do")
    try:
        if do == "confirm":
            voiding.void_poll(poll=poll, actor=user, now=now)
            return _("The poll is void. All groups are told.")
        if do == "take_back":
            voiding.take_back_void(poll=poll, actor=user, now=now)
            return _("The poll stands.")
        if form.is_valid():
            voiding.ask_to_void(poll=poll, because=form.cleaned_data["because"], actor=user, now=now)
            return _("Somebody else of the staff has to confirm it now.")
    except PollError as error:
        if form.is_bound:
            form.add_error(None, str(error))
        else:
            messages.error(request, str(error))
    return None


def _name_of(key: str) -> str:
    """Who stands behind "user:5"; empty where the account is gone."""
    number = key.partition(":")[2]
    user = User.objects.filter(pk=number).first() if number.isdecimal() else None
    return str(user) if user else ""


# --- ballots --------------------------------------------------------------------------------------------------


@polls_page("GET")
def national_poll_ballots(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Which groups have cast and when, never what; from here a ballot is struck."""
    poll = _poll(pk)
    context = {
        "poll": poll,
        "page": Paginator(seats_with_ballot(poll), PAGE_SIZE).get_page(request.GET.get("page")),
        "asked": set(strikes_asked(poll).values_list("eligible", flat=True)),
        "can_strike": poll.state == PollState.OPEN,
    }
    return render(request, "endorsements/polls/ballots.html", context)


@polls_page("GET", "POST")
def national_poll_strike(request: HttpRequest, user: User, pk: int, number: int) -> HttpResponse:
    """One of the staff asks that a ballot be struck, with a reason."""
    poll = _poll(pk)
    seats = EligibleGroup.objects.select_related("group").defer("group__position")
    seat = get_object_or_404(seats, poll=poll, number=number)
    form = StrikeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            because = form.cleaned_data["because"]
            strikes.ask_to_strike(poll=poll, group=seat.group, because=because, actor=user, now=timezone.now())
        except PollError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Somebody else of the staff has to agree now."))
            return redirect("national_poll", pk)
    context = {"poll": poll, "seat": seat, "form": form}
    return render(request, "endorsements/polls/strike.html", context, status=_status(form))


@polls_page("POST")
def national_poll_strike_answer(request: HttpRequest, user: User, pk: int, strike: int) -> HttpResponse:
    """A second of the staff agrees, or refuses."""
    asked = get_object_or_404(BallotStrike.objects.select_related("poll", "eligible"), pk=strike, poll=pk)
    agrees = request.POST.get("do") == "agree"
    try:
        if agrees:
            strikes.agree_to_strike(strike=asked, actor=user, now=timezone.now())
        else:
            strikes.refuse_strike(strike=asked, actor=user, now=timezone.now())
    except PollError as error:
        messages.error(request, str(error))
    else:
        said = _("The ballot is struck. The group is told, and may cast again.") if agrees else _("The ballot stands.")
        messages.success(request, said)
    return redirect("national_poll", pk)
