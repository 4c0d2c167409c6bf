"""The bytes of one of many mails, ready for the mail server.

Python takes milliseconds to write one message, and mails of one body differ in little. So the message is written once
for all of them, with slots, and each mail only fills these: its address, its Message-ID, its date, its greeting and its
unsubscribe link. What a reader gets is what foundation.mail.messages makes (tests/mail/test_letters.py).
"""

import re
import time
from copy import copy
from datetime import UTC, datetime
from email import quoprimime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache
from secrets import token_hex
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.timezone import get_current_timezone

from .messages import GREETING_MARK, build_message, escaped, greeting_of, mailbox, with_unsubscribe_link
from .models import MailBody, OutgoingMail
from .return_path import return_path_of
from .unsubscribe import unsubscribe_url

# Nobody can write these into a mail: they are made anew in each process.
_SECRET = token_hex(16)
_GREETING, _HTML_GREETING, _LINK = (f"{slot}.{_SECRET}" for slot in ("greeting", "html", "link"))
_SLOTS = re.compile(f"((?:greeting|html|link)\\.{_SECRET})")

# The headers that are each mail's own; those of the content are written here too.
_OWN_HEADERS = {"to", "date", "message-id", "list-unsubscribe", "mime-version", "content-type"}

# What stands in a header as it is. All else takes the long way through Python's email package.
_PLAIN_ADDRESS = re.compile(r"[a-z0-9_+-]+(\.[a-z0-9_+-]+)*@[a-z0-9-]+(\.[a-z0-9-]+)+", re.ASCII | re.IGNORECASE)
_PLAIN_NAME = re.compile(r"[A-Za-z0-9'-]+( [A-Za-z0-9'-]+)*")
_LONGEST_LINE = 76

# Quoted-printable (RFC 2045, 6.7): lines of 76 characters with the "=" that joins a line to the next.
_JOIN = b"=\r\n"
_QUOTED_LINE = 75
_NEEDS_NO_QUOTES = re.compile(rb"[!-<>-~ ]*[!-<>-~]")


class Letter(NamedTuple):
    """One message to one address: the sender and the recipient on its envelope, and all of its bytes."""

    sender: str
    recipient: str
    content: bytes


class Letters:
    """Writes letters, and remembers what they have in common; to be kept for a minute at most, as names change."""

    def __init__(self) -> None:
        self._stencils: dict[tuple[Any, ...], _Stencil] = {}

    def write(self, mail: OutgoingMail) -> Letter | None:
        """The letter of this mail; None where `build_message` must make it.

        Raises ValueError where the row makes no valid message.
        """
        body = mail.body
        if body is None or mail.text or mail.headers or mail.is_transactional:
            return None
        key = (body.text, body.html, mail.subject, mail.language, mail.scope, mail.from_name, mail.reply_to)
        if not _PLAIN_ADDRESS.fullmatch(mail.to_email) or not mail.message_id.isascii():
            return None
        stencil = self._stencils.get(key)
        if stencil is None:
            stencil = self._stencils[key] = _Stencil(mail, body)
        return stencil.fill(mail, body)


