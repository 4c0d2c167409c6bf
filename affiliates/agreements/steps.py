"""The steps of a group's agreement: written out, signed, countersigned, sealed, ended.

Each step locks the agreement's row, sees that it can be taken, and adds an event to the chain. What is slow (drawing
the PDF, sealing it) is done by a worker under the same lock, in one transaction: one that dies leaves the row as it
was, and the sweep has it done again.
"""

import datetime
import hashlib
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record
from foundation.documents.sealing import seal_pdf

from ..listing import list_group, unlist_group
from ..models import Agreement, AgreementState, AgreementTemplate, EndedBy, Group, GroupRole, Origin, Role
from ..models.agreements import UNFINISHED
from ..signals import agreement_ended
from .chain import append_event
from .jobs import seal_after_commit, write_out_after_commit
from .sheets import agreement_pdf, completion_pdf
from .text import Question, read_texts

TIME_TO_SIGN = datetime.timedelta(days=30)
# Without letters and digits that look alike.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


class AgreementStepError(Exception):
    """The agreement is not where this step begins; the message, for the reader, says why."""


@dataclass(frozen=True)
class Evidence:
    """From where and how somebody acted: kept with the act, as the laws on electronic signatures want (ESIGN, UETA)."""

    ip: str
    user_agent: str
    sign_in_method: str
    signed_in_at: str


@dataclass(frozen=True)
class Signature:
    """What the signer typed and ticked. The words are those that were on the page."""

    name: str
    title: str
    shown_sha256: str
    consent_words: str
    authority_words: str
    act_words: str


def prepare_agreement(*, group: Group, language: str, actor: User, now: datetime.datetime) -> Agreement:
    """Begin an agreement of the current version for `group`; a worker writes it out. The open one, where there is one.

    Raises AgreementStepError where no version is published, or the group has the current one in force.
    """
    with transaction.atomic():
        Group.objects.select_for_update(of=("self",)).get(pk=group.pk)
        template = AgreementTemplate.objects.current()
        if template is None:
            raise AgreementStepError(_("There is no agreement to sign yet."))
        if standing := group.agreements.filter(state__in=UNFINISHED).first():
            return standing
        if group.agreements.in_force().filter(template=template).exists():
            raise AgreementStepError(_("The agreement of this version is in force."))
        agreement = Agreement.objects.create(
            group=group, template=template, language=language, reference=_new_reference(), prepared_for=actor,
            created_at=now, expires_at=now + TIME_TO_SIGN,
        )  # fmt: skip
        append_event(
            agreement, "prepared", now=now, actor=f"user:{actor.pk}", group=group.name, template=template.version,
            template_sha256=template.sha256, language=language, binding_language=template.binding_language,
        )  # fmt: skip
        write_out_after_commit(agreement.pk)
    return agreement


def write_out(*, agreement_id: int, now: datetime.datetime) -> None:
    """Draw the PDF that will be shown and signed. Does nothing where that is done."""
    with transaction.atomic():
        agreement = _to_do(agreement_id)
        if agreement is None or agreement.state != AgreementState.PREPARING:
            return
        agreement.pdf = agreement_pdf(agreement)
        agreement.pdf_sha256 = hashlib.sha256(agreement.pdf).hexdigest()
        agreement.state = AgreementState.SHOWN
        agreement.save()
        append_event(agreement, "written out", now=now, pdf_sha256=agreement.pdf_sha256)


def note_understanding(
    *, agreement: Agreement, answers: Mapping[str, int], actor: User, now: datetime.datetime
) -> list[Question]:
    """Keep the answers to the questions about the text (for each key the number of the choice, from 0).

    Returns the questions that were answered wrongly, in their order; once there are none, the agreement can be signed.
    Raises AgreementStepError where it is not to be signed.
    """
    with _locked(agreement, {AgreementState.SHOWN}) as locked:
        questions = read_texts(locked.version.texts)[locked.language].questions
        wrong = [question for question in questions if answers.get(question.key) != question.right]
        if not wrong and not locked.understood_at:
            locked.understood_at, locked.understood_by = now, actor
            locked.save(update_fields=["understood_at", "understood_by"])
            append_event(locked, "understood", now=now, actor=f"user:{actor.pk}", answers=dict(answers))
    return wrong


