"""The work on campaigns, calls and attendance online that is done outside the request.

Jobs take ids, reload, call one function, and are safe to run twice.
"""

import logging

from django.db import transaction
from django.utils import timezone
from django_rq import job
from redis.exceptions import RedisError

logger = logging.getLogger("network.events")


def mirror_calls_of_below() -> None:
    """The sweep that gives calls without an event theirs, and brings the others into step."""
    from .call_events import mirror_calls

    mirror_calls(now=timezone.now())


@job("default")
def queue_mails_to_hosts(message_id: int) -> None:
    """Put the mails of a message to hosts into the outbox."""
    from .host_messages import queue_host_message

    queue_host_message(message_id=message_id, now=timezone.now())


def queue_host_message_after_commit(message_id: int) -> None:
    """Have a worker queue a message's mails once this transaction is committed; the sweep does, where Redis is away."""
    transaction.on_commit(lambda: _ring(message_id))


def queue_waiting_mails_to_hosts() -> None:
    """The sweep behind the job: every message of which not all mails are in the outbox."""
    from .host_messages import queue_host_message, unfinished_host_messages

    for message_id in unfinished_host_messages():
        queue_host_message(message_id=message_id, now=timezone.now())


def forget_old_claims_and_files() -> None:
    """The sweep that deletes what nobody confirmed in time, and lists of attendance that are old."""
    from .attendance_codes import forget_expired_claims
    from .attendance_files import forget_old_files

    forget_expired_claims(now=timezone.now())
    forget_old_files(now=timezone.now())


def _ring(message_id: int) -> None:
    try:
        queue_mails_to_hosts.delay(message_id)
    except RedisError:
        logger.warning("a doorbell does not ring; the sweep finds the work")
