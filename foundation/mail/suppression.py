"""Who wants no mail, or cannot get any."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from .addresses import normalise_address
from .models import Suppression, SuppressionReason
from .signals import resubscribed, unsubscribed

EVERYTHING = ""

# An unsubscribe can be taken back by the person; what outweighs it cannot.
_WEIGHT = {
    SuppressionReason.UNSUBSCRIBED: 0,
    SuppressionReason.STAFF: 1,
    SuppressionReason.BOUNCED: 2,
    SuppressionReason.COMPLAINED: 3,
}


def is_suppressed(address: str, *scopes: str) -> bool:
    """Does this address get no mail of any of these scopes (or of none at all)?"""
    return Suppression.objects.filter(address=normalise_address(address), scope__in=[EVERYTHING, *scopes]).exists()


@transaction.atomic
def suppress(*, address: str, scope: str, reason: SuppressionReason, now: datetime | None = None) -> bool:
    """No more mail of `scope` ("" for everything) to `address`. True if that is new; safe to repeat.

    There is one row for an address and scope, whatever comes and in which order: it keeps the weightiest reason and
    the earliest time of that. Where it is new, `signals.unsubscribed` tells the apps above in the same transaction.
    """
    now = now or timezone.now()
    address = normalise_address(address)
    row, is_new = _locked_row(address, scope, reason, now)
    if is_new:
        unsubscribed.send(sender=Suppression, address=address, scope=scope, reason=reason, at=now)
    elif (_WEIGHT[reason], -now.timestamp()) > (_WEIGHT[SuppressionReason(row.reason)], -row.at.timestamp()):
        row.reason, row.at = reason, now
        row.save(update_fields=["reason", "at"])
    return is_new


def _locked_row(address: str, scope: str, reason: SuppressionReason, now: datetime) -> tuple[Suppression, bool]:
    """The row of this address and scope, locked, and whether it is new. One may be taken back while we look."""
    while True:
        _row, is_new = Suppression.objects.get_or_create(
            address=address, scope=scope, defaults={"reason": reason, "at": now}
        )
        row = Suppression.objects.select_for_update().filter(address=address, scope=scope).first()
        if row is not None:
            return row, is_new


@transaction.atomic
def resubscribe(*, address: str, scope: str, now: datetime | None = None) -> bool:
    """Take back the person's own unsubscribe of `scope`. True if there was one; bounces and complaints stay."""
    now = now or timezone.now()
    is_lifted = lift(address=address, scope=scope)
    if is_lifted:
        resubscribed.send(sender=Suppression, address=normalise_address(address), scope=scope, at=now)
    return is_lifted


def lift(*, address: str, scope: str) -> bool:
    """As `resubscribe`, and nobody is told: for whoever writes down themselves what the person wants instead."""
    own = Suppression.objects.filter(
        address=normalise_address(address), scope=scope, reason=SuppressionReason.UNSUBSCRIBED
    )
    return bool(own.delete()[0])
