"""The United States as the demo sees them: which ZIP codes may have a group, and what a group calls its place."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import chain
from typing import NamedTuple

from config.demo.heritages import mixture_of
from config.demo.homes import Home, Surroundings
from config.demo.texts import sections, table, tagged, words
from foundation.places import tables
from foundation.places.keys import place_key
from foundation.places.models import ZipCode
from foundation.places.population import people_by_zip_code

CITY_PEOPLE = 8_000
"""A smaller town gives its county's name to its group."""

LARGE_CITY_PEOPLE = 150_000
METROPOLITAN_PEOPLE = 300_000
"""Where a county has so many, its towns are suburbs, but for the large cities."""

LANGUAGES_OF_NAMES = {"en", "es", "haw"}
"""Those that data/group_names.txt has patterns in."""

COUNTY_WORDS = ("County", "Parish", "Borough", "Census Area")
COMPASS = ("north", "south", "east", "west", "new ", "upper ", "lower ")


class Quarter(NamedTuple):
    """A line of data/quarters.txt."""

    zip_code: str
    name: str
    language: str


class Locality(NamedTuple):
    """What the database knows of a ZIP code that a group may be at home in."""

    code: str
    city: str
    county: str
    state: str
    time_zone: str
    latitude: float
    longitude: float


class Atlas:
    """Every ZIP code that the demo may use, and which places have a group already.

    `people` is by ZIP code, and has only those that a group may be drawn in.
    """

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        rows = ZipCode.objects.filter(latitude__isnull=False).order_by("code").values_list(*Locality._fields)
        self.localities = {row[0]: Locality(*row) for row in rows}
        self.people = people_by_zip_code()
        self.cities = {(place_key(city.name), city.region): city for city in tables.us_cities()}
        self.county_people: Counter[tuple[str, str]] = Counter()
        for code, people in self.people.items():
            here = self.localities[code]
            self.county_people[here.county, here.state] += int(people)
        self.quarters = {quarter.zip_code: quarter for quarter in _quarters()}
        # Post offices have other names than cities do: Pacoima is Los Angeles.
        self.large_cities = {self._large_city(code) for code in self.quarters}
        self.quarters_left = defaultdict(list)
        for code in rng.sample(sorted(self.quarters), len(self.quarters)):
            self.quarters_left[self._large_city(code)[0]].append(self.quarters[code])
        self.zip_codes_taken: set[str] = set()
        self.names_taken: set[tuple[str, str]] = set()

    def particular(self, line: str) -> Home:
        """A home of data/particular_groups.txt."""
        code, (name, language) = line[:5], tagged(line[6:])
        here = self.localities[code]
        quarter = self.quarters.get(code)
        self.zip_codes_taken.add(code)
        self.names_taken.add((self._town(here), here.state))
        home = self._in_quarter(quarter) if quarter else self._home(here, self._town(here))
        return replace(home, group_name=name, language=language or "en")

    def draw(self, codes: list[str]) -> Iterator[Home]:
        """Homes in these ZIP codes, each drawn once at most: the next one is always drawn by population.

        (An exponential race: who has twice the people comes in first twice as often.)
        """
        arrival = {code: self.rng.expovariate(self.people[code]) for code in codes}
        for code in sorted(codes, key=arrival.__getitem__):
            if code not in self.zip_codes_taken or self._is_quarter_left(code):
                yield self._settle(self.localities[code])

    def _settle(self, here: Locality) -> Home:
        if self._is_quarter_left(here.code):
            quarter = self.quarters_left[self._large_city(here.code)[0]].pop()
            self.zip_codes_taken.add(quarter.zip_code)
            return self._in_quarter(quarter)
        self.zip_codes_taken.add(here.code)
        if self.rng.random() < _likelihood_of_spanish(here):
            return replace(self._home(here, self._town(here)), language="es")
        return self._home(here, self._name_for_another(here))

    def _is_quarter_left(self, code: str) -> bool:
        city = self._large_city(code)
        return city in self.large_cities and bool(self.quarters_left[city[0]])

    def _large_city(self, code: str) -> tuple[str, str]:
        """The first three digits tell the city, the post office's name tells it from its suburbs."""
        return code[:3], self.localities[code].city

    def _in_quarter(self, quarter: Quarter) -> Home:
        home = self._home(self.localities[quarter.zip_code], quarter.name)
        return replace(home, surroundings=Surroundings.QUARTER, language=quarter.language)

    def _home(self, here: Locality, called: str) -> Home:
        return Home(
            surroundings=self._surroundings(here),
            called=called,
            place_name=f"{here.city}, {here.state}",
            latitude=here.latitude,
            longitude=here.longitude,
            time_zone=here.time_zone,
            zip_code=here.code,
            state=here.state,
        )

    def _surroundings(self, here: Locality) -> Surroundings:
        listed = self.cities.get((place_key(here.city), here.state))
        people = listed.population if listed else 0
        is_metropolis = self.county_people[here.county, here.state] >= METROPOLITAN_PEOPLE
        if (here.city, here.state) in _college_towns():
            return Surroundings.CAMPUS
        if people >= LARGE_CITY_PEOPLE or (people >= CITY_PEOPLE and not is_metropolis):
            return Surroundings.CITY
        return Surroundings.SUBURB if is_metropolis else Surroundings.RURAL

    def _name_for_another(self, here: Locality) -> str:
        """What a further group calls its place: the county in the country, else the town, else a part of the town."""
        town = self._town(here)
        is_rural = self._surroundings(here) is Surroundings.RURAL and here.county.endswith(COUNTY_WORDS)
        names = [here.county] if is_rural else []
        names.append(town)
        if not town.casefold().startswith(COMPASS):
            parts = sections("group_names")["part of town"]
            names += [part.format(town=town) for part in self.rng.sample(parts, len(parts))]
        name = next((name for name in names if (name, here.state) not in self.names_taken), town)
        self.names_taken.add((name, here.state))
        return name

    def _town(self, here: Locality) -> str:
        """The town's name, with the accents that the post office leaves out."""
        listed = self.cities.get((place_key(here.city), here.state))
        return listed.name if listed else here.city


def _quarters() -> Iterator[Quarter]:
    for line in chain(*sections("quarters").values()):
        name, language = tagged(line[6:])
        yield Quarter(line[:5], name, language if language in LANGUAGES_OF_NAMES else "en")


@cache
def _college_towns() -> frozenset[tuple[str, str]]:
    by_state = table("college_towns", "towns")
    return frozenset((town, state) for state, towns in by_state.items() for town in words(towns))


def _likelihood_of_spanish(here: Locality) -> float:
    """That a group there speaks Spanish: the likelier the more people have Spanish names."""
    share = mixture_of(here.code, here.state).shares["hispanic"]
    return 0.95 if here.state == "PR" else 0.6 * share**2
