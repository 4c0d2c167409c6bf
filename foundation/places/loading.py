"""Loads the ZIP codes of the `zipcodes` package and the tables of `data/` into Postgres.

Points of ZIP codes come from GeoNames by way of `zipcodes` (CC BY 4.0). The package's traps: it writes 0
for an unknown coordinate, and has the errors that CORRECTIONS names.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from foundation.places import tables
from foundation.places.distance import Point, point_from_position, position
from foundation.places.keys import place_key
from foundation.places.models import LoadedData, NamedPlace, NamedPlaceKind, ZipCode, ZipCodeKind
from foundation.places.states import MILITARY_STATES, STATES

CORRECTIONS: dict[str, dict[str, tuple[str, str]]] = {
    "96960": {"long": ("-171.1569", "171.1569")},  # Majuro lies west of the date line
    "99634": {"timezone": ("Napakiak", "America/Anchorage")},  # the town's name stands in the zone's place
}
"""By ZIP code and field: what `zipcodes` 3.0 says, and what is true."""

STATE_POINTS = {"FM": Point(6.9248, 158.1610)}  # Palikir
"""Capitals of states of whose ZIP codes not one has a point."""


class _Zip(NamedTuple):
    """A row of places_zipcode, and the names the post office also accepts for its city."""

    code: str
    kind: str
    is_active: bool
    city: str
    county: str
    state: str
    time_zone: str
    country: str
    latitude: float | None
    longitude: float | None
    other_cities: tuple[str, ...]


@dataclass(slots=True)
class _Name:
    """What is gathered about one name before it becomes a row of places_namedplace."""

    name: str
    is_alias: bool = False
    population: int = 0
    zip_codes: list[_Zip] = field(default_factory=list)
    point: Point | None = None
    time_zone: str = ""


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What the database holds after loading; `changed` is False where it held just that before."""

    changed: bool
    zip_codes: int
    named_places: int


def load_places(*, force: bool = False) -> LoadResult:
    """Bring ZIP codes and named places up to the installed edition, in one transaction.

    Does nothing where that edition is loaded already, unless `force`. A ZIP code that the edition no longer
    has stays, since people and groups may refer to it, and becomes inactive.
    """
    edition = fingerprint()
    changed = force or not LoadedData.objects.filter(name="places", fingerprint=edition).exists()
    if changed:
        zips = [_read(row) for row in _installed_zip_codes()]
        with transaction.atomic():
            _store_zip_codes(zips)
            _store_named_places(_named_places(zips))
            LoadedData.objects.update_or_create(
                name="places", defaults={"fingerprint": edition, "loaded_at": timezone.now()}
            )
    return LoadResult(changed, ZipCode.objects.count(), NamedPlace.objects.count())


