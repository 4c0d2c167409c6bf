"""What the gates share."""

from collections.abc import Iterator

import pytest

from .html_checker import HtmlChecker, html_checker


@pytest.fixture(scope="session")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HtmlChecker]:
    with html_checker(tmp_path_factory.mktemp("html-checker")) as running:
        yield running
