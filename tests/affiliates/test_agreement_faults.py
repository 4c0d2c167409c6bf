"""Two at once, workers killed with -9, bytes that were changed, text that wants something from the network."""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings as site
from django.db import connection
from django.test import Client
from pypdf import PdfReader
from pytest_django import Settings

from affiliates.agreements import jobs
from affiliates.agreements.chain import chain_of
from affiliates.agreements.links import first_broken
from affiliates.agreements.sheets import agreement_pdf, build_preview
from affiliates.agreements.steps import (
    AgreementStepError,
    countersign_agreement,
    seal_agreement,
    sign_agreement,
    write_out,
)
from affiliates.agreements.templates import begin_draft, change_draft
from affiliates.models import Agreement, AgreementState, GroupRole, GroupStatus
from foundation.accounts.models import StaffTask
from foundation.documents.certificate import network_certificate_pem, read_certificate
from foundation.documents.kinds import Sheet
from foundation.documents.rendering import render_pdf
from foundation.documents.verification import verify_seal
from tests.at_once import at_once
from tests.browser import skip_but_not_in_ci
from tests.factories import make_contact, make_group, make_staff

from .dying_sealer import POINTS
from .signing import (
    EVIDENCE,
    NOW,
    contact_of,
    make_in_force,
    make_prepared,
    make_sealed,
    make_signed,
    make_understood,
    signature_for,
)

# --- two at once ----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_contacts_who_sign_at_once_give_one_signature_and_one_seal() -> None:
    group = make_group(status=GroupStatus.FORMING)
    contacts = [make_contact(group), make_contact(group)]
    agreement = make_understood(group)

    def sign(number: int) -> None:
        sign_agreement(
            agreement=Agreement.objects.get(pk=agreement.pk), signature=signature_for(agreement, f"Contact {number}"),
            evidence=EVIDENCE, actor=contacts[number], now=NOW,
        )  # fmt: skip

    (refused,) = at_once(lambda: sign(0), lambda: sign(1))
    assert isinstance(refused, AgreementStepError)
    agreement.refresh_from_db()
    assert agreement.signed_by in contacts
    assert [link.kind for link in chain_of(agreement).links].count("signed") == 1
    countersign_agreement(agreement=agreement, evidence=EVIDENCE, actor=make_staff(StaffTask.AGREEMENTS), now=NOW)
    seal = lambda: seal_agreement(agreement_id=agreement.pk, now=NOW)  # noqa: E731
    assert at_once(seal, seal, seal) == []
    assert [link.kind for link in chain_of(agreement).links].count("sealed") == 1
    assert first_broken(*chain_of(agreement)) is None


@pytest.mark.django_db(transaction=True)
def test_two_who_countersign_at_once_put_it_in_force_once() -> None:
    agreement = make_signed()
    staff = [make_staff(StaffTask.AGREEMENTS), make_staff(StaffTask.AGREEMENTS)]

    def countersign(number: int) -> None:
        countersign_agreement(
            agreement=Agreement.objects.get(pk=agreement.pk), evidence=EVIDENCE, actor=staff[number], now=NOW
        )

    (refused,) = at_once(lambda: countersign(0), lambda: countersign(1))
    assert isinstance(refused, AgreementStepError)
    agreement.refresh_from_db()
    assert agreement.state == AgreementState.IN_FORCE
    assert [link.kind for link in chain_of(agreement).links].count("countersigned") == 1


@pytest.mark.django_db(transaction=True)
def test_a_contact_who_is_removed_while_signing_signs_before_or_not_at_all() -> None:
    for _round in range(5):
        agreement = make_understood(make_group(status=GroupStatus.FORMING))
        contact = contact_of(agreement.group)
        roles = GroupRole.objects.filter(user=contact)
        at_once(
            lambda agreement=agreement, contact=contact: sign_agreement(  # type: ignore[misc]
                agreement=agreement, signature=signature_for(agreement), evidence=EVIDENCE, actor=contact, now=NOW
            ),
            lambda roles=roles: roles.delete(),  # type: ignore[misc]
        )
        agreement = Agreement.objects.get(pk=agreement.pk)
        is_signed = agreement.state == AgreementState.SIGNED
        assert is_signed == (chain_of(agreement).links[-1].kind == "signed")
        assert not roles.exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_draw_it_once() -> None:
    agreement = make_prepared()
    draw = lambda: write_out(agreement_id=agreement.pk, now=NOW)  # noqa: E731
    assert at_once(draw, draw) == []
    assert [link.kind for link in chain_of(agreement).links] == ["prepared", "written out"]


