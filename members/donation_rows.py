"""Line items of donations as a file has them, well-formed: one by one, and by column as they are loaded.

Of a million rows hardly one is ever looked at by itself. So they are kept as columns of texts, and a row is made where
somebody asks for it.
"""

import json
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import compress
from struct import Struct
from typing import NamedTuple, Self, overload

from foundation.imports.importers import CheckedRow

from .donations import donation_details


class DonationRow(NamedTuple):
    """One line item as a file has it, well-formed. Times are ISO 8601 with an offset; what is not given is ""."""

    key: str
    receipt: str
    email: str
    phone: str
    given_name: str
    family_name: str
    zip_code: str
    amount: str
    paid_at: str
    is_recurring: bool
    refund: str
    refunded_at: str
    page: str
    reference_code: str
    recipient: str


_FIELDS = DonationRow._fields
_EMAIL, _PHONE, _IS_RECURRING, _REFUND, _REFUNDED_AT = map(
    _FIELDS.index, ("email", "phone", "is_recurring", "refund", "refunded_at")
)
_YES, _NO = "t", "f"
_PACKED = Struct(f"<{1 + 1 + len(_FIELDS)}I")  # how many rows, and the bytes of the lines and of each column
_NULL = r"\N"
_SEPARATOR = "\0"  # stands in no file (imports.opening refuses it)


