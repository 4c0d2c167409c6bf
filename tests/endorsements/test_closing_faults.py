"""The worker is killed and Redis is away at the closing time: the sweeper closes the poll, from Postgres alone."""

import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.db import connection

from endorsements.exporting import export_json
from endorsements.models import Poll, PollNoticeKind, PollState
from endorsements.recount import recount
from tests.mail.test_faults import OTHER_CLIENTS, environment

from .clock import let_time_pass
from .polling import cast_for, groups_of, make_open_poll

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

AWAY = "redis://127.0.0.1:1"

# A process that dies in the transaction of the close, with the result written and not committed.
DIES_WHILE_CLOSING = """
import os, signal
import django
django.setup()
from endorsements import signals
from endorsements.closing import close_due_polls
signals.poll_closed.connect(lambda **rest: os.kill(os.getpid(), signal.SIGKILL), weak=False)
close_due_polls()
"""


def state_of(poll: Poll) -> str:
    return Poll.objects.get(pk=poll.pk).state


def until(what: str, is_so: object) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + 60
    while not is_so():  # type: ignore[operator]
        assert time.monotonic() < deadline, f"never {what}"
        time.sleep(0.05)


def has_no_open_transactions() -> bool:
    """Postgres ends the transaction of a dead client when it notices."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT NOT EXISTS (SELECT {OTHER_CLIENTS} AND state <> 'idle')")
        return bool(cursor.fetchone()[0])


@pytest.fixture
def poll(db: None) -> Poll:
    """An open poll with two ballots of three, for the same candidate."""
    poll = make_open_poll(groups=3)
    for group in groups_of(poll)[:2]:
        cast_for(poll, group, 1)
    return poll


def test_the_sweeper_closes_a_poll_at_its_time_while_redis_is_away(poll: Poll) -> None:
    command = [sys.executable, "manage.py", "sweep"]
    sweeper = subprocess.Popen(command, env=environment(REDIS_URL=AWAY))
    try:
        let_time_pass(poll, until_close=timedelta(seconds=1))
        until("closed", lambda: state_of(poll) == PollState.CLOSED)
        # No worker is there either: the mails to all contacts are in the outbox all the same.
        until("told", lambda: poll.notices.filter(kind=PollNoticeKind.CLOSED, queued_at__isnull=False).exists())
    finally:
        sweeper.send_signal(signal.SIGTERM)
        assert sweeper.wait(60) == 0
    poll.refresh_from_db()
    assert poll.closed_at is not None
    assert poll.closed_at >= poll.closes_at
    assert poll.recommended_votes == 2


def test_a_process_that_is_killed_while_it_closes_leaves_the_poll_open_for_the_next(poll: Poll) -> None:
    let_time_pass(poll)
    env = environment(REDIS_URL=AWAY)
    died = subprocess.run([sys.executable, "-c", DIES_WHILE_CLOSING], env=env, check=False, timeout=60)
    assert died.returncode == -signal.SIGKILL
    until("given up", has_no_open_transactions)
    assert state_of(poll) == PollState.OPEN
    assert poll.ledger.count() == 2

    subprocess.run([sys.executable, "manage.py", "sweep", "--once"], env=env, check=True, timeout=60)
    poll.refresh_from_db()
    assert poll.state == PollState.CLOSED
    assert len(recount(export_json(poll)).ballots) == 2
