"""Groups from a CSV file."""

import datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.db import connection
from django.test.utils import CaptureQueriesContext

from affiliates.agreements.chain import chain_of
from affiliates.agreements.links import first_broken
from affiliates.group_import import GroupImporter
from affiliates.models import Group, GroupLink, GroupStatus, Origin
from foundation.accounts.models import StaffTask, User
from foundation.imports.models import ImportJob, ImportState
from tests.factories import make_group, make_staff
from tests.importing import Import, counts_of, import_file, reasons_of

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)
SHARED_FILE = Path(site.BASE_DIR).parent / "shared" / "data" / "groups.csv"
OUR_FILE = Path(site.BASE_DIR) / "tests" / "data" / "groups.csv"
UNKNOWN_ZIP_CODES = {"60702", "94700", "73956", "53759", "19200", "95727", "92050"}


@pytest.fixture
def staff(db: None) -> User:
    return make_staff(StaffTask.AGREEMENTS)


@pytest.fixture
def load(staff: User, settings: Any, tmp_path: Path) -> Import:
    """`load(content)` imports it; with `dry=True` only the dry run is made."""
    settings.MEDIA_ROOT = tmp_path

    def load_file(content: str | bytes, *, dry: bool = False) -> ImportJob:
        return import_file(content, kind="groups", actor=staff, now=NOW, dry=dry)

    return load_file


# --- Real groups --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [SHARED_FILE, OUR_FILE], ids=["shared", "ours"])
def test_the_real_groups_load_but_for_zip_codes_that_no_list_knows(load: Import, path: Path) -> None:
    if not path.exists():
        pytest.skip(f"{path.name} is not there")
    job = load(path.read_bytes())
    assert (job.state, counts_of(job)) == (ImportState.DONE, (200, 0, 7))
    reasons = {reason for _line, reason in reasons_of(job)}
    assert reasons == {f"There is no ZIP code {code}." for code in UNKNOWN_ZIP_CODES}
    assert Group.objects.listed().count() == 200
    assert not Group.objects.listed().filter(latitude=None).exists()


def test_the_real_groups_again_change_nothing(load: Import) -> None:
    load(OUR_FILE.read_bytes())
    before = list(Group.objects.order_by("pk").values())
    job = load(OUR_FILE.read_bytes())
    assert counts_of(job) == (0, 200, 7)
    assert list(Group.objects.order_by("pk").values()) == before


def test_checking_a_batch_costs_no_query_a_row(load: Import) -> None:
    importer = GroupImporter()
    queries = []
    for count in (5, 50):
        codes = ["02139", "44305", "10001", "60601", "94110"]
        rows = [importer_row(importer, line, name=f"Group {line}", zip=codes[line % 5]) for line in range(2, 2 + count)]
        with CaptureQueriesContext(
            connection,
        ) as asked:
            importer.check_batch(rows)
        queries.append(len(asked))
    assert queries[0] == queries[1] <= 5


def importer_row(importer: GroupImporter, line: int, **values: str) -> Any:
    from foundation.imports.importers import CheckedRow

    return CheckedRow(line, importer.check_row(values, line))


# --- One row ------------------------------------------------------------------------------------------------


def test_a_row_becomes_a_listed_group(load: Import) -> None:
    load(
        "name,zip,slug,about,website,contact_email\n"
        "Akron Friends,44305-1234,akron-friends,We meet.,akron.example.org,Hello@Akron.example.org\n"
    )
    group = Group.objects.get()
    assert (group.name, group.slug, group.zip_code_id, group.place_name) == (
        "Akron Friends",
        "akron-friends",
        "44305",
        "Akron, OH",
    )
    assert (group.status, group.about) == (GroupStatus.LISTED, "We meet.")
    assert group.contact_email == "hello@akron.example.org"
    assert [link.url for link in group.links.all()] == ["https://akron.example.org"]


def test_every_listed_group_has_an_agreement_signed_elsewhere_in_force(load: Import) -> None:
    load("name,zip,status\nAkron,44305,\nToledo,43604,forming\n")
    akron, toledo = Group.objects.get(name="Akron"), Group.objects.get(name="Toledo")
    agreement = akron.agreements.in_force().get()
    assert agreement.origin == Origin.ELSEWHERE
    assert first_broken(*chain_of(agreement)) is None
    assert not toledo.agreements.exists()
    load("name,zip,status\nAkron,44305,listed\nToledo,43604,listed\n")
    assert akron.agreements.count() == toledo.agreements.count() == 1


