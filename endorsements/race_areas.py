"""Where a race is: the area of its office, found by what the office and the district are called.

Known are whole states and the country, counties, cities by the ZIP codes that carry their name, and congressional
districts of an imported crosswalk. Nobody gives away a crosswalk of the states' own districts, nor of wards: then the
area stays unknown, staff are told why, and choose ZIP codes, counties or a radius themselves.
"""

import datetime
import re
from dataclasses import dataclass
from typing import Protocol

from django.utils.translation import gettext as _

from foundation.audit.models import Actor
from foundation.places.areas import Recipe, area_from
from foundation.places.distance import HasPoint
from foundation.places.keys import name_key, place_key
from foundation.places.models import Area, AreaKind, ZipCode
from foundation.places.states import STATES, StateKind

from .models import Level

MOST_MILES = 100.0
"""The largest radius that is an area of a race."""
_AT_LARGE = {"", "at large", "atlarge", "al", "statewide", "whole state", "state"}
_CONGRESS_BEGAN = 1789


class HasOffice(Protocol):
    """A race, or the plan or row of one."""

    @property
    def office(self) -> str: ...
    @property
    def district(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def election_date(self) -> datetime.date | None: ...


@dataclass(frozen=True, slots=True)
class Finding:
    """An area that is here already, or the name and recipe of one to be made, or in words why nobody knows."""

    area: Area | None = None
    name: str = ""
    recipe: Recipe | None = None
    why: str = ""

    @property
    def is_known(self) -> bool:
        return self.area is not None or self.recipe is not None


def find_area(race: HasOffice) -> Finding:
    """Where this race is. Writes nothing."""
    if not race.state:
        return _country() if not race.district else _unknown_district(race)
    district = name_key(race.district)
    if race.level == Level.FEDERAL and is_of_the_house(race.office):
        return _congressional(race, district)
    if race.level == Level.LOCAL:
        return _local(race, district)
    if district in _AT_LARGE:
        return _state(race.state)
    return _unknown_district(race)


def keep_found(finding: Finding, *, actor: Actor | None) -> Area | None:
    """The area of a finding: the one that is here, else one made of the recipe; None where nobody knows."""
    if finding.area or finding.recipe is None:
        return finding.area
    alike = Area.objects.filter(kind=AreaKind.CUSTOM, name=finding.name, recipe=finding.recipe.as_json())
    if known := alike.order_by("pk").first():
        return known
    return make_area(name=finding.name, recipe=finding.recipe, actor=actor)


def make_area(*, name: str, recipe: Recipe, actor: Actor | None) -> Area:
    """Make the area that staff chose. Raises foundation.places.areas.AreaError that names every unknown part."""
    return area_from(
        name=name[:120], states=recipe.states, counties=recipe.counties, zip_codes=recipe.zip_codes,
        radius=recipe.radius, actor=actor,
    )  # fmt: skip


def radius_around(place: HasPoint, miles: float) -> Recipe:
    """The recipe of a circle of so many miles around a place."""
    return Recipe.from_json({"radius": [[place.latitude, place.longitude], min(float(miles), MOST_MILES)]})


def is_of_the_house(office: str) -> bool:
    """Is it a seat in the House of Representatives of the United States? For offices of the level federal."""
    words = set(name_key(office).split())
    return bool(words & {"representative", "representatives", "house", "congress", "congressman", "congresswoman"})


# --- by kind of office ----------------------------------------------------------------------------------------


def _country() -> Finding:
    states = tuple(code for code, state in STATES.items() if state.kind in (StateKind.STATE, StateKind.DISTRICT))
    return Finding(name=_("United States"), recipe=Recipe(states=states))


def _state(code: str) -> Finding:
    return Finding(name=STATES[code].english_name, recipe=Recipe(states=(code,)))


def _congressional(race: HasOffice, district: str) -> Finding:
    """The district of the crosswalk of the Congress that is elected, else of the newest crosswalk."""
    number = _number(district)
    if number is None and district not in _AT_LARGE:
        return _unknown_district(race)
    code = f"{race.state}-{number:02}" if number else f"{race.state}-AL"
    editions = _editions()
    if not editions:
        return Finding(
            why=_("No crosswalk of congressional districts is imported, so nobody knows where %(code)s is.")
            % {"code": code}
        )
    elected = str((race.election_date.year + 1 - _CONGRESS_BEGAN) // 2 + 1) if race.election_date else ""
    edition = elected if elected in editions else editions[-1]
    found = Area.objects.districts(edition).filter(code=code).first()
    if found:
        return Finding(area=found)
    return Finding(why=_("The imported crosswalk has no district %(code)s.") % {"code": code})


def _editions() -> list[str]:
    """The editions of crosswalks that are imported, the newest last."""
    kept = Area.objects.filter(kind=AreaKind.DISTRICT).order_by("edition").values_list("edition", flat=True).distinct()
    return sorted(kept, key=lambda edition: (int(edition) if edition.isdecimal() else 0, edition))


def _local(race: HasOffice, district: str) -> Finding:
    """A county where the office is a county's, else the city of this name, else the county."""
    if district in _AT_LARGE:
        return Finding(why=_("The race names no city and no county."))
    county, city = _county(race.state, race.district), _city(race.state, race.district)
    in_order = [county, city] if "county" in name_key(race.office).split() else [city, county]
    if found := next((finding for finding in in_order if finding), None):
        return found
    if whole := _part_of(race.state, race.district):
        return Finding(
            why=_("%(district)s is a part of %(whole)s, and nobody knows which ZIP codes lie in it.")
            % {"district": race.district, "whole": whole}
        )
    return Finding(
        why=_("No city and no county of %(state)s is called %(district)s.")
        % {"state": STATES[race.state].name, "district": race.district}
    )


def _city(state: str, name: str) -> Finding | None:
    key = place_key(re.sub(r"^(?:city|town|village) of ", "", name.strip(), flags=re.IGNORECASE))
    cities = ZipCode.objects.filter(state=state).order_by("city").values_list("city", flat=True).distinct()
    spelt = [city for city in cities if place_key(city) == key]
    if not key or not spelt:
        return None
    codes = ZipCode.objects.filter(state=state, city__in=spelt).order_by("code").values_list("code", flat=True)
    return Finding(name=f"{spelt[0]}, {state}", recipe=Recipe(zip_codes=tuple(codes)))


def _county(state: str, name: str) -> Finding | None:
    key = place_key(name)
    rows = ZipCode.objects.filter(state=state).exclude(county="").order_by("county")
    for county in rows.values_list("county", flat=True).distinct():
        if place_key(county) in (key, f"{key}county"):
            return Finding(name=f"{county}, {state}", recipe=Recipe(counties=((county, state),)))
    return None


_PART = re.compile(r"\b(?:(?:district|ward|precinct|seat|zone|place)\b\W*)?\d+[a-z]{0,2}\b", re.IGNORECASE)
_WORDS_OF_PARTS = re.compile(r"\b(?:district|ward|precinct|seat|in|of)\b|[,.]", re.IGNORECASE)


def _part_of(state: str, district: str) -> str:
    """The city or county that a district such as "San Francisco 5" or "Precinct 3 in Nacogdoches County" is part of."""
    name = " ".join(_WORDS_OF_PARTS.sub(" ", _PART.sub(" ", district)).split())
    if name_key(name) in ("", name_key(district)):
        return ""
    found = _city(state, name) or _county(state, name)
    return found.name if found else ""


def _unknown_district(race: HasOffice) -> Finding:
    state = STATES[race.state].name if race.state else _("the United States")
    is_number = _number(name_key(race.district)) is not None
    called = _("district %(name)s") % {"name": race.district} if is_number else race.district
    return Finding(
        why=_("No crosswalk says which ZIP codes lie in %(district)s of %(state)s.")
        % {"district": called, "state": state}
    )


def _number(district: str) -> int | None:
    """7 of "7", "7th", "district 7", "7th congressional district"; None of everything else."""
    match = re.fullmatch(
        r"(?:congressional )?(?:district )?(?:no )?(\d{1,2})(?:st|nd|rd|th)?(?: congressional)?(?: district)?", district
    )
    return int(match[1]) if match else None
