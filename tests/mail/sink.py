"""A real SMTP server on a free port of this machine that keeps what it is given, and fails as it is told."""

import threading
from asyncio import Server, WriteTransport
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

type Answer = Callable[[str], str | None]


class Sink:
    """What arrived, and what to answer. `answer_rcpt` and `answer_data` get the recipient; None takes the mail."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.senders: list[str] = []  # of their envelopes
        self.last_bytes = b""
        self.connections = 0
        self.answer_rcpt: Answer = lambda recipient: None
        self.answer_data: Answer = lambda recipient: None
        # So many recipients get no answer: the connection is cut.
        self.hang_up_at_rcpt = 0
        # Does it say that it takes several commands at once (RFC 2920), as most mail servers do?
        self.says_pipelining = True
        self.lock = threading.Lock()

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return [*responses[:-1], *(["250-PIPELINING"] if self.says_pipelining else []), responses[-1]]

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.hang_up_at_rcpt:
            self.hang_up_at_rcpt -= 1
            _cut(server)
        if answer := self.answer_rcpt(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.answer_data(envelope.rcpt_tos[0])
        if answer == "hang up after taking it":
            self._take(envelope)
            _cut(server)
            return "250 nobody hears this"
        if answer:
            return answer
        self._take(envelope)
        return "250 OK"

    def _take(self, envelope: Envelope) -> None:
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        with self.lock:
            self.messages.append(message)
            self.senders.append(str(envelope.mail_from))
            self.last_bytes = envelope.content

    @property
    def recipients(self) -> Counter[str]:
        """How often each address got something."""
        return Counter(str(message["To"]) for message in self.messages)


def _cut(server: SMTP) -> None:
    assert isinstance(server.transport, WriteTransport)
    server.transport.abort()


class _OnAnyFreePort(Controller):
    def _trigger_server(self) -> None:
        assert isinstance(self.server, Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def running_sink() -> Iterator[tuple[Sink, int]]:
    """The sink and its port while the block lasts."""
    sink = Sink()
    controller = _OnAnyFreePort(sink, hostname="127.0.0.1", port=0)
    controller.start()
    try:
        yield sink, controller.port
    finally:
        controller.stop()
