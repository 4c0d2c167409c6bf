"""The queue of promotions, the line for the people of an area, the hours of sending, and when each may go out."""

import datetime
from typing import Any

import pytest
from pytest_django import Settings

from affiliates.models import Group
from events.models import Promotion, PromotionState
from events.promotion_queue import (
    USUAL_WAIT,
    PromotionQueue,
    expected_send_at,
    line_around,
    read_promotion_queue,
    usual_wait,
    waiting_in_words,
)
from events.sending_hours import is_sending_hour, next_sending_moment
from foundation.mail.outbox import queue_mail
from tests.factories import make_group

from .making import NOW, make_event
from .promotions import DAY, HOUR, make_promotion

pytestmark = pytest.mark.django_db
BOSTON, LOS_ANGELES = "America/New_York", "America/Los_Angeles"


def utc(day: int, hour: int, minute: int = 0) -> datetime.datetime:
    return datetime.datetime(2026, 6, day, hour, minute, tzinfo=datetime.UTC)


@pytest.fixture
def group() -> Group:
    return make_group()


def make(group: Group, *, days: int = 10, near: str = "02139", **fields: Any) -> Promotion:
    """A promotion of an event in so many days."""
    event = make_event(group, near=near, starts_at=NOW + days * DAY, now=NOW)
    return make_promotion(event, **fields)


# --- the hours of sending -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "zone", "opens"),
    [
        (utc(1, 13), BOSTON, utc(1, 13)),  # nine in the morning there
        (utc(1, 12, 59), BOSTON, utc(1, 13)),
        (utc(1, 23, 59), BOSTON, utc(1, 23, 59)),  # a minute before eight in the evening
        (utc(2, 0), BOSTON, utc(2, 13)),
        (utc(2, 3, 30), BOSTON, utc(2, 13)),
        (utc(2, 4, 30), BOSTON, utc(2, 13)),  # past midnight there
        (utc(1, 13), LOS_ANGELES, utc(1, 16)),
    ],
)
def test_mails_begin_to_go_out_by_day_at_the_venue(
    moment: datetime.datetime, zone: str, opens: datetime.datetime
) -> None:
    assert next_sending_moment(moment, zone) == opens
    assert is_sending_hour(moment, zone) is (moment == opens)
    assert is_sending_hour(opens, zone)


def test_the_morning_after_the_clocks_change_is_the_morning_of_the_new_clocks() -> None:
    saturday_night = datetime.datetime(2026, 3, 8, 3, tzinfo=datetime.UTC)  # 10 in the evening, EST
    assert next_sending_moment(saturday_night, BOSTON) == datetime.datetime(2026, 3, 8, 13, tzinfo=datetime.UTC)


# --- the queue ------------------------------------------------------------------------------------------------


def test_the_oldest_request_stands_first_and_the_next_follows(group: Group) -> None:
    young, old, older = (make(group, requested_at=NOW - days * DAY) for days in (1, 3, 9))
    make(group, state=PromotionState.ASKED)
    queue = read_promotion_queue({})
    assert list(queue.promotions()) == [older, old, young]
    assert queue.next_after(older) == old
    assert queue.next_after(young) == older
    assert PromotionQueue().query == ""
    assert waiting_in_words() == "3 promotions wait for approval."


def test_nothing_follows_the_last(group: Group) -> None:
    only = make(group)
    assert PromotionQueue().next_after(only) is None
    assert waiting_in_words() == "1 promotion waits for approval."


@pytest.mark.parametrize(
    ("show", "states"),
    [
        ("asked", {PromotionState.ASKED}),
        ("approved", {PromotionState.APPROVED}),
        ("sending", {PromotionState.SENDING, PromotionState.PAUSED}),
        ("sent", {PromotionState.SENT}),
        ("ended", {PromotionState.DECLINED, PromotionState.CANCELLED}),
        ("nonsense", {PromotionState.REQUESTED}),
    ],
)
def test_the_queue_shows_what_stands_elsewhere(group: Group, show: str, states: set[str]) -> None:
    for state in PromotionState:
        make(group, state=state)
    queue = read_promotion_queue({"show": show})
    assert {promotion.state for promotion in queue.promotions()} == states
    assert queue.query == ("" if show == "nonsense" else f"show={show}")


def test_what_is_approved_stands_as_it_goes_out(group: Group) -> None:
    late, early = (make(group, state=PromotionState.APPROVED, send_at=NOW + days * DAY) for days in (3, 1))
    assert list(PromotionQueue("approved").promotions()) == [early, late]


# --- the line for the people of an area -----------------------------------------------------------------------


