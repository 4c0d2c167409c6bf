"""What the interactive map shows: the listed groups of the box on its screen, gathered into clusters by the database.
Apps above have others shown in the same way (`OnMap`).

A cluster is a cell of a grid in degrees that depends on the zoom only, so clusters stay as they are while the map is
moved. Positions and boxes are (longitude, latitude), as in GeoJSON (RFC 7946); a box whose west is greater than its
east crosses the date line.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from math import cos, isfinite, log, pi, radians, tan
from typing import Any, NamedTuple, Self

from django.core.cache import cache
from django.db.models import Avg, Case, Count, Exists, F, FloatField, Max, Min, OuterRef, Q, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Floor
from django.utils.translation import gettext as _

from foundation.places.countries import US, country_name
from foundation.places.distance import HasPoint
from foundation.places.located import NearestQuerySet
from foundation.places.states import STATES, StateKind

from .models import Group

MOST_FEATURES = 400
LEAST_ZOOM, MOST_ZOOM = 0, 14  # levels of web maps; without streets there is nothing to see further in
# A cell is about 70 pixels wide and high on a web map at the latitude of the United States.
_CELL_AT_ZOOM_0, _CELL_HEIGHT = 96.0, 0.75
# Clusters nearer to each other than this become one: they must be told apart, and pressed, with a finger.
_PIXELS_APART = 52
_TILE = 256  # pixels of the whole world at zoom 0
# Names listed where many groups share one point, such as a ZIP code's.
MOST_NAMES = 30
# Degrees. At 100,000 groups the cells of the country take 40 ms, those of a box narrower than this 10 ms at most.
_WIDE = 20.0
_CACHE_SECONDS = 60
_MILES_A_DEGREE = 69.0


class PointColumns(NamedTuple):
    """The columns that say where a row lies."""

    longitude: str
    latitude: str


OWN_POINT = PointColumns("longitude", "latitude")


class MapRequestError(ValueError):
    """A box or a zoom that cannot be used. The message says why, in words for the reader."""


@dataclass(frozen=True)
class Box:
    """A part of the map in degrees. West greater than east: it crosses the date line."""

    west: float
    south: float
    east: float
    north: float

    @classmethod
    def parse(cls, text: str) -> Self:
        """The box written as `west,south,east,north`. Raises MapRequestError."""
        try:
            west, south, east, north = (float(part) for part in text.split(",", maxsplit=4))
        except ValueError:
            raise MapRequestError(_("A box is four numbers: west,south,east,north.")) from None
        if not all(map(isfinite, (west, south, east, north))):
            raise MapRequestError(_("A box is four numbers: west,south,east,north."))
        if not (-180 <= west <= 180 and -180 <= east <= 180 and south >= -90 and north <= 90):
            raise MapRequestError(_("Longitudes go from -180 to 180 and latitudes from -90 to 90."))
        if south >= north or west == east:
            raise MapRequestError(_("The box is empty."))
        return cls(west, south, east, north)

    @classmethod
    def around(cls, point: HasPoint, miles: float) -> Self:
        """A box that reaches at least so many miles (below about 2,000) from `point` in each direction."""
        high = miles / _MILES_A_DEGREE
        south, north = max(-90.0, point.latitude - high), min(90.0, point.latitude + high)
        wide = min(179.0, high / max(0.05, cos(radians(max(abs(south), abs(north))))))
        return cls(_wrapped(point.longitude - wide), south, _wrapped(point.longitude + wide), north)

    @property
    def crosses_date_line(self) -> bool:
        return self.west > self.east

    @property
    def width(self) -> float:
        return self.east - self.west + (360 if self.crosses_date_line else 0)

    @property
    def height(self) -> float:
        return self.north - self.south

    def condition(self, columns: "PointColumns") -> Q:
        """What a row's latitude and longitude must fulfil to lie in the box."""
        longitude, latitude = columns
        if self.crosses_date_line:
            across = Q((f"{longitude}__gte", self.west)) | Q((f"{longitude}__lte", self.east))
        else:
            across = Q((f"{longitude}__range", (self.west, self.east)))
        return across & Q((f"{latitude}__range", (self.south, self.north)))

    def unbroken_longitude(self, columns: "PointColumns") -> Combinable:
        """The longitude as an expression; it goes on beyond 180 in a box across the date line, to be averaged."""
        longitude = columns.longitude
        if not self.crosses_date_line:
            return F(longitude)
        return Case(
            When(Q((f"{longitude}__lt", self.west)), then=F(longitude) + 360.0),
            default=F(longitude),
            output_field=FloatField(),
        )


def _wrapped(longitude: float) -> float:
    """The same longitude between -180 and 180."""
    return longitude if -180 <= longitude <= 180 else (longitude + 180) % 360 - 180


def parse_zoom(text: str) -> int:
    """The zoom of a web map. Raises MapRequestError."""
    if not (text.isascii() and text.isdigit() and len(text) <= 2 and LEAST_ZOOM <= int(text) <= MOST_ZOOM):
        raise MapRequestError(
            _("The zoom is a whole number from %(least)s to %(most)s.") % {"least": LEAST_ZOOM, "most": MOST_ZOOM}
        )
    return int(text)


