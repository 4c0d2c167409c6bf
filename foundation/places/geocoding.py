"""Street addresses to points, by a Nominatim of one's own (NOMINATIM_URL). Off where that is empty.

No other service is ever asked: an address says where people meet, and public geocoders may keep it.
"""

import logging
from urllib.parse import urlsplit

from django.conf import settings
from geopy.exc import GeopyError
from geopy.geocoders import Nominatim

from foundation.places.distance import Point

logger = logging.getLogger("network.geocoding")

TIMEOUT_SECONDS = 3


def point_of_address(*, street: str, city: str, state: str = "", zip_code: str = "", country: str = "") -> Point | None:
    """The point of a street address, or None: where no service is set, none is found, or it doesn't answer in time.

    The caller then takes the ZIP code's point. Addresses are personal: none is logged.
    """
    address = urlsplit(settings.NOMINATIM_URL)
    if not address.netloc:
        return None
    parts = {"street": street, "city": city, "state": state, "postalcode": zip_code, "country": country}
    service = Nominatim(
        domain=f"{address.netloc}{address.path}".rstrip("/"),
        scheme=address.scheme,
        user_agent=settings.SITE_URL,
        timeout=TIMEOUT_SECONDS,
    )
    try:
        found = service.geocode({name: part for name, part in parts.items() if part})
        point = Point(float(found.latitude), float(found.longitude)) if found else None
    except (GeopyError, LookupError, TypeError, ValueError) as error:
        logger.warning("the geocoding service failed: %s", type(error).__name__)
        return None
    return point if point and _is_somewhere(point) else None


def _is_somewhere(point: Point) -> bool:
    return -90 <= point.latitude <= 90 and -180 <= point.longitude <= 180 and point != (0, 0)
