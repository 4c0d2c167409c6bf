"""Each step of an agreement: what it does, when it is refused, and what the database refuses besides."""

import datetime
import hashlib
from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from affiliates.agreements.chain import chain_of
from affiliates.agreements.jobs import ring_for_waiting
from affiliates.agreements.links import first_broken
from affiliates.agreements.reminders import remind_to_sign
from affiliates.agreements.steps import (
    TIME_TO_SIGN,
    AgreementStepError,
    countersign_agreement,
    decline_agreement,
    end_agreement,
    expire_agreements,
    note_understanding,
    prepare_agreement,
    record_agreement_elsewhere,
    seal_agreement,
    sign_agreement,
    withdraw_agreement,
    write_out,
)
from affiliates.agreements.templates import begin_draft, change_draft, publish_draft
from affiliates.models import (
    Agreement,
    AgreementEvent,
    AgreementState,
    AgreementTemplate,
    EndedBy,
    GroupRole,
    GroupStatus,
    Origin,
    Role,
)
from affiliates.signals import agreement_ended
from foundation.audit.models import AuditEntry
from foundation.mail.models import OutgoingMail
from tests.factories import make_contact, make_group, make_staff, make_user

from .signing import (
    EVIDENCE,
    NOW,
    contact_of,
    make_in_force,
    make_prepared,
    make_sealed,
    make_shown,
    make_signed,
    make_template,
    make_understood,
    right_answers,
    signature_for,
)

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)


def kinds(agreement: Agreement) -> list[str]:
    return [link.kind for link in chain_of(agreement).links]


def mails(purpose: str) -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(purpose=purpose).order_by("pk"))


def sign(agreement: Agreement, **fields: Any) -> None:
    values = {"signature": signature_for(agreement), "evidence": EVIDENCE, "actor": contact_of(agreement.group)}
    sign_agreement(agreement=agreement, **{**values, "now": NOW, **fields})


# --- preparing and drawing ------------------------------------------------------------------------------------


def test_preparing_begins_a_chain_and_gives_time_to_sign() -> None:
    agreement = make_prepared()
    assert agreement.state == AgreementState.PREPARING
    assert agreement.expires_at == NOW + TIME_TO_SIGN
    (first,) = chain_of(agreement).links
    assert first.kind == "prepared"
    assert first.data["template_sha256"] == make_template().sha256
    assert first.data["group"] == agreement.group.name


def test_preparing_again_gives_the_open_one() -> None:
    agreement = make_prepared()
    assert make_prepared(agreement.group) == agreement


def test_without_a_published_version_nothing_is_prepared() -> None:
    group = make_group()
    with pytest.raises(AgreementStepError, match="no agreement to sign yet"):
        prepare_agreement(group=group, language="en", actor=contact_of(group), now=NOW)


def test_what_is_in_force_in_this_version_is_not_prepared_again() -> None:
    agreement = make_in_force()
    with pytest.raises(AgreementStepError, match="in force"):
        make_prepared(agreement.group)


def test_drawing_keeps_the_bytes_and_their_hash() -> None:
    agreement = make_shown(is_drawn=True)
    assert agreement.state == AgreementState.SHOWN
    assert bytes(agreement.pdf or b"").startswith(b"%PDF-")
    assert agreement.pdf_sha256 == hashlib.sha256(bytes(agreement.pdf or b"")).hexdigest()
    assert chain_of(agreement).last_of("written out") == {"pdf_sha256": agreement.pdf_sha256}


def test_drawing_twice_changes_nothing() -> None:
    agreement = make_shown(is_drawn=True)
    write_out(agreement_id=agreement.pk, now=NOW + DAY)
    before = agreement.pdf_sha256
    agreement.refresh_from_db()
    assert agreement.pdf_sha256 == before
    assert kinds(agreement) == ["prepared", "written out"]


def test_a_withdrawn_one_is_not_drawn() -> None:
    agreement = make_prepared()
    withdraw_agreement(agreement=agreement, actor=contact_of(agreement.group), now=NOW)
    write_out(agreement_id=agreement.pk, now=NOW)
    agreement.refresh_from_db()
    assert agreement.state == AgreementState.WITHDRAWN
    assert agreement.pdf is None


# --- the questions --------------------------------------------------------------------------------------------


