"""The chain of what happened to an agreement: each event carries the hash of the one before.

Whoever holds the events can check the chain with nothing but SHA-256 and JSON: `event_sha256` is the whole rule.
"""

import datetime
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ..models import Agreement, AgreementEvent


class ChainLink(NamedTuple):
    """An event as it stands in the certificate of completion."""

    number: int
    kind: str
    at: str
    data: Mapping[str, Any]
    previous: str
    sha256: str


def event_sha256(*, reference: str, number: int, kind: str, at: str, data: Mapping[str, Any], previous: str) -> str:
    """SHA-256 of the event as JSON: keys sorted, no space between, UTF-8. `at` is UTC in ISO 8601 with microseconds."""
    event = {"agreement": reference, "number": number, "kind": kind, "at": at, "data": data, "previous": previous}
    return hashlib.sha256(
        json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    ).hexdigest()


def append_event(agreement: Agreement, kind: str, *, now: datetime.datetime, **data: Any) -> AgreementEvent:
    """Add an event to the chain, in the caller's transaction, which holds the lock on the agreement's row."""
    last = agreement.events.order_by("-number").first()
    number, previous = (last.number + 1, last.sha256) if last else (1, "")
    sha256 = event_sha256(
        reference=agreement.reference, number=number, kind=kind, at=in_utc(now), data=data, previous=previous
    )
    return AgreementEvent.objects.create(
        agreement=agreement, number=number, kind=kind, at=now, data=data, previous=previous, sha256=sha256
    )


def links_of(agreement: Agreement) -> list[ChainLink]:
    """The chain from its beginning."""
    return [
        ChainLink(event.number, event.kind, in_utc(event.at), event.data, event.previous, event.sha256)
        for event in agreement.events.order_by("number")
    ]


def first_broken(reference: str, links: Iterable[ChainLink]) -> int | None:
    """The number of the first event that is not as it was written, or None where the chain is whole."""
    previous, expected = "", 1
    for link in links:
        sha256 = event_sha256(
            reference=reference, number=link.number, kind=link.kind, at=link.at, data=link.data, previous=link.previous
        )
        if link.number != expected or link.previous != previous or link.sha256 != sha256:
            return expected
        previous, expected = link.sha256, expected + 1
    return None


def in_utc(moment: datetime.datetime) -> str:
    """ "2026-06-01T12:00:00.000000+00:00"."""
    return moment.astimezone(datetime.UTC).isoformat(timespec="microseconds")
