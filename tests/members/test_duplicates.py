"""Pairs that may be one human: how they are found, and how staff decide on them."""

import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from foundation.accounts.models import StaffTask, User
from foundation.audit.models import AuditEntry
from foundation.web.sweeps import registered_sweeps
from members.duplicates import DuplicateError, dismiss_duplicate, find_duplicates, next_pair
from members.models import Duplicate, DuplicateReason, DuplicateState, Merge, Person, PersonEmail, PersonToCompare
from members.people import note_duplicate
from tests.factories import make_staff, make_user
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)


def make(given: str, family: str, zip_code: str | None = "02139", **fields: Any) -> Person:
    return Person.objects.create(given_name=given, family_name=family, zip_code_id=zip_code, **fields)


def found() -> list[tuple[str, str, str]]:
    """The pairs that a search notes now: both names, and why."""
    find_duplicates()
    pairs = Duplicate.objects.select_related("first", "second").order_by("first", "second")
    return [(str(pair.first), str(pair.second), pair.reason) for pair in pairs]


# --- finding ------------------------------------------------------------------------------------------------------


def test_the_same_name_and_zip_is_noted_whatever_its_accents_and_case() -> None:
    make("José", "Núñez-Peña")
    make("jose", "NUNEZ PENA")
    assert found() == [("José Núñez-Peña", "jose NUNEZ PENA", "name_zip")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Jon", "Smith"), ("John", "Smith")),
        (("Ann", "Smith"), ("Anne", "Smith")),
        (("Katherine", "Hernandez"), ("Catherine", "Hernández")),
        (("Maria Luisa", "Garcia"), ("María", "García")),
        (("Wei", "Zhang"), ("Zhang", "Wei")),
        (("Mohammed", "Hassan"), ("Mohamed", "Hasan")),
    ],
)
def test_a_similar_spelling_within_a_zip_code_is_noted(one: tuple[str, str], other: tuple[str, str]) -> None:
    make(*one)
    make(*other)
    assert [reason for *_names, reason in found()] == ["spelling"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Christopher", "Li"), ("Christopher", "Wu")),
        (("Maria", "Garcia"), ("Ana", "Garcia")),
        (("Ada", ""), ("Ada", "")),
        (("", "Garcia"), ("", "Garcia")),
    ],
)
def test_other_names_and_half_names_are_not_noted(one: tuple[str, str], other: tuple[str, str]) -> None:
    make(*one)
    make(*other)
    assert found() == []


def test_the_same_name_in_another_zip_code_or_in_none_is_not_noted() -> None:
    make("Ada", "Lovelace", "02139")
    make("Ada", "Lovelace", "94103")
    make("Ada", "Lovelace", None)
    make("Ada", "Lovelace", None)
    assert found() == []


def test_only_who_is_new_or_changed_is_compared() -> None:
    one, other = make("Ada", "Lovelace"), make("Bo", "Lind")
    find_duplicates()
    assert not PersonToCompare.objects.exists()
    Person.objects.filter(pk=one.pk).update(language="es", family_name="Lovelace")
    assert not PersonToCompare.objects.exists()
    Person.objects.filter(pk=other.pk).update(given_name="Ada", family_name="Lovelace")
    assert set(PersonToCompare.objects.values_list("person", flat=True)) == {other.pk}
    assert len(found()) == 1
    moved = make("Ada", "Lovelace", "94103")
    Person.objects.filter(pk=moved.pk).update(zip_code="02139")
    assert len(found()) == 3


def test_the_search_goes_on_slice_by_slice_and_finds_each_pair_once() -> None:
    for _number in range(4):
        make("Ada", "Lovelace")
    assert find_duplicates(slice_size=1) == 6
    assert find_duplicates() == 0


def test_somebody_who_was_deleted_meanwhile_is_passed_over() -> None:
    make("Ada", "Lovelace").delete()
    make("Ada", "Lovelace")
    assert found() == []
    assert not PersonToCompare.objects.exists()


