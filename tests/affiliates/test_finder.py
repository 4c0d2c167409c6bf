"""The finder: what it finds, in what order, and what it says to what it cannot understand."""

import datetime
import json
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from affiliates.finder import PAGE_SIZE, Filters, SearchError, describe_miles, find_near, parse_search
from affiliates.models import Group, GroupStatus
from foundation.places.distance import Point, miles_between
from foundation.places.search import find_place
from tests.factories import make_group

pytestmark = pytest.mark.django_db
NOW = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_the_nearest_group_comes_first_across_a_state_line(client: Client) -> None:
    make_group("Far but same state", near="01230")  # Great Barrington, MA
    make_group("Over the line", near="03060")  # Nashua, NH
    make_group("Next door", near="01879")  # Tyngsborough, MA
    results = find_near(find_place("01879"), filters=Filters(), page=1, now=NOW)
    assert [group.name for group in results.groups] == ["Next door", "Over the line", "Far but same state"]


def test_distances_shown_agree_with_the_exact_geodesic() -> None:
    for zip_code in ("10001", "60601", "94103", "99501", "96813", "00901"):
        make_group(zip_code, near=zip_code)
    place = find_place("02139")
    here = Point(place.latitude, place.longitude)
    for group in find_near(place, filters=Filters(), page=1, now=NOW).groups:
        exact = miles_between(here, Point(group.latitude, group.longitude))
        assert group.miles == pytest.approx(exact, rel=0.005)


def test_only_listed_groups_are_found(client: Client) -> None:
    make_group("Listed")
    make_group("Forming", status=GroupStatus.FORMING)
    make_group("Ended", status=GroupStatus.ENDED)
    page = text_of(client.get("/groups/", {"near": "02139"}))
    assert "Listed" in page
    assert "Forming" not in page
    assert "Ended" not in page


def test_a_search_makes_two_queries_however_many_groups_there_are(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(PAGE_SIZE + 5):
        make_group(f"Group {number}", near="02139")
    with django_assert_num_queries(2):
        client.get("/groups/", {"near": "02139"})
    with django_assert_num_queries(2):
        client.get("/groups/", {"near": "02139", "page": "2"})


def test_pages_follow_on_without_gap_or_overlap(client: Client) -> None:
    for number in range(2 * PAGE_SIZE + 3):
        make_group(f"Group {number}", near="02139")
    place = find_place("02139")
    pages = [find_near(place, filters=Filters(), page=page, now=NOW) for page in (1, 2, 3)]
    slugs = [group.slug for page in pages for group in page.groups]
    assert len(slugs) == len(set(slugs)) == 2 * PAGE_SIZE + 3
    assert [page.has_next for page in pages] == [True, True, False]


def test_nobody_within_fifty_miles_shows_the_nearest_and_offers_to_start_one(client: Client) -> None:
    make_group("Boston people", near="02139")
    page = text_of(client.get("/groups/", {"near": "59301"}))  # Miles City, Montana
    assert "No group within 50 miles" in page
    assert "Boston people" in page
    assert "Start one here" in page
    assert "Tell me when there is one" in page


def test_filters_that_leave_almost_nothing_still_show_the_five_nearest() -> None:
    for number in range(6):
        make_group(f"Quiet {number}", near="02139", last_active_at=None)
    results = find_near(find_place("02139"), filters=Filters(active=True), page=1, now=NOW)
    assert results.groups == []
    assert len(results.instead) == 5


def test_the_distance_filter_leaves_out_what_is_further() -> None:
    make_group("Here", near="02139")
    make_group("Worcester", near="01608")
    results = find_near(find_place("02139"), filters=Filters(within=10), page=1, now=NOW)
    assert [group.name for group in results.groups] == ["Here"]
    assert [group.name for group in results.instead] == ["Worcester"]


def test_the_activity_filter_keeps_those_of_the_last_ninety_days() -> None:
    make_group("Active", last_active_at=NOW - datetime.timedelta(days=89))
    make_group("Asleep", last_active_at=NOW - datetime.timedelta(days=91))
    results = find_near(find_place("02139"), filters=Filters(active=True), page=1, now=NOW)
    assert [group.name for group in results.groups] == ["Active"]


def test_the_event_filter_keeps_those_with_an_event_to_come() -> None:
    make_group("Meets", next_event_at=NOW + datetime.timedelta(days=1))
    make_group("Met", next_event_at=NOW - datetime.timedelta(days=1))
    results = find_near(find_place("02139"), filters=Filters(events=True), page=1, now=NOW)
    assert [group.name for group in results.groups] == ["Meets"]


def test_the_next_event_is_told_on_the_groups_own_clocks(client: Client) -> None:
    # 03:00 UTC on 2 July is still the evening of 1 July in Boston.
    make_group("Meets", next_event_at=datetime.datetime(2026, 7, 2, 3, tzinfo=datetime.UTC))
    page = text_of(client.get("/groups/", {"near": "02139"}))
    assert "Wednesday, July 1" in page


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("near=00000", 404, "00000"),
        ("near=9021", 400, "five digits"),
        ("near=ABCDE", 404, "ABCDE"),
        ("near=" + "x" * 5000, 400, ""),
        ("near=%F0%9F%98%80", 400, "no place"),
        ("near='; DROP TABLE affiliates_group; --", 404, ""),
        ("near=<script>alert(1)</script>", 404, "&lt;script&gt;"),
        ("near=%00", 400, ""),
        ("near=02139%00", 400, ""),
        ("near=%FF%FE", 400, ""),
        ("near=02139&near=10001", 400, "two places"),
        ("near=02139&page=-1", 404, "no page"),
        ("near=02139&page=999999", 404, "no page"),
        ("near=02139&page=0", 404, "no page"),
        ("near=02139&page=abc", 404, "no page"),
        ("near=02139&page=2", 404, "no page"),
        ("near=02139&within=7", 400, "distance"),
        ("near=02139&within=" + "9" * 4000, 400, "distance"),
        ("near=02139&within=0025" + "9" * 5000, 400, "distance"),
        ("near=02139&within=00259999", 400, "distance"),
        ("state=ZZ&page=50", 404, "no page"),
        ("near=200,400", 400, ""),
    ],
)
@pytest.mark.parametrize("accept", ["text/html", "application/geo+json"])
def test_bad_input_gets_a_clear_answer_with_the_right_status(
    client: Client, query: str, status: int, words: str, accept: str
) -> None:
    make_group()
    response = client.get(f"/groups/?{query}", headers={"accept": accept})
    assert response.status_code == status
    if accept == "text/html":
        assert words in text_of(response)
        assert "<script>alert" not in text_of(response)
    assert Group.objects.count() == 1


