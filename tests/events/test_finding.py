"""Finding events: what is found near a place, online and by date, in what order, and what is refused."""

import datetime
import json
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from affiliates.finder import AT_LEAST, PAGE_SIZE, SearchError
from events.finding import (
    Filters,
    Order,
    Results,
    Search,
    as_geojson,
    find_near,
    find_next,
    find_online,
    parse_search,
)
from events.models import Event, EventFormat, EventKind, EventState, Series
from foundation.places.distance import Point, miles_between
from foundation.places.search import find_place
from tests.factories import make_group

from .making import NOW, make_event, make_rsvp

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)
HOUR = datetime.timedelta(hours=1)
CAMBRIDGE = "02139"


def near(place: str = CAMBRIDGE, *, now: datetime.datetime = NOW, **asked: Any) -> Results:
    filters = Filters(
        **{name: asked.pop(name) for name in ("kind", "first_day", "last_day", "within") if name in asked}
    )
    return find_near(find_place(place), Search(near=place, filters=filters, **asked), now=now)


def titles(events: Any) -> list[str]:
    return [event.title for event in events]


def make_online(**fields: Any) -> Event:
    nowhere: dict[str, Any] = {"latitude": None, "longitude": None, "place_name": "", "venue_name": "", "address": ""}
    return make_event(**{"format": EventFormat.ONLINE, "zip_code_id": None, "state_code": "", **nowhere, **fields})


def make_series() -> Series:
    return Series.objects.create(
        rule="FREQ=WEEKLY;COUNT=3", starts_local=NOW, time_zone="America/New_York", created_at=NOW
    )


# --- near a place -----------------------------------------------------------------------------------------------


def test_the_nearest_comes_first_across_a_state_line() -> None:
    make_event(near="01230", title="Far but same state")
    make_event(near="03060", title="Over the line")
    make_event(near="01879", title="Next door")
    assert titles(near("01879").events) == ["Next door", "Over the line", "Far but same state"]


def test_at_the_same_place_the_sooner_comes_first() -> None:
    make_event(title="Later", starts_at=NOW + 3 * DAY)
    make_event(title="Sooner", starts_at=NOW + DAY)
    make_event(near="03060", title="Soonest but further", starts_at=NOW + HOUR)
    assert titles(near().events) == ["Sooner", "Later", "Soonest but further"]


def test_distances_agree_with_the_exact_geodesic() -> None:
    for zip_code in ("10001", "60601", "94103", "99501", "96813"):
        make_event(near=zip_code)
    place = find_place(CAMBRIDGE)
    here = Point(place.latitude, place.longitude)
    for event in near().events:
        assert event.latitude is not None
        assert event.longitude is not None
        assert event.miles == pytest.approx(miles_between(here, Point(event.latitude, event.longitude)), rel=0.005)


def test_only_what_is_approved_listed_and_not_over_is_found() -> None:
    make_event(title="Found")
    make_event(title="Goes on", starts_at=NOW - HOUR)
    make_event(title="Over", starts_at=NOW - 3 * HOUR)
    make_event(title="Unlisted", is_listed=False)
    for state in (EventState.DRAFT, EventState.SUBMITTED, EventState.DECLINED):
        make_event(title=state, state=state)
    make_event(title="Cancelled", state=EventState.CANCELLED, approved_at=NOW, cancelled_at=NOW)
    assert sorted(titles(near().events)) == ["Found", "Goes on"]
    assert sorted(titles(find_next(Filters(), page=1, now=NOW)[0])) == ["Found", "Goes on"]


def test_a_series_is_one_line_by_distance_and_all_its_dates_by_date() -> None:
    series = make_series()
    for week in range(3):
        starts_at = NOW + DAY + 7 * week * DAY
        make_event(title=f"Week {week}", series=series, series_date=starts_at, starts_at=starts_at)
    make_event(near="03060", title="Another")
    assert titles(near().events) == ["Week 0", "Another"]
    assert near().events[0].repeats
    assert not near().events[1].repeats
    assert titles(near(order=Order.DATE).events) == ["Week 0", "Another", "Week 1", "Week 2"]
    # When the first is over the second stands for the series; so it does where days were asked for.
    assert titles(near(now=NOW + 3 * DAY).events) == ["Week 1"]
    assert titles(near(first_day=datetime.date(2026, 6, 5)).events) == ["Week 1"]


