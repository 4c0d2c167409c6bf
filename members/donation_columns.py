"""Line items of donations by column, as they are checked, kept and loaded.

Of a million rows hardly one is ever looked at by itself: a row is made where somebody asks for it.
"""

import io
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Self, overload

import polars as pl

from foundation.imports.importers import LINE, CheckedRow

from .donation_rows import DonationRow
from .donations import donation_details

SCHEMA: dict[str, Any] = {LINE: pl.Int64} | {
    name: pl.Boolean if kind is bool else pl.String for name, kind in DonationRow.__annotations__.items()
}
IDENTITY = pl.when(pl.col("email") != "").then("email").otherwise("phone")
"""By what a giver is known: the address, or the number where there is no address."""


class DonationRows(Sequence[CheckedRow[DonationRow]]):
    """Rows in the order of their lines: a column of each field of DonationRow, and their first lines in the file."""

    def __init__(self, frame: pl.DataFrame) -> None:
        """`frame` has the columns of SCHEMA, in any order."""
        self.frame = frame.select(list(SCHEMA))
        self._for_copy: bytes | None = None

    @classmethod
    def of(cls, rows: Iterable[CheckedRow[DonationRow]]) -> "DonationRows":
        """These rows by column; the very same where they are already."""
        if isinstance(rows, DonationRows):
            return rows
        return cls(pl.DataFrame([(line, *row) for line, row in rows], schema=SCHEMA, orient="row"))

    def with_others(self, others: Iterable[CheckedRow[DonationRow]]) -> Self:
        """These rows and others, in the order of their lines."""
        return type(self)(pl.concat([self.frame, type(self).of(others).frame]).sort(LINE))

    def column(self, name: str) -> list[str]:
        """The texts of one field."""
        return self.frame[name].to_list()

    def where(self, chosen: Sequence[bool]) -> Self:
        """The rows whose place in `chosen` is true."""
        return type(self)(self.frame.filter(chosen))

    def __len__(self) -> int:
        return self.frame.height

    @overload
    def __getitem__(self, place: int) -> CheckedRow[DonationRow]: ...
    @overload
    def __getitem__(self, place: slice) -> Self: ...
    def __getitem__(self, place: int | slice) -> CheckedRow[DonationRow] | Self:
        if isinstance(place, slice):
            return type(self)(self.frame[place])
        return _row(self.frame.row(place))

    def __iter__(self) -> Iterator[CheckedRow[DonationRow]]:
        return map(_row, self.frame.iter_rows())

    def packed(self) -> bytes:
        """What `unpacked` makes the rows of again."""
        packed = io.BytesIO()
        self.frame.write_ipc(packed)
        return packed.getvalue()

    @classmethod
    def unpacked(cls, packed: bytes) -> "DonationRows":
        """The rows of which `packed` was made."""
        return cls(pl.read_ipc(packed))

    def changed(
        self, *, left_out: Collection[int], refunds: Iterable[tuple[int, str, str]], numbers: Collection[str]
    ) -> Self:
        """Without the rows at these lines, without these numbers, and others (by line) with a refund and its time."""
        later = pl.DataFrame(list(refunds), {LINE: pl.Int64, "id": pl.String, "at": pl.String}, orient="row")
        return type(self)(
            self.frame.filter(~pl.col(LINE).is_in(list(left_out)))
            .join(later, on=LINE, how="left", maintain_order="left")
            .with_columns(
                refund=pl.coalesce("id", "refund"),
                refunded_at=pl.coalesce("at", "refunded_at"),
                phone=pl.when(~pl.col("phone").is_in(list(numbers))).then("phone").otherwise(pl.lit("")),
            )
        )

    def for_copy(self) -> bytes:
        """The rows in the CSV format of COPY, as `donation_incoming` wants them.

        line; the first line of the giver; that of the number; the giver's identity, in that line only; the number,
        where it comes with this giver for the first time; the details of the activity; the other fields.
        """
        if self._for_copy is None:
            made = io.BytesIO()
            self._with_first_lines().select(
                LINE, "giver", "number",
                pl.when(pl.col("giver") == pl.col(LINE)).then("identity"),
                pl.when(pl.col("pair") == pl.col(LINE)).then(_given("phone")).alias("its number"),
                "details", "key", "receipt", "given_name", "family_name", "zip_code", "amount", "paid_at",
                "is_recurring", "refund", _given("refunded_at"), "page", "reference_code", "recipient",
            ).write_csv(made, include_header=False)  # fmt: skip
            self._for_copy = made.getvalue()
        return self._for_copy

    def _with_first_lines(self) -> pl.DataFrame:
        """With the first line of each giver, of each number, and of each pair of both."""
        first = pl.col(LINE).first()
        amounts = self.frame.select("amount", "recipient").unique()
        details = pl.Series("details", [_details(*pair) for pair in amounts.iter_rows()], pl.String)
        return (
            self.frame.join(
                amounts.with_columns(details), on=["amount", "recipient"], how="left", maintain_order="left"
            )
            .with_columns(identity=IDENTITY)
            .with_columns(giver=first.over("identity"), number=pl.when(pl.col("phone") != "").then(first.over("phone")))
            .with_columns(pair=first.over("giver", "number"))
        )


def _given(name: str) -> pl.Expr:
    """The texts of a column, null where they are empty."""
    return pl.when(pl.col(name) != "").then(name)


def _row(values: Sequence[Any]) -> CheckedRow[DonationRow]:
    line, *fields = values
    return CheckedRow(line, DonationRow(*fields))


@lru_cache(maxsize=4_096)
def _details(amount: str, recipient: str) -> str:
    return json.dumps(donation_details(f"{float(amount):.2f}", recipient))
