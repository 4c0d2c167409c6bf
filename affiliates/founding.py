"""How a group comes into being: its name, its address on this site, its home."""

import datetime
import unicodedata

from django.db import transaction
from django.utils.text import slugify

from foundation.accounts.models import User
from foundation.audit.models import record
from foundation.places.keys import name_key
from foundation.places.search import Place

from .models import RESERVED_SLUGS, Group, GroupLink

SLUG_LENGTH = 60


def slug_for(name: str, place_name: str) -> str:
    """The address that a group of this name wants: ASCII; a name in another script takes its place's name."""
    folded = unicodedata.normalize("NFKD", name)
    slug = slugify(folded)[:SLUG_LENGTH].strip("-")
    if not slug or slug in RESERVED_SLUGS:
        slug = slugify(unicodedata.normalize("NFKD", f"group {place_name}"))[:SLUG_LENGTH].strip("-")
    return slug


def free_slug(wanted: str, *, state: str) -> str:
    """`wanted`, or where a group has it already `wanted-ma`, `wanted-ma-2`, and so on."""
    taken = set(Group.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    if wanted not in taken:
        return wanted
    base = f"{wanted}-{state.lower()}" if state else wanted
    candidates = [base, *(f"{base}-{number}" for number in range(2, len(taken) + 3))]
    return next(slug for slug in candidates if slug not in taken)


def found_group(
    *,
    name: str,
    place: Place,
    actor: User | None,
    now: datetime.datetime,
    slug: str = "",
    about: str = "",
    contact_email: str = "",
    links: dict[str, str] | None = None,
) -> Group:
    """Make a group that is forming, at home in `place`. Listing it is a step of its own (affiliates.listing).

    `slug` is taken as it is (IntegrityError where it is taken); without one a free one is made from the name.
    """
    with transaction.atomic():
        group = Group.objects.create(
            name=name,
            name_key=name_key(name),
            slug=slug or free_slug(slug_for(name, place.name), state=place.state),
            country=place.country,
            state=place.state,
            zip_code_id=place.zip_code or None,
            place_name=place.name,
            latitude=place.latitude,
            longitude=place.longitude,
            time_zone=place.time_zone,
            about=about,
            contact_email=contact_email.strip().lower(),
            created_at=now,
        )
        GroupLink.objects.bulk_create(GroupLink(group=group, label=k, url=v) for k, v in (links or {}).items())
        record(actor=actor, action="founded group", subject=f"group:{group.pk}")
    return group
