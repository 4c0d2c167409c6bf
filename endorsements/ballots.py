"""Casting and changing a group's ballot, and closing the choice of a candidate who withdraws."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.utils.translation import gettext as _

from affiliates.models import Group, GroupStatus
from foundation.accounts.models import User
from foundation.audit.models import record

from . import signals
from .interests import PAID
from .ledger import HeldPoll, hold, hold_open, write_entry
from .models import Candidate, EligibleGroup, EntryKind, Poll, PollChoice, PollState
from .refusals import PollError, has_ended, has_withdrawn, is_interested, is_not_eligible

_LONGEST_KEY = 18
"""Digits: what a bigint surely holds."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the voter keeps: the entry's number and hash, when it was cast, and until when it can be changed (UTC)."""

    sequence: int
    hash: str
    at: datetime.datetime
    closes_at: datetime.datetime


def cast(*, poll: Poll, group: Group, choice: PollChoice, actor: User) -> Receipt:
    """Cast `group`'s ballot, or change it: the last one before the close counts. The database's clock decides.

    Once this has returned and its transaction is committed, the ballot counts. That `actor` is a point of contact of
    the group is for group_polls.group_poll to say. Raises PollError, in words for the voter, where they are paid by a
    campaign of the race, the poll is not open, the group is not eligible or its agreement has ended, and where the
    candidate has withdrawn.
    """
    if choice.poll_id != poll.pk:
        raise PollError(_("Choose one of the choices of this poll."))
    with transaction.atomic():
        held = hold_open(poll)
        seat, is_change = _seat(held, group, actor)
        if choice.closed_at is not None:
            raise PollError(has_withdrawn())
        entry = write_entry(held, EntryKind.CAST, by=actor, seat=seat, choice=choice)
        # Not what was chosen: that is nobody's before the close.
        action = "changed ballot" if is_change else "cast ballot"
        record(actor=actor, action=action, subject=poll.subject, group=group.pk, sequence=entry.sequence)
        signals.ballot_cast.send(
            sender=Poll, poll=poll, group=group, is_change=is_change, sequence=entry.sequence, actor=actor
        )
    return Receipt(entry.sequence, entry.hash, entry.at, held.closes_at)


_SEAT = f"""
SELECT seat.id, seat.poll_id, seat.number, affiliate.status, ballot.entry_id AS earlier, EXISTS ({PAID}) AS is_paid
FROM endorsements_eligiblegroup seat
JOIN affiliates_group affiliate ON affiliate.id = seat.group_id
LEFT JOIN endorsements_ballot ballot ON ballot.eligible_id = seat.id
WHERE seat.poll_id = %(poll)s AND seat.group_id = %(group)s
"""  # noqa: S608  # no part of it is anybody's input


def _seat(held: HeldPoll, group: Group, actor: User) -> tuple[EligibleGroup, bool]:
    """The group's place among the eligible, and whether it has cast before.

    Raises PollError where it has no vote, or `actor` is not the one to cast it.
    """
    asked = {"poll": held.id, "group": group.pk, "race": held.race_id, "user": actor.pk}
    seats: Any = EligibleGroup.objects.raw(_SEAT, asked)
    seat = next(iter(seats), None)
    if seat is None:
        raise PollError(is_not_eligible())
    if seat.is_paid:
        raise PollError(is_interested())
    if seat.status != GroupStatus.LISTED:
        raise PollError(has_ended())
    return seat, seat.earlier is not None


_PRESSED = """
SELECT poll.id, poll.slug, poll.race_id, affiliate.id, affiliate.slug, choice.id, choice.poll_id, choice.position,
    choice.closed_at
FROM endorsements_poll poll
JOIN endorsements_pollchoice choice ON choice.poll_id = poll.id AND choice.id = %(choice)s
JOIN affiliates_group affiliate ON affiliate.slug = %(group)s
JOIN affiliates_grouprole post ON post.group_id = affiliate.id AND post.user_id = %(user)s AND post.role = 'contact'
WHERE poll.slug = %(poll)s AND poll.state = 'open'
"""


def what_is_cast(*, poll: str, group: str, choice: str, actor: User) -> tuple[Poll, Group, PollChoice] | None:
    """What a point of contact who presses "cast" means, by the slugs and the choice's key of the form, for `cast`.

    One statement, with no more of each than it takes: in a poll's last hour all groups come at once. None for whoever
    is no contact, and for what there is not: `group_polls` says why.
    """
    if not actor.is_active or not choice.isascii() or not choice.isdigit() or len(choice) > _LONGEST_KEY:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_PRESSED, {"poll": poll, "group": group, "choice": int(choice), "user": actor.pk})
        row = cursor.fetchone()
    if row is None:
        return None
    asked = Poll.from_db(DEFAULT_DB_ALIAS, ("id", "slug", "race_id"), row[:3])
    theirs = Group.from_db(DEFAULT_DB_ALIAS, ("id", "slug"), row[3:5])
    chosen = PollChoice.from_db(DEFAULT_DB_ALIAS, ("id", "poll_id", "position", "closed_at"), row[5:])
    return asked, theirs, chosen


def close_choice(*, candidate: Candidate, actor: User | None) -> list[Poll]:
    """Close the choice of a candidate who has withdrawn in the poll that is open, if any; the polls that had it.

    Votes do not move, and the candidate can't win any more. Called in the transaction that withdraws the candidate,
    which holds the candidate's row: a poll that opens at this moment waits for it, or is seen here. A poll whose
    closing time has passed is left as it was at that time.
    """
    found = PollChoice.objects.filter(candidate=candidate, closed_at__isnull=True, poll__state=PollState.OPEN)
    closed = []
    for choice in found.select_related("poll__race").defer("poll__snapshot").order_by("poll"):
        with transaction.atomic():
            held = hold(choice.poll)
            if held.state != PollState.OPEN or held.is_over:
                continue
            entry = write_entry(held, EntryKind.WITHDRAWN, by=actor, choice=choice)
            choice.closed_at = entry.at
            record(actor=actor, action="closed choice", subject=choice.poll.subject, choice=choice.position)
            signals.choice_closed.send(sender=Poll, poll=choice.poll, choice=choice, actor=actor)
        closed.append(choice.poll)
    return closed


_VOTES = """
SELECT choice.*, coalesce(counted.votes, 0) AS votes
FROM endorsements_pollchoice choice LEFT JOIN (
    SELECT choice_id, count(*) AS votes FROM endorsements_ballot WHERE poll_id = %(poll)s AND struck_at IS NULL
    GROUP BY choice_id
) counted ON counted.choice_id = choice.id
WHERE choice.poll_id = %(poll)s ORDER BY choice.position
"""


def choices_with_votes(poll: Poll) -> list[tuple[PollChoice, int]]:
    """Each choice of the poll, by position, with how many current ballots chose it.

    One query; nobody's business before the close.
    """
    choices: Any = PollChoice.objects.raw(_VOTES, {"poll": poll.pk})
    return [(choice, choice.votes) for choice in choices]
