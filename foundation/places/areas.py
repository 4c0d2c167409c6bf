"""Areas made here: sets of ZIP codes built from states, counties, lists of ZIP codes and radii."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from foundation.audit.models import Actor, record
from foundation.places.distance import HasPoint, Point
from foundation.places.keys import place_key
from foundation.places.models import Area, AreaKind, AreaZipCode, ZipCode
from foundation.places.states import STATES


class AreaError(Exception):
    """An area can't be made of this; the message, for the reader, says why and names every unknown part."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What an area is built from: the union of its parts.

    `states` are codes, `counties` pairs of a county's name and its state's code, and `radius` a point and
    miles as the database measures them (see `distance`).
    """

    states: tuple[str, ...] = ()
    counties: tuple[tuple[str, str], ...] = ()
    zip_codes: tuple[str, ...] = ()
    radius: tuple[Point, float] | None = None

    def as_json(self) -> dict[str, Any]:
        """What `Area.recipe` keeps: the parts that are not empty."""
        return {name: part for name, part in asdict(self).items() if part}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """`as_json` turned round."""
        radius = kept.get("radius")
        return cls(
            states=tuple(kept.get("states", ())),
            counties=tuple((county, state) for county, state in kept.get("counties", ())),
            zip_codes=tuple(kept.get("zip_codes", ())),
            radius=(Point(*radius[0]), radius[1]) if radius else None,
        )


def zip_codes_in(recipe: Recipe) -> list[str]:
    """The ZIP codes of a recipe, in order; inactive ones too, since people still have them.

    Raises AreaError that names every state, county and ZIP code that there is not, or for a recipe of nothing.
    """
    counties, unknown_counties = _known_counties(recipe.counties)
    zip_codes = set(ZipCode.objects.filter(code__in=recipe.zip_codes).values_list("code", flat=True))
    unknown = [
        *(state for state in recipe.states if state not in STATES),
        *unknown_counties,
        *sorted(set(recipe.zip_codes) - zip_codes),
    ]
    if unknown:
        raise AreaError(_("There is no %(unknown)s.") % {"unknown": ", ".join(unknown)})
    if recipe.states:
        zip_codes.update(ZipCode.objects.filter(state__in=recipe.states).values_list("code", flat=True))
    for county, state in counties:
        zip_codes.update(ZipCode.objects.filter(county=county, state=state).values_list("code", flat=True))
    if recipe.radius:
        centre, miles = recipe.radius
        zip_codes.update(ZipCode.objects.within(centre, miles).values_list("code", flat=True))
    if not zip_codes:
        raise AreaError(_("There is no ZIP code in this area."))
    return sorted(zip_codes)


def _known_counties(asked: Iterable[tuple[str, str]]) -> tuple[list[tuple[str, str]], list[str]]:
    """The counties as the ZIP codes spell them, and the names of those that there are not."""
    asked = list(asked)
    if not asked:
        return [], []
    rows = ZipCode.objects.filter(state__in={state for _county, state in asked}).exclude(county="")
    known = {(place_key(county), state): county for county, state in rows.values_list("county", "state").distinct()}
    found, unknown = [], []
    for county, state in asked:
        key = place_key(county)
        spelt = known.get((key, state)) or known.get((f"{key}county", state))
        if spelt:
            found.append((spelt, state))
        else:
            unknown.append(f"{county}, {state}")
    return found, unknown


def area_from(
    *,
    name: str,
    states: Sequence[str] = (),
    counties: Sequence[tuple[str, str]] = (),
    zip_codes: Sequence[str] = (),
    radius: tuple[HasPoint, float] | None = None,
    actor: Actor | None,
) -> Area:
    """Make an area that is the union of its parts: `counties=[("Middlesex County", "MA")]`, `radius=(place, miles)`.

    Raises AreaError where a part is unknown or all of them together are empty.
    """
    circle = (Point(radius[0].latitude, radius[0].longitude), float(radius[1])) if radius else None
    recipe = Recipe(tuple(states), tuple(counties), tuple(zip_codes), circle)
    with transaction.atomic():
        codes = zip_codes_in(recipe)
        area = Area.objects.create(kind=AreaKind.CUSTOM, name=name, slug=_free_slug(name), recipe=recipe.as_json())
        AreaZipCode.objects.bulk_create(AreaZipCode(area=area, zip_code_id=code) for code in codes)
        record(actor=actor, action="built area", subject=f"area:{area.pk}", zip_codes=len(codes))
    return area


def rebuild_area(*, area: Area, actor: Actor | None) -> bool:
    """Follow a custom area's recipe again, as after a new edition of the ZIP codes; whether that changed it.

    Raises AreaError where the recipe names what there no longer is, and for a district, which has no recipe.
    """
    if area.kind != AreaKind.CUSTOM:
        raise AreaError(_("A district changes by importing its crosswalk."))
    with transaction.atomic():
        Area.objects.select_for_update().get(pk=area.pk)
        changed = set_zip_codes(area, set(zip_codes_in(Recipe.from_json(area.recipe))))
        if changed:
            area.updated_at = timezone.now()
            area.save(update_fields=["updated_at"])
            record(actor=actor, action="rebuilt area", subject=f"area:{area.pk}", zip_codes=area.members.count())
    return changed


def set_zip_codes(area: Area, wanted: set[str]) -> bool:
    """Make `wanted` the ZIP codes of an area, in the caller's transaction; whether that changed any."""
    present = set(area.members.values_list("zip_code_id", flat=True))
    area.members.filter(zip_code_id__in=present - wanted).delete()
    AreaZipCode.objects.bulk_create(AreaZipCode(area=area, zip_code_id=code) for code in sorted(wanted - present))
    return present != wanted


def _free_slug(name: str) -> str:
    stem = slugify(name)[:120] or "area"
    taken = set(Area.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    numbered = (f"{stem}-{number}" for number in range(2, len(taken) + 3))
    return next(slug for slug in (stem, *numbered) if slug not in taken)
