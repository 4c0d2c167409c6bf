"""What came of events, in numbers; and what the host tells of them."""

import datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from events.figures import EventFigures, figures_by_event, figures_of, past_events, sum_of
from events.models import Cohost, Event, EventReport, EventState, Rsvp
from events.reports import ReportError, can_be_reported, write_report
from foundation.audit.models import AuditEntry
from tests.factories import make_contact, make_group

from .making import NOW, TOMORROW, make_attendance, make_event, make_rsvp

pytestmark = pytest.mark.django_db
HOUR = datetime.timedelta(hours=1)


def make_full_event() -> Event:
    """Four go (six people), two of them come; one waits, one may come and comes, one can't, one has not confirmed."""
    event = make_event()
    going = [make_rsvp(event, party_size=size) for size in (1, 1, 1, 3)]
    maybe = make_rsvp(event, state="maybe")
    make_rsvp(event, state="waiting", party_size=2)
    make_rsvp(event, state="cant")
    Rsvp.objects.create(
        event=event, state="going", party_size=2, email="typed@example.org", answered_at=NOW, changed_at=NOW
    )
    make_attendance(event, going[0].person)
    make_attendance(event, going[3].person, guests=1)
    make_attendance(event, going[1].person, undone_at=NOW)
    make_attendance(event, maybe.person)
    make_attendance(event)  # a walk-in
    return event


def test_everybody_is_counted_where_they_belong() -> None:
    figures = figures_of(make_full_event())
    assert figures == EventFigures(
        going=4, going_people=8, waiting=1, waiting_people=2, maybe=1, cant=1, unconfirmed=1, came=4, came_people=5,
        kept=2,
    )  # fmt: skip
    assert (figures.no_shows, figures.no_show_percent, figures.not_answered) == (2, 50, 2)


def test_where_nobody_was_checked_in_nobody_knows_who_did_not_come() -> None:
    event = make_event()
    make_rsvp(event)
    assert (figures_of(event).no_shows, figures_of(event).no_show_percent) == (None, None)


def test_where_nobody_was_going_there_is_no_rate() -> None:
    event = make_event()
    make_attendance(event)
    assert (figures_of(event).no_shows, figures_of(event).no_show_percent) == (0, None)


def test_an_event_without_answers_has_numbers_too() -> None:
    assert figures_of(make_event()) == EventFigures()


def test_the_numbers_of_many_events_take_two_queries() -> None:
    events, unanswered = [make_full_event() for _ in range(3)], make_event()
    with CaptureQueriesContext(connection) as queries:
        figures = figures_by_event([*events, unanswered])
    assert len(queries) == 2
    assert {figures[event.pk].going for event in events} == {4}


def test_the_rate_of_several_counts_those_with_check_in_only() -> None:
    counted, uncounted = make_full_event(), make_event()
    make_rsvp(uncounted)
    total = sum_of(figures_by_event([counted, uncounted]).values())
    assert (total.going, total.came, total.came_people, total.no_show_percent) == (4, 4, 5, 50)
    assert sum_of([]) == EventFigures()


def test_past_events_are_those_that_the_group_held_the_latest_first() -> None:
    group = make_group()
    older, newer = (make_event(group, starts_at=NOW - days * TOMORROW) for days in (3, 2))
    joined = make_event(make_group(), starts_at=NOW - 4 * TOMORROW)
    Cohost.objects.create(event=joined, group=group, asked_at=NOW, accepted_at=NOW)
    make_event(group, starts_at=NOW - 2 * TOMORROW, state=EventState.CANCELLED, cancelled_at=NOW)
    make_event(group)
    assert list(past_events(group, now=NOW)) == [newer, older, joined]


# --- the report -----------------------------------------------------------------------------------------------


def test_a_report_is_written_and_written_anew() -> None:
    event = make_event(make_group())
    host = make_contact(make_group())
    write_report(event=event, head_count=30, text=" Good soup. ", actor=host, now=event.ends_at)
    report = write_report(event=event, head_count=None, text="Good soup!", actor=host, now=event.ends_at + HOUR)
    assert EventReport.objects.get() == report
    assert (report.head_count, report.text, report.by, report.at) == (None, "Good soup!", host, event.ends_at + HOUR)
    actions = AuditEntry.objects.filter(subject=event.scope).order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["reported event", "changed report of event"]


def test_nothing_is_reported_before_it_began_or_of_what_did_not_take_place() -> None:
    host = make_contact(make_group())
    for event, now in ((make_event(), NOW), (make_event(state=EventState.CANCELLED, cancelled_at=NOW), NOW + TOMORROW)):
        assert not can_be_reported(event, now=now)
        with pytest.raises(ReportError):
            write_report(event=event, head_count=1, text="", actor=host, now=now)


def test_a_count_is_plausible() -> None:
    with pytest.raises(IntegrityError, match="eventreport_count_plausible"), transaction.atomic():
        EventReport.objects.create(event=make_event(), head_count=1_000_001, at=NOW)
