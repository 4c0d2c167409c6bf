"""Which dates a rule makes: by our words, by RFC 5545, over the change of the clocks."""

import datetime
from collections import Counter

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from events.plan_times import SkippedTimeError, is_repeated, is_second, local_time, moment_at
from events.repeating import MOST_DATES, Every, Repeat, RepeatError, dates_of, moments_of, rule_of

from .planning_events import NEW_YORK, on_clocks

FIRST = on_clocks("2026-06-09 18:30")  # a second Tuesday
TWO_HOURS = datetime.timedelta(hours=2)


def days(rule: str, first: datetime.datetime = FIRST) -> list[str]:
    return [f"{date:%m-%d}" for date in dates_of(rule, first, NEW_YORK)]


# --- in a host's words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("every", "dates"),
    [
        (Every.DAY, ["06-09", "06-10", "06-11"]),
        (Every.WEEK, ["06-09", "06-16", "06-23"]),
        (Every.TWO_WEEKS, ["06-09", "06-23", "07-07"]),
        (Every.MONTH, ["06-09", "07-14", "08-11"]),
    ],
)
def test_a_series_of_three(every: Every, dates: list[str]) -> None:
    assert days(rule_of(Repeat(every, count=3), FIRST, NEW_YORK)) == dates


def test_after_a_fifth_weekday_comes_the_last_one() -> None:
    first = on_clocks("2026-06-30 18:30")
    assert days(rule_of(Repeat(Every.MONTH, count=3), first, NEW_YORK), first) == ["06-30", "07-28", "08-25"]


def test_the_last_day_may_be_a_date_itself() -> None:
    rule = rule_of(Repeat(Every.WEEK, until=datetime.date(2026, 6, 23)), FIRST, NEW_YORK)
    assert rule == "FREQ=WEEKLY;UNTIL=20260624T035959Z"  # in UTC, as RFC 5545 wants it for a series with a zone
    assert days(rule) == ["06-09", "06-16", "06-23"]


def test_a_late_evening_is_not_lost_to_the_day_of_utc() -> None:
    first = on_clocks("2026-06-09 22:00")
    rule = rule_of(Repeat(Every.WEEK, until=datetime.date(2026, 6, 16)), first, "Pacific/Honolulu")
    assert len(dates_of(rule, first, "Pacific/Honolulu")) == 2


def test_a_series_in_words_without_an_end_is_refused() -> None:
    with pytest.raises(RepeatError, match="when the series ends"):
        rule_of(Repeat(Every.WEEK), FIRST, NEW_YORK)


# --- by rules -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("FREQ=WEEKLY", "come to an end"),
        ("FREQ=DAILY;COUNT=61", "60 dates"),
        ("FREQ=DAILY;UNTIL=20261231", "60 dates"),
        ("FREQ=DAILY;COUNT=9999", "60 dates"),
        ("FREQ=MONTHLY;BYDAY=2TU;COUNT=20", "18 months"),
        ("FREQ=MONTHLY;BYDAY=2TU;UNTIL=20280101", "18 months"),
        ("FREQ=YEARLY;COUNT=3", "18 months"),
        ("FREQ=WEEKLY;BYDAY=WE;COUNT=3", "first date"),
        ("FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2;COUNT=3", "first date"),
        ("FREQ=WEEKLY;UNTIL=20200101", "first date"),
        ("FREQ=WEEKLY;COUNT=0", "understood"),
        ("FREQ=WEEKLY;COUNT=many", "understood"),
        ("FREQ=WEEKLY;COUNT=2;UNTIL=20260701", "understood"),
        ("FREQ=WEEKLY;COUNT=2;COUNT=3", "understood"),
        ("FREQ=WEEKLY;UNTIL=tomorrow", "understood"),
        ("FREQ=WEEKLY;UNTIL=99999999T999999Z", "understood"),
        ("FREQ=SECONDLY;COUNT=3", "understood"),
        ("FREQ=DAILY;BYHOUR=1,2,3;COUNT=3", "understood"),
        ("FREQ=WEEKLY;BYDAY=XX;COUNT=3", "understood"),
        ("FREQ=WEEKLY;INTERVAL=0;COUNT=3", "understood"),
        ("FREQ=WEEKLY;INTERVAL=-1;COUNT=3", "understood"),
        ("COUNT=3", "understood"),
        ("FREQ=WEEKLY;COUNT=3\nEXDATE:20260616", "understood"),
        ("hello", "understood"),
        ("", "understood"),
    ],
)
def test_a_rule_that_makes_no_series_says_why(rule: str, why: str) -> None:
    with pytest.raises(RepeatError, match=why):
        dates_of(rule, FIRST, NEW_YORK)


