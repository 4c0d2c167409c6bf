"""The rule of the network, branch by branch: no database, only numbers."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endorsements.tally import Outcome, Tally, count, is_majority, missing_for_majority


@dataclass
class Choice:
    position: int
    kind: str = "candidate"
    closed_at: object = None


A, B, NONE, ABSTAIN = Choice(1), Choice(2), Choice(3, "none"), Choice(4, "abstain")
CHOICES = [A, B, NONE, ABSTAIN]


def tally(eligible: int, *, a: int = 0, b: int = 0, none: int = 0, abstain: int = 0) -> Tally:
    return count(CHOICES, {1: a, 2: b, 3: none, 4: abstain}, eligible)


def test_more_than_half_of_all_eligible_recommends() -> None:
    result = tally(10, a=6, b=1)
    assert (result.recommended, result.outcome, result.missing) == (1, Outcome.RECOMMENDED, 0)


def test_exactly_half_is_a_shortfall_of_one() -> None:
    result = tally(10, a=5)
    assert (result.recommended, result.outcome, result.missing) == (None, Outcome.SHORTFALL, 1)


def test_of_an_odd_number_the_smaller_half_is_not_enough_and_the_larger_is() -> None:
    assert tally(7, a=3).recommended is None
    assert tally(7, a=4).recommended == 1


def test_silence_counts_against_a_candidate_whom_all_voters_chose() -> None:
    result = tally(10, a=4)
    assert result.recommended is None
    assert result.share_of_voting(1) == 1.0
    assert result.share_of_eligible(1) == 0.4


def test_a_tie_recommends_nobody() -> None:
    result = tally(10, a=5, b=5)
    assert (result.recommended, result.outcome, result.missing) == (None, Outcome.TIE, 1)


def test_equal_numbers_below_the_top_are_no_tie() -> None:
    choices = [A, B, Choice(5), NONE, ABSTAIN]
    assert count(choices, {1: 2, 2: 1, 5: 1}, 10).outcome == Outcome.SHORTFALL


def test_no_ballot_at_all_is_a_shortfall_and_no_tie() -> None:
    result = tally(3)
    assert (result.outcome, result.cast, result.missing) == (Outcome.SHORTFALL, 0, 2)
    assert result.share_of_voting(1) is None


def test_a_withdrawn_candidate_keeps_their_votes_and_cannot_win() -> None:
    gone = Choice(1, closed_at="yesterday")
    result = count([gone, B, NONE, ABSTAIN], {1: 6, 2: 4}, 10)
    assert (result.recommended, result.outcome, result.votes) == (None, Outcome.WITHDRAWN, {1: 6, 2: 4})
    assert result.missing == 2  # of the best who stands


def test_a_withdrawn_candidate_without_a_majority_makes_neither_tie_nor_withdrawal() -> None:
    gone = Choice(1, closed_at="yesterday")
    assert count([gone, B, NONE, ABSTAIN], {1: 3, 2: 3}, 10).outcome == Outcome.SHORTFALL


def test_another_can_win_beside_a_withdrawn_one() -> None:
    gone = Choice(1, closed_at="yesterday")
    assert count([gone, B, NONE, ABSTAIN], {1: 4, 2: 6}, 10).recommended == 2


def test_nobody_left_who_stands() -> None:
    result = count([Choice(1, closed_at="yesterday"), NONE, ABSTAIN], {}, 4)
    assert (result.outcome, result.missing) == (Outcome.SHORTFALL, 3)


def test_the_vote_of_the_only_eligible_group_decides() -> None:
    assert tally(1, b=1).recommended == 2
    assert tally(1, none=1).recommended is None


def test_a_majority_for_no_endorsement_recommends_nobody() -> None:
    result = tally(10, none=9, a=1)
    assert (result.recommended, result.outcome, result.none) == (None, Outcome.SHORTFALL, 9)


def test_abstaining_is_taking_part_without_choosing() -> None:
    result = tally(10, a=2, none=2, abstain=3)
    assert (result.cast, result.voting, result.abstain) == (7, 4, 3)
    assert result.share_of_voting(1) == 0.5
    assert tally(10, abstain=10).recommended is None


def test_struck_ballots_are_not_among_those_given() -> None:
    """What is missing from the mapping has no votes: ballots.choices_with_votes leaves struck ones out."""
    assert count(CHOICES, {}, 3) == tally(3)


def test_it_is_kept_with_positions_as_text() -> None:
    assert tally(10, a=2, b=1, none=2, abstain=3).as_json() == {
        "candidates": {"1": 2, "2": 1}, "none": 2, "abstain": 3, "cast": 8,
    }  # fmt: skip


def test_more_ballots_than_groups_and_unknown_choices_are_errors() -> None:
    with pytest.raises(ValueError, match="4 ballots of 3 groups"):
        tally(3, a=4)
    with pytest.raises(ValueError, match="no such choice"):
        count(CHOICES, {9: 1}, 3)


@pytest.mark.parametrize(("cast", "eligible", "missing"), [(0, 1, 1), (0, 10, 6), (5, 10, 1), (6, 10, 0), (9, 10, 0)])
def test_turnout_that_is_missing_before_anybody_can_have_a_majority(cast: int, eligible: int, missing: int) -> None:
    assert missing_for_majority(cast, eligible) == missing


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_whatever_was_cast_at_most_one_wins_and_only_by_the_rule(
    a: int, b: int, none: int, abstain: int, silent: int
) -> None:
    eligible = a + b + none + abstain + silent
    result = tally(eligible, a=a, b=b, none=none, abstain=abstain)
    assert (result.recommended == 1) is (2 * a > eligible)
    assert (result.recommended == 2) is (2 * b > eligible)
    assert (result.outcome == Outcome.RECOMMENDED) is (result.recommended is not None) is (result.missing == 0)
    assert is_majority(max(a, b) + result.missing, eligible)
    assert result.missing == 0 or not is_majority(max(a, b) + result.missing - 1, eligible)
