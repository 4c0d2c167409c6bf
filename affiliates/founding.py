"""How a group comes into being: its name, its address on this site, its home."""

import datetime
from collections.abc import Container
from itertools import chain, count

from django.db import connection, transaction
from django.utils.text import slugify

from foundation.accounts.models import User
from foundation.audit.models import record
from foundation.places.keys import name_key
from foundation.places.search import Place

from .models import RESERVED_SLUGS, Group, GroupLink

SLUG_LENGTH = 60
_LOCK_OF_SLUGS = 0x534C5547


def slug_for(name: str, place_name: str) -> str:
    """The address that a group of this name wants: ASCII; a name in another script takes its place's name."""
    slug = _ascii_slug(name)
    if not slug or slug in RESERVED_SLUGS:
        slug = _ascii_slug(f"group {place_name}")
    return slug


def _ascii_slug(text: str) -> str:
    return slugify(name_key(text))[:SLUG_LENGTH].strip("-")


def next_free_slug(wanted: str, *, state: str, taken: Container[str]) -> str:
    """`wanted`, or where it is taken `wanted-ma`, then `wanted-ma-2` and so on. Pure."""
    stem = wanted if not state or wanted.endswith(f"-{state.lower()}") else f"{wanted}-{state.lower()}"
    numbered = (f"{stem}-{number}" for number in count(2))
    return next(slug for slug in chain((wanted, stem), numbered) if slug not in taken)


def free_slug(wanted: str, *, state: str, besides: Group | None = None) -> str:
    """The next free slug among the groups that there are; for `besides`, its own is free too.

    Groups that are founded at the same moment wait for each other: it stays free until the transaction ends.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK_OF_SLUGS])
    others = Group.objects.exclude(pk=besides.pk) if besides else Group.objects.all()
    taken = set(others.filter(slug__startswith=wanted).values_list("slug", flat=True))
    return next_free_slug(wanted, state=state, taken=taken)


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
