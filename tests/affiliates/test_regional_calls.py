"""The monthly call of a region: set from the last one, its agenda, the answers, the follow-ups, the mails."""

import datetime
from functools import partial

import pytest
from django.db import IntegrityError, transaction

from affiliates import regional_calls
from affiliates.calls import CallError, answer_call, cancel_call, change_call
from affiliates.models import AgendaQuestion, Call, FollowUp, Group, GroupStatus, Region
from affiliates.regional_calls import (
    MOST_QUESTIONS,
    add_follow_up,
    announce_calls,
    answer_question,
    ask_question,
    finish_follow_up,
    next_months_plan,
    region_of,
    reopen_follow_up,
    send_answers,
    take_back_question,
)
from foundation.accounts.models import StaffTask, User
from tests.at_once import all_before_any, at_once
from tests.factories import make_contact, make_group, make_staff
from tests.members.making import make_person

from . import calling
from .calling import DAY, HOUR, NOW, STARTS, mails, make_plan, unlocked

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> User:
    return make_staff(StaffTask.AGREEMENTS)


@pytest.fixture
def region(staff: User) -> Region:
    return calling.make_region(organizer=staff)


@pytest.fixture
def group() -> Group:
    return make_group("Table of Plenty")


@pytest.fixture
def contact(group: Group) -> User:
    return make_contact(group, "ada@example.org")


@pytest.fixture
def call(region: Region) -> Call:
    return calling.make_call(region=region)


def ask(call: Call, group: Group, contact: User, text: str = "Who prints the posters?") -> AgendaQuestion:
    return ask_question(call=call, group=group, text=text, actor=contact, now=NOW)


def test_a_group_knows_its_region(region: Region, group: Group) -> None:
    assert region_of(group) == region
    assert region_of(make_group(near="90210")) is None


def test_the_next_call_is_proposed_from_the_last_one(call: Call, staff: User) -> None:
    Call.objects.filter(pk=call.pk).update(host=staff, capacity=9, join_words="Or phone us")
    call.refresh_from_db()
    plan = next_months_plan(call)
    assert plan.starts_at == datetime.datetime(2026, 7, 15, 0, tzinfo=datetime.UTC)
    assert plan.ends_at - plan.starts_at == HOUR
    assert (plan.host, plan.capacity, plan.join_words, plan.join_link) == (staff, 9, "Or phone us", call.join_link)


# --- the agenda -----------------------------------------------------------------------------------------------


def test_a_group_puts_five_questions_on_the_agenda_and_no_sixth(call: Call, group: Group, contact: User) -> None:
    for number in range(MOST_QUESTIONS):
        ask(call, group, contact, f"Question {number}")
    with pytest.raises(CallError, match="5 questions"):
        ask(call, group, contact)
    ask(call, make_group(), contact)
    ask(calling.make_call(STARTS + DAY, region=call.region), group, contact)
    assert call.questions.count() == MOST_QUESTIONS + 1


