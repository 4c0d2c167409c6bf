"""Striking a ballot that should not count: one of the staff asks with the reason, another agrees.

Meant is the ballot that the group has at that moment: one that it changes meanwhile is another. The group may cast
again until the close.
"""

import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from affiliates.models import Group
from foundation.accounts.models import User
from foundation.audit.models import record

from . import signals
from .ledger import hold_open, write_entry
from .models import Ballot, BallotStrike, EntryKind, Poll
from .refusals import PollError


def ask_to_strike(*, poll: Poll, group: Group, because: str, actor: User, now: datetime.datetime) -> BallotStrike:
    """Ask that the current ballot of `group` be struck. The reason is published with the poll if somebody agrees.

    Raises PollError without a reason, where the poll is not open, there is no ballot, and where it is asked for.
    """
    because = because.strip()
    if not because:
        raise PollError(_("Say why the ballot should be struck: it is published with the poll."))
    with transaction.atomic():
        hold_open(poll)
        ballot = Ballot.objects.standing().filter(poll=poll, group=group).first()
        if ballot is None:
            raise PollError(_("This group has no ballot that counts."))
        if BallotStrike.objects.filter(entry=ballot.entry_id, refused_at__isnull=True).exists():
            raise PollError(_("Somebody has asked for this already. Another person has to agree."))
        strike = BallotStrike.objects.create(
            poll=poll, eligible_id=ballot.eligible_id, entry_id=ballot.entry_id, because=because[:1_000],
            asked_by=f"user:{actor.pk}", asked_at=now,
        )  # fmt: skip
        record(actor=actor, action="asked to strike ballot", subject=poll.subject, group=group.pk)
    return strike


def agree_to_strike(*, strike: BallotStrike, actor: User, now: datetime.datetime) -> BallotStrike:
    """Agree, as the second of two: the ballot counts no more.

    Raises PollError where `actor` asked for it, it is answered, the poll is not open, and where the group has changed
    its ballot since.
    """
    with transaction.atomic():
        held = hold_open(strike.poll)
        asked = _unanswered(strike)
        if asked.asked_by == f"user:{actor.pk}":
            raise PollError(_("You asked for this yourself. Another person has to agree."))
        asked.agreed_by, asked.agreed_at = f"user:{actor.pk}", now
        asked.save(update_fields=["agreed_by", "agreed_at"])
        entry = write_entry(held, EntryKind.STRUCK, by=actor, seat=asked.eligible, words=asked.because)
        group = asked.eligible.group
        record(actor=actor, action="struck ballot", subject=asked.poll.subject, group=group.pk,
               sequence=entry.sequence, asked_by=asked.asked_by)  # fmt: skip
        signals.ballot_struck.send(
            sender=Poll, poll=asked.poll, group=group, because=asked.because, sequence=entry.sequence, actor=actor
        )
    return asked


def refuse_strike(*, strike: BallotStrike, actor: User, now: datetime.datetime) -> BallotStrike:
    """The ballot stands: somebody else does not agree, or who asked has thought better of it.

    Raises PollError where it is answered.
    """
    with transaction.atomic():
        asked = _unanswered(strike)
        asked.refused_at = now
        asked.save(update_fields=["refused_at"])
        record(actor=actor, action="refused to strike ballot", subject=asked.poll.subject,
               group=asked.eligible.group_id, asked_by=asked.asked_by)  # fmt: skip
    return asked


def _unanswered(strike: BallotStrike) -> BallotStrike:
    """The request as it is now, locked. Raises PollError where somebody has answered it."""
    rows = BallotStrike.objects.select_for_update(of=("self",)).select_related("poll__race", "eligible__group")
    asked = rows.defer("poll__snapshot", "eligible__group__position").get(pk=strike.pk)
    if asked.agreed_at or asked.refused_at:
        raise PollError(_("Somebody has answered this already."))
    return asked
