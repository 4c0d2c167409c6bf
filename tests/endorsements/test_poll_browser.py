"""A group's ballot in a real browser: by the keyboard alone, and the board that renews itself."""

import pytest
from playwright.sync_api import expect

from foundation.accounts.models import StaffTask
from tests.browser import NewContext, tab_to
from tests.factories import make_contact, make_staff

from .polling import cast_for, choice_of, groups_of, make_open_poll

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_contact_casts_and_changes_the_ballot_without_a_mouse(new_context: NewContext) -> None:
    poll = make_open_poll()
    group = groups_of(poll)[0]
    page = new_context(user=make_contact(group)).new_page()
    page.goto(f"/organize/groups/{group.slug}/polls/{poll.slug}/")
    tab_to(page, "Candidate A")
    page.keyboard.press("Space")
    tab_to(page, "Continue")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Check your group’s ballot")).to_be_visible()
    tab_to(page, "Cast the ballot")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your ballot is cast")).to_be_visible()
    assert poll.ballots.get().choice == choice_of(poll, 1)
    tab_to(page, "Change the ballot")
    page.keyboard.press("Enter")
    tab_to(page, "Candidate A")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    tab_to(page, "Change the ballot")
    page.keyboard.press("Enter")
    expect(page.get_by_text("cast 2 times")).to_be_visible()
    assert poll.ballots.get().choice == choice_of(poll, 2)


def test_the_board_renews_its_figures_by_itself(new_context: NewContext) -> None:
    poll = make_open_poll()
    page = new_context(user=make_staff(StaffTask.ENDORSEMENTS)).new_page()
    page.goto(f"/national/polls/{poll.pk}/")
    expect(page.get_by_text("0 of 3 groups have cast")).to_be_visible()
    cast_for(poll, groups_of(poll)[0], 1)
    assert page.locator("#figures").get_attribute("data-hx-trigger") == "every 15s"
    page.evaluate("htmx.ajax('GET', document.querySelector('#figures').dataset.hxGet, {source: '#figures'})")
    expect(page.get_by_text("1 of 3 groups have cast")).to_be_visible()
