"""What the hosts of events see: a group's events, what each needs, and the door of today's.

The dashboards of the floor below, and /me/, show it too: `register_host_pages`.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from affiliates.dashboard import ToDo, Way, register_door_to_dos, register_to_dos, register_ways
from affiliates.models import Group
from foundation.accounts.models import User
from foundation.accounts.panels import register_panel

from .cohosts import open_invitations
from .event_times import clock_in_words, start_in_words
from .figures import EventFigures, figures_by_event, past_events
from .hosts import hosts_of
from .models import Cohost, Event, EventReport, EventState, Promotion, PromotionState, Rsvp
from .models.planned import EventQuerySet
from .reports import ASKED_FOR
from .standing import obstacles_to

PAST_SHOWN = 10
MOST_TO_DOS = 5
DOOR_BEFORE = datetime.timedelta(hours=12)
DOOR_AFTER = datetime.timedelta(hours=6)
"""Around an event the way to its door stands on every dashboard: from the morning of its day on, and past its end."""


# --- a group's events -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class EventLine:
    """One event in a list of its hosts."""

    event: Event
    figures: EventFigures
    is_own: bool  # and not another group's, which this one joined


@dataclass(frozen=True)
class GroupEvents:
    """The events of one group. `planned` are drafts, those that wait for national, and those it declined."""

    upcoming: list[EventLine]
    planned: list[EventLine]
    past: list[EventLine]
    off: list[EventLine]  # cancelled ones, the latest first
    past_count: int

    def __bool__(self) -> bool:
        return bool(self.upcoming or self.planned or self.past or self.off)


def events_of_group(group: Group, *, now: datetime.datetime) -> GroupEvents:
    """All events that `group` holds or plans, the next first; of those that are over, the last ten."""
    own = _in_order(Event.objects.of_group(group))
    upcoming = list(own.filter(state=EventState.APPROVED, ends_at__gt=now))
    planned = list(
        own.filter(
            Q(state__in=(EventState.DRAFT, EventState.SUBMITTED)) | Q(state=EventState.DECLINED, ends_at__gt=now)
        )
    )
    past = list(past_events(group, now=now)[:PAST_SHOWN])
    off = list(
        own.filter(state=EventState.CANCELLED, approved_at__isnull=False).order_by("-starts_at", "-pk")[:PAST_SHOWN]
    )
    figures = figures_by_event([*upcoming, *past])

    def lines_of(events: Iterable[Event]) -> list[EventLine]:
        return [EventLine(event, figures.get(event.pk, EventFigures()), event.group_id == group.pk) for event in events]

    return GroupEvents(
        upcoming=lines_of(upcoming),
        planned=lines_of(planned),
        past=lines_of(past),
        off=lines_of(off),
        past_count=past_events(group, now=now).count(),
    )


def _in_order(events: EventQuerySet) -> EventQuerySet:
    return events.select_related("group").defer("position", "group__position").order_by("starts_at", "pk")


def group_for(user: User, event: Event) -> Group | None:
    """The group for which `user` keeps `event`, the one whose event it is before others; None for staff."""
    kept = set(Group.objects.of_organizer(user).values_list("pk", flat=True))
    return next((group for group in hosts_of(event) if group.pk in kept), None)


# --- what one event needs -------------------------------------------------------------------------------------


def needs_of(event: Event, figures: EventFigures, *, now: datetime.datetime) -> list[ToDo]:
    """What the hosts of `event` have to do, or may want to know, the urgent first."""
    if event.call_id or event.state in (EventState.CANCELLED, EventState.DECLINED):
        return []
    if event.state == EventState.DRAFT:
        return _needs_of_draft(event, now)
    if event.state == EventState.SUBMITTED:
        return [ToDo(_("National staff have it. You hear from them by mail."))]
    if event.is_over(now):
        return _needs_afterwards(event, now)
    return [*_door(event, now), *_promotion_to_change(event, now), *_needs_before(event, figures)]


def _needs_of_draft(event: Event, now: datetime.datetime) -> list[ToDo]:
    address = reverse("event_edit", args=[event.pk])
    found = []
    if event.asked:
        found.append(ToDo(_("Change what national staff ask for"), address, event.asked, is_urgent=True))
    found += [ToDo(because, address) for because in obstacles_to(event, now=now)]
    return found


def _door(event: Event, now: datetime.datetime) -> list[ToDo]:
    if not is_door_time(event, now):
        return []
    when = clock_in_words(event.starts_at, event.time_zone)
    return [ToDo(_("Check people in"), reverse("event_door", args=[event.pk]), when, is_urgent=True)]


def _promotion_to_change(event: Event, now: datetime.datetime) -> list[ToDo]:
    if event.starts_at <= now:
        return []
    asked = Promotion.objects.filter(event=event, state=PromotionState.ASKED).order_by("pk")
    words = _("Change what national staff ask for in the promotion")
    address = reverse("event_promotion", args=[event.pk])
    return [ToDo(words, address, promotion.words, is_urgent=True) for promotion in asked]


def _needs_before(event: Event, figures: EventFigures) -> list[ToDo]:
    found = []
    if figures.waiting:
        words = ngettext("%(count)d answer waits for a place", "%(count)d answers wait for a place", figures.waiting)
        detail = _("More places, or letting them in, is up to you.")
        found.append(ToDo(words % {"count": figures.waiting}, reverse("event_line", args=[event.pk]), detail))
    if event.is_online and not event.join_link and not event.join_words:
        found.append(ToDo(_("Say how people join online"), reverse("event_edit", args=[event.pk])))
    for cohost in event.cohosts.filter(accepted_at=None, declined_at=None).select_related("group").order_by("pk"):
        words = _("%(group)s has not said yet whether it holds the event with you") % {"group": cohost.group}
        found.append(ToDo(words, reverse("event_hosts", args=[event.pk])))
    return found


def _needs_afterwards(event: Event, now: datetime.datetime) -> list[ToDo]:
    found = []
    if event.ends_at > now - DOOR_AFTER:
        door = reverse("event_door", args=[event.pk])
        found.append(ToDo(_("Check in those who are on paper"), door, is_urgent=True))
    if event.ends_at > now - ASKED_FOR and not EventReport.objects.filter(event=event).exists():
        found.append(ToDo(_("Tell how it went"), reverse("event_report", args=[event.pk])))
    return found


# --- today's door ---------------------------------------------------------------------------------------------


def is_door_time(event: Event, now: datetime.datetime) -> bool:
    """Is it the time around an event at which its hosts look for the door?"""
    return event.starts_at - DOOR_BEFORE <= now <= event.ends_at + DOOR_AFTER


def todays_events(events: EventQuerySet, *, now: datetime.datetime) -> list[Event]:
    """Those of `events` that people are checked in at now, the first first."""
    near = events.filter(
        state=EventState.APPROVED,
        call__isnull=True,
        starts_at__lte=now + DOOR_BEFORE,
        ends_at__gte=now - DOOR_AFTER,
    )
    return list(_in_order(near))


# --- on the pages of the floors below -------------------------------------------------------------------------


def register_host_pages() -> None:
    """What this app adds to the dashboards of groups and to /me/. Called in its `ready()`."""
    register_to_dos("events", 5, _to_dos)
    register_door_to_dos("events", _door_to_dos)
    register_ways("events", 5, _ways)
    register_panel("doors", 1, _door_panel)


def _to_dos(group: Group, user: User, now: datetime.datetime) -> Iterable[ToDo]:
    """Today's doors, invitations, drafts that were sent back, lines, and reports that are missing."""
    if not group.is_listed:
        return []
    return [
        *_door_to_dos(group, user, now),
        *_invitations(group, now),
        *_sent_back(group, now),
        *_promotions_sent_back(group, now),
        *_lines(group, now),
        *_unreported(group, now),
    ]


