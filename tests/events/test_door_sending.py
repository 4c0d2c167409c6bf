"""Presses that come as JSON, now or when there is a connection again: none is lost, none counts twice."""

import datetime
import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone

from events.door import undo_check_in
from events.models import KEEPS_SENT, Attendance, Event, SentCheckIn
from events.sending import MOST_AT_ONCE, Answer, Do, Press, forget_sent, take_presses
from events.walk_ins import WalkIn
from foundation.accounts.models import User
from members.models import Membership, Person
from tests.events.making import NOW, make_event, make_rsvp
from tests.factories import make_contact, make_group
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db

MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture
def event(db: None) -> Event:
    return make_event(make_group(), starts_at=NOW)


@pytest.fixture
def helper(event: Event) -> User:
    assert event.group
    return make_contact(event.group, role="helper")


def send(
    event: Event, helper: User, *presses: Press, now: datetime.datetime = NOW, key: UUID | None = None
) -> list[Answer]:
    keyed = [(key or uuid4(), press) for press in presses]
    return [answer for _key, answer in take_presses(event=event, presses=keyed, actor=helper, now=now)]


def test_the_same_key_again_does_nothing_again_and_is_answered_as_before(event: Event, helper: User) -> None:
    rsvp, key = make_rsvp(event), uuid4()
    press = Press(do=Do.CHECK_IN, who=f"rsvp:{rsvp.pk}", guests=2)
    (first,) = send(event, helper, press, key=key)
    assert (first.state, first.words) == ("in", "checked in 8 a.m.")
    undo_check_in(attendance=Attendance.objects.get(), actor=helper, now=NOW + MINUTE)
    assert send(event, helper, press, key=key, now=NOW + 9 * MINUTE) == [first]
    assert not Membership.objects.exists()  # the undo stands


def test_a_press_counts_from_when_it_was_pressed(event: Event, helper: User) -> None:
    rsvp = make_rsvp(event)
    send(event, helper, Press(do=Do.CHECK_IN, who=f"rsvp:{rsvp.pk}", ago=20 * MINUTE), now=NOW + 30 * MINUTE)
    assert Attendance.objects.get().at == NOW + 10 * MINUTE


def test_a_check_in_and_its_undo_arrive_together(event: Event, helper: User) -> None:
    who = f"rsvp:{make_rsvp(event).pk}"
    presses = [Press(do=Do.CHECK_IN, who=who, ago=3 * MINUTE), Press(do=Do.UNDO, who=who, ago=2 * MINUTE)]
    assert [answer.state for answer in send(event, helper, *presses, now=NOW + 5 * MINUTE)] == ["in", "out"]
    assert not Membership.objects.exists()


def test_of_two_phones_the_first_press_is_the_time_that_stands(event: Event, helper: User) -> None:
    who = f"rsvp:{make_rsvp(event).pk}"
    send(event, helper, Press(do=Do.CHECK_IN, who=who), now=NOW + 5 * MINUTE)
    (late,) = send(event, helper, Press(do=Do.CHECK_IN, who=who, ago=8 * MINUTE), now=NOW + 10 * MINUTE)
    assert late.words == "checked in 8:02 a.m."
    assert Attendance.objects.get().at == NOW + 2 * MINUTE


def test_whoever_was_taken_back_meanwhile_stays_so_and_the_phone_is_told(event: Event, helper: User) -> None:
    who = f"rsvp:{make_rsvp(event).pk}"
    send(event, helper, Press(do=Do.CHECK_IN, who=who), now=NOW + 5 * MINUTE)
    send(event, helper, Press(do=Do.UNDO, who=who), now=NOW + 6 * MINUTE)
    (late,) = send(event, helper, Press(do=Do.CHECK_IN, who=who, ago=8 * MINUTE), now=NOW + 10 * MINUTE)
    assert late.state == "refused"
    assert "Taken back at 8:06 a.m." in late.words
    assert not Membership.objects.exists()


