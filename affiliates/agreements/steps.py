"""The steps of a group's agreement: written out, signed, countersigned, sealed, ended.

Each step locks the agreement's row, sees that it can be taken, and adds an event to the chain. What is slow (drawing
the PDF, sealing it) is done by a worker under the same lock, in one transaction: one that dies leaves the row as it
was, and the sweep has it done again.
"""

import datetime
import hashlib
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record
from foundation.deadlocks import again_after_deadlock
from foundation.documents.sealing import seal_pdf

from ..emails.agreements import (
    queue_agreement_declined,
    queue_agreement_expired,
    queue_agreement_sealed,
    queue_agreement_signed,
)
from ..ending import close_affiliation
from ..listing import list_group
from ..models import Agreement, AgreementState, AgreementTemplate, EndedBy, Group, GroupRole, GroupStatus, Origin, Role
from ..models.agreements import UNFINISHED
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
    """Begin an agreement of the current version for `group`; a worker writes it out. The open one, where there is one;
    to sign anew what is in force, an open one of an older version is no use and is withdrawn.

    Raises AgreementStepError where no version is published, the group has the current one in force, it was given up
    before it had one, or the network ended its last one and has not allowed it to return.
    """
    with transaction.atomic():
        _hold_open(group.pk)
        held = Group.objects.select_for_update(of=("self",)).get(pk=group.pk)
        if held.status == GroupStatus.ENDED and group.agreements.last_over() is None:
            # Its application was declined or taken back: nobody would countersign what it signs.
            raise AgreementStepError(_("This group never had an agreement in force. Start an application instead."))
        template = AgreementTemplate.objects.current()
        if template is None:
            raise AgreementStepError(_("There is no agreement to sign yet."))
        in_force = group.agreements.in_force().without_bodies().first()
        if standing := group.agreements.filter(state__in=UNFINISHED).first():
            if not in_force or standing.template_id == template.pk:
                return standing
            withdraw_agreement(agreement=standing, actor=actor, now=now)
        if in_force and in_force.template_id == template.pk:
            raise AgreementStepError(_("The agreement of this version is in force."))
        if (former := group.agreements.last_over()) and not in_force and former.bars_return:
            raise AgreementStepError(_("The network ended the agreement of this group. Ask national staff first."))
        agreement = Agreement.objects.create(
            group=group, template=template, language=language, reference=new_reference(), prepared_for=actor,
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
        queue_agreement_signed(locked)


def record_agreement_elsewhere(
    *, group: Group, signed_name: str, signed_at: datetime.datetime | None, actor: User | None, now: datetime.datetime
) -> Agreement:
    """Write down that an agreement is in force which both sides signed before the group came to this site.

    There is no document of it here; the next round of re-signing replaces it by one. `signed_at` is NULL where nobody
    knows any more. The group is listed. Raises AgreementStepError where one is in force, or one has ended: such a group
    comes back by a new agreement (domain.md).
    """
    with transaction.atomic():
        Group.objects.select_for_update(of=("self",)).get(pk=group.pk)
        if group.agreements.in_force().exists():
            raise AgreementStepError(_("An agreement of this group is in force."))
        if group.agreements.last_over():
            raise AgreementStepError(_("This group was an affiliate here. It comes back by signing a new agreement."))
        agreement = Agreement.objects.create(
            group=group, origin=Origin.ELSEWHERE, language="en", reference=new_reference(), created_at=now,
            state=AgreementState.IN_FORCE, signed_name=signed_name, signed_at=signed_at, countersigned_at=now,
        )  # fmt: skip
        append_event(agreement, "signed elsewhere", now=now, **elsewhere_in_words(agreement, actor))
        record(actor=actor, action="recorded agreement", subject=group.scope, agreement=agreement.reference)
        list_group(group=group, actor=actor, now=now)
    return agreement


def elsewhere_in_words(agreement: Agreement, actor: User | None) -> dict[str, str]:
    """What the chain says of an agreement that was signed elsewhere."""
    signed_at = agreement.signed_at.date().isoformat() if agreement.signed_at else ""
    return {"actor": f"user:{actor.pk}" if actor else "system", "name": agreement.signed_name, "signed_on": signed_at}


def withdraw_agreement(*, agreement: Agreement, actor: User, now: datetime.datetime, reason: str = "") -> None:
    """It is taken back, which can be done until it is countersigned: by the group, or, with a `reason`, by staff
    together with what it was made out for. Raises AgreementStepError afterwards."""
    with _locked(agreement, set(UNFINISHED)) as locked:
        locked.state, locked.reason = AgreementState.WITHDRAWN, reason.strip()
        locked.save()
        append_event(locked, "withdrawn", now=now, actor=f"user:{actor.pk}", **({"reason": reason} if reason else {}))
        record(actor=actor, action="withdrew agreement", subject=locked.group.scope, agreement=locked.reference)


def decline_agreement(
    *, agreement: Agreement, reason: str, actor: User, now: datetime.datetime, tells: bool = True
) -> None:
    """National does not countersign; the group's contacts get `reason` by mail, unless another mail of the same act
    says it (`tells`).

    Raises AgreementStepError where it is not signed, or no reason is given.
    """
    reason = reason.strip()
    if not reason:
        raise AgreementStepError(_("Say why the agreement is declined."))
    with _locked(agreement, {AgreementState.SIGNED}) as locked:
        locked.state, locked.reason = AgreementState.DECLINED, reason
        locked.save()
        append_event(locked, "declined", now=now, actor=f"user:{actor.pk}", reason=reason)
        record(actor=actor, action="declined agreement", subject=locked.group.scope, agreement=locked.reference)
        if tells:
            queue_agreement_declined(locked)


def countersign_agreement(*, agreement: Agreement, evidence: Evidence, actor: User, now: datetime.datetime) -> None:
    """National's word: from now on the agreement is in force and the group is listed. A worker seals it.

    Raises AgreementStepError where it is not signed, or `actor` is who signed it for the group, and ListingError where
    nobody knows where the group is.
    """
    with _locked(agreement, {AgreementState.SIGNED}) as locked:
        if locked.signed_by_id == actor.pk:
            raise AgreementStepError(_("Somebody else has to countersign what you signed."))
        _replace_former(locked, now)
        locked.state = AgreementState.IN_FORCE
        name = _own_name(actor)
        locked.countersigned_by, locked.countersigned_at, locked.countersigned_name = actor, now, name
        locked.save()
        append_event(locked, "countersigned", now=now, actor=f"user:{actor.pk}", name=name, **asdict(evidence))
        record(actor=actor, action="countersigned agreement", subject=locked.group.scope,
               agreement=locked.reference)  # fmt: skip
        list_group(group=locked.group, actor=actor, now=now)
        seal_after_commit(locked.pk)


def seal_agreement(*, agreement_id: int, now: datetime.datetime) -> None:
    """Seal the very bytes that were signed, and the certificate of completion. Does nothing where that is done."""
    with transaction.atomic():
        agreement = _to_do(agreement_id)
        if agreement is None or not agreement.is_to_be_sealed:
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
        queue_agreement_sealed(agreement)


@again_after_deadlock  # two groups that hold each other's events may end at the same moment
def end_agreement(
    *,
    agreement: Agreement,
    by: EndedBy,
    actor: User,
    now: datetime.datetime,
    reason: str = "",
    cause: str = "",
) -> None:
    """Either side ends it, national with a reason in words and a `cause` (EndCause). All effects follow at once:
    affiliates.ending.

    Raises AgreementStepError where it is not in force, and where national does not say why.
    """
    reason = reason.strip()
    if by == EndedBy.NETWORK and not reason:
        raise AgreementStepError(_("Say why the agreement ends."))
    with transaction.atomic():
        _hold_open(agreement.group_id)
        with _locked(agreement, {AgreementState.IN_FORCE}) as locked:
            locked.state, locked.ended_at, locked.ended_by = AgreementState.ENDED, now, by
            locked.reason, locked.ended_for = reason, cause if by == EndedBy.NETWORK else ""
            locked.save()
            append_event(locked, "ended", now=now, actor=f"user:{actor.pk}", by=by, reason=reason, cause=cause)
            record(actor=actor, action="ended agreement", subject=locked.group.scope, by=by)
            close_affiliation(group=locked.group, agreement=locked, actor=actor, now=now)


@again_after_deadlock
def lapse_agreement(*, agreement: Agreement, now: datetime.datetime) -> bool:
    """A round of re-signing has passed the group by: the agreement lapses, with all effects of an end.

    False, and nothing happens, where the group has signed another one that is to be countersigned. Raises
    AgreementStepError where it is not in force.
    """
    with transaction.atomic():
        if any(open_one.state == AgreementState.SIGNED for open_one in _hold_open(agreement.group_id)):
            return False
        with _locked(agreement, {AgreementState.IN_FORCE}) as locked:
            locked.state, locked.ended_at = AgreementState.LAPSED, now
            locked.save()
            append_event(locked, "lapsed", now=now)
            record(actor=None, action="lapsed agreement", subject=locked.group.scope, agreement=locked.reference)
            close_affiliation(group=locked.group, agreement=locked, actor=None, now=now)
    return True


def expire_agreements(*, now: datetime.datetime) -> int:
    """The sweep: what was not signed in time can no longer be signed. Returns how many."""
    unsigned = [AgreementState.PREPARING, AgreementState.SHOWN]
    with transaction.atomic():
        late = (
            Agreement.objects.filter(state__in=unsigned, expires_at__lte=now).without_bodies().select_related("group")
        )
        found = list(late.select_for_update(skip_locked=True, of=("self",)).order_by("pk")[:500])
        for agreement in found:
            Agreement.objects.filter(pk=agreement.pk).update(state=AgreementState.EXPIRED)
            append_event(agreement, "expired", now=now)
            queue_agreement_expired(agreement)
    return len(found)


def _hold_open(group_id: int) -> list[Agreement]:
    """Lock what the group has not finished, before anything else of the group: countersigning locks in this order
    too (the open agreement, the one in force, the group)."""
    open_ones = Agreement.objects.filter(group=group_id).unfinished().without_bodies()
    return list(open_ones.select_for_update(of=("self",)).order_by("pk"))


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


def _own_name(actor: User) -> str:
    """The name of who countersigns, which everybody reads who verifies: never their address."""
    return actor.name.strip()[:120] or _("national staff")


def new_reference(choose: Callable[[str], str] = secrets.choice) -> str:
    """A number to be read out on the telephone: "A-7KQM-2XWD". As good as never the same twice."""
    letters = "".join(choose(_ALPHABET) for _number in range(8))
    return f"A-{letters[:4]}-{letters[4:]}"
