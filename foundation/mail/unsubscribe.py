"""Unsubscribing by the link that every mail carries which was not asked for at that moment (RFC 8058).

A link names the mail's row and the scope, signed; it shows no address. It has no end: who finds a mail after years
may still be spared the next. Opening it changes nothing, because mail scanners open links.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from .models import OutgoingMail, SuppressionReason
from .suppression import EVERYTHING, is_suppressed, resubscribe, suppress

_SALT = "foundation.mail.unsubscribe"
_SLOT = "slot-of-the-token"

type DescribeScope = Callable[[str], str]
_describers: dict[str, DescribeScope] = {}


class UnknownLinkError(Exception):
    """The link is not one of ours, is damaged, or its mail is no longer on record."""


@dataclass(frozen=True)
class Choice:
    """One thing that somebody may end: its scope, its name for people, and whether it is ended already."""

    scope: str
    label: str
    is_ended: bool


def register_scope(prefix: str, describe: DescribeScope) -> None:
    """Say how scopes that begin with `prefix` (up to the colon) are named for people: "Mails from Akron".

    `describe` gets the whole scope ("group:17") and answers in the active language. Called in an app's `ready()`.
    """
    _describers[prefix] = describe


def describe_scope(scope: str) -> str:
    """The name of a scope for people, in the active language."""
    if scope == EVERYTHING:
        return _("All mails from %(network)s") % {"network": settings.NETWORK_NAME}
    describe = _describers.get(scope.partition(":")[0])
    return describe(scope) if describe else _("Mails of this kind")


def unsubscribe_url(mail: OutgoingMail) -> str:
    """The absolute address of the unsubscribe page of this mail; a POST to it ends the mail's own scope."""
    token = signing.dumps([mail.pk, mail.scope], salt=_SALT)
    return settings.SITE_URL + _page_address().replace(_SLOT, token)


@cache
def _page_address() -> str:
    """With _SLOT in it: thousands of mails need one each, and only this differs."""
    return reverse("mail_unsubscribe", args=[_SLOT])


def mail_of_token(token: str) -> OutgoingMail:
    """The mail that a link came from. Raises UnknownLinkError."""
    try:
        pk, scope = signing.loads(token, salt=_SALT)
        return OutgoingMail.objects.get(pk=pk, scope=scope)
    except (signing.BadSignature, ValueError, TypeError, OutgoingMail.DoesNotExist) as error:
        raise UnknownLinkError from error


def choices_for(mail: OutgoingMail) -> list[Choice]:
    """What the receiver of this mail may end, from the narrowest to everything."""
    scopes = [mail.scope, *mail.wider_scopes, EVERYTHING]
    return [Choice(scope, describe_scope(scope), is_suppressed(mail.to_email, scope)) for scope in scopes]


@transaction.atomic
def unsubscribe(*, mail: OutgoingMail, scope: str, now: datetime | None = None) -> None:
    """The receiver of `mail` wants no more mail of `scope` ("" for everything). Safe to repeat."""
    now = now or timezone.now()
    suppress(address=mail.to_email, scope=scope, reason=SuppressionReason.UNSUBSCRIBED, now=now)
    OutgoingMail.objects.filter(pk=mail.pk, unsubscribed_at__isnull=True).update(unsubscribed_at=now)


@transaction.atomic
def take_back(*, mail: OutgoingMail, scope: str, now: datetime | None = None) -> None:
    """The receiver of `mail` unsubscribed from `scope` by mistake: the last word always wins."""
    resubscribe(address=mail.to_email, scope=scope, now=now)
    OutgoingMail.objects.filter(pk=mail.pk).update(unsubscribed_at=None)
