"""Where people live, roughly, by ZIP code: to spread demo data and benchmarks as people are spread."""

import random
from collections import defaultdict
from itertools import accumulate

from foundation.places import tables
from foundation.places.keys import place_key
from foundation.places.models import ZipCode, ZipCodeKind

ELSEWHERE = 2_000
"""People taken to live in a ZIP code of no city that GeoNames lists: so that rural places exist."""

MOST = 120_000
"""No ZIP code has more, by the Census; to some neighbourhoods GeoNames gives their city's number."""

_BOROUGHS = {
    "manhattan": "New York County", "brooklyn": "Kings County", "queens": "Queens County", "bronx": "Bronx County",
    "statenisland": "Richmond County",
}  # fmt: skip
"""New York's post offices have other names than its boroughs, so each borough is spread over its county."""


def people_by_zip_code() -> dict[str, float]:
    """How many people are taken to live in each standard, active ZIP code with a point, in order of code.

    A city's people are spread evenly over its ZIP codes. One query.
    """
    rows = (
        ZipCode.objects.filter(kind=ZipCodeKind.STANDARD, is_active=True, latitude__isnull=False)
        .order_by("code")
        .values_list("code", "city", "county", "state")
    )
    populations = {(place_key(city.name), city.region): city.population for city in tables.us_cities()}
    boroughs = {county: populations[key, "NY"] for key, county in _BOROUGHS.items()}
    people: dict[tuple[str, str], int] = {}
    zip_codes: dict[tuple[str, str], list[str]] = defaultdict(list)
    for code, city, county, state in rows:
        is_borough = state == "NY" and county in boroughs
        home = (county if is_borough else place_key(city), state)
        people[home] = boroughs[county] if is_borough else populations.get(home, 0)
        zip_codes[home].append(code)
    spread = {
        code: min(max(people[home] / len(codes), ELSEWHERE), MOST)
        for home, codes in zip_codes.items()
        for code in codes
    }
    return dict(sorted(spread.items()))


def sample_zip_codes(count: int, seed: int) -> list[str]:
    """`count` ZIP codes drawn as people are spread, with repeats; the same for the same `seed` and edition."""
    people = people_by_zip_code()
    return random.Random(seed).choices(list(people), cum_weights=list(accumulate(people.values())), k=count)  # noqa: S311
