"""What a search for a place finds, or why it finds none."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from foundation.places.countries import US


class PlaceKind(StrEnum):
    """What somebody named."""

    ZIP = "zip"
    CITY = "city"
    COUNTY = "county"
    STATE = "state"
    COORDINATES = "coordinates"
    ABROAD = "abroad"


@dataclass(frozen=True, slots=True)
class Place:
    """A place to measure distances from.

    `name` is as of a home ("Cambridge, MA"); `label` is what was asked for, in full ("02139, Cambridge, MA").
    `zip_code`, `state` and `time_zone` are empty where they don't apply. `note` tells the reader, in
    their language, where the point is not that of the place itself; it is empty otherwise.
    """

    name: str
    label: str
    latitude: float
    longitude: float
    kind: PlaceKind
    zip_code: str = ""
    state: str = ""
    country: str = US
    time_zone: str = ""
    note: str = ""

    def __str__(self) -> str:
        return self.label


class PlaceError(Exception):
    """No one place can be told from the text. The message, for the reader, says why; `status` is for HTTP."""

    status: ClassVar[int] = 400


class MalformedPlaceError(PlaceError):
    """The text can be no place's: no words, too few digits, coordinates beyond the Earth."""


class UnknownPlaceError(PlaceError):
    """Nothing is called that. `suggestions` are texts that find something, the most alike first."""

    status = 404

    def __init__(self, message: str, suggestions: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.suggestions = tuple(suggestions)


class UnlocatedPlaceError(UnknownPlaceError):
    """The ZIP code exists, and lies nowhere that we could tell: military mail."""


class AmbiguousPlaceError(PlaceError):
    """Several places are called that. `choices` are texts that find each, the largest first."""

    status = 300

    def __init__(self, message: str, choices: Sequence[str]) -> None:
        super().__init__(message)
        self.choices = tuple(choices)
