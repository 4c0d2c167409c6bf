"""Who works for a group: invitations, roles, and their ends."""

import datetime
import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import signing
from django.db import IntegrityError, transaction
from django.utils import translation

from affiliates import roles
from affiliates.models import Group, GroupRole, GroupStatus, Role, RoleInvitation
from affiliates.roles import (
    InvitationError,
    InvitationLinkError,
    OtherAddressError,
    RoleError,
    accept_invitation,
    end_role,
    invitation_of,
    invitation_token,
    invite,
    revoke_invitation,
    revoke_open_invitations,
)
from foundation.accounts.models import User
from foundation.audit.models import AuditEntry
from foundation.mail.models import MailState, OutgoingMail
from foundation.mail.models import SuppressionReason as Reason
from foundation.mail.suppression import suppress
from tests.factories import make_contact, make_group, make_staff, make_user

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)
LATER = NOW + datetime.timedelta(days=3)


@pytest.fixture
def group() -> Group:
    return make_group("Table of Plenty")


@pytest.fixture
def contact(group: Group) -> User:
    return make_contact(group, "grace@example.org")


def ask(group: Group, actor: User, email: str = "ada@example.org", role: str = Role.ORGANIZER, **more: Any) -> Any:
    return invite(group=group, email=email, role=role, actor=actor, **{"now": NOW, **more})


def role_of(user: User, role: str = Role.CONTACT) -> GroupRole:
    return user.group_roles.get(role=role)


def mails_to(email: str) -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(to_email=email).order_by("pk"))


# --- what the database refuses --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"role": "king"}, "roleinvitation_role_known"),
        ({"email": "Ada@example.org"}, "roleinvitation_email_lower_case"),
        ({"accepted_at": NOW, "revoked_at": NOW}, "roleinvitation_one_end"),
        ({}, "roleinvitation_one_open"),
    ],
)
def test_the_database_refuses(group: Group, contact: User, changes: dict[str, Any], constraint: str) -> None:
    ask(group, contact)
    values = {"email": "ada@example.org", "role": Role.ORGANIZER, "at": NOW, "expires_at": LATER, **changes}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        RoleInvitation.objects.create(group=group, **values)


# --- inviting -------------------------------------------------------------------------------------------------


def test_an_invitation_is_a_mail_with_a_link_and_a_line_in_the_log(group: Group, contact: User) -> None:
    invitation = ask(group, contact, " Ada@Example.ORG ", name="Ada")
    assert (invitation.email, invitation.name, invitation.invited_by) == ("ada@example.org", "Ada", contact)
    assert invitation.expires_at == NOW + datetime.timedelta(days=14)
    (mail,) = mails_to("ada@example.org")
    assert f"/invitations/{invitation_token(invitation)}/" in mail.text
    assert "Table of Plenty" in mail.subject
    assert (mail.scope, mail.is_transactional) == (group.scope, False)
    assert AuditEntry.objects.get(action="invited to role").details == {
        "role": "organizer", "invitation": invitation.pk,
    }  # fmt: skip
    assert not group.roles.filter(role=Role.ORGANIZER).exists()


def test_the_mail_is_in_the_language_of_the_page(group: Group, contact: User) -> None:
    with translation.override("es"):
        invitation = ask(group, contact)
    assert invitation.language == mails_to("ada@example.org")[0].language == "es"


def test_the_mail_repeats_nothing_that_the_inviter_typed_about_the_person(group: Group, contact: User) -> None:
    ask(group, contact, name="Visit https://spam.example")
    assert "spam" not in mails_to("ada@example.org")[0].text


def test_inviting_again_renews_the_days_and_writes_once_more(group: Group, contact: User) -> None:
    other = make_contact(group)
    first = ask(group, contact)
    again = ask(group, other, now=LATER, name="Ada L.")
    assert again.pk == first.pk
    assert (again.invited_by, again.name) == (other, "Ada L.")
    assert again.expires_at == LATER + datetime.timedelta(days=14)
    assert len(mails_to("ada@example.org")) == 2


def test_what_ran_out_can_be_renewed(group: Group, contact: User) -> None:
    first = ask(group, contact)
    again = ask(group, contact, now=NOW + datetime.timedelta(days=30))
    assert again.pk == first.pk
    accept_invitation(invitation=again, user=make_user("ada@example.org"), now=NOW + datetime.timedelta(days=31))


def test_a_forming_group_may_invite_and_an_ended_one_not(group: Group, contact: User) -> None:
    Group.objects.update(status=GroupStatus.FORMING)
    ask(group, contact)
    Group.objects.update(status=GroupStatus.ENDED)
    with pytest.raises(RoleError, match="Only a point of contact"):
        ask(group, contact, "other@example.org")


