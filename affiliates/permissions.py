"""Who may do what with groups."""

from django.contrib.auth.models import AnonymousUser

from foundation.accounts.models import StaffTask, User
from foundation.accounts.permissions import can_do_staff_task
from members.permissions import can_see_people

from .models import Group, GroupStatus


def can_view_group(user: User | AnonymousUser, group: Group, *, has_passed_second_factor: bool) -> bool:
    """The public sees listed groups; a group's own people and staff for agreements see theirs in any state.

    Staff see it in a session that has passed the second factor: the page is outside of the staff's door.
    """
    if group.is_listed:
        return True
    return isinstance(user, User) and (
        group.roles.filter(user=user).exists()
        or (has_passed_second_factor and can_do_staff_task(user, StaffTask.AGREEMENTS))
    )


def can_import_groups(user: User | AnonymousUser) -> bool:
    """Staff trusted with agreements bring groups in by file."""
    return can_do_staff_task(user, StaffTask.AGREEMENTS)


def can_list_groups(user: User | AnonymousUser) -> bool:
    """Staff trusted with agreements put groups on the finder and take them off it."""
    return can_do_staff_task(user, StaffTask.AGREEMENTS)


def can_organize(user: User | AnonymousUser, group: Group) -> bool:
    """A group's contacts and organizers work for it until it ends: what they could see closes with it."""
    return (
        isinstance(user, User)
        and user.is_active
        and group.status != GroupStatus.ENDED
        and group.roles.filter(user=user).exists()
    )


def can_build_form(user: User | AnonymousUser, group: Group | None) -> bool:
    """Forms of a group, and who signed up on them, are its organizers'; those of the network, staff's for people."""
    return can_see_people(user) if group is None else can_organize(user, group)