def test_one_that_is_refused_stops_none_of_the_others(event: Event, helper: User) -> None:
    other, mine = make_rsvp(make_event()), make_rsvp(event)
    presses = [Press(do=Do.CHECK_IN, who=who) for who in (f"rsvp:{other.pk}", "nonsense", f"rsvp:{mine.pk}")]
    assert [answer.state for answer in send(event, helper, *presses)] == ["refused", "refused", "in"]
    assert Attendance.objects.get().person == mine.person


def test_a_walk_in_is_answered_with_its_line_and_can_be_undone_and_put_back(event: Event, helper: User) -> None:
    (answer,) = send(event, helper, Press(do=Do.WALK_IN, walk_in=WalkIn("Ada", "Díaz", email="ada@example.org")))
    attendance = Attendance.objects.get()
    assert (answer.state, answer.who) == ("in", f"attendance:{attendance.pk}")
    send(event, helper, Press(do=Do.UNDO, who=answer.who), now=NOW + MINUTE)
    assert not Membership.objects.exists()
    send(event, helper, Press(do=Do.CHECK_IN, who=answer.who), now=NOW + 2 * MINUTE)
    attendance.refresh_from_db()
    assert (attendance.undone_at, attendance.shown_name) == (None, "Ada Díaz")


def test_a_key_of_another_event_is_refused(event: Event, helper: User) -> None:
    key, who = uuid4(), f"rsvp:{make_rsvp(event).pk}"
    send(event, helper, Press(do=Do.CHECK_IN, who=who), key=key)
    (answer,) = send(make_event(starts_at=NOW), helper, Press(do=Do.CHECK_IN, who=who), key=key)
    assert (answer.state, "another event" in answer.words) == ("refused", True)


def test_what_is_kept_of_a_press_names_nobody(event: Event, helper: User) -> None:
    send(event, helper, Press(do=Do.WALK_IN, walk_in=WalkIn("Ada", "Díaz", email="ada@example.org")))
    assert not {"Ada", "Díaz", "ada@"} & set(json.dumps(SentCheckIn.objects.get().answer))
    assert "ada" not in json.dumps(SentCheckIn.objects.get().answer).lower()


def test_old_keys_are_forgotten(event: Event, helper: User) -> None:
    send(event, helper, Press(do=Do.UNDO, who=f"rsvp:{make_rsvp(event).pk}"))
    assert forget_sent(now=NOW + KEEPS_SENT) == 0
    assert forget_sent(now=NOW + KEEPS_SENT + MINUTE) == 1


# --- over HTTP ------------------------------------------------------------------------------------------------


@pytest.fixture
def door(client: Client) -> tuple[Client, Event]:
    """An event that goes on now, and its helper's browser."""
    event = make_event(make_group(), starts_at=timezone.now() - MINUTE)
    assert event.group
    sign_in(client, make_contact(event.group, role="helper"))
    return client, event


def post(door: tuple[Client, Event], data: Any) -> Any:
    client, event = door
    body = data if isinstance(data, str) else json.dumps(data)
    return client.post(f"/organize/events/{event.pk}/door/send/", body, content_type="application/json")


def test_the_page_gets_an_answer_to_each_key_and_the_new_count(door: tuple[Client, Event]) -> None:
    key, walk_in, bad = (str(uuid4()) for _number in range(3))
    rsvp = make_rsvp(door[1], party_size=3)
    typed = {"given_name": "Ada", "family_name": "", "contact": "ada@example.org"}
    presses = [
        {"key": key, "do": "check_in", "who": f"rsvp:{rsvp.pk}", "guests": 2, "ago": 1.5},
        {"key": walk_in, "do": "walk_in", "who": "", "typed": typed, "ago": 0},
        {"key": bad, "do": "walk_in", "who": "", "typed": {"given_name": "Bo", "contact": "x"}, "ago": 0},
    ]
    response = post(door, {"presses": presses})
    answers = response.json()["answers"]
    assert [(one["key"], one["state"]) for one in answers] == [(key, "in"), (walk_in, "in"), (bad, "refused")]
    assert "name@example.org" in answers[2]["words"]
    assert response.json()["count"] == {"came": 2, "guests": 2, "answered": 1, "walk_ins": 1}
    assert Person.objects.count() == 2


