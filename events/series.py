"""Series: events that repeat, and what is done to one date of them and all that come after it.

All dates of a series are events of their own, made at once (events.repeating says which); each is answered, moved and
cancelled by itself. A change to "this and all later ones" is written into each of them: what they differ in stays.
"""

import datetime
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, fields, replace

from django.db import transaction
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from affiliates.models import Group
from foundation.accounts.models import User
from foundation.audit.models import record

from . import line, standing
from .copying import copy_event
from .models import Cohost, Event, EventState, Series
from .plan_times import SkippedTimeError, is_repeated, is_second, local_time, moment_at
from .planning import (
    EventError,
    EventPlan,
    plan_of,
    refuse_closed,
    refuse_contradictions,
    refuse_stale,
    write_plan,
)
from .repeating import RepeatError, dates_of, moments_of

OPEN_STATES = (EventState.DRAFT, EventState.SUBMITTED, EventState.APPROVED)


@dataclass(frozen=True)
class SeriesDate:
    """A date that a series would have. `is_skipped`: the clocks jump over it, so it has to be left out."""

    local: datetime.datetime
    is_skipped: bool
    is_repeated: bool


def preview_dates(*, event: Event, rule: str) -> list[SeriesDate]:
    """The dates that the rule makes of an event, its own first. Raises RepeatError (`dates_of`)."""
    dates = dates_of(rule, local_time(event.starts_at, event.time_zone), event.time_zone)
    return [SeriesDate(date, _is_skipped(date, event), is_repeated(date, event.time_zone)) for date in dates]


def _is_skipped(date: datetime.datetime, event: Event) -> bool:
    try:
        moments_of([date], _length(event), event.time_zone)
    except RepeatError:
        return True
    return False


def _length(event: Event) -> datetime.timedelta:
    """From beginning to end by the clocks on the wall."""
    return local_time(event.ends_at, event.time_zone) - local_time(event.starts_at, event.time_zone)


def make_series(
    *,
    event: Event,
    rule: str,
    left_out: Collection[datetime.datetime] = (),
    revision: int,
    actor: User,
    now: datetime.datetime,
) -> list[Event]:
    """Repeat a draft by an RFC 5545 rule, without the local times `left_out`; returns all its dates, itself first.

    Raises StaleEventError; EventError where the event is no draft, is one of a series already, or a date cannot be;
    RepeatError for a rule without an end, with more than 60 dates, or that goes on for more than 18 months.
    """
    with transaction.atomic():
        locked = line.lock_event(event)
        _refuse_repeating(locked)
        refuse_stale(locked, revision)
        first = local_time(locked.starts_at, locked.time_zone)
        others = [date for date in dates_of(rule, first, locked.time_zone, left_out=left_out) if date != first]
        if not others:
            raise RepeatError(_("A series has at least two dates."))
        moments = moments_of(others, _length(locked), locked.time_zone)
        locked.series, locked.series_date = _write_series(locked, rule, left_out, now), locked.starts_at
        locked.revision += 1
        locked.save(update_fields=["series", "series_date", "revision"])
        made = [_make_date(locked, begin, end, actor, now) for begin, end in moments]
        record(actor=actor, action="made series", subject=locked.scope, rule=rule, dates=len(made) + 1)
    return [locked, *made]


def _refuse_repeating(event: Event) -> None:
    if event.series_id:
        raise EventError(_("This event is one of a series already."))
    if event.state != EventState.DRAFT:
        raise EventError(_("Only a draft can be made a series. Copy the event to begin one."))


def _write_series(event: Event, rule: str, left_out: Collection[datetime.datetime], now: datetime.datetime) -> Series:
    return Series.objects.create(
        rule=rule,
        starts_local=event.starts_at,
        time_zone=event.time_zone,
        left_out=[date.isoformat(timespec="seconds") for date in sorted(left_out)],
        created_at=now,
    )


def _make_date(
    first: Event, begin: datetime.datetime, end: datetime.datetime, actor: User, now: datetime.datetime
) -> Event:
    plan = replace(plan_of(first), starts_at=begin, ends_at=end)
    kept = {"group": first.group, "campaign": first.campaign, "series": first.series, "series_date": begin}
    return copy_event(event=first, plan=plan, actor=actor, now=now, **kept)


# --- this one and all later ones ------------------------------------------------------------------------------


def later_dates(event: Event, now: datetime.datetime) -> list[Event]:
    """The dates of its series after `event` that can still be changed, the next one first."""
    if event.series_id is None:
        return []
    later = Event.objects.filter(
        series=event.series_id, series_date__gt=event.series_date, state__in=OPEN_STATES, ends_at__gt=now
    )
    return list(later.defer("position").order_by("series_date"))


def for_later_dates(event: Event, write: Callable[[Event], None], now: datetime.datetime) -> None:
    """Do `write` to all later dates of an event, each locked, in the order of their keys."""
    for other in sorted(later_dates(event, now), key=lambda one: one.pk):
        write(line.lock_event(other))


