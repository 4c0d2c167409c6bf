"""Who is named in a text, and what staff allow."""

import datetime
import time

import pytest
from pytest_django import DjangoAssertNumQueries

from endorsements.decisions import withdraw_endorsement
from endorsements.models import AllowedNaming, Candidate, Endorsement, Race, Result
from endorsements.naming import (
    NamingError,
    allow_naming,
    objections_to_text,
    opponents_named,
    opponents_to_allow,
    stop_allowing,
)
from foundation.audit.models import AuditEntry
from foundation.places.keys import name_key

from .clock import without_guards
from .deciding import DAY, endorse_nationally, make_decider
from .making import NOW, make_candidate, make_race

pytestmark = pytest.mark.django_db


@pytest.fixture
def endorsed() -> Candidate:
    candidate = make_candidate(make_race(), "Jane Kim")
    endorse_nationally(candidate)
    return candidate


@pytest.fixture
def opponent(endorsed: Candidate) -> Candidate:
    return make_candidate(endorsed.race, "María-José Núñez O’Neil")


def named(text: str, *, thing: str = "event:1", now: datetime.datetime = NOW) -> list[str]:
    return [objection.opponent.name for objection in opponents_named(text=text, thing=thing, now=now)]


@pytest.mark.parametrize(
    "text",
    [
        "Come and meet María-José Núñez O’Neil.",
        "MARIA JOSE NUNEZ ONEIL",
        "a canvass for maria jose nunez o'neil, our friend",
        "Knock on doors for María\nJosé   Núñez\r\n O’Neil!",
        "(Maria José Nunez O`Neil)",
        "María_José Núñez O’Neil",
    ],
)
def test_the_full_name_is_found_however_it_is_written(opponent: Candidate, text: str) -> None:
    assert named(text) == [opponent.name]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Núñez",
        "María José Núñez",
        "Ana María José Núñez O’Neilson",
        "XMaría José Núñez O’Neil",
        "Jane Kim",
        "O’Neil María José Núñez",
    ],
)
def test_parts_of_names_and_words_that_run_on_are_not(opponent: Candidate, text: str) -> None:
    assert named(text) == []


def test_the_reason_says_who_and_why(opponent: Candidate) -> None:
    words = objections_to_text(text=f"Vote for {opponent}", thing="event:1", now=NOW)
    assert words.startswith("It names María-José Núñez O’Neil. The network has endorsed Jane Kim for Mayor")
    assert objections_to_text(text="Soup", thing="event:1", now=NOW) == ""


def test_each_is_named_once_in_the_order_of_the_text(endorsed: Candidate) -> None:
    for name in ("Ada Abe", "Bo Bell"):
        make_candidate(endorsed.race, name)
    assert named("Bo Bell and Ada Abe, and once more Bo Bell") == ["Bo Bell", "Ada Abe"]


def test_names_that_begin_alike_are_told_apart(endorsed: Candidate) -> None:
    for name in ("Jane Kimball", "Jane Kim Abe"):
        make_candidate(endorsed.race, name)
    assert named("Jane Kimball") == ["Jane Kimball"]
    assert named("Jane Kim Abe") == ["Jane Kim Abe"]


def test_who_left_the_race_is_no_opponent(endorsed: Candidate) -> None:
    make_candidate(endorsed.race, "Ada Abe", withdrawn_at=NOW, withdrawn_because="Ill.")
    make_candidate(endorsed.race, "Bo Bell", primary_result=Result.LOST)
    make_candidate(endorsed.race, "Cy Cole", primary_result=Result.WON)
    make_candidate(make_race(), "Di Dale")
    assert named("Ada Abe, Bo Bell, Cy Cole, Di Dale") == ["Cy Cole"]


def test_a_race_that_is_over_binds_nobody(opponent: Candidate) -> None:
    Race.objects.filter(pk=opponent.race_id).update(election_date=NOW.date() - DAY)
    minute = datetime.timedelta(minutes=1)
    assert named(opponent.name, now=NOW - minute) == [], "it is not public yet"
    Endorsement.objects.update(public_from=NOW - DAY)
    assert named(opponent.name, now=NOW - minute) == [opponent.name], "its day has not ended everywhere"
    assert named(opponent.name) == []


