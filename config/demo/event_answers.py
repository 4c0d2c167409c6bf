"""Who has answered the demo's events, and who came: people on the rosters of their hosts who do something at times.

Nobody becomes a member by it who was none, so that the network's numbers stay those of config.demo.activity. Whoever is
made up is not reminded and not thanked: the columns of the answers say that it was done.
"""

import datetime
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from affiliates.models import JoinedBy, RosterEntry
from config.demo.copying import copy_rows, reserve_ids
from config.demo.event_plans import PlannedEvent
from config.demo.texts import sections
from events.models import Attendance, CheckedInBy, Event, EventQuestion, EventState, Rsvp, RsvpState
from members.models import Activity, ActivityKind

HOUR = datetime.timedelta(hours=1)
COMES = {RsvpState.GOING: 0.85, RsvpState.MAYBE: 0.35}
"""The share of those who answered so that then comes."""
WALKS_IN = 0.25
STATES = (RsvpState.GOING, RsvpState.MAYBE, RsvpState.CANT)
STATE_WEIGHTS = (80, 12, 8)
AT_DOOR = (CheckedInBy.LIST, CheckedInBy.TICKET_QR, CheckedInBy.DOOR_QR, CheckedInBy.SHEET)
AT_DOOR_WEIGHTS = (55, 15, 12, 18)

RSVP_FIELDS = (
    "id", "event", "person", "state", "party_size", "answered_at", "changed_at", "confirmed_at", "waiting_since",
    "revision", "email", "given_name", "family_name", "place", "language", "consents", "answers", "reminded_at",
    "reminded_again_at", "thanked_at",
)  # fmt: skip
ATTENDANCE_FIELDS = ("id", "event", "person", "at", "how", "guests", "name", "recorded_at")
ACTIVITY_FIELDS = ("person", "kind", "source", "at", "withdrawn_at", "withdrawn_because", "details")


class _Guest(NamedTuple):
    """Somebody who may answer."""

    person: int
    since: datetime.datetime
    language: str
    is_member: bool


class _Answer(NamedTuple):
    """What a guest says of an event."""

    event: Event
    guest: _Guest
    state: RsvpState
    party_size: int
    at: datetime.datetime
    told: list[dict[str, str]]  # to the questions of the host


class _Presence(NamedTuple):
    """That a guest came, with so many others."""

    event: Event
    guest: _Guest
    how: CheckedInBy
    at: datetime.datetime
    guests: int


def load_answers(planned: Sequence[PlannedEvent], *, rng: random.Random, now: datetime.datetime) -> None:
    """Fill the tables of answers and attendance, and write both into what people did. The events are saved."""
    guests = _guests(planned)
    questions = _questions(planned)
    answers: list[_Answer] = []
    presences: list[_Presence] = []
    for one in planned:
        event = one.event
        if event.approved_at is None or event.group_id is None:
            continue
        around = guests.get(event.group_id, [])
        given = list(_answers(one, around, questions.get(event.pk, []), rng, now))
        answers += given
        if event.state == EventState.APPROVED and event.ends_at <= now:
            presences += _presences(event, given, around, rng)
    _copy_answers(answers)
    _copy_presences(presences)
    _enter_rosters_of_cohosts(planned, answers)


def _guests(planned: Sequence[PlannedEvent]) -> dict[int, list[_Guest]]:
    """Those on the roster of each host who have done something before."""
    hosts = {one.event.group_id for one in planned}
    entries = RosterEntry.objects.filter(group__in=hosts, person__activity_score__isnull=False).order_by("pk")
    found: dict[int, list[_Guest]] = {}
    columns = ("group", "person", "person__created_at", "person__language", "person__membership")
    for group, person, since, language, member in entries.values_list(*columns):
        found.setdefault(group, []).append(_Guest(person, since, language, member is not None))
    return found


def _questions(planned: Sequence[PlannedEvent]) -> dict[int, list[EventQuestion]]:
    found: dict[int, list[EventQuestion]] = {}
    asked = EventQuestion.objects.filter(event__in=[one.event.pk for one in planned])
    for question in asked.order_by("event", "position"):
        found.setdefault(question.event_id, []).append(question)
    return found


# --- made up --------------------------------------------------------------------------------------------------


def _answers(
    one: PlannedEvent,
    around: Sequence[_Guest],
    questions: Sequence[EventQuestion],
    rng: random.Random,
    now: datetime.datetime,
) -> Iterator[_Answer]:
    """In the order in which they came: as long as they fit they go, then all who would go wait."""
    event, taken, is_line = one.event, 0, False
    crowd = rng.randint(4, 24) if one.crowd is None else one.crowd
    moments = [(_answered_at(event, guest, rng, now), guest) for guest in rng.sample(around, min(crowd, len(around)))]
    for at, guest in sorted((at, guest) for at, guest in moments if at):
        state = RsvpState.GOING if one.crowd else rng.choices(STATES, STATE_WEIGHTS)[0]
        party_size = 1 if state == RsvpState.CANT else min(rng.choice((1, 1, 1, 1, 2, 2, 3)), event.most_guests + 1)
        if state == RsvpState.GOING and event.capacity is not None:
            is_line = is_line or taken + party_size > event.capacity
            state = RsvpState.WAITING if is_line else state
        taken += party_size if state == RsvpState.GOING else 0
        yield _Answer(event, guest, state, party_size, at, [_told(question, rng) for question in questions])


