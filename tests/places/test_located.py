"""The search for the nearest rows, on the ZIP codes."""

import pytest
from django.db import connection

from foundation.places.distance import Point, miles_between, miles_from_chord, position
from foundation.places.models import ZipCode

pytestmark = pytest.mark.django_db

CAMBRIDGE = Point(42.3647, -71.1042)
# On the date line between two of the Aleutians.
ADAK = Point(51.9, 180.0)


def plan_of(query: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {query}")
        return "\n".join(row[0] for row in cursor.fetchall())


def sql(queryset: object) -> str:
    with connection.cursor() as cursor:
        statement, parameters = queryset.query.sql_with_params()  # type: ignore[attr-defined]
        return str(cursor.mogrify(statement, parameters))


def test_the_nearest_come_first_as_the_exact_distance_has_them() -> None:
    nearest = list(ZipCode.objects.nearest_to(CAMBRIDGE)[:50])
    exact = sorted(
        ZipCode.objects.filter(state="MA", latitude__isnull=False),
        key=lambda z: (miles_between(CAMBRIDGE, z.point or CAMBRIDGE), z.code),
    )[:50]
    assert [z.code for z in nearest] == [z.code for z in exact]


def test_each_row_carries_its_chord_which_gives_miles() -> None:
    columns = ("latitude", "longitude", "chord")
    latitude, longitude, chord = ZipCode.objects.nearest_to(CAMBRIDGE).filter(code="90001").values_list(*columns).get()
    exact = miles_between(CAMBRIDGE, Point(latitude, longitude))
    assert miles_from_chord(chord) == pytest.approx(exact, rel=0.005)


def test_rows_without_a_point_are_never_near() -> None:
    assert "09905" not in set(ZipCode.objects.nearest_to(CAMBRIDGE).values_list("code", flat=True))
    assert not ZipCode.objects.within(CAMBRIDGE, 13_000).filter(latitude=None).exists()


def test_equally_near_rows_come_in_the_order_of_their_keys() -> None:
    twins = [z.code for z in ZipCode.objects.nearest_to(CAMBRIDGE).filter(latitude=42.3647, longitude=-71.1042)]
    assert len(twins) > 0
    assert twins == sorted(twins)


def test_nearest_first_walks_the_index_and_sorts_only_ties() -> None:
    plan = plan_of(sql(ZipCode.objects.nearest_to(CAMBRIDGE)[:20]))
    assert "Index Scan using zipcode_position" in plan
    assert 'Order By: ("position" <-> \'(' in plan  # the place's position is a constant of the plan
    assert "Seq Scan" not in plan


def test_within_miles_searches_the_index() -> None:
    plan = plan_of(sql(ZipCode.objects.within(CAMBRIDGE, 10)))
    assert "zipcode_position" in plan
    assert "Seq Scan" not in plan


@pytest.mark.parametrize("miles", [0.5, 10, 100])
def test_within_miles_finds_all_and_only_those_that_the_exact_distance_has(miles: float) -> None:
    found = set(ZipCode.objects.within(CAMBRIDGE, miles).values_list("code", flat=True))
    located = ZipCode.objects.filter(latitude__range=(40, 45), longitude__range=(-75, -68))
    distances = {z.code: miles_between(CAMBRIDGE, z.point) for z in located if z.point}
    assert found >= {code for code, distance in distances.items() if distance < miles * 0.995}
    assert found <= {code for code, distance in distances.items() if distance < miles * 1.005}


def test_the_date_line_divides_nothing() -> None:
    codes = set(ZipCode.objects.within(ADAK, 250).values_list("code", flat=True))
    assert {"96507", "99546"} <= codes  # at 178.9 degrees east and 176.6 degrees west


def test_the_position_stays_in_the_database_until_it_is_asked_for() -> None:
    row = ZipCode.objects.nearest_to(CAMBRIDGE)[0]
    assert "position" in row.get_deferred_fields()
    assert row.point is not None
    assert row.position == pytest.approx(position(*row.point), abs=0.001)
