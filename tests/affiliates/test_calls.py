"""Organizing calls: set, moved, cancelled; answered within the number of places; reminded of, and attended."""

import datetime
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from affiliates import calls
from affiliates.calls import (
    CallError,
    CallFullError,
    StaleCallError,
    add_attendee,
    answer_call,
    cancel_answer,
    cancel_call,
    change_call,
    make_call,
    mark_attended,
    send_due_reminders,
    unmark_attended,
)
from affiliates.models import Call, CallAnswer, CallKind
from foundation.accounts.models import StaffTask, User
from foundation.audit.models import AuditEntry
from members.erasure import ErasedError, erase_person
from members.explaining import bases_of, withdrawn_bases_of
from members.models import Membership, Person
from members.people import Contact
from tests.at_once import all_before_any, at_once
from tests.factories import make_staff, make_user
from tests.members.making import make_person

from . import calling
from .calling import DAY, HOUR, LINK, NOW, STARTS, mails, make_plan, unlocked

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> User:
    return make_staff(StaffTask.AGREEMENTS)


@pytest.fixture
def call() -> Call:
    return calling.make_call()


def come(call: Call, *names: str) -> list[Person]:
    people = [make_person(name) for name in names]
    for person in people:
        answer_call(call=call, person=person, now=NOW)
    return people


# --- set, changed, cancelled ----------------------------------------------------------------------------------


def test_staff_set_an_organizing_call_and_the_audit_log_knows(staff: User) -> None:
    call = make_call(plan=make_plan(capacity=30, host=staff), actor=staff, now=NOW)
    assert (call.kind, call.region, call.host, call.capacity) == (CallKind.ORGANIZING, None, staff, 30)
    assert AuditEntry.objects.get(subject=f"call:{call.pk}").action == "set call"


def test_a_call_of_a_region_is_a_regional_one(staff: User) -> None:
    region = calling.make_region()
    assert make_call(plan=make_plan(), region=region, actor=staff, now=NOW).kind == CallKind.REGIONAL


def test_a_call_in_the_past_is_refused(staff: User) -> None:
    with pytest.raises(CallError, match="in the past"):
        make_call(plan=make_plan(NOW), actor=staff, now=NOW)


def test_a_moved_call_tells_those_who_answered_the_old_and_the_new_time(staff: User, call: Call) -> None:
    come(call, "Ada Díaz")
    stays_away = come(call, "Bo Lee")[0]
    cancel_answer(call=call, person=stays_away, now=NOW)
    changed = change_call(call=call, plan=make_plan(STARTS + DAY), revision=0, actor=staff, now=NOW)
    (mail,) = mails("call moved")
    assert "Tuesday, June 9, 2026, 8 p.m. – 9 p.m., New York time (EDT)" in mail.text
    assert "Wednesday, June 10, 2026, 8 p.m. – 9 p.m., New York time (EDT)" in mail.text
    assert mail.text.index("June 9") < mail.text.index("June 10")
    assert LINK in mail.text
    assert (changed.starts_at, changed.revision) == (STARTS + DAY, 1)


def test_people_elsewhere_are_also_told_the_time_on_their_own_clocks(staff: User, call: Call) -> None:
    person = make_person("Ada Díaz", near="90210", language="es")
    answer_call(call=call, person=person, now=NOW)
    cancel_call(call=call, actor=staff, now=NOW)
    (mail,) = mails("call cancelled")
    assert mail.language == "es"
    assert "New York" in mail.text
    assert "Los Angeles" in mail.text


def test_a_new_link_is_told_and_the_time_is_not_called_new(staff: User, call: Call) -> None:
    come(call, "Ada Díaz")
    change_call(call=call, plan=make_plan(join_link=f"{LINK}/2"), revision=0, actor=staff, now=NOW)
    (mail,) = mails("call changed")
    assert f"{LINK}/2" in mail.text
    assert mails("call moved") == []


def test_a_change_of_the_host_or_the_places_alone_is_told_to_nobody(staff: User, call: Call) -> None:
    come(call, "Ada Díaz")
    change_call(call=call, plan=make_plan(host=staff, capacity=9), revision=0, actor=staff, now=NOW)
    assert mails("call moved") == mails("call changed") == []


