"""Who gets a promotion: people who may be mailed, near the venue, with something they did; the most active first.

The estimate that a group sees and the launch use the same parts of SQL. The most active people of an area are read off
one index (activityscore_of_zip_code), ZIP code by ZIP code: first a few of each, which tells how active one must be to
be among those wanted; then only whoever else is at least as active. So the work grows with the number of ZIP codes and
of people wanted, and little with that of the people who live there.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection

from affiliates.models import Group
from foundation.mail.suppression import EVERYTHING
from foundation.places.distance import HasPoint, chord_from_miles
from members.consent import mail_scope
from members.models import ConsentPurpose

from .audience_sql import ARE_ENOUGH, CHOOSE, COUNT, POINTLESS, REASONS, TAKE
from .models import COOL_DOWN, MOST_RECIPIENTS, RADII, Event, Promotion

SCOPE = mail_scope(ConsentPurpose.PROMOTIONS)
"""What the one-click unsubscribe of a promotion ends."""

MOST_COUNTED = 20_000
"""An estimate looks at the nearest so many people to say why some are left out: it is made while somebody waits."""


class NowhereError(Exception):
    """The event lies nowhere, so nobody lives near it."""


class Chosen(NamedTuple):
    """One of the people chosen, in the order in which they are."""

    person_id: int
    address: str
    score: float
    miles: float


@dataclass(frozen=True)
class Estimate:
    """Whom a promotion would reach if it were launched now, and who lives there and is left out, by the first reason.

    Where more than MOST_COUNTED people live within `reach_miles`, the reasons and `eligible` are those of the nearest
    ones only (`is_complete` is False): there are at least so many. `audience` is right in any case.
    """

    audience: int
    reach_miles: int
    eligible: int
    no_activity: int
    no_consent: int
    suppressed: int
    answered: int
    mailed_recently: int
    is_complete: bool


def radii_of(radius_miles: int | None) -> tuple[int, ...]:
    """The radii that are tried one after the other: the next where the one before has fewer people than wanted."""
    return RADII if radius_miles is None else (radius_miles,)


def estimate(
    *, event: Event, radius_miles: int | None, wanted: int, now: datetime.datetime, group: Group | None = None
) -> Estimate:
    """Whom a promotion of `event` by `group` (by default the event's) would reach now, and who is left out and why.

    `radius_miles` None is as far as needed (RADII); `wanted` is cut at 4,000. Reads only. Raises NowhereError.
    """
    values = _values(event, group or event.group, wanted, now)
    audience = reach = 0
    for reach in _radii_worth_trying(radius_miles, values):
        [(audience,)] = _rows(COUNT, values, reach)
        if audience >= values["wanted"]:
            break
    counts: dict[str, int] = dict(_rows(REASONS, values | {"most": MOST_COUNTED + 1}, reach))
    eligible = counts.pop("eligible", 0)
    names = ("no_activity", "no_consent", "suppressed", "answered", "mailed_recently")
    return Estimate(
        audience=audience,
        reach_miles=reach,
        eligible=max(eligible, audience),
        is_complete=eligible + sum(counts.values()) <= MOST_COUNTED,
        **{name: counts.get(name, 0) for name in names},
    )


def choose(
    *, event: Event, radius_miles: int | None, wanted: int, now: datetime.datetime, group: Group | None = None
) -> list[Chosen]:
    """The at most `wanted` people whom a promotion launched now would go to, in order. As `estimate`; reads only."""
    values = _values(event, group or event.group, wanted, now)
    found: list[Any] = []
    for miles in _radii_worth_trying(radius_miles, values):
        found = _rows(CHOOSE, values, miles)
        if len(found) >= values["wanted"]:
            break
    return [Chosen(*row) for row in found]


def take_recipients(*, promotion: Promotion, now: datetime.datetime) -> tuple[int, int]:
    """Write down the people whom `promotion` goes to; returns how many they are and how many miles it reaches.

    The cool-down is looked at in the statement that writes. Two at once must not both look before either has
    written: the caller holds the lock of launches (events.promoting). The database refuses what passes even so.
    """
    values = _values(promotion.event, promotion.group, promotion.wanted, now)
    values |= {"promotion": promotion.pk, "cools_until": now + COOL_DOWN}
    count = miles = 0
    for miles in _radii_worth_trying(promotion.radius_miles, values):
        values["is_last"] = miles == radii_of(promotion.radius_miles)[-1]
        with connection.cursor() as cursor:
            cursor.execute(TAKE, values | _reach(miles))
            count = cursor.rowcount
        if count:
            break
    return count, miles


def _radii_worth_trying(radius_miles: int | None, values: dict[str, Any]) -> Iterator[int]:
    """The radii without those in which fewer people are active than are wanted; the last one in any case."""
    radii = radii_of(radius_miles)
    for miles in radii[:-1]:
        [(are_enough,)] = _rows(ARE_ENOUGH, values, miles)
        if are_enough:
            yield miles
    yield radii[-1]


def _values(event: Event, group: Group | None, wanted: int, now: datetime.datetime) -> dict[str, Any]:
    venue: HasPoint | None = event.point
    if venue is None:
        raise NowhereError
    here = {"latitude": venue.latitude, "longitude": venue.longitude}
    pointless = _rows(POINTLESS, here, RADII[-1])
    return {
        **here,
        "pointless": [code for code, _chord in pointless],
        "their_chords": [chord for _code, chord in pointless],
        "wanted": min(wanted, MOST_RECIPIENTS),
        "scopes": [EVERYTHING, SCOPE, *([group.scope] if group else [])],
        "event": event.pk,
        "now": now,
    }


def _reach(miles: float) -> dict[str, float]:
    return {"metres": chord_from_miles(miles)}


def _rows(sql: str, values: dict[str, Any], miles: float) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values | _reach(miles))
        return list(cursor.fetchall())
