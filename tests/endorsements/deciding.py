"""Recommendations and endorsements for tests."""

import datetime
from collections.abc import Sequence
from itertools import count

from django.db import transaction

from affiliates.models import Group
from endorsements.decisions import decide, propose_endorsement
from endorsements.models import (
    Candidate,
    CounterEndorsement,
    EligibleGroup,
    Endorsement,
    GroupEndorsement,
    Poll,
    PollChoice,
    PollState,
    WhyEligible,
)
from foundation.accounts.models import StaffTask, User
from tests.factories import make_staff

from .clock import without_guards
from .making import NOW, make_candidate, make_race

_numbers = count(1)
DAY = datetime.timedelta(days=1)
FAR_ELECTION = datetime.date(2090, 11, 7)
"""For tests of pages, whose clock is the real one."""


def make_decider() -> User:
    """Staff trusted with endorsements."""
    return make_staff(StaffTask.ENDORSEMENTS)


def make_recommending_poll(candidate: Candidate, *, asked: Sequence[Group] = (), closed_at: datetime.datetime) -> Poll:
    """A closed poll that recommends `candidate`, in which all of `asked` chose them. No ledger: it is written as it
    would stand in the end."""
    number = next(_numbers)
    votes = max(len(asked), 1)
    with transaction.atomic(), without_guards():
        poll = Poll.objects.create(
            race=candidate.race, slug=f"recommending-{number}", state=PollState.CLOSED, opened_at=closed_at - 7 * DAY,
            closes_at=closed_at, closed_at=closed_at, eligible=votes, snapshot="{}", snapshot_hash="0" * 64,
            head="0" * 64, tally={"candidates": {"1": votes}, "none": 0, "abstain": 0, "cast": votes},
            recommended=candidate, recommended_votes=votes,
        )  # fmt: skip
        for place, (kind, chosen) in enumerate([("candidate", candidate), ("none", None), ("abstain", None)], start=1):
            PollChoice.objects.create(poll=poll, position=place, kind=kind, candidate=chosen, label=str(chosen or ""))
        for place, group in enumerate(asked, start=1):
            EligibleGroup.objects.create(
                poll=poll, group=group, number=place, name=group.name, place_name=group.place_name,
                why=WhyEligible.HOME, because="02139",
            )  # fmt: skip
    return poll


def recommend(
    candidate: Candidate, *, asked: Sequence[Group] = (), closed_at: datetime.datetime = NOW - DAY
) -> Endorsement:
    """What such a poll proposes."""
    proposed = propose_endorsement(make_recommending_poll(candidate, asked=asked, closed_at=closed_at))
    assert proposed is not None
    return proposed


def endorse_nationally(
    candidate: Candidate,
    *,
    asked: Sequence[Group] = (),
    now: datetime.datetime = NOW,
    public_from: datetime.datetime | None = None,
    statement: str = "",
) -> Endorsement:
    """National's endorsement of `candidate`, decided by two at `now` and public then, or from `public_from` on."""
    proposed = recommend(candidate, asked=asked, closed_at=now - DAY)
    for actor in (make_decider(), make_decider()):
        decide(
            endorsement=proposed, approves=True, because="They stand for what we do.", actor=actor, now=now,
            statement=statement, public_from=public_from,
        )  # fmt: skip
    return proposed


def make_group_endorsement(group: Group, candidate: Candidate, *, at: datetime.datetime = NOW) -> GroupEndorsement:
    """That `group` endorses, without the mails."""
    return GroupEndorsement.objects.create(group=group, race=candidate.race, candidate=candidate, at=at)


def make_conflict(
    group: Group, *, opened_at: datetime.datetime = NOW, title: str = "Bo Opponent"
) -> CounterEndorsement:
    """That a group has endorsed an opponent before national endorsed Jane Kim; open for fourteen days."""
    race = make_race(election_date=FAR_ELECTION)
    opponent = make_candidate(race, title)
    own = make_group_endorsement(group, opponent, at=opened_at - DAY)
    endorsement = endorse_nationally(make_candidate(race, "Jane Kim"), now=opened_at)
    return CounterEndorsement.objects.create(
        endorsement=endorsement, group=group, candidate=opponent, kind="endorsement",
        thing=f"groupendorsement:{own.pk}", title=title, opened_at=opened_at, told_at=opened_at,
        cure_until=opened_at + 14 * DAY,
    )  # fmt: skip
