"""Rows that change hands, give way and come back, column by column."""

import datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from affiliates.models import AskedConsent, SignUp
from members.models import ConsentPurpose, Donation, Person, PersonNote, PersonPhone, Tag
from members.references import (
    Reference,
    StoredRow,
    difference,
    drop,
    if_it_still_fits,
    insert_row,
    move,
    read_row,
    reference_of,
    references,
    take_back,
)
from members.wordings import present_wording
from tests.factories import make_user

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 6, 1, 12, 0, 0, 123456, tzinfo=datetime.UTC)


@pytest.fixture
def person() -> Person:
    return Person.objects.create(given_name="Ada", latitude=42.3601, longitude=-71.0589)


def test_references_without_a_name_on_the_other_side_are_found() -> None:
    keys = {one.key for one in references()}
    assert {"members.duplicate.first", "members.personemail.person", "affiliates.rosterentry.person"} <= keys
    assert all(reference_of(key).key == key for key in keys)


def test_what_goes_with_a_row_comes_back_with_it_and_before_it_nothing(person: Person) -> None:
    sign_up = SignUp.objects.create(person=person, language="en", created_at=NOW, confirmed_at=NOW)
    wording = present_wording(ConsentPurpose.PROMOTIONS)
    AskedConsent.objects.create(sign_up=sign_up, purpose="promotions", wording=wording, is_ticked=True)
    dropped, emptied = drop(sign_up)
    assert [stored.model for stored in dropped] == ["affiliates.signup", "affiliates.askedconsent"]
    assert emptied == []
    assert not SignUp.objects.exists()
    for stored in dropped:
        assert if_it_still_fits(insert_row, stored)
    assert SignUp.objects.get().asked_consents.get().is_ticked
    assert read_row(SignUp, dropped[0].row["id"]) == dropped[0].row


def test_what_a_dropped_row_leaves_empty_is_filled_again(person: Person) -> None:
    author = make_user()
    key = author.pk
    note = PersonNote.objects.create(person=person, author=author, text="Sings.")
    dropped, emptied = drop(author)
    note.refresh_from_db()
    assert note.author is None
    for stored in dropped:
        insert_row(stored)
    for change in emptied:
        take_back(change)
    note.refresh_from_db()
    assert note.author_id == key


def test_a_row_keeps_the_values_of_all_types(person: Person) -> None:
    gift = Donation.objects.create(
        source="hand", line_item="1", person=person, amount="9999999.99", paid_at=NOW, refunded_at=None
    )
    for row in (person, gift):
        stored = StoredRow(row._meta.label_lower, read_row(type(row), row.pk))
        before = type(row).objects.values().get(pk=row.pk)
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {row._meta.db_table} WHERE id = %s", [row.pk])
        insert_row(stored)
        assert type(row).objects.values().get(pk=row.pk) == before
    connection.check_constraints()


def test_only_what_nobody_has_changed_since_is_taken_back(person: Person) -> None:
    before = read_row(Person, person.pk)
    Person.objects.update(given_name="Augusta", family_name="King")
    change = difference(Person, person.pk, before)
    assert (change.before, change.after) == (
        {"given_name": "Ada", "family_name": ""},
        {"given_name": "Augusta", "family_name": "King"},
    )
    Person.objects.update(family_name="Lovelace")
    take_back(change)
    person.refresh_from_db()
    assert person.full_name == "Ada Lovelace"
    take_back(change)
    person.delete()
    take_back(change)
    assert not Person.objects.exists()


def test_what_has_no_place_any_more_is_left_out(person: Person) -> None:
    phone = PersonPhone.objects.create(person=person, number="+16175551234")
    dropped, _emptied = drop(phone)
    PersonPhone.objects.create(person=Person.objects.create(), number="+16175551234")
    assert not if_it_still_fits(insert_row, dropped[0])
    assert PersonPhone.objects.count() == 1


def test_a_refusal_that_is_no_clash_is_not_hidden(person: Person) -> None:
    """A ledger that refuses to be changed: its row neither moves nor gives way."""
    Tag.objects.create(name="driver")
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION pg_temp.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE EXCEPTION 'append-only' USING ERRCODE = 'restrict_violation'; END $$;"
            "CREATE TRIGGER refuse BEFORE UPDATE ON members_personnote FOR EACH ROW EXECUTE FUNCTION pg_temp.refuse()"
        )
    PersonNote.objects.create(person=person, text="Sings.")
    other: Any = Person.objects.create()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        move(Reference(PersonNote, "person"), old=person.pk, new=other.pk)
    assert PersonNote.objects.get().person == person
