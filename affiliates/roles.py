"""Who works for a group: invited by mail, accepted with a press, revoked, handed over, ended.

The row of the group is locked in each of these, so that what is decided about its people is decided one after the
other: two contacts who remove each other at the same moment leave one.
"""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager

from allauth.account.models import EmailAddress
from django.core import signing
from django.db import transaction
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record
from foundation.mail.addresses import InvalidAddressError, normalise_address

from .emails import roles as emails
from .models import Group, GroupRole, GroupStatus, Role, RoleInvitation
from .permissions import can_give_roles

TIME_TO_ACCEPT = datetime.timedelta(days=14)
# Open at the same time, or sent within a day: whoever founds a group to write to strangers does not get far.
MOST_INVITATIONS = 20
_SALT = "affiliates.roles"


class RoleError(Exception):
    """This cannot be done with this role; the message, for the reader, says why."""


class InvitationLinkError(Exception):
    """The link of a mail is forged, cut off, or of an invitation that is no longer there."""


class InvitationError(RoleError):
    """The invitation cannot be accepted; the message, for the reader, says why."""


class OtherAddressError(InvitationError):
    """Whoever is signed in is not, by their addresses, the one who was invited."""


# --- the link -------------------------------------------------------------------------------------------------


def invitation_token(invitation: RoleInvitation) -> str:
    """The signed reference to `invitation` that goes into its mail; it holds no address."""
    return signing.dumps(invitation.pk, salt=_SALT)


def invitation_of(token: str) -> RoleInvitation:
    """The invitation that a link of a mail refers to, whatever became of it. Raises InvitationLinkError."""
    try:
        return RoleInvitation.objects.select_related("group", "invited_by").get(pk=signing.loads(token, salt=_SALT))
    except (signing.BadSignature, RoleInvitation.DoesNotExist) as error:
        raise InvitationLinkError from error


# --- inviting -------------------------------------------------------------------------------------------------


def invite(
    *,
    group: Group,
    email: str,
    role: str,
    actor: User,
    now: datetime.datetime,
    name: str = "",
    hands_over: bool = False,
) -> RoleInvitation:
    """Invite whoever reads `email` to a role in `group`, by a mail in the active language, for 14 days.

    Inviting again renews what is open: the days begin anew and another mail goes out. With `hands_over` accepting
    ends the same role of `actor`. What this returns and says is the same for every address, known to us or not.

    Raises RoleError where `actor` is not a contact of the group, hands over what they do not have, where the address
    is none or has the role, and where too many invitations are open.
    """
    try:
        email = normalise_address(email)
    except InvalidAddressError as invalid:
        raise RoleError(_("Enter a whole e-mail address, such as name@example.org.")) from invalid
    with _people_of(group) as locked:
        _must_give_roles(actor, locked)
        held = locked.roles.filter(role=role)
        if hands_over and not held.filter(user=actor).exists():
            raise RoleError(_("You can only hand over a role that you have."))
        if held.filter(user__email=email).exists():
            raise RoleError(_("Whoever has this address has this role already."))
        if not locked.invitations.filter(email=email, role=role).open(now).exists():
            _must_have_room(locked, now)
        invitation, _is_new = locked.invitations.update_or_create(
            email=email, role=role, accepted_at=None, revoked_at=None,
            defaults={
                "name": name.strip(), "hands_over": hands_over, "language": get_language() or "en",
                "invited_by": actor, "at": now, "expires_at": now + TIME_TO_ACCEPT,
            },
        )  # fmt: skip
        record(actor=actor, action="invited to role", subject=locked.scope, role=role, invitation=invitation.pk)
        emails.queue_invitation(invitation, token=invitation_token(invitation))
    return invitation


def accept_invitation(*, invitation: RoleInvitation, user: User, now: datetime.datetime) -> GroupRole:
    """Take on the role. Whoever accepted it already gets the role they have: pressing twice is no mistake.

    Raises OtherAddressError where `user` was not the one invited, and InvitationError where it was accepted by
    somebody else, revoked, has run out, or the group has ended.
    """
    with _people_of(invitation.group) as group:
        locked = group.invitations.select_for_update(of=("self",)).get(pk=invitation.pk)
        if not is_invited(user, locked):
            raise OtherAddressError(_("This invitation was sent to another address than yours."))
        if has_accepted(user, locked):
            return group.roles.get(user=user, role=locked.role)
        if refusal := why_not_open(locked, group, now):
            raise InvitationError(refusal)
        locked.accepted_at, locked.accepted_by = now, user
        locked.save(update_fields=["accepted_at", "accepted_by"])
        role, _is_new = group.roles.get_or_create(user=user, role=locked.role, defaults={"since": now})
        record(actor=user, action="accepted role", subject=group.scope, role=locked.role, invitation=locked.pk)
        if locked.hands_over and locked.invited_by_id != user.pk:
            _end_handed_over(locked, group)
    invitation.refresh_from_db()
    return role


def revoke_invitation(*, invitation: RoleInvitation, actor: User, now: datetime.datetime) -> None:
    """Take an invitation back; its link says so from now on. Raises RoleError where it was accepted."""
    with _people_of(invitation.group) as group:
        _must_give_roles(actor, group)
        locked = group.invitations.select_for_update(of=("self",)).get(pk=invitation.pk)
        if locked.accepted_at:
            raise RoleError(_("This invitation was accepted in the meantime."))
        if not locked.revoked_at:
            _revoke(locked, actor, now)
    invitation.refresh_from_db()


