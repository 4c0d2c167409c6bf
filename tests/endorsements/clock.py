"""The passing of time for polls. The database's own clock decides there, so it is the poll that moves into the past.

Everything the poll holds moves by the same span: opening, closing time, entries, and the texts that name these times,
with their hashes. Receipts from before are therefore those of another chain afterwards.
"""

import datetime
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from endorsements.ledger import canonical, hold, in_utc, sha256
from endorsements.models import EntryKind, Poll

SECOND = datetime.timedelta(seconds=1)


def let_time_pass(poll: Poll, *, until_close: datetime.timedelta = -SECOND) -> None:
    """Have it be `until_close` before the closing time of `poll`: by default a second after it."""
    with transaction.atomic(), without_guards():
        held = hold(poll)
        _move(Poll.objects.get(pk=poll.pk), held.now + until_close - held.closes_at)
    poll.refresh_from_db()


@contextmanager
def without_guards() -> Iterator[None]:
    """No trigger and no foreign key looks on, for the rest of the transaction at the longest."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def _move(poll: Poll, span: datetime.timedelta) -> None:
    assert poll.opened_at is not None
    poll.opened_at += span
    poll.closes_at += span
    frozen = json.loads(poll.snapshot)
    for name in ("opened_at", "closes_at"):
        frozen[name] = _moved(frozen[name], span)
    poll.snapshot = canonical(frozen)
    poll.snapshot_hash = poll.head = sha256(poll.snapshot)
    for entry in poll.ledger.order_by("sequence"):
        said: dict[str, Any] = {**json.loads(entry.text), "previous": poll.head}
        for name in ("at", *(["closes_at"] if entry.kind == EntryKind.EXTENDED else [])):
            said[name] = _moved(said[name], span)
        entry.at += span
        entry.closes_at = entry.closes_at + span if entry.closes_at else None
        entry.previous, entry.text = poll.head, canonical(said)
        entry.hash = poll.head = sha256(entry.text)
        entry.save()
    poll.save()
    for ballot in poll.ballots.all():
        ballot.cast_at += span
        ballot.struck_at = ballot.struck_at + span if ballot.struck_at else None
        ballot.save()
    for choice in poll.choices.filter(closed_at__isnull=False):
        choice.closed_at = choice.closed_at + span if choice.closed_at else None
        choice.save()


def _moved(moment: str, span: datetime.timedelta) -> str:
    return in_utc(datetime.datetime.fromisoformat(moment) + span)