@dataclass(frozen=True)
class OnMap:
    """What a map shows: `rows` makes the query anew, `line` makes of a row's `columns` its name, place and address.

    `key` tells its counts from others in the cache, `called` is the name of the lists in the GeoJSON.
    """

    key: str
    called: str
    rows: Callable[[], NearestQuerySet[Any]]
    order: tuple[str, ...]
    columns: tuple[str, ...]
    line: Callable[..., dict[str, str]]
    point: PointColumns = OWN_POINT


class Cell(NamedTuple):
    """The groups of one cell of the grid: how many, the mean of their points, the box around them, the first's id."""

    groups: int
    latitude: float
    longitude: float
    west: float
    south: float
    east: float
    north: float
    first: int

    @property
    def is_one_spot(self) -> bool:
        """Do all its groups share one point? Then no zoom parts them."""
        return self.south == self.north and self.west == self.east

    def joined_with(self, other: "Cell") -> "Cell":
        """Both as one, at the mean of all their groups."""
        groups = self.groups + other.groups
        return Cell(
            groups,
            (self.latitude * self.groups + other.latitude * other.groups) / groups,
            (self.longitude * self.groups + other.longitude * other.groups) / groups,
            min(self.west, other.west),
            min(self.south, other.south),
            max(self.east, other.east),
            max(self.north, other.north),
            min(self.first, other.first),
        )


def cells_in(
    shown: NearestQuerySet[Any], box: Box, *, width: float, height: float, point: PointColumns = OWN_POINT
) -> list[Cell]:
    """The rows of `box` by a grid of cells so many degrees wide and high, in one query."""
    longitude, latitude = box.unbroken_longitude(point), point.latitude
    rows = (
        shown.filter(box.condition(point))
        .annotate(_x=Floor(longitude / width), _y=Floor(F(latitude) / height))
        .values("_x", "_y")
        .annotate(
            _count=Count("pk"),
            _latitude=Avg(latitude),
            _longitude=Avg(longitude),
            _west=Min(longitude),
            _south=Min(latitude),
            _east=Max(longitude),
            _north=Max(latitude),
            _first=Min("pk"),
        )
        .order_by("_y", "_x")
        .values_list("_count", "_latitude", "_longitude", "_west", "_south", "_east", "_north", "_first")
    )
    return [Cell(*row) for row in rows]


def _group_line(name: str, place: str, slug: str) -> dict[str, str]:
    # What is published, by name. Slugs need no escaping (constraint group_slug_form).
    return {"name": name, "place": place, "url": f"/groups/{slug}/"}


LISTED_GROUPS = OnMap(
    key="map",
    called="groups",
    rows=Group.objects.listed,
    order=("name_key", "pk"),
    columns=("name", "place_name", "slug"),
    line=_group_line,
)


def clusters_in(box: Box, zoom: int, shown: OnMap = LISTED_GROUPS) -> dict[str, Any]:
    """The listed groups of `box` (or what else is `shown`) as a GeoJSON FeatureCollection of at most MOST_FEATURES
    points, by three kinds:

    - one group: `name`, `place`, `url`
    - several groups at one point: `count`, `groups` (the first MOST_NAMES by name, each with `name`, `place`, `url`)
    - a cluster: `count`, `bounds` (west, south, east, north) that hold all of it; its point is the mean of theirs

    At most three queries. In a wide box the counts may be a minute old; names never are.
    """
    cells = _cells_for_zoom(box, zoom, shown)
    spots = _spots(cells, shown)
    # A group that was unlisted since its cell was counted is left out.
    kept = [cell for cell in cells if cell.first in spots or not cell.is_one_spot]
    features = [_feature(cell, spots.get(cell.first), shown.called) for cell in kept]
    return {"type": "FeatureCollection", "features": features}


def _cells_for_zoom(box: Box, zoom: int, shown: OnMap) -> list[Cell]:
    """The box's cells, kept for a minute where the box is so wide that most of the table is read."""
    if box.width < _WIDE:
        return _count_cells(box, zoom, shown)
    key = f"{shown.key}:cells:{zoom}:{box.west}:{box.south}:{box.east}:{box.north}"
    kept: list[Cell] | None = cache.get(key)
    if kept is None:
        kept = _count_cells(box, zoom, shown)
        cache.set(key, kept, _CACHE_SECONDS)
    return kept


def _count_cells(box: Box, zoom: int, shown: OnMap) -> list[Cell]:
    width, height = cell_size(box, zoom)
    return keep_apart(cells_in(shown.rows(), box, width=width, height=height, point=shown.point), zoom)


