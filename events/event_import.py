"""Events from a CSV file: the importer that `foundation.imports` runs for staff.

Past events are loaded as well as those to come, and stand as approved: whoever imports them is who would approve them.
A row is known by its title, ZIP code, beginning and group, and by how many such rows the file had before it: the same
row again changes nothing, and a row that differs changes only what it gives. What hosts have moved since stays moved.
"""

import datetime
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from affiliates.models import Group
from foundation.accounts.models import User
from foundation.audit.models import AuditEntry, record
from foundation.imports.importers import BadRow, CheckedRow, Importer, ImportField, Outcome, RowError
from foundation.places.distance import Point
from foundation.places.place import Place, PlaceError, UnknownPlaceError
from foundation.places.search import places_of_zip_codes

from .event_rows import EventRow, read_event_row
from .group_dates import keep_next_event
from .models import Cohost, Event, EventKind, EventReport, EventState
from .objections import objections_to
from .permissions import can_review_events
from .plan_times import SkippedTimeError, local_time, moment_at
from .planning import (
    EventError,
    EventPlan,
    change_event,
    columns_of,
    plan_of,
    refuse_change,
    refuse_closed,
    refuse_contradictions,
)
from .reports import can_be_reported, write_report
from .slugs import slugs_for
from .venues import Venue, find_venue

USUAL_LENGTH = datetime.timedelta(hours=2)
"""How long an event lasts whose row says no end."""


@dataclass(frozen=True)
class _New:
    """An event that is not here yet."""

    row: EventRow
    plan: EventPlan
    group: Group | None
    line: int


@dataclass(frozen=True)
class _Change:
    """An event that is here and is to become what `plan` says; `head_count` None leaves its report alone."""

    event: Event
    plan: EventPlan
    head_count: int | None
    line: int


@dataclass
class _Work:
    """What is to be done with the rows of a batch."""

    new: list[_New] = field(default_factory=list)
    changes: list[_Change] = field(default_factory=list)
    unchanged: int = 0
    bad: list[BadRow] = field(default_factory=list)

    def outcome(self) -> Outcome:
        return Outcome(len(self.new) + len(self.changes), self.unchanged, self.bad)


class EventImporter(Importer[EventRow]):
    """Writes events down as approved, and changes those that it has written before."""

    kind = "events"
    title = gettext_lazy("Events")
    batch_size = 500
    counts_repeats = True
    fields = (
        ImportField("title", gettext_lazy("Title"), required=True, aliases=("name", "event", "titulo")),
        ImportField(
            "zip",
            gettext_lazy("ZIP code"),
            required=True,
            aliases=("zip code", "zipcode", "venue zip", "postal code", "codigo postal"),
            help_text=gettext_lazy("Where it is held. The time zone is that of the ZIP code."),
        ),
        ImportField(
            "start",
            gettext_lazy("Start"),
            required=True,
            aliases=("starts", "starts at", "start time", "begins", "inicio"),
            help_text=gettext_lazy(
                "On the clocks of the place, such as 2026-05-09 18:30. Of a time that they show twice, the first."
            ),
        ),
        ImportField(
            "end",
            gettext_lazy("End"),
            aliases=("ends", "ends at", "end time", "fin"),
            help_text=gettext_lazy("Two hours after the start where the file says nothing."),
        ),
        ImportField(
            "capacity",
            gettext_lazy("Places"),
            aliases=("places", "limit", "max attendees"),
            help_text=gettext_lazy("0 is without limit."),
        ),
        ImportField(
            "head_count",
            gettext_lazy("Head count"),
            aliases=("attendee count", "attendance", "attended", "asistencia"),
            help_text=gettext_lazy("How many people were there."),
        ),
        ImportField(
            "group",
            gettext_lazy("Group"),
            aliases=("group slug", "host group"),
            help_text=gettext_lazy(
                "The last part of its address, such as akron. Without one the event is the network’s own."
            ),
        ),
        ImportField(
            "kind", gettext_lazy("Kind"), aliases=("type", "tipo"), help_text=gettext_lazy("A meeting, if not said.")
        ),
        ImportField("about", gettext_lazy("What happens"), aliases=("about", "description", "descripcion")),
        ImportField("venue_name", gettext_lazy("Name of the venue"), aliases=("venue",)),
        ImportField("address", gettext_lazy("Street address"), aliases=("street", "venue address", "direccion")),
        ImportField(
            "address_public",
            gettext_lazy("Everybody may see the address"),
            help_text=gettext_lazy("“yes” or “no”. Where the file says nothing, only those who answered see it."),
        ),
    )

    def may_import(self, user: User | AnonymousUser) -> bool:
        return can_review_events(user)

    def check_row(self, values: Mapping[str, str], line: int) -> EventRow:
        return read_event_row(values)

    def repeat_key(self, row: EventRow) -> Hashable | None:
        return row.digest

    def numbered(self, row: EventRow, number: int) -> EventRow:
        return replace(row, key=f"row:{row.digest}:{number}")

    def check_batch(self, rows: Sequence[CheckedRow[EventRow]]) -> Outcome:
        return _work_of(rows, now=timezone.now()).outcome()

    def load_batch(
        self,
        rows: Sequence[CheckedRow[EventRow]],
        *,
        actor: User | None,
        options: Mapping[str, Any],
        now: datetime.datetime,
    ) -> Outcome:
        _hold([checked.row for checked in rows])
        work = _work_of(rows, now=now)
        _write_new(work.new, actor=actor, now=now)
        _write_changes(work, actor=actor, now=now)
        return work.outcome()


