"""A message of a group to the people of its roster who want mails of the group.

A message is a row. Its mails are put into the outbox in batches, each in one transaction that also notes how far it
came: a worker that dies leaves its batch to the next one, whole. Each batch first locks the group and looks whether
the agreement is still in force, so that nothing is queued once it has ended.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q
from django.dispatch import receiver
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record
from foundation.mail.models import MailState, OutgoingMail
from foundation.mail.outbox import call_off
from members.consent import mailable
from members.models import ConsentPurpose, Person
from members.models.people import PersonQuerySet

from .emails import messages as emails
from .jobs import queue_message_after_commit
from .models import Group, GroupMessage, RosterEntry
from .signals import agreement_ended

MOST_MESSAGES = 2
WINDOW = datetime.timedelta(days=7)
BATCH = 200


class MessageError(Exception):
    """The message cannot be sent now; the message of the error, for its reader, says why."""


@dataclass(frozen=True)
class MessageResults:
    """What became of a message's mails, in numbers. Nobody is told whose they were."""

    sent: int
    waiting: int
    bounced: int
    unsubscribed: int
    not_sent: int


def recipients_of(group: Group) -> PersonQuerySet:
    """The people of the roster who agreed to mails of this group and whose address takes them."""
    return mailable(Person.objects.filter(roster_entries__group=group), ConsentPurpose.GROUP_MAIL, group.scope)


def next_message_at(group: Group, *, now: datetime.datetime) -> datetime.datetime | None:
    """When the group may send its next message, where it has sent two within seven days; None: now."""
    sent = group.messages.filter(at__gt=now - WINDOW).order_by("-at")[:MOST_MESSAGES]
    times = [message.at for message in sent]
    return times[-1] + WINDOW if len(times) == MOST_MESSAGES else None


def send_message(
    *, group: Group, subject: str, text: str, reply_to: str, actor: User, now: datetime.datetime
) -> GroupMessage:
    """Have `text` mailed to everybody of the roster who wants mails of the group; answers go to `reply_to`.

    The same message again within seven days is the one that is on its way: a press too many sends nothing. Raises
    MessageError where the agreement is not in force, the group has sent two within seven days, or nobody would get it.
    """
    with transaction.atomic():
        held = _hold(group.pk)
        if not held.is_listed:
            raise MessageError(_("The agreement of this group is not in force, so it cannot write to its roster."))
        recent = held.messages.filter(at__gt=now - WINDOW)
        if same := recent.filter(subject=subject, text=text, stopped_at__isnull=True).first():
            return same
        if later := next_message_at(held, now=now):
            raise MessageError(
                _("A group can send two messages in seven days. The next one can go out from %(day)s.")
                % {"day": date_format(later, "DATETIME_FORMAT")}
            )
        if not recipients_of(held).exists():
            raise MessageError(_("Nobody of your roster has agreed to mails of the group yet."))
        message = GroupMessage.objects.create(
            group=held, subject=subject, text=text, reply_to=reply_to, sent_by=actor, at=now
        )
        record(actor=actor, action="sent message to roster", subject=f"group:{held.pk}", message=message.pk)
        queue_message_after_commit(message.pk)
    return message


def queue_message(*, message_id: int, now: datetime.datetime) -> int:
    """Put what is left of a message's mails into the outbox; returns how many. Safe to run twice, and to kill."""
    total = 0
    while (queued := _queue_some(message_id, now)) is not None:
        total += queued
    return total


@transaction.atomic
def _queue_some(message_id: int, now: datetime.datetime) -> int | None:
    """The next batch; None where nothing is left to do. The group is locked first, as when its agreement ends."""
    group_id = GroupMessage.objects.filter(pk=message_id).values_list("group", flat=True).first()
    group = _hold(group_id) if group_id else None
    unfinished = GroupMessage.objects.filter(queued_at__isnull=True, stopped_at__isnull=True)
    message = unfinished.select_for_update(of=("self",)).filter(pk=message_id).first()
    if group is None or message is None:
        return None
    if not group.is_listed:
        message.stopped_at = now
        message.save(update_fields=["stopped_at"])
        return None
    entries = _next_entries(message)
    if not entries:
        message.queued_at = now
        message.save(update_fields=["queued_at"])
        return None
    queued = emails.queue_group_message(message, group, _mailable_of(group, entries))
    message.queued_up_to = entries[-1]
    message.recipients = F("recipients") + queued
    message.save(update_fields=["queued_up_to", "recipients"])
    return queued


def _next_entries(message: GroupMessage) -> list[int]:
    """The keys of the next 200 entries of those who were on the roster when the message was sent."""
    entries = RosterEntry.objects.filter(
        group=message.group_id, pk__gt=message.queued_up_to, joined_at__lte=message.at
    ).order_by("pk")
    return list(entries.values_list("pk", flat=True)[:BATCH])


def _mailable_of(group: Group, entries: list[int]) -> Iterable[Person]:
    people = mailable(Person.objects.filter(roster_entries__in=entries), ConsentPurpose.GROUP_MAIL, group.scope)
    return people.defer("position").prefetch_related("emails").order_by("pk")


def _hold(group_id: int) -> Group:
    """The group, locked so that others can go on referring to it."""
    return Group.objects.select_for_update(no_key=True).defer("position").get(pk=group_id)


@receiver(agreement_ended, dispatch_uid="affiliates.roster_messages.stop")
def stop_messages(*, group: Group, at: datetime.datetime, **rest: Any) -> None:
    """The agreement has ended: no more mails of messages under way. What a mail server has already stays sent."""
    under_way = group.messages.filter(queued_at__isnull=True, stopped_at__isnull=True)
    under_way.update(stopped_at=at)
    call_off(purpose=emails.PURPOSE, scope=group.scope)


def results_of(message: GroupMessage) -> MessageResults:
    """What became of the mails of this message, in one query."""
    mails = OutgoingMail.objects.filter(key__startswith=emails.keys_of(message))
    counted = mails.aggregate(
        sent=Count("pk", filter=Q(state=MailState.SENT)),
        waiting=Count("pk", filter=Q(state__in=[MailState.QUEUED, MailState.CLAIMED])),
        bounced=Count("pk", filter=Q(bounced_at__isnull=False) | Q(state=MailState.FAILED)),
        unsubscribed=Count("pk", filter=Q(unsubscribed_at__isnull=False)),
        not_sent=Count("pk", filter=Q(state__in=[MailState.SUPPRESSED, MailState.UNKNOWN])),
    )
    return MessageResults(**counted)
