"""The mail backend of `./dev run`: nothing leaves the machine, everything can be read."""

import sys
from collections.abc import Sequence
from typing import Any, TextIO

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class OutboxConsoleBackend(BaseEmailBackend):
    """Prints each mail's recipient, subject and text, and says that it is sent. The outbox page shows the rest."""

    def __init__(self, stream: TextIO | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.stream = stream or sys.stdout

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            lines = "\n".join(f"  │ {line}" for line in str(message.body).strip().splitlines())
            self.stream.write(f"\n  ┌ Mail to {', '.join(message.to)}: {message.subject}\n{lines}\n  └\n")
        self.stream.flush()
        return len(email_messages)
