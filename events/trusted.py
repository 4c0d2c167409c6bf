"""Groups whose events national need not approve one by one. Staff trust a group, and take it back."""

import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from affiliates.models import Group
from foundation.accounts.models import User
from foundation.audit.models import record

from .models import TrustedHost


class TrustError(Exception):
    """The group cannot be trusted with its events; the message, for staff, says why."""


def is_trusted(group: Group) -> bool:
    """Are the group's events public as soon as it submits them?"""
    return TrustedHost.objects.filter(group=group).exists()


def trust_host(*, group: Group, actor: User, now: datetime.datetime) -> TrustedHost:
    """From now on the group's events need no approval; those that wait already still do.

    Trusting it twice changes nothing. Raises TrustError where its agreement is not in force.
    """
    with transaction.atomic():
        held = Group.objects.select_for_update(no_key=True).defer("position").get(pk=group.pk)
        if not held.is_listed:
            raise TrustError(_("The agreement of this group is not in force."))
        trusted, is_new = TrustedHost.objects.get_or_create(group=held, defaults={"since": now, "by": actor})
        if is_new:
            record(actor=actor, action="trusted host", subject=held.scope)
    return trusted


def stop_trusting(*, group: Group, actor: User | None) -> bool:
    """The group's next events wait for staff again; those that are approved stay so. True if it was trusted."""
    with transaction.atomic():
        gone, _rows = TrustedHost.objects.filter(group=group).delete()
        if gone:
            record(actor=actor, action="stopped trusting host", subject=group.scope)
    return bool(gone)
