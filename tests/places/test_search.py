"""From what people type to a place."""

import random
import re

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from foundation.places.countries import country_name, country_named
from foundation.places.distance import miles_between
from foundation.places.gazetteer import NamedRow, rows_of
from foundation.places.models import NamedPlace, ZipCode
from foundation.places.search import (
    AmbiguousPlaceError,
    Place,
    PlaceError,
    PlaceKind,
    UnknownPlaceError,
    UnlocatedPlaceError,
    find_place,
    places_of_zip_codes,
)
from foundation.places.states import STATES, state_named

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("02139", "02139, Cambridge, MA"),
        (" 02139-4307", "02139, Cambridge, MA"),
        ("021394307", "02139, Cambridge, MA"),
        ("02139 4307", "02139, Cambridge, MA"),
        ("０２１３９", "02139, Cambridge, MA"),
        ("٠٢١٣٩", "02139, Cambridge, MA"),
        ("\ufeff02139\u200b", "02139, Cambridge, MA"),
        ("CAMBRIDGE  MA 02139", "02139, Cambridge, MA"),
        ("Cambridge, Massachusetts 02139-4307", "02139, Cambridge, MA"),
        ("1600 Pennsylvania Ave NW, Washington, DC 20500", "20500, Washington, DC"),
        ("Cambridge, MA", "Cambridge, MA"),
        ("cambridge ma", "Cambridge, MA"),
        ("Cambridge,MA,", "Cambridge, MA"),
        ("Cambridge, Massachusetts", "Cambridge, MA"),
        ("cambridge massachusetts", "Cambridge, MA"),
        ("Cambridge, MA, USA", "Cambridge, MA"),
        ("Ｃａｍｂｒｉｄｇｅ, ＭＡ", "Cambridge, MA"),
        ("12 Main St, Cambridge, MA", "Cambridge, MA"),
        ("St. Louis, MO", "St. Louis, MO"),
        ("Saint Louis", "St. Louis, MO"),
        ("st louis missouri", "St. Louis, MO"),
        ("Mayagüez, PR", "Mayagüez, PR"),
        ("mayaguez pr", "Mayagüez, PR"),
        ("New York", "New York, NY"),
        ("new york ny", "New York, NY"),
        ("NYC", "New York, NY"),
        ("Nueva York", "New York, NY"),
        ("New York State", "New York State"),
        ("Queens, NY", "Queens, NY"),
        ("Harlem", "Harlem, NY"),
        ("West New York", "West New York, NJ"),
        ("charleston west virginia", "Charleston, WV"),
        ("coeur d'alene id", "Coeur d'Alene, ID"),
        ("Washington DC", "Washington, DC"),
        ("washington d.c.", "Washington, DC"),
        ("District of Columbia", "District of Columbia"),
        ("MA", "Massachusetts"),
        ("Massachusetts", "Massachusetts"),
        ("Massachusetts, USA", "Massachusetts"),
        ("Nuevo México", "New Mexico"),
        ("Georgia", "Georgia"),
        ("Middlesex County, MA", "Middlesex County, MA"),
        ("middlesex ma", "Middlesex County, MA"),
        ("Orleans Parish, LA", "Orleans Parish, LA"),
        ("Chicago", "Chicago, IL"),
        ("chicago usa", "Chicago, IL"),
        ("Boston", "Boston, MA"),
        ("Toronto", "Toronto, Canada"),
        ("Toronto, Ontario, Canada", "Toronto, Canada"),
        ("toronto on", "Toronto, Canada"),
        ("Berlin, Germany", "Berlin, Germany"),
        ("Berlin, DE", "Berlin, Germany"),
        ("London, UK", "London, United Kingdom"),
        ("london uk", "London, United Kingdom"),
        ("São Paulo, Brasil", "São Paulo, Brazil"),
        ("sao paulo brazil", "São Paulo, Brazil"),
        ("42.37,-71.11", "a point near Cambridge, MA"),
        ("42.37 , -71.11", "a point near Cambridge, MA"),
        ("60.17; 24.94", "a point near Helsinki, Finland"),
        ("-45.0, -130.0", "-45.00, -130.00"),
    ],
)
def test_a_place_is_found_however_it_is_written(text: str, label: str) -> None:
    assert find_place(text).label == label


def test_a_zip_code_comes_with_all_that_is_known_of_it() -> None:
    assert find_place("02139") == Place(
        name="Cambridge, MA",
        label="02139, Cambridge, MA",
        latitude=42.3647,
        longitude=-71.1042,
        kind=PlaceKind.ZIP,
        zip_code="02139",
        state="MA",
        country="US",
        time_zone="America/New_York",
        note="",
    )


