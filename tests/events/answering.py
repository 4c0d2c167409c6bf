"""Answering events in tests, the way people do."""

import datetime
from typing import Any

from django.test import Client

from events.answering import Typed, answer_event, confirm_answer
from events.links import answer_token
from events.models import Event, Rsvp, RsvpState
from foundation.mail.models import OutgoingMail

from .making import NOW

ADA = {"name": "Ada Díaz", "email": "Ada@Example.org", "place": "02139"}


def typed(email: str = "ada@example.org", **fields: Any) -> Typed:
    """What somebody fills in who goes alone."""
    values: dict[str, Any] = {"language": "en", "state": RsvpState.GOING, "given_name": "Ada", "family_name": "Díaz"}
    return Typed(email=email, **{**values, **fields})


def answer(event: Event, email: str = "ada@example.org", *, now: datetime.datetime = NOW, **fields: Any) -> Rsvp:
    """A stranger answers; the row that waits for the confirmation."""
    answer_event(event=event, typed=typed(email, **fields), now=now)
    return Rsvp.objects.get(event=event, email=email)


def confirmed(event: Event, email: str = "ada@example.org", *, now: datetime.datetime = NOW, **fields: Any) -> Rsvp:
    """A stranger answers and confirms."""
    return confirm_answer(rsvp=answer(event, email, now=now, **fields), now=now)


def states(event: Event) -> list[str]:
    """How all answers stand, in the order in which they were given."""
    return list(event.rsvps.order_by("answered_at", "pk").values_list("state", flat=True))


def taken(event: Event) -> int:
    return Event.objects.get(pk=event.pk).taken


def path_of(rsvp: Rsvp) -> str:
    """The path of the link that its mail holds."""
    return f"/events/answers/{answer_token(rsvp)}/"


def press(client: Client, rsvp: Rsvp, do: str, **typed: Any) -> Any:
    """Press a button of the page behind the link."""
    return client.post(path_of(rsvp), {"do": do, **typed})


def mails(purpose: str) -> list[str]:
    """To whom mails of this purpose went, in order."""
    return list(OutgoingMail.objects.filter(purpose=purpose).order_by("pk").values_list("to_email", flat=True))
