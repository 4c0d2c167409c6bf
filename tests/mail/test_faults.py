"""The worker is killed, Redis is emptied or away, two of everything run: nobody is mailed twice and no mail is lost.

`--full` runs it with more mails and more moments of death.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import quote

import psutil
import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.utils import timezone
from pytest_django import Settings
from rq import Queue

from foundation.mail import claims, sweeps
from foundation.mail.delivery import deliver_due, deliver_until_idle
from foundation.mail.models import MailState, OutgoingMail
from foundation.mail.replies import SENT
from tests.locks import somebody_waits

from .conftest import MakeMail, some_mail
from .sink import Sink
from .worker import POINTS

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

OTHER_CLIENTS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@pytest.fixture
def amount(full: bool) -> int:
    return 200 if full else 30


def queue(amount: int) -> None:
    with transaction.atomic():
        for number in range(amount):
            some_mail(to=f"p{number}@example.org", text="x" * 2000)


def environment(**more: str) -> dict[str, str]:
    """For a process of its own on this test's database."""
    values = connection.settings_dict
    user, host, port = (quote(str(values[name] or ""), safe="") for name in ("USER", "HOST", "PORT"))
    secret = f":{quote(values['PASSWORD'], safe='')}" if values["PASSWORD"] else ""
    url = f"postgresql://{user}{secret}@{host}{f':{port}' if port else ''}/{values['NAME']}"
    return {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings.test", **more}


def start_worker(point: str, after: int, port: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "tests.mail.worker", point, str(after), str(port)]
    return subprocess.Popen(command, env=environment())


@contextmanager
def worker(point: str, port: int, after: int = 0) -> Iterator["subprocess.Popen[bytes]"]:
    process = start_worker(point, after, port)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def port(sink: Sink, settings: Settings) -> int:
    return int(settings.MAILERS["default"]["OPTIONS"]["port"])


@transaction.atomic
def let_leases_run_out() -> None:
    """What the passing of a minute would do, to whatever nobody is writing at this moment."""
    claimed = OutgoingMail.objects.filter(state=MailState.CLAIMED)
    free = list(claimed.select_for_update(skip_locked=True).values_list("pk", flat=True))
    OutgoingMail.objects.filter(pk__in=free).update(lease_until=timezone.now() - timedelta(seconds=1))


def states() -> dict[str, int]:
    counts: dict[str, int] = {}
    for state in OutgoingMail.objects.values_list("state", flat=True):
        counts[state] = counts.get(state, 0) + 1
    return counts


# --- kill -9 --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_worker_loses_no_mail_and_doubles_none(
    sink: Sink, port: int, amount: int, point: str, full: bool
) -> None:
    for seed in range(10 if full else 1):
        _kill_a_worker(sink, port, amount, point, seed)
        OutgoingMail.objects.all().delete()
        sink.messages.clear()


