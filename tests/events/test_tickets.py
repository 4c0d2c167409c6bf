"""Codes that a phone's camera opens: the one at the door, an attendee's own; and the link of who was not there."""

import datetime
import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from events.door import check_in, undo_check_in
from events.door_codes import DoorCodeError, FormerCodeError, door_code, event_of_code, make_new_code
from events.links import answer_token, ticket_token
from events.models import Attendance, CheckedInBy, Event
from events.not_there import NotThereLinkError, attendance_of, not_there_token
from events.tickets import ticket_address
from foundation.accounts.models import User
from foundation.mail.models import OutgoingMail
from members.erasure import erase_person
from members.models import Person
from tests.events.making import make_event, make_guest, make_rsvp
from tests.factories import make_contact, make_group, make_user
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db

MINUTE, HOUR, DAY = datetime.timedelta(minutes=1), datetime.timedelta(hours=1), datetime.timedelta(days=1)
ADA = {"given_name": "Ada", "family_name": "Díaz", "email": "ada@example.org"}


@pytest.fixture
def event(db: None) -> Event:
    return make_event(make_group("Table of Plenty"), starts_at=timezone.now() - MINUTE, title="Soup night")


@pytest.fixture
def helper(event: Event) -> User:
    assert event.group
    return make_contact(event.group, role="helper")


def door(event: Event) -> str:
    return f"/events/door/{door_code(event)}/"


def own_link(event: Event, **fields: Any) -> str:
    return f"/events/answers/{answer_token(make_rsvp(event, **fields))}/"


def ticket(event: Event, **fields: Any) -> str:
    return f"/events/ticket/{ticket_token(make_rsvp(event, **fields))}/"


# --- the code at the door -------------------------------------------------------------------------------------


def test_a_code_is_of_one_event_and_cannot_be_made_up(event: Event) -> None:
    assert event_of_code(door_code(event)) == event
    other = make_event()
    number, _colon, signature = door_code(event).partition(":")
    for forged in (f"{other.pk}-0:{signature}", f"{number}:", number, "", "1", f"{number}1:{signature}"):
        with pytest.raises(DoorCodeError):
            event_of_code(forged)


def test_a_new_code_ends_the_one_before(event: Event, helper: User, client: Client) -> None:
    before = door(event)
    make_new_code(event=event, actor=helper)
    with pytest.raises(FormerCodeError):
        event_of_code(before.split("/")[3])
    assert client.get(before).status_code == 410
    assert client.get(door(event)).status_code == 200


def test_opening_the_code_notes_nobody(event: Event, client: Client) -> None:
    sign_in(client, make_user())
    client.get(door(event))
    assert not Attendance.objects.exists()


def test_whoever_is_signed_in_is_here_by_one_press(event: Event, client: Client) -> None:
    user = make_user("ada@example.org")
    sign_in(client, user)
    response = client.post(door(event), follow=True)
    assert "checked in" in response.content.decode()
    attendance = Attendance.objects.get()
    assert (attendance.person.user, attendance.how, attendance.by) == (user, "door_qr", None)
    first = attendance.at
    client.post(door(event))
    assert Attendance.objects.get().at == first


def test_whoever_opened_the_link_of_their_mail_on_this_phone_is_here_by_one_press(event: Event, client: Client) -> None:
    client.get(own_link(event))
    assert "I am here: Grace" in client.get(door(event)).content.decode()
    client.post(door(event))
    assert Attendance.objects.get().person == event.rsvps.get().person


def test_the_answer_to_another_event_makes_nobody_known_at_this_door(event: Event, client: Client) -> None:
    client.get(own_link(make_event()))
    assert "Grace" not in client.get(door(event)).content.decode()


def test_whoever_photographed_a_ticket_is_not_known_by_it(event: Event, client: Client) -> None:
    client.get(ticket(event))
    assert "Grace" not in client.get(door(event)).content.decode()


def test_whoever_borrowed_the_phone_can_be_somebody_else(event: Event, client: Client) -> None:
    client.get(own_link(event))
    text = client.post(door(event), {"as": "somebody"}).content.decode()
    assert "First name" in text
    assert not Attendance.objects.exists()


def test_a_typed_address_counts_and_its_owner_can_take_it_back(event: Event, client: Client) -> None:
    response = client.post(door(event), ADA)
    assert response.headers["Location"].endswith("/thanks/")
    attendance = Attendance.objects.get()
    assert attendance.person.membership
    assert attendance.person.emails.get().verified_at is None
    (mail,) = OutgoingMail.objects.all()
    assert mail.purpose == "now a member"
    link = re.findall(r"/events/door/not-there/[^/]+/", mail.text)[0]
    client.get(link)
    assert Attendance.objects.in_effect().exists()
    assert "taken it back" in client.post(link, follow=True).content.decode()
    assert not Attendance.objects.in_effect().exists()
    client.post(door(event), ADA)  # somebody types it again: its owner's word stands
    assert not Attendance.objects.in_effect().exists()


def test_a_member_whose_address_is_typed_is_told_too(event: Event, client: Client) -> None:
    person, earlier = make_guest("ada@example.org"), make_event(starts_at=timezone.now() - DAY)
    now = timezone.now()
    check_in(event=earlier, how=CheckedInBy.LIST, at=now - DAY, actor=None, now=now - DAY, person=person)
    client.post(door(event), ADA)
    client.post(door(event), ADA)
    noted = OutgoingMail.objects.get(purpose="noted as present")
    assert "/events/door/not-there/" in noted.text
    assert Attendance.objects.get(event=event).shown_name == "Ada Díaz"


