"""What the gates share."""

from collections.abc import Iterator

import pytest

from . import html_checker
from .html_checker import HtmlChecker


@pytest.fixture(scope="session")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HtmlChecker | str]:
    """The HTML checker; or, in words, what is missing for it here."""
    missing = html_checker.install()
    if missing:
        yield missing
        return
    with html_checker.html_checker(tmp_path_factory.mktemp("html-checker")) as running:
        yield running
