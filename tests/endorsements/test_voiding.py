"""Two people void a poll, and two strike a ballot; each with a reason."""

import pytest

from endorsements import signals
from endorsements.models import Ballot, BallotStrike, Endorsement, EndorsementOpinion, Poll, PollState
from endorsements.refusals import PollError
from endorsements.strikes import agree_to_strike, ask_to_strike, refuse_strike
from endorsements.voiding import ask_to_void, take_back_void, void_poll
from foundation.accounts.models import User
from foundation.audit.models import AuditEntry
from tests.factories import make_group, make_user

from .clock import let_time_pass
from .hearing import heard
from .making import NOW
from .polling import cast_for, close, groups_of, make_draft, make_open_poll, votes

pytestmark = pytest.mark.django_db


@pytest.fixture
def poll(db: None) -> Poll:
    return make_open_poll(groups=2)


@pytest.fixture
def one(db: None) -> User:
    return make_user()


@pytest.fixture
def other(db: None) -> User:
    return make_user()


def acts(poll: Poll) -> list[str]:
    return list(AuditEntry.objects.filter(subject=poll.subject).order_by("pk").values_list("action", flat=True))


# --- void -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_closed", [False, True])
def test_two_people_void_a_poll_and_the_race_can_have_another(
    poll: Poll, one: User, other: User, is_closed: bool
) -> None:
    if is_closed:
        close(poll)
    ask_to_void(poll=poll, because=" The list was wrong. ", actor=one, now=NOW)
    with heard(signals.poll_voided) as said:
        voided = void_poll(poll=poll, actor=other, now=NOW)
    assert said == [{"poll": voided, "actor": other}]
    assert (voided.state, voided.void_because, voided.voided_at) == (PollState.VOID, "The list was wrong.", NOW)
    assert (voided.void_asked_by, voided.voided_by) == (f"user:{one.pk}", f"user:{other.pk}")
    assert acts(poll)[-2:] == ["asked to void poll", "voided poll"]
    assert make_draft(poll.race).state == PollState.DRAFT


def test_one_person_cannot_void_a_poll(poll: Poll, one: User) -> None:
    with pytest.raises(PollError, match="Nobody has asked"):
        void_poll(poll=poll, actor=one, now=NOW)
    ask_to_void(poll=poll, because="Why not?", actor=one, now=NOW)
    with pytest.raises(PollError, match="asked for this yourself"):
        void_poll(poll=poll, actor=one, now=NOW)
    with pytest.raises(PollError, match="Another person"):
        ask_to_void(poll=poll, because="Again.", actor=one, now=NOW)


def test_it_takes_a_reason(poll: Poll, one: User) -> None:
    with pytest.raises(PollError, match="Say why"):
        ask_to_void(poll=poll, because="  ", actor=one, now=NOW)


def test_a_request_that_is_taken_back_leaves_the_poll_as_it_was(poll: Poll, one: User, other: User) -> None:
    ask_to_void(poll=poll, because="Why not?", actor=one, now=NOW)
    take_back_void(poll=poll, actor=other, now=NOW)
    poll.refresh_from_db()
    assert (poll.state, poll.void_asked_by, poll.void_because, poll.void_asked_at) == ("open", "", "", None)
    with pytest.raises(PollError, match="Nobody has asked"):
        take_back_void(poll=poll, actor=other, now=NOW)
    assert acts(poll)[-1] == "refused to void poll"


def test_a_draft_is_dropped_and_a_void_poll_is_void(poll: Poll, one: User, other: User) -> None:
    with pytest.raises(PollError, match="never opened"):
        ask_to_void(poll=make_draft(), because="Why not?", actor=one, now=NOW)
    ask_to_void(poll=poll, because="Why not?", actor=one, now=NOW)
    void_poll(poll=poll, actor=other, now=NOW)
    with pytest.raises(PollError, match="void already"):
        ask_to_void(poll=poll, because="Why not?", actor=one, now=NOW)


def endorse(poll: Poll) -> None:
    """Two people approve what the poll recommends."""
    assert poll.recommended is not None
    endorsement = Endorsement.objects.filter(poll=poll).first() or Endorsement.objects.create(
        poll=poll, race=poll.race, candidate=poll.recommended
    )
    for by in ("user:1", "user:2"):
        EndorsementOpinion.objects.create(endorsement=endorsement, by=by, approves=True, because="The groups.")
    Endorsement.objects.filter(pk=endorsement.pk).update(state="approved", decided_at=NOW, public_from=NOW)


