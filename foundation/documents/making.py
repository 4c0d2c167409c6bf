"""What a worker does: it claims a document, has its sheet built and drawn, and writes the PDF into the row.

It commits the claim before it begins, so that one that dies leaves a lease that runs out. What it writes at the end
it writes only while the claim is still its own.
"""

import hashlib
import logging
import traceback
from datetime import timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Value
from django.db.models.functions import Now
from django.utils import translation

from .kinds import kind_of
from .models import Document, DocumentState
from .rendering import render_pdf

logger = logging.getLogger("network.documents")

LEASE = timedelta(minutes=3)
MAX_CLAIMS = 3
"""After so many workers have died over it, a document has failed."""


def make(*, document_id: int, worker: str) -> None:
    """Make one document, unless another worker does or it is made. `worker` is unique to this call.

    Raises OperationalError where the database went away: the claim then runs out, and the sweep has it made anew.
    """
    document = _claim(document_id, worker)
    if document is None:
        return
    try:
        kind = kind_of(document.kind)
        with translation.override(document.language):
            built = kind.build(document.subject)
        content = built if isinstance(built, bytes) else render_pdf(built)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        # Neither the message nor the values: both may hold what stands in the document.
        where = "".join(traceback.format_tb(error.__traceback__))
        logger.error("document %s failed: %s\n%s", document.pk, type(error).__name__, where)
        _settle(document, state=DocumentState.FAILED, error=type(error).__name__)
        return
    _settle(
        document,
        state=DocumentState.READY,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        made_at=Now(),
    )


def _claim(document_id: int, worker: str) -> Document | None:
    """The document with this worker's name on it, or None where it is not to be had."""
    with transaction.atomic():
        free = Document.objects.without_worker().select_for_update(skip_locked=True, of=("self",))
        document = free.filter(pk=document_id).first()
        if document is None:
            return None
        if document.claims >= MAX_CLAIMS:
            document.let_go(DocumentState.FAILED)
            document.error = "WorkerDied"
            document.save()
            return None
        Document.objects.filter(pk=document_id).update(
            state=DocumentState.RENDERING,
            claimed_by=worker,
            lease_until=Now() + Value(LEASE),
            claims=F("claims") + 1,
        )
    return Document.objects.get(pk=document_id)


def _settle(document: Document, *, state: DocumentState, **what: object) -> bool:
    """Write what became of it. False where the claim was lost: another worker has it, or its subject was erased."""
    ours = Document.objects.filter(pk=document.pk, claimed_by=document.claimed_by, state=DocumentState.RENDERING)
    return bool(ours.update(state=state, claimed_by="", lease_until=None, **what))
