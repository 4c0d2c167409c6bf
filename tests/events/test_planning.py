"""An event written down and changed: what can be none, who is told, and two people who change it at once."""

import datetime
from dataclasses import replace
from typing import Any

import pytest
from django.utils import translation

from affiliates.models import Group
from events import line
from events.copying import clone_event
from events.models import (
    Campaign,
    CampaignState,
    Event,
    EventFormat,
    EventKind,
    EventNotice,
    EventQuestion,
    EventState,
    NoticeKind,
    RsvpState,
)
from events.objections import _checks
from events.planning import EventError, EventPlan, StaleEventError, change_event, make_event, plan_of
from events.questions import QuestionPlan, questions_of, set_questions
from events.slugs import slug_for
from foundation.accounts.models import User
from foundation.audit.models import AuditEntry
from tests.affiliates.calling import make_call
from tests.factories import make_contact, make_group, make_user

from . import making
from .planning_events import DAY, HOUR, NEW_YORK, NOW, STARTS, make_online_plan, make_plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def group() -> Group:
    return make_group()


@pytest.fixture
def host(group: Group) -> User:
    return make_contact(group)


@pytest.fixture
def draft(group: Group, host: User) -> Event:
    return make_event(plan=make_plan(), group=group, actor=host, now=NOW)


@pytest.fixture
def event(group: Group) -> Event:
    """An approved one."""
    event = making.make_event(group, now=NOW, starts_at=STARTS)
    Event.objects.filter(pk=event.pk).update(**make_changes(make_plan()))
    event.refresh_from_db()
    return event


def make_changes(plan: EventPlan) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in ("title", "venue_name", "address", "latitude", "longitude")}


def change(event: Event, host: User, **fields: Any) -> Event:
    """Change these fields on the present revision."""
    event = Event.objects.get(pk=event.pk)
    plan = replace(plan_of(event), **fields)
    return change_event(event=event, plan=plan, revision=event.revision, actor=host, now=NOW)


def notices(event: Event) -> list[tuple[str, int]]:
    return list(EventNotice.objects.filter(event=event).order_by("pk").values_list("kind", "sequence"))


# --- made -----------------------------------------------------------------------------------------------------


def test_an_event_begins_as_a_draft(draft: Event, group: Group, host: User) -> None:
    assert (draft.state, draft.group, draft.made_by, draft.created_at) == (EventState.DRAFT, group, host, NOW)
    assert (draft.slug, draft.revision, draft.sequence) == ("monthly-meeting-2026-06-09", 0, 0)
    assert plan_of(Event.objects.get(pk=draft.pk)) == make_plan()
    entry = AuditEntry.objects.get(subject=draft.scope)
    assert (entry.actor, entry.action, entry.details) == (f"user:{host.pk}", "made event", {"group": group.pk})


def test_an_event_without_a_group_is_the_networks(host: User) -> None:
    assert make_event(plan=make_online_plan(), group=None, actor=host, now=NOW).group is None


def test_online_there_is_no_venue_and_in_person_no_link(group: Group, host: User) -> None:
    both = replace(make_plan(), join_link="https://example.org/", join_words="Or phone")
    online = make_event(plan=replace(both, format=EventFormat.ONLINE), group=group, actor=host, now=NOW)
    assert (online.venue_name, online.address, online.zip_code, online.place_name, online.point) == (
        "",
        "",
        None,
        "",
        None,
    )
    assert online.join_link == "https://example.org/"
    in_person = make_event(plan=both, group=group, actor=host, now=NOW)
    assert (in_person.join_link, in_person.join_words, in_person.place_name) == ("", "", "Cambridge, MA")
    hybrid = make_event(plan=replace(both, format=EventFormat.HYBRID), group=group, actor=host, now=NOW)
    assert (hybrid.join_link, hybrid.place_name) == ("https://example.org/", "Cambridge, MA")


