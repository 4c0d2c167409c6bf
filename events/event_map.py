"""Events on the map of affiliates.map: clusters for the box on screen, the drawn picture, the counts by state.

An event lies where its published point is. A series is there once, with its next date.
"""

import datetime

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from affiliates.map import OnMap, PlaceCount, PointColumns, by_place
from affiliates.map_picture import Drawn
from foundation.places.countries import US

from .event_times import short_day_in_words
from .models import HAS_VENUE, Event, EventQuerySet

SHOWN_POINT = PointColumns("shown_longitude", "shown_latitude")


def events_on_map(now: datetime.datetime) -> EventQuerySet:
    """What the map shows: what is found by its place, of a series the next date at each place."""
    found = Event.objects.found(now).filter(format__in=HAS_VENUE)
    is_sooner = Q(starts_at__lt=OuterRef("starts_at")) | Q(starts_at=OuterRef("starts_at"), pk__lt=OuterRef("pk"))
    sooner = found.filter(is_sooner, series=OuterRef("series"), position=OuterRef("position")).order_by()
    return found.filter(Q(series__isnull=True) | ~Exists(sooner))


def _now_on_map() -> EventQuerySet:
    return events_on_map(timezone.now())


def _in_the_us() -> EventQuerySet:
    return _now_on_map().filter(country=US)


def _line(title: str, starts_at: datetime.datetime, time_zone: str, place: str, slug: str) -> dict[str, str]:
    # What is published, by name. Slugs need no escaping (constraint event_slug_form).
    day = short_day_in_words(starts_at, time_zone)
    return {"name": title, "place": f"{day} · {place}", "url": f"/events/{slug}/"}


EVENTS_ON_MAP = OnMap(
    key="events:map",
    called="events",
    rows=_now_on_map,
    order=("starts_at", "pk"),
    columns=("title", "starts_at", "time_zone", "place_name", "slug"),
    line=_line,
    point=SHOWN_POINT,
)


def events_by_state() -> list[PlaceCount]:
    """The events on the map counted by state, territory and country; only those that have one. One query."""
    known = _now_on_map().exclude(country=US, state_code="")
    return by_place(known.values_list("country", "state_code").annotate(events=Count("pk")).order_by())


def _title(place: str) -> str:
    return _("Events around %(place)s") % {"place": place} if place else _("Events in the United States")


def _description(total: int, is_all: bool) -> str:
    if is_all:
        words = ngettext("%(count)s event in all.", "%(count)s events in all.", total)
    else:
        words = ngettext("%(count)s event in the picture.", "%(count)s events in the picture.", total)
    return words % {"count": f"{total:,}"}


EVENTS_DRAWN = Drawn(
    key="events:map",
    rows=_in_the_us,
    counts=events_by_state,
    title=_title,
    description=_description,
    point=SHOWN_POINT,
)
