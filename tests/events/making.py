"""Events and answers for tests."""

import datetime
from itertools import count
from typing import Any

from affiliates.models import Group
from events.models import Event, EventKind, EventState, Rsvp, RsvpState
from foundation.places.search import find_place
from members.models import Person
from members.people import Contact, take_in

_numbers = count(1)
NOW = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)
TOMORROW = datetime.timedelta(days=1)


def make_event(
    group: Group | None = None, *, near: str = "02139", now: datetime.datetime = NOW, **fields: Any
) -> Event:
    """An approved meeting tomorrow for two hours, in a place that the search knows; national without a group."""
    number, place = next(_numbers), find_place(near)
    starts_at = fields.pop("starts_at", now + TOMORROW)
    values: dict[str, Any] = {
        "slug": f"event-{number}",
        "group": group,
        "kind": EventKind.MEETING,
        "title": f"Meeting {number}",
        "starts_at": starts_at,
        "ends_at": starts_at + datetime.timedelta(hours=2),
        "time_zone": place.time_zone,
        "venue_name": "Public library",
        "address": "449 Broadway",
        "country": place.country,
        "state_code": place.state,
        "zip_code_id": place.zip_code or None,
        "place_name": place.name,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "state": EventState.APPROVED,
        "approved_at": now - TOMORROW if fields.get("state", EventState.APPROVED) == EventState.APPROVED else None,
        "created_at": now - TOMORROW,
    }
    event = Event.objects.create(**{**values, **fields})
    event.refresh_from_db()
    return event


def make_guest(email: str = "", *, now: datetime.datetime = NOW, **fields: Any) -> Person:
    """A person whose address is their own."""
    contact = Contact(email=email or f"guest{next(_numbers)}@example.org", given_name="Grace", **fields)
    return take_in(contact=contact, is_own_act=True, now=now)


def make_rsvp(
    event: Event,
    person: Person | None = None,
    *,
    state: str = RsvpState.GOING,
    now: datetime.datetime = NOW,
    **fields: Any,
) -> Rsvp:
    """A confirmed answer."""
    values: dict[str, Any] = {
        "event": event,
        "person": person or make_guest(now=now),
        "state": state,
        "answered_at": now,
        "changed_at": now,
        "confirmed_at": now,
        "waiting_since": now if state == RsvpState.WAITING else None,
    }
    return Rsvp.objects.create(**{**values, **fields})
