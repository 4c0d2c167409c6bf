"""The pages at the door without JavaScript: the list, the search, presses, walk-ins, the code."""

import datetime

import pytest
from django.test import Client
from django.utils import timezone

from affiliates.models import Group
from events.door import check_in
from events.door_codes import door_code
from events.door_list import list_at_door, matching
from events.models import Attendance, CheckedInBy, Cohost, Event, Rsvp, RsvpState
from foundation.accounts.models import StaffTask, User
from members.people import Contact, take_in
from tests.events.making import make_event, make_guest, make_rsvp
from tests.factories import make_contact, make_group, make_staff, make_user
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db

MINUTE, DAY = datetime.timedelta(minutes=1), datetime.timedelta(days=1)


@pytest.fixture
def event(db: None) -> Event:
    return make_event(make_group("Table of Plenty"), starts_at=timezone.now() - MINUTE, title="Soup night")


@pytest.fixture
def helper(event: Event, client: Client) -> User:
    """A check-in helper, signed in on `client`."""
    assert event.group
    user = make_contact(event.group, role="helper")
    sign_in(client, user)
    return user


def named(event: Event, given: str, family: str = "", **fields: object) -> Rsvp:
    email = f"{Rsvp.objects.count()}@example.org"
    contact = Contact(email=email, given_name=given, family_name=family, phone=str(fields.pop("phone", "")))
    person = take_in(contact=contact, is_own_act=True, now=timezone.now())
    return make_rsvp(event, person, **fields)  # type: ignore[arg-type]


def test_the_door_of_a_large_event_is_one_form(client: Client, event: Event, helper: User) -> None:
    ada, door = named(event, "Ada"), f"/organize/events/{event.pk}/door/"
    others = [f"rsvp:{ada.pk + number}" for number in range(1, 2_000)]
    guests = {f"guests-{who}": "1" for who in others}
    assert client.post(f"{door}press/", {**guests, "check_in": f"rsvp:{ada.pk}"}).status_code == 302
    assert client.post(f"{door}paper/", {"who": [*others, f"rsvp:{ada.pk}"]}).status_code == 302
    assert Attendance.objects.get().person == ada.person


def page(client: Client, event: Event) -> str:
    response = client.get(f"/organize/events/{event.pk}/door/")
    assert response.status_code == 200
    return response.content.decode()


# --- who, and what they see -----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["helper", "organizer", "contact"])
def test_whoever_works_for_a_group_that_holds_the_event_opens_its_door(client: Client, event: Event, role: str) -> None:
    cohost = make_group()
    Cohost.objects.create(event=event, group=cohost, asked_at=timezone.now(), accepted_at=timezone.now())
    for group in (event.group, cohost):
        assert group
        sign_in(client, make_contact(group, role=role))
        assert "Soup night" in page(client, event)


def test_others_do_not_find_it(client: Client, event: Event) -> None:
    invited = make_group()
    Cohost.objects.create(event=event, group=invited, asked_at=timezone.now())
    for user in (make_user(), make_contact(invited), make_staff(StaffTask.PEOPLE)):
        sign_in(client, user)
        assert client.get(f"/organize/events/{event.pk}/door/").status_code == 404


def test_the_door_closes_with_the_agreement(client: Client, event: Event, helper: User) -> None:
    assert event.group
    Group.objects.filter(pk=event.group.pk).update(status="ended")
    assert client.get(f"/organize/events/{event.pk}/door/").status_code == 404


def test_a_helper_sees_names_and_no_way_to_reach_anybody(client: Client, event: Event, helper: User) -> None:
    named(event, "Ada", "Díaz", phone="+16175550123")
    Rsvp.objects.create(
        event=event, state="maybe", answered_at=timezone.now(), changed_at=timezone.now(),
        email="typed@example.org", given_name="Bo",
    )  # fmt: skip
    text = page(client, event)
    assert "Ada Díaz" in text
    assert "Bo" in text
    assert "0@example.org" not in text
    assert "typed@example.org" not in text
    assert "5550123" not in text


def test_who_said_that_they_cannot_come_is_not_on_the_list(client: Client, event: Event, helper: User) -> None:
    named(event, "Ada", state=RsvpState.CANT)
    assert "Ada" not in page(client, event)


def test_the_list_takes_the_same_few_queries_however_long_it_is(
    event: Event, django_assert_num_queries: object
) -> None:
    for number in range(3):
        rsvp = named(event, f"Ada{number}")
        now = timezone.now()
        check_in(event=event, how=CheckedInBy.LIST, at=now, actor=None, now=now, rsvp=rsvp)
        check_in(event=event, how=CheckedInBy.WALK_IN, at=now, actor=None, now=now, person=make_guest())
    with django_assert_num_queries(2):  # type: ignore[operator]
        assert len([line.checked_in for line in list_at_door(event)]) == 6


