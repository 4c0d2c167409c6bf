"""From what somebody typed to a place: `find_place`.

A ZIP code costs one query (two where its point is unknown), coordinates one, a name one, and a name
that nobody knows a second one for what it may have been meant to be.
"""

import re
import unicodedata
from collections.abc import Collection
from typing import NamedTuple

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from foundation.places.countries import US
from foundation.places.distance import Point, miles_from_chord
from foundation.places.gazetteer import NamedRow, place_named, rows_of, shortened
from foundation.places.keys import place_key
from foundation.places.models import NamedPlace, NamedPlaceKind
from foundation.places.place import (
    AmbiguousPlaceError,
    MalformedPlaceError,
    Place,
    PlaceError,
    PlaceKind,
    UnknownPlaceError,
    UnlocatedPlaceError,
)
from foundation.places.states import MILITARY_STATES, STATES

__all__ = [
    "AmbiguousPlaceError",
    "MalformedPlaceError",
    "Place",
    "PlaceError",
    "PlaceKind",
    "UnknownPlaceError",
    "UnlocatedPlaceError",
    "find_place",
    "places_of_zip_codes",
]

LONGEST_TEXT = 120

_ZIP_CODE = re.compile(r"(?P<zip>[0-9]{5})(?:[- ]?[0-9]{4})?")
_ENDS_IN_ZIP_CODE = re.compile(r".*[^\W\d].*\b(?P<zip>[0-9]{5})(?:-[0-9]{4})?")
_NUMBER = r"[+-]?[0-9]{1,3}(?:\.[0-9]{1,17})?"
_COORDINATES = re.compile(rf"(?P<latitude>{_NUMBER})\s*[,;]\s*(?P<longitude>{_NUMBER})")


def find_place(text: str) -> Place:
    """The place that `text` names.

    Understood are ZIP codes (also ZIP+4), a city or county with its state or country, states, names that
    only one place has or that one place outshines, addresses that end in a ZIP code, and `latitude,longitude`.
    Accents, case, punctuation and full-width letters don't matter.

    Raises MalformedPlaceError, UnknownPlaceError, UnlocatedPlaceError or AmbiguousPlaceError.
    """
    typed = _tidy(text)
    if match := _ZIP_CODE.fullmatch(typed) or _ENDS_IN_ZIP_CODE.fullmatch(typed):
        return _place_of_zip_code(match["zip"])
    if match := _COORDINATES.fullmatch(typed):
        return _place_at(float(match["latitude"]), float(match["longitude"]))
    if not any(character.isalpha() for character in typed):
        raise MalformedPlaceError(_no_words(typed))
    return place_named(typed)


def _tidy(text: str) -> str:
    """One line of plain characters: compatibility forms and digits of other scripts replaced, spaces collapsed."""
    if len(text) > LONGEST_TEXT:
        raise MalformedPlaceError(_("That is too long. Enter a ZIP code, or a city and state."))
    typed = unicodedata.normalize("NFKC", text)
    if not typed.isascii():
        # Marks that a copied text carries unseen; then digits.
        seen = (c for c in typed if unicodedata.category(c) != "Cf")
        typed = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in seen)
    typed = " ".join(typed.split())
    if any(unicodedata.category(c) in {"Cc", "Cs", "Co", "Cn"} for c in typed):
        raise MalformedPlaceError(
            _("That has characters in it that can’t be read. Enter a ZIP code, or a city and state.")
        )
    if not typed:
        raise MalformedPlaceError(_("Enter a ZIP code, or a city and state such as Cambridge, MA."))
    return typed


def _no_words(typed: str) -> str:
    digits = sum(character.isdigit() for character in typed)
    if digits:
        return _("A ZIP code has five digits, such as 02139. You entered “%(text)s”.") % {"text": shortened(typed)}
    return _("“%(text)s” is no place that we know of. Enter a ZIP code, or a city and state.") % {
        "text": shortened(typed)
    }


# --- ZIP codes ---


class _ZipRow(NamedTuple):
    code: str
    city: str
    county: str
    state: str
    country: str
    time_zone: str
    latitude: float | None
    longitude: float | None


# By hand: building the QuerySet took longer than running it, and every search of the finder asks this.
_ZIP_CODE_ROW = f"SELECT {', '.join(_ZipRow._fields)} FROM places_zipcode WHERE code = %s"  # noqa: S608
_ZIP_CODE_ROWS = f"SELECT {', '.join(_ZipRow._fields)} FROM places_zipcode WHERE code = ANY(%s)"  # noqa: S608


