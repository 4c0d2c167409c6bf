"""What is endorsed: the reads that the public pages, the checks and the notices share."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.db.models import Prefetch, Q
from django.http import QueryDict
from django.utils.translation import gettext as _

from affiliates.finder import SearchError, one_value, parse_page
from foundation.places.distance import Point
from foundation.places.models import ZipCode
from foundation.places.search import Place
from foundation.places.states import STATES

from .models import Candidate, Endorsement, GroupEndorsement, Level, Race
from .models.decisions import EndorsementQuerySet

LAST_ZONE = datetime.timedelta(hours=12)
"""The last place on Earth where a day ends is so far behind UTC: until then an election of that day is not over."""
PAGE_SIZE = 30
MOST_ON_BALLOT = 60
FIRST_YEAR, LAST_YEAR = 1990, 2100
_AS_ON_A_BALLOT = (Level.FEDERAL, Level.STATE, Level.LOCAL, Level.PARTY)


def day_that_counts(now: datetime.datetime) -> datetime.date:
    """The earliest election day of a race that is not over yet, wherever it is."""
    return (now - LAST_ZONE).date()


def binding(now: datetime.datetime) -> EndorsementQuerySet:
    """National's public endorsements in races that are not over: what no group may act against. No order."""
    return Endorsement.objects.public(now).filter(race__election_date__gte=day_that_counts(now))


# --- searching ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Search:
    """What somebody asked for. All of it lives in the page's address."""

    near: str = ""
    state: str = ""
    level: str = ""
    year: int | None = None
    page: int = 1

    @property
    def is_filtered(self) -> bool:
        return bool(self.state or self.level or self.year)

    def address(self, *, page: int) -> str:
        """The query string of another page of the same search."""
        asked = replace(self, page=page)
        said = {
            "near": asked.near, "state": asked.state, "level": asked.level, "year": asked.year or "",
            "page": asked.page if asked.page > 1 else "",
        }  # fmt: skip
        return "?" + urlencode({name: value for name, value in said.items() if value})


def parse_search(query: QueryDict | Mapping[str, str]) -> Search:
    """What a query string asks for. Raises SearchError for what cannot be understood."""
    state = one_value(query, "state").strip().upper()
    if state and state not in STATES:
        raise SearchError(_("There is no state “%(state)s”.") % {"state": state[:20]}, 404)
    level = one_value(query, "level")
    if level and level not in Level.values:
        raise SearchError(_("There is no level of office called “%(level)s”.") % {"level": level[:20]}, 404)
    return Search(
        near=one_value(query, "near").strip(),
        state=state,
        level=level,
        year=_year(one_value(query, "year")),
        page=parse_page(one_value(query, "page")),
    )


def _year(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) == 4 and FIRST_YEAR <= int(text) <= LAST_YEAR):
        raise SearchError(_("“%(year)s” is no year of an election.") % {"year": text[:20]}, 400)
    return int(text)


@dataclass(frozen=True)
class Results:
    """One page of endorsements: those of elections to come, the next first, before those that are over."""

    endorsements: Sequence[Endorsement]
    has_next: bool
    coming: Sequence[Endorsement] = ()
    over: Sequence[Endorsement] = ()


def find_endorsed(search: Search, *, now: datetime.datetime) -> Results:
    """The public endorsements in force that `search` asks for, page by page. Two queries."""
    found = Endorsement.objects.public(now).select_related("race", "candidate")
    if search.state:
        found = found.filter(race__state=search.state)
    if search.level:
        found = found.filter(race__level=search.level)
    if search.year:
        found = found.filter(race__election_date__year=search.year)
    today, first = day_that_counts(now), (search.page - 1) * PAGE_SIZE
    ahead = found.filter(race__election_date__gte=today).order_by("race__election_date", "race__state", "pk")
    coming = list(ahead[first : first + PAGE_SIZE + 1])
    over = []
    if len(coming) <= PAGE_SIZE:
        skipped = max(first - ahead.count(), 0)
        past = found.filter(race__election_date__lt=today).order_by("-race__election_date", "race__state", "pk")
        over = list(past[skipped : skipped + PAGE_SIZE + 1 - len(coming)])
    rows = [*coming, *over]
    shown = rows[:PAGE_SIZE]
    return Results(shown, len(rows) > PAGE_SIZE, coming[:PAGE_SIZE], shown[len(coming) :])


