"""A kind of document for tests, and a worker that makes what was asked for."""

import datetime
from collections.abc import Callable

import pytest

from foundation.documents import kinds
from foundation.documents.kinds import Sheet, SubjectGoneError
from foundation.documents.making import make
from foundation.documents.models import Document
from foundation.documents.requesting import request_document

NOW = datetime.datetime(2100, 1, 2, 12, tzinfo=datetime.UTC)  # far ahead: what is made then has not expired
type Ask = Callable[..., Document]


def build_probe(subject: str) -> Sheet:
    """One line about the subject; the subject "gone" is no longer there."""
    if subject == "gone":
        raise SubjectGoneError
    return Sheet(title="A probe", html=f"<h1>Probe</h1><p>{subject}</p>", css="h1 { font-size: 30pt }", language="en")


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Registers the kind "probe" for one test."""
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    kinds.register_document("probe", build_probe, title="Your probe", file_name="probe", back=lambda _subject: "/me/")


@pytest.fixture
def ask(probe: None, db: None) -> Ask:
    """`ask()` asks for a probe about person 5."""

    def ask(**fields: object) -> Document:
        values: dict[str, object] = {"kind": "probe", "subject": "person:5", "actor": None, "now": NOW, **fields}
        return request_document(**values)  # type: ignore[arg-type]

    return ask


def work(document: Document, worker: str = "test") -> Document:
    """What the worker does when the bell of this document rings."""
    make(document_id=document.pk, worker=worker)
    document.refresh_from_db()
    return document
