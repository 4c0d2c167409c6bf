"""Casting a ballot, changing it, and what a voter is told who cannot."""

import datetime

import pytest

from affiliates.models import Group, GroupStatus
from endorsements import signals
from endorsements.ballots import cast, close_choice
from endorsements.candidates import withdraw_candidate
from endorsements.interests import declare, end_interest
from endorsements.models import Ballot, Poll
from endorsements.refusals import PollError
from foundation.audit.models import AuditEntry
from tests.factories import make_group, make_user

from .clock import let_time_pass
from .hearing import heard
from .making import NOW, make_candidate
from .polling import cast_for, choice_of, close, groups_of, make_draft, make_open_poll, votes

pytestmark = pytest.mark.django_db

A_DAY = datetime.timedelta(days=1)


@pytest.fixture
def poll(db: None) -> Poll:
    return make_open_poll(groups=3)


def end(group: Group) -> None:
    """What the end of an agreement does to a group."""
    Group.objects.filter(pk=group.pk).update(status=GroupStatus.ENDED)


def refused(poll: Poll, group: Group, position: int | str = 1) -> str:
    """What a voter is told."""
    with pytest.raises(PollError) as told:
        cast_for(poll, group, position)
    return str(told.value)


# --- cast -----------------------------------------------------------------------------------------------------


def test_a_ballot_is_an_entry_of_the_ledger_and_its_hash_the_receipt(poll: Poll) -> None:
    group, actor = groups_of(poll)[0], make_user()
    receipt = cast_for(poll, group, 1, actor=actor)
    entry = poll.ledger.get()
    assert (receipt.sequence, receipt.hash, receipt.at) == (1, entry.hash, entry.at)
    assert receipt.closes_at == poll.closes_at
    assert entry.previous == poll.snapshot_hash
    ballot = Ballot.objects.get()
    assert (ballot.group, ballot.choice.position, ballot.revision, ballot.entry) == (group, 1, 1, entry)
    poll.refresh_from_db()
    assert (poll.entries, poll.head) == (1, entry.hash)


def test_who_cast_is_kept_beside_the_published_text(poll: Poll) -> None:
    actor = make_user("ada@example.org")
    cast_for(poll, groups_of(poll)[0], 1, actor=actor)
    entry = poll.ledger.get()
    assert entry.by == f"user:{actor.pk}"
    assert "by" not in entry.text.replace('"nonce"', "")
    assert f"user:{actor.pk}" not in entry.text


def test_the_last_ballot_before_the_close_counts_and_all_are_kept(poll: Poll) -> None:
    group = groups_of(poll)[0]
    first = cast_for(poll, group, 1)
    second = cast_for(poll, group, "abstain")
    assert poll.ledger.count() == 2
    ballot = Ballot.objects.get()
    assert (ballot.choice.kind, ballot.revision, ballot.entry.hash) == ("abstain", 2, second.hash)
    assert poll.ledger.get(sequence=2).previous == first.hash


def test_the_audit_says_who_cast_and_not_what(poll: Poll) -> None:
    group, actor = groups_of(poll)[0], make_user()
    cast_for(poll, group, 1, actor=actor)
    cast_for(poll, group, 2, actor=actor)
    entries = AuditEntry.objects.filter(subject=poll.subject, actor=f"user:{actor.pk}").order_by("pk")
    assert [(entry.action, entry.details) for entry in entries] == [
        ("cast ballot", {"group": group.pk, "sequence": 1}),
        ("changed ballot", {"group": group.pk, "sequence": 2}),
    ]


def test_those_above_hear_of_each_ballot(poll: Poll) -> None:
    group, actor = groups_of(poll)[0], make_user()
    with heard(signals.ballot_cast) as said:
        cast_for(poll, group, 1, actor=actor)
        cast_for(poll, group, 1, actor=actor)
    assert said == [
        {"poll": poll, "group": group, "is_change": is_change, "sequence": sequence, "actor": actor}
        for sequence, is_change in ((1, False), (2, True))
    ]


def test_no_two_texts_are_alike_though_they_say_the_same(poll: Poll) -> None:
    group = groups_of(poll)[0]
    assert cast_for(poll, group, 1).hash != cast_for(poll, group, 1).hash


def test_votes_are_counted_by_position(poll: Poll) -> None:
    one, two, three = groups_of(poll)
    cast_for(poll, one, 1)
    cast_for(poll, two, 1)
    cast_for(poll, three, "none")
    assert votes(poll) == {1: 2, 2: 0, 3: 1, 4: 0}


# --- refused --------------------------------------------------------------------------------------------------


def test_a_group_outside_of_the_area_is_told_that_it_was_not_asked(poll: Poll) -> None:
    assert "no vote" in refused(poll, make_group(near="90210"))


