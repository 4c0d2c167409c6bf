"""A sealed document is recognised, and a document in which anything was changed is not."""

import random
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest
from asn1crypto import x509
from pyhanko.pdf_utils.generic import NumberObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pytest_django import Settings

from foundation.documents.certificate import network_certificate_pem, network_signer, read_certificate
from foundation.documents.sealing import seal_pdf
from foundation.documents.verification import verify_seal
from tests.browser import skip_but_not_in_ci

HTML = "<html lang=en><title>Agreement</title><h1>Agreement</h1><p>What we agreed.</p></html>"


@pytest.fixture(autouse=True)
def own_certificate(settings: Settings, tmp_path: Path) -> None:
    """Each test makes a certificate of its own."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.SEAL_CERTIFICATE_FILE = settings.SEAL_KEY_FILE = ""


@pytest.fixture(scope="module")
def pdf() -> bytes:
    import weasyprint

    return bytes(weasyprint.HTML(string=HTML).write_pdf(pdf_variant="pdf/ua-1"))


def certificate() -> x509.Certificate:
    return read_certificate(network_certificate_pem())


def test_what_was_sealed_is_recognised_and_begins_with_the_very_bytes_that_were_shown(pdf: bytes) -> None:
    sealed = seal_pdf(pdf, reason="Countersigned")
    report = verify_seal(sealed, certificate())
    assert report.holds, report.problems
    assert sealed.startswith(pdf)
    assert report.sealed_by.endswith("seal")
    assert report.sealed_at


@pytest.mark.slow
def test_a_changed_byte_anywhere_is_noticed(pdf: bytes, full: bool) -> None:
    sealed, ours = seal_pdf(pdf, reason="Countersigned"), certificate()
    rng = random.Random(7)
    for offset in rng.choices(range(len(sealed)), k=1_000 if full else 250):
        changed = bytearray(sealed)
        changed[offset] ^= 1 << rng.randrange(8)
        assert not verify_seal(bytes(changed), ours).holds, f"offset {offset}"


@pytest.mark.slow
def test_a_changed_byte_of_the_seal_itself_is_noticed(pdf: bytes, full: bool) -> None:
    """Where a reader alone would notice nothing: the container's own bytes, which no signature covers."""
    sealed, ours = seal_pdf(pdf, reason="Countersigned"), certificate()
    begin = sealed.index(b"/Contents <")
    container = range(begin, sealed.index(b">", begin) + 1)
    rng = random.Random(8)
    for offset in container if full else rng.sample(container, 250):
        changed = bytearray(sealed)
        changed[offset] ^= 0x20  # the other case of a hexadecimal digit, which is the same number
        assert not verify_seal(bytes(changed), ours).holds, f"offset {offset}"


@pytest.mark.parametrize("more", [b" ", b"\n", b"%%EOF\n"])
def test_what_is_appended_is_noticed(pdf: bytes, more: bytes) -> None:
    assert not verify_seal(seal_pdf(pdf, reason="Countersigned") + more, certificate()).holds


def test_a_revision_on_top_is_noticed(pdf: bytes) -> None:
    """A well-formed incremental update, as an editor writes it: here a page turned by 90 degrees."""
    writer = IncrementalPdfFileWriter(BytesIO(seal_pdf(pdf, reason="Countersigned")))
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Rotate"] = NumberObject(90)  # type: ignore[no-untyped-call]
    writer.update_container(page)
    changed = BytesIO()
    writer.write(changed)  # type: ignore[no-untyped-call]
    report = verify_seal(changed.getvalue(), certificate())
    assert "Something was added to the document after it was sealed." in report.problems


def test_a_document_signed_by_somebody_else_is_said_so(pdf: bytes) -> None:
    how = signers.PdfSignatureMetadata(field_name="Theirs")
    theirs = signers.sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)), how, signer=network_signer()).getvalue()
    report = verify_seal(theirs, certificate())
    assert report.problems == ["This document has a seal or signature that is not ours."]


def test_a_seal_of_somebody_else_is_not_ours(pdf: bytes, settings: Settings, tmp_path: Path) -> None:
    sealed = seal_pdf(pdf, reason="Countersigned")
    settings.MEDIA_ROOT = tmp_path / "other"
    report = verify_seal(sealed, certificate_of_another(pdf))
    assert report.problems == ["The seal was not made with the network’s certificate."]


def certificate_of_another(pdf: bytes) -> x509.Certificate:
    seal_pdf(pdf, reason="makes the certificate")
    return certificate()


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"hello", bytes(range(256)) * 40])
def test_what_is_no_document_is_said_so(data: bytes) -> None:
    assert verify_seal(data, certificate()).problems


def test_an_unsealed_document_is_said_so(pdf: bytes) -> None:
    assert verify_seal(pdf, certificate()).problems == ["This document has no seal."]


def test_a_certificate_of_the_settings_is_used(pdf: bytes, settings: Settings, tmp_path: Path) -> None:
    network_certificate_pem()
    moved = tmp_path / "given"
    shutil.move(tmp_path / "media" / "seal", moved)
    settings.SEAL_CERTIFICATE_FILE, settings.SEAL_KEY_FILE = moved / "certificate.pem", moved / "key.pem"
    assert verify_seal(seal_pdf(pdf, reason="Countersigned"), certificate()).holds
    assert not (tmp_path / "media" / "seal").exists()


def test_two_who_begin_at_once_use_one_certificate_and_the_key_is_nobody_elses_to_read(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = {future.result() for future in [pool.submit(network_certificate_pem) for _ in range(4)]}
    assert len(made) == 1
    folder = tmp_path / "media" / "seal"
    assert (folder / "key.pem").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in folder.parent.iterdir()] == ["seal"]


def test_pdfsig_agrees(pdf: bytes, tmp_path: Path) -> None:
    if not shutil.which("pdfsig"):
        skip_but_not_in_ci("No pdfsig here. The line is:  sudo apt-get install poppler-utils")
    file = tmp_path / "sealed.pdf"
    file.write_bytes(seal_pdf(pdf, reason="Countersigned"))
    said = subprocess.run(["pdfsig", str(file)], capture_output=True, text=True, check=True).stdout
    assert "Signature is Valid" in said
    assert "Total document signed" in said
