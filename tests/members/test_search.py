"""The staff's search: what is understood, whom it finds, that it stays out of addresses, and what it costs."""

from contextlib import suppress
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from affiliates.models import JoinedBy, RosterEntry
from foundation.accounts.models import StaffTask
from members.models import Person, PersonEmail, Tag
from members.search import Search, SearchError, understand
from members.tags import put_tag_on
from tests.factories import make_group, make_staff
from tests.signing_in import sign_in

from .making import NOW, did, make_person

pytestmark = pytest.mark.django_db
SEARCH = "/national/people/"


def found(text: str, page: int = 1, size: int = 20) -> list[str]:
    """The names on one page of what the search finds."""
    return [person.full_name for person in understand(text).page(page, size).people]


# --- names ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Ada Lovelace",
        "Lovelace Ada",
        "Lovelace, Ada",
        "love",
        "ad",
        "ADA LOVE",
        "a lov",
        "  ada   lovelace ",
        "Lovelace,",
    ],
)
def test_a_name_is_found_in_either_order_by_its_beginnings(text: str) -> None:
    make_person("Ada Lovelace")
    make_person("Grace Hopper")
    assert found(text) == ["Ada Lovelace"]


@pytest.mark.parametrize("text", ["penasco", "Peñasco", "PEÑASCO", "jose penasco", "Peñasco José"])
def test_accents_and_case_do_not_matter(text: str) -> None:
    make_person("José Peñasco")
    assert found(text) == ["José Peñasco"]


@pytest.mark.parametrize("text", ["O'Brien", "obrien", "O’Brien Pat", "Pat O'Brien"])
def test_apostrophes_do_not_matter(text: str) -> None:
    make_person("Pat O’Brien")
    assert found(text) == ["Pat O’Brien"]


@pytest.mark.parametrize("text", ["Ana de la Cruz", "de la Cruz, Ana", "de la Cruz", "Ana Sofía de la Cruz"])
def test_names_of_several_words_are_found(text: str) -> None:
    Person.objects.create(given_name="Ana Sofía", family_name="de la Cruz")
    assert found(text) == ["Ana Sofía de la Cruz"]


def test_the_likelier_reading_comes_first_and_nobody_comes_twice() -> None:
    make_person("James Arthur")
    make_person("Arthur James")
    make_person("James James")
    assert found("james") == ["Arthur James", "James James", "James Arthur"]
    assert found("james arthur") == ["James Arthur", "Arthur James"]
    assert found("james james") == ["James James"]


def test_pages_run_through_all_readings_without_gap_or_repetition() -> None:
    for number in range(5):
        make_person(f"Given{number} James")
        make_person(f"James Family{number}")
    pages = [found("james", page, 3) for page in (1, 2, 3, 4, 5)]
    assert [len(names) for names in pages] == [3, 3, 3, 1, 0]
    assert len({name for names in pages for name in names}) == 10
    assert understand("james").page(3, 3).has_next
    assert not understand("james").page(4, 3).has_next


def test_all_whom_the_pages_show_are_whom_the_bulk_acts_get() -> None:
    make_person("Arthur James")
    make_person("James Arthur")
    make_person("Grace Hopper")
    assert set(understand("james").people().values_list("given_name", flat=True)) == {"Arthur", "James"}


@pytest.mark.parametrize("text", ["%", "_d", "%d", "\\", "''", ". ,", "x", ""])
def test_what_would_find_everybody_is_refused_or_finds_nobody(text: str) -> None:
    make_person("Ada Lovelace")
    with suppress(SearchError):
        assert found(text) == []


# --- the other kinds --------------------------------------------------------------------------------------------


def test_an_address_is_found_whole_and_by_its_beginning_and_once() -> None:
    ada = make_person("Ada Lovelace", email="ada@example.org")
    PersonEmail.objects.create(person=ada, address="ada@example.com")
    make_person("Adan Ruiz", email="adan.ruiz@example.org")
    assert found("Ada@Example.ORG") == ["Ada Lovelace"]
    assert found("ada@") == ["Ada Lovelace"]
    assert found("adan.r") == ["Adan Ruiz"]
    assert list(understand("ada@").people().values_list("given_name", flat=True)) == ["Ada"]
    assert found("ada_e") == []


@pytest.mark.parametrize("text", ["+16175550123", "617-555-0123", "(617) 555-0123", "1 617 555 0123", "617.555.0123"])
def test_a_phone_number_is_found_however_it_is_written(text: str) -> None:
    make_person("Ada Lovelace", phone="+16175550123")
    make_person("Grace Hopper", phone="+16175550124")
    assert found(text) == ["Ada Lovelace"]


