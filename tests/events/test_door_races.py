"""Check-ins beside others, on connections of their own: two helpers, an undo, a merge, the same key sent twice."""

import datetime
from contextlib import nullcontext
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from events import door
from events.door import check_in, undo_check_in
from events.models import Attendance, CheckedInBy, Event, SentCheckIn
from events.sending import Do, Press, take_presses
from foundation.mail.models import OutgoingMail
from members.merging import merge_people
from members.models import Activity, Membership, Person
from tests.at_once import begin_and_wait
from tests.events.making import NOW, make_event, make_guest, make_rsvp
from tests.factories import make_staff, make_user

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture
def event(db: None) -> Event:
    return make_event(starts_at=NOW)


def note(event: Event, person: Person, *, at: datetime.datetime = NOW) -> Attendance:
    return check_in(event=event, how=CheckedInBy.LIST, at=at, actor=make_user(), now=at, person=person)


def both_check_in(event: Event, person: Person) -> list[Exception]:
    """A second helper presses while the first one's press is being written; returns what failed."""
    failures: list[Exception] = []
    with transaction.atomic():
        note(event, person)
        second = begin_and_wait(lambda: note(event, person, at=NOW + MINUTE), failures)
    second.join(timeout=30)
    return failures


def test_two_helpers_who_check_the_same_person_in_write_one_attendance_and_one_mail(
    event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as control:  # without the lock on the person, the second knows of no first
        control.setattr(door, "lock_people", lambda _people: nullcontext())
        assert [type(error) for error in both_check_in(make_event(starts_at=NOW), make_guest())] == [IntegrityError]
    Attendance.objects.all().delete()
    OutgoingMail.objects.all().delete()
    assert both_check_in(event, make_guest()) == []
    assert Attendance.objects.get().at == NOW
    assert OutgoingMail.objects.filter(purpose="now a member").count() == 1


def test_two_doors_make_one_person_a_member_once(event: Event) -> None:
    person, other, failures = make_guest(), make_event(starts_at=NOW), list[Exception]()
    with transaction.atomic():
        note(event, person)
        second = begin_and_wait(lambda: note(other, person), failures)
    second.join(timeout=30)
    assert failures == []
    assert Attendance.objects.count() == 2
    assert OutgoingMail.objects.filter(purpose="now a member").count() == 1


def test_a_check_in_beside_an_undo_leaves_attendance_and_basis_in_step(event: Event) -> None:
    person, failures = make_guest(), list[Exception]()
    attendance = note(event, person)
    with transaction.atomic():
        undo_check_in(attendance=attendance, actor=make_user(), now=NOW + MINUTE)
        press = begin_and_wait(lambda: note(event, person, at=NOW + 2 * MINUTE), failures)
    press.join(timeout=30)
    assert failures == []
    assert Attendance.objects.get().undone_at is None
    assert Membership.objects.filter(person=person).exists()
    with transaction.atomic():
        note(event, person, at=NOW + 3 * MINUTE)
        undo = begin_and_wait(
            lambda: undo_check_in(attendance=attendance, actor=make_user(), now=NOW + 4 * MINUTE), failures
        )
    undo.join(timeout=30)
    assert failures == []
    assert Attendance.objects.get().undone_at == NOW + 4 * MINUTE
    assert not Activity.objects.in_effect().exists()


def test_whoever_is_merged_at_this_moment_is_checked_in_as_the_one_who_stays(event: Event) -> None:
    kept, gone, failures = make_guest(), make_guest(), list[Exception]()
    staff = make_staff()
    with transaction.atomic():
        merge_people(kept=kept, gone=gone, actor=staff, now=NOW)
        press = begin_and_wait(lambda: note(event, gone), failures)
    press.join(timeout=30)
    assert failures == []
    assert Attendance.objects.get().person == kept


def test_the_same_press_sent_twice_at_once_is_done_once_and_answered_alike(event: Event) -> None:
    rsvp, key, actor, failures, answers = make_rsvp(event), uuid4(), make_user(), list[Exception](), list[object]()
    press = Press(do=Do.CHECK_IN, who=f"rsvp:{rsvp.pk}")

    def send() -> None:
        answers.append(take_presses(event=event, presses=[(key, press)], actor=actor, now=NOW))

    with transaction.atomic():
        send()
        second = begin_and_wait(send, failures)
    second.join(timeout=30)
    assert failures == []
    assert answers[0] == answers[1]
    assert SentCheckIn.objects.count() == 1
    assert Attendance.objects.count() == 1
