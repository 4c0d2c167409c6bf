"""A proposed race that is here already."""

import datetime

import pytest

from affiliates.models import Group
from endorsements.folding import fold_race, races_to_fold_into
from endorsements.interests import declare
from endorsements.models import Candidate, CandidateLink, ConflictOfInterest, Nomination, Race, ResearchNote
from endorsements.nominations import nominate
from endorsements.races import RaceError
from foundation.accounts.models import StaffTask, User
from foundation.audit.models import AuditEntry
from tests.factories import make_group, make_staff, make_user

from .making import ELECTION, NOW, make_candidate, make_race

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> User:
    return make_staff(StaffTask.ENDORSEMENTS)


@pytest.fixture
def known() -> Race:
    return make_race(office="State Senate")


@pytest.fixture
def proposed() -> Race:
    return make_race(office="State Senator", confirmed_at=None, proposed_by=make_group())


def nominated(candidate: Candidate, group: Group | None = None) -> Nomination:
    return nominate(group=group or make_group(), candidate=candidate, reason="She listens.", actor=make_user(), now=NOW)


def test_a_candidate_whom_nobody_knows_goes_over_with_the_nominations(known: Race, proposed: Race, staff: User) -> None:
    candidate = make_candidate(proposed, "Ada Díaz", confirmed_at=None)
    nomination = nominated(candidate)
    assert fold_race(race=proposed, into=known, actor=staff, now=NOW) == known
    candidate.refresh_from_db()
    assert (candidate.race, candidate.confirmed_at) == (known, None)
    assert list(candidate.nominations.all()) == [nomination]
    assert not Race.objects.filter(pk=proposed.pk).exists()
    entry = AuditEntry.objects.get(action="folded race")
    assert (entry.subject, entry.details) == (known.subject, {"proposed": str(proposed)})


def test_a_candidate_of_the_same_name_is_the_same(known: Race, proposed: Race, staff: User) -> None:
    ada = make_candidate(known, "Ada Díaz")
    again = make_candidate(proposed, "ADA DIAZ", confirmed_at=None)
    both, new = make_group(), make_group()
    first, second, third = nominated(ada, both), nominated(again, both), nominated(again, new)
    for candidate, urls in ((ada, "ab"), (again, "bc")):
        for url in urls:
            CandidateLink.objects.create(candidate=candidate, label=url, url=f"https://{url}.example.org")
    ResearchNote.objects.create(candidate=again, text="Seen at the fair.", by=staff)
    fold_race(race=proposed, into=known, actor=staff, now=NOW)
    assert list(known.candidates.all()) == [ada]
    assert set(ada.nominations.standing()) == {first, third}
    second.refresh_from_db()
    assert (second.candidate, second.withdrawn_at) == (ada, NOW)
    assert [link.label for link in ada.links.all()] == ["a", "b", "c"]
    assert ada.research.count() == 1


def test_what_was_declared_goes_over_once(known: Race, proposed: Race, staff: User) -> None:
    ada = make_candidate(known, "Ada Díaz")
    again = make_candidate(proposed, "Ada Díaz", confirmed_at=None)
    twice, once = make_user(), make_user()
    declare(race=known, user=twice, kind="paid", now=NOW)
    declare(race=proposed, user=twice, kind="paid", now=NOW)
    declare(race=proposed, user=once, kind="paid", candidate=again, now=NOW)
    fold_race(race=proposed, into=known, actor=staff, now=NOW)
    rows = ConflictOfInterest.objects.order_by("pk").values_list("race", "user", "candidate")
    assert list(rows) == [(known.pk, twice.pk, None), (known.pk, once.pk, ada.pk)]


def test_only_a_proposed_race_goes_and_only_into_a_known_one(known: Race, proposed: Race, staff: User) -> None:
    other = make_race(confirmed_at=None)
    for race, into in ((known, make_race()), (proposed, other), (proposed, proposed)):
        with pytest.raises(RaceError, match="that a group proposes"):
            fold_race(race=race, into=into, actor=staff, now=NOW)
    assert Race.objects.filter(pk=proposed.pk).exists()


def test_offered_are_known_races_of_the_state_that_are_still_to_come(known: Race, proposed: Race) -> None:
    make_race(state="NH")
    make_race(confirmed_at=None)
    make_race(election_date=ELECTION - datetime.timedelta(days=700))
    assert list(races_to_fold_into(proposed, NOW.date())) == [known]
