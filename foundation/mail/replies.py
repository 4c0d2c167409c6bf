"""What the other side's answer, or its silence, means for a mail."""

import enum
import re
import smtplib
from dataclasses import dataclass

import requests
from anymail.exceptions import AnymailAPIError, AnymailError

# RFC 3463: bad mailbox, bad domain, bad syntax, moved without address, null MX. Other 5xx may be about us.
_DEAD_ADDRESS = re.compile(r"\b5\.1\.(1|2|3|6|10)\b")


class Fate(enum.Enum):
    """What became of one attempt."""

    SENT = enum.auto()
    RETRY = enum.auto()
    FAILED = enum.auto()
    UNKNOWN = enum.auto()


@dataclass(frozen=True)
class Verdict:
    """The fate of one attempt, the other side's words, and what else follows from them."""

    fate: Fate
    error: str = ""
    # The server has trouble with us as such: all workers pause, and the connection is opened anew.
    is_about_the_server: bool = False
    # This address will never work: no more mail to it.
    is_dead_address: bool = False


SENT = Verdict(Fate.SENT)


def verdict_of(error: Exception, *, text_began: bool) -> Verdict:
    """What `error`, raised by a mail backend while sending one message to one address, means.

    `text_began` says whether the message's text may have begun to go out before it. Only then is a silence
    `unknown`; an answer, whichever, settles the matter.
    """
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, reply = next(iter(error.recipients.values()))
            return _of_reply(code, reply, is_of_recipient=True)
        case smtplib.SMTPResponseException() if error.smtp_code >= 400:
            return _of_reply(error.smtp_code, error.smtp_error)
        case AnymailError():
            return _of_provider(error)
        case smtplib.SMTPException() | OSError():
            return _of_silence(error, text_began=text_began)
    # ValueError and TypeError come from making the message: trying again would give the same.
    is_unsendable = isinstance(error, (ValueError, TypeError)) or not text_began
    return Verdict(Fate.FAILED if is_unsendable else Fate.UNKNOWN, f"cannot be sent as it is ({type(error).__name__})")


def is_about_dead_address(status: str) -> bool:
    """Does a status of RFC 3463 ("5.1.1") say that the address will never work?"""
    return bool(_DEAD_ADDRESS.search(status))


def _of_reply(code: int, reply: bytes | str, *, is_of_recipient: bool = False) -> Verdict:
    text = f"{code} {reply.decode(errors='replace') if isinstance(reply, bytes) else reply}"
    if code >= 500:
        return Verdict(Fate.FAILED, text, is_dead_address=is_of_recipient and bool(_DEAD_ADDRESS.search(text)))
    return Verdict(Fate.RETRY, text, is_about_the_server=code == 421)


def _of_provider(error: AnymailError) -> Verdict:
    if not isinstance(error, AnymailAPIError):
        return Verdict(Fate.FAILED, f"the mail provider does not take it ({type(error).__name__})")
    status = error.status_code
    if status is None:  # no answer over HTTP; was there a connection at all?
        cause = error.__cause__
        never_connected = isinstance(cause, requests.ConnectTimeout) or "NewConnectionError" in repr(cause)
        return _of_silence(error, text_began=not never_connected)
    text = f"the mail provider answered {status}"
    if status in {401, 403, 408, 429, 503}:  # our key, our rate, its overload: nothing was taken
        return Verdict(Fate.RETRY, text, is_about_the_server=True)
    if status >= 500 or status < 400:  # it may have taken the mail before it broke, or answered what nobody can read
        return Verdict(Fate.UNKNOWN, text, is_about_the_server=True)
    return Verdict(Fate.FAILED, text)


def _of_silence(error: Exception, *, text_began: bool) -> Verdict:
    fate = Fate.UNKNOWN if text_began else Fate.RETRY
    return Verdict(fate, f"no answer ({type(error).__name__})", is_about_the_server=True)
