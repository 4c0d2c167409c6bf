"""A group's own endorsements: free where national is silent, refused against national."""

import datetime
import threading

import pytest
from django.db import IntegrityError, close_old_connections, connection, transaction

from affiliates.models import Group, GroupStatus, Role
from affiliates.signals import agreement_ended
from endorsements.decisions import withdraw_endorsement
from endorsements.group_endorsements import (
    CounterEndorsementError,
    GroupEndorsementError,
    against_national,
    endorse,
    endorsements_of,
    public_endorsements,
    races_to_endorse_in,
    withdraw,
)
from endorsements.models import Candidate, ConflictKind, ConflictOfInterest, GroupEndorsement, Race
from foundation.accounts.models import User
from foundation.audit.models import AuditEntry
from foundation.mail.models import OutgoingMail
from tests.factories import make_contact, make_group, make_user

from .deciding import DAY, endorse_nationally, make_decider, make_group_endorsement
from .making import ELECTION, NOW, make_area, make_candidate, make_race

pytestmark = pytest.mark.django_db
LATER = NOW + DAY


@pytest.fixture
def group() -> Group:
    return make_group("Table of Plenty")


@pytest.fixture
def contact(group: Group) -> User:
    return make_contact(group, "ada@example.org")


@pytest.fixture
def candidate() -> Candidate:
    return make_candidate(make_race(), "Jane Kim")


def say(group: Group, candidate: Candidate, by: User, now: datetime.datetime = NOW) -> GroupEndorsement:
    return endorse(group=group, candidate=candidate, statement=" She listens. ", actor=by, now=now)


# --- endorsing --------------------------------------------------------------------------------------------------


def test_a_group_endorses_where_national_is_silent(group: Group, contact: User, candidate: Candidate) -> None:
    other = make_contact(group, "bo@example.org")
    own = say(group, candidate, contact)
    assert (own.race, own.statement, own.by) == (candidate.race, "She listens.", contact)
    assert list(endorsements_of(group)) == list(public_endorsements(candidate.race)) == [own]
    assert AuditEntry.objects.filter(action="endorsed for group", subject=group.scope).exists()
    mail = OutgoingMail.objects.get(purpose="group endorsement")
    assert (mail.to_email, mail.subject) == (other.email, "Table of Plenty endorses Jane Kim")


def test_it_may_endorse_whom_national_has(group: Group, contact: User, candidate: Candidate) -> None:
    endorse_nationally(candidate)
    assert say(group, candidate, contact).candidate == candidate


def test_against_national_it_is_stopped_with_the_reason(group: Group, contact: User, candidate: Candidate) -> None:
    endorse_nationally(candidate)
    opponent = make_candidate(candidate.race, "Bo Opponent")
    with pytest.raises(CounterEndorsementError, match="has endorsed Jane Kim for Mayor"):
        say(group, opponent, contact)
    assert not GroupEndorsement.objects.exists()


def test_under_the_embargo_and_after_a_withdrawal_it_is_free(group: Group, contact: User, candidate: Candidate) -> None:
    far = datetime.datetime(2190, 1, 1, tzinfo=datetime.UTC)  # the trigger asks the database's clock
    national = endorse_nationally(candidate, public_from=far)
    opponent = make_candidate(candidate.race, "Bo Opponent")
    assert against_national(opponent, NOW) == ""
    withdraw(endorsement=say(group, opponent, contact), because="", actor=contact, now=NOW)
    withdraw_endorsement(endorsement=national, because="News.", actor=make_decider(), now=LATER)
    assert say(group, opponent, contact, LATER).candidate == opponent


def test_one_candidate_a_race(group: Group, contact: User, candidate: Candidate) -> None:
    own = say(group, candidate, contact)
    other = make_candidate(candidate.race)
    with pytest.raises(GroupEndorsementError, match="Withdraw that first"):
        say(group, other, contact)
    withdraw(endorsement=own, because="We changed our minds.", actor=contact, now=LATER)
    say(group, other, contact, LATER)
    assert GroupEndorsement.objects.count() == 2


def test_only_a_contact_of_a_group_in_force_endorses(candidate: Candidate) -> None:
    listed, ended = make_group(), make_group(status=GroupStatus.ENDED)
    for group, actor in (
        (listed, make_user()),
        (listed, make_contact(listed, role=Role.ORGANIZER)),
        (ended, make_contact(ended)),
    ):
        with pytest.raises(GroupEndorsementError, match="Points of contact"):
            say(group, candidate, actor)


def test_whoever_a_campaign_pays_does_not_endorse(group: Group, contact: User, candidate: Candidate) -> None:
    ConflictOfInterest.objects.create(race=candidate.race, user=contact, kind=ConflictKind.PAID)
    with pytest.raises(GroupEndorsementError, match="pays you"):
        say(group, candidate, contact)


def test_who_cannot_be_endorsed(group: Group, contact: User) -> None:
    race = make_race()
    for words, candidate in (
        ("not confirmed", make_candidate(race, confirmed_at=None)),
        ("not confirmed", make_candidate(make_race(confirmed_at=None))),
        ("has withdrawn", make_candidate(race, withdrawn_at=NOW, withdrawn_because="Ill.")),
        ("is over", make_candidate(make_race(election_date=NOW.date() - 2 * DAY))),
    ):
        with pytest.raises(GroupEndorsementError, match=words):
            say(group, candidate, contact)


# --- withdrawing ------------------------------------------------------------------------------------------------


