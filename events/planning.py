"""Events written down and changed: what their hosts say of them. What becomes of them is decided in events.standing.

Whoever changes an event says which revision they saw. Locked are first the groups that hold it, then
the event, then its answers.
"""

import datetime
from dataclasses import asdict, dataclass, fields
from typing import Any

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from affiliates.call_times import is_zone
from affiliates.models import Group
from foundation.accounts.models import User
from foundation.audit.models import record
from foundation.places.distance import Point, miles_between
from foundation.places.states import state_name

from . import group_dates, line, notices, promoting
from .hosts import hold_groups
from .models import (
    HAS_LINK,
    HAS_VENUE,
    MOST_GUESTS,
    Campaign,
    CampaignState,
    Event,
    EventFormat,
    EventState,
    NoticeKind,
)
from .objections import objections_to
from .plan_times import local_time
from .slugs import slug_for

LONGEST = datetime.timedelta(days=14)
MOVED_MILES = 0.25
"""A point that is put right by less than this is no other place: nobody is told."""


class EventError(Exception):
    """It cannot be done with this event; the message, for the reader, says why.

    `about` names what of an EventPlan it is about; empty where it is about the event as a whole.
    """

    def __init__(self, message: str, about: str = "") -> None:
        super().__init__(message)
        self.about = about


class StaleEventError(EventError):
    """Somebody else has changed the event since it was read."""


@dataclass(frozen=True)
class EventPlan:
    """All that hosts say of an event. Times are UTC; `time_zone` is an IANA name, on whose clocks they are told.

    `country` is an ISO code, `kind`, `format` and `access` are values of the models' choices; `capacity` None is
    without limit. Of an event that is online only the venue is left out, of one in person only the way to join.
    """

    title: str
    kind: str
    starts_at: datetime.datetime
    ends_at: datetime.datetime
    time_zone: str
    format: str = EventFormat.IN_PERSON
    about: str = ""
    language: str = "en"
    spoken: tuple[str, ...] = ()
    access: tuple[str, ...] = ()
    access_notes: str = ""
    venue_name: str = ""
    address: str = ""
    country: str = "US"
    state_code: str = ""
    zip_code_id: str | None = None
    place_name: str = ""
    latitude: float | None = None
    longitude: float | None = None
    is_address_public: bool = True
    join_link: str = ""
    join_words: str = ""
    is_link_public: bool = False
    capacity: int | None = None
    most_guests: int = 3
    is_listed: bool = True


_TIME = {"starts_at", "ends_at", "time_zone"}
_PLACE = {"format", "venue_name", "address", "country", "state_code", "zip_code_id", "place_name"}
_POINT = {"latitude", "longitude"}
_WAY_IN = {"join_link", "join_words"}

_NO_VENUE = {
    "venue_name": "", "address": "", "country": "US", "state_code": "", "zip_code_id": None, "place_name": "",
    "latitude": None, "longitude": None,
}  # fmt: skip
_NO_WAY_IN = {"join_link": "", "join_words": ""}


def plan_of(event: Event) -> EventPlan:
    """What is written down of an event now."""
    values = {field.name: getattr(event, field.name) for field in fields(EventPlan)}
    return EventPlan(**{**values, "spoken": tuple(event.spoken), "access": tuple(event.access)})


def columns_of(plan: EventPlan) -> dict[str, Any]:
    """The columns of an event that is held as planned, by name."""
    columns = {**asdict(plan), "spoken": list(plan.spoken), "access": list(plan.access)}
    if plan.format not in HAS_VENUE:
        columns |= _NO_VENUE
    if plan.format not in HAS_LINK:
        columns |= _NO_WAY_IN
    return columns


# --- making ---------------------------------------------------------------------------------------------------


