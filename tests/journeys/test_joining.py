"""Somebody joins: on a phone, with the keyboard alone, without JavaScript, from another site; and an organizer asks."""

import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from affiliates.models import Group, RosterEntry, SignUpForm
from foundation.mail.models import OutgoingMail
from members.consent import standing_consents
from members.models import Person
from tests.affiliates.signing_up import link_in, make_form
from tests.browser import NewContext, tab_to
from tests.factories import make_contact, make_group

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def group() -> Group:
    return make_group("Table of Plenty", about="We cook together.")


def test_the_keyboard_alone_joins_a_group_from_its_page(page: Page, group: Group) -> None:
    page.goto(group.get_absolute_url())
    expect(page.get_by_role("link", name="Join Table of Plenty")).to_be_in_viewport(ratio=1)
    tab_to(page, "Join Table of Plenty")
    page.keyboard.press("Enter")
    for label, text in (("First name", "Ada"), ("E-mail address", "ada@example.org")):
        tab_to(page, label)
        page.keyboard.type(text)
    tab_to(page, "Table of Plenty may write to me by e-mail.")
    page.keyboard.press("Space")
    tab_to(page, "Join")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your e-mail")
    page.goto(link_in(OutgoingMail.objects.get()))
    assert not Person.objects.exists()
    tab_to(page, "Yes, confirm")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    expect(page.get_by_role("main")).to_contain_text("You are on the roster of Table of Plenty.")
    assert RosterEntry.objects.get().group == group


def test_without_javascript_somebody_joins_and_chooses_a_group_nearby(plain_page: Page, group: Group) -> None:
    plain_page.goto("/join/")
    plain_page.get_by_label("First name").fill("Ada")
    plain_page.get_by_label("E-mail address", exact=True).fill("ada@example.org")
    plain_page.get_by_label("ZIP code", exact=True).fill("02138")
    plain_page.get_by_label("Send me news").check()
    plain_page.get_by_role("button", name="Join").click()
    expect(plain_page.get_by_role("heading", level=1)).to_have_text("The groups near you")
    plain_page.get_by_label("to the organizers of Table of Plenty").check()
    plain_page.get_by_role("button", name="Join").click()
    plain_page.goto(link_in(OutgoingMail.objects.get()))
    plain_page.get_by_role("button", name="Yes, confirm").click()
    expect(plain_page.get_by_role("heading", level=1)).to_have_text("Thank you")
    purposes = [consent.purpose for consent in standing_consents(Person.objects.get())]
    assert purposes == ["network_mail", "sharing"]


def test_an_organizer_makes_a_form_without_javascript_and_sees_who_signed_up(
    new_context: NewContext, plain_page: Page, group: Group
) -> None:
    page = new_context(user=make_contact(group), java_script_enabled=False).new_page()
    page.goto("/organize/")
    page.get_by_role("link", name="Go to the group").click()
    page.get_by_role("link", name="Sign-up forms").click()
    page.get_by_role("link", name="Make the first one").click()
    page.get_by_label("Title").fill("Help at the table")
    page.get_by_role("button", name="Go on").click()
    for text in ("Do you drive?", "Why do you come?"):
        page.get_by_label("Question", exact=True).fill(text)
        page.get_by_role("button", name="Add the question").click()
    page.get_by_role("button", name=re.compile("Up.*Why do you come?")).click()
    asked = [question.text for question in SignUpForm.objects.get().questions.all()]
    assert asked == ["Why do you come?", "Do you drive?"]

    plain_page.goto("/forms/help-at-the-table/")
    plain_page.get_by_label("First name").fill("Ada")
    plain_page.get_by_label("E-mail address", exact=True).fill("ada@example.org")
    plain_page.get_by_label("ZIP code", exact=True).fill("02139")
    plain_page.get_by_label("Why do you come?").fill("For the soup.")
    plain_page.get_by_label("Show my name").check()
    plain_page.get_by_role("button", name="Sign up").click()
    plain_page.goto(link_in(OutgoingMail.objects.get()))
    page.get_by_role("link", name="Who signed up").click()
    expect(page.get_by_role("main")).not_to_contain_text("ada@example.org")
    plain_page.get_by_role("button", name="Yes, confirm").click()
    expect(plain_page.get_by_role("heading", level=1)).to_have_text("Thank you")
    page.reload()
    expect(page.get_by_role("row", name="Ada")).to_contain_text("For the soup.")


def test_a_form_works_in_a_frame_of_another_site_and_no_other_page_does(
    new_context: NewContext, live_server: LiveServer, group: Group
) -> None:
    form = make_form(group)
    paths = (f"/forms/{form.slug}/embed/", f"/forms/{form.slug}/")
    frames = "".join(
        f'<iframe src="{live_server.url}{path}" allow="local-network-access; loopback-network"></iframe>'
        for path in paths
    )
    # The other site is made up; Chromium asks before a site reaches into this machine.
    page = new_context(permissions=["local-network-access"]).new_page()
    page.route("http://another.localhost/", lambda route: route.fulfill(content_type="text/html", body=frames))
    page.goto("http://another.localhost/")
    framed, refused = page.frame_locator("iframe >> nth=0"), page.frame_locator("iframe >> nth=1")
    framed.get_by_label("First name").fill("Ada")
    framed.get_by_label("E-mail address", exact=True).fill("ada@example.org")
    framed.get_by_label("ZIP code", exact=True).fill("02139")
    framed.get_by_role("button", name="Sign up").click()
    expect(framed.get_by_role("heading", level=1)).to_have_text("Check your e-mail")
    expect(refused.get_by_label("First name")).to_have_count(0)
    assert OutgoingMail.objects.get().to_email == "ada@example.org"
