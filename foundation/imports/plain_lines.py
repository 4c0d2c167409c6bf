"""Lines of a CSV file that are a row each, which most are: read many at once, and only the cells that are needed."""

from collections.abc import Sequence

_IN_CELL = "\x1f"
"""Stands for a delimiter within quotation marks, until the cells are apart."""


class PlainLines:
    """Whole lines that are a row each, without a problem. `columns` has their cells by place, where asked for."""

    def __init__(self, text: str, end: str, columns: list[list[str]], count: int) -> None:
        self._text = text
        self._end = end
        self.columns = columns
        self.count = count

    def lines(self) -> list[str]:
        """The lines themselves, without their ends."""
        return self._text.split(self._end)[:-1]


def plain_lines(stretch: bytes, encoding: str, delimiter: str, width: int, places: Sequence[int]) -> PlainLines | None:
    """These whole lines (of less than MAX_CELL bytes), or None where there are none, or anything is unusual.

    Unusual are cells with line breaks, quotation marks within quotation marks, blank rows, rows of another width and
    bytes that cannot be read: the reader takes such lines one by one.
    """
    try:
        text = stretch.decode(encoding)
    except UnicodeDecodeError:
        return None
    end = "\r\n" if "\r" in text else "\n"
    count = text.count("\n")
    if not text or width < 2 or text.count(end) != count or text.count("\r") not in {0, count} or _IN_CELL in text:
        return None
    unquoted = _without_quotes(text, delimiter, end) if '"' in text else text
    if unquoted is None or f"\n{delimiter * (width - 1)}{end}" in f"\n{unquoted}":
        return None
    # Every line break begins a cell. So where all of them are in first cells, all rows are of this width.
    cells = unquoted.replace(end, f"{delimiter}\n").split(delimiter)
    cells.pop()
    if len(cells) != count * width or "".join(cells[::width]).count("\n") != count - 1:
        return None
    return PlainLines(
        text, end, [_column(cells[place::width], delimiter, has_breaks=place == 0) for place in places], count
    )


def _column(cells: list[str], delimiter: str, *, has_breaks: bool) -> list[str]:
    if has_breaks:
        cells = [cell.removeprefix("\n") for cell in cells]
    if _IN_CELL in "".join(cells):
        return [cell.replace(_IN_CELL, delimiter) for cell in cells]
    return cells


def _without_quotes(text: str, delimiter: str, end: str) -> str | None:
    """The lines without the quotation marks around cells, and with _IN_CELL for the delimiters within them.

    None where a quotation mark stands elsewhere, and where a cell in quotation marks is empty or has a line break.
    """
    pieces = text.split('"')
    outside, inside = pieces[::2], pieces[1::2]
    if len(outside) == len(inside) or not all(inside) or "\n" in "".join(inside):
        return None
    before, after = outside[:-1], outside[1:]
    begins = {piece[-1:] for piece in before[1:]} | {before[0][-1:] or "\n"}
    ends = {piece[:1] for piece in after}
    if not begins <= {delimiter, "\n"} or not ends <= {delimiter, end[0]}:
        return None
    pieces[1::2] = [piece.replace(delimiter, _IN_CELL) for piece in inside]
    return "".join(pieces)
