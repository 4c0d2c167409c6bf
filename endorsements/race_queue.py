"""The staff's list of races: what groups propose and nominate first, then by election."""

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from foundation.places.states import STATES

from .models import Candidate, Level, QuestionnaireResponse, Race
from .nominations import in_force, races_nominated_in

WHEN = ("upcoming", "past", "all")
AREAS = ("known", "unknown")


@dataclass(frozen=True, slots=True)
class RaceQueue:
    """Which races are asked for; the empty word asks for any."""

    state: str = ""
    level: str = ""
    when: str = "upcoming"
    area: str = ""
    text: str = ""

    @property
    def is_filtered(self) -> bool:
        return self != RaceQueue()

    @property
    def query(self) -> str:
        """As part of an address."""
        asked = {"state": self.state, "level": self.level, "area": self.area, "q": self.text}
        asked["when"] = "" if self.when == "upcoming" else self.when
        return urlencode({name: value for name, value in asked.items() if value})

    def page_query(self, page: int) -> str:
        """The address of a page of the list, from its question mark on."""
        return f"?{self.query}&page={page}" if self.query else f"?page={page}"

    def races(self, today: datetime.date) -> QuerySet[Race]:
        """Them, with how many candidates are `standing` and `nominations` made; those with a proposal (`has_proposal`)
        first, then by election day."""
        rows = Race.objects.select_related("area", "proposed_by").defer("proposed_by__position")
        if self.state:
            rows = rows.filter(state=self.state)
        if self.level:
            rows = rows.filter(level=self.level)
        if self.area:
            rows = rows.filter(area__isnull=self.area == "unknown")
        if self.text:
            rows = rows.filter(self._is_called() | Q(self._has_candidate()))
        if self.when == "upcoming":
            rows = rows.filter(election_date__gte=today)
        elif self.when == "past":
            rows = rows.filter(election_date__lt=today)
        proposed = Candidate.objects.filter(race=OuterRef("pk"), confirmed_at__isnull=True)
        nominated = in_force().filter(candidate__race=OuterRef("pk")).order_by().values("candidate__race")
        day = "-election_date" if self.when == "past" else "election_date"
        return rows.annotate(
            standing=Count("candidates", filter=Q(candidates__withdrawn_at__isnull=True)),
            nominations=nominated.annotate(count=Count("pk")).values("count")[:1],
            has_proposal=Case(When(confirmed_at__isnull=True, then=Value(True)), default=Exists(proposed)),
        ).order_by("-has_proposal", day, "state", "office", "district", "pk")

    def _is_called(self) -> Q:
        return Q(office__icontains=self.text) | Q(district__icontains=self.text)

    def _has_candidate(self) -> Exists:
        return Exists(Candidate.objects.filter(race=OuterRef("pk"), name__icontains=self.text))


def read_race_queue(asked: Mapping[str, str]) -> RaceQueue:
    """What an address asks for; what it cannot mean is left out."""

    def one_of(name: str, known: Collection[str], default: str = "") -> str:
        value = asked.get(name, "")
        return value if value in known else default

    return RaceQueue(
        state=one_of("state", STATES),
        level=one_of("level", Level.values),
        when=one_of("when", WHEN, "upcoming"),
        area=one_of("area", AREAS),
        text=" ".join(asked.get("q", "").split())[:80],
    )


def states_with_races() -> list[str]:
    """The codes of the states that have a race, in order."""
    rows = Race.objects.exclude(state="").order_by("state").values_list("state", flat=True)
    return list(rows.distinct())


def races_waiting_in_words() -> str:
    """What waits for staff, for their home page: "2 proposed, 3 nominated without a poll"."""
    proposed = Race.objects.proposed().count()
    proposed += Candidate.objects.filter(confirmed_at__isnull=True, race__confirmed_at__isnull=False).count()
    nominated = races_nominated_in(Race.objects.known().upcoming(timezone.now().date())).count()
    said = []
    if proposed:
        said.append(
            ngettext("%(count)d proposal to look at", "%(count)d proposals to look at", proposed) % {"count": proposed}
        )
    if nominated:
        said.append(
            ngettext("%(count)d nominated race without a poll", "%(count)d nominated races without a poll", nominated)
            % {"count": nominated}
        )
    return ", ".join(said) or _("Who stands where, and whom groups nominate.")


def answers_waiting() -> QuerySet[QuestionnaireResponse]:
    """The responses that candidates have sent and staff have not published, of elections to come. No order."""
    return QuestionnaireResponse.objects.filter(
        answered_at__isnull=False,
        published_at__isnull=True,
        candidate__race__election_date__gte=timezone.now().date(),
        candidate__withdrawn_at__isnull=True,
    )


def answers_waiting_in_words() -> str:
    """How many candidates have sent answers that are not published, for the staff's home page."""
    count = answers_waiting().count()
    if not count:
        return _("What candidates are asked.")
    return ngettext(
        "%(count)d candidate’s answers are not published", "%(count)d candidates’ answers are not published", count
    ) % {"count": count}
