"""Reminding a group's contacts to sign, a week and three weeks after their copy was made."""

import datetime

from django.db import transaction

from ..emails.agreements import queue_sign_reminder
from ..models import Agreement, AgreementState

REMIND_AFTER = (datetime.timedelta(days=7), datetime.timedelta(days=21))


def remind_to_sign(*, now: datetime.datetime) -> int:
    """The sweep: queue the reminders that are due, each once. Returns of how many agreements.

    After a pause of the sweeps one mail goes out, not all that were missed.
    """
    reminded = 0
    for number, after in enumerate(REMIND_AFTER, start=1):
        with transaction.atomic():
            waiting = Agreement.objects.filter(
                state=AgreementState.SHOWN, created_at__lte=now - after, expires_at__gt=now, reminders__lt=number
            )
            if number < len(REMIND_AFTER):
                waiting = waiting.filter(created_at__gt=now - REMIND_AFTER[number])
            due = waiting.without_bodies().select_related("group").select_for_update(skip_locked=True, of=("self",))
            for agreement in due.order_by("pk")[:500]:
                Agreement.objects.filter(pk=agreement.pk).update(reminders=number)
                queue_sign_reminder(agreement, number=number)
                reminded += 1
    return reminded
