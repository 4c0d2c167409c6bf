"""Nominations by groups, and conflicts of interest."""

import datetime
from dataclasses import replace

import pytest
from django.contrib.auth.models import AnonymousUser

from affiliates.models import Group, Role
from endorsements.candidates import CandidatePlan, withdraw_candidate
from endorsements.interests import (
    InterestError,
    declare,
    end_interest,
    interests_in_group,
    interests_of,
    keeps_from_casting,
    open_interests,
)
from endorsements.models import Candidate, ConflictKind, ConflictOfInterest, Level, Nomination, Race
from endorsements.nominations import (
    NominationError,
    counts_by_candidate,
    nominate,
    nominations_of,
    nominations_together,
    propose,
    races_near,
    races_nominated_in,
    races_open_to,
    withdraw_nomination,
)
from endorsements.permissions import can_keep_races, can_nominate
from endorsements.race_queue import races_waiting_in_words
from endorsements.race_ways import nomination_to_dos, nomination_ways
from endorsements.races import RaceError, RacePlan
from foundation.accounts.models import StaffTask, User
from foundation.audit.models import AuditEntry
from tests.factories import make_contact, make_group, make_staff, make_user

from .making import ELECTION, NOW, make_area, make_candidate, make_race

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
LATER = datetime.datetime(2026, 11, 4, 12, tzinfo=datetime.UTC)
COUNCIL = RacePlan(office="City Council", district="Cambridge", level=Level.LOCAL, state="MA", election_date=ELECTION)


@pytest.fixture
def group(db: None) -> Group:
    return make_group("Cambridge First")


@pytest.fixture
def contact(group: Group) -> User:
    return make_contact(group)


@pytest.fixture
def ann(db: None) -> Candidate:
    return make_candidate(make_race(), "Ann Lee")


# --- nominating -----------------------------------------------------------------------------------------------


def test_a_group_nominates_with_its_reason(group: Group, contact: User, ann: Candidate) -> None:
    nomination = nominate(group=group, candidate=ann, reason=" She listens. ", actor=contact, now=NOW)
    assert (nomination.reason, nomination.by, nomination.at) == ("She listens.", contact, NOW)
    assert AuditEntry.objects.get(action="nominated candidate").details == {"group": group.pk}
    with pytest.raises(NominationError, match="already"):
        nominate(group=group, candidate=ann, reason="Again.", actor=contact, now=NOW)


def test_a_nomination_can_be_taken_back_and_made_again(group: Group, contact: User, ann: Candidate) -> None:
    nomination = nominate(group=group, candidate=ann, reason="She listens.", actor=contact, now=NOW)
    withdraw_nomination(nomination=nomination, actor=contact, now=NOW)
    withdraw_nomination(nomination=nomination, actor=contact, now=LATER)
    nomination.refresh_from_db()
    assert nomination.withdrawn_at == NOW
    nominate(group=group, candidate=ann, reason="Once more.", actor=contact, now=NOW)
    assert list(nominations_of(group).order_by("pk").values_list("reason", flat=True)) == ["She listens.", "Once more."]
    assert [len(one.nominations) for one in nominations_together(ann.race)] == [1]


def test_who_and_what_cannot_be_nominated(group: Group, contact: User, ann: Candidate) -> None:
    with pytest.raises(NominationError, match="Say why") as error:
        nominate(group=group, candidate=ann, reason=" ", actor=contact, now=NOW)
    assert error.value.about == "reason"
    with pytest.raises(NominationError, match="not in force"):
        nominate(group=make_group(status="forming"), candidate=ann, reason="x", actor=contact, now=NOW)
    with pytest.raises(NominationError, match="election is over"):
        nominate(group=group, candidate=ann, reason="x", actor=contact, now=LATER)
    withdraw_candidate(candidate=ann, because="Said so.", actor=None, now=NOW)
    with pytest.raises(NominationError, match="withdrawn"):
        nominate(group=group, candidate=ann, reason="x", actor=contact, now=NOW)
    assert not Nomination.objects.exists()


