"""Batches of rows, read from a file and checked. Nothing here asks the database."""

import itertools
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from foundation.web.spreadsheets import original_cell

from .importers import BadRow, CheckedRow, Importer, RowError, importer_of, sorted_out
from .lanes import LANES
from .reading import ByteFile, Layout, RowReader


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


class BatchReader:
    """Reads and checks a file from a place on."""

    def __init__(self, reading: Reading, file: ByteFile, place: Place) -> None:
        self._importer: Importer[Any] = importer_of(reading.kind)
        self._names = list(reading.mapping)
        self._places = list(reading.mapping.values())
        self._rows = RowReader(file, reading.layout, offset=place.offset, line=place.line)
        # Of rows before, where the importer wants to know them.
        self._line_of_key: dict[Hashable, int] = {}
        self._repeats: Counter[Hashable] = Counter()

    @property
    def place(self) -> Place:
        """Where the next row begins."""
        return Place(self._rows.offset, self._rows.line)

    def next_batch(self, *, until: int | None = None) -> Batch:
        """The next rows: `Importer.batch_size` of them, or where given, those that begin before the offset `until`.

        One that has none is the end of the file.
        """
        begin = self.place
        most = self._importer.batch_size if until is None else until - begin.offset
        taken = self._rows.take(most, self._places, until=until)
        rows, bad = self._checked(self._columns(taken.columns), taken.lines)
        bad = [*(BadRow(row.line, "", row.problem) for row in taken.unreadable), *bad]
        raw = taken.raw(row.line for row in bad)
        return Batch(begin, self.place, self._importer.apart(rows, LANES) if rows else (), bad, raw)

    def _columns(self, picked: Sequence[Sequence[str]]) -> dict[str, Sequence[str]]:
        """The mapped cells by field, stripped, and without the sign of text that `safe_cell` puts."""
        return dict(zip(self._names, map(_stripped, picked), strict=True))

    def _checked(
        self, columns: Mapping[str, Sequence[str]], lines: Sequence[int]
    ) -> tuple[Sequence[CheckedRow[Any]], list[BadRow]]:
        rows, bad = self._importer.check_rows(columns, lines)
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


def _stripped(cells: Sequence[str]) -> Sequence[str]:
    together = "".join(cells)
    if " " in together or not (together.isascii() and together.isprintable()):
        cells = list(map(str.strip, cells))
    return list(map(original_cell, cells)) if "'" in together else cells


def raw_rows(reading: Reading, file: ByteFile, batch: Batch, lines: set[int]) -> dict[int, str]:
    """These rows of a batch as they stand in the file."""
    if not lines:
        return {}
    rows = RowReader(file, reading.layout, offset=batch.begin.offset, line=batch.begin.line)
    wanted = itertools.takewhile(lambda row: row.line <= max(lines), rows)
    return {row.line: row.raw.rstrip("\r\n") for row in wanted if row.line in lines}
