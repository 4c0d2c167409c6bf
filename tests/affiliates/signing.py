"""Agreements for tests, at each step of their life."""

import datetime
import hashlib
from functools import cache
from io import BytesIO

from pypdf import PdfWriter

from affiliates.agreements.chain import append_event
from affiliates.agreements.steps import (
    Evidence,
    Signature,
    countersign_agreement,
    note_understanding,
    prepare_agreement,
    seal_agreement,
    sign_agreement,
    write_out,
)
from affiliates.agreements.templates import begin_draft, publish_draft
from affiliates.agreements.text import read_texts
from affiliates.models import Agreement, AgreementState, AgreementTemplate, Group, GroupStatus, Role
from foundation.accounts.models import StaffTask, User
from tests.factories import make_contact, make_group, make_staff

NOW = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)
EVIDENCE = Evidence(
    ip="203.0.113.7", user_agent="A browser", sign_in_method="code", signed_in_at="2026-06-01T11:58:00.000000+00:00"
)


def make_template(now: datetime.datetime = NOW) -> AgreementTemplate:
    """The version that is signed: the network's own, published, where there is none yet."""
    return AgreementTemplate.objects.current() or publish_draft(template=begin_draft(actor=None), actor=None, now=now)


def contact_of(group: Group) -> User:
    """The first point of contact of the group; one is made where there is none."""
    role = group.roles.filter(role=Role.CONTACT).order_by("pk").first()
    return role.user if role else make_contact(group)


def make_prepared(group: Group | None = None, *, language: str = "en", now: datetime.datetime = NOW) -> Agreement:
    """Begun, and not drawn yet."""
    group = group or make_group(status=GroupStatus.FORMING)
    make_template(now)
    return prepare_agreement(group=group, language=language, actor=contact_of(group), now=now)


def make_shown(
    group: Group | None = None, *, language: str = "en", now: datetime.datetime = NOW, is_drawn: bool = False
) -> Agreement:
    """To be signed. Where nobody looks at the PDF, a blank page stands for it, which takes no time."""
    agreement = make_prepared(group, language=language, now=now)
    if is_drawn:
        write_out(agreement_id=agreement.pk, now=now)
        agreement.refresh_from_db()
        return agreement
    agreement.pdf = blank_page()
    agreement.pdf_sha256 = hashlib.sha256(agreement.pdf).hexdigest()
    agreement.state = AgreementState.SHOWN
    agreement.save()
    append_event(agreement, "written out", now=now, pdf_sha256=agreement.pdf_sha256)
    return agreement


def make_understood(group: Group | None = None, *, now: datetime.datetime = NOW, is_drawn: bool = False) -> Agreement:
    """To be signed, with the questions answered."""
    agreement = make_shown(group, now=now, is_drawn=is_drawn)
    contact = contact_of(agreement.group)
    note_understanding(agreement=agreement, answers=right_answers(agreement), actor=contact, now=now)
    return agreement


def make_signed(group: Group | None = None, *, now: datetime.datetime = NOW, is_drawn: bool = False) -> Agreement:
    """Signed by the group."""
    agreement = make_understood(group, now=now, is_drawn=is_drawn)
    sign_agreement(
        agreement=agreement, signature=signature_for(agreement), evidence=EVIDENCE, actor=contact_of(agreement.group),
        now=now,
    )  # fmt: skip
    return agreement


def make_in_force(group: Group | None = None, *, now: datetime.datetime = NOW, is_drawn: bool = False) -> Agreement:
    """Countersigned, and not sealed yet."""
    agreement = make_signed(group, now=now, is_drawn=is_drawn)
    countersign_agreement(agreement=agreement, evidence=EVIDENCE, actor=make_staff(StaffTask.AGREEMENTS), now=now)
    return agreement


def make_sealed(group: Group | None = None, *, now: datetime.datetime = NOW, is_drawn: bool = False) -> Agreement:
    """In force, sealed, with its certificate of completion."""
    agreement = make_in_force(group, now=now, is_drawn=is_drawn)
    seal_agreement(agreement_id=agreement.pk, now=now)
    agreement.refresh_from_db()
    return agreement


def make_with_files(group: Group | None = None, *, now: datetime.datetime = NOW) -> Agreement:
    """In force, where blank pages stand for the sealed document and the certificate: for who only opens them."""
    agreement = make_in_force(group, now=now)
    agreement.sealed_pdf = agreement.certificate_pdf = blank_page()
    agreement.sealed_sha256 = hashlib.sha256(agreement.sealed_pdf).hexdigest()
    agreement.sealed_at = now
    agreement.save()
    return agreement


def signature_for(agreement: Agreement, name: str = "Ada Lovelace") -> Signature:
    """What a contact types and ticks who has seen the bytes."""
    return Signature(
        name=name,
        title="Chair",
        shown_sha256=agreement.pdf_sha256,
        consent_words="I agree to sign electronically.",
        authority_words="I may sign for the group.",
        act_words="I sign.",
    )


def right_answers(agreement: Agreement) -> dict[str, int]:
    """The right choice of each question."""
    questions = read_texts(agreement.version.texts)[agreement.language].questions
    return {question.key: question.right for question in questions}


@cache
def blank_page() -> bytes:
    """A PDF of one empty page."""
    writer, written = PdfWriter(), BytesIO()
    writer.add_blank_page(width=612, height=792)
    writer.write(written)
    return written.getvalue()
