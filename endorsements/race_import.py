"""Races and candidates from a CSV file: the importer that `foundation.imports` runs for staff.

A row is a candidate in a race. A race is known by its state, office, district and election day, a candidate by their
name in it. The same row again changes nothing, and a row that says more fills in what was not known: an import
overwrites nothing that staff have written, and says so where the two contradict each other.

The election day is the row's own, else the general election day of the year of its primary, else the day that whoever
imports the file gives for all rows that have none.
"""

import datetime
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.accounts.models import User
from foundation.imports.importers import BadRow, CheckedRow, Importer, ImportField, Outcome, RowError
from foundation.places.keys import name_key

from .candidates import CandidatePlan, add_candidate, change_candidate, confirm_candidate, plan_of, record_result
from .models import Candidate, Race, Result
from .permissions import can_keep_races
from .race_rows import CandidateRow, read_candidate_row
from .races import FIRST_ELECTION, LAST_ELECTION, RacePlan, change_race, confirm_race, make_race
from .races import plan_of as race_plan_of

ELECTION_DAY = "election_day"
WEBSITE = "Website"

type _RaceKey = tuple[str, str, datetime.date]


class ElectionDayField(forms.DateField):
    """The election day of the rows that have none."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def clean(self, value: Any) -> datetime.date | None:
        day: datetime.date | None = super().clean(value)
        if day and not FIRST_ELECTION <= day <= LAST_ELECTION:
            raise forms.ValidationError(_("This year cannot be right."))
        return day


@dataclass
class _Work:
    """What is to be done with the rows of a batch."""

    to_write: list[CandidateRow] = field(default_factory=list)
    unchanged: int = 0
    bad: list[BadRow] = field(default_factory=list)

    def outcome(self) -> Outcome:
        return Outcome(len(self.to_write), self.unchanged, self.bad)


class RaceImporter(Importer[CandidateRow]):
    """Writes candidates and their races down, confirmed."""

    kind = "candidates"
    title = gettext_lazy("Races and candidates")
    batch_size = 200
    has_file_keys = True
    fields = (
        ImportField("name", gettext_lazy("Name"), required=True, aliases=("candidate", "candidate name", "nombre")),
        ImportField("office", gettext_lazy("Office"), required=True, aliases=("race", "position", "cargo")),
        ImportField("state", gettext_lazy("State"), aliases=("state name", "estado")),
        ImportField(
            "state_initials",
            gettext_lazy("State in two letters"),
            aliases=("state code", "state abbreviation", "state abbr", "st"),
        ),
        ImportField(
            "district",
            gettext_lazy("District"),
            aliases=("jurisdiction", "area", "distrito"),
            help_text=gettext_lazy("Such as 7, 57A, or the name of a city or county. Empty for a whole state."),
        ),
        ImportField(
            "election_date",
            gettext_lazy("Election"),
            aliases=("election day", "general date", "general election", "eleccion"),
            help_text=gettext_lazy("Where the file says only the primary, it is November’s election day of that year."),
        ),
        ImportField("primary_date", gettext_lazy("Primary election"), aliases=("primary", "primary day", "primaria")),
        ImportField("won_primary", gettext_lazy("Won the primary"), help_text=gettext_lazy("“yes” or “no”.")),
        ImportField("party", gettext_lazy("Party"), aliases=("candidate party", "partido")),
        ImportField(
            "level",
            gettext_lazy("Level"),
            aliases=("government level", "nivel"),
            help_text=gettext_lazy("Local, state, federal or party. Where the file says nothing, the office tells."),
        ),
        ImportField("link", gettext_lazy("Link"), aliases=("website", "url", "web", "site", "enlace")),
    )

    def __init__(self, election_day: datetime.date | None = None) -> None:
        self._election_day = election_day

    def may_import(self, user: User | AnonymousUser) -> bool:
        return can_keep_races(user)

    def problem_with_columns(self, mapped: frozenset[str]) -> str:
        problem = super().problem_with_columns(mapped)
        if problem or mapped & {"state", "state_initials"}:
            return problem
        return _("Choose the column for: %(names)s.") % {"names": _("State")}

    def questions(self) -> Mapping[str, forms.Field]:
        return {
            ELECTION_DAY: ElectionDayField(
                label=_("Election day of the rows that have none"),
                required=False,
                help_text=_("Rows that say neither an election nor a primary cannot be loaded without it."),
            )
        }

    def with_answers(self, answers: Mapping[str, Any]) -> Self:
        day = answers.get(ELECTION_DAY)
        return type(self)(datetime.date.fromisoformat(day) if day else None)

    def check_row(self, values: Mapping[str, str], line: int) -> CandidateRow:
        return read_candidate_row(values)

    def file_keys(self, row: CandidateRow) -> Iterable[tuple[Hashable, str]]:
        key = (row.state, row.race_key, row.election_date, name_key(row.name))
        return ((key, _("this candidate in this race")),)

    def check_batch(self, rows: Sequence[CheckedRow[CandidateRow]]) -> Outcome:
        return self._work_of(rows).outcome()

    def load_batch(
        self,
        rows: Sequence[CheckedRow[CandidateRow]],
        *,
        actor: User | None,
        options: Mapping[str, Any],
        now: datetime.datetime,
    ) -> Outcome:
        work = self._work_of(rows)
        races: dict[_RaceKey, Race] = {}
        for row in work.to_write:
            race = races.get(_key(row)) or _written_race(row, actor, now)
            races[_key(row)] = race
            _write_candidate(race, row, actor, now)
        return work.outcome()

    def _work_of(self, rows: Sequence[CheckedRow[CandidateRow]]) -> _Work:
        """What to do with each row. Three queries, however many rows."""
        work = _Work()
        known = _Known([row for _line, row in rows])
        for line, read in rows:
            try:
                row = known.dated(self._dated(read))
                if known.has_all_of(row):
                    work.unchanged += 1
                else:
                    work.to_write.append(row)
            except RowError as error:
                work.bad.append(BadRow(line, error.column, error.reason))
        return work

    def _dated(self, row: CandidateRow) -> CandidateRow:
        """The row with an election day. Raises RowError where nobody knows it."""
        if row.election_date:
            return row
        if self._election_day is None:
            raise RowError(
                _("Election"),
                _("The row says neither an election nor a primary. Give the day below the columns, or in a column."),
            )
        return row.on(self._election_day)


# --- A batch beside what is in the database ------------------------------------------------------------------


def _key(row: CandidateRow) -> _RaceKey:
    return row.state, row.race_key, row.day


class _Known:
    """The races and candidates that a batch may be about."""

    def __init__(self, rows: list[CandidateRow]) -> None:
        races = Race.objects.filter(state__in={row.state for row in rows}, key__in={row.race_key for row in rows})
        self._races = {
            (race.state, race.key, race.election_date): race
            for race in races.prefetch_related("candidates__links").order_by("pk")
        }

    def dated(self, row: CandidateRow) -> CandidateRow:
        """The row on the day of the race that is here, where its own is only reckoned and that is in the same year."""
        if not row.is_derived or _key(row) in self._races:
            return row
        year = row.day.year
        days = [day for state, key, day in self._races if (state, key, day.year) == (row.state, row.race_key, year)]
        return row.on(days[0]) if len(days) == 1 else row

    def has_all_of(self, row: CandidateRow) -> bool:
        """Is there nothing in the row that is not here? Raises RowError where the two contradict each other."""
        race = self._races.get(_key(row))
        if race is None:
            return False
        if row.primary_date and race.primary_date and row.primary_date != race.primary_date:
            raise RowError(
                _("Primary election"),
                _("The primary of this race is on %(day)s here. Change it on the race’s page.")
                % {"day": date_format(race.primary_date, "SHORT_DATE_FORMAT")},
            )
        if not race.is_confirmed or (row.primary_date and not race.primary_date):
            return False
        candidates = [one for one in race.candidates.all() if one.name_key == name_key(row.name)]
        return any(_has_all_of(candidate, row) for candidate in candidates)


def _has_all_of(candidate: Candidate, row: CandidateRow) -> bool:
    return bool(
        candidate.confirmed_at
        and (candidate.party or not row.party)
        and (candidate.primary_result != Result.PENDING or row.won_primary == Result.PENDING)
        and (not row.link or row.link in {link.url for link in candidate.links.all()})
    )


# --- Writing --------------------------------------------------------------------------------------------------


def _written_race(row: CandidateRow, actor: User | None, now: datetime.datetime) -> Race:
    """The race of the row: the one that is here, with what it lacked, or a new one."""
    state, key, day = _key(row)
    race = Race.objects.filter(state=state, key=key, election_date=day).first()
    if race is None:
        plan = RacePlan(
            office=row.office, district=row.district, level=row.level, state=row.state, party=row.race_party,
            primary_date=row.primary_date, election_date=day,
        )  # fmt: skip
        return make_race(plan=plan, actor=actor, now=now)
    if not race.is_confirmed:
        race = confirm_race(race=race, actor=actor, now=now)
    if row.primary_date and not race.primary_date:
        race = _with_primary(race, row.primary_date, actor, now)
    return race


def _with_primary(race: Race, day: datetime.date, actor: User | None, now: datetime.datetime) -> Race:
    plan = replace(race_plan_of(race), primary_date=day)
    return change_race(race=race, plan=plan, revision=race.revision, actor=actor, now=now)


def _write_candidate(race: Race, row: CandidateRow, actor: User | None, now: datetime.datetime) -> None:
    candidate = race.candidates.filter(name_key=name_key(row.name)).first()
    if candidate is None:
        links = ((WEBSITE, row.link),) if row.link else ()
        plan = CandidatePlan(name=row.name, party=row.party, links=links)
        candidate = add_candidate(race=race, plan=plan, actor=actor, now=now)
    else:
        candidate = _filled_in(candidate, row, actor, now)
    if row.won_primary != Result.PENDING and candidate.primary_result == Result.PENDING:
        record_result(
            candidate=candidate, primary_result=row.won_primary, result=candidate.result, actor=actor, now=now
        )


def _filled_in(candidate: Candidate, row: CandidateRow, actor: User | None, now: datetime.datetime) -> Candidate:
    """The candidate with what they lacked and the row has."""
    candidate = confirm_candidate(candidate=candidate, actor=actor, now=now)
    plan = plan_of(candidate)
    if row.link and row.link not in {url for _label, url in plan.links}:
        plan = replace(plan, links=(*plan.links, (WEBSITE, row.link)))
    plan = replace(plan, party=plan.party or row.party)
    return change_candidate(candidate=candidate, plan=plan, actor=actor, now=now)