@pytest.mark.parametrize("role", [Role.ORGANIZER, Role.HELPER])
def test_only_contacts_invite(group: Group, role: str) -> None:
    with pytest.raises(RoleError, match="Only a point of contact"):
        ask(group, make_contact(group, role=role))


def test_neither_staff_nor_a_contact_of_another_group_invites(group: Group) -> None:
    for stranger in (make_staff(is_superuser=True), make_contact(make_group())):
        with pytest.raises(RoleError, match="Only a point of contact"):
            ask(group, stranger)


@pytest.mark.parametrize("email", ["", "ada", "ada@", "a b@example.org", "ada@example.org\nbcc: x@example.org"])
def test_what_is_no_address_is_refused(group: Group, contact: User, email: str) -> None:
    with pytest.raises(RoleError, match="whole e-mail address"):
        ask(group, contact, email)
    assert not RoleInvitation.objects.exists()


def test_whoever_has_the_role_is_not_invited_to_it(group: Group, contact: User) -> None:
    make_contact(group, "ada@example.org", role=Role.ORGANIZER)
    with pytest.raises(RoleError, match="has this role already"):
        ask(group, contact)
    assert ask(group, contact, role=Role.CONTACT)


def test_an_address_that_has_an_account_is_answered_like_any_other(group: Group, contact: User) -> None:
    make_user("known@example.org")
    known, unknown = ask(group, contact, "known@example.org"), ask(group, contact, "unknown@example.org")
    assert (known.name, known.accepted_by, known.expires_at) == (unknown.name, unknown.accepted_by, unknown.expires_at)
    texts = [
        re.sub(r"/(invitations|unsubscribe)/[^/]+/", "", mails_to(email)[0].text)
        for email in ("known@example.org", "unknown@example.org")
    ]
    assert texts[0] == texts[1]


def test_an_address_that_wants_no_mail_of_the_group_gets_none_and_nobody_is_told(group: Group, contact: User) -> None:
    suppress(address="ada@example.org", scope=group.scope, reason=Reason.UNSUBSCRIBED, now=NOW)
    assert ask(group, contact).pk
    assert mails_to("ada@example.org")[0].state == MailState.SUPPRESSED


def test_a_group_has_twenty_invitations_open_at_most(group: Group, contact: User) -> None:
    for number in range(roles.MOST_INVITATIONS):
        ask(group, contact, f"a{number}@example.org", now=NOW - datetime.timedelta(days=2))
    with pytest.raises(RoleError, match="20 invitations"):
        ask(group, contact, "one-more@example.org")
    assert ask(group, contact, "a0@example.org")  # what is open may be renewed
    assert ask(group, contact, "one-more@example.org", now=NOW + datetime.timedelta(days=13))  # the others ran out


def test_taking_invitations_back_makes_room_only_the_next_day(group: Group, contact: User) -> None:
    for number in range(roles.MOST_INVITATIONS):
        invitation = ask(group, contact, f"a{number}@example.org")
        revoke_invitation(invitation=invitation, actor=contact, now=NOW)
    with pytest.raises(RoleError, match="20 invitations"):
        ask(group, contact, "one-more@example.org")
    assert ask(group, contact, "one-more@example.org", now=NOW + datetime.timedelta(days=1))


# --- the link -------------------------------------------------------------------------------------------------


def test_the_link_leads_to_its_invitation_and_holds_no_address(group: Group, contact: User) -> None:
    invitation = ask(group, contact)
    token = invitation_token(invitation)
    assert invitation_of(token) == invitation
    assert signing.loads(token, salt="affiliates.roles") == invitation.pk


@pytest.mark.parametrize("spoil", [str.swapcase, lambda token: token[:-3], lambda token: f"{token}x"])
def test_a_spoiled_link_leads_nowhere(group: Group, contact: User, spoil: Callable[[str], str]) -> None:
    with pytest.raises(InvitationLinkError):
        invitation_of(spoil(invitation_token(ask(group, contact))))


def test_the_link_of_a_group_that_is_gone_leads_nowhere(group: Group, contact: User) -> None:
    token = invitation_token(ask(group, contact))
    group.delete()
    with pytest.raises(InvitationLinkError):
        invitation_of(token)


# --- accepting ------------------------------------------------------------------------------------------------


def test_accepting_gives_the_role(group: Group, contact: User) -> None:
    invitation, ada = ask(group, contact), make_user("ada@example.org")
    role = accept_invitation(invitation=invitation, user=ada, now=LATER)
    assert (role.user, role.role, role.since) == (ada, Role.ORGANIZER, LATER)
    assert (invitation.accepted_at, invitation.accepted_by) == (LATER, ada)
    assert AuditEntry.objects.filter(action="accepted role", actor=f"user:{ada.pk}").exists()


