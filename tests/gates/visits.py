"""The list of pages that the gates look at, and how each is reached.

A page is a function that makes the rows which the page shows and returns the visit that opens it:

    @page("groups/<slug:slug>/")
    def group_page() -> Visit:
        return Visit(make_group().get_absolute_url())

Its name is the test's. A new page of the product is added to the module of its part: public_pages, account_pages,
staff_pages, import_pages, error_pages. `test_every_page_is_looked_at` fails until it is.
"""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page as BrowserPage

from foundation.accounts.models import User

type Steps = Callable[[BrowserPage], None]


@dataclass(frozen=True)
class Visit:
    """One way to stand before a page: its address, who is signed in, and what is done after opening it.

    `then` fills in and sends forms where the page comes of that. `status` is that of the last page.
    """

    path: str
    user: User | None = None
    then: Steps | None = None
    status: int = 200
    has_own_language: bool = False  # that of a mail, and not of whoever looks

    @property
    def is_public(self) -> bool:
        return self.user is None


@dataclass(frozen=True)
class GatedPage:
    """A page of the list: its name, the route it shows ("" for an error page, which has none), how it is opened."""

    name: str
    route: str
    visit: Callable[[], Visit]


pages: list[GatedPage] = []


def page(route: str) -> Callable[[Callable[[], Visit]], Callable[[], Visit]]:
    """Enter the decorated function into the list as a page of `route`, the whole pattern as the URLconf has it."""

    def enter(visit: Callable[[], Visit]) -> Callable[[], Visit]:
        pages.append(GatedPage(visit.__name__, route, visit))
        return visit

    return enter


def send(*, press: str = "main form button", **typed: str) -> Steps:
    """Type into the fields of these names, then press the first button that `press` selects."""

    def steps(page: BrowserPage) -> None:
        for name, text in typed.items():
            page.locator(f"main [name={name}]").first.fill(text)
        page.locator(press).first.click()
        page.wait_for_load_state()

    return steps