def test_wrong_answers_are_returned_and_can_be_tried_again() -> None:
    agreement = make_shown()
    contact, answers = contact_of(agreement.group), right_answers(agreement)
    wrong = note_understanding(agreement=agreement, answers={**answers, "either": 0}, actor=contact, now=NOW)
    assert [question.key for question in wrong] == ["either"]
    assert agreement.understood_at is None
    assert note_understanding(agreement=agreement, answers={}, actor=contact, now=NOW)
    assert note_understanding(agreement=agreement, answers=answers, actor=contact, now=NOW) == []
    assert agreement.understood_at == NOW
    assert agreement.understood_by == contact


def test_answering_rightly_twice_is_kept_once() -> None:
    agreement = make_understood()
    contact = contact_of(agreement.group)
    note_understanding(agreement=agreement, answers=right_answers(agreement), actor=contact, now=NOW + DAY)
    assert agreement.understood_at == NOW
    assert kinds(agreement).count("understood") == 1


# --- signing --------------------------------------------------------------------------------------------------


def test_signing_keeps_who_how_when_and_which_words() -> None:
    agreement = make_signed()
    contact = contact_of(agreement.group)
    assert agreement.state == AgreementState.SIGNED
    assert (agreement.signed_by, agreement.signed_name, agreement.signed_title) == (contact, "Ada Lovelace", "Chair")
    data = chain_of(agreement).last_of("signed")
    assert data == {
        "actor": f"user:{contact.pk}",
        "name": "Ada Lovelace",
        "title": "Chair",
        "shown_sha256": agreement.pdf_sha256,
        "consent_words": "I agree to sign electronically.",
        "authority_words": "I may sign for the group.",
        "act_words": "I sign.",
        "ip": "203.0.113.7",
        "user_agent": "A browser",
        "sign_in_method": "code",
        "signed_in_at": "2026-06-01T11:58:00.000000+00:00",
    }
    assert AuditEntry.objects.filter(action="signed agreement", actor=f"user:{contact.pk}").count() == 1


def test_all_contacts_hear_that_it_was_signed() -> None:
    group = make_group(status=GroupStatus.FORMING)
    contacts = {make_contact(group).email, make_contact(group).email}
    make_contact(group, role=Role.ORGANIZER)
    make_signed(group)
    assert {mail.to_email for mail in mails("agreement signed")} == contacts


def test_nobody_but_a_contact_signs() -> None:
    agreement = make_understood()
    for other in (make_user(), make_contact(agreement.group, role=Role.ORGANIZER), make_contact(make_group())):
        with pytest.raises(AgreementStepError, match="point of contact"):
            sign(agreement, actor=other)


def test_a_contact_who_was_removed_while_reading_does_not_sign() -> None:
    agreement = make_understood()
    contact = contact_of(agreement.group)
    GroupRole.objects.filter(user=contact).delete()
    with pytest.raises(AgreementStepError, match="point of contact"):
        sign(agreement, actor=contact)


def test_nobody_signs_before_the_questions_are_answered() -> None:
    with pytest.raises(AgreementStepError, match="Answer the questions"):
        sign(make_shown())


def test_nobody_signs_after_the_time_is_over() -> None:
    with pytest.raises(AgreementStepError, match="time to sign is over"):
        sign(make_understood(), now=NOW + TIME_TO_SIGN)


def test_nobody_signs_other_bytes_than_they_saw() -> None:
    agreement = make_understood()
    other = replace(signature_for(agreement), shown_sha256="0" * 64)
    with pytest.raises(AgreementStepError, match="has changed since you opened it"):
        sign(agreement, signature=other)


def test_nobody_signs_twice() -> None:
    agreement = make_signed()
    with pytest.raises(AgreementStepError, match="gone on in the meantime"):
        sign(agreement)


def test_a_version_published_between_showing_and_signing_does_not_change_what_is_signed() -> None:
    agreement = make_understood(is_drawn=True)
    old, words = agreement.version, agreement.version.texts
    actor = make_staff()
    draft = begin_draft(actor=actor)
    texts = {code: {**text, "title": "Something else"} for code, text in draft.texts.items()}
    change_draft(template=draft, seen=draft.content_sha256, texts=texts, binding_language="es", actor=actor)
    publish_draft(template=draft, actor=actor, now=NOW)
    shown = agreement.pdf_sha256
    sign(agreement)
    agreement.refresh_from_db()
    old.refresh_from_db()
    assert agreement.template == old != AgreementTemplate.objects.current()
    assert old.texts == words
    assert agreement.pdf_sha256 == shown == hashlib.sha256(bytes(agreement.pdf or b"")).hexdigest()


