"""Who is near already, or goes by a name alike: shown to whoever wants to start a group.

Of another application others see the name, the place and since when, never who began it (issue 4).
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Q

from foundation.places.distance import HasPoint, miles_between

from .models import Application, Group
from .watches import WATCH_MILES

NEARBY_MILES = WATCH_MILES
# So near, or under such a name, another group needs a reason.
SAME_PLACE_MILES = 10
# Trigram similarity of the whole folded names, from 0 to 1: "food table cambridge" and "cambridge food table" are
# 1, "table of plenty" and "tables of plenty" 0.76, two groups that share only "democracy of …" less than this.
ALIKE = 0.6
MOST_NEAR, MOST_ALIKE = 10, 5


@dataclass(frozen=True)
class Neighbour:
    """A listed group, or an application that is not decided. `miles` is None where a point is unknown."""

    name: str
    place_name: str
    since: datetime.datetime | None
    miles: float | None
    is_alike: bool
    group: Group | None = None

    @property
    def is_close(self) -> bool:
        return self.miles is not None and self.miles <= SAME_PLACE_MILES

    @property
    def needs_reason(self) -> bool:
        """Does another group beside this one need a reason?"""
        return self.is_close or self.is_alike


def neighbours_of(application: Application) -> list[Neighbour]:
    """The listed groups and undecided applications within 50 miles or of a name alike, each once.

    Those that need a reason come first, then the nearest. Four queries.
    """
    groups = Group.objects.listed().exclude(application=application)
    others = Application.objects.undecided().exclude(pk=application.pk).filter(~Q(place_name=""))
    found: dict[str, Group | Application] = {}
    if point := application.point:
        near: Iterable[Group | Application] = [
            *groups.within(point, NEARBY_MILES).nearest_to(point)[:MOST_NEAR],
            *others.within(point, NEARBY_MILES).nearest_to(point)[:MOST_NEAR],
        ]
        found |= {_key(one): one for one in near}
    alike: dict[str, Group | Application] = {}
    if key := application.name_key:
        alike = {_key(one): one for one in [*_alike(groups, key), *_alike(others, key)]}
    neighbours = [_neighbour(one, point, is_alike=key in alike) for key, one in (found | alike).items()]
    return sorted(neighbours, key=lambda one: (not one.needs_reason, one.miles is None, one.miles or 0, one.name))


def _alike(rows: Any, key: str) -> Any:
    # The index finds those that share three of ten trigrams; of these the whole names are compared.
    similar = rows.filter(name_key__trigram_similar=key).annotate(similarity=TrigramSimilarity("name_key", key))
    return similar.filter(similarity__gte=ALIKE).defer("position").order_by("-similarity", "pk")[:MOST_ALIKE]


def _key(one: Group | Application) -> str:
    return f"{type(one).__name__}:{one.pk}"


def _neighbour(one: Group | Application, point: HasPoint | None, *, is_alike: bool) -> Neighbour:
    return Neighbour(
        name=one.name,
        place_name=one.place_name,
        since=one.listed_at if isinstance(one, Group) else one.started_at,
        miles=miles_between(point, one.point) if point and one.point else None,
        is_alike=is_alike,
        group=one if isinstance(one, Group) else None,
    )
