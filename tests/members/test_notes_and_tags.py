"""Notes about people, and tags: one by one and on many at once."""

from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from foundation.accounts.models import StaffTask, User
from foundation.audit.models import AuditEntry
from members.models import Person, PersonNote, PersonTag, Segment, Tag
from members.notes import NoteError, add_note, delete_note
from members.tags import (
    CountChangedError,
    TagError,
    create_tag,
    delete_tag,
    put_tag_on,
    rename_tag,
    tag_people,
    tags_with_counts,
    take_tag_off,
    untag_people,
)
from tests.factories import make_staff
from tests.signing_in import sign_in

from .making import NOW, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> User:
    return make_staff(StaffTask.PEOPLE)


@pytest.fixture
def staff_page(client: Client, staff: User) -> Client:
    sign_in(client, staff)
    return client


def acts() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


# --- notes ----------------------------------------------------------------------------------------------------


def test_only_its_author_deletes_a_note(staff: User) -> None:
    note = add_note(person=make_person(), text="Offers her garage.", actor=staff, now=NOW)
    with pytest.raises(NoteError):
        delete_note(note=note, actor=make_staff(StaffTask.PEOPLE))
    delete_note(note=note, actor=staff)
    assert not PersonNote.objects.exists()
    assert acts() == ["added note", "deleted note"]


def test_whoever_may_no_longer_see_people_deletes_no_note(staff: User) -> None:
    note = add_note(person=make_person(), text="Offers her garage.", actor=staff, now=NOW)
    staff.rights.all().delete()
    with pytest.raises(NoteError):
        delete_note(note=note, actor=staff)


def test_a_note_has_a_text() -> None:
    with pytest.raises(IntegrityError, match="personnote_has_text"):
        PersonNote.objects.create(person=make_person(), text="")


def test_notes_are_written_and_deleted_on_the_page(staff_page: Client) -> None:
    person = make_person()
    answer = staff_page.post(reverse("person_note_add", args=[person.pk]), {"text": "Offers her garage."}, follow=True)
    assert b"Offers her garage." in answer.content
    note = PersonNote.objects.get()
    staff_page.post(reverse("person_note_delete", args=[note.pk]))
    assert not PersonNote.objects.exists()


def test_an_empty_note_is_an_error_on_the_page(staff_page: Client) -> None:
    answer = staff_page.post(reverse("person_note_add", args=[make_person().pk]), {"text": " "})
    assert answer.status_code == 422
    assert b"<title>Error:" in answer.content


def test_a_note_of_somebody_else_has_no_button_and_stays(staff_page: Client) -> None:
    note = add_note(person=make_person(), text="Hello", actor=make_staff(StaffTask.PEOPLE), now=NOW)
    assert b"Delete this note" not in staff_page.get(reverse("person_page", args=[note.person_id])).content
    staff_page.post(reverse("person_note_delete", args=[note.pk]))
    assert PersonNote.objects.exists()


# --- tags -----------------------------------------------------------------------------------------------------


def test_two_tags_of_one_name_cannot_be(staff: User) -> None:
    create_tag(name="Driver", actor=staff)
    with pytest.raises(TagError):
        create_tag(name="DRIVER", actor=staff)
    with pytest.raises(TagError):
        rename_tag(tag=create_tag(name="Cook", actor=staff), name="driver", actor=staff)
    with pytest.raises(IntegrityError, match="tag_once"):
        Tag.objects.create(name="driver")


def test_a_tag_has_a_name() -> None:
    with pytest.raises(IntegrityError, match="tag_has_name"):
        Tag.objects.create(name="")


def test_a_person_has_a_tag_once(staff: User) -> None:
    tag, person = create_tag(name="Driver", actor=staff), make_person()
    assert put_tag_on(tag=tag, person=person, actor=staff, now=NOW)
    assert not put_tag_on(tag=tag, person=person, actor=staff, now=NOW)
    with pytest.raises(IntegrityError, match="persontag_once"):
        PersonTag.objects.create(tag=tag, person=person)


def test_a_tag_is_taken_off_once(staff: User) -> None:
    tag, person = create_tag(name="Driver", actor=staff), make_person()
    put_tag_on(tag=tag, person=person, actor=staff, now=NOW)
    assert take_tag_off(tag=tag, person=person, actor=staff)
    assert not take_tag_off(tag=tag, person=person, actor=staff)
    assert acts() == ["created tag", "put on tag", "took off tag"]


def test_renaming_keeps_the_people(staff: User) -> None:
    tag, person = create_tag(name="Driver", actor=staff), make_person()
    put_tag_on(tag=tag, person=person, actor=staff, now=NOW)
    rename_tag(tag=tag, name="Drives", actor=staff)
    assert [str(tag) for tag in person.tags.all()] == ["Drives"]


