"""The end of an agreement: by the group, by the network, by letting a round pass; and the way back."""

import datetime
import hashlib
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from affiliates.agreements.steps import (
    AgreementStepError,
    countersign_agreement,
    end_agreement,
    lapse_agreement,
    prepare_agreement,
    withdraw_agreement,
)
from affiliates.listing import ListingError, unlist_group
from affiliates.models import (
    Agreement,
    AgreementState,
    AgreementTemplate,
    EndCause,
    EndedBy,
    Group,
    GroupStatus,
    Role,
)
from affiliates.permissions import can_keep_page, can_organize, can_see_agreement, can_see_roster, can_use_logo
from affiliates.reinstatement import ReturnError, allow_return, come_back, is_coming_back
from affiliates.roles import InvitationError, accept_invitation, invite
from affiliates.signals import agreement_ended
from foundation.accounts.models import StaffTask, User
from foundation.audit.models import AuditEntry
from foundation.mail.models import MailState, OutgoingMail
from foundation.mail.outbox import call_off, queue_mail
from tests.factories import make_contact, make_group, make_staff, make_user

from .signing import EVIDENCE, make_in_force, make_signed, make_understood
from .signing_up import make_form

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)
LATER = NOW + datetime.timedelta(days=10)


@pytest.fixture
def group() -> Group:
    return make_group("Table of Plenty", slug="plenty", status=GroupStatus.FORMING)


@pytest.fixture
def contact(group: Group) -> User:
    return make_contact(group, "grace@example.org")


@pytest.fixture
def agreement(group: Group, contact: User) -> Agreement:
    made = make_in_force(group)
    group.refresh_from_db()
    return made


@pytest.fixture
def staff() -> User:
    return make_staff(StaffTask.AGREEMENTS, email="staff@example.org")


def end(agreement: Agreement, actor: User, by: EndedBy = EndedBy.GROUP, **more: Any) -> None:
    end_agreement(agreement=agreement, by=by, actor=actor, now=LATER, **more)


def end_by_network(agreement: Agreement, staff: User, reason: str = "Money was taken.") -> None:
    end(agreement, staff, EndedBy.NETWORK, reason=reason, cause=EndCause.ILLEGAL)


def newer_version() -> AgreementTemplate:
    former = AgreementTemplate.objects.get()
    return AgreementTemplate.objects.create(
        version=former.version + 1, state="published", texts=former.texts, published_at=NOW,
        sha256=hashlib.sha256(b"newer").hexdigest(),
    )  # fmt: skip


def last_mail(to: str) -> OutgoingMail:
    return OutgoingMail.objects.filter(to_email=to).latest("pk")


# --- all effects ----------------------------------------------------------------------------------------------


