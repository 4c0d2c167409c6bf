"""What the database refuses about people, and who owns an address."""

from typing import Any

import pytest
from django.db import IntegrityError

from members.models import Person, PersonEmail, PersonPhone

pytestmark = pytest.mark.django_db


def refused(constraint: str) -> Any:
    return pytest.raises(IntegrityError, match=constraint)


@pytest.mark.parametrize(
    ("point", "constraint"),
    [
        ({"latitude": 1.0}, "person_point_whole_or_unknown"),
        ({"latitude": 95.0, "longitude": 1.0}, "person_point_on_earth"),
        ({"latitude": 0.0, "longitude": 0.0}, "person_point_not_zero"),
    ],
)
def test_a_point_is_whole_on_earth_and_never_zero(point: dict[str, float], constraint: str) -> None:
    with refused(constraint):
        Person.objects.create(**point)


def test_an_address_has_one_owner() -> None:
    PersonEmail.objects.create(person=Person.objects.create(), address="ada@example.org")
    with refused("address"):
        PersonEmail.objects.create(person=Person.objects.create(), address="ada@example.org")


def test_an_address_is_kept_in_lower_case() -> None:
    with refused("personemail_lower_case"):
        PersonEmail.objects.create(person=Person.objects.create(), address="Ada@example.org")


def test_a_person_has_one_primary_address() -> None:
    person = Person.objects.create()
    PersonEmail.objects.create(person=person, address="a@example.org", is_primary=True)
    with refused("personemail_one_primary"):
        PersonEmail.objects.create(person=person, address="b@example.org", is_primary=True)


def test_a_phone_number_is_normalised_and_has_one_owner() -> None:
    phone = PersonPhone.objects.create(person=Person.objects.create(), number="(617) 555-1234")
    phone.refresh_from_db()
    assert phone.number == "+16175551234"
    with refused("number"):
        PersonPhone.objects.create(person=Person.objects.create(), number="+1 617 555 1234")


def test_a_number_that_is_none_is_refused() -> None:
    phone = PersonPhone.objects.create(person=Person.objects.create(), number="(617) 555-1234")
    with refused("personphone_e164"):
        PersonPhone.objects.filter(pk=phone.pk).extra().update(number="12")


def test_people_of_the_network_are_found_by_distance() -> None:
    near = Person.objects.create(given_name="Near", latitude=42.37, longitude=-71.11)
    far = Person.objects.create(given_name="Far", latitude=40.71, longitude=-74.0)
    from foundation.places.distance import Point

    assert list(Person.objects.all().nearest_to(Point(42.36, -71.06))) == [near, far]
