"""Sealing a PDF with the network's certificate (PAdES baseline B, ETSI EN 319 142-1)."""

from io import BytesIO

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers

from .certificate import network_signer

FIELD = "Seal"


def seal_pdf(pdf: bytes, *, reason: str) -> bytes:
    """`pdf` with the network's seal behind it; its own bytes stay as they are, in front.

    The seal certifies: no change is permitted afterwards. `reason` stands in the seal for everybody to read.
    Raises pyhanko's PdfReadError for what is no PDF.
    """
    how = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        reason=reason,
    )
    sealed = signers.sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)), how, signer=network_signer())
    return bytes(sealed.getvalue())
