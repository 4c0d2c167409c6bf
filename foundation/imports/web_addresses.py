"""Web addresses as people write them into files."""

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _

from .importers import RowError

_LONGEST = 300
_valid_url = URLValidator(schemes=["http", "https"])


def web_address(text: str, *, column: str) -> str:
    """`text` as an address with its scheme, which people leave out; "" for none.

    Raises RowError, in words about `column`, for what is none or has more than 300 characters.
    """
    if not text:
        return ""
    url = text if "://" in text else f"https://{text}"
    try:
        _valid_url(url)
    except ValidationError:
        url = ""
    if not url or len(url) > _LONGEST:
        raise RowError(column, _("“%(text)s” is no web address.") % {"text": text[:60]})
    return url
