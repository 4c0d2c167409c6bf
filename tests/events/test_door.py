"""Noting who came, and taking it back: what it makes of people, and what is refused."""

import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from events.door import CODE_UNTIL, MAIL_WAITS, DoorError, OvertakenError, check_in, say_not_there, undo_check_in
from events.models import Attendance, CheckedInBy, Event, EventState, Rsvp
from foundation.accounts.models import User
from foundation.audit.models import AuditEntry
from foundation.mail.models import MailState, OutgoingMail
from members.erasure import erase_person
from members.explaining import bases_of, withdrawn_bases_of
from members.merging import merge_people, undo_merge
from members.models import Activity, Membership, Person
from tests.affiliates.calling import make_call
from tests.events.making import NOW, make_event, make_guest, make_rsvp
from tests.factories import make_contact, make_group, make_staff, make_user

pytestmark = pytest.mark.django_db

MINUTE, HOUR, DAY = datetime.timedelta(minutes=1), datetime.timedelta(hours=1), datetime.timedelta(days=1)


@pytest.fixture
def event(db: None) -> Event:
    """It begins at NOW."""
    return make_event(make_group("Table of Plenty"), starts_at=NOW, title="Soup night")


@pytest.fixture
def helper(event: Event) -> User:
    assert event.group
    return make_contact(event.group, role="helper")


def press(event: Event, actor: User | None, person: Person, *, at: datetime.datetime = NOW, **more: Any) -> Attendance:
    usual = {"how": CheckedInBy.LIST, "now": at}
    return check_in(event=event, at=at, actor=actor, person=person, **{**usual, **more})


def mails_about_membership() -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(purpose="now a member").order_by("pk"))


# --- what an attendance makes of people -----------------------------------------------------------------------


def test_whoever_is_checked_in_is_a_member_at_once_and_sees_why(event: Event, helper: User) -> None:
    rsvp = make_rsvp(event)
    attendance = check_in(event=event, how=CheckedInBy.LIST, at=NOW, actor=helper, now=NOW, rsvp=rsvp)
    person = attendance.person
    assert person == rsvp.person
    assert Membership.objects.get(person=person).basis.source == attendance.source
    assert [told.words for told in bases_of(person)] == ["You came to “Soup night”, in Cambridge, MA"]
    assert AuditEntry.objects.filter(action="checked in", subject=event.scope, actor=f"user:{helper.pk}").count() == 1


def test_only_who_became_a_member_just_now_is_told_so(event: Event, helper: User) -> None:
    person = make_guest("ada@example.org", language="es")
    attendance = press(event, helper, person)
    press(make_event(starts_at=NOW), helper, person)
    (mail,) = mails_about_membership()
    assert (mail.to_email, mail.language) == ("ada@example.org", "es")
    assert "Soup night" in mail.text
    assert "/events/door/not-there/" in mail.text
    assert mail.next_attempt_at == NOW + MAIL_WAITS  # time to undo a wrong press
    assert attendance.person == person


def test_checked_in_twice_shows_the_first_time(event: Event, helper: User) -> None:
    person = make_guest()
    press(event, helper, person)
    again = press(event, make_user(), person, at=NOW + 5 * MINUTE, guests=3)
    assert (again.at, again.guests, again.by) == (NOW, 0, helper)
    assert len(mails_about_membership()) == 1


def test_what_arrives_late_and_happened_first_is_the_time_that_stands(event: Event, helper: User) -> None:
    person = make_guest()
    press(event, helper, person, at=NOW + 5 * MINUTE)
    assert press(event, helper, person, at=NOW, now=NOW + 9 * MINUTE).at == NOW


def test_a_time_that_cannot_be_is_moved_to_the_nearest_that_can(event: Event, helper: User) -> None:
    assert press(event, helper, make_guest(), at=NOW + DAY, now=NOW).at == NOW
    assert press(event, helper, make_guest(), at=NOW - DAY, now=NOW).at == NOW - 3 * HOUR


def test_an_attendance_needs_no_answer_and_takes_no_place(helper: User, event: Event) -> None:
    Event.objects.filter(pk=event.pk).update(capacity=1)
    make_rsvp(event)
    press(event, helper, make_guest())
    event.refresh_from_db()
    assert event.taken == 1


