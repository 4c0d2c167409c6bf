"""A poll under whatever happens to it, in any order, against a model of a few lines; and random polls, recounted.

`--full` runs it as long as the guarantees say.
"""

import datetime
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from affiliates.models import Group
from endorsements.ballots import cast, close_choice
from endorsements.candidates import withdraw_candidate
from endorsements.closing import close_due_polls
from endorsements.exporting import export_json
from endorsements.extending import extend_poll
from endorsements.models import Ballot, Candidate, Poll, PollChoice, Race
from endorsements.opening import open_poll
from endorsements.recount import recount
from endorsements.refusals import PollError
from endorsements.strikes import agree_to_strike, ask_to_strike
from endorsements.voiding import ask_to_void, take_back_void, void_poll
from foundation.accounts.models import User
from tests.factories import make_group, make_user

from .clock import let_time_pass
from .making import NOW, make_candidate, make_race
from .polling import WEEK, close, groups_of, make_draft, run_recount

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

GROUPS, CANDIDATES = 6, 3
HOUR = datetime.timedelta(hours=1)
NUMBERS = st.integers(0, GROUPS - 1)
POSITIONS = st.integers(1, CANDIDATES + 2)


class AnyOrder(RuleBasedStateMachine):
    """One race whose polls come and go. What is expected stands in plain sets and dictionaries."""

    race: Race
    groups: list[Group]
    candidates: list[Candidate]
    users: list[User]

    def __init__(self) -> None:
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()
        self.poll: Poll | None = None
        self.state = ""
        self.is_over = False  # the closing time has passed; the sweep may not have come yet
        self.listed = set(range(GROUPS))
        self.standing = set(range(CANDIDATES))
        self.asked: set[int] = set()
        self.offered: list[int | str] = []  # what stands at the positions 1, 2, …
        self.closed_choices: set[int] = set()
        self.ballots: dict[int, int] = {}
        self.entries = 0
        self.void_asked_by: int | None = None

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    @property
    def can_write(self) -> bool:
        return self.state == "open" and not self.is_over

    def attempt(self, *, may: bool, act: Callable[[], object]) -> None:
        """It is done, or refused with words, as the model says."""
        if may:
            act()
        else:
            with pytest.raises(PollError, match=r"\w+"):
                act()

    # --- what happens ---------------------------------------------------------------------------------------------

    @precondition(lambda self: self.state != "open")
    @rule()
    def open(self) -> None:
        draft = make_draft(self.race)
        may = bool(self.listed and self.standing)
        self.attempt(may=may, act=lambda: open_poll(poll=draft, revision=0, actor=None))
        if not may:
            draft.delete()
            return
        self.poll, self.state, self.is_over, self.void_asked_by = Poll.objects.get(pk=draft.pk), "open", False, None
        self.asked, self.offered = set(self.listed), [*sorted(self.standing), "none", "abstain"]
        self.closed_choices, self.ballots, self.entries = set(), {}, 0

    @precondition(lambda self: self.poll)
    @rule(number=NUMBERS, position=POSITIONS)
    def cast(self, number: int, position: int) -> None:
        assert self.poll is not None
        position = min(position, len(self.offered))
        may = self.can_write and number in self.asked & self.listed and position not in self.closed_choices
        choice = PollChoice.objects.get(poll=self.poll, position=position)
        poll, group = self.poll, self.groups[number]
        self.attempt(may=may, act=lambda: cast(poll=poll, group=group, choice=choice, actor=self.users[0]))
        if may:
            self.ballots[number] = position
            self.entries += 1

    @rule(number=NUMBERS)
    def end_group(self, number: int) -> None:
        Group.objects.filter(pk=self.groups[number].pk).update(status="ended")
        self.listed.discard(number)

    @rule(number=NUMBERS)
    def admit_group(self, number: int) -> None:
        Group.objects.filter(pk=self.groups[number].pk).update(status="listed")
        self.listed.add(number)

    @precondition(lambda self: len(self.standing) > 1)
    @rule(data=st.data())
    def withdraw_candidate(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.standing)))
        withdraw_candidate(candidate=self.candidates[number], because="Tired.", actor=self.users[0], now=NOW)
        self.standing.discard(number)
        if self.can_write:
            self.closed_choices.add(self.offered.index(number) + 1)
            self.entries += 1

    @precondition(lambda self: self.poll)
    @rule(hours=st.integers(-2, 2))
    def extend(self, hours: int) -> None:
        assert self.poll is not None
        poll, closes_at = self.poll, self.poll.closes_at + hours * HOUR
        may = self.can_write and hours > 0
        self.attempt(may=may, act=lambda: extend_poll(poll=poll, closes_at=closes_at, because="Holidays.", actor=None))
        self.entries += may

    @precondition(lambda self: self.state == "open" and not self.is_over)
    @rule(is_over=st.booleans())
    def let_time_pass(self, is_over: bool) -> None:
        assert self.poll is not None
        let_time_pass(self.poll, until_close=-HOUR if is_over else HOUR)
        self.is_over = is_over

    @rule()
    def close(self) -> None:
        is_due = self.state == "open" and self.is_over
        assert close_due_polls() == is_due
        if is_due:
            self.state = "closed"
            self.entries += 1

    @precondition(lambda self: self.poll)
    @rule(by=st.integers(0, 1))
    def ask_to_void(self, by: int) -> None:
        assert self.poll is not None
        poll, may = self.poll, self.state != "void" and self.void_asked_by is None
        self.attempt(may=may, act=lambda: ask_to_void(poll=poll, because="x", actor=self.users[by], now=NOW))
        if may:
            self.void_asked_by = by

    @precondition(lambda self: self.poll)
    @rule(by=st.integers(0, 1), agrees=st.booleans())
    def answer_to_void(self, by: int, agrees: bool) -> None:
        assert self.poll is not None
        may = self.state != "void" and self.void_asked_by is not None and (not agrees or by != self.void_asked_by)
        poll, answer = self.poll, void_poll if agrees else take_back_void
        self.attempt(may=may, act=lambda: answer(poll=poll, actor=self.users[by], now=NOW))
        if may and agrees:
            self.state = "void"
        elif may:
            self.void_asked_by = None

    @precondition(lambda self: self.poll)
    @rule(number=NUMBERS, by=st.integers(0, 1))
    def strike(self, number: int, by: int) -> None:
        """One asks; the same or somebody else agrees, and then the ballot is gone."""
        assert self.poll is not None
        poll, group = self.poll, self.groups[number]
        may = self.can_write and number in self.ballots

        def ask_and_agree() -> None:
            with transaction.atomic():
                strike = ask_to_strike(poll=poll, group=group, because="x", actor=self.users[0], now=NOW)
                agree_to_strike(strike=strike, actor=self.users[by], now=NOW)

        self.attempt(may=may and by == 1, act=ask_and_agree)
        if may and by == 1:
            del self.ballots[number]
            self.entries += 1

    # --- what holds at any time -----------------------------------------------------------------------------------

    @invariant()
    def the_database_says_what_the_model_says(self) -> None:
        if self.poll is None:
            return
        poll = Poll.objects.get(pk=self.poll.pk)
        self.poll = poll
        assert (poll.state, poll.entries, poll.eligible) == (self.state, self.entries, len(self.asked))
        assert poll.ledger.count() == self.entries
        standing = Ballot.objects.standing().filter(poll=poll).values_list("group", "choice__position")
        assert dict(standing) == {self.groups[number].pk: position for number, position in self.ballots.items()}
        if self.state == "closed":
            self.the_result_is_that_of_the_rule(poll)

    def the_result_is_that_of_the_rule(self, poll: Poll) -> None:
        chosen = list(self.ballots.values())
        winners = [
            position
            for position, offered in enumerate(self.offered, start=1)
            if isinstance(offered, int)
            and position not in self.closed_choices
            and 2 * chosen.count(position) > len(self.asked)
        ]
        recommended = poll.choices.filter(candidate=poll.recommended_id).first() if poll.recommended_id else None
        assert ([recommended.position] if recommended else []) == winners
        counted = recount(export_json(poll))
        assert len(counted.ballots) == len(self.ballots)
        assert counted.recommended() == (winners[0] if winners else None)


