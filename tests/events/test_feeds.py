"""The addresses of calendar feeds: what each holds, who may read it, and what is refused."""

import datetime
import re
from typing import Any

import icalendar
import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils.translation import get_language

from affiliates.models import GroupStatus
from events.calendars import calendar_of
from events.feeds import (
    MOST_EVENTS,
    FeedError,
    feed_of,
    feed_token,
    note_read,
    own_feed_address,
    renew_feed,
)
from events.models import CalendarFeed, Cohost, Event, EventFormat, EventKind, EventState, RsvpState
from events.views.feeds import READS_AN_HOUR, WRONG_AN_HOUR
from foundation.accounts.models import User
from foundation.audit.models import AuditEntry
from members.models import Person
from members.own_details import become_known
from tests.factories import make_contact, make_group, make_user
from tests.signing_in import sign_in

from .making import NOW, make_event, make_guest, make_rsvp

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)
LINK = "https://meet.example.org/tuesday"


@pytest.fixture(autouse=True)
def _at_noon() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def user() -> User:
    return make_user()


@pytest.fixture
def person(user: User) -> Person:
    return become_known(user=user, now=NOW)


def read(client: Client, path: str, **query: str) -> list[Any]:
    response = client.get(path, query)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    return list(icalendar.Calendar.from_ical(response.content).events)


def titles(entries: list[Any]) -> set[str]:
    return {str(entry["SUMMARY"]) for entry in entries}


def cancelled(**fields: Any) -> Event:
    return make_event(state=EventState.CANCELLED, approved_at=NOW, cancelled_at=NOW, **fields)


# --- one event ----------------------------------------------------------------------------------------------------


def test_an_event_is_a_file_to_keep(client: Client) -> None:
    event = make_event(title="Dinner", join_link=LINK, format=EventFormat.HYBRID)
    response = client.get(f"/events/{event.slug}.ics")
    assert response.headers["Content-Disposition"] == f'attachment; filename="{event.slug}.ics"'
    assert response.headers["Cache-Control"] == "max-age=300"
    assert LINK not in response.content.decode()
    assert titles(read(client, f"/events/{event.slug}.ics")) == {"Dinner"}


def test_who_answered_gets_the_way_in(client: Client, user: User, person: Person) -> None:
    event = make_event(join_link=LINK, format=EventFormat.ONLINE)
    sign_in(client, user)
    assert LINK not in client.get(f"/events/{event.slug}.ics").content.decode()
    make_rsvp(event, person)
    response = client.get(f"/events/{event.slug}.ics")
    assert LINK in response.content.decode()
    assert "no-store" in response.headers["Cache-Control"]


def test_what_was_never_public_has_no_file(client: Client) -> None:
    group = make_group()
    contact = make_contact(group)
    for state in (EventState.DRAFT, EventState.SUBMITTED, EventState.DECLINED):
        path = f"/events/{make_event(group, state=state).slug}.ics"
        assert client.get(path).status_code == 404
    assert client.get("/events/nothing-here.ics").status_code == 404
    sign_in(client, contact)
    assert client.get(path).status_code == 200


def test_a_cancelled_event_says_so(client: Client) -> None:
    (entry,) = read(client, f"/events/{cancelled().slug}.ics")
    assert entry["STATUS"] == "CANCELLED"


def test_who_has_it_already_is_told_that_nothing_changed(client: Client) -> None:
    event = make_event()
    path = f"/events/{event.slug}.ics"
    tag = client.get(path).headers["ETag"]
    with time_machine.travel(NOW + datetime.timedelta(hours=1), tick=False):
        unchanged = client.get(path, headers={"If-None-Match": tag})
        assert unchanged.status_code == 304
        assert unchanged.content == b""
        assert unchanged.headers["ETag"] == tag
        Event.objects.update(title="Another title")
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 200


# --- a group's ----------------------------------------------------------------------------------------------------


def test_a_group_has_all_it_holds_with_others_too(client: Client) -> None:
    group, other = make_group("Table of Plenty"), make_group()
    make_event(group, title="Own")
    Cohost.objects.create(event=make_event(other, title="Together"), group=group, asked_at=NOW, accepted_at=NOW)
    Cohost.objects.create(event=make_event(other, title="Asked"), group=group, asked_at=NOW)
    make_event(group, title="Unlisted", is_listed=False)
    make_event(group, title="Draft", state=EventState.DRAFT)
    cancelled(group=group, title="Cancelled")
    make_event(group, title="A month ago", starts_at=NOW - 30 * DAY)
    make_event(group, title="Long ago", starts_at=NOW - 90 * DAY)
    path = f"/groups/{group.slug}/events.ics"
    assert titles(read(client, path)) == {"Own", "Together", "Cancelled", "A month ago"}
    assert "X-WR-CALNAME:Table of Plenty" in client.get(path).content.decode()


