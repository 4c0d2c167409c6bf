"""Staff approve, ask for changes, decline, waive, countersign: what each does, and why each is refused."""

from collections.abc import Callable

import pytest
from django.utils.translation import override

from affiliates.agreements.steps import withdraw_agreement
from affiliates.models import (
    AgreementState,
    ApplicationEvent,
    ApplicationState,
    Call,
    CallAnswer,
    CallKind,
    GroupStatus,
    Side,
)
from affiliates.reviewing import (
    approve_application,
    ask_for_changes,
    asked_of,
    countersign,
    decline_application,
    decline_to_countersign,
    note_internally,
    obstacles,
    waive_call,
)
from affiliates.turns import ReviewError, StaleError
from foundation.audit.models import AuditEntry
from foundation.mail.models import OutgoingMail
from tests.factories import make_contact, make_group
from tests.members.making import make_person

from .reviewing import (
    DAY,
    EVIDENCE,
    NOW,
    agreement_of,
    make_application,
    make_dispute,
    make_reviewer,
    make_signed_agreement,
)

pytestmark = pytest.mark.django_db


def purposes() -> list[str]:
    return list(OutgoingMail.objects.order_by("pk").values_list("purpose", flat=True))


# --- approving ----------------------------------------------------------------------------------------------------


def test_approving_hands_it_to_the_countersigner_and_tells_every_contact() -> None:
    application, reviewer = make_application(), make_reviewer()
    assert application.group
    make_contact(application.group)
    approve_application(application=application, revision=1, actor=reviewer, now=NOW)
    assert (application.state, application.revision) == (ApplicationState.APPROVED, 2)
    assert application.waiting_since == NOW
    event = application.events.get(kind="approved")
    assert (event.side, event.actor, event.at) == (Side.STAFF, reviewer, NOW)
    assert purposes() == ["application approved"] * 2
    assert AuditEntry.objects.get(action="approved application").actor == f"user:{reviewer.pk}"


def test_what_somebody_changed_meanwhile_is_not_decided_on() -> None:
    application = make_application()
    waive_call(application=application, revision=1, reason="Known to us.", actor=make_reviewer(), now=NOW)
    acts: list[Callable[[], None]] = [
        lambda: approve_application(application=application, revision=1, actor=make_reviewer(), now=NOW),
        lambda: decline_application(application=application, revision=1, reason="No", actor=make_reviewer(), now=NOW),
        lambda: waive_call(application=application, revision=1, reason="Yes", actor=make_reviewer(), now=NOW),
        lambda: ask_for_changes(
            application=application, revision=1, asked={"plan": "More"}, actor=make_reviewer(), now=NOW
        ),
    ]
    for act in acts:
        with pytest.raises(StaleError, match="since you opened it"):
            act()
    application.refresh_from_db()
    assert (application.state, application.revision) == (ApplicationState.FILED, 2)
    assert purposes() == []


@pytest.mark.parametrize("state", sorted({*ApplicationState} - {ApplicationState.FILED}))
def test_only_what_is_filed_is_approved(state: ApplicationState) -> None:
    application = make_application(state=state)
    with pytest.raises(ReviewError, match=str(state.label)):
        approve_application(application=application, revision=1, actor=make_reviewer(), now=NOW)


def test_nothing_is_approved_without_a_signature() -> None:
    application = make_application(is_signed=False)
    with pytest.raises(ReviewError, match="has not signed the agreement"):
        approve_application(application=application, revision=1, actor=make_reviewer(), now=NOW)


def test_a_signature_under_another_name_is_not_enough() -> None:
    application = make_application("Former Name")
    application.name = "Present Name"
    application.save(update_fields=["name"])
    with pytest.raises(ReviewError, match="“Former Name”"):
        approve_application(application=application, revision=1, actor=make_reviewer(), now=NOW)


def test_an_open_dispute_about_the_name_stands_in_the_way() -> None:
    application = make_application()
    make_dispute(application)
    application.refresh_from_db()
    with pytest.raises(ReviewError, match="A dispute about the name is open"):
        approve_application(application=application, revision=2, actor=make_reviewer(), now=NOW)


