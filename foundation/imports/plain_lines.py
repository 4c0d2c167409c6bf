"""Lines of a CSV file that are a row each, which most are: read many at once, and only the cells that are needed."""

from collections.abc import Sequence

import polars as pl

from .limits import MAX_CELL
from .reading import Layout

_IN_CELL = b"\x1f"
"""Stands for a delimiter within quotation marks, until the cells are apart."""

_IN_NO_LINE = b"\x1e"
_BYTE_ORDER_MARK = "\ufeff".encode()  # polars takes one away wherever it begins to read


class PlainLines:
    """Whole lines that are a row each, without a problem. `columns` has their cells, by the places asked for."""

    def __init__(self, content: bytes, columns: list[pl.Series], count: int) -> None:
        self._content = content
        self.columns = columns
        self.count = count

    def lines(self) -> list[bytes]:
        """The lines themselves in UTF-8, without their ends."""
        return self._content.split(b"\r\n" if b"\r" in self._content else b"\n")[:-1]


def plain_lines(stretch: bytes, layout: Layout, places: Sequence[int]) -> PlainLines | None:
    """These whole lines, or None where there are none, or anything is unusual.

    Unusual are cells with line breaks, quotation marks within quotation marks, blank rows, rows of another width or
    with a very long cell, and bytes that cannot be read: the reader takes such lines one by one.
    """
    if not stretch or layout.width < 2 or _IN_CELL in stretch or _IN_NO_LINE in stretch:
        return None
    try:
        content = stretch if layout.encoding == "utf-8" else stretch.decode(layout.encoding).encode()
        unquoted = _without_quotes(content, layout.delimiter.encode()) if b'"' in content else content
        if unquoted is None or content.startswith(_BYTE_ORDER_MARK) or not _are_rows(unquoted, layout):
            return None
        columns = _cells(unquoted, layout.delimiter, places)
    except (UnicodeDecodeError, pl.exceptions.ComputeError):  # bytes that are no text
        return None
    if _IN_CELL in unquoted:
        columns = [_with_delimiters(column, layout.delimiter) for column in columns]
    return PlainLines(content, columns, content.count(b"\n"))


def _are_rows(content: bytes, layout: Layout) -> bool:
    """Do all lines end alike, and has each as many cells as it should have, not all blank and none too long?"""
    returns = content.count(b"\r")
    if returns not in {0, content.count(b"\n")}:
        return False
    (lines,) = _cells(content, _IN_NO_LINE.decode(), [0])
    delimiters = layout.width - 1
    sizes = lines.str.len_bytes()
    return bool(
        (lines.str.count_matches(layout.delimiter, literal=True) == delimiters).all()
        and sizes.is_between(delimiters, MAX_CELL, closed="none").all()
        # A carriage return at the end of a line is not in it any more.
        and not (returns and lines.str.contains("\r", literal=True).any())
    )


def _cells(content: bytes, delimiter: str, places: Sequence[int]) -> list[pl.Series]:
    """The columns at these places, of lines without quotation marks."""
    in_order = sorted(set(places))
    frame = pl.read_csv(
        content, has_header=False, columns=in_order, separator=delimiter, quote_char=None, infer_schema=False,
        empty_string_is_null=False,
    )  # fmt: skip
    columns = dict(zip(in_order, frame.get_columns(), strict=True))
    return [columns[place] for place in places]


def _with_delimiters(cells: pl.Series, delimiter: str) -> pl.Series:
    mark = _IN_CELL.decode()
    if not cells.str.contains(mark, literal=True).any():  # as of most columns
        return cells
    return cells.str.replace_all(mark, delimiter, literal=True)


def _without_quotes(content: bytes, delimiter: bytes) -> bytes | None:
    """The lines without the quotation marks around cells, and with _IN_CELL for the delimiters within them.

    None where a quotation mark stands elsewhere, and where a cell in quotation marks is empty or has a line break.
    """
    pieces = content.split(b'"')
    outside, inside = pieces[::2], pieces[1::2]
    if len(outside) == len(inside) or not all(inside) or b"\n" in b"".join(inside):
        return None
    before, after = outside[:-1], outside[1:]
    begins = {piece[-1:] for piece in before[1:]} | {before[0][-1:] or b"\n"}
    ends = {piece[:1] for piece in after}
    if not begins <= {delimiter, b"\n"} or not ends <= {delimiter, b"\n", b"\r"}:
        return None
    pieces[1::2] = [piece.replace(delimiter, _IN_CELL) for piece in inside]
    return b"".join(pieces)
