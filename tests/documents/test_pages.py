"""The page of a document, and to whom it opens."""

import pytest
from django.test import Client

from foundation.documents import kinds
from foundation.documents.models import Document
from tests.accounts.clients import signed_in
from tests.factories import make_user

from .conftest import Ask, build_probe, work

pytestmark = pytest.mark.django_db


def page(client: Client, document: Document, part: str = "", **headers: str) -> str:
    return client.get(f"/documents/{document.key}/{part}", headers=headers).content.decode()


def test_the_page_waits_then_offers_the_download(ask: Ask) -> None:
    user = make_user()
    client = signed_in(user)
    document = ask(actor=user)
    waiting = page(client, document)
    assert "We are making your document." in waiting
    assert f'data-hx-get="/documents/{document.key}/state/"' in waiting
    assert "Reload the page" in waiting
    work(document)
    piece = page(client, document, "state/", HX_Request="true")
    assert "Your document is ready." in piece
    assert "data-hx-get" not in piece
    answer = client.get(f"/documents/{document.key}/file/")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="probe.pdf"'
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.content.startswith(b"%PDF-")


def test_a_failed_one_says_so_and_can_be_tried_again(ask: Ask) -> None:
    user = make_user()
    client = signed_in(user)
    document = work(ask(actor=user, subject="gone"))
    assert "could not be made" in page(client, document)
    answer = client.post(f"/documents/{document.key}/again/")
    again = Document.objects.get()
    assert answer.headers["Location"] == f"/documents/{again.key}/"
    assert client.post(f"/documents/{document.key}/again/").status_code == 404  # pressed twice


def test_it_opens_to_whoever_asked_for_it_and_to_nobody_else(ask: Ask) -> None:
    user = make_user()
    document = work(ask(actor=user))
    stranger, nobody = signed_in(make_user()), Client()
    for part in ("", "state/", "file/"):
        assert stranger.get(f"/documents/{document.key}/{part}").status_code == 404
        assert nobody.get(f"/documents/{document.key}/{part}").headers["Location"].startswith("/accounts/login/")
    assert stranger.post(f"/documents/{document.key}/again/").status_code == 404
    assert signed_in(user).get(f"/documents/{document.key}/").status_code == 200


def test_what_nobody_signed_in_asked_for_opens_to_whoever_has_its_address(ask: Ask) -> None:
    document = work(ask())
    answer = Client().get(f"/documents/{document.key}/file/")
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]


def test_access_ends_with_what_gave_it(ask: Ask) -> None:
    user = make_user()
    document = work(ask(actor=user))
    kinds.register_document("probe", build_probe, title="x", file_name="x", may_open=lambda _user, _subject: False)
    assert signed_in(user).get(f"/documents/{document.key}/file/").status_code == 404


def test_an_expired_document_is_not_found_even_before_it_is_deleted(ask: Ask) -> None:
    document = work(ask())
    Document.objects.update(requested_at="2026-01-01T00:00Z", expires_at="2026-01-02T00:00Z")
    assert Client().get(f"/documents/{document.key}/").status_code == 404


def test_the_file_of_an_unfinished_one_leads_to_its_page(ask: Ask) -> None:
    document = ask()
    answer = Client().get(f"/documents/{document.key}/file/")
    assert answer.headers["Location"] == f"/documents/{document.key}/"


def test_the_piece_for_htmx_leads_others_to_the_page(ask: Ask) -> None:
    document = ask()
    assert Client().get(f"/documents/{document.key}/state/").headers["Location"] == f"/documents/{document.key}/"