def test_a_group_can_stay_unlisted(load: Import) -> None:
    load("name,zip,status\nAkron,44305,Forming\n")
    assert Group.objects.get().status == GroupStatus.FORMING


def test_a_group_abroad_has_a_place_and_a_point(load: Import) -> None:
    load("name,place,country,latitude,longitude\nLondon,London,United Kingdom,51.5074,-0.1278\n")
    group = Group.objects.get()
    assert (group.country, group.place_name, group.zip_code_id, group.time_zone) == (
        "GB",
        "London",
        None,
        "Europe/London",
    )


@pytest.mark.parametrize(
    ("header", "row", "reason"),
    [
        ("name,zip", ",02139", "The name is missing."),
        ("name,zip", "---,02139", "A name has letters or digits"),
        ("name,zip", f"{'x' * 121},02139", "at most 120 characters"),
        ("name,zip", "Akron,", "The ZIP code is missing."),
        ("name,zip", "Akron,00000", "There is no ZIP code 00000."),
        ("name,zip", "Akron,2139", "write 02139"),
        ("name,zip", "Akron,ABCDE", "is no ZIP code"),
        ("name,zip", "Akron,=1+1", "is no ZIP code"),
        ("name,zip,slug", "Akron,44305,A b", "cannot be an address"),
        ("name,zip,slug", "Akron,44305,start", "cannot be an address"),
        ("name,zip,website", "Akron,44305,javascript://alert(1)", "is no web address"),
        ("name,zip,contact_email", "Akron,44305,nobody", "no e-mail address"),
        ("name,zip,status", "Akron,44305,ended", "is no status"),
        ("name,zip,country", "Akron,44305,Canada", "in the United States"),
        ("name,zip,country", "Akron,44305,Narnia", "no country that we know"),
        ("name,zip,latitude,longitude", "Akron,44305,91,0", "degrees"),
        ("name,zip,latitude,longitude", "Akron,44305,nan,nan", "degrees"),
        ("name,zip,latitude,longitude", "Akron,44305,0,0", "never both 0"),
        ("name,place,country,latitude,longitude", "Paris,Paris,FR,,", "needs a place, a latitude"),
        ("name,place,country,latitude,longitude", "Paris,Paris,,48.8,2.3", "The ZIP code is missing."),
        ("name,zip", "Base,09005", "military"),
    ],
)
def test_a_bad_row_says_what_is_wrong(load: Import, header: str, row: str, reason: str) -> None:
    job = load(f"{header}\n{row}\n")
    assert counts_of(job) == (0, 0, 1)
    assert reason in reasons_of(job)[0][1]
    assert not Group.objects.exists()


def test_columns_that_give_no_home_are_refused() -> None:
    importer = GroupImporter()
    assert "ZIP code" in importer.problem_with_columns(frozenset({"name", "place", "country"}))
    assert "Name" in importer.problem_with_columns(frozenset({"zip"}))
    assert importer.problem_with_columns(frozenset({"name", "zip"})) == ""
    assert importer.problem_with_columns(frozenset({"name", "place", "country", "latitude", "longitude"})) == ""


# --- The same group -----------------------------------------------------------------------------------------


def test_a_known_slug_changes_only_what_is_given(load: Import) -> None:
    load("name,zip,slug,about,website\nAkron,44305,akron,We meet.,https://a.example.org\n")
    job = load(
        "name,zip,slug,contact_email,website,about\nAkron Friends,44305,akron,a@example.org,https://b.example.org,\n"
    )
    group = Group.objects.get()
    assert counts_of(job) == (1, 0, 0)
    assert (group.name, group.name_key, group.about) == ("Akron Friends", "akron friends", "We meet.")
    assert group.contact_email == "a@example.org"
    assert [link.url for link in group.links.all()] == ["https://b.example.org"]


def test_a_known_slug_can_move(load: Import) -> None:
    load("name,zip,slug\nAkron,44305,akron\n")
    load("name,zip,slug\nAkron,02139,akron\n")
    group = Group.objects.get()
    assert (group.zip_code_id, group.state, group.place_name) == ("02139", "MA", "Cambridge, MA")


