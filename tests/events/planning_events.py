"""Plans of events for tests."""

import datetime
from typing import Any

from events.models import EventFormat, EventKind
from events.planning import EventPlan
from foundation.accounts.models import User
from tests.factories import make_contact, make_group

NEW_YORK = "America/New_York"
NOW = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)
STARTS = datetime.datetime(2026, 6, 9, 22, 30, tzinfo=datetime.UTC)  # Tuesday, June 9, 6:30 p.m. in New York
HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)
CAMBRIDGE: dict[str, Any] = {
    "venue_name": "Public library",
    "address": "449 Broadway",
    "country": "US",
    "state_code": "MA",
    "zip_code_id": "02139",
    "place_name": "Cambridge, MA",
    "latitude": 42.3642,
    "longitude": -71.1040,
}


def on_clocks(shown: str) -> datetime.datetime:
    """A local time, such as "2026-06-09 18:30"."""
    return datetime.datetime.fromisoformat(shown)


def make_plan(starts_at: datetime.datetime = STARTS, **fields: Any) -> EventPlan:
    """A meeting of two hours in a library in Cambridge."""
    values: dict[str, Any] = {
        "title": "Monthly meeting",
        "kind": EventKind.MEETING,
        "starts_at": starts_at,
        "ends_at": starts_at + 2 * HOUR,
        "time_zone": NEW_YORK,
        **CAMBRIDGE,
    }
    return EventPlan(**{**values, **fields})


def make_online_plan(starts_at: datetime.datetime = STARTS, **fields: Any) -> EventPlan:
    """A call of two hours."""
    values: dict[str, Any] = {
        "title": "Evening call",
        "kind": EventKind.CALL,
        "format": EventFormat.ONLINE,
        "starts_at": starts_at,
        "ends_at": starts_at + 2 * HOUR,
        "time_zone": NEW_YORK,
        "join_link": "https://calls.example.org/one",
    }
    return EventPlan(**{**values, **fields})


def make_host() -> User:
    """A contact of a group in force."""
    return make_contact(make_group())
