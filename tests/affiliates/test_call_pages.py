"""The pages of calls: choosing one, marking who was there, the agenda of a region's call, setting one."""

import datetime
import re
from typing import Any

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.test import Client
from django.utils.html import escape
from icalendar import Calendar

from affiliates.calls import answer_call
from affiliates.models import AgendaQuestion, Call, CallAnswer, FollowUp, Group
from foundation.accounts.models import StaffTask, User
from members.erasure import erase_person
from members.models import Membership, Person
from members.own_details import become_known, person_of
from tests.factories import make_contact, make_group, make_staff, make_user
from tests.members.making import make_person
from tests.signing_in import sign_in

from . import calling
from .calling import DAY, HOUR, LINK, NOW, STARTS, mails

pytestmark = pytest.mark.django_db

CALLS = "/groups/start/calls/"
NATIONAL = "/national/calls/"


@pytest.fixture(autouse=True)
def _at_noon() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def call() -> Call:
    return calling.make_call()


@pytest.fixture
def user(client: Client) -> User:
    """Signed in on `client`."""
    user = make_user()
    sign_in(client, user)
    return user


@pytest.fixture
def staff(client: Client) -> User:
    """Signed in on `client`, with the right to agreements."""
    staff = make_staff(StaffTask.AGREEMENTS)
    User.objects.filter(pk=staff.pk).update(name="Stella Staff")
    sign_in(client, staff)
    return staff


