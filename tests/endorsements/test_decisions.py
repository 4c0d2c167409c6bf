"""National's decision on what a poll recommends: who, in which order, and what follows."""

import datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from affiliates.models import Role
from endorsements.decisions import (
    DecisionError,
    StaleDecisionError,
    decide,
    obstacles_to,
    propose_endorsement,
    tell_of_decisions,
    waiting,
    waiting_in_words,
    why_not_by,
    withdraw_endorsement,
)
from endorsements.emails import decisions as emails
from endorsements.models import (
    Candidate,
    ConflictKind,
    ConflictOfInterest,
    Endorsement,
    EndorsementOpinion,
    EndorsementState,
    Poll,
    PollState,
)
from foundation.accounts.models import User
from foundation.audit.models import AuditEntry
from foundation.mail.models import OutgoingMail
from tests.factories import make_contact, make_group

from .clock import without_guards
from .deciding import DAY, endorse_nationally, make_decider, make_recommending_poll, recommend
from .making import NOW, make_candidate, make_race
from .polling import cast_for, close, groups_of, make_open_poll

pytestmark = pytest.mark.django_db


@pytest.fixture
def candidate() -> Candidate:
    return make_candidate(make_race(), "Jane Kim")


def say(endorsement: Endorsement, *, yes: bool = True, by: User | None = None, **words: Any) -> Endorsement:
    actor = by or make_decider()
    return decide(endorsement=endorsement, approves=yes, because="We looked.", actor=actor, now=NOW, **words)


# --- proposed ---------------------------------------------------------------------------------------------------


def test_a_poll_that_closes_with_a_majority_proposes_its_candidate() -> None:
    poll = make_open_poll(groups=3)
    for group in groups_of(poll)[:2]:
        cast_for(poll, group, 1)
    closed = close(poll)
    proposed = Endorsement.objects.get()
    assert (proposed.poll, proposed.candidate, proposed.state) == (closed, closed.recommended, "proposed")
    assert AuditEntry.objects.filter(action="proposed endorsement", subject=proposed.subject, actor="system").exists()


def test_a_poll_without_a_majority_proposes_nobody() -> None:
    poll = make_open_poll(groups=3)
    cast_for(poll, groups_of(poll)[0], 1)
    close(poll)
    assert not Endorsement.objects.exists()


def test_proposing_twice_proposes_once(candidate: Candidate) -> None:
    poll = make_recommending_poll(candidate, closed_at=NOW)
    assert propose_endorsement(poll) == propose_endorsement(poll)
    assert Endorsement.objects.count() == 1


def test_the_oldest_recommendation_stands_first_in_the_queue(candidate: Candidate) -> None:
    newer = recommend(candidate, closed_at=NOW - DAY)
    older = recommend(make_candidate(make_race()), closed_at=NOW - 9 * DAY)
    assert list(waiting()) == [older, newer]
    assert waiting_in_words() == "2 recommendations wait for a decision."


def test_what_a_void_poll_recommended_waits_for_nobody(candidate: Candidate) -> None:
    proposed = recommend(candidate)
    void(proposed.poll)
    proposed.poll.refresh_from_db()
    assert not waiting().exists()
    assert obstacles_to(proposed) == ["The poll is void."]
    with pytest.raises(DecisionError, match="void"):
        say(proposed)


def void(poll: Poll) -> None:
    with transaction.atomic(), without_guards():
        Poll.objects.filter(pk=poll.pk).update(
            state=PollState.VOID, voided_at=NOW, void_asked_by="user:1", voided_by="user:2", void_because="Mistake."
        )


# --- decided ----------------------------------------------------------------------------------------------------