@pytest.mark.parametrize("text", ["5550123", "123", "123456", "+999", "---"])
def test_digits_that_are_neither_a_zip_code_nor_a_number_say_so(text: str) -> None:
    with pytest.raises(SearchError, match="A ZIP code has five digits"):
        understand(text)


@pytest.mark.parametrize("text", ["02139", "02139-1234"])
def test_a_zip_code_finds_who_lives_there_by_name(text: str) -> None:
    make_person("Grace Hopper")
    make_person("Ada Byron")
    make_person("Far Away", near="44305")
    assert found(text) == ["Ada Byron", "Grace Hopper"]


@pytest.mark.parametrize("text", ["group:akron-people", "group: Akron People", "GROUP:akron"])
def test_a_group_finds_its_roster(text: str) -> None:
    group = make_group("Akron People", slug="akron-people")
    RosterEntry.objects.create(group=group, person=make_person(), joined_at=NOW, how=JoinedBy.FORM, source="sign_up:1")
    make_person("Grace Hopper")
    assert found(text) == ["Ada Lovelace"]
    assert understand(text).description == "everybody who is on the roster of Akron People"


def test_groups_and_keys_that_are_not_there_say_so() -> None:
    make_group("Akron North", slug="akron-north")
    make_group("Akron South", slug="akron-south")
    with pytest.raises(SearchError, match="There is no group “nowhere”"):
        understand("group:nowhere")
    with pytest.raises(SearchError, match=r"Several groups.*akron-north.*akron-south"):
        understand("group:akron")
    with pytest.raises(SearchError, match=r"tag:.*group:"):
        understand("donor:yes")


def test_a_tag_finds_who_has_it() -> None:
    tag = Tag.objects.create(name="Driver")
    put_tag_on(tag=tag, person=make_person(), actor=make_staff(), now=NOW)
    make_person("Grace Hopper")
    assert found("tag:driver") == ["Ada Lovelace"]
    with pytest.raises(SearchError, match="There is no tag"):
        understand("tag:pilot")


# --- the page ---------------------------------------------------------------------------------------------------


@pytest.fixture
def staff_page(client: Client) -> Client:
    sign_in(client, make_staff(StaffTask.PEOPLE))
    return client


def search(client: Client, **data: Any) -> Any:
    return client.post(SEARCH, data, follow=True)


def test_a_search_is_in_no_address_and_is_there_on_return(staff_page: Client) -> None:
    person = make_person("Ada Lovelace")
    did(person)
    answer = search(staff_page, q="lovelace")
    assert answer.redirect_chain == [(SEARCH, 302)]
    for page in (answer, staff_page.get(SEARCH)):
        assert b"Ada Lovelace" in page.content
        assert b"Cambridge, MA" in page.content
        assert b"June 15, 2026" in page.content
        assert reverse("person_page", args=[person.pk]).encode() in page.content
    assert b"?q=" not in answer.content
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_query_in_the_address_is_not_read(staff_page: Client) -> None:
    make_person("Ada Lovelace")
    assert b"Ada Lovelace" not in staff_page.get(SEARCH, {"q": "lovelace"}).content


def test_nothing_found_says_what_was_understood(staff_page: Client) -> None:
    page = search(staff_page, q="(617) 555-0123").content.decode()
    assert "whoever has the phone number +1 617-555-0123" in page


def test_what_cannot_be_searched_for_is_an_error_at_the_field(staff_page: Client) -> None:
    answer = staff_page.post(SEARCH, {"q": "12"})
    assert answer.status_code == 422
    assert "<title>Error:" in answer.content.decode()
    assert answer.content.decode().count("A ZIP code has five digits") == 2


def test_pages_are_turned_by_a_button_and_the_search_can_be_forgotten(staff_page: Client) -> None:
    for number in range(21):
        make_person(f"Given{number:02} James")
    assert b"Given20" not in search(staff_page, q="james").content
    assert b"Given20" in search(staff_page, page="2").content
    assert b"James" not in search(staff_page, forget="1").content


def test_what_is_typed_is_in_no_log_line(staff_page: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG", logger="network.requests"):
        search(staff_page, q="canary.bird@example.org")
    assert caplog.records
    assert "canary" not in caplog.text


@pytest.mark.parametrize("text", ["james", "given james", "given0 james", "person@", "02139", "tag:driver"])
def test_a_page_takes_a_query_a_reading_at_most_and_one_more_however_many_are_found(
    text: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    tag = Tag.objects.create(name="Driver")
    actor = make_staff()
    for number in range(25):
        person = make_person(f"Given{number} James", email=f"person@example{number}.org")
        put_tag_on(tag=tag, person=person, actor=actor, now=NOW)
    understood: Search = understand(text)
    with django_assert_max_num_queries(len(understood.readings) + 1):
        people = understood.page(1, 20).people
    assert all((person.city, person.tags) == ("Cambridge", ["Driver"]) for person in people)
