"""When a poll closes, in words: on the clocks of a zone, which is named."""

import datetime
from functools import cache
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.utils.formats import date_format

from affiliates.call_times import US_ZONES, day_of, zone_in_words
from foundation.places.models import ZipCode

from .models import Poll, Race


def zone_of(race: Race) -> str:
    """The zone of most ZIP codes of the race's state; of a race without a state, the first of the United States."""
    return _zone_of_state(race.state) if race.state else US_ZONES[0]


@cache
def _zone_of_state(state: str) -> str:
    zones = ZipCode.objects.filter(state=state).exclude(time_zone="").values_list("time_zone")
    most = zones.annotate(number=Count("pk")).order_by("-number", "time_zone").first()
    return most[0] if most else US_ZONES[0]


def moment_in_words(moment: datetime.datetime, zone: str) -> str:
    """ "Tuesday, July 14, 2026, 6:30 p.m. EDT" in `zone`; where its clocks have no letters, "…, Sao Paulo time"."""
    local = moment.astimezone(ZoneInfo(zone))
    letters = local.tzname() or ""
    clock = date_format(local, "TIME_FORMAT")
    named = f"{clock} {letters}" if letters.isalpha() else f"{clock}, {zone_in_words(zone, moment)}"
    return f"{day_of(moment, zone)}, {named}"


def closing_in_words(poll: Poll, zone: str = "") -> str:
    """When `poll` closes or closed, in `zone`; by default in that of its race."""
    return moment_in_words(poll.closes_at, zone or zone_of(poll.race))
