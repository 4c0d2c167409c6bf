"""What distance means here, written once.

The definition: the WGS-84 geodesic, in miles. `miles_between` computes it exactly, by Karney's
method in geopy (which is about 0.2 ms a pair: too slow to order thousands of rows by).

What the database orders by is the straight chord, in metres, between the two places' geocentric
coordinates on the WGS-84 ellipsoid (`position`; in SQL `places_position`). `miles_from_chord` turns it
into miles that agree with `miles_between` to 0.003 % below 1,000 miles, 0.1 % below 5,000 and 0.5 % below
9,500 (15,000 km). Nearer to the opposite point of the Earth it is up to 4.3 % short: no use but to say "far".
"""

import math
from typing import NamedTuple, Protocol

from geopy.distance import geodesic

METRES_PER_MILE = 1609.344
"""The international mile; by definition exact."""

WGS84_EQUATORIAL_RADIUS = 6_378_137.0
"""Metres; the ellipsoid's defining constant a (NIMA TR8350.2)."""

WGS84_FLATTENING = 1 / 298.257223563
"""The ellipsoid's other defining constant f."""

WGS84_ECCENTRICITY_SQUARED = WGS84_FLATTENING * (2 - WGS84_FLATTENING)
"""6.69437999014e-3, as the SQL function has it too."""

MEAN_EARTH_RADIUS = 6_371_008.8
"""Metres; (2a + b) / 3 of WGS-84."""


class HasPoint(Protocol):
    """Whatever lies somewhere: degrees north and degrees east."""

    @property
    def latitude(self) -> float: ...

    @property
    def longitude(self) -> float: ...


class Point(NamedTuple):
    """A point on the ellipsoid, in degrees."""

    latitude: float
    longitude: float


def miles_between(a: HasPoint, b: HasPoint) -> float:
    """The length of the WGS-84 geodesic from `a` to `b` in miles."""
    return float(geodesic((a.latitude, a.longitude), (b.latitude, b.longitude)).miles)


def position(latitude: float, longitude: float) -> tuple[float, float, float]:
    """The geocentric (ECEF) coordinates in metres of a point on the WGS-84 ellipsoid."""
    phi, lam = math.radians(latitude), math.radians(longitude)
    # The distance from the axis to the surface, along the surface's normal.
    normal = WGS84_EQUATORIAL_RADIUS / math.sqrt(1 - WGS84_ECCENTRICITY_SQUARED * math.sin(phi) ** 2)
    return (
        normal * math.cos(phi) * math.cos(lam),
        normal * math.cos(phi) * math.sin(lam),
        normal * (1 - WGS84_ECCENTRICITY_SQUARED) * math.sin(phi),
    )


def point_from_position(x: float, y: float, z: float) -> Point:
    """The point whose normal passes nearest to these geocentric coordinates: `position` turned round.

    Exact on the ellipsoid's surface. For a mean of positions, which lies a little below the surface,
    it is the point above it to within a few metres a hundred miles. Raises ValueError for the centre.
    """
    if x == y == z == 0:
        raise ValueError("the centre of the Earth lies below every point")
    latitude = math.degrees(math.atan2(z, math.hypot(x, y) * (1 - WGS84_ECCENTRICITY_SQUARED)))
    return Point(latitude, math.degrees(math.atan2(y, x)))


def chord_between(a: HasPoint, b: HasPoint) -> float:
    """The straight line through the Earth from `a` to `b`, in metres: what the database orders by."""
    return math.dist(position(a.latitude, a.longitude), position(b.latitude, b.longitude))


def miles_from_chord(metres: float) -> float:
    """The miles on the surface that a chord of so many metres spans, on a sphere of the mean radius."""
    half_turn = min(metres / (2 * MEAN_EARTH_RADIUS), 1.0)  # a chord along the equator is longer than the sphere
    return 2 * MEAN_EARTH_RADIUS * math.asin(half_turn) / METRES_PER_MILE


def chord_from_miles(miles: float) -> float:
    """The chord in metres that spans so many miles on the surface: `miles_from_chord` turned round.

    Half the Earth's circumference (12,437 miles) or more gives a chord that every pair of points is within.
    """
    quarter_turn = miles * METRES_PER_MILE / (2 * MEAN_EARTH_RADIUS)
    if quarter_turn >= math.pi / 2:
        return 2 * WGS84_EQUATORIAL_RADIUS
    return 2 * MEAN_EARTH_RADIUS * math.sin(quarter_turn)
