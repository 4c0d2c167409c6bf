"""Who has a vote on a race, and why."""

import pytest
from pytest_django import DjangoAssertNumQueries

from affiliates.models import GroupStatus
from endorsements.eligibility import eligible_for
from endorsements.models import Race
from tests.factories import make_group

from .making import make_area, make_race

pytestmark = pytest.mark.django_db


def reasons(race: Race) -> list[tuple[str, str, str]]:
    return [(seat.group.name, seat.why.value, seat.because) for seat in eligible_for(race)]


@pytest.fixture
def race(db: None) -> Race:
    return make_race(area=make_area("02139", "02143", name="Middlesex"))


def test_a_group_at_home_in_the_area_has_a_vote_for_its_zip_code(race: Race) -> None:
    make_group("Cambridge", near="02139")
    make_group("Beverly Hills", near="90210")
    assert reasons(race) == [("Cambridge", "home", "02139")]


def test_a_group_that_serves_an_area_with_a_zip_code_of_it_has_one_for_that_area(race: Race) -> None:
    valley = make_group("Valley", near="01002")
    valley.areas_served.add(make_area("01002", "02143", name="The Valley and Somerville"), make_area("90210"))
    coast = make_group("Coast", near="90210")
    coast.areas_served.add(make_area("90210", name="The Coast"))
    assert reasons(race) == [("Valley", "serves", "The Valley and Somerville")]


def test_serving_the_very_area_is_serving_it(race: Race) -> None:
    assert race.area is not None
    make_group("Valley", near="01002").areas_served.add(race.area)
    assert reasons(race) == [("Valley", "serves", "Middlesex")]


def test_whoever_is_at_home_and_serves_it_has_one_vote_for_the_home(race: Race) -> None:
    group = make_group("Cambridge", near="02139")
    group.areas_served.add(make_area("02139", name="B"), make_area("02143", name="A"))
    assert reasons(race) == [("Cambridge", "home", "02139")]


def test_of_several_areas_served_the_first_by_name_is_the_reason(race: Race) -> None:
    group = make_group("Valley", near="01002")
    group.areas_served.add(make_area("02139", name="B"), make_area("02143", name="A"), make_area("02139", name="C"))
    assert reasons(race) == [("Valley", "serves", "A")]


def test_a_group_abroad_can_serve_the_area(race: Race) -> None:
    abroad = make_group(
        "Abroad", near="Toronto, Canada", country="CA", state="", zip_code_id=None, latitude=43.7, longitude=-79.4
    )
    abroad.areas_served.add(make_area("02139", name="Cambridge"))
    assert reasons(race) == [("Abroad", "serves", "Cambridge")]


@pytest.mark.parametrize("status", [GroupStatus.FORMING, GroupStatus.ENDED])
def test_only_affiliates_in_force_have_a_vote(race: Race, status: str) -> None:
    make_group(near="02139", status=status)
    serving = make_group(near="01002", status=status)
    serving.areas_served.add(make_area("02139"))
    assert reasons(race) == []


def test_they_come_by_state_and_name(race: Race) -> None:
    for name, near in (("Zebra", "02139"), ("apple", "02143")):
        make_group(name, near=near)
    make_group("Maine", near="04101").areas_served.add(make_area("02139", name="A"))
    make_group("Concord", near="03301").areas_served.add(make_area("02139", name="B"))
    assert [seat.group.name for seat in eligible_for(race)] == ["apple", "Zebra", "Maine", "Concord"]


def test_a_race_whose_area_is_unknown_asks_nobody() -> None:
    make_group(near="02139")
    assert eligible_for(_without_area()) == []


def _without_area() -> Race:
    race = make_race()
    race.area = None
    race.save()
    return race


def test_two_queries_find_them_all(race: Race, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    area = make_area("02139", name="A")
    for _number in range(3):
        make_group(near="02139")
        make_group(near="01002").areas_served.add(area)
    with django_assert_num_queries(2):
        assert len(eligible_for(race)) == 6
