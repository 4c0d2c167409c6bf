"""What apps above add to the pages of this floor: panels of /me/ and entries of the staff home.

An app registers in the `ready()` of its AppConfig, so this floor need not know it.
"""

from collections.abc import Callable
from typing import NamedTuple

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.safestring import SafeString

from .models import StaffTask, User
from .permissions import can_do_staff_task

type PanelBuilder = Callable[[User, HttpRequest], SafeString | None]


class StaffPage(NamedTuple):
    """An entry of the staff home. A `task` of None opens it to all staff."""

    title: str | Promise
    url_name: str
    task: StaffTask | None
    summary: str | Promise
    order: int


_panels: dict[str, tuple[int, PanelBuilder]] = {}
_staff_pages: dict[str, StaffPage] = {}


def register_panel(key: str, order: int, builder: PanelBuilder) -> None:
    """Add a panel to /me/. `builder(user, request)` draws a <section class="panel">, or gives None for no panel.

    Panels stand in the order of `order`; the same `key` again takes the place of the former.
    """
    _panels[key] = (order, builder)


def panels_for(user: User, request: HttpRequest) -> list[SafeString]:
    """The panels of this user's /me/, in their order."""
    drawn = (builder(user, request) for _order, builder in sorted(_panels.values(), key=lambda panel: panel[0]))
    return [panel for panel in drawn if panel]


def register_staff_page(
    title: str | Promise, url_name: str, task: StaffTask | None, summary: str | Promise = "", *, order: int = 50
) -> None:
    """Add a page to the staff home, shown to those who may do `task` (None: all staff).

    Pages stand in the order of `order`: queues of people who wait have a low one. Of the same, as they were registered.
    """
    _staff_pages[url_name] = StaffPage(title, url_name, task, summary, order)


def staff_pages_for(user: User) -> list[StaffPage]:
    """The pages of the staff home that this user may open, in their order."""
    pages = sorted(_staff_pages.values(), key=lambda page: page.order)
    return [page for page in pages if page.task is None or can_do_staff_task(user, page.task)]
