"""The donations of a batch in parts that do not meet: no address, number or line item stands in two of them."""

from collections.abc import Iterable, Sequence
from itertools import chain

from .donation_rows import DonationRows

FEWEST = 1_000
"""Fewer rows are not worth transactions of their own."""

_MOST_ROUNDS = 8


def in_parts(rows: DonationRows, most: int) -> list[DonationRows]:
    """`rows` in at most so many parts, each in the order of the file.

    Rows of one address always stay together; those that share a number or a line item with another part move to the
    first, and whoever shares something with them. One part where that does not come to an end soon.
    """
    if len(rows) < FEWEST:
        return [rows]
    part_of = [hash(identity) % most for identity in rows.identities()]
    marks = [rows.column("phone")]
    keys = rows.column("key")
    if len(set(keys)) < len(keys):
        marks.append(keys)
    for _round in range(_MOST_ROUNDS):
        meeting = [_in_two_parts(column, part_of) for column in marks]
        if not any(meeting):
            parts = [rows.where([own == part for own in part_of]) for part in range(most)]
            return [part for part in parts if len(part)]
        for place in _places(marks, meeting):
            part_of[place] = 0
        marks = [rows.column("phone"), keys, rows.column("email")]
    return [rows]


def _in_two_parts(marks: Sequence[str], part_of: Sequence[int]) -> set[str]:
    seen: dict[str, int] = {}
    return {mark for mark, part in zip(marks, part_of, strict=True) if mark and seen.setdefault(mark, part) != part}


def _places(columns: Sequence[Sequence[str]], meeting: Sequence[set[str]]) -> Iterable[int]:
    """Where one of the marks that meet stands, column by column."""
    return chain.from_iterable(
        (place for place, mark in enumerate(column) if mark in marks)
        for column, marks in zip(columns, meeting, strict=True)
        if marks
    )
