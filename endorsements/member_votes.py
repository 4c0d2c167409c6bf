"""A group asks its members before it casts its ballot: one member one vote, as advice to the point of contact.

Asked are those of the group's roster who are members of the network when the vote opens. Whoever agreed to mails of
the group gets a link; the others find it on /me/. Who voted what is told to nobody: the group's people see numbers
only, and only after the close.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet
from django.dispatch import receiver
from django.utils.translation import gettext as _

from affiliates.models import Group, GroupStatus, RosterEntry
from affiliates.signals import agreement_ended
from foundation.accounts.models import User
from foundation.audit.models import record
from members.consent import mailable
from members.membership import lock_people
from members.models import ConsentPurpose, Person

from .emails import member_votes as emails
from .models import MemberVote, MemberVoter, Poll, PollChoice, PollState
from .poll_jobs import ring_after_commit

BATCH = 100
LEAST_TIME = datetime.timedelta(hours=1)
"""A vote is open at least so long: members read their mail when they read it."""
BEFORE_CLOSE = datetime.timedelta(hours=1)
"""It closes at least so long before the poll, so that the contact can still cast."""


class MemberVoteError(Exception):
    """This cannot be done with a vote of members; the message, for the reader, says why."""


class VoteClosedError(MemberVoteError):
    """The vote takes no answers any more."""


# --- opening and ending ---------------------------------------------------------------------------------------


def members_asked_of(group: Group) -> int:
    """How many members a vote of the group would ask now."""
    return RosterEntry.objects.filter(group=group, person__membership__isnull=False).count()


def open_member_vote(
    *,
    poll: Poll,
    group: Group,
    threshold_percent: int,
    closes_at: datetime.datetime,
    words: str,
    actor: User,
    now: datetime.datetime,
) -> MemberVote:
    """Ask the members of `group` what its ballot in `poll` should be. Mails go out after the commit.

    `threshold_percent` is the share of those who vote that a choice needs for the advice to be clear. Raises
    MemberVoteError where the group has no vote in the poll, asks already, has no members, or the time does not fit.
    """
    with transaction.atomic():
        held = Group.objects.select_for_update(no_key=True).defer("position").get(pk=group.pk)
        poll = Poll.objects.get(pk=poll.pk)
        _refuse_vote(poll, held, closes_at, now)
        vote = MemberVote.objects.create(
            poll=poll, group=held, threshold_percent=threshold_percent, words=words.strip(), opened_at=now,
            closes_at=closes_at, by=actor,
        )  # fmt: skip
        asked = _ask_members(vote)
        if not asked:
            raise MemberVoteError(_("Nobody of your roster is a member yet, so there is nobody to ask."))
        record(actor=actor, action="opened member vote", subject=poll.subject, group=held.pk, asked=asked)
        ring_after_commit()
    return vote


def _refuse_vote(poll: Poll, group: Group, closes_at: datetime.datetime, now: datetime.datetime) -> None:
    if poll.state != PollState.OPEN or now >= poll.closes_at:
        raise MemberVoteError(_("The poll is not open any more."))
    if not group.is_listed or not poll.eligible_groups.filter(group=group).exists():
        raise MemberVoteError(_("Your group has no vote in this poll."))
    if poll.member_votes.filter(group=group, cancelled_at__isnull=True).exists():
        raise MemberVoteError(_("Your group has asked its members already."))
    if closes_at < now + LEAST_TIME:
        raise MemberVoteError(_("Give your members at least an hour."))
    if closes_at > poll.closes_at - BEFORE_CLOSE:
        raise MemberVoteError(_("It must close at least an hour before the poll, so that you can still cast."))


def _ask_members(vote: MemberVote) -> int:
    """A row for each member on the roster, in one statement; returns how many."""
    members = RosterEntry.objects.filter(group=vote.group_id, person__membership__isnull=False)
    people, parameters = members.values_list("person").order_by().query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO endorsements_membervoter (vote_id, person_id) SELECT %s, found.id FROM ({people}) found (id)",  # noqa: S608  # the ORM's own statement
            [vote.pk, *parameters],
        )
        return int(cursor.rowcount)


def cancel_member_vote(*, vote: MemberVote, actor: User | None, now: datetime.datetime) -> None:
    """End it without a result. Raises MemberVoteError where it is over or cancelled."""
    with transaction.atomic():
        held = MemberVote.objects.select_for_update().get(pk=vote.pk)
        if held.cancelled_at or held.closes_at <= now:
            raise MemberVoteError(_("This vote is over."))
        _cancel(held, actor, now)
    vote.refresh_from_db()


def _cancel(held: MemberVote, actor: User | None, now: datetime.datetime) -> None:
    held.cancelled_at = now
    held.save(update_fields=["cancelled_at"])
    record(actor=actor, action="cancelled member vote", subject=f"poll:{held.poll_id}", group=held.group_id)


@receiver(agreement_ended, dispatch_uid="endorsements.member_votes.cancel_votes_of")
def cancel_votes_of(*, group: Group, at: datetime.datetime, **rest: Any) -> None:
    """A group whose agreement has ended casts no ballot: it asks nobody any more."""
    running = MemberVote.objects.filter(group=group, cancelled_at__isnull=True, closes_at__gt=at)
    for vote in running.select_for_update().order_by("pk"):
        _cancel(vote, None, at)


def vote_of(poll: Poll, group: Group) -> MemberVote | None:
    """The vote of the group's members about this poll that was not cancelled."""
    return MemberVote.objects.filter(poll=poll, group=group, cancelled_at__isnull=True).first()


# --- voting ---------------------------------------------------------------------------------------------------