@pytest.mark.django_db(transaction=True)
def test_six_who_ask_at_once_do_not_pass_the_limit(
    call: Call, group: Group, contact: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rush(call: Call) -> int:
        for number in range(MOST_QUESTIONS - 1):
            ask(call, group, contact, f"Question {number}")
        at_once(*[partial(ask, call, group, contact)] * 6)
        return call.questions.count()

    with monkeypatch.context() as control:  # without the lock, all see four questions
        control.setattr(regional_calls, "_lock", unlocked)
        control.setattr(
            regional_calls, "_asked_by", all_before_any(regional_calls._asked_by, 6, after=MOST_QUESTIONS - 1)
        )
        assert rush(call) == MOST_QUESTIONS + 5
    assert rush(calling.make_call(STARTS + DAY, region=call.region)) == MOST_QUESTIONS


@pytest.mark.parametrize("status", [GroupStatus.FORMING, GroupStatus.ENDED])
def test_only_groups_in_force_of_the_region_ask(call: Call, group: Group, contact: User, status: str) -> None:
    with pytest.raises(CallError, match="region"):
        ask(call, make_group(near="90210"), contact)
    with pytest.raises(CallError, match="region"):
        ask(call, make_group(status=status), contact)
    with pytest.raises(CallError, match="region"):
        ask(calling.make_call(), group, contact)


def test_the_agenda_stands_once_the_call_has_begun(call: Call, group: Group, contact: User) -> None:
    question = ask(call, group, contact)
    with pytest.raises(CallError, match="has begun"):
        ask_question(call=call, group=group, text="And now?", actor=contact, now=STARTS)
    with pytest.raises(CallError, match="has begun"):
        take_back_question(question=question, actor=contact, now=STARTS)


def test_a_cancelled_call_has_no_agenda(call: Call, group: Group, contact: User) -> None:
    Call.objects.filter(pk=call.pk).update(cancelled_at=NOW)
    with pytest.raises(CallError, match="cancelled"):
        ask(call, group, contact)


def test_people_take_back_their_own_questions_only(call: Call, group: Group, contact: User) -> None:
    question = ask(call, group, contact)
    with pytest.raises(CallError, match="Somebody else"):
        take_back_question(question=question, actor=make_contact(group), now=NOW)
    take_back_question(question=question, actor=contact, now=NOW)
    assert not AgendaQuestion.objects.exists()


def test_staff_answer_and_correct_an_answer(call: Call, group: Group, contact: User, staff: User) -> None:
    question = ask(call, group, contact)
    answer_question(question=question, answer="We do.", actor=staff, now=STARTS)
    answer_question(question=question, answer="You do.", actor=staff, now=STARTS + HOUR)
    question.refresh_from_db()
    assert (question.answer, question.answered_by, question.answered_at) == ("You do.", staff, STARTS + HOUR)


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("agendaquestion_asks", {"text": ""}),
        ("agendaquestion_answered_whole", {"answer": "We do."}),
        ("agendaquestion_answered_whole", {"answered_at": NOW}),
    ],
)
def test_the_database_refuses_a_question_that_cannot_be(
    call: Call, group: Group, constraint: str, fields: dict[str, object]
) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        AgendaQuestion.objects.create(**{"call": call, "group": group, "asked_at": NOW, "text": "Who?", **fields})


# --- follow-ups -----------------------------------------------------------------------------------------------


def follow(call: Call, staff: User, due: datetime.date = datetime.date(2026, 6, 20)) -> FollowUp:
    return add_follow_up(call=call, what="Print the posters", who="Ada Díaz", due=due, actor=staff, now=STARTS)


def test_a_follow_up_is_overdue_from_the_day_after(call: Call, staff: User) -> None:
    follow_up = follow(call, staff)
    assert list(FollowUp.objects.overdue(datetime.date(2026, 6, 20))) == []
    assert list(FollowUp.objects.overdue(datetime.date(2026, 6, 21))) == [follow_up]


def test_a_follow_up_is_done_once_and_can_be_reopened(call: Call, staff: User) -> None:
    follow_up = follow(call, staff)
    assert finish_follow_up(follow_up=follow_up, actor=staff, now=NOW)
    assert not finish_follow_up(follow_up=follow_up, actor=staff, now=NOW + DAY)
    follow_up.refresh_from_db()
    assert (follow_up.done_at, follow_up.done_by) == (NOW, staff)
    assert not FollowUp.objects.overdue(datetime.date(2027, 1, 1)).exists()
    assert reopen_follow_up(follow_up=follow_up, actor=staff)
    assert not reopen_follow_up(follow_up=follow_up, actor=staff)
    assert FollowUp.objects.open().get() == follow_up