def test_somebody_who_has_not_confirmed_their_answer_is_checked_in_as_whoever_owns_the_address(
    event: Event, helper: User
) -> None:
    known = make_guest("known@example.org")
    rsvp = Rsvp.objects.create(
        event=event, state="going", answered_at=NOW, changed_at=NOW, email="known@example.org", given_name="Bea"
    )
    attendance = check_in(event=event, how=CheckedInBy.LIST, at=NOW, actor=helper, now=NOW, rsvp=rsvp)
    assert attendance.person == known
    assert attendance.shown_name == "Bea"  # and not what the owner of the address is called
    known.refresh_from_db()
    assert known.given_name == "Grace"
    rsvp.refresh_from_db()
    assert not rsvp.is_confirmed


def test_the_answer_of_somebody_who_was_deleted_is_refused_without_saying_so(event: Event, helper: User) -> None:
    person = make_guest("gone@example.org")
    erase_person(person=person, actor=None, now=NOW)
    rsvp = Rsvp.objects.create(
        event=event, state="going", answered_at=NOW, changed_at=NOW, email="gone@example.org", given_name="Bea"
    )
    with pytest.raises(DoorError, match="cannot note this address"):
        check_in(event=event, how=CheckedInBy.LIST, at=NOW, actor=helper, now=NOW, rsvp=rsvp)
    assert not Person.objects.exists()


# --- when, and what is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "moment", "words"),
    [
        (CheckedInBy.LIST, -3 * HOUR - MINUTE, "three hours before"),
        (CheckedInBy.LIST, 14 * DAY + 2 * HOUR + MINUTE, "paper sheet"),
        (CheckedInBy.SHEET, -3 * HOUR - MINUTE, "three hours before"),
        (CheckedInBy.DOOR_QR, -HOUR - MINUTE, "from one hour before"),
        (CheckedInBy.DOOR_QR, 2 * HOUR + CODE_UNTIL + MINUTE, "is over"),
    ],
)
def test_the_door_has_its_hours(
    event: Event, helper: User, how: CheckedInBy, moment: datetime.timedelta, words: str
) -> None:
    with pytest.raises(DoorError, match=words):
        press(event, helper, make_guest(), at=NOW + moment, how=how)
    assert not Attendance.objects.exists()


@pytest.mark.parametrize(
    ("how", "moment"),
    [
        (CheckedInBy.LIST, -3 * HOUR),
        (CheckedInBy.LIST, 14 * DAY + 2 * HOUR),
        (CheckedInBy.SHEET, 300 * DAY),
        (CheckedInBy.DOOR_QR, -HOUR),
        (CheckedInBy.DOOR_QR, 2 * HOUR + CODE_UNTIL),
    ],
)
def test_within_its_hours_it_is_open(event: Event, helper: User, how: CheckedInBy, moment: datetime.timedelta) -> None:
    assert press(event, helper, make_guest(), at=NOW + moment, how=how).pk


def test_the_hour_at_which_it_opens_is_told_on_the_clocks_of_the_event(helper: User, event: Event) -> None:
    with pytest.raises(DoorError, match=r"5 a\.m\. EDT"):
        press(event, helper, make_guest(), at=NOW - DAY)


@pytest.mark.parametrize("state", [EventState.DRAFT, EventState.SUBMITTED, EventState.DECLINED])
def test_an_event_that_is_not_approved_has_no_door(state: EventState, db: None) -> None:
    event = make_event(starts_at=NOW, state=state)
    with pytest.raises(DoorError, match="not approved"):
        press(event, None, make_guest())


def test_a_cancelled_event_has_no_door(db: None) -> None:
    event = make_event(starts_at=NOW, state=EventState.CANCELLED, cancelled_at=NOW)
    with pytest.raises(DoorError, match="was cancelled"):
        press(event, None, make_guest())


def test_the_attendance_of_a_call_is_the_calls_own(db: None) -> None:
    event = make_event(starts_at=NOW)
    call = make_call()
    Event.objects.filter(call=call).delete()
    Event.objects.filter(pk=event.pk).update(call=call)
    with pytest.raises(DoorError, match="page of the call"):
        press(event, None, make_guest())


