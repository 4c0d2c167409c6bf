"""Series: the dates of a draft that repeats, and changes to one of them and all that come after."""

from dataclasses import replace
from typing import Any

import pytest

from affiliates.models import Group
from events.models import Event, EventNotice, EventQuestion, EventState, NoticeKind, RsvpState, Series
from events.plan_times import local_time, moment_at
from events.planning import EventError, StaleEventError, make_event, plan_of
from events.questions import QuestionPlan, questions_of, set_questions
from events.repeating import RepeatError
from events.series import cancel_series_from, change_series_from, later_dates, make_series, preview_dates, submit_series
from events.standing import StandingError
from events.trusted import trust_host
from foundation.accounts.models import StaffTask, User
from foundation.audit.models import AuditEntry
from tests.factories import make_contact, make_group, make_staff

from . import making
from .planning_events import DAY, HOUR, NEW_YORK, NOW, STARTS, make_plan, on_clocks
from .test_planning import make_campaign

pytestmark = pytest.mark.django_db

THREE_WEEKS = "FREQ=WEEKLY;COUNT=3"
MEETING_IN_OCTOBER = moment_at(on_clocks("2026-10-20 18:30"), NEW_YORK)


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
def series(draft: Event, host: User) -> list[Event]:
    """Three meetings, a week apart, approved."""
    return approve(repeat(draft, host))


def repeat(event: Event, host: User, rule: str = THREE_WEEKS, **fields: Any) -> list[Event]:
    return make_series(event=event, rule=rule, revision=event.revision, actor=host, now=NOW, **fields)


def approve(events: list[Event]) -> list[Event]:
    keys = [event.pk for event in events]
    Event.objects.filter(pk__in=keys).update(state=EventState.APPROVED, approved_at=NOW)
    return list(Event.objects.filter(pk__in=keys).order_by("starts_at"))


def change_from(event: Event, host: User, **fields: Any) -> list[Event]:
    event = Event.objects.get(pk=event.pk)
    plan = replace(plan_of(event), **fields)
    change_series_from(event=event, plan=plan, revision=event.revision, actor=host, now=NOW)
    return list(Event.objects.filter(series=event.series).order_by("series_date"))


def clocks(events: list[Event]) -> list[str]:
    return [f"{event.local_start:%m-%d %H:%M}" for event in events]


# --- made -----------------------------------------------------------------------------------------------------


def test_each_date_is_an_event_of_its_own(draft: Event, group: Group, host: User) -> None:
    EventQuestion.objects.create(event=draft, position=1, text="Why?")
    made = repeat(draft, host)
    assert clocks(made) == ["06-09 18:30", "06-16 18:30", "06-23 18:30"]
    assert [event.slug for event in made] == [
        "monthly-meeting-2026-06-09", "monthly-meeting-2026-06-16", "monthly-meeting-2026-06-23"
    ]  # fmt: skip
    assert {event.state for event in made} == {EventState.DRAFT}
    assert [questions_of(event) for event in made] == [[QuestionPlan("Why?")]] * 3
    assert [event.series_date for event in made] == [event.starts_at for event in made]
    assert plan_of(made[2]) == make_plan(STARTS + 14 * DAY)
    series = Series.objects.get()
    assert (series.rule, series.starts_local, series.time_zone, series.left_out) == (THREE_WEEKS, STARTS, NEW_YORK, [])
    assert AuditEntry.objects.get(action="made series").details == {"rule": THREE_WEEKS, "dates": 3}


def test_exceptions_are_left_out_and_written_down(draft: Event, host: User) -> None:
    made = repeat(draft, host, left_out=[on_clocks("2026-06-16 18:30")])
    assert clocks(made) == ["06-09 18:30", "06-23 18:30"]
    assert Series.objects.get().left_out == ["2026-06-16T18:30:00"]


def test_the_hour_stays_over_the_change_of_the_clocks(group: Group, host: User) -> None:
    event = make_event(plan=make_plan(MEETING_IN_OCTOBER), group=group, actor=host, now=NOW)
    made = repeat(event, host)
    assert clocks(made) == ["10-20 18:30", "10-27 18:30", "11-03 18:30"]
    assert made[2].starts_at - made[1].starts_at == 7 * DAY + HOUR
    assert {one.ends_at - one.starts_at for one in made} == {2 * HOUR}


