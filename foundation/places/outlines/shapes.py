"""The outlines themselves, as make_outlines.py wrote them, in units of the 975 × 610 picture of the country."""

import json
import re
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from .projection import Part, Position, part_at

_FILE = Path(__file__).with_name("states_albers.json")
# Paths are kept in whole tenths, which takes half the bytes of decimals.
TENTHS = 10
_SUBPATH = re.compile(r"m([^z]*)z")
_NUMBER = re.compile(r"-?\d+")


class Window(NamedTuple):
    """A part of the picture: its left top corner and its size, in the picture's units."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> Position:
        return Position(self.x + self.width / 2, self.y + self.height / 2)

    def holds(self, position: Position) -> bool:
        return self.x <= position.x <= self.x + self.width and self.y <= position.y <= self.y + self.height


@dataclass(frozen=True)
class StateOutline:
    """One of the 50 states or DC. `path` is the `d` of an SVG path in tenths of a unit."""

    code: str
    path: str
    box: tuple[float, float, float, float]  # left, top, right, bottom in units

    @property
    def part(self) -> Part:
        return {"AK": Part.ALASKA, "HI": Part.HAWAII}.get(self.code, Part.LOWER_48)

    def meets(self, window: Window) -> bool:
        """Does the state's box meet the window?"""
        left, top, right, bottom = self.box
        return (
            left <= window.x + window.width
            and right >= window.x
            and top <= window.y + window.height
            and bottom >= window.y
        )

    @cached_property
    def rings(self) -> list[list[Position]]:
        """The path's rings as points in units, each closed."""
        rings = []
        x = y = 0
        for subpath in _SUBPATH.findall(self.path):
            numbers = [int(number) for number in _NUMBER.findall(subpath)]
            ring = []
            for step_x, step_y in zip(numbers[::2], numbers[1::2], strict=True):
                x, y = x + step_x, y + step_y
                ring.append(Position(x / TENTHS, y / TENTHS))
            x, y = round(ring[0].x * TENTHS), round(ring[0].y * TENTHS)  # "z" takes the pen back to the start
            rings.append([*ring, ring[0]])
        return rings

    def holds(self, position: Position) -> bool:
        """Does the point lie within the outline? (Even-odd rule: a ray to the right crosses its border oddly often.)"""
        left, top, right, bottom = self.box
        if not (left <= position.x <= right and top <= position.y <= bottom):
            return False
        inside = False
        for ring in self.rings:
            for (x1, y1), (x2, y2) in pairwise(ring):
                if (y1 > position.y) != (y2 > position.y):
                    inside ^= position.x < x1 + (position.y - y1) / (y2 - y1) * (x2 - x1)
        return inside


@cache
def states() -> dict[str, StateOutline]:
    """The 50 states and DC by their postal code."""
    stored = json.loads(_FILE.read_text(encoding="utf-8"))["states"]
    return {
        code: StateOutline(code, state["path"], tuple(tenth / TENTHS for tenth in state["box"]))
        for code, state in stored.items()
    }


@cache
def territories() -> dict[str, str]:
    """The five inhabited territories by postal code, each an SVG path in tenths that fills 90 × 40 units of its own."""
    stored: dict[str, str] = json.loads(_FILE.read_text(encoding="utf-8"))["territories"]
    return stored


def states_in(window: Window) -> list[StateOutline]:
    """The states to draw in a window around one place. A window in Texas may reach into Hawaii's inset: not drawn."""
    part = part_at(window.middle)
    return [state for state in states().values() if state.part is part and state.meets(window)]


def state_at(position: Position) -> StateOutline | None:
    """The state whose outline holds the point."""
    return next((state for state in states().values() if state.holds(position)), None)
