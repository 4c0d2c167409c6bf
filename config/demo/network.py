"""The demo network: about 1,200 groups and 200,000 people, invented, and the same for the same seed.

Each topic has a function of its own that `load` calls: a topic that comes later is one more.
"""

import datetime

from django.db import transaction
from django.utils import timezone

from affiliates.agreements.templates import publish_first
from config.demo.activity import load_activities
from config.demo.consents import load_consents
from config.demo.events import load_events
from config.demo.groups import load_groups
from config.demo.people import load_people
from config.demo.promotions import load_promotions
from config.demo.records import load_duplicates, load_records
from config.demo.regions import load_regions
from config.demo.sign_up import load_sign_ups
from foundation.places.models import LoadedData

GROUPS = 1_200
PEOPLE = 200_000
SEED = 2026
MARK = "demo network"


def is_loaded() -> bool:
    """Whether this database has a demo network, of whatever size and seed. One query."""
    return LoadedData.objects.filter(name=MARK).exists()


def load(*, groups: int = GROUPS, people: int = PEOPLE, seed: int = SEED, now: datetime.datetime | None = None) -> None:
    """Found the demo network: all of it or, where this is interrupted, nothing.

    Needs the ZIP codes. The same numbers, seed and `now` (the present in UTC unless given: days of activity
    are counted back from it) give the same rows but for their ids. Raises IntegrityError where there is one already.
    """
    now = now or timezone.now()
    with transaction.atomic():
        LoadedData.objects.create(
            name=MARK, fingerprint=f"{groups} groups, {people} people, seed {seed}", loaded_at=now
        )
        publish_first(now=now)
        homes = load_groups(count=groups, seed=seed, now=now)
        known = load_people(count=people, seed=seed, now=now)
        load_activities(known, seed=seed, now=now)
        load_consents(known, seed=seed, now=now)
        load_records(known, seed=seed, now=now)
        load_duplicates(known, seed=seed, now=now)
        load_sign_ups(seed=seed, now=now)
        load_regions(now=now)
        load_events(homes, seed=seed, now=now)
        load_promotions(seed=seed, now=now)
