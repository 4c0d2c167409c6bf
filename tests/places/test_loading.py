"""What the loader makes of the `zipcodes` package, with its traps."""

import re
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import Count, Q

from foundation.places import loading, tables
from foundation.places.distance import miles_between
from foundation.places.keys import name_key, place_key
from foundation.places.loading import load_places
from foundation.places.models import Area, AreaZipCode, LoadedData, NamedPlace, ZipCode
from foundation.places.search import find_place
from foundation.places.states import STATES, state_named

pytestmark = pytest.mark.django_db


def test_all_zip_codes_are_there_and_what_is_unknown_is_unknown() -> None:
    counts = ZipCode.objects.aggregate(
        all=Count("code"),
        without_point=Count("code", filter=Q(latitude=None, longitude=None, position=None)),
        without_county=Count("code", filter=Q(county="")),
        without_zone=Count("code", filter=Q(time_zone="")),
        without_country=Count("code", filter=Q(country="")),
        inactive=Count("code", filter=Q(is_active=False)),
    )
    assert counts == {
        "all": 42_789,
        "without_point": 872,
        "without_county": 977,
        "without_zone": 823,
        "without_country": 78,
        "inactive": 1_040,
    }


def test_no_point_is_zero_and_each_point_has_its_position() -> None:
    assert not ZipCode.objects.filter(Q(latitude=0) | Q(longitude=0)).exists()
    assert not ZipCode.objects.filter(latitude__isnull=False, position=None).exists()


def test_a_zip_code_has_what_the_package_says() -> None:
    cambridge = ZipCode.objects.get(code="02139")
    assert (cambridge.city, cambridge.county, cambridge.state) == ("Cambridge", "Middlesex County", "MA")
    assert (cambridge.kind, cambridge.time_zone, cambridge.country) == ("STANDARD", "America/New_York", "US")
    assert cambridge.point == (42.3647, -71.1042)


def test_every_time_zone_is_one() -> None:
    zones = set(ZipCode.objects.values_list("time_zone", flat=True).distinct())
    zones |= set(NamedPlace.objects.values_list("time_zone", flat=True).distinct())
    for zone in zones - {""}:
        ZoneInfo(zone)  # raises for what is none


def test_the_packages_known_errors_are_corrected() -> None:
    majuro = ZipCode.objects.get(code="96960")
    assert majuro.longitude == 171.1569
    assert ZipCode.objects.get(code="99634").time_zone == "America/Anchorage"


def test_every_state_with_zip_codes_outside_military_mail_has_a_middle() -> None:
    states = set(ZipCode.objects.exclude(state__in=["AA", "AE", "AP"]).values_list("state", flat=True))
    assert set(NamedPlace.objects.filter(kind="state").values_list("state", flat=True)) == states
    assert len(states) == 59


def test_a_citys_middle_is_within_it() -> None:
    chicago = NamedPlace.objects.get(kind="city", key="chicago", state="IL")
    loop = ZipCode.objects.get(code="60601")
    assert chicago.point is not None
    assert loop.point is not None
    assert miles_between(chicago.point, loop.point) < 6
    assert (chicago.is_alias, chicago.time_zone) == (False, "America/Chicago")


def test_names_that_the_post_office_only_accepts_are_marked() -> None:
    assert NamedPlace.objects.get(kind="city", key="hollywood", state="CA").is_alias
    assert not NamedPlace.objects.get(kind="city", key="hollywood", state="FL").is_alias


def test_apo_and_fpo_are_no_cities() -> None:
    assert not NamedPlace.objects.filter(state__in=["AA", "AE", "AP"]).exists()


def test_loading_again_does_nothing() -> None:
    before = LoadedData.objects.get(name="places").loaded_at
    assert load_places().changed is False
    assert LoadedData.objects.get(name="places").loaded_at == before


def test_a_forced_load_changes_nothing_that_is_right_already() -> None:
    before, names = zip_code_versions(), named_places()
    assert load_places(force=True).changed
    assert zip_code_versions() == before  # not one row was written anew
    assert named_places() == names


def zip_code_versions() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT code, ctid::text FROM places_zipcode ORDER BY code")
        return list(cursor.fetchall())


def named_places() -> set[tuple[object, ...]]:
    return set(NamedPlace.objects.values_list("kind", "key", "state", "country", "latitude", "longitude"))