def test_a_place_that_nobody_knows_stands_in_the_way() -> None:
    application = make_application(latitude=None, longitude=None)
    with pytest.raises(ReviewError, match="could not be found"):
        approve_application(application=application, revision=1, actor=make_reviewer(), now=NOW)


def test_nobody_on_a_call_stands_in_the_way_until_it_is_waived() -> None:
    application = make_application(is_call_waived=False)
    with pytest.raises(ReviewError, match="organizing call"):
        approve_application(application=application, revision=1, actor=make_reviewer(), now=NOW)
    waive_call(application=application, revision=1, reason=" Known to us. ", actor=make_reviewer(), now=NOW)
    assert application.call_waived_because == "Known to us."
    assert application.events.get(kind="call waived").text == "Known to us."
    approve_application(application=application, revision=2, actor=make_reviewer(), now=NOW)


def test_an_attended_call_needs_no_waiving() -> None:
    application = make_application(is_call_waived=False)
    person = make_person("Ada Applicant")
    person.user = application.applicant
    person.save(update_fields=["user"])
    call = Call.objects.create(
        kind=CallKind.ORGANIZING, starts_at=NOW - 9 * DAY, ends_at=NOW - 8 * DAY, time_zone="UTC",
        join_link="https://example.org/call", created_at=NOW - 20 * DAY,
    )  # fmt: skip
    answer = CallAnswer.objects.create(call=call, person=person, answered_at=NOW - 10 * DAY)
    assert len(obstacles(application)) == 1
    answer.attended_at = NOW - 8 * DAY
    answer.save()
    assert obstacles(application) == []


def test_waiving_says_why() -> None:
    with pytest.raises(ReviewError, match="Say why no organizing call"):
        waive_call(application=make_application(), revision=1, reason=" ", actor=make_reviewer(), now=NOW)


# --- asking for changes -------------------------------------------------------------------------------------------


def test_changes_are_asked_at_their_questions_and_mailed_in_the_language_of_the_reader() -> None:
    application = make_application(language="es")
    asked = {"plan": "Name the ward.", "where": " The ZIP code is a post office box. ", "who": "  "}
    with override("en"):
        ask_for_changes(application=application, revision=1, asked=asked, actor=make_reviewer(), now=NOW)
    assert application.state == ApplicationState.CHANGES_ASKED
    assert application.waiting_since == NOW
    assert asked_of(application) == {"plan": "Name the ward.", "where": "The ZIP code is a post office box."}
    mail = OutgoingMail.objects.get()
    assert mail.language == "es"
    assert mail.text.index("post office box") < mail.text.index("Name the ward.")
    assert agreement_of(application).state == AgreementState.SIGNED


@pytest.mark.parametrize("asked", [{}, {"plan": "  "}, {"weather": "Sun"}])
def test_changes_are_asked_at_a_question_that_there_is(asked: dict[str, str]) -> None:
    with pytest.raises(ReviewError, match="at one question or more"):
        ask_for_changes(application=make_application(), revision=1, asked=asked, actor=make_reviewer(), now=NOW)


def test_asking_for_another_signature_declines_this_one() -> None:
    application = make_application()
    ask_for_changes(
        application=application, revision=1, asked={"agreement": "Sign with your full name."}, actor=make_reviewer(),
        now=NOW,
    )  # fmt: skip
    agreement = agreement_of(application)
    assert (agreement.state, agreement.reason) == (AgreementState.DECLINED, "Sign with your full name.")
    assert purposes() == ["changes asked"]


def test_an_approved_one_can_still_be_given_back() -> None:
    application = make_application(state=ApplicationState.APPROVED)
    ask_for_changes(application=application, revision=1, asked={"plan": "More"}, actor=make_reviewer(), now=NOW)
    assert application.state == ApplicationState.CHANGES_ASKED


