"""A mail server of our own, and mails to send through it."""

from collections.abc import Callable, Iterator
from typing import Any

import django_rq
import pytest
from django.core.cache import cache
from pytest_django import Settings
from rq import Queue

from foundation.mail.models import OutgoingMail
from foundation.mail.outbox import queue_mail

from .sink import Sink, running_sink

type MakeMail = Callable[..., OutgoingMail]


@pytest.fixture
def sink(settings: Settings) -> Iterator[Sink]:
    """A real SMTP server, and this process set to send through it."""
    with running_sink() as (sink, port):
        settings.MAILERS = smtp_mailers(port)
        yield sink


def smtp_mailers(port: int) -> dict[str, Any]:
    options = {"host": "127.0.0.1", "port": port, "timeout": 10}
    return {"default": {"BACKEND": "foundation.mail.smtp.SMTPBackend", "OPTIONS": options}}


@pytest.fixture
def doorbells() -> Queue:
    """RQ's queue of mail jobs, with no job in it and no doorbell rung."""
    queue = django_rq.get_queue("mail")
    queue.connection.flushdb()
    cache.clear()
    return queue


@pytest.fixture
def make_mail() -> MakeMail:
    """Queue a mail that says little; every part can be given."""
    return some_mail


def some_mail(to: str = "alice@example.org", **parts: Any) -> OutgoingMail:
    values = {"subject": "Hello", "text": "Hello there.", "purpose": "test", "language": "en", **parts}
    return queue_mail(to=to, **values)
