"""Pages of events: door."""

import datetime

from django.utils import timezone
from playwright.sync_api import Page

from events.door import check_in, say_not_there
from events.door_codes import door_code, make_new_code
from events.links import ticket_token
from events.models import Attendance, CheckedInBy, Event, Rsvp, RsvpState
from events.not_there import not_there_token
from events.urls_door import DOOR
from foundation.accounts.models import User
from members.people import Contact, take_in
from tests.events.making import make_event, make_guest, make_rsvp
from tests.factories import make_contact, make_group, make_user

from .visits import Visit, page, send

LONG = "Kraftfahrzeughaftpflichtversicherungsgesellschaft"
MINUTES = datetime.timedelta(minutes=1)
CODE, TICKET, NOT_THERE = "events/door/<str:code>/", "events/ticket/<str:token>/", "events/door/not-there/<str:token>/"


def make_door(*, ago: datetime.timedelta = 20 * MINUTES) -> tuple[Event, User]:
    """An event that has begun, and a check-in helper of its group."""
    group = make_group("Table of Plenty")
    event = make_event(group, starts_at=timezone.now() - ago, title="Soup night for everybody")
    return event, make_contact(group, role="helper")


def make_hall(event: Event, helper: User) -> list[Rsvp]:
    """Some who answered, of whom one came; and one who came besides."""
    now = timezone.now()
    names = [("José", "Peñasco de la Cruz"), ("Ada", "Díaz"), ("Bo", LONG), ("", ""), ("Øyvind", "Łukasz")]
    people = [
        take_in(
            contact=Contact(email=f"g{number}@example.org", given_name=given, family_name=family),
            is_own_act=True,
            now=now,
        )
        for number, (given, family) in enumerate(names)
    ]
    answers = [make_rsvp(event, person, now=now, party_size=1 + number % 3) for number, person in enumerate(people)]
    Rsvp.objects.create(
        event=event, state=RsvpState.GOING, answered_at=now, changed_at=now, email="typed@example.org",
        given_name="Typed", family_name="Only",
    )  # fmt: skip
    check_in(event=event, how=CheckedInBy.LIST, at=now, actor=helper, now=now, rsvp=answers[1], guests=2)
    walk_in = make_guest("walker@example.org")
    check_in(event=event, how=CheckedInBy.WALK_IN, at=now, actor=helper, now=now, person=walk_in, name="Willa Walker")
    return answers


# --- the list -------------------------------------------------------------------------------------------------


@page(DOOR)
def door_list() -> Visit:
    event, helper = make_door()
    make_hall(event, helper)
    return Visit(f"/organize/events/{event.pk}/door/", user=helper)


@page(DOOR)
def door_without_answers() -> Visit:
    event, helper = make_door()
    return Visit(f"/organize/events/{event.pk}/door/", user=helper)


@page(DOOR)
def door_not_open_yet() -> Visit:
    event, helper = make_door(ago=datetime.timedelta(days=-2))
    make_rsvp(event)
    return Visit(f"/organize/events/{event.pk}/door/", user=helper)


@page(DOOR)
def door_closed_to_all_but_corrections() -> Visit:
    event, helper = make_door()
    make_hall(event, helper)
    event.starts_at -= datetime.timedelta(days=20)
    event.ends_at -= datetime.timedelta(days=20)
    event.save()
    assert event.group
    return Visit(f"/organize/events/{event.pk}/door/", user=make_contact(event.group))


@page(DOOR)
def door_after_a_press() -> Visit:
    event, helper = make_door()
    make_hall(event, helper)

    def press(window: Page) -> None:
        window.locator("button[name=check_in]:visible").first.click()
        window.locator("[data-count=came]", has_text="3").wait_for()

    return Visit(f"/organize/events/{event.pk}/door/", user=helper, then=press)


@page(DOOR)
def door_with_what_waits_to_be_sent() -> Visit:
    """Scripts show what waits; it has no page without them."""
    event, helper = make_door()
    make_hall(event, helper)

    def press_beside_a_server_that_is_slow(window: Page) -> None:
        window.evaluate("() => { window.fetch = () => new Promise(() => {}); }")
        window.locator("button[name=check_in]:visible").first.click()
        window.locator("#door-walk-in summary").click()
        window.locator("[name=given_name]").fill("Ada")
        window.locator("[name=contact]").fill("ada@example.org")
        window.locator("#door-walk-in .button").click()
        window.locator("#door-waiting li").wait_for()

    return Visit(f"/organize/events/{event.pk}/door/", user=helper, then=press_beside_a_server_that_is_slow)


