"""When a series happens: RFC 5545 recurrence rules in, dates out. All pure.

Dates are local times of the series' zone: a meeting at seven stays at seven when the clocks are changed.
"""

import calendar
import datetime
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dateutil.rrule import rrulestr
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from .plan_times import SkippedTimeError, local_time, moment_at

MOST_DATES = 60
MOST_MONTHS = 18

_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
# An event has one time of day: rules that set hours are not ours.
_PARTS = {
    "FREQ",
    "INTERVAL",
    "COUNT",
    "UNTIL",
    "BYDAY",
    "BYMONTHDAY",
    "BYMONTH",
    "BYSETPOS",
    "BYWEEKNO",
    "BYYEARDAY",
    "WKST",
}
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class RepeatError(ValueError):
    """The rule makes no series that we can hold; the message, for the reader, says why."""


class Every(StrEnum):
    """How often, as people say it."""

    DAY = "day"
    WEEK = "week"
    TWO_WEEKS = "two_weeks"
    MONTH = "month"


@dataclass(frozen=True)
class Repeat:
    """A series as a host describes it. It ends with `until`, the last day that may be one, or after `count` dates."""

    every: Every
    until: datetime.date | None = None
    count: int | None = None


def rule_of(repeat: Repeat, first: datetime.datetime, zone: str) -> str:
    """The RFC 5545 rule for what a host describes; `first` is the local time of the first date.

    "Every month" is the same weekday of the month: after the second Tuesday the second one, after a fifth the last.
    Raises RepeatError where it says no end.
    """
    parts = {
        Every.DAY: "FREQ=DAILY",
        Every.WEEK: "FREQ=WEEKLY",
        Every.TWO_WEEKS: "FREQ=WEEKLY;INTERVAL=2",
        Every.MONTH: f"FREQ=MONTHLY;BYDAY={_nth_weekday(first)}",
    }[repeat.every]
    if repeat.count:
        return f"{parts};COUNT={repeat.count}"
    if repeat.until:
        return f"{parts};UNTIL={_end_of(repeat.until, zone):%Y%m%dT%H%M%SZ}"
    raise RepeatError(_("Say when the series ends."))


def _nth_weekday(day: datetime.datetime) -> str:
    nth = (day.day - 1) // 7 + 1
    return f"{nth if nth < 5 else -1}{_DAYS[day.weekday()]}"


def _end_of(day: datetime.date, zone: str) -> datetime.datetime:
    """The last second of a day in UTC, in which RFC 5545 wants UNTIL for a series with a zone."""
    last = datetime.datetime.combine(day, datetime.time(23, 59, 59))
    return moment_at(last, zone, is_second=True)


def dates_of(
    rule: str, first: datetime.datetime, zone: str, *, left_out: Collection[datetime.datetime] = ()
) -> list[datetime.datetime]:
    """All dates of a rule that begins at the local time `first`, without those `left_out`; local times, in order.

    `rule` is an RRULE value such as "FREQ=WEEKLY;COUNT=8". Raises RepeatError for one that has no end, has more than
    60 dates or goes on for more than 18 months, leaves out its own first date, or is no rule.
    """
    parts = _parts_of(rule)
    last_possible = _months_later(first, MOST_MONTHS)
    count, until = _count_of(parts), _until_of(parts, zone)
    if count is None and until is None:
        raise RepeatError(_("A series has to come to an end."))
    if count and count > MOST_DATES:
        raise RepeatError(_too_many())
    found = _dates_until(parts, first, min(until or last_possible, last_possible), count or MOST_DATES + 1)
    if not found or found[0] != first:
        raise RepeatError(_("The first date is none of the dates of the series."))
    if len(found) > MOST_DATES:
        raise RepeatError(_too_many())
    if (count and len(found) < count) or (until and until > last_possible):
        raise RepeatError(_("A series goes on for 18 months at most. End it earlier; you can begin another one then."))
    return [date for date in found if date not in set(left_out)]


def _too_many() -> str:
    return _("A series has 60 dates at most. End it earlier; you can begin another one then.")


