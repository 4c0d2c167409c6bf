"""The groups that have a vote in a poll, on the drawn map of affiliates.map_picture."""

from collections.abc import Callable

from django.db.models import Count, Max, Min
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from affiliates.map import PlaceCount, by_place
from affiliates.map_picture import Drawn
from affiliates.models import Group
from affiliates.models.groups import GroupQuerySet
from foundation.places.countries import US
from foundation.places.place import Place, PlaceKind

from .eligibility import eligible_for
from .models import Poll

_CLOSE_TOGETHER = 4.0
"""Degrees. Groups that lie within so many are drawn with their surroundings; others on the map of the country."""


def groups_of(poll: Poll) -> GroupQuerySet:
    """The groups that were eligible at the opening; of a draft, those that are so now."""
    if poll.opened_at:
        return Group.objects.filter(pk__in=poll.eligible_groups.values("group"))
    return Group.objects.filter(pk__in=[seat.group.pk for seat in eligible_for(poll.race)])


def map_of_eligible(poll: Poll, groups: GroupQuerySet) -> Drawn:
    """The picture of `groups` (`groups_of`). A draft's pins are kept for a minute, like all."""
    return Drawn(
        key=f"poll:{poll.pk}:{poll.snapshot_hash[:8]}:{poll.race.area_id}",
        rows=_in_the_us(groups),
        counts=lambda: _counts(groups),
        title=lambda _place: _("Groups with a vote"),
        description=_description,
        marks_place=False,
    )


def _in_the_us(groups: GroupQuerySet) -> Callable[[], GroupQuerySet]:
    return lambda: groups.filter(country=US)


def _counts(groups: GroupQuerySet) -> list[PlaceCount]:
    return by_place(groups.order_by().values_list("country", "state").annotate(number=Count("pk")))


def _description(total: int, is_all: bool) -> str:
    words = ngettext("%(count)s group with a vote.", "%(count)s groups with a vote.", total)
    return words % {"count": f"{total:,}"}


def place_of_eligible(poll: Poll, groups: GroupQuerySet) -> Place | None:
    """The middle of `groups`, where they lie close together in the United States; None: the whole country."""
    extent = groups.filter(country=US).aggregate(
        south=Min("latitude"), north=Max("latitude"), west=Min("longitude"), east=Max("longitude")
    )  # fmt: skip
    if extent["south"] is None:
        return None
    if max(extent["north"] - extent["south"], extent["east"] - extent["west"]) > _CLOSE_TOGETHER:
        return None
    name = str(poll.race.area or poll.race)
    latitude, longitude = (extent["south"] + extent["north"]) / 2, (extent["west"] + extent["east"]) / 2
    return Place(name, name, latitude, longitude, PlaceKind.COORDINATES)
