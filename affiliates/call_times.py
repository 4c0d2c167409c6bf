"""When calls are: in the clocks of a zone, in words, and a month later. All pure."""

import calendar
import datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.utils.formats import date_format
from django.utils.translation import gettext as _

US_ZONES = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles",
    "America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico", "Pacific/Guam",
)  # fmt: skip
"""Offered first: one for each of the clocks of the United States."""

_REGIONS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


class SkippedTimeError(ValueError):
    """The clocks jump over this time: there is none such on that day."""


@cache
def other_zones() -> tuple[str, ...]:
    """All other IANA zones that are named for a place, by name; UTC last."""
    named = (zone for zone in available_timezones() if zone.partition("/")[0] in _REGIONS and zone not in US_ZONES)
    return (*sorted(named), "UTC")


def is_zone(name: str) -> bool:
    """Is this one of the zones that a call may be set in?"""
    return name in US_ZONES or name in other_zones()


def moment_in(zone: str, day: datetime.date, time: datetime.time) -> datetime.datetime:
    """The moment (UTC) at which the clocks of `zone` show this, the first of two where they are put back.

    Raises SkippedTimeError where they are put forward over it.
    """
    moment = datetime.datetime.combine(day, time, tzinfo=ZoneInfo(zone)).astimezone(datetime.UTC)
    if moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != datetime.datetime.combine(day, time):
        raise SkippedTimeError
    return moment


def a_month_later(moment: datetime.datetime, zone: str) -> datetime.datetime:
    """The same weekday of the next month at the same hour in `zone`: the second Tuesday is followed by the second.

    A fifth weekday is followed by the last one. Where the clocks jump over that hour it is an hour later.
    """
    here = moment.astimezone(ZoneInfo(zone))
    year, month = (here.year, here.month + 1) if here.month < 12 else (here.year + 1, 1)
    nth = (here.day - 1) // 7
    days = [week[here.weekday()] for week in calendar.monthcalendar(year, month) if week[here.weekday()]]
    day = datetime.date(year, month, days[nth] if nth < len(days) else days[-1])
    return datetime.datetime.combine(day, here.time(), tzinfo=ZoneInfo(zone)).astimezone(datetime.UTC)


def zone_in_words(zone: str, at: datetime.datetime) -> str:
    """ "New York time (EDT)": the place that a zone is named for and, where they have letters, its clocks at `at`."""
    if zone == "UTC":
        return "UTC"
    place = zone.rpartition("/")[2].replace("_", " ")
    letters = at.astimezone(ZoneInfo(zone)).tzname() or ""
    words = _("%(place)s time") % {"place": place}
    return f"{words} ({letters})" if letters.isalpha() else words


def day_of(moment: datetime.datetime, zone: str) -> str:
    """ "Tuesday, July 14, 2026" in `zone`, in the active language."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{date_format(local, 'l')}, {date_format(local, 'DATE_FORMAT')}"


def hours_of(starts_at: datetime.datetime, ends_at: datetime.datetime, zone: str) -> str:
    """ "8 p.m. – 9 p.m., New York time (EDT)" in the active language."""
    first, last = (date_format(moment.astimezone(ZoneInfo(zone)), "TIME_FORMAT") for moment in (starts_at, ends_at))
    return f"{first} – {last}, {zone_in_words(zone, starts_at)}"


def when_in_words(starts_at: datetime.datetime, ends_at: datetime.datetime, zone: str) -> str:
    """Day and hours in `zone`."""
    return f"{day_of(starts_at, zone)}, {hours_of(starts_at, ends_at, zone)}"


def have_same_clocks(one: str, other: str, at: datetime.datetime) -> bool:
    """Do the clocks of both zones show the same at this moment?"""
    return at.astimezone(ZoneInfo(one)).utcoffset() == at.astimezone(ZoneInfo(other)).utcoffset()
