"""What an event's public page says: to everybody, and to those who answered."""

import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext

from affiliates.models import Group
from foundation.accounts.models import User
from foundation.places.distance import Point
from members.models import Person

from .event_times import when_in_words
from .finding import Filters, FoundEvent, find_online, nearest_to
from .models import Event, EventFormat, EventNotice, EventPicture, EventState, NoticeKind, Rsvp, RsvpState

# A party that waits has no place yet; whoever can't come needs none.
SEES_WAY_IN = (RsvpState.GOING, RsvpState.MAYBE)
_INSTEAD = 5
_DESCRIPTION = 155  # characters that search engines show
_MODES = {
    EventFormat.IN_PERSON: "https://schema.org/OfflineEventAttendanceMode",
    EventFormat.ONLINE: "https://schema.org/OnlineEventAttendanceMode",
    EventFormat.HYBRID: "https://schema.org/MixedEventAttendanceMode",
}


class WayIn(NamedTuple):
    """Which of the two ways into an event its reader may see: the exact address, the link to join."""

    address: bool
    link: bool


def answer_of(event: Event, user: User | AnonymousUser) -> Rsvp | None:
    """The confirmed answer of whoever is signed in."""
    if not isinstance(user, User):
        return None
    return Rsvp.objects.confirmed().filter(event=event, person__in=Person.objects.of_user(user).values("pk")).first()


def opens_way_in(rsvp: Rsvp | None) -> bool:
    """Does this answer show its owner how to get in? One that is confirmed, and says yes or maybe."""
    return rsvp is not None and rsvp.is_confirmed and rsvp.state in SEES_WAY_IN


def way_in_is_shown(event: Event, user: User | AnonymousUser, *, keeps_event: bool) -> bool:
    """May the reader see what the event keeps from the public? Those who keep it may, and those who answered."""
    return keeps_event or opens_way_in(answer_of(event, user))


def way_in_of(event: Event, *, is_shown: bool) -> WayIn:
    """What of the ways in there is, and may be seen: `is_shown` is what `way_in_is_shown` said."""
    return WayIn(
        address=event.has_venue and (event.is_address_public or is_shown),
        link=event.is_online and (event.is_link_public or is_shown),
    )


def picture_of(event: Event) -> EventPicture | None:
    """Its picture without the bytes, which have an address of their own."""
    return EventPicture.objects.filter(event=event).defer("body").first()


def picture_address(picture: EventPicture, event: Event) -> str:
    """The path of the picture; it changes with the picture."""
    return reverse("event_picture_file", args=[event.slug, picture.digest])


def start_before(event: Event) -> datetime.datetime | None:
    """When a moved event was to begin before it was last moved; None where it is another place only, or not moved."""
    if event.moved_at is None:
        return None
    notice = EventNotice.objects.filter(event=event, kind=NoticeKind.MOVED).order_by("-at", "-pk").first()
    text = notice.before.get("starts_at", "") if notice else ""
    before = datetime.datetime.fromisoformat(text) if text else None
    return None if before == event.starts_at else before


def others_of_series(event: Event, now: datetime.datetime, *, limit: int = 5) -> list[Event]:
    """The next other dates of the same series."""
    if event.series_id is None:
        return []
    dates = Event.objects.found(now).filter(series=event.series_id).exclude(pk=event.pk)
    return list(dates.defer("position").order_by("starts_at", "pk")[:limit])


def describe(event: Event) -> str:
    """One sentence about the event for search engines and link previews. It says nothing that is not public."""
    if event.about:
        return Truncator(" ".join(event.about.split())).chars(_DESCRIPTION)
    when = when_in_words(event.starts_at, event.ends_at, event.time_zone)
    where = event.place_name if event.has_venue else gettext("online")
    return gettext("%(kind)s, %(when)s, %(where)s.") % {
        "kind": event.get_kind_display().capitalize(),
        "when": when,
        "where": where,
    }


def structured_data(event: Event, hosts: list[Group], picture: EventPicture | None) -> dict[str, Any]:
    """The event as schema.org JSON-LD, whoever reads the page: what is not public is never in it."""
    address = f"{settings.SITE_URL}{event.get_absolute_url()}"
    before = start_before(event)
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": event.title,
        "url": address,
        "description": describe(event),
        "startDate": event.local_start.isoformat(),
        "endDate": event.local_end.isoformat(),
        "eventStatus": _status(event, before),
        "eventAttendanceMode": _MODES[EventFormat(event.format)],
        "location": _locations(event, address),
        "organizer": [_organizer(group) for group in hosts] or [_network()],
        "inLanguage": event.language,
    }
    if before:
        data["previousStartDate"] = before.astimezone(event.zone).isoformat()
    if picture:
        data["image"] = [f"{settings.SITE_URL}{picture_address(picture, event)}"]
    if event.capacity:
        data["maximumAttendeeCapacity"] = event.capacity
        data["remainingAttendeeCapacity"] = event.places_left
    return data


def _status(event: Event, before: datetime.datetime | None) -> str:
    if event.state == EventState.CANCELLED:
        return "https://schema.org/EventCancelled"
    return "https://schema.org/EventRescheduled" if before else "https://schema.org/EventScheduled"


def _locations(event: Event, address: str) -> list[dict[str, Any]]:
    places = []
    if event.has_venue:
        places.append(_venue(event))
    if event.is_online:
        link = event.join_link if event.is_link_public and event.join_link else address
        places.append({"@type": "VirtualLocation", "url": link})
    return places


def _venue(event: Event) -> dict[str, Any]:
    town, _comma, _state = event.place_name.partition(",")
    postal = {
        "@type": "PostalAddress",
        "addressLocality": town,
        "addressRegion": event.state_code,
        "addressCountry": event.country,
    }
    if not event.is_address_public:
        return {"@type": "Place", "name": event.place_name, "address": _filled(postal)}
    postal |= {"streetAddress": event.address, "postalCode": event.zip_code_id or ""}
    place: dict[str, Any] = {"@type": "Place", "name": event.venue_name or event.place_name, "address": _filled(postal)}
    if event.point:
        place["geo"] = {"@type": "GeoCoordinates", **event.point._asdict()}
    return place


def _filled(data: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in data.items() if value}


def _organizer(group: Group) -> dict[str, str]:
    return {"@type": "Organization", "name": group.name, "url": f"{settings.SITE_URL}{group.get_absolute_url()}"}


def _network() -> dict[str, str]:
    return {"@type": "Organization", "name": settings.NETWORK_NAME, "url": settings.SITE_URL}


def others_instead(event: Event, now: datetime.datetime) -> list[FoundEvent]:
    """What to come to instead of an event that is over or cancelled: the nearest ones, or for one online the next."""
    if event.shown_latitude is not None and event.shown_longitude is not None:
        place = Point(event.shown_latitude, event.shown_longitude)
        found = nearest_to(place, now=now)
    else:
        found, _more = find_online(Filters(), page=1, now=now)
    return [other for other in found if other.slug != event.slug][:_INSTEAD]
