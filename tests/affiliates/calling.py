"""Calls, regions and people for the tests of calls."""

import datetime
from typing import Any

from affiliates.calls import CallPlan
from affiliates.models import Call, CallKind, Region, RegionPart
from foundation.mail.models import OutgoingMail

NOW = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)
STARTS = datetime.datetime(2026, 6, 10, 0, tzinfo=datetime.UTC)  # June 9, 8 p.m. in New York
HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)
LINK = "https://calls.example.org/one"


def make_plan(starts_at: datetime.datetime = STARTS, **fields: Any) -> CallPlan:
    """What staff say of a call of one hour."""
    values: dict[str, Any] = {
        "starts_at": starts_at,
        "ends_at": starts_at + HOUR,
        "time_zone": "America/New_York",
        "language": "en",
        "join_link": LINK,
    }
    return CallPlan(**{**values, **fields})


def make_call(starts_at: datetime.datetime = STARTS, *, region: Region | None = None, **fields: Any) -> Call:
    """A call as a row: nobody is told of it."""
    values: dict[str, Any] = {
        "kind": CallKind.REGIONAL if region else CallKind.ORGANIZING,
        "region": region,
        "starts_at": starts_at,
        "ends_at": starts_at + HOUR,
        "time_zone": "America/New_York",
        "join_link": LINK,
        "created_at": NOW,
    }
    return Call.objects.create(**{**values, **fields})


def make_region(name: str = "Northeast", *states: str, **fields: Any) -> Region:
    """A region of these states, of Massachusetts where none is named."""
    region = Region.objects.create(name=name, slug=name.lower().replace(" ", "-"), **fields)
    RegionPart.objects.bulk_create(RegionPart(region=region, state=state) for state in states or ("MA",))
    return region


def mails(purpose: str) -> list[OutgoingMail]:
    """The queued mails of this purpose, in the order of their addresses."""
    return list(OutgoingMail.objects.filter(purpose=purpose).order_by("to_email", "pk"))


def unlocked(call: Call) -> Call:
    """What the calls' `_lock` does, without the lock: the control of a race."""
    return Call.objects.select_related("region", "host").get(pk=call.pk)