def test_saving_what_is_there_changes_nothing(staff: User, call: Call) -> None:
    assert change_call(call=call, plan=make_plan(), revision=0, actor=staff, now=NOW).revision == 0
    assert not AuditEntry.objects.filter(subject=f"call:{call.pk}").exists()


def test_two_staff_who_change_one_call_do_not_write_over_each_other(staff: User, call: Call) -> None:
    change_call(call=call, plan=make_plan(STARTS + DAY), revision=0, actor=staff, now=NOW)
    with pytest.raises(StaleCallError, match="Somebody else"):
        change_call(call=call, plan=make_plan(STARTS - DAY), revision=0, actor=staff, now=NOW)


@pytest.mark.parametrize(
    ("plan", "fields", "words"),
    [
        (make_plan(NOW - HOUR), {}, "in the past"),
        (make_plan(STARTS + DAY), {"cancelled_at": NOW}, "was cancelled"),
        (make_plan(STARTS + DAY), {"starts_at": NOW - 2 * HOUR, "ends_at": NOW - HOUR}, "is over"),
    ],
)
def test_a_call_is_not_changed_where_that_makes_no_sense(
    staff: User, call: Call, plan: calls.CallPlan, fields: dict[str, Any], words: str
) -> None:
    Call.objects.filter(pk=call.pk).update(**fields)
    with pytest.raises(CallError, match=words):
        change_call(call=call, plan=plan, revision=0, actor=staff, now=NOW)


def test_there_are_never_fewer_places_than_people_who_have_one(staff: User, call: Call) -> None:
    come(call, "Ada Díaz", "Bo Lee")
    with pytest.raises(CallError, match="2 people"):
        change_call(call=call, plan=make_plan(capacity=1), revision=0, actor=staff, now=NOW)
    assert change_call(call=call, plan=make_plan(capacity=2), revision=0, actor=staff, now=NOW).capacity == 2


def test_a_cancelled_call_is_told_once(staff: User, call: Call) -> None:
    come(call, "Ada Díaz")
    for _time in range(2):
        cancel_call(call=call, actor=staff, now=NOW)
    assert len(mails("call cancelled")) == 1
    assert call.cancelled_at == NOW
    assert not Call.objects.upcoming(NOW).exists()