@pytest.mark.parametrize(
    "state", sorted({*ApplicationState} - {ApplicationState.FILED, ApplicationState.APPROVED}), ids=str
)
def test_what_staff_do_not_have_they_neither_give_back_nor_decline(state: ApplicationState) -> None:
    application = make_application(state=state)
    with pytest.raises(ReviewError, match="cannot be done with it any more"):
        ask_for_changes(application=application, revision=1, asked={"plan": "More"}, actor=make_reviewer(), now=NOW)
    with pytest.raises(ReviewError, match="cannot be done with it any more"):
        decline_application(application=application, revision=1, reason="No", actor=make_reviewer(), now=NOW)


# --- declining ----------------------------------------------------------------------------------------------------


def test_declining_says_why_and_declines_what_was_signed() -> None:
    application, reviewer = make_application(), make_reviewer()
    decline_application(
        application=application, revision=1, reason="A group is there already.", actor=reviewer, now=NOW
    )
    assert application.state == ApplicationState.DECLINED
    assert (application.decided_by, application.decided_at, application.waiting_since) == (reviewer, NOW, None)
    assert agreement_of(application).state == AgreementState.DECLINED
    assert application.events.get(kind="declined").text == "A group is there already."
    assert application.group
    assert application.group.status == GroupStatus.ENDED
    mail = OutgoingMail.objects.get()
    assert mail.purpose == "application declined"
    assert "A group is there already." in mail.text


def test_nothing_is_declined_without_a_reason() -> None:
    with pytest.raises(ReviewError, match="Say why"):
        decline_application(application=make_application(), revision=1, reason="\n", actor=make_reviewer(), now=NOW)


# --- notes --------------------------------------------------------------------------------------------------------


def test_a_note_is_for_staff_and_takes_nobodys_turn() -> None:
    application = make_application()
    note_internally(application=application, text="Called her.", actor=make_reviewer(), now=NOW)
    note = ApplicationEvent.objects.get(kind="note")
    assert (note.text, note.is_internal) == ("Called her.", True)
    application.refresh_from_db()
    assert application.revision == 1


# --- countersigning -----------------------------------------------------------------------------------------------


def test_countersigning_puts_the_agreement_in_force_and_the_group_on_the_list() -> None:
    application, signer = make_application(state=ApplicationState.APPROVED), make_reviewer()
    agreement = agreement_of(application)
    countersign(application=application, agreement=agreement, revision=1, evidence=EVIDENCE, actor=signer, now=NOW)
    assert application.state == ApplicationState.ACCEPTED
    assert (application.decided_by, application.decided_at, application.waiting_since) == (signer, NOW, None)
    assert application.revision == 2
    assert agreement.state == AgreementState.IN_FORCE
    assert agreement.group.status == GroupStatus.LISTED
    assert application.events.get(kind="accepted").actor == signer
    assert purposes() == ["affiliation in force"]


@pytest.mark.parametrize("state", sorted({*ApplicationState} - {ApplicationState.APPROVED}))
def test_only_an_approved_application_is_countersigned(state: ApplicationState) -> None:
    application = make_application(state=state)
    with pytest.raises(ReviewError):
        countersign(
            application=application, agreement=agreement_of(application), revision=1, evidence=EVIDENCE,
            actor=make_reviewer(), now=NOW,
        )  # fmt: skip
    assert agreement_of(application).state == AgreementState.SIGNED


@pytest.mark.parametrize("state", sorted({*ApplicationState} - {ApplicationState.ACCEPTED}))
def test_the_application_cannot_be_left_out(state: ApplicationState) -> None:
    application = make_application(state=state)
    with pytest.raises(ReviewError, match="not approved"):
        countersign(
            application=None, agreement=agreement_of(application), revision=None, evidence=EVIDENCE,
            actor=make_reviewer(), now=NOW,
        )  # fmt: skip
    with pytest.raises(ReviewError, match="not approved"):
        decline_to_countersign(
            application=None, agreement=agreement_of(application), revision=None, reason="No", actor=make_reviewer(),
            now=NOW,
        )  # fmt: skip


def test_whoever_signed_for_the_group_does_not_countersign_and_nothing_is_changed() -> None:
    application = make_application(state=ApplicationState.APPROVED)
    assert application.applicant
    with pytest.raises(ReviewError, match="Somebody else has to countersign"):
        countersign(
            application=application, agreement=agreement_of(application), revision=1, evidence=EVIDENCE,
            actor=application.applicant, now=NOW,
        )  # fmt: skip
    application.refresh_from_db()
    assert (application.state, application.revision) == (ApplicationState.APPROVED, 1)


