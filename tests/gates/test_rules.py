"""The gates themselves: each notices a page that breaks its rule, and lets a page be that keeps it."""

import pytest
from playwright.sync_api import Error, Page
from pytest_django.live_server_helper import LiveServer

from tests.browser import NewContext, skip_but_not_in_ci

from . import rules
from .html_checker import HtmlChecker

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SOUND = """<!doctype html><html lang="en"><head><title>Sound</title></head>
<body><main><h1>Sound</h1><p>A sentence with <a href="/a">a link</a> in it.</p>
<p><a href="/b" style="display: inline-block; padding: 20px">A link by itself</a></p></main></body></html>"""


def test_a_sound_page_passes(page: Page, checker: HtmlChecker | str) -> None:
    page.set_content(SOUND)
    assert rules.accessibility_faults(page) == []
    assert rules.target_faults(page) == []
    assert rules.overflow_faults(page) == []
    if isinstance(checker, HtmlChecker):
        assert checker.faults(SOUND.encode()) == []


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("<h1>No alternative text</h1><img src='data:,'>", "image-alt"),
        ("<h1>Grey on white</h1><p style='color: #aaa; background: #fff'>Hard to read</p>", "color-contrast"),
        ("<h1>A field without a name</h1><input>", "label"),
        ("<h1>Levels left out</h1><h4>Four</h4>", "heading-order"),
        ("<h1>Small and close</h1>" + "<button style='width: 8px; height: 8px'>x</button>" * 2, "target-size"),
    ],
)
def test_axe_notices_what_keeps_people_out(page: Page, body: str, rule: str) -> None:
    page.set_content(f"<!doctype html><html lang='en'><title>x</title><body><main>{body}</main></body></html>")
    assert any(fault.startswith(rule) for fault in rules.accessibility_faults(page))


def test_colours_that_are_too_close_in_the_dark_only_are_noticed_there(page: Page) -> None:
    style = "p { color: #000; background: #fff } @media (prefers-color-scheme: dark) { p { color: #eee } }"
    page.set_content(SOUND.replace("</head>", f"<style>{style}</style></head>"))
    assert rules.accessibility_faults(page) == []
    page.emulate_media(color_scheme="dark")
    assert any(fault.startswith("color-contrast") for fault in rules.colour_faults(page))


@pytest.mark.parametrize(
    ("body", "is_small"),
    [
        ("<p><a href='/'>Home</a></p>", True),
        ("<p>Go to <a href='/'>the home page</a>.</p>", False),
        ("<ul><li><a href='/a'>A</a> · <a href='/b'>B</a></li></ul>", True),
        ("<button style='width: 43px; height: 60px'>x</button>", True),
        ("<button style='width: 44px; height: 44px'>x</button>", False),
        ("<button style='width: 20px; height: 20px; display: none'>x</button>", False),
        ("<input type='checkbox' id='c'><label for='c'>small</label>", True),
        (
            "<input type='checkbox' id='c'><label for='c' style='padding: 15px; display: inline-block'>big</label>",
            False,
        ),
        ("<div style='position: relative; height: 60px'><a href='/' class='card'>All of it</a></div>", False),
    ],
)
def test_small_targets_are_noticed(page: Page, body: str, is_small: bool) -> None:
    card = ".card::after { content: ''; position: absolute; inset: 0 }"
    page.set_content(f"<!doctype html><style>{card}</style><body>{body}</body>")
    assert bool(rules.target_faults(page)) == is_small


def test_what_is_too_wide_for_a_small_phone_is_noticed(page: Page) -> None:
    page.set_content(SOUND.replace("<main>", "<main><p style='width: 330px'>wide</p>"))
    assert any("reaches" in fault for fault in rules.overflow_faults(page))


def test_invalid_html_is_noticed(checker: HtmlChecker | str) -> None:
    if isinstance(checker, str):
        skip_but_not_in_ci(checker)
    assert checker.faults(SOUND.replace("</h1>", "").encode())


def test_a_page_that_is_not_quiet_is_noticed(new_context: NewContext) -> None:
    page = new_context().new_page()
    traffic = rules.Traffic(page)
    page.goto("/gates/loud/")
    faults = "\n".join(traffic.faults())
    assert "asks another host: http://elsewhere.example/" in faults
    assert "CSP: script-src-elem refuses inline" in faults
    assert "404 for " in faults
    assert "console: " in faults
    assert traffic.weight() > 20_000


def test_the_browser_reaches_no_other_host(page: Page, live_server: LiveServer) -> None:
    """Not even one that is there: this machine itself, by another name than ours."""
    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        page.goto(live_server.url.replace("localhost", "127.0.0.1"))


def test_what_only_javascript_brings_is_noticed(new_context: NewContext) -> None:
    said = []
    for is_on in (True, False):
        page = new_context(java_script_enabled=is_on).new_page()
        page.goto("/gates/loud/")
        said.append(set(rules.contents(page)))
    assert said[0] - said[1] == {"h2 Brought by a script"}
