"""Finding events: from what somebody typed to the events near them, online, or in a month.

The list by distance reads the `event` table only (and the names of twenty groups by their keys): it walks the index
`event_nearest` outward from the place, past those that are over, so its cost grows neither with the number of events
nor with how many have been. There is no count: pages go on until the nearest thousand.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db import connection
from django.http import QueryDict
from django.utils.translation import gettext as _

from affiliates.finder import (
    AT_LEAST,
    LAST_PAGE,
    NEARBY_MILES,
    PAGE_SIZE,
    SearchError,
    one_value,
    parse_page,
    parse_within,
)
from foundation.places.distance import HasPoint, chord_from_miles, miles_from_chord
from foundation.places.search import Place

from .models import HAS_LINK, EventFormat, EventKind

ONLINE_BESIDE = 5
"""So many online events are shown below those nearby."""
LONGEST_EVENT = datetime.timedelta(days=14)  # constraint event_two_weeks_at_most
_FIRST_YEAR, _LAST_YEAR = 2000, 2100


class Order(StrEnum):
    """What a list of events near a place goes by."""

    DISTANCE = "distance"
    DATE = "date"


@dataclass(frozen=True)
class Filters:
    """What narrows a search. The days are those on the clocks of each event, the last one included."""

    kind: str = ""
    first_day: datetime.date | None = None
    last_day: datetime.date | None = None
    within: int | None = None  # miles

    def __bool__(self) -> bool:
        return bool(self.kind or self.first_day or self.last_day or self.within)


@dataclass(frozen=True)
class Search:
    """What somebody asked for. All of it lives in the page's address."""

    near: str = ""
    online: bool = False
    order: Order = Order.DISTANCE
    filters: Filters = field(default_factory=Filters)
    page: int = 1

    def address(self, **changes: Any) -> str:
        """The query string of the same search with `changes`: another page, another order."""
        asked = replace(self, **changes)
        said = {
            "near": asked.near,
            "kind": asked.filters.kind,
            "from": asked.filters.first_day or "",
            "to": asked.filters.last_day or "",
            "within": asked.filters.within or "",
            "online": "1" if asked.online else "",
            "order": asked.order if asked.order != Order.DISTANCE else "",
            "page": asked.page if asked.page > 1 else "",
        }
        return "?" + urlencode({name: value for name, value in said.items() if value})


def parse_search(query: QueryDict | Mapping[str, str]) -> Search:
    """What a query string asks for. Raises SearchError for what cannot be understood."""
    first_day, last_day = _day(one_value(query, "from")), _day(one_value(query, "to"))
    if first_day and last_day and last_day < first_day:
        raise SearchError(_("The last day is before the first one."), 400)
    return Search(
        near=one_value(query, "near").strip(),
        online=one_value(query, "online") == "1",
        order=_order(one_value(query, "order")),
        filters=Filters(
            kind=_kind(one_value(query, "kind")),
            first_day=first_day,
            last_day=last_day,
            within=parse_within(one_value(query, "within")),
        ),
        page=parse_page(one_value(query, "page")),
    )


def _day(text: str) -> datetime.date | None:
    if not text:
        return None
    try:
        day = datetime.datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007  # a day has no zone
    except ValueError:
        day = None
    if day is None or not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise SearchError(_("“%(text)s” is no day. Write it like 2027-07-04.") % {"text": text[:20]}, 400)
    return day


def _kind(text: str) -> str:
    if text and text not in EventKind.values:
        raise SearchError(_("There is no kind of event called “%(kind)s”.") % {"kind": text[:20]}, 400)
    return text


def _order(text: str) -> Order:
    try:
        return Order(text or Order.DISTANCE)
    except ValueError:
        raise SearchError(_("Events are listed by distance or by date."), 400) from None


class FoundEvent(NamedTuple):
    """One line of a result. Its point is the published one. `miles` is None where the list is not by distance."""

    title: str
    slug: str
    kind: str
    format: str
    starts_at: datetime.datetime
    ends_at: datetime.datetime
    time_zone: str
    place_name: str
    latitude: float | None
    longitude: float | None
    is_address_public: bool
    capacity: int | None
    taken: int
    repeats: bool
    host: str | None
    miles: float | None = None

    @property
    def url(self) -> str:
        """The address of the event's page; slugs need no escaping (constraint event_slug_form)."""
        return f"/events/{self.slug}/"

    @property
    def has_venue(self) -> bool:
        return self.format != EventFormat.ONLINE

    @property
    def is_online(self) -> bool:
        return self.format in HAS_LINK

    @property
    def is_full(self) -> bool:
        return self.capacity is not None and self.taken >= self.capacity


