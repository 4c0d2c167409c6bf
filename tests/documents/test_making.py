"""Documents as rows: asked for, claimed, made, lost and found, and deleted."""

import datetime
import os
import signal
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from foundation.audit.models import AuditEntry
from foundation.documents import jobs, making
from foundation.documents.kinds import Sheet, register_document
from foundation.documents.models import Document, DocumentState
from foundation.documents.requesting import DocumentStateError, forget_documents, try_again
from tests.factories import make_user

from .conftest import NOW, Ask, work

pytestmark = pytest.mark.django_db


def test_a_document_that_was_asked_for_is_made_by_a_worker(ask: Ask) -> None:
    document = work(ask())
    assert document.state == DocumentState.READY
    assert bytes(document.content or b"").startswith(b"%PDF-")
    assert document.size == len(document.content or b"")
    assert len(document.sha256) == 64


def test_asking_twice_while_it_is_made_gives_one_document(ask: Ask) -> None:
    user = make_user()
    assert ask(actor=user) == ask(actor=user)
    assert ask() == ask()
    assert ask(actor=make_user()) != ask(actor=user)
    assert AuditEntry.objects.filter(action="asked for document").count() == 2


def test_asking_when_it_is_made_gives_a_new_one(ask: Ask) -> None:
    assert work(ask()) != ask()


