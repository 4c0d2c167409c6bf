"""The page of an event, the month, the map, a group's events and one's own."""

import datetime
import json
import re
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from affiliates.finder import PAGE_SIZE, SearchError
from affiliates.models import Group, GroupStatus, Role
from events.event_map import EVENTS_ON_MAP, events_by_state
from events.models import (
    Access,
    Attendance,
    Campaign,
    CampaignState,
    CheckedInBy,
    Cohost,
    Event,
    EventFormat,
    EventKind,
    EventNotice,
    EventPicture,
    EventState,
    NoticeKind,
    RsvpState,
    Series,
)
from events.month import A_DAY_SHOWS, MONTHS_AHEAD, Month
from foundation.accounts.models import StaffTask, User
from members.models import Person
from members.own_details import become_known
from tests.affiliates.calling import make_call
from tests.factories import make_contact, make_group, make_staff, make_user
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


def text_of(response: Any) -> str:
    return str(response.content.decode())


def page_of(client: Client, event: Event) -> str:
    response = client.get(event.get_absolute_url())
    assert response.status_code == 200
    return text_of(response)


def data_of(page: str) -> dict[str, Any]:
    """The JSON-LD of a page."""
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def cancelled(**fields: Any) -> Event:
    return make_event(state=EventState.CANCELLED, approved_at=NOW, cancelled_at=NOW, **fields)


# --- an event -----------------------------------------------------------------------------------------------------


def test_the_page_says_all_that_is_public(client: Client, settings: Any) -> None:
    group, other = make_group("Table of Plenty"), make_group("Next door")
    event = make_event(
        group,
        title="Dinner",
        about="We cook.\n\nThen we eat.",
        spoken=["English", "ASL"],
        access=[Access.STEP_FREE, Access.TRANSIT],
        access_notes="Ring twice.",
        capacity=40,
    )
    Cohost.objects.create(event=event, group=other, asked_at=NOW, accepted_at=NOW)
    page = page_of(client, event)
    for words in ("Dinner", "449 Broadway", "Then we eat.", "English, ASL", "Step-free way in", "Ring twice."):
        assert words in page
    for words in ("Table of Plenty", "Next door", "Tuesday, June 2, 2026, 8 a.m. – 10 a.m. EDT", "Add to my calendar"):
        assert words in page
    assert "noindex" not in page
    assert f'<link rel="canonical" href="{settings.SITE_URL}{event.get_absolute_url()}">' in page


def test_an_event_of_the_network_is_held_by_the_network(client: Client, settings: Any) -> None:
    settings.NETWORK_NAME = "Neighbors together"
    assert "<dd>Neighbors together</dd>" in page_of(client, make_event())


def test_what_was_never_public_is_seen_by_its_hosts_only(client: Client, user: User) -> None:
    group = make_group()
    contact, helper = make_contact(group), make_contact(group, role=Role.HELPER)
    event = make_event(group, state=EventState.DRAFT)
    for visitor in (None, user, helper):
        if visitor:
            sign_in(client, visitor)
        assert client.get(event.get_absolute_url()).status_code == 404
    for visitor in (contact, make_staff(StaffTask.PROMOTIONS)):
        sign_in(client, visitor)
        page = page_of(client, event)
        assert "This is how the page will look" in page
        assert "noindex" in page
        assert "ld+json" not in page
    Event.objects.update(state=EventState.DECLINED)
    client.logout()
    assert client.get(event.get_absolute_url()).status_code == 404
    assert client.get("/events/nothing-here/").status_code == 404


def test_a_cancelled_event_says_why_and_what_there_is_instead(client: Client) -> None:
    event = cancelled(cancelled_because="The hall is flooded.", capacity=5)
    make_event(title="Another nearby", near="02140")
    page = page_of(client, event)
    assert "This event is cancelled" in page
    assert "The hall is flooded." in page
    assert "Another nearby" in page
    assert 'id="answer"' not in page
    assert "Add to my calendar" not in page
    assert data_of(page)["eventStatus"] == "https://schema.org/EventCancelled"


