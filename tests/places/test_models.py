"""Every named constraint of the places, violated."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from foundation.places.models import Area, AreaKind, AreaZipCode, NamedPlace, NamedPlaceKind, ZipCode, ZipCodeKind

pytestmark = pytest.mark.django_db

NAN = float("nan")


def violates(constraint: str) -> Any:
    return pytest.raises(IntegrityError, match=constraint)


def zip_code(**fields: Any) -> ZipCode:
    usual = {"code": "00000", "kind": ZipCodeKind.STANDARD, "city": "Nowhere", "state": "MA"}
    return ZipCode.objects.create(**{**usual, **fields})


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"code": "0213"}, "zipcode_five_digits"),
        ({"code": "0213x"}, "zipcode_five_digits"),
        ({"code": "٠٢١٣٩"}, "zipcode_five_digits"),
        ({"kind": "NORMAL"}, "zipcode_kind_known"),
        ({"state": "XX"}, "zipcode_state_known"),
        ({"time_zone": "Napakiak"}, "zipcode_zone_iana"),
        ({"latitude": 42.0}, "zipcode_point_whole_or_unknown"),
        ({"longitude": -71.0}, "zipcode_point_whole_or_unknown"),
        ({"latitude": 90.1, "longitude": 0}, "zipcode_point_on_earth"),
        ({"latitude": 1, "longitude": -180.1}, "zipcode_point_on_earth"),
        ({"latitude": NAN, "longitude": 1}, "zipcode_point_on_earth"),
        ({"latitude": 0, "longitude": 0}, "zipcode_point_not_zero"),
    ],
)
def test_the_database_refuses_a_broken_zip_code(fields: dict[str, Any], constraint: str) -> None:
    with violates(constraint), transaction.atomic():
        zip_code(**fields)


def test_the_database_takes_a_zip_code_without_a_point_and_gives_it_no_position() -> None:
    zip_code()
    assert ZipCode.objects.get(code="00000").position is None


def test_a_point_on_the_equator_is_a_point() -> None:
    zip_code(latitude=0, longitude=9.45)
    assert ZipCode.objects.get(code="00000").point == (0, 9.45)


def named_place(**fields: Any) -> NamedPlace:
    usual = {
        "kind": NamedPlaceKind.CITY, "name": "Nowhere", "key": "nowhere", "state": "MA", "country": "US",
        "latitude": 42.0, "longitude": -71.0,
    }  # fmt: skip
    return NamedPlace.objects.create(**{**usual, **fields})


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"kind": "town"}, "namedplace_kind_known"),
        ({"latitude": None, "longitude": None}, "namedplace_has_point"),
        ({"longitude": None}, "namedplace_point_whole_or_unknown"),
        ({"latitude": -91}, "namedplace_point_on_earth"),
        ({"latitude": 0, "longitude": 0}, "namedplace_point_not_zero"),
        ({"state": ""}, "namedplace_state_unless_abroad"),
        ({"kind": "abroad", "country": "DE"}, "namedplace_state_unless_abroad"),
        ({"kind": "abroad", "state": ""}, "namedplace_state_unless_abroad"),
        ({"key": "cambridge"}, "namedplace_once"),
    ],
)
def test_the_database_refuses_a_broken_named_place(fields: dict[str, Any], constraint: str) -> None:
    with violates(constraint), transaction.atomic():
        named_place(**fields)


def area(**fields: Any) -> Area:
    return Area.objects.create(**{"kind": AreaKind.CUSTOM, "name": "Somewhere", "slug": "somewhere", **fields})


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"kind": "ward"}, "area_kind_known"),
        ({"kind": "district", "code": "MA-07"}, "area_district_has_code_and_edition"),
        ({"kind": "district", "edition": "119"}, "area_district_has_code_and_edition"),
        ({"slug": "taken"}, "places_area_slug"),
        ({"kind": "district", "edition": "119", "code": "MA-05"}, "area_district_once_an_edition"),
    ],
)
def test_the_database_refuses_a_broken_area(fields: dict[str, Any], constraint: str) -> None:
    area(kind=AreaKind.DISTRICT, edition="119", code="MA-05", slug="taken")
    with violates(constraint), transaction.atomic():
        area(**fields)


def test_a_zip_code_is_in_an_area_once() -> None:
    somewhere = area()
    AreaZipCode.objects.create(area=somewhere, zip_code_id="02139")
    with violates("areazipcode_once"), transaction.atomic():
        AreaZipCode.objects.create(area=somewhere, zip_code_id="02139")


def test_an_area_holds_known_zip_codes_only() -> None:
    AreaZipCode.objects.create(area=area(), zip_code_id="00000")
    with violates("places_areazipcode_zip_code_id"):
        connection.check_constraints()
