"""The texts of donations, as files and webhooks have them: amounts, times, addresses, numbers, names, ZIP codes.

Strict where a mistake would cost something (whose money, how much, when), lenient where it would not. Of files of
millions of rows, the common forms are read by whole columns (members.actblue_columns), which gives the same.
"""

import datetime
import re
from functools import lru_cache
from zoneinfo import ZoneInfo

import phonenumbers
from django.utils.translation import gettext as _

from foundation.mail.addresses import InvalidAddressError, normalise_address

ZONE = ZoneInfo("America/New_York")
"""The zone of times without one: ActBlue exports the time of the US east coast."""

MOST = 9_999_999
"""Whole dollars in one line item."""

_EARLIEST, _LATEST = "1990", "2099"
_AMOUNT = re.compile(r"\$?([0-9]{1,10}|[0-9]{1,3}(?:,[0-9]{3})+)(\.[0-9]{1,2})?")
_OTHER_MONEY = re.compile(r"[^\W\d_]{2,}|[£€¥₹₱₩₽¢]|(?:[^\W\d_]|\bR)\$")
_US_TIME = re.compile(
    r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})(?:,?\s+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?(?:\s*([AaPp])\.?[Mm]\.?)?)?"
)
_LOOSE_OFFSET = re.compile(r"\s+(?:UTC|GMT|([+-][0-9]{2}):?([0-9]{2}))$")
PLAIN_ADDRESS = re.compile(r"[a-z0-9_%+-]+(?:\.[a-z0-9_%+-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}")
"""Addresses, in lower case, that need no closer look."""

NANP = re.compile(r"1?([2-9][0-9]{2}[2-9][0-9]{6})")
"""Numbers of North America, without punctuation."""

_ZIP_CODE = re.compile(r"([0-9]{5})(?:-?[0-9]{4})?")
_PUNCTUATION = {ord(character): None for character in "()-. "}
_SIGNS_OF_A_FORMULA = frozenset("=+-@\t\r＝＋－＠")


class UnreadableError(ValueError):
    """The text cannot be what it should be. The message says why, and repeats nothing personal."""


def read_amount(text: str) -> str:
    """US dollars as a decimal number, such as "1250.00". Raises UnreadableError outside 0.01 to 9,999,999.99."""
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise UnreadableError(_what_is_wrong_with_amount(text))
    dollars = match[1].replace(",", "") if "," in match[1] else match[1]
    number = dollars + (match[2] or "")
    if int(dollars) > MOST:
        raise UnreadableError(_("This amount is too large: at most 9,999,999.99 can be one donation."))
    if float(number) == 0:
        raise UnreadableError(_("The amount must be more than 0."))
    return number


def _what_is_wrong_with_amount(text: str) -> str:
    if not text:
        return _("The amount is missing.")
    if _OTHER_MONEY.search(text.removeprefix("USD").removesuffix("USD").strip()):
        return _("This amount is not in US dollars.")
    if text.startswith(("-", "\u2212", "(", "$-")):
        return _("The amount must be more than 0.")
    return _("This is no amount. Write it like 25 or 1,250.00.")


def read_currency(text: str) -> None:
    """Raises UnreadableError for any currency but US dollars; nothing said means US dollars."""
    if text and text.upper() not in {"USD", "US$", "$"}:
        raise UnreadableError(_("This amount is not in US dollars."))


def read_time(text: str) -> str:
    """An instant as ISO 8601 with its offset, from ISO 8601 or the American form (11/21/2026 2:05 PM).

    Without an offset it is the time of ZONE, without a time noon, so that the day is the same all over the country.
    Raises UnreadableError, also for years that cannot be right.
    """
    if len(text) == 19 and text[4:5] == "-":
        _moment(text)
        return text + offset_of_hour(text[:13])
    if "/" in text:
        moment = _american(text)
    elif text[4:5] == "-":
        moment = _moment(_LOOSE_OFFSET.sub(lambda found: f"{found[1]}:{found[2]}" if found[1] else "+00:00", text))
        if len(text) == 10:
            moment = moment.replace(hour=12)
    else:
        raise UnreadableError(_("The date is missing.") if not text else _no_date())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZONE)
    return _plausible(moment.isoformat(" "))


