"""Taking one's turn at an application: of two who act on the same reading of it, the first one acts.

A page carries the revision that was read. An act locks the row, compares, and leaves it one revision higher.
"""

import datetime
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils.translation import gettext as _

from .models import Application
from .models.applications import UNDECIDED


class ReviewError(Exception):
    """This cannot be done with the application or the agreement as it is; the message, for staff, says why."""


class StaleError(ReviewError):
    """Somebody else has changed the application since it was read."""


@contextmanager
def held_application(
    application: Application,
    revision: int | None,
    *,
    now: datetime.datetime,
    states: Collection[str] = UNDECIDED,
) -> Iterator[Application]:
    """The application as it is now, its row locked for the length of a transaction; saved at the end, a revision on.

    `revision` is the one that was read, or None where the act does not depend on what was read. Raises StaleError
    where it is not the present one, ReviewError where the application is in none of `states`.
    """
    with transaction.atomic():
        rows = Application.objects.select_for_update(of=("self",)).defer("position")
        held = rows.select_related("group", "assigned_to").get(pk=application.pk)
        if revision is not None and held.revision != revision:
            raise StaleError(_("Somebody has changed this application since you opened it. Nothing of yours is lost."))
        if held.state not in states:
            raise ReviewError(
                _("This cannot be done with it any more. The application stands at: %(state)s.")
                % {"state": held.get_state_display()}
            )
        yield held
        held.revision += 1
        held.changed_at = now
        held.save()
    application.refresh_from_db()
