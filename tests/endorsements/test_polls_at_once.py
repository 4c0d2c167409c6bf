"""Many at once: casts beside the close, beside each other, beside the end of an agreement and a withdrawal.

Each test of a race first shows the race with the guard off. `--full` repeats the races as often as the guarantees say.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction

from affiliates.models import Group, GroupStatus
from endorsements.ballots import Receipt, cast
from endorsements.candidates import withdraw_candidate
from endorsements.closing import close_due_polls, close_poll, tally_of
from endorsements.exporting import export_json
from endorsements.extending import extend_poll
from endorsements.models import Ballot, EntryKind, Poll, PollChoice, PollState, Race
from endorsements.opening import open_poll
from endorsements.recount import recount
from endorsements.refusals import PollError
from endorsements.strikes import agree_to_strike, ask_to_strike
from endorsements.voiding import ask_to_void, void_poll
from foundation.accounts.models import User
from tests.at_once import at_once, begin_and_wait
from tests.factories import make_group, make_user

from .clock import let_time_pass, without_guards
from .making import NOW
from .polling import WEEK, choice_of, groups_of, make_draft, make_open_poll
from .test_ballots import withdraw
from .test_voiding import endorse

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

CASTERS = 6


# --- cast against close ---------------------------------------------------------------------------------------


def cast_until_closed(poll: Poll, group: Group, actor: User, told: list[tuple[int, Receipt]]) -> None:
    """What an impatient group does. `told` fills with what was acknowledged: position and receipt."""
    choices = list(poll.choices.order_by("position"))
    for turn in range(1_000):
        choice = choices[turn % len(choices)]
        try:
            told.append((choice.position, cast(poll=poll, group=group, choice=choice, actor=actor)))
        except PollError as error:
            if "closed" not in str(error):
                raise
            return
    raise AssertionError("the poll never closed")


def close_when_due(poll: Poll) -> None:
    """What a sweeper does, without its pauses."""
    deadline = time.monotonic() + 30
    while not close_due_polls() and Poll.objects.get(pk=poll.pk).state == PollState.OPEN:
        assert time.monotonic() < deadline


def test_every_ballot_that_was_acknowledged_before_the_close_is_counted_and_no_other(full: bool) -> None:
    race, user = make_open_poll(groups=CASTERS).race, make_user()
    close_first(race)
    acknowledged = 0
    for _time in range(500 if full else 12):
        draft = make_draft(race)
        poll = open_poll(poll=draft, revision=0, actor=user)
        told: dict[int, list[tuple[int, Receipt]]] = {group.pk: [] for group in groups_of(poll)}
        acts: list[Callable[[], object]] = [
            *(partial(cast_until_closed, poll, group, user, told[group.pk]) for group in groups_of(poll)),
            *[partial(close_when_due, poll)] * 2,
        ]
        in_a_moment = partial(let_time_pass, poll, until_close=timedelta(milliseconds=60))
        assert at_once(*acts, when_ready=in_a_moment) == []
        acknowledged += sum(len(casts) for casts in told.values())
        assert_counted(poll, told)
    assert acknowledged > 0


def close_first(race: Race) -> None:
    poll = race.polls.get()
    let_time_pass(poll)
    close_poll(poll)


def assert_counted(poll: Poll, told: dict[int, list[tuple[int, Receipt]]]) -> None:
    """The ledger holds what was acknowledged, nothing more; the result is what was acknowledged last."""
    poll.refresh_from_db()
    assert poll.state == PollState.CLOSED
    entries = list(poll.ledger.order_by("sequence"))
    assert entries[-1].kind == EntryKind.CLOSED
    assert {entry.hash for entry in entries[:-1]} == {receipt.hash for casts in told.values() for _, receipt in casts}
    assert all(entry.at < poll.closes_at <= entries[-1].at for entry in entries[:-1])
    last = Counter(casts[-1][0] for casts in told.values() if casts)
    counted = recount(export_json(poll))
    assert {position: votes for position, votes in counted.votes().items() if votes} == last
    assert tally_of(poll).cast == last.total()


def write_without_standing_in_line(poll: Poll, group: Group, choice: PollChoice) -> None:
    """What casting would be without the ledger: look at the clock, look for a ballot, write it."""
    assert Poll.objects.open().exclude(pk__in=Poll.objects.due()).filter(pk=poll.pk).exists()
    seat = poll.eligible_groups.get(group=group)
    has_one = Ballot.objects.filter(poll=poll, group=group).exists()
    with without_guards():
        if has_one:
            Ballot.objects.filter(poll=poll, group=group).update(choice=choice)
        else:
            Ballot.objects.create(poll=poll, group=group, eligible=seat, choice=choice, entry_id=0, cast_at=NOW)


def cast_while_it_closes(do: Callable[[Poll, Group, PollChoice], object]) -> tuple[int, int]:
    """A ballot is written before the closing time and committed after it: how many there are, and were counted."""
    poll = make_open_poll(groups=1)
    group, choice = groups_of(poll)[0], choice_of(poll, 1)
    failures: list[Exception] = []
    let_time_pass(poll, until_close=timedelta(milliseconds=300))
    with transaction.atomic():
        do(poll, group, choice)
        time.sleep(0.3)
        sweep = begin_and_wait(lambda: close_when_due(poll), failures)
    sweep.join(timeout=30)
    poll.refresh_from_db()
    assert failures == []
    assert poll.state == PollState.CLOSED
    return Ballot.objects.filter(poll=poll).count(), (poll.tally or {})["cast"]


def test_the_close_waits_for_a_ballot_that_is_being_cast() -> None:
    user = make_user()

    def cast_it(poll: Poll, group: Group, choice: PollChoice) -> Receipt:
        return cast(poll=poll, group=group, choice=choice, actor=user)

    assert cast_while_it_closes(write_without_standing_in_line) == (1, 0)  # the control: acknowledged, and not counted
    assert cast_while_it_closes(cast_it) == (1, 1)


# --- many connections for one group ---------------------------------------------------------------------------


@contextmanager
def without_the_constraint() -> Iterator[None]:
    """A group may have two ballots, as far as the table is concerned."""
    drop = (
        "ALTER TABLE endorsements_ballot DROP CONSTRAINT ballot_one_a_group",
        "ALTER TABLE endorsements_ballot DROP CONSTRAINT endorsements_ballot_eligible_id_key",
    )
    restore = (
        "DELETE FROM endorsements_ballot",
        "ALTER TABLE endorsements_ballot ADD CONSTRAINT ballot_one_a_group UNIQUE (poll_id, group_id)",
        "ALTER TABLE endorsements_ballot ADD CONSTRAINT endorsements_ballot_eligible_id_key UNIQUE (eligible_id)",
    )
    run(drop)
    try:
        yield
    finally:
        run(restore)


def run(statements: tuple[str, ...]) -> None:
    with transaction.atomic(), without_guards(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_two_who_look_for_a_ballot_and_then_write_one_leave_two() -> None:
    """The control: it shows that the next test can fail."""
    poll = make_open_poll(groups=1)
    group, choice, both_have_looked = groups_of(poll)[0], choice_of(poll, 1), threading.Barrier(2)

    def look_and_write() -> None:
        with transaction.atomic():
            seat = poll.eligible_groups.get(group=group)
            has_one = Ballot.objects.filter(poll=poll, group=group).exists()
            both_have_looked.wait(timeout=30)
            with without_guards():
                if not has_one:
                    Ballot.objects.create(poll=poll, group=group, eligible=seat, choice=choice, entry_id=0, cast_at=NOW)

    with without_the_constraint():
        assert at_once(look_and_write, look_and_write) == []
        assert Ballot.objects.filter(poll=poll).count() == 2


def test_fifty_connections_that_cast_for_one_group_leave_one_ballot(full: bool) -> None:
    poll, user = make_open_poll(groups=2), make_user()
    group = groups_of(poll)[0]
    choices = list(poll.choices.order_by("position"))
    connected, times = (50, 200) if full else (20, 3)
    for turn in range(times):
        receipts: list[Receipt] = []

        def act(number: int, receipts: list[Receipt] = receipts) -> None:
            receipts.append(cast(poll=poll, group=group, choice=choices[number % len(choices)], actor=user))

        assert at_once(*[partial(act, number) for number in range(connected)]) == []
        ballot = Ballot.objects.select_related("entry", "choice").get(poll=poll)
        assert len({receipt.hash for receipt in receipts}) == connected
        assert ballot.revision == poll.ledger.count() == (turn + 1) * connected
        last = max(receipts, key=lambda receipt: receipt.sequence)
        assert ballot.entry.hash == last.hash
        assert f'"choice":{ballot.choice.position},' in ballot.entry.text
    let_time_pass(poll)
    assert sum(recount(export_json(close_poll(poll))).votes().values()) == 1


# --- two acts that meet ---------------------------------------------------------------------------------------


def second_meets_first(first: Callable[[], object], second: Callable[[], object]) -> list[str]:
    """`second` begins while `first` is written but not committed; what it is told, if it is refused."""
    failures: list[Exception] = []
    with transaction.atomic():
        first()
        thread = begin_and_wait(second, failures)
    thread.join(timeout=30)
    assert all(isinstance(error, PollError) for error in failures), failures
    return [str(error) for error in failures]


@pytest.fixture
def poll(db: None) -> Poll:
    return make_open_poll(groups=2)


def caster(poll: Poll, position: int | str = 1) -> Callable[[], object]:
    group, choice, user = groups_of(poll)[0], choice_of(poll, position), make_user()
    return lambda: cast(poll=poll, group=group, choice=choice, actor=user)


def test_a_ballot_beside_the_end_of_the_agreement_comes_before_it_or_is_refused(poll: Poll) -> None:
    group = groups_of(poll)[0]

    def end() -> None:
        with transaction.atomic():
            held = Group.objects.select_for_update().get(pk=group.pk)
            held.status = GroupStatus.ENDED
            held.save(update_fields=["status"])

    cast_too = caster(poll, 2)
    assert second_meets_first(caster(poll), end) == []
    assert Ballot.objects.get().choice.position == 1
    [told] = second_meets_first(end, cast_too)
    assert "agreement of this group has ended" in told
    assert Ballot.objects.get().choice.position == 1


def test_a_ballot_beside_the_withdrawal_of_the_candidate_comes_before_it_or_is_refused(poll: Poll) -> None:
    cast_too = caster(poll)
    [told] = second_meets_first(lambda: withdraw(poll, 1), cast_too)
    assert "has withdrawn" in told
    assert second_meets_first(caster(poll, 2), lambda: withdraw(poll, 2)) == []
    assert [entry.kind for entry in poll.ledger.order_by("sequence")] == ["withdrawn", "cast", "withdrawn"]


def test_a_candidate_who_withdraws_while_the_poll_opens_is_no_open_choice() -> None:
    make_group(near="02139")
    draft = make_draft()
    candidate = draft.race.candidates.order_by("name_key")[0]
    user = make_user()

    def withdraw_one() -> None:
        withdraw_candidate(candidate=candidate, because="Tired.", actor=user, now=NOW)

    assert second_meets_first(lambda: open_poll(poll=draft, revision=0, actor=user), withdraw_one) == []
    assert choice_of(draft, 1).closed_at is not None

    make_group(near="02139")
    draft = make_draft()
    candidate = draft.race.candidates.order_by("name_key")[0]
    assert second_meets_first(withdraw_one, lambda: open_poll(poll=draft, revision=0, actor=user)) == []
    assert [choice.candidate for choice in draft.choices.filter(kind="candidate")] == list(
        draft.race.candidates.standing()
    )


def test_a_ballot_beside_an_extension_names_the_closing_time_that_holds(poll: Poll) -> None:
    later = poll.closes_at + WEEK
    receipts: list[Receipt] = []
    group, choice, user = groups_of(poll)[0], choice_of(poll, 1), make_user()
    second_meets_first(
        lambda: extend_poll(poll=poll, closes_at=later, because="Holidays.", actor=user),
        lambda: receipts.append(cast(poll=poll, group=group, choice=choice, actor=user)),
    )
    assert receipts[0].closes_at == later


def test_a_sweep_beside_an_extension_leaves_the_poll_open(poll: Poll) -> None:
    let_time_pass(poll, until_close=timedelta(milliseconds=300))
    later, failures = poll.closes_at + WEEK, list[Exception]()
    with transaction.atomic():
        extend_poll(poll=poll, closes_at=later, because="Holidays.", actor=None)
        time.sleep(0.35)  # the sweep finds it due: the extension is not committed
        assert Poll.objects.filter(pk=poll.pk, closes_at=later).exists()
        sweep = begin_and_wait(close_due_polls, failures)
    sweep.join(timeout=30)
    assert failures == []
    assert Poll.objects.get(pk=poll.pk).state == PollState.OPEN


def test_a_ballot_beside_the_voiding_comes_before_it_or_is_refused(poll: Poll) -> None:
    ask_to_void(poll=poll, because="Why not?", actor=make_user(), now=NOW)
    other, cast_too = make_user(), caster(poll)
    [told] = second_meets_first(lambda: void_poll(poll=poll, actor=other, now=NOW), cast_too)
    assert "void" in told
    assert not poll.ledger.exists()


def test_two_who_agree_to_a_strike_at_once_strike_one_ballot(poll: Poll) -> None:
    caster(poll)()
    strike = ask_to_strike(poll=poll, group=groups_of(poll)[0], because="A stranger.", actor=make_user(), now=NOW)
    one, other = make_user(), make_user()
    [told] = second_meets_first(
        lambda: agree_to_strike(strike=strike, actor=one, now=NOW),
        lambda: agree_to_strike(strike=strike, actor=other, now=NOW),
    )
    assert "answered this already" in told
    assert poll.ledger.filter(kind=EntryKind.STRUCK).count() == 1


def test_a_poll_is_not_void_and_endorsed_at_once(poll: Poll) -> None:
    for group in groups_of(poll):
        cast(poll=poll, group=group, choice=choice_of(poll, 1), actor=make_user())
    let_time_pass(poll)
    closed = close_poll(poll)
    ask_to_void(poll=closed, because="Why not?", actor=make_user(), now=NOW)
    other = make_user()
    [told] = second_meets_first(lambda: endorse(closed), lambda: void_poll(poll=closed, actor=other, now=NOW))
    assert "An endorsement rests on this poll" in told
