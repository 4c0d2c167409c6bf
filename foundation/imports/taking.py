"""Rows of a CSV file by column, taken many at once: what reading them one by one gives, in a fraction of the time."""

import itertools
from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from .importers import LINE
from .plain_lines import PlainLines, plain_lines
from .reading import Row, RowReader

_FEWEST_BYTES, _MOST_BYTES = 2**20, 2**22  # that are read at once where more are wanted
_SLACK = 1.02, 2**14  # how much more is read than the rows that are wanted will have: factor, and bytes
_GROWS, _SHRINKS = 2, 8  # by what a stretch is longer where nothing was unusual, and shorter where something was


class Taken:
    """Rows by column: those that can be read in `rows`, and `unreadable` ones."""

    def __init__(self, columns: Mapping[str, int]) -> None:
        """`columns` has the place (from 0) of each cell that is asked for, by name."""
        self.unreadable: list[Row] = []
        self.count = 0  # the unreadable ones among them
        self._columns = columns
        self._frames: list[pl.DataFrame] = []
        self._cells: list[list[str]] = []  # of rows taken one by one, and not yet in a frame
        self._lines: list[int] = []
        self._plain: list[tuple[range, PlainLines]] = []
        self._other: dict[int, str] = {}

    @property
    def rows(self) -> pl.DataFrame:
        """The first line of each row (LINE), and its cells by name."""
        self._put_into_a_frame()
        return pl.concat(self._frames, rechunk=True) if self._frames else self._frame([], [])

    def take(self, row: Row) -> None:
        """Add one row."""
        self.count += 1
        self._other[row.line] = row.raw.rstrip("\r\n")
        if row.problem:
            self.unreadable.append(row)
        else:
            self._lines.append(row.line)
            self._cells.append([row.cells[place] for place in self._columns.values()])

    def take_plain(self, numbers: range, plain: PlainLines) -> None:
        """Add the lines with these numbers, the first of `plain`."""
        self._put_into_a_frame()
        self.count += len(numbers)
        self._plain.append((numbers, plain))
        self._frames.append(self._frame(numbers, [column.head(len(numbers)) for column in plain.columns]))

    def raw(self, wanted: Iterable[int]) -> dict[int, str]:
        """The rows at these lines as they stand in the file, without the end of their last line."""
        left = sorted(wanted, reverse=True)
        found = {line: self._other[line] for line in left if line in self._other}
        for numbers, plain in self._plain:
            here = set()
            while left and left[-1] < numbers.stop:
                here.add(left.pop() - numbers.start)
            lines = plain.lines({number for number in here if number >= 0})
            found |= {numbers.start + number: text.decode() for number, text in lines.items()}
        return found

    def _put_into_a_frame(self) -> None:
        if self._lines:
            self._frames.append(self._frame(self._lines, list(zip(*self._cells, strict=True))))
            self._lines, self._cells = [], []

    def _frame(self, lines: Sequence[int], columns: Sequence[Sequence[str] | pl.Series]) -> pl.DataFrame:
        texts = columns or [[] for _name in self._columns]
        series = [pl.Series(name, cells, pl.String) for name, cells in zip(self._columns, texts, strict=True)]
        return pl.DataFrame([pl.Series(LINE, lines, pl.Int64), *series])


class RowTaker:
    """Takes rows from where `reader` stands, and moves it on."""

    def __init__(self, reader: RowReader, columns: Mapping[str, int]) -> None:
        """`columns` has the place (from 0) of each cell that is asked for, by name."""
        self.reader = reader
        self._columns = columns
        self._room = _FEWEST_BYTES
        self._bytes_a_line = float(_FEWEST_BYTES)  # not known yet

    def take(self, count: int, *, until: int | None = None) -> Taken:
        """The next rows, so many of them, fewer at the end only; blank ones are left out.

        None that begins at the offset `until` or behind it, where that is given: the beginning of a line.
        """
        taken = Taken(self._columns)
        while (missing := count - taken.count) > 0 and (until is None or self.reader.offset < until):
            # Hardly more than is wanted, so that little is read twice.
            factor, more = _SLACK
            room = min(self._room, int(missing * self._bytes_a_line * factor) + more)
            stretch = self._whole_lines(room if until is None else min(room, until - self.reader.offset))
            plain = plain_lines(stretch, self.reader.layout, list(self._columns.values()))
            if plain is not None:
                self._take_plain(plain, stretch, missing, taken)
            elif len(stretch) > _FEWEST_BYTES:
                self._room = max(len(stretch) // _SHRINKS, _FEWEST_BYTES)
            elif not self._take_one_by_one(missing, self.reader.offset + len(stretch), taken):
                break
        return taken

    def _whole_lines(self, room: int) -> bytes:
        """The next lines of the file, as far as they fit in so many bytes."""
        self.reader.file.seek(self.reader.offset)
        read: bytes = self.reader.file.read(room)
        return read[: read.rfind(b"\n") + 1]

    def _take_plain(self, plain: PlainLines, stretch: bytes, most: int, taken: Taken) -> None:
        self._room = min(self._room * _GROWS, _MOST_BYTES)
        self._bytes_a_line = len(stretch) / plain.count
        count = min(most, plain.count)
        first = self.reader.line + 1
        taken.take_plain(range(first, first + count), plain)
        if count < plain.count:
            stretch = b"".join(stretch.splitlines(keepends=True)[:count])
        self.reader.step_behind(count, len(stretch))

    def _take_one_by_one(self, most: int, until: int, taken: Taken) -> bool:
        """Take the next row, and those behind it that begin before the offset `until`; False where there is none."""
        row = None
        for row in itertools.islice(self.reader, most):
            taken.take(row)
            if self.reader.offset >= until:
                break
        return row is not None