def test_a_poll_holds_whatever_happens_in_whatever_order(full: bool) -> None:
    AnyOrder.race = make_race()
    AnyOrder.candidates = [make_candidate(AnyOrder.race, f"Candidate {number}") for number in range(CANDIDATES)]
    AnyOrder.groups = [make_group(near="02139") for _number in range(GROUPS)]
    AnyOrder.users = [make_user(), make_user()]
    run_state_machine_as_test(
        AnyOrder,
        settings=settings(
            max_examples=500 if full else 12,
            stateful_step_count=50 if full else 25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


# --- random polls, recounted ------------------------------------------------------------------------------------


def random_poll(race: Race, chance: random.Random, users: list[User]) -> Poll:
    """A closed poll in which groups cast, change and are struck, candidates withdraw, and time is added, by chance."""
    draft = make_draft(race)
    poll = open_poll(poll=draft, revision=0, actor=None)
    groups, choices = groups_of(poll), list(poll.choices.order_by("position"))
    favourite = chance.choice(choices)
    for _act in range(chance.randrange(4 * len(groups))):
        happening: Any = chance.choices(("cast", "strike", "extend", "withdraw"), (20, 2, 1, 1))[0]
        group = chance.choice(groups)
        try:
            if happening == "cast":
                choice = favourite if chance.random() < 0.6 else chance.choice(choices)
                cast(poll=poll, group=group, choice=choice, actor=users[0])
            elif happening == "strike":
                strike = ask_to_strike(poll=poll, group=group, because="“x”\\", actor=users[0], now=NOW)
                agree_to_strike(strike=strike, actor=users[1], now=NOW)
            elif happening == "extend":
                poll = extend_poll(poll=poll, closes_at=poll.closes_at + WEEK, because="Ünï", actor=users[0])
            elif candidate := chance.choice(choices).candidate:
                close_choice(candidate=candidate, actor=users[0])
        except PollError:  # as it happens: no ballot to strike, a withdrawn candidate
            continue
    return close(poll)


def test_random_polls_recount_to_what_was_published(full: bool, tmp_path: Path) -> None:
    chance, users = random.Random(11), [make_user(), make_user()]
    outcomes = set()
    for number in range(1_000 if full else 20):
        with transaction.atomic():
            race = make_race()
            for candidate in range(chance.randint(1, 4)):
                make_candidate(race, f"Cändidate “{candidate}”")
            for _group in range(chance.randint(1, 9)):
                make_group(near="02139")
            poll = random_poll(race, chance, users)
            file = tmp_path / f"{number}.json"
            file.write_bytes(export_json(poll))
            ran = run_recount(file)
            assert ran.returncode == 0, ran.stdout
            recommended = poll.choices.filter(candidate=poll.recommended_id).first() if poll.recommended_id else None
            assert f"Recommended: {recommended or 'nobody'}\n" in ran.stdout
            assert poll.tally is not None
            assert f"{poll.eligible} eligible, {poll.tally['cast']} cast" in ran.stdout
            for choice in poll.choices.filter(kind="candidate"):
                assert f"{poll.tally['candidates'][str(choice.position)]:>7}  {choice.label}" in ran.stdout
            outcomes.add(recommended is not None)
            transaction.set_rollback(True)
    assert outcomes == {True, False}
