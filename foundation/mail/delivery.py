"""Sending what is due in the outbox: claim, commit, send, write the result of each message."""

import logging
import os
import socket
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Any, Self

from django.core.mail import EmailMultiAlternatives, mailers
from django.db import InterfaceError, OperationalError, connection

from . import claims, pace
from .messages import build_message
from .models import MailState, OutgoingMail, SuppressionReason
from .replies import SENT, Fate, Verdict, verdict_of
from .suppression import EVERYTHING, suppress

logger = logging.getLogger("network.mail")

# Small, so that a sign-in code never waits long behind a batch.
BATCH = 20
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
    total, deadline = Delivered(), time.monotonic() + seconds
    with Courier(worker) as courier:
        while (left := deadline - time.monotonic()) > 0:
            done = courier.deliver_due(limit=BATCH, overdue_by=overdue_by)
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


class Courier:
    """Sends batches over one connection to the mail server, opened when first needed and closed at the end."""

    def __init__(self, worker: str) -> None:
        self.worker = worker
        self.backend: Any = None
        self.last_used = 0.0

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
        for position, mail in enumerate(batch):
            verdict = self._deliver(mail, claim, done)
            if verdict and verdict.is_about_the_server:
                self._hang_up()
                pace.pause()
                untried = batch[position:]
                _persistently(partial(claims.release, untried, claim))
                pace.give_back(len(untried) - 1)
                done.wait = pace.pause_left()
                break
        if done.states[MailState.SENT]:
            pace.resume()
        return done

    def _deliver(self, mail: OutgoingMail, claim: str, done: Delivered) -> Verdict | None:
        """Send one claimed mail and write what became of it. None where the claim had been lost."""
        try:
            message = build_message(mail)
        except Exception as error:  # whatever it is, it would be the same at the next attempt
            return self._settle(mail, claim, verdict_of(error, text_began=False), done)
        if trouble := self._connect():
            return trouble
        if not claims.mark_going_out(mail, claim):
            return None
        verdict = self._send(message)
        status = getattr(message, "anymail_status", None)
        return self._settle(mail, claim, verdict, done, provider_id=str(getattr(status, "message_id", None) or ""))

    def _connect(self) -> Verdict | None:
        """Have an open connection; else the trouble, of which no mail is the cause."""
        if self.backend and time.monotonic() - self.last_used > IDLE_SECONDS:
            self._hang_up()
        if self.backend is None:
            try:
                self.backend = mailers.default
                self.backend.open()
            except Exception as error:
                logger.warning("the mail server does not let us in (%s)", type(error).__name__)
                return Verdict(Fate.RETRY, is_about_the_server=True)
        return None

    def _send(self, message: EmailMultiAlternatives) -> Verdict:
        try:
            taken = self.backend.send_messages([message])
        except Exception as error:
            return verdict_of(error, text_began=getattr(self.backend, "text_began", True))
        finally:
            self.last_used = time.monotonic()
        return Verdict(Fate.FAILED, "the mail backend declined") if taken == 0 else SENT

    def _settle(
        self, mail: OutgoingMail, claim: str, verdict: Verdict, done: Delivered, *, provider_id: str = ""
    ) -> Verdict:
        state = _persistently(partial(claims.write_fate, mail, claim, verdict, provider_id=provider_id))
        done.states[state] += 1
        if verdict.is_dead_address:
            suppress(address=mail.to_email, scope=EVERYTHING, reason=SuppressionReason.BOUNCED)
        if verdict.fate is not Fate.SENT:
            logger.info("mail %s: %s", mail.pk, state)
        return verdict

    def _hang_up(self) -> None:
        backend, self.backend = self.backend, None
        if backend:
            try:
                backend.close()
            except Exception as error:  # it was on its way out in any case
                logger.info("the mail server did not say goodbye (%s)", type(error).__name__)


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
