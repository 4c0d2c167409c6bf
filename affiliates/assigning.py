"""Who of the staff takes care of an application: at filing the organizer of its region, afterwards whoever is named."""

import datetime

from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record

from .emails.reviewing import queue_application_filed
from .models import Application, ApplicationEvent, Region, Side
from .permissions import can_review_applications
from .turns import ReviewError, held_application


def assign_at_filing(*, application: Application, now: datetime.datetime) -> User | None:
    """Give an application that is being filed to its region's organizer, in the caller's transaction, and mail them.

    One that comes back after changes stays with whoever had it. Without a region, or where its organizer may not
    review, it is nobody's, and stands in the queue as such. The caller holds the lock on the application's row and
    saves it.
    """
    if application.assigned_to is None or not can_review_applications(application.assigned_to):
        application.assigned_to = _organizer_for(application)
    if application.assigned_to:
        queue_application_filed(application, application.assigned_to, at=now)
    return application.assigned_to


def _organizer_for(application: Application) -> User | None:
    if application.group is None:
        return None
    region = Region.objects.of_group(application.group).select_related("organizer").order_by("pk").first()
    if region is None or region.organizer is None or not can_review_applications(region.organizer):
        return None
    return region.organizer


def assign_application(
    *, application: Application, revision: int, to: User | None, actor: User, now: datetime.datetime
) -> None:
    """Give it to somebody of the staff, or (`to` is None) to nobody. It keeps its place in the queue.

    Raises StaleError, and ReviewError where `to` may not review applications or it is decided.
    """
    if to is not None and not can_review_applications(to):
        raise ReviewError(_("%(who)s may not review applications.") % {"who": to})
    with held_application(application, revision, now=now) as held:
        held.assigned_to = to
        ApplicationEvent.objects.create(
            application=held, at=now, side=Side.STAFF, actor=actor, kind="assigned", text=str(to) if to else "",
            is_internal=True,
        )  # fmt: skip
        record(actor=actor, action="assigned application", subject=f"application:{held.pk}", to=to.pk if to else None)
