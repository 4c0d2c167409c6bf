"""What other parts add to the public pages of a race and of a candidate. They register in `ready()`."""

from collections.abc import Callable

from django.http import HttpRequest
from django.utils.safestring import SafeString

from .models import Candidate, Race

type BuildRacePanel = Callable[[Race, HttpRequest], SafeString | None]
type BuildCandidatePanel = Callable[[Candidate, HttpRequest], SafeString | None]

_of_races: dict[str, tuple[int, BuildRacePanel]] = {}
_of_candidates: dict[str, tuple[int, BuildCandidatePanel]] = {}


def register_race_panel(key: str, order: int, build: BuildRacePanel) -> None:
    """Add to the page of every confirmed race what `build(race, request)` draws; None draws nothing.

    They stand in the order of `order`; the same `key` again takes the place of the former.
    """
    _of_races[key] = (order, build)


def register_candidate_panel(key: str, order: int, build: BuildCandidatePanel) -> None:
    """The same for the page of every confirmed candidate."""
    _of_candidates[key] = (order, build)


def race_panels(race: Race, request: HttpRequest) -> list[SafeString]:
    """The panels of a race's page, in their order."""
    builders = sorted(_of_races.values(), key=lambda entry: entry[0])
    return [drawn for _order, build in builders if (drawn := build(race, request))]


def candidate_panels(candidate: Candidate, request: HttpRequest) -> list[SafeString]:
    """The panels of a candidate's page, in their order."""
    builders = sorted(_of_candidates.values(), key=lambda entry: entry[0])
    return [drawn for _order, build in builders if (drawn := build(candidate, request))]