def test_an_event_that_is_over_says_so_and_takes_no_answers(client: Client) -> None:
    page = page_of(client, make_event(starts_at=NOW - DAY))
    assert "This event is over." in page
    assert 'id="answer"' not in page


def test_an_online_event_that_is_over_leads_to_others_online(client: Client) -> None:
    nowhere: dict[str, Any] = {"format": EventFormat.ONLINE, "latitude": None, "longitude": None}
    event = make_event(starts_at=NOW - DAY, **nowhere)
    make_event(title="The next one online", **nowhere)
    assert "The next one online" in page_of(client, event)


def test_a_moved_event_says_when_it_was_to_begin(client: Client) -> None:
    event = make_event(moved_at=NOW, sequence=1)
    before = event.starts_at - DAY
    EventNotice.objects.create(
        event=event, kind=NoticeKind.MOVED, sequence=1, at=NOW, before={"starts_at": before.isoformat()}
    )
    page = page_of(client, event)
    assert "It was to begin on Monday, June 1, 8 a.m. EDT." in page
    data = data_of(page)
    assert data["eventStatus"] == "https://schema.org/EventRescheduled"
    assert data["previousStartDate"] == "2026-06-01T08:00:00-04:00"


def test_an_event_at_another_place_is_changed_and_not_rescheduled(client: Client) -> None:
    event = make_event(moved_at=NOW, sequence=1)
    EventNotice.objects.create(
        event=event, kind=NoticeKind.MOVED, sequence=1, at=NOW, before={"starts_at": event.starts_at.isoformat()}
    )
    page = page_of(client, event)
    assert "The time or the place is another than at first." in page
    assert data_of(page)["eventStatus"] == "https://schema.org/EventScheduled"


def test_an_unlisted_event_is_open_to_whoever_knows_its_address_and_to_no_search_engine(client: Client) -> None:
    page = page_of(client, make_event(is_listed=False))
    assert "noindex" in page
    assert 'id="answer"' in page


def test_a_call_leads_to_its_own_page(client: Client) -> None:
    event = make_event(call=make_call(), kind=EventKind.CALL)
    assert reverse("organizing_calls") in page_of(client, event)


def test_the_other_dates_of_a_series_are_on_its_page(client: Client) -> None:
    series = Series.objects.create(rule="FREQ=DAILY;COUNT=2", starts_local=NOW, time_zone="UTC", created_at=NOW)
    first = make_event(series=series, series_date=NOW)
    second = make_event(series=series, series_date=NOW + DAY, starts_at=NOW + 2 * DAY)
    assert second.get_absolute_url() in page_of(client, first)


def test_a_campaign_is_named_once_it_is_public(client: Client) -> None:
    campaign = Campaign.objects.create(
        slug="launch", title="The launch", about="…", kind="rally", starts_on=NOW, ends_on=NOW, made_by=None
    )
    event = make_event(campaign=campaign)
    assert "The launch" not in page_of(client, event)
    Campaign.objects.update(state=CampaignState.OPEN)
    assert "The launch" in page_of(client, event)


def test_the_picture_is_shown_with_its_words(client: Client, settings: Any) -> None:
    event = make_event()
    EventPicture.objects.create(event=event, body=b"RIFF", width=800, height=450, digest="0" * 16, alt="A long table")
    page = page_of(client, event)
    address = reverse("event_picture_file", args=[event.slug, "0" * 16])
    assert f'<img src="{address}" width="800" height="450" alt="A long table">' in page
    assert f'<meta property="og:image" content="{settings.SITE_URL}{address}">' in page
    assert data_of(page)["image"] == [f"{settings.SITE_URL}{address}"]


def test_the_page_makes_few_queries(client: Client, django_assert_max_num_queries: Any) -> None:
    event = make_event(make_group(), capacity=5)
    with django_assert_max_num_queries(15):
        client.get(event.get_absolute_url())


# --- the ways in --------------------------------------------------------------------------------------------------