def test_the_earlier_event_goes_first_and_of_one_day_the_earlier_approval(group: Group) -> None:
    this = make(group, days=10)
    approved: dict[str, Any] = {"state": PromotionState.APPROVED, "send_at": NOW}
    second = make(group, days=10, approved_at=NOW - HOUR, **approved)
    first = make(group, days=10, approved_at=NOW - 2 * HOUR, **approved)
    earlier = make(group, days=4)
    later = make(group, days=20, approved_at=NOW - 3 * HOUR, **approved)
    line = line_around(this, now=NOW)
    assert [entry.promotion for entry in line] == [earlier, first, second, this, later]
    assert [entry.is_this for entry in line] == [False, False, False, True, False]


def test_those_that_went_out_within_two_weeks_have_their_people(group: Group) -> None:
    this = make(group, days=2)
    recent = make(group, days=9, state=PromotionState.SENT, launched_at=NOW - 13 * DAY)
    going = make(group, days=9, state=PromotionState.SENDING, launched_at=NOW)
    make(group, days=9, state=PromotionState.SENT, launched_at=NOW - 15 * DAY)
    for state in (PromotionState.DECLINED, PromotionState.CANCELLED):
        make(group, state=state)
    assert [entry.promotion for entry in line_around(this, now=NOW)] == [recent, going, this]


def test_only_those_compete_whose_areas_meet(group: Group) -> None:
    # Providence lies some 43 miles from Cambridge, New York City some 187.
    this = make(group, radius_miles=25)
    near = make(group, near="02903", radius_miles=25)
    make(group, near="02903", radius_miles=10)
    far = make(group, near="10001")
    assert {entry.promotion for entry in line_around(this, now=NOW)} == {this, near}
    Promotion.objects.filter(pk=this.pk).update(radius_miles=None)
    line = line_around(Promotion.objects.get(pk=this.pk), now=NOW)
    assert {entry.promotion for entry in line} >= {this, near, far}
    [miles] = [round(entry.miles) for entry in line if entry.promotion == far]
    assert 180 < miles < 195


def test_whose_people_are_chosen_reaches_no_further_than_they_live(group: Group) -> None:
    this = make(group, radius_miles=10)
    make(group, near="02903", state=PromotionState.SENT, launched_at=NOW - DAY, reach_miles=25, audience=1)
    assert [entry.promotion for entry in line_around(this, now=NOW)] == [this]


# --- when it may go out ---------------------------------------------------------------------------------------


def test_staff_take_as_long_as_they_took_of_late(group: Group) -> None:
    assert usual_wait() == USUAL_WAIT
    for days in (1, 3, 12):
        make(group, state=PromotionState.SENT, requested_at=NOW - days * DAY, approved_at=NOW)
    assert usual_wait() == 3 * DAY


def test_a_request_goes_out_when_staff_are_likely_to_have_decided(group: Group) -> None:
    event = make_event(group, starts_at=NOW + 10 * DAY)
    noon = utc(1, 16)
    assert expected_send_at(Promotion(event=event), now=noon) == noon + USUAL_WAIT
    asked = make_promotion(event, requested_at=noon - DAY)
    assert expected_send_at(asked, now=noon) == noon + DAY
    assert expected_send_at(asked, now=noon + 4 * DAY) == noon + 4 * DAY


def test_what_falls_into_the_night_goes_out_in_the_morning(group: Group) -> None:
    asked = make(group, requested_at=utc(1, 3))
    assert expected_send_at(asked, now=utc(1, 4)) == utc(3, 13)


def test_what_is_approved_goes_at_its_time_or_now_if_that_is_past(group: Group) -> None:
    approved = make(group, state=PromotionState.APPROVED, send_at=utc(2, 15))
    assert expected_send_at(approved, now=utc(1, 15)) == utc(2, 15)
    assert expected_send_at(approved, now=utc(2, 16)) == utc(2, 16)


def test_what_is_launched_went_out_then(group: Group) -> None:
    sent = make(group, state=PromotionState.SENT, launched_at=utc(1, 14))
    assert expected_send_at(sent, now=utc(9, 15)) == utc(1, 14)


def test_the_mails_that_stand_before_it_take_their_time(group: Group, settings: Settings) -> None:
    settings.MAIL_RATE_PER_SECOND = 1
    make(group, state=PromotionState.APPROVED, send_at=utc(1, 15), wanted=3599)
    queue_mail(to="ada@example.org", subject="News", text="Hello.", purpose="test")
    approved = make(group, state=PromotionState.APPROVED, send_at=utc(1, 16))
    assert expected_send_at(approved, now=utc(1, 14)) == utc(1, 17)
    settings.MAIL_RATE_PER_SECOND = 0
    assert expected_send_at(approved, now=utc(1, 14)) == utc(1, 16)