# --- A batch beside what is in the database --------------------------------------------------------------------


def _work_of(rows: Sequence[CheckedRow[EventRow]], *, now: datetime.datetime) -> _Work:
    """What to do with each row. Four queries for ZIP codes with a point and a zone, however many rows."""
    work = _Work()
    venues = _venues({checked.row.zip_code for checked in rows})
    groups = _groups({checked.row.group for checked in rows if checked.row.group})
    known = _known([checked.row for checked in rows])
    for line, row in rows:
        try:
            plan = _planned(row, venues[row.zip_code])
            if event := known.get(row.key):
                change = _change(event, row, plan, line, now)
                work.unchanged += change is None
                work.changes += [change] if change else []
            else:
                work.new.append(_new(row, plan, groups, line, now))
        except EventError as error:
            work.bad.append(_bad_row(line, error))
        except RowError as error:
            work.bad.append(BadRow(line, error.column, error.reason))
    return work


def _venues(codes: set[str]) -> dict[str, Venue | RowError]:
    """The middle of each ZIP code as a venue, or why nobody can meet there."""
    return {code: _venue(code, found) for code, found in places_of_zip_codes(codes).items()}


def _venue(code: str, found: Place | PlaceError) -> Venue | RowError:
    try:
        if isinstance(found, PlaceError):
            raise found
        # With the point given, no geocoder is asked: it would take seconds for each row.
        return find_venue(place=found, point=Point(found.latitude, found.longitude))
    except UnknownPlaceError:
        reason = _("There is no ZIP code %(code)s.")
    except PlaceError:  # of all ZIP codes, only those of military mail are no place to meet
        reason = _("%(code)s is a military post office abroad. Plan this event by hand, with the place where it is.")
    return RowError(_("ZIP code"), reason % {"code": code})


def _groups(slugs: set[str]) -> dict[str, Group]:
    found = Group.objects.filter(slug__in=slugs).defer("position", "about", "plan").order_by("pk") if slugs else ()
    return {group.slug: group for group in found}


def _known(rows: list[EventRow]) -> dict[str | None, Event]:
    """The events that rows with these keys have made."""
    events = Event.objects.filter(import_key__in=[row.key for row in rows]).order_by("pk")
    return {event.import_key: event for event in events.select_related("campaign", "report").defer("position")}


