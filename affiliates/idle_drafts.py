"""Applications that nobody goes on with: their people are reminded once, later they are deleted."""

import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from foundation.audit.models import record

from .application_tasks import people_of
from .emails import applications as emails
from .forming import give_up_group
from .models import Application, ApplicationEvent, Side

REMINDED_AFTER = datetime.timedelta(days=30)
DELETED_AFTER = datetime.timedelta(days=180)
_BATCH = 200


def remind_of_idle_drafts(*, now: datetime.datetime) -> int:
    """Write once to the people of each draft that was not touched for 30 days. Returns how many drafts. Safe to run
    twice, and beside itself."""
    reminded = ApplicationEvent.objects.filter(application=OuterRef("pk"), kind="reminded")
    with transaction.atomic():
        idle = Application.objects.idle_since(now - REMINDED_AFTER).filter(~Exists(reminded)).defer("position")
        found = list(idle.select_for_update(skip_locked=True, of=("self",)).order_by("pk")[:_BATCH])
        for application in found:
            ApplicationEvent.objects.create(application=application, at=now, side=Side.STAFF, kind="reminded")
            for user in people_of(application):
                emails.queue_idle(application, user, deleted_on=(application.changed_at + DELETED_AFTER).date())
    return len(found)


def delete_idle_drafts(*, now: datetime.datetime) -> int:
    """Delete the drafts that were not touched for 180 days, with their forming groups where nothing was made out for
    them (affiliates.forming). Returns how many. Safe to run twice, and beside itself."""
    with transaction.atomic():
        idle = Application.objects.idle_since(now - DELETED_AFTER).defer("position")
        found = list(idle.select_for_update(skip_locked=True, of=("self",)).order_by("pk")[:_BATCH])
        for application in found:
            give_up_group(application, actor=None, now=now)
            record(actor=None, action="deleted idle application", subject=f"application:{application.pk}")
            application.delete()
    return len(found)
