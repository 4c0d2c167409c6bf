"""Django's SMTP backend, which here also knows whether a message's text had begun to go out."""

import smtplib
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.mail.backends.smtp import EmailBackend

from .letters import Letter

DONE, DONE_ELSEWHERE, GO_ON, CLOSING = 250, 251, 354, 421
"""Replies of RFC 5321: taken; taken, and passed on; send the text now; the server closes the connection."""


class _Watched:
    """Notes when the DATA command of a message is given; mixed into smtplib's connections."""

    text_began = False

    def mail(self, *args: Any, **options: Any) -> Any:
        self.text_began = False
        return super().mail(*args, **options)  # type: ignore[misc]

    def data(self, *args: Any) -> Any:
        self.text_began = True
        return super().data(*args)  # type: ignore[misc]


class _WatchedSMTP(_Watched, smtplib.SMTP):
    pass


class _WatchedSMTPOverTLS(_Watched, smtplib.SMTP_SSL):
    pass


class SMTPBackend(EmailBackend):
    """To be named in MAILERS. With any other backend a silence always counts as "the text may have gone out"."""

    _has_begun = False

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _WatchedSMTPOverTLS if self.use_ssl else _WatchedSMTP

    def begin_letter(self, letter: Letter) -> None:
        """Send the envelope of a letter, where the server takes several commands at once (RFC 2920).

        Its text goes out by `finish_letter`. Raises what smtplib does.
        """
        self.open()
        smtp = self._connected()
        smtp.ehlo_or_helo_if_needed()
        smtp.text_began = False
        self._has_begun = smtp.has_extn("pipelining")
        if self._has_begun:
            size = f" SIZE={len(letter.content)}" if smtp.has_extn("size") else ""
            commands = f"MAIL FROM:<{letter.sender}>{size}", f"RCPT TO:<{letter.recipient}>", "DATA", ""
            smtp.send("\r\n".join(commands))

    def finish_letter(self, letter: Letter) -> None:
        """Send what is left of a letter that was begun. Raises what smtplib does where it is not taken."""
        smtp = self._connected()
        if not self._has_begun:
            smtp.sendmail(letter.sender, [letter.recipient], letter.content)
            return
        self._has_begun = False
        answers = [smtp.getreply() for _command in range(3)]
        if refused := _refusal(letter, answers):
            self._leave(is_in_text=answers[2][0] == GO_ON, codes=[code for code, _words in answers])
            raise refused
        smtp.text_began = True
        smtp.send(_with_end(letter.content))
        code, words = smtp.getreply()
        if code != DONE:
            self._leave(is_in_text=False, codes=[code])
            raise smtplib.SMTPDataError(code, words)

    def cut(self) -> None:
        """End the connection without a word more, with a letter begun of which nothing may go out."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def _connected(self) -> Any:
        if self.connection is None:
            raise smtplib.SMTPServerDisconnected("no connection")
        return self.connection

    def _leave(self, *, is_in_text: bool, codes: Iterable[int]) -> None:
        """Have the server forget a letter that it did not take. It waits for a text, or closes: a new connection."""
        if is_in_text or CLOSING in codes:
            self.cut()
        else:
            self._connected().rset()

    @property
    def text_began(self) -> bool:
        """Had the text of the last message begun to go out? Ask after its sending failed."""
        return self.connection is not None and bool(getattr(self.connection, "text_began", True))


def _refusal(letter: Letter, answers: Sequence[tuple[int, bytes]]) -> smtplib.SMTPException | None:
    """What the answers to MAIL, RCPT and DATA say against a letter."""
    (sender, of_sender), (recipient, of_recipient), (data, of_data) = answers
    if sender != DONE:
        return smtplib.SMTPSenderRefused(sender, of_sender, letter.sender)
    if recipient not in (DONE, DONE_ELSEWHERE):
        return smtplib.SMTPRecipientsRefused({letter.recipient: (recipient, of_recipient)})
    if data != GO_ON:
        return smtplib.SMTPDataError(data, of_data)
    return None


def _with_end(content: bytes) -> bytes:
    """A text as it goes over the line: leading dots doubled, ended by a dot alone (RFC 5321, 4.5.2)."""
    dotted = content.replace(b"\r\n.", b"\r\n..")
    return dotted + (b".\r\n" if dotted.endswith(b"\r\n") else b"\r\n.\r\n")
