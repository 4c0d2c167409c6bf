"""The page with the interactive map in real Chromium: pressing, the keyboard, without JavaScript, dark, 320 px."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser import NewContext, tab_to
from tests.factories import make_group

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
READY = ".map-cluster, .map-group"


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
    page.goto(f"/groups/map/{query}")
    page.locator(READY).first.wait_for()
    page.locator(".map-state").first.wait_for(state="attached")


@pytest.fixture
def watched(page: Page) -> Iterator[Page]:
    """A page whose errors in the console (CSP violations are among them) and whose requests to others fail the test."""
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: wrong.append(request.url) if "localhost" not in request.url else None)
    yield page
    assert wrong == []


@pytest.mark.usefixtures("groups")
def test_the_map_shows_the_groups_and_says_how_many(watched: Page) -> None:
    open_map(watched)
    expect(watched.locator("#group-map-picture")).to_be_hidden()
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
    with watched.expect_response("**/clusters.json*"):
        watched.locator("#group-map").focus()
        for _ in range(4):
            watched.keyboard.press("ArrowRight")
    watched.wait_for_timeout(100)
    assert marker is not None
    assert marker.evaluate("element => element.isConnected")


@pytest.mark.usefixtures("groups")
def test_every_target_is_large_enough(watched: Page) -> None:
    open_map(watched, "?near=01608")
    watched.get_by_role("button", name="Worcester people").click()
    watched.locator(".leaflet-popup").wait_for()
    for target in watched.locator("#group-map :is(a, [role=button])").all():
        box = target.bounding_box()
        assert box is not None
        assert box["height"] >= 44, target.get_attribute("class")


@pytest.mark.usefixtures("groups")
def test_a_server_that_does_not_answer_is_told(page: Page) -> None:
    page.route("**/clusters.json*", lambda route: route.abort())
    page.goto("/groups/map/")
    expect(page.get_by_role("status")).to_contain_text("could not be loaded")


@pytest.mark.usefixtures("groups")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(new_context: NewContext, scheme: str) -> None:
    page = new_context(color_scheme=scheme).new_page()
    open_map(page, "?near=01608")
    page.get_by_role("button", name="Worcester people").click()
    page.locator(".leaflet-popup").wait_for()
    assert [
        (violation["id"], [node["html"] for node in violation["nodes"]])
        for violation in Axe().run(page).response["violations"]
    ] == []


@pytest.mark.usefixtures("groups")
def test_a_narrow_phone_does_not_scroll_sideways(new_context: NewContext) -> None:
    page = new_context(viewport={"width": 320, "height": 640}).new_page()
    open_map(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


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
def test_whoever_crosses_the_pacific_finds_guam(watched: Page) -> None:
    open_map(watched)
    watched.locator("#group-map").focus()
    for _ in range(3):
        watched.keyboard.press("-")
        watched.wait_for_timeout(100)
    expect(watched.get_by_role("status")).to_contain_text("9 groups")