def test_a_pair_that_staff_called_two_people_never_comes_back() -> None:
    one, other = make("Ada", "Lovelace"), make("Ada", "Lovelace")
    find_duplicates()
    dismiss_duplicate(duplicate=Duplicate.objects.get(), actor=make_user(), now=NOW)
    Person.objects.filter(pk=one.pk).update(given_name="ADA")
    assert find_duplicates() == 0
    note_duplicate(other.pk, one.pk, DuplicateReason.PHONE)
    assert Duplicate.objects.get().state == DuplicateState.DISMISSED


def test_nobody_decides_twice_on_a_pair() -> None:
    note_duplicate(make("Ada", "L").pk, make("Bo", "L").pk, DuplicateReason.PHONE)
    pair = Duplicate.objects.get()
    staff = make_user()
    dismiss_duplicate(duplicate=pair, actor=staff, now=NOW)
    pair.refresh_from_db()
    assert (pair.decided_by, pair.decided_at) == (staff, NOW)
    assert AuditEntry.objects.get().action == "said two people"
    with pytest.raises(DuplicateError):
        dismiss_duplicate(duplicate=pair, actor=staff, now=NOW)


def test_both_sweeps_are_registered_and_run() -> None:
    make("Ada", "Lovelace")
    make("Ada", "Lovelace")
    sweeps = {sweep.name: sweep for sweep in registered_sweeps()}
    sweeps["people: find duplicates"].run()
    sweeps["people: forget old merges"].run()
    assert Duplicate.objects.count() == 1


# --- what the database refuses ------------------------------------------------------------------------------------


def test_a_pair_is_there_once_in_order_of_a_known_reason_and_state() -> None:
    one, other = make("Ada", "L"), make("Bo", "L")
    Duplicate.objects.create(first=one, second=other, reason="phone")
    refusals: list[tuple[dict[str, Any], str]] = [
        ({"first": one, "second": other}, "duplicate_once_a_pair"),
        ({"first": other, "second": one}, "duplicate_in_order"),
        ({"first": one, "second": one}, "duplicate_in_order"),
        ({"first": one, "second": make("C", "L"), "reason": "looks"}, "duplicate_reason_known"),
        ({"first": one, "second": make("D", "L"), "state": "merged"}, "duplicate_state_known"),
    ]
    for values, constraint in refusals:
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            Duplicate.objects.create(**{"reason": "phone", **values})


# --- the pages ----------------------------------------------------------------------------------------------------


@pytest.fixture
def staff(client: Client) -> User:
    user = make_staff(StaffTask.PEOPLE)
    sign_in(client, user)
    return user


def make_pair(hours_ago: int = 1) -> Duplicate:
    one, other = make("Ada", "Diaz", created_at=NOW), make("Ada", "Díaz", created_at=NOW + datetime.timedelta(days=1))
    for number, person in enumerate([one, other]):
        address = f"ada{person.pk}@example.org"
        PersonEmail.objects.create(person=person, address=address, is_primary=True, verified_at=NOW if number else None)
    found_at = timezone.now() - datetime.timedelta(hours=hours_ago)
    return Duplicate.objects.create(first=one, second=other, reason="name_zip", found_at=found_at)


def address(pair: Duplicate) -> str:
    return reverse("duplicate", args=[pair.pk])


