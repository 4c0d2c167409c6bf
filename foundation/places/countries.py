"""Countries by code and by name, as people write them after a city's name."""

from functools import cache

from foundation.places import tables
from foundation.places.keys import code_typed, place_key

US = "US"

_OTHER_NAMES = {
    "US": ("USA", "United States of America", "Estados Unidos", "EE. UU."),
    "GB": ("UK", "Great Britain", "England", "Scotland", "Wales", "Northern Ireland", "Reino Unido", "Inglaterra"),
    "DE": ("Deutschland", "Alemania"),
    "ES": ("España",),
    "FR": ("Francia",),
    "IT": ("Italia",),
    "NL": ("Holland", "Netherlands"),
    "BR": ("Brasil",),
    "JP": ("Japón",),
    "KR": ("Korea", "Corea del Sur"),
    "CZ": ("Czech Republic",),
    "DO": ("República Dominicana",),
    # Where Americans look for a country, Canadians write the province.
    "CA": (
        "Canadá", "ON", "Ontario", "QC", "Québec", "BC", "British Columbia", "AB", "Alberta", "MB", "Manitoba",
        "SK", "Saskatchewan", "NS", "Nova Scotia", "NB", "New Brunswick", "NL", "Newfoundland", "PE", "YT", "NU",
    ),
}  # fmt: skip


def country_named(text: str) -> str | None:
    """The ISO code of the country that somebody means by a code or a name (or a Canadian province); or None."""
    code = code_typed(text)
    return code if code in _names() else _codes_by_name().get(place_key(text))


def country_name(code: str) -> str:
    """The English name of a country, or the code itself where it is none."""
    return _names().get(code, code)


@cache
def _names() -> dict[str, str]:
    return tables.countries()


@cache
def _codes_by_name() -> dict[str, str]:
    others = {place_key(name): code for code, names in _OTHER_NAMES.items() for name in names}
    return others | {place_key(name): code for code, name in _names().items()}
