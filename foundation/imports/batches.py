"""Batches of rows, read from a file and checked. Nothing here asks the database."""

import itertools
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import polars as pl
from django.utils.translation import gettext as _

from foundation.web.spreadsheets import SIGN_OF_TEXT, original_cell

from .importers import BadRow, CheckedRow, Importer, RowError, importer_of, sorted_out
from .lanes import PARTS
from .reading import ByteFile, Layout, RowReader
from .taking import RowTaker, Taken


class Place(NamedTuple):
    """Between two rows of a file: the bytes before, and the lines before."""

    offset: int
    line: int


class Reading(NamedTuple):
    """What it takes to read a file: which importer checks it, how it is written, and what its columns (from 0) are."""

    kind: str
    layout: Layout
    mapping: Mapping[str, int]


@dataclass
class Batch:
    """Rows between two places of a file: those that can be loaded, whatever the database holds, and those that cannot.

    The former stand in parts that share nothing (`Importer.apart`). `raw` has the latter as they stand in the file.
    """

    begin: Place
    end: Place
    parts: Sequence[Sequence[CheckedRow[Any]]] = ()
    bad: list[BadRow] = field(default_factory=list)
    raw: dict[int, str] = field(default_factory=dict)

    @property
    def loadable(self) -> int:
        """How many rows can be loaded."""
        return sum(map(len, self.parts))

    @property
    def count(self) -> int:
        """How many rows were read."""
        return self.loadable + len(self.bad)


@dataclass(frozen=True)
class Stretch:
    """Rows between two places of a file, read and not yet checked."""

    begin: Place
    taken: Taken
    end: Place

    @property
    def count(self) -> int:
        """How many rows were read."""
        return self.taken.count


class BatchReader:
    """Reads a file from a place on, and checks it: two steps, so that each can have a thread of its own."""

    def __init__(self, reading: Reading, file: ByteFile, place: Place) -> None:
        self._importer: Importer[Any] = importer_of(reading.kind)
        self._rows = RowReader(file, reading.layout, offset=place.offset, line=place.line)
        self._taker = RowTaker(self._rows, reading.mapping)
        # Of rows before, where the importer wants to know them.
        self._line_of_key: dict[Hashable, int] = {}
        self._repeats: Counter[Hashable] = Counter()

    @property
    def place(self) -> Place:
        """Where the next row begins."""
        return Place(self._rows.offset, self._rows.line)

    def next_stretch(self, *, until: int | None = None) -> Stretch:
        """The next rows: `Importer.batch_size` of them, or where given, those that begin before the offset `until`.

        One that has none is the end of the file.
        """
        begin = self.place
        most = self._importer.batch_size if until is None else until - begin.offset
        return Stretch(begin, self._taker.take(most, until=until), self.place)

    def stretches(self) -> Iterator[Stretch]:
        """All that is left, stretch by stretch."""
        while (stretch := self.next_stretch()).count:
            yield stretch

    def checked(self, stretch: Stretch) -> Batch:
        """These rows, which follow those checked before, as a batch."""
        rows, bad = self._check(_stripped(stretch.taken.rows))
        bad = [*(BadRow(row.line, "", row.problem) for row in stretch.taken.unreadable), *bad]
        raw = stretch.taken.raw(row.line for row in bad)
        return Batch(stretch.begin, stretch.end, self._importer.apart(rows, PARTS) if rows else (), bad, raw)

    def _check(self, taken: pl.DataFrame) -> tuple[Sequence[CheckedRow[Any]], list[BadRow]]:
        rows, bad = self._importer.check_rows(taken)
        if not (self._importer.counts_repeats or self._importer.has_file_keys):
            return rows, bad
        placed, repeated = sorted_out((line, self._placed(row, line)) for line, row in rows)
        return placed, bad + repeated

    def _placed(self, row: Any, line: int) -> Any:
        """The row, told from the equal ones before it; a RowError where another row has its keys."""
        if self._importer.counts_repeats:
            row = self._number_repeats(row)
        try:
            if self._importer.has_file_keys:
                self._note_keys(row, line)
        except RowError as error:
            return error
        return row

    def _number_repeats(self, row: Any) -> Any:
        """The row with the number, from 1, that it has among the equal ones of the file."""
        key = self._importer.repeat_key(row)
        if key is None:
            return row
        self._repeats[key] += 1
        return self._importer.numbered(row, self._repeats[key])

    def _note_keys(self, row: Any, line: int) -> None:
        """Raises RowError where an earlier row of the file has one of the row's keys."""
        keys = list(self._importer.file_keys(row))
        for key, what in keys:
            if key in self._line_of_key:
                lines = {"line": line, "first": self._line_of_key[key], "what": what}
                raise RowError("", _("Lines %(first)s and %(line)s both have %(what)s.") % lines)
        self._line_of_key.update((key, line) for key, _what in keys)


WHITE_SPACE = "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
"""What `str.strip` takes away."""


def _stripped(rows: pl.DataFrame) -> pl.DataFrame:
    """The cells without white space around them, and without the sign of text that `safe_cell` puts."""
    rows = rows.with_columns(pl.col(pl.String).str.strip_chars(WHITE_SPACE))
    are_signed = rows.select(pl.col(pl.String).str.starts_with(SIGN_OF_TEXT).any())
    for name in (column.name for column in are_signed if column.any()):
        rows = rows.with_columns(pl.Series(name, map(original_cell, rows[name]), pl.String))
    return rows


def raw_rows(reading: Reading, file: ByteFile, batch: Batch, lines: set[int]) -> dict[int, str]:
    """These rows of a batch as they stand in the file."""
    if not lines:
        return {}
    rows = RowReader(file, reading.layout, offset=batch.begin.offset, line=batch.begin.line)
    wanted = itertools.takewhile(lambda row: row.line <= max(lines), rows)
    return {row.line: row.raw.rstrip("\r\n") for row in wanted if row.line in lines}