@dataclass(frozen=True)
class Results:
    """One page of found events, by distance or by date."""

    events: Sequence[FoundEvent]
    page: int = 1
    has_next: bool = False
    # The nearest ones whatever was asked, where what was asked leaves almost nothing.
    instead: Sequence[FoundEvent] = ()
    # The next ones that can be joined from everywhere.
    online: Sequence[FoundEvent] = ()
    nobody_near: bool = False

    def split(self) -> tuple[list[FoundEvent], list[FoundEvent]]:
        """Those within fifty miles, and those beyond."""
        near = [event for event in self.events if event.miles is None or event.miles <= NEARBY_MILES]
        beyond = [event for event in self.events if event.miles is not None and event.miles > NEARBY_MILES]
        return near, beyond


# By hand, and not by a QuerySet: the finder of groups says why. What is shown of an event is read for those of the
# page only. `places_position` of nowhere is NULL, and then there is no distance either.
_SHOWN = (
    "title", "slug", "kind", "format", "starts_at", "ends_at", "time_zone", "place_name", "shown_latitude",
    "shown_longitude", "is_address_public", "capacity", "taken", "series_id", "group_id", "id AS event_id",
)  # fmt: skip
_CHORD = "position <-> places_position(%(latitude)s, %(longitude)s)"
_FOUND = f"""
WITH found AS MATERIALIZED (
    SELECT {", ".join(_SHOWN)}, {{chord}} AS chord
    FROM events_event event
    WHERE state = 'approved' AND is_listed AND ends_at > %(now)s {{conditions}}
    ORDER BY {{order}} LIMIT %(limit)s OFFSET %(offset)s
)
SELECT found.title, found.slug, found.kind, found.format, found.starts_at, found.ends_at, found.time_zone,
       found.place_name, found.shown_latitude, found.shown_longitude, found.is_address_public, found.capacity,
       found.taken, found.series_id IS NOT NULL, host.name, found.chord
FROM found LEFT JOIN affiliates_group host ON host.id = found.group_id
ORDER BY {{order}}
"""  # noqa: S608
_BY_DISTANCE, _BY_DATE = "chord, starts_at, event_id", "starts_at, event_id"
_HAS_VENUE = "AND format <> 'online'"
_IS_ONLINE = "AND format IN ('online', 'hybrid')"
_OF_KIND = "AND kind = %(kind)s"
# The index knows moments; a day begins up to 14 hours earlier and ends up to 12 hours later than that of UTC.
_FROM_DAY = """
AND ends_at > (%(first_day)s::timestamp AT TIME ZONE 'UTC') - interval '14 hours'
AND ((ends_at - interval '1 second') AT TIME ZONE time_zone)::date >= %(first_day)s
"""
_TO_DAY = """
AND starts_at < (%(last_day)s::timestamp AT TIME ZONE 'UTC') + interval '36 hours'
AND (starts_at AT TIME ZONE time_zone)::date <= %(last_day)s
"""
_WITHIN = f"""
AND position <@ cube_enlarge(places_position(%(latitude)s, %(longitude)s), %(metres)s, 3) AND {_CHORD} <= %(metres)s
"""
# For the indexes by start: what began longer ago than any event lasts is over.
_NOT_LONG_BEGUN = "AND starts_at > %(longest_ago)s"
# A weekly meeting is one line of the nearest, that of its next date; otherwise it would fill three pages. Places
# are compared by their points: by `position` the planner would search the GiST index for each event of a series.
_NEXT_OF_SERIES = """
AND (series_id IS NULL OR NOT EXISTS (
    SELECT FROM events_event sooner
    WHERE sooner.series_id = event.series_id AND sooner.state = 'approved' AND sooner.is_listed
    AND sooner.ends_at > %(now)s {sooner} AND sooner.format <> 'online'
    AND sooner.shown_latitude = event.shown_latitude AND sooner.shown_longitude = event.shown_longitude
    AND (sooner.starts_at, sooner.id) < (event.starts_at, event.id)
))
"""


def find_near(place: Place, search: Search, *, now: datetime.datetime) -> Results:
    """The events nearest to `place`, or those near it by date, page by page; on the first page never nothing.

    One query, a second one for those online, and a third where what was asked leaves fewer than five.
    """
    by_date = search.order == Order.DATE
    filters = replace(search.filters, within=search.filters.within or NEARBY_MILES) if by_date else search.filters
    events, has_next = _nearest(place, filters, search.page, now, by_date=by_date)
    if search.page > 1:
        return Results(events, search.page, has_next)
    leaves_little = bool(filters) and len(events) < AT_LEAST
    nearest = nearest_to(place, now=now) if leaves_little else events
    shown = {event.slug for event in events}
    instead = [event for event in nearest if event.slug not in shown][: AT_LEAST - len(events)] if leaves_little else []
    is_near = bool(nearest) and (nearest[0].miles or 0) <= NEARBY_MILES
    online, _more = find_online(replace(search.filters, within=None), page=1, now=now)
    shown |= {event.slug for event in instead}
    beside = [event for event in online if event.slug not in shown][:ONLINE_BESIDE]
    # Where many pass the filters it is not known who else is near, and nobody need be told.
    nobody_near = not is_near and (leaves_little or not filters)
    return Results(events, 1, has_next, instead, beside, nobody_near)


