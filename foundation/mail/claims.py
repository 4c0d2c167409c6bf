"""Who is sending which mail: every change of a mail's state between the queue and its fate.

A worker claims some mails with a lease and commits; before a message's text may go out it marks that, and
commits; afterwards it writes what became of it. Each step holds only while the claim is still its own, so a worker
that was given up for dead, and comes back, sends nothing twice. All times are the database's.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import Case, DateTimeField, F, Func, Q, Value, When, prefetch_related_objects

from .models import MailState, OutgoingMail
from .refusals import refusal_sql
from .replies import Fate, Verdict
from .underway import Underway

LEASE = timedelta(seconds=60)
# How long after each refused attempt the next one comes; after the last of these the mail has failed: two days.
RETRY_AFTER = [timedelta(seconds=s) for s in (10, 30, 60, 300, 900, 3600)] + [timedelta(hours=4)] * 12

# Without it two workers claim the same mails; tests take it away to show that.
LOCK = "FOR UPDATE SKIP LOCKED"

# Suppression is looked at here once more, in the statement that claims: whoever unsubscribed a moment ago is left out.
# So is whatever else the app above asks of its mails (foundation.mail.refusals).
_CLAIM = """
WITH due AS (
    SELECT id,
           NOT is_transactional AND (EXISTS (
               SELECT 1 FROM mail_suppression s
               WHERE s.address = to_email AND (s.scope = '' OR s.scope = m.scope OR s.scope = ANY(m.wider_scopes))
           ) OR {refusal}) AS is_refused
    FROM mail_outgoingmail m
    WHERE state = 'queued' AND next_attempt_at <= coalesce(%(now)s::timestamptz, clock_timestamp()) - %(overdue_by)s
      AND (body_id IS NULL OR body_id NOT IN (SELECT b.id FROM mail_mailbody b WHERE b.is_held))
    ORDER BY priority, next_attempt_at, id
    LIMIT %(limit)s
    {lock}
)
UPDATE mail_outgoingmail mail SET
    state = CASE WHEN is_refused THEN 'suppressed' ELSE 'claimed' END,
    claimed_by = %(claim)s,
    lease_until = CASE WHEN NOT is_refused THEN clock_timestamp() + %(lease)s END,
    text = CASE WHEN is_refused AND NOT keeps_body THEN '' ELSE text END,
    html = CASE WHEN is_refused AND NOT keeps_body THEN '' ELSE html END
FROM due WHERE mail.id = due.id
RETURNING mail.*
"""


class Clock(Func):
    """The database's present time, also within a transaction."""

    template = "clock_timestamp()"
    output_field = DateTimeField()


def new_claim(worker: str) -> str:
    """A name for one claim of one worker; no other ever has it."""
    return f"{worker[:80]}/{uuid4().hex}"


def claim_due(
    *, claim: str, limit: int, now: datetime | None = None, overdue_by: timedelta = timedelta()
) -> list[OutgoingMail]:
    """Claim up to `limit` due mails, the most urgent first, and commit.

    `now` (UTC) is the moment by which they must be due, by default the present; `overdue_by` takes only those that
    have been due for as long. Mails whose address is suppressed become `suppressed` and are not returned.
    """
    values = {"now": now, "overdue_by": overdue_by, "limit": limit, "claim": claim, "lease": LEASE}
    rows = OutgoingMail.objects.raw(_CLAIM.format(lock=LOCK, refusal=refusal_sql()), values)
    claimed = [mail for mail in rows if mail.state == MailState.CLAIMED]
    prefetch_related_objects([mail for mail in claimed if mail.body_id], "body")
    return sorted(claimed, key=lambda mail: (mail.priority, mail.next_attempt_at, mail.pk))


def is_more_due_than(count: int) -> bool:
    """Are more mails than this due, which nobody has claimed?"""
    due = OutgoingMail.objects.filter(state=MailState.QUEUED, next_attempt_at__lte=Clock())
    return due.order_by("priority", "next_attempt_at", "pk")[count : count + 1].exists()


def mark_going_out(mail: OutgoingMail, claim: str) -> bool:
    """Note and commit that the text may go out from now on. False where the claim was lost: do not send."""
    return bool(
        OutgoingMail.objects.filter(pk=mail.pk, claimed_by=claim, state=MailState.CLAIMED).update(
            went_out_at=Clock(), lease_until=Clock() + Value(LEASE), attempts=F("attempts") + 1
        )
    )


