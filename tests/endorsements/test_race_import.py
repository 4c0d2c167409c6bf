"""Races and candidates from a CSV file."""

import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from endorsements.models import Candidate, Level, Race, Result
from endorsements.race_import import ELECTION_DAY, RaceImporter
from endorsements.race_rows import level_of_office
from endorsements.races import plan_of
from foundation.accounts.models import StaffTask, User
from foundation.imports.importers import CheckedRow
from foundation.imports.models import ImportJob, ImportState
from foundation.imports.running import run_import
from tests.factories import make_group, make_staff
from tests.importing import Import, counts_of, import_file, reasons_of
from tests.signing_in import sign_in

from .making import NOW, make_race

pytestmark = pytest.mark.django_db

SHARED_FILE = Path(site.BASE_DIR).parent / "shared" / "data" / "candidates.csv"
DOZEN = Path(site.BASE_DIR) / "tests" / "data" / "candidates.csv"
DAY = "2016-11-08"
HEADER = "name,state,state_initials,district,office,primary_date,won_primary"
JANE = "Jane Kim,California,CA,11,State Senate,6/7/2016,TRUE"
NO_DAY = "The row says neither an election nor a primary. Give the day below the columns, or in a column."


@pytest.fixture
def staff(db: None) -> User:
    return make_staff(StaffTask.ENDORSEMENTS)


@pytest.fixture
def load(staff: User, settings: Any, tmp_path: Path) -> Import:
    """`load(content, day=DAY)` imports it; with `dry=True` only the dry run is made."""
    settings.MEDIA_ROOT = tmp_path

    def load_file(content: str | bytes, *, day: str = "", dry: bool = False) -> ImportJob:
        return import_file(content, kind="candidates", actor=staff, now=NOW, answers={ELECTION_DAY: day}, dry=dry)

    return load_file


def everything() -> list[Any]:
    return [*Race.objects.order_by("pk").values(), *Candidate.objects.order_by("pk").values()]


# --- real candidates ------------------------------------------------------------------------------------------


@pytest.mark.skipif(not SHARED_FILE.exists(), reason="the shared file is not there")
def test_all_the_real_candidates_load_and_again_change_nothing(load: Import) -> None:
    job = load(SHARED_FILE.read_bytes(), day=DAY)
    assert (job.state, counts_of(job), reasons_of(job)) == (ImportState.DONE, (53, 0, 0), [])
    assert Candidate.objects.confirmed().count() == Race.objects.known().count() == 53
    assert set(Race.objects.values_list("election_date", flat=True)) == {datetime.date(2016, 11, 8)}
    levels = [Race.objects.filter(level=level).count() for level in (Level.FEDERAL, Level.STATE, Level.LOCAL)]
    assert levels == [9, 37, 7]
    assert Candidate.objects.filter(primary_result=Result.WON).count() == 7
    # Known are whole states, cities and a county; districts are not, without a crosswalk.
    assert Race.objects.filter(area__isnull=False).count() == 12
    before = everything()
    again = load(SHARED_FILE.read_bytes(), day=DAY)
    assert counts_of(again) == (0, 53, 0)
    assert everything() == before


@pytest.mark.skipif(not SHARED_FILE.exists(), reason="the shared file is not there")
def test_without_a_day_the_real_rows_that_have_none_are_each_explained(load: Import) -> None:
    job = load(SHARED_FILE.read_bytes())
    assert counts_of(job) == (12, 0, 41)
    assert {reason for _line, reason in reasons_of(job)} == {NO_DAY}
    load(SHARED_FILE.read_bytes(), day=DAY)
    assert Candidate.objects.count() == 53


def test_a_dozen_of_them(load: Import) -> None:
    job = load(DOZEN.read_bytes(), day=DAY)
    assert (job.state, counts_of(job)) == (ImportState.DONE, (14, 0, 0))
    assert counts_of(load(DOZEN.read_bytes(), day=DAY)) == (0, 14, 0)
    places = {race.office: race.area.name for race in Race.objects.filter(area__isnull=False).select_related("area")}  # type: ignore[union-attr]
    assert places == {
        "County Recorder": "Maricopa County, AZ",
        "Mayor": "San Juan, PR",
        "Attorney General": "Indiana",
        "Board of Education": "Michigan",
        "US Senate": "Wisconsin",
    }
    assert Candidate.objects.get(slug="ismael-ish-ahmed-2016").name == 'Ismael "Ish" Ahmed'


# --- what a row becomes ---------------------------------------------------------------------------------------


