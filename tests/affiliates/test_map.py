"""Clusters for the box on screen, the counts by state, and the drawn picture's pins."""

import itertools
import json
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from affiliates.map import (
    MOST_FEATURES,
    MOST_NAMES,
    MOST_ZOOM,
    Box,
    MapRequestError,
    cell_size,
    clusters_in,
    counts_by_state,
    parse_zoom,
)
from affiliates.map_picture import draw_picture, pins_around, pins_for_country
from affiliates.models import Group, GroupStatus
from foundation.places.search import find_place
from tests.factories import LONG_AGO, make_group

pytestmark = pytest.mark.django_db
NEW_ENGLAND = Box(-74, 41, -69, 44)
PACIFIC = Box(150, -20, -140, 60)  # across the date line
_numbers = itertools.count(1)


def degrees(most: int) -> st.SearchStrategy[float]:
    """To a thousandth, as stored points are: so that some coincide and none is a float no globe has room for."""
    return st.integers(-most * 1000, most * 1000).map(lambda thousandths: thousandths / 1000)


points = st.tuples(degrees(89), degrees(180)).filter(lambda point: point != (0, 0))
zooms = st.integers(0, MOST_ZOOM)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    west, east = draw(st.tuples(degrees(180), degrees(180)).filter(lambda pair: pair[0] != pair[1]))
    south, north = sorted(draw(st.tuples(degrees(90), degrees(90)).filter(lambda pair: pair[0] != pair[1])))
    return Box(west, south, east, north)


def groups_at(*where: tuple[float, float]) -> list[Group]:
    """A listed group at each (latitude, longitude), abroad, so that any point will do."""
    made = []
    for latitude, longitude in where:
        number = next(_numbers)
        made.append(
            Group(
                name=f"Group {number}",
                name_key=f"group {number:06}",
                slug=f"at-{number}",
                status=GroupStatus.LISTED,
                listed_at=LONG_AGO,
                country="FR",
                place_name="Somewhere",
                latitude=latitude,
                longitude=longitude,
            )
        )
    return Group.objects.bulk_create(made)


def lies_in(box: Box, longitude: float, latitude: float) -> bool:
    if not box.south <= latitude <= box.north:
        return False
    if box.crosses_date_line:
        return longitude >= box.west or longitude <= box.east
    return box.west <= longitude <= box.east


def count_of(feature: dict[str, Any]) -> int:
    return int(feature["properties"].get("count", 1))


# --- clusters ---


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(points, max_size=40), boxes(), zooms)
def test_counts_add_up_to_the_groups_in_the_box_and_nothing_lies_outside(
    where: list[tuple[float, float]], box: Box, zoom: int
) -> None:
    Group.objects.all().delete()
    cache.clear()
    groups_at(*where)
    inside = [point for point in where if lies_in(box, point[1], point[0])]
    features = clusters_in(box, zoom)["features"]
    assert sum(map(count_of, features)) == len(inside)
    assert len(features) <= MOST_FEATURES
    hair = Box(box.west - 1e-9, box.south - 1e-9, box.east + 1e-9, box.north + 1e-9)
    for feature in features:
        assert lies_in(hair, *feature["geometry"]["coordinates"])


@given(boxes(), zooms)
def test_a_box_never_has_more_cells_than_features_may_be(box: Box, zoom: int) -> None:
    width, height = cell_size(box, zoom)
    assert (box.width / width + 2) * (box.height / height + 2) <= MOST_FEATURES


def test_the_answer_is_bounded_however_many_groups_there_are() -> None:
    groups_at(*((latitude / 10, longitude / 10) for latitude in range(1, 100, 2) for longitude in range(1, 100, 2)))
    features = clusters_in(Box(0, 0, 10, 10), MOST_ZOOM)["features"]
    assert len(features) <= MOST_FEATURES
    assert sum(map(count_of, features)) == 2500


