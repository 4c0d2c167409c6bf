"""A volunteer looks for a group: with the keyboard alone, in Spanish, without JavaScript, and where there is none."""

import re
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from affiliates.listing import list_group
from affiliates.models import Group, GroupStatus, PlaceWatch
from affiliates.watches import tell_watchers
from foundation.mail.models import OutgoingMail
from tests.browser import NewContext, tab_to
from tests.factories import make_contact, make_group, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def group() -> Group:
    """A group in Cambridge that two people answer for, with another one further away."""
    group = make_group("Table of Plenty", about="We cook together.")
    make_contact(group, "one@example.org")
    make_contact(group, "two@example.org")
    make_group("Worcester people", near="01608")
    return group


def link_in(mail: OutgoingMail, path: str) -> str:
    """The path and query of the link in this mail that begins with `path`."""
    found = re.search(rf"https?://\S*{path}\S+", mail.text)
    assert found, mail.text
    return urlsplit(found[0]).path


def test_the_keyboard_alone_finds_a_group_and_writes_to_it(page: Page, group: Group) -> None:
    page.goto("/")
    tab_to(page, "ZIP code, or city and state")
    page.keyboard.type("02139")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Groups near 02139, Cambridge, MA")
    names = page.locator(".result-title").all_inner_texts()
    assert names == ["Table of Plenty", "Worcester people"]
    tab_to(page, "Table of Plenty")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Table of Plenty")
    tab_to(page, "Write to the group")
    page.keyboard.press("Enter")
    tab_to(page, "Your name")
    page.keyboard.type("Ada Díaz")
    tab_to(page, "Your e-mail address")
    page.keyboard.type("ada@example.org")
    tab_to(page, "Your message")
    page.keyboard.type("I want to help.")
    tab_to(page, "Send")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Your message is on its way to Table of Plenty.")
    mails = OutgoingMail.objects.order_by("to_email")
    assert [mail.to_email for mail in mails] == ["one@example.org", "two@example.org"]
    assert all("I want to help." in mail.text and mail.reply_to == "ada@example.org" for mail in mails)


def test_the_join_button_is_on_the_first_screen_of_a_phone(page: Page, group: Group) -> None:
    page.goto(group.get_absolute_url())
    expect(page.get_by_role("link", name="Write to the group")).to_be_in_viewport(ratio=1)


def test_a_mistake_leads_to_its_field_and_loses_nothing(page: Page, group: Group) -> None:
    page.goto(f"{group.get_absolute_url()}contact/")
    page.get_by_label("Your e-mail address").fill("no address")
    page.get_by_label("Your message").fill("I want to help.")
    page.get_by_role("main").get_by_role("button", name="Send").click()
    summary = page.get_by_role("alert")
    expect(summary.get_by_role("heading")).to_have_text("There is a problem")
    expect(summary).to_be_focused()
    expect(page).to_have_title(re.compile("^Error: "))
    expect(page.get_by_label("Your message")).to_have_value("I want to help.")
    link = summary.get_by_role("link").nth(1)
    words = link.inner_text()
    link.click()
    field = page.get_by_label("Your e-mail address")
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description(re.compile(re.escape(words)))
    assert not OutgoingMail.objects.exists()


def test_without_javascript_a_group_is_found_and_written_to(plain_page: Page, group: Group) -> None:
    plain_page.goto("/")
    expect(plain_page.get_by_role("button", name="Use my location")).to_be_hidden()
    plain_page.get_by_label("ZIP code, or city and state").fill("cambridge ma")
    plain_page.get_by_role("main").get_by_role("button", name="Find a group").click()
    plain_page.get_by_role("link", name="Table of Plenty").click()
    plain_page.get_by_role("link", name="Write to the group").click()
    plain_page.get_by_label("Your name").fill("Ada")
    plain_page.get_by_label("Your e-mail address").fill("ada@example.org")
    plain_page.get_by_label("Your message").fill("I want to help.")
    plain_page.get_by_role("main").get_by_role("button", name="Send").click()
    expect(plain_page.get_by_role("status")).to_contain_text("Your message is on its way")
    assert OutgoingMail.objects.count() == 2


