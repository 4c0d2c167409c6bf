"""When elections are, and how far off."""

import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def general_election_day(year: int) -> datetime.date:
    """The Tuesday after the first Monday of November (2 U.S.C. § 7 for federal offices; the states follow it)."""
    first = datetime.date(year, 11, 1)
    first_monday = first + datetime.timedelta(days=-first.weekday() % 7)
    return first_monday + datetime.timedelta(days=1)


def days_left(day: datetime.date | None, today: datetime.date) -> int | None:
    """Whole days from `today` to `day`: 0 on the day itself, None for one that is past or not known."""
    return (day - today).days if day and day >= today else None


def days_left_in_words(day: datetime.date | None, today: datetime.date) -> str:
    """ "today", "tomorrow", "in 12 days", "past"; "" for a day that nobody knows."""
    if day is None:
        return ""
    left = days_left(day, today)
    if left is None:
        return _("past")
    if left == 0:
        return _("today")
    if left == 1:
        return _("tomorrow")
    return ngettext("in %(count)d day", "in %(count)d days", left) % {"count": left}
