"""Who may do staff work."""

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AnonymousUser

from .models import SECOND_FACTORS, StaffTask, User


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


def can_remove_second_factor(factor: Authenticator) -> bool:
    """May its owner remove this authenticator app or passkey? Staff keep at least one."""
    others = Authenticator.objects.filter(user_id=factor.user_id, type__in=SECOND_FACTORS).exclude(pk=factor.pk)
    return not factor.user.is_staff or others.exists()
