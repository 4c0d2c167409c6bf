"""Lines of a CSV file that are a row each, which most are: read many at once, and only the cells that are needed."""

import csv
from collections.abc import Sequence
from typing import NamedTuple

_BETWEEN = "\0"  # cells, once the delimiters within quotation marks are told from the others


class PlainLines(NamedTuple):
    """Lines that are a row each, without a problem, and their cells by column, of the columns that were asked for."""

    lines: list[str]  # without their ends
    columns: list[list[str]]


def plain_lines(
    stretch: bytes, encoding: str, delimiter: str, width: int, places: Sequence[int]
) -> PlainLines | None:
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
    # A line shorter than that has nothing but delimiters.
    if _BETWEEN in text or min(map(len, lines)) < width:
        return None
    separated = _separated(lines, delimiter, width)
    if separated is None:
        return None
    cells = separated.split(_BETWEEN)
    return PlainLines(lines, [cells[place::width] for place in places])


def _separated(lines: Sequence[str], delimiter: str, width: int) -> str | None:
    """All cells of these lines, one after the other; None where a line is not one row of this width."""
    quoted = [line for line in lines if '"' in line]
    rows = _quoted_rows(quoted, delimiter, width)
    if len(rows) < len(quoted):
        return None
    each = iter(rows)
    separated = [next(each) if '"' in line else line.replace(delimiter, _BETWEEN) for line in lines]
    if {line.count(_BETWEEN) for line in separated} != {width - 1}:
        return None
    return _BETWEEN.join(separated)


def _quoted_rows(lines: Sequence[str], delimiter: str, width: int) -> list[str]:
    """The cells of each line, if each is a row of its own. Where one is not, there are fewer rows than lines."""
    try:
        rows = csv.reader(lines, delimiter=delimiter, strict=True)
        return [_BETWEEN.join(row) for row in rows if len(row) == width and any(row)]
    except csv.Error:
        return []
