"""The doorbell of documents: Redis carries a row's id, Postgres the row."""

import datetime
import logging
import os
import socket
from uuid import uuid4

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Now
from django_rq import job
from redis.exceptions import RedisError

from .models import Document

logger = logging.getLogger("network.documents")

# A document that has waited this long was not announced, or the workers have more than enough to do.
OVERDUE = datetime.timedelta(seconds=10)


@job("default")
def make_document(document_id: int) -> None:
    """Make one document. Safe to run twice: what another worker makes is left to it."""
    from .making import make

    make(document_id=document_id, worker=f"{socket.gethostname()[:60]}:{os.getpid()}:{uuid4().hex[:8]}")


def ring_after_commit(document_id: int) -> None:
    """Have a worker make the document once this transaction is committed."""
    transaction.on_commit(lambda: _ring(document_id))


def ring_for_lost() -> None:
    """The sweep: every document whose doorbell or worker was lost."""
    overdue = Document.objects.without_worker().filter(requested_at__lt=Now() - Value(OVERDUE))
    for document_id in overdue.order_by("pk").values_list("pk", flat=True)[:100]:
        _ring(document_id)


def forget_expired() -> None:
    """The sweep that deletes documents whose time is over."""
    Document.objects.expired().delete()


def _ring(document_id: int) -> None:
    try:
        make_document.delay(document_id)
    except RedisError:
        logger.warning("the doorbell of documents does not ring; the sweeper will ring it")
