"""Asking for a document, asking again, and forgetting those about somebody who goes."""

import datetime

from django.db import transaction

from foundation.accounts.language import present_language
from foundation.accounts.models import User
from foundation.audit.models import record

from .jobs import ring_after_commit
from .kinds import kind_of
from .models import UNFINISHED, Document, DocumentState


class DocumentStateError(Exception):
    """The document is not in a state in which this can be done."""


def request_document(
    *, kind: str, subject: str, actor: User | None, now: datetime.datetime, language: str = ""
) -> Document:
    """Have a worker make a document about `subject` in `language` (by default the active one).

    While the same one is being made for the same `actor`, that one is returned. `actor` is None for somebody who is
    not signed in: whoever then has the document's address may open it. Whether they may ask at all the caller has
    seen to. Raises KeyError for an unknown kind.
    """
    with transaction.atomic():
        document, is_new = Document.objects.get_or_create(
            kind=kind,
            subject=subject,
            language=language or present_language(),
            requested_by=actor,
            state__in=UNFINISHED,
            defaults={"state": DocumentState.REQUESTED, "requested_at": now, "expires_at": now + kind_of(kind).keep},
        )
        if is_new:
            ring_after_commit(document.pk)
            if actor:
                record(actor=actor, action="asked for document", subject=f"document:{document.pk}", kind=kind)
    return document


def try_again(*, document: Document, now: datetime.datetime) -> Document:
    """Have a document that could not be made tried once more. It gets a new address.

    Raises DocumentStateError for any other."""
    with transaction.atomic():
        failed = Document.objects.select_for_update(of=("self",)).filter(pk=document.pk, state=DocumentState.FAILED)
        if not failed:
            raise DocumentStateError(f"{document} has not failed")
        failed.delete()
        return request_document(
            kind=document.kind,
            subject=document.subject,
            actor=document.requested_by,
            language=document.language,
            now=now,
        )


def forget_documents(*, subject: str = "", user: User | None = None) -> int:
    """Delete every document about `subject`, and every one that `user` asked for; returns how many."""
    gone = 0
    if subject:
        gone += Document.objects.filter(subject=subject).delete()[0]
    if user:
        gone += Document.objects.filter(requested_by=user).delete()[0]
    return gone