def test_a_date_of_a_series_that_is_held_elsewhere_is_a_line_of_its_own() -> None:
    series = make_series()
    make_event(near="03060", title="First, in Nashua", series=series, series_date=NOW)
    make_event(title="Second", series=series, series_date=NOW + DAY, starts_at=NOW + 3 * DAY)
    assert titles(near().events) == ["Second", "First, in Nashua"]


def test_a_cancelled_date_of_a_series_does_not_hide_the_next() -> None:
    series = make_series()
    make_event(series=series, series_date=NOW, state=EventState.CANCELLED, approved_at=NOW, cancelled_at=NOW)
    make_event(title="Second", series=series, series_date=NOW + DAY, starts_at=NOW + 3 * DAY)
    assert titles(near().events) == ["Second"]


def test_nobody_within_fifty_miles_shows_the_nearest_beyond() -> None:
    make_event(title="In Boston")
    results = near("59301")
    assert results.nobody_near
    assert results.split() == ([], list(results.events))
    assert titles(results.events) == ["In Boston"]


def test_pages_follow_on_without_gap_or_overlap() -> None:
    for _number in range(2 * PAGE_SIZE + 3):
        make_event()
    pages = [near(page=page) for page in (1, 2, 3)]
    slugs = [event.slug for page in pages for event in page.events]
    assert len(slugs) == len(set(slugs)) == 2 * PAGE_SIZE + 3
    assert [page.has_next for page in pages] == [True, True, False]


# --- what narrows it --------------------------------------------------------------------------------------------


def test_a_kind_leaves_the_others_to_the_nearest_instead() -> None:
    make_event(title="Rally", kind=EventKind.RALLY, near="03060")
    make_event(title="Meeting")
    results = near(kind=EventKind.RALLY)
    assert titles(results.events) == ["Rally"]
    assert titles(results.instead) == ["Meeting"]
    assert not results.nobody_near


def test_days_are_those_on_the_clocks_of_each_event() -> None:
    midnight = datetime.datetime(2026, 6, 10, 3, 30, tzinfo=datetime.UTC)  # 11:30 p.m. of the 9th in New York
    make_event(title="Late on the ninth", starts_at=midnight)
    make_event(
        title="On the tenth in Honolulu", near="96813", starts_at=datetime.datetime(2026, 6, 11, 5, tzinfo=datetime.UTC)
    )
    ninth, tenth = datetime.date(2026, 6, 9), datetime.date(2026, 6, 10)
    assert titles(near(first_day=ninth, last_day=ninth).events) == ["Late on the ninth"]
    # It goes on past midnight.
    assert titles(near(first_day=tenth, last_day=tenth).events) == ["Late on the ninth", "On the tenth in Honolulu"]
    assert titles(near(first_day=tenth + DAY).events) == []


def test_a_distance_cuts_the_list_and_shows_the_nearest_beyond_instead() -> None:
    make_event(title="Here")
    make_event(title="Forty miles away", near="03060")
    results = near(within=10)
    assert titles(results.events) == ["Here"]
    assert titles(results.instead) == ["Forty miles away"]


def test_by_date_means_within_fifty_miles_unless_said_otherwise() -> None:
    make_event(title="Far and soon", near="10001", starts_at=NOW + HOUR)
    make_event(title="Near and later", near="03060", starts_at=NOW + 2 * DAY)
    make_event(title="Here and last", starts_at=NOW + 3 * DAY)
    assert titles(near(order=Order.DATE).events) == ["Near and later", "Here and last"]
    assert titles(near(order=Order.DATE, within=10).events) == ["Here and last"]


def test_what_is_online_stands_apart_and_hybrid_ones_are_not_said_twice() -> None:
    make_event(title="Here and online", format=EventFormat.HYBRID)
    make_online(title="Online later", starts_at=NOW + 2 * DAY)
    make_event(title="Far, hybrid", near="94103", format=EventFormat.HYBRID)
    results = near(within=25)
    assert titles(results.events) == ["Here and online"]
    assert titles(results.online) == ["Online later"]
    assert titles(results.instead) == ["Far, hybrid"]
    assert titles(find_online(Filters(), page=1, now=NOW)[0]) == ["Here and online", "Far, hybrid", "Online later"]