def test_a_follow_up_is_to_a_question_of_the_same_call(call: Call, group: Group, contact: User, staff: User) -> None:
    other = ask(calling.make_call(STARTS + DAY, region=call.region), group, contact)
    with pytest.raises(CallError, match="another call"):
        add_follow_up(call=call, question=other, what="x", who="y", due=NOW.date(), actor=staff, now=NOW)


@pytest.mark.parametrize("fields", [{"what": ""}, {"who": ""}])
def test_the_database_refuses_a_follow_up_of_nothing_or_nobody(call: Call, fields: dict[str, str]) -> None:
    with pytest.raises(IntegrityError, match="followup_says_what_and_who"), transaction.atomic():
        FollowUp.objects.create(
            **{"call": call, "what": "Print", "who": "Ada", "due": NOW.date(), "created_at": NOW, **fields}
        )


# --- mails to the groups --------------------------------------------------------------------------------------


def test_contacts_are_told_seven_days_before_and_once(call: Call, group: Group, contact: User) -> None:
    moments = [STARTS - 8 * DAY, STARTS - 7 * DAY, STARTS - 6 * DAY]
    assert [announce_calls(now=moment) for moment in moments] == [0, 1, 0]
    (mail,) = mails("regional call set")
    assert mail.to_email == "ada@example.org"
    assert f"/organize/groups/{group.slug}/calls/" in mail.text
    assert "Table of Plenty" in mail.text


def test_a_call_set_late_is_told_at_once_and_one_that_has_begun_or_was_cancelled_never(
    call: Call, contact: User
) -> None:
    assert announce_calls(now=STARTS) == 0
    Call.objects.filter(pk=call.pk).update(cancelled_at=NOW)
    assert announce_calls(now=STARTS - DAY) == 0
    Call.objects.filter(pk=call.pk).update(cancelled_at=None)
    assert announce_calls(now=STARTS - HOUR) == 1


def test_contacts_who_were_told_of_a_call_hear_when_it_moves_or_falls_out(
    call: Call, contact: User, staff: User
) -> None:
    change_call(call=call, plan=make_plan(STARTS + HOUR), revision=0, actor=staff, now=NOW)
    assert mails("call moved") == []
    announce_calls(now=STARTS - 6 * DAY)
    change_call(call=call, plan=make_plan(STARTS + DAY), revision=1, actor=staff, now=STARTS - 6 * DAY)
    cancel_call(call=call, actor=staff, now=STARTS - 6 * DAY)
    assert [mail.to_email for mail in mails("call moved")] == ["ada@example.org"]
    assert [mail.to_email for mail in mails("call cancelled")] == ["ada@example.org"]


def test_the_answers_are_sent_once(call: Call, group: Group, contact: User, staff: User) -> None:
    question = ask(call, group, contact)
    ask(call, group, contact, "What of the van?")
    with pytest.raises(CallError, match="before the call"):
        send_answers(call=call, actor=staff, now=NOW)
    with pytest.raises(CallError, match="No question is answered"):
        send_answers(call=call, actor=staff, now=STARTS)
    answer_question(question=question, answer="We print <them> & fold them.", actor=staff, now=STARTS)
    assert send_answers(call=call, actor=staff, now=STARTS + HOUR) == 1
    with pytest.raises(CallError, match="sent already"):
        send_answers(call=call, actor=staff, now=STARTS + HOUR)
    (mail,) = mails("regional call answered")
    assert "Who prints the posters?" in mail.text
    assert "We print <them> & fold them." in mail.text
    assert "&lt;them&gt;" in mail.html
    assert "van" not in mail.text


def test_an_organizing_call_sends_no_answers(staff: User) -> None:
    with pytest.raises(CallError):
        send_answers(call=calling.make_call(), actor=staff, now=STARTS)


def test_whoever_answers_a_regional_call_is_led_to_their_groups(call: Call) -> None:
    answer_call(call=call, person=make_person(), now=NOW)
    (mail,) = mails("call answered")
    assert "Regional call: Northeast" in mail.subject
    assert "/organize/" in mail.text
