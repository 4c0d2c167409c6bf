"""Where an event is held: from what a host typed to a point, and to the clocks that hang there."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from affiliates.homes import NoHomeError, home_abroad, home_at
from foundation.places.countries import US, country_name
from foundation.places.distance import Point, miles_between
from foundation.places.geocoding import point_of_address
from foundation.places.place import Place, PlaceError
from foundation.places.search import find_place
from foundation.places.states import state_name

FARTHEST_MILES = 60
"""A point on the map further from its ZIP code or city than this was put there by mistake."""


class VenueError(PlaceError):
    """No event can be held there; the message, for the reader, says why."""


@dataclass(frozen=True)
class Venue:
    """A place to come to. `time_zone` is empty where we know none for its ZIP code."""

    name: str
    address: str
    country: str
    state_code: str
    zip_code_id: str | None
    place_name: str
    latitude: float
    longitude: float
    time_zone: str


def find_venue(*, place: Place, name: str = "", address: str = "", point: Point | None = None) -> Venue:
    """The venue in a ZIP code or a city that the search found: at `point` where the host set one, else where the
    address is (asks the geocoder, for up to 3 seconds, where one is set up), else at the ZIP code's or the city's.

    Raises VenueError for a state, a county, military mail, and a point that is nowhere near.
    """
    try:
        home = home_at(place)
    except NoHomeError as error:
        raise VenueError(_too_vague(place)) from error
    at = point or _point_of(address, home) or Point(home.latitude, home.longitude)
    if point and miles_between(point, home) > FARTHEST_MILES:
        raise VenueError(
            _("This point is %(miles)d miles from %(place)s. Set it anew, or leave it empty.")
            % {"miles": miles_between(point, home), "place": home.name}
        )
    return _venue(home, name, address, at)


def find_venue_abroad(*, place_name: str, country: str, point: Point, name: str = "", address: str = "") -> Venue:
    """A venue outside the United States in a place that our search does not know; `country` is an ISO code.

    Its clocks are those of the nearest city that we know. Raises PlaceError for a point that is nowhere, or lies in
    the United States.
    """
    home = home_abroad(name=place_name, country=country, latitude=point.latitude, longitude=point.longitude)
    return _venue(home, name, address, point)


def zone_at(point: Point) -> str:
    """The time zone of the city nearest to a point. Raises PlaceError for a point that is nowhere."""
    return find_place(f"{point.latitude:.6f},{point.longitude:.6f}").time_zone


def _too_vague(place: Place) -> str:
    if place.zip_code:
        return _("This is a military post office. Enter the name of the place where people meet.")
    return _("%(place)s is too large to find each other in. Enter a ZIP code, or a city and state.") % {
        "place": place.label
    }


def _point_of(address: str, home: Place) -> Point | None:
    """Where the geocoder finds the address, unless that is in quite another place."""
    if not address:
        return None
    city = home.name.rpartition(",")[0] or home.name
    found = point_of_address(
        street=address, city=city, state=state_name(home.state) if home.state else "", zip_code=home.zip_code,
        country=country_name(home.country),
    )  # fmt: skip
    return found if found and miles_between(found, home) <= FARTHEST_MILES else None


def _venue(home: Place, name: str, address: str, at: Point) -> Venue:
    return Venue(
        name=name,
        address=address,
        country=home.country,
        state_code=home.state if home.country == US else "",
        zip_code_id=home.zip_code or None,
        place_name=home.name,
        latitude=at.latitude,
        longitude=at.longitude,
        time_zone=home.time_zone or zone_at(at),
    )
