"""The staff's queue of events: those that wait for approval, the oldest first."""

import datetime
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from django.db.models import Q
from django.utils.translation import ngettext

from affiliates.models import Region
from affiliates.regions import groups_of

from .models import Event, EventKind, EventState
from .models.planned import EventQuerySet

SHOWN_STATES = (EventState.SUBMITTED, EventState.APPROVED, EventState.DECLINED, EventState.CANCELLED, EventState.DRAFT)
"""In this order on the page. A draft is nobody's work, but staff see that it is on its way."""


@dataclass(frozen=True)
class EventQueue:
    """Which events are looked at: where they stand, their kind, where they or their hosts are. "" is any."""

    state: str = EventState.SUBMITTED
    kind: str = ""
    home: str = ""
    region: str = ""

    @property
    def query(self) -> str:
        """The query string that leads back to it, empty for the plain queue."""
        plain = asdict(EventQueue())
        return urlencode({name: value for name, value in asdict(self).items() if value != plain[name]})

    @property
    def is_filtered(self) -> bool:
        return bool(self.kind or self.home or self.region)

    def events(self, now: datetime.datetime) -> EventQuerySet:
        """Those that wait, the one that waits longest first; of the others what is to come, the next first."""
        found = Event.objects.filter(state=self.state, call__isnull=True).select_related("group")
        found = found.defer("position", "group__position")
        if self.kind:
            found = found.filter(kind=self.kind)
        if self.home:
            found = found.filter(Q(group__country="US", group__state=self.home) | Q(state_code=self.home))
        if self.region:
            region = Region.objects.filter(slug=self.region).first()
            found = found.filter(group__in=groups_of(region)) if region else found.none()
        if self.state == EventState.SUBMITTED:
            return found.order_by("submitted_at", "pk")
        return found.filter(ends_at__gt=now).order_by("starts_at", "pk")

    def next_after(self, event: Event, now: datetime.datetime) -> Event | None:
        """The oldest one besides `event`."""
        return self.events(now).exclude(pk=event.pk).first()


def read_event_queue(query: Mapping[str, str]) -> EventQueue:
    """The queue of a query string; what it cannot mean is left out."""
    state, kind = query.get("state", ""), query.get("kind", "")
    return EventQueue(
        state=state if state in SHOWN_STATES else EventState.SUBMITTED,
        kind=kind if kind in EventKind.values else "",
        home=query.get("home", "")[:2],
        region=query.get("region", "")[:80],
    )


def states_in_queue() -> list[str]:
    """The states of the US that the events which wait are held in, or by a group of."""
    waiting = Event.objects.filter(state=EventState.SUBMITTED).order_by("pk")
    pairs = waiting.values_list("state_code", "group__state")
    return sorted({code for pair in pairs for code in pair if code})


def waiting_in_words() -> str:
    """How many events wait for approval, for the staff home."""
    count = Event.objects.filter(state=EventState.SUBMITTED).count()
    return ngettext("%(count)d event waits for approval.", "%(count)d events wait for approval.", count) % {
        "count": count
    }