def test_an_online_event_is_near_nothing_though_its_host_is() -> None:
    make_event(title="Online", format=EventFormat.ONLINE)
    results = near()
    assert results.events == []
    assert titles(results.online) == ["Online"]


def test_an_online_event_that_began_days_ago_and_goes_on_is_found() -> None:
    make_online(title="Marathon", starts_at=NOW - 10 * DAY, ends_at=NOW + DAY)
    assert titles(find_online(Filters(), page=1, now=NOW)[0]) == ["Marathon"]


# --- where the address is not public ------------------------------------------------------------------------------


def test_a_private_place_is_found_at_the_middle_of_its_square_and_nowhere_nearer() -> None:
    home = Point(42.3601, -71.0942)
    make_event(title="At home", latitude=home.latitude, longitude=home.longitude, is_address_public=False)
    (event,) = near().events
    assert [event.latitude, event.longitude] == pytest.approx([42.375, -71.075])
    point = Event.objects.get().position
    # Asked from the home itself, the distance is that to the middle.
    (event,) = near(f"{home.latitude},{home.longitude}").events
    assert event.miles == pytest.approx(miles_between(home, Point(42.375, -71.075)), rel=0.01)
    Event.objects.update(is_address_public=True)
    assert Event.objects.get().position != point
    assert near().events[0].latitude == home.latitude


degrees = st.floats(-89, 89, allow_nan=False).filter(lambda number: number != 0)


@given(latitude=degrees, longitude=degrees, nudge=st.floats(0, 0.0001))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_published_point_is_the_same_for_all_points_of_a_square(
    latitude: float, longitude: float, nudge: float
) -> None:
    Event.objects.all().delete()
    make_event(latitude=latitude, longitude=longitude, is_address_public=False)
    shown = Event.objects.values_list("shown_latitude", "shown_longitude").get()
    assert abs(shown[0] - latitude) <= 0.0251
    assert abs(shown[1] - longitude) <= 0.0251
    Event.objects.update(latitude=shown[0] + nudge, longitude=shown[1] - nudge)
    assert Event.objects.values_list("shown_latitude", "shown_longitude").get() == pytest.approx(shown)


# --- what is asked ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "words", "status"),
    [
        ("near=02139&near=10001", "two places", 400),
        ("kind=party", "no kind of event", 400),
        ("kind=rally&kind=call", "twice", 400),
        ("from=07/04/2026", "no day", 400),
        ("from=2026-02-30", "no day", 400),
        ("to=9999-12-31", "no day", 400),
        ("from=2026-07-04&to=2026-07-03", "before the first", 400),
        ("within=7", "Choose a distance", 400),
        ("order=price", "by distance or by date", 400),
        ("page=0", "no page", 404),
        ("page=51", "no page", 404),
    ],
)
def test_what_cannot_be_is_refused_in_words(query: str, words: str, status: int) -> None:
    with pytest.raises(SearchError) as refused:
        parse_search(QueryDict(query))
    assert words in refused.value.message
    assert refused.value.status == status


def test_a_search_is_told_by_its_address() -> None:
    query = "near=02139&kind=rally&from=2026-07-04&to=2026-07-05&within=25&online=1&order=date&page=2"
    search = parse_search(QueryDict(query))
    assert search.address() == f"?{query}"
    assert parse_search(QueryDict(search.address(page=1)[1:])) == Search(
        near="02139",
        online=True,
        order=Order.DATE,
        filters=Filters(EventKind.RALLY, datetime.date(2026, 7, 4), datetime.date(2026, 7, 5), 25),
    )
    assert parse_search({}) == Search()
    assert Search().address() == "?"


# --- the page ---------------------------------------------------------------------------------------------------


def text_of(response: Any) -> str:
    return str(response.content.decode())


def soon(**fields: Any) -> Event:
    """One that is to come whenever the test runs."""
    return make_event(now=datetime.datetime.now(datetime.UTC), **fields)