def test_accepting_twice_gives_the_role_once(group: Group, contact: User) -> None:
    invitation, ada = ask(group, contact), make_user("ada@example.org")
    first = accept_invitation(invitation=invitation, user=ada, now=NOW)
    assert accept_invitation(invitation=invitation, user=ada, now=LATER) == first
    assert AuditEntry.objects.filter(action="accepted role").count() == 1


def test_another_address_cannot_accept(group: Group, contact: User) -> None:
    invitation = ask(group, contact)
    with pytest.raises(OtherAddressError, match="another address"):
        accept_invitation(invitation=invitation, user=make_user("eve@example.org"), now=NOW)
    assert not group.roles.filter(role=Role.ORGANIZER).exists()


def test_a_second_address_counts_once_it_is_verified(group: Group, contact: User) -> None:
    invitation, user = ask(group, contact), make_user("work@example.org")
    address = EmailAddress.objects.create(user=user, email="ada@example.org")
    with pytest.raises(OtherAddressError):
        accept_invitation(invitation=invitation, user=user, now=NOW)
    address.verified = True
    address.save()
    assert accept_invitation(invitation=invitation, user=user, now=NOW).user == user


def test_an_invitation_runs_out(group: Group, contact: User) -> None:
    invitation, ada = ask(group, contact), make_user("ada@example.org")
    with pytest.raises(InvitationError, match="run out"):
        accept_invitation(invitation=invitation, user=ada, now=invitation.expires_at)
    last_moment = invitation.expires_at - datetime.timedelta(seconds=1)
    assert accept_invitation(invitation=invitation, user=ada, now=last_moment)


def test_a_revoked_invitation_cannot_be_accepted(group: Group, contact: User) -> None:
    invitation = ask(group, contact)
    revoke_invitation(invitation=invitation, actor=contact, now=NOW)
    with pytest.raises(InvitationError, match="taken back"):
        accept_invitation(invitation=invitation, user=make_user("ada@example.org"), now=NOW)


def test_an_invitation_of_a_group_that_ended_cannot_be_accepted(group: Group, contact: User) -> None:
    invitation = ask(group, contact)
    Group.objects.update(status=GroupStatus.ENDED)
    with pytest.raises(InvitationError, match="has ended"):
        accept_invitation(invitation=invitation, user=make_user("ada@example.org"), now=NOW)


def test_whoever_lost_the_role_since_cannot_take_it_back_with_the_old_link(group: Group, contact: User) -> None:
    invitation, ada = ask(group, contact), make_user("ada@example.org")
    end_role(group_role=accept_invitation(invitation=invitation, user=ada, now=NOW), actor=contact, now=NOW)
    with pytest.raises(InvitationError, match="used already"):
        accept_invitation(invitation=invitation, user=ada, now=LATER)


# --- taking back ----------------------------------------------------------------------------------------------


def test_contacts_take_invitations_back(group: Group, contact: User) -> None:
    invitation = ask(group, contact)
    revoke_invitation(invitation=invitation, actor=make_contact(group), now=LATER)
    revoke_invitation(invitation=invitation, actor=contact, now=LATER)  # pressed by two: no harm
    assert invitation.revoked_at == LATER
    assert AuditEntry.objects.filter(action="revoked invitation").count() == 1


def test_an_organizer_cannot_take_an_invitation_back(group: Group, contact: User) -> None:
    invitation = ask(group, contact)
    with pytest.raises(RoleError, match="Only a point of contact"):
        revoke_invitation(invitation=invitation, actor=make_contact(group, role=Role.ORGANIZER), now=NOW)


def test_what_was_accepted_cannot_be_taken_back(group: Group, contact: User) -> None:
    invitation = ask(group, contact)
    accept_invitation(invitation=invitation, user=make_user("ada@example.org"), now=NOW)
    with pytest.raises(RoleError, match="accepted in the meantime"):
        revoke_invitation(invitation=invitation, actor=contact, now=NOW)


def test_all_open_ones_are_taken_back_at_once(group: Group, contact: User) -> None:
    for name in ("ada", "bea"):
        ask(group, contact, f"{name}@example.org")
    ask(make_group(), make_contact(Group.objects.latest("pk")), "other@example.org")
    with transaction.atomic():
        assert revoke_open_invitations(group=group, actor=None, now=NOW) == 2
    assert group.invitations.filter(revoked_at=None).count() == 0
    assert RoleInvitation.objects.filter(revoked_at=None).count() == 1


# --- handing over ---------------------------------------------------------------------------------------------


