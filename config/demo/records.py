"""What the demo's staff have noted: tags, notes, saved segments; and the pairs that may be one human."""

import datetime
import random
from collections.abc import Sequence

from config.demo.copying import analyze, copy_rows
from config.demo.people import Known
from config.demo.texts import sections
from members.models import (
    Duplicate,
    DuplicateReason,
    PeopleToCompare,
    PersonNote,
    PersonTag,
    PersonToCompare,
    Segment,
    Tag,
)

TAGGED = 0.03
NOTED = 0.004


def load_records(people: Sequence[Known], *, seed: int, now: datetime.datetime) -> None:
    """Tags on three of 100 people, notes on four of 1,000, three segments."""
    rng = random.Random(f"records {seed}")
    tags = Tag.objects.bulk_create(Tag(name=name) for name in sections("activities")["tags"])
    tagged = rng.sample(people, int(len(people) * TAGGED))
    rows = ((person.id, rng.choice(tags).pk, _lately(rng, now)) for person in tagged)
    copy_rows(PersonTag, ("person", "tag", "at"), rows)
    texts = sections("activities")["notes"]
    noted = rng.sample(people, int(len(people) * NOTED))
    copy_rows(PersonNote, ("person", "text", "at"), ((one.id, rng.choice(texts), _lately(rng, now)) for one in noted))
    _save_segments(tags, now)
    analyze(PersonTag, PersonNote)


def _save_segments(tags: list[Tag], now: datetime.datetime) -> None:
    """One of each use: a place, a history, a skill. The rules are those of members.segments."""
    half_a_year_ago = (now - datetime.timedelta(days=182)).date().isoformat()
    rules = {
        "Members around Cambridge": [{"kind": "member"}, {"kind": "near", "zip": "02139", "miles": 25}],
        "Active lately, may be invited": [
            {"kind": "active", "since": half_a_year_ago},
            {"kind": "consent", "purpose": "promotions"},
        ],
        "Drivers in Ohio and Michigan": [
            {"kind": "tag", "tag": tags[0].pk},
            {"kind": "states", "states": ["OH", "MI"]},
        ],
    }
    Segment.objects.bulk_create(Segment(name=name, rules=rule) for name, rule in rules.items())


def load_duplicates(people: Sequence[Known], *, seed: int, now: datetime.datetime) -> None:
    """Put those who signed up twice before staff. The rest of the people count as compared: the daily search would
    find them all, and take half a minute of the first run for it."""
    rng = random.Random(f"duplicates {seed}")
    Duplicate.objects.bulk_create(
        Duplicate(first_id=person.twin, second_id=person.id, reason=_reason(person), found_at=_lately(rng, now, days=9))
        for person in people
        if person.twin
    )
    PersonToCompare.objects.all().delete()
    PeopleToCompare.objects.all().delete()


def _reason(person: Known) -> DuplicateReason:
    return DuplicateReason.SPELLING if person.is_misspelt else DuplicateReason.NAME_AND_ZIP


def _lately(rng: random.Random, now: datetime.datetime, days: int = 300) -> datetime.datetime:
    return now - datetime.timedelta(minutes=rng.randrange(days * 24 * 60))
