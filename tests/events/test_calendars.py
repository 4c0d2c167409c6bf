"""Calendar files, as icalendar and recurring_ical_events read them."""

import datetime
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
from django.test import override_settings

from events.calendars import calendar_of, etag_of, uid_of
from events.models import Event, EventFormat, EventState
from tests.factories import make_group

from .making import NOW, make_event

pytestmark = pytest.mark.django_db
LINK = "https://meet.example.org/tuesday"
NEW_YORK = ZoneInfo("America/New_York")


def file_of(
    events: Iterable[Event],
    *,
    shows_way_in: bool = False,
    now: datetime.datetime = NOW,
    is_tentative: bool = False,
) -> bytes:
    return calendar_of(
        events,
        name="Events near 02139",
        shows_way_in=lambda _event: shows_way_in,
        is_tentative=lambda _event: is_tentative,
        now=now,
    )


def entry_of(event: Event, **asked: Any) -> Any:
    """The only entry of the event's file."""
    (entry,) = icalendar.Calendar.from_ical(file_of([event], **asked)).events
    return entry


def evening(year: int, month: int, day: int, zone: str = "America/New_York") -> datetime.datetime:
    """Half past six in the evening there."""
    return datetime.datetime(year, month, day, 18, 30, tzinfo=ZoneInfo(zone)).astimezone(datetime.UTC)


def test_local_times_stay_over_a_change_of_the_clocks() -> None:
    before, after = evening(2026, 10, 30), evening(2026, 11, 6)  # the clocks are put back on November 1
    assert after - before == datetime.timedelta(days=7, hours=1)
    west = evening(2026, 11, 6, "America/Los_Angeles")
    events = [make_event(starts_at=before), make_event(starts_at=after), make_event(starts_at=west, near="94103")]
    calendar = icalendar.Calendar.from_ical(file_of(events))
    found = recurring_ical_events.of(calendar).between((2026, 10, 25), (2026, 11, 15))
    starts = [entry["DTSTART"].dt for entry in found]
    assert [start.strftime("%H:%M") for start in starts] == ["18:30"] * 3
    assert sorted(start.astimezone(datetime.UTC) for start in starts) == sorted([before, after, west])
    assert {entry["DTSTART"].params["TZID"] for entry in found} == {"America/New_York", "America/Los_Angeles"}


def test_the_rules_of_a_zone_in_the_file_agree_with_the_zone_itself() -> None:
    """A client that does not know the zone by its name goes by the VTIMEZONE alone."""
    starts = [evening(2026, month, 15) for month in range(1, 13)]
    calendar = icalendar.Calendar.from_ical(file_of([make_event(starts_at=start) for start in starts]))
    (rules,) = calendar.walk("VTIMEZONE")
    assert isinstance(rules, icalendar.Timezone)
    own = rules.to_tz(lookup_tzid=False)
    for start in starts:
        local = start.astimezone(NEW_YORK)
        assert local.replace(tzinfo=own).utcoffset() == local.utcoffset()


