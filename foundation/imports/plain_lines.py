"""Lines of a CSV file that are a row each, which most are: read many at once, and only the cells that are needed."""

import csv
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import NamedTuple

type Pick = Callable[[list[str]], tuple[str, ...]]


def picker(places: Sequence[int]) -> Pick:
    """What takes the cells at these places out of a row."""
    if len(places) == 1:
        (place,) = places
        return lambda cells: (cells[place],)
    return itemgetter(*places) if places else lambda cells: ()


class PlainLines(NamedTuple):
    """Lines that are a row each, without a problem, and the cells that were picked out of each."""

    lines: list[str]  # without their ends
    cells: list[tuple[str, ...]]
    end: str


def plain_lines(stretch: bytes, encoding: str, delimiter: str, width: int, pick: Pick) -> PlainLines | None:
    """These whole lines (of less than MAX_CELL bytes), or None where there are none, or anything is unusual.

    Unusual are cells with line breaks, blank rows, rows of another width and bytes that cannot be read: the reader
    takes such lines one by one.
    """
    try:
        text = stretch.decode(encoding)
    except UnicodeDecodeError:
        return None
    end = "\r\n" if "\r" in text else "\n"
    lines = text.split(end)
    if lines.pop() or not lines or text.count("\n") != len(lines) or text.count("\r") not in {0, len(lines)}:
        return None
    quoted = _quoted_rows([line for line in lines if '"' in line], delimiter, width) if '"' in text else []
    unquoted = [line for line in lines if '"' not in line] if '"' in text else lines
    # A line shorter than that has nothing but delimiters.
    if len(quoted) + len(unquoted) < len(lines) or min(map(len, lines)) < width:
        return None
    if {line.count(delimiter) for line in unquoted} - {width - 1}:
        return None
    rows = iter(quoted)
    # One after the other: the cells that are not picked leave their memory to those of the next line.
    cells = [pick(next(rows) if '"' in line else line.split(delimiter)) for line in lines]
    return PlainLines(lines, cells, end)


def _quoted_rows(lines: Sequence[str], delimiter: str, width: int) -> list[list[str]]:
    """The cells of each line, if each is a row of its own. Where one is not, there are fewer rows than lines."""
    try:
        rows = csv.reader(lines, delimiter=delimiter, strict=True)
        return [row for row in rows if len(row) == width and any(row)]
    except csv.Error:
        return []
