"""Messages of national to the hosts of a campaign: the contacts and organizers of the groups that hold its events.

A message is a row. Its mails are put into the outbox in batches, each in one transaction that also notes how far it
came (the user's key): a worker that dies leaves its batch to the next one, whole. Who hosts is asked anew for each
batch. It is news of the network: whoever unsubscribed from that gets none.
"""

import datetime

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from affiliates.roster_messages import MessageResults, results_of_mails
from foundation.accounts.models import User
from foundation.audit.models import record

from .campaigns import hosting_groups
from .emails import campaigns as emails
from .hosts import keepers_of
from .jobs_campaigns import queue_host_message_after_commit
from .models import Campaign, HostMessage

BATCH = 200
SAME_WITHIN = datetime.timedelta(days=1)
"""The same words again within this time are a press too many."""


class HostMessageError(Exception):
    """The message cannot be sent; the message of the error, for staff, says why."""


def hosts_to_write_to(campaign: Campaign) -> QuerySet[User]:
    """Whoever keeps a group that holds an event of the campaign, each once, in the order of their keys."""
    return keepers_of(hosting_groups(campaign))


def send_host_message(
    *, campaign: Campaign, subject: str, text: str, actor: User, now: datetime.datetime
) -> HostMessage:
    """Have `text` mailed to all hosts of the campaign.

    The same message again within a day is the one that is on its way. Raises HostMessageError where nobody hosts yet.
    """
    with transaction.atomic():
        held = Campaign.objects.select_for_update(no_key=True, of=("self",)).get(pk=campaign.pk)
        recent = held.messages.filter(at__gt=now - SAME_WITHIN, subject=subject, text=text)
        if same := recent.order_by("pk").first():
            return same
        if not hosts_to_write_to(held).exists():
            raise HostMessageError(_("Nobody hosts this campaign yet."))
        message = HostMessage.objects.create(campaign=held, subject=subject, text=text, sent_by=actor, at=now)
        record(actor=actor, action="wrote to hosts", subject=f"campaign:{held.pk}", message=message.pk)
        queue_host_message_after_commit(message.pk)
    return message


def queue_host_message(*, message_id: int, now: datetime.datetime) -> int:
    """Put what is left of a message's mails into the outbox; returns how many. Safe to run twice, and to kill."""
    total = 0
    while (queued := _queue_some(message_id, now)) is not None:
        total += queued
    return total


@transaction.atomic
def _queue_some(message_id: int, now: datetime.datetime) -> int | None:
    """The next batch; None where nothing is left to do."""
    unfinished = HostMessage.objects.filter(queued_at__isnull=True).select_related("campaign")
    message = unfinished.select_for_update(of=("self",)).filter(pk=message_id).first()
    if message is None:
        return None
    hosts = list(hosts_to_write_to(message.campaign).filter(pk__gt=message.queued_up_to)[:BATCH])
    if not hosts:
        message.queued_at = now
        message.save(update_fields=["queued_at"])
        return None
    emails.queue_host_message(message, hosts)
    message.queued_up_to = hosts[-1].pk
    message.recipients = F("recipients") + len(hosts)
    message.save(update_fields=["queued_up_to", "recipients"])
    return len(hosts)


def unfinished_host_messages() -> list[int]:
    """The keys of the messages of which not all mails are in the outbox, the oldest first."""
    waiting = HostMessage.objects.filter(queued_at__isnull=True).order_by("at", "pk")
    return list(waiting.values_list("pk", flat=True)[:100])


def results_of(message: HostMessage) -> MessageResults:
    """What became of the mails of this message, in one query."""
    return results_of_mails(emails.keys_of(message))
