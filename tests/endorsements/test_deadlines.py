"""Which offices can still be run for near a place, and until when."""

import datetime

import pytest

from endorsements.deadlines import DeadlineKind, deadlines_near, next_deadline
from endorsements.models import Race
from foundation.places.search import find_place

from .making import make_area, make_race

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2026, 6, 1)


def day(number: int) -> datetime.date:
    return TODAY + datetime.timedelta(days=number)


def offices(found: list[Race]) -> list[str]:
    return [race.office for race in found]


def test_the_next_date_of_a_race_is_filing_then_primary_then_election() -> None:
    race = make_race(filing_deadline=day(10), primary_date=day(40), election_date=day(90))
    for today, kind, left in (
        (TODAY, DeadlineKind.FILING, 10),
        (day(10), DeadlineKind.FILING, 0),
        (day(11), DeadlineKind.PRIMARY, 29),
        (day(41), DeadlineKind.ELECTION, 49),
        (day(91), DeadlineKind.ELECTION, -1),
    ):
        found = next_deadline(race, today=today)
        assert (found.kind, found.days_left) == (kind, left)


def test_a_race_without_other_dates_has_its_election() -> None:
    found = next_deadline(make_race(election_date=day(5)), today=TODAY)
    assert (found.kind, found.on, found.days_left) == (DeadlineKind.ELECTION, day(5), 5)


def test_what_is_on_the_ballot_here_comes_apart_from_the_rest_of_the_state() -> None:
    here = make_race(area=make_area("02139"), filing_deadline=day(9))
    in_state = make_race(area=make_area("01002"), filing_deadline=day(5))
    make_race(area=make_area("01002"), filing_deadline=day(-1))
    make_race(area=make_area("78701"), state="TX", filing_deadline=day(5))
    found = deadlines_near(find_place("02139"), today=TODAY)
    assert [one.race for one in found.here] == [here]
    assert [one.race for one in found.in_state] == [in_state]


def test_a_race_whose_area_nobody_knows_yet_is_of_the_state() -> None:
    race = make_race(filing_deadline=day(5))
    Race.objects.filter(pk=race.pk).update(area=None)
    found = deadlines_near(find_place("02139"), today=TODAY)
    assert (found.here, [one.race for one in found.in_state]) == ([], [race])


def test_races_that_are_over_or_only_proposed_are_not_shown() -> None:
    make_race(election_date=day(-1), filing_deadline=day(-9))
    make_race(confirmed_at=None, filing_deadline=day(9))
    found = deadlines_near(find_place("02139"), today=TODAY)
    assert (found.here, found.in_state) == ([], [])


def test_those_open_to_file_come_first_the_next_first_and_open_seats_before_others() -> None:
    area = make_area("02139")
    make_race(area=area, office="primary", filing_deadline=day(-5), primary_date=day(1))
    make_race(area=area, office="later", filing_deadline=day(9))
    make_race(area=area, office="held", filing_deadline=day(4))
    make_race(area=area, office="open", filing_deadline=day(4), is_open_seat=True)
    make_race(area=area, office="undated")
    found = deadlines_near(find_place("02139"), today=TODAY)
    assert offices([one.race for one in found.here]) == ["open", "held", "later", "primary", "undated"]


def test_no_more_are_shown_than_asked_for() -> None:
    area = make_area("02139")
    for number in (3, 1, 2):
        make_race(area=area, filing_deadline=day(number))
    found = deadlines_near(find_place("02139"), today=TODAY, limit=2)
    assert [one.days_left for one in found.here] == [1, 2]


def test_a_city_has_the_dates_of_its_state_and_a_place_abroad_none() -> None:
    make_race(filing_deadline=day(5))
    found = deadlines_near(find_place("Cambridge, MA"), today=TODAY)
    assert (len(found.here), len(found.in_state)) == (0, 1)
    found = deadlines_near(find_place("Toronto, Canada"), today=TODAY)
    assert (found.here, found.in_state) == ([], [])


def test_the_dates_take_two_queries(django_assert_num_queries: pytest.FixtureRequest) -> None:
    for number in range(5):
        make_race(area=make_area("02139"), filing_deadline=day(number))
    place = find_place("02139")
    with django_assert_num_queries(2):  # type: ignore[operator]
        deadlines_near(place, today=TODAY)
