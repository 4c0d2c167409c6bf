"""The small tables in `data/`, which data/make_geonames_tables.py made from GeoNames (CC BY 4.0)."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "data"
US_CITIES = FOLDER / "us_cities.csv"
WORLD_CITIES = FOLDER / "world_cities.csv"
COUNTRIES = FOLDER / "countries.csv"


class ListedCity(NamedTuple):
    """A city as GeoNames has it. `region` is the state's code in the US and the country's elsewhere."""

    name: str
    region: str
    latitude: float
    longitude: float
    population: int
    time_zone: str


def us_cities() -> list[ListedCity]:
    """Places of the US and its territories with 5,000 people and more."""
    return _cities(US_CITIES)


def world_cities() -> list[ListedCity]:
    """Cities elsewhere with 100,000 people and more."""
    return _cities(WORLD_CITIES)


def countries() -> dict[str, str]:
    """English names by ISO 3166 code."""
    return {row[0]: row[1] for row in _rows(COUNTRIES)}


def _cities(file: Path) -> list[ListedCity]:
    return [ListedCity(n, r, float(lat), float(lon), int(p), z) for n, r, lat, lon, p, z in _rows(file)]


def _rows(file: Path) -> Iterator[list[str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        next(lines)  # the attribution
        next(lines)  # the header
        yield from csv.reader(lines)
