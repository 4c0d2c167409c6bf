"""At the door: noting who came, and taking it back.

An attendance is a basis of membership (members.membership) with the source "attendance:<pk>". Whoever writes one holds
the person's row, so that two who note the same person at once write one attendance and one mail.
"""

import datetime
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from foundation.accounts.models import User
from foundation.audit.models import record
from members.erasure import ErasedError
from members.membership import hold_present, lock_people, record_basis, withdraw_basis
from members.models import Activity, ActivityKind, Membership, Person
from members.people import Contact, find_person, take_in

from .emails import door as emails
from .event_times import clock_in_words, start_in_words
from .models import MOST_GUESTS, Attendance, CheckedInBy, Event, EventState, Rsvp

OPENS_BEFORE = datetime.timedelta(hours=3)
STAYS_OPEN = datetime.timedelta(days=14)
"""So long before an event begins does its door open, and so long after its end does it close."""

CODE_FROM = datetime.timedelta(hours=1)
CODE_UNTIL = datetime.timedelta(hours=2)
"""So long before the beginning, and after the end, can people check themselves in with the code at the door."""

MAIL_WAITS = datetime.timedelta(minutes=5)
"""So long does the mail to a new member wait where somebody else noted them: a wrong press is taken back by then."""

AT_ONCE = (CheckedInBy.LIST, CheckedInBy.WALK_IN, CheckedInBy.DOOR_QR, CheckedInBy.TICKET_QR)
"""Noted in the moment in which somebody stands at the door: `at` is the time of the press."""
AFTERWARDS = (CheckedInBy.SHEET, CheckedInBy.FILE)
"""Noted from a list, which may come late."""
BY_THEMSELVES = (CheckedInBy.DOOR_QR, CheckedInBy.CODE)


class DoorError(Exception):
    """It cannot be noted; the message, for the reader, says why."""


class OvertakenError(DoorError):
    """Somebody else has decided otherwise since the press, which arrived late."""


class UnknownAddressError(DoorError):
    """We may not write this address down; the message says nothing about whose it is."""


class CheckIn(NamedTuple):
    """What became of a check-in. `is_first`: they had not been noted, or it had been taken back."""

    attendance: Attendance
    is_first: bool
    makes_member: bool


# --- when -----------------------------------------------------------------------------------------------------


def opens_at(event: Event) -> datetime.datetime:
    """When the door opens (UTC)."""
    return event.starts_at - OPENS_BEFORE


def closes_at(event: Event) -> datetime.datetime:
    """When the door closes (UTC); what is on paper can still be entered."""
    return event.ends_at + STAYS_OPEN


def refuse_closed(event: Event, now: datetime.datetime, *, how: CheckedInBy = CheckedInBy.LIST) -> None:
    """Raise DoorError where nobody can be noted now in this way: the event is off, or it is too early or too late."""
    if event.call_id is not None:
        raise DoorError(_("This event is a call. Who was on it is noted on the page of the call."))
    if event.state == EventState.CANCELLED:
        raise DoorError(_("This event was cancelled, so nobody can be checked in."))
    if event.state != EventState.APPROVED:
        raise DoorError(_("This event is not approved, so nobody can be checked in."))
    if how == CheckedInBy.DOOR_QR:
        _refuse_code(event, now)
    if now < opens_at(event):
        start = start_in_words(opens_at(event), event.time_zone, now)
        raise DoorError(_("The door opens three hours before the event: %(time)s.") % {"time": start})
    if how not in AFTERWARDS and now > closes_at(event):
        raise DoorError(_("The door closed 14 days after the event. Enter who came from the paper sheet."))


def _refuse_code(event: Event, now: datetime.datetime) -> None:
    if now < event.starts_at - CODE_FROM:
        start = start_in_words(event.starts_at - CODE_FROM, event.time_zone, now)
        raise DoorError(_("You can check yourself in from one hour before the event: %(time)s.") % {"time": start})
    if now > event.ends_at + CODE_UNTIL:
        raise DoorError(_("This event is over. Ask the hosts to note that you were there."))


