"""What those who answered an event are told: that it moved, how to join it, that it is off, a message, thanks.

A notice is a row. Its mails are put into the outbox in batches, each in one transaction that also notes how far it
came: a worker that dies leaves its batch to the next one, whole. Each batch locks its people first, so that whoever is
deleted goes before the batch and is left out, or after it. Told are those whose answer is confirmed and was so when
the notice was made: whoever answers later reads what is so by then.
"""

import datetime
from collections.abc import Collection, Mapping

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _

from affiliates.models import GroupStatus
from foundation.accounts.models import User
from foundation.audit.models import record
from members.membership import lock_people

from .emails import notices as emails
from .hosts import next_of_hosts
from .models import Attendance, Event, EventNotice, EventState, NoticeKind, Rsvp, RsvpState
from .models.answers import RsvpQuerySet
from .standing_jobs import queue_notice_after_commit

BATCH = 100
MESSAGE_EVERY = datetime.timedelta(days=1)
THANKS_AFTER = datetime.timedelta(hours=2)
THANKS_UNTIL = datetime.timedelta(days=3)
"""So long after its end are people thanked: check-ins from paper come in by then, and later it is stale."""
MESSAGE_STATES = (RsvpState.GOING, RsvpState.WAITING, RsvpState.MAYBE)


class NoticeError(Exception):
    """The message cannot be sent now; the message of the error, for its reader, says why."""


# --- made -----------------------------------------------------------------------------------------------------


def make_notice(
    *,
    event: Event,
    kind: NoticeKind,
    by: User | None,
    now: datetime.datetime,
    before: Mapping[str, str] | None = None,
    subject: str = "",
    text: str = "",
) -> EventNotice | None:
    """Have all who answered `event` told, after the commit: those who go, wait, or may come.

    `before` is what they were told before: "starts_at" and "ends_at" (ISO 8601), "time_zone", "place". A notice of one
    kind about one `sequence` of the event is made once, however often this is called; messages are made as often.
    None for an event that was never public.
    """
    if event.approved_at is None:
        return None
    values = {"by": by, "at": now, "before": dict(before or {}), "subject": subject, "text": text}
    if kind == NoticeKind.MESSAGE:
        notice = event.notices.create(kind=kind, sequence=event.sequence, to_states=list(MESSAGE_STATES), **values)
    else:
        notice, _is_new = event.notices.get_or_create(kind=kind, sequence=event.sequence, defaults=values)
    queue_notice_after_commit(notice.pk)
    return notice


def send_message(
    *,
    event: Event,
    subject: str,
    text: str,
    reply_to: str,
    to_states: Collection[str],
    actor: User,
    now: datetime.datetime,
) -> EventNotice:
    """A host's words to those who answered that they are going, wait, or may come (`to_states`).

    The same message again within a day is the one that is on its way: a press too many sends nothing. Raises
    NoticeError where the event is not approved, one went out within a day, or nobody would get it.
    """
    with transaction.atomic():
        held = Event.objects.select_for_update(no_key=True).defer("position").get(pk=event.pk)
        if held.state != EventState.APPROVED:
            raise NoticeError(_("Only the people of an approved event can be written to."))
        recent = held.notices.filter(kind=NoticeKind.MESSAGE, at__gt=now - MESSAGE_EVERY)
        same = recent.filter(subject=subject, text=text).first()
        # To others it is another message: they did not get the first one.
        if same and set(to_states) <= set(same.to_states):
            return same
        if recent.exists():
            raise NoticeError(
                _("One message a day can go to the people of an event. The next one can go out tomorrow.")
            )
        if not recipients_of(held, to_states).exists():
            raise NoticeError(_("Nobody has answered that way yet."))
        notice = held.notices.create(
            kind=NoticeKind.MESSAGE, sequence=held.sequence, subject=subject, text=text, reply_to=reply_to,
            to_states=list(to_states), by=actor, at=now,
        )  # fmt: skip
        record(actor=actor, action="sent message to answers", subject=held.scope, notice=notice.pk)
        queue_notice_after_commit(notice.pk)
    return notice


def recipients_of(event: Event, to_states: Collection[str]) -> RsvpQuerySet:
    """The answers that a message to those of `to_states` is for."""
    return _answers(event).filter(state__in=to_states)


def next_message_at(event: Event, *, now: datetime.datetime) -> datetime.datetime | None:
    """When the next message may go out, where one did within a day; None: now."""
    last = event.notices.filter(kind=NoticeKind.MESSAGE, at__gt=now - MESSAGE_EVERY).order_by("-at").first()
    return last.at + MESSAGE_EVERY if last else None


