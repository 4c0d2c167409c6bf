"""Candidates: added, proposed, changed, withdrawn, won and lost."""

import datetime
from dataclasses import replace

import pytest

from endorsements.candidates import (
    CandidateError,
    CandidatePlan,
    KnownCandidateError,
    add_candidate,
    change_candidate,
    confirm_candidate,
    decline_candidate,
    plan_of,
    record_result,
    withdraw_candidate,
)
from endorsements.models import Candidate, Race, Result
from endorsements.nominations import nominate
from foundation.accounts.models import StaffTask, User
from foundation.audit.models import AuditEntry
from foundation.mail.models import OutgoingMail
from tests.factories import make_contact, make_group, make_staff

from .making import ELECTION, NOW, make_candidate, make_race

pytestmark = pytest.mark.django_db

ANN = CandidatePlan(
    name="Ann  Lee", party="Independent", email="Ann@Example.org", links=(("Website", "https://example.org/ann"),)
)
AFTER = datetime.datetime(2026, 11, 5, 12, tzinfo=datetime.UTC)


@pytest.fixture
def staff(db: None) -> User:
    return make_staff(StaffTask.ENDORSEMENTS)


@pytest.fixture
def race(db: None) -> Race:
    return make_race()


@pytest.fixture
def ann(race: Race, staff: User) -> Candidate:
    return add_candidate(race=race, plan=ANN, actor=staff, now=NOW)


def test_somebody_is_put_into_a_race(ann: Candidate, race: Race) -> None:
    assert (ann.name, ann.slug, ann.email, ann.confirmed_at) == ("Ann Lee", "ann-lee-2026", "ann@example.org", NOW)
    assert [link.url for link in ann.links.all()] == ["https://example.org/ann"]
    assert AuditEntry.objects.get(action="added candidate").details == {"race": race.pk}


def test_nobody_stands_twice_in_a_race(ann: Candidate, race: Race, staff: User) -> None:
    with pytest.raises(KnownCandidateError) as known:
        add_candidate(race=race, plan=CandidatePlan(name="ANN LÉE"), actor=staff, now=NOW)
    assert known.value.candidate == ann
    elsewhere = add_candidate(race=make_race(), plan=ANN, actor=staff, now=NOW)
    assert elsewhere.slug == "ann-lee-2026-2"