def is_open(event: Event, now: datetime.datetime) -> bool:
    """Can people be checked in at this door now?"""
    try:
        refuse_closed(event, now)
    except DoorError:
        return False
    return True


# --- noting ---------------------------------------------------------------------------------------------------


def check_in(
    *,
    event: Event,
    how: CheckedInBy,
    at: datetime.datetime,
    actor: User | None,
    now: datetime.datetime,
    rsvp: Rsvp | None = None,
    person: Person | None = None,
    guests: int = 0,
    name: str = "",
) -> Attendance:
    """Note that somebody came: see `note_presence`."""
    return note_presence(
        event=event, how=how, at=at, actor=actor, now=now, rsvp=rsvp, person=person, guests=guests, name=name
    ).attendance


def note_presence(
    *,
    event: Event,
    how: CheckedInBy,
    at: datetime.datetime,
    actor: User | None,
    now: datetime.datetime,
    rsvp: Rsvp | None = None,
    person: Person | None = None,
    guests: int = 0,
    name: str = "",
) -> CheckIn:
    """Note that `person`, or whoever gave the answer `rsvp` (confirmed or not), came at `at` (UTC): they are a member
    from this moment on, and are told so where they just became one.

    Whoever is noted already stays as they are, with the earlier of the two times. `name` is what they were called at
    the door, where that is all that the door may know; `actor` is None for people who check themselves in.

    Raises DoorError where the door is closed, the answer is to another event, or there are more than nine guests;
    OvertakenError where somebody took the attendance back after `at`; UnknownAddressError for an unconfirmed answer
    whose address we may not write down.
    """
    if not 0 <= guests <= MOST_GUESTS:
        raise DoorError(_("Enter a number of guests from 0 to %(most)s.") % {"most": MOST_GUESTS})
    with transaction.atomic():
        event = Event.objects.select_related("group").get(pk=event.pk)
        refuse_closed(event, now, how=how)
        if rsvp is not None:
            person, name = _who_answered(event, rsvp, now)
        if person is None:
            raise ValueError("an attendance is somebody's")
        person = _hold(person.pk)
        moment = min(max(at, opens_at(event)), now)
        attendance = Attendance.objects.select_for_update().filter(event=event, person=person).first()
        if attendance and attendance.undone_at is None:
            return CheckIn(_keep_first(attendance, moment), is_first=False, makes_member=False)
        if attendance and attendance.undone_at and how in AT_ONCE and moment < attendance.undone_at:
            raise OvertakenError(
                _("Taken back at %(time)s by somebody else. Press again if they are here.")
                % {"time": clock_in_words(attendance.undone_at, event.time_zone)}
            )
        attendance = attendance or Attendance(event=event, person=person)
        attendance.at, attendance.how, attendance.by, attendance.guests = moment, how, actor, guests
        attendance.recorded_at, attendance.undone_at, attendance.undone_by = now, None, None
        attendance.name = name[:241]
        attendance.save()
        record(actor=actor, action="checked in", subject=event.scope, attendance=attendance.pk, how=str(how))
        return CheckIn(attendance, is_first=True, makes_member=_make_member(attendance, actor, now))


def _who_answered(event: Event, rsvp: Rsvp, now: datetime.datetime) -> tuple[Person, str]:
    """The person of an answer as it is now, and the name to note with it: what was typed, where nobody confirmed it."""
    answer = Rsvp.objects.select_related("person").filter(pk=rsvp.pk).first()
    if answer is None:
        raise DoorError(_("This answer is no longer there. Add them as somebody who is not on the list."))
    if answer.event_id != event.pk:
        raise DoorError(_("This ticket is for another event."))
    if answer.person is not None:
        return answer.person, ""
    contact = Contact(
        email=answer.email,
        given_name=answer.given_name,
        family_name=answer.family_name,
        language=answer.language,
    )
    return take_in_at_door(contact, now), f"{answer.given_name} {answer.family_name}".strip()


