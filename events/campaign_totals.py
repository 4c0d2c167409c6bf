"""What came of a campaign in numbers: a few for everybody, more for staff by state and by group."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import CharField, Count, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils.translation import gettext as _

from foundation.places.countries import US, country_name
from foundation.places.states import state_name
from members.models import ActivityKind, Membership

from .figures import EventFigures, figures_by_event
from .models import Attendance, Campaign, Event, EventState


@dataclass(frozen=True)
class PublicTotals:
    """What everybody reads. `places` are towns, `going` people with their guests."""

    events: int
    states: int
    places: int
    going: int


@dataclass(frozen=True)
class HostTotals:
    """What staff read of the events of one state, one group, or all.

    `answered` counts confirmed answers of those who are coming, may come or wait; `attended` people who were checked
    in, with the guests that were counted; `new_members` those whose first basis of membership it is.
    """

    name: str
    events: int = 0
    answered: int = 0
    attended: int = 0
    new_members: int = 0

    def joined_with(self, other: "HostTotals") -> "HostTotals":
        """Both added up, under the name of this one."""
        return HostTotals(
            self.name,
            self.events + other.events,
            self.answered + other.answered,
            self.attended + other.attended,
            self.new_members + other.new_members,
        )


def public_totals(campaign: Campaign) -> PublicTotals:
    """The campaign's approved events counted, in one query."""
    shown = Event.objects.filter(campaign=campaign, state=EventState.APPROVED, is_listed=True)
    town = Concat("country", Value("/"), "state_code", Value("/"), "place_name", output_field=CharField())
    counted = shown.aggregate(
        events=Count("pk"),
        states=Count("state_code", distinct=True, filter=Q(state_code__gt="")),
        places=Count(town, distinct=True, filter=Q(place_name__gt="")),
        going=Coalesce(Sum("taken"), 0),
    )
    return PublicTotals(**counted)


def totals_by_event(campaign: Campaign) -> list[tuple[Event, HostTotals]]:
    """Each approved event of the campaign, with its group, and what came of it; by time. Five queries."""
    held = Event.objects.filter(campaign=campaign, state=EventState.APPROVED).order_by("starts_at", "pk")
    events = list(held.select_related("group").defer("position", "group__position", "about"))
    figures = figures_by_event(events)
    new = _new_members(Attendance.objects.in_effect().filter(event__in=held.order_by()))
    return [(event, _totals(event, figures[event.pk], new[event.pk])) for event in events]


def _totals(event: Event, figures: EventFigures, new_members: int) -> HostTotals:
    answered = figures.going + figures.waiting + figures.maybe
    return HostTotals(event.title, 1, answered, figures.came_people, new_members)


def _new_members(came: QuerySet[Attendance]) -> Counter[int]:
    """By event (id): how many became members by their attendance there."""
    event_of = {f"attendance:{pk}": event for pk, event in came.order_by().values_list("pk", "event")}
    sources = came.annotate(key=Concat(Value("attendance:"), Cast("pk", CharField()))).order_by().values("key")
    first = Membership.objects.filter(basis__kind=ActivityKind.ATTENDANCE, basis__source__in=sources)
    return Counter(event_of[source] for source in first.order_by().values_list("basis__source", flat=True))


def by_state(found: Iterable[tuple[Event, HostTotals]]) -> list[HostTotals]:
    """Added up by the state (abroad: the country) in which the event is, by name; those online only come last."""
    return _added_up((_where(event), totals) for event, totals in found)


def by_group(found: Iterable[tuple[Event, HostTotals]]) -> list[HostTotals]:
    """Added up by the group whose event it is, by name, the network's own last. Of several hosts the first counts."""
    return _added_up((_whose(event), totals) for event, totals in found)


def of_all(found: Iterable[tuple[Event, HostTotals]]) -> HostTotals:
    """All of them added up."""
    total = HostTotals(_("All"))
    for _event, totals in found:
        total = total.joined_with(totals)
    return total


class _Heap(NamedTuple):
    """What is added up together: by name, what has none last; `key` tells two of one name apart."""

    is_last: bool
    name: str
    key: str


def _where(event: Event) -> _Heap:
    if not event.has_venue:
        return _Heap(True, _("Online only"), "")
    name = state_name(event.state_code) if event.country == US else country_name(event.country)
    return _Heap(False, name, f"{event.country}/{event.state_code}")


def _whose(event: Event) -> _Heap:
    if event.group is None:
        return _Heap(True, _("The network itself"), "")
    return _Heap(False, event.group.name, str(event.group.pk))


def _added_up(found: Iterable[tuple[_Heap, HostTotals]]) -> list[HostTotals]:
    heaps: dict[_Heap, HostTotals] = {}
    for heap, totals in found:
        heaps[heap] = heaps.get(heap, HostTotals(heap.name)).joined_with(totals)
    in_order = sorted(heaps, key=lambda heap: (heap.is_last, heap.name.casefold(), heap.key))
    return [heaps[heap] for heap in in_order]
