"""How a group comes onto the finder and the map, and goes off them."""

import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record

from .jobs import tell_watchers_of
from .models import Group, GroupStatus


class ListingError(Exception):
    """The group cannot be listed, or not taken off the list; the message says why."""


def list_group(*, group: Group, actor: User | None, now: datetime.datetime) -> None:
    """Put `group` on the finder and the map, and have those told who asked to hear of one near them
    or joined the network while there was none.

    Raises ListingError where nobody knows where it is. Listing a listed group changes nothing.
    """
    with transaction.atomic():
        locked = Group.objects.select_for_update().get(pk=group.pk)
        if locked.is_listed:
            return
        if locked.latitude is None:
            raise ListingError(_("%(group)s has no known place, so nobody could find it.") % {"group": locked})
        locked.status = GroupStatus.LISTED
        locked.listed_at = now
        locked.save(update_fields=["status", "listed_at"])
        record(actor=actor, action="listed group", subject=f"group:{locked.pk}")
        tell_watchers_of.delay(locked.pk)
    group.refresh_from_db()


def unlist_group(*, group: Group, actor: User | None) -> None:
    """Take `group` off the finder and the map at once; its page answers 410. History stays.

    Raises ListingError where its agreement is in force: that is ended first, with all that ends with it
    (affiliates.agreements.steps.end_agreement).
    """
    with transaction.atomic():
        locked = Group.objects.select_for_update().get(pk=group.pk)
        if locked.status == GroupStatus.ENDED:
            return
        if locked.agreements.in_force().exists():
            raise ListingError(_("Its agreement is in force. End the agreement instead."))
        locked.status = GroupStatus.ENDED
        locked.save(update_fields=["status"])
        record(actor=actor, action="unlisted group", subject=f"group:{locked.pk}")
    group.refresh_from_db()
