"""The demo's people: where they live, how they are reached, and how all of them come into the database."""

import datetime
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from config.demo.copying import analyze, copy_rows, reserve_ids
from config.demo.heritages import mixture_of
from config.demo.people_names import FullName, draw_name
from config.demo.texts import table
from foundation.places.models import ZipCode
from foundation.places.population import sample_zip_codes
from members.models import Person, PersonEmail, PersonPhone

DOMAINS = ("example.com", "example.net", "example.org")
"""Reserved by RFC 2606: mail to them reaches nobody."""

EXCHANGE = "555"
"""The exchange of telephone numbers in films. Of it only 0100 to 0199 are kept for that; nobody has the others."""

DIRECTORY_ASSISTANCE = 1212
WITH_PHONE = 0.4
TWICE = 0.0004
"""The share of the people who have signed up before."""

YEARS_OF_GROWTH = 5

PERSON_FIELDS = (
    "id", "given_name", "family_name", "zip_code", "country", "language",
    "time_zone", "created_at", "latitude", "longitude",
)  # fmt: skip


class _Residence(NamedTuple):
    """What a person has from their ZIP code."""

    code: str
    city: str
    state: str
    time_zone: str
    latitude: float
    longitude: float


class _Human(NamedTuple):
    """Somebody made up."""

    name: FullName
    residence: _Residence
    language: str
    since: datetime.datetime
    # Who signed up twice has the name of their first time, or nearly; this is its place in the list.
    twin: int | None = None
    is_misspelt: bool = False


class Known(NamedTuple):
    """What the demo's other loads need to know of a person. `twin` is the id of the row of their first sign-up."""

    id: int
    since: datetime.datetime
    language: str
    place: str
    twin: int | None
    is_misspelt: bool


LOCAL_PARTS: tuple[Callable[[FullName], str], ...] = (
    lambda name: f"{name.given_handle}.{name.family_handle}",
    lambda name: f"{name.given_handle}{name.family_handle}",
    lambda name: f"{name.given_handle[0]}{name.family_handle}",
    lambda name: f"{name.given_handle}_{name.family_handle}",
    lambda name: f"{name.family_handle}.{name.given_handle}",
    lambda name: f"{name.given_handle}{name.family_handle[0]}",
)
LOCAL_PART_WEIGHTS = (45, 15, 15, 10, 8, 7)


def load_people(*, count: int, seed: int, now: datetime.datetime) -> list[Known]:
    """Fill the tables of people, of their e-mail addresses (one each) and phone numbers (of four in ten)."""
    rng = random.Random(f"people {seed}")
    residences = _residences(sample_zip_codes(count, seed))
    ids = reserve_ids(Person, count)
    humans: list[_Human] = []
    copy_rows(Person, PERSON_FIELDS, _person_rows(ids, _humans(residences, rng, now), humans))
    copy_rows(PersonEmail, ("person", "address", "is_primary", "verified_at"), _emails(ids, humans, rng, now))
    copy_rows(PersonPhone, ("person", "number"), _phones(ids, humans, rng))
    analyze(Person, PersonEmail, PersonPhone)
    return [_known(id_, human, ids) for id_, human in zip(ids, humans, strict=True)]


def _known(id_: int, human: _Human, ids: range) -> Known:
    twin = None if human.twin is None else ids[human.twin]
    place = f"{human.residence.city}, {human.residence.state}"
    return Known(id_, human.since, human.language, place, twin, human.is_misspelt)


def _person_rows(ids: range, making: Iterator[_Human], made: list[_Human]) -> Iterator[Sequence[object]]:
    """Rows of PERSON_FIELDS, made while Postgres stores those before them. Adds each human to `made`."""
    for id_, human in zip(ids, making, strict=True):
        made.append(human)
        home = human.residence
        yield (
            id_, human.name.given, human.name.family, home.code, "US", human.language,
            home.time_zone, human.since, home.latitude, home.longitude,
        )  # fmt: skip


