"""One row of a file of candidates, by itself: its texts in, a CandidateRow or the reason why it is none out.

Nothing here asks the database: which races and candidates are here already, `race_import` finds out.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from foundation.imports.importers import RowError
from foundation.imports.web_addresses import web_address
from foundation.places.keys import name_key
from foundation.places.states import MILITARY_STATES, STATES, State, state_named

from .elections import general_election_day
from .models import Level, Result
from .races import FIRST_ELECTION, LAST_ELECTION, race_key

_DAY_FORMATS = ("%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y")
_YES = {"true", "yes", "y", "1", "won", "si", "x"}
_NO = {"false", "no", "n", "0", "lost"}

_FEDERAL_WORDS = {"us", "u s", "united states", "president", "congress"}
_LOCAL_WORDS = {
    "mayor", "city", "county", "town", "village", "township", "parish", "borough", "alderman", "alderperson", "council",
    "supervisors", "supervisor", "sheriff", "school", "selectman", "selectboard", "commissioner", "recorder", "ward",
}  # fmt: skip
_STATE_WORDS = {
    "state", "governor", "lieutenant", "attorney", "secretary", "treasurer", "auditor", "comptroller", "assembly",
    "senate", "senator", "representative", "delegate", "delegates", "legislature", "executive",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class CandidateRow:
    """One row, well-formed: a candidate and their race. What the file does not give is "" or None.

    `election_date` is what the row says; `is_derived` marks one that is reckoned from the year of the primary.
    """

    name: str
    state: str
    office: str
    level: str
    district: str = ""
    party: str = ""
    primary_date: datetime.date | None = None
    election_date: datetime.date | None = None
    is_derived: bool = False
    won_primary: str = Result.PENDING
    link: str = ""

    @property
    def race_party(self) -> str:
        """Whose the office is: of public offices nobody's."""
        return self.party if self.level == Level.PARTY else ""

    @property
    def race_key(self) -> str:
        return race_key(office=self.office, district=self.district, party=self.race_party)

    @property
    def day(self) -> datetime.date:
        """The election day of a row that has one. Raises ValueError."""
        if self.election_date is None:
            raise ValueError("the row says no election day")
        return self.election_date

    def on(self, day: datetime.date) -> "CandidateRow":
        """The row with this day of the election, which it does not say itself."""
        return replace(self, election_date=day, is_derived=True)


def read_candidate_row(values: Mapping[str, str]) -> CandidateRow:
    """The row from the texts of its columns, by field name. Raises RowError, with the first thing that is wrong."""
    office = _line(values["office"], _("Office"))
    if not name_key(office):
        raise RowError(_("Office"), _("The office is missing."))
    name = _line(values["name"], _("Name"))
    if not name_key(name):
        raise RowError(_("Name"), _("The name is missing."))
    state = _state(values.get("state", ""), values.get("state_initials", ""))
    district = _line(values.get("district", ""), _("District"))
    party = _line(values.get("party", ""), _("Party"))[:80]
    level = _level(values.get("level", ""), office, district)
    if level == Level.PARTY and not party:
        raise RowError(_("Party"), _("Say whose party office it is."))
    primary = _day(values.get("primary_date", ""), _("Primary election"))
    said = _day(values.get("election_date", ""), _("Election"))
    election = said or (general_election_day(primary.year) if primary else None)
    if primary and election and primary > election:
        raise RowError(_("Primary election"), _("The primary election cannot be after the election."))
    return CandidateRow(
        name=name,
        state=state.code,
        office=office,
        district=district,
        level=level,
        party=party,
        primary_date=primary,
        election_date=election,
        is_derived=election is not None and said is None,
        won_primary=_won(values.get("won_primary", "")),
        link=web_address(values.get("link", ""), column=_("Link")),
    )


def level_of_office(office: str, district: str) -> str:
    """What an office belongs to, guessed by its words: `US Senate`, `State Assembly`, `Mayor`; "" where none tells.

    A board of education without a district is the state's.
    """
    key = name_key(office)
    words = set(key.split())
    if key.startswith(("us ", "u s ", "united states ")) or words & _FEDERAL_WORDS:
        return Level.FEDERAL
    if "state" in words:
        return Level.STATE
    if {"board", "education"} <= words:
        return Level.LOCAL if district else Level.STATE
    if words & _LOCAL_WORDS and not words & {"executive", "general", "attorney"}:
        return Level.LOCAL
    return Level.STATE if words & _STATE_WORDS else ""


def _line(text: str, column: str) -> str:
    line = " ".join(text.split())
    if len(line) > 120:
        raise RowError(column, _("This text has more than 120 characters."))
    return line


def _state(name: str, initials: str) -> State:
    """The state, whose name and code must not contradict each other."""
    by_code = STATES.get(initials.strip().upper()) if initials else None
    by_name = state_named(name) if name else None
    if (initials and by_code is None) or (name and by_name is None):
        unknown = initials if initials and by_code is None else name
        raise RowError(_("State"), _("“%(text)s” is no state that we know.") % {"text": unknown[:40]})
    if by_code and by_name and by_code is not by_name:
        raise RowError(_("State"), _("The state’s name and its two letters are of different states."))
    state = by_code or by_name
    if state is None:
        raise RowError(_("State"), _("The state is missing."))
    if state.code in MILITARY_STATES:
        raise RowError(_("State"), _("%(code)s is for military mail, and elects nobody.") % {"code": state.code})
    return state


def _level(text: str, office: str, district: str) -> str:
    typed = name_key(text)
    if typed:
        level = next((value for value, label in Level.choices if typed in (value, name_key(str(label)))), "")
        if not level:
            raise RowError(
                _("Level"), _("“%(text)s” is no level. Write local, state, federal or party.") % {"text": text[:20]}
            )
        return level
    level = level_of_office(office, district)
    if not level:
        raise RowError(
            _("Level"),
            _("Nothing tells whether “%(office)s” is local, state, federal or party. Add a column “level”.")
            % {"office": office[:60]},
        )
    return level


def _day(text: str, column: str) -> datetime.date | None:
    if not text:
        return None
    for form in _DAY_FORMATS:
        try:
            day = datetime.datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        if not FIRST_ELECTION <= day <= LAST_ELECTION:
            raise RowError(column, _("This year cannot be right."))
        return day
    raise RowError(column, _("“%(text)s” is no day. Write it like 2026-11-03 or 11/3/2026.") % {"text": text[:40]})


def _won(text: str) -> str:
    typed = name_key(text)
    if not typed:
        return Result.PENDING
    if typed in _YES | _NO:
        return Result.WON if typed in _YES else Result.LOST
    raise RowError(_("Won the primary"), _("“%(text)s” is neither yes nor no.") % {"text": text[:20]})
