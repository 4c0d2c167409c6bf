"""Calls: set, moved and cancelled by staff; answered and attended by people.

Attendance is a basis of membership (members.membership) with the source "call_answer:<pk>". Whoever answers is held
to the number of places under a lock on the call's row; staff may add more people than that, since those have come.
"""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import override

from foundation.accounts.models import User
from foundation.audit.models import record
from members.membership import hold_present, lock_people, record_basis, withdraw_basis
from members.models import ActivityKind, Person
from members.people import Contact, take_in

from .emails import calls as emails
from .emails.calls import Reader, reader_of
from .models import Call, CallAnswer, CallKind, Region
from .regions import contacts_of

MARKED_FROM = datetime.timedelta(minutes=30)
"""So long before it begins can attendance be marked."""


class CallError(Exception):
    """It cannot be done with this call; the message, for the reader, says why."""


class CallFullError(CallError):
    """All places are taken."""


class StaleCallError(CallError):
    """Somebody else has changed the call since the form was opened."""


@dataclass(frozen=True)
class CallPlan:
    """What staff say of a call. Times are UTC; `time_zone` is an IANA name, and the one in which it is told."""

    starts_at: datetime.datetime
    ends_at: datetime.datetime
    time_zone: str
    language: str
    join_link: str
    join_words: str = ""
    capacity: int | None = None
    host: User | None = None


type QueueNews = Callable[[Call, Reader], None]
"""A function of emails.calls that tells one reader what became of a call."""


# --- set by staff ---------------------------------------------------------------------------------------------


def make_call(*, plan: CallPlan, actor: User, now: datetime.datetime, region: Region | None = None) -> Call:
    """Set a call: of `region`, or without one an organizing call. Raises CallError for a time that is past."""
    _refuse_past(plan, now)
    kind = CallKind.REGIONAL if region else CallKind.ORGANIZING
    with transaction.atomic():
        call = Call.objects.create(kind=kind, region=region, created_at=now, **_columns(plan))
        record(
            actor=actor, action="set call", subject=f"call:{call.pk}", kind=kind, starts_at=plan.starts_at.isoformat()
        )
    return call


def change_call(*, call: Call, plan: CallPlan, revision: int, actor: User, now: datetime.datetime) -> Call:
    """Write `plan` into the call; those who answered are told where the time, or the way in, is another.

    `revision` is the one that the actor saw: raises StaleCallError where it is not the present one, and CallError
    where the call is cancelled or over, the new time is past, or more people have answered than there would be places.
    """
    _refuse_past(plan, now)
    with transaction.atomic():
        locked = _lock(call)
        _refuse_closed(locked, now)
        if locked.revision != revision:
            raise StaleCallError(_("Somebody else has changed this call. Look at it again before you change it."))
        coming = _places_taken(locked)
        if plan.capacity is not None and plan.capacity < coming:
            raise CallError(_("%(count)d people have signed up already.") % {"count": coming})
        before = CallPlan(**{name: getattr(locked, name) for name in _columns(plan)})
        if before == plan:
            return locked
        for name, value in _columns(plan).items():
            setattr(locked, name, value)
        locked.revision += 1
        locked.save()
        if (before.starts_at, before.ends_at, before.time_zone) != (plan.starts_at, plan.ends_at, plan.time_zone):
            _remind_anew(locked, now)
            _tell(locked, partial(emails.queue_call_moved, before=before))
        elif (before.join_link, before.join_words) != (plan.join_link, plan.join_words):
            _tell(locked, emails.queue_call_way_in_changed)
        record(actor=actor, action="changed call", subject=f"call:{locked.pk}", starts_at=plan.starts_at.isoformat())
    return locked


def cancel_call(*, call: Call, actor: User, now: datetime.datetime) -> None:
    """Call it off, and tell those who answered. Raises CallError where it has begun; twice changes nothing."""
    with transaction.atomic():
        locked = _lock(call)
        if locked.cancelled_at:
            return
        if locked.starts_at <= now:
            raise CallError(_("This call has begun, so it can no longer be cancelled."))
        locked.cancelled_at = now
        locked.revision += 1
        locked.save(update_fields=["cancelled_at", "revision"])
        _tell(locked, emails.queue_call_cancelled)
        record(actor=actor, action="cancelled call", subject=f"call:{locked.pk}")
    call.refresh_from_db()


