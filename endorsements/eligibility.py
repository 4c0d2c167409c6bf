"""Which groups have a vote on a race, and why (domain, Endorsements)."""

from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from affiliates.models import Group, GroupStatus
from foundation.places.models import AreaZipCode

from .models import Race, WhyEligible


@dataclass(frozen=True, slots=True)
class Seat:
    """A group's right to vote. `because` is its home's ZIP code, or the name of the area served."""

    group: Group
    why: WhyEligible
    because: str


def eligible_for(race: Race) -> list[Seat]:
    """The affiliates in force whose home lies in the race's area, or who serve an area that shares a ZIP code with it.

    By state and name; groups abroad, which have no state, come first. Whoever does both has the vote for their home.
    Nobody for a race whose area is unknown. Two queries, whatever the number.
    """
    within = AreaZipCode.objects.filter(area=race.area_id)
    areas = _areas_served(within)
    is_home = Q(zip_code__in=within.values("zip_code"))
    groups = Group.objects.listed().filter(is_home | Q(pk__in=list(areas)))
    found: QuerySet[Any] = groups.annotate(at_home=ExpressionWrapper(is_home, output_field=BooleanField()))
    ordered = found.defer("position", "about", "plan").order_by("state", "name_key", "pk")
    return [_seat(group, areas, is_home=group.at_home) for group in ordered]


def _seat(group: Group, areas: dict[int, str], *, is_home: bool) -> Seat:
    if is_home:
        return Seat(group, WhyEligible.HOME, group.zip_code_id or "")
    return Seat(group, WhyEligible.SERVES, areas[group.pk])


def _areas_served(within: QuerySet[AreaZipCode]) -> dict[int, str]:
    """Of each affiliate that serves an area with any of these ZIP codes: the name of the first such area."""
    touching = AreaZipCode.objects.filter(zip_code__in=within.values("zip_code")).values("area")
    served = Group.areas_served.through.objects.filter(group__status=GroupStatus.LISTED, area__in=touching)
    return dict(served.order_by("-area__name", "-area").values_list("group", "area__name"))
