"""What the mail provider's webhooks tell about sent mails (through django-anymail, in one form for all providers).

Events come late, repeated and in any order: each only adds a time or a suppression, so the end is always the same.
"""

import logging
import re
from datetime import datetime
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason, tracking
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from .addresses import InvalidAddressError, normalise_address
from .models import MailState, OutgoingMail, SuppressionReason
from .suppression import EVERYTHING, suppress

logger = logging.getLogger("network.mail")

_STAMPS = {
    EventType.DELIVERED: "delivered_at",
    EventType.BOUNCED: "bounced_at",
    EventType.COMPLAINED: "complained_at",
    EventType.UNSUBSCRIBED: "unsubscribed_at",
}
# The provider has the mail if it can say any of these about it.
_SHOWS_IT_WAS_SENT = {*_STAMPS, EventType.SENT, EventType.DEFERRED, EventType.OPENED, EventType.CLICKED}

# A mailbox that is full or a server that is slow may work tomorrow: RFC 3463 class 4, and 5.2.2.
_TEMPORARY = re.compile(r"\b4\d\d[ -]|\b4\.\d+\.\d+\b|\b5\.2\.2\b")
# Soft bounces that anymail reports like hard ones: Postmark's type, SparkPost's classes.
_SOFT_TYPES = {"SoftBounce"}
_SOFT_CLASSES = {"20", "21", "22", "23", "24", "40", "70"}


def connect() -> None:
    """Called once, when the app is ready."""
    tracking.connect(receive_event, dispatch_uid="foundation.mail.tracking")


def receive_event(sender: object, event: AnymailTrackingEvent, esp_name: str, **rest: Any) -> None:
    """Take one event. The webhook's view has already checked the secret."""
    try:
        address = normalise_address(event.recipient or "")
    except InvalidAddressError:
        logger.info("a %s event of %s without an address", event.event_type, esp_name)
        return
    at = event.timestamp or timezone.now()
    with transaction.atomic():
        mail = _mail_of(event, address)
        if mail:
            stamp(mail, event.event_type, at)
        if event.event_type == EventType.UNSUBSCRIBED:
            scope = mail.scope if mail else EVERYTHING
            suppress(address=address, scope=scope, reason=SuppressionReason.UNSUBSCRIBED, now=at)
        elif event.event_type == EventType.COMPLAINED:
            suppress(address=address, scope=EVERYTHING, reason=SuppressionReason.COMPLAINED, now=at)
        elif is_hard_bounce(event):
            suppress(address=address, scope=EVERYTHING, reason=SuppressionReason.BOUNCED, now=at)


def is_hard_bounce(event: AnymailTrackingEvent) -> bool:
    """Does this event say that the address will never work?"""
    if event.event_type not in {EventType.BOUNCED, EventType.REJECTED}:
        return False
    if event.reject_reason == RejectReason.INVALID:
        return True
    return event.reject_reason == RejectReason.BOUNCED and not _is_soft(event)


def _is_soft(event: AnymailTrackingEvent) -> bool:
    raw = event.esp_event if isinstance(event.esp_event, dict) else {}
    message = raw.get("msys", {}).get("message_event", {})
    return (
        raw.get("Type") in _SOFT_TYPES
        or message.get("bounce_class") in _SOFT_CLASSES
        or bool(_TEMPORARY.search(event.mta_response or ""))
    )


def _mail_of(event: AnymailTrackingEvent, address: str) -> OutgoingMail | None:
    """The row that an event speaks of: by the reference we sent along, else by a message id; always of this address."""
    reference = str((event.metadata or {}).get("mail", ""))
    match = Q(pk=int(reference)) if reference.isascii() and reference.isdigit() else Q(pk__isnull=True)
    if event.message_id:
        match |= Q(provider_id=event.message_id) | Q(message_id=event.message_id)
    return OutgoingMail.objects.select_for_update().filter(match, to_email=address).order_by("pk").first()


def stamp(mail: OutgoingMail, event_type: str, at: datetime) -> None:
    """Note on a locked row when this happened, the earliest time that was told. What it shows settles its fate."""
    if name := _STAMPS.get(event_type):
        known = getattr(mail, name)
        setattr(mail, name, min(known, at) if known else at)
    if mail.state == MailState.UNKNOWN and event_type in _SHOWS_IT_WAS_SENT:
        mail.state, mail.sent_at, mail.error = MailState.SENT, mail.went_out_at, ""
        if not mail.keeps_body:
            mail.empty_body()
    mail.save()
