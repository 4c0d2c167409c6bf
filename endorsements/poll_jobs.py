"""Work about polls that is done outside the request: the doorbell of notices and votes, and the sweeps behind it."""

import logging

from django.core.cache import cache
from django.db import connection, transaction
from django.utils import timezone
from django_rq import job
from redis.exceptions import RedisError

logger = logging.getLogger("network.endorsements")

# While this is set in the cache, a job that queues everything waiting is on its way.
DOORBELL = "polls:doorbell"
DOORBELL_SECONDS = 10


@job("default")
def queue_mails_of_polls() -> None:
    """Put the mails of notices and of member votes into the outbox; what is too much for one job, the next one does."""
    from .poll_notices import is_waiting

    cache.delete(DOORBELL)
    if _queue_mails(batches=20) and is_waiting():
        ring()


def queue_waiting_mails() -> None:
    """The sweep behind the job. A few batches only: other sweeps, such as the close of polls, come after it."""
    _queue_mails(batches=3)


def _queue_mails(*, batches: int) -> int:
    from .member_votes import queue_waiting_links
    from .poll_notices import queue_waiting_notices

    now = timezone.now()
    return queue_waiting_notices(now=now, batches=batches) + queue_waiting_links(now=now, batches=batches)


def remind_of_polls() -> None:
    """The sweep that reminds groups that have not cast."""
    from .poll_notices import make_due_reminders

    make_due_reminders(now=timezone.now())


def close_polls() -> None:
    """The sweep that closes polls at their time."""
    from .closing import close_due_polls

    close_due_polls()


def ring_after_commit() -> None:
    """Have a worker look once this transaction is committed; once, however many rows it made."""
    if not any(hook is ring for _, hook, *_ in connection.run_on_commit):
        transaction.on_commit(ring)


def ring() -> None:
    """Enqueue the job, unless one is on its way. Redis may be away: the sweep then does it, some seconds later."""
    try:
        if cache.add(DOORBELL, 1, timeout=DOORBELL_SECONDS):
            queue_mails_of_polls.delay()
    except RedisError:
        logger.warning("the doorbell of polls does not ring; the sweep queues the mails")