@pytest.mark.parametrize(
    ("fields", "about"),
    [
        ({"title": "  "}, "title"),
        ({"ends_at": STARTS - HOUR}, "ends_at"),
        ({"ends_at": STARTS}, "ends_at"),
        ({"ends_at": STARTS + 15 * DAY}, "ends_at"),
        ({"time_zone": "Nowhere/At_All"}, "time_zone"),
        ({"time_zone": ""}, "time_zone"),
        ({"latitude": None, "longitude": None}, "place_name"),
        ({"place_name": ""}, "place_name"),
        ({"capacity": 0}, "capacity"),
        ({"most_guests": 10}, "most_guests"),
        ({"most_guests": -1}, "most_guests"),
    ],
)
def test_what_can_be_no_event_is_refused_when_made_and_when_changed(
    fields: dict[str, Any], about: str, group: Group, host: User, draft: Event
) -> None:
    plan = replace(make_plan(), **fields)
    with pytest.raises(EventError) as made:
        make_event(plan=plan, group=group, actor=host, now=NOW)
    with pytest.raises(EventError) as changed:
        change_event(event=draft, plan=plan, revision=0, actor=host, now=NOW)
    assert (made.value.about, changed.value.about) == (about, about)


def test_an_event_cannot_begin_in_the_past(group: Group, host: User) -> None:
    with pytest.raises(EventError, match="in the past"):
        make_event(plan=make_plan(NOW), group=group, actor=host, now=NOW)


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Monthly meeting", "monthly-meeting-2026-06-09-2"),
        ("¡Fiesta en São Paulo!", "fiesta-en-sao-paulo-2026-06-09"),
        ("Συνάντηση", "event-2026-06-09"),
        ("x" * 300, f"{'x' * 60}-2026-06-09"),
    ],
)
def test_the_address_says_what_and_when(title: str, slug: str, draft: Event) -> None:
    assert slug_for(title, draft.local_start) == slug


def test_the_address_has_the_day_of_those_who_come(group: Group, host: User) -> None:
    late = make_plan(STARTS + 4 * HOUR)  # 10:30 p.m. in New York, the next day in UTC
    assert make_event(plan=late, group=group, actor=host, now=NOW).slug == "monthly-meeting-2026-06-09"


# --- of a campaign --------------------------------------------------------------------------------------------


def make_campaign(**fields: Any) -> Campaign:
    values: dict[str, Any] = {
        "slug": "launch",
        "title": "Launch",
        "about": "All watch together.",
        "state": CampaignState.OPEN,
        "kind": EventKind.WATCH_PARTY,
        "starts_on": datetime.date(2026, 6, 1),
        "ends_on": datetime.date(2026, 6, 9),
        "states": ["MA", "NH"],
    }
    return Campaign.objects.create(**{**values, **fields})


def test_an_event_of_a_campaign(group: Group, host: User) -> None:
    plan = make_plan(STARTS + 4 * HOUR, kind=EventKind.WATCH_PARTY)  # its last evening; June 10 in UTC
    campaign = make_campaign()
    assert make_event(plan=plan, group=group, actor=host, now=NOW, campaign=campaign).campaign == campaign


@pytest.mark.parametrize(
    ("campaign", "fields", "about"),
    [
        ({"state": CampaignState.CLOSED}, {}, ""),
        ({"state": CampaignState.DRAFT}, {}, ""),
        ({}, {"kind": EventKind.RALLY}, "kind"),
        ({"ends_on": datetime.date(2026, 6, 8)}, {}, "starts_at"),
        ({"states": ["NY"]}, {}, "place_name"),
    ],
)
def test_what_the_campaign_is_not_about_is_refused(
    campaign: dict[str, Any], fields: dict[str, Any], about: str, group: Group, host: User
) -> None:
    plan = replace(make_plan(kind=EventKind.WATCH_PARTY), **fields)
    with pytest.raises(EventError) as refused:
        make_event(plan=plan, group=group, actor=host, now=NOW, campaign=make_campaign(**campaign))
    assert refused.value.about == about


