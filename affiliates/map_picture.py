"""The drawn picture of the finder: bubbles for the groups of the country, or of the surroundings of a place.

It shows numbers and no names. The table of groups by state (`map.counts_by_state`) says the same in words. Apps above
have others drawn in the same way (`Drawn`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.core.cache import cache
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from foundation.places.countries import US
from foundation.places.located import NearestQuerySet
from foundation.places.outlines.drawing import COUNTRY, Inset, ScaleBar, draw_map, window_around
from foundation.places.outlines.pins import Pin, gather
from foundation.places.outlines.projection import Part, Position, albers_usa, miles_a_unit, part_at
from foundation.places.outlines.shapes import Window, territories
from foundation.places.search import Place
from foundation.places.states import STATES

from .map import OWN_POINT, Box, PlaceCount, PointColumns, cells_in, counts_by_state
from .models import Group

# Where the picture is shown small (a phone), its letters and bubbles are this much larger.
ENLARGED = 1.5
# The surroundings of a place: about 315 miles across (in Alaska 900), and wider until a group is in sight.
_WIDTHS = (104, 208, 416)
_COUNTRY_CELL = 0.5  # degrees; about eleven of the picture's units, a bubble's radius
_CELLS_ACROSS = 60  # a window's cells are this part of its width
_CACHE_SECONDS = 60
_WORLD = Box(-180, -90, 180, 90)


@dataclass(frozen=True)
class Drawn:
    """What a picture shows: the rows of the United States and where each lies, the counts, and what it is called.

    `key` tells its pins from others in the cache. `title` takes a place's name or "", `description` a number.
    """

    key: str
    rows: Callable[[], NearestQuerySet[Any]]
    counts: Callable[[], list[PlaceCount]]
    title: Callable[[str], str]
    description: Callable[[int, bool], str]
    point: PointColumns = OWN_POINT
    marks_place: bool = True  # the place in whose surroundings is drawn; False where it is but their middle


def _title(place: str) -> str:
    return _("Groups around %(place)s") % {"place": place} if place else _("Groups in the United States")


def _description(total: int, is_all: bool) -> str:
    if is_all:
        words = ngettext("%(count)s group in all.", "%(count)s groups in all.", total)
    else:
        words = ngettext("%(count)s group in the picture.", "%(count)s groups in the picture.", total)
    return words % {"count": f"{total:,}"}


LISTED_GROUPS = Drawn(
    key="map",
    rows=lambda: Group.objects.listed().filter(country=US),
    counts=counts_by_state,
    title=_title,
    description=_description,
)


class Surroundings(NamedTuple):
    """A window of the picture around a place, and the pins in it."""

    you: Position
    window: Window
    pins: list[Pin]


def draw_picture(place: Place | None, *, enlarge: float = 1.0, drawn: Drawn = LISTED_GROUPS) -> str:
    """The SVG document: the surroundings of `place`, or the country where there is none or it lies off the picture."""
    around = pins_around(place, enlarge=enlarge, drawn=drawn) if place else None
    if place is None or around is None:
        return _draw_country(place, enlarge, drawn)
    return draw_map(
        around.pins,
        window=around.window,
        you=around.you if drawn.marks_place else None,
        scale_bar=_scale_bar(around),
        title=drawn.title(place.label),
        description=drawn.description(sum(pin.count for pin in around.pins), False),
        enlarge=enlarge,
    )


def _draw_country(place: Place | None, enlarge: float, drawn: Drawn) -> str:
    counts = drawn.counts()
    return draw_map(
        pins_for_country(enlarge=enlarge, drawn=drawn),
        insets=_insets(counts, place),
        title=drawn.title(""),
        description=drawn.description(sum(count.count for count in counts), True),
        enlarge=enlarge,
    )


def pins_for_country(*, enlarge: float = 1.0, drawn: Drawn = LISTED_GROUPS) -> list[Pin]:
    """Pins for all listed groups in the 50 states and DC. One query; the answer may be a minute old."""
    key = f"{drawn.key}:pins:{enlarge}"
    kept: list[Pin] | None = cache.get(key)
    if kept is None:
        cells = cells_in(drawn.rows(), _WORLD, width=_COUNTRY_CELL, height=_COUNTRY_CELL, point=drawn.point)
        placed = ((albers_usa(cell.latitude, cell.longitude), cell.groups) for cell in cells)
        kept = gather((Pin(*position, count) for position, count in placed if position), unit=enlarge)
        cache.set(key, kept, _CACHE_SECONDS)
    return kept


def pins_around(place: Place, *, enlarge: float = 1.0, drawn: Drawn = LISTED_GROUPS) -> Surroundings | None:
    """The pins around `place`; None where the picture can't show it (a territory, abroad). At most three queries.

    The window widens until there is a group in it, and stays at its widest where there is none.
    """
    if place.country != US or (you := albers_usa(place.latitude, place.longitude)) is None:
        return None
    for width in _WIDTHS:
        window = window_around(you, width)
        if pins := _pins_in(window, place, enlarge, drawn):
            break
    return Surroundings(you, window, pins)


def _pins_in(window: Window, place: Place, enlarge: float, drawn: Drawn) -> list[Pin]:
    middle = window.middle
    miles = window.width / 2 * miles_a_unit(middle)
    # The picture's windows lean against the compass away from the middle of the country: half as much again is enough.
    box = Box.around(place, miles * 1.5)
    cell = box.height / 1.5 / _CELLS_ACROSS
    part = part_at(middle)
    pins = []
    for found in cells_in(drawn.rows(), box, width=cell, height=cell, point=drawn.point):
        position = albers_usa(found.latitude, found.longitude)
        if position and window.holds(position) and part_at(position) is part:
            pins.append(Pin(*position, found.groups))
    return gather(pins, unit=window.width / COUNTRY.width * enlarge)


def _scale_bar(around: Surroundings) -> ScaleBar:
    miles = 50 * round(around.window.width / _WIDTHS[0]) * (3 if part_at(around.you) is Part.ALASKA else 1)
    return ScaleBar(miles / miles_a_unit(around.you), _("%(miles)s miles") % {"miles": miles})


def _insets(counts: list[PlaceCount], place: Place | None) -> list[Inset]:
    """The five territories, and all that lies elsewhere."""
    by_code = {count.code: count.count for count in counts if not count.is_abroad}
    here = place.state if place and place.country == US else ""
    insets = [
        Inset(code, _("N. Mariana Islands") if code == "MP" else STATES[code].name, by_code.get(code, 0), code == here)
        for code in ("PR", "VI", "GU", "MP", "AS")
    ]
    known = set(territories())
    elsewhere = sum(
        count.count for count in counts if count.is_abroad or (count.is_territory and count.code not in known)
    )
    is_abroad = place is not None and place.country != US
    return [*insets, Inset("", _("Outside the US"), elsewhere, is_abroad)]
