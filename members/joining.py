"""Where somebody lives who gives a place instead of a ZIP code."""

from foundation.places.search import Place

from .models import Person


def settle(*, person: Person, place: Place) -> None:
    """Note that `person` lives at `place`, which has no ZIP code: a city, or a place abroad.

    A ZIP code that is known already says more than the name of a city in the same country: then nothing changes.
    """
    if person.zip_code_id and person.country == place.country:
        return
    person.zip_code = None
    person.country = place.country
    person.latitude, person.longitude = place.latitude, place.longitude
    person.time_zone = place.time_zone
    person.save(update_fields=["zip_code", "country", "latitude", "longitude", "time_zone"])