def test_two_different_people_approve(candidate: Candidate) -> None:
    proposed, first = recommend(candidate), make_decider()
    assert say(proposed, by=first, statement="She listens.").state == EndorsementState.PROPOSED
    with pytest.raises(DecisionError, match="You have decided"):
        say(proposed, by=first)
    held = say(proposed)
    assert (held.state, held.statement, held.decided_at, held.public_from) == ("approved", "She listens.", NOW, NOW)
    actions = AuditEntry.objects.filter(subject=proposed.subject).order_by("pk").values_list("action", flat=True)
    assert list(actions) == [
        "proposed endorsement", "approved endorsement", "approved endorsement", "endorsed candidate",
    ]  # fmt: skip


def test_the_first_side_that_two_took_decides(candidate: Candidate) -> None:
    proposed = recommend(candidate)
    say(proposed)
    say(proposed, yes=False)
    assert say(proposed, yes=False).state == EndorsementState.DECLINED
    with pytest.raises(DecisionError, match="decided already"):
        say(proposed)


def test_a_decision_needs_a_reason(candidate: Candidate) -> None:
    with pytest.raises(DecisionError, match="reason"):
        decide(endorsement=recommend(candidate), approves=True, because=" ", actor=make_decider(), now=NOW)


def test_an_older_reading_decides_nothing(candidate: Candidate) -> None:
    proposed = recommend(candidate)
    say(proposed, revision=0)
    with pytest.raises(StaleDecisionError):
        say(proposed, revision=0)
    assert proposed.opinions.count() == 1


def test_whoever_a_campaign_pays_cannot_decide(candidate: Candidate) -> None:
    proposed, paid = recommend(candidate), make_decider()
    interest = ConflictOfInterest.objects.create(race=candidate.race, user=paid, kind=ConflictKind.PAID)
    with pytest.raises(DecisionError, match="pays you"):
        say(proposed, by=paid)
    interest.ended_at = NOW
    interest.save()
    assert why_not_by(proposed, paid) == ""


def test_the_second_approves_the_text_of_the_first_and_no_other(candidate: Candidate) -> None:
    proposed, later = recommend(candidate), NOW + 3 * DAY
    say(proposed, statement="She listens.", public_from=later)
    for other in ({"statement": "She talks."}, {"public_from": NOW}):
        with pytest.raises(DecisionError, match="another text"):
            say(proposed, **other)
    held = say(proposed, statement="She listens.", public_from=later)
    assert (held.state, held.public_from) == ("approved", later)


def test_an_embargo_that_has_passed_ends_at_the_decision(candidate: Candidate) -> None:
    proposed = recommend(candidate)
    say(proposed, public_from=NOW - DAY)
    assert say(proposed).public_from == NOW


def test_under_the_embargo_nothing_is_public(candidate: Candidate) -> None:
    endorse_nationally(candidate, public_from=NOW + DAY)
    assert not Endorsement.objects.public(NOW).exists()
    assert Endorsement.objects.public(NOW + DAY).exists()


def test_a_candidate_who_withdrew_cannot_be_endorsed(candidate: Candidate) -> None:
    proposed = recommend(candidate)
    Candidate.objects.update(withdrawn_at=NOW, withdrawn_because="Ill.")
    with pytest.raises(DecisionError, match="has withdrawn"):
        say(proposed)
    say(proposed, yes=False)
    assert say(proposed, yes=False).state == EndorsementState.DECLINED


def test_one_endorsement_is_in_force_in_a_race(candidate: Candidate) -> None:
    first = endorse_nationally(candidate)
    second = recommend(make_candidate(candidate.race))
    with pytest.raises(DecisionError, match="Withdraw it first"):
        say(second)
    withdraw_endorsement(endorsement=first, because="News.", actor=make_decider(), now=NOW)
    say(second)
    assert say(second).state == EndorsementState.APPROVED


# --- withdrawn --------------------------------------------------------------------------------------------------


