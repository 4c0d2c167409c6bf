"""Work done outside the request. Jobs take ids, reload, call one function, and are safe to run twice."""

import logging
from typing import Any

from django.db import transaction
from django.utils import timezone
from django_rq import job
from redis.exceptions import RedisError

logger = logging.getLogger("network.groups")


@job("default")
def tell_watchers_of(group_id: int) -> None:
    """Tell those who waited for a group near them of this one, and introduce it to those who joined near none."""
    from .introductions import introduce_group
    from .watches import tell_watchers

    tell_watchers(group_id=group_id, now=timezone.now())
    introduce_group(group_id=group_id, now=timezone.now())


def tell_waiting_watchers() -> None:
    """The sweep behind the job: every listed group whose watchers were not told yet."""
    from .models import Group
    from .watches import tell_watchers

    waiting = Group.objects.listed().filter(watchers_told_at__isnull=True).order_by("listed_at", "pk")
    for group_id in waiting.values_list("pk", flat=True)[:500]:
        tell_watchers(group_id=group_id, now=timezone.now())


def introduce_new_groups() -> None:
    """The sweep behind the job: every listed group that was not introduced yet."""
    from .introductions import introduce_group
    from .models import Group

    waiting = Group.objects.listed().filter(introduced_at__isnull=True).order_by("listed_at", "pk")
    for group_id in waiting.values_list("pk", flat=True)[:500]:
        introduce_group(group_id=group_id, now=timezone.now())


def forget_expired_sign_ups() -> None:
    """The sweep that deletes what nobody confirmed in time."""
    from .sign_up import forget_expired

    forget_expired(now=timezone.now())


def remind_of_applications() -> None:
    """The sweep that writes once to whoever began an application and left it."""
    from .idle_drafts import remind_of_idle_drafts

    remind_of_idle_drafts(now=timezone.now())


def delete_idle_applications() -> None:
    """The sweep that deletes drafts which nobody went on with."""
    from .idle_drafts import delete_idle_drafts

    delete_idle_drafts(now=timezone.now())


def remind_of_calls() -> None:
    """The sweep that writes to those who signed up for a call: the day before, and in the last hour."""
    from .calls import send_due_reminders

    send_due_reminders(now=timezone.now())


def announce_regional_calls() -> None:
    """The sweep that tells the contacts of a region's groups of its next call."""
    from .regional_calls import announce_calls

    announce_calls(now=timezone.now())


@job("default")
def queue_group_message(message_id: int) -> None:
    """Put the mails of a group's message into the outbox."""
    from .roster_messages import queue_message

    queue_message(message_id=message_id, now=timezone.now())


def queue_message_after_commit(message_id: int) -> None:
    """Have a worker queue a message's mails once this transaction is committed; the sweep does, where Redis is away."""
    transaction.on_commit(lambda: _ring(queue_group_message, message_id))


def queue_waiting_messages() -> None:
    """The sweep behind the job: every message of which not all mails are in the outbox."""
    from .models import GroupMessage
    from .roster_messages import queue_message

    waiting = GroupMessage.objects.filter(queued_at__isnull=True, stopped_at__isnull=True).order_by("at", "pk")
    for message_id in waiting.values_list("pk", flat=True)[:100]:
        queue_message(message_id=message_id, now=timezone.now())


def _ring(doorbell: Any, pk: int) -> None:
    try:
        doorbell.delay(pk)
    except RedisError:
        logger.warning("a doorbell does not ring; the sweep finds the work")


def warn_of_round() -> None:
    """The sweep that tells groups of a round of re-signing, and warns those that have not signed."""
    from .rounds import send_notices

    send_notices(now=timezone.now())


def lapse_late_groups() -> None:
    """The sweep that ends what was not signed anew in time."""
    from .rounds import lapse_late

    lapse_late(now=timezone.now())