def test_a_place_abroad_has_a_country_and_no_state() -> None:
    berlin = find_place("Berlin, Germany")
    assert (berlin.kind, berlin.country, berlin.state, berlin.zip_code) == (PlaceKind.ABROAD, "DE", "", "")
    assert berlin.time_zone == "Europe/Berlin"


def test_coordinates_are_taken_as_they_are_and_named_by_what_is_near() -> None:
    place = find_place("42.3701,-71.1102")
    assert (place.latitude, place.longitude, place.kind) == (42.3701, -71.1102, PlaceKind.COORDINATES)
    assert (place.name, place.state, place.time_zone) == ("Cambridge, MA", "MA", "America/New_York")


def test_places_can_be_kept_in_a_set() -> None:
    assert len({find_place("02139"), find_place("02139-4307")}) == 1


def test_200_zip_codes_drawn_at_random_are_found_where_they_are() -> None:
    codes = list(ZipCode.objects.with_point().order_by("code").values_list("code", flat=True))
    for code in random.Random(4).sample(codes, 200):
        place = find_place(code)
        row = ZipCode.objects.get(code=code)
        assert (place.zip_code, place.latitude, place.longitude) == (code, row.latitude, row.longitude)
        assert place.note == ""


def test_many_zip_codes_are_found_at_once_as_each_by_itself(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(3):  # 09905 lies in New Jersey, and 09005 is military mail
        found = places_of_zip_codes({"02139", "44305", "09905", "09005", "00000"})
    for code in ("02139", "44305", "09905", "09005"):
        assert found[code] == find_place(code)
    assert isinstance(found["00000"], UnknownPlaceError)
    assert places_of_zip_codes(set()) == {}


def test_an_inactive_zip_code_is_still_a_place() -> None:
    retired = ZipCode.objects.filter(is_active=False, latitude__isnull=False).order_by("code")[0]
    assert find_place(retired.code).zip_code == retired.code


@pytest.mark.parametrize(
    ("code", "middle"),
    [("09905", "New Jersey"), ("18005", "Lehigh Valley, PA"), ("20588", "Howard County, MD"), ("96941", "Federated")],
)
def test_a_zip_code_without_a_point_lies_in_the_middle_of_what_is_known_with_a_word_of_it(
    code: str, middle: str
) -> None:
    place = find_place(code)
    assert place.zip_code == code
    assert place.note.startswith(f"We don’t know exactly where {code} is, so distances are from the middle of {middle}")


def test_every_zip_code_without_a_point_outside_military_mail_has_a_place() -> None:
    for code in ZipCode.objects.filter(latitude=None).exclude(kind="MILITARY").values_list("code", flat=True):
        assert find_place(code).note, code


def test_military_mail_for_a_country_lies_at_its_largest_city() -> None:
    place = find_place("09012")
    assert place.note == "09012 is a military post office. Distances are from Berlin, Germany."
    assert (place.country, place.zip_code) == ("DE", "09012")


@pytest.mark.parametrize("text", ["09000", "AE", "Armed Forces Pacific"])
def test_military_mail_that_could_be_anywhere_is_an_error_that_says_what_to_do(text: str) -> None:
    with pytest.raises(UnlocatedPlaceError, match="enter the name of a place") as error:
        find_place(text)
    assert error.value.status == 404


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Enter a ZIP code, or a city and state"),
        (" \t\n ", "Enter a ZIP code, or a city and state"),
        ("\u200b", "Enter a ZIP code, or a city and state"),
        ("9021", "A ZIP code has five digits, such as 02139. You entered “9021”."),
        ("1234567", "five digits"),
        ("42.37", "five digits"),
        ("x" * 5_000, "too long"),
        ("02139" * 1_000, "too long"),
        ("\ufdfa" * 120, "no place called|too long"),
        ("Cam\x00bridge", "can’t be read"),
        ("02139\x00", "can’t be read"),
        ("\ud800", "can’t be read"),
        ("91,0", "nowhere"),
        ("1,-181", "nowhere"),
        ("999,999", "nowhere"),
        ("0,0", "nowhere"),
        ("🙂", "“🙂” is no place"),
        ("%", "no place"),
        ("_", "no place"),
        (",", "no place"),
        ("'; --", "no place"),
    ],
)
def test_a_text_that_can_be_no_place_is_an_error_that_says_why(text: str, words: str) -> None:
    with pytest.raises(PlaceError, match=words) as error:
        find_place(text)
    assert error.value.status == (404 if isinstance(error.value, UnknownPlaceError) else 400)


@pytest.mark.parametrize(
    "text",
    [
        "ABCDE",
        "Nowhereville, MA",
        "🙂 town",
        "'; DROP TABLE places_zipcode; --",
        "<script>alert(1)</script>",
        "{{ settings.SECRET_KEY }}",
        "../../etc/passwd",
        "nan,nan",
        "1e5,inf",
        "%s%s%s",
        "東京",
    ],
)
def test_a_text_that_names_nothing_is_an_error_that_repeats_it(text: str) -> None:
    with pytest.raises(UnknownPlaceError, match=re.escape(f"We know no place called “{text}”")) as error:
        find_place(text)
    assert error.value.status == 404


