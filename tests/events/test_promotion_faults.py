"""A promotion goes out whatever breaks: nobody is lost, nobody is mailed twice, and sending goes on within 120 s.

Ten faults: the worker is killed before its claim commits, after it, in the middle of a message, and after the server's
answer; the launch is killed; Redis is emptied, or away; Postgres drops everybody; the mail server answers 421; there
are two schedulers. A killed worker three moments each, the others, which wait for real schedulers, one; `--full` has
4,000 recipients, ten moments each, and waits as long as it takes.
"""

import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import parseaddr

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone
from pytest_django import Settings
from rq import Queue

from events.models import Event, Promotion, PromotionRecipient, PromotionState
from events.promoting import finish_promotions, launch
from foundation.mail import claims, sweeps
from foundation.mail.bulk import states_about
from foundation.mail.delivery import Courier, deliver_until_idle
from foundation.mail.messages import build_message
from foundation.mail.models import MailBody, MailState, OutgoingMail, SendingPace
from foundation.mail.outbox import give_up
from tests.factories import make_group, make_staff
from tests.locks import somebody_waits
from tests.mail.conftest import doorbells, sink  # noqa: F401  # fixtures
from tests.mail.sink import Sink
from tests.mail.test_faults import OTHER_CLIENTS, environment, let_leases_run_out, worker
from tests.mail.worker import POINTS

from .audiences import DAY, make_readers
from .making import make_event
from .promotions import make_promotion

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
GOES_ON_WITHIN = 120


@pytest.fixture
def amount(full: bool) -> int:
    return 4_000 if full else 200


@pytest.fixture
def seeds(full: bool) -> range:
    return range(10 if full else 3)


@pytest.fixture
def long_seeds(full: bool) -> range:
    """For what takes half a minute each, because schedulers do it in their own time."""
    return range(10 if full else 1)


@pytest.fixture
def port(sink: Sink, settings: Settings) -> int:  # noqa: F811
    return int(settings.MAILERS["default"]["OPTIONS"]["port"])


def approved() -> Promotion:
    """Due now, of an event in ten days at a place where it is noon: these tests run by the real clock."""
    now = timezone.now()
    event = make_event(make_group(), now=now, starts_at=now + 10 * DAY, time_zone=f"Etc/GMT{now.hour - 12:+d}")
    return make_promotion(event, state=PromotionState.APPROVED, now=now)


def launched() -> Promotion:
    return launch(promotion=approved(), now=timezone.now())


def start_anew(sink: Sink) -> None:  # noqa: F811
    """The same people, none of whom was ever mailed."""
    PromotionRecipient.objects.all().delete()
    OutgoingMail.objects.all().delete()
    MailBody.objects.all().delete()
    Promotion.objects.all().delete()
    Event.objects.all().delete()
    SendingPace.objects.all().delete()
    sink.messages.clear()


@contextmanager
def scheduler(port: int, **env: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A scheduler while the block lasts."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.events.scheduler", str(port)], env=environment(**env), stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        finally:
            process.kill()


def wait_until_sent(promotion: Promotion, *, within: float = GOES_ON_WITHIN) -> None:
    """Until nothing of it is queued or claimed any more."""
    deadline = time.monotonic() + within
    while True:
        states = states_about(promotion.key)
        if sum(states.values()) and not states[MailState.QUEUED] + states[MailState.CLAIMED]:
            return
        assert time.monotonic() < deadline, states
        time.sleep(0.1)


def judge(promotion: Promotion, sink: Sink, *, amount: int, held: int = 0) -> None:  # noqa: F811
    """None lost, none twice; what is called sent has arrived, and what is held is closed by staff."""
    promotion.refresh_from_db()
    states = states_about(promotion.key)
    assert sum(states.values()) == promotion.audience == amount
    assert (states[MailState.SENT], states[MailState.UNKNOWN]) == (amount - held, held)
    arrived = Counter(parseaddr(recipient)[1] for recipient in sink.recipients.elements())
    assert max(arrived.values()) == 1
    mails = OutgoingMail.objects.filter(body__about=promotion.key)
    sent = set(mails.filter(state=MailState.SENT).values_list("to_email", flat=True))
    kept = set(mails.held().values_list("to_email", flat=True))
    assert sent <= set(arrived) <= sent | kept
    everybody = set(promotion.recipients.values_list("email", flat=True))
    assert sent | kept == everybody
    finish_promotions(now=timezone.now())  # where no scheduler has done it
    assert Promotion.objects.get(pk=promotion.pk).state == (PromotionState.SENDING if held else PromotionState.SENT)
    for mail in mails.held():
        give_up(mail=mail, actor=make_staff())
    finish_promotions(now=timezone.now())
    assert Promotion.objects.get(pk=promotion.pk).state == PromotionState.SENT


