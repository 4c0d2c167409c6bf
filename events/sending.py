"""Presses at the door: the page queues each with a key of its own and sends it when there is a connection.

What was sent before is answered as it was then and does nothing again (SentCheckIn). The time of a press is told as how
long ago it was by the phone's own clock, so that a clock that is wrong does no harm.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.models import User

from .door import STAYS_OPEN, DoorError, check_in, undo_check_in
from .door_list import answer_or_attendance, attendance_of, checked_in_words
from .models import KEEPS_SENT, Attendance, CheckedInBy, Event, Rsvp, SentCheckIn
from .walk_ins import WalkIn, note_walk_in

MOST_AT_ONCE = 100
"""Presses in one post."""


class Do(StrEnum):
    """What is pressed."""

    CHECK_IN = "check_in"
    UNDO = "undo"
    WALK_IN = "walk_in"


@dataclass(frozen=True)
class Press:
    """One press. `who` is a line of the list (door_list), or empty for a walk-in; `problem` says in words what is
    wrong with what was typed."""

    do: Do
    who: str = ""
    guests: int = 0
    ago: datetime.timedelta = datetime.timedelta()
    walk_in: WalkIn | None = None
    problem: str = ""


@dataclass(frozen=True)
class Answer:
    """What became of a press. `state` is "in", "out" or "refused"; `who` is the line that it is about from now on."""

    state: str
    words: str
    who: str = ""
    note: str = ""


def take_presses(
    *, event: Event, presses: Iterable[tuple[UUID, Press]], actor: User, now: datetime.datetime
) -> list[tuple[UUID, Answer]]:
    """Do what was pressed, in this order, each in a transaction of its own; a key that came before does nothing.

    Returns each key with its answer. One that is refused stops none of the others.
    """
    return [(key, _take_once(event, key, press, actor, now)) for key, press in presses]


def _take_once(event: Event, key: UUID, press: Press, actor: User, now: datetime.datetime) -> Answer:
    with transaction.atomic():
        # Whoever sends the same key at this moment waits here until the first is done.
        sent, is_new = SentCheckIn.objects.get_or_create(key=key, defaults={"event": event, "at": now})
        if sent.event_id != event.pk:
            return Answer("refused", _("This press belongs to another event."))
        if not is_new:
            return Answer(**sent.answer)
        answer = take_press(event=event, press=press, actor=actor, now=now)
        sent.answer = {"state": answer.state, "words": answer.words, "who": answer.who, "note": answer.note}
        sent.save(update_fields=["answer"])
    return answer


def take_press(*, event: Event, press: Press, actor: User, now: datetime.datetime) -> Answer:
    """Do what was pressed; a refusal is an answer."""
    at = now - min(max(press.ago, datetime.timedelta()), STAYS_OPEN)
    try:
        with transaction.atomic():
            if press.problem:
                return Answer("refused", press.problem)
            if press.do == Do.WALK_IN and press.walk_in:
                return _note_walk_in(event, press.walk_in, at, actor, now)
            found = answer_or_attendance(event, press.who)
            if found is None:
                raise DoorError(_("This line is no longer on the list. Load the page again."))
            if press.do == Do.UNDO:
                return _take_back(found, press.who, at, actor, now)
            return _check_in(found, press, at, actor, now)
    except DoorError as refused:
        return Answer("refused", str(refused), press.who)


def _note_walk_in(event: Event, walk_in: WalkIn, at: datetime.datetime, actor: User, now: datetime.datetime) -> Answer:
    attendance, problem = note_walk_in(
        event=event, walk_in=walk_in, how=CheckedInBy.WALK_IN, at=at, actor=actor, now=now
    )
    return Answer("in", checked_in_words(attendance), f"attendance:{attendance.pk}", problem)


def _check_in(
    found: Rsvp | Attendance, press: Press, at: datetime.datetime, actor: User, now: datetime.datetime
) -> Answer:
    note = partial(check_in, event=found.event, at=at, actor=actor, now=now, guests=press.guests)
    if isinstance(found, Attendance):  # somebody without an answer, taken back a moment ago
        attendance = note(how=CheckedInBy.WALK_IN, person=found.person, name=found.name)
    else:
        attendance = note(how=CheckedInBy.LIST, rsvp=found)
    return Answer("in", checked_in_words(attendance), press.who)


def _take_back(
    found: Rsvp | Attendance, who: str, at: datetime.datetime, actor: User, now: datetime.datetime
) -> Answer:
    attendance = attendance_of(found)
    if attendance:
        undo_check_in(attendance=attendance, actor=actor, now=now, at=at)
    return Answer("out", _("taken back"), who)


def forget_sent(*, now: datetime.datetime) -> int:
    """Delete the keys of presses that no phone sends any more; returns how many."""
    gone, _of_each = SentCheckIn.objects.filter(at__lt=now - KEEPS_SENT).delete()
    return gone
