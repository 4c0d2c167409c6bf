"""The demo's polls in each state: their ledgers are real, and nobody got a mail about what happened before."""

import datetime
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from affiliates.models import Group, Role
from config.demo import network
from config.demo.contests import CONTESTS
from config.demo.elections import hold_elections
from config.demo.past import past_clock
from config.demo.seeking import load_seekers
from endorsements.conflicts import seek_conflicts
from endorsements.exporting import export_json
from endorsements.models import (
    CounterEndorsement,
    Endorsement,
    EndorsementState,
    GroupEndorsement,
    Nomination,
    OfficeSeeker,
    Poll,
    PollState,
    QuestionnaireResponse,
    Race,
    Result,
    SeekerStage,
)
from endorsements.poll_notices import make_due_reminders, queue_waiting_notices
from foundation.accounts.models import StaffTask
from foundation.mail.models import OutgoingMail
from members.models import Person
from tests.factories import make_staff, make_user

# One worker makes the network once.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo network")]

NOW = datetime.datetime.now(datetime.UTC)  # the database's own clock decides when a poll closes
DAY = datetime.timedelta(days=1)
RECOUNT = Path(__file__).resolve().parents[2] / "endorsements" / "recount.py"


@pytest.fixture(scope="class")
def loaded(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A quarter of the groups that `./dev run` shows; every test looks at the same ones."""
    with django_db_blocker.unblock(), transaction.atomic():
        network.load(groups=300, people=6_000, seed=7, now=NOW)
        stella, ada = make_staff(StaffTask.ENDORSEMENTS, email="stella@example.org"), make_staff(is_superuser=True)
        organizers_group().roles.create(user=make_user("omar@example.org"), role=Role.CONTACT)
        for _ in range(2):  # the second time changes nothing
            hold_elections(staff=(stella, ada), now=NOW)
            load_seekers(staff=stella, volunteer=Person.objects.exclude(zip_code=None)[0], now=NOW)
        yield
        transaction.set_rollback(True)


def organizers_group() -> Group:
    """The demo organizer's, as config.demo.accounts finds it."""
    return Group.objects.listed().filter(zip_code_id="02139").order_by("pk")[0]


@pytest.mark.usefixtures("loaded")
class TestLoaded:
    def test_there_is_a_poll_in_each_state(self) -> None:
        assert Counter(Poll.objects.values_list("state", flat=True)) == {
            PollState.DRAFT: 1, PollState.OPEN: 2, PollState.CLOSED: 5, PollState.VOID: 1
        }  # fmt: skip
        assert Race.objects.known().count() == len(CONTESTS)
        assert Race.objects.proposed().get().proposed_by == organizers_group()

    def test_one_recommendation_waits_one_poll_has_none_and_three_are_endorsed_with_results(self) -> None:
        closed = Poll.objects.filter(state=PollState.CLOSED)
        assert closed.filter(recommended__isnull=True).count() == 1
        assert Endorsement.objects.undecided().count() == 1
        public = Endorsement.objects.public(NOW)
        assert {one.candidate.result for one in public} == {Result.PENDING, Result.WON, Result.LOST}
        assert all(one.opinions.values("by").distinct().count() == 2 for one in public)
        assert {one.state for one in Endorsement.objects.all()} == {
            EndorsementState.PROPOSED,
            EndorsementState.APPROVED,
        }

    def test_everything_happened_in_its_order_and_none_of_it_in_the_future(self) -> None:
        for poll in Poll.objects.exclude(opened_at=None).select_related("race"):
            entries = poll.ledger.order_by("sequence").values_list("at", flat=True)
            times = [at for at in (poll.opened_at, *entries) if at]
            assert times == sorted(times)
            assert times[-1] < NOW + datetime.timedelta(minutes=1)
            assert times[0] < NOW - 3 * DAY
        for one in Endorsement.objects.public(NOW).select_related("poll", "race"):
            times = [at for at in (one.proposed_at, one.decided_at, one.public_from, NOW) if at]
            assert times == sorted(times)
            assert one.proposed_at == one.poll.closed_at

    def test_recounting_the_exports_gives_the_same_results(self, tmp_path: Path) -> None:
        for poll in Poll.objects.filter(state=PollState.CLOSED):
            export = tmp_path / f"{poll.slug}.json"
            export.write_bytes(export_json(poll))
            ran = subprocess.run([sys.executable, RECOUNT, export], capture_output=True, text=True, check=False)
            assert ran.returncode == 0, ran.stdout
            assert poll.head in ran.stdout
            name = poll.recommended.name if poll.recommended else "nobody"
            assert f"Recommended: {name}" in ran.stdout
            assert json.loads(export.read_bytes())

    def test_the_organizers_group_has_a_ballot_to_cast(self) -> None:
        group = organizers_group()
        poll = Poll.objects.open().get(eligible_groups__group=group)
        assert not poll.ballots.filter(group=group).exists()
        assert poll.ballots.exists()
        assert poll.closes_at > NOW

    def test_some_ballots_were_changed(self) -> None:
        assert Poll.objects.filter(ballots__revision=2).count() == 8

    def test_groups_have_nominated_and_endorsed_and_the_sweep_finds_one_against_national(self) -> None:
        assert Nomination.objects.standing().count() > 15
        assert GroupEndorsement.objects.in_force().count() == 4
        with transaction.atomic():
            assert seek_conflicts(now=NOW) == 1
            self.look_at_the_conflict()
            transaction.set_rollback(True)

    def look_at_the_conflict(self) -> None:
        conflict = CounterEndorsement.objects.open().get()
        assert conflict.endorsement.candidate != conflict.candidate
        assert conflict.cure_until > NOW

    def test_one_questionnaire_is_answered_and_published_and_one_is_not(self) -> None:
        published = QuestionnaireResponse.objects.filter(published_at__isnull=False)
        assert published.get().answers.count() == 3
        assert QuestionnaireResponse.objects.filter(answered_at__isnull=True).count() == 1

    def test_people_think_of_running_in_all_stages_and_many_states(self) -> None:
        seekers = OfficeSeeker.objects.all()
        assert 150 < seekers.count() <= 241
        assert {seeker.stage for seeker in seekers} == set(SeekerStage.values) - {SeekerStage.UNCONFIRMED}
        assert len({seeker.state for seeker in seekers}) > 20
        assert seekers.to_follow_up(NOW.date()).count() > 20

    def test_nobody_gets_a_mail_about_it(self) -> None:
        assert make_due_reminders(now=NOW) == 0
        assert queue_waiting_notices(now=NOW) == 0
        assert not OutgoingMail.objects.unfinished().exists()

    def test_the_clock_is_right_again(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp(), to_regnamespace('demo_clock')")
            there, schema = cursor.fetchone()
        assert (there - datetime.datetime.now(datetime.UTC)) < datetime.timedelta(seconds=5)
        assert abs(there - datetime.datetime.now(datetime.UTC)) < datetime.timedelta(seconds=5)
        assert schema is None


def test_without_a_network_there_are_no_elections() -> None:
    hold_elections(staff=(make_staff(is_superuser=True), make_staff(is_superuser=True)), now=NOW)
    assert not Race.objects.exists()


def test_without_people_only_the_volunteer_thinks_of_running() -> None:
    stella, volunteer = make_staff(StaffTask.ENDORSEMENTS), Person.objects.create(zip_code_id="02139")
    load_seekers(staff=stella, volunteer=volunteer, now=NOW)
    assert volunteer.office_seeking.count() == OfficeSeeker.objects.count()


def test_the_past_clock_moves_what_the_database_says() -> None:
    with past_clock(NOW) as clock:
        assert clock.set_back(10 * DAY) == NOW - 10 * DAY
        with connection.cursor() as cursor:
            cursor.execute("SELECT now() <= clock_timestamp(), pg_catalog.clock_timestamp() - clock_timestamp()")
            in_order, behind = cursor.fetchone()
    assert in_order
    assert abs(behind - 10 * DAY) < datetime.timedelta(seconds=1)
