"""What staff do for office seekers: whom to write to today, what was agreed, in whose hands it is; counts by state."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db import transaction
from django.db.models import Avg, Count, F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from foundation.accounts.models import User
from foundation.audit.models import record
from foundation.places.outlines.drawing import Inset, draw_map
from foundation.places.outlines.pins import Pin, gather
from foundation.places.outlines.projection import albers_usa
from foundation.places.outlines.shapes import territories
from foundation.places.states import STATES, state_name

from .models import Level, OfficeSeeker, SeekerStage

STAGES = tuple(stage for stage in SeekerStage if stage != SeekerStage.UNCONFIRMED)
"""What staff can set. Whoever has not confirmed is not shown to them."""


class SeekerError(Exception):
    """This cannot be done with the office seeker; the message, for the reader, says why."""


class StaleSeekerError(SeekerError):
    """Somebody else has written about them since they were looked at."""


# --- the list ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pipeline:
    """Which office seekers staff look at; "" stands for any. `is_due` are those to follow up by today."""

    state: str = ""
    level: str = ""
    stage: str = ""
    is_due: bool = False
    is_mine: bool = False

    @property
    def is_filtered(self) -> bool:
        return self != Pipeline()

    @property
    def query(self) -> str:
        """What stands behind the question mark of the page's address."""
        chosen = {"state": self.state, "level": self.level, "stage": self.stage}
        ticked = {"due": "yes" if self.is_due else "", "mine": "yes" if self.is_mine else ""}
        return urlencode({name: value for name, value in (chosen | ticked).items() if value})

    def seekers(self, *, user: User, today: datetime.date) -> QuerySet[OfficeSeeker]:
        """Whoever is meant: those with a day to follow up first, the earliest first; then the oldest."""
        found = OfficeSeeker.objects.to_follow_up(today) if self.is_due else OfficeSeeker.objects.encouraged()
        given = {"state": self.state, "level": self.level, "stage": self.stage}
        found = found.filter(**{name: value for name, value in given.items() if value})
        if self.is_mine:
            found = found.filter(in_hands_of=user)
        rows = found.select_related("person", "in_hands_of", "referred_by_group").prefetch_related("person__emails")
        rows = rows.defer("person__position", "referred_by_group__position")
        return rows.order_by(F("follow_up_on").asc(nulls_last=True), "confirmed_at", "pk")


def read_pipeline(asked: Mapping[str, str]) -> Pipeline:
    """What a query string asks for; what is none of the choices counts as any."""

    def one_of(name: str, choices: "Mapping[str, object] | list[str]") -> str:
        value = asked.get(name, "")
        return value if value in choices else ""

    return Pipeline(
        state=one_of("state", STATES),
        level=one_of("level", Level.values),
        stage=one_of("stage", [stage.value for stage in STAGES]),
        is_due=asked.get("due") == "yes",
        is_mine=asked.get("mine") == "yes",
    )


def waiting_in_words() -> str:
    """ "3 people to follow up." for the staff home, in the reader's language."""
    number = OfficeSeeker.objects.to_follow_up(timezone.localdate()).count()
    words = ngettext("%(number)s person to follow up.", "%(number)s people to follow up.", number)
    return words % {"number": f"{number:,}"} if number else _("Who thinks of running, and what was agreed.")


# --- one of them ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FollowUp:
    """What came of a contact: what was said, how far they are, when to write again, in whose hands it is."""

    text: str
    stage: SeekerStage
    follow_up_on: datetime.date | None
    in_hands_of: User | None