def text_of(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return response.content.decode()


def said(client: Client, path: str, data: dict[str, Any] | None = None) -> list[str]:
    """Post, and what the next page says of it."""
    response = client.post(path, data or {}, follow=True)
    assert response.status_code == 200
    return [str(message) for message in get_messages(response.wsgi_request)] + re.findall(
        r'class="notice[^>]*>(?:<p>)?([^<]+)', response.content.decode()
    )


# --- choosing a call ------------------------------------------------------------------------------------------


def test_everybody_sees_when_the_calls_are_and_nobody_the_link(client: Client, call: Call) -> None:
    page = text_of(client, CALLS)
    assert "Tuesday, June 9, 2026, 8 p.m. – 9 p.m., New York time (EDT)" in page
    assert LINK not in page
    assert "next=/groups/start/calls/" in page


def test_cancelled_past_and_regional_calls_are_not_offered(client: Client) -> None:
    calling.make_call(cancelled_at=NOW)
    calling.make_call(NOW - 2 * HOUR)
    calling.make_call(region=calling.make_region())
    assert "No call is set at the moment" in text_of(client, CALLS)


def test_calls_in_the_visitors_language_come_first() -> None:
    calling.make_call(STARTS)
    calling.make_call(STARTS + DAY, language="es")
    for language in ("en", "es"):
        page = text_of(Client(headers={"Accept-Language": language}), CALLS)
        first = re.findall(r'id="call-(\d+)"', page)[0]
        assert Call.objects.get(pk=first).language == language


def test_times_are_also_told_where_the_visitor_is(client: Client, call: Call) -> None:
    page = text_of(client, f"{CALLS}?near=90210")
    assert "8 p.m. – 9 p.m., New York time (EDT)" in page
    assert "5 p.m. – 6 p.m., Los Angeles time (PDT)" in page
    assert "Where you are:" not in text_of(client, f"{CALLS}?near=02139")


def test_times_are_told_at_the_home_of_whoever_is_signed_in(client: Client, user: User, call: Call) -> None:
    make_person(near="90210", user=user)
    assert "Los Angeles time" in text_of(client, CALLS)


def test_an_unknown_place_is_an_error_and_the_calls_are_still_there(client: Client, call: Call) -> None:
    page = text_of(client, f"{CALLS}?near=00000", status=422)
    assert "<title>Error: " in page
    assert "New York time" in page


def test_one_press_signs_up_whoever_is_signed_in_and_shows_the_link(client: Client, user: User, call: Call) -> None:
    assert person_of(user) is None
    assert "You are signed up. We have sent you the link to join." in said(client, f"{CALLS}{call.pk}/answer/")
    person = person_of(user)
    assert CallAnswer.objects.get().person == person
    assert LINK in text_of(client, CALLS)
    assert len(mails("call answered")) == 1


def test_opening_the_address_signs_nobody_up(client: Client, user: User, call: Call) -> None:
    assert client.get(f"{CALLS}{call.pk}/answer/").headers["Location"] == CALLS
    assert not CallAnswer.objects.exists()


def test_whoever_cannot_come_says_so_and_no_longer_sees_the_link(client: Client, user: User, call: Call) -> None:
    client.post(f"{CALLS}{call.pk}/answer/")
    assert "You are no longer signed up for this call." in said(client, f"{CALLS}{call.pk}/cancel/")
    assert LINK not in text_of(client, CALLS)


def test_a_full_call_says_so(client: Client, user: User) -> None:
    call = calling.make_call(capacity=1)
    answer_call(call=call, person=make_person(), now=NOW)
    page = text_of(client, CALLS)
    assert "Full" in page
    assert f"{call.pk}/answer/" not in page
    assert any("All places on this call are taken" in words for words in said(client, f"{CALLS}{call.pk}/answer/"))


def test_a_regional_call_is_not_answered_here(client: Client, user: User) -> None:
    call = calling.make_call(region=calling.make_region())
    for act in ("answer", "cancel"):
        assert client.post(f"{CALLS}{call.pk}/{act}/").status_code == 404
    assert client.get(f"{CALLS}{call.pk}/call.ics").status_code == 404


# --- the calendar file ----------------------------------------------------------------------------------------


def event_of(client: Client, path: str) -> tuple[Any, str]:
    response = client.get(path)
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(response.content)
    return calendar.walk("VEVENT")[0], response.content.decode()


def test_the_calendar_file_has_the_zone_with_its_rules(client: Client, call: Call) -> None:
    event, text = event_of(client, f"{CALLS}{call.pk}/call.ics")
    assert "BEGIN:VTIMEZONE" in text
    assert "DTSTART;TZID=America/New_York:20260609T200000" in text
    assert event.decoded("dtstart") == STARTS
    assert event.decoded("dtend") == STARTS + HOUR
    assert str(event["summary"]) == "Organizing call"
    assert LINK not in text


def test_the_link_is_in_the_calendar_file_of_those_who_answered(client: Client, user: User, call: Call) -> None:
    client.post(f"{CALLS}{call.pk}/answer/")
    Call.objects.filter(pk=call.pk).update(revision=3, cancelled_at=NOW, join_words="Or phone")
    event, text = event_of(client, f"{CALLS}{call.pk}/call.ics")
    assert LINK in text.replace("\r\n ", "")
    assert (int(event["sequence"]), str(event["status"]), str(event["description"])) == (3, "CANCELLED", "Or phone")


# --- setting a call -------------------------------------------------------------------------------------------

TYPED = {
    "day": "2026-07-14",
    "time": "20:00",
    "time_zone": "America/Chicago",
    "minutes": "90",
    "language": "es",
    "join_link": "calls.example.org/two",
    "join_words": "",
    "capacity": "",
    "host": "",
    "revision": "0",
}


def test_staff_set_a_call_by_the_clocks_of_a_zone(client: Client, staff: User) -> None:
    assert client.post(f"{NATIONAL}new/", {**TYPED, "host": staff.pk}).status_code == 302
    call = Call.objects.get()
    assert call.starts_at == datetime.datetime(2026, 7, 15, 1, tzinfo=datetime.UTC)
    assert call.length == datetime.timedelta(minutes=90)
    assert (call.language, call.host, call.join_link) == ("es", staff, "https://calls.example.org/two")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"day": "2027-03-14", "time": "02:30"}, "the clocks are put forward over it"),
        ({"day": "2026-05-14"}, "This time is in the past."),
        ({"time_zone": "Mars/Olympus"}, "Select a valid choice"),
        ({"join_link": "ftp://calls.example.org/"}, "begins with https://"),
        ({"capacity": "0"}, "greater than or equal to 1"),
    ],
)
def test_a_call_that_cannot_be_is_an_error_and_nothing_typed_is_lost(
    client: Client, staff: User, wrong: dict[str, str], words: str
) -> None:
    response = client.post(f"{NATIONAL}new/", {**TYPED, "join_words": "Or phone us", **wrong})
    page = response.content.decode()
    assert response.status_code == 422
    assert page.count(words) >= 2
    assert "Or phone us" in page
    assert not Call.objects.exists()


