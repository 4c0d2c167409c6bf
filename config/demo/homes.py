"""What is known of the place where a demo group is at home."""

from dataclasses import dataclass
from enum import StrEnum


class Surroundings(StrEnum):
    CITY = "city"
    SUBURB = "suburb"
    QUARTER = "quarter"
    RURAL = "rural"
    CAMPUS = "campus"
    ABROAD = "abroad"


@dataclass(frozen=True, slots=True)
class Home:
    """Where a group is. `called` is what its people call the place: "the Lower East Side", "Harlan County".

    `group_name` is set where the name was thought of by hand. `language` is what they speak together.
    """

    surroundings: Surroundings
    called: str
    place_name: str
    latitude: float
    longitude: float
    time_zone: str
    zip_code: str = ""
    state: str = ""
    country: str = "US"
    language: str = "en"
    group_name: str = ""
