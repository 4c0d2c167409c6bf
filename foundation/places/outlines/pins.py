"""Pins of the picture: many points gathered into few bubbles that don't cover each other."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

# In units of the whole country's picture.
LEAST_RADIUS, MOST_RADIUS = 8.0, 34.0
# A bubble of this part of all the groups is drawn as large as they get.
_LARGE_SHARE = 8
_LARGE_AT_LEAST = 60
# Bubbles keep this much of their radii apart, so that the land between them is seen.
_APART = 1.15
# The number inside needs room: its characters → the least radius.
_ROOM = {1: 11.0, 2: 14.0, 3: 18.0, 4: 22.0, 5: 25.0}


@dataclass(frozen=True)
class Pin:
    """`count` groups around a point of the picture."""

    x: float
    y: float
    count: int

    def joined_with(self, other: "Pin") -> "Pin":
        """Both as one, at the mean of all their groups."""
        count = self.count + other.count
        x = (self.x * self.count + other.x * other.count) / count
        y = (self.y * self.count + other.y * other.count) / count
        return Pin(x, y, count)


def number(count: int) -> str:
    """The count in at most five characters."""
    return f"{count:,}" if count < 10_000 else f"{count // 1000}k"


def radius(count: int, total: int) -> float:
    """A bubble's radius in units: the area beyond the least one grows with the count."""
    if count == 1:
        return LEAST_RADIUS
    large = max(total / _LARGE_SHARE, _LARGE_AT_LEAST)
    grown = LEAST_RADIUS + (MOST_RADIUS - LEAST_RADIUS) * sqrt(min(1, count / large))
    return max(grown, _ROOM[len(number(count))])


def gather(points: Iterable[Pin], *, unit: float = 1.0) -> list[Pin]:
    """Join pins until no two bubbles cover each other; the largest first.

    `unit` is the length of one unit of the drawing in the picture's units: below 1 when a small part is drawn large,
    above 1 when pins are drawn larger than usual. Counts add up to those that came in.
    """
    waiting = sorted(points, key=lambda pin: (-pin.count, pin.x, pin.y))
    total = sum(pin.count for pin in waiting)
    settled: dict[Pin, float] = {}  # each with the room that it takes
    for arriving in waiting:
        pin, room = arriving, radius(arriving.count, total) * _APART * unit
        # A joined pin has moved and grown, so it may now cover another: until it covers none.
        while covered := _first_covered(pin, room, settled):
            del settled[covered]
            pin = covered.joined_with(pin)
            room = radius(pin.count, total) * _APART * unit
        settled[pin] = room
    return sorted(settled, key=lambda pin: (-pin.count, pin.x, pin.y))


def _first_covered(pin: Pin, room: float, settled: dict[Pin, float]) -> Pin | None:
    x, y = pin.x, pin.y
    for other, other_room in settled.items():
        if (x - other.x) ** 2 + (y - other.y) ** 2 < (room + other_room) ** 2:
            return other
    return None
