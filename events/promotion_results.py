"""What a promotion has led to, as counts, beside what others of the network led to. Nobody's name or address."""

import statistics
from dataclasses import dataclass

from django.db import connection

from .models import Promotion, PromotionState

COMPARED = 20
"""With so many of the latest that were sent."""


@dataclass(frozen=True)
class Results:
    """Counts of people. `sent` is what the outbox knows; `delivered` and the next three what mail servers told.

    The usual shares are the middle ones of the latest other promotions of the network, of their audience each; None
    where there is no other.
    """

    audience: int
    sent: int
    delivered: int
    bounced: int
    complained: int
    unsubscribed: int
    answered: int
    attended: int
    new_members: int
    usual: "Shares | None"

    @property
    def shares(self) -> "Shares":
        """What the counts are of the audience."""
        return _shares_of(self)


@dataclass(frozen=True)
class Shares:
    """Of an audience, between 0 and 1."""

    delivered: float
    bounced: float
    complained: float
    unsubscribed: float
    answered: float
    attended: float
    new_members: float


_SHARES = ("delivered", "bounced", "complained", "unsubscribed", "answered", "attended", "new_members")

# Answered, came and became a member: what they did after the launch. A membership counts where this event is its first
# basis.
_COUNTS = """
SELECT p.id, p.audience,
       count(m.id) FILTER (WHERE m.state = 'sent'),
       count(m.id) FILTER (WHERE m.delivered_at IS NOT NULL AND m.bounced_at IS NULL),
       count(m.id) FILTER (WHERE m.bounced_at IS NOT NULL),
       count(m.id) FILTER (WHERE m.complained_at IS NOT NULL),
       count(m.id) FILTER (WHERE m.unsubscribed_at IS NOT NULL),
       count(*) FILTER (WHERE a.answered_at >= p.launched_at),
       count(came.id),
       count(*) FILTER (WHERE first.source = 'attendance:' || came.id)
FROM events_promotion p
LEFT JOIN events_promotionrecipient r ON r.promotion_id = p.id
LEFT JOIN mail_outgoingmail m ON m.id = r.mail_id
LEFT JOIN events_rsvp a ON a.event_id = p.event_id AND a.person_id = r.person_id
LEFT JOIN events_attendance came
    ON came.event_id = p.event_id AND came.person_id = r.person_id AND came.undone_at IS NULL
LEFT JOIN members_membership member ON member.person_id = came.person_id
LEFT JOIN members_activity first ON first.id = member.basis_id
WHERE p.id = ANY(%(promotions)s) GROUP BY p.id, p.audience
"""


def results_of(promotion: Promotion) -> Results:
    """What became of `promotion` so far; all zero before it is launched. Two queries."""
    others = Promotion.objects.filter(state=PromotionState.SENT, audience__gt=0).exclude(pk=promotion.pk)
    latest = others.order_by("-finished_at", "-pk").values_list("pk", flat=True)[:COMPARED]
    counted = _count([promotion.pk, *latest])
    own = counted.pop(promotion.pk)
    return Results(**own, usual=_middle([Results(**counts, usual=None) for counts in counted.values()]))


def _count(promotions: list[int]) -> dict[int, dict[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"promotions": promotions})
        names = ("audience", "sent", *_SHARES)
        return {pk: dict(zip(names, counts, strict=True)) for pk, *counts in cursor.fetchall()}


def _shares_of(results: Results) -> Shares:
    return Shares(**{name: getattr(results, name) / max(results.audience, 1) for name in _SHARES})


def _middle(others: list[Results]) -> Shares | None:
    if not others:
        return None
    shares = [other.shares for other in others]
    return Shares(**{name: statistics.median(getattr(one, name) for one in shares) for name in _SHARES})
