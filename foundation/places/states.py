"""The states, the district, the territories and the military mail regions that US addresses name."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext, gettext_noop

from foundation.places.keys import code_typed, place_key


class StateKind(StrEnum):
    STATE = "state"
    DISTRICT = "district"
    TERRITORY = "territory"
    FREELY_ASSOCIATED = "freely associated state"
    MILITARY = "military"


@dataclass(frozen=True, slots=True)
class State:
    """One two-letter code of US addresses. `fips` is the Census number, empty for military mail."""

    code: str
    english_name: str
    fips: str
    kind: StateKind = StateKind.STATE
    other_names: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return gettext(self.english_name)

    def __str__(self) -> str:
        return self.name


# Codes: USPS Publication 28, appendix B. FIPS: Census, INCITS 38. Other names: Spanish, and what people type.
_ALL = (
    State("AL", gettext_noop("Alabama"), "01"),
    State("AK", gettext_noop("Alaska"), "02"),
    State("AZ", gettext_noop("Arizona"), "04"),
    State("AR", gettext_noop("Arkansas"), "05"),
    State("CA", gettext_noop("California"), "06"),
    State("CO", gettext_noop("Colorado"), "08"),
    State("CT", gettext_noop("Connecticut"), "09"),
    State("DE", gettext_noop("Delaware"), "10"),
    State("DC", gettext_noop("District of Columbia"), "11", StateKind.DISTRICT, ("Distrito de Columbia",)),
    State("FL", gettext_noop("Florida"), "12"),
    State("GA", gettext_noop("Georgia"), "13"),
    State("HI", gettext_noop("Hawaii"), "15", other_names=("Hawái", "Hawaiʻi")),
    State("ID", gettext_noop("Idaho"), "16"),
    State("IL", gettext_noop("Illinois"), "17"),
    State("IN", gettext_noop("Indiana"), "18"),
    State("IA", gettext_noop("Iowa"), "19"),
    State("KS", gettext_noop("Kansas"), "20"),
    State("KY", gettext_noop("Kentucky"), "21"),
    State("LA", gettext_noop("Louisiana"), "22", other_names=("Luisiana",)),
    State("ME", gettext_noop("Maine"), "23"),
    State("MD", gettext_noop("Maryland"), "24"),
    State("MA", gettext_noop("Massachusetts"), "25"),
    State("MI", gettext_noop("Michigan"), "26", other_names=("Míchigan",)),
    State("MN", gettext_noop("Minnesota"), "27"),
    State("MS", gettext_noop("Mississippi"), "28", other_names=("Misisipi",)),
    State("MO", gettext_noop("Missouri"), "29", other_names=("Misuri",)),
    State("MT", gettext_noop("Montana"), "30"),
    State("NE", gettext_noop("Nebraska"), "31"),
    State("NV", gettext_noop("Nevada"), "32"),
    State("NH", gettext_noop("New Hampshire"), "33", other_names=("Nuevo Hampshire",)),
    State("NJ", gettext_noop("New Jersey"), "34", other_names=("Nueva Jersey",)),
    State("NM", gettext_noop("New Mexico"), "35", other_names=("Nuevo México",)),
    State("NY", gettext_noop("New York"), "36", other_names=("Nueva York", "New York State", "Estado de Nueva York")),
    State("NC", gettext_noop("North Carolina"), "37", other_names=("Carolina del Norte",)),
    State("ND", gettext_noop("North Dakota"), "38", other_names=("Dakota del Norte",)),
    State("OH", gettext_noop("Ohio"), "39"),
    State("OK", gettext_noop("Oklahoma"), "40"),
    State("OR", gettext_noop("Oregon"), "41"),
    State("PA", gettext_noop("Pennsylvania"), "42", other_names=("Pensilvania",)),
    State("RI", gettext_noop("Rhode Island"), "44"),
    State("SC", gettext_noop("South Carolina"), "45", other_names=("Carolina del Sur",)),
    State("SD", gettext_noop("South Dakota"), "46", other_names=("Dakota del Sur",)),
    State("TN", gettext_noop("Tennessee"), "47"),
    State("TX", gettext_noop("Texas"), "48", other_names=("Tejas",)),
    State("UT", gettext_noop("Utah"), "49"),
    State("VT", gettext_noop("Vermont"), "50"),
    State("VA", gettext_noop("Virginia"), "51"),
    State("WA", gettext_noop("Washington"), "53", other_names=("Washington State", "Estado de Washington")),
    State("WV", gettext_noop("West Virginia"), "54", other_names=("Virginia Occidental",)),
    State("WI", gettext_noop("Wisconsin"), "55"),
    State("WY", gettext_noop("Wyoming"), "56"),
    State("AS", gettext_noop("American Samoa"), "60", StateKind.TERRITORY, ("Samoa Americana",)),
    State("GU", gettext_noop("Guam"), "66", StateKind.TERRITORY),
    State(
        "MP", gettext_noop("Northern Mariana Islands"), "69", StateKind.TERRITORY,
        ("Islas Marianas del Norte", "Northern Marianas", "CNMI"),
    ),
    State("PR", gettext_noop("Puerto Rico"), "72", StateKind.TERRITORY),
    State(
        "VI", gettext_noop("U.S. Virgin Islands"), "78", StateKind.TERRITORY,
        (
            "Islas Vírgenes", "Islas Vírgenes de EE. UU.", "Islas Vírgenes de los Estados Unidos",
            "Virgin Islands", "USVI",
        ),
    ),
    State(
        "FM", gettext_noop("Federated States of Micronesia"), "64", StateKind.FREELY_ASSOCIATED,
        ("Estados Federados de Micronesia", "Micronesia"),
    ),
    State("MH", gettext_noop("Marshall Islands"), "68", StateKind.FREELY_ASSOCIATED, ("Islas Marshall",)),
    State("PW", gettext_noop("Palau"), "70", StateKind.FREELY_ASSOCIATED, ("Palaos",)),
    State("AA", gettext_noop("Armed Forces Americas"), "", StateKind.MILITARY, ("Fuerzas Armadas, América",)),
    State("AE", gettext_noop("Armed Forces Europe"), "", StateKind.MILITARY, ("Fuerzas Armadas, Europa",)),
    State("AP", gettext_noop("Armed Forces Pacific"), "", StateKind.MILITARY, ("Fuerzas Armadas, Pacífico",)),
)  # fmt: skip

STATES: dict[str, State] = {state.code: state for state in _ALL}
"""By code, such as `MA`."""

MILITARY_STATES = frozenset(state.code for state in _ALL if state.kind is StateKind.MILITARY)
"""`AA`, `AE` and `AP`: mail regions, which lie nowhere."""

STATES_BY_FIPS: dict[str, State] = {state.fips: state for state in _ALL if state.fips}

_BY_NAME = {place_key(name): state for state in _ALL for name in (state.english_name, *state.other_names)}


def state_named(text: str) -> State | None:
    """The state that somebody means by a code or a name, in English or Spanish, however accented; or None."""
    return STATES.get(code_typed(text)) or _BY_NAME.get(place_key(text))


def state_name(code: str) -> str:
    """The name of a state in the reader's language, or the code itself where it is none."""
    state = STATES.get(code)
    return state.name if state else code