def test_an_event_of_a_campaign_stays_within_it(group: Group, host: User) -> None:
    plan = make_plan(kind=EventKind.WATCH_PARTY)
    event = make_event(plan=plan, group=group, actor=host, now=NOW, campaign=make_campaign())
    with pytest.raises(EventError, match="June 1, 2026 to June 9, 2026"):
        change(event, host, starts_at=STARTS + DAY, ends_at=STARTS + DAY + HOUR)
    Campaign.objects.update(state=CampaignState.CLOSED)
    assert change(event, host, starts_at=STARTS + DAY, ends_at=STARTS + DAY + HOUR).starts_at == STARTS + DAY


# --- changed --------------------------------------------------------------------------------------------------


def test_a_change_raises_the_revision_and_is_recorded(draft: Event, host: User) -> None:
    changed = change(draft, host, title="Another meeting", spoken=("English", "ASL"))
    assert (changed.title, changed.spoken, changed.revision) == ("Another meeting", ["English", "ASL"], 1)
    assert changed.slug == draft.slug  # people may have its address
    entry = AuditEntry.objects.get(subject=draft.scope, action="changed event")
    assert entry.details == {"changed": ["spoken", "title"]}


def test_saving_what_is_there_already_changes_nothing(draft: Event, host: User) -> None:
    assert change(draft, host).revision == 0
    assert not AuditEntry.objects.filter(action="changed event").exists()


def test_an_older_revision_is_refused_and_nothing_is_lost(draft: Event, host: User) -> None:
    change(draft, host, title="First")
    plan = replace(plan_of(draft), title="Second")
    with pytest.raises(StaleEventError):
        change_event(event=draft, plan=plan, revision=0, actor=host, now=NOW)
    draft.refresh_from_db()
    assert (draft.title, draft.revision) == ("First", 1)


def test_a_draft_that_moves_tells_nobody(draft: Event, host: User) -> None:
    moved = change(draft, host, starts_at=STARTS + HOUR, ends_at=STARTS + 2 * HOUR)
    assert (moved.moved_at, moved.sequence, notices(draft)) == (None, 0, [])


@pytest.mark.parametrize(
    "fields",
    [
        {"starts_at": STARTS + HOUR},
        {"ends_at": STARTS + HOUR},
        {"time_zone": "America/Chicago"},
        {"venue_name": "The other library"},
        {"address": "1 Main Street"},
        {"latitude": 42.37},
        {"format": EventFormat.HYBRID},
    ],
)
def test_those_who_answered_are_told_of_another_time_or_place(fields: dict[str, Any], event: Event, host: User) -> None:
    moved = change(event, host, **fields)
    assert (moved.moved_at, moved.sequence, notices(event)) == (NOW, 1, [(NoticeKind.MOVED, 1)])
    assert EventNotice.objects.get().before == {
        "starts_at": "2026-06-09T22:30:00+00:00",
        "ends_at": "2026-06-10T00:30:00+00:00",
        "time_zone": NEW_YORK,
        "place": "Public library, 449 Broadway, Cambridge, MA",
    }


def test_a_point_put_right_is_no_move_but_calendars_get_it(event: Event, host: User) -> None:
    changed = change(event, host, latitude=42.3643)
    assert (changed.moved_at, changed.sequence, notices(event)) == (None, 1, [])


def test_another_link_is_told_and_is_no_move(event: Event, host: User) -> None:
    online = make_online_plan()
    change(event, host, format=EventFormat.ONLINE, join_link=online.join_link)
    Event.objects.update(moved_at=None)
    EventNotice.objects.all().delete()
    changed = change(event, host, join_link="https://calls.example.org/two")
    assert (changed.moved_at, changed.sequence, notices(event)) == (None, 2, [(NoticeKind.LINK, 2)])


def test_other_words_are_told_to_nobody(event: Event, host: User) -> None:
    changed = change(event, host, title="Better title", about="What we do", access=("step_free",))
    assert (changed.sequence, notices(event)) == (0, [])


