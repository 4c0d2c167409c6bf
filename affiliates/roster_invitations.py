"""Inviting somebody onto a group's roster by hand: an organizer types an address, its owner decides.

It is a sign-up like others (affiliates.sign_up), except that what it means is asked of the owner when they confirm.
Until then nothing is shared and nobody is on the roster; an organizer never learns whether an address is known.
"""

import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record
from members.models import ConsentPurpose
from members.wordings import present_wording

from .emails import messages as emails
from .models import AskedConsent, Group, SignUp
from .sign_up import ClosedError, token_of

MOST_A_DAY = 50
PURPOSES = (ConsentPurpose.SHARING, ConsentPurpose.GROUP_MAIL)


class InvitationError(Exception):
    """The group cannot invite anybody more today; the message says so."""


def invite_to_roster(
    *,
    group: Group,
    email: str,
    language: str,
    actor: User,
    now: datetime.datetime,
    given_name: str = "",
    family_name: str = "",
) -> SignUp:
    """Mail the owner of `email` (normalised) an invitation, in this language. One that waits already is not repeated.

    Raises ClosedError where the agreement is not in force, and InvitationError after 50 invitations within a day.
    """
    with transaction.atomic():
        held = Group.objects.select_for_update(no_key=True).defer("position").get(pk=group.pk)
        if not held.is_listed:
            raise ClosedError
        invitations = held.sign_ups.filter(is_invitation=True)
        if waiting := invitations.waiting(now).filter(email=email).first():
            return waiting
        if invitations.filter(created_at__gt=now - datetime.timedelta(days=1)).count() >= MOST_A_DAY:
            raise InvitationError(_("A group can invite 50 people a day. Go on tomorrow."))
        made = SignUp.objects.create(
            group=held,
            email=email,
            given_name=given_name,
            family_name=family_name,
            language=language,
            created_at=now,
            is_invitation=True,
        )
        AskedConsent.objects.bulk_create(
            AskedConsent(
                sign_up=made,
                purpose=purpose,
                group=held,
                wording=present_wording(purpose, language),
                is_ticked=False,
            )
            for purpose in PURPOSES
        )
        record(actor=actor, action="invited to roster", subject=f"group:{held.pk}", sign_up=made.pk)
        emails.queue_roster_invitation(made, held, token=token_of(made))
    return made