def test_the_answer_is_the_same_whoever_the_address_belongs_to(event: Event, client: Client, helper: User) -> None:
    make_guest("known@example.org")
    here = check_in(
        event=event, how=CheckedInBy.LIST, at=timezone.now(), actor=helper, now=timezone.now(),
        person=make_guest("here@example.org"),
    )  # fmt: skip
    erase_person(person=make_guest("erased@example.org"), actor=None, now=timezone.now())
    undone = check_in(
        event=event, how=CheckedInBy.LIST, at=timezone.now(), actor=helper, now=timezone.now(),
        person=make_guest("undone@example.org"),
    )  # fmt: skip
    undo_check_in(attendance=undone, actor=helper, now=timezone.now())
    answers = set()
    for name in ("known", "unknown", "here", "erased", "undone"):
        response = client.post(door(event), ADA | {"email": f"{name}@example.org"})
        answers.add((response.status_code, response.headers["Location"], response.content))
    assert len(answers) == 1
    assert Attendance.objects.get(pk=here.pk).at == here.at
    assert not Person.objects.filter(emails__address="erased@example.org").exists()
    assert not Attendance.objects.in_effect().filter(pk=undone.pk).exists()


@pytest.mark.parametrize(("starts", "words"), [(2 * HOUR, "one hour before the event"), (-5 * HOUR, "is over")])
def test_the_code_works_around_the_event_only(client: Client, db: None, starts: datetime.timedelta, words: str) -> None:
    event = make_event(starts_at=timezone.now() + starts)
    assert words in client.get(door(event)).content.decode()
    client.post(door(event), ADA)
    assert not Attendance.objects.exists()


def test_a_cancelled_events_code_says_so(client: Client, db: None) -> None:
    event = make_event(starts_at=timezone.now(), state="cancelled", cancelled_at=timezone.now())
    assert "was cancelled" in client.get(door(event)).content.decode()


def test_an_address_that_is_none_is_an_error_and_the_name_is_kept(event: Event, client: Client) -> None:
    response = client.post(door(event), ADA | {"email": "ada"})
    text = response.content.decode()
    assert response.status_code == 422
    assert "<title>Error:" in text
    assert 'value="Ada"' in text


# --- an attendee's own code -----------------------------------------------------------------------------------


def test_to_whoever_answered_the_ticket_is_their_code(event: Event, client: Client) -> None:
    text = client.get(ticket(event, party_size=3)).content.decode()
    assert '<svg role="img"' in text
    assert "all 3 of you" in text
    assert "Grace" not in text
    assert "Check in<" not in text


def test_the_code_holds_the_ticket_and_nothing_of_the_person(event: Event) -> None:
    rsvp = make_rsvp(event)
    assert ticket_address(rsvp) == f"{settings.SITE_URL}/events/ticket/{ticket_token(rsvp)}/"


def test_whoever_works_at_the_door_finds_the_button(event: Event, client: Client, helper: User) -> None:
    sign_in(client, helper)
    address = ticket(event, party_size=3)
    assert "Grace" in client.get(address).content.decode()
    assert not Attendance.objects.exists()
    text = client.post(address, {"do": "check_in", "guests": "1"}, follow=True).content.decode()
    assert "checked in" in text
    attendance = Attendance.objects.get()
    assert (attendance.how, attendance.guests, attendance.by) == ("ticket_qr", 1, helper)
    client.post(address, {"do": "undo"})
    assert not Attendance.objects.in_effect().exists()
    text = client.post(address, {"guests": "10"}, follow=True).content.decode()
    assert "from 0 to 9" in text


def test_nobody_else_checks_in_by_a_ticket(event: Event, client: Client) -> None:
    address = ticket(event)
    client.post(address, {"do": "check_in"})
    sign_in(client, make_user())
    client.post(address, {"do": "check_in"})
    assert not Attendance.objects.exists()


def test_the_ticket_of_another_event_says_so_to_whoever_works_at_a_door(
    event: Event, client: Client, helper: User
) -> None:
    sign_in(client, helper)
    later = make_event(event.group, starts_at=timezone.now() + DAY, title="Tomorrow")
    for other in (later, make_event(make_group(), starts_at=timezone.now(), title="Elsewhere")):
        response = client.post(ticket(other), {"do": "check_in"})
        text = response.content.decode()
        assert response.status_code == 409
        assert f"This code is for “{other.title}”" in text
        assert "Soup night" in text  # the door that they work at
        assert "Grace" not in text
    assert not Attendance.objects.exists()


@pytest.mark.parametrize("token", ["x", "12:forged", "12"])
def test_a_ticket_that_is_forged_or_cut_off_is_none(client: Client, db: None, token: str) -> None:
    assert client.get(f"/events/ticket/{token}/").status_code == 404


def test_a_ticket_before_the_door_opens_says_when(client: Client, helper: User, event: Event) -> None:
    Event.objects.filter(pk=event.pk).update(starts_at=timezone.now() + DAY, ends_at=timezone.now() + 2 * DAY)
    sign_in(client, helper)
    text = client.post(ticket(event), follow=True).content.decode()
    assert "The door opens three hours before" in text
    assert not Attendance.objects.exists()


# --- who was not there ----------------------------------------------------------------------------------------


def test_the_link_of_somebody_else_cannot_be_made_up(event: Event, client: Client) -> None:
    now = timezone.now()
    attendance = check_in(event=event, how=CheckedInBy.LIST, at=now, actor=None, now=now, person=make_guest())
    token = not_there_token(attendance)
    assert attendance_of(token) == attendance
    for forged in (token[:-1], "x", f"x{token}"):
        with pytest.raises(NotThereLinkError):
            attendance_of(forged)
        assert client.post(f"/events/door/not-there/{forged}/").status_code == 404
    assert Attendance.objects.in_effect().exists()