def make_private(**fields: Any) -> Event:
    return make_event(
        title="Private",
        format=EventFormat.HYBRID,
        is_address_public=False,
        join_link=LINK,
        join_words="Code 77",
        **fields,
    )


def shows_way_in(page: str) -> bool:
    shown = {"449 Broadway" in page, "Public library" in page, LINK in page, "Code 77" in page}
    assert len(shown) == 1, "all of it or nothing"
    return shown == {True}


def test_the_public_sees_no_way_in_that_the_hosts_keep(client: Client) -> None:
    page = page_of(client, make_private(capacity=3))
    assert not shows_way_in(page)
    assert "The exact address is shown to those who answered." in page
    data = json.dumps(data_of(page))
    assert not shows_way_in(data)
    assert "geo" not in data
    assert data_of(page)["location"][0]["address"]["addressLocality"] == "Cambridge"


@pytest.mark.parametrize(
    ("state", "sees"),
    [(RsvpState.GOING, True), (RsvpState.MAYBE, True), (RsvpState.WAITING, False), (RsvpState.CANT, False)],
)
def test_who_answered_sees_the_way_in(client: Client, user: User, person: Person, state: str, sees: bool) -> None:
    event = make_private()
    make_rsvp(event, person, state=state)
    sign_in(client, user)
    response = client.get(event.get_absolute_url())
    page = text_of(response)
    assert shows_way_in(re.sub("<script.*?</script>", "", page)) is sees
    assert "no-store" in response.headers["Cache-Control"]
    # What machines read is the same for everybody.
    assert not shows_way_in(json.dumps(data_of(page)))


def test_who_signs_in_with_an_address_that_answered_before_they_had_a_login_sees_the_way_in(client: Client) -> None:
    event = make_private()
    make_rsvp(event, make_guest("grace@example.org"))
    sign_in(client, make_user("grace@example.org"))
    assert shows_way_in(page_of(client, event))


def test_an_unconfirmed_answer_and_one_to_another_event_open_nothing(
    client: Client, user: User, person: Person
) -> None:
    event = make_private()
    make_rsvp(make_event(), person)
    make_rsvp(event)
    event.rsvps.update(person=None, confirmed_at=None, email=user.email)
    sign_in(client, user)
    assert not shows_way_in(page_of(client, event))


def test_hosts_see_the_way_in_and_hosts_of_others_do_not(client: Client) -> None:
    group = make_group()
    contact, strange = make_contact(group), make_contact(make_group())
    event = make_private(group=group)
    sign_in(client, strange)
    assert not shows_way_in(page_of(client, event))
    sign_in(client, contact)
    assert shows_way_in(page_of(client, event))
    Group.objects.filter(pk=group.pk).update(status=GroupStatus.ENDED)
    assert not shows_way_in(page_of(client, event))


def test_a_public_link_is_where_machines_find_it(client: Client) -> None:
    page = page_of(client, make_event(format=EventFormat.ONLINE, join_link=LINK, is_link_public=True))
    data = data_of(page)
    assert data["location"] == [{"@type": "VirtualLocation", "url": LINK}]
    assert data["eventAttendanceMode"] == "https://schema.org/OnlineEventAttendanceMode"
    assert data["startDate"] == "2026-06-02T08:00:00-04:00"


def test_words_of_hosts_cannot_leave_the_data_block(client: Client) -> None:
    page = page_of(client, make_event(title="</script><script>alert(1)</script>"))
    assert "<script>alert" not in page
    assert data_of(page)["name"] == "</script><script>alert(1)</script>"


# --- the month ----------------------------------------------------------------------------------------------------