def test_the_end_closes_everything_at_once(
    client: Client, group: Group, contact: User, agreement: Agreement, staff: User
) -> None:
    """Each effect stands before the end and not after it; what is history stands before and after."""
    newer_version()
    open_one = prepare_agreement(group=group, language="en", actor=contact, now=NOW)
    form = make_form(group)
    message = group.messages.create(subject="Saturday", text="Come.", at=NOW)
    waiting = queue_mail(to="ada@example.org", subject="S", text="T", purpose="group message", scope=group.scope)
    others = queue_mail(to="ada@example.org", subject="S", text="T", purpose="group message", scope=f"{group.scope}1")
    owed = queue_mail(
        to="ada@example.org", subject="S", text="T", purpose="contact form", scope=group.scope, is_transactional=True
    )
    invitation = invite(group=group, email="eve@example.org", role=Role.ORGANIZER, actor=contact, now=NOW)
    organizer = make_contact(group, role=Role.ORGANIZER)
    heard: list[dict[str, Any]] = []

    def hear(**said: Any) -> None:
        heard.append(said)

    def what_stands() -> dict[str, object]:
        for row in (group, form, message, waiting, others, owed, invitation, open_one):
            row.refresh_from_db()
        return {
            "found": Group.objects.listed().filter(pk=group.pk).exists(),
            "on the map": b"Table of Plenty" in client.get("/groups/?near=02139").content,
            "page": client.get("/groups/plenty/").status_code,
            "join": client.get("/groups/plenty/join/").status_code,
            "organizes": can_organize(organizer, group),
            "keeps page": can_keep_page(contact, group),
            "logo": can_use_logo(contact, group),
            "roster": can_see_roster(contact, group),
            "form": (form.is_open, form.accepts_sign_ups),
            "message": message.stopped_at,
            "waiting mail": waiting.state,
            "mail of another group": others.state,
            "owed mail": owed.state,
            "invitation": invitation.revoked_at,
            "open agreement": open_one.state,
            "agreement readable": can_see_agreement(contact, agreement),
            "heard above": len(heard),
        }

    agreement_ended.connect(hear)
    try:
        before = what_stands()
        end(agreement, contact, reason="We stop.")
        after = what_stands()
    finally:
        agreement_ended.disconnect(hear)
    assert before == {
        "found": True, "on the map": True, "page": 200, "join": 200, "organizes": True, "keeps page": True,
        "logo": True, "roster": True, "form": (True, True), "message": None, "waiting mail": MailState.QUEUED,
        "mail of another group": MailState.QUEUED, "owed mail": MailState.QUEUED, "invitation": None,
        "open agreement": AgreementState.PREPARING, "agreement readable": True, "heard above": 0,
    }  # fmt: skip
    assert after == {
        "found": False, "on the map": False, "page": 410, "join": 404, "organizes": False, "keeps page": False,
        "logo": False, "roster": False, "form": (False, False), "message": LATER, "waiting mail": MailState.SUPPRESSED,
        "mail of another group": MailState.QUEUED, "owed mail": MailState.QUEUED, "invitation": LATER,
        "open agreement": AgreementState.WITHDRAWN, "agreement readable": True, "heard above": 1,
    }  # fmt: skip
    assert (heard[0]["group"], heard[0]["agreement"].pk, heard[0]["at"]) == (group, agreement.pk, LATER)
    assert "ended its agreement" in last_mail("grace@example.org").text
    assert AuditEntry.objects.filter(action="ended agreement", subject=group.scope).count() == 1


def test_a_failure_above_undoes_all_of_it(group: Group, contact: User, agreement: Agreement) -> None:
    def fail(**_said: Any) -> None:
        raise RuntimeError("an app above cannot")

    form = make_form(group)
    agreement_ended.connect(fail)
    try:
        with pytest.raises(RuntimeError), transaction.atomic():
            end(agreement, contact)
    finally:
        agreement_ended.disconnect(fail)
    for row in (group, form, agreement):
        row.refresh_from_db()
    assert (group.is_listed, form.is_open, agreement.state) == (True, True, AgreementState.IN_FORCE)


def test_what_is_called_off_keeps_its_row_and_forgets_what_it_said(settings: Any) -> None:
    settings.MAIL_KEEP_BODIES = False
    mail = queue_mail(to="ada@example.org", subject="S", text="T", html="<p>T</p>", purpose="p", scope="group:1")
    assert call_off(scope="group:1", purpose="another") == 0
    assert call_off(scope="group:1") == 1
    mail.refresh_from_db()
    assert (mail.state, mail.text, mail.html, mail.to_email) == (MailState.SUPPRESSED, "", "", "ada@example.org")
    assert mail.error == "called off"
    assert call_off(scope="group:1") == 0


# --- who and why ----------------------------------------------------------------------------------------------


def test_the_network_says_why_and_all_contacts_read_it(
    group: Group, contact: User, agreement: Agreement, staff: User
) -> None:
    make_contact(group, "ada@example.org")
    with pytest.raises(AgreementStepError, match="Say why"):
        end_by_network(agreement, staff, reason="  ")
    end_by_network(agreement, staff)
    assert (agreement.ended_by, agreement.ended_for, agreement.reason) == ("network", "illegal", "Money was taken.")
    for address in ("ada@example.org", "grace@example.org"):
        assert "illegal activity: Money was taken." in last_mail(address).text


