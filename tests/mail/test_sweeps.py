"""The sweeper: what it runs, when, and that no two run the same at once."""

import logging
import threading
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.utils import timezone
from pytest_django import Settings

from foundation.mail import sweeps as mail_sweeps
from foundation.mail.models import MailState, OutgoingMail
from foundation.web import sweeps
from foundation.web.sweeps import Sweep, register_sweep, run_sweep, sweep_until

from .conftest import MakeMail

pytestmark = pytest.mark.django_db


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> dict[str, Sweep]:
    """No sweeps but the test's own."""
    monkeypatch.setattr(sweeps, "_sweeps", {})
    return sweeps._sweeps


def test_the_sweeps_of_mail_are_registered() -> None:
    names = {sweep.name for sweep in sweeps.registered_sweeps()}
    assert {"mail: settle the claims of dead workers", "mail: send what is overdue", "mail: empty old bodies"} <= names


def test_an_error_is_logged_by_name_and_the_others_go_on(
    registry: dict[str, Sweep], caplog: pytest.LogCaptureFixture
) -> None:
    done: list[str] = []
    somebody = "canary"

    def fail() -> None:
        raise RuntimeError(f"the address {somebody}@example.org")

    register_sweep("sour", fail, 1)
    register_sweep("sweet", lambda: done.append("sweet"), 1)
    call_command("sweep", "--once")
    assert done == ["sweet"]
    [record] = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert "'sour' failed: RuntimeError" in record.getMessage()
    assert "canary@" not in caplog.text  # a database's error repeats what the row held


@pytest.mark.django_db(transaction=True)
def test_a_sweep_runs_in_one_process_at_a_time() -> None:
    inside, leave = threading.Event(), threading.Event()
    runs: list[str] = []

    def slow() -> None:
        runs.append("slow")
        inside.set()
        leave.wait(20)

    def run_elsewhere() -> None:
        try:
            run_sweep(Sweep("slow", slow, 1))
        finally:
            connections.close_all()

    thread = threading.Thread(target=run_elsewhere)
    thread.start()
    assert inside.wait(20)
    assert not run_sweep(Sweep("slow", slow, 1))
    assert run_sweep(Sweep("another", lambda: runs.append("another"), 1))
    leave.set()
    thread.join()
    assert run_sweep(Sweep("slow", lambda: runs.append("again"), 1))
    assert runs == ["slow", "another", "again"]


@pytest.mark.django_db(transaction=True)
def test_a_sweep_commits_as_it_goes(make_mail: MakeMail) -> None:
    """Its lock lies in another connection's transaction, not around its work."""
    seen: list[bool] = []
    run_sweep(Sweep("look", lambda: seen.append(connection.in_atomic_block), 1))
    assert seen == [False]


def test_each_sweep_runs_when_it_is_due_until_told_to_stop(registry: dict[str, Sweep]) -> None:
    stop = threading.Event()
    runs: list[str] = []

    def often() -> None:
        runs.append("often")
        if runs.count("often") == 3:
            stop.set()

    register_sweep("seldom", lambda: runs.append("seldom"), 3600)
    register_sweep("often", often, 0.01)
    sweep_until(stop)
    assert runs == ["seldom", "often", "often", "often"]


# --- Old bodies -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "days", "is_emptied"),
    [
        (MailState.FAILED, 31, True),
        (MailState.UNKNOWN, 31, True),
        (MailState.FAILED, 29, False),
        (MailState.QUEUED, 31, False),
    ],
)
def test_old_bodies_of_settled_mails_are_emptied(
    make_mail: MakeMail, settings: Settings, state: MailState, days: int, is_emptied: bool
) -> None:
    settings.MAIL_KEEP_BODIES = False
    mail = make_mail(html="<p>Hello</p>", now=timezone.now() - timedelta(days=days))
    went_out = timezone.now() if state == MailState.UNKNOWN else None
    OutgoingMail.objects.filter(pk=mail.pk).update(state=state, went_out_at=went_out)
    mail_sweeps.empty_old_bodies()
    mail.refresh_from_db()
    assert (mail.text == "" == mail.html) is is_emptied


def test_bodies_that_are_to_be_kept_stay(make_mail: MakeMail) -> None:
    mail = make_mail(now=timezone.now() - timedelta(days=99))
    OutgoingMail.objects.filter(pk=mail.pk).update(state=MailState.FAILED)
    mail_sweeps.empty_old_bodies()
    mail.refresh_from_db()
    assert mail.text