def test_a_deleted_tag_is_off_everybody(staff: User) -> None:
    tag, person = create_tag(name="Driver", actor=staff), make_person()
    put_tag_on(tag=tag, person=person, actor=staff, now=NOW)
    delete_tag(tag=tag, actor=staff)
    assert not PersonTag.objects.exists()
    assert AuditEntry.objects.get(action="deleted tag").details == {"people": 1}


def test_a_tag_that_a_segment_asks_for_is_not_deleted(staff: User) -> None:
    tag = create_tag(name="Driver", actor=staff)
    Segment.objects.create(name="Drivers", rules=[{"kind": "tag", "tag": tag.pk, "not": True}])
    with pytest.raises(TagError, match="Drivers"):
        delete_tag(tag=tag, actor=staff)
    assert Tag.objects.exists()


def test_many_are_tagged_at_once_and_those_who_had_it_are_not_counted(staff: User) -> None:
    tag = create_tag(name="Driver", actor=staff)
    people = [make_person() for _number in range(3)]
    put_tag_on(tag=tag, person=people[0], actor=staff, now=NOW)
    chosen = Person.objects.filter(family_name="Lovelace")
    assert tag_people(tag=tag, people=chosen, expected=3, found_by="segment:5", actor=staff, now=NOW) == 2
    assert [tag.count for tag in tags_with_counts()] == [3]  # type: ignore[attr-defined]
    entry = AuditEntry.objects.get(action="put tag on people")
    assert (entry.subject, entry.details) == (f"tag:{tag.pk}", {"found_by": "segment:5", "people": 2})
    assert untag_people(tag=tag, people=chosen, expected=3, found_by="segment:5", actor=staff) == 3


def test_more_people_than_agreed_to_are_not_tagged(staff: User) -> None:
    tag = create_tag(name="Driver", actor=staff)
    make_person()
    make_person()
    with pytest.raises(CountChangedError):
        tag_people(tag=tag, people=Person.objects.all(), expected=1, found_by="x", actor=staff, now=NOW)
    with pytest.raises(CountChangedError):
        untag_people(tag=tag, people=Person.objects.all(), expected=1, found_by="x", actor=staff)
    assert not PersonTag.objects.exists()


def test_tags_are_made_renamed_and_deleted_on_their_pages(staff_page: Client) -> None:
    staff_page.post(reverse("tag_list"), {"name": "Driver"})
    tag = Tag.objects.get()
    assert staff_page.post(reverse("tag_list"), {"name": "driver"}).status_code == 422
    staff_page.post(tag.get_absolute_url(), {"name": "Drives"})
    assert b"Drives" in staff_page.get(reverse("tag_list")).content
    staff_page.post(reverse("tag_delete", args=[tag.pk]))
    assert not Tag.objects.exists()


def test_a_tag_is_put_on_and_taken_off_on_the_persons_page(staff_page: Client) -> None:
    tag, person = Tag.objects.create(name="Driver"), make_person()
    staff_page.post(reverse("person_tag_put", args=[person.pk]), {"tag": tag.pk})
    assert list(person.tags.all()) == [tag]
    staff_page.post(reverse("person_tag_take", args=[person.pk, tag.pk]))
    assert not person.tags.exists()


@pytest.fixture
def found(staff_page: Client) -> Any:
    """The page that tags the two people of a search."""
    make_person("Ada Lovelace")
    make_person("Byron Lovelace")
    make_person("Grace Hopper")
    staff_page.post("/national/people/", {"q": "lovelace"})
    return staff_page


def test_all_who_are_found_are_tagged_after_the_page_has_said_how_many(found: Client) -> None:
    tag = Tag.objects.create(name="Driver")
    assert b"Tag 2 people" in found.get(reverse("found_tag")).content
    answer = found.post(reverse("found_tag"), {"tag": tag.pk, "act": "on", "count": "2"}, follow=True)
    assert b"2 people have changed." in answer.content
    assert set(tag.people.values_list("family_name", flat=True)) == {"Lovelace"}
    found.post(reverse("found_tag"), {"tag": tag.pk, "act": "off", "count": "2"})
    assert not PersonTag.objects.exists()


def test_if_there_are_more_by_then_the_page_asks_again_with_the_new_number(found: Client) -> None:
    tag = Tag.objects.create(name="Driver")
    make_person("New Lovelace")
    answer = found.post(reverse("found_tag"), {"tag": tag.pk, "act": "on", "count": "2"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "There are now 3 people." in page
    assert '<input type="hidden" name="count" value="3"' in page
    assert not PersonTag.objects.exists()


def test_without_a_search_there_is_nobody_to_tag(staff_page: Client) -> None:
    assert staff_page.get(reverse("found_tag")).headers["Location"] == "/national/people/"