def test_a_document_comes_in_the_language_in_which_it_was_asked_for(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    languages = []

    def build(subject: str) -> Sheet:
        from django.utils.translation import get_language

        languages.append(get_language())
        return Sheet("T", "<p>x</p>", "", "es")

    register_document("probe", build, title="Probe", file_name="probe")
    work(ask(language="es"))
    assert languages == ["es"]


def test_a_document_that_cannot_be_made_has_failed_and_says_nothing_of_what_stood_in_it(
    ask: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    canary = "Lovelace"

    def build(subject: str) -> Sheet:
        raise ValueError(canary)

    register_document("probe", build, title="Probe", file_name="probe")
    document = work(ask())
    assert (document.state, document.error) == (DocumentState.FAILED, "ValueError")
    assert "test_making" in caplog.text
    assert canary not in caplog.text


def test_what_failed_can_be_tried_again_and_nothing_else(ask: Ask) -> None:
    document = work(ask(subject="gone"))
    assert document.error == "SubjectGoneError"
    again = try_again(document=document, now=NOW)
    assert (again.state, again.pk != document.pk) == (DocumentState.REQUESTED, True)
    for other in (document, again):
        with pytest.raises(DocumentStateError):
            try_again(document=other, now=NOW)


def test_what_a_worker_holds_is_left_to_it(ask: Ask) -> None:
    document = ask()
    assert making._claim(document.pk, "first") is not None
    assert making._claim(document.pk, "second") is None


def test_a_worker_that_was_given_up_writes_nothing(ask: Ask) -> None:
    document = ask()
    slow = making._claim(document.pk, "slow")
    assert slow is not None
    Document.objects.update(lease_until=Now() - datetime.timedelta(seconds=1))
    assert work(document, "quick").state == DocumentState.READY
    assert not making._settle(slow, state=DocumentState.FAILED, error="late")
    document.refresh_from_db()
    assert document.state == DocumentState.READY


def test_a_document_over_which_workers_die_fails_in_the_end(ask: Ask) -> None:
    document = ask()
    for number in range(making.MAX_CLAIMS):
        assert making._claim(document.pk, f"dies{number}") is not None
        Document.objects.update(lease_until=Now() - datetime.timedelta(seconds=1))
    document = work(document)
    assert (document.state, document.error) == (DocumentState.FAILED, "WorkerDied")


def test_what_was_erased_while_it_was_made_is_not_written_back(ask: Ask) -> None:
    document = ask()
    held = making._claim(document.pk, "slow")
    assert held is not None
    assert forget_documents(subject="person:5") == 1
    assert not making._settle(held, state=DocumentState.FAILED, error="x")
    assert not Document.objects.exists()


def test_documents_about_somebody_and_asked_for_by_somebody_are_forgotten(ask: Ask) -> None:
    user = make_user()
    ask(subject="person:5")
    ask(subject="person:6", actor=user)
    ask(subject="person:7")
    assert forget_documents(subject="person:5", user=user) == 2
    assert Document.objects.get().subject == "person:7"


def test_the_sweep_deletes_what_has_expired(ask: Ask) -> None:
    ask(now=timezone.now() - datetime.timedelta(days=2))
    kept = ask(subject="person:6")
    jobs.forget_expired()
    assert Document.objects.get() == kept


def test_the_sweep_rings_for_what_nobody_makes(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[int] = []
    monkeypatch.setattr(jobs, "_ring", rung.append)
    lost = ask(now=timezone.now() - datetime.timedelta(minutes=1))
    made = work(ask(subject="person:6", now=timezone.now() - datetime.timedelta(minutes=1)))
    held = ask(subject="person:7", now=timezone.now() - datetime.timedelta(minutes=1))
    making._claim(held.pk, "busy")
    jobs.ring_for_lost()
    assert rung == [lost.pk]
    assert made.state == DocumentState.READY


@pytest.mark.django_db(transaction=True)
def test_the_bell_reaches_a_worker_of_rq(ask: Ask) -> None:
    import django_rq

    before = django_rq.get_queue("default").job_ids
    with transaction.atomic():
        document = ask()
        assert django_rq.get_queue("default").job_ids == before  # nothing before the commit
    worker = django_rq.get_worker("default")
    queue = django_rq.get_queue("default")
    try:
        job = queue.fetch_job(queue.job_ids[-1])
        assert job is not None
        assert job.args == (document.pk,)  # the id and nothing else
        job.perform()
    finally:
        queue.empty()  # type: ignore[no-untyped-call]  # RQ has types for some
    assert worker.queues
    document.refresh_from_db()
    assert document.state == DocumentState.READY


_DIES = """
import os, signal, sys, django
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = sys.argv[1]
from foundation.documents import kinds, making
def build(subject):
    os.kill(os.getpid(), signal.SIGKILL)
kinds.register_document("probe", build, title="x", file_name="x")
making.make(document_id=int(sys.argv[2]), worker="dies")
"""


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_loses_no_document(ask: Ask) -> None:
    document = ask()
    name = str(connection.settings_dict["NAME"])
    command = [sys.executable, "-c", _DIES, name, str(document.pk)]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=os.environ, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    document.refresh_from_db()
    assert (document.state, document.claimed_by) == (DocumentState.RENDERING, "dies")
    assert work(document).state == DocumentState.RENDERING  # the dead one's lease
    Document.objects.update(lease_until=Now() - datetime.timedelta(seconds=1))
    assert work(document).state == DocumentState.READY


def values(**fields: Any) -> dict[str, Any]:
    later = NOW + datetime.timedelta(days=1)
    return {
        "kind": "probe", "subject": "person:5", "language": "en", "requested_at": NOW, "expires_at": later, **fields
    }  # fmt: skip


MADE = {"state": "ready", "content": b"x", "made_at": NOW, "sha256": "0" * 64}


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("document_state_known", {"state": "lost"}),
        ("document_of_something", {"subject": ""}),
        ("document_of_something", {"kind": ""}),
        ("document_expires_later", {"expires_at": NOW}),
        ("document_content_when_ready", {"state": "ready"}),
        ("document_content_when_ready", {**MADE, "sha256": "abc"}),
        ("document_content_when_ready", {**MADE, "state": "requested"}),
        ("document_lease_while_rendering", {"state": "rendering"}),
        ("document_lease_while_rendering", {"claimed_by": "x", "lease_until": NOW}),
        ("document_failed_for_a_reason", {"state": "failed"}),
        ("document_failed_for_a_reason", {"error": "ValueError"}),
    ],
)
def test_the_database_refuses(constraint: str, fields: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        Document.objects.create(**values(**fields))


def test_the_database_refuses_a_second_unfinished_one() -> None:
    Document.objects.create(**values())
    with pytest.raises(IntegrityError, match="document_one_at_a_time"):
        Document.objects.create(**values())


def test_a_ready_and_an_unfinished_one_may_stand_side_by_side() -> None:
    Document.objects.create(**values(**MADE))
    Document.objects.create(**values())
    assert Document.objects.count() == 2
