"""Many mails that say the same: one body for each language, and a slim row for each recipient.

A body is rendered once. What differs from mail to mail, the greeting and the unsubscribe link, is put in when the mail
goes out (foundation.mail.messages), so that 4,000 mails are queued by one statement within a second.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import Count

from .addresses import normalise_address
from .models import MailBody, MailState, OutgoingMail, Priority
from .outbox import call_off_mails, message_id_of, one_line, ring_after_commit


class BulkRecipient(NamedTuple):
    """One of many: the key that makes repetition harmless, the normalised address, the name that is greeted."""

    key: str
    to: str
    name: str
    language: str


def keep_body(
    *,
    about: str,
    language: str,
    subject: str,
    text: str,
    html: str = "",
    greeting_by_name: str = "",
    greeting: str = "",
) -> MailBody:
    """Write down what all mails about `about` ("promotion:17") say in `language`.

    Written again, it replaces what was there: mails that have not gone out say the new words.
    """
    words = {
        "subject": one_line(subject, "subject"),
        "text": text,
        "html": html,
        "greeting_by_name": greeting_by_name,
        "greeting": greeting,
    }
    body, _is_new = MailBody.objects.update_or_create(about=about, language=language, defaults=words)
    OutgoingMail.objects.filter(body=body, state=MailState.QUEUED).exclude(subject=body.subject).update(
        subject=body.subject
    )
    return body


# Whoever is suppressed already is written down as such and never sent to, so that all recipients are accounted for.
_QUEUE = """
INSERT INTO mail_outgoingmail (
    key, message_id, to_email, to_name, body_id, subject, language, state, purpose, scope, wider_scopes,
    is_transactional, priority, from_name, reply_to, text, html, headers, provider_id, keeps_body, attempts,
    next_attempt_at, claimed_by, error, created_at)
SELECT r.key, r.message_id, r.address, r.name, b.id, b.subject, b.language,
       CASE WHEN EXISTS (
           SELECT FROM mail_suppression s WHERE s.address = r.address AND s.scope = ANY(%(scopes)s)
       ) THEN 'suppressed' ELSE 'queued' END,
       %(purpose)s, %(scope)s, %(wider_scopes)s, false, %(priority)s, %(from_name)s, %(reply_to)s, '', '', '{}', '',
       %(keeps_body)s, 0, %(now)s, '', '', %(now)s
FROM unnest(%(keys)s::text[], %(message_ids)s::text[], %(addresses)s::text[], %(names)s::text[], %(bodies)s::bigint[])
    WITH ORDINALITY AS r (key, message_id, address, name, body_id, place)
JOIN mail_mailbody b ON b.id = r.body_id
ORDER BY r.place
ON CONFLICT (key) DO NOTHING
"""


def queue_many(
    *,
    bodies: Mapping[str, MailBody],
    recipients: Collection[BulkRecipient],
    purpose: str,
    scope: str,
    wider_scopes: Sequence[str] = (),
    from_name: str = "",
    reply_to: str = "",
    now: datetime,
) -> int:
    """Put a mail for each of `recipients` into the outbox, in their order, by one statement; returns how many are new.

    `bodies` are by language and must have each recipient's. The rest is as in `outbox.queue_mail`. A key that exists
    already makes no second mail. Raises KeyError for a language without a body, InvalidMailError for a line break in
    `from_name`.
    """
    values: dict[str, Any] = {
        "keys": [one.key for one in recipients],
        "message_ids": [message_id_of(one.key) for one in recipients],
        "addresses": [one.to for one in recipients],
        # A name that somebody typed with a line break in it must not stop all the others.
        "names": [" ".join(one.name.split())[:200] for one in recipients],
        "bodies": [bodies[one.language].pk for one in recipients],
        "scopes": ["", scope, *wider_scopes],
        "purpose": purpose,
        "scope": scope,
        "wider_scopes": list(wider_scopes),
        "priority": Priority.BULK.value,
        "from_name": one_line(from_name, "name"),
        "reply_to": normalise_address(reply_to) if reply_to else "",
        "keeps_body": settings.MAIL_KEEP_BODIES,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_QUEUE, values)
        count = int(cursor.rowcount)
    if count:
        ring_after_commit()
    return count


def hold(about: str) -> None:
    """Claim none of the mails about `about` until `release`. What is being sent at this moment goes out."""
    MailBody.objects.filter(about=about).update(is_held=True)


def release(about: str) -> None:
    """Send the mails about `about` again."""
    MailBody.objects.filter(about=about).update(is_held=False)
    ring_after_commit()


def call_off_about(about: str, *, to: Collection[str] | None = None) -> int:
    """Send no more of the mails about `about` (to the addresses `to`) that have not begun to go out, as `call_off`."""
    mails = OutgoingMail.objects.filter(body__about=about)
    return call_off_mails(mails if to is None else mails.filter(to_email__in=to))


def states_about(about: str) -> dict[MailState, int]:
    """How many of the mails about `about` stand where; every state is named."""
    rows = OutgoingMail.objects.filter(body__about=about).values_list("state").annotate(Count("pk")).order_by()
    return dict.fromkeys(MailState, 0) | {MailState(state): count for state, count in rows}