def test_once_an_endorsement_rests_on_it_a_poll_stands(poll: Poll, one: User, other: User) -> None:
    for group in groups_of(poll):
        cast_for(poll, group, 1)
    closed = close(poll)
    ask_to_void(poll=closed, because="Why not?", actor=one, now=NOW)
    endorse(closed)
    with pytest.raises(PollError, match="An endorsement rests on this poll"):
        void_poll(poll=poll, actor=other, now=NOW)
    with pytest.raises(PollError, match="An endorsement rests on this poll"):
        ask_to_void(poll=poll, because="Why not?", actor=one, now=NOW)


# --- struck ---------------------------------------------------------------------------------------------------


def ask(poll: Poll, actor: User) -> BallotStrike:
    return ask_to_strike(poll=poll, group=groups_of(poll)[0], because=" Cast by a stranger. ", actor=actor, now=NOW)


def test_two_people_strike_a_ballot_and_the_group_may_cast_again(poll: Poll, one: User, other: User) -> None:
    group = groups_of(poll)[0]
    cast_for(poll, group, 1)
    strike = ask(poll, one)
    assert list(BallotStrike.objects.waiting()) == [strike]
    assert votes(poll)[1] == 1  # until somebody agrees
    with heard(signals.ballot_struck) as said:
        agree_to_strike(strike=strike, actor=other, now=NOW)
    assert said == [
        {"poll": poll, "group": group, "because": "Cast by a stranger.", "sequence": 2, "actor": other}
    ]  # fmt: skip
    entry = poll.ledger.get(kind="struck")
    assert '"because":"Cast by a stranger."' in entry.text
    assert votes(poll)[1] == 0
    assert Ballot.objects.get().struck_at == entry.at
    assert not BallotStrike.objects.waiting().exists()
    assert acts(poll)[-2:] == ["asked to strike ballot", "struck ballot"]

    cast_for(poll, group, 2)
    assert Ballot.objects.standing().get().choice.position == 2
    assert votes(poll)[2] == 1


def test_a_struck_ballot_does_not_count_at_the_close(poll: Poll, one: User, other: User) -> None:
    for group in groups_of(poll):
        cast_for(poll, group, 1)
    agree_to_strike(strike=ask(poll, one), actor=other, now=NOW)
    closed = close(poll)
    assert closed.tally == {"candidates": {"1": 1, "2": 0}, "none": 0, "abstain": 0, "cast": 1}
    assert closed.recommended is None


def test_one_person_cannot_strike_a_ballot(poll: Poll, one: User) -> None:
    cast_for(poll, groups_of(poll)[0], 1)
    strike = ask(poll, one)
    with pytest.raises(PollError, match="asked for this yourself"):
        agree_to_strike(strike=strike, actor=one, now=NOW)
    with pytest.raises(PollError, match="asked for this already"):
        ask(poll, one)


def test_there_is_a_ballot_to_strike_and_a_reason(poll: Poll, one: User) -> None:
    with pytest.raises(PollError, match="no ballot"):
        ask(poll, one)
    with pytest.raises(PollError, match="no ballot"):
        ask_to_strike(poll=poll, group=make_group(), because="Why not?", actor=one, now=NOW)
    cast_for(poll, groups_of(poll)[0], 1)
    with pytest.raises(PollError, match="Say why"):
        ask_to_strike(poll=poll, group=groups_of(poll)[0], because="", actor=one, now=NOW)


def test_a_ballot_that_the_group_has_changed_meanwhile_is_another(poll: Poll, one: User, other: User) -> None:
    group = groups_of(poll)[0]
    cast_for(poll, group, 1)
    strike = ask(poll, one)
    cast_for(poll, group, 1)
    assert not BallotStrike.objects.waiting().exists()
    with pytest.raises(PollError, match="has changed its ballot"):
        agree_to_strike(strike=strike, actor=other, now=NOW)
    strike.refresh_from_db()
    assert strike.agreed_at is None
    agree_to_strike(strike=ask(poll, one), actor=other, now=NOW)
    assert not Ballot.objects.standing().exists()


def test_a_refused_request_is_answered_and_can_be_made_again(poll: Poll, one: User, other: User) -> None:
    cast_for(poll, groups_of(poll)[0], 1)
    strike = ask(poll, one)
    assert refuse_strike(strike=strike, actor=other, now=NOW).refused_at == NOW
    for answer in (agree_to_strike, refuse_strike):
        with pytest.raises(PollError, match="answered this already"):
            answer(strike=strike, actor=other, now=NOW)
    assert ask(poll, one).pk != strike.pk
    assert Ballot.objects.standing().count() == 1


def test_after_the_closing_time_no_ballot_is_struck(poll: Poll, one: User, other: User) -> None:
    cast_for(poll, groups_of(poll)[0], 1)
    strike = ask(poll, one)
    let_time_pass(poll)
    with pytest.raises(PollError, match="closed"):
        agree_to_strike(strike=strike, actor=other, now=NOW)
    with pytest.raises(PollError, match="closed"):
        ask(poll, one)