def test_a_role_handed_over_changes_hands_in_one_step(group: Group, contact: User) -> None:
    invitation = ask(group, contact, role=Role.CONTACT, hands_over=True)
    assert role_of(contact)  # until it is accepted
    ada = make_user("ada@example.org")
    accept_invitation(invitation=invitation, user=ada, now=LATER)
    assert [role.user for role in group.roles.all()] == [ada]
    assert "no longer a point of contact" in mails_to("grace@example.org")[-1].text


def test_only_the_role_that_was_handed_over_ends(group: Group, contact: User) -> None:
    GroupRole.objects.create(group=group, user=contact, role=Role.ORGANIZER)
    invitation = ask(group, contact, hands_over=True)
    accept_invitation(invitation=invitation, user=make_user("ada@example.org"), now=NOW)
    assert [role.role for role in contact.group_roles.all()] == [Role.CONTACT]


def test_one_cannot_hand_over_what_one_has_not(group: Group, contact: User) -> None:
    with pytest.raises(RoleError, match="only hand over"):
        ask(group, contact, role=Role.HELPER, hands_over=True)


def test_whoever_handed_over_and_left_since_is_no_trouble(group: Group, contact: User) -> None:
    invitation = ask(group, contact, role=Role.CONTACT, hands_over=True)
    make_contact(group)
    end_role(group_role=role_of(contact), actor=contact, now=NOW)
    assert accept_invitation(invitation=invitation, user=make_user("ada@example.org"), now=NOW)


# --- ending ---------------------------------------------------------------------------------------------------


def test_a_contact_ends_a_role_and_the_person_is_told(group: Group, contact: User) -> None:
    helper = make_contact(group, "ada@example.org", role=Role.HELPER)
    suppress(address="ada@example.org", scope="", reason=Reason.UNSUBSCRIBED, now=NOW)
    end_role(group_role=role_of(helper, Role.HELPER), actor=contact, now=NOW)
    assert not helper.group_roles.exists()
    (mail,) = mails_to("ada@example.org")
    assert "A point of contact of Table of Plenty ended it" in mail.text
    assert mail.state == MailState.QUEUED  # owed, whatever they unsubscribed from
    assert AuditEntry.objects.get(action="ended role").details == {"role": "helper", "user": helper.pk}


@pytest.mark.parametrize("role", Role.values)
def test_everybody_may_leave(group: Group, contact: User, role: str) -> None:
    user = make_contact(group, "ada@example.org", role=role)
    end_role(group_role=role_of(user, role), actor=user, now=NOW)
    assert not user.group_roles.exists()
    assert "Thank you for what you did" in mails_to("ada@example.org")[0].text


def test_an_organizer_ends_nobody_elses_role(group: Group, contact: User) -> None:
    organizer = make_contact(group, role=Role.ORGANIZER)
    with pytest.raises(RoleError, match="Only a point of contact"):
        end_role(group_role=role_of(contact), actor=organizer, now=NOW)


@pytest.mark.parametrize("status", [GroupStatus.FORMING, GroupStatus.LISTED])
def test_the_last_contact_cannot_leave(group: Group, contact: User, status: str) -> None:
    Group.objects.update(status=status)
    make_contact(group, role=Role.ORGANIZER)
    with pytest.raises(RoleError, match="needs a point of contact"):
        end_role(group_role=role_of(contact), actor=contact, now=NOW)
    assert role_of(contact)


def test_the_last_contact_may_leave_a_group_that_ended(group: Group, contact: User) -> None:
    Group.objects.update(status=GroupStatus.ENDED)
    end_role(group_role=role_of(contact), actor=contact, now=NOW)
    assert not contact.group_roles.exists()


def test_ending_a_role_that_ended_changes_nothing(group: Group, contact: User) -> None:
    role = role_of(make_contact(group, role=Role.HELPER), Role.HELPER)
    end_role(group_role=role, actor=contact, now=NOW)
    end_role(group_role=role, actor=contact, now=NOW)
    assert AuditEntry.objects.filter(action="ended role").count() == 1


def test_who_is_removed_takes_along_the_invitations_they_sent(group: Group, contact: User) -> None:
    other = make_contact(group)
    theirs, ours = ask(group, other, "theirs@example.org"), ask(group, contact, "ours@example.org")
    end_role(group_role=role_of(other), actor=contact, now=NOW)
    for invitation in (theirs, ours):
        invitation.refresh_from_db()
    assert (theirs.revoked_at, ours.revoked_at) == (NOW, None)
    with pytest.raises(InvitationError, match="taken back"):
        accept_invitation(invitation=theirs, user=make_user("theirs@example.org"), now=NOW)


def test_who_leaves_leaves_behind_the_invitations_they_sent(group: Group, contact: User) -> None:
    other = make_contact(group)
    invitation = ask(group, other)
    end_role(group_role=role_of(other), actor=other, now=NOW)
    assert accept_invitation(invitation=invitation, user=make_user("ada@example.org"), now=NOW)
