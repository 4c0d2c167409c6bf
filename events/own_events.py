"""A person's own events: what they answered, and where they were. Panels of /me/ and of a group's page draw it."""

import datetime
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from affiliates.models import Group
from foundation.accounts.models import User
from members.models import Person

from .models import Attendance, Event, EventState, Rsvp

PANEL_SHOWS = 3
MOST_SHOWN = 50


@dataclass(frozen=True)
class OwnEvents:
    """What a person answered: the next events first, then those that are over, the latest first."""

    ahead: list[Rsvp]
    over: list[Rsvp]
    # The keys of the events that they were noted as having come to.
    attended: frozenset[int]


def own_events(person: Person, now: datetime.datetime) -> OwnEvents:
    """The confirmed answers of `person` to events that anybody may see. Three queries."""
    ahead = own_answers_ahead(person, now)
    over = _answers(person).filter(event__ends_at__lte=now).order_by("-event__starts_at", "-pk")[:MOST_SHOWN]
    past = list(over)
    came = Attendance.objects.in_effect().filter(person=person, event__in=[rsvp.event_id for rsvp in past])
    return OwnEvents(ahead, past, frozenset(came.order_by("pk").values_list("event_id", flat=True)))


def own_answers_ahead(person: Person, now: datetime.datetime, *, limit: int = MOST_SHOWN) -> list[Rsvp]:
    """The answers to what is still to come, the next first; also to what is cancelled, so that nobody goes there."""
    ahead = _answers(person).filter(event__ends_at__gt=now)
    return list(ahead.order_by("event__starts_at", "pk")[:limit])


def _answers(person: Person) -> QuerySet[Rsvp]:
    states = (EventState.APPROVED, EventState.CANCELLED)
    answers = Rsvp.objects.confirmed().filter(person=person, event__state__in=states, event__approved_at__isnull=False)
    return answers.select_related("event").defer("event__position")


def own_events_panel(user: User, request: HttpRequest) -> SafeString | None:
    """On /me/: the next events that somebody answered; nothing where there is none, so that the page stays short."""
    person = Person.objects.of_user(user).first()
    answers = own_answers_ahead(person, timezone.now(), limit=PANEL_SHOWS) if person else []
    return render_to_string("events/finding/own_panel.html", {"answers": answers}) if answers else None


# --- on the page of a group -------------------------------------------------------------------------------------

GROUP_PANEL_SHOWS = 5


def next_event_panel(group: Group, request: HttpRequest) -> SafeString | None:
    """Beside Join: the group's next event."""
    events = _next_of_group(group, limit=1)
    return render_to_string("events/finding/next_event_panel.html", {"event": events[0]}) if events else None


def group_events_panel(group: Group, request: HttpRequest) -> SafeString | None:
    """Below the group's own words: its next events, and the way to all of them."""
    events = _next_of_group(group, limit=GROUP_PANEL_SHOWS)
    context = {"events": events, "group": group}
    return render_to_string("events/finding/group_panel.html", context) if events else None


def _next_of_group(group: Group, *, limit: int) -> list[Event]:
    # Most groups have nothing planned at this moment, and their pages ask no further.
    if group.next_event_at is None:
        return []
    ahead = Event.objects.of_group(group).found(timezone.now())
    return list(ahead.defer("position").order_by("starts_at", "pk")[:limit])