def test_the_geojson_holds_the_same_groups_in_the_same_order_and_nothing_private(client: Client) -> None:
    make_group("Here", near="02139", contact_email="secret@example.org")
    make_group("There", near="10001")
    response = client.get("/groups/", {"near": "02139"}, headers={"accept": "application/geo+json"})
    data = json.loads(response.content)
    assert response.headers["Content-Type"] == "application/geo+json"
    assert "Accept" in response.headers["Vary"]
    assert [feature["properties"]["name"] for feature in data["features"]] == ["Here", "There"]
    assert set(data["features"][0]["properties"]) == {
        "name", "url", "place", "distance_miles", "last_active_at", "next_event_at",
    }  # fmt: skip
    assert b"secret@" not in response.content


def test_a_word_that_is_no_place_finds_groups_of_that_name(client: Client) -> None:
    make_group("Riverbend Table")
    response = client.get("/groups/", {"near": "riverbend"})
    assert "Riverbend Table" in text_of(response)


def test_a_state_lists_its_groups_by_name(client: Client) -> None:
    make_group("Zebra", near="02139")
    make_group("Ant", near="01608")
    make_group("Elsewhere", near="10001")
    page = text_of(client.get("/groups/", {"state": "ma"}))
    assert page.index("Ant") < page.index("Zebra")
    assert "Elsewhere" not in page


def test_an_empty_network_says_so_and_offers_to_start(client: Client) -> None:
    assert "Start one here" in text_of(client.get("/groups/", {"near": "02139"}))


def test_distances_are_told_in_words() -> None:
    assert describe_miles(0.4, "en") == "less than a mile"
    assert describe_miles(3.24, "en") == "3.2 miles"
    assert describe_miles(45.4, "en") == "45 miles"
    assert describe_miles(1234.5, "en") == "1,234 miles"


def test_the_same_value_twice_is_no_contradiction() -> None:
    from django.http import QueryDict

    assert parse_search(QueryDict("near=02139&near=02139")).near == "02139"
    with pytest.raises(SearchError):
        parse_search(QueryDict("page=1&page=2"))
