"""Reminders: the day before and on the day, by the clocks of where the event is held."""

import datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from events.models import Event, EventState, Rsvp, RsvpState
from events.reminding import reminders_of, send_due_reminders
from foundation.mail.models import OutgoingMail, SuppressionReason
from foundation.mail.suppression import suppress
from tests.affiliates.calling import make_call
from tests.factories import make_group

from .answering import mails
from .making import make_event, make_guest, make_rsvp

pytestmark = pytest.mark.django_db

BOSTON = ZoneInfo("America/New_York")
LONG_AGO = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)


def at(day: int, hour: int, minute: int = 0) -> datetime.datetime:
    """A moment of June 2026 on the clocks of the event."""
    return datetime.datetime(2026, 6, day, hour, minute, tzinfo=BOSTON)


def evening() -> Event:
    """On June 20 at half past six."""
    return make_event(make_group(), starts_at=at(20, 18, 30), now=LONG_AGO)


def go(event: Event, address: str = "ada@example.org", **fields: object) -> Rsvp:
    return make_rsvp(event, make_guest(address), **{"now": LONG_AGO, **fields})  # type: ignore[arg-type]


def test_on_the_day_before_and_on_the_day_each_once() -> None:
    go(evening())
    sent = {}
    for moment in (at(19, 9, 59), at(19, 10), at(19, 20), at(20, 7, 59), at(20, 8), at(20, 18, 29)):
        sent[moment] = send_due_reminders(now=moment)
    assert [moment for moment, count in sent.items() if count] == [at(19, 10), at(20, 8)]
    first, second = OutgoingMail.objects.order_by("pk")
    assert first.subject.startswith("Tomorrow: ")
    assert second.subject.startswith("Today: ")
    assert "6:30 p.m. – 8:30 p.m. EDT" in first.text
    assert not first.is_transactional


def test_nobody_is_reminded_once_it_has_begun() -> None:
    event = evening()
    go(event)
    assert send_due_reminders(now=event.starts_at) == 0
    assert send_due_reminders(now=event.ends_at) == 0


def test_whoever_answered_within_the_hour_is_not_reminded_of_it() -> None:
    event = evening()
    go(event, now=at(19, 9, 30))
    go(event, "earlier@example.org", now=at(19, 9))
    assert send_due_reminders(now=at(19, 10)) == 1
    assert send_due_reminders(now=at(19, 12)) == 0
    assert mails("event reminder") == ["earlier@example.org"]
    assert send_due_reminders(now=at(20, 8)) == 2


def test_those_who_go_or_may_come_are_reminded_and_nobody_else() -> None:
    event = evening()
    for state in RsvpState:
        go(event, f"{state}@example.org", state=state)
    Rsvp.objects.create(
        event=event, state=RsvpState.GOING, email="unconfirmed@example.org", answered_at=LONG_AGO, changed_at=LONG_AGO
    )
    assert send_due_reminders(now=at(19, 10)) == 2
    assert set(mails("event reminder")) == {"going@example.org", "maybe@example.org"}
    assert any("You said that you may come" in mail.text for mail in OutgoingMail.objects.all())


@pytest.mark.parametrize("state", [EventState.CANCELLED, EventState.SUBMITTED])
def test_an_event_that_is_not_approved_reminds_nobody(state: EventState) -> None:
    event = evening()
    go(event)
    times = {"cancelled_at": LONG_AGO} if state == EventState.CANCELLED else {"approved_at": None}
    Event.objects.filter(pk=event.pk).update(state=state, **times)
    assert send_due_reminders(now=at(19, 10)) == 0


def test_a_call_reminds_by_itself() -> None:
    event = evening()
    go(event)
    Event.objects.filter(pk=event.pk).update(call=make_call())
    assert send_due_reminders(now=at(19, 10)) == 0


def test_a_moved_event_reminds_anew_and_not_right_after_the_mail_about_the_move() -> None:
    event = evening()
    go(event)
    assert send_due_reminders(now=at(19, 10)) == 1
    moved = {"starts_at": at(21, 18, 30), "ends_at": at(21, 20), "moved_at": at(20, 11), "sequence": 1}
    Event.objects.filter(pk=event.pk).update(**moved)
    Rsvp.objects.update(reminded_at=None, reminded_again_at=None)  # as events.planning.change_event does
    assert send_due_reminders(now=at(20, 12)) == 0
    assert send_due_reminders(now=at(21, 8)) == 1
    assert mails("event reminder") == ["ada@example.org"] * 2


def test_it_is_told_in_the_persons_language_and_by_the_clocks_of_the_event() -> None:
    event = make_event(starts_at=at(20, 21, 30), now=LONG_AGO)
    event.time_zone = "America/Los_Angeles"
    event.save()
    make_rsvp(event, make_guest("ada@example.org", language="es"), now=LONG_AGO)
    assert send_due_reminders(now=at(19, 10)) == 0  # seven in Los Angeles
    assert send_due_reminders(now=at(19, 13)) == 1
    mail = OutgoingMail.objects.get()
    assert mail.language == "es"
    assert "PDT" in mail.text


@pytest.mark.parametrize(
    ("hour", "due"), [(18, at(20, 8)), (10, at(20, 8)), (9, at(20, 7)), (6, at(20, 4)), (1, at(19, 23))]
)
def test_what_begins_early_reminds_two_hours_before(hour: int, due: datetime.datetime) -> None:
    _before, on_day = reminders_of(make_event(starts_at=at(20, hour), now=LONG_AGO))
    assert on_day.due_at == due


def test_where_the_clocks_are_changed_it_is_still_ten_there() -> None:
    event = make_event(starts_at=datetime.datetime(2026, 11, 1, 18, tzinfo=BOSTON), now=LONG_AGO)
    before, on_day = reminders_of(event)
    assert before.due_at == datetime.datetime(2026, 10, 31, 14, tzinfo=datetime.UTC)
    assert on_day.due_at == datetime.datetime(2026, 11, 1, 13, tzinfo=datetime.UTC)


def test_whoever_unsubscribed_is_not_reminded_and_not_tried_again() -> None:
    event = evening()
    go(event)
    suppress(address="ada@example.org", scope="", reason=SuppressionReason.UNSUBSCRIBED)
    assert send_due_reminders(now=at(19, 10)) == 1
    assert OutgoingMail.objects.get().state == "suppressed"
    assert send_due_reminders(now=at(19, 11)) == 0


def test_a_long_list_is_reminded_in_batches() -> None:
    event = evening()
    for number in range(5):
        go(event, f"{number}@example.org")
    assert send_due_reminders(now=at(19, 10), batch=2) == 5
    assert len(mails("event reminder")) == 5


@pytest.mark.django_db(transaction=True)
def test_whom_another_sweep_is_at_is_left_to_it() -> None:
    import threading

    from django.db import connections

    event, counts = evening(), list[int]()
    go(event)
    go(event, "bo@example.org")

    def sweep() -> None:
        try:
            counts.append(send_due_reminders(now=at(19, 10)))
        finally:
            connections.close_all()

    with transaction.atomic():
        Rsvp.objects.select_for_update().get(person__emails__address="ada@example.org")
        other = threading.Thread(target=sweep)
        other.start()
        other.join(timeout=30)
    assert counts == [1]
    assert mails("event reminder") == ["bo@example.org"]