def _answered_at(event: Event, guest: _Guest, rng: random.Random, now: datetime.datetime) -> datetime.datetime | None:
    """Some time between the approval and the event, or now; None for whom the network did not know in time."""
    first = max(event.approved_at or now, guest.since)
    last = min(event.starts_at, event.cancelled_at or now, now) - HOUR
    return first + (last - first) * rng.random() if first < last else None


def _told(question: EventQuestion, rng: random.Random) -> dict[str, str]:
    return {"question": question.text, "answer": rng.choice(question.choices or sections("events")["answer"])}


def _presences(
    event: Event, answers: Sequence[_Answer], around: Sequence[_Guest], rng: random.Random
) -> Iterator[_Presence]:
    """Those of the members who kept their word, and some who had said nothing."""
    for answer in answers:
        if answer.guest.is_member and rng.random() < COMES.get(answer.state, 0):
            [how] = [CheckedInBy.CODE] if not event.has_venue else rng.choices(AT_DOOR, AT_DOOR_WEIGHTS)
            yield _Presence(event, answer.guest, how, _came_at(event, rng), answer.party_size - 1)
    answered = {answer.guest.person for answer in answers}
    for guest in around:
        is_new_here = guest.person not in answered and guest.is_member and guest.since < event.starts_at - HOUR
        if event.has_venue and is_new_here and rng.random() < WALKS_IN:
            yield _Presence(event, guest, CheckedInBy.WALK_IN, _came_at(event, rng), 0)


def _came_at(event: Event, rng: random.Random) -> datetime.datetime:
    return event.starts_at + datetime.timedelta(minutes=rng.randint(-15, 25))


# --- written --------------------------------------------------------------------------------------------------


def _copy_answers(answers: Sequence[_Answer]) -> None:
    ids = reserve_ids(Rsvp, len(answers)) if answers else range(0)
    copy_rows(Rsvp, RSVP_FIELDS, map(_rsvp, ids, answers))
    going = ((id_, answer) for id_, answer in zip(ids, answers, strict=True) if answer.state != RsvpState.CANT)
    copy_rows(
        Activity,
        ACTIVITY_FIELDS,
        (_activity(ActivityKind.RSVP, f"rsvp:{id_}", answer.event, answer.guest, answer.at) for id_, answer in going),
    )


def _rsvp(id_: int, answer: _Answer) -> Sequence[object]:
    is_waiting = answer.state == RsvpState.WAITING
    return (
        id_, answer.event.pk, answer.guest.person, answer.state.value, answer.party_size, answer.at, answer.at,
        answer.at, answer.at if is_waiting else None, 1, "", "", "", "", answer.guest.language, "[]",
        json.dumps(answer.told), answer.at, answer.at, answer.at,
    )  # fmt: skip


def _copy_presences(presences: Sequence[_Presence]) -> None:
    ids = reserve_ids(Attendance, len(presences)) if presences else range(0)
    rows = (
        (id_, one.event.pk, one.guest.person, one.at, one.how.value, one.guests, "", one.at)
        for id_, one in zip(ids, presences, strict=True)
    )
    copy_rows(Attendance, ATTENDANCE_FIELDS, rows)
    copy_rows(
        Activity,
        ACTIVITY_FIELDS,
        (
            _activity(
                ActivityKind.ATTENDANCE, f"attendance:{id_}", one.event, one.guest, min(one.at, one.event.starts_at)
            )
            for id_, one in zip(ids, presences, strict=True)
        ),
    )


def _activity(kind: ActivityKind, source: str, event: Event, guest: _Guest, at: datetime.datetime) -> Sequence[object]:
    details: dict[str, object] = {"title": event.title, "place": event.place_name}
    if kind == ActivityKind.ATTENDANCE:
        details["event"] = event.pk
    return guest.person, kind.value, source, at, None, "", json.dumps(details)


def _enter_rosters_of_cohosts(planned: Iterable[PlannedEvent], answers: Sequence[_Answer]) -> None:
    """Whoever answers is on the rosters of all hosts."""
    joined = {one.event.pk: [group.pk for group, accepted in one.cohosts if accepted] for one in planned if one.cohosts}
    RosterEntry.objects.bulk_create(
        (
            RosterEntry(
                group_id=group, person_id=answer.guest.person, joined_at=answer.at, how=JoinedBy.EVENT, source="demo"
            )
            for answer in answers
            for group in joined.get(answer.event.pk, [])
        ),
        ignore_conflicts=True,
    )
