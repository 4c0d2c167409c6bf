"""What this site knows of a PDF that somebody holds, or of a reference number: for everybody, so nothing private."""

import hashlib
import re
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from foundation.documents.certificate import network_certificate_pem, read_certificate
from foundation.documents.verification import SealReport, verify_seal

from ..models import Agreement, TemplateState
from ..models.agreements import COUNTERSIGNED, AgreementQuerySet
from .chain import chain_of
from .completion import chain_in, is_chain_of, is_whole
from .links import Chain

MOST_BYTES = 20 * 1024 * 1024
_LETTERS = re.compile(r"[^A-Z0-9]")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at, and whether it is as it should be."""

    words: str
    holds: bool


@dataclass(frozen=True)
class Verdict:
    """What came of verifying a PDF. It is genuine where every finding holds."""

    sha256: str
    seal: SealReport
    agreement: Agreement | None
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_genuine(self) -> bool:
        return all(finding.holds for finding in self.findings)


def find_agreement(reference: str) -> Agreement | None:
    """The agreement with this number, however it is typed, if both sides have signed it. What is still between the
    two sides, or came to nothing, is theirs only."""
    letters = _LETTERS.sub("", reference.upper())
    if len(letters) != 9:
        return None
    return _known().filter(reference=f"{letters[0]}-{letters[1:5]}-{letters[5:]}").first()


def verify_document(pdf: bytes) -> Verdict:
    """Look at the seal of `pdf`, and at what is known here of its bytes. Raises nothing, whatever the bytes."""
    certificate = read_certificate(network_certificate_pem())
    seal = verify_seal(pdf, certificate)
    findings = [Finding(problem, holds=False) for problem in seal.problems]
    if not seal.holds:
        agreement = _known().filter(pdf_sha256=seal.sha256).first()
        if agreement:  # what was shown, before it was sealed: its hash was recorded when it was signed
            known = Finding(_("Its SHA-256 is that of the document as it was shown and signed."), holds=True)
            return Verdict(seal.sha256, seal, agreement, [known, *_of_record(agreement)])
        return Verdict(seal.sha256, seal, None, findings)
    findings += [
        Finding(_("The seal is valid, and was made with the network’s certificate."), holds=True),
        Finding(_("The seal covers the whole file; nothing was added after it."), holds=True),
    ]
    chain = chain_in(pdf)
    agreement = _agreement_of_certificate(pdf, chain) if chain else _known().filter(sealed_sha256=seal.sha256).first()
    if chain:
        findings.append(_finding_of_chain(chain))
    findings.append(_finding_of_record(agreement))
    return Verdict(seal.sha256, seal, agreement, findings + (_of_record(agreement) if agreement else []))


def _known() -> AgreementQuerySet:
    """Those that both sides have signed, without their PDFs."""
    return Agreement.objects.filter(state__in=COUNTERSIGNED).without_bodies().select_related("group", "template")


def _agreement_of_certificate(pdf: bytes, chain: Chain) -> Agreement | None:
    """The agreement whose certificate of completion has these very bytes."""
    found = _known().filter(reference=chain.reference[:16]).first()
    if found is None or not is_chain_of(chain, found.sealed_sha256):
        return None
    kept = Agreement.objects.values_list("certificate_pdf", flat=True).get(pk=found.pk)
    return found if kept is not None and _sha256(bytes(kept)) == _sha256(pdf) else None


def _finding_of_chain(chain: Chain) -> Finding:
    if is_whole(chain):
        words = _("Its chain of %(count)d events is unbroken.") % {"count": len(chain.links)}
        return Finding(words, holds=True)
    return Finding(_("Its chain of events is broken."), holds=False)


def _finding_of_record(agreement: Agreement | None) -> Finding:
    if agreement:
        return Finding(_("Its SHA-256 is known here."), holds=True)
    return Finding(_("We sealed this file, but know no agreement that it belongs to."), holds=False)


def _of_record(agreement: Agreement) -> list[Finding]:
    """What our own record of the agreement says, looked at anew."""
    chain = chain_of(agreement)
    if is_whole(chain):
        record = Finding(_("Our record of every step is unbroken."), holds=True)
    else:
        record = Finding(_("Our record of the steps is broken."), holds=False)
    template = agreement.template
    if template is None:
        return [record]
    said = chain.links[0].data.get("template_sha256") if chain.links else None
    if template.state == TemplateState.PUBLISHED and template.content_sha256 == template.sha256 == said:
        words = _("Its text is version %(version)d of the agreement, as published.") % {"version": template.version}
        return [record, Finding(words, holds=True)]
    return [record, Finding(_("Its text is not one that was published."), holds=False)]


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
