"""Where bounces go: an address of its own for each mail, so that a bounce tells which mail and whom it is about.

With settings.MAIL_RETURN_PATH `bounces@example.org` mail 17 has the return path `bounces+17-3f2a9c…@example.org`. It is
for sending by SMTP; providers with an API have return paths of their own, and tell of bounces by their webhooks. What
arrives there the mail server hands to `manage.py take_bounce` (docs/operations.md).
"""

import re
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from anymail.signals import EventType
from django.conf import settings
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from .models import OutgoingMail, SuppressionReason
from .replies import is_about_dead_address
from .suppression import EVERYTHING, suppress
from .tracking import stamp

_TAG = re.compile(r"(?P<pk>[0-9]{1,18})-(?P<mac>[0-9a-f]{16})")


def return_path_of(mail: OutgoingMail) -> str:
    """The envelope's sender of this mail; "" where none is set, so that it is the sender that readers see."""
    local, at, domain = str(settings.MAIL_RETURN_PATH).rpartition("@")
    return f"{local}+{mail.pk}-{_mac(mail.pk)}@{domain}" if at else ""


def mail_of_return_path(address: str) -> OutgoingMail | None:
    """The mail that this return path belongs to; None for any other address: nobody bounces another's mail."""
    match = _TAG.fullmatch(address.rpartition("@")[0].rpartition("+")[2].lower())
    if match is None or not constant_time_compare(match["mac"], _mac(int(match["pk"]))):
        return None
    return OutgoingMail.objects.filter(pk=int(match["pk"])).first()


@transaction.atomic
def take_bounce(*, address: str, report: bytes, now: datetime) -> bool:
    """Take what came back to a return path. True if it says that the mail failed; safe to repeat.

    Out-of-office replies and reports of delays change nothing. An address that does not exist gets no more mail.
    """
    mail, status = mail_of_return_path(address), _failure(report)
    if mail is None or not status:
        return False
    mail = OutgoingMail.objects.select_for_update().get(pk=mail.pk)
    stamp(mail, EventType.BOUNCED, now)
    if is_about_dead_address(status):
        suppress(address=mail.to_email, scope=EVERYTHING, reason=SuppressionReason.BOUNCED, now=now)
    return True


def _failure(report: bytes) -> str:
    """The status (RFC 3463, "5.1.1") with which a delivery report (RFC 3464) says that it failed; "" for all else."""
    for part in message_from_bytes(report, policy=policy.default).walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for block in part.iter_parts() if isinstance(part, EmailMessage) else ():
            if str(block.get("Action", "")).strip().lower() == "failed":
                return str(block.get("Status", "")).strip() or "5.0.0"
    return ""


def _mac(pk: int) -> str:
    return salted_hmac("foundation.mail.return-path", str(pk), algorithm="sha256").hexdigest()[:16]