def text(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


MERGE = {"keep": "first", "family_name": "second", "primary_email": "first"}


def test_the_queue_shows_the_oldest_first_with_age_and_reason(client: Client, staff: User) -> None:
    younger, older = make_pair(hours_ago=2), make_pair(hours_ago=30)
    page = text(client, reverse("duplicates"))
    assert page.index(address(older)) < page.index(address(younger))
    assert "1\xa0day, 6\xa0hours" in page
    assert "same name and ZIP code" in page


def test_the_queue_asks_a_fixed_number_of_queries(
    client: Client, staff: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _number in range(5):
        make_pair()
    with django_assert_max_num_queries(9):
        client.get(reverse("duplicates"))


def test_an_empty_queue_says_how_pairs_come(client: Client, staff: User) -> None:
    assert "once a day" in text(client, reverse("duplicates"))


def test_a_pair_is_shown_side_by_side_and_the_older_is_proposed(client: Client, staff: User) -> None:
    pair = make_pair()
    page = text(client, address(pair))
    assert page.index("proposed to stay") < page.index('id="side-second"')
    assert 'name="family_name" value="first"' in page
    assert 'name="given_name"' not in page  # the same for both


def test_merging_takes_the_chosen_words_and_goes_on_to_the_next_pair(client: Client, staff: User) -> None:
    pair, following = make_pair(hours_ago=9), make_pair()
    answer = client.post(address(pair), MERGE)
    assert answer.headers["Location"] == address(following)
    kept = Person.objects.get(pk=pair.first_id)
    assert kept.full_name == "Ada Díaz"
    assert kept.emails.count() == 2
    assert not Duplicate.objects.filter(pk=pair.pk).exists()
    assert Merge.objects.get().merged_by == staff


def test_a_pair_that_was_called_two_people_is_gone_from_the_queue(client: Client, staff: User) -> None:
    pair = make_pair()
    answer = client.post(address(pair), {"two_people": "yes"})
    assert answer.headers["Location"] == reverse("duplicates")
    assert not Duplicate.objects.open().exists()
    assert Person.objects.count() == 2


def test_without_a_choice_nothing_is_merged_and_the_error_is_named(client: Client, staff: User) -> None:
    pair = make_pair()
    answer = client.post(address(pair), {"keep": "first"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "There is a problem" in page
    assert "<title>Error:" in page
    assert not Merge.objects.exists()


@pytest.mark.parametrize("keep", ["third", "", "first\x00"])
def test_a_side_that_there_is_not_is_refused(client: Client, staff: User, keep: str) -> None:
    pair = make_pair()
    assert client.post(address(pair), {**MERGE, "keep": keep}).status_code in {400, 422}
    assert not Merge.objects.exists()


def test_two_with_logins_cannot_be_merged(client: Client, staff: User) -> None:
    pair = make_pair()
    for person in (pair.first, pair.second):
        person.user = make_user()
        person.save(update_fields=["user"])
    page = text(client, address(pair))
    assert "Merge them" not in page
    client.post(address(pair), MERGE)
    assert "Both sign in" in text(client, address(pair))
    assert not Merge.objects.exists()


def test_two_staff_on_one_pair_are_told(client: Client, staff: User) -> None:
    pair, other = make_pair(), Client()
    colleague = make_staff(StaffTask.PEOPLE, email="stella@example.org")
    sign_in(other, colleague)
    assert "has this pair open" not in text(other, address(pair))
    assert "stella@example.org has this pair open" in text(client, address(pair))
    assert "somebody is looking at it" in text(client, reverse("duplicates"))
    assert "somebody is looking at it" not in text(other, reverse("duplicates"))
    assert next_pair(user=staff) is None
    other.post(address(pair), MERGE)
    answer = client.post(address(pair), MERGE, follow=True)
    assert "decided on that pair already" in answer.content.decode()


def test_who_has_decided_has_the_pair_no_longer_before_them(client: Client, staff: User) -> None:
    pair = make_pair()
    text(client, address(pair))
    client.post(address(pair), {"two_people": "yes"})
    Duplicate.objects.update(state=DuplicateState.OPEN)
    assert next_pair(user=make_user()) == pair


def test_a_merge_is_undone_on_its_page(client: Client, staff: User) -> None:
    pair = make_pair()
    client.post(address(pair), MERGE)
    assert "Ada Díaz" in text(client, reverse("merges"))
    merged = Merge.objects.get()
    answer = client.post(reverse("merge_undo", args=[merged.pk]), follow=True)
    assert "two people again" in answer.content.decode()
    assert Person.objects.count() == 2
    again = client.post(reverse("merge_undo", args=[merged.pk]), follow=True)
    assert "undone already" in again.content.decode()


def test_merges_of_longer_ago_are_not_shown(client: Client, staff: User) -> None:
    long_ago = timezone.now() - datetime.timedelta(days=31)
    Merge.objects.create(kept=make("Old", "Case"), gone_id=1, merged_at=long_ago, undo_until=long_ago)
    assert "Old Case" not in text(client, reverse("merges"))


def test_only_staff_for_people_may_look_and_merge(client: Client) -> None:
    pair = make_pair()
    sign_in(client, make_staff(StaffTask.AGREEMENTS))
    assert client.get(address(pair)).status_code == 403
    assert client.post(address(pair), MERGE).status_code == 403
    assert client.get(reverse("merges")).status_code == 403
    assert not Merge.objects.exists()