# --- withdrawing, declining, expiring -------------------------------------------------------------------------


@pytest.mark.parametrize("make", [make_prepared, make_shown, make_signed])
def test_the_group_takes_it_back_at_any_time_before_the_countersigning(make: Any) -> None:
    agreement = make()
    withdraw_agreement(agreement=agreement, actor=contact_of(agreement.group), now=NOW)
    assert agreement.state == AgreementState.WITHDRAWN
    assert kinds(agreement)[-1] == "withdrawn"
    assert make_prepared(agreement.group) != agreement


def test_what_is_in_force_is_not_taken_back() -> None:
    agreement = make_in_force()
    with pytest.raises(AgreementStepError, match="gone on in the meantime"):
        withdraw_agreement(agreement=agreement, actor=contact_of(agreement.group), now=NOW)


def test_declining_tells_the_contacts_why() -> None:
    agreement = make_signed()
    decline_agreement(agreement=agreement, reason="The name is taken.", actor=make_staff(), now=NOW)
    assert (agreement.state, agreement.reason) == (AgreementState.DECLINED, "The name is taken.")
    (mail,) = mails("agreement declined")
    assert mail.to_email == contact_of(agreement.group).email
    assert "The name is taken." in mail.text


def test_declining_needs_a_reason_and_a_signature() -> None:
    with pytest.raises(AgreementStepError, match="Say why"):
        decline_agreement(agreement=make_signed(), reason=" ", actor=make_staff(), now=NOW)
    with pytest.raises(AgreementStepError, match="gone on"):
        decline_agreement(agreement=make_shown(), reason="No.", actor=make_staff(), now=NOW)


@pytest.mark.parametrize("make", [make_prepared, make_shown])
def test_what_nobody_signs_in_30_days_runs_out_and_its_contacts_are_told(make: Any) -> None:
    agreement = make()
    assert expire_agreements(now=NOW + TIME_TO_SIGN - DAY) == 0
    assert expire_agreements(now=NOW + TIME_TO_SIGN) == 1
    assert expire_agreements(now=NOW + TIME_TO_SIGN) == 0
    agreement.refresh_from_db()
    assert agreement.state == AgreementState.EXPIRED
    assert [mail.to_email for mail in mails("agreement expired")] == [contact_of(agreement.group).email]


def test_what_is_signed_does_not_run_out() -> None:
    make_signed()
    assert expire_agreements(now=NOW + 2 * TIME_TO_SIGN) == 0


# --- reminders ------------------------------------------------------------------------------------------------


def test_contacts_are_reminded_after_a_week_and_after_three_and_then_no_more() -> None:
    agreement = make_shown()
    told = []
    for day in (6, 7, 8, 20, 21, 22, 29):
        told += [day] * remind_to_sign(now=NOW + day * DAY)
    assert told == [7, 21]
    assert {mail.to_email for mail in mails("reminder to sign")} == {contact_of(agreement.group).email}
    assert len(mails("reminder to sign")) == 2


def test_after_a_pause_of_the_sweeps_one_reminder_goes_out_and_not_two() -> None:
    make_shown()
    assert [remind_to_sign(now=NOW + 25 * DAY) for _again in range(2)] == [1, 0]


def test_who_has_signed_or_withdrawn_is_not_reminded() -> None:
    make_signed()
    other = make_shown()
    withdraw_agreement(agreement=other, actor=contact_of(other.group), now=NOW)
    assert remind_to_sign(now=NOW + 8 * DAY) == 0


# --- countersigning -------------------------------------------------------------------------------------------


def test_countersigning_puts_it_in_force_and_the_group_on_the_list() -> None:
    agreement = make_in_force()
    assert agreement.state == AgreementState.IN_FORCE
    agreement.group.refresh_from_db()
    assert agreement.group.is_listed
    assert kinds(agreement) == ["prepared", "written out", "understood", "signed", "countersigned"]


