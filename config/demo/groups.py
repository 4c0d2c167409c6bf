"""The demo's groups: what is made up about each, and how all of them come into the database."""

import datetime
import random
from collections.abc import Iterator
from typing import NamedTuple

from affiliates.agreements.elsewhere import record_many_elsewhere
from affiliates.founding import next_free_slug, slug_for
from affiliates.models import Agreement, AgreementEvent, Group, GroupLink, GroupStatus
from config.demo.copying import analyze, copy_rows, reserve_ids
from config.demo.group_names import name_groups
from config.demo.homes import Home
from config.demo.placing import choose_homes
from config.demo.stories import about_text, plan_text
from foundation.places.keys import name_key

LINKS = (
    ("Our own site", "https://example.org/{slug}"),
    ("Newsletter", "https://example.com/{slug}/letter"),
    ("Photographs", "https://example.net/{slug}/photographs"),
    ("Minutes of our meetings", "https://example.org/{slug}/minutes"),
    ("Map of our streets", "https://example.com/{slug}/map"),
)
SPANISH_LINKS = (
    ("Nuestra página", "https://example.org/{slug}"),
    ("Boletín", "https://example.com/{slug}/boletin"),
    ("Fotos", "https://example.net/{slug}/fotos"),
)

GROUP_FIELDS = (
    "id", "name", "name_key", "slug", "status", "listed_at", "watchers_told_at", "introduced_at", "created_at",
    "last_active_at", "country", "state", "zip_code", "place_name", "time_zone",
    "latitude", "longitude", "about", "plan", "contact_email",
)  # fmt: skip


class _Life(NamedTuple):
    """Where a group stands, and since when. All in UTC, on whole minutes."""

    status: GroupStatus
    created_at: datetime.datetime
    listed_at: datetime.datetime | None
    last_active_at: datetime.datetime | None


def load_groups(*, count: int, seed: int, now: datetime.datetime) -> None:
    """Fill the tables of groups and their links. The first group is listed, and at home in 02139."""
    rng = random.Random(f"groups {seed}")
    homes = choose_homes(count, seed)
    names = name_groups(homes, seed)
    slugs = _addresses(names, homes)
    ids = reserve_ids(Group, count)
    lives = [_Life(GroupStatus.LISTED, *_active_days(rng, now, (2, 3))), *(_life(rng, now) for _ in range(count - 1))]
    rows = (
        (
            id_, name, name_key(name), slug, life.status.value, life.listed_at, life.listed_at,
            life.listed_at, life.created_at,
            life.last_active_at, home.country, home.state, home.zip_code or None, home.place_name, home.time_zone,
            home.latitude, home.longitude, about_text(home, rng), plan_text(home, rng), f"{slug}@example.org",
        )
        for id_, home, name, slug, life in zip(ids, homes, names, slugs, lives, strict=True)
    )  # fmt: skip
    copy_rows(Group, GROUP_FIELDS, rows)
    copy_rows(GroupLink, ("group", "label", "url"), _links(ids, homes, slugs, rng))
    record_many_elsewhere(groups=Group.objects.listed().only("pk").order_by("pk"), actor=None, now=now)
    analyze(Group, GroupLink, Agreement, AgreementEvent)


def _addresses(names: list[str], homes: list[Home]) -> list[str]:
    """The address of each group, as affiliates.founding would give them one after the other."""
    slugs: dict[str, None] = {}
    for name, home in zip(names, homes, strict=True):
        wanted = slug_for(name, home.place_name)
        slugs[next_free_slug(wanted, state=home.state, taken=slugs)] = None
    return list(slugs)


def _life(rng: random.Random, now: datetime.datetime) -> _Life:
    """Of a hundred groups 3 are forming and 2 have ended; of the listed ones 4 have never been active."""
    draw = rng.random()
    if draw < 0.03:
        created_at = _days_before(now, rng.uniform(1, 90))
        return _Life(GroupStatus.FORMING, created_at, None, None)
    if draw < 0.05:
        return _Life(GroupStatus.ENDED, *_active_days(rng, now, (200, 365)))
    if draw < 0.09:
        created_at, listed_at, _ = _active_days(rng, now, (0, 60))
        return _Life(GroupStatus.LISTED, created_at, listed_at, None)
    recent = rng.choices(((0, 14), (14, 60), (60, 180), (180, 364)), (45, 30, 15, 10))[0]
    return _Life(GroupStatus.LISTED, *_active_days(rng, now, recent))


def _active_days(
    rng: random.Random, now: datetime.datetime, recent: tuple[int, int]
) -> tuple[datetime.datetime, datetime.datetime, datetime.datetime]:
    """When a group was created, listed, and last active: the last so many days ago, the others before that."""
    active = rng.uniform(*recent)
    listed = active + rng.uniform(1, 900)
    created = listed + rng.uniform(14, 120)
    return _days_before(now, created), _days_before(now, listed), _days_before(now, active)


def _days_before(now: datetime.datetime, days: float) -> datetime.datetime:
    return (now - datetime.timedelta(days=days)).replace(second=0, microsecond=0)


def _links(ids: range, homes: list[Home], slugs: list[str], rng: random.Random) -> Iterator[tuple[int, str, str]]:
    """None for four groups of ten, else one to three each."""
    for id_, home, slug in zip(ids, homes, slugs, strict=True):
        links = SPANISH_LINKS if home.language == "es" else LINKS
        for label, url in rng.sample(links, rng.choices((0, 1, 2, 3), (4, 3, 2, 1))[0]):
            yield id_, label, url.format(slug=slug)
