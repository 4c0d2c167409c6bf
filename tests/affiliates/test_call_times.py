"""When calls are: by the clocks of a zone, a month later, and in words."""

import datetime

import pytest
from django.utils import translation

from affiliates.call_times import (
    US_ZONES,
    SkippedTimeError,
    a_month_later,
    have_same_clocks,
    is_zone,
    moment_in,
    other_zones,
    when_in_words,
)

NEW_YORK, PHOENIX = "America/New_York", "America/Phoenix"


def utc(*numbers: int) -> datetime.datetime:
    return datetime.datetime(*numbers, tzinfo=datetime.UTC)  # type: ignore[arg-type,misc]


def test_a_time_is_read_by_the_clocks_of_its_zone() -> None:
    assert moment_in(NEW_YORK, datetime.date(2026, 6, 9), datetime.time(20)) == utc(2026, 6, 10, 0)
    assert moment_in(NEW_YORK, datetime.date(2026, 12, 9), datetime.time(20)) == utc(2026, 12, 10, 1)


def test_a_time_that_the_clocks_jump_over_is_refused() -> None:
    with pytest.raises(SkippedTimeError):
        moment_in(NEW_YORK, datetime.date(2026, 3, 8), datetime.time(2, 30))


def test_of_a_time_that_comes_twice_the_first_is_meant() -> None:
    assert moment_in(NEW_YORK, datetime.date(2026, 11, 1), datetime.time(1, 30)) == utc(2026, 11, 1, 5, 30)


@pytest.mark.parametrize(
    ("moment", "then"),
    [
        (utc(2026, 6, 10, 0), utc(2026, 7, 15, 0)),  # the second Tuesday, June 9 and July 14
        (utc(2026, 10, 14, 0), utc(2026, 11, 11, 1)),  # summer time ends between the two: still 8 p.m.
        (utc(2026, 12, 9, 1), utc(2027, 1, 13, 1)),
        (utc(2026, 6, 30, 0), utc(2026, 7, 28, 0)),  # the fifth Monday of June, the last one of July
    ],
)
def test_the_call_of_the_next_month_is_on_the_same_weekday_at_the_same_hour(
    moment: datetime.datetime, then: datetime.datetime
) -> None:
    assert a_month_later(moment, NEW_YORK) == then


def test_words_name_the_day_the_hours_and_whose_clocks_they_are() -> None:
    starts_at = utc(2026, 6, 10, 0)
    ends_at = starts_at + datetime.timedelta(minutes=90)
    assert when_in_words(starts_at, ends_at, NEW_YORK) == (
        "Tuesday, June 9, 2026, 8 p.m. – 9:30 p.m., New York time (EDT)"
    )
    assert when_in_words(starts_at, ends_at, "America/Sao_Paulo").endswith("Sao Paulo time")
    assert when_in_words(starts_at, ends_at, "UTC").endswith(", UTC")
    with translation.override("es"):
        assert when_in_words(starts_at, ends_at, NEW_YORK).startswith("martes, 9 de junio de 2026")


def test_clocks_are_compared_on_the_day_of_the_call() -> None:
    assert have_same_clocks("America/Los_Angeles", PHOENIX, utc(2026, 7, 1))
    assert not have_same_clocks("America/Los_Angeles", PHOENIX, utc(2026, 12, 1))


def test_every_zone_that_is_named_for_a_place_is_offered_once() -> None:
    assert is_zone("Europe/Madrid")
    assert is_zone("UTC")
    assert not is_zone("EST5EDT")
    assert not set(US_ZONES) & set(other_zones())
    assert all(len(zone) <= 40 for zone in (*US_ZONES, *other_zones()))