@pytest.mark.parametrize(
    ("changes", "about"),
    [
        ({"name": "—"}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"email": "ann at example"}, "email"),
        ({"links": (("A", "https://example.org"), ("B", "https://example.org"))}, "links"),
        ({"links": tuple((f"{number}", f"https://example.org/{number}") for number in range(7))}, "links"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_words(
    race: Race, staff: User, changes: dict[str, object], about: str
) -> None:
    with pytest.raises(CandidateError) as error:
        add_candidate(race=race, plan=replace(ANN, **changes), actor=staff, now=NOW)  # type: ignore[arg-type]
    assert error.value.about == about
    assert not Candidate.objects.exists()


def test_a_change_is_written_and_the_address_stays(ann: Candidate, staff: User) -> None:
    plan = replace(plan_of(ann), name="Anne Lee", links=())
    changed = change_candidate(candidate=ann, plan=plan, actor=staff, now=NOW)
    assert (changed.name, changed.name_key, changed.slug) == ("Anne Lee", "anne lee", "ann-lee-2026")
    assert not changed.links.exists()
    change_candidate(candidate=ann, plan=plan, actor=staff, now=NOW)
    assert AuditEntry.objects.filter(action="changed candidate").count() == 1


def test_a_candidate_does_not_take_anothers_name(ann: Candidate, race: Race, staff: User) -> None:
    make_candidate(race, "Bo Diaz")
    with pytest.raises(KnownCandidateError):
        change_candidate(candidate=ann, plan=replace(plan_of(ann), name="Bo Díaz"), actor=staff, now=NOW)


# --- proposals ------------------------------------------------------------------------------------------------


def test_a_proposal_is_confirmed_behind_its_race(staff: User) -> None:
    race = make_race(confirmed_at=None)
    ann = add_candidate(race=race, plan=ANN, actor=staff, now=NOW, is_confirmed=False)
    assert ann.confirmed_at is None
    with pytest.raises(CandidateError, match="race first"):
        confirm_candidate(candidate=ann, actor=staff, now=NOW)
    Race.objects.update(confirmed_at=NOW)
    assert confirm_candidate(candidate=ann, actor=staff, now=NOW).confirmed_at == NOW
    confirm_candidate(candidate=ann, actor=staff, now=AFTER)
    assert AuditEntry.objects.filter(action="confirmed candidate").count() == 1


def test_a_declined_candidate_goes_and_the_group_is_told(race: Race, staff: User) -> None:
    group = make_group()
    contact = make_contact(group, "ada@example.org")
    ann = add_candidate(race=race, plan=ANN, actor=staff, now=NOW, is_confirmed=False)
    nominate(group=group, candidate=ann, reason="She listens.", actor=contact, now=NOW)
    with pytest.raises(CandidateError, match="Say why"):
        decline_candidate(candidate=ann, because="", actor=staff, now=NOW)
    decline_candidate(candidate=ann, because="Ann Lee does not stand.", actor=staff, now=NOW)
    assert not Candidate.objects.exists()
    mail = OutgoingMail.objects.get()
    assert (mail.to_email, mail.subject) == ("ada@example.org", "National does not take up: Ann Lee")
    assert "Ann Lee does not stand." in mail.text


def test_a_confirmed_candidate_is_not_declined(ann: Candidate, staff: User) -> None:
    with pytest.raises(CandidateError, match="confirmed"):
        decline_candidate(candidate=ann, because="No.", actor=staff, now=NOW)


# --- withdrawing ----------------------------------------------------------------------------------------------


def test_a_candidate_withdraws_once_with_a_reason(ann: Candidate, staff: User) -> None:
    with pytest.raises(CandidateError, match="Say why"):
        withdraw_candidate(candidate=ann, because=" ", actor=staff, now=NOW)
    gone = withdraw_candidate(candidate=ann, because="Said so on the radio.", actor=staff, now=NOW)
    assert (gone.withdrawn_at, gone.withdrawn_because) == (NOW, "Said so on the radio.")
    assert not Candidate.objects.standing().exists()
    with pytest.raises(CandidateError, match="already"):
        withdraw_candidate(candidate=ann, because="Again.", actor=staff, now=NOW)


# --- results --------------------------------------------------------------------------------------------------


def test_a_result_is_recorded_after_the_election_and_can_be_put_right(ann: Candidate, staff: User) -> None:
    won = record_result(candidate=ann, primary_result=Result.WON, result=Result.WON, actor=staff, now=AFTER)
    assert (won.primary_result, won.result) == (Result.WON, Result.WON)
    record_result(candidate=ann, primary_result=Result.WON, result=Result.LOST, actor=staff, now=AFTER)
    again = record_result(candidate=ann, primary_result=Result.WON, result=Result.LOST, actor=staff, now=AFTER)
    assert again.result == Result.LOST
    details = AuditEntry.objects.filter(action="recorded result").order_by("pk").values_list("details", flat=True)
    assert list(details) == [{"primary": "won", "result": "won"}, {"primary": "won", "result": "lost"}]


def test_whoever_lost_the_primary_has_lost(ann: Candidate, staff: User) -> None:
    lost = record_result(candidate=ann, primary_result=Result.LOST, result=Result.PENDING, actor=staff, now=NOW)
    assert lost.result == Result.LOST
    with pytest.raises(CandidateError, match="cannot have won"):
        record_result(candidate=ann, primary_result=Result.LOST, result=Result.WON, actor=staff, now=AFTER)


def test_no_result_before_the_day(staff: User) -> None:
    race = make_race(primary_date=datetime.date(2026, 9, 8))
    ann = make_candidate(race)
    with pytest.raises(CandidateError, match="election is still to come"):
        record_result(candidate=ann, primary_result=Result.PENDING, result=Result.WON, actor=staff, now=NOW)
    with pytest.raises(CandidateError, match="primary election is still to come"):
        record_result(candidate=ann, primary_result=Result.WON, result=Result.PENDING, actor=staff, now=NOW)
    on_the_day = datetime.datetime.combine(ELECTION, datetime.time(23), tzinfo=datetime.UTC)
    record_result(candidate=ann, primary_result=Result.WON, result=Result.WON, actor=staff, now=on_the_day)
    with pytest.raises(CandidateError, match="how it ended"):
        record_result(candidate=ann, primary_result="x", result=Result.WON, actor=staff, now=AFTER)
