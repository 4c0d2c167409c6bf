"""What apps above add to a group's public page. They register in the `ready()` of their AppConfig."""

from collections.abc import Callable
from enum import Enum

from django.http import HttpRequest
from django.utils.safestring import SafeString

from .models import Group


class Place(Enum):
    """Where on the page: beside Join, above the fold of a phone, or below the group's own words."""

    FIRST = "first"
    BELOW = "below"


type PanelBuilder = Callable[[Group, HttpRequest], SafeString | None]

_panels: dict[str, tuple[Place, int, PanelBuilder]] = {}


def register_page_panel(key: str, place: Place, order: int, builder: PanelBuilder) -> None:
    """Add to the page of every listed group what `builder(group, request)` draws; None draws nothing.

    They stand in the order of `order`; the same `key` again takes the place of the former.
    """
    _panels[key] = (place, order, builder)


def page_panels(group: Group, request: HttpRequest, place: Place) -> list[SafeString]:
    """The panels of this place on the group's page, in their order."""
    here = sorted(
        ((order, builder) for at, order, builder in _panels.values() if at is place), key=lambda entry: entry[0]
    )
    drawn = (builder(group, request) for _order, builder in here)
    return [panel for panel in drawn if panel]