def test_a_call_that_has_begun_is_not_cancelled(staff: User, call: Call) -> None:
    with pytest.raises(CallError, match="has begun"):
        cancel_call(call=call, actor=staff, now=STARTS)


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("call_regional_has_region", {"kind": CallKind.REGIONAL}),
        ("call_ends_later", {"ends_at": STARTS}),
        ("call_link_is_web_address", {"join_link": "javascript:alert(1)"}),
        ("call_has_places", {"capacity": 0}),
        ("call_tells_groups_of_a_region", {"announced_at": NOW}),
    ],
)
def test_the_database_refuses_a_call_that_cannot_be(constraint: str, fields: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        calling.make_call(**fields)


# --- answered -------------------------------------------------------------------------------------------------


def test_whoever_answers_is_mailed_the_link(call: Call) -> None:
    (person,) = come(call, "Ada Díaz")
    (mail,) = mails("call answered")
    assert mail.to_email == person.emails.get().address
    assert LINK in mail.text
    assert "/groups/start/calls/" in mail.text


def test_answering_twice_is_one_answer_and_one_mail(call: Call) -> None:
    (person,) = come(call, "Ada Díaz")
    answer_call(call=call, person=person, now=NOW + HOUR)
    assert CallAnswer.objects.get().answered_at == NOW
    assert len(mails("call answered")) == 1


def test_the_database_keeps_one_answer_of_a_person(call: Call) -> None:
    (person,) = come(call, "Ada Díaz")
    with pytest.raises(IntegrityError, match="callanswer_once"), transaction.atomic():
        CallAnswer.objects.create(call=call, person=person, answered_at=NOW)


def test_whoever_takes_the_answer_back_frees_the_place_and_may_come_after_all(call: Call) -> None:
    Call.objects.filter(pk=call.pk).update(capacity=1)
    (person,) = come(call, "Ada Díaz")
    with pytest.raises(CallFullError, match="All places"):
        come(call, "Bo Lee")
    assert cancel_answer(call=call, person=person, now=NOW)
    assert not cancel_answer(call=call, person=person, now=NOW)
    answer_call(call=call, person=person, now=NOW + HOUR)
    assert CallAnswer.objects.coming().count() == 1


@pytest.mark.parametrize(
    ("fields", "now", "words"), [({"cancelled_at": NOW}, NOW, "cancelled"), ({"capacity": 9}, STARTS + HOUR, "is over")]
)
def test_a_cancelled_or_past_call_takes_no_answer(
    call: Call, fields: dict[str, Any], now: datetime.datetime, words: str
) -> None:
    Call.objects.filter(pk=call.pk).update(**fields)
    with pytest.raises(CallError, match=words):
        answer_call(call=call, person=make_person(), now=now)


def test_a_person_without_an_address_can_answer_and_is_not_mailed(call: Call) -> None:
    answer_call(call=call, person=Person.objects.create(), now=NOW)
    assert mails("call answered") == []


# --- the last place -------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_last_place_goes_to_one_person(monkeypatch: pytest.MonkeyPatch) -> None:
    people = [make_person(f"Given{number} Díaz") for number in range(8)]

    def rush(call: Call) -> int:
        """All answer at once; returns how many were told that it is full."""
        acts = [partial(answer_call, call=call, person=person, now=NOW) for person in people]
        return sum(isinstance(error, CallFullError) for error in at_once(*acts))

    with monkeypatch.context() as control:  # without the lock, all see the same free place
        control.setattr(calls, "_lock", unlocked)
        control.setattr(calls, "_places_taken", all_before_any(calls._places_taken, len(people)))
        call = calling.make_call(capacity=1)
        assert rush(call) == 0
        assert call.answers.count() == 8
    call = calling.make_call(capacity=1)
    assert rush(call) == 7
    assert call.answers.count() == 1


# --- reminded of ----------------------------------------------------------------------------------------------


def test_people_are_reminded_the_day_before_and_in_the_last_hour_once_each(call: Call) -> None:
    come(call, "Ada Díaz")
    moments = [STARTS - DAY - HOUR, STARTS - DAY, STARTS - 2 * HOUR, STARTS - HOUR, STARTS - HOUR / 2, STARTS]
    assert [send_due_reminders(now=moment) for moment in moments] == [0, 1, 0, 1, 0, 0]
    assert len(mails("call reminder")) == 2
    assert all(LINK in mail.text for mail in mails("call reminder"))


def test_after_a_long_pause_of_the_sweep_one_reminder_is_enough(call: Call) -> None:
    come(call, "Ada Díaz", "Bo Lee", "Cy Fox")
    assert send_due_reminders(now=STARTS - HOUR / 2, batch=2) == 3
    assert send_due_reminders(now=STARTS - HOUR / 4) == 0


def test_whoever_signs_up_late_is_not_reminded_of_what_they_have_just_done(call: Call) -> None:
    answer_call(call=call, person=make_person(), now=STARTS - 3 * HOUR)
    assert send_due_reminders(now=STARTS - 2 * HOUR) == 0
    assert send_due_reminders(now=STARTS - HOUR) == 1


def test_nobody_is_reminded_of_a_cancelled_call_or_answer(call: Call, staff: User) -> None:
    stays_away, _comes = come(call, "Ada Díaz", "Bo Lee")
    cancel_answer(call=call, person=stays_away, now=NOW)
    assert send_due_reminders(now=STARTS - DAY) == 1
    cancel_call(call=call, actor=staff, now=NOW)
    assert send_due_reminders(now=STARTS - HOUR) == 0


def test_a_call_that_moves_reminds_anew(call: Call, staff: User) -> None:
    come(call, "Ada Díaz")
    send_due_reminders(now=STARTS - DAY)
    change_call(call=call, plan=make_plan(STARTS + 3 * DAY), revision=0, actor=staff, now=STARTS - DAY)
    assert send_due_reminders(now=STARTS + 2 * DAY) == 1
    assert len(mails("call reminder")) == 2


def test_a_move_to_this_afternoon_is_a_reminder_in_itself(call: Call, staff: User) -> None:
    come(call, "Ada Díaz")
    change_call(call=call, plan=make_plan(NOW + 5 * HOUR), revision=0, actor=staff, now=NOW)
    assert send_due_reminders(now=NOW + HOUR) == 0
    assert send_due_reminders(now=NOW + 4 * HOUR) == 1


# --- attended -------------------------------------------------------------------------------------------------


def test_whoever_is_marked_is_a_member_at_once_and_can_read_why(call: Call, staff: User) -> None:
    (person,) = come(call, "Ada Díaz")
    mark_attended(call=call, people=[person], actor=staff, now=STARTS)
    answer = CallAnswer.objects.get()
    assert Membership.objects.get(pk=person.pk).basis.source == f"call_answer:{answer.pk}"
    (told,) = bases_of(person)
    assert (told.words, told.at) == ("You were on the call “Organizing call”", STARTS)
    assert (answer.attended_at, answer.attendance_by) == (STARTS, staff)


def test_marking_again_shows_the_first_time(call: Call, staff: User) -> None:
    (person,) = come(call, "Ada Díaz")
    assert len(mark_attended(call=call, people=[person], actor=staff, now=STARTS)) == 1
    assert mark_attended(call=call, people=[person], actor=staff, now=STARTS + HOUR) == []
    assert CallAnswer.objects.get().attended_at == STARTS


def test_the_undone_mark_takes_the_membership_back_and_a_new_one_restores_it(call: Call, staff: User) -> None:
    (person,) = come(call, "Ada Díaz")
    mark_attended(call=call, people=[person], actor=staff, now=STARTS)
    assert unmark_attended(call=call, people=[person], actor=staff, now=STARTS + HOUR) == 1
    assert unmark_attended(call=call, people=[person], actor=staff, now=STARTS + HOUR) == 0
    assert not Membership.objects.exists()
    assert [told.because for told in withdrawn_bases_of(person)] == ["You were marked as present by mistake"]
    mark_attended(call=call, people=[person], actor=staff, now=STARTS + HOUR)
    assert Membership.objects.filter(pk=person.pk).exists()


def test_attendance_is_marked_from_thirty_minutes_before(call: Call, staff: User) -> None:
    (person,) = come(call, "Ada Díaz")
    with pytest.raises(CallError, match="30 minutes"):
        mark_attended(call=call, people=[person], actor=staff, now=STARTS - HOUR)
    mark_attended(call=call, people=[person], actor=staff, now=STARTS - HOUR / 2)
    assert CallAnswer.objects.attended().count() == 1


def test_nobody_attended_a_cancelled_call(call: Call, staff: User) -> None:
    (person,) = come(call, "Ada Díaz")
    cancel_call(call=call, actor=staff, now=NOW)
    with pytest.raises(CallError):
        mark_attended(call=call, people=[person], actor=staff, now=STARTS)


def test_whoever_had_cancelled_and_came_has_come(call: Call, staff: User) -> None:
    (person,) = come(call, "Ada Díaz")
    cancel_answer(call=call, person=person, now=NOW)
    mark_attended(call=call, people=[person], actor=staff, now=STARTS)
    assert not cancel_answer(call=call, person=person, now=STARTS)
    assert CallAnswer.objects.coming().attended().count() == 1


def test_somebody_who_came_without_signing_up_is_taken_in_even_to_a_full_call(staff: User) -> None:
    call = calling.make_call(capacity=1)
    come(call, "Ada Díaz")
    contact = Contact(email="bo@example.org", given_name="Bo", family_name="Lee")
    added = add_attendee(call=call, contact=contact, actor=staff, now=STARTS)
    assert added.person.full_name == "Bo Lee"
    assert Membership.objects.filter(pk=added.person_id).exists()
    again = add_attendee(call=call, contact=contact, actor=staff, now=STARTS + HOUR)
    assert (again.pk, again.attended_at) == (added.pk, STARTS)


def test_whoever_was_deleted_is_not_brought_back_by_staff(call: Call, staff: User) -> None:
    person = make_person(email="bo@example.org")
    erase_person(person=person, actor=make_user(), now=NOW)
    with pytest.raises(ErasedError):
        add_attendee(call=call, contact=Contact(email="bo@example.org"), actor=staff, now=STARTS)
    assert not CallAnswer.objects.exists()


def test_a_deleted_person_leaves_no_answer(call: Call) -> None:
    (person,) = come(call, "Ada Díaz")
    erase_person(person=person, actor=make_user(), now=NOW)
    assert not CallAnswer.objects.exists()