class DonationRows(Sequence[CheckedRow[DonationRow]]):
    """Rows in the order of their lines, as columns of texts. `is_recurring` is "t" or "f" there.

    They are not changed once they are packed, prepared for COPY, or unpacked.
    """

    def __init__(self, lines: Sequence[int], columns: Sequence[list[str]]) -> None:
        """`columns` has one of each field of DonationRow, in their order."""
        self._lines: list[int] | None = list(lines)
        self._columns: list[list[str] | None] = list(columns)
        self._packed = b""
        self._for_copy: bytes | None = None
        self._count = 0  # where packed

    @property
    def lines(self) -> list[int]:
        """The first line of each row in the file."""
        if self._lines is None:
            self._lines = list(map(int, self._unpack(0)))
        return self._lines

    @property
    def columns(self) -> list[list[str]]:
        """One of each field of DonationRow, in their order."""
        return list(map(self._column, range(len(_FIELDS))))

    @classmethod
    def none(cls) -> "DonationRows":
        """No rows, to be extended."""
        return cls([], [[] for _name in _FIELDS])

    @classmethod
    def of(cls, rows: Iterable[CheckedRow[DonationRow]]) -> "DonationRows":
        """These rows by column; the very same where they are already."""
        if isinstance(rows, DonationRows):
            return rows
        made = cls.none()
        lines, columns = made.lines, made.columns
        for line, row in rows:
            lines.append(line)
            for column, value in zip(columns, row, strict=True):
                column.append(value if isinstance(value, str) else as_flag(is_true=value))
        return made

    def extend(self, others: "DonationRows") -> None:
        """Add the rows of `others` behind."""
        self.lines.extend(others.lines)
        for column, more in zip(self.columns, others.columns, strict=True):
            column.extend(more)

    def column(self, name: str) -> list[str]:
        """The texts of one field."""
        return self._column(_FIELDS.index(name))

    def _column(self, place: int) -> list[str]:
        column = self._columns[place]
        if column is None:
            column = self._columns[place] = self._unpack(place + 1)
        return column

    def where(self, chosen: Sequence[object]) -> Self:
        """The rows whose place in `chosen` is true."""
        return type(self)(
            list(compress(self.lines, chosen)), [list(compress(column, chosen)) for column in self.columns]
        )

    def identities(self) -> list[str]:
        """By what each giver is known: the address, or the number where there is no address."""
        return _identities(self._column(_EMAIL), self._column(_PHONE))

    def __len__(self) -> int:
        return self._count if self._lines is None else len(self._lines)

    @overload
    def __getitem__(self, place: int) -> CheckedRow[DonationRow]: ...
    @overload
    def __getitem__(self, place: slice) -> Self: ...
    def __getitem__(self, place: int | slice) -> CheckedRow[DonationRow] | Self:
        if isinstance(place, slice):
            return type(self)(self.lines[place], [column[place] for column in self.columns])
        return CheckedRow(self.lines[place], _row([column[place] for column in self.columns]))

    def __iter__(self) -> Iterator[CheckedRow[DonationRow]]:
        return map(CheckedRow, self.lines, map(_row, zip(*self.columns, strict=True)))

    def packed(self) -> bytes:
        """What `unpacked` makes the rows of again."""
        if not self._packed:
            texts = [_SEPARATOR.join(map(str, self.lines)), *map(_SEPARATOR.join, self.columns)]
            pieces = [text.encode() for text in texts]
            self._packed = b"".join([_PACKED.pack(len(self), *map(len, pieces)), *pieces])
        return self._packed

    @classmethod
    def unpacked(cls, packed: bytes) -> "DonationRows":
        """The rows of which `packed` was made. A column is unpacked when somebody asks for it."""
        rows = cls([], [])
        rows._packed, rows._lines, rows._columns = packed, None, [None] * len(_FIELDS)
        rows._count = _PACKED.unpack_from(packed)[0]
        return rows

    def _unpack(self, piece: int) -> list[str]:
        sizes = _PACKED.unpack_from(self._packed)[1:]
        begin = _PACKED.size + sum(sizes[:piece])
        text = self._packed[begin : begin + sizes[piece]].decode()
        return text.split(_SEPARATOR) if self._count else []

    def changed(
        self, *, left_out: Collection[int], refunds: Iterable[tuple[int, str, str]], numbers: Collection[str]
    ) -> Self:
        """Without the rows at these lines, without these numbers, and others (by line) with a refund and its time."""
        refund_of = {line: refund for line, *refund in refunds}
        kept = self.where([line not in left_out for line in self.lines])
        columns = kept.columns
        for place, line in enumerate(kept.lines):
            if line in refund_of:
                columns[_REFUND][place], columns[_REFUNDED_AT][place] = refund_of[line]
            if columns[_PHONE][place] in numbers:
                columns[_PHONE][place] = ""
        return kept

    def for_copy(self) -> bytes:
        """The rows in the text format of COPY, as `donation_incoming` wants them.

        line; the first line of the giver; that of the number; the giver's identity, in that line only; the number,
        where it comes with this giver for the first time; the details of the activity; the other fields.
        """
        if self._for_copy is None:
            self._for_copy = "\n".join([*map("\t".join, self._rows_for_copy()), ""]).encode()
        return self._for_copy

    def _rows_for_copy(self) -> Iterator[tuple[str, ...]]:
        columns = list(map(_escaped, self.columns))
        columns[_REFUNDED_AT] = [text or _NULL for text in self._column(_REFUNDED_AT)]
        emails, phones = columns[_EMAIL], columns[_PHONE]
        identities = _identities(emails, phones)
        givers, numbers = _first_lines(identities, self.lines), _first_lines(phones, self.lines)
        pairs = _first_lines(zip(numbers, givers, strict=True), self.lines)
        return zip(
            map(str, self.lines),
            map(str, givers),
            [str(number) if phone else _NULL for number, phone in zip(numbers, phones, strict=True)],
            _where_equal(identities, givers, self.lines),
            [phone or _NULL for phone in _where_equal(phones, pairs, self.lines)],
            map(_details, self.column("amount"), self.column("recipient")),
            columns[0], columns[1], *columns[4:], strict=True,
        )  # fmt: skip


def as_flag(*, is_true: object) -> str:
    """A truth as it stands in a column."""
    return _YES if is_true else _NO


def _row(texts: Sequence[str]) -> DonationRow:
    row = DonationRow(*texts)  # type: ignore[arg-type]
    return row._replace(is_recurring=texts[_IS_RECURRING] == _YES)


def _identities(emails: list[str], phones: list[str]) -> list[str]:
    return [email or phone for email, phone in zip(emails, phones, strict=True)]


def _first_lines(things: Iterable[Hashable], lines: Sequence[int]) -> list[int]:
    """For each thing the line at which it stands first."""
    first: dict[Hashable, int] = {}
    return list(map(first.setdefault, things, lines))


def _where_equal(texts: Sequence[str], these: Sequence[int], those: Sequence[int]) -> list[str]:
    return [text if this == that else _NULL for text, this, that in zip(texts, these, those, strict=True)]


_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def _escaped(column: list[str]) -> list[str]:
    together = "".join(column)
    if any(character in together for character in "\\\t\n\r"):
        return [text.translate(_ESCAPES) for text in column]
    return column


@lru_cache(maxsize=4_096)
def _details(amount: str, recipient: str) -> str:
    return json.dumps(donation_details(f"{float(amount):.2f}", recipient)).translate(_ESCAPES)
