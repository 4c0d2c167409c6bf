"""People who come without having answered: noted in three fields, without learning anything about them."""

import datetime
from dataclasses import dataclass

from django.db import transaction

from affiliates.models import Group
from affiliates.roster_invitations import InvitationError, invite_to_roster
from foundation.accounts.models import User
from members.people import Contact

from .door import check_in, refuse_closed, take_in_at_door
from .models import Attendance, CheckedInBy, Event


@dataclass(frozen=True)
class WalkIn:
    """What was said at the door. `email` is normalised, `phone` in E.164 form; one of the two is given.

    `wants_invitation`: they would like to join the group. What that means they are asked by mail, and say themselves.
    """

    given_name: str
    family_name: str
    email: str = ""
    phone: str = ""
    wants_invitation: bool = False


def inviting_group(event: Event) -> Group | None:
    """The group that those who come can be invited to; None for an event of the network."""
    return event.group if event.group and event.group.is_listed else None


def note_walk_in(
    *, event: Event, walk_in: WalkIn, how: CheckedInBy, at: datetime.datetime, actor: User, now: datetime.datetime
) -> tuple[Attendance, str]:
    """Note that somebody came who is not on the list. An address that the network knows is that person's attendance.

    Returns it, and in words why no invitation could be sent where they wanted one. Raises DoorError as
    `door.note_presence` does, and UnknownAddressError.
    """
    with transaction.atomic():
        refuse_closed(event, now, how=how)
        contact = Contact(
            email=walk_in.email,
            phone=walk_in.phone,
            given_name=walk_in.given_name,
            family_name=walk_in.family_name,
            language=event.language,
        )
        person = take_in_at_door(contact, now)
        name = f"{walk_in.given_name} {walk_in.family_name}".strip()
        attendance = check_in(event=event, how=how, at=at, actor=actor, now=now, person=person, name=name)
        return attendance, _invite(event, walk_in, actor, now)


def _invite(event: Event, walk_in: WalkIn, actor: User, now: datetime.datetime) -> str:
    """Send the invitation they wanted; why not in words, where the group has invited too many today."""
    group = inviting_group(event)
    if group is None or not walk_in.wants_invitation or not walk_in.email:
        return ""
    try:
        invite_to_roster(
            group=group,
            email=walk_in.email,
            language=event.language,
            actor=actor,
            now=now,
            given_name=walk_in.given_name,
            family_name=walk_in.family_name,
        )
    except InvitationError as refused:
        return str(refused)
    return ""