def _residences(codes: list[str]) -> list[_Residence]:
    rows = ZipCode.objects.filter(code__in=set(codes)).values_list(*_Residence._fields)
    residences = {row[0]: _Residence(*row) for row in rows}
    return [residences[code] for code in codes]


def _humans(residences: list[_Residence], rng: random.Random, now: datetime.datetime) -> Iterator[_Human]:
    """One for each residence; now and then somebody who was there already, at the home of their first time."""
    made: list[_Human] = []
    for residence in residences:
        if made and rng.random() < TWICE:
            made.append(_once_more(rng.randrange(len(made)), made, rng, now))
            yield made[-1]
            continue
        heritage = mixture_of(residence.code, residence.state).draw(rng)
        language = "es" if rng.random() < _likelihood_of_spanish(heritage, residence.state) else "en"
        made.append(_Human(draw_name(heritage, rng), residence, language, _since(rng, now)))
        yield made[-1]


def _once_more(place: int, made: list[_Human], rng: random.Random, now: datetime.datetime) -> _Human:
    """The person of this place in the list, who signs up again: as before, or with a letter less or more."""
    first = made[place]
    is_misspelt = rng.random() < 0.6 and len(first.name.given) > 3
    given = _misspelt(first.name.given, rng) if is_misspelt else first.name.given
    since = first.since + (now - first.since) * rng.random()
    return first._replace(
        name=first.name._replace(given=given), since=since.replace(microsecond=0), twin=place, is_misspelt=is_misspelt
    )


def _misspelt(name: str, rng: random.Random) -> str:
    """With one letter left out or twice, not the first."""
    place = rng.randrange(2, len(name))
    return name[:place] + name[place - 1 :] if rng.random() < 0.5 else name[:place] + name[place + 1 :]


def _likelihood_of_spanish(heritage: str, state: str) -> float:
    if heritage != "hispanic":
        return 0.005
    return 0.9 if state == "PR" else 0.35


def _since(rng: random.Random, now: datetime.datetime) -> datetime.datetime:
    """When the network first heard of somebody: it has grown faster of late."""
    days = rng.random() ** 2 * 365 * YEARS_OF_GROWTH
    return (now - datetime.timedelta(days=days)).replace(microsecond=0)


def _emails(
    ids: range, humans: list[_Human], rng: random.Random, now: datetime.datetime
) -> Iterator[tuple[int, str, bool, datetime.datetime | None]]:
    """One address each, no two alike; nine of ten were verified soon after the network heard of the person."""
    taken: set[str] = set()
    numbers: Counter[str] = Counter()
    for id_, human in zip(ids, humans, strict=True):
        wanted = rng.choices(LOCAL_PARTS, LOCAL_PART_WEIGHTS)[0](human.name)
        local = f"{wanted}{rng.randint(1, 99):02}" if rng.random() < 0.3 else wanted
        domain = rng.choice(DOMAINS)
        while f"{local}@{domain}" in taken:
            numbers[wanted] += 1
            local = f"{wanted}{99 + numbers[wanted]}"
        taken.add(f"{local}@{domain}")
        verified_at = min(now, human.since + datetime.timedelta(minutes=rng.randint(1, 600)))
        yield id_, f"{local}@{domain}", True, verified_at if rng.random() < 0.9 else None


def _phones(ids: range, humans: list[_Human], rng: random.Random) -> Iterator[tuple[int, str]]:
    """Numbers with an area code of the person's state, no two alike, until an area code has no more."""
    given: Counter[str] = Counter()
    for id_, human in zip(ids, humans, strict=True):
        if rng.random() < WITH_PHONE:
            area_code = rng.choice(_area_codes(human.residence.state))
            given[area_code] += 1
            line = given[area_code] * 7919 % 10_000  # no common divisor: comes round after all 10,000
            if given[area_code] < 10_000 and line != DIRECTORY_ASSISTANCE:
                yield id_, f"+1{area_code}{EXCHANGE}{line:04}"


@cache
def _area_codes(state: str) -> tuple[str, ...]:
    return tuple(table("area_codes", "states")[state].split())
