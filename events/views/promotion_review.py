"""The staff's queue of promotions, one promotion, what is decided about it, and holding it while it is being sent."""

import datetime
from collections.abc import Callable
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from affiliates.presence import come_and_look, leave
from foundation.accounts.models import User

from ..audience import Estimate, estimate
from ..emails.notices import place_of
from ..event_times import when_in_words
from ..forms_promotions import (
    PromotionCancelForm,
    PromotionChangesForm,
    PromotionDeclineForm,
    PromotionTimeForm,
    PromotionTurnForm,
)
from ..models import LAUNCHED, OPEN, Promotion, PromotionState
from ..plan_times import local_time
from ..promoting import CAN_BE_CANCELLED, PromotionError, cancel_promotion, pause_promotion, resume_promotion
from ..promotion_objections import objections_to_promotion
from ..promotion_queue import (
    SHOWN_WORDS,
    PromotionQueue,
    expected_send_at,
    line_around,
    read_promotion_queue,
)
from ..promotion_requests import (
    PromotionRequestError,
    StalePromotionError,
    approve_promotion,
    ask_for_changes,
    decline_promotion,
    obstacles_to_promoting,
)
from ..sending_hours import next_sending_moment
from .mail_frames import mail_page, previews
from .promotion_pieces import draw_piece, draw_progress, what_came_of
from .reviewing import events_page

SHOWN = 100


# --- the queue ------------------------------------------------------------------------------------------------


@events_page("GET")
def national_promotions(request: HttpRequest, user: User) -> HttpResponse:
    """What waits, the oldest first; `?show=` those that stand elsewhere."""
    queue, now = read_promotion_queue(request.GET), timezone.now()
    context = {
        "queue": queue,
        "promotions": list(queue.promotions()[:SHOWN]),
        "shown": SHOWN_WORDS.items(),
        "now": now,
    }
    return render(request, "events/promotions/queue.html", context)


# --- one promotion --------------------------------------------------------------------------------------------


