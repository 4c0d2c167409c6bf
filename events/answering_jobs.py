"""Work about answers that is done outside the request: the doorbell of freed places, and the sweeps."""

import logging

from django.db import transaction
from django.utils import timezone
from django_rq import job
from redis.exceptions import RedisError

logger = logging.getLogger("network.events")


@job("default")
def tell_of_places_at(event_id: int) -> None:
    """Mail those who got a place at this event out of the line."""
    from .line import tell_of_places

    tell_of_places(event_id=event_id, now=timezone.now())


def tell_of_places_after_commit(event_id: int) -> None:
    """Have a worker mail them once this transaction is committed; the sweep does, where Redis is away."""
    transaction.on_commit(lambda: _ring(event_id))


def _ring(event_id: int) -> None:
    try:
        tell_of_places_at.delay(event_id)
    except RedisError:
        logger.warning("a doorbell does not ring; the sweep finds the work")


def tell_all_of_places() -> None:
    """The sweep behind the job: everybody who got a place and was not mailed yet."""
    from .line import tell_of_places

    tell_of_places(now=timezone.now())


def fill_all_left_places() -> None:
    """The sweep that gives places left empty to those who wait."""
    from .line import fill_left_places

    fill_left_places(now=timezone.now())


def release_all_unconfirmed() -> None:
    """The sweep that deletes answers which nobody confirmed, and gives their places to the line."""
    from .answering import release_unconfirmed

    release_unconfirmed(now=timezone.now())


def remind_of_events() -> None:
    """The sweep that reminds those who go: the day before, and on the day."""
    from .reminding import send_due_reminders

    send_due_reminders(now=timezone.now())
