"""Events as a calendar file (RFC 5545), with the rules of their time zones.

A series is given as its single events, each with a UID of its own and without RECURRENCE-ID: each date is a row that
moves, fills up and is cancelled by itself, so an RRULE would have to be mended by an exception for each of them, and
what clients do with many exceptions differs. `affiliates.call_calendar` stays apart: a call has no place, no page and
no hosts of its own, and all the two have in common is what icalendar does.
"""

import datetime
import hashlib
from collections.abc import Callable, Iterable
from functools import lru_cache
from urllib.parse import urlsplit

import icalendar
from django.conf import settings
from django.utils.translation import gettext as _

from .models import Event, EventState

REFRESH = datetime.timedelta(hours=4)
"""How often a subscriber should read a feed anew (RFC 7986, 5.7)."""


def calendar_of(
    events: Iterable[Event],
    *,
    name: str,
    shows_way_in: Callable[[Event], bool],
    now: datetime.datetime,
    is_tentative: Callable[[Event], bool] = lambda _event: False,
) -> bytes:
    """The file of `events` (with their groups), called `name`.

    The exact address and the join link of an event that keeps them from the public are in it only where
    `shows_way_in(event)`. `is_tentative` tells those that the reader has not promised to come to. A later file takes
    the place of an earlier one in people's calendars: same UID, and a SEQUENCE that is no lower.
    """
    listed = list(events)
    calendar = icalendar.Calendar()
    calendar.add("prodid", f"-//{settings.NETWORK_NAME}//events//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", f"PT{REFRESH // datetime.timedelta(hours=1)}H")
    for zone in sorted({event.time_zone for event in listed}):
        own = [event for event in listed if event.time_zone == zone]
        first, last = min(event.starts_at for event in own), max(event.ends_at for event in own)
        if zone != "UTC":
            calendar.add_component(_zone_rules(zone, first.year - 1, last.year + 1))
    for event in listed:
        calendar.add_component(
            _entry(event, shows_way_in=shows_way_in(event), is_tentative=is_tentative(event), now=now)
        )
    return bytes(calendar.to_ical())


def etag_of(calendar: bytes) -> str:
    """The ETag of a calendar file: the same as long as it says the same, whenever it was made."""
    lines = (line for line in calendar.split(b"\r\n") if not line.startswith(b"DTSTAMP"))
    return f'"{hashlib.sha256(b"\n".join(lines)).hexdigest()[:32]}"'


def uid_of(event: Event) -> str:
    """What tells an event from all others in the world's calendars, for as long as it exists."""
    return f"event-{event.pk}@{urlsplit(settings.SITE_URL).hostname}"


# Finding when clocks are changed takes longer than writing the whole file.
@lru_cache(maxsize=512)
def _zone_rules(zone: str, first_year: int, last_year: int) -> icalendar.Timezone:
    """The VTIMEZONE that holds from the beginning of one year to the end of another."""
    return icalendar.Timezone.from_tzid(
        zone, first_date=datetime.date(first_year, 1, 1), last_date=datetime.date(last_year, 12, 31)
    )


def _entry(event: Event, *, shows_way_in: bool, is_tentative: bool, now: datetime.datetime) -> icalendar.Event:
    address = f"{settings.SITE_URL}{event.get_absolute_url()}"
    entry = icalendar.Event()
    entry.add("uid", uid_of(event))
    # Of two with the same SEQUENCE clients keep the one with the later stamp: a corrected text arrives, too.
    entry.add("dtstamp", now)
    entry.add("sequence", event.sequence)
    entry.add("dtstart", event.local_start)
    entry.add("dtend", event.local_end)
    entry.add("summary", event.title)
    entry.add("status", _status(event, is_tentative=is_tentative))
    entry.add("url", address)
    entry.add("categories", [event.get_kind_display()])
    if where := _where(event, shows_way_in=shows_way_in):
        entry.add("location", where)
    if event.has_venue and event.point and (event.is_address_public or shows_way_in):
        entry.add("geo", event.point)
    entry.add("description", "\n\n".join([*_words(event, shows_way_in=shows_way_in), address]))
    return entry


def _status(event: Event, *, is_tentative: bool) -> str:
    if event.state == EventState.CANCELLED:
        return "CANCELLED"
    return "TENTATIVE" if is_tentative else "CONFIRMED"


def _where(event: Event, *, shows_way_in: bool) -> str:
    """The venue as far as the reader may know it; of an event that is online only, the link."""
    if event.has_venue:
        exact = (event.venue_name, event.address) if event.is_address_public or shows_way_in else ()
        return ", ".join(part for part in (*exact, event.place_name) if part)
    return event.join_link if event.is_link_public or shows_way_in else ""


def _words(event: Event, *, shows_way_in: bool) -> list[str]:
    words = []
    if event.state == EventState.CANCELLED:
        words.append(_("This event is cancelled. %(why)s") % {"why": event.cancelled_because})
    if event.about:
        words.append(event.about)
    words.append(_("Held by %(host)s.") % {"host": event.group.name if event.group else settings.NETWORK_NAME})
    if event.is_online and (event.is_link_public or shows_way_in):
        words += [part for part in (event.join_link, event.join_words) if part]
    hides_address = event.has_venue and not event.is_address_public
    hides_link = event.is_online and not event.is_link_public
    if not shows_way_in and (hides_address or hides_link):
        words.append(_("Answer on the event’s page to see exactly where it is, or how to join."))
    return words
