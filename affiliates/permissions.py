"""Who may do what with groups."""

from django.contrib.auth.models import AnonymousUser

from foundation.accounts.models import StaffTask, User
from foundation.accounts.permissions import can_do_staff_task

from .models import Group


def can_view_group(user: User | AnonymousUser, group: Group) -> bool:
    """The public sees listed groups; a group's own people and staff for agreements see theirs in any state."""
    if group.is_listed:
        return True
    return isinstance(user, User) and (
        group.roles.filter(user=user).exists() or can_do_staff_task(user, StaffTask.AGREEMENTS)
    )


def can_import_groups(user: User | AnonymousUser) -> bool:
    """Staff trusted with agreements bring groups in by file."""
    return can_do_staff_task(user, StaffTask.AGREEMENTS)


def can_list_groups(user: User | AnonymousUser) -> bool:
    """Staff trusted with agreements put groups on the finder and take them off it."""
    return can_do_staff_task(user, StaffTask.AGREEMENTS)
