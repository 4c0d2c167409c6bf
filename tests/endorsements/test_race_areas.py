"""Where a race is: found by its office and district, or unknown with the reason."""

import datetime
from io import BytesIO

import pytest

from endorsements.models import Level
from endorsements.race_areas import Finding, find_area, keep_found, radius_around
from endorsements.races import RacePlan
from foundation.audit.models import AuditEntry
from foundation.places.areas import Recipe
from foundation.places.districts import import_districts
from foundation.places.models import Area, AreaZipCode
from foundation.places.search import find_place

pytestmark = pytest.mark.django_db

DAY = datetime.date(2016, 11, 8)


def where(office: str, district: str, level: str, state: str) -> Finding:
    return find_area(RacePlan(office=office, district=district, level=level, state=state, election_date=DAY))


def import_crosswalk(edition: str, *rows: str) -> None:
    file = "\n".join(["state_fips,state_abbr,zcta,cd", *rows])
    import_districts(BytesIO(file.encode()), edition=edition, actor=None)


# --- whole states and the country -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("office", "district", "level", "state", "name"),
    [
        ("Attorney General", "", Level.STATE, "IN", "Indiana"),
        ("US Senate", "", Level.FEDERAL, "WI", "Wisconsin"),
        ("Representative", "At Large", Level.STATE, "PR", "Puerto Rico"),
        ("State committee chair", "", Level.PARTY, "MA", "Massachusetts"),
    ],
)
def test_an_office_of_a_whole_state(office: str, district: str, level: str, state: str, name: str) -> None:
    assert where(office, district, level, state) == Finding(name=name, recipe=Recipe(states=(state,)))


def test_an_office_of_the_whole_country_leaves_the_territories_out() -> None:
    found = where("President", "", Level.FEDERAL, "")
    assert found.recipe
    assert len(found.recipe.states) == 51
    assert "DC" in found.recipe.states
    assert "PR" not in found.recipe.states


# --- cities and counties --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("office", "district", "state", "name", "zip_code"),
    [
        ("Mayor", "Stockton", "CA", "Stockton, CA", "95202"),
        ("City Council", "El Cerrito", "CA", "El Cerrito, CA", "94530"),
        ("Mayor", "City of Richmond", "CA", "Richmond, CA", "94801"),
        ("Mayor", "san juan", "PR", "San Juan, PR", "00901"),
    ],
)
def test_a_city_by_the_zip_codes_of_its_name(office: str, district: str, state: str, name: str, zip_code: str) -> None:
    found = where(office, district, Level.LOCAL, state)
    assert found.name == name
    assert found.recipe
    assert zip_code in found.recipe.zip_codes
    assert not found.recipe.counties


def test_an_office_of_a_county_is_the_countys_and_not_the_citys_of_the_same_name() -> None:
    found = where("County Recorder", "Maricopa", Level.LOCAL, "AZ")
    assert (found.name, found.recipe) == ("Maricopa County, AZ", Recipe(counties=(("Maricopa County", "AZ"),)))
    assert where("Mayor", "Maricopa", Level.LOCAL, "AZ").name == "Maricopa, AZ"


def test_a_county_where_no_city_is_called_so() -> None:
    assert where("Sheriff", "Hampshire", Level.LOCAL, "MA").name == "Hampshire County, MA"


@pytest.mark.parametrize(
    ("office", "district", "state", "words"),
    [
        ("Board of Supervisors", "San Francisco 5", "CA", "San Francisco 5 is a part of San Francisco, CA"),
        (
            "County Commissioner", "Precinct 3 in Nacogdoches County", "TX",
            "Precinct 3 in Nacogdoches County is a part of Nacogdoches County, TX",
        ),
        ("Mayor", "Atlantis", "MA", "No city and no county of Massachusetts is called Atlantis."),
        ("Mayor", "", "MA", "names no city"),
        ("City Council", "Ward 3", "MA", "No city and no county of Massachusetts is called Ward 3."),
    ],
)  # fmt: skip
def test_a_part_of_a_city_is_not_the_city(office: str, district: str, state: str, words: str) -> None:
    found = where(office, district, Level.LOCAL, state)
    assert not found.is_known
    assert words in found.why


# --- districts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("district", ["57A", "Middlesex and Worcester", "26th Middlesex District", "Hillsborough 17"])
def test_a_states_own_district_is_not_known(district: str) -> None:
    found = where("State Representative", district, Level.STATE, "MA")
    assert found.why == f"No crosswalk says which ZIP codes lie in {district} of Massachusetts."


def test_a_district_that_is_a_number_is_called_one() -> None:
    assert "lie in district 16 of Kansas" in where("State Senate", "16", Level.STATE, "KS").why


def test_without_a_crosswalk_a_congressional_district_is_unknown_with_the_reason() -> None:
    found = where("US Representative", "6", Level.FEDERAL, "CO")
    assert found.why == "No crosswalk of congressional districts is imported, so nobody knows where CO-06 is."


@pytest.mark.parametrize("district", ["7", "7th", "District 7", "7th Congressional District"])
def test_a_congressional_district_is_that_of_the_crosswalk(district: str) -> None:
    import_crosswalk("119", "25,MA,02139,7", "25,MA,02143,7", "25,MA,01001,1")
    found = where("US Representative", district, Level.FEDERAL, "MA")
    assert found.area == Area.objects.get(code="MA-07")


def test_the_crosswalk_of_the_congress_that_is_elected_goes_before_the_newest() -> None:
    import_crosswalk("115", "25,MA,02139,7")
    import_crosswalk("119", "25,MA,02139,7", "50,VT,05001,0")
    elected_in_2016 = where("US Representative", "7", Level.FEDERAL, "MA")
    assert elected_in_2016.area == Area.objects.get(code="MA-07", edition="115")
    later = RacePlan(
        office="US House", district="At large", level=Level.FEDERAL, state="VT",
        election_date=datetime.date(2030, 11, 5),
    )  # fmt: skip
    assert find_area(later).area == Area.objects.get(code="VT-AL", edition="119")


def test_a_district_that_the_crosswalk_does_not_have() -> None:
    import_crosswalk("119", "25,MA,02139,7")
    assert where("US Representative", "40", Level.FEDERAL, "MA").why == "The imported crosswalk has no district MA-40."
    assert "lie in Mystic of Massachusetts" in where("US Representative", "Mystic", Level.FEDERAL, "MA").why


# --- keeping what was found -----------------------------------------------------------------------------------


def test_looking_writes_nothing_and_keeping_makes_each_area_once() -> None:
    found = where("Mayor", "El Cerrito", Level.LOCAL, "CA")
    assert not Area.objects.exists()
    area = keep_found(found, actor=None)
    assert area
    assert AuditEntry.objects.get(action="built area").subject == f"area:{area.pk}"
    again = keep_found(where("City Council", "El Cerrito", Level.LOCAL, "CA"), actor=None)
    assert again == area
    assert AreaZipCode.objects.filter(area=area, zip_code="94530").exists()


def test_nothing_found_keeps_nothing() -> None:
    assert keep_found(Finding(why="Nobody knows."), actor=None) is None
    assert not Area.objects.exists()


def test_a_radius_has_its_limit() -> None:
    recipe = radius_around(find_place("02139"), 900)
    assert recipe.radius
    assert recipe.radius[1] == 100
