"""When an event is, in words: on the clocks of its own zone, which is named. All pure."""

import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from affiliates.call_times import zone_in_words


def clock_in_words(moment: datetime.datetime, zone: str) -> str:
    """ "6:30 p.m. EDT" in `zone`; where its clocks have no letters, "6:30 p.m., Sao Paulo time"."""
    local = moment.astimezone(ZoneInfo(zone))
    time = date_format(local, "TIME_FORMAT")
    letters = local.tzname() or ""
    return f"{time} {letters}" if letters.isalpha() else f"{time}, {zone_in_words(zone, moment)}"


def day_in_words(moment: datetime.datetime, zone: str) -> str:
    """ "Tuesday, July 14, 2026" in `zone`."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{date_format(local, 'l')}, {date_format(local, 'DATE_FORMAT')}"


def short_day_in_words(moment: datetime.datetime, zone: str) -> str:
    """ "Tuesday, July 14" in `zone`: for what is soon."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{date_format(local, 'l')}, {date_format(local, 'MONTH_DAY_FORMAT')}"


def start_in_words(moment: datetime.datetime, zone: str, now: datetime.datetime) -> str:
    """Day and hour at which something begins, with the year only where it is not this one."""
    is_this_year = moment.astimezone(ZoneInfo(zone)).year == now.astimezone(ZoneInfo(zone)).year
    day = short_day_in_words(moment, zone) if is_this_year else day_in_words(moment, zone)
    return f"{day}, {clock_in_words(moment, zone)}"


def when_in_words(starts_at: datetime.datetime, ends_at: datetime.datetime, zone: str) -> str:
    """Day and hours, "Tuesday, July 14, 2026, 6:30 p.m. – 8 p.m. EDT"; both days where it ends on another one."""
    first, last = starts_at.astimezone(ZoneInfo(zone)), ends_at.astimezone(ZoneInfo(zone))
    begin = f"{day_in_words(starts_at, zone)}, {date_format(first, 'TIME_FORMAT')}"
    end = clock_in_words(ends_at, zone)
    # A night that goes on past midnight is still one evening to those who come.
    if last.date() == first.date() or ends_at - starts_at < datetime.timedelta(hours=12):
        return f"{begin} – {end}"
    return _("%(begin)s to %(end)s") % {"begin": begin, "end": f"{day_in_words(ends_at, zone)}, {end}"}