def make_event(
    *, plan: EventPlan, group: Group | None, actor: User, now: datetime.datetime, campaign: Campaign | None = None
) -> Event:
    """Write an event down as a draft: of `group`, or without one of the network; for `campaign`, if it is part of one.

    Raises EventError where the plan contradicts itself, lies in the past, or is not what the campaign asks for.
    """
    refuse_contradictions(plan)
    refuse_past(plan, now)
    if campaign:
        refuse_outside(campaign, plan)
    with transaction.atomic():
        event = Event.objects.create(
            slug=slug_for(plan.title, local_time(plan.starts_at, plan.time_zone)),
            group=group,
            campaign=campaign,
            made_by=actor,
            created_at=now,
            **columns_of(plan),
        )
        record(actor=actor, action="made event", subject=event.scope, group=group.pk if group else None)
    return event


def refuse_contradictions(plan: EventPlan) -> None:
    """Raise EventError for what can be no event: it ends before it starts, has no title, no place, no places."""
    if not plan.title.strip():
        raise EventError(_("Give the event a title."), "title")
    if not is_zone(plan.time_zone):
        raise EventError(_("Choose the time zone in which the event is held."), "time_zone")
    if plan.ends_at <= plan.starts_at:
        raise EventError(_("The event ends before it begins."), "ends_at")
    if plan.ends_at - plan.starts_at > LONGEST:
        raise EventError(_("An event lasts 14 days at most. Make several, or a series."), "ends_at")
    if plan.format in HAS_VENUE and (plan.latitude is None or not plan.place_name):
        raise EventError(_("Say where the event is held."), "place_name")
    if plan.capacity is not None and plan.capacity < 1:
        raise EventError(_("There has to be at least one place. Leave it empty for no limit."), "capacity")
    if not 0 <= plan.most_guests <= MOST_GUESTS:
        raise EventError(_("One person may bring up to 9 guests."), "most_guests")


def refuse_past(plan: EventPlan, now: datetime.datetime) -> None:
    """Raise EventError for an event that would have begun already."""
    if plan.starts_at <= now:
        raise EventError(_("This time is in the past."), "starts_at")


def refuse_outside(campaign: Campaign, plan: EventPlan) -> None:
    """Raise EventError where an event is not what its campaign asks for: its kind, its days, its states."""
    if campaign.state != CampaignState.OPEN:
        raise EventError(_("This campaign takes no more events."))
    if plan.kind != campaign.kind:
        raise EventError(_("This is not the kind of event that the campaign is about."), "kind")
    day = local_time(plan.starts_at, plan.time_zone).date()
    if not campaign.starts_on <= day <= campaign.ends_on:
        days = {
            "first": date_format(campaign.starts_on, "DATE_FORMAT"),
            "last": date_format(campaign.ends_on, "DATE_FORMAT"),
        }
        raise EventError(_("Events of this campaign are held from %(first)s to %(last)s.") % days, "starts_at")
    if plan.format in HAS_VENUE and campaign.states and plan.state_code not in campaign.states:
        states = ", ".join(state_name(code) for code in campaign.states)
        raise EventError(_("Events of this campaign are held in: %(states)s.") % {"states": states}, "place_name")


# --- changing -------------------------------------------------------------------------------------------------


def change_event(*, event: Event, plan: EventPlan, revision: int, actor: User | None, now: datetime.datetime) -> Event:
    """Write `plan` into the event; returns it as it is then.

    Those who answered an approved one are told where its time, place or way in is another; where there are more places,
    those who wait get them. `revision` is the one that the actor saw: raises StaleEventError where it is not the
    present one, and EventError where the event is closed, or cannot be held so.
    """
    refuse_contradictions(plan)
    with transaction.atomic():
        hold_groups(event)
        locked = line.lock_event(event)
        refuse_closed(locked, now)
        refuse_stale(locked, revision)
        write_plan(locked=locked, plan=plan, actor=actor, now=now)
    return locked


def refuse_closed(event: Event, now: datetime.datetime) -> None:
    """Raise EventError for an event that nobody changes any more, and for one that is a call's."""
    if event.call_id:
        raise EventError(_("This is a call. Staff change it where calls are set."))
    if event.state == EventState.CANCELLED:
        raise EventError(_("This event was cancelled."))
    if event.state == EventState.DECLINED:
        raise EventError(_("This event was declined. Copy it to begin anew."))
    if event.is_over(now):
        raise EventError(_("This event is over."))