def _planned(row: EventRow, venue: Venue | RowError) -> EventPlan:
    """The event that the row tells of. Raises RowError where its clocks never show such a time, and EventError."""
    if isinstance(venue, RowError):
        raise venue
    starts_at = _moment(row.starts, venue.time_zone, _("Start"))
    ends_at = _end(row.ends, starts_at, venue.time_zone) if row.ends else starts_at + USUAL_LENGTH
    plan = EventPlan(
        title=row.title,
        kind=row.kind or EventKind.MEETING,
        about=row.about,
        starts_at=starts_at,
        ends_at=ends_at,
        time_zone=venue.time_zone,
        venue_name=row.venue_name,
        address=row.address,
        country=venue.country,
        state_code=venue.state_code,
        zip_code_id=venue.zip_code_id,
        place_name=venue.place_name,
        latitude=venue.latitude,
        longitude=venue.longitude,
        # Many a file holds the homes of hosts. Without an address there is nothing to hide.
        is_address_public=not row.address if row.is_address_public is None else row.is_address_public,
        capacity=row.capacity or None,
    )
    refuse_contradictions(plan)
    return plan


def _end(local: datetime.datetime, starts_at: datetime.datetime, zone: str) -> datetime.datetime:
    """The moment at which an event ends: of a time that the clocks show twice, the one that is later than its start."""
    first = _moment(local, zone, _("End"))
    return first if first > starts_at else moment_at(local, zone, is_second=True)


def _moment(local: datetime.datetime, zone: str, column: str) -> datetime.datetime:
    try:
        return moment_at(local, zone)
    except SkippedTimeError as error:
        reason = _("There is no such time on that day: the clocks are put forward over it.")
        raise RowError(column, reason) from error


def _new(row: EventRow, plan: EventPlan, groups: dict[str, Group], line: int, now: datetime.datetime) -> _New:
    """Raises RowError and EventError where there can be no such event."""
    group = groups.get(row.group)
    if row.group and group is None:
        raise RowError(_("Group"), _("There is no group at the address “%(slug)s”.") % {"slug": row.group[:80]})
    is_to_come = plan.ends_at > now
    if is_to_come and group and not group.is_listed:
        raise RowError(_("Group"), _("The agreement of the group is not in force."))
    # What has been was held, whatever speaks against it now.
    if is_to_come and (found := objections_to(Event(group=group, **columns_of(plan)))):
        raise EventError(" ".join(found))
    if row.head_count and plan.starts_at > now:
        raise _not_yet_counted()
    return _New(row, plan, group, line)


def _not_yet_counted() -> RowError:
    return RowError(_("Head count"), _("The event is still to come, so nobody was counted. Leave the number out."))


def _change(event: Event, row: EventRow, planned: EventPlan, line: int, now: datetime.datetime) -> _Change | None:
    """What the row gives that the event is not; None where there is nothing. Raises RowError and EventError."""
    before = plan_of(event)
    plan = replace(before, **_given(row, planned, before))
    head_count = _news_of_heads(event, row, now)
    if plan == before and head_count is None:
        return None
    if plan != before:
        if not _is_past(event, now):
            refuse_closed(event, now)
        refuse_contradictions(plan)
        refuse_change(event, plan, set(_changed(event, plan)), now)
    return _Change(event, plan, head_count, line)


def _given(row: EventRow, planned: EventPlan, before: EventPlan) -> dict[str, Any]:
    """What the row says besides what tells its event from others, as far as the event is still then and there."""
    given: dict[str, Any] = {name: value for name in ("kind", "about") if (value := getattr(row, name))}
    if row.capacity is not None:
        given["capacity"] = planned.capacity
    if row.ends and planned.starts_at == before.starts_at:
        given["ends_at"] = planned.ends_at
    if before.zip_code_id == row.zip_code:
        given |= {name: value for name in ("venue_name", "address") if (value := getattr(row, name))}
        if row.is_address_public is not None:
            given["is_address_public"] = row.is_address_public
        elif row.address and not before.address:
            given["is_address_public"] = False
    return given


def _news_of_heads(event: Event, row: EventRow, now: datetime.datetime) -> int | None:
    """The row's head count where the event's report has another or there is none. Raises RowError before it began."""
    report: EventReport | None = getattr(event, "report", None)
    if row.head_count is None or (report and report.head_count == row.head_count):
        return None
    if can_be_reported(event, now=now):
        return row.head_count
    if row.head_count and event.starts_at > now:
        raise _not_yet_counted()
    return None


