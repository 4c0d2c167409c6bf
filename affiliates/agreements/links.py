"""The rule of the chain of events, for anybody: needs nothing but SHA-256 and JSON, and no database."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

# How the certificate of completion calls the file of its events.
CHAIN_FILE = "events.json"


class ChainLink(NamedTuple):
    """An event as it stands in the certificate of completion."""

    number: int
    kind: str
    at: str
    data: Mapping[str, Any]
    previous: str
    sha256: str


class Chain(NamedTuple):
    """The events of the agreement with this reference number, from the first."""

    reference: str
    links: list[ChainLink]

    def last_of(self, kind: str) -> Mapping[str, Any]:
        """What the last event of this kind says; nothing where there is none."""
        return next((link.data for link in reversed(self.links) if link.kind == kind), {})


def event_sha256(*, reference: str, number: int, kind: str, at: str, data: Mapping[str, Any], previous: str) -> str:
    """SHA-256 of the event as JSON: keys sorted, no space between, UTF-8. `at` is UTC in ISO 8601 with microseconds."""
    event = {"agreement": reference, "number": number, "kind": kind, "at": at, "data": data, "previous": previous}
    return hashlib.sha256(
        json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    ).hexdigest()


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


def write_chain(chain: Chain) -> bytes:
    """The chain as it is attached to the certificate of completion."""
    whole = {"agreement": chain.reference, "events": [link._asdict() for link in chain.links]}
    return json.dumps(whole, ensure_ascii=False, indent=1).encode()


def read_chain(written: bytes) -> Chain:
    """The chain of an attachment. Raises ValueError for what is none."""
    try:
        whole = json.loads(written)
        links = [ChainLink(**event) for event in whole["events"]]
        reference = whole["agreement"]
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("no chain of events") from error
    if not isinstance(reference, str) or not all(isinstance(link.data, dict) for link in links):
        raise ValueError("no chain of events")
    return Chain(reference, links)
