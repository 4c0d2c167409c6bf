"""The page with the interactive map in real Chromium: pressing, the keyboard, without JavaScript, dark, 320 px."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser import NewContext, tab_to
from tests.factories import make_group
from tests.gates.rules import Traffic, accessibility_faults, overflow_faults, target_faults

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
READY = ".map-cluster, .map-group"
FETCHED_FOR_THE_MAP = """() => performance.getEntriesByType("resource").map((it) => it.name)
    .filter((name) => /leaflet|us-states/.test(name))"""


@pytest.fixture
def groups() -> None:
    for name, near in [
        ("Boston people", "02139"),
        ("Cambridge people", "02139"),
        ("Worcester people", "01608"),
        ("Nashua people", "03060"),
        ("Seattle people", "98101"),
        ("Anchorage people", "99501"),
        ("Ponce people", "00730"),
        ("Guam people", "96910"),
        ("Paris people", "Paris, France"),
    ]:
        make_group(name, near=near)


def open_map(page: Page, query: str = "") -> None:
    page.goto(f"/groups/map/{query}#live")
    page.locator(READY).first.wait_for()
    page.locator(".map-state").first.wait_for(state="attached")


@pytest.fixture
def watched(page: Page) -> Iterator[Page]:
    """A page that asks nobody else, breaks no content security policy, and complains of nothing."""
    traffic = Traffic(page)
    yield page
    assert traffic.faults() == []


@pytest.mark.usefixtures("groups")
def test_the_map_shows_the_groups_and_says_how_many(watched: Page) -> None:
    open_map(watched)
    expect(watched.locator("#group-map-picture")).to_be_hidden()
    expect(watched.locator("#group-map")).to_be_focused()
    # The lower 48 on a phone; Alaska, Puerto Rico, Guam and Paris lie beyond.
    expect(watched.get_by_role("status")).to_contain_text(re.compile(r"On the map now: \d groups\."))
    assert watched.locator(".map-state").count() >= 56


@pytest.mark.usefixtures("groups")
def test_pressing_a_cluster_comes_closer_until_the_groups_have_names(watched: Page) -> None:
    open_map(watched)
    watched.get_by_role("button", name=re.compile("^4 groups")).click()
    watched.get_by_role("button", name="Worcester people").wait_for()
    watched.get_by_role("button", name=re.compile("^2 groups")).click()
    popup = watched.locator(".leaflet-popup-content")
    expect(popup.get_by_role("link")).to_have_text(["Boston people", "Cambridge people"])
    expect(popup.get_by_role("link").first).to_be_focused()


@pytest.mark.usefixtures("groups")
def test_the_keyboard_reaches_a_group_and_its_page(watched: Page) -> None:
    open_map(watched, "?near=01608")
    tab_to(watched, "Worcester people, Worcester, MA")
    watched.keyboard.press("Enter")
    expect(watched.get_by_role("link", name="Worcester people")).to_be_focused()
    watched.keyboard.press("Escape")
    expect(watched.locator(".leaflet-popup")).to_have_count(0)
    expect(watched.locator("#group-map")).to_be_focused()
    tab_to(watched, "Worcester people, Worcester, MA")
    watched.keyboard.press("Space")
    watched.keyboard.press("Enter")
    expect(watched.locator("h1")).to_have_text("Worcester people")


@pytest.mark.usefixtures("groups")
def test_markers_stay_when_the_map_moves_a_little(watched: Page) -> None:
    open_map(watched, "?near=01608")
    marker = watched.get_by_role("button", name="Worcester people").element_handle()
    watched.locator("#group-map").focus()
    for _ in range(4):
        watched.keyboard.press("ArrowRight")
    watched.wait_for_function(
        "() => performance.getEntriesByType('resource').filter((it) => it.name.includes('clusters.json')).length > 1"
    )
    expect(watched.get_by_role("status")).to_contain_text("groups")
    assert marker is not None
    assert marker.evaluate("element => element.isConnected")


@pytest.mark.usefixtures("groups")
def test_every_target_is_large_enough(watched: Page) -> None:
    open_map(watched, "?near=01608")
    watched.get_by_role("button", name="Worcester people").click()
    watched.locator(".leaflet-popup").wait_for()
    assert target_faults(watched) == []


@pytest.mark.usefixtures("groups")
def test_nothing_of_it_is_fetched_before_somebody_asks(page: Page) -> None:
    page.goto("/groups/map/")
    button = page.get_by_role("button", name="Move and zoom the map")
    expect(button).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert page.evaluate(FETCHED_FOR_THE_MAP) == []
    button.click()
    page.locator(READY).first.wait_for()
    assert len(page.evaluate(FETCHED_FOR_THE_MAP)) == 3


@pytest.mark.usefixtures("groups")
def test_groups_that_cannot_be_loaded_are_told(page: Page) -> None:
    page.route("**/clusters.json*", lambda route: route.abort())
    page.goto("/groups/map/#live")
    expect(page.get_by_role("status")).to_contain_text("could not be loaded")


@pytest.mark.usefixtures("groups")
def test_a_map_that_cannot_be_loaded_leaves_the_picture(page: Page) -> None:
    page.route("**/leaflet.js", lambda route: route.abort())
    page.goto("/groups/map/#live")
    expect(page.get_by_role("status")).to_contain_text("could not be loaded")
    expect(page.get_by_role("img", name="Map of the groups")).to_be_visible()
    expect(page.get_by_role("button", name="Move and zoom the map")).to_be_enabled()


@pytest.mark.usefixtures("groups")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(new_context: NewContext, scheme: str) -> None:
    page = new_context(color_scheme=scheme).new_page()
    open_map(page, "?near=01608")
    page.get_by_role("button", name="Worcester people").click()
    page.locator(".leaflet-popup").wait_for()
    assert accessibility_faults(page) == []


@pytest.mark.usefixtures("groups")
def test_a_narrow_phone_does_not_scroll_sideways(new_context: NewContext) -> None:
    page = new_context().new_page()
    open_map(page)
    assert overflow_faults(page) == []


@pytest.mark.usefixtures("groups")
def test_without_javascript_there_is_the_picture_and_the_table(plain_page: Page) -> None:
    plain_page.goto("/groups/map/?near=02139")
    picture = plain_page.get_by_role("img", name="Map of the groups around")
    picture.scroll_into_view_if_needed()
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1040
    expect(plain_page.locator("#group-map")).to_be_hidden()
    expect(plain_page.get_by_role("row", name="Massachusetts 3")).to_be_visible()


@pytest.mark.usefixtures("groups")
def test_zoomed_out_the_map_shows_them_all_across_the_date_line_too(new_context: NewContext) -> None:
    page = new_context(viewport={"width": 1280, "height": 900}).new_page()
    open_map(page)
    page.locator("#group-map").focus()
    for _ in range(3):
        page.keyboard.press("-")
    expect(page.get_by_role("status")).to_contain_text("9 groups")