def years_endorsed_in(now: datetime.datetime) -> list[int]:
    """The years of elections with a public endorsement, the last first."""
    days = Endorsement.objects.public(now).order_by("-race__election_date__year")
    return list(days.values_list("race__election_date__year", flat=True).distinct())


def states_endorsed_in(now: datetime.datetime) -> list[str]:
    """The codes of the states with a public endorsement, in their order."""
    codes = Endorsement.objects.public(now).exclude(race__state="").order_by("race__state")
    return list(codes.values_list("race__state", flat=True).distinct())


# --- what is on a ballot --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BallotLine:
    """A race on somebody's ballot: national's endorsement, what groups endorse, and who stands."""

    race: Race
    endorsement: Endorsement | None
    by_groups: Sequence[GroupEndorsement]
    candidates: Sequence[Candidate]


def zip_code_of(place: Place) -> str:
    """The five-digit ZIP code that `place` lies in or is nearest to; "" outside of the United States."""
    if place.zip_code or place.country != "US":
        return place.zip_code
    nearest = ZipCode.objects.filter(country="US").nearest_to(Point(place.latitude, place.longitude))
    return nearest.values_list("code", flat=True).first() or ""


def on_ballot_at(zip_code: str, *, now: datetime.datetime) -> list[BallotLine]:
    """The confirmed races not over whose area holds `zip_code`, the next election first. Four queries."""
    national = Endorsement.objects.public(now).select_related("candidate")
    by_groups = GroupEndorsement.objects.in_force().filter(group__status="listed")
    by_groups = by_groups.select_related("group", "candidate").defer("group__position").order_by("at", "pk")
    standing = Candidate.objects.confirmed().standing().order_by("name_key", "pk")
    races = (
        Race.objects.known()
        .upcoming(day_that_counts(now))
        .filter(pk__in=Race.objects.on_ballot_at(zip_code).values("pk"))
    )
    races = races.prefetch_related(
        Prefetch("endorsements", national, to_attr="public_endorsements"),
        Prefetch("group_endorsements", by_groups, to_attr="group_endorsements_in_force"),
        Prefetch("candidates", standing, to_attr="standing_candidates"),
    )
    shown = races.order_by("election_date", "office", "pk")[:MOST_ON_BALLOT]
    return [
        BallotLine(
            race,
            next(iter(race.public_endorsements), None),  # type: ignore[attr-defined]
            race.group_endorsements_in_force,  # type: ignore[attr-defined]
            race.standing_candidates,  # type: ignore[attr-defined]
        )
        for race in sorted(shown, key=lambda race: (race.election_date, _AS_ON_A_BALLOT.index(race.level)))
    ]


# --- one race, one candidate ----------------------------------------------------------------------------------


def endorsement_in(race: Race, now: datetime.datetime) -> Endorsement | None:
    """National's public endorsement in force in `race`."""
    return Endorsement.objects.public(now).filter(race=race).select_related("candidate", "poll").first()


def history_of(race: Race, now: datetime.datetime) -> Sequence[Endorsement]:
    """All that was ever public in `race`, the last first: what was withdrawn stays to be read."""
    ever = Endorsement.objects.ever_public(now).filter(race=race).select_related("candidate", "poll")
    return list(ever.order_by("-public_from", "-pk"))


def elsewhere(race: Race, now: datetime.datetime, *, limit: int = 5) -> Sequence[Endorsement]:
    """Other public endorsements to look at, those of the same state and of elections to come first."""
    others = Endorsement.objects.public(now).exclude(race=race).select_related("race", "candidate")
    near = others.filter(Q(race__state=race.state) & Q(race__election_date__gte=day_that_counts(now)))
    return list(near.order_by("race__election_date", "pk")[:limit])
