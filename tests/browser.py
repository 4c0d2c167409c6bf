"""Real Chromium for tests. A pytest plugin: tests/conftest.py loads it.

One browser serves a whole xdist worker; each test gets contexts of its own (cookies, cache, language).
"""

import asyncio
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

import pytest
from django.conf import settings
from playwright._impl import _sync_base  # no public way leads to _loop_hidden_between_calls
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from config import chromium

if TYPE_CHECKING:  # plugins are loaded before Django is set up
    from foundation.accounts.models import User

_ARGUMENTS = [
    "--no-sandbox",  # the tests may run as root, and visit no site but ours
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",  # no page reaches another host, whatever it asks for
    # One process shows all pages of a worker, and one does the rest: to start and ask others takes longer than a page.
    "--process-per-site",
    "--disable-site-isolation-trials",
    "--disable-features=ProactivelySwapBrowsingInstance,BackForwardCache,IsolateOrigins,site-per-process",
    "--enable-features=NetworkServiceInProcess2",
    "--in-process-gpu",
    "--num-raster-threads=1",
]
PHONE = {"width": 390, "height": 844}


class NewContext(Protocol):
    """Opens a browser context on the live server: `new_context(user=…, language="es", java_script_enabled=False)`."""

    def __call__(self, *, user: "User | None" = None, language: str = "", **options: Any) -> BrowserContext: ...


def skip_but_not_in_ci(message: str) -> NoReturn:
    """Skip the test because this machine lacks something, as `message` says; where CI=true fail instead."""
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The worker's browser."""
    path = chromium.chromium_path()
    if path is None:
        skip_but_not_in_ci(chromium.MISSING)
    with _loop_hidden_between_calls(), sync_playwright() as playwright:
        loop = asyncio.get_running_loop()
        asyncio.set_event_loop(loop)  # where playwright puts what it does in the background
        asyncio._set_running_loop(None)
        yield playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        asyncio._set_running_loop(loop)  # to end playwright, which closes the browser
    asyncio.set_event_loop(None)


@contextmanager
def _loop_hidden_between_calls() -> Iterator[None]:
    """Keep playwright's event loop out of sight of whatever runs between two of its synchronous calls.

    Those calls run a loop in another greenlet of this thread and leave it marked as the running one. Django would
    take the test for a coroutine: it refuses queries, and where DJANGO_ALLOW_ASYNC_UNSAFE makes it give way, it
    opens a second connection that nobody closes. So the mark is put back to what it was before each call.
    """
    wait = _sync_base.wait_for_future  # type: ignore[attr-defined]

    def wait_unseen(loop: asyncio.AbstractEventLoop, *arguments: Any) -> None:
        before = asyncio._get_running_loop()  # the loop itself where an event handler makes the call
        asyncio._set_running_loop(loop)
        try:
            wait(loop, *arguments)
        finally:
            asyncio._set_running_loop(before)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_sync_base, "wait_for_future", wait_unseen)
        yield


@pytest.fixture
def new_context(browser: Browser, live_server: LiveServer) -> Iterator[NewContext]:
    """A function that opens contexts on the live server: a phone, English, nobody signed in, unless said otherwise."""
    asyncio.set_event_loop(browser._impl_obj._loop)  # a test before may have taken it away by an asyncio.run of its own
    opened: list[BrowserContext] = []

    def new_context(*, user: "User | None" = None, language: str = "", **options: Any) -> BrowserContext:
        usual: dict[str, Any] = {
            "base_url": live_server.url,
            "viewport": PHONE,
            "locale": "en-US",
            "reduced_motion": "reduce",
            "service_workers": "block",
        }
        context = browser.new_context(**{**usual, **options})
        context.set_default_timeout(10_000)
        opened.append(context)
        if user:
            from tests.signing_in import session_of

            _set_cookies(context, live_server, {settings.SESSION_COOKIE_NAME: session_of(user)})
        if language:
            _set_cookies(context, live_server, {settings.LANGUAGE_COOKIE_NAME: language})
        return context

    yield new_context
    for context in opened:
        context.close()


def _set_cookies(context: BrowserContext, server: LiveServer, cookies: Mapping[str, str]) -> None:
    context.add_cookies([{"name": name, "value": value, "url": server.url} for name, value in cookies.items()])


@pytest.fixture
def page(new_context: NewContext) -> Page:
    """A page in a context of its own."""
    return new_context().new_page()


@pytest.fixture
def plain_page(new_context: NewContext) -> Page:
    """A page in a browser without JavaScript."""
    return new_context(java_script_enabled=False).new_page()


def tab_to(page: Page, name: str, *, at_most: int = 40) -> None:
    """Move the focus with the Tab key to what a screen reader calls `name`; fails when it is not reached.

    Also fails where the focus is not visible: whoever uses the keyboard must see where they are.
    """
    for _ in range(at_most):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() and _name_of(page) == name:
            assert focused.evaluate(_HAS_VISIBLE_FOCUS), f"the focus on “{name}” cannot be seen"
            return
    raise AssertionError(f"the Tab key does not reach “{name}”")


def _name_of(page: Page) -> str:
    """What the focused element is called, roughly as the accessible-name computation has it."""
    return str(page.evaluate(_NAME_OF_FOCUSED)).strip()


_NAME_OF_FOCUSED = """() => {
    const e = document.activeElement;
    const text = e.getAttribute("aria-label") || (e.labels && e.labels[0]?.innerText) || e.innerText || e.title || "";
    return text.replace(/\\s+/g, " ");
}"""
_HAS_VISIBLE_FOCUS = """e => {
    const style = getComputedStyle(e);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== "none";
}"""