def find_online(filters: Filters, *, page: int, now: datetime.datetime) -> tuple[list[FoundEvent], bool]:
    """The next events that can be joined from everywhere, by date; and whether there are more. One query."""
    conditions, values = _conditions(filters, now)
    return _page_of(f"{_IS_ONLINE} {_NOT_LONG_BEGUN} {conditions}", _BY_DATE, values, page)


def find_next(filters: Filters, *, page: int, now: datetime.datetime) -> tuple[list[FoundEvent], bool]:
    """The next events wherever they are, by date; and whether there are more. One query."""
    conditions, values = _conditions(filters, now)
    return _page_of(f"{_NOT_LONG_BEGUN} {conditions}", _BY_DATE, values, page)


def nearest_to(place: HasPoint, *, now: datetime.datetime) -> list[FoundEvent]:
    """The first page of the nearest events, whatever they are."""
    return _nearest(place, Filters(), 1, now)[0]


def _nearest(
    place: HasPoint, filters: Filters, page: int, now: datetime.datetime, *, by_date: bool = False
) -> tuple[list[FoundEvent], bool]:
    conditions, values = _conditions(filters, now)
    values |= {"latitude": place.latitude, "longitude": place.longitude}
    if filters.within:
        conditions += _WITHIN
        values["metres"] = chord_from_miles(filters.within)
    if not by_date:
        conditions += _NEXT_OF_SERIES.format(sooner=_sooner_passes(filters))
    order = _BY_DATE if by_date else _BY_DISTANCE
    return _page_of(f"{_HAS_VENUE} {conditions}", order, values, page, chord=_CHORD)


def _sooner_passes(filters: Filters) -> str:
    """What a sooner date of a series must fulfil to stand for the later ones: it is found by the same filters."""
    first = _FROM_DAY.replace("ends_at", "sooner.ends_at").replace("time_zone", "sooner.time_zone")
    # One that begins sooner begins before the last day as well.
    return f"{'AND sooner.kind = %(kind)s' if filters.kind else ''} {first if filters.first_day else ''}"


def _conditions(filters: Filters, now: datetime.datetime) -> tuple[str, dict[str, Any]]:
    asked = {_OF_KIND: filters.kind, _FROM_DAY: filters.first_day, _TO_DAY: filters.last_day}
    values = {
        "now": now,
        "longest_ago": now - LONGEST_EVENT,
        "kind": filters.kind,
        "first_day": filters.first_day,
        "last_day": filters.last_day,
    }
    return " ".join(condition for condition, value in asked.items() if value), values


def _page_of(
    conditions: str, order: str, values: dict[str, Any], page: int, *, chord: str = "NULL::float8"
) -> tuple[list[FoundEvent], bool]:
    values |= {"limit": PAGE_SIZE + 1, "offset": (page - 1) * PAGE_SIZE}
    with connection.cursor() as cursor:
        cursor.execute(_FOUND.format(conditions=conditions, order=order, chord=chord), values)
        events = [found_by_distance(row) for row in cursor.fetchall()]
    return events[:PAGE_SIZE], len(events) > PAGE_SIZE and page < LAST_PAGE


def found_by_distance(row: tuple[Any, ...]) -> FoundEvent:
    """A row of the query, with its chord turned into miles."""
    chord = row[-1]
    return FoundEvent._make((*row[:-1], None if chord is None else miles_from_chord(chord)))


def as_geojson(results: Results, *, site: str) -> dict[str, Any]:
    """The same results as GeoJSON (RFC 7946). Lists what is published by name; one that is online lies nowhere."""
    listed = {event.slug: event for event in (*results.events, *results.instead, *results.online)}
    return {"type": "FeatureCollection", "features": [_feature(event, site) for event in listed.values()]}


def _feature(event: FoundEvent, site: str) -> dict[str, Any]:
    lies_somewhere = event.has_venue and event.longitude is not None
    return {
        "type": "Feature",
        "id": event.slug,
        "geometry": {"type": "Point", "coordinates": [event.longitude, event.latitude]} if lies_somewhere else None,
        "properties": {
            "title": event.title,
            "url": f"{site}{event.url}",
            "kind": event.kind,
            "format": event.format,
            "starts_at": event.starts_at.isoformat(),
            "ends_at": event.ends_at.isoformat(),
            "time_zone": event.time_zone,
            "place": event.place_name,
            "is_exact": event.is_address_public and lies_somewhere,
            "host": event.host,
            "distance_miles": None if event.miles is None else round(event.miles, 2),
        },
    }
