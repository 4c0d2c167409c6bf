"""Answering an event, coming back to the answer by its link, and the host's view of the line."""

from typing import NamedTuple

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.accounts.models import User
from foundation.web.limits import is_over_limit, limit_posts
from members.own_details import become_known

from .. import answering
from ..answered import event_to_answer
from ..answering import AnswerError, ClosedEventError, GoneAnswerError
from ..answering_box import answer_page, answering_box, words_agreed_to
from ..calendars import calendar_of
from ..event_pages import opens_way_in
from ..forms_answering import AnswerForm, ChangeForm, answer_form, is_known
from ..line import missing_places
from ..links import LinkError, answer_token, rsvp_of
from ..models import Event, Rsvp, RsvpState
from ..tickets import remember_own_answer
from .access import load_kept

# One tablet on a table at an event is one client.
limit_answers = limit_posts("event-answer", amount=60, seconds=3600)
MAILS_A_DAY = 5
_GONE = 410


_NEVER_READ = ("position", "about", "group__position", "group__about", "group__plan")

# --- the post -----------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limit_answers
def event_answer(request: HttpRequest, slug: str) -> HttpResponse:
    """`/events/<slug>/answer/`: the form of the event's page goes here; what is wrong with it is said here."""
    if request.method != "POST":
        events = Event.objects.public().select_related("group").defer(*_NEVER_READ)
        return _ask(request, get_object_or_404(events, slug=slug))
    event = event_to_answer(slug)
    if event is None:
        raise Http404
    form = answer_form(event, request.user, request.POST)
    try:
        if form.is_valid():
            return _take(request, event, form)
    except ClosedEventError:
        return _ask(request, event, status=_GONE)
    except AnswerError as error:
        form.add_error(None, str(error))
    return _ask(request, event, form, status=422)


def _ask(request: HttpRequest, event: Event, form: AnswerForm | None = None, status: int = 200) -> HttpResponse:
    box = answering_box(request, event, timezone.now(), form=form)
    context = {"event": event, "box": box, "form": form}
    return render(request, "events/answering/event_answer.html", context, status=_GONE if box.closed else status)


def _take(request: HttpRequest, event: Event, form: AnswerForm) -> HttpResponse:
    """Somebody signed in goes on to their answer; everybody else to "check your e-mail", whoever's address it was."""
    now = timezone.now()
    if isinstance(request.user, User) and is_known(request.user):
        rsvp = answering.answer_as(
            event=event,
            person=become_known(user=request.user, now=now),
            state=form.state,
            party_size=form.party_size,
            answers=form.answers,
            consents=form.consents,
            now=now,
        )
        return redirect("answer", token=answer_token(rsvp))
    typed = form.typed
    # Whoever's address it is, nobody is told that it has had its mails of today already.
    if not is_over_limit("event-answer-address", typed.email, amount=MAILS_A_DAY, seconds=24 * 3600):
        answering.answer_event(event=event, typed=typed, now=now)
    return redirect("answer_sent")


@require_safe
def answer_sent(request: HttpRequest) -> HttpResponse:
    """ "Check your e-mail", whoever's address it was."""
    return render(request, "events/answering/sent.html")


@require_safe
def answer_forgotten(request: HttpRequest) -> HttpResponse:
    """What was typed with somebody else's address is deleted."""
    return render(request, "web/forgotten.html")


# --- behind the link ----------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Behind the link of a mail: opening it changes nothing; its buttons confirm, delete, change and cancel."""
    try:
        rsvp = rsvp_of(token)
        if request.method == "POST":
            return _press(request, rsvp, token)
    except (LinkError, GoneAnswerError):
        return render(request, "events/answering/link_error.html", status=404)
    if rsvp.is_confirmed:
        remember_own_answer(request, rsvp)  # so that the code at the door needs no more than a press
    return _show(request, rsvp, token)