def test_the_answer_to_another_event_is_refused(event: Event, helper: User) -> None:
    with pytest.raises(DoorError, match="another event"):
        check_in(event=event, how=CheckedInBy.TICKET_QR, at=NOW, actor=helper, now=NOW, rsvp=make_rsvp(make_event()))


@pytest.mark.parametrize("guests", [-1, 10])
def test_nobody_brings_more_than_nine(event: Event, helper: User, guests: int) -> None:
    with pytest.raises(DoorError, match="from 0 to 9"):
        press(event, helper, make_guest(), guests=guests)
    assert press(event, helper, make_guest(), guests=9).guests == 9


def test_the_database_refuses_a_tenth_guest_and_a_second_attendance(event: Event) -> None:
    values = {"event": event, "person": make_guest(), "at": NOW, "how": "list", "recorded_at": NOW}
    with pytest.raises(IntegrityError, match="at_most_nine"), transaction.atomic():
        Attendance.objects.create(**values, guests=10)
    with pytest.raises(IntegrityError, match="how_known"), transaction.atomic():
        Attendance.objects.create(**{**values, "how": "by magic"})
    Attendance.objects.create(**values)
    with pytest.raises(IntegrityError, match="once_a_person"), transaction.atomic():
        Attendance.objects.create(**values)


# --- taking back ----------------------------------------------------------------------------------------------


def test_undo_takes_the_basis_back_and_says_so(event: Event, helper: User) -> None:
    person = make_guest(language="es")
    attendance = press(event, helper, person)
    assert undo_check_in(attendance=attendance, actor=helper, now=NOW + MINUTE)
    assert not Membership.objects.exists()
    assert (attendance.undone_at, attendance.undone_by) == (NOW + MINUTE, helper)
    (told,) = withdrawn_bases_of(person)
    assert told.because == "Se marcó tu asistencia por error"
    actions = AuditEntry.objects.filter(actor=f"user:{helper.pk}").order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["checked in", "recorded activity", "took back check-in", "withdrew activity"]
    assert not undo_check_in(attendance=attendance, actor=helper, now=NOW + MINUTE)


def test_the_mail_about_a_wrong_press_is_not_sent_when_it_is_undone_in_time(event: Event, helper: User) -> None:
    person = make_guest()
    attendance = press(event, helper, person)
    undo_check_in(attendance=attendance, actor=helper, now=NOW + MINUTE)
    (mail,) = mails_about_membership()
    assert mail.state == MailState.SUPPRESSED
    press(event, helper, person, at=NOW + 2 * MINUTE)  # they are here after all
    assert [mail.state for mail in mails_about_membership()] == [MailState.SUPPRESSED, MailState.QUEUED]


def test_whoever_was_told_once_is_not_told_again_of_the_same_event(event: Event, helper: User) -> None:
    person = make_guest()
    attendance = press(event, helper, person)
    OutgoingMail.objects.update(state=MailState.SENT, went_out_at=NOW, sent_at=NOW)
    undo_check_in(attendance=attendance, actor=helper, now=NOW + HOUR)
    press(event, helper, person, at=NOW + 2 * HOUR)
    assert len(mails_about_membership()) == 1


def test_noted_again_it_is_the_same_attendance_and_the_same_basis(event: Event, helper: User) -> None:
    person = make_guest()
    attendance = press(event, helper, person)
    undo_check_in(attendance=attendance, actor=helper, now=NOW + MINUTE)
    again = press(event, helper, person, at=NOW + 2 * MINUTE, guests=1)
    assert (again.pk, again.undone_at, again.undone_by, again.guests) == (attendance.pk, None, None, 1)
    assert again.at == NOW + 2 * MINUTE
    assert Membership.objects.get(person=person).basis.source == attendance.source


def test_a_late_press_does_not_bring_back_what_was_taken_back_after_it(event: Event, helper: User) -> None:
    person = make_guest()
    attendance = press(event, helper, person, at=NOW + 3 * MINUTE)
    undo_check_in(attendance=attendance, actor=helper, now=NOW + 4 * MINUTE)
    with pytest.raises(OvertakenError, match=r"8:04 a\.m\. EDT"):
        press(event, helper, person, at=NOW + 2 * MINUTE, now=NOW + 9 * MINUTE)
    assert not Membership.objects.exists()
    sheet = press(event, helper, person, at=NOW, now=NOW + DAY, how=CheckedInBy.SHEET)  # on paper they stand
    assert sheet.undone_at is None


