"""The outlines of the states: what the script makes of us-atlas, and that it fits the projection."""

import gzip
import json
from itertools import pairwise
from pathlib import Path

import pytest
import zipcodes
from django.conf import settings

from foundation.places.outlines import make_outlines
from foundation.places.outlines.projection import Part, Position, albers_usa, part_at
from foundation.places.outlines.shapes import Window, state_at, states, states_in, territories
from foundation.places.states import STATES, StateKind

GEOJSON = settings.BASE_DIR / "static" / "maps" / "us-states.json"
PICTURE = Path(make_outlines.__file__).with_name("states_albers.json")
IN_THE_PICTURE = {code for code, state in STATES.items() if state.kind in (StateKind.STATE, StateKind.DISTRICT)}
IN_INSETS = {code for code, state in STATES.items() if state.kind is StateKind.TERRITORY}


def centre(ring: list[Position]) -> tuple[float, float, float]:
    """A closed ring's centre of mass and its area."""
    crosses = [(a[0] * b[1] - b[0] * a[1], a, b) for a, b in pairwise(ring)]
    area = sum(cross for cross, _a, _b in crosses) / 2
    x = sum((a[0] + b[0]) * cross for cross, a, b in crosses) / (6 * area)
    y = sum((a[1] + b[1]) * cross for cross, a, b in crosses) / (6 * area)
    return x, y, abs(area)


def test_every_state_and_territory_has_an_outline() -> None:
    assert states().keys() == IN_THE_PICTURE
    assert territories().keys() == IN_INSETS
    assert {feature["id"] for feature in json.loads(GEOJSON.read_text())["features"]} == IN_THE_PICTURE | IN_INSETS


@pytest.mark.parametrize(("file", "raw", "packed"), [(PICTURE, 35_000, 16_000), (GEOJSON, 60_000, 20_000)])
def test_the_files_are_small(file: Path, raw: int, packed: int) -> None:
    content = file.read_bytes()
    assert len(content) <= raw
    assert len(gzip.compress(content)) <= packed


def test_the_two_files_and_the_projection_agree_on_the_centre_of_each_state() -> None:
    for feature in json.loads(GEOJSON.read_text())["features"]:
        if feature["id"] not in IN_THE_PICTURE:
            continue
        placed = [
            [albers_usa(latitude, longitude) for longitude, latitude in polygon[0]]
            for polygon in feature["geometry"]["coordinates"]
        ]
        assert all(None not in ring for ring in placed), feature["id"]
        x, y, _area = max((centre(ring) for ring in placed if None not in ring), key=lambda found: found[2])  # type: ignore[arg-type]
        drawn_x, drawn_y, _area = max(
            (centre(ring) for ring in states()[feature["id"]].rings), key=lambda found: found[2]
        )
        assert abs(x - drawn_x) < 2, feature["id"]
        assert abs(y - drawn_y) < 2, feature["id"]


def test_zip_codes_lie_in_the_outline_of_their_state() -> None:
    right = wrong = 0
    for row in zipcodes.list_all()[::7]:  # type: ignore[no-untyped-call]
        if float(row["lat"]) == 0 or row["state"] not in IN_THE_PICTURE:
            continue
        position = albers_usa(float(row["lat"]), float(row["long"]))
        state = state_at(position) if position else None
        if state and state.code == row["state"]:
            right += 1
        else:
            wrong += 1
    assert right > 5_000
    assert right / (right + wrong) >= 0.97


@pytest.mark.parametrize(
    ("latitude", "longitude", "part"),
    [
        (42.36, -71.06, Part.LOWER_48),
        (61.2, -149.9, Part.ALASKA),
        (52.9, 172.9, Part.ALASKA),
        (21.3, -157.9, Part.HAWAII),
    ],
)
def test_alaska_and_hawaii_have_windows_of_their_own(latitude: float, longitude: float, part: Part) -> None:
    position = albers_usa(latitude, longitude)
    assert position is not None
    assert part_at(position) is part


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [(18.4, -66.1), (18.3, -64.9), (13.4, 144.8), (-14.3, -170.7), (15.2, 145.7), (51.5, -0.1), (float("nan"), 0)],
)
def test_territories_and_the_rest_of_the_world_are_off_the_picture(latitude: float, longitude: float) -> None:
    assert albers_usa(latitude, longitude) is None


def test_d3_puts_known_points_where_we_do() -> None:
    # From d3-geo 3: geoAlbersUsa().scale(1300).translate([487.5, 305]).
    assert albers_usa(38.7, -96.6) == pytest.approx((487.5, 305), abs=1e-9)


def test_a_window_in_texas_leaves_hawaiis_inset_out() -> None:
    presidio = albers_usa(29.56, -104.37)
    assert presidio is not None
    window = Window(presidio.x - 100, presidio.y - 60, 200, 120)
    assert states()["HI"].meets(window)
    assert {state.code for state in states_in(window)} >= {"TX", "NM"}
    assert "HI" not in {state.code for state in states_in(window)}


def test_neighbours_still_share_their_borders() -> None:
    colorado, kansas = ({point for ring in states()[code].rings for point in ring} for code in ("CO", "KS"))
    assert len(colorado & kansas) >= 2


# --- the script ---

SQUARES = {
    "type": "Topology",
    "transform": {"scale": [1, 1], "translate": [0, 0]},
    "objects": {
        "states": {
            "type": "GeometryCollection",
            "geometries": [
                {"type": "Polygon", "id": "08", "properties": {"name": "West"}, "arcs": [[0, 1]]},
                {"type": "Polygon", "id": "20", "properties": {"name": "East"}, "arcs": [[2, -1]]},
            ],
        }
    },
    # The shared border with a speck of detail, the rest of the western square, the rest of the eastern one.
    "arcs": [
        [[100, 0], [0, 40], [1, 1], [-1, 1], [0, 58]],
        [[100, 100], [-100, 0], [0, -100], [100, 0]],
        [[100, 0], [100, 0], [0, 100], [-100, 0]],
    ],
}


def test_a_shared_border_is_simplified_once_for_both_neighbours() -> None:
    topology = make_outlines.Topology(SQUARES, lambda arc: make_outlines.simplify(arc, 2))
    west, east = (topology.polygons(state)[0][0] for state in topology.states)
    assert west == [(100, 0), (100, 100), (0, 100), (0, 0)]
    assert {(100, 0), (100, 100)} <= set(east)
    assert len(east) == 4


def test_simplifying_keeps_what_matters_and_the_ends() -> None:
    line = [(0.0, 0.0), (5.0, 0.1), (10.0, 0.0), (10.0, 10.0)]
    assert make_outlines.simplify(line, 2) == [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0)]
    assert make_outlines.simplify(line, 1000) == [(0.0, 0.0), (10.0, 10.0)]


def test_a_path_read_back_is_what_was_written() -> None:
    rings = [[[(10.0, 20.0), (30.0, 20.0), (30.0, -40.0)]], [[(100.0, 100.0), (90.0, 100.0), (90.0, 95.0)]]]
    path, box = make_outlines.svg_path(rings)
    assert path == "m10 20 20 0 0-60zm90 80-10 0 0-5z"
    assert box == [10, -40, 100, 100]