def test_without_a_slug_name_and_home_tell_the_group(load: Import) -> None:
    load("name,zip\nAkron,44305\n")
    assert counts_of(load("name,zip\nAKRON,44305\n"))[0] == 1  # spelled anew
    assert counts_of(load("name,zip\nAkron,44303\n"))[0] == 1  # another group
    assert Group.objects.count() == 2


def test_an_import_lists_a_forming_group_only_where_it_says_so(load: Import) -> None:
    group = make_group("Akron", near="44305", status=GroupStatus.FORMING)
    assert counts_of(load("name,zip\nAkron,44305\n")) == (0, 1, 0)
    assert counts_of(load("name,zip,status\nAkron,44305,listed\n")) == (1, 0, 0)
    group.refresh_from_db()
    assert group.is_listed


def test_an_import_takes_no_group_off_the_list(load: Import) -> None:
    make_group("Akron", near="44305")
    assert counts_of(load("name,zip,status\nAkron,44305,forming\n")) == (0, 1, 0)
    assert Group.objects.listed().exists()


def test_a_group_that_ended_is_not_brought_back(load: Import) -> None:
    make_group("Akron", near="44305", status=GroupStatus.ENDED)
    job = load("name,zip\nAkron,44305\n")
    assert reasons_of(job) == [(2, "Akron has ended. List it again on the page of groups.")]


@pytest.mark.parametrize("dry", [True, False])
def test_a_slug_twice_in_a_file_is_an_error_that_names_both_lines(load: Import, *, dry: bool) -> None:
    job = load("name,zip,slug\nAkron,44305,akron\nErie,16501,erie\nAkron Two,44303,akron\n", dry=dry)
    assert reasons_of(job) == [(4, "Lines 2 and 4 both have the address “akron”.")]
    assert Group.objects.count() == (0 if dry else 2)


def test_a_group_twice_in_a_file_is_an_error_that_names_both_lines(load: Import) -> None:
    job = load("name,zip\nAkron,44305\nakron,44305\n")
    assert reasons_of(job) == [(3, "Lines 2 and 3 both have this name and home.")]


def test_the_slug_of_another_group_is_an_error_that_names_both(load: Import) -> None:
    make_group("Toledo Neighbors", near="43604", slug="friends")
    job = load("name,zip,slug\nAkron,44305,friends\n")
    assert reasons_of(job) == [
        (2, "Line 2: the address “friends” belongs to another group, Toledo Neighbors in Toledo, OH.")
    ]


def test_a_new_slug_for_a_group_that_is_here_makes_no_second_one(load: Import) -> None:
    make_group("Akron", near="44305", slug="akron")
    job = load("name,zip,slug\nAkron,44305,akron-friends\n")
    assert "at the address “akron”" in reasons_of(job)[0][1]
    assert Group.objects.count() == 1


def test_links_of_the_groups_own_are_left_alone(load: Import) -> None:
    group = make_group("Akron", near="44305")
    GroupLink.objects.create(group=group, label="Instagram", url="https://i.example.org")
    load("name,zip,website\nAkron,44305,https://a.example.org\n")
    assert sorted(group.links.values_list("label", flat=True)) == ["Instagram", "Website"]


# --- Much at once -------------------------------------------------------------------------------------------


def test_those_who_wait_near_a_new_group_are_told(load: Import, django_capture_on_commit_callbacks: Any) -> None:
    """Whoever asked to hear of a group hears of an imported one too: by the same path as of any other."""
    from affiliates.jobs import tell_waiting_watchers
    from affiliates.models import PlaceWatch

    watch = PlaceWatch.objects.create(
        email="waiting@example.org",
        place_label="Akron, OH",
        latitude=41.08,
        longitude=-81.52,
        asked_at=NOW,
        confirmed_at=NOW,
    )
    load("name,zip\nAkron,44305\n")
    tell_waiting_watchers()
    watch.refresh_from_db()
    assert watch.told_of == Group.objects.get()


def test_names_in_every_script_are_loaded(load: Import) -> None:
    load("name,zip\nПривет друзья,10001\n友達の会,94110\nÑandú 🌻,33101\n")
    assert Group.objects.listed().count() == 3


def test_latin_1_is_loaded_with_its_accents(load: Import) -> None:
    load("name,zip\nPeñasco,87553\n".encode("latin-1"))
    assert Group.objects.get().name == "Peñasco"
