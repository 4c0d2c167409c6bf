"""What stood against an endorsement when it became public: found, told, cured, decided."""

import datetime

import pytest
from pytest_django import Settings

from affiliates.models import Group, GroupLink, GroupStatus, Role
from endorsements import decision_jobs
from endorsements.conflicts import (
    ConflictError,
    address_of,
    end_conflict,
    follow_conflicts,
    open_conflicts,
    open_in_words,
    overdue,
    seek_conflicts,
    still_stands,
)
from endorsements.decisions import withdraw_endorsement
from endorsements.group_endorsements import withdraw
from endorsements.models import (
    AllowedNaming,
    Candidate,
    CounterEndorsement,
    CounterKind,
    Endorsement,
    GroupEndorsement,
    Outcome,
    Race,
)
from endorsements.naming import allow_naming
from endorsements.things import find_thing, stopped_drafts
from events.models import Event, EventState, Promotion, PromotionState
from foundation.audit.models import AuditEntry
from foundation.mail.models import OutgoingMail
from tests.events.making import make_event
from tests.factories import make_contact, make_group

from .deciding import DAY, endorse_nationally, make_decider, make_group_endorsement
from .making import NOW, make_candidate, make_race

pytestmark = pytest.mark.django_db
CURE = datetime.timedelta(days=14)


@pytest.fixture
def group() -> Group:
    group = make_group("Table of Plenty")
    make_contact(group, "ada@example.org")
    return group


@pytest.fixture
def opponent() -> Candidate:
    """Whom groups name before national endorses Jane Kim."""
    return make_candidate(make_race(), "Bo Opponent")


def publish(opponent: Candidate, *, now: datetime.datetime = NOW) -> Endorsement:
    """National endorses Jane Kim in the race of `opponent`, and the sweep comes by."""
    endorsement = endorse_nationally(make_candidate(opponent.race, "Jane Kim"), now=now)
    seek_conflicts(now=now)
    return endorsement


def make_promotion(event: Event, *, state: str = PromotionState.APPROVED, intro: str = "Come!") -> Promotion:
    assert event.group is not None
    return Promotion.objects.create(
        event=event, group=event.group, subject="Soup night", intro=intro, language="en", state=state,
        requested_at=NOW, approved_at=NOW, send_at=NOW + DAY,
    )  # fmt: skip


def kinds() -> list[tuple[str, str]]:
    return list(CounterEndorsement.objects.order_by("pk").values_list("kind", "thing"))


def mails() -> list[str]:
    found = OutgoingMail.objects.filter(purpose="conflict with an endorsement")
    return list(found.order_by("pk").values_list("subject", flat=True))


# --- found ------------------------------------------------------------------------------------------------------


def test_all_that_groups_had_published_before_is_found(group: Group, opponent: Candidate) -> None:
    own = make_group_endorsement(group, opponent)
    event = make_event(group, title="Canvass", about=f"For {opponent}")
    promotion = make_promotion(make_event(group), intro=f"Meet {opponent}")
    Group.objects.filter(pk=group.pk).update(plan=f"We support\n{opponent}.")
    endorsement = publish(opponent)
    assert kinds() == [
        (CounterKind.ENDORSEMENT, f"groupendorsement:{own.pk}"),
        (CounterKind.PAGE, f"group:{group.pk}:page"),
        (CounterKind.EVENT, f"event:{event.pk}"),
        (CounterKind.PROMOTION, f"promotion:{promotion.pk}"),
    ]
    conflict = CounterEndorsement.objects.earliest("pk")
    assert (conflict.endorsement, conflict.group, conflict.candidate) == (endorsement, group, opponent)
    assert (conflict.opened_at, conflict.cure_until, conflict.told_at) == (NOW, NOW + CURE, NOW)
    assert mails() == ["Table of Plenty has to change something: an opponent is named"] * 4
    assert AuditEntry.objects.filter(action="opened conflict", actor="system").count() == 4
    assert open_in_words() == "4 conflicts are open."


def test_the_name_of_a_link_on_the_page_counts(group: Group, opponent: Candidate) -> None:
    GroupLink.objects.create(group=group, label=f"{opponent}’s site", url="https://bo.example.org/")
    GroupLink.objects.create(group=group, label="Bo Opponent", url="https://bo.example.org/2")
    publish(opponent)
    assert kinds() == [(CounterKind.PAGE, f"group:{group.pk}:page")]


