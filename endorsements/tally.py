"""The rule of the network, as pure functions: who is recommended by what was cast (domain, Endorsements)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from .models import ChoiceKind


class Choice(Protocol):
    """What the rule needs to know of a choice. `closed_at` is set where the candidate has withdrawn."""

    @property
    def position(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def closed_at(self) -> Any: ...


class Outcome(StrEnum):
    """What came of a poll."""

    RECOMMENDED = "recommended"
    # Two or more stand together at the top, and none of them has a majority.
    TIE = "tie"
    # Nobody has more than half of the eligible groups.
    SHORTFALL = "shortfall"
    # More than half chose somebody who has withdrawn.
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted. `votes` is by position, of candidates only; `cast` counts abstentions too."""

    votes: dict[int, int]
    none: int
    abstain: int
    cast: int
    eligible: int
    # The position of the candidate whom more than half of all eligible groups chose.
    recommended: int | None
    # How many more votes the best candidate who stands would have needed; 0 where somebody is recommended.
    missing: int
    outcome: Outcome

    @property
    def voting(self) -> int:
        """How many chose a candidate or no endorsement: those who abstain take part, but do not choose."""
        return self.cast - self.abstain

    def share_of_voting(self, position: int) -> float | None:
        """What share (0 to 1) of those voting chose a candidate. Shown, never decisive; None where nobody voted."""
        return self.votes[position] / self.voting if self.voting else None

    def share_of_eligible(self, position: int) -> float:
        """What share (0 to 1) of all eligible groups chose a candidate: what decides."""
        return self.votes[position] / self.eligible

    def as_json(self) -> dict[str, Any]:
        """What `Poll.tally` keeps."""
        candidates = {str(position): votes for position, votes in self.votes.items()}
        return {"candidates": candidates, "none": self.none, "abstain": self.abstain, "cast": self.cast}


def count(choices: Iterable[Choice], ballots: Mapping[int, int], eligible: int) -> Tally:
    """Apply the rule: a candidate is recommended when more than half of all `eligible` groups chose them.

    `ballots` says how many current ballots chose each position; struck ones are not among them. Silence counts
    against; a withdrawn candidate keeps their votes and cannot win. Raises ValueError for more ballots than groups and
    for a position that there is not.
    """
    offered = {choice.position: choice for choice in choices}
    if unknown := set(ballots) - set(offered):
        raise ValueError(f"no such choice: {sorted(unknown)}")
    cast = sum(ballots.values())
    if cast > eligible:
        raise ValueError(f"{cast} ballots of {eligible} groups")
    chosen = {position: ballots.get(position, 0) for position in sorted(offered)}
    of_kind = {kind: [p for p, choice in offered.items() if choice.kind == kind] for kind in ChoiceKind.values}
    votes = {position: chosen[position] for position in sorted(of_kind[ChoiceKind.CANDIDATE])}
    standing = {position: number for position, number in votes.items() if offered[position].closed_at is None}
    recommended = next((position for position, number in standing.items() if is_majority(number, eligible)), None)
    return Tally(
        votes=votes,
        none=sum(chosen[position] for position in of_kind[ChoiceKind.NONE]),
        abstain=sum(chosen[position] for position in of_kind[ChoiceKind.ABSTAIN]),
        cast=cast,
        eligible=eligible,
        recommended=recommended,
        missing=missing_for_majority(max(standing.values(), default=0), eligible),
        outcome=_outcome(recommended, votes, standing, eligible),
    )


def _outcome(recommended: int | None, votes: dict[int, int], standing: dict[int, int], eligible: int) -> Outcome:
    if recommended is not None:
        return Outcome.RECOMMENDED
    if any(is_majority(number, eligible) for number in votes.values()):
        return Outcome.WITHDRAWN
    best = max(standing.values(), default=0)
    is_tie = best > 0 and list(standing.values()).count(best) > 1
    return Outcome.TIE if is_tie else Outcome.SHORTFALL


def is_majority(votes: int, eligible: int) -> bool:
    """More than half of all eligible groups, whether they answered or not."""
    return 2 * votes > eligible


def missing_for_majority(votes: int, eligible: int) -> int:
    """How many more are needed for more than half of `eligible`. Of all ballots cast while a poll is open: how many
    more there must be before anybody can have a majority."""
    return max(0, eligible // 2 + 1 - votes)
