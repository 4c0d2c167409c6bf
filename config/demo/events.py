"""The demo's events: what its groups have held and will hold, and one campaign that they hold together.

Half as many as there are groups: of a thousand, some sixty are dates of series, some twenty are part of the campaign,
and the demo organizer's group has one of each kind (config.demo.organizers_events). Who answers and comes is in
config.demo.event_answers.
"""

import datetime
import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from affiliates.models import Group
from config.demo.copying import analyze
from config.demo.event_answers import load_answers
from config.demo.event_plans import DAY, PlannedEvent, Planner
from config.demo.homes import Home
from config.demo.organizers_events import events_of_organizer
from config.demo.texts import sections
from events.call_events import mirror_calls
from events.group_dates import follow_the_clock, keep_next_event
from events.models import (
    Attendance,
    Campaign,
    CampaignLink,
    CampaignState,
    Cohost,
    Event,
    EventKind,
    EventNotice,
    EventQuestion,
    EventReport,
    EventState,
    NoticeKind,
    Rsvp,
    Series,
    TrustedHost,
)
from events.plan_times import local_time
from events.repeating import Every, Repeat, dates_of, moments_of, rule_of
from events.slugs import slugs_for

A_GROUP = 0.5
"""So many events are there for each group."""
IN_CAMPAIGN, IN_SERIES = 0.04, 0.12
"""The shares of them that are part of the campaign, and dates of series."""
DATES = 8
TRUSTED = 0.05
FIRST_DAY, LAST_DAY = 9, 23
"""Between which days from now the campaign is held."""
LOOKS_BACK, LOOKS_AHEAD = 180, 80
"""The days over which events are spread."""

KINDS = (
    EventKind.MEETING, EventKind.TRAINING, EventKind.CANVASS, EventKind.PHONE_BANK, EventKind.RALLY,
    EventKind.WATCH_PARTY, EventKind.CALL,
)  # fmt: skip
KIND_WEIGHTS = (40, 15, 15, 12, 6, 6, 6)
STATES_AHEAD = (EventState.APPROVED, EventState.CANCELLED, EventState.SUBMITTED, EventState.DRAFT, EventState.DECLINED)
STATE_WEIGHTS = (86, 4, 5, 4, 1)


def load_events(homes: Mapping[int, Home], *, seed: int, now: datetime.datetime) -> None:
    """Fill the tables of events, of answers and of attendance. `homes` are those of the groups, by key.

    Needs the groups, the people with their activities and rosters, and the calls, whose events it makes as well.
    """
    rng = random.Random(f"events {seed}")
    groups = list(Group.objects.listed().defer("position", "about", "plan").order_by("pk"))
    planner = Planner(homes, rng, now)
    planner.know_neighbours(groups)
    planned = list(_planned(groups, planner))
    _write([one.event for one in planned])
    _write_beside(planned, rng, now)
    hosts = rng.sample(groups[1:], int(len(groups) * TRUSTED))
    TrustedHost.objects.bulk_create(TrustedHost(group=group, since=now - 100 * DAY) for group in hosts)
    load_answers(planned, rng=rng, now=now)
    mirror_calls(now=now)
    analyze(Event, EventNotice, EventQuestion, EventReport, Rsvp, Attendance)
    _keep_dates(planned, now)