def test_what_supports_the_endorsed_candidate_or_nobody_is_left_alone(group: Group, opponent: Candidate) -> None:
    jane = make_candidate(opponent.race, "Jane Kim")
    make_group_endorsement(group, jane)
    make_event(group, about="For Jane Kim")
    endorse_nationally(jane)
    assert seek_conflicts(now=NOW) == 0


def test_what_is_over_withdrawn_or_not_public_is_left_alone(opponent: Candidate) -> None:
    group, ended = make_group(), make_group(status=GroupStatus.ENDED, plan=f"For {opponent}")
    about = f"For {opponent}"
    make_event(group, about=about, starts_at=NOW - 2 * DAY)
    make_event(group, about=about, state=EventState.DRAFT)
    make_event(group, about=about, state=EventState.CANCELLED, cancelled_at=NOW, approved_at=NOW)
    make_event(None, about=about)
    make_promotion(make_event(group), intro=about, state=PromotionState.REQUESTED)
    own = make_group_endorsement(group, opponent)
    GroupEndorsement.objects.filter(pk=own.pk).update(withdrawn_at=NOW)
    make_group_endorsement(ended, opponent)
    publish(opponent)
    assert kinds() == []


def test_nothing_is_looked_for_under_the_embargo(group: Group, opponent: Candidate) -> None:
    make_group_endorsement(group, opponent)
    endorse_nationally(make_candidate(opponent.race), public_from=NOW + DAY)
    assert seek_conflicts(now=NOW) == 0
    assert mails() == []
    assert seek_conflicts(now=NOW + DAY) == 1


def test_what_staff_allowed_is_no_conflict(group: Group, opponent: Candidate) -> None:
    event = make_event(group, about=f"A debate with {opponent}")
    allow_naming(candidate=opponent, thing=event.scope, because="A debate.", actor=make_decider(), now=NOW)
    publish(opponent)
    assert kinds() == []


def test_looking_twice_opens_once_and_again_the_next_day(group: Group, opponent: Candidate) -> None:
    make_group_endorsement(group, opponent)
    publish(opponent)
    assert seek_conflicts(now=NOW) == 0
    Group.objects.filter(pk=group.pk).update(about=f"We slipped by: {opponent}")
    assert seek_conflicts(now=NOW + DAY - datetime.timedelta(seconds=1)) == 0
    assert seek_conflicts(now=NOW + DAY) == 1
    assert CounterEndorsement.objects.count() == 2


def test_after_the_election_nothing_is_looked_for(group: Group, opponent: Candidate) -> None:
    endorse_nationally(make_candidate(opponent.race))
    make_event(group, about=f"Thank you, {opponent}", starts_at=NOW + 3 * DAY)
    Race.objects.filter(pk=opponent.race_id).update(election_date=NOW.date())
    assert seek_conflicts(now=NOW + DAY) == 0


def test_one_thing_against_two_endorsements_is_two_conflicts(group: Group, opponent: Candidate) -> None:
    other = make_candidate(make_race(office="Sheriff"), "Cy Cole")
    make_event(group, about=f"For {opponent} and {other}")
    publish(opponent)
    publish(other)
    assert CounterEndorsement.objects.count() == 2


# --- cured ------------------------------------------------------------------------------------------------------


def test_it_ends_by_itself_once_the_thing_is_changed_or_cancelled(group: Group, opponent: Candidate) -> None:
    changed = make_event(group, about=f"For {opponent}")
    cancelled = make_event(group, about=f"For {opponent}")
    own = make_group_endorsement(group, opponent)
    Group.objects.filter(pk=group.pk).update(plan=str(opponent))
    publish(opponent)
    assert follow_conflicts(now=NOW + DAY) == 0
    Event.objects.filter(pk=changed.pk).update(about="For soup")
    Event.objects.filter(pk=cancelled.pk).update(state=EventState.CANCELLED, cancelled_at=NOW)
    withdraw(endorsement=own, because="", actor=group.roles.get().user, now=NOW)
    Group.objects.filter(pk=group.pk).update(plan="Soup")
    assert follow_conflicts(now=NOW + DAY) == 4
    assert set(CounterEndorsement.objects.values_list("outcome", "outcome_at")) == {(Outcome.CURED, NOW + DAY)}
    assert mails().count("Put right: Bo Opponent") == 1
    assert AuditEntry.objects.filter(action="ended conflict", actor="system").count() == 4
    assert open_in_words() == "0 conflicts are open."


def test_with_the_group_its_conflicts_end(group: Group, opponent: Candidate) -> None:
    make_group_endorsement(group, opponent)
    publish(opponent)
    Group.objects.filter(pk=group.pk).update(status=GroupStatus.ENDED)
    assert follow_conflicts(now=NOW) == 1


