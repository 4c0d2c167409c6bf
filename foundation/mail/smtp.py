"""Django's SMTP backend, which here also knows whether a message's text had begun to go out."""

import smtplib
from typing import Any

from django.core.mail.backends.smtp import EmailBackend

from .letters import Letter


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

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _WatchedSMTPOverTLS if self.use_ssl else _WatchedSMTP

    def send_letter(self, letter: Letter) -> None:
        """Send a message that is written already. Raises what smtplib does where it is not taken."""
        self.open()
        if self.connection is None:
            raise smtplib.SMTPServerDisconnected("no connection")
        self.connection.sendmail(letter.sender, [letter.recipient], letter.content)

    @property
    def text_began(self) -> bool:
        """Had the text of the last message begun to go out? Ask after its sending failed."""
        return self.connection is not None and bool(getattr(self.connection, "text_began", True))