@pytest.mark.parametrize(
    "rule", ["FREQ=DAILY;COUNT=60", "FREQ=MONTHLY;BYDAY=2TU;UNTIL=20271209", "freq=weekly;count=2"]
)
def test_a_rule_as_long_as_may_be(rule: str) -> None:
    assert 2 <= len(dates_of(rule, FIRST, NEW_YORK)) <= MOST_DATES


def test_exceptions_fall_away_and_count_as_dates() -> None:
    left_out = [on_clocks("2026-06-16 18:30")]
    found = dates_of("FREQ=WEEKLY;COUNT=3", FIRST, NEW_YORK, left_out=left_out)
    assert [date.day for date in found] == [9, 23]


@given(
    freq=st.sampled_from(["DAILY", "WEEKLY", "MONTHLY;BYDAY=2TU", "MONTHLY", "WEEKLY;BYDAY=TU,TH"]),
    interval=st.integers(1, 6),
    count=st.integers(1, 12),
    month=st.integers(1, 12),
)
def test_the_dates_are_those_of_dateutil(freq: str, interval: int, count: int, month: int) -> None:
    """We take the end out of the rule and put it back by hand; the plain reading of the whole rule says the same."""
    rule = f"FREQ={freq};INTERVAL={interval};COUNT={count}"
    first = on_clocks(f"2026-{month:02}-{8 + (1 - datetime.date(2026, month, 8).weekday()) % 7:02} 18:30")
    plain = list(rrulestr(rule, dtstart=first))
    try:
        assert dates_of(rule, first, NEW_YORK) == plain
    except RepeatError:
        assert (plain[-1] - first).days > 540  # 18 months have 546 days or more


def test_a_first_date_between_two_seconds_is_a_date_too() -> None:
    first = FIRST.replace(second=7, microsecond=5)
    assert dates_of("FREQ=WEEKLY;COUNT=2", first, NEW_YORK) == [first, first + datetime.timedelta(days=7)]


# --- by the clocks --------------------------------------------------------------------------------------------


def test_the_hour_stays_when_the_clocks_are_changed() -> None:
    first = on_clocks("2026-10-20 18:30")
    dates = dates_of("FREQ=WEEKLY;COUNT=3", first, NEW_YORK)
    moments = moments_of(dates, TWO_HOURS, NEW_YORK)
    assert [begin.hour for begin, _end in moments] == [22, 22, 23]  # UTC
    assert {f"{local_time(begin, NEW_YORK):%H:%M}" for begin, _end in moments} == {"18:30"}


def test_a_skipped_hour_names_the_day() -> None:
    dates = dates_of("FREQ=WEEKLY;COUNT=3", on_clocks("2027-03-07 02:30"), NEW_YORK)
    with pytest.raises(RepeatError, match=r"March 14, 2027 there is no 2:30"):
        moments_of(dates, TWO_HOURS, NEW_YORK)


def test_a_repeated_hour_ends_later_than_it_begins() -> None:
    """From 12:45 to 1:15 a.m. and from 1:45 to 1:00 by the clocks: never an end before its beginning."""
    [(begin, end)] = moments_of([on_clocks("2026-11-01 00:45")], datetime.timedelta(minutes=30), NEW_YORK)
    assert end - begin == datetime.timedelta(minutes=30)
    [(begin, end)] = moments_of([on_clocks("2026-11-01 01:00")], datetime.timedelta(minutes=30), NEW_YORK)
    assert end - begin == datetime.timedelta(minutes=30)


def test_a_repeated_time_is_two_moments() -> None:
    local = on_clocks("2026-11-01 01:30")
    first, second = moment_at(local, NEW_YORK), moment_at(local, NEW_YORK, is_second=True)
    assert second - first == datetime.timedelta(hours=1)
    assert is_repeated(local, NEW_YORK)
    assert [is_second(first, NEW_YORK), is_second(second, NEW_YORK)] == [False, True]


@pytest.mark.parametrize("chooses_second", [False, True])
def test_a_skipped_time_is_no_moment(chooses_second: bool) -> None:
    local = on_clocks("2026-03-08 02:30")
    assert not is_repeated(local, NEW_YORK)
    with pytest.raises(SkippedTimeError):
        moment_at(local, NEW_YORK, is_second=chooses_second)


def test_each_hour_of_a_year_is_one_moment_but_where_the_clocks_change() -> None:
    year = [on_clocks("2026-01-01 00:30") + datetime.timedelta(hours=hour) for hour in range(365 * 24)]
    kinds = Counter(_kind(local) for local in year)
    assert (kinds["skipped"], kinds["repeated"], kinds["once"]) == (1, 1, 365 * 24 - 2)


def _kind(local: datetime.datetime) -> str:
    try:
        moment_at(local, NEW_YORK)
    except SkippedTimeError:
        return "skipped"
    return "repeated" if is_repeated(local, NEW_YORK) else "once"
