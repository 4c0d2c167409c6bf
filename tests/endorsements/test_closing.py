"""The close: at its time, once, with the result by the rule; and what keeps it from happening."""

import datetime
import logging

import pytest

from affiliates.models import Group
from endorsements import signals
from endorsements.closing import close_due_polls, close_poll, tally_of
from endorsements.extending import extend_poll
from endorsements.ledger import HeldPoll, hold
from endorsements.models import EntryKind, Poll, PollState
from endorsements.refusals import PollError
from endorsements.tally import Outcome
from foundation.audit.models import AuditEntry
from foundation.web.sweeps import registered_sweeps
from tests.factories import make_user

from .clock import let_time_pass
from .hearing import heard
from .polling import cast_for, choice_of, close, groups_of, make_draft, make_open_poll
from .test_ballots import withdraw

pytestmark = pytest.mark.django_db

HOUR = datetime.timedelta(hours=1)


def state_of(poll: Poll) -> str:
    return Poll.objects.get(pk=poll.pk).state


def test_a_poll_closes_at_its_time_with_its_result() -> None:
    poll = make_open_poll(groups=3)
    one, two, three = groups_of(poll)
    for group, position in ((one, 2), (two, 2), (three, "abstain")):
        cast_for(poll, group, position)
    let_time_pass(poll)
    with heard(signals.poll_closed) as said:
        assert close_due_polls() == 1
    closed = Poll.objects.get(pk=poll.pk)
    assert said == [{"poll": closed}]
    assert closed.tally == {"candidates": {"1": 0, "2": 2}, "none": 0, "abstain": 1, "cast": 3}
    assert (closed.recommended, closed.recommended_votes) == (choice_of(poll, 2).candidate, 2)
    last = closed.ledger.get(kind=EntryKind.CLOSED)
    assert (last.sequence, last.hash, last.at) == (4, closed.head, closed.closed_at)
    assert last.by == "system"
    assert AuditEntry.objects.get(action="closed poll").details == {"outcome": "recommended", "root": closed.head}


def test_a_poll_that_recommends_nobody_closes_too() -> None:
    poll = make_open_poll(groups=2)
    one, two = groups_of(poll)
    cast_for(poll, one, 1)
    cast_for(poll, two, 2)
    closed = close(poll)
    assert (closed.recommended, closed.recommended_votes) == (None, None)
    assert tally_of(closed).outcome == Outcome.TIE


def test_a_candidate_who_withdrew_with_a_majority_is_not_recommended() -> None:
    poll = make_open_poll(groups=1)
    cast_for(poll, groups_of(poll)[0], 1)
    withdraw(poll, 1)
    closed = close(poll)
    assert closed.recommended is None
    assert tally_of(closed).outcome == Outcome.WITHDRAWN


def test_a_group_that_ended_is_still_counted_among_the_eligible() -> None:
    poll = make_open_poll(groups=4)
    one, two, three, _four = groups_of(poll)
    cast_for(poll, one, 1)
    cast_for(poll, two, 1)
    Group.objects.filter(pk__in=(two.pk, three.pk)).update(status="ended")
    closed = close(poll)
    assert (closed.eligible, closed.recommended) == (4, None)
    assert tally_of(closed).votes[1] == 2


def test_before_its_time_nothing_closes() -> None:
    poll = make_open_poll(groups=1)
    let_time_pass(poll, until_close=HOUR)
    assert close_due_polls() == 0
    with pytest.raises(PollError, match="has not come"):
        close_poll(poll)
    assert state_of(poll) == PollState.OPEN


def test_a_poll_is_closed_once() -> None:
    poll = make_open_poll(groups=1)
    closed = close(poll)
    with heard(signals.poll_closed) as said:
        assert close_poll(poll).closed_at == closed.closed_at
        assert close_due_polls() == 0
    assert said == []
    assert poll.ledger.count() == 1


def test_a_draft_does_not_close() -> None:
    with pytest.raises(PollError, match="not open"):
        close_poll(make_draft())


def test_a_poll_that_was_extended_a_moment_ago_is_left_by_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    poll = make_open_poll(groups=1)
    let_time_pass(poll)

    def extended(of: Poll) -> HeldPoll:
        let_time_pass(poll, until_close=HOUR)
        return hold(of)

    monkeypatch.setattr("endorsements.closing.hold", extended)
    assert close_due_polls() == 0
    assert state_of(poll) == PollState.OPEN


@pytest.mark.django_db(transaction=True)
def test_the_trouble_of_one_poll_keeps_no_other_open(caplog: pytest.LogCaptureFixture) -> None:
    sour, sweet = make_open_poll(groups=1), make_open_poll(groups=0)
    for poll in (sour, sweet):
        let_time_pass(poll)

    def fail(*, poll: Poll, **rest: object) -> None:
        if poll == sour:
            raise RuntimeError("the address canary@example.org")

    signals.poll_closed.connect(fail)
    try:
        with caplog.at_level(logging.ERROR):
            assert close_due_polls() == 1
    finally:
        signals.poll_closed.disconnect(fail)
    assert (state_of(sour), state_of(sweet)) == (PollState.OPEN, PollState.CLOSED)
    assert f"poll {sour.pk} was not closed: RuntimeError" in caplog.text
    assert "canary" not in caplog.text
    assert close_due_polls() == 1


def test_the_sweep_is_registered_and_looks_every_few_seconds() -> None:
    [sweep] = [sweep for sweep in registered_sweeps() if sweep.name == "polls: close at their time"]
    assert sweep.every_seconds <= 5
    poll = make_open_poll(groups=1)
    let_time_pass(poll)
    sweep.run()
    assert state_of(poll) == PollState.CLOSED


# --- more time ------------------------------------------------------------------------------------------------


def test_the_closing_time_is_made_later_in_the_chain_with_its_reason() -> None:
    poll, actor = make_open_poll(groups=1), make_user()
    later = poll.closes_at + HOUR
    with heard(signals.poll_extended) as said:
        extended = extend_poll(poll=poll, closes_at=later, because=" Holidays. ", actor=actor)
    assert said == [{"poll": extended, "because": "Holidays.", "actor": actor}]
    assert said[0]["poll"].closes_at == extended.closes_at == later
    entry = poll.ledger.get()
    assert (entry.kind, entry.closes_at, entry.words) == ("extended", later, "Holidays.")
    assert '"because":"Holidays."' in entry.text
    assert AuditEntry.objects.filter(action="extended poll", subject=poll.subject).exists()
    assert cast_for(poll, groups_of(poll)[0], 1).closes_at == later


@pytest.mark.parametrize("change", [datetime.timedelta(0), -HOUR])
def test_the_closing_time_is_never_shortened(change: datetime.timedelta) -> None:
    poll = make_open_poll(groups=1)
    with pytest.raises(PollError, match="only be made later"):
        extend_poll(poll=poll, closes_at=poll.closes_at + change, because="Why not?", actor=make_user())


def test_it_is_made_later_before_it_passes_and_with_a_reason() -> None:
    poll = make_open_poll(groups=1)
    with pytest.raises(PollError, match="Say why"):
        extend_poll(poll=poll, closes_at=poll.closes_at + HOUR, because=" ", actor=make_user())
    let_time_pass(poll)
    with pytest.raises(PollError, match="closed"):
        extend_poll(poll=poll, closes_at=poll.closes_at + HOUR, because="Late.", actor=make_user())
