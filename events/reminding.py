"""Reminders of events: on the day before at ten, and on the day at eight, on the clocks of where it is held."""

import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from .emails import answering as emails
from .models import Event, EventState, Rsvp, RsvpState
from .models.answers import RsvpQuerySet

DAY_BEFORE_AT = datetime.time(10)
ON_DAY_AT = datetime.time(8)
AHEAD = datetime.timedelta(hours=2)
"""Of what begins earlier in the day people are reminded so long before."""
ANSWERED_BEFORE = datetime.timedelta(hours=1)
"""Whoever answered later than so long before a reminder goes out knows what they have just read."""
LOOKS_AHEAD = datetime.timedelta(days=3)
"""No event that begins later has a reminder due, whatever its zone."""
REMINDED = (RsvpState.GOING, RsvpState.MAYBE)


class Reminder(NamedTuple):
    """One of the two reminders of an event: the column that notes it, and between which moments (UTC) it goes out."""

    field: str
    due_at: datetime.datetime
    until: datetime.datetime


def reminders_of(event: Event) -> list[Reminder]:
    """Both reminders. That of the day before is too late once that of the day is due; that, once the event begins."""
    day = event.local_start.date()
    on_day = min(_moment(event, day, ON_DAY_AT), event.starts_at - AHEAD)
    day_before = _moment(event, day - datetime.timedelta(days=1), DAY_BEFORE_AT)
    return [
        Reminder("reminded_at", day_before, on_day),
        Reminder("reminded_again_at", on_day, event.starts_at),
    ]


def _moment(event: Event, day: datetime.date, time: datetime.time) -> datetime.datetime:
    return datetime.datetime.combine(day, time, tzinfo=event.zone).astimezone(datetime.UTC)


def send_due_reminders(*, now: datetime.datetime, batch: int = 200) -> int:
    """Remind those who go or may come and are due, each once; returns how many. Safe to run beside itself.

    What was moved after a reminder was due reminds by the mail about the move.
    """
    soon = Event.objects.filter(
        state=EventState.APPROVED, call__isnull=True, starts_at__gt=now, starts_at__lte=now + LOOKS_AHEAD
    )
    sent = 0
    for event in soon.select_related("group").defer("position", "group__position").order_by("starts_at", "pk"):
        for reminder in reminders_of(event):
            if reminder.due_at <= now < reminder.until and not (event.moved_at and event.moved_at > reminder.due_at):
                while done := _remind_some(event, reminder, now, batch):
                    sent += done
    return sent


def _remind_some(event: Event, reminder: Reminder, now: datetime.datetime, batch: int) -> int:
    with transaction.atomic():
        due = _due(event, reminder).with_people().order_by("pk")
        rsvps = list(due.select_for_update(skip_locked=True, of=("self",))[:batch])
        for rsvp in rsvps:
            rsvp.event = event  # with its group
            emails.queue_reminder(rsvp, is_today=reminder.field == "reminded_again_at")
        Rsvp.objects.filter(pk__in=[rsvp.pk for rsvp in rsvps]).update(**{reminder.field: now})
    return len(rsvps)


def _due(event: Event, reminder: Reminder) -> RsvpQuerySet:
    """The answers that the reminder is for, and that it was not sent to."""
    answered = Q(confirmed_at__lte=reminder.due_at - ANSWERED_BEFORE)
    rows = Rsvp.objects.filter(answered, event=event, state__in=REMINDED)
    return rows.filter(**{f"{reminder.field}__isnull": True})
