"""Is it genuine? By upload, by number, and offline."""

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from pyhanko.pdf_utils.generic import StreamObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PageObject, copy_into_new_writer
from pyhanko.sign import fields, signers
from pytest_django import Settings

from affiliates.agreements.completion import chain_in, is_chain_of, is_whole
from affiliates.agreements.links import CHAIN_FILE, Chain, ChainLink, first_broken, read_chain, write_chain
from affiliates.agreements.steps import record_agreement_elsewhere
from affiliates.agreements.verifying import MOST_BYTES, find_agreement, verify_document
from affiliates.models import Agreement, AgreementEvent
from foundation.documents.certificate import network_certificate_pem
from foundation.documents.kinds import Sheet
from foundation.documents.rendering import render_pdf
from foundation.documents.sealing import seal_pdf
from tests.factories import make_group

from .signing import NOW, blank_page, make_in_force, make_sealed, make_shown, make_signed, make_with_files


@pytest.fixture
def sealed(db: None) -> Agreement:
    return make_sealed()


def sealed_pdf(agreement: Agreement) -> bytes:
    return bytes(agreement.sealed_pdf or b"")


def certificate_pdf(agreement: Agreement) -> bytes:
    return bytes(agreement.certificate_pdf or b"")


def post(client: Client, content: bytes, name: str = "x.pdf") -> Any:
    return client.post("/verify/", {"document": SimpleUploadedFile(name, content, "application/pdf")})


# --- what is said of a file -----------------------------------------------------------------------------------


def test_a_sealed_agreement_is_genuine_and_every_reason_is_said(sealed: Agreement) -> None:
    verdict = verify_document(sealed_pdf(sealed))
    assert verdict.is_genuine
    assert verdict.agreement == sealed
    assert [finding.words for finding in verdict.findings] == [
        "The seal is valid, and was made with the network’s certificate.",
        "The seal covers the whole file; nothing was added after it.",
        "Its SHA-256 is known here.",
        "Our record of every step is unbroken.",
        "Its text is version 1 of the agreement, as published.",
    ]


def test_a_certificate_of_completion_is_genuine_with_its_chain(sealed: Agreement) -> None:
    verdict = verify_document(certificate_pdf(sealed))
    assert verdict.is_genuine
    assert verdict.agreement == sealed
    assert "Its chain of 6 events is unbroken." in [finding.words for finding in verdict.findings]


def test_the_document_before_its_seal_is_known_by_its_hash(sealed: Agreement) -> None:
    verdict = verify_document(bytes(sealed.pdf or b""))
    assert verdict.is_genuine
    assert verdict.agreement == sealed
    assert verdict.findings[0].words == "Its SHA-256 is that of the document as it was shown and signed."


def test_what_was_appended_or_changed_is_not_genuine(sealed: Agreement) -> None:
    whole = sealed_pdf(sealed)
    changed = whole[:700] + bytes([whole[700] ^ 1]) + whole[701:]
    for other in (whole + b"\n", changed, whole[:-20], b"%PDF-", b""):
        verdict = verify_document(other)
        assert not verdict.is_genuine
        assert verdict.agreement is None


def test_a_page_more_is_not_genuine(sealed: Agreement) -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed_pdf(sealed)))
    empty = writer.add_object(StreamObject(stream_data=b""))
    page = PageObject(contents=empty, media_box=[0, 0, 612, 792])  # type: ignore[no-untyped-call]
    writer.insert_page(page)  # type: ignore[no-untyped-call]
    with_page = io.BytesIO()
    writer.write(with_page)  # type: ignore[no-untyped-call]
    verdict = verify_document(with_page.getvalue())
    assert not verdict.is_genuine


def test_the_same_document_sealed_by_somebody_else_is_not_genuine(
    sealed: Agreement, settings: Settings, tmp_path: Path
) -> None:
    ours = settings.MEDIA_ROOT
    settings.MEDIA_ROOT = tmp_path / "theirs"
    theirs = seal_pdf(bytes(sealed.pdf or b""), reason=f"Agreement {sealed.reference}")
    settings.MEDIA_ROOT = ours
    verdict = verify_document(theirs)
    assert not verdict.is_genuine
    assert "The seal was not made with the network’s certificate." in [finding.words for finding in verdict.findings]


def test_another_signature_beside_ours_is_not_genuine(sealed: Agreement) -> None:
    from foundation.documents.certificate import network_signer

    clean = copy_into_new_writer(PdfFileReader(io.BytesIO(bytes(sealed.pdf or b""))))
    plain = io.BytesIO()
    clean.write(plain)  # type: ignore[no-untyped-call]
    how = signers.PdfSignatureMetadata(field_name="Other", subfilter=fields.SigSeedSubFilter.PADES)
    other = signers.sign_pdf(IncrementalPdfFileWriter(plain), how, signer=network_signer()).getvalue()
    assert not verify_document(other).is_genuine


