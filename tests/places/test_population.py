"""People spread as the population is."""

from collections import Counter

import pytest

from foundation.places.models import ZipCode
from foundation.places.population import ELSEWHERE, MOST, people_by_zip_code, sample_zip_codes

pytestmark = pytest.mark.django_db


def test_the_same_seed_draws_the_same_zip_codes() -> None:
    assert sample_zip_codes(1_000, seed=7) == sample_zip_codes(1_000, seed=7)
    assert sample_zip_codes(1_000, seed=7) != sample_zip_codes(1_000, seed=8)


def test_people_live_where_a_point_is_known_and_everywhere() -> None:
    people = people_by_zip_code()
    assert set(people) == set(
        ZipCode.objects.with_point().filter(kind="STANDARD", is_active=True).values_list("code", flat=True)
    )
    assert min(people.values()) >= ELSEWHERE
    assert max(people.values()) <= MOST


def test_the_country_has_about_as_many_people_as_it_has() -> None:
    assert 200_000_000 < sum(people_by_zip_code().values()) < 350_000_000


def test_large_states_get_many_and_each_borough_its_share() -> None:
    states = dict(ZipCode.objects.values_list("code", "state"))
    drawn = Counter(states[code] for code in sample_zip_codes(20_000, seed=1))
    assert [state for state, _count in drawn.most_common(3)] == ["CA", "TX", "NY"]
    counties = dict(ZipCode.objects.filter(state="NY").values_list("code", "county"))
    people = people_by_zip_code()
    brooklyn = sum(n for code, n in people.items() if counties.get(code) == "Kings County")
    assert brooklyn == pytest.approx(2_736_074, rel=0.01)
