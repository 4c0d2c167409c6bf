"""The chain of what happened to an agreement, as rows: each event carries the hash of the one before."""

import datetime
from typing import Any

from ..models import Agreement, AgreementEvent
from .links import Chain, ChainLink, event_sha256


def append_event(agreement: Agreement, kind: str, *, now: datetime.datetime, **data: Any) -> AgreementEvent:
    """Add an event to the chain, in the caller's transaction, which holds the lock on the agreement's row."""
    last = agreement.events.order_by("-number").first()
    number, previous = (last.number + 1, last.sha256) if last else (1, "")
    event = next_event(agreement, kind, number=number, previous=previous, now=now, **data)
    event.save(force_insert=True)
    return event


def next_event(
    agreement: Agreement, kind: str, *, number: int, previous: str, now: datetime.datetime, **data: Any
) -> AgreementEvent:
    """The event with this number after the one whose hash is `previous`. Not saved."""
    sha256 = event_sha256(
        reference=agreement.reference, number=number, kind=kind, at=in_utc(now), data=data, previous=previous
    )
    return AgreementEvent(
        agreement=agreement, number=number, kind=kind, at=now, data=data, previous=previous, sha256=sha256
    )


def chain_of(agreement: Agreement) -> Chain:
    """The chain from its beginning."""
    events = agreement.events.order_by("number")
    links = [ChainLink(e.number, e.kind, in_utc(e.at), e.data, e.previous, e.sha256) for e in events]
    return Chain(agreement.reference, links)


def in_utc(moment: datetime.datetime) -> str:
    """ "2026-06-01T12:00:00.000000+00:00"."""
    return moment.astimezone(datetime.UTC).isoformat(timespec="microseconds")
