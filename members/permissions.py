"""Who may see and change what is known of people."""

from django.contrib.auth.models import AnonymousUser

from foundation.accounts.models import StaffTask, User
from foundation.accounts.permissions import can_do_staff_task

from .models import PersonNote


def can_see_people(user: User | AnonymousUser) -> bool:
    """May this user search, read, note, tag, import, export and merge people? Staff with the right to people."""
    return can_do_staff_task(user, StaffTask.PEOPLE)


def can_delete_note(user: User | AnonymousUser, note: PersonNote) -> bool:
    """May this user delete a note about a person? Whoever wrote it, while they may see people at all."""
    return can_see_people(user) and note.author_id == user.pk
