"""Who is national staff and what each may do: granting rights and ending them."""

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from foundation.audit.models import record

from .models import StaffRight, StaffTask, User
from .permissions import can_grant_rights


class StaffChangeError(Exception):
    """The change is refused; the message says why, in words for the person who asked."""


def grant_rights(*, actor: User, user: User, tasks: Collection[StaffTask]) -> None:
    """Make `user` staff with exactly the rights to these `tasks`; those they had beyond them end.

    Writes an audit row for each thing that changed. Raises StaffChangeError when `actor` may not grant
    rights or `user` cannot sign in.
    """
    with transaction.atomic():
        _lock_those_who_grant(actor)
        user = User.objects.select_for_update().get(pk=user.pk)
        if not user.is_active:
            raise StaffChangeError(_("This account is closed."))
        if not user.is_staff:
            user.is_staff = True
            user.save(update_fields=["is_staff"])
            record(actor=actor, action="made staff", subject=f"user:{user.pk}")
        held = {StaffTask(task) for task in user.rights.values_list("task", flat=True)}
        for task in sorted(set(tasks) - held):
            StaffRight.objects.create(user=user, task=task, granted_by=actor)
            record(actor=actor, action="granted staff right", subject=f"user:{user.pk}", task=task.value)
        for task in sorted(held - set(tasks)):
            user.rights.filter(task=task).delete()
            record(actor=actor, action="ended staff right", subject=f"user:{user.pk}", task=task.value)


def end_staff(*, actor: User, user: User) -> None:
    """Make `user` an ordinary user: no rights, not staff, not superuser. Their account stays.

    Raises StaffChangeError when `actor` may not, or is `user`: as nobody can end themselves, and of two who
    end each other only one succeeds, there is always a superuser left.
    """
    with transaction.atomic():
        _lock_those_who_grant(actor)
        if actor.pk == user.pk:
            raise StaffChangeError(_("You cannot end your own rights. Ask another superuser."))
        user = User.objects.select_for_update().get(pk=user.pk)
        if not user.is_staff:
            raise StaffChangeError(_("This person is not staff any more."))
        user.rights.all().delete()
        was_superuser, user.is_staff, user.is_superuser = user.is_superuser, False, False
        user.save(update_fields=["is_staff", "is_superuser"])
        record(actor=actor, action="ended staff", subject=f"user:{user.pk}", was_superuser=was_superuser)


def _lock_those_who_grant(actor: User) -> None:
    """Lock all superusers, always in one order, and see that `actor` still is one."""
    superusers = User.objects.select_for_update().filter(is_superuser=True).order_by("pk")
    if not any(user.pk == actor.pk and can_grant_rights(user) for user in superusers):
        raise StaffChangeError(_("Only a superuser can change who is staff."))