def keep_apart(cells: Iterable[Cell], zoom: int) -> list[Cell]:
    """The cells with those joined that would touch on the screen at this zoom; largest first."""
    settled: list[tuple[float, float, Cell]] = []
    for arriving in sorted(cells, key=lambda cell: (-cell.groups, cell.first)):
        cell = arriving
        x, y = _pixels(cell, zoom)
        while touched := _first_touched(x, y, settled):
            settled.remove(touched)
            cell = touched[2].joined_with(cell)
            x, y = _pixels(cell, zoom)
        settled.append((x, y, cell))
    return [cell for _x, _y, cell in settled]


def _first_touched(x: float, y: float, settled: list[tuple[float, float, Cell]]) -> tuple[float, float, Cell] | None:
    for other in settled:
        if (x - other[0]) ** 2 + (y - other[1]) ** 2 < _PIXELS_APART**2:
            return other
    return None


def _pixels(cell: Cell, zoom: int) -> tuple[float, float]:
    """Where the cell's mean lies on a web map (Mercator, which ends at 85 degrees), in pixels."""
    world = _TILE * 2**zoom
    latitude = radians(max(-85.0, min(85.0, cell.latitude)))
    return cell.longitude / 360 * world, log(tan(pi / 4 + latitude / 2)) / (2 * pi) * world


def cell_size(box: Box, zoom: int) -> tuple[float, float]:
    """A cell's width and height in degrees: what suits the zoom, doubled until the box has few enough cells."""
    width = _CELL_AT_ZOOM_0 / 2**zoom
    while (box.width / width + 2) * (box.height / (width * _CELL_HEIGHT) + 2) > MOST_FEATURES:
        width *= 2
    return width, width * _CELL_HEIGHT


class _Spot(NamedTuple):
    """A point (longitude, latitude) exactly as stored, and the first groups there by name."""

    point: tuple[float, float]
    groups: list[dict[str, str]]


def _spots(cells: Iterable[Cell], shown: OnMap) -> dict[int, _Spot]:
    """What lies in those of the cells that are one spot, by the id of their first group."""
    ones = [cell.first for cell in cells if cell.is_one_spot and cell.groups == 1]
    shared = [cell for cell in cells if cell.is_one_spot and cell.groups > 1]
    found: dict[int, _Spot] = {}
    if ones:
        found |= _by_first(shown.rows().filter(pk__in=ones), ones, shown)
    if shared:
        firsts = [cell.first for cell in shared]
        point = shown.point
        same_point = shown.rows().filter(pk__in=firsts, **{column: OuterRef(column) for column in point}).order_by()
        # The latitudes say nothing that the points do not, but the index can find by them.
        latitudes = Q((f"{point.latitude}__in", [cell.south for cell in shared]))
        found |= _by_first(shown.rows().filter(Exists(same_point), latitudes), firsts, shown)
    return found


def _by_first(rows: NearestQuerySet[Any], firsts: Collection[int], shown: OnMap) -> dict[int, _Spot]:
    by_point: dict[tuple[float, float], list[dict[str, str]]] = {}
    found = {}
    wanted = set(firsts)
    for pk, longitude, latitude, *words in rows.order_by(*shown.order).values_list("pk", *shown.point, *shown.columns):
        here = by_point.setdefault((longitude, latitude), [])
        if pk in wanted:
            found[pk] = _Spot((longitude, latitude), here)
        if len(here) < MOST_NAMES:
            here.append(shown.line(*words))
    return found


def _feature(cell: Cell, spot: _Spot | None, called: str) -> dict[str, Any]:
    properties: dict[str, Any]
    if spot is None:
        point = (_wrapped(cell.longitude), cell.latitude)
        bounds = [_wrapped(cell.west), cell.south, _wrapped(cell.east), cell.north]
        properties = {"count": cell.groups, "bounds": bounds}
    elif cell.groups == 1:
        point, properties = spot.point, dict(spot.groups[0])
    else:
        point, properties = spot.point, {"count": cell.groups, called: spot.groups}
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": list(point)}, "properties": properties}


@dataclass(frozen=True)
class PlaceCount:
    """How many listed groups a state, a territory or a country has. `code` is what the finder's filter takes."""

    code: str
    name: str
    count: int
    is_abroad: bool = False
    is_territory: bool = False


def counts_by_state() -> list[PlaceCount]:
    """The listed groups counted: states by name, then territories and other US addresses, then countries by name.

    Only those that have a group. One query.
    """
    rows = Group.objects.listed().values_list("country", "state").annotate(groups=Count("pk")).order_by()
    return by_place(rows)


def by_place(counts: Iterable[tuple[str, str, int]]) -> list[PlaceCount]:
    """Counts of (country, state or "", number), in the order of `counts_by_state`."""
    places = (_place_count(country, state, count) for country, state, count in counts)
    return sorted(places, key=lambda place: (place.is_abroad, place.is_territory, place.name))


def _place_count(country: str, state: str, count: int) -> PlaceCount:
    if country != US:
        return PlaceCount(country, country_name(country), count, is_abroad=True)
    known = STATES[state]
    is_territory = known.kind not in (StateKind.STATE, StateKind.DISTRICT)
    return PlaceCount(state, known.name, count, is_territory=is_territory)