# --- the code, the sheet --------------------------------------------------------------------------------------


@page(f"{DOOR}code/")
def door_code_to_show() -> Visit:
    event, helper = make_door()
    return Visit(f"/organize/events/{event.pk}/door/code/", user=helper)


@page(f"{DOOR}paper/")
def door_paper() -> Visit:
    event, helper = make_door()
    make_hall(event, helper)
    return Visit(f"/organize/events/{event.pk}/door/paper/", user=helper)


@page(f"{DOOR}paper/")
def door_paper_with_errors() -> Visit:
    event, helper = make_door()
    make_hall(event, helper)

    def save(window: Page) -> None:
        send(press="[data-enter-moves-on] > .button", **{"line-0-given_name": "Ada", "line-1-contact": "x"})(window)

    return Visit(f"/organize/events/{event.pk}/door/paper/", user=helper, then=save, status=422)


@page(f"{DOOR}paper/")
def door_paper_too_early() -> Visit:
    event, helper = make_door(ago=datetime.timedelta(days=-2))
    return Visit(f"/organize/events/{event.pk}/door/paper/", user=helper)


# --- whoever comes --------------------------------------------------------------------------------------------


@page(CODE)
def self_check_in() -> Visit:
    event, _helper = make_door()
    return Visit(f"/events/door/{door_code(event)}/")


@page(CODE)
def self_check_in_with_errors() -> Visit:
    event, _helper = make_door()
    return Visit(f"/events/door/{door_code(event)}/", then=send(email="nobody"), status=422)


@page(CODE)
def self_check_in_signed_in() -> Visit:
    event, _helper = make_door()
    return Visit(f"/events/door/{door_code(event)}/", user=make_user("ada@example.org"))


@page(CODE)
def self_check_in_done() -> Visit:
    event, _helper = make_door()
    return Visit(f"/events/door/{door_code(event)}/", user=make_user("ada@example.org"), then=send())


@page(CODE)
def self_check_in_over() -> Visit:
    event, _helper = make_door(ago=datetime.timedelta(days=2))
    return Visit(f"/events/door/{door_code(event)}/")


@page(CODE)
def self_check_in_with_a_former_code() -> Visit:
    event, helper = make_door()
    code = door_code(event)
    make_new_code(event=event, actor=helper)
    return Visit(f"/events/door/{code}/", status=410)


@page(CODE)
def self_check_in_with_a_forged_code() -> Visit:
    return Visit("/events/door/12-0:forged/", status=404)


@page(f"{CODE}thanks/")
def self_check_in_thanks() -> Visit:
    event, _helper = make_door()
    return Visit(f"/events/door/{door_code(event)}/thanks/")


@page(TICKET)
def ticket() -> Visit:
    event, _helper = make_door()
    return Visit(f"/events/ticket/{ticket_token(make_rsvp(event, party_size=3))}/")


@page(TICKET)
def ticket_at_the_door() -> Visit:
    event, helper = make_door()
    return Visit(f"/events/ticket/{ticket_token(make_rsvp(event, party_size=3))}/", user=helper)


@page(TICKET)
def ticket_checked_in() -> Visit:
    event, helper = make_door()
    token = ticket_token(make_rsvp(event, party_size=3))
    return Visit(f"/events/ticket/{token}/", user=helper, then=send())


@page(TICKET)
def ticket_of_another_event() -> Visit:
    _event, helper = make_door()
    other, _its_helper = make_door()
    return Visit(f"/events/ticket/{ticket_token(make_rsvp(other))}/", user=helper, status=409)


@page(TICKET)
def ticket_that_is_forged() -> Visit:
    return Visit("/events/ticket/12:forged/", status=404)


def make_noted() -> Attendance:
    event, helper = make_door()
    now = timezone.now()
    return check_in(event=event, how=CheckedInBy.LIST, at=now, actor=helper, now=now, person=make_guest())


@page(NOT_THERE)
def not_there() -> Visit:
    return Visit(f"/events/door/not-there/{not_there_token(make_noted())}/")


@page(NOT_THERE)
def not_there_taken_back() -> Visit:
    attendance = make_noted()
    say_not_there(attendance=attendance, now=timezone.now())
    return Visit(f"/events/door/not-there/{not_there_token(attendance)}/")


@page(NOT_THERE)
def not_there_forged() -> Visit:
    return Visit("/events/door/not-there/12:forged/", status=404)