def test_what_names_the_opponent_again_opens_again(group: Group, opponent: Candidate) -> None:
    event = make_event(group, title="Canvass", about=f"For {opponent}", starts_at=NOW + 9 * DAY)
    publish(opponent)
    Event.objects.update(about="For soup")
    follow_conflicts(now=NOW + DAY)
    Event.objects.update(about=f"For {opponent}", title="March")
    assert seek_conflicts(now=NOW + 2 * DAY) == 1
    conflict = CounterEndorsement.objects.get()
    assert (conflict.outcome, conflict.outcome_at, conflict.title) == ("", None, "March")
    assert conflict.cure_until == NOW + 2 * DAY + CURE
    assert len(mails()) == 3
    assert event.scope == conflict.thing


def test_when_the_endorsement_is_withdrawn_its_conflicts_end(group: Group, opponent: Candidate) -> None:
    make_group_endorsement(group, opponent)
    endorsement = publish(opponent)
    withdraw_endorsement(endorsement=endorsement, because="News.", actor=make_decider(), now=NOW)
    assert follow_conflicts(now=NOW) == 1
    conflict = CounterEndorsement.objects.get()
    assert (conflict.outcome, conflict.outcome_words) == (Outcome.DISMISSED, "The endorsement was withdrawn.")


def test_the_group_is_reminded_a_week_and_a_day_before(group: Group, opponent: Candidate) -> None:
    make_group_endorsement(group, opponent)
    publish(opponent)
    for day in range(1, 20):
        for _twice in range(2):
            follow_conflicts(now=NOW + day * DAY)
    reminded = [subject for subject in mails() if subject.startswith("Please change it by")]
    assert len(reminded) == 2
    assert CounterEndorsement.objects.get().told_at == NOW + 13 * DAY


def test_its_keepers_are_told_and_the_check_in_helpers_are_not(group: Group, opponent: Candidate) -> None:
    make_contact(group, "organizer@example.org", role=Role.ORGANIZER)
    make_contact(group, "helper@example.org", role=Role.HELPER)
    make_group_endorsement(group, opponent)
    publish(opponent)
    told = OutgoingMail.objects.filter(purpose="conflict with an endorsement").order_by("to_email")
    assert list(told.values_list("to_email", flat=True)) == ["ada@example.org", "organizer@example.org"]


def test_the_cure_period_is_a_setting(group: Group, opponent: Candidate, settings: Settings) -> None:
    settings.ENDORSEMENT_CURE_DAYS = 30
    make_group_endorsement(group, opponent)
    publish(opponent)
    assert CounterEndorsement.objects.get().cure_until == NOW + 30 * DAY


# --- by staff ---------------------------------------------------------------------------------------------------


def test_staff_find_no_conflict_and_the_thing_may_go_on(group: Group, opponent: Candidate) -> None:
    event = make_event(group, title="Debate", about=f"With {opponent}", starts_at=NOW + 30 * DAY)
    publish(opponent)
    conflict = CounterEndorsement.objects.get()
    end_conflict(conflict=conflict, outcome=Outcome.DISMISSED, because="All came.", actor=make_decider(), now=NOW)
    assert (conflict.outcome, conflict.outcome_words) == ("dismissed", "All came.")
    assert AllowedNaming.objects.get().thing == event.scope
    assert mails()[-1] == "It may stay: Debate"
    assert seek_conflicts(now=NOW + 2 * DAY) == 0
    with pytest.raises(ConflictError, match="has ended"):
        end_conflict(conflict=conflict, outcome=Outcome.DISMISSED, because="x", actor=make_decider(), now=NOW)


def test_upheld_after_the_cure_period_it_takes_a_group_s_endorsement_off(group: Group, opponent: Candidate) -> None:
    own, staff = make_group_endorsement(group, opponent), make_decider()
    publish(opponent)
    conflict = CounterEndorsement.objects.get()
    assert not overdue(NOW).exists()
    with pytest.raises(ConflictError, match="still has time"):
        end_conflict(conflict=conflict, outcome=Outcome.UPHELD, because="x", actor=staff, now=NOW)
    assert list(overdue(NOW + CURE)) == [conflict]
    end_conflict(conflict=conflict, outcome=Outcome.UPHELD, because="No answer.", actor=staff, now=NOW + CURE)
    own.refresh_from_db()
    assert (own.withdrawn_at, own.withdrawn_because) == (NOW + CURE, "No answer.")
    assert (conflict.outcome, conflict.decided_by) == ("upheld", staff)
    assert mails()[-1] == "It was not put right: Bo Opponent"
    assert AuditEntry.objects.filter(action="ended conflict", actor=f"user:{staff.pk}").exists()