def _planned(groups: Sequence[Group], planner: Planner) -> Iterator[PlannedEvent]:
    """All of them: first the demo organizer's, who has the first of the groups."""
    rng, total = planner.rng, int(len(groups) * A_GROUP)
    campaign = _open_campaign(planner.now)
    yield from events_of_organizer(groups[0], groups[1:], campaign, planner)
    others = groups[1:]
    yield from _of_campaign(campaign, rng.sample(others, int(total * IN_CAMPAIGN)), planner)
    for group in rng.sample(others, int(total * IN_SERIES) // DATES):
        yield from _monthly_meeting(group, planner)
    for group in rng.choices(others, k=total - int(total * (IN_CAMPAIGN + IN_SERIES))):
        yield _single(group, planner)


def _single(group: Group, planner: Planner) -> PlannedEvent:
    """One event: over, or to come; the more of those, the nearer."""
    rng = planner.rng
    [kind] = rng.choices(KINDS, KIND_WEIGHTS)
    back = -int(LOOKS_BACK * rng.random())
    if rng.random() < 0.5 and planner.was_active(group, back):
        state = EventState.CANCELLED if rng.random() < 0.03 else EventState.APPROVED
        return planner.plan(group, kind, days=back - 1, state=state)
    [state] = rng.choices(STATES_AHEAD, STATE_WEIGHTS)
    days = 1 + int(LOOKS_AHEAD * rng.random() ** 1.5)
    is_moved = state == EventState.APPROVED and rng.random() < 0.03
    cohosts = [(other, True) for other in planner.neighbours(group)] if rng.random() < 0.04 else []
    return planner.plan(group, kind, days=days, state=state, is_moved=is_moved, cohosts=cohosts)


def _monthly_meeting(group: Group, planner: Planner) -> Iterator[PlannedEvent]:
    """A series of eight meetings, three of them behind us, where the group is as old as that."""
    first = planner.plan(group, EventKind.MEETING, days=-80 if planner.was_active(group, -80) else 10).event
    begin, zone = local_time(first.starts_at, first.time_zone), first.time_zone
    rule = rule_of(Repeat(Every.MONTH, count=DATES), begin, zone)
    series = Series.objects.create(rule=rule, starts_local=first.starts_at, time_zone=zone, created_at=first.created_at)
    for starts_at, ends_at in moments_of(dates_of(rule, begin, zone), first.ends_at - first.starts_at, zone):
        yield planner.again(first, starts_at, ends_at, series_id=series.pk, series_date=starts_at)


# --- the campaign ---------------------------------------------------------------------------------------------


def _open_campaign(now: datetime.datetime) -> Campaign:
    campaign = Campaign.objects.create(
        slug="watch-the-debate-together",
        title="Watch the debate together",
        about="One evening, living rooms and union halls in every state: we watch, and then we say what we do.",
        state=CampaignState.OPEN,
        kind=EventKind.WATCH_PARTY,
        starts_on=(now + FIRST_DAY * DAY).date(),
        ends_on=(now + LAST_DAY * DAY).date(),
        event_title="Debate watch party",
        event_about="Come and watch the debate with your neighbors. Popcorn is there, and so is somebody who counts.",
        kit="\n\n".join(sections("events")["kit"]),
        created_at=now - 20 * DAY,
    )
    kit = (("Poster to print", "poster.pdf"), ("What to say in one minute", "minute.pdf"), ("The stream", "stream"))
    CampaignLink.objects.bulk_create(
        CampaignLink(campaign=campaign, label=label, url=f"https://example.org/kit/{name}") for label, name in kit
    )
    return campaign


def _of_campaign(campaign: Campaign, groups: Sequence[Group], planner: Planner) -> Iterator[PlannedEvent]:
    """The events of its hosts, most of them approved, on the first evenings that it is held."""
    for group in groups:
        [state] = planner.rng.choices(STATES_AHEAD, (60, 4, 20, 12, 4))
        days = planner.rng.randint(FIRST_DAY + 1, LAST_DAY - 1)
        words: dict[str, Any] = {"title": campaign.event_title, "about": campaign.event_about}
        own = {} if planner.language_of(group) == "es" else words
        yield planner.plan(group, EventKind.WATCH_PARTY, days=days, state=state, campaign=campaign, **own)


# --- written --------------------------------------------------------------------------------------------------


def _write(events: list[Event]) -> None:
    slugs = slugs_for([(event.title, event.local_start) for event in events])
    for event, slug in zip(events, slugs, strict=True):
        event.slug = slug
        if event.is_online:
            event.join_link = f"https://calls.demo.example/{slug}"
    Event.objects.bulk_create(events)


def _write_beside(planned: Sequence[PlannedEvent], rng: random.Random, now: datetime.datetime) -> None:
    """Co-hosts, questions, reports, and the notices of what was moved or called off."""
    Cohost.objects.bulk_create(
        Cohost(event=one.event, group=group, asked_at=asked_at, accepted_at=asked_at + DAY / 3 if accepted else None)
        for one in planned
        for group, accepted in one.cohosts
        for asked_at in [one.event.created_at]
    )
    asked = [one for one in planned if rng.random() < 0.12]
    EventQuestion.objects.bulk_create(question for one in asked for question in _questions(one.event, rng))
    EventReport.objects.bulk_create(_reports(planned, rng, now))
    EventNotice.objects.bulk_create(notice for one in planned for notice in _notices(one.event))


def _questions(event: Event, rng: random.Random) -> Iterator[EventQuestion]:
    lines = sections("events")["question es" if event.language == "es" else "question"]
    for position, line in zip(count(1), rng.sample(lines, rng.randint(1, len(lines))), strict=False):
        text, _colon, choices = line.partition(": ")
        yield EventQuestion(event=event, position=position, text=text, choices=choices.split(", ") if choices else [])


def _reports(planned: Sequence[PlannedEvent], rng: random.Random, now: datetime.datetime) -> Iterator[EventReport]:
    """Of six in ten of those that are over since a day; the demo organizer still owes the latest."""
    for one in planned:
        event = one.event
        is_over = event.state == EventState.APPROVED and event.ends_at < now - DAY
        if is_over and one.is_reported is not False and (one.is_reported or rng.random() < 0.6):
            text = rng.choice(sections("events")["report"])
            at = min(now, event.ends_at + DAY * rng.random())
            yield EventReport(event=event, head_count=rng.randint(6, 60), text=text, at=at)


def _notices(event: Event) -> Iterator[EventNotice]:
    """As if all had been told long ago: nobody gets a mail about it."""
    if event.approved_at is None:
        return
    at = event.cancelled_at or event.moved_at
    if at:
        kind = NoticeKind.CANCELLED if event.cancelled_at else NoticeKind.MOVED
        before = {"time_zone": event.time_zone, "place": event.place_name}
        for name in ("starts_at", "ends_at"):
            before[name] = (getattr(event, name) - 2 * DAY).isoformat()
        yield EventNotice(
            event=event, kind=kind, sequence=event.sequence, at=at, queued_at=at,
            before=before if kind == NoticeKind.MOVED else {},
        )  # fmt: skip


def _keep_dates(planned: Sequence[PlannedEvent], now: datetime.datetime) -> None:
    """The next event of each host, and when it was last active."""
    coming = [one for one in planned if one.event.state == EventState.APPROVED and one.event.starts_at > now]
    hosts = {group.pk for one in coming for group, _accepted in one.cohosts}
    hosts |= {one.event.group_id for one in coming if one.event.group_id}
    for group in Group.objects.filter(pk__in=hosts).only("pk", "next_event_at").order_by("pk"):
        keep_next_event(group=group, now=now)
    follow_the_clock(now=now)