class _Stencil:
    """The message of a body, of which each mail fills the slots."""

    def __init__(self, mail: OutgoingMail, body: MailBody) -> None:
        specimen = copy(mail)
        specimen.to_name = ""
        built = build_message(specimen)
        message = built.message(policy=SMTP)
        self.policy = message.policy
        # Without a return path of its own; else that of each mail.
        self.sender = _address_of(built.from_email)
        text, html = with_unsubscribe_link(mail, body.text, body.html, _LINK)
        text, html = text.replace(GREETING_MARK, _GREETING, 1), html.replace(GREETING_MARK, _HTML_GREETING, 1)
        written = b"".join([*_shared_headers(message), *_content(text, html)])
        self.pieces = [piece.encode() for piece in _SLOTS.split(written.decode("ascii"))]

    def fill(self, mail: OutgoingMail, body: MailBody) -> Letter | None:
        """The letter of one mail of this body; None where something in it cannot be written as it is."""
        url, greeting = unsubscribe_url(mail), greeting_of(mail, body)
        sender = return_path_of(mail) or self.sender
        if not _PLAIN_ADDRESS.fullmatch(sender) or not url.isascii():
            return None
        slots = {
            _GREETING.encode(): _quoted(greeting),
            _HTML_GREETING.encode(): _quoted(escaped(greeting)),
            _LINK.encode(): _in_lines(url.encode()),
        }
        own = f"Message-ID: {mail.message_id}\r\nDate: {_date()}\r\nList-Unsubscribe: <{url}>\r\n".encode("ascii")
        return Letter(
            sender, mail.to_email, b"".join([self._to(mail), own, *(slots.get(piece, piece) for piece in self.pieces)])
        )

    def _to(self, mail: OutgoingMail) -> bytes:
        line = f"To: {mail.to_name} <{mail.to_email}>" if mail.to_name else f"To: {mail.to_email}"
        is_plain = not mail.to_name or _PLAIN_NAME.fullmatch(mail.to_name)
        if is_plain and len(line) <= _LONGEST_LINE:
            return f"{line}\r\n".encode("ascii")
        name, value = self.policy.header_store_parse("To", mailbox(mail.to_name, mail.to_email))
        return self.policy.fold_binary(name, value)


def _address_of(sender: str) -> str:
    """The bare address of `Name <address>`."""
    return sender.rpartition("<")[2].rstrip("> ")


def _date() -> str:
    """Now, as Django writes it."""
    return _date_of(int(time.time()))


@lru_cache(maxsize=4)
def _date_of(second: int) -> str:
    return format_datetime(
        datetime.fromtimestamp(second, get_current_timezone() if settings.EMAIL_USE_LOCALTIME else UTC)
    )


def _shared_headers(message: EmailMessage) -> list[bytes]:
    headers = [(name, value) for name, value in message.raw_items() if name.lower() not in _OWN_HEADERS]
    return [message.policy.fold_binary(name, value) for name, value in headers if not name.startswith("Content-")]


def _content(text: str, html: str) -> list[bytes]:
    """The rest of the message: one part, or the text and the HTML as alternatives."""
    head = b"MIME-Version: 1.0\r\n"
    if not html:
        return [head, _part("plain", text)]
    # Quoted-printable never has "=_", so no line of the parts can be taken for it (RFC 2045, 6.7).
    boundary = f"=_{token_hex(8)}".encode()
    head += b'Content-Type: multipart/alternative; boundary="%b"\r\n\r\n' % boundary
    parts = b"".join(b"--%b\r\n%b\r\n" % (boundary, part) for part in (_part("plain", text), _part("html", html)))
    return [head, parts, b"--%b--\r\n" % boundary]


def _part(kind: str, words: str) -> bytes:
    head = f'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    lines = "\r\n".join([*re.split("\r\n|\r|\n", words.removesuffix("\n")), ""])
    quoted, before = head.encode(), ""
    for piece in _SLOTS.split(lines):
        # Each piece is quoted by itself. Where two of them meet within a line, the "=" joins them.
        if before and piece and not before.endswith("\n") and not piece.startswith("\r"):
            quoted += _JOIN
        quoted, before = quoted + _quoted(piece), piece or before
    return quoted


@lru_cache(maxsize=512)
def _quoted(words: str) -> bytes:
    """`words` in quoted-printable; of greetings many are alike."""
    written = words.encode()
    if _NEEDS_NO_QUOTES.fullmatch(written):
        return _in_lines(written)
    return quoprimime.body_encode(written.decode("latin-1"), _QUOTED_LINE, "\r\n").encode("ascii")


def _in_lines(written: bytes) -> bytes:
    """What needs no quotes, in lines that are not too long."""
    if len(written) <= _QUOTED_LINE:
        return written
    return _JOIN.join(written[at : at + _QUOTED_LINE - 1] for at in range(0, len(written), _QUOTED_LINE - 1))
