"""Promotions for tests."""

import datetime
from itertools import count
from typing import Any

from affiliates.models import Group
from events.models import Event, Promotion, PromotionState
from events.promotion_requests import PromotionPlan
from tests.factories import make_group

from .making import NOW, make_event

_numbers = count(1)
HOUR, DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)
IN_TEN_DAYS = 10 * DAY
_APPROVED = (PromotionState.APPROVED, PromotionState.SENDING, PromotionState.PAUSED, PromotionState.SENT)


def make_plan(**fields: Any) -> PromotionPlan:
    """What a group asks for, with words of its own."""
    values = {"subject": "Soup for all", "intro": "Come and eat with us.", "language": "en", **fields}
    return PromotionPlan(**values)


def make_promotion(
    event: Event | None = None,
    *,
    state: str = PromotionState.REQUESTED,
    now: datetime.datetime = NOW,
    group: Group | None = None,
    **fields: Any,
) -> Promotion:
    """A promotion that stands at `state` as of `now`; of an event in ten days without one."""
    event = event or make_event(group or make_group(), now=now, starts_at=now + IN_TEN_DAYS)
    whose = group or event.group
    assert whose
    values: dict[str, Any] = {
        "subject": f"Soup for all {next(_numbers)}",
        "intro": "Come and eat with us.\n\nBring a friend.",
        "language": "en",
        "requested_at": now - DAY,
        "approved_at": now - HOUR if state in _APPROVED else None,
        "send_at": now - HOUR if state in _APPROVED else None,
        "launched_at": now - HOUR if state in _APPROVED[1:] else None,
        "finished_at": now if state == PromotionState.SENT else None,
        "cancelled_at": now if state == PromotionState.CANCELLED else None,
    }
    return Promotion.objects.create(event=event, group=whose, state=state, **{**values, **fields})