@pytest.mark.parametrize("guests", [10, -1, "many", None, 1.5])
def test_a_number_of_guests_that_cannot_be_is_refused_in_words(door: tuple[Client, Event], guests: object) -> None:
    press = {"key": str(uuid4()), "do": "check_in", "who": f"rsvp:{make_rsvp(door[1]).pk}", "guests": guests}
    (answer,) = post(door, {"presses": [press]}).json()["answers"]
    assert (answer["state"], "from 0 to 9" in answer["words"]) == ("refused", True)


@pytest.mark.parametrize(
    "body",
    [
        "", "no json", "[]", "{}", '{"presses": 5}', '{"presses": [5]}', '{"presses": [{}]}', "[" * 100_000,
        '{"presses": [{"key": "x", "do": "undo", "who": "rsvp:1"}]}',
        '{"presses": [{"key": "00000000-0000-4000-8000-000000000000", "do": "dance", "who": "rsvp:1"}]}',
        '{"presses": [{"key": "00000000-0000-4000-8000-000000000000", "do": "undo", "who": "rsvp:1", "ago": NaN}]}',
        '{"presses": [{"key": "00000000-0000-4000-8000-000000000000", "do": "undo", "who": "rsvp:1", "ago": 1e999}]}',
        '{"presses": [{"key": "00000000-0000-4000-8000-000000000000", "do": "walk_in", "typed": [1]}]}',
    ],
)  # fmt: skip
def test_what_is_no_list_of_presses_is_refused(door: tuple[Client, Event], body: str) -> None:
    assert post(door, body).status_code == 400


def test_half_a_letter_holds_up_nothing_that_is_queued_behind_it(door: tuple[Client, Event]) -> None:
    """A field cuts off in the middle of an emoji what is too long; JSON carries the half, the database stores none."""
    rsvp = make_rsvp(door[1])
    typed = {"given_name": "Ada \ud83d", "family_name": "", "contact": "ada@example.org"}
    presses = [
        {"key": str(uuid4()), "do": "walk_in", "typed": typed},
        {"key": str(uuid4()), "do": "check_in", "who": f"rsvp:{rsvp.pk}"},
    ]
    assert [one["state"] for one in post(door, {"presses": presses}).json()["answers"]] == ["in", "in"]


def test_at_most_a_hundred_at_once(door: tuple[Client, Event]) -> None:
    presses = [{"key": str(uuid4()), "do": "undo", "who": "rsvp:1"} for _number in range(MOST_AT_ONCE + 1)]
    assert post(door, {"presses": presses}).status_code == 400
    assert post(door, {"presses": presses[1:]}).status_code == 200


def test_another_sites_page_cannot_press(door: tuple[Client, Event]) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = door[0].cookies
    assert post((strict, door[1]), {"presses": []}).status_code == 403


def test_a_helper_sends_to_no_door_but_their_own(door: tuple[Client, Event]) -> None:
    other = make_event(make_group(), starts_at=timezone.now())
    assert post((door[0], other), {"presses": []}).status_code == 404


def test_once_the_door_is_closed_a_helper_takes_nothing_back(door: tuple[Client, Event]) -> None:
    _client, event = door
    rsvp = make_rsvp(event)
    press = {"key": str(uuid4()), "do": "check_in", "who": f"rsvp:{rsvp.pk}"}
    post(door, {"presses": [press]})
    Event.objects.filter(pk=event.pk).update(
        starts_at=timezone.now() - 20 * 1440 * MINUTE, ends_at=timezone.now() - 19 * 1440 * MINUTE
    )
    (answer,) = post(door, {"presses": [press | {"key": str(uuid4()), "do": "undo"}]}).json()["answers"]
    assert answer["state"] == "refused"
    assert Attendance.objects.in_effect().count() == 1