def _place_of_zip_code(code: str) -> Place:
    with connection.cursor() as cursor:
        cursor.execute(_ZIP_CODE_ROW, [code])
        found = cursor.fetchone()
    if not found:
        raise _unknown(code)
    return _place_of_row(_ZipRow(*found))


def places_of_zip_codes(codes: Collection[str]) -> dict[str, Place | PlaceError]:
    """What `find_place` finds for each of these five-digit ZIP codes, or the error that it raises.

    One query for all of them, and one more for each whose point is unknown.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ZIP_CODE_ROWS, [sorted(codes)])
        rows = {row.code: row for row in map(_ZipRow._make, cursor.fetchall())}
    return {code: _place_or_error(rows[code]) if code in rows else _unknown(code) for code in codes}


def _place_or_error(row: _ZipRow) -> Place | PlaceError:
    try:
        return _place_of_row(row)
    except PlaceError as error:
        return error


def _unknown(code: str) -> UnknownPlaceError:
    return UnknownPlaceError(
        _("There is no ZIP code %(zip_code)s. Check it, or enter a city and state.") % {"zip_code": code}
    )


def _place_of_row(row: _ZipRow) -> Place:
    if row.latitude is None or row.longitude is None:
        return _place_of_military_mail(row) if row.state in MILITARY_STATES else _place_around(row)
    return _as_place(row, Point(row.latitude, row.longitude))


def _as_place(row: _ZipRow, point: Point, note: str = "") -> Place:
    name = f"{row.city}, {row.state}"
    return Place(
        name=name,
        label=f"{row.code}, {name}",
        latitude=point.latitude,
        longitude=point.longitude,
        kind=PlaceKind.ZIP,
        zip_code=row.code,
        state=row.state,
        country=row.country or US,
        time_zone=row.time_zone,
        note=note,
    )


def _place_around(row: _ZipRow) -> Place:
    """A ZIP code whose point is unknown, at the middle of its city, or else its county, or else its state."""
    around = NamedPlace.objects.filter(
        Q(kind=NamedPlaceKind.CITY, key=place_key(row.city))
        | Q(kind=NamedPlaceKind.COUNTY, key=place_key(row.county))
        | Q(kind=NamedPlaceKind.STATE, key=place_key(STATES[row.state].english_name)),
        state=row.state,
    )
    nearest = min(rows_of(around), key=lambda named: named.narrowness)
    note = _("We don’t know exactly where %(zip_code)s is, so distances are from the middle of %(place)s.") % {
        "zip_code": row.code,
        "place": nearest.label,
    }
    return _as_place(row, Point(nearest.latitude, nearest.longitude), note)


def _place_of_military_mail(row: _ZipRow) -> Place:
    """Military mail for a foreign country, at that country's largest city. Raises UnlocatedPlaceError for the rest."""
    abroad = NamedPlace.objects.filter(kind=NamedPlaceKind.ABROAD, country=row.country).order_by("-population")
    largest = rows_of(abroad[:1]) if row.country not in {"", US} else []
    if not largest:
        message = _("%(zip_code)s is a military post office. We can’t tell where it is: enter the name of a place.")
        raise UnlocatedPlaceError(message % {"zip_code": row.code})
    note = _("%(zip_code)s is a military post office. Distances are from %(place)s.") % {
        "zip_code": row.code,
        "place": largest[0].label,
    }
    return _as_place(row, Point(largest[0].latitude, largest[0].longitude), note)


# --- Coordinates ---

NEAR_MILES = 60
"""A point is called by the nearest city's name up to here, and by its coordinates beyond."""


def _place_at(latitude: float, longitude: float) -> Place:
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180) or latitude == longitude == 0:
        raise MalformedPlaceError(
            _("These coordinates are nowhere. Latitude goes from -90 to 90, and longitude from -180 to 180.")
        )
    point = Point(latitude, longitude)
    post_offices = Q(kind=NamedPlaceKind.CITY, is_alias=False, zip_code_count__gt=0)
    cities = NamedPlace.objects.filter(post_offices | Q(kind=NamedPlaceKind.ABROAD))
    *fields, chord = cities.nearest_to(point).values_list(*NamedRow._fields, "chord")[0]
    city = NamedRow(*fields)
    is_near = miles_from_chord(chord) <= NEAR_MILES
    return Place(
        name=city.label if is_near else f"{latitude:.2f}, {longitude:.2f}",
        label=_("a point near %(place)s") % {"place": city.label} if is_near else f"{latitude:.2f}, {longitude:.2f}",
        latitude=latitude,
        longitude=longitude,
        kind=PlaceKind.COORDINATES,
        state=city.state if is_near else "",
        country=city.country,
        time_zone=city.time_zone,
    )