def test_it_is_withdrawn_once_by_a_contact(group: Group, contact: User, candidate: Candidate) -> None:
    own = say(group, candidate, contact)
    with pytest.raises(GroupEndorsementError, match="Points of contact"):
        withdraw(endorsement=own, because="", actor=make_user(), now=LATER)
    withdraw(endorsement=own, because="She left.", actor=contact, now=LATER)
    assert (own.withdrawn_at, own.withdrawn_because) == (LATER, "She left.")
    assert not endorsements_of(group).exists()
    with pytest.raises(GroupEndorsementError, match="already"):
        withdraw(endorsement=own, because="", actor=contact, now=LATER)


def test_with_the_agreement_the_endorsements_of_a_group_end(group: Group, contact: User, candidate: Candidate) -> None:
    own = say(group, candidate, contact)
    agreement_ended.send(sender=Group, group=group, agreement=None, at=LATER)
    own.refresh_from_db()
    assert (own.withdrawn_at, own.withdrawn_because) == (LATER, "agreement ended")


# --- the races --------------------------------------------------------------------------------------------------


def test_the_races_of_a_group_are_those_around_it() -> None:
    group = make_group(near="02139")
    here = make_race(office="Council", area=make_area("02139"), election_date=ELECTION)
    sooner = make_race(office="Mayor", area=make_area("02139"), election_date=ELECTION - DAY)
    served = make_race(office="School board", area=make_area("90210"), state="CA")
    assert served.area is not None
    group.areas_served.add(served.area)
    of_state = make_race(office="Treasurer", area=None)
    Race.objects.filter(pk=of_state.pk).update(area=None)
    make_race(office="Mayor", area=make_area("10001"), state="NY")
    make_race(office="Clerk", area=make_area("02139"), confirmed_at=None)
    make_race(office="Sheriff", area=make_area("02139"), election_date=NOW.date() - 2 * DAY)
    endorse_nationally(make_candidate(here))
    races = list(races_to_endorse_in(group, NOW))
    assert races == [sooner, here, served, of_state]
    assert [race.is_national for race in races] == [False, True, False, False]  # type: ignore[attr-defined]


def test_an_election_is_over_when_its_day_has_ended_everywhere(group: Group, contact: User) -> None:
    race = make_race(election_date=datetime.date(2026, 11, 3))
    noon_after = datetime.datetime(2026, 11, 4, 12, tzinfo=datetime.UTC)
    candidate = make_candidate(race)
    with pytest.raises(GroupEndorsementError, match="is over"):
        say(group, candidate, contact, noon_after)
    say(group, candidate, contact, noon_after - datetime.timedelta(minutes=1))


# --- the database holds it --------------------------------------------------------------------------------------


def test_the_database_refuses_a_counter_endorsement(group: Group, candidate: Candidate) -> None:
    endorse_nationally(candidate)
    opponent = make_candidate(candidate.race)
    with pytest.raises(IntegrityError, match="national has endorsed an opponent"), transaction.atomic():
        make_group_endorsement(group, opponent)
    own = make_group_endorsement(group, candidate)
    with pytest.raises(IntegrityError, match="national has endorsed an opponent"), transaction.atomic():
        GroupEndorsement.objects.filter(pk=own.pk).update(candidate=opponent)


def test_the_database_refuses_to_bring_a_withdrawn_one_back_against_national(
    group: Group, candidate: Candidate
) -> None:
    opponent = make_candidate(candidate.race)
    own = make_group_endorsement(group, opponent)
    GroupEndorsement.objects.update(withdrawn_at=NOW)
    endorse_nationally(candidate)
    with pytest.raises(IntegrityError, match="national has endorsed an opponent"), transaction.atomic():
        GroupEndorsement.objects.filter(pk=own.pk).update(withdrawn_at=None)


def test_the_database_refuses_two_in_one_race_and_a_candidate_of_another(group: Group, candidate: Candidate) -> None:
    make_group_endorsement(group, candidate)
    with pytest.raises(IntegrityError, match="one_a_race"), transaction.atomic():
        make_group_endorsement(group, make_candidate(candidate.race))
    with transaction.atomic():
        GroupEndorsement.objects.create(group=group, race=make_race(), candidate=candidate)
        with pytest.raises(IntegrityError, match="groupendorsement_candidate_of_the_race"):
            connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)


def test_what_national_published_a_moment_ago_is_said_in_words(
    group: Group, contact: User, candidate: Candidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    endorse_nationally(candidate)
    opponent = make_candidate(candidate.race)
    monkeypatch.setattr("endorsements.group_endorsements.against_national", lambda *_: "")
    with pytest.raises(CounterEndorsementError, match="has just endorsed"):
        say(group, opponent, contact)


def test_another_error_of_the_database_stays_what_it_is(
    group: Group, contact: User, candidate: Candidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_group_endorsement(group, candidate)
    monkeypatch.setattr("endorsements.models.decisions.GroupEndorsementQuerySet.in_force", lambda self: self.none())
    with pytest.raises(IntegrityError, match="one_a_race"):
        say(group, make_candidate(candidate.race), contact)


@pytest.mark.django_db(transaction=True)
def test_a_group_that_endorses_while_national_decides_waits_and_is_refused() -> None:
    group = make_group()
    contact, candidate = make_contact(group), make_candidate(make_race(), "Jane Kim")
    opponent = make_candidate(candidate.race)
    said: list[str] = []

    def endorse_at_the_same_time() -> None:
        try:
            say(group, opponent, contact)
        except GroupEndorsementError as error:
            said.append(str(error))
        finally:
            close_old_connections()
            connection.close()

    thread = threading.Thread(target=endorse_at_the_same_time)
    with transaction.atomic():
        endorse_nationally(candidate)
        thread.start()
        thread.join(timeout=1)
        assert thread.is_alive(), "it did not wait for the race"
    thread.join(timeout=20)
    assert len(said) == 1
    assert not GroupEndorsement.objects.exists()