def test_the_mail_is_in_each_contacts_language(contact: User, agreement: Agreement, staff: User) -> None:
    User.objects.filter(pk=contact.pk).update(language="es")
    end_by_network(agreement, staff)
    assert last_mail("grace@example.org").language == "es"


def test_what_has_ended_does_not_end_again(contact: User, agreement: Agreement) -> None:
    end(agreement, contact)
    with pytest.raises(AgreementStepError, match="gone on"):
        end(agreement, contact)
    with pytest.raises(AgreementStepError, match="gone on"):
        lapse_agreement(agreement=agreement, now=LATER)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"ended_by": "network", "reason": ""}, "agreement_network_says_why"),
        ({"ended_by": "network", "reason": "x", "ended_for": "weather"}, "agreement_network_allows_return"),
        ({"ended_by": "group", "ended_for": "illegal"}, "agreement_network_allows_return"),
        ({"ended_by": "group", "return_allowed_at": NOW}, "agreement_network_allows_return"),
    ],
)
def test_the_database_refuses(contact: User, agreement: Agreement, changes: dict[str, Any], constraint: str) -> None:
    end(agreement, contact)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Agreement.objects.filter(pk=agreement.pk).update(**changes)


def test_the_closed_page_points_to_neighbours_and_the_link_of_an_invitation_says_it(
    client: Client, group: Group, contact: User, agreement: Agreement
) -> None:
    invitation = invite(group=group, email="eve@example.org", role=Role.HELPER, actor=contact, now=NOW)
    end(agreement, contact)
    with pytest.raises(InvitationError, match="taken back"):
        accept_invitation(invitation=invitation, user=make_user("eve@example.org"), now=LATER)
    make_group("Next door")
    assert b"Next door" in client.get("/groups/plenty/").content


def test_a_group_in_force_is_not_just_taken_off_the_list(group: Group, agreement: Agreement, staff: User) -> None:
    with pytest.raises(ListingError, match="End the agreement instead"):
        unlist_group(group=group, actor=staff)
    group.refresh_from_db()
    assert group.is_listed


# --- lapse ----------------------------------------------------------------------------------------------------


def test_a_lapse_has_the_effects_of_an_end(group: Group, contact: User, agreement: Agreement) -> None:
    form = make_form(group)
    assert lapse_agreement(agreement=agreement, now=LATER)
    for row in (group, agreement, form):
        row.refresh_from_db()
    assert (agreement.state, agreement.ended_at, agreement.ended_by) == (AgreementState.LAPSED, LATER, "")
    assert (group.status, form.is_open) == (GroupStatus.ENDED, False)
    assert "has lapsed" in last_mail("grace@example.org").text


def test_a_group_that_has_signed_does_not_lapse(group: Group, agreement: Agreement) -> None:
    newer_version()
    make_signed(group)
    assert not lapse_agreement(agreement=agreement, now=LATER)
    agreement.refresh_from_db()
    assert agreement.state == AgreementState.IN_FORCE


def test_an_open_agreement_of_an_older_version_gives_way_when_signing_anew(
    group: Group, contact: User, agreement: Agreement
) -> None:
    newer_version()
    second = make_understood(group)
    Agreement.objects.filter(pk=second.pk).update(expires_at=LATER)
    AgreementTemplate.objects.create(
        version=9, state="published", texts=second.version.texts, published_at=NOW, sha256="a" * 64
    )
    third = prepare_agreement(group=group, language="en", actor=contact, now=LATER)
    second.refresh_from_db()
    assert (second.state, third.version.version) == (AgreementState.WITHDRAWN, 9)
    assert prepare_agreement(group=group, language="en", actor=contact, now=LATER) == third


# --- coming back ----------------------------------------------------------------------------------------------


def sign_and_countersign(group: Group, staff: User) -> None:
    signed = make_signed(group, now=LATER)
    assert is_coming_back(group)
    countersign_agreement(agreement=signed, evidence=EVIDENCE, actor=staff, now=LATER)


