"""Draws the picture of the country, or of a part of it, with pins: one SVG document that needs nothing else."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import hypot

from django.utils.html import escape

from .pins import Pin, number, radius
from .projection import Position
from .shapes import TENTHS, StateOutline, Window, states, states_in, territories

# The country: a little wider than us-atlas's picture, for the Aleutians, and with a row of insets below.
COUNTRY = Window(-64, 0, 1040, 708)
_INSETS_TOP, _INSET_GAP, _INSET_HEIGHT = 620, 10, 80
_INSET_SHAPE_WIDTH = 90
_INSET_BUBBLE = {1: 14.0, 2: 16.0, 3: 19.0, 4: 23.0, 5: 25.0}  # characters of the number → radius

# The site's own colours (static/css/site.css); an image can't see its page's stylesheet. On --sea and --land the
# letters have a contrast of at least 4.5:1 and the bubbles of at least 3:1, in light and in dark.
_STYLE = """
:root{--sea:#e9f0ee;--land:#fcf9f3;--border:#9fb0a8;--bubble:#0d453c;--on:#fff;--letters:#4a5450;--you:#f4b63f;--on-you:#1b2321}
@media(prefers-color-scheme:dark){:root{--sea:#0b100f;--land:#22302b;--border:#52655d;--bubble:#8adcc6;--on:#08251f;\
--letters:#b9c4be;--you:#f4b63f;--on-you:#0b100f}}
.sea{fill:var(--sea)}.land{fill:var(--land);stroke:var(--border);stroke-linejoin:round}
path,circle{vector-effect:non-scaling-stroke}
.bubbles circle{fill:var(--bubble);stroke:var(--land);stroke-width:1.5}
text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",Arial,sans-serif;text-anchor:middle}
.bubbles text{fill:var(--on);font-weight:700}
.code{fill:var(--letters);font-weight:600;letter-spacing:.04em}
.inset>rect{fill:none;stroke:var(--border)}
.inset>text,.scale text{fill:var(--letters)}
.here>rect{stroke:var(--you);stroke-width:4}
.scale path{fill:none;stroke:var(--letters);stroke-width:2}
.globe{fill:none;stroke:var(--border)}
.you path{fill:var(--you);stroke:var(--on-you);stroke-width:2}.you circle{fill:var(--on-you)}
"""


# What a Content-Security-Policy must allow for the document's one <style>.
STYLE_SOURCE = f"'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'"


@dataclass(frozen=True)
class Inset:
    """A box below the country for what the projection can't place. `code` is a territory's, or empty for abroad."""

    code: str
    name: str
    count: int
    is_here: bool = False  # the searched place lies there


@dataclass(frozen=True)
class ScaleBar:
    """A line in the corner that says how far things are apart: its length in units, and what it says."""

    length: float
    text: str


def window_around(position: Position, width: float) -> Window:
    """The part of the picture around a point, `width` units across, of the same shape as the whole."""
    height = width * COUNTRY.height / COUNTRY.width
    return Window(position.x - width / 2, position.y - height / 2, width, height)


def draw_map(
    pins: Iterable[Pin],
    *,
    window: Window | None = None,
    you: Position | None = None,
    insets: Sequence[Inset] = (),
    scale_bar: ScaleBar | None = None,
    title: str,
    description: str,
    enlarge: float = 1.0,
) -> str:
    """The SVG document of the country (or of `window`) with a bubble for each pin.

    `you` marks the searched place. `insets` are drawn below the country only, `scale_bar` in a window only. `enlarge`
    makes letters and bubbles larger, for where the picture is shown small. Pins are drawn as they come: gather them
    first (`pins.gather`).
    """
    shown = window or COUNTRY
    unit = shown.width / COUNTRY.width * enlarge
    drawn = list(pins)
    total = sum(pin.count for pin in drawn)
    box = f'width="{shown.width:.4g}" height="{shown.height:.4g}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="t d" width="{COUNTRY.width:g}"',
        f' height="{COUNTRY.height:g}" viewBox="{shown.x:.4g} {shown.y:.4g} {shown.width:.4g} {shown.height:.4g}">',
        f'<title id="t">{escape(title)}</title><desc id="d">{escape(description)}</desc><style>{_STYLE}</style>',
        f'<rect class="sea" x="{shown.x:.4g}" y="{shown.y:.4g}" {box}/>',
        _land(states_in(window) if window else states().values()),
        _codes(shown, [*((pin.x, pin.y) for pin in drawn), *([you] if you else [])], unit) if window else "",
        "" if window else _insets(insets, enlarge),
        '<g class="bubbles">',
        *(_bubble(pin, radius(pin.count, total) * unit) for pin in drawn),
        "</g>",
        _scale_bar(scale_bar, shown, unit) if scale_bar and window else "",
        _you(you, unit) if you else "",
        "</svg>",
    ]
    return "".join(parts)


def _land(outlines: Iterable[StateOutline]) -> str:
    paths = "".join(f'<path d="{state.path}"/>' for state in outlines)
    return f'<g class="land" transform="scale({1 / TENTHS:g})">{paths}</g>'


def _bubble(pin: Pin, size: float) -> str:
    """A circle with the number inside where it stands for more than one group."""
    places = 1 if size > 4 else 2  # decimals: more where a small part is drawn large
    x, y = f"{pin.x:.{places}f}", f"{pin.y:.{places}f}"
    circle = f'<circle cx="{x}" cy="{y}" r="{size:.{places}f}"/>'
    if pin.count == 1:
        return circle
    text = number(pin.count)
    letters = size * {1: 1.25, 2: 1.1, 3: 0.95, 4: 0.8}.get(len(text), 0.7)
    baseline = f"{pin.y + letters * 0.36:.{places}f}"
    return f'{circle}<text x="{x}" y="{baseline}" font-size="{letters:.{places}f}">{text}</text>'


def _you(position: Position, unit: float) -> str:
    """A drop whose tip is at the place, drawn 24 units wide and 32 high."""
    drop = "M0 0C-3-9-12-12-12-21A12 12 0 0 1 12-21C12-12 3-9 0 0Z"
    return (
        f'<g class="you" transform="translate({position.x:.2f} {position.y:.2f}) scale({unit * 1.15:.4f})">'
        f'<path d="{drop}"/><circle cy="-20.5" r="4.5"/></g>'
    )


def _scale_bar(bar: ScaleBar, shown: Window, unit: float) -> str:
    left, bottom, tick = shown.x + 20 * unit, shown.y + shown.height - 20 * unit, 8 * unit
    return (
        f'<g class="scale"><path d="M{left:.2f} {bottom - tick:.2f}v{tick:.2f}h{bar.length:.2f}v{-tick:.2f}"/>'
        f'<text x="{left + bar.length / 2:.2f}" y="{bottom - tick * 0.7:.2f}" font-size="{17 * unit:.2f}">'
        f"{escape(bar.text)}</text></g>"
    )


def _codes(shown: Window, taken: Sequence[tuple[float, float]], unit: float) -> str:
    """Each state's two letters amid what the window shows of it, away from the points `taken` where that can be."""
    size = 24 * unit
    letters = []
    for code, points in sorted(_points_by_state(shown).items()):
        middle_x, middle_y = (sum(axis) / len(points) for axis in zip(*points, strict=True))

        def price(point: Position, x: float = middle_x, y: float = middle_y) -> float:
            crowd = sum(hypot(point.x - pin_x, point.y - pin_y) < size * 1.2 for pin_x, pin_y in taken)
            return hypot(point.x - x, point.y - y) + crowd * shown.width / 4

        best = min(points, key=price)
        letters.append(
            f'<text class="code" x="{best.x:.2f}" y="{best.y + size * 0.36:.2f}" font-size="{size:.2f}">{code}</text>'
        )
    return "".join(letters)


def _points_by_state(shown: Window) -> dict[str, list[Position]]:
    """A grid of points over the window, off its edges, by the state that each lies in."""
    columns, rows = 16, 11
    near = states_in(shown)
    found: dict[str, list[Position]] = {}
    for row in range(rows):
        for column in range(columns):
            x = shown.x + (column + 1) * shown.width / (columns + 1)
            y = shown.y + (row + 1) * shown.height / (rows + 1)
            if (state := next((s for s in near if s.holds(Position(x, y))), None)) is not None:
                found.setdefault(state.code, []).append(Position(x, y))
    return found


def _insets(insets: Sequence[Inset], enlarge: float) -> str:
    if not insets:
        return ""
    width = (COUNTRY.width - _INSET_GAP * (len(insets) + 1)) / len(insets)
    return "".join(
        _inset(inset, COUNTRY.x + _INSET_GAP + index * (width + _INSET_GAP), width, enlarge)
        for index, inset in enumerate(insets)
    )


def _inset(inset: Inset, left: float, width: float, enlarge: float) -> str:
    """A box with the land (or a globe), its name below it and its count on it; shown small, the code for the name."""
    middle = left + width / 2
    is_small = enlarge > 1.3
    name, letters = (inset.code or "…", 26.0) if is_small else (inset.name, 15.0)
    shape_top = _INSETS_TOP + 8
    if inset.code:
        shape_left = middle - _INSET_SHAPE_WIDTH / 2
        land = (
            f'<g class="land" transform="translate({shape_left:.1f} {shape_top}) scale({1 / TENTHS:g})">'
            f'<path d="{territories()[inset.code]}"/></g>'
        )
    else:
        land = _globe(middle, shape_top + 20)
    pin = Pin(middle, shape_top + 20, inset.count)
    bubble = _bubble(pin, _INSET_BUBBLE[len(number(pin.count))]) if pin.count else ""
    return (
        f'<g class="inset{" here" if inset.is_here else ""}">'
        f'<rect x="{left:.1f}" y="{_INSETS_TOP}" width="{width:.1f}" height="{_INSET_HEIGHT}" rx="8"/>{land}'
        f'<text x="{middle:.1f}" y="{_INSETS_TOP + _INSET_HEIGHT - 9}" font-size="{letters:g}">{escape(name)}</text>'
        f'<g class="bubbles">{bubble}</g></g>'
    )


def _globe(x: float, y: float) -> str:
    return (
        f'<g class="globe" transform="translate({x:.1f} {y})"><circle r="20"/><ellipse rx="9" ry="20"/>'
        '<path d="M-20 0H20M-17-10H17M-17 10H17"/></g>'
    )