def _moment(text: str) -> datetime.datetime:
    try:
        return datetime.datetime.fromisoformat(text)
    except ValueError as error:
        raise UnreadableError(_no_date()) from error


def _american(text: str) -> datetime.datetime:
    match = _US_TIME.fullmatch(text)
    if match is None:
        raise UnreadableError(_no_date())
    month, day, year, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    if match[7]:
        if not 1 <= hour <= 12:
            raise UnreadableError(_no_date())
        hour = hour % 12 + (12 if match[7] in "Pp" else 0)
    try:
        return datetime.datetime(year, month, day, hour if match[4] else 12, minute, second, tzinfo=ZONE)
    except ValueError as error:
        raise UnreadableError(_no_date()) from error


def _no_date() -> str:
    return _("This is no date. Write it like 2026-11-21 or 11/21/2026.")


def _plausible(moment: str) -> str:
    if not _EARLIEST <= moment[:4] <= _LATEST:
        raise UnreadableError(_("The year %(year)s cannot be right.") % {"year": moment[:4]})
    return moment


@lru_cache(maxsize=65_536)
def offset_of_hour(hour: str) -> str:
    """The offset of ZONE in the hour "2026-11-21 14", as "-05:00". Raises UnreadableError for an unlikely year."""
    _plausible(hour)
    offset = datetime.datetime.fromisoformat(hour).replace(tzinfo=ZONE).strftime("%z")
    return f"{offset[:3]}:{offset[3:]}"


def read_address(text: str) -> str:
    """A normalised e-mail address, "" for none. Raises UnreadableError, also for letters that only look like ASCII."""
    address = text.lower()
    if PLAIN_ADDRESS.fullmatch(address) and len(address) <= 254:
        return address
    if not address:
        return ""
    if not address.isascii():
        strange = next(character for character in text if not character.isascii())
        raise UnreadableError(
            _("This address has a letter in it that is not plain: “%(letter)s”. It may look like another one.")
            % {"letter": strange if strange.isprintable() else f"U+{ord(strange):04X}"}
        )
    try:
        return normalise_address(address)
    except InvalidAddressError as error:
        raise UnreadableError(_("This is no e-mail address.")) from error


def read_number(text: str) -> str:
    """A phone number in E.164 form, "" where the text is none: nobody's donation is refused for their phone."""
    match = NANP.fullmatch(text) or NANP.fullmatch(text.translate(_PUNCTUATION).removeprefix("+"))
    if match is not None:
        return "+1" + match[1]
    if not text:
        return ""
    try:
        number = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_of_us(country: str) -> bool:
    """Does this name of a country mean the United States? Nothing said means them too."""
    return country.upper().replace(".", "") in {"", "US", "USA", "UNITED STATES", "UNITED STATES OF AMERICA"}


def read_zip_code(text: str, country: str = "") -> str:
    """Five digits, "" where there are none or they are of another country. A spreadsheet drops leading zeros."""
    if not is_of_us(country):
        return ""
    match = _ZIP_CODE.fullmatch(text)
    if match is not None:
        return match[1]
    return text.zfill(5) if text.isascii() and text.isdigit() and len(text) in {3, 4} else ""


def read_name(text: str) -> str:
    """A name with single spaces. Raises UnreadableError for what a spreadsheet would run as a formula."""
    if text[:1] in _SIGNS_OF_A_FORMULA and text:
        raise UnreadableError(_formula())
    return " ".join(text.split())[:120] if "  " in text or len(text) > 120 or not text.isprintable() else text


def read_note(text: str) -> str:
    """A short text that is kept as it is, such as a reference code; refused as `read_name` refuses, but for signs."""
    if text[:1] in {"=", "@"}:
        raise UnreadableError(_formula())
    return text if len(text) <= 200 else text[:200]


def read_key(text: str) -> str:
    """The id of a line item, a receipt or a refund: at most 80 characters, "" for none. Raises UnreadableError."""
    if len(text) > 80 or not text.isprintable():
        raise UnreadableError(_("This is no id: it has more than 80 characters, or some that cannot be printed."))
    return text


def _formula() -> str:
    return _("This cell begins like a formula that a spreadsheet would run.")