def test_somebody_who_reads_spanish_finds_a_group_and_is_told_in_spanish(page: Page, group: Group) -> None:
    page.goto("/groups/?near=59301")
    english = page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("button", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    assert urlsplit(page.url).query == "near=59301"  # the same page, and what was looked for
    assert page.get_by_role("heading", level=1).inner_text() != english
    page.locator("main a[href^='/groups/tell-me/']").first.click()
    page.locator("[name=email]").fill("ada@example.org")
    page.locator("main form button").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    mail = OutgoingMail.objects.get()
    assert mail.language == "es"
    assert "Somebody" not in mail.text


def test_a_browser_set_to_spanish_needs_no_press(new_context: NewContext) -> None:
    page = new_context(locale="es-MX").new_page()
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("lang", "es")


def test_where_nobody_is_near_a_volunteer_is_told_when_a_group_starts(page: Page) -> None:
    make_group("Boston people")
    page.goto("/groups/?near=59301")
    expect(page.get_by_role("heading", name="No group within 50 miles of 59301, Miles City, MT yet")).to_be_visible()
    expect(page.get_by_role("link", name="Boston people")).to_be_visible()
    page.get_by_role("link", name="Tell me when there is one").click()
    expect(page.get_by_label("ZIP code, or city and state")).to_have_value("59301")
    page.get_by_label("Your e-mail address").fill("Ada@Example.org")
    page.get_by_role("button", name="Tell me").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your e-mail")

    link = link_in(OutgoingMail.objects.get(to_email="ada@example.org"), "/groups/tell-me/")
    page.goto(link)
    assert PlaceWatch.objects.get().confirmed_at is None  # opening a link changes nothing
    page.get_by_role("button", name="Yes, tell me").click()
    expect(page.get_by_text("We will tell you when a group within 50 miles starts.")).to_be_visible()

    group = make_group("Badlands", near="59301", status=GroupStatus.FORMING, watchers_told_at=None)
    list_group(group=group, actor=make_user(), now=timezone.now())
    tell_watchers(group_id=group.pk, now=timezone.now())
    mail = OutgoingMail.objects.latest("pk")
    assert mail.to_email == "ada@example.org"
    page.goto(link_in(mail, "/groups/badlands" if "/groups/badlands" in mail.text else "/groups/group-"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Badlands")


# --- the place that the browser knows -----------------------------------------------------------------------

CAMBRIDGE = {"latitude": 42.3647, "longitude": -71.1042}
_COUNT_QUESTIONS = """
    window.questions = 0;
    const ask = navigator.geolocation.getCurrentPosition.bind(navigator.geolocation);
    navigator.geolocation.getCurrentPosition = (...answers) => { window.questions += 1; ask(...answers); };
"""


def page_that_counts_questions(context: BrowserContext) -> Page:
    page = context.new_page()
    page.add_init_script(_COUNT_QUESTIONS)
    page.goto("/")
    return page


def test_the_browser_is_asked_for_the_location_only_on_a_press(new_context: NewContext, group: Group) -> None:
    page = page_that_counts_questions(new_context(geolocation=CAMBRIDGE, permissions=["geolocation"]))
    page.wait_for_load_state("networkidle")
    assert page.evaluate("() => window.questions") == 0
    page.get_by_role("button", name="Use my location").click()
    expect(page.get_by_role("link", name="Table of Plenty")).to_be_visible()
    # Rounded, so that the address tells the neighbourhood and not the house.
    assert urlsplit(page.url).query == "near=42.36%2C-71.10"


def test_a_refused_location_is_said_and_the_field_still_works(new_context: NewContext, group: Group) -> None:
    page = page_that_counts_questions(new_context(permissions=[]))
    page.get_by_role("button", name="Use my location").click()
    expect(page.get_by_role("status")).to_contain_text("Type a ZIP code instead")
    page.get_by_label("ZIP code, or city and state").fill("02139")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Table of Plenty")).to_be_visible()
