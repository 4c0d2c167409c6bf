"""The hours at which a promotion may begin to go out: by day, on the clocks of where its event is held. All pure."""

import datetime
from zoneinfo import ZoneInfo

FIRST_HOUR, LAST_HOUR = 9, 20
"""From nine in the morning to eight in the evening, on every day of the week."""


def is_sending_hour(moment: datetime.datetime, zone: str) -> bool:
    """May a promotion begin to go out at `moment` (UTC) to people around a venue in `zone`?"""
    return FIRST_HOUR <= moment.astimezone(ZoneInfo(zone)).hour < LAST_HOUR


def next_sending_moment(moment: datetime.datetime, zone: str) -> datetime.datetime:
    """The first moment from `moment` on, in UTC, at which a promotion may begin to go out."""
    if is_sending_hour(moment, zone):
        return moment
    local = moment.astimezone(ZoneInfo(zone))
    day = local.date() + datetime.timedelta(days=local.hour >= LAST_HOUR)
    # No zone puts its clocks forward over nine in the morning, so this hour is there on every day.
    opens = datetime.datetime.combine(day, datetime.time(FIRST_HOUR), tzinfo=ZoneInfo(zone))
    return opens.astimezone(datetime.UTC)