def test_the_month_has_each_event_on_its_own_day(client: Client) -> None:
    late = datetime.datetime(2026, 6, 10, 3, 30, tzinfo=datetime.UTC)  # 11:30 p.m. of the 9th in New York
    make_event(title="Late", starts_at=late)
    make_event(title="Last hours of June", starts_at=datetime.datetime(2026, 7, 1, 2, tzinfo=datetime.UTC))
    make_event(title="July", starts_at=datetime.datetime(2026, 7, 1, 6, tzinfo=datetime.UTC))
    page = text_of(client.get("/events/calendar/"))
    days = dict(re.findall(r'<td.*?<time datetime="(2026-06-\d\d)".*?</p>(.*?)</td>', page))
    assert len(days) == 30
    assert "Late" in days["2026-06-09"]
    assert "11:30 p.m. EDT" in days["2026-06-09"]
    assert "Last hours of June" in days["2026-06-30"]
    assert "July</bdi>" not in page
    assert "July</bdi>" in text_of(client.get("/events/calendar/", {"month": "2026-07"}))


def test_a_full_day_shows_the_first_and_leads_to_the_others(client: Client) -> None:
    for number in range(A_DAY_SHOWS + 2):
        make_event(title=f"Event {number}.", starts_at=NOW + DAY + number * datetime.timedelta(minutes=1))
    page = text_of(client.get("/events/calendar/", {"near": "02139"}))
    assert "Event 2." in page
    assert "Event 3." not in page
    assert "and 2 more" in page
    found = re.search(r'href="([^"]*from=2026-06-02[^"]*)"', page)
    assert found
    assert "Event 4." in text_of(client.get(found[1].replace("&amp;", "&")))


def test_the_month_is_of_what_is_near_and_with_a_tick_of_what_is_online(client: Client) -> None:
    make_event(title="Here.")
    make_event(title="Far.", near="10001")
    make_event(title="Online.", format=EventFormat.ONLINE, latitude=None, longitude=None)
    make_event(title="Rally.", kind=EventKind.RALLY)

    def shown(**query: str) -> set[str]:
        page = text_of(client.get("/events/calendar/", query))
        return {title for title in ("Here.", "Far.", "Online.", "Rally.") if title in page}

    assert shown() == {"Here.", "Far.", "Online."} | ({"Rally."} if A_DAY_SHOWS > 3 else set())
    assert shown(near="02139") == {"Here.", "Rally."}
    assert shown(near="02139", online="1") == {"Here.", "Online.", "Rally."}
    assert shown(near="02139", kind="rally") == {"Rally."}
    assert shown(online="1") == {"Online."}


def test_an_empty_month_says_so(client: Client) -> None:
    page = text_of(client.get("/events/calendar/", {"month": "2026-09"}))
    assert "Nothing is planned in this month." in page
    assert "August 2026" in page
    assert "October 2026" in page
    assert 'rel="prev"' not in text_of(client.get("/events/calendar/"))


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("2026-05", 404), ("2028-07", 404), ("2026-13", 400), ("2026-00", 400), ("26-06", 400), ("2026-6", 400),
        ("June", 400), ("2026-06-01", 400), ("٢٠٢٦-٠٦", 400), ("2026-²²", 400),
    ],
)  # fmt: skip
def test_a_month_that_cannot_be_shown_is_an_error(client: Client, text: str, status: int) -> None:
    with pytest.raises(SearchError) as refused:
        Month.parse(text, today=NOW.date())
    assert refused.value.status == status
    assert client.get("/events/calendar/", {"month": text}).status_code == status


def test_months_follow_each_other_over_the_turn_of_the_year() -> None:
    december = Month(2026, 12)
    assert december.plus(1) == Month(2027, 1)
    assert Month(2027, 1).plus(-1) == december
    assert Month(2027, 1).since(december) == 1
    assert str(Month.parse("", today=NOW.date())) == "2026-06"
    assert Month.parse("2028-06", today=NOW.date()).since(Month(2026, 6)) == MONTHS_AHEAD
    assert december.last_day == datetime.date(2026, 12, 31)


def test_the_month_is_one_query_beside_the_place(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        make_event(starts_at=NOW + number * DAY)
    with django_assert_num_queries(2):
        client.get("/events/calendar/", {"near": "02139"})


def test_an_unknown_place_is_an_error_on_the_month_too(client: Client) -> None:
    assert client.get("/events/calendar/", {"near": "00000"}).status_code == 404


# --- the map ------------------------------------------------------------------------------------------------------

NEW_ENGLAND = {"box": "-74,41,-69,44", "zoom": "14"}


def features(client: Client, **query: str) -> list[dict[str, Any]]:
    response = client.get("/events/clusters.json", {**NEW_ENGLAND, **query})
    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]
    return list(json.loads(response.content)["features"])