def _press(request: HttpRequest, rsvp: Rsvp, token: str) -> HttpResponse:
    now, do = timezone.now(), request.POST.get("do")
    try:
        if do == "forget":
            answering.forget_answer(rsvp=rsvp, now=now)
            return redirect("answer_forgotten")
        if do == "confirm":
            kept = answering.confirm_answer(rsvp=rsvp, now=now)
            return redirect("answer", token=answer_token(kept))
        return _change(request, rsvp, token)
    except ClosedEventError as error:
        messages.error(request, str(error))
        return _show(request, rsvp, token, status=_GONE)


def _change(request: HttpRequest, rsvp: Rsvp, token: str) -> HttpResponse:
    """The answer as the form says it now; the button "cancel" says the rest by itself."""
    now = timezone.now()
    if request.POST.get("do") == "cancel":
        answering.change_answer(rsvp=rsvp, state=RsvpState.CANT, party_size=1, now=now)
        messages.success(request, _("You have cancelled. Thank you for saying so."))
        return redirect("answer", token=token)
    form = ChangeForm(request.POST, rsvp=rsvp)
    try:
        if form.is_valid():
            answering.change_answer(rsvp=rsvp, state=form.state, party_size=form.party_size, now=now)
            messages.success(request, _("Your answer is changed."))
            return redirect("answer", token=token)
    except (ClosedEventError, GoneAnswerError):
        raise
    except AnswerError as error:
        form.add_error(None, str(error))
    return _show(request, rsvp, token, form, status=422)


def _show(
    request: HttpRequest, rsvp: Rsvp, token: str, form: ChangeForm | None = None, status: int = 200
) -> HttpResponse:
    context = {"rsvp": rsvp, "event": rsvp.event, "page": answer_page(rsvp, timezone.now()), "token": token}
    if not rsvp.is_confirmed:
        context |= {"agreed": words_agreed_to(rsvp)}
        return render(request, "events/answering/confirm.html", context, status=status)
    context |= {"form": form or ChangeForm(rsvp=rsvp)}
    return render(request, "events/answering/answer.html", context, status=status)


@never_cache
@require_safe
def answer_calendar(request: HttpRequest, token: str) -> HttpResponse:
    """The event for the calendar of whoever has the link, with the way in where their answer opens it."""
    try:
        rsvp = rsvp_of(token)
    except LinkError:
        return render(request, "events/answering/link_error.html", status=404)
    body = calendar_of(
        [rsvp.event],
        name=rsvp.event.title,
        shows_way_in=lambda _event: opens_way_in(rsvp),
        is_tentative=lambda _event: rsvp.state != RsvpState.GOING,
        now=timezone.now(),
    )
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{rsvp.event.slug}.ics"'
    return response


# --- the host's -----------------------------------------------------------------------------------------------------


class WaitingParty(NamedTuple):
    """One of the line as its host sees it: who has not confirmed yet has no name. `missing` places the event lacks."""

    rsvp: Rsvp
    position: int
    missing: int


@login_required
@require_safe
def event_line(request: HttpRequest, pk: int) -> HttpResponse:
    """Who waits for a place, the first first, each with a button that lets them in out of turn."""
    _user, event = load_kept(request, pk)
    waiting = event.rsvps.waiting().select_related("person").defer("person__position")
    line = [WaitingParty(rsvp, place, missing_places(event, rsvp)) for place, rsvp in enumerate(waiting[:500], start=1)]
    context = {"event": event, "line": line, "count": event.rsvps.waiting().count()}
    return render(request, "events/answering/line.html", context)


@login_required
@require_POST
def event_let_in(request: HttpRequest, pk: int, answer: int) -> HttpResponse:
    """Let somebody of the line in, and raise the capacity where that takes it."""
    user, event = load_kept(request, pk)
    rsvp = get_object_or_404(event.rsvps, pk=answer)
    try:
        answering.let_in(rsvp=rsvp, actor=user, now=timezone.now())
        messages.success(request, _("They have a place, and we write to them."))
    except AnswerError as error:
        messages.error(request, str(error))
    return redirect("event_line", pk=event.pk)
