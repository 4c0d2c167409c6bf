"""The drawn map: a whole SVG document by itself, legible in light and dark, small, and honest in its numbers."""

import gzip
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.places.outlines.drawing import COUNTRY, Inset, ScaleBar, draw_map, window_around
from foundation.places.outlines.pins import Pin, gather, number, radius
from foundation.places.outlines.projection import Position, albers_usa

SVG = "{http://www.w3.org/2000/svg}"
BOSTON = Position(877.0, 180.0)
pins = st.builds(Pin, st.floats(-60, 970), st.floats(10, 610), st.integers(1, 3000))


def parse(document: str) -> ElementTree.Element:
    return ElementTree.fromstring(document)


def numbers(document: str) -> list[str]:
    return [text.text or "" for text in parse(document).iter(f"{SVG}text")]


@given(st.lists(pins, max_size=60), st.sampled_from([0.1, 1.0, 1.5]))
def test_gathering_loses_no_group_and_no_two_bubbles_cover_each_other(points: list[Pin], unit: float) -> None:
    gathered = gather(points, unit=unit)
    total = sum(pin.count for pin in points)
    assert sum(pin.count for pin in gathered) == total
    for index, one in enumerate(gathered):
        for other in gathered[index + 1 :]:
            distance = ((one.x - other.x) ** 2 + (one.y - other.y) ** 2) ** 0.5
            assert distance >= (radius(one.count, total) + radius(other.count, total)) * unit


@given(st.lists(pins, min_size=1, max_size=30))
def test_gathering_does_not_depend_on_the_order_of_the_points(points: list[Pin]) -> None:
    assert gather(points) == gather(reversed(points))


def test_the_same_number_of_groups_is_the_same_bubble_and_more_is_a_larger_one() -> None:
    sizes = [radius(count, 1000) for count in (1, 2, 10, 50, 120)]
    assert sizes == sorted(sizes)
    assert len(set(sizes)) == len(sizes)
    # By area: four times the groups, twice the growth.
    assert radius(100, 1600) - 8 == pytest.approx(2 * (radius(25, 1600) - 8), rel=0.01)


@pytest.mark.parametrize(("count", "text"), [(1, "1"), (1234, "1,234"), (12_345, "12k"), (123_456, "123k")])
def test_a_number_has_at_most_five_characters(count: int, text: str) -> None:
    assert number(count) == text


def test_a_bubble_says_how_many_unless_it_is_one() -> None:
    drawn = draw_map([Pin(100, 100, 7), Pin(400, 300, 1)], title="t", description="d")
    assert numbers(drawn) == ["7"]
    assert len(list(parse(drawn).iter(f"{SVG}circle"))) == 2


def test_the_country_shows_every_inset_with_its_count() -> None:
    insets = [Inset("PR", "Puerto Rico", 3), Inset("GU", "Guam", 0), Inset("", "Outside the US", 1, is_here=True)]
    drawn = draw_map([], insets=insets, title="t", description="d")
    assert [text for text in numbers(drawn) if text] == ["Puerto Rico", "3", "Guam", "Outside the US"]
    assert 'class="inset here"' in drawn


def test_a_window_draws_its_states_only_with_their_letters_and_the_place() -> None:
    drawn = draw_map(
        [],
        window=window_around(BOSTON, 104),
        you=BOSTON,
        scale_bar=ScaleBar(16, "50 miles"),
        insets=[Inset("PR", "Puerto Rico", 3)],
        title="t",
        description="d",
    )
    assert {"MA", "NH", "CT", "50 miles"} <= set(numbers(drawn))
    assert "Puerto Rico" not in numbers(drawn)
    assert "CA" not in numbers(drawn)
    assert 'class="you"' in drawn
    assert len(gzip.compress(drawn.encode())) < 4_000


def test_a_window_has_the_shape_of_the_country() -> None:
    window = window_around(BOSTON, 104)
    assert window.width / window.height == pytest.approx(COUNTRY.width / COUNTRY.height)
    assert window.middle == pytest.approx(BOSTON)


def test_the_fullest_picture_of_the_country_stays_small() -> None:
    points = [Pin(x * 11.0, y * 11.0, 1 + (x * y) % 90) for x in range(89) for y in range(55)]
    drawn = draw_map(gather(points), insets=[Inset("PR", "Puerto Rico", 3)], title="t", description="d")
    assert len(gzip.compress(drawn.encode())) <= 18_000


def test_texts_are_escaped() -> None:
    drawn = draw_map([], title="<script>&", description='"</desc>', insets=[Inset("PR", "<b>", 0)])
    assert "<script>" not in drawn
    assert parse(drawn).findtext(f"{SVG}title") == "<script>&"


def test_the_document_needs_nothing_from_elsewhere() -> None:
    drawn = draw_map([Pin(1, 2, 3)], you=Position(5, 5), title="t", description="d")
    assert not re.search(r"href|url\(|@import|<script|<image|style=", drawn)


def luminance(colour: str) -> float:
    full = "".join(digit * 2 for digit in colour[1:]) if len(colour) == 4 else colour[1:]
    channels = [int(full[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_letters_and_bubbles_stand_out(scheme: int) -> None:
    drawn = draw_map([], title="t", description="d")
    colours = dict(re.findall(r"--([\w-]+):(#[0-9a-f]+)", re.findall(r":root\{([^}]*)\}", drawn)[scheme]))
    for ground in ("sea", "land"):
        assert contrast(colours["letters"], colours[ground]) >= 4.5
        assert contrast(colours["bubble"], colours[ground]) >= 3
    assert contrast(colours["on"], colours["bubble"]) >= 4.5
    assert contrast(colours["on-you"], colours["you"]) >= 3


def test_a_place_is_drawn_where_it_lies() -> None:
    cambridge = albers_usa(42.3647, -71.1042)
    assert cambridge is not None
    drawn = draw_map([], window=window_around(cambridge, 104), you=cambridge, title="t", description="d")
    assert f"translate({cambridge.x:.2f} {cambridge.y:.2f})" in drawn
