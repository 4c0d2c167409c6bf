"""The code at the door: people open it with their own phone's camera and check themselves in.

It leads to a page with a button. Whoever is signed in, or opened their own ticket on this phone before, presses it;
others type their name and address. What they type counts, because they stand at the door: its owner is told by mail,
and can take it back.
"""

import datetime

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record
from foundation.documents.qr import qr_svg
from members.models import Person
from members.people import Contact

from .door import CheckIn, UnknownAddressError, note_presence, refuse_closed, take_in_at_door
from .emails import door as emails
from .models import Attendance, CheckedInBy, Event, Rsvp

_SIGNER = signing.Signer(salt="events.door")


class DoorCodeError(Exception):
    """The code was not made here, or its event is gone."""


class FormerCodeError(DoorCodeError):
    """The hosts have made a new code since."""


def door_code(event: Event) -> str:
    """The present code of an event's door: its number, which code of the event it is, and a signature."""
    return _SIGNER.sign(f"{event.pk}-{event.door_revision}")


def event_of_code(code: str) -> Event:
    """The event whose door this is. Raises DoorCodeError, and FormerCodeError for a code that was replaced."""
    try:
        pk, _dash, revision = _SIGNER.unsign(code).partition("-")
        event = Event.objects.select_related("group").defer("position").get(pk=int(pk))
    except (signing.BadSignature, ValueError, Event.DoesNotExist) as error:
        raise DoorCodeError from error
    if str(event.door_revision) != revision:
        raise FormerCodeError
    return event


def make_new_code(*, event: Event, actor: User) -> None:
    """From now on another code opens the door; pictures and prints of the present one are worth nothing."""
    with transaction.atomic():
        Event.objects.filter(pk=event.pk).update(door_revision=F("door_revision") + 1)
        record(actor=actor, action="made new door code", subject=event.scope)
    event.refresh_from_db(fields=["door_revision"])


def door_address(event: Event) -> str:
    """The absolute address that the code leads to."""
    return f"{settings.SITE_URL}{reverse('door_code', args=[door_code(event)])}"


def door_qr(event: Event) -> SafeString:
    """The code as inline SVG."""
    return qr_svg(door_address(event), label=_("Code at the door of %(event)s") % {"event": event.title})


# --- whoever opens it -----------------------------------------------------------------------------------------


def check_in_self(
    *, event: Event, now: datetime.datetime, person: Person | None = None, rsvp: Rsvp | None = None
) -> Attendance:
    """`person`, who is signed in, or whoever has the ticket of `rsvp` on their phone, is here. Raises DoorError."""
    return note_presence(
        event=event, how=CheckedInBy.DOOR_QR, at=now, actor=None, now=now, person=person, rsvp=rsvp
    ).attendance


def check_in_typed(*, event: Event, contact: Contact, now: datetime.datetime) -> None:
    """Somebody at the door typed a name and an address; its owner is told, and can say that it was not them.

    Nothing in the answer tells whether the address is known, was deleted, or is noted already. What was taken back
    once, by its owner or by a host, is not put back by typing. Raises DoorError where nobody can check in now.
    """
    with transaction.atomic():
        refuse_closed(event, now, how=CheckedInBy.DOOR_QR)
        try:
            person = take_in_at_door(contact, now)
        except UnknownAddressError:
            return
        if event.attendances.filter(person=person, undone_at__isnull=False).exists():
            return
        name = f"{contact.given_name} {contact.family_name}".strip()
        noted = note_presence(
            event=event, how=CheckedInBy.DOOR_QR, at=now, actor=None, now=now, person=person, name=name
        )
        _tell(noted, now)


def _tell(noted: CheckIn, now: datetime.datetime) -> None:
    """Whoever became a member by it reads it in that mail."""
    if noted.is_first and not noted.makes_member:
        emails.queue_noted(noted.attendance, due=now)