def take_in_at_door(contact: Contact, now: datetime.datetime) -> Person:
    """The person of a contact that somebody gave at the door: what is said of somebody who is known changes nothing.

    Raises UnknownAddressError where the owner was deleted at their own wish: only they themselves can come back.
    """
    if find_person(email=contact.email, phone=contact.phone):
        contact = Contact(email=contact.email, phone=contact.phone)
    try:
        return take_in(contact=contact, is_own_act=False, now=now)
    except ErasedError as error:
        raise UnknownAddressError(
            _("We cannot note this address. They can check themselves in with the code at the door, signed in.")
        ) from error


def _hold(key: int) -> Person:
    """The person of this key, or the one into whom they were merged, locked until the transaction ends."""
    try:
        present = hold_present(Person(pk=key))
    except Person.DoesNotExist as error:
        raise DoorError(_("This answer is no longer there. Add them as somebody who is not on the list.")) from error
    lock_people([present.pk])
    return Person.objects.defer("position").get(pk=present.pk)


def _keep_first(attendance: Attendance, moment: datetime.datetime) -> Attendance:
    """The earlier time stands, in whichever order the two arrive."""
    if moment < attendance.at:
        attendance.at = moment
        attendance.save(update_fields=["at"])
    return attendance


def _make_member(attendance: Attendance, actor: User | None, now: datetime.datetime) -> bool:
    """Write the basis; True where the person was no member before, and is told so."""
    event, person = attendance.event, attendance.person
    was_member = Membership.objects.filter(person=person).exists()
    record_basis(
        person=person,
        kind=ActivityKind.ATTENDANCE,
        source=attendance.source,
        at=min(event.starts_at, attendance.at),
        details={"title": event.title, "place": event.place_name, "event": event.pk},
        actor=actor,
    )
    if not was_member:
        waits = datetime.timedelta() if attendance.how in BY_THEMSELVES else MAIL_WAITS
        emails.queue_now_member(attendance, due=now + waits)
    return not was_member


# --- taking back ----------------------------------------------------------------------------------------------


def undo_check_in(
    *,
    attendance: Attendance,
    actor: User | None,
    now: datetime.datetime,
    because: str = "",
    at: datetime.datetime | None = None,
) -> bool:
    """They were not there after all: the basis of their membership is withdrawn. True if it was in effect.

    `because` is told to the person, in their language; without one, that it was a mistake. `actor` is None where the
    person themselves says so. `at` is when it was pressed, where that is earlier than `now`: raises OvertakenError
    where they were checked in after that.
    """
    with transaction.atomic():
        person = _hold(attendance.person_id)
        found = Attendance.objects.select_for_update().select_related("event")
        row = found.filter(event=attendance.event_id, person=person).first()
        if row is None or row.undone_at is not None:
            return False
        if at is not None and at < row.at:
            time = clock_in_words(row.at, row.event.time_zone)
            raise OvertakenError(_("Checked in at %(time)s by somebody else.") % {"time": time})
        row.undone_at, row.undone_by = now, actor
        row.save(update_fields=["undone_at", "undone_by"])
        record(actor=actor, action="took back check-in", subject=row.event.scope, attendance=row.pk)
        _withdraw_bases(row, person, because, actor, now)
        emails.call_off_now_member(person)
    attendance.undone_at, attendance.undone_by = now, actor
    return True


def say_not_there(*, attendance: Attendance, now: datetime.datetime) -> bool:
    """Whoever was noted says that they were not there (events.not_there). Again changes nothing."""
    with override(attendance.person.language):
        because = _("You told us that you were not there")
    return undo_check_in(attendance=attendance, actor=None, now=now, because=because)


def _withdraw_bases(
    attendance: Attendance, person: Person, because: str, actor: User | None, now: datetime.datetime
) -> None:
    """The attendance's own basis, and that of its like which gave way when two people were merged who both came."""
    with override(person.language):
        because = because or _("You were marked as present by mistake")
    of_event = Activity.objects.in_effect().filter(
        person=person, kind=ActivityKind.ATTENDANCE, details__event=attendance.event_id
    )
    for source in sorted({attendance.source, *of_event.values_list("source", flat=True)}):
        withdraw_basis(source=source, because=because, now=now, actor=actor)
