"""What is made up about one event of the demo: what it is called, when and where it is held, and how it stands."""

import datetime
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from affiliates.call_times import moment_in
from affiliates.models import Group
from config.demo.homes import Home, Surroundings
from config.demo.texts import sections, table
from events.models import HAS_LINK, HAS_VENUE, Access, Event, EventFormat, EventKind, EventState

DAY, HOUR = datetime.timedelta(days=1), datetime.timedelta(hours=1)
SATURDAY = 5
ON_SATURDAYS = (EventKind.TRAINING, EventKind.CANVASS, EventKind.RALLY)
EVENINGS = (datetime.time(18), datetime.time(18, 30), datetime.time(19))
MORNINGS = (datetime.time(9, 30), datetime.time(10), datetime.time(13))
HOURS = {EventKind.CALL: 1, EventKind.WATCH_PARTY: 3, EventKind.CANVASS: 3}
ONLINE_SHARE = {EventKind.PHONE_BANK: 0.6, EventKind.CALL: 1, EventKind.MEETING: 0.1, EventKind.TRAINING: 0.2}
HYBRID_SHARE = 0.15
NEVER_ONLINE = (EventKind.CANVASS, EventKind.RALLY)
AROUND = 0.02
"""Degrees: so far from the group's own point does a venue lie at most."""


@dataclass
class PlannedEvent:
    """An event that is not saved yet. `cohosts` are the groups that were asked, and whether they said yes.

    `crowd` is how many people answer; None leaves it to chance, as `is_reported` None does the report.
    """

    event: Event
    cohosts: list[tuple[Group, bool]] = field(default_factory=list)
    crowd: int | None = None
    is_reported: bool | None = None