def test_a_new_edition_repairs_adds_and_retires() -> None:
    ZipCode.objects.filter(code="02139").update(city="Elsewhere", latitude=None, longitude=None)
    ZipCode.objects.filter(code="02138").delete()
    ZipCode.objects.create(code="00000", kind="STANDARD", city="Gone", state="MA")
    NamedPlace.objects.filter(kind="city", key="cambridge", state="MA").update(population=1)
    NamedPlace.objects.filter(kind="city", key="chicago", state="IL").delete()
    NamedPlace.objects.filter(kind="city", key="boston", state="MA").update(key="bostown")
    LoadedData.objects.update(fingerprint="older")
    names = NamedPlace.objects.count() + 1
    assert load_places().changed
    assert ZipCode.objects.get(code="02139").city == "Cambridge"
    assert ZipCode.objects.get(code="02139").position is not None
    assert ZipCode.objects.filter(code="02138").exists()
    assert ZipCode.objects.get(code="00000").is_active is False  # it may be somebody's: it stays
    assert NamedPlace.objects.get(kind="city", key="cambridge", state="MA").population > 100_000
    assert NamedPlace.objects.filter(kind="city", key__in=["boston", "chicago"], state__in=["MA", "IL"]).count() == 2
    assert NamedPlace.objects.count() == names


def test_a_load_that_fails_leaves_everything_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(zips: object) -> list[tuple[object, ...]]:
        raise RuntimeError

    ZipCode.objects.filter(code="02139").update(city="Elsewhere")
    monkeypatch.setattr(loading, "_named_places", broken)
    with pytest.raises(RuntimeError):
        load_places(force=True)
    assert ZipCode.objects.get(code="02139").city == "Elsewhere"
    assert NamedPlace.objects.exists()


def test_the_command_says_what_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_places")
    assert re.match(r"Already there: 42,789 ZIP codes and 4\d,\d{3} names of places", capsys.readouterr().out)


@pytest.mark.django_db(transaction=True)
def test_a_test_with_real_transactions_leaves_the_places_and_nothing_else() -> None:
    area = Area.objects.create(kind="custom", name="Somewhere", slug="somewhere")
    AreaZipCode.objects.create(area=area, zip_code_id="02139")
    call_command("flush", interactive=False, verbosity=0)  # as every such test ends
    assert not Area.objects.exists()
    assert (ZipCode.objects.count(), LoadedData.objects.count()) == (42_789, 1)
    assert find_place("Cambridge, MA").state == "MA"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Citizens’ Action, São Paulo", "citizens action sao paulo"),
        ("  MANY   Hands—Network ", "many hands network"),
        ("Łódź Ørsted Straße", "lodz orsted strasse"),
        ("東京 の 会", "東京 の 会"),
        ("…", ""),
        ("under_score", "under score"),
    ],
)
def test_a_names_key_has_no_accents_case_or_punctuation(name: str, key: str) -> None:
    assert name_key(name) == key


def test_a_places_key_has_no_spaces_or_short_forms_either() -> None:
    assert place_key("St. Louis") == place_key("SAINT-LOUIS") == "saintlouis"
    assert place_key("Coeur d’Alene") == place_key("Coeur D Alene")
    assert place_key("Ft. Worth") == place_key("Fort Worth")


def test_the_states_are_those_of_the_zip_codes() -> None:
    assert set(ZipCode.objects.values_list("state", flat=True)) == set(STATES)
    fips = [state.fips for state in STATES.values() if state.fips]
    assert len(fips) == len(set(fips)) == 59


@pytest.mark.parametrize("text", ["MA", "ma", "M.A.", "massachusetts", "MASSACHUSETTS"])
def test_a_state_is_known_by_code_and_name(text: str) -> None:
    assert state_named(text) == STATES["MA"]


@pytest.mark.parametrize(
    ("text", "code"), [("Nuevo México", "NM"), ("Hawái", "HI"), ("pensilvania", "PA"), ("MT", "MT")]
)
def test_a_state_is_known_by_its_spanish_name(text: str, code: str) -> None:
    assert state_named(text) == STATES[code]


def test_the_tables_name_their_source() -> None:
    for table in (tables.US_CITIES, tables.WORLD_CITIES, tables.COUNTRIES):
        assert "GeoNames" in table.read_text().splitlines()[0]