def test_a_group_that_ended_by_itself_comes_back(
    client: Client, group: Group, contact: User, agreement: Agreement, staff: User
) -> None:
    end(agreement, contact)
    begun = come_back(group=group, language="es", actor=contact, now=LATER)
    assert (begun.state, begun.language) == (AgreementState.PREPARING, "es")
    withdraw_agreement(agreement=begun, actor=contact, now=LATER)
    group.refresh_from_db()
    sign_and_countersign(group, staff)
    group.refresh_from_db()
    assert group.is_listed
    assert client.get("/groups/plenty/").status_code == 200
    assert can_see_roster(contact, group)


def test_a_group_that_lapsed_comes_back(group: Group, contact: User, agreement: Agreement, staff: User) -> None:
    lapse_agreement(agreement=agreement, now=LATER)
    group.refresh_from_db()
    sign_and_countersign(group, staff)
    group.refresh_from_db()
    assert group.is_listed


def test_one_that_the_network_ended_waits_for_its_word(
    group: Group, contact: User, agreement: Agreement, staff: User
) -> None:
    end_by_network(agreement, staff)
    group.refresh_from_db()
    with pytest.raises(ReturnError, match="Ask national staff"):
        come_back(group=group, language="en", actor=contact, now=LATER)
    with pytest.raises(AgreementStepError, match="Ask national staff"):
        prepare_agreement(group=group, language="en", actor=contact, now=LATER)
    with pytest.raises(ReturnError, match="Say why"):
        allow_return(group=group, reason=" ", actor=staff, now=LATER)
    allow_return(group=group, reason="It was settled.", actor=staff, now=LATER)
    allow_return(group=group, reason="It was settled.", actor=staff, now=LATER)
    assert "may sign the agreement again" in last_mail("grace@example.org").subject
    assert AuditEntry.objects.filter(action="allowed return").count() == 1
    sign_and_countersign(group, staff)
    group.refresh_from_db()
    assert group.is_listed


def test_only_a_contact_brings_the_group_back(group: Group, contact: User, agreement: Agreement, staff: User) -> None:
    end(agreement, contact)
    for stranger in (make_contact(group, role=Role.ORGANIZER), staff):
        with pytest.raises(ReturnError, match="Only a point of contact"):
            come_back(group=group, language="en", actor=stranger, now=LATER)


def test_neither_a_group_in_force_nor_one_that_never_was_comes_back(
    group: Group, contact: User, agreement: Agreement, staff: User
) -> None:
    with pytest.raises(ReturnError, match="has not ended"):
        come_back(group=group, language="en", actor=contact, now=LATER)
    never = make_group(status=GroupStatus.ENDED)
    with pytest.raises(ReturnError, match="never had"):
        come_back(group=never, language="en", actor=make_contact(never), now=LATER)
    with pytest.raises(ReturnError, match="did not end"):
        allow_return(group=group, reason="x", actor=staff, now=LATER)


def test_what_ended_by_itself_needs_no_allowance(
    group: Group, contact: User, agreement: Agreement, staff: User
) -> None:
    end(agreement, contact)
    with pytest.raises(ReturnError, match="did not end"):
        allow_return(group=group, reason="x", actor=staff, now=LATER)


def test_ending_by_the_group_after_coming_back_does_not_need_the_network_again(
    group: Group, contact: User, agreement: Agreement, staff: User
) -> None:
    end_by_network(agreement, staff)
    allow_return(group=group, reason="Settled.", actor=staff, now=LATER)
    group.refresh_from_db()
    sign_and_countersign(group, staff)
    second = group.agreements.in_force().get()
    end_agreement(agreement=second, by=EndedBy.GROUP, actor=contact, now=LATER + datetime.timedelta(days=1))
    group.refresh_from_db()
    assert come_back(group=group, language="en", actor=contact, now=LATER + datetime.timedelta(days=2))