def test_the_map_has_the_events_of_the_box_by_name(client: Client) -> None:
    event = make_event(title="Dinner")
    make_event(title="In New York", near="10001")
    make_event(title="Online", format=EventFormat.ONLINE)
    make_event(title="Over", starts_at=NOW - DAY)
    (feature,) = features(client)
    assert feature["geometry"]["coordinates"] == [event.longitude, event.latitude]
    assert feature["properties"] == {
        "name": "Dinner",
        "place": "Tuesday, June 2 · Cambridge, MA",
        "url": event.get_absolute_url(),
    }


def test_several_at_one_place_are_listed_by_date(client: Client) -> None:
    make_event(title="Second", starts_at=NOW + 2 * DAY)
    make_event(title="First", starts_at=NOW + DAY)
    (feature,) = features(client)
    assert feature["properties"]["count"] == 2
    assert [event["name"] for event in feature["properties"]["events"]] == ["First", "Second"]


def test_clusters_at_a_wide_zoom_join_what_would_touch(client: Client) -> None:
    make_event()
    make_event(near="03060")
    (feature,) = features(client, zoom="3")
    assert feature["properties"]["count"] == 2
    assert "bounds" in feature["properties"]


def test_a_series_is_once_on_the_map(client: Client) -> None:
    series = Series.objects.create(rule="FREQ=DAILY;COUNT=2", starts_local=NOW, time_zone="UTC", created_at=NOW)
    make_event(title="First", series=series, series_date=NOW)
    make_event(title="Second", series=series, series_date=NOW + DAY, starts_at=NOW + 2 * DAY)
    (feature,) = features(client)
    assert feature["properties"]["name"] == "First"


def test_a_private_place_is_nowhere_on_the_map_exactly(client: Client) -> None:
    event = make_event(is_address_public=False)
    for zoom in ("4", "9", "14"):
        (feature,) = features(client, zoom=zoom)
        longitude, latitude = feature["geometry"]["coordinates"]
        assert (longitude, latitude) == (event.shown_longitude, event.shown_latitude)
        assert (longitude, latitude) != (event.longitude, event.latitude)


def test_a_box_that_cannot_be_is_refused(client: Client) -> None:
    assert client.get("/events/clusters.json", {"box": "1,2", "zoom": "3"}).status_code == 400
    assert client.get("/events/clusters.json", {**NEW_ENGLAND, "zoom": "99"}).status_code == 400


def test_the_map_page_counts_by_state_what_is_on_it(client: Client) -> None:
    make_event()
    make_event(near="02140")
    make_event(near="Toronto, Canada")
    make_event(format=EventFormat.ONLINE, latitude=None, longitude=None)
    assert [(place.name, place.count) for place in events_by_state()] == [("Massachusetts", 2), ("Canada", 1)]
    page = text_of(client.get("/events/map/", {"near": "02139"}))
    assert "Massachusetts" in page
    assert "/events/clusters.json" in page
    assert "noindex" in page
    assert "Map of the events" in text_of(client.get("/events/map/", {"near": "nowhere at all"}))
    assert EVENTS_ON_MAP.rows().count() == 3


def test_the_picture_says_how_many_events_there_are(client: Client) -> None:
    make_event()
    for query, words in (({}, "1 event in all."), ({"near": "02139"}, "1 event in the picture.")):
        response = client.get("/events/map.svg", query)
        assert response.headers["Content-Type"] == "image/svg+xml"
        assert words in text_of(response)
    assert client.get("/events/map.svg", {"lang": "xx", "near": "nowhere"}).status_code == 200


# --- a group's ----------------------------------------------------------------------------------------------------


