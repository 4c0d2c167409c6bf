"""Groups that propose and nominate at the same moment. Each race is shown first with its guard off."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError

from affiliates.models import Group
from endorsements import candidates, races, slugs
from endorsements.candidates import CandidateError, CandidatePlan, withdraw_candidate
from endorsements.models import Candidate, Level, Nomination, Race
from endorsements.nominations import NominationError, nominate, propose
from endorsements.races import RacePlan
from foundation.accounts.models import User
from tests.at_once import all_before_any, at_once
from tests.factories import make_contact, make_group

from .making import ELECTION, NOW, make_candidate, make_race

pytestmark = pytest.mark.django_db(transaction=True)

COUNCIL = RacePlan(office="City Council", district="Cambridge", level=Level.LOCAL, state="MA", election_date=ELECTION)


def proposal(group: Group, contact: User) -> Callable[[], object]:
    bo = CandidatePlan(name="Bo Diaz")
    return lambda: propose(group=group, race=COUNCIL, candidate=bo, reason="Housing.", actor=contact, now=NOW)


@pytest.fixture
def proposals() -> list[Callable[[], object]]:
    """What four groups say of the same candidate, whom nobody knows."""
    groups = [make_group() for _number in range(4)]
    return [proposal(group, make_contact(group)) for group in groups]


def test_without_the_line_one_race_is_written_down_by_several_and_refused(
    proposals: list[Callable[[], object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slugs, "_wait_for_others", lambda: None)
    monkeypatch.setattr(races, "race_like", all_before_any(races.race_like, 4))
    raised = at_once(*proposals)
    assert len(raised) == 3
    assert {type(error) for error in raised} == {IntegrityError}


def test_groups_that_propose_the_same_at_once_come_together(proposals: list[Callable[[], object]]) -> None:
    assert at_once(*proposals) == []
    assert Race.objects.count() == Candidate.objects.count() == 1
    assert Nomination.objects.standing().count() == 4


def test_nobody_is_nominated_after_they_withdrew() -> None:
    ann, group = make_candidate(make_race(), "Ann Lee"), make_group()
    contact = make_contact(group)

    def withdraw() -> object:
        return withdraw_candidate(candidate=ann, because="Said so.", actor=None, now=NOW)

    def nominate_her() -> object:
        return nominate(group=group, candidate=ann, reason="x", actor=contact, now=NOW)

    raised = at_once(withdraw, nominate_her)
    assert {type(error) for error in raised} <= {NominationError}
    assert Nomination.objects.exists() is not bool(raised)


def test_of_two_who_add_the_same_candidate_one_is_told() -> None:
    race = make_race()

    def add() -> object:
        return candidates.add_candidate(race=race, plan=CandidatePlan(name="Ann Lee"), actor=None, now=NOW)

    raised = at_once(add, add)
    assert [isinstance(error, CandidateError) for error in raised] == [True]
    assert Candidate.objects.count() == 1
