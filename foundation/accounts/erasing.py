"""Deleting a login with all that hangs on it."""

from collections.abc import Collection

from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import Q

from .models import StaffRight, User


def addresses_of(user: User) -> set[str]:
    """Every address that the user signs in with or wanted to, in lower case."""
    others = EmailAddress.objects.filter(user=user).values_list("email", flat=True)
    return {user.email, *(address.lower() for address in others)}


def delete_login(user: User) -> None:
    """Delete the user with their addresses, passkeys, authenticator apps, rights and sessions on every device.

    Runs in the caller's transaction. The sessions are opened one by one: they are signed texts in which nothing can
    be searched. That takes about a second for 20,000.
    """
    for session in Session.objects.iterator(chunk_size=1000):
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()
    # What somebody granted while they were staff stays granted.
    StaffRight.objects.filter(granted_by=user).update(granted_by=None)
    user.delete()


def forget_repairs(*, keys: Collection[tuple[str, str, int]], texts: Collection[str]) -> None:
    """Empty what Django's admin noted about these rows, (app, model, id) each, and whatever it noted with `texts`."""
    about = Q()
    for text in texts:
        about |= Q(object_repr__icontains=text) | Q(change_message__icontains=text)
    for app, model, pk in keys:
        kind = ContentType.objects.get_by_natural_key(app, model)
        about |= Q(content_type=kind, object_id=str(pk))
    if about:
        LogEntry.objects.filter(about).update(object_repr="", change_message="")
