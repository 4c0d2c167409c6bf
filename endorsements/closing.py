"""The close: at its time, found by a sweep that needs Postgres alone; counted under the lock in which all have cast."""

import datetime
import logging

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.audit.models import record

from . import signals
from .ballots import choices_with_votes
from .ledger import hold, write_entry
from .models import EntryKind, Poll, PollState
from .refusals import PollError, is_not_open
from .tally import Tally, count

logger = logging.getLogger("network.endorsements")


def close_due_polls() -> int:
    """Close every open poll whose time has passed by the database's clock; returns how many.

    Any number of processes may do this at once: a poll is closed once. The trouble of one is logged and does not stop
    the others; it is tried again with the next sweep.
    """
    closed = 0
    for poll in Poll.objects.due().without_snapshot().order_by("closes_at", "pk"):
        try:
            closed += close_poll(poll).state == PollState.CLOSED
        except PollError:  # it was extended or voided a moment ago
            continue
        except Exception as error:
            if transaction.get_connection().in_atomic_block:
                raise
            logger.error("poll %d was not closed: %s", poll.pk, type(error).__name__)
    return closed


def close_poll(poll: Poll) -> Poll:
    """Write the last entry, count, and publish what the rule says. Closed already, nothing changes.

    Every ballot that was acknowledged is counted: whoever casts holds the same lock. Raises PollError before the
    closing time, and for a draft or a void poll.
    """
    with transaction.atomic():
        held = hold(poll)
        if held.state == PollState.CLOSED:
            return _read(poll)
        if held.state != PollState.OPEN:
            raise PollError(is_not_open())
        if not held.is_over:
            raise PollError(_("The closing time has not come."))
        entry = write_entry(held, EntryKind.CLOSED, by=None)
        closed = _read(poll)
        _publish(closed, tally_of(closed), entry.at)
        signals.poll_closed.send(sender=Poll, poll=closed)
    return closed


def _publish(closed: Poll, tally: Tally, at: datetime.datetime) -> None:
    closed.state, closed.closed_at, closed.tally = PollState.CLOSED, at, tally.as_json()
    if tally.recommended is not None:
        closed.recommended = closed.choices.get(position=tally.recommended).candidate
        closed.recommended_votes = tally.votes[tally.recommended]
    closed.save(update_fields=["state", "closed_at", "tally", "recommended", "recommended_votes"])
    record(actor=None, action="closed poll", subject=closed.subject, outcome=tally.outcome.value, root=closed.head)


def _read(poll: Poll) -> Poll:
    return Poll.objects.without_snapshot().select_related("race").get(pk=poll.pk)


def tally_of(poll: Poll) -> Tally:
    """What the ballots of `poll` come to. One query; for pages only after the close."""
    found = choices_with_votes(poll)
    return count(
        (choice for choice, _votes in found), {choice.position: votes for choice, votes in found}, poll.eligible
    )
