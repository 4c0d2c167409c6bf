"""The donations of a batch in parts that do not meet: no address, number or line item stands in two of them."""

import polars as pl

from .donation_columns import IDENTITY, DonationRows

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
    frame = rows.frame.with_columns(part=IDENTITY.hash() % most)
    marks = ["phone"] if frame["key"].is_unique().all() else ["phone", "key"]
    for _round in range(_MOST_ROUNDS):
        meets = frame.select(pl.any_horizontal(map(_is_in_two_parts, marks))).to_series()
        if not meets.any():
            return [DonationRows(part) for part in frame.partition_by("part", maintain_order=True)]
        frame = frame.with_columns(part=pl.when(meets).then(pl.lit(0, pl.UInt64)).otherwise("part"))
        marks = ["phone", "key", "email"]
    return [rows]


def _is_in_two_parts(mark: str) -> pl.Expr:
    part = pl.col("part")
    return (pl.col(mark) != "") & (part.min().over(mark) != part.max().over(mark))
