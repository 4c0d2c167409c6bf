"""The group finder: from what a volunteer typed to the groups nearest to them.

The query reads the `group` table only and walks its position index in order of distance, so its cost
does not grow with the number of groups. There is no count: pages go on until the nearest thousand.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db import connection
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from foundation.places.distance import miles_from_chord
from foundation.places.search import Place

from .models import Group

PAGE_SIZE = 20
LAST_PAGE = 50
NEARBY_MILES = 50  # experience.md: nobody within 50 miles is told apart from somebody
AT_LEAST = 5  # experience.md: always at least five if five exist
WITHIN_CHOICES = (10, 25, 50, 100)
ACTIVE_DAYS = 90
ONE_MILE = 1
WHOLE_MILES_FROM = 10


class SearchError(Exception):
    """The address asks for something that cannot be: `message` says what, `status` is the HTTP status."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


@dataclass(frozen=True)
class Filters:
    """What narrows a search. All of it lives in the page's address."""

    within: int | None = None  # miles
    active: bool = False
    events: bool = False

    def __bool__(self) -> bool:
        return bool(self.within or self.active or self.events)


@dataclass(frozen=True)
class Search:
    """What somebody asked for."""

    near: str = ""
    state: str = ""
    country: str = ""
    filters: Filters = field(default_factory=Filters)
    page: int = 1

    def address(self, *, page: int) -> str:
        """The query string of another page of the same search."""
        asked = {
            "near": self.near,
            "state": self.state,
            "country": self.country,
            "within": self.filters.within,
            "active": self.filters.active and "1",
            "events": self.filters.events and "1",
            "page": page if page > 1 else "",
        }
        return "?" + urlencode({name: value for name, value in asked.items() if value})


def parse_search(query: QueryDict | Mapping[str, str]) -> Search:
    """What a query string asks for. Raises SearchError for what cannot be understood."""
    return Search(
        near=one_value(query, "near").strip(),
        state=one_value(query, "state").strip().upper()[:2],
        country=one_value(query, "country").strip().upper()[:2],
        filters=Filters(
            within=parse_within(one_value(query, "within")),
            active=one_value(query, "active") == "1",
            events=one_value(query, "events") == "1",
        ),
        page=parse_page(one_value(query, "page")),
    )


def one_value(query: QueryDict | Mapping[str, str], name: str) -> str:
    """The value of `name`, empty where there is none. Raises SearchError where the address gives two."""
    if isinstance(query, QueryDict) and len(set(query.getlist(name))) > 1:
        if name == "near":
            raise SearchError(_("The address names two places. Enter one."), 400)
        raise SearchError(_("The address says “%(name)s” twice.") % {"name": name}, 400)
    return query.get(name, "") or ""


def parse_within(text: str) -> int | None:
    """The distance in miles, one of WITHIN_CHOICES; None for an empty text. Raises SearchError."""
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) <= 4 and int(text) in WITHIN_CHOICES:
        return int(text)
    choices = ", ".join(str(miles) for miles in WITHIN_CHOICES)
    raise SearchError(_("Choose a distance of %(choices)s miles.") % {"choices": choices}, 400)


def parse_page(text: str) -> int:
    """The number of a page, from 1 to LAST_PAGE. Raises SearchError (404)."""
    if not text:
        return 1
    if text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= LAST_PAGE:
        return int(text)
    raise SearchError(_("There is no page “%(page)s”.") % {"page": text[:20]}, 404)


class FoundGroup(NamedTuple):
    """One line of a result. `miles` is None where the list is not by distance."""

    name: str
    slug: str
    place_name: str
    last_active_at: datetime.datetime | None
    next_event_at: datetime.datetime | None
    time_zone: str
    latitude: float
    longitude: float
    miles: float | None = None

    @property
    def url(self) -> str:
        """The address of the group's page; slugs need no escaping (constraint group_slug_form)."""
        return f"/groups/{self.slug}/"


def found_by_distance(row: tuple[Any, ...]) -> FoundGroup:
    """A row of COLUMNS and its chord, with the chord turned into miles."""
    return FoundGroup._make((*row[:-1], miles_from_chord(row[-1])))


COLUMNS = (
    "name",
    "slug",
    "place_name",
    "last_active_at",
    "next_event_at",
    "time_zone",
    "latitude",
    "longitude",
)


# Whoever says many distances or months asks once for the language; most pages say the same ones.
@lru_cache(maxsize=8192)
def _miles_in_words(miles: float, language: str) -> str:
    if miles < ONE_MILE:
        return _("less than a mile")
    if isinstance(miles, int):
        return ngettext("%(miles)s mile", "%(miles)s miles", miles) % {"miles": f"{miles:,}"}
    return _("%(miles)s miles") % {"miles": f"{miles:.1f}"}


def describe_miles(miles: float, language: str) -> str:
    """A distance as a reader wants it: "less than a mile", "3.2 miles", "45 miles". `language` is the active one."""
    return _miles_in_words(round(miles) if miles >= WHOLE_MILES_FROM else round(miles, 1), language)