def test_a_groups_events_the_next_first_and_the_last_below(client: Client) -> None:
    group, other = make_group("Table of Plenty"), make_group()
    make_event(group, title="Second", starts_at=NOW + 2 * DAY)
    Cohost.objects.create(event=make_event(other, title="First"), group=group, asked_at=NOW, accepted_at=NOW)
    make_event(group, title="Held", starts_at=NOW - 2 * DAY)
    make_event(group, title="Not yet", state=EventState.SUBMITTED)
    make_event(group, title="Unlisted", is_listed=False)
    page = text_of(client.get(f"/groups/{group.slug}/events/"))
    assert page.index("First</bdi>") < page.index("Second</bdi>") < page.index("Held</bdi>")
    assert "Not yet" not in page
    assert "Unlisted" not in page


def test_a_group_with_nothing_planned_asks_to_join(client: Client) -> None:
    group = make_group()
    assert reverse("group_join", args=[group.slug]) in text_of(client.get(f"/groups/{group.slug}/events/"))
    assert client.get(f"/groups/{make_group(status=GroupStatus.ENDED).slug}/events/").status_code == 404
    assert client.get(f"/groups/{make_group(status=GroupStatus.FORMING).slug}/events/").status_code == 404


def test_many_events_of_a_group_go_on_page_by_page(client: Client) -> None:
    group = make_group()
    for number in range(PAGE_SIZE + 1):
        make_event(group, title=f"Event {number:02}.", starts_at=NOW + (number + 1) * DAY)
    path = f"/groups/{group.slug}/events/"
    first, second = text_of(client.get(path)), text_of(client.get(path, {"page": "2"}))
    assert "Event 19." in first
    assert "Event 20." not in first
    assert "Event 20." in second
    assert 'rel="prev"' in second
    for page in ("3", "0", "x"):
        assert client.get(path, {"page": page}).status_code == 404


def test_the_page_of_a_group_shows_its_next_events(client: Client) -> None:
    group = make_group()
    make_event(group, title="Next one")
    make_event(group, title="After that", starts_at=NOW + 2 * DAY)
    Group.objects.update(next_event_at=NOW + DAY)
    page = text_of(client.get(group.get_absolute_url()))
    assert page.index("Next one") < page.index(reverse("group_join", args=[group.slug]))
    assert "After that" in page
    assert f"/groups/{group.slug}/events/" in page


def test_the_page_of_a_group_without_events_asks_nothing_more(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    group = make_group()
    with django_assert_num_queries(5):
        assert "Coming up" not in text_of(client.get(group.get_absolute_url()))


# --- one's own ----------------------------------------------------------------------------------------------------


def test_own_events_say_where_each_answer_stands(client: Client, user: User, person: Person) -> None:
    make_rsvp(make_event(title="Going there"), person, party_size=3)
    make_rsvp(make_event(title="In the line"), person, state=RsvpState.WAITING)
    make_rsvp(cancelled(title="Called off"), person)
    over = make_event(title="Been there", starts_at=NOW - DAY)
    make_rsvp(over, person)
    Attendance.objects.create(event=over, person=person, at=NOW, recorded_at=NOW, how=CheckedInBy.LIST)
    make_rsvp(make_event(title="Somebody else’s"))
    sign_in(client, user)
    page = text_of(client.get("/events/mine/"))
    assert "3 of you" in page
    assert "waiting for a place" in page
    assert "cancelled" in page
    assert "you were there" in page
    assert "Somebody else" not in page


def test_own_events_of_somebody_unknown_lead_to_the_list(client: Client, user: User) -> None:
    sign_in(client, user)
    page = text_of(client.get("/events/mine/"))
    assert "You have not answered any coming event" in page
    assert not Person.objects.exists()


def test_my_page_shows_the_next_events_and_is_silent_without(client: Client, user: User, person: Person) -> None:
    sign_in(client, user)
    assert "Your next events" not in text_of(client.get("/me/"))
    make_rsvp(make_event(title="Dinner"), person)
    page = text_of(client.get("/me/"))
    assert "Your next events" in page
    assert "Dinner" in page