def test_an_agreement_that_was_taken_back_is_not_countersigned() -> None:
    application = make_application(state=ApplicationState.APPROVED)
    agreement = agreement_of(application)
    assert application.applicant
    withdraw_agreement(agreement=agreement, actor=application.applicant, now=NOW)
    with pytest.raises(ReviewError, match="has gone on"):
        countersign(
            application=application, agreement=agreement, revision=1, evidence=EVIDENCE, actor=make_reviewer(), now=NOW
        )
    application.refresh_from_db()
    assert application.state == ApplicationState.APPROVED


def test_another_groups_agreement_is_not_countersigned_in_its_place() -> None:
    application, other = make_application(state=ApplicationState.APPROVED), make_application()
    with pytest.raises(ReviewError, match="another group’s"):
        countersign(
            application=application, agreement=agreement_of(other), revision=1, evidence=EVIDENCE,
            actor=make_reviewer(), now=NOW,
        )  # fmt: skip


def test_a_dispute_that_was_opened_after_the_approval_stands_in_the_way() -> None:
    application = make_application(state=ApplicationState.APPROVED)
    make_dispute(application)
    application.refresh_from_db()
    with pytest.raises(ReviewError, match="dispute"):
        countersign(
            application=application, agreement=agreement_of(application), revision=2, evidence=EVIDENCE,
            actor=make_reviewer(), now=NOW,
        )  # fmt: skip


def test_a_group_without_a_known_place_is_not_countersigned() -> None:
    application = make_application(state=ApplicationState.APPROVED)
    assert application.group
    application.group.latitude = application.group.longitude = None
    application.group.save(update_fields=["latitude", "longitude"])
    with pytest.raises(ReviewError, match="no known place"):
        countersign(
            application=application, agreement=agreement_of(application), revision=1, evidence=EVIDENCE,
            actor=make_reviewer(), now=NOW,
        )  # fmt: skip
    assert agreement_of(application).state == AgreementState.SIGNED


def test_a_signing_anew_needs_no_application_and_brings_no_welcome() -> None:
    group = make_group()
    agreement = make_signed_agreement(group, by=make_contact(group))
    countersign(application=None, agreement=agreement, revision=None, evidence=EVIDENCE, actor=make_reviewer(), now=NOW)
    assert agreement.state == AgreementState.IN_FORCE
    assert purposes() == []


def test_a_group_that_is_taken_back_is_welcomed() -> None:
    group = make_group(status=GroupStatus.ENDED)
    agreement = make_signed_agreement(group, by=make_contact(group))
    countersign(application=None, agreement=agreement, revision=None, evidence=EVIDENCE, actor=make_reviewer(), now=NOW)
    assert agreement.group.is_listed
    assert purposes() == ["affiliation in force"]


def test_not_countersigning_gives_an_approved_application_back() -> None:
    application = make_application(state=ApplicationState.APPROVED)
    decline_to_countersign(
        application=application, agreement=agreement_of(application), revision=1, reason="The title is missing.",
        actor=make_reviewer(), now=NOW,
    )  # fmt: skip
    assert application.state == ApplicationState.CHANGES_ASKED
    assert asked_of(application) == {"agreement": "The title is missing."}
    assert agreement_of(application).state == AgreementState.DECLINED


def test_not_countersigning_a_signing_anew_tells_why() -> None:
    group = make_group()
    agreement = make_signed_agreement(group, by=make_contact(group))
    decline_to_countersign(
        application=None, agreement=agreement, revision=None, reason="Wrong title.", actor=make_reviewer(), now=NOW
    )
    assert agreement.state == AgreementState.DECLINED
    assert purposes() == ["agreement declined"]
    with pytest.raises(ReviewError, match="has gone on"):
        decline_to_countersign(
            application=None, agreement=agreement, revision=None, reason="Again.", actor=make_reviewer(), now=NOW
        )