def _parts_of(rule: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in rule.upper().split(";") if part]
    parts = {name: value for name, _equals, value in pairs}
    is_ours = len(parts) == len(pairs) and set(parts) <= _PARTS and parts.get("FREQ") in _FREQUENCIES
    # An interval of 0 would be the same date for ever; a line break, a second rule.
    is_plain = re.fullmatch(r"[A-Z0-9=;,+-]+", rule.upper()) and re.fullmatch(
        r"[1-9][0-9]{0,2}", parts.get("INTERVAL", "1")
    )
    if not is_ours or not is_plain or ("COUNT" in parts and "UNTIL" in parts):
        raise RepeatError(_not_understood())
    return parts


def _not_understood() -> str:
    return _("This rule cannot be understood.")


def _count_of(parts: dict[str, str]) -> int | None:
    if "COUNT" not in parts:
        return None
    if not re.fullmatch(r"[0-9]{1,4}", parts["COUNT"]) or int(parts["COUNT"]) == 0:
        raise RepeatError(_not_understood())
    return int(parts["COUNT"])


def _until_of(parts: dict[str, str], zone: str) -> datetime.datetime | None:
    """The last local time that may be a date. UNTIL is a moment in UTC or, without a time, a day."""
    if "UNTIL" not in parts:
        return None
    try:
        if "T" in parts["UNTIL"]:
            moment = datetime.datetime.strptime(parts["UNTIL"], "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.UTC)
            return local_time(moment, zone)
        day = datetime.datetime.strptime(parts["UNTIL"], "%Y%m%d").replace(tzinfo=datetime.UTC).date()
    except (ValueError, OverflowError) as error:
        raise RepeatError(_not_understood()) from error
    return datetime.datetime.combine(day, datetime.time.max)


def _dates_until(
    parts: dict[str, str], first: datetime.datetime, last: datetime.datetime, most: int
) -> list[datetime.datetime]:
    """At most `most` dates up to `last`. The end is always given, so that no rule is searched for ever."""
    if last < first:
        return []
    kept = ";".join(f"{name}={value}" for name, value in parts.items() if name not in {"COUNT", "UNTIL"})
    try:
        found = rrulestr(f"{kept};UNTIL={last:%Y%m%dT%H%M%S}", dtstart=first)
        # dateutil counts in whole seconds, as RFC 5545 does.
        return [date.replace(microsecond=first.microsecond) for date, _n in zip(found, range(most), strict=False)]
    except (ValueError, TypeError, OverflowError) as error:
        raise RepeatError(_not_understood()) from error


def _months_later(first: datetime.datetime, months: int) -> datetime.datetime:
    """The end of the same day so many months later; of the month's last day where it has none of that number."""
    year, month = divmod(first.month - 1 + months, 12)
    year, month = first.year + year, month + 1
    day = min(first.day, calendar.monthrange(year, month)[1])
    return datetime.datetime.combine(datetime.date(year, month, day), datetime.time.max)


def moments_of(
    dates: Sequence[datetime.datetime], length: datetime.timedelta, zone: str
) -> list[tuple[datetime.datetime, datetime.datetime]]:
    """Begin and end (UTC) of each local date. `length` is that between the clocks' times, whatever the clocks do.

    Raises RepeatError, naming the day, where the clocks are put forward over one of them. Of two moments with the same
    time it takes the first, for the end where that is later than the beginning.
    """
    return [(_moment(date, zone), _end(date, length, zone)) for date in dates]


def _moment(local: datetime.datetime, zone: str) -> datetime.datetime:
    try:
        return moment_at(local, zone)
    except SkippedTimeError as error:
        shown = {"day": date_format(local, "DATE_FORMAT"), "time": date_format(local, "TIME_FORMAT")}
        raise RepeatError(
            _("On %(day)s there is no %(time)s: the clocks are put forward over it. Leave that day out.") % shown
        ) from error


def _end(date: datetime.datetime, length: datetime.timedelta, zone: str) -> datetime.datetime:
    end = _moment(date + length, zone)
    return end if end > _moment(date, zone) else moment_at(date + length, zone, is_second=True)