# --- finding --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["pena", "PEÑA cruz", "jose", "cruz josé", "de  la", ""])
def test_the_search_does_not_mind_accents_case_or_order(event: Event, words: str) -> None:
    named(event, "José", "Peñasco de la Cruz")
    assert len(matching(list_at_door(event), words)) == 1


def test_what_is_not_in_the_name_is_not_found(event: Event) -> None:
    named(event, "José", "Peñasco")
    assert matching(list_at_door(event), "jose lopez") == []


def test_without_javascript_the_search_is_a_post_and_changes_nothing(
    client: Client, event: Event, helper: User
) -> None:
    named(event, "Ada"), named(event, "Bo")
    response = client.post(f"/organize/events/{event.pk}/door/", {"words": "ada"})
    text = response.content.decode()
    assert "Ada" in text
    assert ">Bo<" not in text
    assert not Attendance.objects.exists()
    assert "Nobody of this name" in client.post(f"/organize/events/{event.pk}/door/", {"words": "zzz"}).content.decode()


# --- presses --------------------------------------------------------------------------------------------------


def press(client: Client, event: Event, **data: object) -> str:
    response = client.post(f"/organize/events/{event.pk}/door/press/", data, follow=True)
    return str(response.content.decode())


def test_a_press_checks_in_with_guests_and_another_takes_it_back(client: Client, event: Event, helper: User) -> None:
    who = f"rsvp:{named(event, 'Ada', party_size=3).pk}"
    assert "Checked in " in press(client, event, **{"check_in": who, f"guests-{who}": 2})
    attendance = Attendance.objects.get()
    assert (attendance.guests, attendance.by, attendance.how) == (2, helper, "list")
    assert "Taken back" in press(client, event, undo=who)
    assert not Attendance.objects.in_effect().exists()


@pytest.mark.parametrize("data", [{}, {"check_in": "rsvp:0"}, {"check_in": "person:1"}, {"undo": "attendance:x"}])
def test_a_press_on_nothing_is_refused_in_words(
    client: Client, event: Event, helper: User, data: dict[str, str]
) -> None:
    assert "no longer on the list" in press(client, event, **data)


def test_the_press_of_another_events_line_is_refused(client: Client, event: Event, helper: User) -> None:
    assert "no longer on the list" in press(client, event, check_in=f"rsvp:{make_rsvp(make_event()).pk}")
    assert not Attendance.objects.exists()


def test_after_fourteen_days_only_those_who_keep_the_event_correct(client: Client, event: Event, helper: User) -> None:
    who, now = f"rsvp:{named(event, 'Ada').pk}", timezone.now()
    press(client, event, check_in=who)
    Event.objects.filter(pk=event.pk).update(starts_at=now - 20 * DAY, ends_at=now - 19 * DAY)
    assert "Ada" not in page(client, event)
    assert "The hosts can still take it back" in press(client, event, undo=who)
    assert Attendance.objects.in_effect().exists()
    assert event.group
    sign_in(client, make_contact(event.group))
    assert "Ada" in page(client, event)
    press(client, event, undo=who)
    assert not Attendance.objects.in_effect().exists()


# --- walk-ins -------------------------------------------------------------------------------------------------


def test_three_fields_check_a_stranger_in(client: Client, event: Event, helper: User) -> None:
    typed = {"given_name": "Ada", "family_name": "Díaz", "contact": "ada@example.org"}
    response = client.post(f"/organize/events/{event.pk}/door/walk-in/", typed, follow=True)
    assert "Ada: checked in" in response.content.decode()
    assert [line.name for line in list_at_door(event)] == ["Ada Díaz"]


def test_what_is_missing_is_told_at_the_field_and_the_rest_is_kept(client: Client, event: Event, helper: User) -> None:
    typed = {"given_name": "Ada", "contact": "no address"}
    response = client.post(f"/organize/events/{event.pk}/door/walk-in/", typed)
    text = response.content.decode()
    assert response.status_code == 422
    assert "<title>Error:" in text
    assert "There is a problem" in text
    assert text.count("Enter an address such as name@example.org") == 2
    assert 'value="Ada"' in text


# --- the code -------------------------------------------------------------------------------------------------


def test_the_code_is_shown_and_a_press_makes_a_new_one(client: Client, event: Event, helper: User) -> None:
    address = f"/organize/events/{event.pk}/door/code/"
    assert '<svg role="img"' in client.get(address).content.decode()
    before = door_code(event)
    client.post(address)
    event.refresh_from_db()
    assert door_code(event) != before
    picture = client.get(f"/organize/events/{event.pk}/door/code.png")
    assert picture.content.startswith(b"\x89PNG")
