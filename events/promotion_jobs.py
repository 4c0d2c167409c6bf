"""Work about promotions that is done outside the request: the doorbell of launches, and the sweeps."""

import logging

from django.db import transaction
from django.utils import timezone
from django_rq import job
from redis.exceptions import RedisError

logger = logging.getLogger("network.events")


@job("default")
def launch_promotions() -> None:
    """Launch what is due."""
    from .promoting import launch_due_promotions

    launch_due_promotions(now=timezone.now())


def launch_after_commit() -> None:
    """Have a worker launch what is due once this transaction is committed; the sweep does, where Redis is away."""
    transaction.on_commit(_ring)


def _ring() -> None:
    try:
        launch_promotions.delay()
    except RedisError:
        logger.warning("a doorbell does not ring; the sweep finds the work")


def launch_waiting_promotions() -> None:
    """The sweep that launches each promotion at its time, and calls off what its event has overtaken."""
    from .promoting import cancel_overtaken_promotions, launch_due_promotions

    cancel_overtaken_promotions(now=timezone.now())
    launch_due_promotions(now=timezone.now())


def finish_sent_promotions() -> None:
    """The sweep that notes which promotions have gone out to the last mail."""
    from .promoting import finish_promotions

    finish_promotions(now=timezone.now())