def test_groups_far_apart_are_single_with_name_place_and_address() -> None:
    boston = make_group("Boston people", near="02139")
    make_group("Portland people", near="04101")
    features = clusters_in(NEW_ENGLAND, 7)["features"]
    assert {feature["properties"]["name"] for feature in features} == {"Boston people", "Portland people"}
    found = next(feature for feature in features if feature["properties"]["name"] == "Boston people")
    assert found["properties"] == {
        "name": "Boston people",
        "place": boston.place_name,
        "url": boston.get_absolute_url(),
    }
    assert found["geometry"] == {"type": "Point", "coordinates": [boston.longitude, boston.latitude]}


def test_a_cluster_has_its_bounds_and_the_mean_of_its_points() -> None:
    groups_at((42.1, -71.1), (42.1, -71.2), (42.4, -71.1))
    (feature,) = clusters_in(NEW_ENGLAND, 5)["features"]
    assert feature["properties"] == {"count": 3, "bounds": [-71.2, 42.1, -71.1, 42.4]}
    assert feature["geometry"]["coordinates"] == pytest.approx([-71.1333333, 42.2])


def test_a_cluster_falls_apart_as_one_comes_closer() -> None:
    groups_at((42.36, -71.06), (42.27, -71.80), (42.10, -72.59))
    assert [len(clusters_in(NEW_ENGLAND, zoom)["features"]) for zoom in (4, 9)] == [1, 3]


def test_groups_at_one_point_are_named_because_no_zoom_parts_them() -> None:
    for name in ("Second", "First"):
        make_group(name, near="02139")
    (feature,) = clusters_in(NEW_ENGLAND, MOST_ZOOM)["features"]
    assert feature["properties"]["count"] == 2
    assert [group["name"] for group in feature["properties"]["groups"]] == ["First", "Second"]


def test_no_more_names_than_a_reader_can_use() -> None:
    groups_at(*[(42.0, -71.0)] * (MOST_NAMES + 5))
    (feature,) = clusters_in(NEW_ENGLAND, MOST_ZOOM)["features"]
    assert feature["properties"]["count"] == MOST_NAMES + 5
    assert len(feature["properties"]["groups"]) == MOST_NAMES


@pytest.mark.parametrize("zoom", [2, 10])
def test_only_listed_groups_are_on_the_map(zoom: int) -> None:
    make_group("Listed", near="02139")
    make_group("Forming", near="04101", status=GroupStatus.FORMING)
    make_group("Ended", near="06103", status=GroupStatus.ENDED)
    # At the same point too.
    make_group("Forming next door", near="02139", status=GroupStatus.FORMING)
    features = clusters_in(NEW_ENGLAND, zoom)["features"]
    assert [feature["properties"]["name"] for feature in features] == ["Listed"]


def test_a_group_that_is_unlisted_is_off_the_map_at_once_though_counts_are_kept() -> None:
    wide = Box(-130, 20, -60, 50)
    alone = make_group("Alone", near="98101")
    make_group("Stays", near="02139")
    for _name in range(2):
        make_group("Together", near="33101")
    assert "Alone" in json.dumps(clusters_in(wide, 4))
    Group.objects.filter(pk=alone.pk).update(status=GroupStatus.ENDED)
    Group.objects.filter(name="Together").update(status=GroupStatus.ENDED)
    after = json.dumps(clusters_in(wide, 4))
    assert "Stays" in after
    assert "Alone" not in after
    assert "Together" not in after


def test_a_box_across_the_date_line_holds_both_sides() -> None:
    groups_at((-17.5, 178.1), (-13.8, -171.8), (52.0, 5.0))
    features = clusters_in(PACIFIC, 8)["features"]
    assert sorted(feature["geometry"]["coordinates"][0] for feature in features) == [-171.8, 178.1]


def test_a_cluster_across_the_date_line_lies_upon_it_and_its_bounds_cross_it() -> None:
    groups_at((-17.0, 179.0), (-17.0, -178.0), (-17.0, 178.0))
    (feature,) = clusters_in(PACIFIC, 2)["features"]
    assert feature["properties"] == {"count": 3, "bounds": [178.0, -17.0, pytest.approx(-178.0), -17.0]}
    assert feature["geometry"]["coordinates"] == pytest.approx([179.6666667, -17.0])