def test_a_group_that_ended_has_no_feed(client: Client) -> None:
    group = make_group(status=GroupStatus.ENDED)
    assert client.get(f"/groups/{group.slug}/events.ics").status_code == 404


def test_a_feed_says_to_nobody_what_those_know_who_answered(client: Client, user: User, person: Person) -> None:
    group = make_group()
    make_rsvp(make_event(group, join_link=LINK, format=EventFormat.HYBRID, is_address_public=False), person)
    sign_in(client, user)
    for path, query in ((f"/groups/{group.slug}/events.ics", {}), ("/events/near.ics", {"near": "02139"})):
        text = client.get(path, query).content.decode()
        assert LINK not in text
        assert "449 Broadway" not in text


# --- near a place -------------------------------------------------------------------------------------------------


def test_the_feed_of_a_place_has_what_is_near(client: Client) -> None:
    make_event(title="Here")
    make_event(title="Nashua", near="03060", kind=EventKind.RALLY)
    make_event(title="New York", near="10001")
    make_event(title="Online", format=EventFormat.ONLINE, latitude=None, longitude=None)
    cancelled(title="Cancelled")
    make_event(title="Unlisted", is_listed=False)
    assert titles(read(client, "/events/near.ics", near="02139")) == {"Here", "Nashua", "Cancelled"}
    assert titles(read(client, "/events/near.ics", near="02139", within="10")) == {"Here", "Cancelled"}
    assert titles(read(client, "/events/near.ics", near="02139", kind="rally")) == {"Nashua"}
    assert "Online" in titles(read(client, "/events/near.ics", near="02139", online="1"))


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 400),
        ({"near": "00000"}, 404),
        ({"near": "Springfield"}, 400),
        ({"near": "02139", "within": "3"}, 400),
        ({"near": "02139", "kind": "party"}, 400),
    ],
)
def test_a_feed_of_nowhere_is_an_error_in_words(client: Client, query: dict[str, str], status: int) -> None:
    response = client.get("/events/near.ics", query)
    assert response.status_code == status
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.content


def test_a_feed_has_an_end(client: Client) -> None:
    for number in range(MOST_EVENTS + 2):
        make_event(starts_at=NOW + (number + 1) * datetime.timedelta(hours=1))
    assert len(read(client, "/events/near.ics", near="02139")) == MOST_EVENTS


def test_what_is_over_keeps_nothing_out_of_a_feed_that_is_to_come(client: Client) -> None:
    for number in range(MOST_EVENTS):
        make_event(title="Over", starts_at=NOW - 20 * DAY + number * datetime.timedelta(minutes=1))
    make_event(title="Next", starts_at=NOW + DAY)
    titles = [str(entry["summary"]) for entry in read(client, "/events/near.ics", near="02139")]
    assert titles == ["Over"] * (MOST_EVENTS - 1) + ["Next"]


# --- one's own ----------------------------------------------------------------------------------------------------


def test_the_own_feed_has_what_one_answered_with_the_ways_in(client: Client, user: User, person: Person) -> None:
    private: dict[str, Any] = {"is_address_public": False, "join_link": LINK, "format": EventFormat.HYBRID}
    make_rsvp(make_event(title="Going", **private), person)
    make_rsvp(make_event(title="Maybe", **private), person, state=RsvpState.MAYBE)
    make_rsvp(make_event(title="Waiting", **private), person, state=RsvpState.WAITING)
    make_rsvp(make_event(title="Not coming"), person, state=RsvpState.CANT)
    make_rsvp(cancelled(title="Cancelled"), person)
    make_rsvp(make_event(title="Taken back", state=EventState.DRAFT), person)
    make_rsvp(make_event(title="Of another"))
    make_rsvp(make_event(title="Unlisted", is_listed=False), person)
    feed = renew_feed(person=person, actor=user, now=NOW)
    entries = {str(entry["SUMMARY"]): entry for entry in read(client, f"/events/mine/{feed_token(feed)}.ics")}
    assert set(entries) == {"Going", "Maybe", "Waiting", "Cancelled", "Unlisted"}
    assert {title: str(entry["STATUS"]) for title, entry in entries.items()} == {
        "Going": "CONFIRMED",
        "Maybe": "TENTATIVE",
        "Waiting": "TENTATIVE",
        "Cancelled": "CANCELLED",
        "Unlisted": "CONFIRMED",
    }
    assert LINK in entries["Going"]["DESCRIPTION"]
    assert "449 Broadway" in entries["Maybe"]["LOCATION"]
    # There is no place for them yet.
    assert LINK not in entries["Waiting"]["DESCRIPTION"]
    assert "449 Broadway" not in entries["Waiting"]["LOCATION"]