def sign_agreement(
    *, agreement: Agreement, signature: Signature, evidence: Evidence, actor: User, now: datetime.datetime
) -> None:
    """The group's word. Raises AgreementStepError where it is signed already, was withdrawn or ran out, where the
    bytes that the signer saw are not these, and where `actor` is not, at this moment, a point of contact."""
    with _locked(agreement, {AgreementState.SHOWN}) as locked:
        # Held until we commit, so that a contact who is being removed either signs before or not at all.
        contacts = GroupRole.objects.select_for_update(of=("self",)).filter(group=locked.group_id, role=Role.CONTACT)
        if not contacts.filter(user=actor).exists():
            raise AgreementStepError(_("Only a point of contact of the group can sign."))
        if not locked.understood_at:
            raise AgreementStepError(_("Answer the questions about the agreement first."))
        if locked.expires_at is None or now >= locked.expires_at:
            raise AgreementStepError(_("The time to sign is over. Begin again to get a fresh copy."))
        if signature.shown_sha256 != locked.pdf_sha256:
            raise AgreementStepError(_("The document has changed since you opened it. Read it once more."))
        locked.state, locked.signed_by, locked.signed_at = AgreementState.SIGNED, actor, now
        locked.signed_name, locked.signed_title = signature.name, signature.title
        locked.save()
        append_event(locked, "signed", now=now, actor=f"user:{actor.pk}", **asdict(signature), **asdict(evidence))
        record(actor=actor, action="signed agreement", subject=locked.group.scope, agreement=locked.reference)


def record_agreement_elsewhere(
    *, group: Group, signed_name: str, signed_at: datetime.datetime | None, actor: User | None, now: datetime.datetime
) -> Agreement:
    """Write down that an agreement is in force which both sides signed before the group came to this site.

    There is no document of it here; the next round of re-signing replaces it by one. `signed_at` is NULL where nobody
    knows any more. The group is listed. Raises AgreementStepError where one is in force.
    """
    with transaction.atomic():
        Group.objects.select_for_update(of=("self",)).get(pk=group.pk)
        if group.agreements.in_force().exists():
            raise AgreementStepError(_("An agreement of this group is in force."))
        agreement = Agreement.objects.create(
            group=group, origin=Origin.ELSEWHERE, language="en", reference=_new_reference(), created_at=now,
            state=AgreementState.IN_FORCE, signed_name=signed_name, signed_at=signed_at, countersigned_at=now,
        )  # fmt: skip
        append_event(agreement, "signed elsewhere", now=now, actor=f"user:{actor.pk}" if actor else "system")
        record(actor=actor, action="recorded agreement", subject=group.scope, agreement=agreement.reference)
        list_group(group=group, actor=actor, now=now)
    return agreement


def withdraw_agreement(*, agreement: Agreement, actor: User, now: datetime.datetime) -> None:
    """The group takes it back before national has countersigned."""
    with _locked(agreement, set(UNFINISHED)) as locked:
        locked.state = AgreementState.WITHDRAWN
        locked.save()
        append_event(locked, "withdrawn", now=now, actor=f"user:{actor.pk}")
        record(actor=actor, action="withdrew agreement", subject=locked.group.scope, agreement=locked.reference)


def decline_agreement(*, agreement: Agreement, reason: str, actor: User, now: datetime.datetime) -> None:
    """National does not countersign; `reason` is told to the group."""
    with _locked(agreement, {AgreementState.SIGNED}) as locked:
        locked.state, locked.reason = AgreementState.DECLINED, reason
        locked.save()
        append_event(locked, "declined", now=now, actor=f"user:{actor.pk}", reason=reason)
        record(actor=actor, action="declined agreement", subject=locked.group.scope, agreement=locked.reference)


def countersign_agreement(*, agreement: Agreement, evidence: Evidence, actor: User, now: datetime.datetime) -> None:
    """National's word: from now on the agreement is in force and the group is listed. A worker seals it.

    Raises AgreementStepError where it is not signed, or `actor` is who signed it for the group.
    """
    with _locked(agreement, {AgreementState.SIGNED}) as locked:
        if locked.signed_by_id == actor.pk:
            raise AgreementStepError(_("Somebody else has to countersign what you signed."))
        _replace_former(locked, now)
        locked.state = AgreementState.IN_FORCE
        locked.countersigned_by, locked.countersigned_at, locked.countersigned_name = actor, now, str(actor)[:120]
        locked.save()
        append_event(locked, "countersigned", now=now, actor=f"user:{actor.pk}", name=str(actor), **asdict(evidence))
        record(actor=actor, action="countersigned agreement", subject=locked.group.scope,
               agreement=locked.reference)  # fmt: skip
        list_group(group=locked.group, actor=actor, now=now)
        seal_after_commit(locked.pk)


