"""Disputes about names: who may open one, what it blocks, how it ends and what both sides are told."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from affiliates.disputes import (
    DisputeError,
    applications_named_like,
    claimable_by,
    groups_named_like,
    note_on_dispute,
    open_dispute,
    settle_dispute,
)
from affiliates.models import ApplicationState, DisputeOutcome, NameDispute
from affiliates.reviewing import asked_of
from affiliates.turns import ReviewError
from foundation.audit.models import AuditEntry
from foundation.mail.models import OutgoingMail
from tests.factories import make_contact, make_group
from tests.signing_in import sign_in

from .reviewing import NOW, make_application, make_dispute, make_reviewer

pytestmark = pytest.mark.django_db


def test_opening_one_notes_why_and_stands_in_the_history_of_both_sides() -> None:
    application, other, staff = make_application(), make_group("Older Neighbors"), make_reviewer()
    dispute = open_dispute(application=application, other=other, because=" They were first. ", actor=staff, now=NOW)
    assert (dispute.other, dispute.name, dispute.is_open) == (other, application.name, True)
    assert dispute.notes.get().text == "They were first."
    event = application.events.get(kind="name dispute opened")
    assert (event.text, event.is_internal) == ("Older Neighbors", False)
    application.refresh_from_db()
    assert application.revision == 2
    assert AuditEntry.objects.get(action="opened name dispute").actor == f"user:{staff.pk}"


def test_two_who_have_an_open_dispute_have_no_second_one() -> None:
    application, other = make_application(), make_group()
    make_dispute(application, other)
    with pytest.raises(DisputeError, match="open already"):
        make_dispute(application, other)
    with pytest.raises(IntegrityError, match="namedispute_one_open"), transaction.atomic():
        NameDispute.objects.create(application=application, other_group=other, name="Twice", opened_at=NOW)


@pytest.mark.parametrize(
    "state", [ApplicationState.DRAFT, ApplicationState.WITHDRAWN, ApplicationState.DECLINED, ApplicationState.ACCEPTED]
)
def test_a_draft_and_what_is_decided_are_not_disputed(state: ApplicationState) -> None:
    with pytest.raises(ReviewError, match="cannot be done"):
        make_dispute(make_application(state=state))


def test_a_dispute_needs_two_sides_and_a_matter() -> None:
    application = make_application()
    assert application.group
    for other in (application, application.group):
        with pytest.raises(DisputeError, match="with itself"):
            make_dispute(application, other)
    with pytest.raises(DisputeError, match="what the dispute is about"):
        open_dispute(application=application, other=make_group(), because=" ", actor=make_reviewer(), now=NOW)


def test_names_alike_are_found_among_groups_and_applications_that_are_not_over() -> None:
    application = make_application("Prairie Commons")
    listed, also = make_group("The Prairie Commons"), make_application("Práirie Commons!")
    make_group("Prairie Commons", status="ended")
    make_application("Prairie Commons", state=ApplicationState.DECLINED)
    make_group("Harbor Choir")
    assert list(groups_named_like(application).filter(status="listed")) == [listed]
    assert list(applications_named_like(application)) == [also]


# --- settling -----------------------------------------------------------------------------------------------------


def settle(dispute: NameDispute, outcome: DisputeOutcome) -> None:
    settle_dispute(dispute=dispute, outcome=outcome, because="They were first.", actor=make_reviewer(), now=NOW)


@pytest.mark.parametrize("outcome", DisputeOutcome)
def test_both_sides_are_told_the_outcome_and_why(outcome: DisputeOutcome) -> None:
    application, other = make_application(), make_group("Older Neighbors")
    contact = make_contact(other)
    settle(make_dispute(application, other), outcome)
    told = OutgoingMail.objects.filter(purpose="dispute settled")
    assert application.applicant
    assert {mail.to_email for mail in told} == {contact.email, application.applicant.email}
    assert all("They were first." in mail.text for mail in told)
    assert application.events.filter(kind="name dispute settled").exists()


def test_keeping_the_name_leaves_the_application_where_it_is() -> None:
    application = make_application()
    settle(make_dispute(application), DisputeOutcome.KEEPS)
    application.refresh_from_db()
    assert application.state == ApplicationState.FILED


def test_taking_another_name_asks_the_applicant_for_it() -> None:
    application = make_application(state=ApplicationState.APPROVED)
    settle(make_dispute(application), DisputeOutcome.RENAMED)
    application.refresh_from_db()
    assert application.state == ApplicationState.CHANGES_ASKED
    assert asked_of(application) == {"name": "They were first."}


def test_what_was_asked_before_stays_asked() -> None:
    application = make_application(state=ApplicationState.CHANGES_ASKED)
    application.events.create(at=NOW, side="staff", kind="changes asked", asked={"issues": "Name the ward."})
    settle(make_dispute(application), DisputeOutcome.RENAMED)
    assert asked_of(application) == {"issues": "Name the ward.", "name": "They were first."}


def test_joining_the_other_group_withdraws_the_application() -> None:
    application = make_application()
    settle(make_dispute(application), DisputeOutcome.JOINED)
    application.refresh_from_db()
    assert application.state == ApplicationState.WITHDRAWN
    assert application.waiting_since is None


def test_another_applicant_who_takes_another_name_is_asked_for_it() -> None:
    application, other = make_application(), make_application()
    settle(make_dispute(application, other), DisputeOutcome.OTHER_RENAMED)
    other.refresh_from_db()
    application.refresh_from_db()
    assert (application.state, other.state) == (ApplicationState.FILED, ApplicationState.CHANGES_ASKED)


def test_a_dispute_is_settled_once_with_a_reason() -> None:
    dispute = make_dispute(make_application())
    with pytest.raises(DisputeError, match="Say why"):
        settle_dispute(dispute=dispute, outcome=DisputeOutcome.KEEPS, because="", actor=make_reviewer(), now=NOW)
    settle(dispute, DisputeOutcome.KEEPS)
    with pytest.raises(DisputeError, match="Somebody else has settled"):
        settle(dispute, DisputeOutcome.RENAMED)
    assert OutgoingMail.objects.filter(purpose="changes asked").count() == 0


def test_a_note_can_follow_the_outcome() -> None:
    dispute = make_dispute(make_application())
    settle(dispute, DisputeOutcome.KEEPS)
    note_on_dispute(dispute=dispute, text="They thanked us.", actor=make_reviewer(), now=NOW)
    assert dispute.notes.count() == 2


# --- "this name is ours" ------------------------------------------------------------------------------------------


def test_a_contact_sees_name_and_place_of_what_is_before_staff_and_nothing_else() -> None:
    group = make_group("Prairie Commons")
    alike = make_application("Prairie Commons", applicant_name="Secret Applicant", plan_issues="Secret plan")
    make_application("Prairie Commons", state=ApplicationState.DRAFT)
    make_application("Harbor Choir")
    assert list(claimable_by(group)) == [alike]
    client = Client()
    sign_in(client, make_contact(group))
    page = client.get(reverse("group_name_dispute", args=[group.slug])).content.decode()
    assert "Prairie Commons, Cambridge, MA" in page
    assert "Secret" not in page


def test_a_contact_objects_to_a_name_once() -> None:
    group, application = make_group("Prairie Commons"), make_application("Prairie Commons")
    client, contact = Client(), make_contact(group)
    sign_in(client, contact)
    there = reverse("group_name_dispute", args=[group.slug])
    answer = client.post(there, {"application": application.pk, "because": "Since 2019."})
    assert answer.status_code == 302
    dispute = NameDispute.objects.get()
    assert (dispute.opened_by, dispute.other_group, dispute.notes.get().text) == (contact, group, "Since 2019.")
    assert not claimable_by(group).exists()
    assert client.post(there, {"application": application.pk, "because": "Again."}).status_code == 422


def test_a_contact_does_not_object_to_a_name_that_is_not_alike() -> None:
    group, application = make_group("Prairie Commons"), make_application("Harbor Choir")
    client = Client()
    sign_in(client, make_contact(group))
    there = reverse("group_name_dispute", args=[group.slug])
    assert client.post(there, {"application": application.pk, "because": "Ours."}).status_code == 422
    assert not NameDispute.objects.exists()


def test_organizers_and_groups_that_are_not_in_force_do_not_object() -> None:
    listed, forming = make_group(), make_group(status="forming")
    for group, role in ((listed, "organizer"), (forming, "contact")):
        client = Client()
        sign_in(client, make_contact(group, role=role))
        assert client.get(reverse("group_name_dispute", args=[group.slug])).status_code == 404
