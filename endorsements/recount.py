"""Recounts a poll from its published export, with nothing but Python's standard library.

    python recount.py export.json            the result, and whether every hash holds
    python recount.py export.json RECEIPT    and what the ballot with this receipt says

The export holds the poll as it was frozen at its opening and every entry of its ledger, as the exact texts that were
hashed: each entry names the hash of the one before, the first that of the frozen poll. Everything else in the file,
the result and the last hash (the "root"), is made anew from these texts and compared byte for byte with the file.
Whoever changes all of it together makes another root: compare the root with the one that was published at the close.

Ends with 0 where everything holds, with 1 where anything does not.
"""

from __future__ import annotations

import hashlib
import json
import sys
from typing import Any

EXPORT = "poll export 1"
SNAPSHOT = "poll 1"
RULE = "more than half of all eligible groups: 2 × votes > eligible"


class DoesNotHoldError(Exception):
    """Something in the export is not as it was written, or against the rules; the message says what."""


def canonical(said: Any) -> str:
    """The one way in which these files write JSON."""
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def read(text: str, what: str) -> dict[str, Any]:
    """A JSON object written in the one way."""
    try:
        said = json.loads(text)
    except ValueError:
        raise DoesNotHoldError(f"{what} is not JSON") from None
    if not isinstance(said, dict) or canonical(said) != text:
        raise DoesNotHoldError(f"{what} is not written as it was published")
    return said


class Recount:
    """A poll as its ledger tells it, entry by entry."""

    def __init__(self, snapshot: str) -> None:
        self.poll = read(snapshot, "the frozen poll")
        if self.poll["format"] != SNAPSHOT or self.poll["rule"] != RULE:
            raise DoesNotHoldError("this program knows another format or another rule")
        self.head = sha256(snapshot)
        self.sequence = 0
        self.at = self.poll["opened_at"]
        self.closes_at = self.poll["closes_at"]
        self.is_closed = False
        self.choices = {choice["position"]: choice for choice in self.poll["choices"]}
        self.groups = {group["number"]: group for group in self.poll["eligible"]}
        self.withdrawn: set[int] = set()
        self.ballots: dict[int, int] = {}
        self.receipts: dict[str, dict[str, Any]] = {}

    def follow(self, text: str) -> None:
        """Take the next entry."""
        name = f"entry {self.sequence + 1}"
        entry = read(text, name)
        if entry["previous"] != self.head:
            raise DoesNotHoldError(f"{name} does not follow: the text before it has another hash")
        if entry["poll"] != self.poll["poll"] or entry["sequence"] != self.sequence + 1 or self.is_closed:
            raise DoesNotHoldError(f"{name} does not belong here")
        # Times are written alike, so their letters are in the order of the times.
        if entry["kind"] == "closed":
            is_in_time = entry["at"] >= self.closes_at
        else:
            is_in_time = self.poll["opened_at"] <= entry["at"] < self.closes_at
        if not is_in_time:
            raise DoesNotHoldError(f"{name} is not of its time")
        take = {
            "cast": self.cast, "withdrawn": self.withdraw, "extended": self.extend, "struck": self.strike,
            "closed": self.close,
        }.get(entry["kind"])  # fmt: skip
        if take is None or not take(entry):
            raise DoesNotHoldError(f"{name} is against the rules")
        self.sequence, self.head = self.sequence + 1, sha256(text)
        self.receipts[self.head] = entry

    def cast(self, entry: dict[str, Any]) -> bool:
        """A group's last ballot is the one that counts."""
        self.ballots[entry["group"]] = entry["choice"]
        return entry["group"] in self.groups and entry["choice"] in self.choices.keys() - self.withdrawn

    def withdraw(self, entry: dict[str, Any]) -> bool:
        is_known = self.choices[entry["choice"]]["kind"] == "candidate" and entry["choice"] not in self.withdrawn
        self.withdrawn.add(entry["choice"])
        return is_known

    def extend(self, entry: dict[str, Any]) -> bool:
        is_later: bool = entry["closes_at"] > self.closes_at
        self.closes_at = entry["closes_at"]
        return is_later

    def strike(self, entry: dict[str, Any]) -> bool:
        return self.ballots.pop(entry["group"], None) is not None

    def close(self, entry: dict[str, Any]) -> bool:
        self.is_closed = True
        return True

    def votes(self) -> dict[int, int]:
        chosen = list(self.ballots.values())
        return {position: chosen.count(position) for position in self.choices}

    def recommended(self) -> int | None:
        """Whom more than half of all eligible groups chose, if they have not withdrawn."""
        for position, votes in self.votes().items():
            is_candidate = self.choices[position]["kind"] == "candidate" and position not in self.withdrawn
            if is_candidate and 2 * votes > len(self.groups):
                return position
        return None

    def result(self) -> dict[str, Any]:
        return {
            "eligible": len(self.groups),
            "cast": len(self.ballots),
            "votes": {str(position): votes for position, votes in self.votes().items()},
            "recommended": self.recommended(),
        }


def recount(data: bytes) -> Recount:
    """Check and count an export. Raises DoesNotHoldError."""
    try:
        text = data.decode("utf-8")
        export = json.loads(text)
        counted = Recount(export["snapshot"])
        for entry in export["entries"]:
            counted.follow(entry)
        written = {
            "format": EXPORT, "snapshot": export["snapshot"], "entries": export["entries"], "root": counted.head,
            "result": counted.result(),
        }  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise DoesNotHoldError("the file is no export of a poll, or part of it is broken") from None
    if not counted.is_closed:
        raise DoesNotHoldError("the poll is not closed")
    if canonical(written) + "\n" != text:
        raise DoesNotHoldError("the result, the root or the writing of the file is not what its entries give")
    return counted


def name_of(choice: dict[str, Any]) -> str:
    return choice["label"] or {"none": "No endorsement", "abstain": "Abstain"}[choice["kind"]]


def in_words(counted: Recount) -> str:
    lines = [f"{counted.poll['poll']}: {len(counted.groups)} eligible, {len(counted.ballots)} cast"]
    for position, votes in sorted(counted.votes().items()):
        withdrawn = ", withdrawn" if position in counted.withdrawn else ""
        lines.append(f"{votes:>7}  {name_of(counted.choices[position])}{withdrawn}")
    winner = counted.recommended()
    lines.append(f"Recommended: {name_of(counted.choices[winner]) if winner is not None else 'nobody'}")
    lines.append(f"Every hash holds, in {counted.sequence} entries. Root: {counted.head}")
    return "\n".join(lines)


def receipt_in_words(counted: Recount, receipt: str) -> str:
    entry = counted.receipts.get(receipt.strip().lower())
    if entry is None or entry["kind"] != "cast":
        raise DoesNotHoldError(f"there is no ballot with the receipt {receipt}")
    group, choice = counted.groups[entry["group"]], counted.choices[entry["choice"]]
    return f"Entry {entry['sequence']}, {entry['at']}: {group['group']}, {name_of(choice)}"


def main(arguments: list[str]) -> int:
    if len(arguments) not in (1, 2):
        sys.stderr.write(__doc__ or "")
        return 2
    try:
        with open(arguments[0], "rb") as file:  # noqa: PTH123 # one import fewer to read
            counted = recount(file.read())
        words = [in_words(counted), *(receipt_in_words(counted, receipt) for receipt in arguments[1:])]
    except (DoesNotHoldError, OSError) as error:
        sys.stdout.write(f"This export does NOT hold: {error}.\n")
        return 1
    sys.stdout.write("\n".join(words) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
