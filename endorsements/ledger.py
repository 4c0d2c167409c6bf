"""The ledger of a poll: who may write the next entry, at what time, and the exact text that is hashed.

The lock on the poll's row is the line in which all stand who cast, extend, strike, withdraw and close. The time is the
database's, read behind that lock. The triggers of migrations/0002_guards.py check all of it again.
"""

import datetime
import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, connection

from foundation.audit.models import Actor

from .models import EligibleGroup, EntryKind, Poll, PollChoice, PollEntry, PollState
from .refusals import PollError, is_closed, is_not_open, is_void, refusal

# The clock is asked outside of the part that waits for the lock: inside, it would be read before the wait.
_HOLD = """
WITH held AS MATERIALIZED (
    SELECT id, race_id, slug, state, closes_at, entries, head FROM endorsements_poll WHERE id = %s FOR NO KEY UPDATE
)
SELECT held.*, clock_timestamp() FROM held
"""


@dataclass(frozen=True, slots=True)
class HeldPoll:
    """What an entry depends on, as it is until the end of the transaction that holds the poll. `now` is the
    database's time at which it got hold of it (UTC)."""

    id: int
    race_id: int
    slug: str
    state: str
    closes_at: datetime.datetime
    entries: int
    head: str
    now: datetime.datetime

    @property
    def is_over(self) -> bool:
        """Has the closing time passed?"""
        return self.now >= self.closes_at


def hold(poll: Poll) -> HeldPoll:
    """Lock the poll's row until the transaction ends. The snapshot, which may be long, is left where it is."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [poll.pk])
        row = cursor.fetchone()
    if row is None:
        raise Poll.DoesNotExist
    return HeldPoll(*row)


def hold_open(poll: Poll) -> HeldPoll:
    """As `hold`. Raises PollError where the poll is not open, or its closing time has passed."""
    held = hold(poll)
    if held.state == PollState.CLOSED or (held.state == PollState.OPEN and held.is_over):
        raise PollError(is_closed())
    if held.state == PollState.VOID:
        raise PollError(is_void())
    if held.state != PollState.OPEN:
        raise PollError(is_not_open())
    return held


def write_entry(
    held: HeldPoll,
    kind: EntryKind,
    *,
    by: Actor | None,
    seat: EligibleGroup | None = None,
    choice: PollChoice | None = None,
    closes_at: datetime.datetime | None = None,
    words: str = "",
) -> PollEntry:
    """Write the next entry of the held poll. Who acted is kept beside the hashed text, never in it.

    Raises PollError for what the database refuses; the transaction is then good for nothing but its end.
    """
    said: dict[str, Any] = {
        "poll": held.slug,
        "sequence": held.entries + 1,
        "kind": kind.value,
        "at": in_utc(held.now),
        "previous": held.head,
        "nonce": secrets.token_hex(16),
    }
    if seat is not None:
        said["group"] = seat.number
    if choice is not None:
        said["choice"] = choice.position
    if closes_at is not None:
        said["closes_at"] = in_utc(closes_at)
    if kind in (EntryKind.EXTENDED, EntryKind.STRUCK):
        said["because"] = words
    text = canonical(said)
    entry = PollEntry(
        poll_id=held.id, sequence=held.entries + 1, kind=kind, at=held.now, eligible=seat, choice=choice,
        closes_at=closes_at, words=words, by=f"user:{by.pk}" if by else "system", text=text, previous=held.head,
        hash=sha256(text),
    )  # fmt: skip
    try:
        entry.save(force_insert=True)
    except IntegrityError as error:
        raise refusal(error) or error from error
    return entry


def canonical(said: Any) -> str:
    """JSON whose bytes are settled: keys sorted, no space between, no letter escaped that need not be."""
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256(text: str) -> str:
    """The hash of a text in UTF-8, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def in_utc(moment: datetime.datetime) -> str:
    """ "2026-06-01T12:00:00.000000+00:00"."""
    return moment.astimezone(datetime.UTC).isoformat(timespec="microseconds")
