"""Distance: one definition, and what the database orders by agrees with it to 0.5 %."""

import random

import pytest
from django.db import connection
from hypothesis import assume, given
from hypothesis import strategies as st

from foundation.places.distance import (
    METRES_PER_MILE,
    WGS84_EQUATORIAL_RADIUS,
    Point,
    chord_between,
    chord_from_miles,
    miles_between,
    miles_from_chord,
    point_from_position,
    position,
)
from foundation.places.models import ZipCode

latitudes = st.floats(-90, 90, allow_nan=False)
longitudes = st.floats(-180, 180, allow_nan=False)
points = st.builds(Point, latitudes, longitudes)

CAMBRIDGE = Point(42.3647, -71.1042)
PAIRS = {
    "across town": (CAMBRIDGE, Point(42.3751, -71.1056)),
    "50 km, north": (Point(40, -100), Point(40.45, -100)),
    "50 km, east": (Point(40, -100), Point(40, -99.414)),
    "across the continent": (Point(40.7128, -74.006), Point(34.0522, -118.2437)),
    "Anchorage to Miami": (Point(61.2181, -149.9003), Point(25.7617, -80.1918)),
    "Utqiagvik to Adak": (Point(71.2906, -156.7887), Point(51.88, -176.6581)),
    "Guam to Honolulu": (Point(13.4443, 144.7937), Point(21.3069, -157.8583)),
    "Guam to Cambridge, 12,800 km": (Point(13.4443, 144.7937), CAMBRIDGE),
    "over the date line": (Point(51.9, 179.9), Point(51.9, -179.9)),
    "over the North Pole": (Point(89, 0), Point(89, 180)),
    "pole to equator": (Point(90, 0), Point(0, 20)),
    "Boston to Wellington, 14,600 km": (Point(42.36, -71.06), Point(-41.29, 174.78)),
    "along the equator": (Point(0, 10), Point(0, 100)),
    "10,000 km": (Point(42, -71), Point(-47, -60)),
}


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS.keys())
def test_the_chord_gives_miles_that_agree_with_the_geodesic_to_half_a_percent(pair: tuple[Point, Point]) -> None:
    assert miles_from_chord(chord_between(*pair)) == pytest.approx(miles_between(*pair), rel=0.005)


@given(points, points)
def test_chord_and_geodesic_agree_for_any_two_points(a: Point, b: Point) -> None:
    exact = miles_between(a, b)
    # Not less than a foot apart, nor so nearly opposite that a chord can't tell (nobody's nearest group lies there).
    assume(0.0002 < exact < 9_500)
    assert miles_from_chord(chord_between(a, b)) == pytest.approx(exact, rel=0.005)


@given(points, points)
def test_near_by_they_agree_to_a_few_yards(a: Point, b: Point) -> None:
    near = Point(a.latitude + (b.latitude - a.latitude) / 100, a.longitude + (b.longitude - a.longitude) / 100)
    exact = miles_between(a, near)
    assume(0.0002 < exact < 1_000)
    assert miles_from_chord(chord_between(a, near)) == pytest.approx(exact, rel=0.000_03)


@pytest.mark.django_db
def test_chord_and_geodesic_agree_for_zip_codes_drawn_at_random() -> None:
    located = [row.point for row in ZipCode.objects.order_by("code") if row.point]
    drawn = random.Random(2).sample(located, 1_000)
    for a, b in zip(drawn[::2], drawn[1::2], strict=True):
        assert miles_from_chord(chord_between(a, b)) == pytest.approx(miles_between(a, b), rel=0.005)


def test_a_known_distance_is_right() -> None:
    # Flinders Peak to Buninyon: 54,972.271 m, the test line that Geoscience Australia publishes for this ellipsoid.
    flinders_peak = Point(-(37 + 57 / 60 + 3.72030 / 3600), 144 + 25 / 60 + 29.52440 / 3600)
    buninyong = Point(-(37 + 39 / 60 + 10.15610 / 3600), 143 + 55 / 60 + 35.38390 / 3600)
    assert miles_between(flinders_peak, buninyong) * METRES_PER_MILE == pytest.approx(54_972.271, abs=0.5)


@given(points)
def test_a_position_turns_back_into_its_point(point: Point) -> None:
    assume(abs(point.latitude) < 89.9999)  # at a pole every longitude is the same place
    back = point_from_position(*position(*point))
    assert back.latitude == pytest.approx(point.latitude, abs=1e-9)
    assert (back.longitude - point.longitude + 180) % 360 - 180 == pytest.approx(0, abs=1e-6)


def test_the_centre_of_the_earth_lies_below_no_point() -> None:
    with pytest.raises(ValueError, match="centre"):
        point_from_position(0, 0, 0)


@given(st.floats(0, 12_000))
def test_miles_turn_into_a_chord_and_back(miles: float) -> None:
    assert miles_from_chord(chord_from_miles(miles)) == pytest.approx(miles, rel=1e-6, abs=1e-6)


def test_half_the_circumference_reaches_everywhere() -> None:
    assert chord_from_miles(12_500) == 2 * WGS84_EQUATORIAL_RADIUS


@pytest.mark.django_db
def test_postgres_computes_the_same_positions_as_python_to_the_millimetre() -> None:
    numbers = random.Random(3)
    drawn = [Point(numbers.uniform(-90, 90), numbers.uniform(-180, 180)) for _ in range(500)]
    drawn += [Point(90.0, 0.0), Point(-90.0, 0.0), Point(0.0, 180.0), Point(0.0, -180.0), Point(1e-9, 1e-9)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT cube_ll_coord(p, 1), cube_ll_coord(p, 2), cube_ll_coord(p, 3)"
            " FROM unnest(%s::float8[], %s::float8[]) WITH ORDINALITY AS t (latitude, longitude, n),"
            " places_position(latitude, longitude) AS p ORDER BY n",
            [[p.latitude for p in drawn], [p.longitude for p in drawn]],
        )
        computed = cursor.fetchall()
    assert len(computed) == len(drawn)
    for point, row in zip(drawn, computed, strict=True):
        assert row == pytest.approx(position(*point), abs=0.001)


@pytest.mark.django_db
def test_the_position_function_works_under_the_empty_search_path_of_a_restore() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path = ''")
        cursor.execute("SELECT public.cube_ll_coord(public.places_position(0, 90), 2)")
        assert cursor.fetchone() == (6378137,)


@pytest.mark.django_db
def test_the_position_of_a_place_without_a_point_is_null() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT places_position(NULL, 1) IS NULL, places_position(1, NULL) IS NULL")
        assert cursor.fetchone() == (True, True)