def test_nobody_countersigns_what_they_signed() -> None:
    group = make_group(status=GroupStatus.FORMING)
    staff = make_staff()
    GroupRole.objects.create(group=group, user=staff, role=Role.CONTACT)
    agreement = make_signed(group)
    assert agreement.signed_by == staff
    with pytest.raises(AgreementStepError, match="Somebody else"):
        countersign_agreement(agreement=agreement, evidence=EVIDENCE, actor=staff, now=NOW)


@pytest.mark.parametrize("make", [make_shown, make_in_force])
def test_what_is_not_signed_or_already_countersigned_is_not_countersigned(make: Any) -> None:
    with pytest.raises(AgreementStepError, match="gone on"):
        countersign_agreement(agreement=make(), evidence=EVIDENCE, actor=make_staff(), now=NOW)


def test_a_new_agreement_takes_the_place_of_the_former() -> None:
    group = make_group()
    former = record_agreement_elsewhere(group=group, signed_name="Bob", signed_at=None, actor=None, now=NOW)
    newer = make_in_force(group)
    former.refresh_from_db()
    assert former.state == AgreementState.REPLACED
    assert chain_of(former).last_of("replaced") == {"by": newer.reference}
    assert list(group.agreements.in_force()) == [newer]


# --- signed elsewhere -----------------------------------------------------------------------------------------


def test_an_agreement_of_elsewhere_lists_the_group() -> None:
    group, staff = make_group(status=GroupStatus.FORMING), make_staff()
    signed_at = datetime.datetime(2019, 5, 4, tzinfo=datetime.UTC)
    agreement = record_agreement_elsewhere(group=group, signed_name="Bob", signed_at=signed_at, actor=staff, now=NOW)
    assert (agreement.state, agreement.origin) == (AgreementState.IN_FORCE, Origin.ELSEWHERE)
    assert group.is_listed
    said = {"actor": f"user:{staff.pk}", "name": "Bob", "signed_on": "2019-05-04"}
    assert chain_of(agreement).last_of("signed elsewhere") == said
    with pytest.raises(AgreementStepError, match="in force"):
        record_agreement_elsewhere(group=group, signed_name="Bob", signed_at=None, actor=staff, now=NOW)


def test_a_group_that_ended_here_is_not_brought_back_by_one_of_elsewhere() -> None:
    group, staff = make_group(), make_staff()
    agreement = record_agreement_elsewhere(group=group, signed_name="Bob", signed_at=None, actor=staff, now=NOW)
    end_agreement(agreement=agreement, by=EndedBy.NETWORK, reason="It broke the law.", actor=staff, now=NOW)
    with pytest.raises(AgreementStepError, match="signing a new agreement"):
        record_agreement_elsewhere(group=group, signed_name="Bob", signed_at=None, actor=staff, now=NOW)
    group.refresh_from_db()
    assert not group.is_listed


def test_an_agreement_of_elsewhere_is_never_sealed() -> None:
    agreement = record_agreement_elsewhere(group=make_group(), signed_name="Bob", signed_at=None, actor=None, now=NOW)
    assert not Agreement.objects.to_seal().exists()
    seal_agreement(agreement_id=agreement.pk, now=NOW)
    agreement.refresh_from_db()
    assert agreement.sealed_at is None


# --- sealing --------------------------------------------------------------------------------------------------


def test_sealing_keeps_the_signed_bytes_in_front_and_ends_the_chain_with_both_hashes() -> None:
    agreement = make_sealed()
    sealed = bytes(agreement.sealed_pdf or b"")
    assert sealed.startswith(bytes(agreement.pdf or b"-"))
    assert agreement.sealed_sha256 == hashlib.sha256(sealed).hexdigest()
    hashes = {"pdf_sha256": agreement.pdf_sha256, "sealed_sha256": agreement.sealed_sha256}
    assert chain_of(agreement).last_of("sealed") == hashes
    assert first_broken(*chain_of(agreement)) is None


def test_sealing_tells_the_contacts_where_the_copy_is_and_attaches_nothing() -> None:
    agreement = make_sealed()
    (mail,) = mails("agreement sealed")
    assert mail.to_email == contact_of(agreement.group).email
    assert f"/agreements/{agreement.reference}/" in mail.text


def test_sealing_twice_changes_nothing() -> None:
    agreement = make_sealed()
    before = agreement.sealed_sha256
    seal_agreement(agreement_id=agreement.pk, now=NOW + DAY)
    agreement.refresh_from_db()
    assert (agreement.sealed_sha256, agreement.sealed_at) == (before, NOW)