def revoke_open_invitations(*, group: Group, actor: User | None, now: datetime.datetime) -> int:
    """Take back all that nobody has accepted, in the caller's transaction: the group has ended. Returns how many."""
    waiting = group.invitations.filter(accepted_at=None, revoked_at=None).select_for_update(of=("self",)).order_by("pk")
    return sum(_revoke(invitation, actor, now) for invitation in waiting)


def is_invited(user: User, invitation: RoleInvitation) -> bool:
    """Does `user` read the mails of the address that was invited? They have shown it by a code."""
    if user.email == invitation.email:
        return True
    verified = EmailAddress.objects.filter(user=user, verified=True, email__iexact=invitation.email)
    return bool(verified.exists())


def has_accepted(user: User, invitation: RoleInvitation) -> bool:
    """Did `user` take on the role with this invitation, and have it still?"""
    held = GroupRole.objects.filter(group=invitation.group_id, user=user, role=invitation.role)
    return invitation.accepted_by_id == user.pk and held.exists()


def why_not_open(invitation: RoleInvitation, group: Group, now: datetime.datetime) -> str:
    """Why an invitation can no longer be accepted, for the reader; empty where it can."""
    if invitation.revoked_at:
        return _("This invitation was taken back. If you think that is a mistake, ask whoever invited you.")
    if invitation.accepted_at:
        return _("This invitation was used already. Each works once.")
    if group.status == GroupStatus.ENDED:
        return _("This group has ended.")
    if now >= invitation.expires_at:
        return _("This invitation has run out. Ask whoever invited you to send it again.")
    return ""


# --- ending ---------------------------------------------------------------------------------------------------


def end_role(*, group_role: GroupRole, actor: User, now: datetime.datetime) -> None:
    """End somebody's role: a contact may end each of the group, everybody their own. They are told by mail.

    What somebody else is removed from takes the invitations along that they sent and nobody has accepted. Raises
    RoleError where `actor` may not, and where it is the last contact of a group that has not ended.
    """
    with _people_of(group_role.group) as group:
        locked = group.roles.select_for_update(of=("self",)).select_related("user").filter(pk=group_role.pk).first()
        if locked is None:
            return
        is_own = locked.user_id == actor.pk
        if not is_own:
            _must_give_roles(actor, group)
        if is_last_contact(locked, group):
            raise RoleError(
                _("A group needs a point of contact. Invite another one, or hand your role over, before this one goes.")
            )
        _end(locked, group, actor, is_own=is_own)
        if not is_own and locked.role == Role.CONTACT:
            for invitation in group.invitations.filter(invited_by=locked.user, accepted_at=None, revoked_at=None):
                _revoke(invitation, actor, now)


def is_last_contact(group_role: GroupRole, group: Group) -> bool:
    """Would the group, which has not ended, be without a point of contact if this role ended?"""
    if group_role.role != Role.CONTACT or group.status == GroupStatus.ENDED:
        return False
    return not group.roles.filter(role=Role.CONTACT).exclude(pk=group_role.pk).exists()


# --- the parts ------------------------------------------------------------------------------------------------


@contextmanager
def _people_of(group: Group) -> Iterator[Group]:
    """The group as it is now, what concerns its people locked for the length of a transaction."""
    with transaction.atomic():
        # No key is changed, so rows that only refer to the group are not kept waiting.
        yield Group.objects.select_for_update(of=("self",), no_key=True).get(pk=group.pk)


def _must_give_roles(actor: User, group: Group) -> None:
    if not can_give_roles(actor, group):
        raise RoleError(_("Only a point of contact of the group can do this."))


def _must_have_room(group: Group, now: datetime.datetime) -> None:
    is_open = Q(accepted_at=None, revoked_at=None, expires_at__gt=now)
    recent = Q(at__gt=now - datetime.timedelta(days=1))
    if group.invitations.filter(is_open | recent).count() >= MOST_INVITATIONS:
        raise RoleError(
            _("%(number)s invitations are open or were sent today. Take one back, or invite more tomorrow.")
            % {"number": MOST_INVITATIONS}
        )


def _end_handed_over(invitation: RoleInvitation, group: Group) -> None:
    """End the role of whoever sent the invitation, who may have lost it in the meantime."""
    former = group.roles.filter(user=invitation.invited_by, role=invitation.role).select_related("user").first()
    if former:
        _end(former, group, former.user, is_own=True)


def _end(role: GroupRole, group: Group, actor: User, *, is_own: bool) -> None:
    record(actor=actor, action="ended role", subject=group.scope, role=role.role, user=role.user_id)
    emails.queue_role_ended(role, is_own=is_own)
    role.delete()


def _revoke(invitation: RoleInvitation, actor: User | None, now: datetime.datetime) -> bool:
    invitation.revoked_at = now
    invitation.save(update_fields=["revoked_at"])
    record(actor=actor, action="revoked invitation", subject=invitation.group.scope, invitation=invitation.pk)
    return True