def test_an_endorsement_is_withdrawn_with_a_reason(candidate: Candidate) -> None:
    held, actor = endorse_nationally(candidate), make_decider()
    with pytest.raises(DecisionError, match="reason"):
        withdraw_endorsement(endorsement=held, because=" ", actor=actor, now=NOW + DAY)
    withdraw_endorsement(endorsement=held, because="She left the party.", actor=actor, now=NOW + DAY)
    assert (held.state, held.withdrawn_because) == ("withdrawn", "She left the party.")
    assert list(Endorsement.objects.ever_public(NOW + DAY)) == [held]
    with pytest.raises(DecisionError, match="in force"):
        withdraw_endorsement(endorsement=held, because="Again.", actor=actor, now=NOW + DAY)


def test_one_withdrawn_under_the_embargo_was_never_public(candidate: Candidate) -> None:
    held = endorse_nationally(candidate, public_from=NOW + 9 * DAY)
    withdraw_endorsement(endorsement=held, because="News.", actor=make_decider(), now=NOW + DAY)
    assert not Endorsement.objects.ever_public(NOW + 20 * DAY).exists()


# --- the database holds it --------------------------------------------------------------------------------------


def refused(rule: str, **change: object) -> None:
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        Endorsement.objects.update(**change)
    assert refusal.value.__cause__.diag.constraint_name == rule  # type: ignore[union-attr]


APPROVED = {"state": "approved", "decided_at": NOW, "public_from": NOW}


def test_the_database_refuses_one_person_twice(candidate: Candidate) -> None:
    proposed, actor = recommend(candidate), make_decider()
    say(proposed, by=actor)
    with pytest.raises(IntegrityError, match="one_a_person"), transaction.atomic():
        EndorsementOpinion.objects.create(endorsement=proposed, by=f"user:{actor.pk}", approves=True, because="x")
    refused("endorsement_by_two", **APPROVED)
    say(proposed, yes=False)
    refused("endorsement_by_two", **APPROVED)
    refused("endorsement_by_two", state="declined", decided_at=NOW)


def test_the_database_refuses_what_is_born_approved(candidate: Candidate) -> None:
    poll = make_recommending_poll(candidate, closed_at=NOW)
    with pytest.raises(IntegrityError, match="proposed first"), transaction.atomic():
        Endorsement.objects.create(race=candidate.race, candidate=candidate, poll=poll, **APPROVED)


def test_the_database_refuses_whom_the_poll_did_not_recommend(candidate: Candidate) -> None:
    other = make_candidate(candidate.race)
    poll = make_recommending_poll(candidate, closed_at=NOW)
    Endorsement.objects.create(race=candidate.race, candidate=other, poll=poll)
    with pytest.raises(IntegrityError, match="endorsement_of_what_the_poll_recommends"):
        connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_the_database_refuses_to_go_back(candidate: Candidate) -> None:
    endorse_nationally(candidate)
    refused("endorsement_states_in_order", state="proposed", decided_at=None)
    refused("endorsement_states_in_order", state="declined")


def test_the_database_refuses_to_approve_upon_a_void_poll(candidate: Candidate) -> None:
    proposed = recommend(candidate)
    for actor in (make_decider(), make_decider()):
        EndorsementOpinion.objects.create(endorsement=proposed, by=f"user:{actor.pk}", approves=True, because="x")
    void(proposed.poll)
    refused("endorsement_of_poll_that_stands", **APPROVED)


def test_the_database_keeps_opinions_and_takes_none_after_the_decision(candidate: Candidate) -> None:
    held = endorse_nationally(candidate)
    for act in (lambda: EndorsementOpinion.objects.update(because="y"), EndorsementOpinion.objects.all().delete):
        with pytest.raises(IntegrityError, match="_append_only"), transaction.atomic():
            act()
    with pytest.raises(IntegrityError, match="it is decided"), transaction.atomic():
        EndorsementOpinion.objects.create(endorsement=held, by="user:999", approves=False, because="Late.")