@pytest.mark.django_db
def test_what_we_sealed_for_nobody_is_said_so() -> None:
    verdict = verify_document(seal_pdf(blank_page(), reason="Something else"))
    assert [finding.holds for finding in verdict.findings] == [True, True, False]


def test_a_certificate_whose_chain_was_rewritten_and_sealed_anew_is_not_genuine(sealed: Agreement) -> None:
    """Even by somebody with the key: its chain breaks, and our record has other bytes."""
    chain = chain_in(certificate_pdf(sealed))
    assert chain is not None
    links = [
        link._replace(data={**link.data, "name": "Eve"}) if link.kind == "signed" else link for link in chain.links
    ]
    sheet = Sheet(title="x", html="<p>x</p>", css="", language="en")
    forged = seal_pdf(render_pdf(sheet, {CHAIN_FILE: write_chain(Chain(chain.reference, links))}), reason="x")
    words = [finding.words for finding in verify_document(forged).findings if not finding.holds]
    assert words == ["Its chain of events is broken.", "We sealed this file, but know no agreement that it belongs to."]


def test_a_record_that_somebody_changed_past_the_guards_is_noticed(sealed: Agreement) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        AgreementEvent.objects.filter(agreement=sealed, kind="signed").update(data={"name": "Eve"})
        cursor.execute("SET session_replication_role = DEFAULT")
    verdict = verify_document(sealed_pdf(sealed))
    assert "Our record of the steps is broken." in [finding.words for finding in verdict.findings]
    assert not verdict.is_genuine


def test_a_published_text_that_somebody_changed_past_the_guards_is_noticed(sealed: Agreement) -> None:
    template = sealed.version
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        type(template).objects.filter(pk=template.pk).update(binding_language="es")
        cursor.execute("SET session_replication_role = DEFAULT")
    assert "Its text is not one that was published." in [f.words for f in verify_document(sealed_pdf(sealed)).findings]


# --- the chain ------------------------------------------------------------------------------------------------


def test_the_chain_is_in_the_certificate_and_names_the_sealed_document(sealed: Agreement) -> None:
    chain = chain_in(certificate_pdf(sealed))
    assert chain is not None
    assert is_whole(chain)
    assert is_chain_of(chain, sealed.sealed_sha256)
    assert not is_chain_of(chain, "0" * 64)
    assert chain_in(sealed_pdf(sealed)) is None


def test_any_change_of_a_chain_is_found_at_its_event(sealed: Agreement) -> None:
    chain = chain_in(certificate_pdf(sealed))
    assert chain is not None
    for number, link in enumerate(chain.links):
        for changed in (
            link._replace(kind="x"),
            link._replace(at="2020-01-01T00:00:00.000000+00:00"),
            link._replace(data={**link.data, "more": 1}),
            link._replace(previous="0" * 64),
            link._replace(number=99),
        ):
            links = [*chain.links[:number], changed, *chain.links[number + 1 :]]
            assert first_broken(chain.reference, links) == number + 1
        assert first_broken(chain.reference, chain.links[:number] + chain.links[number + 1 :]) in {number + 1, None}
    assert first_broken("A-2222-2222", chain.links) == 1
    assert not is_whole(Chain(chain.reference, []))


@pytest.mark.parametrize(
    "written", [b"", b"[]", b"{}", b'{"agreement": 5, "events": []}', b'{"agreement": "x", "events": [1]}']
)
def test_what_is_no_chain_is_refused(written: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_chain(written)


def test_a_chain_is_read_as_it_was_written() -> None:
    chain = Chain("A-2222-2222", [ChainLink(1, "prepared", "at", {"name": "Ñandú קדם"}, "", "0" * 64)])
    assert read_chain(write_chain(chain)) == chain


# --- the page -------------------------------------------------------------------------------------------------


def test_anybody_uploads_a_document(client: Client, sealed: Agreement) -> None:
    shown = post(client, sealed_pdf(sealed)).content.decode()
    assert "This document is genuine" in shown
    assert sealed.group.name in shown
    assert "Ada Lovelace" in shown


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"hello", "This is not a PDF."),
        (b"", "This file is empty."),
        (b"%PDF-1.7" + bytes(MOST_BYTES), "This file is larger than 20 MB."),
    ],
)
def test_what_cannot_be_looked_at_is_said(client: Client, content: bytes, words: str) -> None:
    answer = post(client, content)
    assert answer.status_code in {413, 422}
    assert words in answer.content.decode()
    assert "<title>Error:" in answer.content.decode()


@pytest.mark.django_db
def test_no_file_is_said(client: Client) -> None:
    answer = client.post("/verify/", {})
    assert (answer.status_code, answer.content.decode().count("Choose the PDF.")) == (422, 2)


