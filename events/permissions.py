"""Who may do what with events."""

from django.contrib.auth.models import AnonymousUser

from affiliates.models import KEEPS_GROUP, Group, Role
from affiliates.permissions import can_organize
from foundation.accounts.models import StaffTask, User
from foundation.accounts.permissions import can_do_staff_task

from .models import Event


def can_make_event(user: User | AnonymousUser, group: Group | None) -> bool:
    """Contacts and organizers hold events for their group, while the agreement is in force; staff for the network."""
    return can_review_events(user) if group is None else group.is_listed and can_organize(user, group)


def can_keep_event(user: User | AnonymousUser, event: Event, *, has_passed_second_factor: bool = False) -> bool:
    """Change and cancel it, see who answered, write to them: those of every group that holds it, and staff.

    Staff in a session that has passed the second factor: these pages are outside of the staff's door.
    """
    return (has_passed_second_factor and can_review_events(user)) or _has_role(user, event, KEEPS_GROUP)


def can_keep_hosts(user: User | AnonymousUser, event: Event) -> bool:
    """Ask other groups to hold it too, and end that: those of the group whose event it is, and staff."""
    return can_review_events(user) or (event.group is not None and can_make_event(user, event.group))


def can_check_in(user: User | AnonymousUser, event: Event) -> bool:
    """At the door: whoever keeps the event, and the check-in helpers of its groups, who see the list there only."""
    return can_review_events(user) or _has_role(user, event, tuple(Role))


def can_answer_invitation(user: User | AnonymousUser, group: Group) -> bool:
    """Say whether the group holds another group's event together with it."""
    return group.is_listed and can_organize(user, group)


def can_ask_for_promotion(user: User | AnonymousUser, group: Group) -> bool:
    """Contacts and organizers ask for their group, change what it asked for and cancel it, while it is in force."""
    return group.is_listed and can_organize(user, group)


def can_review_events(user: User | AnonymousUser) -> bool:
    """Staff trusted with promotions approve events, hold national ones, and keep campaigns."""
    return can_do_staff_task(user, StaffTask.PROMOTIONS)


def _has_role(user: User | AnonymousUser, event: Event, roles: tuple[Role, ...]) -> bool:
    """One of these roles in a group that holds the event and is in force."""
    if not isinstance(user, User) or not user.is_active:
        return False
    held = user.group_roles.filter(role__in=roles, group__status="listed")
    cohosts = event.cohosts.filter(accepted_at__isnull=False).values("group")
    return held.filter(group=event.group_id).exists() or held.filter(group__in=cohosts).exists()
