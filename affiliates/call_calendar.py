"""A call as a calendar file (RFC 5545), with the rules of its time zone."""

import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from .models import Call


def calendar_of(call: Call, *, shows_way_in: bool, now: datetime.datetime) -> bytes:
    """The file. The link to join is in it only where `shows_way_in`.

    A later file of the same call takes the place of an earlier one in people's calendars: same UID, higher SEQUENCE.
    """
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.NETWORK_NAME}//calls//EN")
    calendar.add("version", "2.0")
    calendar.add_component(_event(call, shows_way_in=shows_way_in, now=now))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _event(call: Call, *, shows_way_in: bool, now: datetime.datetime) -> Event:
    zone = ZoneInfo(call.time_zone)
    event = Event()
    event.add("uid", f"call-{call.pk}@{urlsplit(settings.SITE_URL).hostname}")
    event.add("dtstamp", now)
    event.add("sequence", call.revision)
    event.add("dtstart", call.starts_at.astimezone(zone))
    event.add("dtend", call.ends_at.astimezone(zone))
    event.add("summary", call.title)
    event.add("status", "CANCELLED" if call.cancelled_at else "CONFIRMED")
    if shows_way_in:
        event.add("url", call.join_link)
        event.add("location", call.join_link)
        if call.join_words:
            event.add("description", call.join_words)
    else:
        event.add("description", _("Sign up for the call to see how to join."))
    return event