def seal_agreement(*, agreement_id: int, now: datetime.datetime) -> None:
    """Seal the very bytes that were signed, and the certificate of completion. Does nothing where that is done."""
    with transaction.atomic():
        agreement = _to_do(agreement_id)
        if agreement is None or agreement.sealed_at or not agreement.countersigned_at:
            return
        agreement.sealed_pdf = seal_pdf(bytes(agreement.pdf or b""), reason=f"Agreement {agreement.reference}")
        agreement.sealed_sha256 = hashlib.sha256(agreement.sealed_pdf).hexdigest()
        append_event(
            agreement, "sealed", now=now, pdf_sha256=agreement.pdf_sha256, sealed_sha256=agreement.sealed_sha256
        )
        agreement.certificate_pdf = seal_pdf(
            completion_pdf(agreement), reason=f"Certificate of completion {agreement.reference}"
        )
        agreement.sealed_at = now
        agreement.save()


def end_agreement(*, agreement: Agreement, by: EndedBy, actor: User, now: datetime.datetime, reason: str = "") -> None:
    """Either side ends it, national with a reason. At once the group is off the finder; the signal tells the rest."""
    if by == EndedBy.NETWORK and not reason.strip():
        raise AgreementStepError(_("Say why the agreement ends."))
    with _locked(agreement, {AgreementState.IN_FORCE}) as locked:
        locked.state, locked.ended_at, locked.ended_by = AgreementState.ENDED, now, by
        locked.reason = reason.strip()
        locked.save()
        append_event(locked, "ended", now=now, actor=f"user:{actor.pk}", by=by, reason=locked.reason)
        record(actor=actor, action="ended agreement", subject=locked.group.scope, by=by)
        unlist_group(group=locked.group, actor=actor)
        agreement_ended.send(sender=Agreement, group=locked.group, agreement=locked, at=now)


def expire_agreements(*, now: datetime.datetime) -> int:
    """The sweep: what was not signed in time can no longer be signed. Returns how many."""
    unsigned = [AgreementState.PREPARING, AgreementState.SHOWN]
    with transaction.atomic():
        late = Agreement.objects.filter(state__in=unsigned, expires_at__lte=now).without_bodies()
        found = list(late.select_for_update(skip_locked=True, of=("self",)).order_by("pk")[:500])
        for agreement in found:
            Agreement.objects.filter(pk=agreement.pk).update(state=AgreementState.EXPIRED)
            append_event(agreement, "expired", now=now)
    return len(found)


def _replace_former(agreement: Agreement, now: datetime.datetime) -> None:
    former = agreement.group.agreements.in_force().select_for_update(of=("self",)).first()
    if former:
        former.state, former.ended_at = AgreementState.REPLACED, now
        former.save(update_fields=["state", "ended_at"])
        append_event(former, "replaced", now=now, by=agreement.reference)


@contextmanager
def _locked(agreement: Agreement, states: set[str]) -> Iterator[Agreement]:
    """The agreement as it is now, its row locked for the length of a transaction. Raises where it went on."""
    with transaction.atomic():
        locked = Agreement.objects.select_for_update(of=("self",)).select_related("group").get(pk=agreement.pk)
        if locked.state not in states:
            raise AgreementStepError(
                _("This agreement has gone on in the meantime: it is %(state)s.")
                % {"state": locked.get_state_display()}
            )
        yield locked
    agreement.refresh_from_db()


def _to_do(agreement_id: int) -> Agreement | None:
    """The agreement, unless another worker has it at this moment."""
    free = Agreement.objects.select_for_update(skip_locked=True, of=("self",)).select_related("group", "template")
    return free.filter(pk=agreement_id).first()


def _new_reference() -> str:
    letters = "".join(secrets.choice(_ALPHABET) for _number in range(8))
    return f"A-{letters[:4]}-{letters[4:]}"
