"""What the host tells of an event afterwards: how many people were there, and how it went."""

import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record

from .models import Event, EventReport, EventState

ASKED_FOR = datetime.timedelta(days=14)
"""So long after an event does its host's dashboard ask for the report."""


class ReportError(Exception):
    """There is nothing to report of this event; the message, for the reader, says why."""


def can_be_reported(event: Event, *, now: datetime.datetime) -> bool:
    """Has the event taken place, or begun to?"""
    return event.state == EventState.APPROVED and event.starts_at <= now


def write_report(
    *, event: Event, head_count: int | None, text: str, actor: User | None, now: datetime.datetime
) -> EventReport:
    """Write the report of `event`, or write it anew. `head_count` is everybody who was there, None for not counted.

    Raises ReportError before the event has begun, and for one that did not take place.
    """
    if not can_be_reported(event, now=now):
        raise ReportError(_("A report can be written once the event has begun."))
    with transaction.atomic():
        report, is_new = EventReport.objects.update_or_create(
            event=event, defaults={"head_count": head_count, "text": text.strip(), "by": actor, "at": now}
        )
        action = "reported event" if is_new else "changed report of event"
        record(actor=actor, action=action, subject=event.scope, head_count=head_count)
    return report
