"""A month of events, as a grid of weeks: what it shows of each day, and the months beside it."""

import calendar
import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from django.db import connection
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from affiliates.finder import NEARBY_MILES, SearchError
from foundation.places.distance import chord_from_miles
from foundation.places.search import Place

from .finding import Filters

A_DAY_SHOWS = 3
"""So many events of a day stand in the grid; the others are behind "and 5 more"."""
MONTHS_AHEAD = 24


@dataclass(frozen=True)
class Month:
    """A month of the calendar."""

    year: int
    number: int

    @classmethod
    def of(cls, day: datetime.date) -> Self:
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str, *, today: datetime.date) -> Self:
        """The month written as `2027-07`; that of `today` for an empty text.

        Raises SearchError for what is no month, one that is over, or one so far away that nothing is planned for it.
        """
        this = cls.of(today)
        if not text:
            return this
        year, dash, number = text.partition("-")
        if not (dash and len(year) == 4 and len(number) == 2 and text.isascii()):
            raise _no_month(text)
        if not (year.isdigit() and number.isdigit() and 1 <= int(number) <= 12):
            raise _no_month(text)
        month = cls(int(year), int(number))
        if not 0 <= month.since(this) <= MONTHS_AHEAD:
            raise SearchError(_("The calendar shows this month and the two years after it."), 404)
        return month

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"

    @property
    def first_day(self) -> datetime.date:
        return datetime.date(self.year, self.number, 1)

    @property
    def last_day(self) -> datetime.date:
        return datetime.date(self.year, self.number, calendar.monthrange(self.year, self.number)[1])

    @property
    def name(self) -> str:
        """ "July 2027" in the active language."""
        return date_format(self.first_day, "YEAR_MONTH_FORMAT")

    def since(self, other: Self) -> int:
        """How many months later than `other`."""
        return (self.year - other.year) * 12 + self.number - other.number

    def plus(self, months: int) -> Self:
        ahead = self.year * 12 + self.number - 1 + months
        return type(self)(ahead // 12, ahead % 12 + 1)


def _no_month(text: str) -> SearchError:
    return SearchError(_("“%(text)s” is no month. Write it like 2027-07.") % {"text": text[:20]}, 400)


class Entry(NamedTuple):
    """An event in the grid."""

    title: str
    slug: str
    starts_at: datetime.datetime
    time_zone: str

    @property
    def url(self) -> str:
        """The address of the event's page; slugs need no escaping (constraint event_slug_form)."""
        return f"/events/{self.slug}/"


@dataclass(frozen=True)
class Day:
    """A square of the grid; one of the months beside it has nothing in it. `more` are those not shown."""

    date: datetime.date
    is_of_month: bool
    entries: tuple[Entry, ...] = ()
    more: int = 0


# The day of an event is that on its own clocks.
_OF_MONTH = """
WITH day_of AS (
    SELECT id, title, slug, starts_at, time_zone, (starts_at AT TIME ZONE time_zone)::date AS day
    FROM events_event
    WHERE state = 'approved' AND is_listed AND ends_at > %(now)s
    AND starts_at >= (%(first)s::timestamp AT TIME ZONE 'UTC') - interval '14 hours'
    AND starts_at < (%(last)s::timestamp AT TIME ZONE 'UTC') + interval '36 hours'
    {conditions}
), numbered AS (
    SELECT *, row_number() OVER (PARTITION BY day ORDER BY starts_at, id) AS number, count(*) OVER (PARTITION BY day)
    FROM day_of WHERE day BETWEEN %(first)s AND %(last)s
)
SELECT day, count, title, slug, starts_at, time_zone FROM numbered WHERE number <= %(shown)s ORDER BY day, number
"""
_OF_KIND = "AND kind = %(kind)s"
_IS_ONLINE = "format IN ('online', 'hybrid')"
_IS_NEAR = """(
    format <> 'online'
    AND position <@ cube_enlarge(places_position(%(latitude)s, %(longitude)s), %(metres)s, 3)
    AND position <-> places_position(%(latitude)s, %(longitude)s) <= %(metres)s
)"""


def weeks_of(
    month: Month, place: Place | None, filters: Filters, *, online: bool, now: datetime.datetime
) -> list[list[Day]]:
    """The weeks of `month`, Sunday to Saturday, with the events that are still to come. One query.

    Those within `filters.within` miles of `place` (50 where it says nothing), with `online` those online as well;
    without a place all of them, with `online` only those online.
    """
    found = _events_by_day(month, place, filters, online=online, now=now)
    weeks = calendar.Calendar(calendar.SUNDAY).monthdatescalendar(month.year, month.number)
    return [[_day(date, month, found) for date in week] for week in weeks]


def _day(date: datetime.date, month: Month, found: Mapping[datetime.date, tuple[int, list[Entry]]]) -> Day:
    count, entries = found.get(date, (0, []))
    return Day(date, date.month == month.number, tuple(entries), count - len(entries))


def _events_by_day(
    month: Month, place: Place | None, filters: Filters, *, online: bool, now: datetime.datetime
) -> dict[datetime.date, tuple[int, list[Entry]]]:
    """For each day how many events it has, and the first of them."""
    values: dict[str, Any] = {
        "now": now,
        "first": month.first_day,
        "last": month.last_day,
        "kind": filters.kind,
        "shown": A_DAY_SHOWS,
    }
    wanted = [_IS_ONLINE] if online else []
    if place:
        wanted.append(_IS_NEAR)
        values |= {
            "latitude": place.latitude,
            "longitude": place.longitude,
            "metres": chord_from_miles(filters.within or NEARBY_MILES),
        }
    conditions = f"{_OF_KIND if filters.kind else ''} {f'AND ({" OR ".join(wanted)})' if wanted else ''}"
    found: dict[datetime.date, tuple[int, list[Entry]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_OF_MONTH.format(conditions=conditions), values)
        for day, count, *entry in cursor.fetchall():
            found.setdefault(day, (count, []))[1].append(Entry(*entry))
    return found