def test_what_is_only_signed_is_not_sealed() -> None:
    agreement = make_signed()
    seal_agreement(agreement_id=agreement.pk, now=NOW)
    agreement.refresh_from_db()
    assert agreement.sealed_at is None


def test_what_ended_before_it_was_sealed_is_sealed_all_the_same() -> None:
    agreement = make_in_force()
    end_agreement(agreement=agreement, by=EndedBy.GROUP, actor=contact_of(agreement.group), now=NOW)
    assert Agreement.objects.to_seal().get() == agreement
    seal_agreement(agreement_id=agreement.pk, now=NOW)
    agreement.refresh_from_db()
    assert (agreement.state, agreement.sealed_at) == (AgreementState.ENDED, NOW)


def test_the_sweep_rings_for_what_is_to_be_drawn_and_sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[tuple[str, int]] = []
    monkeypatch.setattr("affiliates.agreements.jobs._ring", lambda job, pk: rung.append((job.__name__, pk)))
    to_draw, to_seal = make_prepared(), make_in_force()
    make_shown()
    ring_for_waiting()
    assert rung == [("write_out_agreement", to_draw.pk), ("seal_one_agreement", to_seal.pk)]


# --- ending ---------------------------------------------------------------------------------------------------


def test_ending_takes_the_group_off_the_list_and_says_so_to_the_apps_above() -> None:
    heard: list[Any] = []

    def hear(sender: Any, **what: Any) -> None:
        heard.append((what["group"], what["agreement"], what["at"]))

    agreement = make_in_force()
    agreement_ended.connect(hear)
    try:
        end_agreement(agreement=agreement, by=EndedBy.NETWORK, reason=" Fraud. ", actor=make_staff(), now=NOW)
    finally:
        agreement_ended.disconnect(hear)
    assert heard == [(agreement.group, agreement, NOW)]
    agreement.group.refresh_from_db()
    assert agreement.group.status == GroupStatus.ENDED
    assert (agreement.state, agreement.reason, agreement.ended_by) == (AgreementState.ENDED, "Fraud.", "network")


def test_national_says_why_and_nothing_ends_twice() -> None:
    agreement = make_in_force()
    with pytest.raises(AgreementStepError, match="Say why"):
        end_agreement(agreement=agreement, by=EndedBy.NETWORK, reason=" ", actor=make_staff(), now=NOW)
    end_agreement(agreement=agreement, by=EndedBy.GROUP, actor=contact_of(agreement.group), now=NOW)
    with pytest.raises(AgreementStepError, match="gone on"):
        end_agreement(agreement=agreement, by=EndedBy.GROUP, actor=contact_of(agreement.group), now=NOW)


# --- what the database refuses --------------------------------------------------------------------------------


def refuse(constraint: str, change: Any) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        change()


def test_the_database_refuses_to_change_what_was_shown_signed_or_sealed() -> None:
    shown, signed, sealed = make_shown(), make_signed(), make_sealed()
    rows = Agreement.objects
    refuse("does not change", lambda: rows.filter(pk=shown.pk).update(pdf=b"other"))
    refuse("does not change", lambda: rows.filter(pk=shown.pk).update(pdf_sha256="0" * 64))
    refuse("does not change", lambda: rows.filter(pk=shown.pk).update(reference="A-2222-2222"))
    refuse("does not change", lambda: rows.filter(pk=shown.pk).update(language="es"))
    refuse("does not change", lambda: rows.filter(pk=shown.pk).update(group=make_group()))
    refuse("does not change", lambda: rows.filter(pk=signed.pk).update(signed_name="Eve"))
    refuse("does not change", lambda: rows.filter(pk=signed.pk).update(signed_by=make_user()))
    refuse("does not change", lambda: rows.filter(pk=signed.pk).update(understood_at=timezone.now()))
    refuse("does not change", lambda: rows.filter(pk=sealed.pk).update(sealed_pdf=b"other"))
    refuse("does not change", lambda: rows.filter(pk=sealed.pk).update(certificate_pdf=b"other"))
    refuse("does not change", lambda: rows.filter(pk=shown.pk)._raw_delete(rows.db))


def test_the_signers_login_may_be_deleted_and_the_name_stays() -> None:
    agreement = make_signed()
    contact_of(agreement.group).delete()
    agreement.refresh_from_db()
    assert (agreement.signed_by, agreement.signed_name) == (None, "Ada Lovelace")