def test_staff_change_a_call_and_those_who_answered_are_told(client: Client, staff: User, call: Call) -> None:
    answer_call(call=call, person=make_person(), now=NOW)
    assert 'value="20:00"' in text_of(client, f"{NATIONAL}{call.pk}/change/")
    assert client.post(f"{NATIONAL}{call.pk}/change/", TYPED).status_code == 302
    assert len(mails("call moved")) == 1
    stale = client.post(f"{NATIONAL}{call.pk}/change/", TYPED)
    assert stale.status_code == 422
    assert "Somebody else has changed this call" in stale.content.decode()


def test_staff_cancel_a_call_after_a_question(client: Client, staff: User, call: Call) -> None:
    answer_call(call=call, person=make_person(), now=NOW)
    assert "1 person has signed up" in text_of(client, f"{NATIONAL}{call.pk}/cancel/")
    assert "This call was cancelled." in said(client, f"{NATIONAL}{call.pk}/cancel/")
    with time_machine.travel(STARTS, tick=False):
        other = calling.make_call()
        assert any("has begun" in words for words in said(client, f"{NATIONAL}{other.pk}/cancel/"))


def test_the_list_shows_upcoming_and_past_calls_with_their_numbers(client: Client, staff: User, call: Call) -> None:
    answer_call(call=call, person=make_person(), now=NOW)
    calling.make_call(NOW - 2 * HOUR, capacity=12)
    page = text_of(client, NATIONAL)
    assert page.index("Upcoming calls") < page.index("Past and cancelled calls")
    assert "0 / 12" in page
    assert "Past and cancelled" not in text_of(client, f"{NATIONAL}?page=2")


