"""What groups hold about a person is in the person's export, and goes when the person is deleted."""

import pytest
from django.test import Client
from django.utils import timezone

from affiliates.calls import answer_call
from affiliates.models import CallAnswer, Introduction, PlaceWatch, Role, RosterEntry, SignUp
from affiliates.roles import invite
from members.erasure import erase_person
from members.models import Person
from members.person_export import everything_about
from members.scopes import name_of_scope
from tests.factories import make_contact, make_group, make_user
from tests.signing_in import sign_in

from .calling import NOW, make_call
from .signing_up import confirm, post

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(client: Client) -> Person:
    """Ada: on a roster, introduced to a group, waiting at a place, with one more sign-up that is not confirmed."""
    group = make_group("Table of Plenty", contact_email="ada@example.org")
    made = confirm(client, post(client, f"/groups/{group.slug}/join/", consent_sharing="on")).person
    assert made is not None
    post(client, "/join/", place="59301")
    answer_call(call=make_call(), person=made, now=NOW)
    Introduction.objects.create(group=make_group("Badlands"), person=made, at=timezone.now())
    PlaceWatch.objects.create(email="ada@example.org", place_label="Miles City", latitude=46.4, longitude=-105.8)
    return made


def test_the_export_tells_of_rosters_sign_ups_introductions_and_watches(person: Person) -> None:
    told = everything_about(person)
    assert [row["group"] for row in told["rosters"]] == ["Table of Plenty"]
    assert [(row["group"], row["agreed_to"]) for row in told["sign_ups"]] == [
        ("Table of Plenty", ["sharing"]),
        (None, []),
    ]
    assert [row["group"] for row in told["introductions"]] == ["Badlands"]
    assert [(row["call"], row["answered_at"]) for row in told["calls"]] == [("Organizing call", NOW)]
    assert [row["place_label"] for row in told["places_watched"]] == ["Miles City"]


def test_whoever_is_deleted_is_forgotten_by_groups_too(person: Person) -> None:
    group = RosterEntry.objects.get().group
    erase_person(person=person, actor=make_user(), now=timezone.now())
    assert not any(model.objects.exists() for model in (RosterEntry, SignUp, Introduction, PlaceWatch, CallAnswer))
    group.refresh_from_db()
    assert group.contact_email == ""


def test_an_invitation_is_told_of_and_goes(person: Person) -> None:
    group = make_group("Badlands")
    invite(group=group, email="ada@example.org", role=Role.HELPER, actor=make_contact(group), now=NOW, name="Ada")
    told = everything_about(person)["invitations_to_roles"]
    assert [(row["group"], row["role"], row["name"]) for row in told] == [("Badlands", "helper", "Ada")]
    erase_person(person=person, actor=make_user(), now=timezone.now())
    assert not group.invitations.exists()


def test_a_scope_is_called_by_its_groups_name() -> None:
    assert name_of_scope(make_group("Table of Plenty").scope) == "Table of Plenty"
    assert name_of_scope("group:999999") == "a group"


def test_an_organizers_account_page_leads_to_their_groups(client: Client) -> None:
    sign_in(client, make_contact(make_group("Table of Plenty")))
    assert 'href="/organize/"' in client.get("/me/").content.decode()
    sign_in(client, make_user())
    assert 'href="/organize/"' not in client.get("/me/").content.decode()
