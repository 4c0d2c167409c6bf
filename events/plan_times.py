"""From what the clocks of a place show to moments: the hour that daylight saving skips, and the one that it repeats.

The clocks are always those of the event's zone. A local time is naive, a moment is aware and in UTC.
"""

import datetime
from zoneinfo import ZoneInfo

from affiliates.call_times import SkippedTimeError

__all__ = ["SkippedTimeError", "is_repeated", "is_second", "local_time", "moment_at"]


def moment_at(local: datetime.datetime, zone: str, *, is_second: bool = False) -> datetime.datetime:
    """The moment at which the clocks of `zone` show `local`.

    Where they are put back they show it twice: that is the first moment, or with `is_second` the second. Raises
    SkippedTimeError where they are put forward over it.
    """
    there = local.replace(tzinfo=ZoneInfo(zone), fold=int(is_second))
    moment = there.astimezone(datetime.UTC)
    if local_time(moment, zone) != local:
        raise SkippedTimeError
    return moment


def is_repeated(local: datetime.datetime, zone: str) -> bool:
    """Do the clocks of `zone` show `local` twice?"""
    first, second = (local.replace(tzinfo=ZoneInfo(zone), fold=fold).utcoffset() for fold in (0, 1))
    # Over a skipped time the offsets differ as well, the other way round.
    return first is not None and second is not None and first > second


def is_second(moment: datetime.datetime, zone: str) -> bool:
    """Is this the second of the two moments at which the clocks of `zone` show the same?"""
    return moment.astimezone(ZoneInfo(zone)).fold == 1


def local_time(moment: datetime.datetime, zone: str) -> datetime.datetime:
    """What the clocks of `zone` show at `moment`."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
