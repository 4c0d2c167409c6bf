"""The donations of a batch in parts that do not meet: no address, number or line item stands in two of them."""

from collections.abc import Sequence

from foundation.imports.importers import CheckedRow

from .donation_incoming import DonationRow

FEWEST = 1_000
"""Fewer rows are not worth transactions of their own."""

_MOST_ROUNDS = 8

type _Rows = Sequence[CheckedRow[DonationRow]]


def in_parts(rows: _Rows, most: int) -> list[_Rows]:
    """`rows` in at most so many parts, each in the order of the file.

    Rows of one address always stay together; those that share a number or a line item with another part move to the
    first, and whoever shares something with them. One part where that does not come to an end soon.
    """
    if len(rows) < FEWEST:
        return [rows]
    part_of = [hash(checked.row.email or checked.row.phone) % most for checked in rows]
    for _round in range(_MOST_ROUNDS):
        seen: dict[str, int] = {}
        meeting: set[str] = set()
        for checked, part in zip(rows, part_of, strict=True):
            for mark in _marks(checked):
                if seen.setdefault(mark, part) != part:
                    meeting.add(mark)
        if not meeting:
            parts: list[list[CheckedRow[DonationRow]]] = [[] for _part in range(most)]
            for checked, part in zip(rows, part_of, strict=True):
                parts[part].append(checked)
            return [part for part in parts if part]
        for place, checked in enumerate(rows):
            if not meeting.isdisjoint(_marks(checked)):
                part_of[place] = 0
    return [rows]


def _marks(checked: CheckedRow[DonationRow]) -> list[str]:
    """What no two parts may share."""
    row = checked.row
    return [mark for mark in ("#" + row.key, row.email, row.phone) if mark]