def test_a_new_time_reminds_anew_and_is_the_groups_next_event(event: Event, group: Group, host: User) -> None:
    rsvp = making.make_rsvp(event, reminded_at=NOW, reminded_again_at=NOW)
    change(event, host, title="The same time")
    rsvp.refresh_from_db()
    assert [rsvp.reminded_at, rsvp.reminded_again_at] == [NOW, NOW]
    change(event, host, starts_at=STARTS + DAY, ends_at=STARTS + DAY + HOUR)
    rsvp.refresh_from_db()
    group.refresh_from_db()
    assert [rsvp.reminded_at, rsvp.reminded_again_at, group.next_event_at] == [None, None, STARTS + DAY]


def test_an_event_taken_out_of_the_searches_is_not_the_groups_next_one(event: Event, group: Group, host: User) -> None:
    change(event, host, ends_at=STARTS + HOUR)
    group.refresh_from_db()
    assert group.next_event_at == STARTS
    change(event, host, is_listed=False)
    group.refresh_from_db()
    assert group.next_event_at is None


def test_an_event_moves_to_no_time_that_is_past_but_may_end_later_while_it_goes_on(event: Event, host: User) -> None:
    with pytest.raises(EventError, match="in the past"):
        change(event, host, starts_at=NOW - HOUR)
    plan = replace(plan_of(event), ends_at=STARTS + 3 * HOUR)
    during = STARTS + HOUR
    assert change_event(event=event, plan=plan, revision=0, actor=host, now=during).ends_at == STARTS + 3 * HOUR


# --- places ---------------------------------------------------------------------------------------------------


def test_fewer_places_than_are_taken_are_refused(event: Event, host: User) -> None:
    making.make_rsvp(event, party_size=3)
    with pytest.raises(EventError, match="3 places are taken already") as refused:
        change(event, host, capacity=2)
    assert refused.value.about == "capacity"
    assert change(event, host, capacity=3).capacity == 3


@pytest.mark.parametrize("capacity", [3, None])
def test_more_places_go_to_those_who_wait(capacity: int | None, event: Event, host: User) -> None:
    change(event, host, capacity=1)
    making.make_rsvp(event)
    waiting = making.make_rsvp(event, state=RsvpState.WAITING, party_size=2)
    change(event, host, capacity=capacity)
    waiting.refresh_from_db()
    event.refresh_from_db()
    assert (waiting.state, event.taken) == (RsvpState.GOING, 3)


def test_no_limit_before_has_nobody_waiting(event: Event, host: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "fill_places", lambda **_rest: pytest.fail("there is no line"))
    change(event, host, capacity=50)


# --- refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"state": EventState.CANCELLED, "cancelled_at": NOW}, "cancelled"),
        ({"state": EventState.DECLINED}, "declined"),
        ({"starts_at": NOW - 2 * HOUR, "ends_at": NOW}, "over"),
    ],
)
def test_an_event_that_is_closed_is_not_changed(fields: dict[str, Any], why: str, group: Group, host: User) -> None:
    closed = making.make_event(group, now=NOW, **fields)
    with pytest.raises(EventError, match=why):
        change(closed, host, title="Too late")
    with pytest.raises(EventError, match=why):
        set_questions(event=closed, questions=[], revision=0, actor=host, now=NOW)


def test_a_call_is_changed_where_calls_are_set(host: User) -> None:
    event = making.make_event(now=NOW, call=make_call())
    with pytest.raises(EventError, match="where calls are set"):
        change(event, host, title="Another call")