@events_page("GET")
def national_promotion(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """What the group asks for, whom it would reach, who else wants the same people, and what can be decided."""
    promotion, now = _promotion(pk), timezone.now()
    event = promotion.event
    is_open = promotion.state in OPEN
    obstacles = obstacles_to_promoting(event=event, group=promotion.group, now=now) if is_open else []
    context = {
        "promotion": promotion,
        "event": event,
        "when": when_in_words(event.starts_at, event.ends_at, event.time_zone),
        "place": place_of(event),
        "obstacles": [*obstacles, *(objections_to_promotion(promotion) if is_open else [])],
        "estimate": _estimate(promotion, now) if is_open and not obstacles else None,
        "line": line_around(promotion, now=now) if promotion.state in (*OPEN, *LAUNCHED) else [],
        "at_once": next_sending_moment(now, event.time_zone),
        "expected_at": expected_send_at(promotion, now=now),
        **what_came_of(promotion, progress_address=reverse("national_promotion_progress", args=[pk])),
        "may_cancel": promotion.state in CAN_BE_CANCELLED and promotion.state != PromotionState.REQUESTED,
        "previews": previews("national_promotion_mail", pk),
        "queue": read_promotion_queue(request.GET),
        "others": _look(promotion, user),
        "revision": promotion.revision,
    }
    return render(request, "events/promotions/review.html", context)


def _estimate(promotion: Promotion, now: datetime.datetime) -> Estimate:
    whom: dict[str, Any] = {"radius_miles": promotion.radius_miles, "wanted": promotion.wanted}
    return estimate(event=promotion.event, group=promotion.group, now=now, **whom)


@events_page("GET")
def national_promotion_presence(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Who else has it open: a piece of the page, which htmx asks for again and again."""
    if "HX-Request" not in request.headers:
        return redirect("national_promotion", pk)
    promotion = get_object_or_404(Promotion.objects.only("pk", "revision"), pk=pk)
    read = request.GET.get("revision", "")
    context = {
        "promotion": promotion,
        "others": _look(promotion, user),
        "is_stale": read.isdecimal() and len(read) < 10 and int(read) != promotion.revision,
        "revision": read if read.isdecimal() else promotion.revision,
    }
    return draw_piece(request, "presence", context)


@events_page("GET")
def national_promotion_progress(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """How far it has gone out: a piece of the page, which htmx asks for while it goes on."""
    if "HX-Request" not in request.headers:
        return redirect("national_promotion", pk)
    promotion = get_object_or_404(Promotion, pk=pk)
    return draw_progress(request, promotion, reverse("national_promotion_progress", args=[pk]))


@events_page("GET")
def national_promotion_mail(request: HttpRequest, user: User, pk: int, language: str) -> HttpResponse:
    """The mail in this language, for its frame."""
    return mail_page(request, _promotion(pk), language)


def _promotion(pk: int) -> Promotion:
    rows = Promotion.objects.select_related("event", "event__group", "group", "asked_by", "decided_by")
    return get_object_or_404(rows.defer("event__position", "event__group__position", "group__position"), pk=pk)


def _look(promotion: Promotion, user: User) -> list[User]:
    return come_and_look(item=promotion.key, user=user, now=timezone.now())


# --- deciding -------------------------------------------------------------------------------------------------


@events_page("POST")
def national_promotion_approve(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Approve it, to go out as soon as it is an hour of sending at the venue; and on to the next."""
    promotion, form = _promotion(pk), PromotionTurnForm(request.POST)
    if not form.is_valid():
        return _to_page(request, promotion)
    try:
        revision = form.cleaned_data["revision"]
        approve_promotion(promotion=promotion, revision=revision, send_at=None, actor=user, now=timezone.now())
    except PromotionRequestError as error:
        messages.error(request, str(error))
        return _to_page(request, promotion)
    return _on(request, user, promotion, _approved(promotion))


@events_page("GET", "POST")
def national_promotion_time(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Approve it, to go out at a time on the clocks of the venue."""
    promotion = _promotion(pk)
    event = promotion.event
    opens = local_time(next_sending_moment(timezone.now(), event.time_zone), event.time_zone)
    initial = {"revision": promotion.revision, **PromotionTimeForm.proposed(opens)}
    form = PromotionTimeForm(request.POST if request.method == "POST" else None, event=event, initial=initial)

    def approve() -> None:
        given = form.cleaned_data
        approve_promotion(
            promotion=promotion, revision=given["revision"], send_at=given["send_at"], actor=user, now=timezone.now()
        )

    return _decide(request, user, promotion, form, _Act("time", approve, _approved(promotion)))


@events_page("GET", "POST")
def national_promotion_changes(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Give it back to its group with what is to be changed."""
    promotion = _promotion(pk)
    form = _turn_form(request, promotion, PromotionChangesForm)

    def ask() -> None:
        ask_for_changes(promotion=promotion, actor=user, now=timezone.now(), **form.cleaned_data)

    said = _("The group of “%(promotion)s” has it back.") % {"promotion": promotion}
    return _decide(request, user, promotion, form, _Act("changes", ask, said))


@events_page("GET", "POST")
def national_promotion_decline(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Decline it with a reason."""
    promotion = _promotion(pk)
    form = _turn_form(request, promotion, PromotionDeclineForm)

    def decline() -> None:
        decline_promotion(promotion=promotion, actor=user, now=timezone.now(), **form.cleaned_data)

    said = _("“%(promotion)s” is declined. Its group is told why.") % {"promotion": promotion}
    return _decide(request, user, promotion, form, _Act("decline", decline, said))


def _approved(promotion: Promotion) -> str:
    return _("“%(promotion)s” is approved. Its group is told.") % {"promotion": promotion}


def _turn_form[F: PromotionTurnForm](request: HttpRequest, promotion: Promotion, kind: type[F]) -> F:
    return kind(request.POST) if request.method == "POST" else kind(initial={"revision": promotion.revision})


class _Act(NamedTuple):
    """What a form of staff does: the name of its page, the act, and what is said once it is done."""

    name: str
    do: Callable[[], object]
    said: str


def _decide(request: HttpRequest, user: User, promotion: Promotion, form: PromotionTurnForm, act: _Act) -> HttpResponse:
    """Do `act` where the form is valid and go on to the next; else draw the form, with what is wrong."""
    if form.is_valid():
        try:
            act.do()
        except PromotionRequestError as error:
            promotion = _promotion(promotion.pk)
            if isinstance(error, StalePromotionError):  # the form once more, with the revision to be read now
                form.data = {**form.data.dict(), "revision": str(promotion.revision)}  # type: ignore[attr-defined]
            form.add_error(None, str(error))
        else:
            return _on(request, user, promotion, act.said)
    context = {
        "promotion": promotion,
        "event": promotion.event,
        "form": form,
        "queue": read_promotion_queue(request.GET),
        "others": _look(promotion, user),
        "revision": form["revision"].value(),
    }
    return render(request, f"events/promotions/review_{act.name}.html", context, status=422 if form.errors else 200)


# --- while it is being sent -----------------------------------------------------------------------------------


@events_page("POST")
def national_promotion_pause(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Send no more of it for now."""
    promotion = _promotion(pk)
    try:
        pause_promotion(promotion=promotion, actor=user, now=timezone.now())
    except PromotionError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("It is paused. What is going out at this moment still goes."))
    return _to_page(request, promotion)


@events_page("POST")
def national_promotion_resume(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Go on with it."""
    promotion = _promotion(pk)
    try:
        resume_promotion(promotion=promotion, actor=user, now=timezone.now())
    except PromotionError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("It goes on."))
    return _to_page(request, promotion)


@events_page("GET", "POST")
def national_promotion_cancel(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Call it off with a reason."""
    promotion = _promotion(pk)
    form = PromotionCancelForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            cancel_promotion(promotion=promotion, actor=user, now=timezone.now(), **form.cleaned_data)
        except PromotionError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("It is cancelled. Its group is told."))
            return _to_page(request, promotion)
    context = {"promotion": promotion, "event": promotion.event, "form": form, "queue": read_promotion_queue({})}
    return render(request, "events/promotions/review_cancel.html", context, status=422 if form.errors else 200)


# --- on to the next -------------------------------------------------------------------------------------------


def _to_page(request: HttpRequest, promotion: Promotion) -> HttpResponse:
    return redirect(_with(read_promotion_queue(request.GET), reverse("national_promotion", args=[promotion.pk])))


def _on(request: HttpRequest, user: User, promotion: Promotion, said: str) -> HttpResponse:
    """On to the next of the queue, or back to the queue where none is left."""
    leave(item=promotion.key, user=user)
    messages.success(request, said)
    queue = read_promotion_queue(request.GET)
    following = None if queue.show else queue.next_after(promotion)
    there = reverse("national_promotion", args=[following.pk]) if following else reverse("national_promotions")
    return redirect(_with(queue, there))


def _with(queue: PromotionQueue, there: str) -> str:
    return f"{there}?{queue.query}" if queue.query else there