def fingerprint() -> str:
    """Changes whenever the package, a table of `data/` or this module does."""
    digest = hashlib.sha256(version("zipcodes").encode())
    for file in (tables.US_CITIES, tables.WORLD_CITIES, Path(__file__), Path(__file__).with_name("keys.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


# --- ZIP codes ---


def _installed_zip_codes() -> list[dict[str, Any]]:
    import zipcodes

    return list(zipcodes.list_all())  # type: ignore[no-untyped-call]


def _read(row: dict[str, Any]) -> _Zip:
    for name, (wrong, right) in CORRECTIONS.get(row["zip_code"], {}).items():
        if row[name] == wrong:
            row = {**row, name: right}
    latitude, longitude = float(row["lat"]), float(row["long"])
    is_known = latitude != 0
    return _Zip(
        code=row["zip_code"],
        kind=row["zip_code_type"],
        is_active=row["active"],
        city=row["city"],
        county=row["county"],
        state=row["state"],
        time_zone=row["timezone"],
        country=row["country"],
        latitude=latitude if is_known else None,
        longitude=longitude if is_known else None,
        other_cities=tuple(row["acceptable_cities"]),
    )


ZIP_FACTS = ("kind", "is_active", "city", "county", "state", "time_zone", "country", "latitude", "longitude")
ZIP_COLUMNS = ", ".join(("code", *ZIP_FACTS))
# Only rows that differ are written anew.
UPSERT_ZIP_CODES = f"""
INSERT INTO places_zipcode ({ZIP_COLUMNS}) SELECT {ZIP_COLUMNS} FROM zipcode_edition
ON CONFLICT (code) DO UPDATE SET {", ".join(f"{fact} = excluded.{fact}" for fact in ZIP_FACTS)}
WHERE ({", ".join(f"places_zipcode.{fact}" for fact in ZIP_FACTS)})
    IS DISTINCT FROM ({", ".join(f"excluded.{fact}" for fact in ZIP_FACTS)})
"""  # noqa: S608 (the columns are ours)
RETIRE_ZIP_CODES = """
UPDATE places_zipcode SET is_active = false
WHERE is_active AND NOT EXISTS (SELECT FROM zipcode_edition WHERE zipcode_edition.code = places_zipcode.code)
"""


def _store_zip_codes(zips: Iterable[_Zip]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE zipcode_edition (LIKE places_zipcode) ON COMMIT DROP")
        _copy(f"COPY zipcode_edition ({ZIP_COLUMNS}) FROM STDIN", (row[:-1] for row in zips))
        cursor.execute(UPSERT_ZIP_CODES)
        cursor.execute(RETIRE_ZIP_CODES)
        cursor.execute("DROP TABLE zipcode_edition")
        cursor.execute("ANALYZE places_zipcode")


def _copy(statement: str, rows: Iterable[Sequence[object]]) -> None:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


# --- Named places ---


def _named_places(zips: Sequence[_Zip]) -> Iterable[tuple[object, ...]]:
    """The rows of places_namedplace: cities, counties and states made of ZIP codes, and cities abroad."""
    yield from _rows(NamedPlaceKind.CITY, _cities(zips))
    yield from _rows(NamedPlaceKind.COUNTY, _counties(zips))
    yield from _rows(NamedPlaceKind.STATE, _states(zips))
    for city in tables.world_cities():
        key = place_key(city.name)
        point = (city.latitude, city.longitude)
        yield (
            NamedPlaceKind.ABROAD,
            city.name,
            key,
            "",
            city.region,
            False,
            0,
            city.population,
            city.time_zone,
            *point,
        )


def _cities(zips: Sequence[_Zip]) -> dict[tuple[str, str], _Name]:
    """By key and state: the post office's names, and GeoNames' where it has none (Harlem, Queens)."""
    cities: dict[tuple[str, str], _Name] = {}
    for zip_code in zips:
        if zip_code.state in MILITARY_STATES:
            continue  # Apo, Dpo and Fpo are no cities
        for name in (zip_code.city, *zip_code.other_cities):
            city = cities.setdefault((place_key(name), zip_code.state), _Name(name, is_alias=True))
            city.zip_codes.append(zip_code)
            city.is_alias = city.is_alias and name != zip_code.city
    for listed in tables.us_cities():
        city = cities.setdefault((place_key(listed.name), listed.region), _Name(listed.name))
        city.name, city.population = listed.name, listed.population
        city.point, city.time_zone = Point(listed.latitude, listed.longitude), listed.time_zone
    return cities


def _counties(zips: Sequence[_Zip]) -> dict[tuple[str, str], _Name]:
    counties: dict[tuple[str, str], _Name] = {}
    for zip_code in zips:
        if zip_code.county:
            county = counties.setdefault((place_key(zip_code.county), zip_code.state), _Name(zip_code.county))
            county.zip_codes.append(zip_code)
    return counties


def _states(zips: Sequence[_Zip]) -> dict[tuple[str, str], _Name]:
    by_code = defaultdict(list)
    for zip_code in zips:
        by_code[zip_code.state].append(zip_code)
    return {
        (place_key(STATES[code].english_name), code): _Name(
            STATES[code].english_name, zip_codes=by_code[code], point=STATE_POINTS.get(code)
        )
        for code in sorted(by_code.keys() - MILITARY_STATES)
    }


def _rows(kind: NamedPlaceKind, names: dict[tuple[str, str], _Name]) -> Iterable[tuple[object, ...]]:
    for (key, state), name in names.items():
        point = _middle(name.zip_codes) or name.point
        if point is None or not key:
            continue
        zones = Counter(z.time_zone for z in name.zip_codes if z.time_zone).most_common(1)
        zone = zones[0][0] if zones else name.time_zone
        count = len(name.zip_codes)
        yield (kind, name.name, key, state, "US", name.is_alias, count, name.population, zone, *point)


def _middle(zips: Iterable[_Zip]) -> Point | None:
    """The point above the mean of the ZIP codes' positions: of the standard ones, or where there are none, of all."""
    located = [z for z in zips if z.latitude is not None]
    positions = [
        position(z.latitude, z.longitude)
        for z in [z for z in located if z.kind == ZipCodeKind.STANDARD] or located
        if z.latitude is not None and z.longitude is not None
    ]
    if not positions:
        return None
    x, y, z = (sum(axis) / len(positions) for axis in zip(*positions, strict=True))
    middle = point_from_position(x, y, z)
    return Point(round(middle.latitude, 4), round(middle.longitude, 4))  # as exact as its parts: 10 metres


NAME_FACTS = (
    "kind", "name", "key", "state", "country", "is_alias", "zip_code_count", "population", "time_zone",
    "latitude", "longitude",
)  # fmt: skip
NAME_COLUMNS = ", ".join(NAME_FACTS)
# Rows that the edition has just so stay; the others go, and what is then missing comes.
DROP_NAMES = f"""
DELETE FROM places_namedplace WHERE NOT EXISTS (
    SELECT FROM namedplace_edition
    WHERE ({", ".join(f"namedplace_edition.{fact}" for fact in NAME_FACTS)})
        = ({", ".join(f"places_namedplace.{fact}" for fact in NAME_FACTS)})
)
"""  # noqa: S608 (the columns are ours)
ADD_NAMES = f"""
INSERT INTO places_namedplace ({NAME_COLUMNS}) SELECT {NAME_COLUMNS} FROM namedplace_edition
ON CONFLICT (key, kind, state, country) DO NOTHING
"""  # noqa: S608


def _store_named_places(rows: Iterable[Sequence[object]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE namedplace_edition (LIKE places_namedplace) ON COMMIT DROP")
        cursor.execute("ALTER TABLE namedplace_edition ALTER id DROP NOT NULL")
        _copy(f"COPY namedplace_edition ({NAME_COLUMNS}) FROM STDIN", rows)
        cursor.execute("ANALYZE namedplace_edition")
        cursor.execute(DROP_NAMES)
        cursor.execute(ADD_NAMES)
        cursor.execute("DROP TABLE namedplace_edition")
        cursor.execute("ANALYZE places_namedplace")