def test_clusters_take_three_queries_at_most(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    groups_at(*((40 + n / 7, -70 - n / 5) for n in range(20)), (41.5, -73.0), (41.5, -73.0))
    with django_assert_max_num_queries(3):
        clusters_in(NEW_ENGLAND, 9)


def test_a_wide_box_is_counted_once_a_minute(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    wide = Box(-130, 20, -60, 50)
    groups_at((42.1, -71.1), (42.1, -71.2))
    first = clusters_in(wide, 4)
    with django_assert_num_queries(0):
        assert clusters_in(wide, 4) == first


# --- what cannot be used ---


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1,2,3",
        "1,2,3,4,5",
        "a,b,c,d",
        "nan,0,1,1",
        "0,0,inf,1",
        "-181,0,1,1",
        "0,0,181,1",
        "0,-91,1,1",
        "0,0,1,91",
        "0,1,1,1",
        "1,0,1,1",
        "0,5,1,4",
        "1e400,0,1,1",
        "0;DROP TABLE,0,1,1",
        "9" * 5000,
    ],
)
def test_a_box_that_cannot_be_used_is_an_error_in_words(client: Client, text: str) -> None:
    with pytest.raises(MapRequestError):
        Box.parse(text)
    response = client.get("/groups/clusters.json", {"box": text, "zoom": "4"})
    assert response.status_code == 400
    assert response.json()["error"].endswith(".")


@pytest.mark.parametrize("text", ["", "-1", "15", "999", "4.5", "four", "٤", "²"])
def test_a_zoom_that_cannot_be_used_is_an_error_in_words(client: Client, text: str) -> None:
    with pytest.raises(MapRequestError):
        parse_zoom(text)
    response = client.get("/groups/clusters.json", {"box": "0,0,1,1", "zoom": text})
    assert response.status_code == 400
    assert "0 to 14" in response.json()["error"]


def test_clusters_are_public_geojson_that_nobody_keeps_so_an_ended_group_is_gone_at_once(client: Client) -> None:
    make_group("Boston people", near="02139")
    response = client.get("/groups/clusters.json", {"box": "-74,41,-69,44", "zoom": "7"})
    assert response.headers["Content-Type"] == "application/geo+json"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.json()["features"][0]["properties"]["name"] == "Boston people"


# --- counts by state ---


def test_groups_are_counted_by_state_territory_and_country_in_one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for near in ("02139", "02139", "98101", "00901", "96910"):
        make_group(near=near)
    make_group(near="02139", status=GroupStatus.ENDED)
    groups_at((48.9, 2.4))
    with django_assert_num_queries(1):
        counts = counts_by_state()
    assert [(place.code, place.name, place.count) for place in counts] == [
        ("MA", "Massachusetts", 2),
        ("WA", "Washington", 1),
        ("GU", "Guam", 1),
        ("PR", "Puerto Rico", 1),
        ("FR", "France", 1),
    ]
    assert [place.is_abroad for place in counts] == [False, False, False, False, True]


# --- the picture ---


def drawn(client: Client, **query: str) -> str:
    response = client.get("/groups/map.svg", query)
    assert response.status_code == 200
    ElementTree.fromstring(response.content)
    return response.content.decode()


def test_pins_of_the_country_are_all_groups_of_the_states() -> None:
    for near in ("02139", "02139", "98101", "99501", "96813", "00901"):
        make_group(near=near)
    assert sorted(pin.count for pin in pins_for_country()) == [1, 1, 1, 2]


def test_pins_around_a_place_are_those_in_sight() -> None:
    make_group(near="02139")
    make_group(near="01608")
    make_group(near="98101")
    around = pins_around(find_place("02139"))
    assert around is not None
    assert sum(pin.count for pin in around.pins) == 2
    assert all(around.window.holds(around.you._replace(x=pin.x, y=pin.y)) for pin in around.pins)


def test_the_window_widens_until_a_group_is_in_sight() -> None:
    make_group(near="80202")  # Denver
    close, far, alone = (pins_around(find_place(near)) for near in ("80202", "69361", "04769"))
    assert close is not None
    assert far is not None
    assert alone is not None
    assert close.window.width < far.window.width < alone.window.width
    assert [len(found.pins) for found in (close, far, alone)] == [1, 1, 0]


