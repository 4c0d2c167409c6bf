"""The rows of a CSV file, each with its line; reading can go on where it stopped.

Memory stays flat whatever is in the file. A row that cannot be read is given with its problem, and
reading goes on behind it: after a quote that is never closed, with the very next line.
"""

import csv
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.core.files.base import File
from django.utils.translation import gettext as _

from .limits import MAX_CELL, MAX_ROW
from .plain_lines import PlainLines, plain_lines

# Evaluated only where types are checked: Django's File takes no type argument at run time.
type ByteFile = File[bytes]

_ROOM = 65_536  # bytes read at once; fewer than MAX_CELL


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


@dataclass
class Taken:
    """Rows by column."""

    columns: list[list[str]]  # of the places that were asked for; a cell of each row of `lines`
    lines: list[int] = field(default_factory=list)
    unreadable: list[Row] = field(default_factory=list)  # those with a problem
    _plain: list[tuple[range, PlainLines]] = field(default_factory=list)
    _other: dict[int, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many rows there are, the unreadable ones among them."""
        return len(self.lines) + len(self.unreadable)

    def take(self, row: Row, places: Sequence[int]) -> None:
        """Add one row."""
        self._other[row.line] = row.raw.rstrip("\r\n")
        if row.problem:
            self.unreadable.append(row)
        else:
            self.lines.append(row.line)
            for column, place in zip(self.columns, places, strict=True):
                column.append(row.cells[place])

    def take_plain(self, numbers: range, plain: PlainLines) -> None:
        """Add the lines with these numbers, the first of `plain`."""
        self._plain.append((numbers, plain))
        self.lines.extend(numbers)
        for column, cells in zip(self.columns, plain.columns, strict=True):
            column.extend(cells[: len(numbers)])

    def raw(self, wanted: Iterable[int]) -> dict[int, str]:
        """The rows at these lines as they stand in the file, without the end of their last line."""
        left = sorted(wanted, reverse=True)
        found = {line: self._other[line] for line in left if line in self._other}
        for numbers, plain in self._plain:
            here = []
            while left and left[-1] < numbers.stop:
                here.append(left.pop())
            if not found.keys() >= set(here):
                texts = plain.lines()
                found |= {line: texts[line - numbers.start] for line in here if line in numbers}
        return found


class _RowTooLongError(Exception):
    """More bytes than a row may have."""


class RowReader:
    """Iterates over the rows from `offset` (bytes) on; blank rows are left out.

    After each row `offset` and `line` say where the next one begins: a new reader made with them goes on there.
    """

    def __init__(self, file: ByteFile, layout: Layout, *, offset: int, line: int) -> None:
        """`line` is the number of lines before `offset`."""
        self._file = file
        self._layout = layout
        self.offset = offset
        self.line = line
        # The physical lines of the row being read, and how long they are in the file.
        self._lines: list[str] = []
        self._bytes = 0
        self._first_bytes = 0

    def __iter__(self) -> Iterator[Row]:
        while True:
            self._file.seek(self.offset)
            self._forget_lines()
            try:
                yield from self._rows()
            except (csv.Error, _RowTooLongError) as error:
                yield self._unreadable(error)
            else:
                return

    def take(self, count: int, places: Sequence[int], *, until: int | None = None) -> Taken:
        """The next rows, so many of them, fewer at the end only, with their cells at these places.

        None that begins at the offset `until` or behind it, where that is given: the beginning of a line. The rows are
        those that iterating gives, in a third of the time: lines with nothing unusual are read many at once.
        """
        layout = self._layout
        taken = Taken([[] for _place in places])
        while (missing := count - taken.count) > 0 and (until is None or self.offset < until):
            stretch = self._whole_lines(_ROOM if until is None else min(_ROOM, until - self.offset))
            plain = plain_lines(stretch, layout.encoding, layout.delimiter, layout.width, places)
            if plain is not None:
                self._take_plain(plain, stretch, missing, taken)
            elif not self._take_one_by_one(missing, self.offset + len(stretch), places, taken):
                break
        return taken

    def _whole_lines(self, room: int) -> bytes:
        """The next lines of the file, as far as they fit in so many bytes."""
        self._file.seek(self.offset)
        read: bytes = self._file.read(room)
        return read[: read.rfind(b"\n") + 1]

    def _take_plain(self, plain: PlainLines, stretch: bytes, most: int, taken: Taken) -> None:
        count = min(most, plain.count)
        numbers = range(self.line + 1, self.line + 1 + count)
        taken.take_plain(numbers, plain)
        self.line += count
        if count < plain.count:
            stretch = b"".join(stretch.splitlines(keepends=True)[:count])
        self.offset += len(stretch)

    def _take_one_by_one(self, most: int, until: int, places: Sequence[int], taken: Taken) -> bool:
        """Take the next row, and those behind it that begin before the offset `until`; False where there is none."""
        row = None
        for row in itertools.islice(self, most):
            taken.take(row, places)
            if self.offset >= until:
                break
        return row is not None

    def _rows(self) -> Iterator[Row]:
        while raw := self._file.readline(MAX_ROW + 1):
            row = self._any_row(raw)
            self._step_behind(len(self._lines), self._bytes)
            if row is not None:
                yield row

    def _any_row(self, raw: bytes) -> Row | None:
        """The row that begins with the line `raw`, whatever is in it; None where it is blank."""
        lines, delimiter = self._physical_lines(raw), self._layout.delimiter
        line = next(lines)
        body = line.rstrip("\n").removesuffix("\r")
        if '"' in body or "\r" in body or len(body) > MAX_CELL:
            cells = next(csv.reader(itertools.chain((line,), lines), delimiter=delimiter, strict=True))
        else:
            cells = body.split(delimiter)
        return self._row(cells) if any(cells) else None

    def _physical_lines(self, raw: bytes) -> Iterator[str]:
        """`raw` and the lines behind it, as text."""
        encoding, readline = self._layout.encoding, self._file.readline
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
            raw = self._file.readline(_ROOM)
            self._bytes += len(raw)
            if len(self._lines) == 1:
                self._first_bytes += len(raw)

    def _row(self, cells: list[str]) -> Row:
        raw = self._lines[0] if len(self._lines) == 1 else "".join(self._lines)
        problem = ""
        if not raw.isascii() and _has_unreadable_bytes(raw):
            problem = _("This row has characters that cannot be read. Save the file as UTF-8.")
        elif self._layout.width and len(cells) != self._layout.width and any(cells):
            problem = self._wrong_width(cells)
        return Row(self.line + 1, [] if problem else cells, problem, raw)

    def _wrong_width(self, cells: list[str]) -> str:
        width = self._layout.width
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
        self._step_behind(1, self._first_bytes)
        return row

    def _step_behind(self, lines: int, size: int) -> None:
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