def change_series_from(
    *, event: Event, plan: EventPlan, revision: int, actor: User, now: datetime.datetime
) -> list[Event]:
    """Write what `plan` changes of the event into it and all later dates of its series; returns those.

    A new time moves all of them by as much on their clocks. Each date's people are told as of a change to it alone.
    Raises what `change_event` raises; where a later date is at fault, the message begins with it.
    """
    refuse_contradictions(plan)
    with transaction.atomic():
        held = _lock_from(event, now)
        locked = next(one for one in held if one.pk == event.pk)
        refuse_closed(locked, now)
        refuse_stale(locked, revision)
        before = plan_of(locked)
        write_plan(locked=locked, plan=plan, actor=actor, now=now)
        for other in held:
            if other.pk != locked.pk:
                _change_later(other, before, plan, actor, now)
    return held


def _lock_from(event: Event, now: datetime.datetime) -> list[Event]:
    """The event and its later dates, locked (`_lock_all`)."""
    return _lock_all([event, *later_dates(event, now)])


def _lock_all(events: Sequence[Event]) -> list[Event]:
    """These events in the order of their keys, behind their groups: all of them before any answer is touched."""
    cohosts = Cohost.objects.filter(event__in=events, accepted_at__isnull=False).values("group")
    held = Q(pk__in=[one.group_id for one in events]) | Q(pk__in=cohosts)
    list(Group.objects.select_for_update(no_key=True).filter(held).order_by("pk").values("pk"))
    return [line.lock_event(one) for one in sorted(events, key=lambda one: one.pk)]


def _change_later(other: Event, before: EventPlan, plan: EventPlan, actor: User, now: datetime.datetime) -> None:
    try:
        write_plan(locked=other, plan=_applied(plan_of(other), before, plan), actor=actor, now=now)
    except EventError as error:
        day = date_format(other.local_start, "DATE_FORMAT")
        raise EventError(f"{day}: {error}", error.about) from error


def _applied(later: EventPlan, before: EventPlan, plan: EventPlan) -> EventPlan:
    """The plan of a later date with what was changed of an earlier one."""
    names = [field.name for field in fields(EventPlan) if field.name not in {"starts_at", "ends_at"}]
    changed = {name: getattr(plan, name) for name in names if getattr(plan, name) != getattr(before, name)}
    zone = changed.get("time_zone", later.time_zone)
    starts_at, ends_at = (_moved(name, later, before, plan, zone) for name in ("starts_at", "ends_at"))
    return replace(later, **changed, starts_at=starts_at, ends_at=ends_at)


def _moved(name: str, later: EventPlan, before: EventPlan, plan: EventPlan, zone: str) -> datetime.datetime:
    """A moment of a later date, moved on the clocks by as much as that of the earlier one."""
    was, becomes = local_time(getattr(before, name), before.time_zone), local_time(getattr(plan, name), plan.time_zone)
    moment: datetime.datetime = getattr(later, name)
    if was == becomes and zone == later.time_zone:
        return moment
    local = local_time(moment, later.time_zone) + (becomes - was)
    try:
        return moment_at(local, zone, is_second=is_second(moment, later.time_zone))
    except SkippedTimeError as error:
        time = date_format(local, "TIME_FORMAT")
        raise EventError(
            _("There is no %(time)s on that day: the clocks are put forward over it.") % {"time": time}, name
        ) from error


def cancel_series_from(*, event: Event, because: str, actor: User, now: datetime.datetime) -> int:
    """Call off the event and all later dates of its series; returns how many. Raises StandingError."""
    with transaction.atomic():
        held = _lock_from(event, now)
        open_ones = [one for one in held if one.state in OPEN_STATES and not one.is_over(now)]
        for one in open_ones:
            standing.cancel_event(event=one, because=because, actor=actor, now=now)
    return len(open_ones)


# --- all drafts at once -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SubmittedSeries:
    """What became of a series' drafts: those that were submitted, as they stand now, and why others were not."""

    submitted: list[Event]
    left: list[tuple[Event, str]]


def drafts_of(event: Event, now: datetime.datetime) -> list[Event]:
    """The dates of its series, itself among them, that can still be submitted, the next one first."""
    if event.series_id is None:
        return []
    drafts = Event.objects.filter(series=event.series_id, state=EventState.DRAFT, starts_at__gt=now)
    return list(drafts.defer("position").order_by("starts_at", "pk"))


def submit_series(*, event: Event, actor: User, now: datetime.datetime) -> SubmittedSeries:
    """Submit each draft of the event's series as `standing.submit_event` does; those that cannot be stay drafts."""
    submitted: list[Event] = []
    left: list[tuple[Event, str]] = []
    with transaction.atomic():
        for draft in _lock_all(drafts_of(event, now)):
            try:
                submitted.append(standing.submit_event(event=draft, actor=actor, now=now))
            except standing.StandingError as error:
                left.append((draft, str(error)))
    return SubmittedSeries(submitted, left)
