"""The attendee's own code: the host's phone opens it with its camera, and finds a button to check them in."""

import datetime

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.documents.qr import qr_svg

from .door import OPENS_BEFORE
from .links import ticket_token
from .models import Event, EventState, Rsvp

_OPENED = "own_answers"
_MOST_OPENED = 10


def ticket_address(rsvp: Rsvp) -> str:
    """The absolute address that the code of an answer leads to."""
    return f"{settings.SITE_URL}{reverse('event_ticket', args=[ticket_token(rsvp)])}"


def ticket_qr(rsvp: Rsvp) -> SafeString:
    """The code as inline SVG."""
    return qr_svg(ticket_address(rsvp), label=_("Your code for the door"))


def doors_today(user: User, now: datetime.datetime) -> list[Event]:
    """The events at whose doors this user works now: they have opened, and ended at most a few hours ago."""
    here = Event.objects.of_door(user).filter(
        state=EventState.APPROVED, starts_at__lte=now + OPENS_BEFORE, ends_at__gt=now - OPENS_BEFORE
    )
    return list(here.defer("position").order_by("starts_at", "pk"))


# --- the phone on which the owner of an answer has opened it ----------------------------------------------------


def remember_own_answer(request: HttpRequest, rsvp: Rsvp) -> None:
    """Whoever opened the link of an answer on this phone finds themselves known at the door of its event."""
    opened = {**request.session.get(_OPENED, {}), str(rsvp.event_id): rsvp.pk}
    if request.session.get(_OPENED) != opened:
        request.session[_OPENED] = dict(list(opened.items())[-_MOST_OPENED:])


def own_answer(request: HttpRequest, event: Event) -> Rsvp | None:
    """The answer to this event that was opened on this phone, if any."""
    pk = request.session.get(_OPENED, {}).get(str(event.pk))
    return event.rsvps.select_related("person").filter(pk=pk).first() if pk else None