def test_a_search_makes_three_queries_however_many_events_there_are(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(PAGE_SIZE + 5):
        soon(group=make_group(), format=EventFormat.HYBRID if number % 2 else EventFormat.IN_PERSON)
    with django_assert_num_queries(3):  # the place, the list, those online
        client.get("/events/", {"near": CAMBRIDGE})
    with django_assert_num_queries(2):
        client.get("/events/", {"near": CAMBRIDGE, "page": "2"})


def test_the_list_says_when_where_whose_and_how_far(client: Client) -> None:
    group = make_group("Table of <Plenty>")
    soon(title="Dinner <b>", group=group, capacity=5, near="03060")
    soon(title="Quiet", is_address_public=False, near="01608")
    page = text_of(client.get("/events/", {"near": CAMBRIDGE}))
    assert "Dinner &lt;b&gt;" in page
    assert "Table of &lt;Plenty&gt;" in page
    assert "Nashua, NH" in page
    assert "about " in page  # the distance of the one whose address is not public
    assert "449 Broadway" not in page


def test_a_full_event_says_that_one_can_wait(client: Client) -> None:
    make_rsvp(soon(capacity=1))
    assert "you can wait for a place" in text_of(client.get("/events/", {"near": CAMBRIDGE}))


def test_nobody_near_offers_to_start_one_and_the_nearest_and_those_online(client: Client) -> None:
    soon(title="In Boston")
    make_online(title="Everywhere", now=datetime.datetime.now(datetime.UTC))
    page = text_of(client.get("/events/", {"near": "59301"}))
    assert "No event within 50 miles" in page
    assert "Start one here" in page
    assert "In Boston" in page
    assert "Everywhere" in page


def test_no_event_at_all_is_still_no_empty_page(client: Client) -> None:
    assert "Nothing is planned yet" in text_of(client.get("/events/"))
    assert "Start one here" in text_of(client.get("/events/", {"near": CAMBRIDGE}))
    assert "Clear the filters" in text_of(client.get("/events/", {"kind": "rally"}))
    assert "Online events" in text_of(client.get("/events/", {"online": "1"}))


def test_an_unknown_place_is_an_error_with_suggestions(client: Client) -> None:
    response = client.get("/events/", {"near": "Cambrige, MA"})
    assert response.status_code == 404
    page = text_of(response)
    assert "Error:" in page
    assert "Cambridge, MA" in page
    assert client.get("/events/", {"near": "Springfield"}).status_code == 300
    assert client.get("/events/", {"near": CAMBRIDGE, "page": "7"}).status_code == 404
    assert client.get("/events/", {"from": "soon"}).status_code == 400


@pytest.mark.parametrize("path", ["/events/", "/events/calendar/"])
def test_what_was_typed_comes_back_as_text(client: Client, path: str) -> None:
    for name in ("near", "kind", "from", "within", "month"):
        assert "<script>alert" not in text_of(client.get(path, {name: "<script>alert(1)"}))


def test_the_same_results_as_data(client: Client) -> None:
    soon(title="Public", near="03060")
    soon(title="Private", is_address_public=False, join_link="https://example.org/secret", format=EventFormat.HYBRID)
    make_online(title="Online", now=datetime.datetime.now(datetime.UTC), join_link="https://example.org/secret")
    response = client.get("/events/", {"near": CAMBRIDGE}, headers={"Accept": "application/geo+json"})
    assert response.headers["Content-Type"] == "application/geo+json"
    assert "Accept" in response.headers["Vary"]
    features = {feature["properties"]["title"]: feature for feature in json.loads(response.content)["features"]}
    assert set(features) == {"Public", "Private", "Online"}
    assert features["Online"]["geometry"] is None
    assert features["Public"]["properties"]["is_exact"]
    assert not features["Private"]["properties"]["is_exact"]
    exact = Event.objects.get(title="Private")
    assert features["Private"]["geometry"]["coordinates"] != [exact.longitude, exact.latitude]
    assert "secret" not in text_of(response)
    assert "449 Broadway" not in text_of(response)
    refused = client.get("/events/", {"near": "00000"}, headers={"Accept": "application/geo+json"})
    assert refused.status_code == 404
    assert "error" in json.loads(refused.content)


def test_data_of_nothing_is_an_empty_collection() -> None:
    assert as_geojson(Results([]), site="https://example.org") == {"type": "FeatureCollection", "features": []}


def test_few_results_are_filled_up_to_five() -> None:
    make_event(kind=EventKind.RALLY)
    for _number in range(9):
        make_event(near="03060")
    results = near(kind=EventKind.RALLY)
    assert len(results.events) + len(results.instead) == AT_LEAST
