"""Areas: sets of ZIP codes, and the districts of a crosswalk."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from foundation.accounts.models import User
from foundation.audit.models import AuditEntry
from foundation.places.areas import AreaError, Recipe, area_from, rebuild_area, zip_codes_in
from foundation.places.distance import Point
from foundation.places.districts import DistrictFileError, DistrictImport, RowError, import_districts
from foundation.places.models import Area, AreaZipCode, ZipCode
from foundation.places.search import find_place

pytestmark = pytest.mark.django_db

HEADER = "state_fips,state_abbr,zcta,cd\n"
CROSSWALK = HEADER + (
    "25,MA,02139,5\n25,MA,02139,7\n25,MA,02138,5\n25,MA,02118,07\n02,AK,99501,0\n02,AK,99701,00\n11,DC,20001,98\n"
)


@pytest.fixture
def staff() -> User:
    return User.objects.create_user("staff@network.example")


def members(area: Area) -> set[str]:
    return set(area.members.values_list("zip_code_id", flat=True))


# --- areas made here ---


def test_an_area_is_the_union_of_its_parts(staff: User) -> None:
    area = area_from(
        name="Here and there",
        states=["RI"],
        counties=[("Dukes County", "MA"), ("nantucket", "MA")],
        zip_codes=["99501"],
        radius=(find_place("02139"), 2),
        actor=staff,
    )
    states = set(ZipCode.objects.filter(state="RI").values_list("code", flat=True))
    counties = set(
        ZipCode.objects.filter(state="MA", county__in=["Dukes County", "Nantucket County"]).values_list(
            "code", flat=True
        )
    )
    assert members(area) > states | counties | {"99501", "02139", "02138"}
    assert "02118" not in members(area)  # farther than two miles from the middle of 02139
    assert len(states) == 91


def test_building_an_area_is_on_record(staff: User) -> None:
    area = area_from(name="Rhode Island", states=["RI"], actor=staff)
    entry = AuditEntry.objects.get(subject=f"area:{area.pk}")
    assert (entry.actor, entry.action, entry.details) == (f"user:{staff.pk}", "built area", {"zip_codes": 91})


def test_an_area_keeps_its_recipe_and_follows_it_again(staff: User) -> None:
    area = area_from(name="Boston", zip_codes=["02118"], radius=(find_place("Boston, MA"), 3), actor=staff)
    area.refresh_from_db()
    made = members(area)
    area.members.filter(zip_code_id="02118").delete()
    assert rebuild_area(area=area, actor=staff) is True
    assert members(area) == made
    assert rebuild_area(area=area, actor=staff) is False


def test_two_areas_of_one_name_have_two_addresses(staff: User) -> None:
    slugs = [area_from(name="Östliches Land", states=["RI"], actor=staff).slug for _ in range(3)]
    assert slugs == ["ostliches-land", "ostliches-land-2", "ostliches-land-3"]


def test_a_name_in_another_script_has_an_address_too(staff: User) -> None:
    assert area_from(name="東京", states=["RI"], actor=staff).slug == "area"


def test_every_unknown_part_is_named_and_nothing_is_made(staff: User) -> None:
    with pytest.raises(AreaError, match=r"There is no XX, Middlesex, RI, 00000, 1234\."):
        area_from(
            name="Nowhere",
            states=["MA", "XX"],
            counties=[("Middlesex", "MA"), ("Middlesex", "RI")],
            zip_codes=["02139", "00000", "1234"],
            actor=staff,
        )
    assert not Area.objects.exists()


@pytest.mark.parametrize("recipe", [Recipe(), Recipe(radius=(Point(-45.0, -130.0), 10.0))])
def test_an_area_without_a_zip_code_is_refused(recipe: Recipe) -> None:
    with pytest.raises(AreaError, match="no ZIP code"):
        zip_codes_in(recipe)


def test_a_recipe_survives_being_kept() -> None:
    recipe = Recipe(("MA",), (("Dukes County", "MA"),), ("02139",), (Point(42.4, -71.1), 5.0))
    assert Recipe.from_json(recipe.as_json()) == recipe
    assert Recipe.from_json(Recipe().as_json()) == Recipe()


def test_an_area_knows_what_it_contains_and_a_zip_code_its_areas(staff: User) -> None:
    rhode_island = area_from(name="Rhode Island", states=["RI"], actor=staff)
    providence = area_from(name="Providence", counties=[("Providence County", "RI")], actor=staff)
    assert rhode_island.contains("02903")
    assert not rhode_island.contains("02139")
    assert set(Area.objects.containing("02903")) == {rhode_island, providence}


# --- districts ---


def imported(content: str | bytes, edition: str = "119") -> DistrictImport:
    file = io.BytesIO(content.encode() if isinstance(content, str) else content)
    return import_districts(file, edition=edition, actor=None)


def outcome(result: DistrictImport) -> tuple[int, int, int]:
    return result.made, result.changed, result.unchanged


def district(code: str, edition: str = "119") -> set[str]:
    return members(Area.objects.districts(edition).get(code=code))


def test_a_crosswalk_makes_districts() -> None:
    result = imported(CROSSWALK)
    assert outcome(result) == (4, 0, 0)
    assert (result.rows, result.zip_codes, result.shared, result.errors) == (7, 6, 1, [])
    assert district("MA-05") == {"02139", "02138"}
    assert district("MA-07") == {"02139", "02118"}


def test_at_large_is_zero_double_zero_or_a_delegate() -> None:
    imported(CROSSWALK)
    assert district("AK-AL") == {"99501", "99701"}
    assert district("DC-AL") == {"20001"}
    assert Area.objects.get(code="AK-AL").name == "Alaska at large"


def test_a_zip_code_in_several_districts_is_in_all_of_them() -> None:
    imported(CROSSWALK)
    assert set(Area.objects.containing("02139").values_list("code", flat=True)) == {"MA-05", "MA-07"}


def test_the_same_file_again_changes_nothing() -> None:
    imported(CROSSWALK)
    before = list(AreaZipCode.objects.order_by("pk").values_list("pk", "area__updated_at"))
    result = imported(CROSSWALK)
    assert outcome(result) == (0, 0, 4)
    assert list(AreaZipCode.objects.order_by("pk").values_list("pk", "area__updated_at")) == before
    assert AuditEntry.objects.filter(action="imported districts").count() == 1


def test_a_later_file_moves_zip_codes_and_leaves_other_districts_alone() -> None:
    imported(CROSSWALK)
    result = imported(HEADER + "25,MA,02138,7\n25,MA,02118,7\n")
    assert outcome(result) == (0, 1, 0)
    assert district("MA-07") == {"02138", "02118"}
    assert district("MA-05") == {"02139", "02138"}


def test_editions_stand_side_by_side() -> None:
    imported(CROSSWALK, edition="118")
    assert outcome(imported(CROSSWALK, edition="119")) == (4, 0, 0)
    assert set(Area.objects.districts("118").values_list("slug", flat=True)) == {
        "118-ma-05", "118-ma-07", "118-ak-al", "118-dc-al",
    }  # fmt: skip


def test_bad_rows_are_reported_by_line_and_reason_and_the_rest_load() -> None:
    result = imported(
        HEADER
        + "25,MA,02139,7\n25,MA,00000,7\n25,MA\n25,XX,02139,7\n26,MA,02139,7\n25,MA,2139,7\n25,MA,02139,ZZ\n"
        + "25,MA,02\x00139,7\n25,MA,٠٢١٣٩,7\n25,MA,02139,-1\n\n25,MA,02138,7\n"
    )
    assert district("MA-07") == {"02139", "02138"}
    assert result.errors == [
        RowError(3, "there is no ZIP code 00000"),
        RowError(4, "it has only 2 columns"),
        RowError(5, "there is no state “XX”"),
        RowError(6, "the FIPS code of MA is 25, not “26”"),
        RowError(7, "“2139” does not have the five digits of a ZIP code"),
        RowError(8, "“ZZ” is no district number"),
        RowError(9, "“02\x00139” does not have the five digits of a ZIP code"),
        RowError(10, "“٠٢١٣٩” does not have the five digits of a ZIP code"),
        RowError(11, "“-1” is no district number"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + CROSSWALK.encode(),
        CROSSWALK.replace("\n", "\r\n").encode(),
        CROSSWALK.replace("\n", "\r").encode(),
        CROSSWALK.replace("state_fips,state_abbr", "STATE_FIPS , State_Abbr").encode(),
        CROSSWALK.replace("cd\n", "cd,name\n").replace("5\n", "5,Fünfter\n").encode("latin-1"),
        CROSSWALK.replace("25,", '"25",').encode(),
        CROSSWALK.replace("02,AK", "2,ak").encode(),
    ],
    ids=["BOM", "CRLF", "CR", "header's case", "Latin-1", "quotes", "short FIPS"],
)
def test_the_file_may_be_written_in_many_ways(content: bytes) -> None:
    result = imported(content)
    assert outcome(result) == (4, 0, 0)
    assert result.errors == []


def test_a_cell_of_a_megabyte_is_one_bad_row() -> None:
    result = imported(HEADER + f"25,MA,{'1' * 1_000_000},7\n25,MA,02139,7\n")
    assert result.errors == [RowError(2, "a cell is far too long")]
    assert district("MA-07") == {"02139"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "lacks state_fips, state_abbr, zcta, cd"),
        (b"state,zcta,cd\n25,02139,7\n", "It lacks state_fips, state_abbr."),
        (b"state_fips;state_abbr;zcta;cd\n", "It lacks"),
        (CROSSWALK.encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04 a spreadsheet", "It lacks"),
        (b"x" * 20_000_001, "larger than 20 MB"),
        (b"x" * 1_000_000, "It lacks"),
    ],
)
def test_a_file_that_is_no_crosswalk_is_one_clear_error(content: bytes, words: str) -> None:
    with pytest.raises(DistrictFileError, match=words):
        imported(content)
    assert not Area.objects.exists()


@pytest.mark.parametrize("edition", ["", "—", "1" * 21])
def test_an_edition_has_a_name(edition: str) -> None:
    with pytest.raises(DistrictFileError, match="Say which edition"):
        imported(CROSSWALK, edition)


def test_an_import_that_breaks_off_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> bool:
        raise RuntimeError

    monkeypatch.setattr("foundation.places.districts.set_zip_codes", broken)
    with pytest.raises(RuntimeError):
        imported(CROSSWALK)
    assert not Area.objects.exists()


def test_a_district_is_not_rebuilt_from_a_recipe(staff: User) -> None:
    imported(CROSSWALK)
    with pytest.raises(AreaError, match="importing its crosswalk"):
        rebuild_area(area=Area.objects.get(code="MA-05"), actor=staff)


def test_the_command_reports_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "crosswalk.csv"
    file.write_text(CROSSWALK + "25,MA,00000,7\n")
    call_command("import_districts", str(file), edition="119")
    said = capsys.readouterr()
    assert said.err == "line 9: there is no ZIP code 00000\n"
    assert "Districts of 119: 4 made, 0 changed, 0 as before. 8 rows, 1 left out; 6 ZIP codes, 1 of them" in said.out


def test_the_command_says_what_is_wrong_with_the_file(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_districts", str(tmp_path / "none.csv"), edition="119")
    (tmp_path / "wrong.csv").write_text("a,b\n")
    with pytest.raises(CommandError, match=r"wrong\.csv: .*It lacks"):
        call_command("import_districts", str(tmp_path / "wrong.csv"), edition="119")