def test_a_date_that_the_clocks_skip_has_to_be_left_out(group: Group, host: User) -> None:
    starts_at = moment_at(on_clocks("2027-03-07 02:30"), NEW_YORK)
    event = make_event(plan=make_plan(starts_at), group=group, actor=host, now=NOW)
    with pytest.raises(RepeatError, match="March 14, 2027"):
        repeat(event, host)
    assert [(date.local.day, date.is_skipped) for date in preview_dates(event=event, rule=THREE_WEEKS)] == [
        (7, False), (14, True), (21, False)
    ]  # fmt: skip
    assert len(repeat(event, host, left_out=[on_clocks("2027-03-14 02:30")])) == 2


def test_a_date_that_the_clocks_repeat_is_the_first_of_the_two(group: Group, host: User) -> None:
    starts_at = moment_at(on_clocks("2026-10-25 01:30"), NEW_YORK)
    event = make_event(plan=make_plan(starts_at), group=group, actor=host, now=NOW)
    assert [date.is_repeated for date in preview_dates(event=event, rule=THREE_WEEKS)] == [False, True, False]
    assert repeat(event, host)[1].starts_at - starts_at == 7 * DAY


@pytest.mark.parametrize("rule", ["FREQ=WEEKLY", "FREQ=DAILY;COUNT=61", "FREQ=MONTHLY;COUNT=25", "FREQ=WEEKLY;COUNT=1"])
def test_a_rule_that_makes_no_series_leaves_the_draft_as_it_is(rule: str, draft: Event, host: User) -> None:
    with pytest.raises(RepeatError):
        repeat(draft, host, rule)
    draft.refresh_from_db()
    assert (draft.series, draft.revision, Event.objects.count(), Series.objects.count()) == (None, 0, 1, 0)


def test_sixty_dates_can_be_made(draft: Event, host: User) -> None:
    assert len(repeat(draft, host, "FREQ=DAILY;COUNT=60")) == 60


def test_only_a_draft_of_no_series_is_repeated(draft: Event, host: User, group: Group) -> None:
    repeat(draft, host)
    draft.refresh_from_db()
    with pytest.raises(EventError, match="one of a series already"):
        repeat(draft, host)
    with pytest.raises(EventError, match="Only a draft"):
        repeat(making.make_event(group, now=NOW), host)


def test_a_series_on_an_older_revision_is_refused(draft: Event, host: User) -> None:
    with pytest.raises(StaleEventError):
        make_series(event=draft, rule=THREE_WEEKS, revision=7, actor=host, now=NOW)


def test_all_dates_of_a_series_of_a_campaign_lie_within_it(group: Group, host: User) -> None:
    plan = make_plan(kind="watch_party")
    event = make_event(plan=plan, group=group, actor=host, now=NOW, campaign=make_campaign())
    with pytest.raises(EventError, match="June 1, 2026 to June 9, 2026"):
        repeat(event, host)
    assert Event.objects.count() == 1


# --- this one and all later ones ------------------------------------------------------------------------------


def test_a_change_goes_to_this_one_and_all_later_ones(series: list[Event], host: User) -> None:
    events = change_from(series[1], host, title="Weekly meeting", capacity=20)
    assert [event.title for event in events] == ["Monthly meeting", "Weekly meeting", "Weekly meeting"]
    assert [event.capacity for event in events] == [None, 20, 20]
    assert [event.revision for event in events] == [1, 1, 1]


def test_what_a_later_date_has_of_its_own_stays(series: list[Event], host: User) -> None:
    a_day_later = {"starts_at": series[2].starts_at + DAY, "ends_at": series[2].ends_at + DAY}
    Event.objects.filter(pk=series[2].pk).update(about="With a guest", **a_day_later)
    events = change_from(series[0], host, title="Weekly meeting", starts_at=STARTS - HOUR, ends_at=STARTS + HOUR)
    assert (events[2].about, events[2].title) == ("With a guest", "Weekly meeting")
    assert clocks(events) == ["06-09 17:30", "06-16 17:30", "06-24 17:30"]