# --- kill -9 --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_worker_loses_nobody_and_mails_nobody_twice(
    sink: Sink,  # noqa: F811
    port: int,
    amount: int,
    seeds: range,
    point: str,
) -> None:
    make_readers(amount)
    for seed in seeds:
        promotion = launched()
        with worker(point, port, random.Random(seed).randrange(amount // 2)) as process:
            assert process.wait(120) == -signal.SIGKILL
        if len(seeds) > 3:  # in full
            with scheduler(port):
                wait_until_sent(promotion)
        else:
            _let_the_next_one_go_on(promotion)
        judge(promotion, sink, amount=amount, held=1 if point in {"mid-message", "after the answer"} else 0)
        start_anew(sink)


def _let_the_next_one_go_on(promotion: Promotion) -> None:
    """What a scheduler does when the lease has run out, without the minute of waiting for it."""
    deadline = time.monotonic() + 30
    while states_about(promotion.key)[MailState.CLAIMED] == 0 and time.monotonic() < deadline:
        with connection.cursor() as cursor:  # Postgres ends the transaction of a dead client when it notices
            cursor.execute(f"SELECT count(*) {OTHER_CLIENTS} AND state <> 'idle'")
            if not cursor.fetchone()[0]:
                break
    let_leases_run_out()
    sweeps.recover_claims()
    deliver_until_idle(worker="the next", seconds=60)


def test_a_launch_that_is_killed_is_launched_whole_by_the_next(
    sink: Sink,  # noqa: F811
    port: int,
    amount: int,
    long_seeds: range,
) -> None:
    """Somewhere between the first recipient and the commit: nothing of it is there until all is."""
    make_readers(amount)
    for seed in long_seeds:
        promotion = approved()
        _kill_launch(after=random.Random(seed).choice(["take_recipients", "keep_words", "_queue_mails"]))
        assert not PromotionRecipient.objects.exists()
        assert not OutgoingMail.objects.exists()
        with scheduler(port):
            wait_until_sent(promotion)
        judge(promotion, sink, amount=amount)
        start_anew(sink)


def _kill_launch(*, after: str) -> None:
    script = f"""
import os, signal, django
django.setup()
from django.utils import timezone
from events import promoting
step = promoting.{after}
def step_and_die(*args, **options):
    step(*args, **options)
    os.kill(os.getpid(), signal.SIGKILL)
promoting.{after} = step_and_die
promoting.launch_due_promotions(now=timezone.now())
"""
    done = subprocess.run([sys.executable, "-c", script], env=environment(), timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL


# --- Redis and Postgres ---------------------------------------------------------------------------------------


def test_when_redis_was_emptied_the_schedulers_send(
    sink: Sink,  # noqa: F811
    port: int,
    amount: int,
    long_seeds: range,
    doorbells: Queue,  # noqa: F811
) -> None:
    make_readers(amount)
    for _seed in long_seeds:
        promotion = launched()
        doorbells.connection.flushdb()
        with scheduler(port):
            wait_until_sent(promotion)
        judge(promotion, sink, amount=amount)
        start_anew(sink)


def test_while_redis_is_away_promotions_are_launched_and_sent_all_the_same(
    sink: Sink,  # noqa: F811
    port: int,
    amount: int,
    long_seeds: range,
) -> None:
    make_readers(amount)
    for _seed in long_seeds:
        promotion = approved()
        with scheduler(port, REDIS_URL="redis://127.0.0.1:1"):
            wait_until_sent(promotion)
        judge(promotion, sink, amount=amount)
        start_anew(sink)


def test_when_postgres_drops_everybody_sending_goes_on(
    sink: Sink,  # noqa: F811
    port: int,
    amount: int,
    long_seeds: range,
    full: bool,
) -> None:
    """As in a restart: every connection ends, whatever it is about. A worker writes what it knows once it can again."""
    make_readers(amount)
    for seed in long_seeds:
        chance = random.Random(seed)
        promotion = launched()
        with scheduler(port):
            _wait_for_some(sink, chance.randrange(1, amount // 3))
            for _ in range(3):
                with connection.cursor() as cursor:
                    cursor.execute(f"SELECT pg_terminate_backend(pid) {OTHER_CLIENTS}")
                time.sleep(chance.random())
            if not full:
                let_leases_run_out()
            wait_until_sent(promotion)
        held = states_about(promotion.key)[MailState.UNKNOWN]
        assert held <= 3  # one message a connection that was dropped, at most
        judge(promotion, sink, amount=amount, held=held)
        start_anew(sink)


def _wait_for_some(sink: Sink, count: int) -> None:  # noqa: F811
    deadline = time.monotonic() + 60
    while len(sink.messages) < count and time.monotonic() < deadline:
        time.sleep(0.01)
    assert sink.messages


# --- the mail server ------------------------------------------------------------------------------------------


def test_a_burst_of_421_pauses_everybody_and_then_all_goes_out(
    sink: Sink,  # noqa: F811
    port: int,
    amount: int,
    long_seeds: range,
) -> None:
    make_readers(amount)
    for seed in long_seeds:
        refused = _refusing(after=random.Random(seed).randrange(amount // 2), times=2)
        sink.answer_data = refused
        promotion = launched()
        with scheduler(port), scheduler(port):
            wait_until_sent(promotion)
        judge(promotion, sink, amount=amount)
        assert OutgoingMail.objects.filter(body__about=promotion.key, attempts__gt=1).exists()
        start_anew(sink)


def _refusing(*, after: int, times: int) -> Callable[[str], str | None]:
    seen = [0]

    def answer(recipient: str) -> str | None:
        seen[0] += 1
        return "421 4.3.2 too busy" if after < seen[0] <= after + times else None

    return answer


# --- two at once ----------------------------------------------------------------------------------------------


def test_two_schedulers_send_each_mail_once(
    sink: Sink,  # noqa: F811
    port: int,
    amount: int,
    long_seeds: range,
) -> None:
    make_readers(amount)
    for _seed in long_seeds:
        promotion = approved()
        with scheduler(port), scheduler(port), worker("never", port), worker("never", port):
            wait_until_sent(promotion)
        judge(promotion, sink, amount=amount)
        start_anew(sink)


def _sent_by_two(sink: Sink) -> set[int]:  # noqa: F811
    """Two workers send: the second claims before the first has committed its claim. How often each mail arrived."""

    def send_too() -> None:
        try:
            _claim_and_send("second")
        finally:
            connections.close_all()

    thread = threading.Thread(target=send_too)
    with transaction.atomic():
        _claim_and_send("first")
        thread.start()
        deadline = time.monotonic() + 20
        while thread.is_alive() and time.monotonic() < deadline and not somebody_waits():
            time.sleep(0.01)
    thread.join(30)
    return set(sink.recipients.values())


def _claim_and_send(name: str) -> None:
    claim = claims.new_claim(name)
    with Courier(name) as courier:
        for mail in claims.claim_due(claim=claim, limit=10):
            assert courier._connect() is None
            assert claims.mark_going_out(mail, claim)
            courier._send(build_message(mail))


def test_without_the_lock_of_the_claim_two_workers_mail_the_same_people_and_with_it_they_do_not(
    sink: Sink,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_readers(20)
    with monkeypatch.context() as patch:
        patch.setattr(claims, "LOCK", "")
        launched()
        assert _sent_by_two(sink) == {2}  # the control: the race is there
    start_anew(sink)
    launched()
    assert _sent_by_two(sink) == {1}
    assert len(sink.recipients) == 20
