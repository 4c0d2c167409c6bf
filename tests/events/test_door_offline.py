"""The door with a bad connection, in a real browser: what is pressed is kept, shown as waiting, and counts once."""

import datetime

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from events.models import Attendance, Event, SentCheckIn
from foundation.accounts.models import User
from foundation.mail.models import OutgoingMail
from tests.browser import NewContext
from tests.events.making import make_event, make_guest, make_rsvp
from tests.factories import make_contact, make_group

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def event(transactional_db: None) -> Event:
    event = make_event(make_group("Table of Plenty"), starts_at=timezone.now() - datetime.timedelta(minutes=1))
    make_rsvp(event, make_guest("jose@example.org", family_name="Peñasco"))
    make_rsvp(event, make_guest("ada@example.org", family_name="Díaz"))
    return event


@pytest.fixture
def phone(event: Event, new_context: NewContext) -> BrowserContext:
    """The phone of a check-in helper."""
    assert event.group
    user: User = make_contact(event.group, role="helper")
    return new_context(user=user)


def open_door(phone: BrowserContext, event: Event) -> Page:
    page = phone.new_page()
    page.goto(f"/organize/events/{event.pk}/door/")
    return page


def line(page: Page, name: str) -> Locator:
    return page.locator(".door-line", has_text=name)


def came() -> int:
    return Attendance.objects.in_effect().count()


def test_typing_finds_without_accents_and_one_press_checks_in_and_another_undoes(
    phone: BrowserContext, event: Event
) -> None:
    page = open_door(phone, event)
    expect(page.locator("#door-words")).to_be_focused()
    page.keyboard.type("penas")
    expect(line(page, "Díaz")).to_be_hidden()
    line(page, "Peñasco").locator("[name=check_in]").click()
    expect(line(page, "Peñasco")).to_contain_text("checked in ")
    expect(page.locator("[data-count=came]")).to_have_text("1")
    assert came() == 1
    line(page, "Peñasco").locator("[name=undo]").click()
    expect(page.locator("[data-count=came]")).to_have_text("0")
    assert came() == 0


def test_a_press_without_connection_waits_outlives_a_reload_and_is_sent_once(
    phone: BrowserContext, event: Event
) -> None:
    page = open_door(phone, event)
    page.route("**/door/send/", lambda route: route.abort())
    line(page, "Peñasco").locator("[name=check_in]").click()
    expect(line(page, "Peñasco")).to_contain_text("waiting to be sent")
    expect(page.locator("#door-waiting")).to_contain_text("Waiting to be sent: 1")
    page.reload()
    expect(line(page, "Peñasco")).to_contain_text("waiting to be sent")
    assert came() == 0
    page.unroute("**/door/send/")
    page.reload()
    expect(line(page, "Peñasco")).to_contain_text("checked in ")
    expect(page.locator("#door-waiting")).to_be_hidden()
    assert (came(), SentCheckIn.objects.count()) == (1, 1)


def test_what_arrived_though_the_answer_was_lost_counts_once(phone: BrowserContext, event: Event) -> None:
    page, lost = open_door(phone, event), list[bool]()

    def lose_the_answer(route: Route) -> None:
        route.fetch()  # it reaches the server
        route.abort()
        lost.append(True)

    page.route("**/door/send/", lose_the_answer)
    line(page, "Díaz").locator("[name=check_in]").click()
    expect(page.locator("#door-waiting")).to_contain_text("Waiting to be sent: 1")
    while not lost:
        page.wait_for_timeout(50)
    assert came() == 1
    page.unroute("**/door/send/")
    page.reload()
    expect(line(page, "Díaz")).to_contain_text("checked in ")
    expect(page.locator("#door-waiting")).to_be_hidden()
    assert (came(), SentCheckIn.objects.count(), OutgoingMail.objects.count()) == (1, 1, 1)


def test_an_undo_and_a_walk_in_wait_as_well(phone: BrowserContext, event: Event) -> None:
    page = open_door(phone, event)
    phone.set_offline(True)
    line(page, "Díaz").locator("[name=check_in]").click()
    line(page, "Díaz").locator("[name=undo]").click()
    page.locator("#door-walk-in summary").click()
    page.locator("#door-walk-in [name=given_name]").fill("Willa")
    page.locator("#door-walk-in [name=family_name]").fill("Walker")
    page.locator("#door-walk-in [name=contact]").fill("willa@example.org")
    page.locator("#door-walk-in .button").click()
    expect(page.locator("#door-waiting")).to_contain_text("Willa Walker: waiting to be sent")
    phone.set_offline(False)  # the browser says so, and the page sends
    expect(line(page, "Willa Walker")).to_contain_text("checked in ")
    expect(line(page, "Díaz")).to_contain_text("taken back")
    expect(page.locator("[data-count=walk_ins]")).to_have_text("1")
    assert Attendance.objects.in_effect().get().shown_name == "Willa Walker"
    line(page, "Willa Walker").locator("[name=undo]").click()
    expect(page.locator("[data-count=walk_ins]")).to_have_text("0")


def test_a_walk_in_that_is_refused_can_be_corrected(phone: BrowserContext, event: Event) -> None:
    page = open_door(phone, event)
    page.locator("#door-walk-in summary").click()
    page.locator("#door-walk-in [name=given_name]").fill("Willa")
    page.locator("#door-walk-in [name=contact]").fill("willa at example")
    page.locator("#door-walk-in .button").click()
    expect(page.locator("#door-waiting")).to_contain_text("Willa: Enter an address such as")
    page.get_by_role("button", name="Correct it").click()
    expect(page.locator("#door-walk-in [name=contact]")).to_have_value("willa at example")
    page.locator("#door-walk-in [name=contact]").fill("willa@example.org")
    page.locator("#door-walk-in .button").click()
    expect(line(page, "Willa")).to_contain_text("checked in ")
    expect(page.locator("#door-waiting")).to_be_hidden()


def test_whoever_was_signed_out_is_told_and_loses_nothing(phone: BrowserContext, event: Event) -> None:
    page = open_door(phone, event)
    cookies = phone.cookies()
    phone.clear_cookies()
    line(page, "Díaz").locator("[name=check_in]").click()
    expect(page.locator("#door-waiting")).to_contain_text("what you pressed is kept")
    phone.add_cookies(cookies)  # type: ignore[arg-type]
    page.reload()
    expect(line(page, "Díaz")).to_contain_text("checked in ")


def test_on_the_page_of_the_sheet_enter_moves_on(phone: BrowserContext, event: Event) -> None:
    page = phone.new_page()
    page.goto(f"/organize/events/{event.pk}/door/paper/")
    page.locator("[name=line-0-given_name]").fill("Ada")
    page.keyboard.press("Enter")
    expect(page.locator("[name=line-0-family_name]")).to_be_focused()