@pytest.mark.parametrize(
    ("state", "is_refused"),
    [(EventState.DRAFT, False), (EventState.SUBMITTED, True), (EventState.APPROVED, True)],
)
def test_what_may_not_be_approved_may_not_become_of_something_approved(
    state: EventState, is_refused: bool, group: Group, host: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = making.make_event(group, now=NOW, state=state)
    monkeypatch.setitem(_checks, "test", lambda one: "It is for an opponent." if "Vote" in one.title else "")
    if is_refused:
        with pytest.raises(EventError, match="opponent"):
            change(event, host, title="Vote for them")
    else:
        change(event, host, title="Vote for them")
    event.refresh_from_db()
    assert (event.title == "Vote for them") is not is_refused


# --- questions ------------------------------------------------------------------------------------------------

WHAT = QuestionPlan("What will you bring?", ("Salad", "Cake"), is_required=True)
WHY = QuestionPlan("Why?")


def test_questions_take_the_place_of_those_before(draft: Event, host: User) -> None:
    set_questions(event=draft, questions=[WHAT, WHY], revision=0, actor=host, now=NOW)
    changed = set_questions(event=draft, questions=[WHY, WHAT], revision=1, actor=host, now=NOW)
    assert (questions_of(draft), changed.revision) == ([WHY, WHAT], 2)


@pytest.mark.parametrize(
    "questions",
    [
        [WHY] * 6,
        [QuestionPlan("Which?", ("one",))],
        [QuestionPlan("Which?", ("one", "one"))],
        [QuestionPlan("Which?", tuple(map(str, range(13))))],
    ],
)
def test_questions_that_are_none_are_refused(questions: list[QuestionPlan], draft: Event, host: User) -> None:
    with pytest.raises(EventError):
        set_questions(event=draft, questions=questions, revision=0, actor=host, now=NOW)


def test_questions_on_an_older_revision_are_refused(draft: Event, host: User) -> None:
    change(draft, host, title="Another")
    with pytest.raises(StaleEventError):
        set_questions(event=draft, questions=[WHY], revision=0, actor=host, now=NOW)


# --- copied ---------------------------------------------------------------------------------------------------


def test_a_copy_is_a_draft_on_another_date_with_the_questions_and_without_the_answers(event: Event) -> None:
    EventQuestion.objects.create(event=event, position=1, text="Why?")
    making.make_rsvp(event)
    other = make_group()
    actor = make_user()
    copy = clone_event(
        event=event, group=other, starts_at=STARTS + 7 * DAY, ends_at=STARTS + 7 * DAY + HOUR, actor=actor, now=NOW
    )
    copy.refresh_from_db()
    assert (copy.state, copy.group, copy.made_by, copy.taken) == (EventState.DRAFT, other, actor, 0)
    expected = replace(plan_of(event), starts_at=STARTS + 7 * DAY, ends_at=STARTS + 7 * DAY + HOUR)
    assert plan_of(copy) == expected
    assert (questions_of(copy), copy.rsvps.count()) == ([WHY], 0)


@pytest.mark.parametrize("state", [EventState.CANCELLED, EventState.DECLINED])
def test_a_closed_event_can_be_copied(state: EventState, group: Group, host: User) -> None:
    cancelled_at = NOW if state == EventState.CANCELLED else None
    closed = making.make_event(group, now=NOW, state=state, cancelled_at=cancelled_at)
    copy = clone_event(event=closed, group=group, starts_at=STARTS, ends_at=STARTS + HOUR, actor=host, now=NOW)
    assert (copy.state, copy.cancelled_at) == (EventState.DRAFT, None)


def test_a_copy_to_the_past_is_refused(event: Event, group: Group, host: User) -> None:
    with pytest.raises(EventError, match="in the past"):
        clone_event(event=event, group=group, starts_at=NOW - DAY, ends_at=NOW, actor=host, now=NOW)


def test_a_copy_is_for_the_campaign_as_long_as_that_is_open(group: Group, host: User) -> None:
    plan = make_plan(kind=EventKind.WATCH_PARTY)
    event = make_event(plan=plan, group=group, actor=host, now=NOW, campaign=make_campaign())
    again: dict[str, Any] = {
        "event": event,
        "group": group,
        "starts_at": STARTS,
        "ends_at": STARTS + HOUR,
        "actor": host,
        "now": NOW,
    }
    assert clone_event(**again).campaign == event.campaign
    Campaign.objects.update(state=CampaignState.CLOSED)
    again["event"] = Event.objects.get(pk=event.pk)
    assert clone_event(**again).campaign is None


def test_what_is_said_of_an_event_is_said_in_the_readers_language(draft: Event, host: User) -> None:
    with translation.override("es"), pytest.raises(EventError):
        change(draft, host, ends_at=STARTS)