def test_a_group_proposes_candidate_and_race_that_nobody_knows(group: Group, contact: User) -> None:
    nomination = propose(
        group=group, race=COUNCIL, candidate=CandidatePlan(name="Bo Diaz"), reason="Housing.", actor=contact, now=NOW
    )
    race = nomination.candidate.race
    assert (race.confirmed_at, race.proposed_by, nomination.candidate.confirmed_at) == (None, group, None)
    assert race.area
    assert race.area.name == "Cambridge, MA"
    assert races_waiting_in_words() == "1 proposal to look at"


def test_what_turns_out_to_be_known_is_taken_as_it_is(group: Group, contact: User, ann: Candidate) -> None:
    said = {"reason": "Housing.", "actor": contact, "now": NOW}
    first = propose(group=group, race=COUNCIL, candidate=CandidatePlan(name="Bo Diaz"), **said)  # type: ignore[arg-type]
    other = make_group("Cambridge Second")
    second = propose(
        group=other,
        race=replace(COUNCIL, office="city council"),
        candidate=CandidatePlan(name="BO DÍAZ"),
        **said,  # type: ignore[arg-type]
    )
    assert second.candidate == first.candidate
    third = propose(group=group, race=ann.race, candidate=CandidatePlan(name="ann lee"), **said)  # type: ignore[arg-type]
    assert third.candidate == ann
    assert Race.objects.count() == 2


def test_a_proposal_that_is_refused_leaves_nothing_behind(group: Group, contact: User) -> None:
    said = {"actor": contact, "now": NOW, "candidate": CandidatePlan(name="Bo")}
    with pytest.raises(NominationError, match="Say why"):
        propose(group=group, race=COUNCIL, reason="", **said)  # type: ignore[arg-type]
    with pytest.raises(NominationError, match="election is over"):
        propose(group=group, race=replace(COUNCIL, election_date=datetime.date(2026, 5, 1)), reason="x", **said)  # type: ignore[arg-type]
    with pytest.raises(RaceError, match="which state"):
        propose(group=group, race=replace(COUNCIL, state=""), reason="x", **said)  # type: ignore[arg-type]
    assert not Race.objects.exists()


def test_nominations_of_one_race_come_together(group: Group, contact: User, ann: Candidate) -> None:
    bo = make_candidate(ann.race, "Bo Diaz")
    second, third = make_group(), make_group()
    for one, candidate in ((group, bo), (second, ann), (third, bo)):
        nominate(group=one, candidate=candidate, reason=f"From {one}.", actor=contact, now=NOW)
    together = nominations_together(ann.race)
    assert [(one.candidate, [said.group for said in one.nominations]) for one in together] == [
        (bo, [group, third]),
        (ann, [second]),
    ]
    assert counts_by_candidate([ann, bo]) == {ann.pk: 1, bo.pk: 2}
    assert list(races_nominated_in(Race.objects.all())) == [ann.race]
    Group.objects.filter(pk=third.pk).update(status="ended", listed_at=None)
    assert counts_by_candidate([ann, bo]) == {ann.pk: 1, bo.pk: 1}
    assert list(races_nominated_in(Race.objects.upcoming(TODAY))) == [ann.race]


# --- what a group is shown ------------------------------------------------------------------------------------


def test_races_near_are_those_of_its_home_its_areas_and_in_doubt_its_state(group: Group) -> None:
    here = make_race()
    served = make_race(area=make_area("94110"), state="CA")
    unknown = make_race(area=None)
    Race.objects.filter(pk=unknown.pk).update(area=None)
    elsewhere = make_race(area=make_area("94110"), state="CA")
    make_race(election_date=datetime.date(2025, 11, 4))
    group.areas_served.add(served.area)  # type: ignore[arg-type]
    assert set(races_near(group, TODAY)) == {here, served, unknown}
    assert elsewhere in races_open_to(group, TODAY)


def test_a_proposal_is_shown_to_the_group_that_made_it_only(group: Group) -> None:
    proposed = make_race(confirmed_at=None, proposed_by=group)
    assert list(races_open_to(group, TODAY)) == [proposed]
    assert not races_open_to(make_group(), TODAY).exists()


