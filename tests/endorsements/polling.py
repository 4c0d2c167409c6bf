"""Polls for tests: drafts, open ones, what groups cast in them."""

import datetime
import subprocess
import sys
from pathlib import Path

from django.utils import timezone

from affiliates.models import Group
from endorsements import recount
from endorsements.ballots import Receipt, cast, choices_with_votes
from endorsements.closing import close_poll
from endorsements.models import ChoiceKind, Poll, PollChoice, Race
from endorsements.opening import make_poll, open_poll
from foundation.accounts.models import User
from tests.factories import make_group, make_user

from .clock import let_time_pass
from .making import make_candidate, make_race

WEEK = datetime.timedelta(days=7)


def make_draft(race: Race | None = None, *, candidates: int = 2, closes_in: datetime.timedelta = WEEK) -> Poll:
    """A draft for `race` (a new one with so many candidates where none is given), closing `closes_in` from now."""
    if race is None:
        race = make_race()
        for number in range(candidates):
            make_candidate(race, f"Candidate {chr(65 + number)}")
    now = timezone.now()
    return make_poll(race=race, words="Please ask your members.", closes_at=now + closes_in, actor=None, now=now)


def make_open_poll(
    *, groups: int = 3, race: Race | None = None, candidates: int = 2, closes_in: datetime.timedelta = WEEK
) -> Poll:
    """An open poll in Cambridge that so many new groups there are asked in."""
    for _number in range(groups):
        make_group(near="02139")
    draft = make_draft(race, candidates=candidates, closes_in=closes_in)
    return open_poll(poll=draft, revision=draft.revision, actor=None)


def groups_of(poll: Poll) -> list[Group]:
    """The eligible groups, by their numbers."""
    return [seat.group for seat in poll.eligible_groups.select_related("group").order_by("number")]


def choice_of(poll: Poll, position: int | str) -> PollChoice:
    """The choice at a position, or the one of a kind: "none", "abstain"."""
    if isinstance(position, int):
        return poll.choices.get(position=position)
    assert position in ChoiceKind.values
    return poll.choices.get(kind=position)


def cast_for(poll: Poll, group: Group, position: int | str, *, actor: User | None = None) -> Receipt:
    """Cast a group's ballot; anybody may act where a test is not about who."""
    return cast(poll=poll, group=group, choice=choice_of(poll, position), actor=actor or make_user())


def votes(poll: Poll) -> dict[int, int]:
    """The ballots that count, by the positions of the choices."""
    return {choice.position: votes for choice, votes in choices_with_votes(poll)}


def close(poll: Poll) -> Poll:
    """Let the time pass, and close."""
    let_time_pass(poll)
    return close_poll(poll)


def run_recount(path: Path, *receipts: str) -> "subprocess.CompletedProcess[str]":
    """recount.py as anybody runs it who has Python: isolated, without what is installed here."""
    command = [sys.executable, "-I", "-S", str(recount.__file__), str(path), *receipts]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, encoding="utf-8")
