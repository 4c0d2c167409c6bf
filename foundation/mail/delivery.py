"""Sending what is due in the outbox: claim, commit, send, write the result of each message."""

import logging
import os
import socket
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Any, Self

from django.core.mail import EmailMultiAlternatives, mailers
from django.db import InterfaceError, OperationalError, connection

from . import claims, pace
from .letters import Letter, Letters
from .messages import build_message
from .models import MailState, OutgoingMail, SuppressionReason
from .replies import SENT, Fate, Verdict, verdict_of
from .smtp import SMTPBackend
from .suppression import EVERYTHING, suppress

logger = logging.getLogger("network.mail")

# Small, so that a sign-in code never waits long behind a batch. Where mails go out fast, a batch is a second's work.
BATCH = 20
LARGEST_BATCH = 100
# A connection that nobody used for longer may have been closed at the other end.
IDLE_SECONDS = 5
# The database may restart while we hold an answer that it has not heard yet.
WRITE_PATIENCE_SECONDS = 30


@dataclass
class Delivered:
    """What one round did: how many mails it claimed, their states after it, and when to come again."""

    claimed: int = 0
    states: Counter[MailState] = field(default_factory=Counter)
    # Seconds until more may be sent, where the rate limit or a pause is the reason for stopping.
    wait: float = 0.0
    # Time was up before the queue was empty.
    is_cut_short: bool = False