def test_a_group_that_was_admitted_later_is_told_the_same(poll: Poll) -> None:
    assert "no vote" in refused(poll, make_group(near="02139"))


def test_a_group_whose_agreement_ended_is_told_so_and_its_earlier_ballot_stands(poll: Poll) -> None:
    one, two, _three = groups_of(poll)
    cast_for(poll, one, 1)
    end(one)
    end(two)
    assert "agreement of this group has ended" in refused(poll, one, 2)
    assert "agreement of this group has ended" in refused(poll, two)
    assert [ballot.choice.position for ballot in Ballot.objects.all()] == [1]


def test_after_the_closing_time_the_voter_is_told_that_it_is_closed_also_before_the_sweep(poll: Poll) -> None:
    group = groups_of(poll)[0]
    let_time_pass(poll)
    assert "closed" in refused(poll, group)
    close(poll)
    assert "closed" in refused(poll, group)
    assert not Ballot.objects.exists()


def test_a_draft_is_not_open() -> None:
    group, draft, elsewhere = make_group(near="02139"), make_draft(), make_open_poll(groups=1)
    choice = choice_of(elsewhere, 1)
    choice.poll = draft
    with pytest.raises(PollError, match="not open"):
        cast(poll=draft, group=group, choice=choice, actor=make_user())


def test_a_void_poll_says_that_it_is_void(poll: Poll) -> None:
    from endorsements.voiding import ask_to_void, void_poll

    ask_to_void(poll=poll, because="The list was wrong.", actor=make_user(), now=NOW)
    void_poll(poll=poll, actor=make_user(), now=NOW)
    assert "void" in refused(poll, groups_of(poll)[0])


def test_a_choice_of_another_poll_is_none_of_this_one(poll: Poll) -> None:
    other = make_open_poll(groups=0)
    with pytest.raises(PollError, match="choices of this poll"):
        cast(poll=poll, group=groups_of(poll)[0], choice=choice_of(other, 1), actor=make_user())


def test_whoever_is_paid_by_a_campaign_cannot_cast_until_that_ends(poll: Poll) -> None:
    group, paid, unpaid = groups_of(poll)[0], make_user(), make_user()
    interest = declare(race=poll.race, user=paid, kind="paid", now=NOW)
    declare(race=poll.race, user=unpaid, kind="volunteer", now=NOW)
    with pytest.raises(PollError, match="campaign in this race pays you"):
        cast_for(poll, group, 1, actor=paid)
    cast_for(poll, group, 1, actor=unpaid)
    end_interest(interest=interest, actor=paid, now=NOW)
    cast_for(poll, group, 1, actor=paid)
    assert Ballot.objects.get().revision == 2


# --- a candidate withdraws ------------------------------------------------------------------------------------


def withdraw(poll: Poll, position: int) -> None:
    candidate = choice_of(poll, position).candidate
    assert candidate is not None
    withdraw_candidate(candidate=candidate, because="Said so on the radio.", actor=make_user(), now=NOW)


def test_the_choice_of_a_withdrawn_candidate_closes_and_votes_do_not_move(poll: Poll) -> None:
    one, two, _three = groups_of(poll)
    cast_for(poll, one, 1)
    with heard(signals.choice_closed) as said:
        withdraw(poll, 1)
    assert [(words["poll"], words["choice"].position) for words in said] == [(poll, 1)]
    assert choice_of(poll, 1).closed_at == poll.ledger.get(kind="withdrawn").at
    assert "has withdrawn" in refused(poll, two, 1)
    assert votes(poll)[1] == 1
    cast_for(poll, one, 2)
    assert votes(poll) == {1: 0, 2: 1, 3: 0, 4: 0}


def test_a_voter_whose_page_is_older_than_the_withdrawal_is_told_too(poll: Poll) -> None:
    """The page's choice knows nothing of it; the database does."""
    choice = choice_of(poll, 1)
    withdraw(poll, 1)
    with pytest.raises(PollError, match="has withdrawn"):
        cast(poll=poll, group=groups_of(poll)[0], choice=choice, actor=make_user())


def test_a_withdrawal_closes_nothing_twice_and_nothing_elsewhere(poll: Poll) -> None:
    other = make_open_poll(groups=0)
    candidate = choice_of(poll, 1).candidate
    assert candidate is not None
    assert close_choice(candidate=candidate, actor=None) == [poll]
    assert close_choice(candidate=candidate, actor=None) == []
    assert close_choice(candidate=make_candidate(poll.race), actor=None) == []
    assert not other.ledger.exists()
    assert poll.ledger.count() == 1


def test_a_withdrawal_after_the_closing_time_leaves_the_poll_as_it_was_at_that_time(poll: Poll) -> None:
    let_time_pass(poll)
    withdraw(poll, 1)
    assert not poll.ledger.exists()
    assert choice_of(poll, 1).closed_at is None