@pytest.mark.parametrize("text", ["00000", "00000-1234", "Cambridge, MA 00000"])
def test_an_unknown_zip_is_an_error_that_says_so(text: str) -> None:
    with pytest.raises(UnknownPlaceError, match="There is no ZIP code 00000") as error:
        find_place(text)
    assert error.value.status == 404


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("Cambrige, MA", "Cambridge, MA"),
        ("Chcago", "Chicago, IL"),
        ("Philadelfia", "Philadelphia, PA"),
        ("Cambridge, Massachusets", "Cambridge, MA"),
        ("Belrin, Germany", "Berlin, Germany"),
    ],
)
def test_a_misspelt_name_is_answered_with_what_it_may_have_been(text: str, suggestion: str) -> None:
    with pytest.raises(UnknownPlaceError) as error:
        find_place(text)
    assert error.value.suggestions[0] == suggestion
    assert len(error.value.suggestions) <= 5
    for suggested in error.value.suggestions:
        assert find_place(suggested).label == suggested


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        ("Springfield", ["Springfield, MO", "Springfield, MA", "Springfield, IL"]),
        ("Kansas City", ["Kansas City, MO", "Kansas City, KS"]),
        ("Washington", ["Washington, DC", "Washington State"]),
        ("Middlesex County", ["Middlesex County, MA"]),
        ("Canada", ["Toronto, Canada", "Montréal, Canada"]),
    ],
)
def test_a_name_of_several_places_is_answered_with_the_choice(text: str, choices: list[str]) -> None:
    with pytest.raises(AmbiguousPlaceError, match=f"There are several places called “{text}”") as error:
        find_place(text)
    assert error.value.status == 300
    assert [choice for choice in error.value.choices if choice in choices] == choices
    assert len(error.value.choices) <= 12
    for choice in error.value.choices:
        assert find_place(choice).label == choice


def test_the_full_name_of_any_place_finds_it_again() -> None:
    everywhere = list(NamedPlace.objects.order_by("pk").values_list("pk", flat=True))
    drawn = NamedPlace.objects.filter(pk__in=random.Random(5).sample(everywhere, 300))
    states = NamedPlace.objects.filter(kind="state")
    for row in [*rows_of(drawn), *rows_of(states)]:
        found = find_place(row.label)
        assert found.label == row.label
        assert miles_between(found, row) < 60, row  # a city and the county of its name may share a label


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_states_name_finds_it_in_every_language(language: str) -> None:
    with translation.override(language):
        for state in STATES.values():
            assert state_named(state.name) == state, state.name


def test_a_country_is_known_by_code_name_and_what_people_call_it() -> None:
    assert country_named("DE") == country_named("germany") == country_named("Deutschland") == "DE"
    assert country_named("England") == country_named("UK") == "GB"
    assert country_named("Quebec") == "CA"
    assert country_named("Atlantis") is None
    assert country_name("DE") == "Germany"
    assert country_name("??") == "??"


@pytest.mark.parametrize(
    ("text", "queries"),
    [
        ("02139", 1),
        ("00000", 1),
        ("Cambridge MA 02139", 1),
        ("09905", 2),
        ("09012", 2),
        ("09000", 1),
        ("Cambridge, MA", 1),
        ("Springfield", 1),
        ("Massachusetts", 1),
        ("Washington", 0),
        ("Canada", 2),
        ("Cambrige, MA", 2),
        ("42.37,-71.11", 1),
        ("9021", 0),
        ("x" * 5_000, 0),
    ],
)
def test_a_search_makes_a_fixed_number_of_queries(
    text: str, queries: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    find_anything("Berlin, Germany")  # reads the tables of countries, once
    with django_assert_num_queries(queries):
        find_anything(text)


def find_anything(text: str) -> Place | PlaceError:
    try:
        return find_place(text)
    except PlaceError as error:
        return error


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=130) | st.text(alphabet="0123456789-., ;Cambridge,MA\u00a0\u3000é", max_size=30))
def test_no_text_whatever_breaks_the_search(text: str) -> None:
    found = find_anything(text)
    assert found.label if isinstance(found, Place) else (str(found) and found.status in {300, 400, 404})


def test_a_row_is_weighed_by_its_people() -> None:
    chicago = next(row for row in rows_of(NamedPlace.objects.filter(key="chicago", state="IL")))
    assert isinstance(chicago, NamedRow)
    assert chicago.weight[0] > 20_000_000  # 2.7 million, and those in the US count ten times