def refuse_stale(event: Event, revision: int) -> None:
    """Raise StaleEventError where `revision` is not the present one."""
    if event.revision != revision:
        raise StaleEventError(_("Somebody else has changed this event. Look at both before you save."))


def write_plan(*, locked: Event, plan: EventPlan, actor: User | None, now: datetime.datetime) -> None:
    """Write `plan` into an event that the caller has locked, with all that follows from it. Raises EventError."""
    before, columns = plan_of(locked), columns_of(plan)
    changed = {name for name, value in columns.items() if getattr(locked, name) != value}
    if not changed:
        return
    refuse_change(locked, plan, changed, now)
    for name in changed:
        setattr(locked, name, columns[name])
    locked.revision += 1
    news = _note_news(locked, before, changed, now) if locked.state == EventState.APPROVED else None
    locked.save(update_fields=[*sorted(changed), "revision", "sequence", "moved_at"])
    _refuse_objections(locked)
    if locked.state == EventState.APPROVED:
        _follow(locked, before, changed, now)
        promoting.refresh_words_of(locked)
    if news:
        notices.make_notice(event=locked, kind=news, by=actor, now=now, before=_as_told(before))
    record(actor=actor, action="changed event", subject=locked.scope, changed=sorted(changed))


def refuse_change(locked: Event, plan: EventPlan, changed: set[str], now: datetime.datetime) -> None:
    """Raise EventError where these columns of an event cannot become what `plan` says: a start in the past, what its
    campaign does not ask for, fewer places than are taken."""
    if "starts_at" in changed:
        refuse_past(plan, now)
    if locked.campaign and changed & (_TIME | _PLACE | {"kind"}) and locked.campaign.state == CampaignState.OPEN:
        refuse_outside(locked.campaign, plan)
    if plan.capacity is not None and plan.capacity < locked.taken:
        words = ngettext("%(count)d place is taken already.", "%(count)d places are taken already.", locked.taken)
        raise EventError(words % {"count": locked.taken}, "capacity")


def _note_news(locked: Event, before: EventPlan, changed: set[str], now: datetime.datetime) -> NoticeKind | None:
    """Raise `sequence` where calendars need to know, note a move, and say what those who answered are told."""
    if not changed & (_TIME | _PLACE | _POINT | _WAY_IN):
        return None
    locked.sequence += 1
    if changed & (_TIME | _PLACE) or _has_moved(before, locked):
        locked.moved_at = now
        return NoticeKind.MOVED
    return NoticeKind.LINK if changed & _WAY_IN else None


def _has_moved(before: EventPlan, event: Event) -> bool:
    """Is the point so far from where it was that people would go to the wrong place?"""
    if before.latitude is None or before.longitude is None or event.point is None:
        return False
    return miles_between(Point(before.latitude, before.longitude), event.point) > MOVED_MILES


def _refuse_objections(event: Event) -> None:
    """What may not be approved may not become of something approved either."""
    if event.state in (EventState.SUBMITTED, EventState.APPROVED) and (found := objections_to(event)):
        raise EventError(" ".join(found))


def _follow(locked: Event, before: EventPlan, changed: set[str], now: datetime.datetime) -> None:
    """What the answers and the groups of an approved event need to keep up with it."""
    if changed & _TIME:
        locked.rsvps.update(reminded_at=None, reminded_again_at=None)
    if changed & (_TIME | {"is_listed"}):
        group_dates.keep_group_dates(event=locked, now=now)
    if _has_more_places(before.capacity, locked.capacity):
        line.fill_places(event=locked, now=now)


def _has_more_places(before: int | None, now: int | None) -> bool:
    return before is not None and (now is None or now > before)


def _as_told(plan: EventPlan) -> dict[str, Any]:
    """What people were told before, for the notice."""
    return {
        "starts_at": plan.starts_at.isoformat(),
        "ends_at": plan.ends_at.isoformat(),
        "time_zone": plan.time_zone,
        "place": ", ".join(part for part in (plan.venue_name, plan.address, plan.place_name) if part),
    }