def test_a_later_hour_is_later_on_the_clocks_of_each_date(group: Group, host: User) -> None:
    event = make_event(plan=make_plan(MEETING_IN_OCTOBER), group=group, actor=host, now=NOW)
    events = approve(repeat(event, host))
    events = change_from(events[0], host, starts_at=MEETING_IN_OCTOBER + HOUR, ends_at=MEETING_IN_OCTOBER + 3 * HOUR)
    assert clocks(events) == ["10-20 19:30", "10-27 19:30", "11-03 19:30"]
    assert [f"{local_time(one.ends_at, NEW_YORK):%H:%M}" for one in events] == ["21:30"] * 3


def test_another_zone_keeps_the_hour_on_the_clocks(series: list[Event], host: User) -> None:
    chicago = {"time_zone": "America/Chicago", "starts_at": STARTS + HOUR, "ends_at": STARTS + 3 * HOUR}
    events = change_from(series[0], host, **chicago)
    assert clocks(events) == ["06-09 18:30", "06-16 18:30", "06-23 18:30"]


def test_the_people_of_each_date_are_told_that_it_moved(series: list[Event], host: User) -> None:
    change_from(series[1], host, address="1 Main Street")
    notices = EventNotice.objects.order_by("event__starts_at").values_list("event", "kind")
    assert list(notices) == [(event.pk, NoticeKind.MOVED) for event in series[1:]]


def test_a_change_that_one_date_cannot_take_changes_none_and_names_it(series: list[Event], host: User) -> None:
    making.make_rsvp(series[2], party_size=3)
    with pytest.raises(EventError, match=r"June 23, 2026: 3 places are taken already") as refused:
        change_from(series[0], host, capacity=2)
    assert refused.value.about == "capacity"
    assert set(Event.objects.values_list("capacity", flat=True)) == {None}


def test_a_new_hour_that_the_clocks_skip_on_one_date_changes_none(group: Group, host: User) -> None:
    starts_at = moment_at(on_clocks("2027-03-07 05:30"), NEW_YORK)
    event = make_event(plan=make_plan(starts_at), group=group, actor=host, now=NOW)
    events = repeat(event, host)
    with pytest.raises(EventError, match=r"March 14, 2027: There is no 2:30"):
        change_from(events[0], host, starts_at=starts_at - 3 * HOUR, ends_at=starts_at)
    assert clocks(list(Event.objects.order_by("starts_at"))) == ["03-07 05:30", "03-14 05:30", "03-21 05:30"]


def test_more_places_go_to_those_who_wait_at_each_date(series: list[Event], host: User) -> None:
    Event.objects.update(capacity=1)
    for event in series[1:]:
        making.make_rsvp(event)
    waiting = [making.make_rsvp(event, state=RsvpState.WAITING) for event in series[1:]]
    change_from(series[1], host, capacity=2)
    for rsvp in waiting:
        rsvp.refresh_from_db()
    assert {rsvp.state for rsvp in waiting} == {RsvpState.GOING}


def test_a_cancelled_date_and_one_that_is_over_are_no_later_dates(series: list[Event], host: User) -> None:
    Event.objects.filter(pk=series[1].pk).update(state=EventState.CANCELLED, cancelled_at=NOW)
    assert later_dates(series[0], NOW) == [series[2]]
    assert later_dates(series[0], NOW + 60 * DAY) == []
    events = change_from(series[0], host, title="Weekly meeting")
    assert [event.title for event in events] == ["Weekly meeting", "Monthly meeting", "Weekly meeting"]


def test_an_event_of_no_series_has_no_later_dates(draft: Event, host: User) -> None:
    assert later_dates(draft, NOW) == []
    changed = change_series_from(
        event=draft, plan=replace(plan_of(draft), title="Alone"), revision=0, actor=host, now=NOW
    )
    assert [event.title for event in changed] == ["Alone"]