def test_the_own_feed_is_stored_by_nobody_and_asks_nobody_to_sign_in(
    client: Client, user: User, person: Person
) -> None:
    feed = renew_feed(person=person, actor=user, now=NOW)
    response = client.get(f"/events/mine/{feed_token(feed)}.ics")
    assert {"private", "no-store"} <= set(re.split(", *", response.headers["Cache-Control"]))
    again = client.get(f"/events/mine/{feed_token(feed)}.ics", headers={"If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304
    assert "no-store" in again.headers["Cache-Control"]


def test_the_own_feed_is_written_in_the_language_of_its_owner(
    client: Client, user: User, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    written_in = []

    def noted(*arguments: Any, **named: Any) -> bytes:
        written_in.append(get_language())
        return calendar_of(*arguments, **named)

    monkeypatch.setattr("events.views.feeds.calendar_of", noted)
    Person.objects.update(language="es")
    feed = renew_feed(person=person, actor=user, now=NOW)
    client.get(f"/events/mine/{feed_token(feed)}.ics", headers={"Accept-Language": "en"})
    assert written_in == ["es"]


def test_another_address_stops_the_old_one(client: Client, user: User, person: Person) -> None:
    old = feed_token(renew_feed(person=person, actor=user, now=NOW))
    new = feed_token(renew_feed(person=person, actor=user, now=NOW))
    assert old != new
    assert client.get(f"/events/mine/{old}.ics").status_code == 404
    assert client.get(f"/events/mine/{new}.ics").status_code == 200
    assert [
        entry.action for entry in AuditEntry.objects.filter(action__contains="calendar address").order_by("pk")
    ] == [
        "made own calendar address",
        "replaced own calendar address",
    ]
    assert not any(new in str(entry.details) for entry in AuditEntry.objects.all())


def test_only_the_owners_own_seal_opens_a_feed(user: User, person: Person) -> None:
    other = make_guest()
    token = feed_token(renew_feed(person=person, actor=user, now=NOW))
    renew_feed(person=other, actor=user, now=NOW)
    number, _dash, seal = token.partition("-")
    wrong = [
        "",
        "-",
        "x",
        f"{number}-",
        f"{other.pk}-{seal}",
        f"{number}-{seal[:-1]}",
        f"{number}-{seal}0",
        f"{number}0-{seal}",
    ]
    wrong += [f"{'9' * 30}-{seal}", f"{number}-{seal.upper()}", f"²-{seal}", f"{number}-é{seal[1:]}"]
    for forged in wrong:
        with pytest.raises(FeedError):
            feed_of(forged)
    assert feed_of(token).person == person


def test_the_seal_of_a_feed_that_does_not_exist_opens_nothing() -> None:
    person = make_guest()
    with pytest.raises(FeedError):
        feed_of(feed_token(CalendarFeed(person=person, revision=0, made_at=NOW)))


def test_reading_is_noted_hourly(client: Client, user: User, person: Person) -> None:
    feed = renew_feed(person=person, actor=user, now=NOW)
    assert feed.last_read_at is None
    note_read(feed=feed, now=NOW)
    note_read(feed=feed, now=NOW + datetime.timedelta(minutes=59))
    feed.refresh_from_db()
    assert feed.last_read_at == NOW
    note_read(feed=feed, now=NOW + datetime.timedelta(hours=1))
    feed.refresh_from_db()
    assert feed.last_read_at == NOW + datetime.timedelta(hours=1)


def test_guessing_addresses_is_stopped(client: Client) -> None:
    for _number in range(WRONG_AN_HOUR):
        assert client.get("/events/mine/1-abc.ics").status_code == 404
    response = client.get("/events/mine/1-abc.ics")
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "3600"


def test_one_address_is_not_read_without_end(client: Client, user: User, person: Person) -> None:
    path = f"/events/mine/{feed_token(renew_feed(person=person, actor=user, now=NOW))}.ics"
    for _number in range(READS_AN_HOUR):
        client.get(path)
    assert client.get(path).status_code == 429
    cache.clear()
    assert client.get(path).status_code == 200


# --- the page on which it is made ---------------------------------------------------------------------------------


def test_an_address_is_made_by_a_press_and_shown(client: Client, user: User) -> None:
    sign_in(client, user)
    assert "Make the address" in client.get("/events/mine/").content.decode()
    assert not CalendarFeed.objects.exists()
    assert client.get("/events/mine/calendar/").status_code == 405
    response = client.post("/events/mine/calendar/", follow=True)
    feed = CalendarFeed.objects.get()
    page = response.content.decode()
    assert own_feed_address(feed) in page
    assert "Your calendar has an address now." in page
    again = client.post("/events/mine/calendar/", follow=True).content.decode()
    assert own_feed_address(feed) not in again
    assert "The old one no longer works" in again


def test_the_page_is_for_who_is_signed_in(client: Client) -> None:
    assert client.get("/events/mine/").status_code == 302
    assert client.post("/events/mine/calendar/").status_code == 302
