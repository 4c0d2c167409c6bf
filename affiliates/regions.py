"""Regions: made and changed by staff; the groups of each, and who answers for these."""

from collections.abc import Iterable
from itertools import chain, count
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.text import slugify
from django.utils.translation import gettext as _

from foundation.accounts.models import StaffTask, User
from foundation.audit.models import record
from foundation.places.countries import US, country_name
from foundation.places.keys import name_key
from foundation.places.states import state_name

from .emails.calls import Reader
from .models import Group, GroupQuerySet, GroupRole, Region, RegionPart, Role
from .models.groups import GroupStatus


class RegionError(Exception):
    """The region cannot be so; the message, for the reader, says why."""


class Part(NamedTuple):
    """A state, or a country abroad with no state."""

    country: str
    state: str = ""

    @property
    def name(self) -> str:
        """In the reader's language, as far as we have it."""
        return state_name(self.state) if self.state else country_name(self.country)


def staff_organizers() -> QuerySet[User]:
    """Staff who may answer for a region: those with the right to agreements, by name."""
    may = Q(rights__task=StaffTask.AGREEMENTS) | Q(is_superuser=True)
    return User.objects.filter(may, is_staff=True, is_active=True).distinct().order_by("name", "email")


def make_region(*, name: str, parts: Iterable[Part], organizer: User | None, actor: User) -> Region:
    """Make a region of these states and countries. Raises RegionError for a name or a part that is taken."""
    with transaction.atomic():
        _hold_regions()
        _refuse_name(name)
        region = Region.objects.create(name=name, slug=_free_slug(name), organizer=organizer)
        _set_parts(region, parts)
        record(actor=actor, action="made region", subject=f"region:{region.pk}", organizer=organizer and organizer.pk)
    return region


def change_region(*, region: Region, name: str, parts: Iterable[Part], organizer: User | None, actor: User) -> None:
    """Rename a region, and say what it is of and who organizes it; its address stays. Raises RegionError."""
    with transaction.atomic():
        _hold_regions()
        _refuse_name(name, besides=region)
        region.name, region.organizer = name, organizer
        region.save(update_fields=["name", "organizer"])
        _set_parts(region, parts)
        record(
            actor=actor, action="changed region", subject=f"region:{region.pk}", organizer=organizer and organizer.pk
        )


def _hold_regions() -> None:
    """One at a time changes them, so that what is said of a taken part is so."""
    list(Region.objects.select_for_update(no_key=True, of=("self",)).order_by("pk").values_list("pk"))


def _refuse_name(name: str, *, besides: Region | None = None) -> None:
    taken = Region.objects.filter(name__iexact=name)
    if (taken.exclude(pk=besides.pk) if besides else taken).exists():
        raise RegionError(_("There is a region of this name already."))


def _set_parts(region: Region, parts: Iterable[Part]) -> None:
    wanted = set(parts)
    others = RegionPart.objects.exclude(region=region).select_related("region").order_by("country", "state")
    for other in others:
        part = Part(other.country, other.state)
        if part in wanted:
            raise RegionError(
                _("%(part)s is in the region %(region)s already.") % {"part": part.name, "region": other.region}
            )
    region.parts.all().delete()
    RegionPart.objects.bulk_create(
        RegionPart(region=region, country=one.country, state=one.state) for one in sorted(wanted)
    )


def _free_slug(name: str) -> str:
    stem = slugify(name_key(name))[:60].strip("-") or "region"
    taken = {"new", *Region.objects.filter(slug__startswith=stem).values_list("slug", flat=True)}
    return next(slug for slug in chain([stem], (f"{stem}-{number}" for number in count(2))) if slug not in taken)


# --- what lies in a region ------------------------------------------------------------------------------------


def groups_of(region: Region) -> GroupQuerySet:
    """All groups at home in the region, whatever their status."""
    in_state = RegionPart.objects.filter(region=region, country=US, state=OuterRef("state"))
    in_country = RegionPart.objects.filter(region=region, country=OuterRef("country")).exclude(country=US)
    return Group.objects.filter(Q(Exists(in_state), country=US) | Exists(in_country))


def group_counts() -> dict[int, int]:
    """How many groups in force lie in each region (by id); regions without one are left out."""
    homes = Group.objects.listed().values("country", "state").annotate(count=Count("pk")).order_by("country", "state")
    region_of = {(part.country, part.state): part.region_id for part in RegionPart.objects.order_by("pk")}
    counts: dict[int, int] = {}
    for home in homes:
        region = region_of.get((home["country"], home["state"]))
        if region is not None:
            counts[region] = counts.get(region, 0) + home["count"]
    return counts


class GroupReader(NamedTuple):
    """A point of contact, and one of the groups in force of the region that they answer for."""

    reader: Reader
    group: Group


def group_readers(region: Region) -> list[GroupReader]:
    """The points of contact of the region's groups in force, each once, by address."""
    roles = (
        GroupRole.objects.filter(group__in=groups_of(region).filter(status=GroupStatus.LISTED), role=Role.CONTACT)
        .filter(user__is_active=True)
        .select_related("user__person", "group")
        .defer("group__position", "user__person__position")
        .order_by("user__email", "group__name_key", "group")
    )
    found: dict[str, GroupReader] = {}
    for role in roles:
        person = getattr(role.user, "person", None)
        reader = Reader(role.user.email, role.user.language, person.time_zone if person else "")
        found.setdefault(reader.address, GroupReader(reader, role.group))
    return list(found.values())


def contacts_of(region: Region) -> list[Reader]:
    """The points of contact of the region's groups in force as readers of mails."""
    return [one.reader for one in group_readers(region)]