def test_the_list_takes_the_same_queries_for_one_call_and_many(
    client: Client, staff: User, call: Call, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        calling.make_call(STARTS + number * DAY, region=None, host=make_user())
    with django_assert_max_num_queries(9):
        client.get(NATIONAL)


# --- who was there --------------------------------------------------------------------------------------------


@pytest.fixture
def person(call: Call) -> Person:
    person = make_person("Ada Díaz")
    answer_call(call=call, person=person, now=NOW)
    return person


def test_staff_mark_and_undo_with_a_press_and_see_the_count(
    client: Client, staff: User, call: Call, person: Person
) -> None:
    there = f"{NATIONAL}{call.pk}/"
    with time_machine.travel(STARTS, tick=False):
        assert "0 people were there" in text_of(client, there)
        client.post(f"{there}mark/", {"person": person.pk, "do": "mark"})
        assert "1 person was there" in text_of(client, there)
        assert Membership.objects.filter(pk=person.pk).exists()
        client.post(f"{there}mark/", {"person": person.pk, "do": "undo"})
        assert "0 people were there" in text_of(client, there)
    assert not Membership.objects.exists()


def test_before_the_call_there_is_nothing_to_press(client: Client, staff: User, call: Call, person: Person) -> None:
    there = f"{NATIONAL}{call.pk}/"
    assert 'value="mark"' not in text_of(client, there)
    assert any("30 minutes" in words for words in said(client, f"{there}mark/", {"person": str(person.pk)}))
    assert not CallAnswer.objects.attended().exists()


@pytest.mark.parametrize("key", ["", "x", "999999"])
def test_whoever_is_not_on_the_list_is_not_marked(client: Client, staff: User, call: Call, key: str) -> None:
    with time_machine.travel(STARTS, tick=False):
        words = said(client, f"{NATIONAL}{call.pk}/mark/", {"person": key})
        client.post(f"{NATIONAL}{call.pk}/mark/", {"person": make_person().pk})
    assert any("no longer on the list" in one for one in words)
    assert not CallAnswer.objects.exists()


BO = {"given_name": "Bo", "family_name": "Lee", "email": "Bo@example.org"}


def test_staff_add_somebody_who_came(client: Client, staff: User, call: Call) -> None:
    with time_machine.travel(STARTS, tick=False):
        assert "Bo Lee was on the call." in said(client, f"{NATIONAL}{call.pk}/add/", BO)
    answer = CallAnswer.objects.attended().get()
    assert answer.person.emails.get().address == "bo@example.org"
    assert answer.person.emails.get().verified_at is None


def test_whoever_was_deleted_stays_deleted_and_staff_are_told(client: Client, staff: User, call: Call) -> None:
    erase_person(person=make_person(email="bo@example.org"), actor=make_user(), now=NOW)
    with time_machine.travel(STARTS, tick=False):
        response = client.post(f"{NATIONAL}{call.pk}/add/", BO)
    assert response.status_code == 422
    assert response.content.decode().count("They asked to be deleted") == 2
    assert not Person.objects.filter(emails__address="bo@example.org").exists()


@pytest.mark.parametrize("wrong", [{"email": "bo"}, {"given_name": ""}, {}])
def test_what_is_wrong_with_an_attendee_is_said(client: Client, staff: User, call: Call, wrong: dict[str, str]) -> None:
    """Too early is wrong too: nothing but the time stands in the way of the last one."""
    with time_machine.travel(STARTS if wrong else NOW, tick=False):
        response = client.post(f"{NATIONAL}{call.pk}/add/", {**BO, **wrong})
    assert response.status_code == 422
    assert "There is a problem" in response.content.decode()
    assert not CallAnswer.objects.exists()


def test_the_people_of_a_regions_groups_are_on_the_list_of_its_call(client: Client, staff: User) -> None:
    call = calling.make_call(region=calling.make_region())
    contact, elsewhere = make_contact(make_group()), make_contact(make_group(near="90210"))
    for one, name in ((contact, "Carla Contact"), (elsewhere, "Edna Elsewhere")):
        make_person(name, user=one)
    with time_machine.travel(STARTS, tick=False):
        page = text_of(client, f"{NATIONAL}{call.pk}/")
        client.post(f"{NATIONAL}{call.pk}/mark/", {"person": contact.person.pk})
    assert "Carla Contact" in page
    assert "Edna Elsewhere" not in page
    assert CallAnswer.objects.attended().get().person == contact.person


# --- the agenda -----------------------------------------------------------------------------------------------


@pytest.fixture
def regional() -> Call:
    return calling.make_call(region=calling.make_region())


@pytest.fixture
def group(regional: Call, user: User) -> Group:
    """Of the region; whoever is signed in is a contact of it."""
    group = make_group("Table of Plenty")
    group.roles.create(user=user, role="contact")
    return group


def calls_of(group: Group) -> str:
    return f"/organize/groups/{group.slug}/calls/"


def test_a_group_sees_the_call_with_its_link_and_asks(client: Client, regional: Call, group: Group) -> None:
    assert LINK in text_of(client, calls_of(group))
    words = said(client, f"{calls_of(group)}{regional.pk}/ask/", {"text": "Who prints?"})
    assert "Your question is on the agenda." in words
    assert "Who prints?" in text_of(client, calls_of(group))


def test_a_sixth_question_is_refused_with_its_text_kept(client: Client, regional: Call, group: Group) -> None:
    for number in range(5):
        client.post(f"{calls_of(group)}{regional.pk}/ask/", {"text": f"Question {number}"})
    response = client.post(f"{calls_of(group)}{regional.pk}/ask/", {"text": "And the van?"})
    assert response.status_code == 422
    assert "5 questions on the agenda" in response.content.decode()
    assert AgendaQuestion.objects.count() == 5


def test_people_take_back_their_own_question_only(client: Client, user: User, regional: Call, group: Group) -> None:
    client.post(f"{calls_of(group)}{regional.pk}/ask/", {"text": "Who prints?"})
    others = AgendaQuestion.objects.create(
        call=regional, group=group, asked_by=make_contact(group), asked_at=NOW, text="And the van?"
    )
    own = AgendaQuestion.objects.get(asked_by=user)
    assert text_of(client, calls_of(group)).count("Take it back") == 1
    assert any("Somebody else" in words for words in said(client, f"{calls_of(group)}questions/{others.pk}/delete/"))
    assert "Your question is off the agenda." in said(client, f"{calls_of(group)}questions/{own.pk}/delete/")
    assert AgendaQuestion.objects.get() == others


def test_contacts_say_that_they_come(client: Client, user: User, regional: Call, group: Group) -> None:
    client.post(f"{calls_of(group)}{regional.pk}/answer/")
    assert CallAnswer.objects.coming().get().person == become_known(user=user, now=NOW)
    assert "You are signed up." in text_of(client, calls_of(group))
    client.post(f"{calls_of(group)}{regional.pk}/cancel/")
    assert not CallAnswer.objects.coming().exists()
    _event, text = event_of(client, f"{calls_of(group)}{regional.pk}/call.ics")
    assert LINK in text.replace("\r\n ", "")


def test_the_call_of_another_region_is_not_found(client: Client, group: Group) -> None:
    other = calling.make_call(region=calling.make_region("South", "TX"))
    for act in ("ask", "answer", "cancel"):
        assert client.post(f"{calls_of(group)}{other.pk}/{act}/", {"text": "x"}).status_code == 404


def test_a_group_that_is_not_in_force_has_no_calls(client: Client, group: Group) -> None:
    Group.objects.filter(pk=group.pk).update(status="forming")
    assert client.get(calls_of(group)).status_code == 404


def test_a_group_of_no_region_is_told_so(client: Client, user: User) -> None:
    group = make_group(near="90210")
    group.roles.create(user=user, role="organizer")
    assert "Your group is in no region yet" in text_of(client, calls_of(group))
    assert client.post(f"{calls_of(group)}1/ask/", {"text": "x"}).status_code == 404


def test_staff_answer_note_follow_ups_and_send_the_answers(client: Client, regional: Call) -> None:
    group, staff = make_group(), make_staff(StaffTask.AGREEMENTS)
    make_contact(group)
    question = regional.questions.create(group=group, asked_at=NOW, text="Who prints?")
    sign_in(client, staff)
    there = f"{NATIONAL}{regional.pk}/"
    with time_machine.travel(STARTS + HOUR, tick=False):
        sign_in(client, staff)
        assert any("No question is answered" in words for words in said(client, f"{there}send-answers/"))
        client.post(f"{NATIONAL}questions/{question.pk}/", {"answer": "We do."})
        client.post(
            f"{there}follow-ups/", {"what": "Send files", "who": "Ada", "due": "2026-06-20", "question": question.pk}
        )
        assert "The answers go to 1 contact." in said(client, f"{there}send-answers/")
        assert "The answers were sent" in text_of(client, there)
    follow_up = FollowUp.objects.get()
    assert (follow_up.question, follow_up.who) == (question, "Ada")
    client.post(f"{NATIONAL}follow-ups/{follow_up.pk}/", {"do": "done"})
    assert not FollowUp.objects.open().exists()
    client.post(f"{NATIONAL}follow-ups/{follow_up.pk}/", {"do": "reopen"})
    assert FollowUp.objects.open().exists()


def test_groups_read_answers_and_follow_ups_afterwards(
    client: Client, user: User, regional: Call, group: Group
) -> None:
    question = regional.questions.create(
        group=group, asked_at=NOW, text="Who prints?", answer="We <do>.", answered_at=NOW
    )
    regional.follow_ups.create(
        question=question, what="Send files", who="Ada", due=datetime.date(2026, 6, 20), created_at=NOW
    )
    with time_machine.travel(STARTS + 20 * DAY, tick=False):
        sign_in(client, user)
        page = text_of(client, calls_of(group))
    assert escape("We <do>.") in page
    assert "Send files" in page
    assert "June 20, 2026" in page
    assert "Overdue" in page


@pytest.mark.parametrize("form", ["questions", "follow-ups"])
def test_an_empty_answer_or_follow_up_is_an_error(client: Client, staff: User, regional: Call, form: str) -> None:
    question = regional.questions.create(group=make_group(), asked_at=NOW, text="Who prints?")
    path = f"{NATIONAL}questions/{question.pk}/" if form == "questions" else f"{NATIONAL}{regional.pk}/follow-ups/"
    response = client.post(path, {"answer": " ", "what": " "})
    assert response.status_code == 422
    assert "There is a problem" in response.content.decode()


def test_an_organizing_call_has_no_follow_ups(client: Client, staff: User, call: Call) -> None:
    assert client.post(f"{NATIONAL}{call.pk}/follow-ups/", {"what": "x"}).status_code == 404


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_a_call_at_the_end_of_the_calendar_is_refused_in_words(client: Client, staff: User, day: str) -> None:
    typed = {
        "day": day, "time": "23:30", "time_zone": "America/New_York", "minutes": "60", "language": "en",
        "join_link": "https://example.org/join", "revision": "0",
    }  # fmt: skip
    response = client.post(f"{NATIONAL}new/", typed)
    assert response.status_code == 422
    assert "cannot be right" in response.content.decode()
