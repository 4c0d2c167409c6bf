"""The rows of a CSV file, each with its line; reading can go on where it stopped.

Memory stays flat whatever is in the file. A row that cannot be read is given with its problem, and
reading goes on behind it: after a quote that is never closed, with the very next line.
"""

import csv
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from django.core.files.base import File
from django.utils.translation import gettext as _

from .limits import MAX_CELL, MAX_ROW

# Evaluated only where types are checked: Django's File takes no type argument at run time.
type ByteFile = File[bytes]

_ROOM = 65_536  # bytes of a row too long that are read at once


@dataclass(frozen=True)
class Layout:
    """How a file is written. `width` is the number of cells in the header, 0 where that is not known yet."""

    encoding: str  # of Python's: "utf-8" or "cp1252"
    delimiter: str
    width: int = 0


class Row(NamedTuple):
    """One row as it stands in the file. Where `problem` says why it cannot be used, `cells` is empty."""

    line: int  # the first line of the row, counted from 1
    cells: list[str]
    problem: str
    raw: str


class _RowTooLongError(Exception):
    """More bytes than a row may have."""


class RowReader:
    """Iterates over the rows from `offset` (bytes) on; blank rows are left out.

    After each row `offset` and `line` say where the next one begins: a new reader made with them goes on there.
    """

    def __init__(self, file: ByteFile, layout: Layout, *, offset: int, line: int) -> None:
        """`line` is the number of lines before `offset`."""
        self.file = file
        self.layout = layout
        self.offset = offset
        self.line = line
        # The physical lines of the row being read, and how long they are in the file.
        self._lines: list[str] = []
        self._bytes = 0
        self._first_bytes = 0

    def __iter__(self) -> Iterator[Row]:
        while True:
            self.file.seek(self.offset)
            self._forget_lines()
            try:
                yield from self._rows()
            except (csv.Error, _RowTooLongError) as error:
                yield self._unreadable(error)
            else:
                return

    def _rows(self) -> Iterator[Row]:
        while raw := self.file.readline(MAX_ROW + 1):
            row = self._any_row(raw)
            self.step_behind(len(self._lines), self._bytes)
            if row is not None:
                yield row

    def _any_row(self, raw: bytes) -> Row | None:
        """The row that begins with the line `raw`, whatever is in it; None where it is blank."""
        lines, delimiter = self._physical_lines(raw), self.layout.delimiter
        line = next(lines)
        body = line.rstrip("\n").removesuffix("\r")
        if '"' in body or "\r" in body or len(body) > MAX_CELL:
            cells = next(csv.reader(itertools.chain((line,), lines), delimiter=delimiter, strict=True))
        else:
            cells = body.split(delimiter)
        return self._row(cells) if any(cells) else None

    def _physical_lines(self, raw: bytes) -> Iterator[str]:
        """`raw` and the lines behind it, as text."""
        encoding, readline = self.layout.encoding, self.file.readline
        while raw:
            self._lines.append(raw.decode(encoding, "surrogateescape"))
            self._bytes += len(raw)
            self._first_bytes = self._first_bytes or len(raw)
            if self._bytes > MAX_ROW:
                self._skip_line(raw)
                raise _RowTooLongError
            yield self._lines[-1]
            raw = readline(MAX_ROW + 1)

    def _skip_line(self, raw: bytes) -> None:
        while raw and not raw.endswith(b"\n"):
            raw = self.file.readline(_ROOM)
            self._bytes += len(raw)
            if len(self._lines) == 1:
                self._first_bytes += len(raw)

    def _row(self, cells: list[str]) -> Row:
        raw = self._lines[0] if len(self._lines) == 1 else "".join(self._lines)
        problem = ""
        if not raw.isascii() and _has_unreadable_bytes(raw):
            problem = _("This row has characters that cannot be read. Save the file as UTF-8.")
        elif self.layout.width and len(cells) != self.layout.width and any(cells):
            problem = self._wrong_width(cells)
        return Row(self.line + 1, [] if problem else cells, problem, raw)

    def _wrong_width(self, cells: list[str]) -> str:
        width = self.layout.width
        if len(cells) > width and not any(cells[width:]):
            return ""
        return _("This row has %(count)s cells, but the header has %(width)s.") % {
            "count": f"{len(cells):,}",
            "width": f"{width:,}",
        }

    def _unreadable(self, error: Exception) -> Row:
        """The row that stopped the reader, which now stands behind it, or behind its first line."""
        several = len(self._lines) > 1
        row = Row(self.line + 1, [], _problem_of(error, several_lines=several), "".join(self._lines[:1]))
        self.step_behind(1, self._first_bytes)
        return row

    def step_behind(self, lines: int, size: int) -> None:
        """Go on behind the next `lines`, which have `size` bytes."""
        self.line += lines
        self.offset += size
        self._forget_lines()

    def _forget_lines(self) -> None:
        self._lines.clear()
        self._bytes = self._first_bytes = 0


def _problem_of(error: Exception, *, several_lines: bool) -> str:
    """What is wrong with a row, from what the `csv` module says of it."""
    text = str(error)
    if several_lines or "expected after" in text or "unexpected end" in text:
        return _('A quotation mark (") opens in this row and is not closed as it should be.')
    if isinstance(error, _RowTooLongError):
        return _("This row is longer than %(limit)s bytes.") % {"limit": f"{MAX_ROW:,}"}
    if "field larger" in text:
        return _("A cell in this row has more than %(limit)s characters.") % {"limit": f"{MAX_CELL:,}"}
    return _("There is a line break in the middle of this row.")


def _has_unreadable_bytes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # what "surrogateescape" made of them
        return True
    return False
