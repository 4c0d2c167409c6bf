"""What a phone's camera opens: the code at the door, an attendee's own code; and the link of who was not there."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from foundation.accounts.even_answers import answers_evenly
from foundation.accounts.models import User
from foundation.accounts.second_factor import has_passed_second_factor
from foundation.web.limits import limit_posts
from members.own_details import become_known, person_of

from ..door import DoorError, check_in, is_open, refuse_closed, say_not_there, undo_check_in
from ..door_codes import DoorCodeError, FormerCodeError, check_in_self, check_in_typed, event_of_code
from ..door_list import attendance_of, checked_in_words
from ..event_times import when_in_words
from ..forms_door import GUEST_CHOICES, SelfCheckInForm, guests_of
from ..links import LinkError, rsvp_of_ticket
from ..models import Attendance, CheckedInBy, Event, Rsvp
from ..not_there import NotThereLinkError
from ..not_there import attendance_of as attendance_of_link
from ..permissions import can_review_events
from ..tickets import doors_today, own_answer, ticket_qr

# A whole hall shares one address of the building's network.
POSTS_AN_HOUR = 600


def _facts(event: Event) -> dict[str, Any]:
    return {"event": event, "when": when_in_words(event.starts_at, event.ends_at, event.time_zone)}


# --- the code at the door -------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@answers_evenly
@limit_posts("door", amount=POSTS_AN_HOUR, seconds=3600)
def door_code(request: HttpRequest, code: str) -> HttpResponse:
    """`/events/door/<code>/`: "I am here", one press for whoever is known on this phone; others type who they are."""
    try:
        event = event_of_code(code)
        refuse_closed(event, timezone.now(), how=CheckedInBy.DOOR_QR)
    except DoorError as refused:
        return render(request, "events/door/code_closed.html", {**_facts(event), "words": str(refused)})
    except FormerCodeError:
        return render(request, "events/door/code_error.html", {"is_former": True}, status=410)
    except DoorCodeError:
        return render(request, "events/door/code_error.html", status=404)
    if isinstance(request.user, User):
        return _as_user(request, request.user, event, code)
    if (answer := own_answer(request, event)) and request.POST.get("as") != "somebody":
        return _as_answer(request, answer, event, code)
    return _as_stranger(request, event, code)


def _as_user(request: HttpRequest, user: User, event: Event, code: str) -> HttpResponse:
    now = timezone.now()
    if request.method == "POST":
        try:
            check_in_self(event=event, person=become_known(user=user, now=now), now=now)
        except DoorError as refused:
            messages.error(request, str(refused))
        return redirect("door_code", code=code)
    person = person_of(user)
    attendance = event.attendances.in_effect().filter(person=person).first() if person else None
    return _draw_known(request, event, str((person and person.full_name) or user), attendance)


def _as_answer(request: HttpRequest, answer: Rsvp, event: Event, code: str) -> HttpResponse:
    if request.method == "POST":
        try:
            check_in_self(event=event, rsvp=answer, now=timezone.now())
        except DoorError as refused:
            messages.error(request, str(refused))
        return redirect("door_code", code=code)
    named = answer.person or answer
    found = attendance_of(answer)
    attendance = found if found and found.undone_at is None else None
    return _draw_known(request, event, f"{named.given_name} {named.family_name}".strip(), attendance, answer=answer)


def _draw_known(
    request: HttpRequest, event: Event, name: str, attendance: Attendance | None, answer: Rsvp | None = None
) -> HttpResponse:
    context = {**_facts(event), "name": name, "answer": answer, "attendance": attendance}
    if attendance:
        context["checked_in"] = checked_in_words(attendance)
    return render(request, "events/door/self_known.html", context)


def _as_stranger(request: HttpRequest, event: Event, code: str) -> HttpResponse:
    form = SelfCheckInForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            check_in_typed(event=event, contact=form.contact, now=timezone.now())
        except DoorError as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("door_thanks", code=code)
    context = {**_facts(event), "form": form}
    return render(request, "events/door/self.html", context, status=422 if form.errors else 200)


@never_cache
@require_safe
def door_thanks(request: HttpRequest, code: str) -> HttpResponse:
    """The same words for everybody who typed an address."""
    try:
        event = event_of_code(code)
    except DoorCodeError:
        return render(request, "events/door/code_error.html", status=404)
    return render(request, "events/door/thanks.html", _facts(event))


# --- the attendee's own code ----------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def event_ticket(request: HttpRequest, token: str) -> HttpResponse:
    """`/events/ticket/<token>/`: to whoever answered their code, to whoever works at the door the button."""
    try:
        rsvp = rsvp_of_ticket(token)
    except LinkError:
        return render(request, "events/door/ticket_error.html", status=404)
    event, user = rsvp.event, request.user
    if isinstance(user, User) and _works_at(request, user, event):
        return _at_door(request, user, rsvp, token)
    doors = doors_today(user, timezone.now()) if isinstance(user, User) else []
    if doors:
        return _of_another_event(request, event, doors)
    if request.method == "POST":
        return redirect("event_ticket", token=token)
    # Not remembered as theirs, as the answer behind the mailed link is: whoever sees a ticket could photograph it.
    context = {**_facts(event), "rsvp": rsvp, "qr": ticket_qr(rsvp)}
    return render(request, "events/door/ticket.html", context)


def _works_at(request: HttpRequest, user: User, event: Event) -> bool:
    if can_review_events(user) and has_passed_second_factor(request):
        return True
    return Event.objects.of_door(user).filter(pk=event.pk).exists()


def _at_door(request: HttpRequest, user: User, rsvp: Rsvp, token: str) -> HttpResponse:
    event, now = rsvp.event, timezone.now()
    doors = doors_today(user, now)
    if doors and event not in doors:
        return _of_another_event(request, event, doors)
    if request.method == "POST":
        _press(request, user, rsvp)
        return redirect("event_ticket", token=token)
    attendance = attendance_of(rsvp)
    if attendance and attendance.undone_at:
        attendance = None
    named = rsvp.person or rsvp
    context = {
        **_facts(event),
        "rsvp": rsvp,
        "name": f"{named.given_name} {named.family_name}".strip(),
        "attendance": attendance,
        "checked_in": checked_in_words(attendance) if attendance else "",
        "guest_choices": GUEST_CHOICES,
        "party": rsvp.party_size - 1,
        "closed": _why_closed(event),
    }
    return render(request, "events/door/ticket_at_door.html", context)


def _why_closed(event: Event) -> str:
    try:
        refuse_closed(event, timezone.now())
    except DoorError as refused:
        return str(refused)
    return ""


def _press(request: HttpRequest, user: User, rsvp: Rsvp) -> None:
    now, event = timezone.now(), rsvp.event
    try:
        if request.POST.get("do") == "undo":
            attendance = attendance_of(rsvp)
            if attendance and is_open(event, now):
                undo_check_in(attendance=attendance, actor=user, now=now)
            return
        check_in(
            event=event, how=CheckedInBy.TICKET_QR, at=now, actor=user, now=now, rsvp=rsvp,
            guests=guests_of(request.POST.get("guests", 0)),
        )  # fmt: skip
    except DoorError as refused:
        messages.error(request, str(refused))


def _of_another_event(request: HttpRequest, event: Event, doors: list[Event]) -> HttpResponse:
    return render(request, "events/door/ticket_of_other.html", {**_facts(event), "doors": doors}, status=409)


# --- who was not there ----------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def not_there(request: HttpRequest, token: str) -> HttpResponse:
    """`/events/door/not-there/<token>/`: behind the link of a mail. Opening it changes nothing; its button does."""
    try:
        attendance = attendance_of_link(token)
    except NotThereLinkError:
        return render(request, "events/door/not_there_error.html", status=404)
    if request.method == "POST":
        say_not_there(attendance=attendance, now=timezone.now())
        messages.success(request, _("Thank you. We have taken it back."))
        return redirect("not_there", token=token)
    return render(request, "events/door/not_there.html", {**_facts(attendance.event), "attendance": attendance})