def test_the_database_wants_a_reason_and_somebody(candidate: Candidate) -> None:
    proposed = recommend(candidate)
    for wrong in ({"because": ""}, {"by": "system"}):
        values = {"endorsement": proposed, "by": "user:1", "because": "x", "approves": True, **wrong}
        with pytest.raises(IntegrityError, match="endorsementopinion_"), transaction.atomic():
            EndorsementOpinion.objects.create(**values)
    held = endorse_nationally(make_candidate(make_race()))
    with pytest.raises(IntegrityError, match="endorsement_withdrawn_with_reason"), transaction.atomic():
        Endorsement.objects.filter(pk=held.pk).update(state="withdrawn", withdrawn_at=NOW)


# --- told -------------------------------------------------------------------------------------------------------


def told() -> list[tuple[str, str]]:
    mails = OutgoingMail.objects.filter(purpose="endorsement decided").order_by("pk")
    return list(mails.values_list("to_email", "subject"))


def test_the_contacts_of_the_groups_asked_are_told_once_it_is_public(candidate: Candidate) -> None:
    asked, other = make_group(), make_group()
    first, second = make_contact(asked, "ada@example.org"), make_contact(asked, "bo@example.org")
    make_contact(asked, "organizer@example.org", role=Role.ORGANIZER)
    make_contact(other)
    endorse_nationally(candidate, asked=[asked], public_from=NOW + DAY, statement="She listens.")
    assert tell_of_decisions(now=NOW) == 0
    assert tell_of_decisions(now=NOW + DAY) == 2
    assert tell_of_decisions(now=NOW + DAY) == 0
    assert told() == [(first.email, "Endorsed: Jane Kim"), (second.email, "Endorsed: Jane Kim")]
    mail = OutgoingMail.objects.first()
    assert mail is not None
    assert "She listens." in mail.text
    assert f"/endorsements/candidates/{candidate.slug}/" in mail.text


def test_they_are_told_why_it_was_declined_and_withdrawn(candidate: Candidate) -> None:
    group = make_group()
    make_contact(group, "ada@example.org")
    declined = recommend(candidate, asked=[group])
    for _twice in range(2):
        say(declined, yes=False)
    other = make_candidate(make_race(), "Ana Díaz")
    withdrawn = endorse_nationally(other, asked=[group])
    assert tell_of_decisions(now=NOW) == 2
    withdraw_endorsement(endorsement=withdrawn, because="She left.", actor=make_decider(), now=NOW + DAY)
    assert tell_of_decisions(now=NOW + DAY) == 1
    subjects = {subject for _to, subject in told()}
    assert subjects == {"Not endorsed: Jane Kim", "Endorsed: Ana Díaz", "Endorsement withdrawn: Ana Díaz"}
    text = OutgoingMail.objects.get(subject="Not endorsed: Jane Kim").text
    assert text.count("We looked.") == 2


def test_each_is_told_in_their_language_and_those_of_an_ended_group_are_not(candidate: Candidate) -> None:
    group, ended = make_group(), make_group(status="ended")
    spanish = make_contact(group)
    User.objects.filter(pk=spanish.pk).update(language="es")
    make_contact(ended)
    endorse_nationally(candidate, asked=[group, ended])
    assert tell_of_decisions(now=NOW) == 1
    assert OutgoingMail.objects.get(purpose="endorsement decided").language == "es"


def test_a_week_later_nobody_is_told_any_more(candidate: Candidate) -> None:
    group = make_group()
    make_contact(group)
    endorse_nationally(candidate, asked=[group])
    assert tell_of_decisions(now=NOW + emails.TOLD_WITHIN + datetime.timedelta(seconds=1)) == 0


def test_many_are_told_some_at_a_time(candidate: Candidate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emails, "AT_ONCE", 2)
    group = make_group()
    for _one in range(3):
        make_contact(group)
    endorse_nationally(candidate, asked=[group])
    assert [tell_of_decisions(now=NOW) for _run in range(3)] == [2, 1, 0]
