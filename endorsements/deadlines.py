"""Which offices can still be run for near a place, and until when: from the races that national knows."""

import datetime
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import F, QuerySet

from foundation.places.search import Place

from .models import Race

MOST_SHOWN = 12
MOST_LOOKED_AT = 500  # far more than stand on one ballot, or file in one state at one time


class DeadlineKind(StrEnum):
    """What the next date of a race is."""

    FILING = "filing"
    PRIMARY = "primary"
    ELECTION = "election"


@dataclass(frozen=True)
class Deadline:
    """The next date of a race that somebody who wants to run has to know. `days_left` is 0 on the day itself."""

    race: Race
    kind: DeadlineKind
    on: datetime.date
    days_left: int


@dataclass(frozen=True)
class DeadlinesNear:
    """Of the races on the ballot at a place, and of the others in its state whose candidates can still file."""

    here: list[Deadline]
    in_state: list[Deadline]


def deadlines_near(place: Place, *, today: datetime.date, limit: int = MOST_SHOWN) -> DeadlinesNear:
    """The next dates around `place`, at most `limit` of each. Two queries.

    On the ballot at a ZIP code are races whose area it lies in; a place without one has none. Those that one can
    still file for come first, the next date first; open seats before others of the same day.
    """
    ahead = Race.objects.known().upcoming(today)
    here = ahead.on_ballot_at(place.zip_code) if place.zip_code else ahead.none()
    to_file = ahead.filter(state=place.state, filing_deadline__gte=today) if place.state else ahead.none()
    others = to_file.exclude(pk__in=here.order_by().values("pk"))
    return DeadlinesNear(_next_dates(here, today, limit), _next_dates(others, today, limit))


def next_deadline(race: Race, *, today: datetime.date) -> Deadline:
    """The first date of the race that is still to come; the election where it is over."""
    dated = [
        (race.filing_deadline, DeadlineKind.FILING),
        (race.primary_date, DeadlineKind.PRIMARY),
        (race.election_date, DeadlineKind.ELECTION),
    ]
    on, kind = min(
        ((on, kind) for on, kind in dated if on is not None and on >= today),
        default=(race.election_date, DeadlineKind.ELECTION),
    )
    return Deadline(race, kind, on, (on - today).days)


def _next_dates(races: QuerySet[Race], today: datetime.date, limit: int) -> list[Deadline]:
    in_order = races.order_by(F("filing_deadline").asc(nulls_last=True), "election_date", "pk")
    found = [next_deadline(race, today=today) for race in in_order[:MOST_LOOKED_AT]]
    found.sort(key=lambda one: (one.kind != DeadlineKind.FILING, one.on, not one.race.is_open_seat, one.race.pk))
    return found[:limit]