def test_a_row_becomes_a_confirmed_candidate_in_a_confirmed_race(load: Import) -> None:
    load(
        "name,state,district,office,election_date,primary_date,won_primary,party,level,link\n"
        "Ann Lee,Ohio,9,US Representative,2016-11-08,3/15/2016,no,Independent,Federal,example.org/ann\n"
    )
    ann = Candidate.objects.select_related("race").get()
    race = ann.race
    assert (race.office, race.district, race.level, race.state, race.party) == (
        "US Representative", "9", "federal", "OH", "",
    )  # fmt: skip
    assert (race.election_date, race.primary_date) == (datetime.date(2016, 11, 8), datetime.date(2016, 3, 15))
    assert (ann.party, ann.primary_result, ann.result) == ("Independent", Result.LOST, Result.LOST)
    assert [link.url for link in ann.links.all()] == ["https://example.org/ann"]
    assert ann.confirmed_at
    assert race.is_confirmed


def test_the_year_of_the_primary_tells_the_election(load: Import) -> None:
    assert counts_of(load(f"{HEADER}\n{JANE}", day="2020-11-03")) == (1, 0, 0)
    assert Race.objects.get().election_date == datetime.date(2016, 11, 8)


def test_two_candidates_of_one_race_share_it(load: Import) -> None:
    load(f"{HEADER}\n{JANE}\nBo Diaz,California,CA,11,State  senate,,", day=DAY)
    assert Race.objects.get().candidates.count() == 2


def test_a_day_that_was_reckoned_gives_way_to_the_race_that_is_here(load: Import) -> None:
    race = make_race(
        office="State Senate", district="11", state="CA", level="state", election_date=datetime.date(2016, 12, 6)
    )
    assert counts_of(load(f"{HEADER}\n{JANE}")) == (1, 0, 0)
    assert Candidate.objects.get().race == race


def test_what_a_group_proposed_is_confirmed(load: Import) -> None:
    race = make_race(
        office="State Senate", district="11", state="CA", level="state", election_date=datetime.date(2016, 11, 8),
        confirmed_at=None, proposed_by=make_group(),
    )  # fmt: skip
    assert counts_of(load(f"{HEADER}\n{JANE}")) == (1, 0, 0)
    race.refresh_from_db()
    assert race.is_confirmed
    assert race.primary_date == datetime.date(2016, 6, 7)


def test_a_row_fills_in_what_is_not_known_and_overwrites_nothing(load: Import, staff: User) -> None:
    load(f"{HEADER}\nJane Kim,California,CA,11,State Senate,,", day=DAY)
    Candidate.objects.update(party="Green")
    header = f"{HEADER},party,link"
    job = load(f"{header}\n{JANE},Democratic,https://example.org/jane")
    assert counts_of(job) == (1, 0, 0)
    jane = Candidate.objects.select_related("race").get()
    assert (jane.party, jane.primary_result, jane.race.primary_date) == (
        "Green", Result.WON, datetime.date(2016, 6, 7),
    )  # fmt: skip
    Candidate.objects.update(primary_result=Result.LOST, result=Result.LOST)
    assert counts_of(load(f"{header}\n{JANE},Democratic,https://example.org/jane")) == (0, 1, 0)
    assert Candidate.objects.get().primary_result == Result.LOST
    assert plan_of(Race.objects.get()).office == "State Senate"


def test_a_row_that_contradicts_what_is_here_says_so(load: Import) -> None:
    load(f"{HEADER}\n{JANE}")
    job = load(f"{HEADER}\n{JANE.replace('6/7/2016', '6/8/2016')}")
    assert reasons_of(job) == [(2, "The primary of this race is on 06/07/2016 here. Change it on the race’s page.")]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (",California,CA,11,State Senate,6/7/2016,", "Name", "The name is missing."),
        ("Ann,California,CA,11,,6/7/2016,", "Office", "The office is missing."),
        ("Ann,,,11,State Senate,6/7/2016,", "State", "The state is missing."),
        ("Ann,Utopia,,11,State Senate,6/7/2016,", "State", "“Utopia” is no state that we know."),
        ("Ann,California,XX,11,State Senate,6/7/2016,", "State", "“XX” is no state that we know."),
        (
            "Ann,Ohio,CA,11,State Senate,6/7/2016,", "State",
            "The state’s name and its two letters are of different states.",
        ),
        ("Ann,,AE,11,State Senate,6/7/2016,", "State", "AE is for military mail, and elects nobody."),
        (
            "Ann,Ohio,OH,11,Dog Catcher,6/7/2016,", "Level",
            "Nothing tells whether “Dog Catcher” is local, state, federal or party. Add a column “level”.",
        ),
        (
            "Ann,Ohio,OH,11,State Senate,June 7,", "Primary election",
            "“June 7” is no day. Write it like 2026-11-03 or 11/3/2026.",
        ),
        ("Ann,Ohio,OH,11,State Senate,6/7/1816,", "Primary election", "This year cannot be right."),
        (
            "Ann,Ohio,OH,11,State Senate,12/7/2016,", "Primary election",
            "The primary election cannot be after the election.",
        ),
        ("Ann,Ohio,OH,11,State Senate,6/7/2016,perhaps", "Won the primary", "“perhaps” is neither yes nor no."),
        ("Ann,Ohio,OH,11,State Senate,,", "Election", NO_DAY),
        (f"Ann,Ohio,OH,{'x' * 121},State Senate,6/7/2016,", "District", "This text has more than 120 characters."),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_loaded_is_explained(load: Import, row: str, column: str, reason: str) -> None:
    job = load(f"{HEADER}\n{row}\n{JANE}")
    assert counts_of(job) == (1, 0, 1)
    error = job.row_errors.get()
    assert (error.line, error.column, error.reason) == (2, column, reason)