# One commit for two mails (migrations/0004_sent_and_mark.py).
_WRITE_SENT_AND_MARK = "SELECT mail_write_sent_and_mark(%(sent)s, %(following)s, %(claim)s, %(provider_id)s, %(lease)s)"


def write_sent_and_mark(sent: OutgoingMail, following: OutgoingMail, claim: str, *, provider_id: str = "") -> Underway:
    """`write_fate` of a mail that was sent, and `mark_going_out` of the `following` one, in one statement, begun.

    Its answer is what `mark_going_out` returns: False means that the following mail must not be sent.
    """
    values: dict[str, Any] = {
        "sent": sent.pk, "following": following.pk, "claim": claim, "provider_id": provider_id[:200],
        "lease": LEASE,
    }  # fmt: skip
    return Underway(_WRITE_SENT_AND_MARK, values)


def release(mails: list[OutgoingMail], claim: str) -> None:
    """Put claimed mails that were not tried back into the queue."""
    OutgoingMail.objects.filter(
        pk__in=[mail.pk for mail in mails], claimed_by=claim, state=MailState.CLAIMED, went_out_at__isnull=True
    ).update(state=MailState.QUEUED, claimed_by="", lease_until=None)


def write_fate(mail: OutgoingMail, claim: str, verdict: Verdict, *, provider_id: str = "") -> MailState:
    """Write what became of one attempt and return the mail's state by it.

    A late answer is welcome: a mail that became `unknown` because its lease ran out gets its true fate. Once
    somebody has decided about it (`resend`, `give_up`) the claim is gone and nothing is written.
    """
    state = _STATE_BY_FATE[verdict.fate]
    changes: dict[str, object] = {"state": state, "lease_until": None, "error": verdict.error[:300]}
    if verdict.fate is Fate.RETRY:
        if mail.attempts < len(RETRY_AFTER):
            changes |= {
                "went_out_at": None,
                "claimed_by": "",
                "next_attempt_at": Clock() + Value(RETRY_AFTER[mail.attempts]),
            }
        else:
            state = changes["state"] = MailState.FAILED
    if verdict.fate is Fate.SENT:
        changes |= {"sent_at": Clock(), "provider_id": provider_id[:200]}
        if not mail.keeps_body:
            changes |= {"text": "", "html": ""}
    OutgoingMail.objects.filter(pk=mail.pk, claimed_by=claim, state__in=[MailState.CLAIMED, MailState.UNKNOWN]).update(
        **changes
    )
    return state


_STATE_BY_FATE = {
    Fate.SENT: MailState.SENT,
    Fate.RETRY: MailState.QUEUED,
    Fate.FAILED: MailState.FAILED,
    Fate.UNKNOWN: MailState.UNKNOWN,
}


@transaction.atomic
def recover_expired_claims() -> int:
    """Settle the mails of workers that died: not yet gone out is queued again, else it is unknown and held.

    Returns how many there were. What somebody is writing at this moment is left to them, and to the next call.
    """
    expired = OutgoingMail.objects.filter(state=MailState.CLAIMED, lease_until__lt=Clock())
    # A worker that is only late writes two mails at once: to wait for the one and have the other is a deadlock.
    free = list(expired.select_for_update(skip_locked=True).values_list("pk", flat=True))
    return OutgoingMail.objects.filter(pk__in=free).update(
        state=Case(When(went_out_at__isnull=True, then=Value(MailState.QUEUED)), default=Value(MailState.UNKNOWN)),
        claimed_by=Case(When(went_out_at__isnull=True, then=Value("")), default=F("claimed_by")),
        error=Case(When(went_out_at__isnull=True, then=F("error")), default=Value("the worker ended while sending")),
        lease_until=None,
    )


def empty_old_bodies(*, older_than: timedelta) -> int:
    """Forget what settled mails say that nobody has decided to send again; returns how many."""
    return OutgoingMail.objects.filter(
        ~Q(text=""),
        ~Q(state__in=[MailState.QUEUED, MailState.CLAIMED]),
        keeps_body=False,
        created_at__lt=Clock() - Value(older_than),
    ).update(text="", html="")
