"""Inviting somebody onto a roster by hand: the owner of the address decides, and an organizer learns nothing before."""

import datetime
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from affiliates.models import Group, JoinedBy, RosterEntry, SignUp
from affiliates.roster_invitations import MOST_A_DAY, InvitationError, invite_to_roster
from affiliates.sign_up import ClosedError, SignUpLinkError, confirm_sign_up
from foundation.accounts.models import User
from foundation.audit.models import AuditEntry
from foundation.mail.models import MailState, OutgoingMail, SuppressionReason
from foundation.mail.suppression import EVERYTHING, suppress
from members.consent import has_consent
from members.models import ConsentPurpose, Person, PersonEmail
from members.people import Contact, take_in
from tests.factories import make_contact, make_group
from tests.signing_in import sign_in

from .signing_up import link_in

pytestmark = pytest.mark.django_db
ADA = {"email": "ada@example.org", "given_name": "Ada", "family_name": "Typo", "language": "en"}


@pytest.fixture
def group() -> Group:
    return make_group("Table of Plenty")


@pytest.fixture
def organizer(group: Group, client: Client) -> User:
    user = make_contact(group, role="organizer")
    sign_in(client, user)
    return user


def invite(client: Client, group: Group, **typed: str) -> Any:
    return client.post(f"/organize/groups/{group.slug}/people/invite/", {**ADA, **typed})


def invited(client: Client, group: Group) -> str:
    """The path of the mailed link."""
    assert invite(client, group).status_code == 302
    return link_in(OutgoingMail.objects.get(purpose="roster invitation"))


def test_nothing_happens_before_the_owner_says_yes(group: Group, organizer: User, client: Client) -> None:
    link = invited(client, group)
    assert Client().get(link).status_code == 200
    assert not Person.objects.exists()
    assert not RosterEntry.objects.exists()
    mail = OutgoingMail.objects.get(purpose="roster invitation")
    assert "Typo" not in mail.text
    assert (mail.scope, mail.is_transactional) == (group.scope, False)
    assert AuditEntry.objects.get(action="invited to roster").subject == group.scope


def test_the_page_ticks_nothing_for_them_and_what_they_tick_takes_effect(
    group: Group, organizer: User, client: Client
) -> None:
    link, them = invited(client, group), Client()
    shown = them.get(link).content.decode()
    assert "checked" not in shown
    assert "Typo" not in shown
    them.post(link, {"do": "confirm", "agree": ["group_mail", "network_mail"]})
    entry = RosterEntry.objects.get()
    assert (entry.group, entry.how) == (group, JoinedBy.INVITED)
    assert has_consent(entry.person, ConsentPurpose.GROUP_MAIL, group.scope)
    assert not has_consent(entry.person, ConsentPurpose.SHARING, group.scope)
    assert not has_consent(entry.person, ConsentPurpose.NETWORK_MAIL)
    assert entry.person.full_name == "Ada Typo"
    assert PersonEmail.objects.get().verified_at is not None
    assert "You are on the roster of" in them.get(link).content.decode()


def test_what_an_organizer_typed_changes_nothing_about_somebody_known(
    group: Group, organizer: User, client: Client
) -> None:
    contact = Contact("ada@example.org", "", "Ada", "Díaz", "02139", "es")
    take_in(contact=contact, is_own_act=True, now=timezone.now())
    Client().post(invited(client, group), {"do": "confirm"})
    assert Person.objects.get().full_name == "Ada Díaz"


def test_known_and_unknown_addresses_get_the_same_answer(group: Group, organizer: User, client: Client) -> None:
    take_in(contact=Contact("known@example.org"), is_own_act=True, now=timezone.now())
    suppress(address="silent@example.org", scope=EVERYTHING, reason=SuppressionReason.UNSUBSCRIBED)
    answers = set()
    for name in ("known", "unknown", "silent"):
        answer = invite(client, group, email=f"{name}@example.org")
        answers.add(
            (answer.status_code, answer.headers["Location"], client.get(answer.headers["Location"]).content[:50])
        )
    assert len(answers) == 1
    silent = OutgoingMail.objects.get(to_email="silent@example.org")
    assert silent.state == MailState.SUPPRESSED


def test_they_can_have_what_was_typed_deleted(group: Group, organizer: User, client: Client) -> None:
    Client().post(invited(client, group), {"do": "forget"})
    assert not SignUp.objects.exists()


def test_an_invitation_that_waits_is_not_sent_again(group: Group, organizer: User, client: Client) -> None:
    invited(client, group)
    invite(client, group, email="ADA@example.org ")
    assert OutgoingMail.objects.filter(purpose="roster invitation").count() == 1


def test_an_invitation_of_a_group_that_ended_says_so_and_makes_nobody(
    group: Group, organizer: User, client: Client
) -> None:
    link = invited(client, group)
    Group.objects.filter(pk=group.pk).update(status="ended")
    assert Client().get(link).status_code == 410
    assert Client().post(link, {"do": "confirm", "agree": ["sharing"]}).status_code == 404
    with pytest.raises(SignUpLinkError):
        confirm_sign_up(sign_up=SignUp.objects.get(), now=timezone.now())
    assert not Person.objects.exists()


def test_a_group_that_is_not_in_force_invites_nobody(group: Group, organizer: User) -> None:
    Group.objects.filter(pk=group.pk).update(status="forming")
    with pytest.raises(ClosedError):
        invite_to_roster(group=group, actor=organizer, now=timezone.now(), **ADA)


def test_fifty_a_day_and_then_a_clear_word(group: Group, organizer: User, client: Client) -> None:
    now = timezone.now()
    SignUp.objects.bulk_create(
        SignUp(group=group, email=f"p{number}@example.org", language="en", created_at=now, is_invitation=True)
        for number in range(MOST_A_DAY)
    )
    answer = invite(client, group)
    assert answer.status_code == 422
    assert "50 people a day" in answer.content.decode()
    with pytest.raises(InvitationError):
        invite_to_roster(group=group, actor=organizer, now=now, **ADA)
    invite_to_roster(group=group, actor=organizer, now=now + datetime.timedelta(days=1, minutes=1), **ADA)


@pytest.mark.parametrize("email", ["", "nobody", "a@b@c"])
def test_what_is_no_address_is_an_error_at_the_field(group: Group, organizer: User, client: Client, email: str) -> None:
    answer = invite(client, group, email=email)
    assert answer.status_code == 422
    assert "There is a problem" in answer.content.decode()


def test_only_a_group_invites() -> None:
    with pytest.raises(IntegrityError, match="signup_invited_to_group"):
        SignUp.objects.create(email="ada@example.org", language="en", created_at=timezone.now(), is_invitation=True)
