"""What the gates share."""

from collections.abc import Iterator

import pytest
from django.test import override_settings
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from . import html_checker
from .html_checker import HtmlChecker
from .window import Window


@pytest.fixture(scope="session")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HtmlChecker | str]:
    """The HTML checker; or, in words, what is missing for it here."""
    missing = html_checker.install()
    if missing:
        yield missing
        return
    with html_checker.html_checker(tmp_path_factory.mktemp("html-checker")) as running:
        yield running


@pytest.fixture(scope="session")
def window(browser: Browser, live_server: LiveServer) -> Iterator[Window]:
    """The window of this worker."""
    opened = Window(browser, live_server.url)
    yield opened
    opened.close()


@pytest.fixture(scope="module", autouse=True)
def _addresses_of_the_gates() -> Iterator[None]:
    """The site's addresses and those of tests.gates.urls. Once, for Django reads all addresses anew at each change."""
    with override_settings(ROOT_URLCONF="tests.gates.urls"):
        yield
