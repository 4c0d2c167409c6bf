"""Who may do staff work."""

from django.contrib.auth.models import AnonymousUser

from .models import StaffTask, User


def can_do_staff_task(user: User | AnonymousUser, task: StaffTask) -> bool:
    """May this user do this task of national staff? Superusers may do all; others need the right.

    That staff have passed a second factor is seen to by StaffSecondFactorMiddleware.
    """
    if not isinstance(user, User) or not user.is_active or not user.is_staff:
        return False
    return user.is_superuser or user.rights.filter(task=task).exists()


def can_grant_rights(user: User | AnonymousUser) -> bool:
    """May this user make others staff and say what they may do?"""
    return isinstance(user, User) and user.is_active and user.is_superuser