# --- killed ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("point", POINTS)
def test_what_a_killed_worker_left_unsealed_the_sweep_has_sealed(
    point: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from config.settings import test

    settings.MEDIA_ROOT = test.MEDIA_ROOT
    agreement = make_in_force()
    database = str(connection.settings_dict["NAME"])
    died = subprocess.run(
        [sys.executable, "-m", "tests.affiliates.dying_sealer", database, str(agreement.pk), point],
        cwd=site.BASE_DIR, env=os.environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert died.returncode == -signal.SIGKILL, died.stderr
    agreement.refresh_from_db()
    assert agreement.sealed_at is None
    assert chain_of(agreement).links[-1].kind == "countersigned"
    monkeypatch.setattr(jobs, "_ring", lambda job, agreement_id: job(agreement_id))
    jobs.ring_for_waiting()
    sealed = Agreement.objects.get(pk=agreement.pk)
    assert sealed.sealed_at
    assert verify_seal(bytes(sealed.sealed_pdf or b""), read_certificate(network_certificate_pem())).holds
    assert first_broken(*chain_of(agreement)) is None


def test_the_sweep_comes_well_within_120_seconds() -> None:
    from foundation.web.sweeps import registered_sweeps

    (sweep,) = [sweep for sweep in registered_sweeps() if sweep.run is jobs.ring_for_waiting]
    assert sweep.every_seconds <= 30


# --- changed bytes --------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_thousand_changed_bytes_of_a_sealed_agreement_and_its_certificate_are_all_noticed() -> None:
    agreement = make_sealed(is_drawn=True)
    ours, rng = read_certificate(network_certificate_pem()), random.Random(11)
    for body, count in ((agreement.sealed_pdf, 800), (agreement.certificate_pdf, 200)):
        sealed = bytes(body or b"")
        assert verify_seal(sealed, ours).holds
        for offset in rng.sample(range(len(sealed)), count):
            changed = bytearray(sealed)
            changed[offset] ^= 1 << rng.randrange(8)
            assert not verify_seal(bytes(changed), ours).holds, f"offset {offset}"


@pytest.mark.django_db
def test_pdfsig_calls_the_signature_of_a_real_agreement_valid(tmp_path: Path) -> None:
    if not shutil.which("pdfsig"):
        skip_but_not_in_ci("No pdfsig here. The line is:  sudo apt-get install poppler-utils")
    agreement = make_sealed(is_drawn=True)
    for name in ("sealed_pdf", "certificate_pdf"):
        file = tmp_path / f"{name}.pdf"
        file.write_bytes(bytes(getattr(agreement, name)))
        said = subprocess.run(["pdfsig", str(file)], capture_output=True, text=True, check=True).stdout
        assert "Signature is Valid" in said
        assert "Total document signed" in said


# --- scripts --------------------------------------------------------------------------------------------------

SCRIPTS = {
    "Arabic": "مجموعة الجيران",
    "Hebrew": "קבוצת השכנים",
    "Chinese": "邻居小组",
    "Japanese": "ご近所グループ",
    "Korean": "이웃 모임",
    "Devanagari": "पड़ोसी समूह",
    "Vietnamese": "Nhóm Hàng Xóm Đoàn Kết",
}


MISSING = ".notdef glyph rendered"


@pytest.mark.django_db
@pytest.mark.parametrize("script", SCRIPTS)
def test_names_in_every_script_are_drawn_with_embedded_fonts(script: str, caplog: pytest.LogCaptureFixture) -> None:
    """WeasyPrint says so in its log where it has to draw a box for a letter (.notdef)."""
    name = SCRIPTS[script]
    if not has_font_for(name):
        skip_but_not_in_ci("No font for this script. The line is:  sudo apt-get install fonts-noto-core fonts-noto-cjk")
    caplog.set_level("WARNING", logger="weasyprint")
    agreement = make_prepared(make_group(name, status=GroupStatus.FORMING))
    reader = PdfReader(BytesIO(agreement_pdf(agreement)))
    assert MISSING not in caplog.text
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            descriptor = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
            assert {"/FontFile2", "/FontFile3"} & set(descriptor)
    # What a reader, or a search, gets out of it: each letter, in whatever order a script is stored.
    assert {letter for letter in name if letter.isalpha()} <= set(reader.pages[0].extract_text())


def test_a_letter_that_no_font_has_would_be_noticed(caplog: pytest.LogCaptureFixture) -> None:
    """The control of the test above: a character that no font has, since it is nobody's."""
    caplog.set_level("WARNING", logger="weasyprint")
    render_pdf(Sheet(title="x", html="<p>a\U0010fffd</p>", css="", language="en"))
    assert MISSING in caplog.text


def has_font_for(text: str) -> bool:
    letters = {f"{ord(letter):x}" for letter in text if letter.isalpha()}
    if not shutil.which("fc-list"):
        return False
    return all(
        subprocess.run(["fc-list", f":charset={code}", "file"], capture_output=True, check=True).stdout
        for code in letters
    )


# --- nothing is fetched ---------------------------------------------------------------------------------------


@contextmanager
def listening() -> Iterator[tuple[int, list[object]]]:
    """A server that counts who connects, and sends everybody on to itself."""
    met: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        stop = threading.Event()
        port = server.getsockname()[1]

        def serve() -> None:
            while not stop.is_set():
                try:
                    caller, address = server.accept()
                except TimeoutError:
                    continue
                met.append(address)
                with caller:
                    caller.sendall(b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield port, met
        finally:
            stop.set()
            thread.join()


@pytest.mark.django_db
def test_a_text_that_wants_something_from_the_network_or_the_disk_gets_nothing() -> None:
    with listening() as (port, met):
        socket.create_connection(("127.0.0.1", port)).close()
        while not met:
            time.sleep(0.01)
        met.clear()
        wishes = (
            f'<img src="http://127.0.0.1:{port}/x.png">',
            f'<link rel="stylesheet" href="http://localhost:{port}/x.css">',
            f"<style>@import url(http://127.0.0.1:{port}/y.css); </style>",
            f'<svg><image href="http://127.0.0.1:{port}/redirect"/></svg>',
            '<object data="file:///etc/passwd"></object>',
        )
        draft = begin_draft(actor=None)
        texts = {code: dict(text) for code, text in draft.texts.items()}
        for text in texts.values():
            text["title"] = wishes[0]
            text["introduction"] = "\n\n".join(wishes)
            text["section"] = [
                {**section, "title": wishes[0], "summary": wishes[1], "body": "\n\n".join(["- " + w for w in wishes])}
                for section in text["section"]
            ]
        change_draft(template=draft, seen=draft.content_sha256, texts=texts, binding_language="en", actor=make_staff())
        drawn = render_pdf(build_preview(f"agreement_template:{draft.pk}"))
        assert met == []
    words = "".join(page.extract_text() for page in PdfReader(BytesIO(drawn)).pages)
    assert "<object" in words  # it stands there as the words that it is
    assert "root:" not in words


@pytest.mark.django_db
def test_a_groups_name_cannot_bring_markup_into_its_agreement(client: Client) -> None:
    agreement = make_prepared(make_group('<img src="http://127.0.0.1:9/">', status=GroupStatus.FORMING))
    words = PdfReader(BytesIO(agreement_pdf(agreement))).pages[0].extract_text()
    assert '<imgsrc="http://127.0.0.1:9/">' in "".join(words.split())