def test_a_change_to_later_ones_on_an_older_revision_is_refused(series: list[Event], host: User) -> None:
    change_from(series[0], host, title="First")
    with pytest.raises(StaleEventError):
        change_series_from(event=series[0], plan=plan_of(series[0]), revision=1, actor=host, now=NOW)


def test_questions_go_to_later_dates_where_that_is_wished(series: list[Event], host: User) -> None:
    why = [QuestionPlan("Why?")]
    set_questions(event=series[0], questions=why, revision=1, actor=host, now=NOW)
    assert [questions_of(event) for event in series] == [why, [], []]
    set_questions(event=series[1], questions=why, revision=0, actor=host, now=NOW, for_later=True)
    assert [questions_of(event) for event in series] == [why, why, why]


# --- cancelled ------------------------------------------------------------------------------------------------


def test_this_one_and_all_later_ones_are_cancelled(series: list[Event], host: User) -> None:
    assert cancel_series_from(event=series[1], because="The library closes.", actor=host, now=NOW) == 2
    states = list(Event.objects.order_by("starts_at").values_list("state", flat=True))
    assert states == [EventState.APPROVED, EventState.CANCELLED, EventState.CANCELLED]
    assert EventNotice.objects.filter(kind=NoticeKind.CANCELLED).count() == 2


def test_one_that_cannot_be_cancelled_leaves_all(series: list[Event], host: User) -> None:
    with pytest.raises(StandingError):
        cancel_series_from(event=series[0], because="", actor=host, now=NOW)
    assert not Event.objects.filter(state=EventState.CANCELLED).exists()


def test_of_what_is_over_nothing_is_cancelled(series: list[Event], host: User) -> None:
    later = STARTS + 7 * DAY + HOUR  # the second is going on
    assert cancel_series_from(event=series[0], because="Rain.", actor=host, now=later) == 2
    assert Event.objects.get(pk=series[0].pk).state == EventState.APPROVED


# --- all drafts at once -----------------------------------------------------------------------------------------


def test_all_drafts_of_a_series_are_submitted_at_once(draft: Event, host: User) -> None:
    dates = repeat(draft, host)
    done = submit_series(event=dates[1], actor=host, now=NOW)
    assert [event.pk for event in done.submitted] == [event.pk for event in dates]
    assert done.left == []
    assert set(Event.objects.values_list("state", flat=True)) == {EventState.SUBMITTED}
    assert AuditEntry.objects.filter(action="submitted event").count() == 3


def test_a_trusted_groups_dates_are_public_at_once(draft: Event, host: User, group: Group) -> None:
    trust_host(group=group, actor=make_staff(StaffTask.PROMOTIONS), now=NOW)
    done = submit_series(event=repeat(draft, host)[0], actor=host, now=NOW)
    assert {event.state for event in done.submitted} == {EventState.APPROVED}


def test_a_date_that_cannot_be_submitted_stays_a_draft_and_the_others_go(draft: Event, host: User) -> None:
    dates = repeat(draft, host)
    Event.objects.filter(pk=dates[1].pk).update(place_name="")
    done = submit_series(event=dates[0], actor=host, now=NOW)
    assert [event.pk for event in done.submitted] == [dates[0].pk, dates[2].pk]
    assert [(event.pk, because[:22]) for event, because in done.left] == [(dates[1].pk, "Nobody knows where it ")]
    assert Event.objects.get(pk=dates[1].pk).state == EventState.DRAFT


def test_only_drafts_that_are_still_to_come_are_submitted(draft: Event, host: User) -> None:
    dates = repeat(draft, host)
    submit_series(event=dates[0], actor=host, now=dates[0].starts_at)
    again = submit_series(event=dates[0], actor=host, now=dates[0].starts_at)
    assert (again.submitted, again.left) == ([], [])
    states = [event.state for event in Event.objects.order_by("starts_at")]
    assert states == [EventState.DRAFT, EventState.SUBMITTED, EventState.SUBMITTED]


def test_an_event_of_no_series_has_no_drafts_beside_it(draft: Event, host: User) -> None:
    assert submit_series(event=draft, actor=host, now=NOW).submitted == []
    assert Event.objects.get().state == EventState.DRAFT
