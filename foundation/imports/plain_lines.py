"""Lines of a CSV file that are a row each, which most are: read many at once, and only the cells that are needed."""

from collections.abc import Collection, Sequence

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

    def lines(self, wanted: Collection[int]) -> dict[int, bytes]:
        """The lines with these numbers, from 0, in UTF-8, without their ends."""
        found, begin = {}, 0
        for number in range(max(wanted, default=-1) + 1):
            end = self._content.index(b"\n", begin)
            if number in wanted:
                found[number] = self._content[begin:end].removesuffix(b"\r")
            begin = end + 1
        return found


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
        columns = _with_delimiters(columns, layout.delimiter)
    return PlainLines(content, columns, content.count(b"\n"))


def _are_rows(content: bytes, layout: Layout) -> bool:
    """Do all lines end alike, and has each as many cells as it should have, not all blank and none too long?"""
    delimiters = layout.delimiter.encode() * (layout.width - 1)
    kept = delimiters[:1] + b"\r\n"
    shape = content.translate(None, bytes(byte for byte in range(256) if byte not in kept))
    blank = delimiters + (b"\r\n" if b"\r" in shape else b"\n")
    return (
        shape == blank * content.count(b"\n")
        and not content.startswith(blank)
        and b"\n" + blank not in content
        and not _has_long_line(content)
    )


def _has_long_line(content: bytes) -> bool:
    """Has any line so many bytes as make its cells a matter for a closer look?"""
    begin = 0
    while begin < len(content):
        end = content.rfind(b"\n", begin, begin + MAX_CELL)
        if end < 0:
            return True
        begin = end + 1
    return False


def _cells(content: bytes, delimiter: str, places: Sequence[int]) -> list[pl.Series]:
    """The columns at these places, of lines without quotation marks."""
    in_order = sorted(set(places))
    frame = pl.read_csv(
        content, has_header=False, columns=in_order, separator=delimiter, quote_char=None, infer_schema=False,
        empty_string_is_null=False,
    )  # fmt: skip
    columns = dict(zip(in_order, frame.get_columns(), strict=True))
    return [columns[place] for place in places]


def _with_delimiters(columns: list[pl.Series], delimiter: str) -> list[pl.Series]:
    mark = _IN_CELL.decode()
    marked = pl.DataFrame([column.alias(str(number)) for number, column in enumerate(columns)]).select(
        pl.all().str.contains(mark, literal=True).any()
    )
    return [
        column.str.replace_all(mark, delimiter, literal=True) if is_marked else column
        for column, is_marked in zip(columns, marked.row(0), strict=True)
    ]


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