def _kill_a_worker(sink: Sink, port: int, amount: int, point: str, seed: int) -> None:
    queue(amount)
    after = random.Random(seed).randrange(amount // 2)
    with worker(point, port, after) as process:
        assert process.wait(60) == -signal.SIGKILL
    _drop_connections_of_the_dead()
    let_leases_run_out()
    sweeps.recover_claims()
    deliver_until_idle(worker="the next", seconds=60)

    assert not sink.recipients or max(sink.recipients.values()) == 1
    held = {str(mail.to_email) for mail in OutgoingMail.objects.held()}
    sent = set(OutgoingMail.objects.filter(state=MailState.SENT).values_list("to_email", flat=True))
    assert len(held) + len(sent) == amount
    assert len(held) == (1 if point in {"mid-message", "after the answer"} else 0)
    # What is called sent has arrived. What is held may have: that is why it is held.
    assert sent <= set(sink.recipients) <= sent | held
    assert bool(held & set(sink.recipients)) is (point == "after the answer")


def _drop_connections_of_the_dead() -> None:
    """Postgres ends the transaction of a dead client when it notices; wait until it has."""
    deadline = time.monotonic() + 20
    query = f"SELECT count(*) {OTHER_CLIENTS} AND state <> 'idle'"
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(query)
            if not cursor.fetchone()[0]:
                return
            time.sleep(0.02)
    raise AssertionError("a transaction of the killed worker is still open")


def test_a_worker_given_up_for_dead_sends_nothing_when_it_comes_back(sink: Sink, make_mail: MakeMail) -> None:
    make_mail()
    claim = claims.new_claim("slow")
    [mail] = claims.claim_due(claim=claim, limit=1)
    let_leases_run_out()
    claims.recover_expired_claims()
    deliver_due(worker="the next")
    assert not claims.mark_going_out(mail, claim)
    assert sink.recipients.total() == 1


def test_a_late_answer_settles_a_held_mail(make_mail: MakeMail) -> None:
    make_mail()
    claim = claims.new_claim("slow")
    [mail] = claims.claim_due(claim=claim, limit=1)
    assert claims.mark_going_out(mail, claim)
    let_leases_run_out()
    assert claims.recover_expired_claims() == 1
    assert states() == {"unknown": 1}
    claims.write_fate(mail, claim, SENT)
    assert states() == {"sent": 1}


def test_a_live_worker_keeps_its_claim(make_mail: MakeMail) -> None:
    make_mail()
    claims.claim_due(claim=claims.new_claim("busy"), limit=1)
    assert claims.recover_expired_claims() == 0
    assert states() == {"claimed": 1}


# --- Two at once ----------------------------------------------------------------------------------------------


def test_dead_claims_are_settled_without_waiting_for_a_worker_that_is_only_late(make_mail: MakeMail) -> None:
    """It may hold one mail and want the next; whoever had that one and waited for the first would make a deadlock."""
    late, dead = make_mail(), make_mail(to="bob@example.org")
    claims.claim_due(claim=claims.new_claim("slow"), limit=2)
    let_leases_run_out()
    settled: list[int] = []

    def settle() -> None:
        try:
            settled.append(claims.recover_expired_claims())
        finally:
            connections.close_all()

    thread = threading.Thread(target=settle)
    with transaction.atomic():
        OutgoingMail.objects.select_for_update().get(pk=late.pk)
        thread.start()
        thread.join(20)
        assert settled == [1]
    thread.join(20)
    states_of = dict(OutgoingMail.objects.values_list("pk", "state"))
    assert states_of == {late.pk: MailState.CLAIMED, dead.pk: MailState.QUEUED}
    assert claims.recover_expired_claims() == 1


def _claimed_by_two() -> tuple[set[int], set[int]]:
    """Two workers claim at the same moment: the second begins before the first has committed."""
    second: list[set[int]] = []

    def claim_too() -> None:
        try:
            second.append({mail.pk for mail in claims.claim_due(claim=claims.new_claim("second"), limit=10)})
        finally:
            connections.close_all()

    thread = threading.Thread(target=claim_too)
    with transaction.atomic():
        first = {mail.pk for mail in claims.claim_due(claim=claims.new_claim("first"), limit=10)}
        thread.start()
        _wait_until_blocked_or_done(thread)
    thread.join()
    return first, second[0]


def _wait_until_blocked_or_done(thread: threading.Thread) -> None:
    deadline = time.monotonic() + 20
    while thread.is_alive() and time.monotonic() < deadline and not somebody_waits():
        time.sleep(0.01)


def test_without_the_lock_two_workers_claim_the_same_mails(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: it shows that the next test can fail."""
    queue(20)
    monkeypatch.setattr(claims, "LOCK", "")
    first, second = _claimed_by_two()
    assert len(first & second) == 10


def test_with_the_lock_each_claims_its_own() -> None:
    queue(20)
    first, second = _claimed_by_two()
    assert (len(first), len(second), first & second) == (10, 10, set())


def test_two_workers_and_two_sweepers_send_each_mail_once(sink: Sink, port: int, amount: int) -> None:
    queue(amount * 2)
    OutgoingMail.objects.update(next_attempt_at=timezone.now() - timedelta(minutes=1))
    threads = [threading.Thread(target=_sweep) for _ in range(2)]
    with worker("never", port) as one, worker("never", port) as two:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (one.wait(60), two.wait(60)) == (0, 0)
    assert states() == {"sent": amount * 2}
    assert (len(sink.recipients), max(sink.recipients.values())) == (amount * 2, 1)


def _sweep() -> None:
    try:
        sweeps.send_overdue()
    finally:
        connections.close_all()


# --- Redis ----------------------------------------------------------------------------------------------------


def test_a_worker_of_rq_sends_what_the_doorbell_announced(doorbells: Queue) -> None:
    queue(5)
    assert doorbells.count == 1
    command = [sys.executable, "manage.py", "rqworker", "mail", "--burst", "-v", "0"]
    done = subprocess.run(command, env=environment(), check=True, timeout=60)
    assert done.returncode == 0
    # That process sends through Django's in-memory backend, so the states tell.
    assert states() == {"sent": 5}


def test_when_redis_was_emptied_the_sweeper_sends(sink: Sink, doorbells: Queue) -> None:
    queue(5)
    doorbells.connection.flushdb()
    OutgoingMail.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=11))
    call_command("sweep", "--once")
    assert states() == {"sent": 5}
    assert set(sink.recipients.values()) == {1}


def test_when_redis_is_away_mails_are_queued_and_swept_all_the_same() -> None:
    away = environment(REDIS_URL="redis://127.0.0.1:1")
    script = "import django; django.setup()\nfrom tests.mail.conftest import some_mail; some_mail()"
    subprocess.run([sys.executable, "-W", "error", "-c", script], env=away, check=True, timeout=60)
    assert states() == {"queued": 1}
    OutgoingMail.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=11))
    subprocess.run([sys.executable, "manage.py", "sweep", "--once"], env=away, check=True, timeout=60)
    assert states() == {"sent": 1}


# --- The sweeper as a process ---------------------------------------------------------------------------------


def test_the_sweeper_works_until_it_is_told_to_stop(make_mail: MakeMail) -> None:
    make_mail(now=timezone.now() - timedelta(minutes=1))
    process = subprocess.Popen([sys.executable, "manage.py", "sweep"], env=environment())
    try:
        _wait_for_states({"sent": 1})
        process.terminate()
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()


def test_the_sweeper_outlives_a_lost_database_connection(make_mail: MakeMail) -> None:
    process = subprocess.Popen([sys.executable, "manage.py", "sweep"], env=environment(), stderr=subprocess.DEVNULL)
    try:
        make_mail(to="first@example.org", now=timezone.now() - timedelta(minutes=1))
        _wait_for_states({"sent": 1})
        with connection.cursor() as cursor:  # what a restart of Postgres does to every client
            cursor.execute(f"SELECT pg_terminate_backend(pid) {OTHER_CLIENTS}")
        make_mail(to="second@example.org", now=timezone.now() - timedelta(minutes=1))
        _wait_for_states({"sent": 2})
        assert psutil.Process(process.pid).is_running()
    finally:
        process.kill()
        process.wait()


def _wait_for_states(wanted: dict[str, int]) -> None:
    deadline = time.monotonic() + 30
    while states() != wanted:
        assert time.monotonic() < deadline, states()
        time.sleep(0.05)
