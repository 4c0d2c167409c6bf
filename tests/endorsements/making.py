"""Races, candidates and polls for tests."""

import datetime
from itertools import count
from typing import Any

from endorsements.models import Candidate, Level, Race
from foundation.places.areas import area_from
from foundation.places.keys import name_key
from foundation.places.models import Area

_numbers = count(1)
NOW = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)
ELECTION = datetime.date(2026, 11, 3)


def make_area(*zip_codes: str, name: str = "") -> Area:
    """An area of these ZIP codes: Cambridge and Somerville, unless said otherwise."""
    return area_from(name=name or f"Area {next(_numbers)}", zip_codes=zip_codes or ("02139", "02143"), actor=None)


def make_race(*, area: Area | None = None, office: str = "Mayor", **fields: Any) -> Race:
    """A race that national knows, in `area` (make_area's where none is given)."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "office": office,
        "district": f"District {number}",
        "level": Level.LOCAL,
        "state": "MA",
        "area": area or make_area(),
        "slug": f"race-{number}",
        "election_date": ELECTION,
        "confirmed_at": NOW,
    }
    values |= fields
    values["key"] = name_key(f"{values['office']} {values['district']}")
    return Race.objects.create(**values)


def make_candidate(race: Race, name: str = "", **fields: Any) -> Candidate:
    """A candidate whom national has confirmed."""
    number = next(_numbers)
    name = name or f"Candidate {number}"
    values: dict[str, Any] = {
        "race": race,
        "name": name,
        "name_key": name_key(name),
        "slug": f"candidate-{number}",
        "confirmed_at": NOW,
    }
    return Candidate.objects.create(**{**values, **fields})