def test_a_late_undo_does_not_take_back_what_was_noted_after_it(event: Event, helper: User) -> None:
    attendance = press(event, helper, make_guest(), at=NOW + 3 * MINUTE)
    with pytest.raises(OvertakenError, match="by somebody else"):
        undo_check_in(attendance=attendance, actor=helper, now=NOW + 9 * MINUTE, at=NOW + 2 * MINUTE)
    assert Membership.objects.exists()


def test_a_membership_with_another_basis_outlasts_the_undo(event: Event, helper: User) -> None:
    person, other = make_guest(), make_event(starts_at=NOW - DAY)
    press(other, helper, person, at=NOW - DAY)
    attendance = press(event, helper, person)
    undo_check_in(attendance=attendance, actor=helper, now=NOW)
    assert Membership.objects.filter(person=person).exists()


def test_whoever_was_noted_can_say_that_it_was_not_them(event: Event, helper: User) -> None:
    attendance = press(event, helper, make_guest())
    assert say_not_there(attendance=attendance, now=NOW + DAY)
    assert attendance.undone_by is None
    (told,) = withdrawn_bases_of(attendance.person)
    assert told.because == "You told us that you were not there"
    entry = AuditEntry.objects.get(action="took back check-in")
    assert entry.actor == "system"


# --- two rows of one human ------------------------------------------------------------------------------------


def merged(event: Event, helper: User, *, undone: str = "") -> tuple[Person, Person]:
    kept, gone = make_guest(), make_guest()
    of = {"kept": press(event, helper, kept), "gone": press(event, helper, gone)}
    if undone:
        undo_check_in(attendance=of[undone], actor=helper, now=NOW + MINUTE)
    return kept, gone


def test_two_who_both_came_and_are_one_human_have_come_once(event: Event, helper: User) -> None:
    kept, gone = merged(event, helper)
    merge = merge_people(kept=kept, gone=gone, actor=make_staff(), now=NOW + HOUR)
    attendance = Attendance.objects.get()
    assert attendance.person == kept
    assert Activity.objects.in_effect().filter(person=kept).count() == 2
    undo_merge(merge=merge, actor=make_staff(), now=NOW + DAY)
    assert Attendance.objects.count() == 2
    assert Membership.objects.count() == 2


def test_undone_after_the_merge_no_basis_of_the_event_is_left(event: Event, helper: User) -> None:
    kept, gone = merged(event, helper)
    of_gone = Attendance.objects.get(person=gone)
    merge_people(kept=kept, gone=gone, actor=make_staff(), now=NOW + HOUR)
    # Pressed on a page that was opened before the merge.
    assert undo_check_in(attendance=of_gone, actor=helper, now=NOW + DAY)
    assert not Membership.objects.exists()
    assert not Activity.objects.in_effect().exists()


@pytest.mark.parametrize("undone", ["kept", "gone"])
def test_if_one_of_the_two_was_taken_back_the_other_one_still_makes_a_member(
    event: Event, helper: User, undone: str
) -> None:
    kept, gone = merged(event, helper, undone=undone)
    merge_people(kept=kept, gone=gone, actor=make_staff(), now=NOW + HOUR)
    assert Membership.objects.filter(person=kept).exists()
    attendance = press(event, helper, kept, at=NOW + HOUR)
    undo_check_in(attendance=attendance, actor=helper, now=NOW + DAY)
    assert not Membership.objects.exists()


def test_whoever_was_merged_since_the_list_was_drawn_is_checked_in_as_the_one_who_stayed(
    event: Event, helper: User
) -> None:
    kept, gone = make_guest(), make_guest()
    merge_people(kept=kept, gone=gone, actor=make_staff(), now=NOW)
    assert press(event, helper, Person(pk=gone.pk)).person == kept


def test_whoever_was_deleted_since_is_refused(event: Event, helper: User) -> None:
    person = make_guest()
    erase_person(person=person, actor=None, now=NOW)
    with pytest.raises(DoorError, match="no longer there"):
        press(event, helper, person)
