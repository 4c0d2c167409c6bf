"""People near a place, by the point of their ZIP code or their own."""

import pytest

from foundation.places.distance import Point
from foundation.places.models import ZipCode
from members.models import Person
from members.people import home_of

pytestmark = pytest.mark.django_db
CAMBRIDGE = Point(42.37, -71.11)


def test_people_are_found_at_their_zip_code() -> None:
    person = Person.objects.create(**home_of("02139"))
    assert list(Person.objects.within(CAMBRIDGE, 20)) == [person]
    assert not Person.objects.within(Point(41.0, -81.5), 20)


def test_people_whose_zip_code_has_no_point_of_its_own_are_found_at_theirs() -> None:
    code = ZipCode.objects.filter(position__isnull=True).first()
    person = Person.objects.create(zip_code=code, latitude=CAMBRIDGE.latitude, longitude=CAMBRIDGE.longitude)
    assert list(Person.objects.within(CAMBRIDGE, 20)) == [person]
    assert not Person.objects.within(Point(41.0, -81.5), 20)


def test_people_without_a_zip_code_are_found_at_their_own_point() -> None:
    person = Person.objects.create(latitude=CAMBRIDGE.latitude, longitude=CAMBRIDGE.longitude)
    Person.objects.create(latitude=41.0, longitude=-81.5)
    assert list(Person.objects.within(CAMBRIDGE, 5)) == [person]
