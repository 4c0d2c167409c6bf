"""From a place that somebody typed to the home of a group: a ZIP code, or outside the United States a point."""

from dataclasses import replace

from django.utils.translation import gettext as _

from foundation.places.countries import US
from foundation.places.models import ZipCode, ZipCodeKind
from foundation.places.search import MalformedPlaceError, Place, PlaceError, PlaceKind, find_place

from .models import Application

_TOO_LARGE = {PlaceKind.STATE, PlaceKind.COUNTY}


class NoHomeError(PlaceError):
    """The place is found, and cannot be a group's home: too large, or mail for elsewhere. The message says so."""


def home_at(place: Place) -> Place:
    """`place` as a home: in the United States with a ZIP code, that of the middle of a city whose name was typed.

    Raises NoHomeError for a state, a county, and a military post office.
    """
    if place.kind in _TOO_LARGE:
        raise NoHomeError(
            _("%(place)s is too large to be at home in. Enter a ZIP code, or a city and state.")
            % {"place": place.label}
        )
    if place.country != US:
        if place.zip_code:
            raise NoHomeError(_("This is a military post office. Enter the name of the place where the group meets."))
        return replace(place, state="")
    return place if place.zip_code else _with_zip_code(place)


def home_abroad(*, name: str, country: str, latitude: float, longitude: float) -> Place:
    """A home outside the United States that our list of places does not know, by its name and coordinates.

    Its time zone is that of the nearest city we know. Raises PlaceError for coordinates that are nowhere, or in
    another country's city.
    """
    around = find_place(f"{latitude:.6f},{longitude:.6f}")
    if around.country == US:
        raise MalformedPlaceError(_("These coordinates are in the United States. Enter the ZIP code instead."))
    return Place(
        name=name,
        label=name,
        latitude=latitude,
        longitude=longitude,
        kind=PlaceKind.ABROAD,
        country=country,
        time_zone=around.time_zone,
    )


def home_of(application: Application) -> Place:
    """The home that an application names."""
    return Place(
        name=application.place_name,
        label=application.place_name,
        latitude=application.latitude or 0,
        longitude=application.longitude or 0,
        kind=PlaceKind.ZIP if application.zip_code_id else PlaceKind.ABROAD,
        zip_code=application.zip_code_id or "",
        state=application.state_code,
        country=application.country,
        time_zone=application.time_zone,
    )


def _with_zip_code(place: Place) -> Place:
    codes = ZipCode.objects.filter(state=place.state, kind=ZipCodeKind.STANDARD, is_active=True)
    nearest = codes.nearest_to(place).first()
    if nearest is None or nearest.latitude is None or nearest.longitude is None:
        raise NoHomeError(_("Enter the ZIP code: we know none for %(place)s.") % {"place": place.label})
    return replace(
        place,
        latitude=nearest.latitude,
        longitude=nearest.longitude,
        zip_code=nearest.code,
        time_zone=nearest.time_zone or place.time_zone,
    )