def is_running(vote: MemberVote, now: datetime.datetime) -> bool:
    """Does it take answers? Uses `vote.poll` and `vote.group`."""
    return (
        vote.cancelled_at is None
        and now < vote.closes_at
        and vote.poll.state == PollState.OPEN
        and vote.group.status == GroupStatus.LISTED
    )


def open_votes_of(person: Person, now: datetime.datetime) -> QuerySet[MemberVoter]:
    """Where `person` is asked at this moment, the next to close first."""
    asked = MemberVoter.objects.filter(
        person=person,
        vote__cancelled_at__isnull=True,
        vote__closes_at__gt=now,
        vote__poll__state=PollState.OPEN,
        vote__group__status=GroupStatus.LISTED,
    )
    rows = asked.select_related("vote__poll__race", "vote__group").defer("vote__group__position")
    return rows.order_by("vote__closes_at", "pk")


def cast_member_vote(*, voter: MemberVoter, choice: PollChoice, now: datetime.datetime) -> None:
    """Give or change a member's one vote. Raises VoteClosedError, and MemberVoteError for a choice that is closed.

    No audit row: who votes what is nobody's to look up.
    """
    with transaction.atomic():
        # Whoever cancels it waits for this vote, or this vote finds it cancelled.
        votes = MemberVote.objects.select_for_update(no_key=True, of=("self",))
        held = votes.select_related("poll", "group").defer("group__position").get(pk=voter.vote_id)
        if not is_running(held, now):
            raise VoteClosedError(_("This vote is closed. Your answer can no longer be given or changed."))
        if choice.poll_id != held.poll_id or choice.closed_at is not None:
            raise MemberVoteError(_("This candidate has withdrawn. Choose again."))
        MemberVoter.objects.filter(pk=voter.pk).update(choice=choice, voted_at=now)
    voter.refresh_from_db()


# --- the result -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Advice:
    """What the members say. `leading` is the position of the one choice with the most votes, None where two have as
    many; `is_clear`: its share of those who voted reaches the threshold."""

    votes: Mapping[int, int]
    asked: int
    voted: int
    leading: int | None
    is_clear: bool

    def percent_of(self, position: int) -> float:
        """The share of those who voted, in percent."""
        return 100 * self.votes.get(position, 0) / self.voted if self.voted else 0.0


def advice_of(votes: Mapping[int, int], *, asked: int, threshold_percent: int, closed: frozenset[int]) -> Advice:
    """Count: `votes` by position of the choice, `closed` the positions that nobody can choose any more. Pure.

    A closed choice keeps its votes in the count of those who voted, as in the poll itself, and cannot lead.
    """
    voted = sum(votes.values())
    standing = {position: number for position, number in votes.items() if number and position not in closed}
    most = max(standing.values(), default=0)
    first = [position for position, number in standing.items() if number == most]
    leading = first[0] if len(first) == 1 else None
    is_clear = leading is not None and 100 * most >= threshold_percent * voted
    return Advice(votes, asked, voted, leading, is_clear)


def result_of(vote: MemberVote, *, now: datetime.datetime) -> Advice | None:
    """What the members advise; None while the vote runs, and for one that was cancelled."""
    is_over = vote.closes_at <= now or vote.poll.state != PollState.OPEN
    if vote.cancelled_at or not is_over:
        return None
    counted = vote.voters.filter(choice__isnull=False).values_list("choice__position").annotate(number=Count("pk"))
    closed = vote.poll.choices.filter(closed_at__isnull=False).values_list("position", flat=True)
    return advice_of(
        dict(counted.order_by()),
        asked=vote.voters.count(),
        threshold_percent=vote.threshold_percent,
        closed=frozenset(closed),
    )


def how_many_voted(vote: MemberVote) -> tuple[int, int]:
    """How many have voted, and how many are asked. No more than this is told while it runs."""
    counts = vote.voters.aggregate(asked=Count("pk"), voted=Count("pk", filter=Q(choice__isnull=False)))
    return counts["voted"], counts["asked"]


# --- the links ------------------------------------------------------------------------------------------------


def queue_waiting_links(*, now: datetime.datetime, batches: int = 50) -> int:
    """Mail the link to members who have none yet, of every running vote; returns how many. At most so many `batches`.

    Only those who agreed to mails of the group and whose address takes them; whoever agrees while the vote runs gets
    it then. Safe to run twice at once, and to kill.
    """
    running = MemberVote.objects.filter(
        cancelled_at__isnull=True, closes_at__gt=now, poll__state=PollState.OPEN, group__status=GroupStatus.LISTED
    )
    total = 0
    for vote in running.select_related("poll__race", "group").defer("group__position").order_by("opened_at", "pk"):
        while batches > 0 and (queued := _queue_some_links(vote, now)):
            total += queued
            batches -= 1
    return total


@transaction.atomic
def _queue_some_links(vote: MemberVote, now: datetime.datetime) -> int:
    """One batch; its people are locked first, so that whoever is deleted goes before it or after it."""
    if not MemberVote.objects.select_for_update(skip_locked=True).filter(pk=vote.pk, cancelled_at=None).exists():
        return 0
    reachable = mailable(
        Person.objects.filter(member_votes__vote=vote, member_votes__mail__isnull=True),
        ConsentPurpose.GROUP_MAIL, vote.group.scope,
    )  # fmt: skip
    people = list(reachable.order_by("pk").values_list("pk", flat=True)[:BATCH])
    lock_people(people)
    voters = vote.voters.filter(person__in=people, mail__isnull=True).select_related("person")
    found = voters.defer("person__position").prefetch_related("person__emails").order_by("pk")
    queued = 0
    for voter in found:
        voter.vote = vote
        if mail := emails.queue_member_vote_link(voter):
            MemberVoter.objects.filter(pk=voter.pk).update(mail=mail)
            queued += 1
    return queued