def test_every_zone_has_its_rules_and_utc_needs_none() -> None:
    events = [make_event(), make_event(near="85001"), make_event(near="Toronto, Canada"), make_event(time_zone="UTC")]
    calendar = icalendar.Calendar.from_ical(file_of(events))
    zones = {str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")}
    assert zones == {"America/New_York", "America/Phoenix", "America/Toronto"}
    assert calendar.get_missing_tzids() == set()


def test_lines_end_in_crlf_and_are_folded_at_75_bytes() -> None:
    event = make_event(title="Ein langer Abend für alle, die ñandús mögen; und " * 2, about="Ή ελιά\n" * 100)
    body = file_of([event])
    assert body.count(b"\n") == body.count(b"\r\n")
    assert max(len(line) for line in body.split(b"\r\n")) <= 75
    assert str(entry_of(event)["SUMMARY"]) == event.title


def test_what_a_subscriber_is_told() -> None:
    calendar: Any = icalendar.Calendar.from_ical(file_of([make_event()]))
    assert str(calendar["X-WR-CALNAME"]) == "Events near 02139"
    assert calendar["REFRESH-INTERVAL"].dt == datetime.timedelta(hours=4)
    assert calendar["VERSION"] == "2.0"
    assert "METHOD" not in calendar  # it is no invitation
    assert list(icalendar.Calendar.from_ical(file_of([])).walk("VEVENT")) == []


def test_a_later_file_takes_the_place_of_an_earlier_one() -> None:
    event = make_event()
    first = entry_of(event)
    event.sequence = 3
    event.starts_at += datetime.timedelta(days=1)
    event.ends_at += datetime.timedelta(days=1)
    second = entry_of(event, now=NOW + datetime.timedelta(hours=1))
    assert first["UID"] == second["UID"] == uid_of(event)
    assert (int(first["SEQUENCE"]), int(second["SEQUENCE"])) == (0, 3)
    assert second["DTSTAMP"].dt > first["DTSTAMP"].dt


@override_settings(SITE_URL="https://network.example.org")
def test_uids_are_of_the_site_and_one_an_event() -> None:
    one, other = make_event(), make_event()
    assert uid_of(one).endswith("@network.example.org")
    assert uid_of(one) != uid_of(other)
    assert str(entry_of(one)["URL"]) == f"https://network.example.org{one.get_absolute_url()}"


def test_a_cancelled_event_says_so_and_why() -> None:
    event = make_event(
        state=EventState.CANCELLED, approved_at=NOW, cancelled_at=NOW, cancelled_because="The hall is flooded."
    )
    entry = entry_of(event)
    assert entry["STATUS"] == "CANCELLED"
    assert "The hall is flooded." in entry["DESCRIPTION"]


def test_who_has_not_promised_has_it_as_tentative() -> None:
    event = make_event()
    assert entry_of(event)["STATUS"] == "CONFIRMED"
    assert entry_of(event, is_tentative=True)["STATUS"] == "TENTATIVE"


def test_a_public_address_is_in_the_file() -> None:
    entry = entry_of(make_event())
    assert str(entry["LOCATION"]) == "Public library, 449 Broadway, Cambridge, MA"
    assert "GEO" in entry


def test_a_private_address_is_only_in_the_file_of_those_who_may_see_it() -> None:
    event = make_event(is_address_public=False)
    public = entry_of(event)
    assert str(public["LOCATION"]) == "Cambridge, MA"
    assert "GEO" not in public
    assert "Answer on the event’s page" in public["DESCRIPTION"]
    assert "449 Broadway" not in file_of([event]).decode()
    own = entry_of(event, shows_way_in=True)
    assert str(own["LOCATION"]) == "Public library, 449 Broadway, Cambridge, MA"
    assert "GEO" in own
    assert "Answer on the event’s page" not in own["DESCRIPTION"]


@pytest.mark.parametrize("format_", [EventFormat.ONLINE, EventFormat.HYBRID])
def test_a_join_link_is_only_in_the_file_of_those_who_may_see_it(format_: EventFormat) -> None:
    event = make_event(format=format_, join_link=LINK, join_words="Or call 555 0100")
    assert LINK not in file_of([event]).decode()
    assert "555 0100" not in file_of([event]).decode()
    own = entry_of(event, shows_way_in=True)
    assert LINK in own["DESCRIPTION"]
    assert "555 0100" in own["DESCRIPTION"]
    assert str(own["LOCATION"]) == (
        LINK if format_ == EventFormat.ONLINE else "Public library, 449 Broadway, Cambridge, MA"
    )
    event.is_link_public = True
    assert LINK in entry_of(event)["DESCRIPTION"]


def test_a_link_left_over_at_an_event_that_is_no_longer_online_is_in_no_file() -> None:
    event = make_event(join_link=LINK, is_link_public=True)
    assert LINK not in file_of([event], shows_way_in=True).decode()


def test_the_dates_of_a_series_are_single_events() -> None:
    group = make_group()
    events = [make_event(group=group, starts_at=evening(2026, 6, day)) for day in (2, 9, 16)]
    body = file_of(events)
    assert b"RRULE" not in body.split(b"BEGIN:VEVENT", 1)[1]
    assert b"RECURRENCE-ID" not in body
    assert len(recurring_ical_events.of(icalendar.Calendar.from_ical(body)).between((2026, 6, 1), (2026, 7, 1))) == 3


def test_the_etag_is_of_what_it_says_and_not_of_when_it_was_made() -> None:
    event = make_event()
    first, later = file_of([event]), file_of([event], now=NOW + datetime.timedelta(days=1))
    assert first != later
    assert etag_of(first) == etag_of(later)
    event.about = "More words"
    assert etag_of(file_of([event])) != etag_of(first)