def test_only_what_is_public_binds(opponent: Candidate) -> None:
    assert named(opponent.name, now=NOW - DAY) == []
    withdraw_endorsement(endorsement=Endorsement.objects.get(), because="News.", actor=make_decider(), now=NOW)
    assert named(opponent.name) == []


def test_whom_national_no_longer_endorses_is_an_opponent_of_whom_it_does(endorsed: Candidate) -> None:
    withdraw_endorsement(endorsement=Endorsement.objects.get(), because="News.", actor=make_decider(), now=NOW)
    now_endorsed = make_candidate(endorsed.race, "Ada Abe")
    endorse_nationally(now_endorsed)
    assert named("Jane Kim and Ada Abe") == ["Jane Kim"]


def test_without_a_clock_it_is_now(opponent: Candidate) -> None:
    Race.objects.update(election_date=datetime.date(2090, 11, 7))
    assert opponents_named(text=opponent.name, thing="event:1")


# --- what staff allow -------------------------------------------------------------------------------------------


def test_one_thing_may_name_one_opponent_with_a_reason(opponent: Candidate) -> None:
    staff, other = make_decider(), make_candidate(opponent.race, "Ada Abe")
    with pytest.raises(NamingError, match="kept"):
        allow_naming(candidate=opponent, thing="event:1", because=" ", actor=staff, now=NOW)
    for _twice in range(2):
        allow_naming(candidate=opponent, thing="event:1", because="A debate of all.", actor=staff, now=NOW)
    assert named(opponent.name) == []
    assert named(opponent.name, thing="event:2") == [opponent.name]
    assert named(f"{opponent.name} and {other.name}") == [other.name]
    assert AuditEntry.objects.filter(action="allowed naming", subject="event:1").count() == 1


def test_what_was_allowed_is_taken_back(opponent: Candidate) -> None:
    staff = make_decider()
    allow_naming(candidate=opponent, thing="event:1", because="A debate.", actor=staff, now=NOW)
    stop_allowing(allowed=AllowedNaming.objects.get(), actor=staff)
    assert named(opponent.name) == [opponent.name]
    assert AuditEntry.objects.filter(action="stopped allowing naming", subject="event:1").exists()


def test_staff_choose_among_the_opponents_of_the_moment(opponent: Candidate) -> None:
    make_candidate(make_race(), "Nobody’s opponent")
    assert list(opponents_to_allow(NOW)) == [opponent]


# --- how quick it is --------------------------------------------------------------------------------------------


def test_a_thousand_endorsed_races_cost_one_query_and_milliseconds(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    make_a_thousand_endorsed_races()
    text = "We knock on doors and cook soup. " * 250
    with django_assert_num_queries(1):
        assert named(text) == []
    with django_assert_num_queries(2):
        assert named(f"{text} Opponent Two 500") == ["Opponent Two 500"]
    began = time.process_time()
    for _time in range(5):
        named(text)
    assert (time.process_time() - began) / 5 < 0.25


def make_a_thousand_endorsed_races() -> None:
    """As they would stand in the end: a thousand races of three candidates each."""
    like = make_race()
    with without_guards():
        races = Race.objects.bulk_create(
            Race(
                office="Mayor", district=str(number), level=like.level, state="MA", key=f"mayor {number}",
                slug=f"r-{number}", election_date=like.election_date, confirmed_at=NOW,
            )
            for number in range(1_000)
        )  # fmt: skip
        candidates = Candidate.objects.bulk_create(
            Candidate(
                race=race, name=f"{name} {race.district}", name_key=name_key(f"{name} {race.district}"),
                slug=f"{name[-3:].lower()}-{race.district}", confirmed_at=NOW,
            )
            for race in races
            for name in ("Endorsed One", "Opponent Two", "Opponent Three")
        )  # fmt: skip
        Endorsement.objects.bulk_create(
            Endorsement(
                race_id=candidate.race_id, candidate=candidate, poll_id=candidate.pk, state="approved",
                decided_at=NOW, public_from=NOW,
            )
            for candidate in candidates[::3]
        )  # fmt: skip