def stop_messages_of(*, event: Event, now: datetime.datetime) -> None:
    """Nobody more gets a message that is under way: those who wrote it hold the event no longer."""
    event.notices.filter(kind=NoticeKind.MESSAGE, queued_at__isnull=True).update(queued_at=now)


def thank_people(*, now: datetime.datetime, batch: int = 100) -> int:
    """Thank the people of events that are over since two hours and not more than three days; returns how many events.

    Each event once: its notice says so. Not those of a group whose agreement has ended, and not calls, whose answers
    are kept where calls are.
    """
    thanked = EventNotice.objects.filter(event=OuterRef("pk"), kind=NoticeKind.THANKS)
    over = Event.objects.filter(
        ~Exists(thanked),
        Q(group__isnull=True) | Q(group__status=GroupStatus.LISTED),
        state=EventState.APPROVED,
        call__isnull=True,
        ends_at__gt=now - THANKS_UNTIL,
        ends_at__lte=now - THANKS_AFTER,
    )
    found = list(over.defer("position").order_by("ends_at", "pk")[:batch])
    for event in found:
        with transaction.atomic():
            make_notice(event=event, kind=NoticeKind.THANKS, by=None, now=now)
    return len(found)


# --- queued ---------------------------------------------------------------------------------------------------


def queue_notice(*, notice_id: int, now: datetime.datetime) -> int:
    """Put what is left of a notice's mails into the outbox; returns how many. Safe to run twice, and to kill."""
    total = 0
    while (queued := _queue_some(notice_id, now)) is not None:
        total += queued
    return total


@transaction.atomic
def _queue_some(notice_id: int, now: datetime.datetime) -> int | None:
    """The next batch; None where nothing is left to do."""
    unfinished = EventNotice.objects.filter(queued_at__isnull=True).select_for_update(of=("self",))
    notice = unfinished.select_related("event__group").filter(pk=notice_id).first()
    if notice is None:
        return None
    answers = [] if _is_overtaken(notice) else list(_next_answers(notice))
    if not answers:
        notice.queued_at = now
        notice.save(update_fields=["queued_at"])
        return None
    queued = _queue_mails(notice, [answer.pk for answer in answers], now)
    notice.queued_up_to = answers[-1].pk
    notice.recipients = F("recipients") + queued
    notice.save(update_fields=["queued_up_to", "recipients"])
    return queued


def _is_overtaken(notice: EventNotice) -> bool:
    """Of an event that was cancelled meanwhile only that is still told."""
    return notice.event.state != EventState.APPROVED and notice.kind != NoticeKind.CANCELLED


def _queue_mails(notice: EventNotice, answers: Collection[int], now: datetime.datetime) -> int:
    people = Rsvp.objects.filter(pk__in=answers).values_list("person", flat=True)
    lock_people(pk for pk in people if pk)
    present = Rsvp.objects.filter(pk__in=answers, person__isnull=False).select_related("person")
    found = list(present.defer("person__position").prefetch_related("person__emails").order_by("pk"))
    is_thanks = notice.kind == NoticeKind.THANKS
    next_one = next_of_hosts(notice.event, now=now) if is_thanks else None
    queued = emails.queue_notice_mails(notice, found, next_one=next_one)
    if is_thanks:
        Rsvp.objects.filter(pk__in=answers).update(thanked_at=now)
    return queued


def _next_answers(notice: EventNotice) -> RsvpQuerySet:
    """The answers of the next batch, in the order of their keys."""
    answers = _answers(notice.event).filter(pk__gt=notice.queued_up_to, confirmed_at__lte=notice.at)
    if notice.kind == NoticeKind.MESSAGE:
        answers = answers.filter(state__in=notice.to_states)
    if notice.kind == NoticeKind.THANKS:
        answers = _who_came(notice.event, answers.filter(thanked_at__isnull=True))
    return answers.order_by("pk")[:BATCH]


def _who_came(event: Event, answers: RsvpQuerySet) -> RsvpQuerySet:
    """The answers of those who were checked in; where nobody was, of those who were going."""
    came = Attendance.objects.in_effect().filter(event=event)
    if came.exists():
        return answers.filter(Exists(came.filter(person=OuterRef("person"))))
    return answers.going()


def _answers(event: Event) -> RsvpQuerySet:
    return Rsvp.objects.filter(event=event).confirmed().coming()
