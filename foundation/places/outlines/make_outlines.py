"""Makes the outlines of the states from npm's `us-atlas` 3 (Census Bureau shapes, ISC licence).

    npm pack us-atlas@3 && tar xzf us-atlas-3*.tgz
    DJANGO_SETTINGS_MODULE=config.settings.test .venv/bin/python -m foundation.places.outlines.make_outlines package

writes the two files that are committed, the same bytes each time:

- `foundation/places/outlines/states_albers.json`, for the server-drawn picture: one SVG path a state, in tenths of the
  units of us-atlas's 975 × 610 picture, and each territory drawn into a little picture of its own;
- `static/maps/us-states.json`, for Leaflet: GeoJSON in degrees, territories included.

TopoJSON keeps a border once, as an "arc" that both neighbours refer to. It is simplified there, once, so neighbours
still meet without gaps. The simplification is Visvalingam's: the point that matters least (the triangle with its two
neighbours has the least area) goes first.
"""

import json
import sys
from collections.abc import Callable, Iterable
from itertools import pairwise
from math import cos, radians
from pathlib import Path
from typing import Any

from foundation.places.states import STATES_BY_FIPS, StateKind

type Point = tuple[float, float]
type Ring = list[Point]
type Polygon = list[Ring]  # the outer ring, then its holes

HERE = Path(__file__).parent
PICTURE = HERE / "states_albers.json"
GEOJSON = HERE.parent.parent.parent / "static" / "maps" / "us-states.json"

# The least triangle and the least island that stay: in square units of the picture (one is about nine square miles),
# and in "square degrees" at the equator's scale for Leaflet.
PICTURE_TRIANGLE, PICTURE_ISLAND = 0.7, 1.5
DEGREES_TRIANGLE, DEGREES_ISLAND = 0.0055, 0.01
TERRITORY_TRIANGLE = 0.00001
INSET_WIDTH, INSET_HEIGHT = 900, 400  # tenths, like the rest of the picture


class Topology:
    """A TopoJSON file, its arcs unpacked and made simpler."""

    def __init__(self, source: dict[str, Any], simpler: Callable[[Ring], Ring]) -> None:
        (self._scale_x, self._scale_y), (self._left, self._top) = (
            source["transform"][k] for k in ("scale", "translate")
        )
        self._arcs = [simpler(self._unpack(arc)) for arc in source["arcs"]]
        self.states: list[dict[str, Any]] = sorted(
            source["objects"]["states"]["geometries"], key=lambda state: state["id"]
        )

    def _unpack(self, arc: Iterable[tuple[int, int]]) -> Ring:
        """The arc's points: each is stored as whole steps from the one before."""
        x = y = 0
        points = []
        for step_x, step_y in arc:
            x, y = x + step_x, y + step_y
            points.append((x * self._scale_x + self._left, y * self._scale_y + self._top))
        return points

    def polygons(self, state: dict[str, Any]) -> list[Polygon]:
        groups = state["arcs"] if state["type"] == "MultiPolygon" else [state["arcs"]]
        return [[self._ring(arcs) for arcs in polygon] for polygon in groups]

    def _ring(self, arcs: list[int]) -> Ring:
        """Arcs put end to end; `~index` means the arc backwards. The closing point is left out."""
        points: Ring = []
        for index in arcs:
            arc = self._arcs[index] if index >= 0 else self._arcs[~index][::-1]
            points += arc[:-1]
        return points


def triangle(a: Point, b: Point, c: Point) -> float:
    return abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2


def area(ring: Ring) -> float:
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise([*ring, ring[0]]))) / 2 if ring else 0.0


def simplify(line: Ring, least: float, size: Callable[[Point, Point, Point], float] = triangle) -> Ring:
    """`line` without the points whose triangle is smaller than `least`; its two ends stay."""
    kept = list(line)
    sizes = [size(*kept[i - 1 : i + 2]) for i in range(1, len(kept) - 1)]
    while sizes and (smallest := min(sizes)) < least:
        at = sizes.index(smallest)
        del kept[at + 1], sizes[at]
        for near in (at - 1, at):
            if 0 <= near < len(sizes):
                # Never smaller than what went before it: Visvalingam's own rule, so that detail goes in its order.
                sizes[near] = max(size(*kept[near : near + 3]), smallest)
    return kept


def large_enough(polygons: list[Polygon], least: float) -> list[Polygon]:
    """The polygons that are at least `least` large, and always the largest one."""
    largest = max(area(polygon[0]) for polygon in polygons)
    return [
        [polygon[0], *(hole for hole in polygon[1:] if area(hole) >= least)]
        for polygon in polygons
        if area(polygon[0]) >= min(least, largest)
    ]


def svg_path(polygons: list[Polygon]) -> tuple[str, list[int]]:
    """The polygons as the `d` of an SVG path in whole numbers with relative steps, and its box (x, y, x, y)."""
    parts: list[str] = []
    pen = (0, 0)
    seen: list[tuple[int, int]] = []
    for ring in (ring for polygon in polygons for ring in polygon):
        points = without_repeats([(round(x), round(y)) for x, y in ring])
        if len(points) < 3:
            continue
        seen += points
        steps = []
        for here, there in pairwise([pen, *points]):
            x, y = there[0] - here[0], there[1] - here[1]
            steps.append(f"{x}{y}" if y < 0 else f"{x} {y}")
        parts.append(joined("m", steps) + "z")
        pen = points[0]
    xs, ys = zip(*seen, strict=True)
    return "".join(parts), [min(xs), min(ys), max(xs), max(ys)]