@pytest.mark.parametrize("near", ["99546", "99501", "96813", "92101", "33040", "04694"])
def test_a_place_at_any_corner_of_the_country_is_in_its_window(near: str) -> None:
    make_group(near=near)
    around = pins_around(find_place(near))
    assert around is not None
    assert [pin.count for pin in around.pins] == [1]
    assert around.window.middle == pytest.approx(around.you)


def test_a_groups_neighbours_across_the_whole_window_are_found() -> None:
    """The box in degrees that is asked of the database covers the window, whose sides lean against the compass."""
    for near in ("04769", "98221", "92101", "33040"):
        place = find_place(near)
        around = pins_around(place)
        assert around is not None
        box = Box.around(place, around.window.width * 3.06 / 2 * 1.5)
        assert box.west < place.longitude < box.east
        assert box.south < place.latitude < box.north


def test_the_picture_is_public_and_its_style_is_allowed_by_its_hash(client: Client) -> None:
    response = client.get("/groups/map.svg")
    assert response.headers["Content-Type"] == "image/svg+xml"
    assert set(response.headers["Cache-Control"].split(", ")) == {"public", "max-age=300"}
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "style-src 'sha256-" in policy
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("near", ["", "00000", "ABCDE", "x" * 5000, "😀", "<script>", "'; DROP TABLE", "99"])
def test_an_unknown_place_shows_the_country(client: Client, near: str) -> None:
    make_group(near="02139")
    assert "Puerto Rico" in drawn(client, near=near)


def test_a_known_place_shows_its_surroundings(client: Client) -> None:
    make_group(near="02139")
    picture = drawn(client, near="02139")
    assert 'class="you"' in picture
    assert ">MA</text>" in picture
    assert "1 group in the picture." in picture
    assert "Puerto Rico" not in picture


def test_a_place_in_a_territory_shows_the_country_with_its_inset_marked(client: Client) -> None:
    make_group(near="00901")
    picture = drawn(client, near="00901")
    assert picture.count('class="inset here"') == 1
    assert picture.index('class="inset here"') < picture.index(">Puerto Rico<") < picture.index(">Guam<")


def test_a_place_abroad_shows_the_country_with_the_last_inset_marked(client: Client) -> None:
    groups_at((48.9, 2.4), (48.9, 2.4), (52.5, 13.4))
    picture = drawn(client, near="Paris, France")
    inset = picture[picture.index('class="inset here"') :]
    assert "Outside the US" in inset
    assert ">3</text>" in inset


def test_the_small_picture_has_larger_letters_and_codes_for_names(client: Client) -> None:
    small = drawn(client, size="small")
    assert ">PR</text>" in small
    assert "Puerto Rico" not in small


def test_the_language_is_in_the_address_and_not_in_the_visitors_cookie(client: Client) -> None:
    make_group(near="02139")
    with translation.override("es"):
        spanish = draw_picture(None)
    assert drawn(client, lang="es") == spanish
    client.cookies["django_language"] = "es"
    assert drawn(client, lang="en") == drawn(client, lang="xx") == drawn(client)


def test_the_country_takes_two_queries_and_a_place_one(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for near in ("02139", "01608", "98101"):
        make_group(near=near)
    place = find_place("02139")
    with django_assert_num_queries(2):
        draw_picture(None)
    with django_assert_num_queries(1):
        draw_picture(place)


# --- the page ---


def test_the_page_without_javascript_is_the_picture_and_the_groups_by_state(client: Client) -> None:
    make_group(near="02139")
    page = client.get("/groups/map/", {"near": "02139"}).content.decode()
    assert "/groups/map.svg?lang=en&amp;near=02139" in page
    assert '<a class="row-action" href="/groups/?state=MA">Massachusetts</a>' in page
    assert 'data-latitude="42.' in page
    assert "style=" not in page


@pytest.mark.parametrize("near", ["00000", "x" * 5000, "<script>alert(1)</script>", "😀"])
def test_the_page_of_an_unknown_place_is_the_countrys(client: Client, near: str) -> None:
    response = client.get("/groups/map/", {"near": near})
    assert response.status_code == 200
    assert b"data-latitude" not in response.content
    assert b"<script>alert" not in response.content
