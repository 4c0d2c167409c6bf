"""The interactive map: what it weighs once somebody has asked for it, and that its page stands still until then."""

import pytest
from playwright.sync_api import Page

from tests.factories import make_group

from .rules import Traffic, load_all

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MOST_BYTES = 150 * 1024
"""The page with the picture, Leaflet, the outlines and the clusters, gzipped."""

_SHIFT = """() => new Promise((resolve) => {
    let sum = 0;
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) sum += entry.value; })
        .observe({ type: "layout-shift", buffered: true });
    requestAnimationFrame(() => setTimeout(() => resolve(sum), 100));
})"""


@pytest.fixture
def groups() -> None:
    for near in ("02139", "01608", "98101", "99501", "96910", "Paris, France"):
        make_group(near=near)


@pytest.mark.usefixtures("groups")
def test_the_whole_interactive_map_is_light(page: Page) -> None:
    traffic = Traffic(page)
    page.goto("/groups/map/")
    load_all(page)
    page.get_by_role("button", name="Move and zoom the map").click()
    page.locator(".map-cluster, .map-group").first.wait_for()
    page.locator(".map-state").first.wait_for(state="attached")
    assert any("leaflet.js" in response.url for response in traffic.responses)
    assert traffic.weight() <= MOST_BYTES, f"{traffic.weight() / 1024:.1f} KB gzipped"
    assert traffic.faults() == []


@pytest.mark.usefixtures("groups")
def test_nothing_moves_while_the_page_of_the_map_loads(page: Page) -> None:
    page.goto("/groups/map/")
    load_all(page)
    page.wait_for_load_state("networkidle")
    assert page.evaluate(_SHIFT) < 0.01
