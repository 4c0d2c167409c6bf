"""What the contacts of a poll's groups are told, and when they are reminded.

A notice is a row, made in the transaction of the fact that it tells. Its mails are put into the outbox in batches of
groups, each batch in one transaction that also notes how far it came: a worker that dies leaves its batch to the next
one, whole. Told are the points of contact of the groups that were eligible at the opening; a group whose agreement has
ended is told nothing but how a poll ended in which it cast.
"""

import datetime
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext as _

from affiliates.models import GroupStatus
from foundation.accounts.models import User
from foundation.audit.models import record

from . import signals
from .emails import polls as emails
from .models import Ballot, EligibleGroup, EntryKind, Poll, PollChoice, PollNotice, PollNoticeKind, PollState
from .poll_jobs import ring_after_commit

BATCH = 100
"""Groups in one transaction."""
LAST_DAY = datetime.timedelta(days=1)
QUIET = datetime.timedelta(hours=6)
"""Whoever was told of the poll since so long before a reminder is due is not reminded."""
BY_HAND_EVERY = datetime.timedelta(days=1)
"""Staff can remind once in so long."""

_REMINDERS = (PollNoticeKind.HALF_TIME, PollNoticeKind.LAST_DAY, PollNoticeKind.REMINDER)
_OF_ONE_GROUP = (PollNoticeKind.BALLOT, PollNoticeKind.STRUCK)
_AFTER_THE_END = (PollNoticeKind.CLOSED, PollNoticeKind.VOIDED)


class NoticeError(Exception):
    """The notice cannot be sent now; the message, for its reader, says why."""


# --- made -----------------------------------------------------------------------------------------------------


def make_notice(
    *, poll: Poll, kind: PollNoticeKind, now: datetime.datetime, about: str = "", by: User | None = None
) -> PollNotice | None:
    """Have the contacts told, after the commit. A second notice of the same kind and `about` is not made: None then."""
    notice, is_new = PollNotice.objects.get_or_create(poll=poll, kind=kind, about=about, defaults={"at": now, "by": by})
    if not is_new:
        return None
    ring_after_commit()
    return notice


def remind_now(*, poll: Poll, actor: User, now: datetime.datetime) -> PollNotice:
    """Remind the contacts of all groups that have not cast, on staff's word.

    Raises NoticeError where the poll is not open, or staff reminded within a day.
    """
    with transaction.atomic():
        held = Poll.objects.select_for_update(no_key=True).get(pk=poll.pk)
        if held.state != PollState.OPEN or held.closes_at <= now:
            raise NoticeError(_("The poll is not open any more."))
        if held.notices.filter(kind=PollNoticeKind.REMINDER, at__gt=now - BY_HAND_EVERY).exists():
            raise NoticeError(_("The groups were reminded within the last day. Give them time."))
        notice = make_notice(poll=held, kind=PollNoticeKind.REMINDER, now=now, about=now.isoformat(), by=actor)
        if notice is None:
            raise NoticeError(_("The groups were reminded within the last day. Give them time."))
        record(actor=actor, action="reminded groups of poll", subject=held.subject)
    return notice


def next_reminder_by_hand_at(poll: Poll, *, now: datetime.datetime) -> datetime.datetime | None:
    """When staff may remind next, where they did within a day; None: now."""
    last = poll.notices.filter(kind=PollNoticeKind.REMINDER, at__gt=now - BY_HAND_EVERY).order_by("-at").first()
    return last.at + BY_HAND_EVERY if last else None


@receiver(signals.poll_opened, dispatch_uid="endorsements.poll_notices.opened")
def _tell_of_opening(*, poll: Poll, **rest: Any) -> None:
    make_notice(poll=poll, kind=PollNoticeKind.OPENED, now=timezone.now())


@receiver(signals.poll_extended, dispatch_uid="endorsements.poll_notices.extended")
def _tell_of_extension(*, poll: Poll, **rest: Any) -> None:
    extended = poll.ledger.filter(kind=EntryKind.EXTENDED).order_by("-sequence").values_list("sequence", flat=True)
    make_notice(poll=poll, kind=PollNoticeKind.EXTENDED, about=str(extended[0]), now=timezone.now())


@receiver(signals.choice_closed, dispatch_uid="endorsements.poll_notices.withdrawn")
def _tell_of_withdrawal(*, poll: Poll, choice: PollChoice, **rest: Any) -> None:
    make_notice(poll=poll, kind=PollNoticeKind.WITHDRAWN, about=str(choice.position), now=timezone.now())


@receiver(signals.ballot_cast, dispatch_uid="endorsements.poll_notices.ballot")
def _tell_of_ballot(*, poll: Poll, sequence: int, **rest: Any) -> None:
    """One row, of an entry that is new: under the poll's lock, where all who cast stand in line, no mail is written."""
    PollNotice.objects.create(poll=poll, kind=PollNoticeKind.BALLOT, about=str(sequence), at=timezone.now())
    ring_after_commit()


@receiver(signals.ballot_struck, dispatch_uid="endorsements.poll_notices.struck")
def _tell_of_strike(*, poll: Poll, sequence: int, **rest: Any) -> None:
    make_notice(poll=poll, kind=PollNoticeKind.STRUCK, about=str(sequence), now=timezone.now())


@receiver(signals.poll_closed, dispatch_uid="endorsements.poll_notices.closed")
def _tell_of_close(*, poll: Poll, **rest: Any) -> None:
    make_notice(poll=poll, kind=PollNoticeKind.CLOSED, now=timezone.now())


