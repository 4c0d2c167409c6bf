"""A poll that shall not count: one of the staff asks with the reason, another agrees.

Not once an endorsement rests on it.
"""

import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record

from . import signals
from .models import EndorsementState, Poll, PollState
from .refusals import PollError, is_endorsed, refusal


def ask_to_void(*, poll: Poll, because: str, actor: User, now: datetime.datetime) -> Poll:
    """Ask that an open or closed poll be void. The reason is published if somebody agrees.

    Raises PollError without a reason, where it is a draft, void or asked for already, and where an endorsement rests
    on the poll.
    """
    because = because.strip()
    if not because:
        raise PollError(_("Say why the poll should be void: the groups read it."))
    with transaction.atomic():
        held = _hold(poll)
        if held.void_asked_by:
            raise PollError(_("Somebody has asked for this already. Another person has to agree."))
        held.void_asked_by, held.void_asked_at, held.void_because = f"user:{actor.pk}", now, because[:1_000]
        held.save(update_fields=["void_asked_by", "void_asked_at", "void_because"])
        record(actor=actor, action="asked to void poll", subject=held.subject)
    return held


def take_back_void(*, poll: Poll, actor: User, now: datetime.datetime) -> Poll:
    """The poll goes on: who asked has thought better of it, or somebody else does not agree.

    Raises PollError where nobody has asked.
    """
    with transaction.atomic():
        held = _hold_asked(poll)
        record(actor=actor, action="refused to void poll", subject=held.subject, asked_by=held.void_asked_by)
        held.void_asked_by, held.void_asked_at, held.void_because = "", None, ""
        held.save(update_fields=["void_asked_by", "void_asked_at", "void_because"])
    return held


def void_poll(*, poll: Poll, actor: User, now: datetime.datetime) -> Poll:
    """Agree, as the second of two. Nothing in the poll counts any more; the race can have another.

    Raises PollError where nobody has asked, `actor` did, or an endorsement rests on the poll.
    """
    with transaction.atomic():
        held = _hold_asked(poll)
        if held.void_asked_by == f"user:{actor.pk}":
            raise PollError(_("You asked for this yourself. Another person has to agree."))
        held.state, held.voided_by, held.voided_at = PollState.VOID, f"user:{actor.pk}", now
        try:
            held.save(update_fields=["state", "voided_by", "voided_at"])
        except IntegrityError as error:  # it was endorsed a moment ago
            raise refusal(error) or error from error
        record(actor=actor, action="voided poll", subject=held.subject, asked_by=held.void_asked_by)
        signals.poll_voided.send(sender=Poll, poll=held, actor=actor)
    return held


def _hold(poll: Poll) -> Poll:
    """The poll as it is now, locked until the transaction ends. Raises PollError where it cannot be void."""
    rows = Poll.objects.select_for_update(no_key=True, of=("self",)).without_snapshot().select_related("race")
    held = rows.get(pk=poll.pk)
    if held.state == PollState.DRAFT:
        raise PollError(_("This poll was never opened. Drop the draft instead."))
    if held.state == PollState.VOID:
        raise PollError(_("This poll is void already."))
    rests = (EndorsementState.APPROVED, EndorsementState.WITHDRAWN)
    if held.state == PollState.CLOSED and held.race.endorsements.filter(poll=held, state__in=rests).exists():
        raise PollError(is_endorsed())
    return held


def _hold_asked(poll: Poll) -> Poll:
    held = _hold(poll)
    if not held.void_asked_by:
        raise PollError(_("Nobody has asked to void this poll."))
    return held
