"""People who are not on the list: noted by what they say, without telling the helper anything about them."""

import pytest

from affiliates.models import SignUp
from events.door import DoorError, UnknownAddressError
from events.door_list import count_at_door, list_at_door
from events.forms_door import WalkInForm
from events.models import Attendance, CheckedInBy, Event
from events.walk_ins import WalkIn, note_walk_in
from foundation.accounts.models import User
from foundation.mail.models import OutgoingMail
from members.consent import standing_consents
from members.erasure import erase_person
from members.models import Person
from tests.events.making import NOW, make_event, make_guest, make_rsvp
from tests.factories import make_contact, make_group

pytestmark = pytest.mark.django_db

ADA = WalkIn(given_name="Ada", family_name="Díaz", email="ada@example.org")


@pytest.fixture
def event(db: None) -> Event:
    return make_event(make_group("Table of Plenty"), starts_at=NOW, language="es")


@pytest.fixture
def helper(event: Event) -> User:
    assert event.group
    return make_contact(event.group, role="helper")


def note(event: Event, helper: User, walk_in: WalkIn) -> Attendance:
    attendance, problem = note_walk_in(
        event=event, walk_in=walk_in, how=CheckedInBy.WALK_IN, at=NOW, actor=helper, now=NOW
    )
    assert problem == ""
    return attendance


def test_a_stranger_becomes_known_and_a_member(event: Event, helper: User) -> None:
    person = note(event, helper, ADA).person
    assert (person.full_name, person.language, person.membership.since) == ("Ada Díaz", "es", NOW)
    assert person.emails.get().verified_at is None
    assert OutgoingMail.objects.get().language == "es"


def test_whoever_gives_a_phone_number_only_is_a_member_without_a_mail(event: Event, helper: User) -> None:
    person = note(event, helper, WalkIn(given_name="Bo", family_name="", phone="+16175550123")).person
    assert str(person.phones.get().number) == "+16175550123"
    assert person.membership
    assert not OutgoingMail.objects.exists()


def test_a_known_address_is_that_persons_and_nothing_of_them_is_shown_or_changed(event: Event, helper: User) -> None:
    known = make_guest("ada@example.org", family_name="Secret")
    attendance = note(event, helper, ADA)
    assert attendance.person == known
    assert [line.name for line in list_at_door(event)] == ["Ada Díaz"]
    known.refresh_from_db()
    assert (known.full_name, known.language) == ("Grace Secret", "en")
    assert OutgoingMail.objects.get().language == "en"


def test_somebody_who_answered_and_is_added_by_hand_is_on_the_list_once(event: Event, helper: User) -> None:
    rsvp = make_rsvp(event, make_guest("ada@example.org"))
    note(event, helper, ADA)
    (line,) = list_at_door(event)
    assert (line.who, line.name, bool(line.attendance)) == (f"rsvp:{rsvp.pk}", "Grace", True)
    assert count_at_door([line])._asdict() == {"came": 1, "guests": 0, "answered": 1, "walk_ins": 0}


def test_added_twice_they_came_once(event: Event, helper: User) -> None:
    assert note(event, helper, ADA) == note(event, helper, ADA)


def test_what_it_means_to_join_is_asked_of_the_owner_of_the_address(event: Event, helper: User) -> None:
    note(event, helper, WalkIn("Ada", "Díaz", email="ada@example.org", wants_invitation=True))
    invitation = SignUp.objects.get()
    assert (invitation.group, invitation.is_invitation, invitation.email) == (event.group, True, "ada@example.org")
    assert not invitation.asked_consents.filter(is_ticked=True).exists()
    assert standing_consents(Person.objects.get()) == []
    purposes = set(OutgoingMail.objects.values_list("purpose", flat=True))
    assert "now a member" in purposes
    assert len(purposes) == 2


def test_a_group_that_has_invited_many_today_still_checks_people_in(
    event: Event, helper: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("affiliates.roster_invitations.MOST_A_DAY", 0)
    wanting = WalkIn("Ada", "Díaz", email="ada@example.org", wants_invitation=True)
    attendance, problem = note_walk_in(
        event=event, walk_in=wanting, how=CheckedInBy.WALK_IN, at=NOW, actor=helper, now=NOW
    )
    assert attendance.pk
    assert "50 people a day" in problem


def test_an_event_of_the_network_invites_to_no_group(helper: User) -> None:
    event = make_event(starts_at=NOW)
    note(event, helper, WalkIn("Ada", "Díaz", email="ada@example.org", wants_invitation=True))
    assert not SignUp.objects.exists()
    assert "invite" not in WalkInForm(event=event).fields


def test_whoever_was_deleted_is_not_brought_back_by_somebody_elses_typing(event: Event, helper: User) -> None:
    erase_person(person=make_guest("ada@example.org"), actor=None, now=NOW)
    with pytest.raises(UnknownAddressError):
        note(event, helper, ADA)
    assert not Person.objects.exists()


def test_outside_of_its_hours_nobody_is_taken_in(helper: User) -> None:
    with pytest.raises(DoorError, match="three hours"):
        note(make_event(), helper, ADA)
    assert not Person.objects.exists()


# --- the form -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "email", "phone"),
    [
        (" Ada@Example.ORG ", "ada@example.org", ""),
        ("617-555-0123", "", "+16175550123"),
        ("+44 20 7946 0958", "", "+442079460958"),
    ],
)
def test_one_field_takes_an_address_or_a_number(event: Event, typed: str, email: str, phone: str) -> None:
    form = WalkInForm({"given_name": "Ada", "contact": typed}, event=event)
    assert form.is_valid(), form.errors
    assert form.walk_in == WalkIn("Ada", "", email=email, phone=phone)


@pytest.mark.parametrize("typed", ["ada", "ada@", "123", "@", "ada@exa mple.org"])
def test_what_is_neither_is_an_error_that_shows_both(event: Event, typed: str) -> None:
    form = WalkInForm({"given_name": "Ada", "contact": typed}, event=event)
    assert "name@example.org" in form.errors["contact"][0]


def test_an_invitation_needs_an_address(event: Event) -> None:
    form = WalkInForm({"given_name": "Ada", "contact": "617-555-0123", "invite": "on"}, event=event)
    assert "by e-mail" in form.errors["contact"][0]