def _columns(plan: CallPlan) -> dict[str, Any]:
    return {field.name: getattr(plan, field.name) for field in fields(plan)}


def _lock(call: Call) -> Call:
    return Call.objects.select_for_update(no_key=True, of=("self",)).select_related("region", "host").get(pk=call.pk)


def _places_taken(call: Call) -> int:
    return call.answers.coming().count()


def _refuse_past(plan: CallPlan, now: datetime.datetime) -> None:
    if plan.starts_at <= now:
        raise CallError(_("This time is in the past."))


def _refuse_closed(call: Call, now: datetime.datetime) -> None:
    if call.cancelled_at:
        raise CallError(_("This call was cancelled."))
    if call.ends_at <= now:
        raise CallError(_("This call is over."))


def _remind_anew(call: Call, now: datetime.datetime) -> None:
    """The reminders that the new time still leaves room for; the mail about the move stands for the others."""
    changes = {one.field: None if call.starts_at - now > one.ahead else now for one in REMINDERS}
    call.answers.update(**changes)


def _tell(call: Call, queue: QueueNews) -> None:
    """Mail those who answered and, where the groups of its region were told of the call, their contacts."""
    told = contacts_of(call.region) if call.region and call.announced_at else []
    readers = {reader.address: reader for reader in [*told, *_readers_who_answered(call)]}
    for reader in readers.values():
        queue(call, reader)


def _readers_who_answered(call: Call) -> list[Reader]:
    coming = call.answers.coming().with_people().order_by("pk")
    return [reader for answer in coming if (reader := reader_of(answer.person))]


# --- answered by people ---------------------------------------------------------------------------------------


def answer_call(*, call: Call, person: Person, now: datetime.datetime) -> CallAnswer:
    """`person` wants to come, and is mailed the way in. Whoever has answered keeps their answer.

    Raises CallFullError where all places are taken, and CallError where the call is cancelled or over.
    """
    with transaction.atomic():
        locked, person = _lock(call), hold_present(person)
        answer = locked.answers.filter(person=person).first()
        if answer and answer.cancelled_at is None:
            return answer
        _refuse_closed(locked, now)
        if locked.capacity is not None and _places_taken(locked) >= locked.capacity:
            raise CallFullError(_("All places on this call are taken. Please choose another one."))
        answer = answer or CallAnswer(call=locked, person=person)
        answer.answered_at, answer.cancelled_at, answer.reminded_at, answer.reminded_again_at = now, None, None, None
        answer.save()
        if reader := reader_of(person):
            emails.queue_call_answered(locked, reader, answer=answer)
    return answer


def cancel_answer(*, call: Call, person: Person, now: datetime.datetime) -> bool:
    """`person` no longer comes, and the place is free. True if they were to come; whoever was there has been there."""
    coming = CallAnswer.objects.coming().filter(call=call, person=person, attended_at__isnull=True)
    return bool(coming.update(cancelled_at=now))


class Reminder(NamedTuple):
    """A mail so long before a call to those who answered earlier than that. `field` is where it is noted."""

    field: str
    ahead: datetime.timedelta
    name: str


REMINDERS = (
    Reminder("reminded_again_at", datetime.timedelta(hours=1), "last hour"),
    Reminder("reminded_at", datetime.timedelta(days=1), "day before"),
)
"""The later one first: whoever is due for both (the sweep was away) gets that one."""


def send_due_reminders(*, now: datetime.datetime, batch: int = 200) -> int:
    """Remind those who are due, each once; returns how many. Safe to run beside itself."""
    sent = 0
    for reminder in REMINDERS:
        while done := _remind_some(reminder, now, batch):
            sent += done
    return sent


