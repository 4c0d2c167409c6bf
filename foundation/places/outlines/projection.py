"""Where a point of the earth lies in the picture of the United States.

This is d3-geo's `geoAlbersUsa` with the scale and the shift of us-atlas (1300, [487.5, 305]): three conic equal-area
projections in one 975 × 610 picture, the lower 48 states, Alaska at 0.35 of their scale, and Hawaii, each with a
window of the picture to itself. https://d3js.org/d3-geo/conic#geoAlbersUsa
"""

from dataclasses import dataclass
from enum import StrEnum
from math import cos, isfinite, pi, radians, sin, sqrt
from typing import NamedTuple, Self

from foundation.places.distance import MEAN_EARTH_RADIUS, METRES_PER_MILE

SCALE = 1300
CENTRE_X, CENTRE_Y = 487.5, 305.0
_HAIR = 1e-6  # d3's epsilon: keeps the inset windows from touching


class Position(NamedTuple):
    """A place in the picture: units to the right of its left edge, and down from its top."""

    x: float
    y: float


@dataclass(frozen=True)
class _Conic:
    """One conic equal-area projection and its window of the picture."""

    cone: float
    offset: float
    reach: float
    turn: float  # radians added to the longitude
    scale: float
    shift_x: float
    shift_y: float
    window: tuple[float, float, float, float]  # left, top, right, bottom

    @classmethod
    def build(
        cls,
        *,
        parallels: tuple[float, float],
        rotate: float,
        centre: tuple[float, float],
        scale: float,
        translate: tuple[float, float],
        window: tuple[float, float, float, float],
    ) -> Self:
        """d3's parameters in degrees; `centre` is (longitude after the rotation, latitude)."""
        south = sin(radians(parallels[0]))
        cone = (south + sin(radians(parallels[1]))) / 2
        offset = 1 + south * (2 * cone - south)
        plain = cls(cone, offset, sqrt(offset) / cone, 0.0, scale, *translate, window)
        centre_x, centre_y = plain._project(radians(centre[0]), radians(centre[1]))
        return cls(
            cone,
            offset,
            plain.reach,
            radians(rotate),
            scale,
            2 * translate[0] - centre_x,
            2 * translate[1] - centre_y,
            window,
        )

    def _project(self, longitude: float, latitude: float) -> Position:
        radius = sqrt(self.offset - 2 * self.cone * sin(latitude)) / self.cone
        x = radius * sin(longitude * self.cone)
        y = self.reach - radius * cos(longitude * self.cone)
        return Position(self.shift_x + self.scale * x, self.shift_y - self.scale * y)

    def place(self, latitude: float, longitude: float) -> Position | None:
        turned = (radians(longitude) + self.turn + pi) % (2 * pi) - pi
        position = self._project(turned, radians(latitude))
        return position if self.shows(position) else None

    def shows(self, position: Position) -> bool:
        left, top, right, bottom = self.window
        return left <= position.x <= right and top <= position.y <= bottom


def _window(left: float, top: float, right: float, bottom: float, hair: float = 0) -> tuple[float, float, float, float]:
    """A window in parts of the scale around the picture's centre, as d3's source gives it."""
    return (
        CENTRE_X + left * SCALE + hair,
        CENTRE_Y + top * SCALE + hair,
        CENTRE_X + right * SCALE - hair,
        CENTRE_Y + bottom * SCALE - hair,
    )


LOWER_48 = _Conic.build(
    parallels=(29.5, 45.5),
    rotate=96,
    centre=(-0.6, 38.7),
    scale=SCALE,
    translate=(CENTRE_X, CENTRE_Y),
    window=_window(-0.455, -0.238, 0.455, 0.238),
)
ALASKA = _Conic.build(
    parallels=(55, 65),
    rotate=154,
    centre=(-2, 58.5),
    scale=SCALE * 0.35,
    translate=(CENTRE_X - 0.307 * SCALE, CENTRE_Y + 0.201 * SCALE),
    window=_window(-0.425, 0.120, -0.214, 0.234, _HAIR),
)
HAWAII = _Conic.build(
    parallels=(8, 18),
    rotate=157,
    centre=(-3, 19.9),
    scale=SCALE,
    translate=(CENTRE_X - 0.205 * SCALE, CENTRE_Y + 0.212 * SCALE),
    window=_window(-0.214, 0.166, -0.115, 0.234, _HAIR),
)


class Part(StrEnum):
    """The three maps that make up the picture."""

    LOWER_48 = "lower 48"
    ALASKA = "AK"
    HAWAII = "HI"


# In d3's order: the first whose window holds the point has it.
_PARTS = {Part.LOWER_48: LOWER_48, Part.ALASKA: ALASKA, Part.HAWAII: HAWAII}


def albers_usa(latitude: float, longitude: float) -> Position | None:
    """Where the point (degrees) lies in the 975 × 610 picture; None where the picture does not show it.

    The picture's windows reach a little over the borders, so Toronto or Tijuana have a position too.
    """
    if not (isfinite(latitude) and isfinite(longitude)):
        return None
    for conic in _PARTS.values():
        if (position := conic.place(latitude, longitude)) is not None:
            return position
    return None


def part_at(position: Position) -> Part:
    """Which of the three maps is drawn at a position. The insets lie where the lower 48 have no land."""
    return next((part for part in (Part.ALASKA, Part.HAWAII) if _PARTS[part].shows(position)), Part.LOWER_48)


def miles_a_unit(position: Position) -> float:
    """How many miles one unit of the picture spans at a position: about 3, in Alaska about 8.7."""
    return MEAN_EARTH_RADIUS / METRES_PER_MILE / _PARTS[part_at(position)].scale
