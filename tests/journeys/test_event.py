"""A stranger finds an event, answers without an account, comes, and is a member: each in a browser of their own."""

import datetime
import re
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from events.door_codes import door_address
from events.models import Attendance, CheckedInBy, Event, Rsvp, RsvpState
from events.tickets import ticket_address
from foundation.documents.qr import qr_svg
from foundation.mail.models import OutgoingMail
from members.models import Membership, Person
from tests.accounts.mails import code_in, latest_mail
from tests.browser import NewContext, tab_to
from tests.events.making import make_event
from tests.factories import make_contact, make_group

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ADA, GRACE = "ada@example.org", "grace@example.org"


@pytest.fixture
def event(transactional_db: None) -> Event:
    """A soup night in Cambridge that begins in an hour, and another event far away."""
    make_event(make_group("Miles City people", near="59301"), near="59301", title="Far away", starts_at=in_hours(20))
    group = make_group("Table of Plenty", about="We cook together.")
    return make_event(group, title="Soup night", starts_at=in_hours(1), is_address_public=False)


def in_hours(hours: int) -> datetime.datetime:
    return timezone.now() + datetime.timedelta(hours=hours)


def link_in(mail: OutgoingMail, path: str) -> str:
    """The path of the first link of this mail that begins so."""
    found = re.search(rf"https?://[^/\s]+{path}\S*", mail.text)
    assert found, mail.text
    return urlsplit(found[0]).path


def press(page: Page, name: str) -> None:
    """Move to what is called so with the Tab key, and press Enter."""
    tab_to(page, name)
    page.keyboard.press("Enter")


def type_into(page: Page, label: str, text: str) -> None:
    tab_to(page, label)
    page.keyboard.type(text)


def scan(page: Page, address: str) -> str:
    """What a camera does with the code on the page: the path of `address`, which must be what the code says."""
    drawn = page.locator("svg.qr path").evaluate_all("paths => paths.map(path => path.getAttribute('d'))")
    assert drawn == re.findall(r' d="([^"]+)"', qr_svg(address, label=""))
    return urlsplit(address).path


def sign_in(page: Page, address: str) -> None:
    page.goto("/me/")
    page.get_by_label("E-mail address").fill(address)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Code from the e-mail").fill(code_in(latest_mail(address)))
    page.get_by_role("button", name="Sign in", exact=True).last.click()
    expect(page.get_by_text(f"You are signed in as {address}.")).to_be_visible()


def answer_without_javascript(page: Page, event: Event) -> None:
    """Grace answers on the event's page, confirms by the mailed link, and has the code of her answer before her."""
    page.goto(event.get_absolute_url())
    page.get_by_label("Your name").fill("Grace Hopper")
    page.get_by_label("E-mail address", exact=True).fill(GRACE)
    page.get_by_role("button", name="I’m going").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your e-mail")
    page.goto(link_in(latest_mail(GRACE), "/events/answers/"))
    page.get_by_role("button", name="Yes, confirm").click()
    page.get_by_role("link", name="My code for the door").click()


