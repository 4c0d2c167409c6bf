"""What came of events, in numbers: who answered, who came, and how many of those who were going did not."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, Sum

from affiliates.models import Group

from .models import Attendance, Event, EventState, Rsvp, RsvpState
from .models.planned import EventQuerySet


@dataclass(frozen=True)
class EventFigures:
    """The numbers of one event, or of several together. `…_people` count guests as well.

    `unconfirmed` are answers whose mailed link was not pressed yet; they hold their places and are in no other number
    but `going_people`. `kept` are those who were going, confirmed, and were checked in.
    """

    going: int = 0
    going_people: int = 0
    waiting: int = 0
    waiting_people: int = 0
    maybe: int = 0
    cant: int = 0
    unconfirmed: int = 0
    came: int = 0
    came_people: int = 0
    kept: int = 0

    @property
    def no_shows(self) -> int | None:
        """How many who were going were not checked in; None where nobody was checked in at all: then nobody knows."""
        return self.going - self.kept if self.came else None

    @property
    def no_show_percent(self) -> int | None:
        """Their share of those who were going, in percent; None where nobody knows, or nobody was going."""
        return round(100 * self.no_shows / self.going) if self.no_shows is not None and self.going else None

    @property
    def not_answered(self) -> int:
        """How many came who were not expected: walk-ins, and those who had answered otherwise."""
        return self.came - self.kept


def figures_of(event: Event) -> EventFigures:
    """The numbers of one event, in two queries."""
    return figures_by_event([event])[event.pk]


def figures_by_event(events: Iterable[Event]) -> dict[int, EventFigures]:
    """The numbers of each of `events`, by key, in two queries for all."""
    keys = [event.pk for event in events]
    found = {key: EventFigures() for key in keys}
    for row in _answers_of(keys):
        event = row.pop("event")
        found[event] = EventFigures(**{name: number or 0 for name, number in row.items()})
    came = Attendance.objects.in_effect().filter(event__in=keys).values("event")
    for one in came.annotate(came=Count("pk"), guests=Sum("guests")).order_by("event"):
        people = one["came"] + one["guests"]
        found[one["event"]] = replace(found[one["event"]], came=one["came"], came_people=people)
    return found


def _answers_of(keys: list[int]) -> Iterable[Any]:
    confirmed = Q(confirmed_at__isnull=False)
    going, waiting = Q(state=RsvpState.GOING), Q(state=RsvpState.WAITING)
    there = Attendance.objects.in_effect().filter(event=OuterRef("event"), person=OuterRef("person"))
    answers = Rsvp.objects.filter(event__in=keys).annotate(was_there=Exists(there))
    return (
        answers.values("event")
        .order_by("event")
        .annotate(
            going=Count("pk", filter=going & confirmed),
            going_people=Sum("party_size", filter=going),
            waiting=Count("pk", filter=waiting & confirmed),
            waiting_people=Sum("party_size", filter=waiting & confirmed),
            maybe=Count("pk", filter=Q(state=RsvpState.MAYBE) & confirmed),
            cant=Count("pk", filter=Q(state=RsvpState.CANT) & confirmed),
            unconfirmed=Count("pk", filter=~confirmed),
            kept=Count("pk", filter=going & confirmed & Q(was_there=True)),
        )
    )


def sum_of(figures: Iterable[EventFigures]) -> EventFigures:
    """The numbers of several events together. Who did not come counts only where somebody was checked in."""
    total = EventFigures()
    for one in figures:
        counted = one if one.came else replace(one, going=0, kept=0)
        total = EventFigures(**{name: getattr(total, name) + getattr(counted, name) for name in vars(total)})
    return total


def past_events(group: Group, *, now: datetime.datetime) -> EventQuerySet:
    """The events that `group` held and that are over, the latest first."""
    over = Event.objects.of_group(group).filter(state=EventState.APPROVED, ends_at__lte=now)
    return over.select_related("group", "report").defer("position", "group__position").order_by("-starts_at", "-pk")