def follow_up(
    *, seeker: OfficeSeeker, plan: FollowUp, revision: int, actor: User, now: datetime.datetime
) -> OfficeSeeker:
    """Write down what staff agreed with an office seeker.

    Raises StaleSeekerError where `revision` is not the present one, and SeekerError for a row that is not confirmed,
    for a stage that staff cannot set, a day to follow up that is over, and where nothing is said and nothing changes.
    """
    with transaction.atomic():
        held = OfficeSeeker.objects.select_for_update(of=("self",)).encouraged().filter(pk=seeker.pk).first()
        if held is None:
            raise SeekerError(_("They have taken it back, so nothing is kept here any more."))
        if held.revision != revision:
            raise StaleSeekerError(_("Somebody has written about them since you opened the page. Look at it again."))
        text = plan.text.strip()
        _refuse_unfit(held, plan, text, now)
        if text:
            held.follow_ups.create(text=text, by=actor, at=now)
        was, held.stage = held.stage, plan.stage
        held.follow_up_on, held.in_hands_of = plan.follow_up_on, plan.in_hands_of
        held.revision += 1
        held.save(update_fields=["stage", "follow_up_on", "in_hands_of", "revision"])
        record(actor=actor, action="followed up office seeker", subject=held.subject, was=was, stage=held.stage)
    return held


def _refuse_unfit(held: OfficeSeeker, plan: FollowUp, text: str, now: datetime.datetime) -> None:
    if plan.stage not in STAGES:
        raise SeekerError(_("Only they themselves confirm or take it back."))
    before = (held.stage, held.follow_up_on, held.in_hands_of)
    if not text and before == (plan.stage, plan.follow_up_on, plan.in_hands_of):
        raise SeekerError(_("Say what was agreed, or change something."))
    if (
        plan.follow_up_on is not None
        and plan.follow_up_on != held.follow_up_on
        and plan.follow_up_on < timezone.localdate(now)
    ):
        raise SeekerError(_("The day to write again is over already."))


# --- how many ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class StateCount:
    """How many people of a state think of running, and how many of them run or have decided to."""

    code: str
    encouraged: int
    running: int

    @property
    def name(self) -> str:
        """In the reader's language."""
        return state_name(self.code) if self.code else _("No state given")


_RUNNING = (SeekerStage.DECIDED, SeekerStage.FILED)


def encouraged_in_all() -> int:
    """How many people have confirmed that they think of running; each counts once, whatever they aim at."""
    people: int = OfficeSeeker.objects.encouraged().aggregate(people=Count("person", distinct=True))["people"]
    return people


def encouraged_by_state() -> list[StateCount]:
    """The same by state, by name in the reader's language; those without a state last. One query."""
    people = Count("person", distinct=True)
    running = Count("person", distinct=True, filter=Q(stage__in=_RUNNING))
    rows = OfficeSeeker.objects.encouraged().order_by().values_list("state").annotate(people=people, running=running)
    return sorted((StateCount(*row) for row in rows), key=lambda count: (not count.code, count.name))


def draw_by_state(*, enlarge: float = 1.0) -> str:
    """The SVG of the country with one bubble a state, in the middle of where its people live. One query.

    The table of `encouraged_by_state` says the same in words.
    """
    pins, insets, total = [], dict.fromkeys(territories(), 0), 0
    for state, people, latitude, longitude in _middles():
        total += people
        if state in insets:
            insets[state] = people
        elif position := albers_usa(latitude, longitude):
            pins.append(Pin(*position, people))
    words = ngettext("%(count)s person is encouraged to run.", "%(count)s people are encouraged to run.", total)
    return draw_map(
        gather(pins, unit=enlarge),
        insets=[Inset(code, STATES[code].name, people) for code, people in insets.items()],
        title=_("People encouraged to run for office, by state"),
        description=words % {"count": f"{total:,}"},
        enlarge=enlarge,
    )


def _middles() -> QuerySet[OfficeSeeker, tuple[str, int, float, float]]:
    """By state: how many people, and the mean of their ZIP codes' points; where these are known."""
    known = OfficeSeeker.objects.encouraged().filter(zip_code__latitude__isnull=False).exclude(state="")
    return (
        known.order_by()
        .values_list("state")
        .annotate(
            people=Count("person", distinct=True),
            latitude=Avg("zip_code__latitude"),
            longitude=Avg("zip_code__longitude"),
        )
    )