def test_the_keyboard_alone_answers_and_the_hosts_camera_makes_a_stranger_a_member(
    new_context: NewContext, event: Event
) -> None:
    assert event.group
    ada, host = new_context().new_page(), new_context(user=make_contact(event.group)).new_page()

    # A stranger finds the event near their ZIP code and answers it; where exactly it is only the mail says.
    ada.goto("/events/")
    type_into(ada, "ZIP code, or city and state", "02139")
    ada.keyboard.press("Enter")
    expect(ada.get_by_role("heading", level=1)).to_contain_text("02139, Cambridge, MA")
    assert ada.locator(".result-title").all_inner_texts() == ["Soup night", "Far away"]
    press(ada, "Soup night")
    expect(ada.get_by_role("main")).not_to_contain_text(event.address)
    type_into(ada, "Your name", "Ada Díaz")
    type_into(ada, "E-mail address", ADA)
    type_into(ada, "ZIP code (optional)", "02139")
    type_into(ada, "How many of you are coming? (optional)", "2")
    press(ada, "I’m going")
    expect(ada.get_by_role("heading", level=1)).to_have_text("Check your e-mail")

    # Opening the mailed link changes nothing; its button does.
    asked = OutgoingMail.objects.get()
    assert asked.to_email == ADA
    ada.goto(link_in(asked, "/events/answers/"))
    expect(ada.get_by_text("There is a place for you.")).to_be_visible()
    assert not Person.objects.filter(emails__address=ADA).exists()
    press(ada, "Yes, confirm")
    expect(ada.get_by_role("heading", level=1)).to_have_text("You are going")
    expect(ada.get_by_role("main")).to_contain_text(event.address)
    rsvp = Rsvp.objects.get()
    assert (rsvp.state, rsvp.party_size, rsvp.is_confirmed) == (RsvpState.GOING, 2, True)
    press(ada, "My code for the door")

    # The host is at the door within two presses; the camera opens the stranger's code there, and one press checks in.
    host.goto(f"/organize/groups/{event.group.slug}/")
    host.get_by_role("link", name="Check people in: Soup night").click()
    expect(host.locator(".door-line")).to_contain_text("Ada Díaz")
    host.goto(scan(ada, ticket_address(rsvp)))
    expect(host.get_by_role("heading", level=1)).to_have_text("Ada Díaz")
    host.get_by_role("button", name="Check in").click()
    expect(host.get_by_text("checked in ")).to_be_visible()
    host.get_by_role("link", name="To the list").click()
    expect(host.locator("[data-count=came]")).to_have_text("1")
    expect(host.locator("[data-count=guests]")).to_have_text("1")
    attendance = Attendance.objects.get()
    assert (attendance.how, attendance.person) == (CheckedInBy.TICKET_QR, rsvp.person)

    # They are a member at once, are told so by mail, and see the reason.
    assert "Soup night" in OutgoingMail.objects.get(purpose="now a member", to_email=ADA).text
    sign_in(ada, ADA)
    expect(ada.get_by_role("heading", name=re.compile("You are a member since"))).to_be_visible()
    expect(ada.get_by_text("You came to “Soup night”, in Cambridge, MA")).to_be_visible()
    press(ada, "All your events, and your calendar")
    expect(ada.get_by_role("heading", name="Soup night")).to_be_visible()


def test_without_javascript_the_code_at_the_door_makes_a_stranger_a_member(
    new_context: NewContext, plain_page: Page, event: Event
) -> None:
    assert event.group
    grace, host = plain_page, new_context(user=make_contact(event.group), java_script_enabled=False).new_page()
    answer_without_javascript(grace, event)

    # The code hangs at the door; her phone knows her, because she opened her own code on it.
    host.goto(f"/organize/events/{event.pk}/door/")
    host.get_by_role("link", name="Door code").click()
    grace.goto(scan(host, door_address(event)))
    grace.get_by_role("button", name="I am here: Grace Hopper").click()
    expect(grace.get_by_role("heading", level=1)).to_have_text("You are here")
    host.get_by_role("link", name="List", exact=True).click()
    expect(host.locator(".door-line")).to_contain_text("checked in ")
    assert Attendance.objects.get().how == CheckedInBy.DOOR_QR

    sign_in(grace, GRACE)
    expect(grace.get_by_text("You came to “Soup night”, in Cambridge, MA")).to_be_visible()

    # It was a mistake: the host takes it back, and the reason is gone with the membership.
    host.locator(".door-line", has_text="Grace Hopper").locator("[name=undo]").click()
    expect(host.locator("[data-count=came]")).to_have_text("0")
    assert not Membership.objects.exists()
    grace.goto("/me/")
    expect(grace.get_by_role("heading", name=re.compile("You are a member since"))).to_have_count(0)
