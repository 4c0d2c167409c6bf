"""From a name to a place: cities, counties and states of the US, and cities abroad."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import NamedTuple

from django.contrib.postgres.search import TrigramDistance
from django.utils.translation import gettext as _

from foundation.places.countries import US, country_name, country_named
from foundation.places.keys import place_key
from foundation.places.models import NamedPlace, NamedPlaceKind, NamedPlaceQuerySet
from foundation.places.place import AmbiguousPlaceError, Place, PlaceKind, UnknownPlaceError, UnlocatedPlaceError
from foundation.places.states import State, state_name, state_named

MOST_CHOICES = 12
MOST_SUGGESTIONS = 5

OUTSHINES = 10
"""A bare name means the largest place of that name where that is so many times as large as the next."""

US_WEIGHT = 10
"""Who names no country means a place in the US even where one abroad has so many times as many people."""

LISTED_POPULATION = 5_000
"""A US place without a known population has fewer people than this (data/us_cities.csv lists all others)."""

_NICKNAMES = {
    "nyc": "newyork", "newyorkcity": "newyork", "nuevayork": "newyork", "philly": "philadelphia", "sf": "sanfrancisco",
}  # fmt: skip

_MEANS_THE_CITY = {"newyork"}
"""Bare names of states by which nearly everybody means the city."""

_MEANS_EITHER = {"washington"}
"""Bare names of states by which half mean the city."""

_COUNTY_WORDS = ("", "county", "parish")  # "Middlesex, MA" and "Orleans, Louisiana" are good enough
_NARROW_FIRST = [NamedPlaceKind.CITY, NamedPlaceKind.COUNTY, NamedPlaceKind.STATE, NamedPlaceKind.ABROAD]
_LONGEST_REGION = 5  # words: "Federated States of Micronesia" has four, with "the" before it five


class NamedRow(NamedTuple):
    """A row of places_namedplace."""

    kind: str
    name: str
    key: str
    state: str
    country: str
    latitude: float
    longitude: float
    time_zone: str
    population: int
    zip_code_count: int
    is_alias: bool

    @property
    def label(self) -> str:
        """The name in full: a text that finds this and nothing else."""
        if self.kind == NamedPlaceKind.STATE:
            return {"NY": _("New York State"), "WA": _("Washington State")}.get(self.state, state_name(self.state))
        return f"{self.name}, {self.state or country_name(self.country)}"

    @property
    def narrowness(self) -> tuple[int, bool]:
        """Sorts a city before its county, and the post office's own name before one that it accepts."""
        return _NARROW_FIRST.index(NamedPlaceKind(self.kind)), self.is_alias

    @property
    def weight(self) -> tuple[int, int]:
        """How likely somebody who names no state or country means this one."""
        people = max(self.population, LISTED_POPULATION)
        return people * (US_WEIGHT if self.country == US else 1), self.zip_code_count

    def as_place(self) -> Place:
        return Place(
            name=self.label,
            label=self.label,
            latitude=self.latitude,
            longitude=self.longitude,
            kind=PlaceKind(self.kind),
            state=self.state,
            country=self.country,
            time_zone=self.time_zone,
        )