def test_upheld_an_event_stays_what_its_staff_make_of_it(group: Group, opponent: Candidate) -> None:
    event = make_event(group, about=f"For {opponent}", starts_at=NOW + 30 * DAY)
    publish(opponent)
    conflict = CounterEndorsement.objects.get()
    end_conflict(conflict=conflict, outcome=Outcome.UPHELD, because="No.", actor=make_decider(), now=NOW + CURE)
    event.refresh_from_db()
    assert event.state == EventState.APPROVED
    assert seek_conflicts(now=NOW + CURE) == 0, "what was decided does not open again"


def test_a_word_of_staff_needs_a_reason_and_no_one_but_the_group_cures(group: Group, opponent: Candidate) -> None:
    make_group_endorsement(group, opponent)
    publish(opponent)
    conflict, staff = CounterEndorsement.objects.get(), make_decider()
    with pytest.raises(ConflictError, match="reason"):
        end_conflict(conflict=conflict, outcome=Outcome.DISMISSED, because=" ", actor=staff, now=NOW)
    with pytest.raises(ConflictError, match="by the group alone"):
        end_conflict(conflict=conflict, outcome=Outcome.CURED, because="x", actor=staff, now=NOW)
    assert list(open_conflicts(group)) == [conflict]
    assert not open_conflicts(make_group()).exists()


# --- what things are --------------------------------------------------------------------------------------------


def test_a_thing_has_the_address_where_it_is_kept(group: Group, opponent: Candidate) -> None:
    event = make_event(group, about=f"For {opponent}")
    own = make_group_endorsement(group, opponent)
    publish(opponent)
    of_own, of_event = CounterEndorsement.objects.order_by("pk")
    assert address_of(of_event, NOW) == f"/organize/events/{event.pk}/"
    assert address_of(of_own, NOW) == f"/organize/groups/{group.slug}/endorsements/"
    assert address_of(of_event, NOW + 3 * DAY) == f"/organize/groups/{group.slug}/endorsements/", "it is over"
    assert still_stands(of_own, NOW)
    GroupEndorsement.objects.filter(pk=own.pk).update(withdrawn_at=NOW)
    assert not still_stands(of_own, NOW)


def test_drafts_that_would_be_refused_are_shown_to_staff(group: Group, opponent: Candidate) -> None:
    draft = make_event(group, title="Draft", about=f"For {opponent}", state=EventState.DRAFT)
    asked = make_promotion(make_event(group), intro=f"For {opponent}", state=PromotionState.REQUESTED)
    assert stopped_drafts(NOW, limit=9) == []
    publish(opponent)
    found = stopped_drafts(NOW, limit=9)
    assert [thing.key for thing, _named in found] == [draft.scope, asked.key]
    assert [str(one.opponent.name) for one in found[0][1]] == ["Bo Opponent"]
    assert len(stopped_drafts(NOW, limit=1)) == 1
    allow_naming(candidate=opponent, thing=draft.scope, because="A debate.", actor=make_decider(), now=NOW)
    assert [thing.key for thing, _named in stopped_drafts(NOW, limit=9)] == [asked.key]


def test_a_thing_is_found_by_its_key(group: Group) -> None:
    event, draft = make_event(group), make_event(group, state=EventState.DRAFT)
    for key in (event.scope, draft.scope, f"group:{group.pk}:page"):
        thing = find_thing(key, NOW)
        assert thing is not None
        assert (thing.key, thing.group_id) == (key, group.pk)
    for key in (
        "",
        "event",
        "event:",
        "event:x",
        "event:99999999",
        "soup:1",
        f"event:{'1' * 90}",
        "groupendorsement:1",
    ):
        assert find_thing(key, NOW) is None


def test_the_sweeps_run(group: Group, opponent: Candidate) -> None:
    make_group_endorsement(group, opponent)
    Race.objects.update(election_date=datetime.date(2090, 11, 7))
    endorse_nationally(make_candidate(opponent.race, "Jane Kim"), asked=[group])
    decision_jobs.publish_and_seek_conflicts()
    decision_jobs.follow_open_conflicts()
    decision_jobs.tell_groups_of_decisions()
    assert CounterEndorsement.objects.count() == 1
