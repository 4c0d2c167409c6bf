"""When a group's next event is, and when it was last active."""

import datetime

import pytest

from affiliates.models import Group
from events.group_dates import LOOKS_BACK, follow_the_clock, keep_group_dates
from events.models import Cohost, Event, EventState
from tests.factories import make_group

from .making import NOW, TOMORROW, make_attendance, make_event

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


@pytest.fixture
def group() -> Group:
    return make_group()


def next_of(group: Group) -> datetime.datetime | None:
    return Group.objects.get(pk=group.pk).next_event_at


def active_of(group: Group) -> datetime.datetime | None:
    return Group.objects.get(pk=group.pk).last_active_at


def test_the_next_is_the_first_that_is_found_and_has_not_begun(group: Group) -> None:
    make_event(group, starts_at=NOW - DAY / 24)  # under way
    make_event(group, state=EventState.SUBMITTED)
    make_event(group, is_listed=False)
    make_event(group, state=EventState.CANCELLED, cancelled_at=NOW, approved_at=NOW)
    make_event(make_group())
    later, sooner = make_event(group, starts_at=NOW + 5 * DAY), make_event(group, starts_at=NOW + 3 * DAY)
    keep_group_dates(event=later, now=NOW)
    assert next_of(group) == sooner.starts_at


def test_of_all_groups_that_hold_it(group: Group) -> None:
    event, friend, asked = make_event(group), make_group(), make_group()
    Cohost.objects.create(event=event, group=friend, asked_at=NOW, accepted_at=NOW)
    Cohost.objects.create(event=event, group=asked, asked_at=NOW)
    keep_group_dates(event=event, now=NOW)
    assert (next_of(group), next_of(friend), next_of(asked)) == (event.starts_at, event.starts_at, None)
    Event.objects.update(state=EventState.CANCELLED, cancelled_at=NOW)
    keep_group_dates(event=event, now=NOW)
    assert (next_of(group), next_of(friend)) == (None, None)


def test_an_event_of_the_network_is_no_groups(group: Group) -> None:
    keep_group_dates(event=make_event(None), now=NOW)
    assert next_of(group) is None


def test_the_sweep_goes_on_where_one_has_begun(group: Group) -> None:
    first, second = make_event(group), make_event(group, starts_at=NOW + 3 * DAY)
    keep_group_dates(event=first, now=NOW)
    assert follow_the_clock(now=first.starts_at - DAY / 24) == 0
    assert next_of(group) == first.starts_at
    assert follow_the_clock(now=first.starts_at) == 1
    assert next_of(group) == second.starts_at
    assert follow_the_clock(now=second.starts_at) == 1
    assert next_of(group) is None
    assert follow_the_clock(now=second.starts_at + DAY) == 0


def test_a_group_was_active_when_an_event_ends_that_somebody_came_to(group: Group) -> None:
    event, friend, asked = make_event(group), make_group(), make_group()
    Cohost.objects.create(event=event, group=friend, asked_at=NOW, accepted_at=NOW)
    Cohost.objects.create(event=event, group=asked, asked_at=NOW)
    make_attendance(event)
    make_attendance(event)
    follow_the_clock(now=event.starts_at)
    assert active_of(group) is None
    assert follow_the_clock(now=event.ends_at + DAY) == 2
    assert (active_of(group), active_of(friend), active_of(asked)) == (event.ends_at, event.ends_at, None)
    assert follow_the_clock(now=event.ends_at + DAY) == 0


def test_nobody_came_is_no_activity(group: Group) -> None:
    event = make_event(group)
    make_attendance(event, undone_at=NOW)
    assert follow_the_clock(now=event.ends_at + DAY) == 0
    assert active_of(group) is None


def test_the_latest_counts_and_an_older_one_changes_nothing(group: Group) -> None:
    older, newer = make_event(group), make_event(group, starts_at=NOW + 3 * DAY)
    make_attendance(newer)
    follow_the_clock(now=newer.ends_at)
    make_attendance(older)  # entered from paper afterwards
    follow_the_clock(now=newer.ends_at + TOMORROW)
    assert active_of(group) == newer.ends_at


def test_what_was_long_ago_is_not_looked_for(group: Group) -> None:
    event = make_event(group)
    make_attendance(event)
    assert follow_the_clock(now=event.ends_at + LOOKS_BACK + DAY) == 0
