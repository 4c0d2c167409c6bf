"""Planning an event in real Chromium: the form that follows how people come, and the map that sets the point."""

import pytest
from playwright.sync_api import Page, expect

from affiliates.models import Group
from events.models import Event
from tests.browser import NewContext
from tests.factories import make_contact, make_group

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def group() -> Group:
    return make_group()


@pytest.fixture
def form(group: Group, new_context: NewContext) -> Page:
    page = new_context(user=make_contact(group)).new_page()
    page.goto(f"/organize/groups/{group.slug}/events/new/")
    return page


def test_what_does_not_apply_is_not_there(form: Page) -> None:
    place, link = form.get_by_label("ZIP code, or city and state"), form.get_by_label("Link to join")
    zone = form.get_by_label("By the clocks of")
    expect(place).to_be_visible()
    expect(link).to_be_hidden()
    expect(zone).to_be_hidden()
    form.get_by_label("online", exact=True).check()
    expect(place).to_be_hidden()
    expect(link).to_be_visible()
    expect(zone).to_be_visible()
    form.get_by_label("in person and online").check()
    expect(place).to_be_visible()
    expect(link).to_be_visible()


def test_a_draft_takes_a_minute(form: Page) -> None:
    """Title, kind, when, where: eight fields and a press."""
    form.get_by_label("Title", exact=True).fill("Monthly meeting")
    form.get_by_label("Kind of event").select_option("training")
    form.get_by_label("Date").fill("2099-06-09")
    form.get_by_label("Begins at").fill("18:30")
    form.get_by_label("Ends at").fill("20:30")
    form.get_by_label("ZIP code, or city and state").fill("02139")
    form.get_by_role("button", name="Save the draft").click()
    form.wait_for_url("**/organize/events/*/")
    event = Event.objects.get()
    assert (event.kind, event.place_name, f"{event.local_start:%H:%M}") == ("training", "Cambridge, MA", "18:30")


def test_the_map_sets_the_point_by_keys_and_by_pressing(form: Page) -> None:
    form.get_by_text("Set the point on the map").click()
    latitude, longitude = form.get_by_label("Latitude"), form.get_by_label("Longitude")
    latitude.fill("42.36")
    longitude.fill("-71.10")
    form.get_by_role("button", name="Set it on a map").click()
    form.locator("#group-map .map-you").wait_for()
    assert (latitude.input_value(), longitude.input_value()) == ("42.36", "-71.10")  # looking changes nothing
    form.locator("#group-map").press("ArrowUp")
    expect(form.locator("#group-map-status")).to_contain_text("The point is at 42.")
    north, east = latitude.input_value(), longitude.input_value()
    assert float(north) > 42.36
    form.locator("#group-map").click(position={"x": 300, "y": 250})
    expect(longitude).not_to_have_value(east)
    assert float(longitude.input_value()) > float(east)
    latitude.fill("40")
    latitude.press("Tab")
    assert latitude.input_value() == "40"