class Planner:
    """Makes up events. `homes` are those of the groups, by key; days count from `now` on the clocks of the place."""

    def __init__(self, homes: Mapping[int, Home], rng: random.Random, now: datetime.datetime) -> None:
        self.homes, self.rng, self.now = homes, rng, now
        self._groups_of: dict[str, list[Group]] = {}

    def know_neighbours(self, groups: Sequence[Group]) -> None:
        """From now on `neighbours` finds these groups."""
        for group in groups:
            self._groups_of.setdefault(group.state, []).append(group)

    def neighbours(self, group: Group, most: int = 1) -> list[Group]:
        """Some groups of the same state, the nearest first; none abroad."""
        others = [other for other in self._groups_of.get(group.state, []) if other.pk != group.pk and group.state]
        return sorted(others, key=lambda other: (_distance(group, other), other.pk))[:most]

    def was_active(self, group: Group, days: int) -> bool:
        """Was the group listed so many days before now (a negative number), and ever active?"""
        return bool(group.last_active_at and group.listed_at and group.listed_at < self.now + (days - 30) * DAY)

    def language_of(self, group: Group) -> str:
        """That of the texts of its events: English or Spanish."""
        home = self.homes[group.pk]
        return "es" if home.language == "es" and home.state else "en"

    def plan(
        self,
        group: Group,
        kind: EventKind,
        *,
        days: int,
        state: EventState = EventState.APPROVED,
        is_moved: bool = False,
        cohosts: Sequence[tuple[Group, bool]] = (),
        crowd: int | None = None,
        is_reported: bool | None = None,
        **fields: Any,
    ) -> PlannedEvent:
        """An event of `group` so many days from now. `fields` are columns that are not left to chance."""
        home, rng = self.homes[group.pk], self.rng
        tongue = fields.setdefault("language", self.language_of(group))
        format_ = fields.setdefault("format", self._format(kind))
        begin = fields.pop("starts_at", None) or self._begin(group, kind, days)
        columns: dict[str, Any] = {
            "group": group,
            "kind": kind,
            "title": self._line(kind, tongue).format(place=_town(group)),
            "about": self._line(f"{kind} about", tongue).format(place=_town(group)),
            "spoken": self._spoken(home, tongue),
            "starts_at": begin,
            "ends_at": begin + HOURS.get(kind, 2) * HOUR,
            "time_zone": group.time_zone,
            "most_guests": rng.choice((0, 3, 3, 3, 9)),
            "capacity": rng.choice((10, 20, 40)) if rng.random() < 0.2 else None,
            "is_listed": rng.random() > 0.02,
            "is_link_public": rng.random() < 0.2,
        }
        if format_ in HAS_VENUE:
            columns |= self._venue(group, home, tongue)
        if format_ in HAS_LINK and rng.random() < 0.5:
            columns["join_words"] = "Or phone +1 617 555 0100, code 2026"
        event = Event(**{**columns, **fields})
        self._stand(event, state, is_moved=is_moved)
        return PlannedEvent(event, list(cohosts), crowd, is_reported)

    def again(
        self, event: Event, starts_at: datetime.datetime, ends_at: datetime.datetime, **fields: Any
    ) -> PlannedEvent:
        """The same event at another time: a date of its series. It was made when the first one was."""
        written = [one for one in Event._meta.concrete_fields if not one.generated and not one.primary_key]
        columns = {one.attname: getattr(event, one.attname) for one in written}
        return PlannedEvent(Event(**{**columns, "starts_at": starts_at, "ends_at": ends_at, **fields}))

    # --- what it is ---

    def _format(self, kind: EventKind) -> EventFormat:
        drawn = self.rng.random()
        if drawn < ONLINE_SHARE.get(kind, 0):
            return EventFormat.ONLINE
        return EventFormat.HYBRID if drawn > 1 - HYBRID_SHARE and kind not in NEVER_ONLINE else EventFormat.IN_PERSON

    def _line(self, heading: str, tongue: str) -> str:
        found = sections("events")
        return self.rng.choice(found[f"{heading} es" if tongue == "es" else heading])

    def _spoken(self, home: Home, tongue: str) -> list[str]:
        other = table("events", "languages").get(home.language, "")
        spoken = ["Español"] if tongue == "es" else ["English", *([other] if other and other != "Spanish" else [])]
        if tongue == "es" and self.rng.random() < 0.5:
            spoken.append("Inglés")
        return [*spoken, "ASL"] if self.rng.random() < 0.08 else spoken

    # --- when ---

    def _begin(self, group: Group, kind: EventKind, days: int) -> datetime.datetime:
        """In UTC. What is held on Saturdays moves to the next one, or back where it is over."""
        day = self.now.astimezone(ZoneInfo(group.time_zone)).date() + days * DAY
        if kind in ON_SATURDAYS:
            day += (SATURDAY - day.weekday()) % 7 * DAY if days > 0 else (SATURDAY - day.weekday() - 7) % -7 * DAY
        return moment_in(group.time_zone, day, self.rng.choice(MORNINGS if kind in ON_SATURDAYS else EVENINGS))

    # --- where ---

    def _venue(self, group: Group, home: Home, tongue: str) -> dict[str, Any]:
        rng, is_abroad = self.rng, home.surroundings is Surroundings.ABROAD
        section = "venue abroad" if is_abroad else "venue es" if tongue == "es" else "venue"
        is_private = rng.random() < 0.12
        notes = self._line("access notes", tongue) if rng.random() < 0.25 else ""
        access = rng.sample(Access.values, rng.randint(0, 4))
        return {
            "venue_name": "" if is_private else rng.choice(sections("events")[section]),
            "address": "" if is_abroad else f"{rng.randint(1, 980)} {rng.choice(sections('events')['street'])}",
            "is_address_public": not is_private,
            "country": group.country,
            "state_code": group.state,
            "zip_code_id": group.zip_code_id,
            "place_name": group.place_name,
            "latitude": group.latitude + rng.uniform(-AROUND, AROUND) if group.latitude is not None else None,
            "longitude": group.longitude + rng.uniform(-AROUND, AROUND) if group.longitude is not None else None,
            "access": [one for one in Access.values if one in access],
            "access_notes": notes,
        }

    # --- how it stands ---

    def _stand(self, event: Event, state: EventState, *, is_moved: bool) -> None:
        """Made some weeks before it begins, and a day ago at the latest; approved within a day."""
        rng, event.state = self.rng, state
        weeks_before = event.starts_at - rng.randint(14, 60) * DAY
        event.created_at = min(weeks_before, self.now - rng.uniform(1, 12) * DAY).replace(second=0, microsecond=0)
        if state != EventState.DRAFT:
            event.submitted_at = event.created_at + HOUR
        if state in (EventState.APPROVED, EventState.CANCELLED):
            event.approved_at = event.created_at + rng.randint(2, 20) * HOUR
            event.sequence = event.revision = 2
        changed_at = min(self.now - HOUR, event.starts_at - DAY)
        if state == EventState.CANCELLED:
            event.cancelled_at, event.sequence = changed_at, 3
            event.cancelled_because = rng.choice(sections("events")["cancelled"])
        if state == EventState.DECLINED:
            event.asked = rng.choice(sections("events")["asked"])
        if is_moved:
            event.moved_at, event.sequence = changed_at, 3


def _town(group: Group) -> str:
    return group.place_name.partition(",")[0]


def _distance(one: Group, other: Group) -> float:
    """In degrees: good enough to tell who of one state is nearer."""
    return math.dist((one.latitude or 0, one.longitude or 0), (other.latitude or 0, other.longitude or 0))
