"""Putting mails into the outbox, and what a human may do about one that was held."""

import logging
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import uuid4

from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import Case, F, QuerySet, TextField, Value, When
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language
from redis.exceptions import RedisError

from foundation.audit.models import Actor, record

from .addresses import domain_of, normalise_address
from .models import MailState, OutgoingMail, Priority
from .suppression import is_suppressed

logger = logging.getLogger("network.mail")

# While this is set in the cache, a job that will send everything due is on its way.
DOORBELL = "mail:doorbell"
DOORBELL_SECONDS = 10

_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
# These are made from the row's own columns.
_OWN_HEADERS = {
    "bcc", "cc", "date", "from", "list-unsubscribe", "list-unsubscribe-post", "message-id", "reply-to", "sender",
    "subject", "to",
}  # fmt: skip


class InvalidMailError(ValueError):
    """A part of the mail cannot be sent as it is: a line break in a header, a NUL byte, an empty body."""


class MailStateError(Exception):
    """The mail is not in a state in which this can be done."""


def queue_mail(
    *,
    to: str,
    subject: str,
    text: str,
    html: str = "",
    purpose: str,
    scope: str = "network",
    wider_scopes: Sequence[str] = (),
    to_name: str = "",
    from_name: str = "",
    language: str | None = None,
    reply_to: str = "",
    key: str | None = None,
    headers: Mapping[str, str] | None = None,
    is_transactional: bool = False,
    priority: Priority = Priority.SOON,
    now: datetime | None = None,
) -> OutgoingMail:
    """Put one mail into the outbox, in the caller's transaction; it is sent after the commit.

    `purpose` says in words what the mail is ("watch confirmation"). `scope` is what its one-click unsubscribe ends
    ("group:17"), `wider_scopes` what else its unsubscribe page offers ("promotions"). A `key` makes the call safe to
    repeat: a second mail of the same key is not made, the first is returned. `language` is that of the text, by
    default the active one. `is_transactional` is for what the person asks for at this moment (a sign-in code), or is
    owed: it goes first (unless it is Priority.BULK: one of many that many are owed), carries no unsubscribe link, and
    goes out even to a suppressed address, because the wish is newer.
    Any other mail to a suppressed address is kept as `suppressed` and never sent. `now` (UTC) is when it is due.

    Raises InvalidAddressError, and InvalidMailError for what would break or inject a header. Needs no Redis.
    """
    now = now or timezone.now()
    address = normalise_address(to)
    key = key or uuid4().hex
    mail = OutgoingMail(
        key=key,
        purpose=purpose,
        scope=scope,
        wider_scopes=list(wider_scopes),
        is_transactional=is_transactional,
        priority=Priority.NOW if is_transactional and priority != Priority.BULK else priority,
        to_email=address,
        to_name=one_line(to_name, "name"),
        from_name=one_line(from_name, "name"),
        reply_to=normalise_address(reply_to) if reply_to else "",
        subject=one_line(subject, "subject"),
        text=_body(text),
        html=_body(html) if html else "",
        language=language or get_language() or settings.LANGUAGE_CODE,
        headers=_checked_headers(headers or {}),
        message_id=message_id_of(key),
        keeps_body=settings.MAIL_KEEP_BODIES,
        next_attempt_at=now,
        created_at=now,
    )
    if not is_transactional and is_suppressed(address, scope, *wider_scopes):
        mail.state = MailState.SUPPRESSED
        if not mail.keeps_body:
            mail.empty_body()
    # A key that exists already is no error, also when two requests make it at the same moment.
    OutgoingMail.objects.bulk_create([mail], ignore_conflicts=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, state, created_at FROM mail_outgoingmail WHERE key = %s", [key])
        mail.pk, *written = cursor.fetchone()
    if written != [mail.state, mail.created_at]:
        mail = OutgoingMail.objects.get(pk=mail.pk)
    if mail.state == MailState.QUEUED:
        ring_after_commit()
    return mail


def one_line(value: str, what: str) -> str:
    """`value` as a header can carry it. Raises InvalidMailError for line breaks, NUL bytes and over-long text."""
    value = str(value).strip()
    if re.search(r"[\r\n\x00\v\f\x1c-\x1e\x85\u2028\u2029]", value):
        raise InvalidMailError(f"a line break in the {what}")
    limit = 255 if what == "subject" else 200
    if len(value) > limit:
        raise InvalidMailError(f"the {what} has more than {limit} characters")
    return value


def _body(value: str) -> str:
    value = str(value)
    if not value.strip() or "\x00" in value:
        raise InvalidMailError("an empty body, or one with a NUL byte")
    return value


def _checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    for name in headers:
        if not _HEADER_NAME.fullmatch(name) or name.lower() in _OWN_HEADERS:
            raise InvalidMailError("a header that may not be set here")
    return {name: one_line(value, "header") for name, value in headers.items()}


def message_id_of(key: str) -> str:
    """Derived, so that every attempt at one mail carries the same; keyed, so that it tells nothing of the key."""
    digest = salted_hmac("foundation.mail.message-id", key, algorithm="sha256").hexdigest()[:32]
    return f"<{digest}@{domain_of(settings.DEFAULT_FROM_EMAIL)}>"


def call_off(*, scope: str, purpose: str = "", to: Collection[str] | None = None) -> int:
    """Send no more of the mails of this very scope (and purpose) that have not begun to go out; returns how many.

    `to` are the addresses, normalised, of the only person whose mails are meant; all by default.

    They become `suppressed`. Runs in the caller's transaction. What is going out at this moment is sent, and so is
    what somebody asked for or is owed (transactional mails).
    """
    mails = OutgoingMail.objects.filter(scope=scope)
    if purpose:
        mails = mails.filter(purpose=purpose)
    if to is not None:
        mails = mails.filter(to_email__in=to)
    return call_off_mails(mails)


def call_off_mails(mails: "QuerySet[OutgoingMail]") -> int:
    """Of `mails` send no more that have not begun to go out, as `call_off`; returns how many."""
    waiting = mails.filter(went_out_at__isnull=True, is_transactional=False)
    emptied = {
        name: Case(When(keeps_body=True, then=F(name)), default=Value(""), output_field=TextField())
        for name in ("text", "html")
    }
    return waiting.filter(state__in=[MailState.QUEUED, MailState.CLAIMED]).update(
        state=MailState.SUPPRESSED, claimed_by="", lease_until=None, error="called off", **emptied
    )


# --- The doorbell ---------------------------------------------------------------------------------------------


def ring_after_commit() -> None:
    """Have a worker look into the outbox once this transaction is committed; once, however many mails it queues."""
    if not any(hook is ring for _, hook, *_ in connection.run_on_commit):
        transaction.on_commit(ring)


def ring() -> None:
    """Enqueue the job that sends what is due, unless one is on its way.

    Redis may be away: the sweeper (`foundation.mail.sweeps`) then sends instead, some seconds later.
    """
    from .jobs import deliver_mail

    try:
        if cache.add(DOORBELL, 1, timeout=DOORBELL_SECONDS):
            deliver_mail.delay()
    except RedisError:
        logger.warning("the doorbell of the outbox does not ring; the sweeper will send")


# --- What a human may decide about a held mail ----------------------------------------------------------------


@transaction.atomic
def resend(*, mail: OutgoingMail, actor: Actor, now: datetime | None = None) -> OutgoingMail:
    """Send a mail of unknown fate, or a failed one, once more; somebody has decided that a double does less harm.

    Raises MailStateError where it is in another state or its body is gone.
    """
    mail = OutgoingMail.objects.select_for_update().get(pk=mail.pk)
    if mail.state not in {MailState.UNKNOWN, MailState.FAILED} or not mail.can_be_read:
        raise MailStateError(f"{mail} cannot be sent again")
    record(actor=actor, action="resent mail", subject=f"mail:{mail.pk}", was=mail.state)
    mail.state = MailState.QUEUED
    mail.attempts = 0
    mail.claimed_by = mail.error = ""
    mail.went_out_at = None
    mail.next_attempt_at = now or timezone.now()
    mail.save()
    ring_after_commit()
    return mail


@transaction.atomic
def give_up(*, mail: OutgoingMail, actor: Actor) -> OutgoingMail:
    """Close a mail of unknown fate without sending it again. Raises MailStateError where it is in another state."""
    mail = OutgoingMail.objects.select_for_update().get(pk=mail.pk)
    if mail.state != MailState.UNKNOWN:
        raise MailStateError(f"{mail} is not held")
    record(actor=actor, action="gave up mail", subject=f"mail:{mail.pk}")
    mail.state = MailState.FAILED
    mail.claimed_by = ""
    if not mail.keeps_body:
        mail.empty_body()
    mail.save()
    return mail