def _door_to_dos(group: Group, user: User, now: datetime.datetime) -> Iterable[ToDo]:
    """The doors of today: all that a check-in helper finds on the dashboard."""
    if not group.is_listed:
        return []
    return [
        ToDo(
            _("Check people in: %(event)s") % {"event": event.title},
            reverse("event_door", args=[event.pk]),
            start_in_words(event.starts_at, event.time_zone, now),
            is_urgent=True,
        )
        for event in todays_events(Event.objects.of_group(group), now=now)
    ]


def _invitations(group: Group, now: datetime.datetime) -> list[ToDo]:
    return [
        ToDo(
            _("Hold it together? %(event)s") % {"event": cohost.event.title},
            reverse("cohost_invitation", args=[group.slug, cohost.pk]),
            _asked_by(cohost),
        )
        for cohost in open_invitations(group, now=now)[:MOST_TO_DOS]
    ]


def _asked_by(cohost: Cohost) -> str:
    if cohost.event.group is None:
        return _("National staff ask your group.")
    return _("%(group)s asks your group.") % {"group": cohost.event.group}


def _sent_back(group: Group, now: datetime.datetime) -> list[ToDo]:
    drafts = _in_order(Event.objects.filter(group=group, state=EventState.DRAFT, starts_at__gt=now).exclude(asked=""))
    words = _("Change what national staff ask for: %(event)s")
    return [
        ToDo(words % {"event": event.title}, reverse("event_home", args=[event.pk]), is_urgent=True)
        for event in drafts[:MOST_TO_DOS]
    ]


def _promotions_sent_back(group: Group, now: datetime.datetime) -> list[ToDo]:
    asked = Promotion.objects.filter(group=group, state=PromotionState.ASKED, event__starts_at__gt=now)
    words = _("Change what national staff ask for in the promotion: %(event)s")
    return [
        ToDo(words % {"event": title}, reverse("event_promotion", args=[event]), is_urgent=True)
        for event, title in asked.order_by("event__starts_at", "pk").values_list("event", "event__title")[:MOST_TO_DOS]
    ]


def _lines(group: Group, now: datetime.datetime) -> list[ToDo]:
    waiting = Rsvp.objects.waiting().confirmed().filter(event=OuterRef("pk")).order_by()
    ahead = Event.objects.of_group(group).filter(Exists(waiting), state=EventState.APPROVED, starts_at__gt=now)
    words = _("People wait for a place: %(event)s")
    return [
        ToDo(words % {"event": event.title}, reverse("event_line", args=[event.pk]))
        for event in _in_order(ahead)[:MOST_TO_DOS]
    ]


def _unreported(group: Group, now: datetime.datetime) -> list[ToDo]:
    over = past_events(group, now=now).filter(group=group, report__isnull=True, ends_at__gt=now - ASKED_FOR)
    return [
        ToDo(_("Tell how it went: %(event)s") % {"event": event.title}, reverse("event_report", args=[event.pk]))
        for event in over.filter(call__isnull=True)[:MOST_TO_DOS]
    ]


def _ways(group: Group, user: User) -> Iterable[Way]:
    if not group.is_listed:
        return []
    slug = [group.slug]
    return [
        Way(_("Events"), reverse("group_events", args=slug), _("Plan them, see who comes, check people in.")),
        Way(_("Promotions"), reverse("group_promotions", args=slug), _("Mails about your events to people nearby.")),
    ]


def _door_panel(user: User, request: HttpRequest) -> SafeString | None:
    """On /me/: the doors of today at which this user checks people in."""
    now = timezone.now()
    events = todays_events(Event.objects.of_door(user), now=now)
    return render_to_string("events/hosting/door_panel.html", {"events": events}) if events else None