def _changed(event: Event, plan: EventPlan) -> dict[str, Any]:
    """The columns of the event that are not as planned, with what they are to be."""
    return {name: value for name, value in columns_of(plan).items() if getattr(event, name) != value}


def _is_past(event: Event, now: datetime.datetime) -> bool:
    """Did it take place?"""
    return event.state == EventState.APPROVED and event.is_over(now)


def _bad_row(line: int, error: EventError) -> BadRow:
    columns = {"title": _("Title"), "ends_at": _("End"), "capacity": _("Places")}
    return BadRow(line, columns.get(error.about, ""), str(error))


# --- Writing -----------------------------------------------------------------------------------------------------


def _hold(rows: list[EventRow]) -> None:
    """Lock all groups of a batch and then its events, in the order of their keys: as everywhere, groups go first."""
    known = Event.objects.filter(import_key__in=[row.key for row in rows])
    joined = Cohost.objects.filter(event__in=known, accepted_at__isnull=False).order_by("pk")
    keys = {*known.order_by("pk").values_list("group", flat=True), *joined.values_list("group", flat=True)}
    named = Group.objects.filter(slug__in={row.group for row in rows if row.group}).order_by("pk")
    keys |= set(named.values_list("pk", flat=True))
    held = Group.objects.select_for_update(no_key=True).filter(pk__in=keys - {None})
    list(held.order_by("pk").values("pk"))
    list(known.select_for_update(no_key=True).order_by("pk").values("pk"))


def _write_new(new: list[_New], *, actor: User | None, now: datetime.datetime) -> None:
    """Write the events, their reports and their entries in the audit log: a statement for each."""
    if not new:
        return
    slugs = slugs_for([(one.plan.title, local_time(one.plan.starts_at, one.plan.time_zone)) for one in new])
    events = Event.objects.bulk_create(
        Event(
            slug=slug, group=one.group, state=EventState.APPROVED, approved_at=now, made_by=actor, created_at=now,
            import_key=one.row.key, **columns_of(one.plan),
        )
        for one, slug in zip(new, slugs, strict=True)
    )  # fmt: skip
    EventReport.objects.bulk_create(
        EventReport(event=event, head_count=one.row.head_count, by=actor, at=now)
        for one, event in zip(new, events, strict=True)
        if one.row.head_count is not None and can_be_reported(event, now=now)
    )
    AuditEntry.objects.bulk_create(
        AuditEntry(
            actor=f"user:{actor.pk}" if actor else "system",
            action="imported event",
            subject=event.scope,
            details={"group": event.group_id},
        )
        for event in events
    )
    hosts = {one.group.pk: one.group for one in new if one.group and one.plan.starts_at > now}
    for _key, group in sorted(hosts.items()):
        keep_next_event(group=group, now=now)


def _write_changes(work: _Work, *, actor: User | None, now: datetime.datetime) -> None:
    """Write each change whole; of one that is refused nothing, and it goes to the bad rows."""
    for change in list(work.changes):
        try:
            with transaction.atomic():
                _write(change, actor=actor, now=now)
        except EventError as error:
            work.changes.remove(change)
            work.bad.append(_bad_row(change.line, error))


def _write(change: _Change, *, actor: User | None, now: datetime.datetime) -> None:
    event, plan = change.event, change.plan
    if plan != plan_of(event):
        if _is_past(event, now):
            _write_past(event, plan, actor=actor)
        else:
            change_event(event=event, plan=plan, revision=event.revision, actor=actor, now=now)
    if change.head_count is not None:
        report: EventReport | None = getattr(event, "report", None)
        text = report.text if report else ""
        write_report(event=event, head_count=change.head_count, text=text, actor=actor, now=now)


def _write_past(event: Event, plan: EventPlan, *, actor: User | None) -> None:
    """What is over is put right without a word to those who were there."""
    changed = _changed(event, plan)
    for name, value in {**changed, "revision": event.revision + 1}.items():
        setattr(event, name, value)
    event.save(update_fields=[*sorted(changed), "revision"])
    record(actor=actor, action="changed event", subject=event.scope, changed=sorted(changed))