def rows_of(places: NamedPlaceQuerySet) -> list[NamedRow]:
    return [NamedRow(*row) for row in places.values_list(*NamedRow._fields)]


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to understand a text: any of `keys`, the likelier first, in a state or (`DE`, `CA`) a country."""

    keys: tuple[str, ...]
    state: State | None
    country: str | None

    def fits(self, row: NamedRow) -> bool:
        """Whether the row has one of the names and lies in the region."""
        if row.kind == NamedPlaceKind.ABROAD:
            return row.country == self.country and row.key in self.keys
        return self.state is not None and row.state == self.state.code and row.key in self.keys

    def preference(self, row: NamedRow) -> tuple[int, bool, tuple[int, bool]]:
        """Sorts the likelier name first, then the US, then the narrower place."""
        return self.keys.index(row.key), row.kind == NamedPlaceKind.ABROAD, row.narrowness


def place_named(typed: str) -> Place:
    """The place that a text of one line names. Raises UnknownPlaceError or AmbiguousPlaceError."""
    parts = _without_us([part for part in (part.strip() for part in typed.split(",")) if place_key(part)])
    whole = " ".join(parts)
    bare = _key(whole)
    if bare in _MEANS_EITHER:
        raise _ambiguous(typed, ["Washington, DC", _("Washington State")])
    state = state_named(whole)
    if state and bare not in _MEANS_THE_CITY:
        return _place_of_state(state)
    readings = list(_readings(parts))
    keys = {bare, *(key for reading in readings for key in reading.keys)}
    rows = rows_of(NamedPlace.objects.filter(key__in=keys))
    for reading in readings:
        fitting = [row for row in rows if reading.fits(row)]
        if fitting:
            return min(fitting, key=reading.preference).as_place()
    same_name = [row for row in rows if row.key == bare and row.kind != NamedPlaceKind.STATE]
    country = country_named(whole)
    if country and len(bare) > 2:
        raise _ambiguous(typed, [row.label for row in _with_cities_of(country, same_name)])
    if not same_name:
        raise _unknown(typed, _alike(_key(parts[0]), readings))
    return _likeliest(same_name, typed)


def _key(text: str) -> str:
    key = place_key(text)
    return _NICKNAMES.get(key, key)


def _without_us(parts: list[str]) -> list[str]:
    """The parts without a last one, or last words, that say "United States"."""
    if len(parts) > 1 and country_named(parts[-1]) == US:
        return _without_us(parts[:-1])
    words = parts[-1].split()
    for count in range(min(_LONGEST_REGION, len(words) - 1), 0, -1):
        if country_named(" ".join(words[-count:])) == US:
            return _without_us([*parts[:-1], " ".join(words[:-count])])
    return parts


def _readings(parts: Sequence[str]) -> Iterator[_Reading]:
    """The ways to take the text as names and the region that they are in, the likelier first."""
    if len(parts) > 1:
        yield from _reading(parts[:-1], parts[-1])
    words = parts[-1].split()
    for count in range(min(_LONGEST_REGION, len(words) - 1), 0, -1):
        yield from _reading([*parts[:-1], " ".join(words[:-count])], " ".join(words[-count:]))


def _reading(names: Sequence[str], region: str) -> Iterator[_Reading]:
    state, country = state_named(region), country_named(region)
    if state or country:
        keys = [_key(name) + word for name in names for word in _COUNTY_WORDS]
        yield _Reading(tuple(keys), state, country)


def _place_of_state(state: State) -> Place:
    rows = rows_of(
        NamedPlace.objects.filter(key=place_key(state.english_name), kind=NamedPlaceKind.STATE, state=state.code)
    )
    if not rows:
        message = _("%(state)s is military mail. We can’t tell where that is: enter the name of a place.")
        raise UnlocatedPlaceError(message % {"state": state.name})
    return rows[0].as_place()


def _by_weight(row: NamedRow) -> tuple[bool, int, int]:
    people, zip_codes = row.weight
    return row.is_alias and not row.population, -people, -zip_codes


def _likeliest(rows: list[NamedRow], typed: str) -> Place:
    """The one that a bare name means. Raises AmbiguousPlaceError where no one outshines the others."""
    first, *others = sorted(rows, key=_by_weight)
    if others and first.weight[0] < OUTSHINES * others[0].weight[0]:
        raise _ambiguous(typed, [row.label for row in (first, *others)])
    return first.as_place()


def _with_cities_of(country: str, rows: list[NamedRow]) -> list[NamedRow]:
    """The places that have a country's name, and the country's largest cities."""
    cities = NamedPlace.objects.filter(kind__in=[NamedPlaceKind.CITY, NamedPlaceKind.ABROAD], country=country)
    largest = rows_of(cities.order_by("-population", "pk")[:MOST_CHOICES])
    return [*sorted(rows, key=_by_weight)[: MOST_CHOICES // 2], *largest]


def _ambiguous(typed: str, choices: Sequence[str]) -> AmbiguousPlaceError:
    message = _("There are several places called “%(text)s”. Which one do you mean?") % {"text": shortened(typed)}
    return AmbiguousPlaceError(message, list(dict.fromkeys(choices))[:MOST_CHOICES])


def _unknown(typed: str, suggestions: Sequence[str] = ()) -> UnknownPlaceError:
    message = _("We know no place called “%(text)s”. Check the spelling, or enter a ZIP code.")
    return UnknownPlaceError(message % {"text": shortened(typed)}, suggestions)


def shortened(typed: str) -> str:
    """A text as an error message repeats it."""
    return typed if len(typed) <= 40 else f"{typed[:40]}…"


LEAST_ALIKE = 0.7
"""The share of letters in common (difflib's ratio) from which a name is a suggestion."""


def _alike(key: str, readings: Sequence[_Reading]) -> list[str]:
    """The names spelt most like `key`, in the state or country that was named, if one was.

    Trigrams find the forty likeliest by the index; they think little of swapped letters, so the letters decide.
    """
    places = NamedPlace.objects.filter(is_alias=False)
    if readings and (state := readings[0].state):
        places = places.filter(state=state.code)
    elif readings:
        places = places.filter(country=readings[0].country)
    rows = rows_of(places.order_by(TrigramDistance("key", key))[:40])
    likeness = {row: round(SequenceMatcher(None, key, row.key).ratio(), 1) for row in rows}
    found = sorted(
        (row for row in rows if likeness[row] >= LEAST_ALIKE), key=lambda row: (-likeness[row], _by_weight(row))
    )
    return list(dict.fromkeys(row.label for row in found))[:MOST_SUGGESTIONS]
