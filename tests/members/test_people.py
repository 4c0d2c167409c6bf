"""What the database refuses about people, and who owns an address."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

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
    with refused("personemail_one_primary"), transaction.atomic():
        PersonEmail.objects.create(person=person, address="b@example.org", is_primary=True)
    for address in ("c@example.org", "d@example.org"):
        PersonEmail.objects.create(person=person, address=address)
    assert person.emails.count() == 3


def test_a_phone_number_is_normalised_and_has_one_owner() -> None:
    phone = PersonPhone.objects.create(person=Person.objects.create(), number="(617) 555-1234")
    phone.refresh_from_db()
    assert phone.number == "+16175551234"
    with refused("number"):
        PersonPhone.objects.create(person=Person.objects.create(), number="+1 617 555 1234")


def test_a_number_that_is_none_is_refused() -> None:
    phone = PersonPhone.objects.create(person=Person.objects.create(), number="(617) 555-1234")
    with connection.cursor() as cursor:
        change = "UPDATE members_personphone SET number = %s WHERE id = %s"
        for number in (
            "12",
            "+123456",
            "+1234567890123456",
            "+0617555123",
            "16175551234",
            "+1617555123x",
            "+1617555\n23",
        ):
            with refused("personphone_e164"), transaction.atomic():
                cursor.execute(change, [number, phone.pk])
        for number in ("+1234567", "+123456789012345"):
            cursor.execute(change, [number, phone.pk])


def test_people_of_the_network_are_found_by_distance() -> None:
    near = Person.objects.create(given_name="Near", latitude=42.37, longitude=-71.11)
    far = Person.objects.create(given_name="Far", latitude=40.71, longitude=-74.0)
    from foundation.places.distance import Point

    assert list(Person.objects.all().nearest_to(Point(42.36, -71.06))) == [near, far]