def this_worker() -> str:
    """The name of this process in the claims that it makes."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}"


def deliver_due(
    *, worker: str, limit: int = BATCH, now: datetime | None = None, overdue_by: timedelta = timedelta()
) -> Delivered:
    """Send up to `limit` mails that are due at `now` (UTC, by default the present), one connection for all of them.

    Any number of workers on any number of machines may call it at once. `overdue_by` leaves out what has been due
    for less. Raises only where the database does not answer.
    """
    with Courier(worker) as courier:
        return courier.deliver_due(limit=limit, now=now, overdue_by=overdue_by)


def deliver_until_idle(*, worker: str, seconds: float, overdue_by: timedelta = timedelta()) -> Delivered:
    """Send until nothing is due, a pause lies ahead, or `seconds` are over; one connection throughout."""
    total, deadline, limit = Delivered(), time.monotonic() + seconds, BATCH
    with Courier(worker) as courier:
        while (left := deadline - (began := time.monotonic())) > 0:
            done = courier.deliver_due(limit=limit, overdue_by=overdue_by)
            limit = _worth_a_second(done.claimed, time.monotonic() - began)
            total.claimed += done.claimed
            total.states += done.states
            total.wait = done.wait
            if done.wait:
                if done.wait > min(left, IDLE_SECONDS):
                    break
                time.sleep(done.wait)
            elif not done.claimed:
                break
        else:
            total.is_cut_short = True
    return total


def _worth_a_second(sent: int, seconds: float) -> int:
    """How many to claim next, when so many took so long."""
    return min(LARGEST_BATCH, max(BATCH, int(sent / max(seconds, 0.001))))


@dataclass(frozen=True)
class _Taken:
    """A mail that the server has just taken; that it is sent is yet to be written down."""

    mail: OutgoingMail
    claim: str
    provider_id: str


class Courier:
    """Sends batches over one connection to the mail server, opened when first needed and closed at the end."""

    def __init__(self, worker: str) -> None:
        self.worker = worker
        self.backend: Any = None
        self.last_used = 0.0
        self.taken: _Taken | None = None
        self.letters = _letters()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hang_up()

    def deliver_due(self, *, limit: int, now: datetime | None = None, overdue_by: timedelta = timedelta()) -> Delivered:
        """Send one batch; see `deliver_due` of this module."""
        allowance = pace.take(limit)
        if not allowance.amount:
            return Delivered(wait=allowance.wait)
        claim = claims.new_claim(self.worker)
        batch = claims.claim_due(claim=claim, limit=allowance.amount, now=now, overdue_by=overdue_by)
        pace.give_back(allowance.amount - len(batch))
        done = Delivered(claimed=len(batch))
        try:
            self._deliver_all(batch, claim, done)
        finally:
            self._write_taken(done)
        if done.states[MailState.SENT]:
            pace.resume()
        return done

    def _deliver_all(self, batch: list[OutgoingMail], claim: str, done: Delivered) -> None:
        """Send one claimed mail after the other, unless the server has trouble with us: then the rest goes back."""
        made = _one_ahead((mail, self._make(mail)) for mail in batch)
        for position, (mail, message) in enumerate(made):
            verdict = self._deliver(mail, message, claim, done)
            if verdict and verdict.is_about_the_server:
                self._write_taken(done)
                self._hang_up()
                pace.pause()
                untried = batch[position:]
                _persistently(partial(claims.release, untried, claim))
                pace.give_back(len(untried) - 1)
                done.wait = pace.pause_left()
                break

    def _make(self, mail: OutgoingMail) -> "Letter | EmailMultiAlternatives | Verdict":
        """What goes out for this mail; the verdict where nothing can be made of it."""
        try:
            return (self.letters and self.letters.write(mail)) or build_message(mail)
        except Exception as error:  # whatever it is, it would be the same at the next attempt
            return verdict_of(error, text_began=False)

    def _deliver(
        self, mail: OutgoingMail, message: "Letter | EmailMultiAlternatives | Verdict", claim: str, done: Delivered
    ) -> Verdict | None:
        """Send one claimed mail and see to it that what became of it is written. None where the claim had been lost."""
        if isinstance(message, Verdict):
            return self._settle(mail, claim, message, done)
        if trouble := self._connect():
            return trouble
        # The envelope goes out while the database writes; of the text nothing does before that is committed.
        marking = self._begin_mark(mail, claim, done)
        trouble = self._begin(message)
        if not marking():
            self._cut()
            return None
        verdict = trouble or self._send(message)
        if verdict is not SENT:
            return self._settle(mail, claim, verdict, done)
        status = getattr(message, "anymail_status", None)
        self.taken = _Taken(mail, claim, str(getattr(status, "message_id", None) or ""))
        return verdict

    def _begin_mark(self, mail: OutgoingMail, claim: str, done: Delivered) -> Callable[[], bool]:
        """Begin to mark that this mail goes out, and with that to write what became of the one before.

        What is returned waits for it. False: do not send. Nothing else is asked of the database before.
        """
        taken, self.taken = self.taken, None
        if taken is None:
            is_ours = claims.mark_going_out(mail, claim)
            return lambda: is_ours
        write = partial(claims.write_sent_and_mark, taken.mail, mail, claim, provider_id=taken.provider_id)
        underway = _unless_away(write)

        def is_marked() -> bool:
            is_ours = _unless_away(underway.answer) if underway else None
            if is_ours is None:
                is_ours = _persistently(lambda: write().answer())
            done.states[MailState.SENT] += 1
            return is_ours

        return is_marked

    def _write_taken(self, done: Delivered) -> None:
        """Write that the last mail was sent, where no other follows that could be marked with it."""
        taken, self.taken = self.taken, None
        if taken:
            self._settle(taken.mail, taken.claim, SENT, done, provider_id=taken.provider_id)

    def _connect(self) -> Verdict | None:
        """Have an open connection; else the trouble, of which no mail is the cause."""
        if self.backend and time.monotonic() - self.last_used > IDLE_SECONDS:
            self._hang_up()
        try:
            self.backend = self.backend or mailers.default
            # Also where it was cut: a connection that a backend opens while it sends, it closes by itself, and then
            # nobody knows whether the text had begun to go out.
            self.backend.open()
        except Exception as error:
            logger.warning("the mail server does not let us in (%s)", type(error).__name__)
            return Verdict(Fate.RETRY, is_about_the_server=True)
        return None

    def _begin(self, message: "Letter | EmailMultiAlternatives") -> Verdict | None:
        """Send the envelope, where that goes by itself; else the trouble with it."""
        try:
            if isinstance(message, Letter):
                self.backend.begin_letter(message)
        except Exception as error:
            return verdict_of(error, text_began=False)
        return None

    def _send(self, message: "Letter | EmailMultiAlternatives") -> Verdict:
        try:
            if isinstance(message, Letter):
                self.backend.finish_letter(message)
                return SENT
            taken = self.backend.send_messages([message])
        except Exception as error:
            return verdict_of(error, text_began=getattr(self.backend, "text_began", True))
        finally:
            self.last_used = time.monotonic()
        return Verdict(Fate.FAILED, "the mail backend declined") if taken == 0 else SENT

    def _settle(
        self, mail: OutgoingMail, claim: str, verdict: Verdict, done: Delivered, *, provider_id: str = ""
    ) -> Verdict:
        self._write_taken(done)
        state = _persistently(partial(claims.write_fate, mail, claim, verdict, provider_id=provider_id))
        done.states[state] += 1
        if verdict.is_dead_address:
            suppress(address=mail.to_email, scope=EVERYTHING, reason=SuppressionReason.BOUNCED)
        if verdict.fate is not Fate.SENT:
            logger.info("mail %s: %s", mail.pk, state)
        return verdict

    def _cut(self) -> None:
        """Leave a mail whose envelope is out, and of which nothing more may follow."""
        if isinstance(self.backend, SMTPBackend):
            self.backend.cut()

    def _hang_up(self) -> None:
        backend, self.backend = self.backend, None
        if backend:
            try:
                backend.close()
            except Exception as error:  # it was on its way out in any case
                logger.info("the mail server did not say goodbye (%s)", type(error).__name__)


def _letters() -> Letters | None:
    """Who writes letters for our own backend; a provider with an API makes what it needs of Django's message."""
    try:
        return Letters() if type(mailers.default) is SMTPBackend else None
    except Exception:  # no connection will be had either, and that is told then
        return None


def _one_ahead[T](items: Iterable[T]) -> Iterator[T]:
    """`items`, each given when the next is made already: so nothing is made between an answer and its writing."""
    made: deque[T] = deque()
    for item in items:
        made.append(item)
        if len(made) > 1:
            yield made.popleft()
    yield from made


def _unless_away[T](ask: Callable[[], T]) -> T | None:
    """`ask()`; None where the database is away, and may be asked again."""
    try:
        return ask()
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block:
            raise
        return None


def _persistently[T](write: Callable[[], T]) -> T:
    """`write()`, again over a new connection while the database is away, for WRITE_PATIENCE_SECONDS at most."""
    deadline = time.monotonic() + WRITE_PATIENCE_SECONDS
    while True:
        try:
            return write()
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block or time.monotonic() > deadline:
                raise
            connection.close()
            time.sleep(0.5)