def test_the_dashboard_names_races_that_are_decided_soon(group: Group, contact: User) -> None:
    race = make_race(office="Mayor", district="Cambridge", election_date=datetime.date(2026, 6, 13))
    ann = make_candidate(race)
    make_race(election_date=datetime.date(2026, 11, 3))
    to_do, *others = nomination_to_dos(group, contact, NOW)
    assert not others
    assert (to_do.text, to_do.detail) == ("Nominate a candidate: Mayor (Cambridge, MA)", "The election is in 12 days.")
    nominate(group=group, candidate=ann, reason="x", actor=contact, now=NOW)
    assert not list(nomination_to_dos(group, contact, NOW))
    assert [way.title for way in nomination_ways(group, contact)] == ["Nominations"]
    forming = make_group(status="forming")
    assert not list(nomination_ways(forming, contact))
    assert not list(nomination_to_dos(forming, contact, NOW))


def test_contacts_and_organizers_of_a_group_in_force_nominate(group: Group, contact: User) -> None:
    organizer, helper = make_contact(group, role=Role.ORGANIZER), make_contact(group, role=Role.HELPER)
    assert can_nominate(contact, group)
    assert can_nominate(organizer, group)
    assert not can_nominate(helper, group)
    assert not can_nominate(make_user(), group)
    forming = make_group(status="forming")
    assert not can_nominate(make_contact(forming), forming)
    assert can_keep_races(make_staff(StaffTask.ENDORSEMENTS))
    assert not can_keep_races(make_staff(StaffTask.PROMOTIONS))
    assert not can_keep_races(AnonymousUser())


# --- conflicts of interest ------------------------------------------------------------------------------------


def test_paid_work_for_a_campaign_keeps_from_casting_until_it_ends(contact: User, ann: Candidate) -> None:
    race = ann.race
    assert not keeps_from_casting(contact, race)
    declared = declare(race=race, user=contact, kind=ConflictKind.PAID, candidate=ann, words="Field director", now=NOW)
    assert keeps_from_casting(contact, race)
    assert not keeps_from_casting(contact, make_race())
    assert not keeps_from_casting(make_user(), race)
    end_interest(interest=declared, actor=contact, now=LATER)
    assert not keeps_from_casting(contact, race)
    assert [entry.action for entry in AuditEntry.objects.filter(subject=race.subject).order_by("pk")] == [
        "declared interest",
        "ended interest",
    ]


@pytest.mark.parametrize("kind", [ConflictKind.FAMILY, ConflictKind.VOLUNTEER])
def test_other_ties_are_shown_and_keep_nobody_from_casting(contact: User, ann: Candidate, kind: str) -> None:
    declare(race=ann.race, user=contact, kind=kind, now=NOW)
    assert not keeps_from_casting(contact, ann.race)
    assert open_interests(ann.race).count() == 1


def test_what_cannot_be_declared(contact: User, ann: Candidate) -> None:
    with pytest.raises(InterestError, match="what ties you"):
        declare(race=ann.race, user=contact, kind="rich", now=NOW)
    with pytest.raises(InterestError, match="in your words") as error:
        declare(race=ann.race, user=contact, kind=ConflictKind.OTHER, now=NOW)
    assert error.value.about == "words"
    with pytest.raises(InterestError, match="another race"):
        declare(race=make_race(), user=contact, kind=ConflictKind.FAMILY, candidate=ann, now=NOW)
    declare(race=ann.race, user=contact, kind=ConflictKind.OTHER, words="My landlord.", now=NOW)
    with pytest.raises(InterestError, match="already"):
        declare(race=ann.race, user=contact, kind=ConflictKind.OTHER, words="My landlord.", now=NOW)


def test_only_whoever_declared_it_ends_it(contact: User, ann: Candidate) -> None:
    declared = declare(race=ann.race, user=contact, kind=ConflictKind.PAID, now=NOW)
    with pytest.raises(InterestError, match="whoever declared"):
        end_interest(interest=declared, actor=make_user(), now=NOW)
    end_interest(interest=declared, actor=contact, now=NOW)
    end_interest(interest=declared, actor=contact, now=LATER)
    assert ConflictOfInterest.objects.get().ended_at == NOW
    assert list(interests_of(contact)) == [declared]


def test_a_group_sees_what_its_own_people_declared(group: Group, contact: User, ann: Candidate) -> None:
    stranger = make_contact(make_group())
    own = declare(race=ann.race, user=contact, kind=ConflictKind.VOLUNTEER, now=NOW)
    declare(race=ann.race, user=stranger, kind=ConflictKind.VOLUNTEER, now=NOW)
    assert list(interests_in_group(ann.race, group)) == [own]