@receiver(signals.poll_voided, dispatch_uid="endorsements.poll_notices.voided")
def _tell_of_voiding(*, poll: Poll, **rest: Any) -> None:
    if poll.opened_at is not None:
        make_notice(poll=poll, kind=PollNoticeKind.VOIDED, now=timezone.now())


# --- reminders ------------------------------------------------------------------------------------------------


def half_time_of(poll: Poll) -> datetime.datetime | None:
    """The middle between opening and close; None for a draft."""
    return poll.opened_at + (poll.closes_at - poll.opened_at) / 2 if poll.opened_at else None


def make_due_reminders(*, now: datetime.datetime) -> int:
    """Remind the groups that have not cast of every open poll: at half time, and on the last day. Returns how many.

    Half time is told once a poll; the last day again after the closing time was made later. Of both only the last
    that was missed is told, and none to people who were told of the poll a few hours before.
    """
    running = Poll.objects.open().filter(closes_at__gt=now, opened_at__isnull=False).order_by("closes_at", "pk")
    return sum(_make_due_reminder(poll, now) for poll in running)


def _make_due_reminder(poll: Poll, now: datetime.datetime) -> bool:
    last_day, half_time = poll.closes_at - LAST_DAY, half_time_of(poll)
    if now >= last_day:
        return _make_reminder(poll, PollNoticeKind.LAST_DAY, last_day, poll.closes_at.isoformat(), now)
    if half_time and now >= half_time:
        return _make_reminder(poll, PollNoticeKind.HALF_TIME, half_time, "", now)
    return False


def _make_reminder(
    poll: Poll, kind: PollNoticeKind, due_at: datetime.datetime, about: str, now: datetime.datetime
) -> bool:
    telling = (PollNoticeKind.OPENED, PollNoticeKind.EXTENDED, *_REMINDERS)
    told = poll.notices.filter(Q(kind=kind, about=about) | Q(kind__in=telling, at__gte=due_at - QUIET))
    if told.exists() or (poll.opened_at and poll.opened_at >= due_at - QUIET):
        return False
    with transaction.atomic():
        return make_notice(poll=poll, kind=kind, about=about, now=now) is not None


# --- mailed ---------------------------------------------------------------------------------------------------


def queue_waiting_notices(*, now: datetime.datetime, batches: int = 50) -> int:
    """Put the mails of unfinished notices into the outbox, a batch of each in turn; returns how many mails.

    So the receipt of a ballot does not wait behind a notice to 10,000 groups. After so many `batches` it stops: what
    is left is for the next call (`is_waiting`). Safe to run twice at once, and to kill.
    """
    total = 0
    while batches > 0:
        waiting = PollNotice.objects.unfinished().values_list("pk", flat=True)[:batches]
        done = [queued for pk in waiting if (queued := _queue_some(pk, now)) is not None]
        if not done:
            break
        total += sum(done)
        batches -= len(done)
    return total


def is_waiting() -> bool:
    """Is there a notice of which not all mails are in the outbox?"""
    return PollNotice.objects.unfinished().exists()


@transaction.atomic
def _queue_some(notice_id: int, now: datetime.datetime) -> int | None:
    """The next batch of one notice; None where somebody else is at it or nothing is left."""
    rows = PollNotice.objects.filter(queued_at__isnull=True).select_for_update(skip_locked=True, of=("self",))
    notice = rows.select_related("poll__race", "poll__recommended").filter(pk=notice_id).first()
    if notice is None:
        return None
    seats = [] if _is_overtaken(notice) else list(_seats_of(notice)[:BATCH])
    queued = emails.queue_notice_mails(notice, seats)
    if len(seats) < BATCH:
        notice.queued_at = now
    else:
        notice.queued_up_to = seats[-1].number
    notice.recipients = F("recipients") + queued
    notice.save(update_fields=["queued_at", "queued_up_to", "recipients"])
    return queued


def _is_overtaken(notice: PollNotice) -> bool:
    """What is no longer so is not told: that it is open, once it is closed; how it ended, once it is void."""
    state = notice.poll.state
    if notice.kind == PollNoticeKind.VOIDED:
        return False
    if notice.kind in (PollNoticeKind.CLOSED, *_OF_ONE_GROUP):
        return state == PollState.VOID
    return state != PollState.OPEN


def _seats_of(notice: PollNotice) -> QuerySet[EligibleGroup]:
    """The eligible groups that a notice still goes to, in the order of their numbers."""
    seats = notice.poll.eligible_groups.filter(number__gt=notice.queued_up_to).select_related("group")
    standing = Ballot.objects.filter(eligible=OuterRef("pk"), struck_at__isnull=True)
    in_force = Q(group__status=GroupStatus.LISTED)
    who: dict[str, Callable[[], QuerySet[EligibleGroup]]] = {
        **dict.fromkeys(_REMINDERS, lambda: seats.filter(in_force).exclude(Exists(standing))),
        **dict.fromkeys(_OF_ONE_GROUP, lambda: seats.filter(entries__poll=notice.poll, entries__sequence=notice.about)),
        **dict.fromkeys(_AFTER_THE_END, lambda: seats.filter(in_force | Exists(standing))),
        PollNoticeKind.WITHDRAWN: lambda: seats.filter(
            in_force, Exists(standing.filter(choice__position=notice.about))
        ),
    }
    narrowed = who[notice.kind]() if notice.kind in who else seats.filter(in_force)
    return narrowed.defer("group__position", "group__about", "group__plan").order_by("number")