@pytest.mark.parametrize(
    ("columns", "row", "reason"),
    [
        ("level", "Ann,OH,Mayor,6/7/2016,galactic", "“galactic” is no level. Write local, state, federal or party."),
        ("level", "Ann,OH,Committee,6/7/2016,party", "Say whose party office it is."),
        ("link", "Ann,OH,State Senate,6/7/2016,not a link", "“not a link” is no web address."),
    ],
)  # fmt: skip
def test_optional_columns_are_read_as_carefully(load: Import, columns: str, row: str, reason: str) -> None:
    job = load(f"name,st,office,primary,{columns}\n{row}")
    assert [words for _line, words in reasons_of(job)] == [reason]


def test_the_same_candidate_twice_in_a_file_is_told(load: Import) -> None:
    job = load(f"{HEADER}\n{JANE}\n{JANE}")
    assert counts_of(job) == (1, 0, 1)


@pytest.mark.parametrize(
    ("office", "district", "level"),
    [
        ("US Senate", "", Level.FEDERAL),
        ("U.S. House", "3", Level.FEDERAL),
        ("President", "", Level.FEDERAL),
        ("Member of Congress", "3", Level.FEDERAL),
        ("State Representative", "7", Level.STATE),
        ("Executive Council", "2", Level.STATE),
        ("Attorney General", "", Level.STATE),
        ("Board of Education", "", Level.STATE),
        ("Board of Education", "Akron", Level.LOCAL),
        ("Board of Supervisors", "San Francisco 5", Level.LOCAL),
        ("County Recorder", "Maricopa", Level.LOCAL),
        ("City Council", "Richmond", Level.LOCAL),
        ("Dog Catcher", "Akron", ""),
    ],
)
def test_the_office_tells_the_level(office: str, district: str, level: str) -> None:
    assert level_of_office(office, district) == level


# --- as an importer -------------------------------------------------------------------------------------------


def test_the_dry_run_says_what_would_be_and_writes_nothing(load: Import) -> None:
    job = load(DOZEN.read_bytes(), day=DAY, dry=True)
    assert (job.state, counts_of(job)) == (ImportState.CHECKED, (14, 0, 0))
    assert not Race.objects.exists()


def test_checking_a_batch_costs_no_query_a_row(db: None) -> None:
    importer = RaceImporter(datetime.date(2016, 11, 8))
    queries = []
    for count in (5, 50):
        rows = [
            CheckedRow(line, importer.check_row({"name": f"Ann {line}", "state": "OH", "office": "State Senate"}, line))
            for line in range(2, 2 + count)
        ]
        with CaptureQueriesContext(connection) as asked:
            importer.check_batch(rows)
        queries.append(len(asked))
    assert queries[0] == queries[1] <= 3


def test_who_may_import(staff: User) -> None:
    assert RaceImporter().may_import(staff)
    assert not RaceImporter().may_import(make_staff(StaffTask.PROMOTIONS))


def test_one_of_the_columns_of_the_state_is_needed(load: Import) -> None:
    assert RaceImporter().problem_with_columns(frozenset({"name", "office"})) == "Choose the column for: State."
    assert not RaceImporter().problem_with_columns(frozenset({"name", "office", "state_initials"}))
    assert "Name" in RaceImporter().problem_with_columns(frozenset({"office", "state"}))


def test_the_day_is_asked_beside_the_columns_and_kept(
    client: Client, staff: User, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    sign_in(client, staff)
    client.post(reverse("import_start", args=["candidates"]), {"file": BytesIO(DOZEN.read_bytes())})
    job = ImportJob.objects.get()
    there = reverse("import_mapping", args=[job.pk])
    assert "Election day of the rows that have none" in client.get(there).content.decode()
    columns = {name: str(index) for name, index in job.mapping.items()}
    refused = client.post(there, {**columns, ELECTION_DAY: "1812-01-01"})
    assert refused.status_code == 422
    assert "This year cannot be right." in refused.content.decode()
    client.post(there, {**columns, ELECTION_DAY: DAY})
    job.refresh_from_db()
    assert job.options == {ELECTION_DAY: DAY}
    assert job.mapping["name"] == 0
    run_import(job_id=job.pk, worker="test")
    job.refresh_from_db()
    assert counts_of(job) == (14, 0, 0)
    assert f'value="{DAY}"' in client.get(there).content.decode()