@pytest.mark.django_db
def test_200_mb_are_refused_before_they_are_read() -> None:
    class Untouched(io.BytesIO):
        def read(self, *_size: Any) -> bytes:
            raise AssertionError("somebody reads it")

    declared: dict[str, Any] = {"CONTENT_LENGTH": str(200 * 1024 * 1024), "wsgi.input": Untouched()}
    answer = Client(enforce_csrf_checks=True).generic(
        "POST", "/verify/", b"", content_type="multipart/form-data; boundary=x", **declared
    )
    assert answer.status_code == 413
    assert "This file is larger than 20 MB. No agreement is." in answer.content.decode()


@pytest.mark.django_db
def test_an_upload_without_its_token_is_refused() -> None:
    assert post(Client(enforce_csrf_checks=True), b"%PDF-").status_code == 403


@pytest.mark.django_db
def test_who_looks_too_often_waits(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("affiliates.views.verifying.LOOKS_AN_HOUR", 2)
    answers = [client.get("/verify/?reference=A-2222-2222").status_code for _again in range(2)]
    answers.append(post(client, b"%PDF-").status_code)
    assert answers == [200, 200, 429]
    assert client.get("/verify/").status_code == 200


def test_a_number_tells_what_is_public_and_no_more(client: Client, sealed: Agreement) -> None:
    for typed in (sealed.reference, sealed.reference.lower().replace("-", " "), f" {sealed.reference} "):
        shown = client.get("/verify/", {"reference": typed}).content.decode()
        assert sealed.group.name in shown
        assert sealed.sealed_sha256 in shown
        assert "Ada Lovelace" in shown
    for private in ("example.org", "203.0.113.7", "A browser", "Chair"):
        assert private not in shown


@pytest.mark.django_db
@pytest.mark.parametrize("make", [make_shown, make_signed])
def test_what_is_not_countersigned_is_known_to_nobody_else(client: Client, make: Any) -> None:
    agreement = make()
    assert find_agreement(agreement.reference) is None
    assert verify_document(bytes(agreement.pdf)).agreement is None
    shown = client.get("/verify/", {"reference": agreement.reference}).content.decode()
    assert "We know no agreement with this number" in shown
    assert agreement.group.name not in shown


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["", "A", "x" * 300, "A-2222-222ñ", "' OR 1=1 --"])
def test_a_number_that_is_none_is_not_known(client: Client, typed: str) -> None:
    assert client.get("/verify/", {"reference": typed}).status_code == 200


@pytest.mark.django_db
def test_an_agreement_of_elsewhere_can_be_looked_up(client: Client) -> None:
    agreement = record_agreement_elsewhere(group=make_group(), signed_name="Bob", signed_at=None, actor=None, now=NOW)
    assert "Bob" in client.get("/verify/", {"reference": agreement.reference}).content.decode()


@pytest.mark.django_db
def test_the_public_certificate_is_there_and_no_key_in_it(client: Client) -> None:
    answer = client.get("/verify/certificate.pem")
    assert answer.content == network_certificate_pem()
    assert b"BEGIN CERTIFICATE" in answer.content
    assert b"KEY" not in answer.content


@pytest.mark.django_db
def test_the_page_of_a_signed_one_links_here(client: Client) -> None:
    make_in_force()
    agreement = make_with_files(make_group())
    assert find_agreement(agreement.reference) == agreement


# --- offline --------------------------------------------------------------------------------------------------


def offline(folder: Path, **files: bytes) -> tuple[int, str, str]:
    """Run the command on these files, without database, settings or Django's environment."""
    for name, content in files.items():
        (folder / name).write_bytes(content)
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"}
    }
    done = subprocess.run(
        [sys.executable, "-m", "affiliates.agreements.verify_offline", *(str(folder / name) for name in files)],
        cwd=site.BASE_DIR, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def test_the_command_needs_nothing_but_the_files(sealed: Agreement, tmp_path: Path) -> None:
    code, said, failed = offline(
        tmp_path, sealed=sealed_pdf(sealed), certificate=network_certificate_pem(), completion=certificate_pdf(sealed)
    )
    assert code == 0, failed
    assert "NOT OK" not in said
    assert sealed.sealed_sha256 in said
    assert f"6 events of {sealed.reference}" in said
    assert sealed.version.sha256 in said


def test_the_command_notices_what_is_not_genuine(sealed: Agreement, tmp_path: Path) -> None:
    ours, whole = network_certificate_pem(), sealed_pdf(sealed)
    other = make_sealed()
    assert offline(tmp_path, a=whole, b=ours)[0] == 0
    assert offline(tmp_path, a=whole + b" ", b=ours)[0] == 1
    code, said, _failed = offline(tmp_path, a=whole, b=ours, c=certificate_pdf(other))
    assert code == 1
    assert "NOT OK  certificate of completion: its last event is the seal of this agreement" in said
    assert offline(tmp_path, a=whole, b=ours, c=whole)[0] == 1
    assert offline(tmp_path, a=whole, b=b"no certificate")[0] == 2
    assert offline(tmp_path, a=whole)[0] == 2