@lru_cache(maxsize=1024)
def _month_in_words(year: int, month: int, language: str) -> str:
    return date_format(datetime.date(year, month, 1), "YEAR_MONTH_FORMAT")


def describe_activity(moment: datetime.datetime, language: str) -> str:
    """The month in which a group was last active. `language` is the active one."""
    return _month_in_words(moment.year, moment.month, language)


@dataclass(frozen=True)
class Results:
    """One page of found groups, nearest first (or by name where no place was asked for)."""

    groups: Sequence[FoundGroup]
    page: int
    has_next: bool
    # The nearest ones whatever the filters say, where the filters leave almost nothing.
    instead: Sequence[FoundGroup] = ()
    nobody_near: bool = False

    def split(self) -> tuple[list[FoundGroup], list[FoundGroup]]:
        """Those within fifty miles, and those beyond."""
        near = [g for g in self.groups if g.miles is None or g.miles <= NEARBY_MILES]
        return near, list(self.groups[len(near) :])


def find_near(place: Place, *, filters: Filters, page: int, now: datetime.datetime) -> Results:
    """The listed groups nearest to `place` (across state lines), page by page.

    One query; a second one where the filters leave fewer than five, to show the nearest all the same.
    """
    groups, has_next = _nearest(place, filters, page, now)
    instead: Sequence[FoundGroup] = ()
    nobody_near = page == 1 and not filters and (not groups or (groups[0].miles or 0) > NEARBY_MILES)
    if filters and page == 1 and len(groups) < AT_LEAST:
        unfiltered, _more = _nearest(place, Filters(), 1, now)
        shown = {group.slug for group in groups}
        instead = [group for group in unfiltered if group.slug not in shown][: AT_LEAST - len(groups)]
        nobody_near = not unfiltered or (unfiltered[0].miles or 0) > NEARBY_MILES
    return Results(groups, page, has_next, instead, nobody_near)


# By hand, and not by a QuerySet: building it took as long as running it. It is the floor that
# `./dev bench finder` measures by. The order is that of located.NearestQuerySet.nearest_to.
_NEAREST = f"""
SELECT {", ".join(COLUMNS)}, position <-> places_position(%(latitude)s, %(longitude)s) AS chord
FROM affiliates_group
WHERE status = 'listed' {{conditions}}
ORDER BY chord, id LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608
_IS_ACTIVE = "AND last_active_at >= %(active_since)s"
_HAS_EVENT = "AND next_event_at >= %(now)s"


def _nearest(place: Place, filters: Filters, page: int, now: datetime.datetime) -> tuple[list[FoundGroup], bool]:
    conditions = f"{_IS_ACTIVE if filters.active else ''} {_HAS_EVENT if filters.events else ''}"
    values: dict[str, float | int | datetime.datetime] = {
        "latitude": place.latitude,
        "longitude": place.longitude,
        "active_since": now - datetime.timedelta(days=ACTIVE_DAYS),
        "now": now,
        "limit": PAGE_SIZE + 1,
        "offset": (page - 1) * PAGE_SIZE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_NEAREST.format(conditions=conditions), values)
        groups = [found_by_distance(row) for row in cursor.fetchall()]
    # Cut here and not in the query, which would walk the whole index to find that there are no more.
    if filters.within:
        groups = [group for group in groups if (group.miles or 0) <= filters.within]
    return groups[:PAGE_SIZE], len(groups) > PAGE_SIZE and page < LAST_PAGE


def list_by_name(*, state: str, country: str, page: int) -> Results:
    """The listed groups of a state or of a country, by name. Raises SearchError (404) past the last page."""
    found = Group.objects.listed().order_by("name_key", "id")
    if state:
        found = found.filter(state=state)
    elif country:
        found = found.filter(country=country)
    first = (page - 1) * PAGE_SIZE
    rows = found.values_list(*COLUMNS)[first : first + PAGE_SIZE + 1]
    groups = [FoundGroup(*row) for row in rows]
    return Results(groups[:PAGE_SIZE], page, len(groups) > PAGE_SIZE and page < LAST_PAGE)


def find_by_name(text: str, *, limit: int = AT_LEAST) -> list[FoundGroup]:
    """Listed groups whose name resembles `text`, most alike first; for a text that is no place."""
    rows = Group.objects.listed().named_like(text).values_list(*COLUMNS)[:limit]
    return [FoundGroup(*row) for row in rows]


def as_geojson(results: Results, *, site: str) -> dict[str, Any]:
    """The same results as GeoJSON (RFC 7946). Lists what is published by name: nothing else leaves."""
    return {
        "type": "FeatureCollection",
        "features": [_feature(group, site) for group in (*results.groups, *results.instead)],
    }


def _feature(group: FoundGroup, site: str) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": group.slug,
        "geometry": {"type": "Point", "coordinates": [group.longitude, group.latitude]},
        "properties": {
            "name": group.name,
            "url": f"{site}{group.url}",
            "place": group.place_name,
            "distance_miles": None if group.miles is None else round(group.miles, 2),
            "last_active_at": group.last_active_at and group.last_active_at.isoformat(),
            "next_event_at": group.next_event_at and group.next_event_at.isoformat(),
        },
    }
