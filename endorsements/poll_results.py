"""How a closed poll ended, for people: the votes by choice with the rule, and the roll call of the groups."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from .models import ChoiceKind, EligibleGroup, Poll, PollChoice
from .tally import Outcome, Tally, count, missing_for_majority


@dataclass(frozen=True)
class ResultLine:
    """One choice and its votes. Shares are in percent; abstentions have none of those voting."""

    choice: PollChoice
    label: str
    votes: int
    of_eligible: float
    of_voting: float | None
    is_recommended: bool


@dataclass(frozen=True)
class PollResult:
    """What the close set down. `silent` are the groups that did not cast."""

    tally: Tally
    lines: list[ResultLine]
    silent: int
    majority: int
    outcome_words: str


def words_of(choice: PollChoice) -> str:
    """What a choice is called: the label frozen at the opening, or the words for the other kinds, translated."""
    if choice.kind == ChoiceKind.NONE:
        return _("No endorsement")
    if choice.kind == ChoiceKind.ABSTAIN:
        return _("Abstain")
    return choice.label


def result_of_poll(poll: Poll) -> PollResult | None:
    """The result of a closed poll, from what the close wrote down; None for any other. One query."""
    if poll.tally is None:
        return None
    choices = list(poll.choices.order_by("position"))
    votes = {choice.position: _votes(poll, choice) for choice in choices}
    tally = count(choices, votes, poll.eligible)
    lines = [_line(choice, votes[choice.position], tally) for choice in choices]
    return PollResult(
        tally, lines, poll.eligible - tally.cast, missing_for_majority(0, poll.eligible), _in_words(tally.outcome)
    )


def _votes(poll: Poll, choice: PollChoice) -> int:
    kept = poll.tally or {}
    is_candidate = choice.kind == ChoiceKind.CANDIDATE
    return int(kept["candidates"].get(str(choice.position), 0) if is_candidate else kept[choice.kind])


def _line(choice: PollChoice, votes: int, tally: Tally) -> ResultLine:
    says_something = choice.kind != ChoiceKind.ABSTAIN and tally.voting
    return ResultLine(
        choice,
        words_of(choice),
        votes,
        100 * votes / tally.eligible,
        100 * votes / tally.voting if says_something else None,
        choice.position == tally.recommended,
    )


def _in_words(outcome: Outcome) -> str:
    """Why nobody is recommended; empty where somebody is."""
    match outcome:
        case Outcome.TIE:
            return _(
                "The first candidates have the same number of votes, and none of them more than half of all groups."
            )
        case Outcome.SHORTFALL:
            return _("No candidate was chosen by more than half of all groups that were asked.")
        case Outcome.WITHDRAWN:
            return _("More than half chose a candidate who has withdrawn and cannot be recommended.")
    return ""


def roll_call(poll: Poll) -> QuerySet[EligibleGroup]:
    """Every eligible group in the order of the frozen list, with its ballot and choice where there is one."""
    return poll.eligible_groups.select_related("ballot__choice").order_by("number")
