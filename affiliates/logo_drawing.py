"""The network's logo with a group's name below it, as an SVG. Pure: names of any length and script fit."""

import base64
import unicodedata
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.sax.saxutils import escape

WIDTH = 1200
MARGIN = 80
_MARK = 420
# A logo may reach beyond its view box.
_ROOM = 40
_SIZES = (120, 100, 84, 70, 58, 50)
_MOST_LINES = 3
_FONT = "Inter, 'Noto Sans', 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"


@dataclass(frozen=True)
class Palette:
    """The colours of one version of the logo."""

    name: str
    ground: str
    ink: str


LIGHT, DARK = Palette("light", "#ffffff", "#14201d"), Palette("dark", "#0d453c", "#ffffff")


@dataclass(frozen=True)
class Lines:
    """A name broken into lines that fit, and the size of their letters."""

    texts: list[str]
    size: int


@dataclass(frozen=True)
class Row:
    """One line of text: its letters' size and weight, and where its baseline is, from the top."""

    text: str
    size: int
    weight: int
    baseline: int


@dataclass(frozen=True)
class Lockup:
    """The logo with its lines below it: where everything stands, in pixels. It is 1200 wide."""

    name: str
    mark: str
    palette: Palette
    rows: list[Row]
    height: int

    def svg(self) -> str:
        """The drawing with its letters as text, which the reader's own fonts show."""
        texts = "".join(
            f'<text x="{WIDTH // 2}" y="{row.baseline}" font-size="{row.size}" font-weight="{row.weight}"'
            f' text-anchor="middle">{escape(row.text)}</text>'
            for row in self.rows
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{self.height}"'
            f' viewBox="0 0 {WIDTH} {self.height}"><title>{escape(self.name)}</title>'
            f'<rect width="{WIDTH}" height="{self.height}" fill="{self.palette.ground}"/>'
            f'<g transform="translate({(WIDTH - _MARK) // 2} {MARGIN})">{self.mark}</g>'
            f'<g fill="{self.palette.ink}" font-family="{_FONT}">{texts}</g></svg>'
        )

    def page(self) -> tuple[str, str]:
        """The same as HTML and CSS of one page, for WeasyPrint: in an SVG it would not join the letters of a script."""
        side = _MARK + 2 * _ROOM
        picture = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side}">'
            f'<g transform="translate({_ROOM} {_ROOM})">{self.mark}</g></svg>'
        )
        data = base64.b64encode(picture.encode()).decode()
        lines = "".join(
            f'<p dir="auto" style="top: {row.baseline - round(row.size * 0.95)}px; font: {row.weight} {row.size}px/1.2'
            f' {_FONT.replace(chr(39), "")}">{escape(row.text)}</p>'
            for row in self.rows
        )
        css = (
            f"@page {{ size: {WIDTH}px {self.height}px; margin: 0; background: {self.palette.ground} }}"
            f" body {{ margin: 0; color: {self.palette.ink} }}"
            f" img {{ position: absolute; top: {MARGIN - _ROOM}px; left: {(WIDTH - side) // 2}px }}"
            " p { position: absolute; left: 0; right: 0; margin: 0; text-align: center; white-space: nowrap }"
        )
        return f'<img alt="Logo" src="data:image/svg+xml;base64,{data}">{lines}', css


def lockup(*, name: str, network: str, mark: str, palette: Palette) -> Lockup:
    """The logo with `name` below it and `network` below that. `mark` is the network's logo as `mark_of` gives it."""
    lines, small = fit(name), fit(network, sizes=(46, 38))
    top = MARGIN + _MARK + MARGIN
    rows = [Row(text, lines.size, 700, top + round(lines.size * (1.22 * number + 0.8)))
            for number, text in enumerate(lines.texts)]  # fmt: skip
    below = top + round(lines.size * 1.22 * len(lines.texts)) + 30
    rows += [Row(text, small.size, 400, below + round(small.size * (1.3 * number + 0.8)))
             for number, text in enumerate(small.texts)]  # fmt: skip
    return Lockup(name, mark, palette, rows, below + round(small.size * 1.3 * len(small.texts)) + MARGIN)


def mark_of(file_name: str, content: bytes) -> str:
    """The network's logo as a piece of SVG of 420 by 420: an SVG stays one, another picture is embedded."""
    if file_name.endswith(".svg"):
        ElementTree.register_namespace("", "http://www.w3.org/2000/svg")
        root = ElementTree.fromstring(content)  # noqa: S314  # the network's own file
        if "viewBox" not in root.attrib and {"width", "height"} <= set(root.keys()):
            root.set("viewBox", f"0 0 {root.attrib['width']} {root.attrib['height']}")
        for name in ("x", "y", "role", "aria-label"):
            root.attrib.pop(name, None)
        root.set("width", str(_MARK))
        root.set("height", str(_MARK))
        root.set("overflow", "visible")
        return ElementTree.tostring(root, encoding="unicode")
    kind = "jpeg" if file_name.endswith((".jpg", ".jpeg")) else file_name.rpartition(".")[2]
    data = base64.b64encode(content).decode()
    return f'<image width="{_MARK}" height="{_MARK}" href="data:image/{kind};base64,{data}"/>'


def fit(text: str, *, sizes: tuple[int, ...] = _SIZES) -> Lines:
    """`text` in the largest letters in which it takes three lines at most, or in the smallest, in as many as needed."""
    for size in sizes:
        texts = wrap(text, (WIDTH - 2 * MARGIN) / size)
        if len(texts) <= _MOST_LINES:
            break
    return Lines(texts, size)


def wrap(text: str, ems: float) -> list[str]:
    """`text` broken between words into lines of at most so many ems; a longer word is broken within."""
    lines: list[str] = []
    for word in text.split():
        if lines and width_of(f"{lines[-1]} {word}") <= ems:
            lines[-1] += f" {word}"
            continue
        pieces = _pieces(word, ems)
        lines += pieces
    return lines


def _pieces(word: str, ems: float) -> list[str]:
    pieces = [""]
    for letter in word:
        # A mark stays with its letter.
        if width_of(pieces[-1] + letter) > ems and not unicodedata.combining(letter):
            pieces.append("")
        pieces[-1] += letter
    return pieces


def width_of(text: str) -> float:
    """How wide `text` is at most in bold letters, in ems; generous, because the reader's font is not known."""
    return sum(_width(letter) for letter in text)


def _width(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.05
    if letter in "iljIrtf.,:;'!|()[] ":
        return 0.42
    if letter in "mwMW@%—" or ord(letter) >= 0x0590:
        return 1
    return 0.78 if letter.isupper() else 0.66