def without_repeats(points: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return [point for before, point in pairwise([points[-1], *points]) if point != before]


def joined(command: str, steps: list[str]) -> str:
    """Steps after one command letter; a minus sign parts two numbers by itself. After "m", further pairs are lines."""
    text = command + steps[0]
    for step in steps[1:]:
        text += step if step.startswith("-") else f" {step}"
    return text


def make_picture(albers: dict[str, Any], degrees: dict[str, Any]) -> dict[str, Any]:
    topology = Topology(albers, lambda arc: simplify(arc, PICTURE_TRIANGLE))
    states = {}
    for state in topology.states:
        polygons = large_enough(topology.polygons(state), PICTURE_ISLAND)
        tenths = [[[(x * 10, y * 10) for x, y in ring] for ring in polygon] for polygon in polygons]
        path, box = svg_path(tenths)
        states[code_of(state)] = {"box": box, "path": path}
    return {"states": by_key(states), "territories": by_key(insets(degrees))}


def insets(degrees: dict[str, Any]) -> dict[str, Any]:
    """Each territory drawn to fill a little picture of INSET_WIDTH × INSET_HEIGHT, whatever its size on the ground."""
    topology = Topology(degrees, lambda arc: simplify(arc, TERRITORY_TRIANGLE))
    drawn = {}
    for state in topology.states:
        if not is_territory(state):
            continue
        polygons = main_islands(code_of(state), topology.polygons(state))
        ring_points = [point for polygon in polygons for point in polygon[0]]
        west, east = min(x for x, _ in ring_points), max(x for x, _ in ring_points)
        south, north = min(y for _, y in ring_points), max(y for _, y in ring_points)
        narrow = cos(radians((south + north) / 2))
        scale = min(INSET_WIDTH / ((east - west) * narrow), INSET_HEIGHT / (north - south))
        left = (INSET_WIDTH - (east - west) * narrow * scale) / 2
        top = (INSET_HEIGHT - (north - south) * scale) / 2
        placed = [
            [[(left + (x - west) * narrow * scale, top + (north - y) * scale) for x, y in ring] for ring in polygon]
            for polygon in polygons
        ]
        path, _ = svg_path(placed)
        drawn[code_of(state)] = path
    return drawn


def main_islands(code: str, polygons: list[Polygon]) -> list[Polygon]:
    """Those that are still seen: American Samoa and the Marianas are specks of land in hundreds of miles of sea."""
    if code == "AS":
        return [polygon for polygon in polygons if polygon[0][0][0] < -170 and polygon[0][0][1] < -14]
    if code == "MP":
        return [polygon for polygon in polygons if polygon[0][0][1] < 15.4]
    return polygons


def code_of(state: dict[str, Any]) -> str:
    return STATES_BY_FIPS[state["id"]].code


def is_territory(state: dict[str, Any]) -> bool:
    return STATES_BY_FIPS[state["id"]].kind is StateKind.TERRITORY


def make_geojson(degrees: dict[str, Any]) -> dict[str, Any]:
    def size(a: Point, b: Point, c: Point) -> float:
        return triangle(a, b, c) * cos(radians(b[1]))

    def simpler(arc: Ring) -> Ring:
        return simplify(arc, DEGREES_TRIANGLE, size)

    coarse = Topology(degrees, simpler)
    fine = Topology(degrees, lambda arc: simplify(arc, TERRITORY_TRIANGLE * 10))
    features = []
    for state, fine_state in zip(coarse.states, fine.states, strict=True):
        if is_territory(state):
            polygons, places = fine.polygons(fine_state), 3
        else:
            polygons, places = large_enough(coarse.polygons(state), DEGREES_ISLAND), 2
        features.append(
            {
                "type": "Feature",
                "id": code_of(state),
                "properties": {},
                "geometry": {
                    "type": "MultiPolygon",
                    "coordinates": [[rounded(ring, places) for ring in polygon] for polygon in polygons],
                },
            }
        )
    return {"type": "FeatureCollection", "features": sorted(features, key=lambda feature: str(feature["id"]))}


def rounded(ring: Ring, places: int) -> list[list[float]]:
    """The ring closed, as GeoJSON wants it. The Aleutians beyond the date line go west of it, next to the others."""
    points: list[list[float]] = []
    for x, y in [*ring, ring[0]]:
        point = [round(x - 360 if x > 170 else x, places), round(y, places)]
        if not points or points[-1] != point:
            points.append(point)
    return points


def by_key(items: dict[str, Any]) -> dict[str, Any]:
    return dict(sorted(items.items()))


def write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="utf-8")


def main(folder: Path) -> None:
    """Write both files from the unpacked `us-atlas` package in `folder`."""
    albers, degrees = (
        json.loads((folder / name).read_text(encoding="utf-8"))
        for name in ("states-albers-10m.json", "states-10m.json")
    )
    write(PICTURE, make_picture(albers, degrees))
    write(GEOJSON, make_geojson(degrees))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
