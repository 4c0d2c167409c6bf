"""That somebody was at a call or an event online, written where it belongs: with the call, or at the event's door."""

import datetime
from collections.abc import Collection, Iterable, Mapping

from django.db import transaction

from affiliates.calls import CallError, mark_attended
from foundation.accounts.models import User
from members.models import Person

from .door import DoorError, check_in
from .models import Attendance, CheckedInBy, Event


class PresenceError(Exception):
    """It cannot be noted; the message, for the reader, says why."""


def note_there(
    *,
    event: Event,
    people: Iterable[Person],
    how: CheckedInBy,
    at: datetime.datetime,
    actor: User | None,
    now: datetime.datetime,
    names: Mapping[int, str] | None = None,
) -> int:
    """`people` were there at `at` (UTC): members from this moment on. Returns how many had not been noted before.

    `actor` is None where somebody says so of themselves without being signed in. `names` (by id) is what others called
    them who noted them: that, and not how they are called, is what the hosts see of them (Attendance.shown_name).
    Raises PresenceError for an event that was cancelled, and where it is too early or too late; then nobody is noted.
    """
    called = names or {}
    with transaction.atomic():
        in_order = sorted(people, key=lambda one: one.pk)
        try:
            if event.call:
                return len(mark_attended(call=event.call, people=in_order, actor=actor, now=now))
            new = [one for one in in_order if one.pk not in noted_among(event, [one.pk])]
            for person in in_order:
                name = called.get(person.pk, "")
                check_in(event=event, how=how, at=at, actor=actor, now=now, person=person, name=name)
        except (CallError, DoorError) as error:
            raise PresenceError(str(error)) from error
    return len(new)


def noted_among(event: Event, people: Collection[int]) -> set[int]:
    """Who of `people` (by id) is noted as having been there."""
    if event.call:
        return set(event.call.answers.attended().filter(person__in=people).values_list("person", flat=True))
    there = Attendance.objects.in_effect().filter(event=event, person__in=people)
    return set(there.values_list("person", flat=True))


def number_there(event: Event) -> int:
    """How many people are noted, without their guests."""
    if event.call:
        return event.call.answers.attended().count()
    return event.attendances.in_effect().count()
