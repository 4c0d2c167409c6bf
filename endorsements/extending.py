"""Giving the groups more time: before the closing time passes, never less, logged in the chain and announced."""

import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record

from . import signals
from .ledger import hold_open, in_utc, write_entry
from .models import EntryKind, Poll
from .refusals import PollError


def extend_poll(*, poll: Poll, closes_at: datetime.datetime, because: str, actor: User | None) -> Poll:
    """Move the closing time to `closes_at`. The reason is published with the poll.

    Raises PollError without a reason, for an earlier time, and where the poll is not open or its time has passed.
    """
    because = because.strip()
    if not because:
        raise PollError(_("Say why: the groups are told."))
    with transaction.atomic():
        held = hold_open(poll)
        if closes_at <= held.closes_at:
            raise PollError(_("The closing time can only be made later."))
        write_entry(held, EntryKind.EXTENDED, by=actor, closes_at=closes_at, words=because[:1_000])
        record(actor=actor, action="extended poll", subject=poll.subject, was=in_utc(held.closes_at),
               closes_at=in_utc(closes_at))  # fmt: skip
        extended = Poll.objects.without_snapshot().select_related("race").get(pk=poll.pk)
        signals.poll_extended.send(sender=Poll, poll=extended, because=because, actor=actor)
    return extended
