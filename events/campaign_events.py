"""The events of a campaign as the public finds them: by date, by distance, by state, and drawn on the map."""

import datetime
from typing import Any

from django.db.models import BooleanField, Count, ExpressionWrapper, F, FloatField, Q, Value
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from affiliates.finder import PAGE_SIZE
from affiliates.map import PlaceCount, by_place
from affiliates.map_picture import Drawn
from foundation.places.countries import US
from foundation.places.distance import HasPoint

from .event_map import SHOWN_POINT
from .finding import FoundEvent, found_by_distance
from .models import HAS_LINK, HAS_VENUE, Campaign, Event, EventQuerySet, EventState

ONLINE_SHOWN = 5
_NOWHERE = Value(None, output_field=FloatField(null=True))
_COLUMNS = (
    "title", "slug", "kind", "format", "starts_at", "ends_at", "time_zone", "place_name", "shown_latitude",
    "shown_longitude", "is_address_public", "capacity", "taken", "is_of_series", "group__name",
)  # fmt: skip


def nearest_events(
    campaign: Campaign, place: HasPoint, *, page: int, now: datetime.datetime
) -> tuple[list[FoundEvent], bool]:
    """A page of the events to come, the nearest to `place` first; and whether there are more. One query."""
    found = _coming(campaign, now).filter(format__in=HAS_VENUE).nearest_to(place)
    return _page_of(found, page)


def next_events(campaign: Campaign, *, page: int, now: datetime.datetime) -> tuple[list[FoundEvent], bool]:
    """A page of the events to come wherever they are, the next one first; and whether there are more. One query."""
    found = _coming(campaign, now).annotate(chord=_NOWHERE).order_by("starts_at", "pk")
    return _page_of(found, page)


def online_events(campaign: Campaign, *, now: datetime.datetime) -> list[FoundEvent]:
    """The next of its events that can be joined from everywhere. One query."""
    found = _coming(campaign, now).filter(format__in=HAS_LINK).annotate(chord=_NOWHERE)
    return _page_of(found.order_by("starts_at", "pk"), 1)[0][:ONLINE_SHOWN]


def _coming(campaign: Campaign, now: datetime.datetime) -> EventQuerySet:
    return Event.objects.found(now).filter(campaign=campaign)


def _page_of(found: EventQuerySet, page: int) -> tuple[list[FoundEvent], bool]:
    is_of_series = ExpressionWrapper(Q(series__isnull=False), output_field=BooleanField())
    rows = found.annotate(is_of_series=is_of_series).values_list(*_COLUMNS, "chord")
    first = (page - 1) * PAGE_SIZE
    events = [found_by_distance(row) for row in rows[first : first + PAGE_SIZE + 1]]
    return events[:PAGE_SIZE], len(events) > PAGE_SIZE


# --- on the map -------------------------------------------------------------------------------------------------


def shown_events(campaign: Campaign) -> EventQuerySet:
    """All its events that the map shows: those that are over too, so that it fills as the campaign goes on."""
    return Event.objects.filter(campaign=campaign, state=EventState.APPROVED, is_listed=True, format__in=HAS_VENUE)


def counts_by_state(campaign: Campaign) -> list[PlaceCount]:
    """The events on its map counted by state, territory and country; only those that have one. One query."""
    known = shown_events(campaign).exclude(country=US, state_code="")
    return by_place(known.values_list("country", "state_code").annotate(events=Count("pk")).order_by())


def map_of(campaign: Campaign) -> Drawn:
    """What the picture of the campaign's map shows (affiliates.map_picture)."""

    def title(place: str) -> str:
        values = {"title": campaign.title, "place": place}
        return _("%(title)s around %(place)s") % values if place else campaign.title

    def description(total: int, is_all: bool) -> str:
        return ngettext("%(count)s event.", "%(count)s events.", total) % {"count": f"{total:,}"}

    return Drawn(
        key=f"campaign:{campaign.pk}:map",
        rows=lambda: shown_events(campaign).filter(country=US),
        counts=lambda: counts_by_state(campaign),
        title=title,
        description=description,
        point=SHOWN_POINT,
    )


def own_events_of(campaign: Campaign, groups: Any) -> EventQuerySet:
    """The campaign's events of `groups`, whatever their standing, the next one first."""
    own = Q(group__in=groups) | Q(cohosts__group__in=groups, cohosts__accepted_at__isnull=False)
    found = Event.objects.filter(own, campaign=campaign).distinct().select_related("group")
    return found.defer("position", "group__position").order_by(F("starts_at").asc(), "pk")
