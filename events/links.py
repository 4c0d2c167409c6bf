"""The links by which people come back to their answer, and the words of their own QR code.

A link is a signed reference to the answer: it holds no address. It goes to the owner of the address only, and
whoever has it may change the answer by the buttons of its page; opening it changes nothing.
"""

import datetime

from django.core import signing
from django.utils import timezone

from .models import Rsvp

WORKS_AFTER_EVENT = datetime.timedelta(days=30)
"""So long after the end of the event does a link still show its answer."""

_ANSWERS = signing.Signer(salt="events.answer")
_TICKETS = signing.Signer(salt="events.ticket")  # another salt: a ticket, which is shown around, changes no answer


class LinkError(Exception):
    """The link is forged, cut off or too old, or its answer was deleted."""


def answer_token(rsvp: Rsvp) -> str:
    """What the link of an answer refers to it by."""
    return _ANSWERS.sign(str(rsvp.pk))


def rsvp_of(token: str, *, now: datetime.datetime | None = None) -> Rsvp:
    """The answer that a link refers to, with its event, until 30 days after that. Raises LinkError."""
    return _find(_ANSWERS, token, now)


def ticket_token(rsvp: Rsvp) -> str:
    """What the attendee's own QR code refers to their answer by; short, so that the code is easy to read."""
    return _TICKETS.sign(str(rsvp.pk))


def rsvp_of_ticket(token: str, *, now: datetime.datetime | None = None) -> Rsvp:
    """The answer of an attendee's QR code, with its event, until 30 days after that. Raises LinkError."""
    return _find(_TICKETS, token, now)


def _find(signer: signing.Signer, token: str, now: datetime.datetime | None) -> Rsvp:
    try:
        rows = Rsvp.objects.select_related("event__group", "person").defer("event__position", "person__position")
        rsvp = rows.defer("event__group__position").get(pk=int(signer.unsign(token)))
    except (signing.BadSignature, ValueError, Rsvp.DoesNotExist) as error:
        raise LinkError from error
    if rsvp.event.ends_at + WORKS_AFTER_EVENT < (now or timezone.now()):
        raise LinkError
    return rsvp
