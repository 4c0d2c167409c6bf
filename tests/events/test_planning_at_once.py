"""Two hosts at the same event at the same moment. Each race is shown first with its guard off."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from events import line, slugs
from events.models import Event
from events.planning import StaleEventError, change_event, make_event, plan_of
from foundation.accounts.models import User
from tests.at_once import all_before_any, at_once
from tests.factories import make_contact, make_group

from .planning_events import NOW, make_plan

pytestmark = pytest.mark.django_db(transaction=True)


def unlocked(event: Event) -> Event:
    """What `lock_event` does, without the lock."""
    return Event.objects.defer("position", "about").get(pk=event.pk)


def change_title(event: Event, title: str, host: User) -> Callable[[], object]:
    plan = replace(plan_of(event), title=title)
    return lambda: change_event(event=event, plan=plan, revision=0, actor=host, now=NOW)


def race(event: Event, host: User) -> list[Exception]:
    return at_once(change_title(event, "One", host), change_title(event, "Two", host))


@pytest.fixture
def host() -> User:
    return make_contact(make_group())


@pytest.fixture
def event(host: User) -> Event:
    return make_event(plan=make_plan(), group=None, actor=host, now=NOW)


def test_without_the_lock_one_of_two_changes_is_lost(event: Event, host: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "lock_event", all_before_any(unlocked, 2))
    assert race(event, host) == []
    event.refresh_from_db()
    assert event.revision == 1  # of two changes that both said they were saved


def test_of_two_changes_at_once_one_is_saved_and_the_other_told(event: Event, host: User) -> None:
    raised = race(event, host)
    assert [type(error) for error in raised] == [StaleEventError]
    event.refresh_from_db()
    assert (event.revision, event.title in {"One", "Two"}) == (1, True)


def make_alike(host: User) -> list[Exception]:
    return at_once(*[lambda: make_event(plan=make_plan(), group=None, actor=host, now=NOW)] * 4)


def test_without_waiting_for_each_other_two_events_want_one_address(
    host: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slugs, "_wait_for_others", lambda: None)
    monkeypatch.setattr(slugs, "_taken", all_before_any(slugs._taken, 4))
    assert len(make_alike(host)) == 3


def test_events_made_at_once_get_an_address_each(host: User) -> None:
    assert make_alike(host) == []
    found = sorted(Event.objects.values_list("slug", flat=True))
    assert found == [f"monthly-meeting-2026-06-09{number}" for number in ("", "-2", "-3", "-4")]
