"""Is this PDF, to the last byte, what the network sealed? Needs nothing but the file and the public certificate.

pyHanko checks the signature, the certificate and that nothing was appended. That leaves a few thousand bytes which no
signature can cover: the signature's own container, written in hexadecimal with room behind it. A program that reads it
leniently does not see a change there. So the container has to be, byte by byte, what we would have written.
"""

import datetime
import hashlib
import logging
from dataclasses import dataclass, field
from io import BytesIO

from asn1crypto import algos, cms, x509
from django.utils.translation import gettext as _
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from .sealing import FIELD

# It says at length what it dislikes about a file, which may be anybody's upload.
for name in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(name).setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class SealReport:
    """What came of a verification. `problems` are sentences for the reader; without any the seal holds."""

    sha256: str
    problems: list[str] = field(default_factory=list)
    sealed_at: datetime.datetime | None = None
    sealed_by: str = ""

    @property
    def holds(self) -> bool:
        return not self.problems


def verify_seal(pdf: bytes, certificate: x509.Certificate) -> SealReport:
    """Look whether `pdf` is whole and sealed by the owner of `certificate`. Raises nothing, whatever the bytes."""
    sha256 = hashlib.sha256(pdf).hexdigest()
    try:
        signatures = PdfFileReader(BytesIO(pdf), strict=True).embedded_signatures
        if not signatures:
            return SealReport(sha256, [_("This document has no seal.")])
        if len(signatures) > 1 or signatures[0].field_name != FIELD:
            return SealReport(sha256, [_("This document has a seal or signature that is not ours.")])
        status = _status_of(signatures[0], certificate)
        problems = _problems(pdf, signatures[0], status, certificate)
    except Exception:  # a damaged PDF breaks readers in any way
        return SealReport(sha256, [_("This file is damaged, or is not a PDF that was sealed here.")])
    return SealReport(sha256, problems, status.signer_reported_dt, certificate.subject.native.get("common_name", ""))


def _status_of(signature: EmbeddedPdfSignature, certificate: x509.Certificate) -> PdfSignatureStatus:
    """pyHanko's verdict, of the time at which it was sealed: a certificate that ran out since does not break it."""
    context = ValidationContext(
        trust_roots=[certificate],
        allow_fetching=False,
        moment=signature.self_reported_timestamp,
        revocation_mode="soft-fail",
    )
    return validate_pdf_signature(signature, context)


def _problems(
    pdf: bytes, signature: EmbeddedPdfSignature, status: PdfSignatureStatus, certificate: x509.Certificate
) -> list[str]:
    problems = []
    if not status.intact or not status.valid:
        problems.append(_("The document was changed after it was sealed."))
    if status.coverage != SignatureCoverageLevel.ENTIRE_FILE:
        problems.append(_("Something was added to the document after it was sealed."))
    if not status.trusted or signature.signer_cert.dump() != certificate.dump():
        problems.append(_("The seal was not made with the network’s certificate."))
    if not problems and not (status.bottom_line and _is_as_written(pdf, signature, certificate)):
        problems.append(_("The seal itself was changed."))
    return problems


def _is_as_written(pdf: bytes, signature: EmbeddedPdfSignature, certificate: x509.Certificate) -> bool:
    """Whether the bytes that the signature does not cover are those that sealing writes."""
    start, first, second, rest = (int(number) for number in signature.byte_range)
    if start != 0 or second + rest != len(pdf):
        return False
    room = second - first - len("<>")
    written = _rebuilt(signature.signed_data, certificate).hex().upper().encode()
    return pdf[first:second] == b"<" + written.ljust(room, b"0") + b">"


def _rebuilt(signed: cms.SignedData, certificate: x509.Certificate) -> bytes:
    """The container made anew of the two parts that the key vouches for: the signed attributes and the signature."""
    (signer,) = signed["signer_infos"]
    sha256 = algos.DigestAlgorithm({"algorithm": "sha256"})
    again = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                {
                    "issuer_and_serial_number": cms.IssuerAndSerialNumber(
                        {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
                    )
                }
            ),
            "digest_algorithm": sha256,
            "signed_attrs": signer["signed_attrs"],
            "signature_algorithm": signer["signature_algorithm"],
            "signature": signer["signature"].native,
        }
    )
    content = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": cms.DigestAlgorithms([sha256]),
            "encap_content_info": {"content_type": "data"},
            "certificates": [certificate],
            "signer_infos": [again],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": content}).dump(force=True))