def _remind_some(reminder: Reminder, now: datetime.datetime, batch: int) -> int:
    with transaction.atomic():
        due = (
            CallAnswer.objects.coming()
            .filter(
                call__cancelled_at__isnull=True,
                call__starts_at__gt=now,
                call__starts_at__lte=now + reminder.ahead,
                answered_at__lte=F("call__starts_at") - reminder.ahead,
                **{f"{reminder.field}__isnull": True},
            )
            .with_people()
            .select_related("call__region")
            .order_by("pk")
        )
        answers = list(due.select_for_update(skip_locked=True, of=("self",))[:batch])
        for answer in answers:
            if reader := reader_of(answer.person):
                emails.queue_call_reminder(answer.call, reader, answer=answer, reminder=reminder.name)
        # Nobody is reminded of the day before after they were reminded of the hour.
        noted = {one.field: now for one in REMINDERS if one.ahead >= reminder.ahead}
        CallAnswer.objects.filter(pk__in=[answer.pk for answer in answers]).update(**noted)
    return len(answers)


# --- attended -------------------------------------------------------------------------------------------------


def mark_attended(*, call: Call, people: Iterable[Person], actor: User, now: datetime.datetime) -> list[CallAnswer]:
    """`people` were on the call, whether they had answered or not: members from this moment on.

    Returns the answers that were not marked before. Raises CallError earlier than MARKED_FROM before the call, and for
    one that was cancelled.
    """
    with transaction.atomic():
        _refuse_attendance(call, now)
        marked = [_mark(call, person, actor, now) for person in sorted(people, key=lambda one: one.pk)]
    return [answer for answer in marked if answer]


def _mark(call: Call, person: Person, actor: User, now: datetime.datetime) -> CallAnswer | None:
    person = hold_present(person)  # before the answer's row: a deletion takes them in this order
    answer, _is_new = CallAnswer.objects.select_for_update().get_or_create(
        call=call, person=person, defaults={"answered_at": now}
    )
    if answer.attended_at:
        return None
    answer.attended_at, answer.attendance_by, answer.cancelled_at = now, actor, None
    answer.save(update_fields=["attended_at", "attendance_by", "cancelled_at"])
    record_basis(
        person=person, kind=ActivityKind.CALL, source=answer.source, at=call.starts_at,
        details={"title": title_of(call, person.language)}, actor=actor,
    )  # fmt: skip
    return answer


def unmark_attended(*, call: Call, people: Iterable[Person], actor: User, now: datetime.datetime) -> int:
    """`people` were not on the call after all: the basis is withdrawn. Returns how many had been marked."""
    with transaction.atomic():
        lock_people(person.pk for person in people)
        marked = call.answers.filter(person__in=people, attended_at__isnull=False).select_related("person")
        answers = list(marked.select_for_update(of=("self",)).order_by("pk"))
        for answer in answers:
            with override(answer.person.language):
                because = _("You were marked as present by mistake")
            withdraw_basis(source=answer.source, because=because, now=now, actor=actor)
        CallAnswer.objects.filter(pk__in=[answer.pk for answer in answers]).update(
            attended_at=None, attendance_by=actor
        )
    return len(answers)


def add_attendee(*, call: Call, contact: Contact, actor: User, now: datetime.datetime) -> CallAnswer:
    """Somebody came without having answered. Raises ErasedError (members.erasure) where they were deleted at their own
    wish, and CallError as `mark_attended` does."""
    with transaction.atomic():
        _refuse_attendance(call, now)
        person = take_in(contact=contact, is_own_act=False, now=now)
        mark_attended(call=call, people=[person], actor=actor, now=now)
        return call.answers.get(person=person)


def can_be_marked(call: Call, now: datetime.datetime) -> bool:
    """Is it time to note who is on the call?"""
    return call.cancelled_at is None and now >= call.starts_at - MARKED_FROM


def _refuse_attendance(call: Call, now: datetime.datetime) -> None:
    if not can_be_marked(call, now):
        raise CallError(_("Attendance can be marked from 30 minutes before the call begins."))


def title_of(call: Call, language: str) -> str:
    """What a call is called, in a language: "Organizing call", "Regional call: Midwest"."""
    with override(language):
        return call.title