def test_events_are_only_added_to() -> None:
    event = make_prepared().events.get()
    refuse("only added to", lambda: AgreementEvent.objects.filter(pk=event.pk).update(kind="other"))
    refuse("only added to", event.delete)


def test_a_published_version_does_not_change() -> None:
    template = make_template()
    rows = AgreementTemplate.objects.filter(pk=template.pk)
    refuse("does not change", lambda: rows.update(texts={}))
    refuse("does not change", lambda: rows.update(binding_language="es"))
    refuse("does not change", lambda: rows.update(sha256="0" * 64))
    refuse("does not change", lambda: rows.update(version=9))
    refuse("does not change", template.delete)


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("agreement_", {"state": "lost"}),
        ("agreement_origin_whole", {"expires_at": None}),
        ("agreement_shown_has_bytes", {"state": AgreementState.DECLINED}),
        ("agreement_signed_has_signer", {"state": AgreementState.SIGNED, "pdf": b"x", "pdf_sha256": "0" * 64}),
        ("agreement_in_force_is_countersigned", {"countersigned_at": NOW}),
        ("agreement_sealed_whole", {"sealed_at": NOW}),
        ("agreement_over_has_end", {"ended_at": NOW}),
        ("agreement_network_says_why", {"ended_by": EndedBy.NETWORK}),
    ],
)
def test_the_database_refuses_half_an_agreement(constraint: str, change: dict[str, Any]) -> None:
    agreement = make_prepared()
    refuse(constraint, lambda: Agreement.objects.filter(pk=agreement.pk).update(**change))


def test_the_database_refuses_two_at_once_one_signer_for_both_sides_and_a_reference_twice() -> None:
    agreement = make_in_force()
    fields = {"group": agreement.group, "template": agreement.template, "language": "en", "created_at": NOW}
    elsewhere = {**fields, "origin": Origin.ELSEWHERE, "state": AgreementState.IN_FORCE, "countersigned_at": NOW}
    refuse("agreement_one_in_force", lambda: Agreement.objects.create(**elsewhere, reference="A-2222-2222"))
    refuse(
        "agreement_reference_once",
        lambda: Agreement.objects.create(**fields, reference=agreement.reference, expires_at=NOW),
    )
    make_open = {**fields, "expires_at": NOW}
    Agreement.objects.create(**make_open, reference="A-3333-3333")
    refuse("agreement_one_open", lambda: Agreement.objects.create(**make_open, reference="A-4444-4444"))
    rows = Agreement.objects.filter(pk=agreement.pk)
    refuse("agreement_two_people", lambda: rows.update(countersigned_by=agreement.signed_by))


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        (
            "agreementtemplate_one_a_version",
            {"version": 1, "state": "published", "published_at": NOW, "sha256": "0" * 64},
        ),
        ("agreementtemplate_one_draft", {"version": 3}),
        ("agreementtemplate_", {"version": 3, "state": "lost"}),
        ("agreementtemplate_published_is_hashed", {"version": 3, "state": "published"}),
    ],
)
def test_the_database_refuses_a_version_that_is_none(constraint: str, change: dict[str, Any]) -> None:
    texts = make_template().texts
    begin_draft(actor=None)
    refuse(constraint, lambda: AgreementTemplate.objects.create(texts=texts, **change))


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("agreementevent_in_a_row", {"number": 2, "previous": "0" * 64}),
        ("agreementevent_no_fork", {"number": 3, "previous": "first"}),
        ("agreementevent_chained", {"number": 3, "previous": ""}),
        ("agreementevent_hashed", {"number": 3, "previous": "0" * 64, "sha256": "x"}),
    ],
)
def test_the_database_refuses_an_event_that_does_not_follow(constraint: str, change: dict[str, Any]) -> None:
    agreement = make_shown()
    first = agreement.events.get(number=1)
    fields = {"agreement": agreement, "kind": "x", "at": NOW, "sha256": "0" * 64, **change}
    if fields["previous"] == "first":
        fields["previous"] = first.sha256
    refuse(constraint, lambda: AgreementEvent.objects.create(**fields))


def test_guards_hold_for_sql_too() -> None:
    agreement = make_sealed()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE affiliates_agreement SET signed_title = 'Queen' WHERE id = %s", [agreement.pk])
