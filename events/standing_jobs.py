"""Work about standing that is done outside the request: the doorbell of notices, and the sweeps."""

import logging

from django.db import transaction
from django.utils import timezone
from django_rq import job
from redis.exceptions import RedisError

logger = logging.getLogger("network.events")


@job("default")
def queue_event_notice(notice_id: int) -> None:
    """Put the mails of a notice into the outbox."""
    from .notices import queue_notice

    queue_notice(notice_id=notice_id, now=timezone.now())


def queue_notice_after_commit(notice_id: int) -> None:
    """Have a worker queue a notice's mails once this transaction is committed; the sweep does, where Redis is away."""
    transaction.on_commit(lambda: _ring(notice_id))


def _ring(notice_id: int) -> None:
    try:
        queue_event_notice.delay(notice_id)
    except RedisError:
        logger.warning("a doorbell does not ring; the sweep finds the work")


def queue_waiting_notices() -> None:
    """The sweep behind the job: every notice of which not all mails are in the outbox."""
    from .models import EventNotice
    from .notices import queue_notice

    waiting = EventNotice.objects.filter(queued_at__isnull=True).order_by("at", "pk")
    for notice_id in waiting.values_list("pk", flat=True)[:100]:
        queue_notice(notice_id=notice_id, now=timezone.now())


def thank_people_of_events() -> None:
    """The sweep that thanks the people of events which are over."""
    from .notices import thank_people

    thank_people(now=timezone.now())


def keep_dates_of_groups() -> None:
    """The sweep that notes for each group its next event, and when it was last active."""
    from .group_dates import follow_the_clock

    follow_the_clock(now=timezone.now())
