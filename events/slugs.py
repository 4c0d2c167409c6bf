"""The addresses of events: what they are called and the day on which they begin."""

import datetime
from collections.abc import Sequence
from itertools import chain, count

from django.db import connection
from django.utils.text import slugify

from foundation.places.keys import name_key

LONGEST_STEM = 60
"""Characters of the title: with the day and a number it stays below the column's 80."""
_LOCK_OF_SLUGS = 0x45564E54


def slug_for(title: str, starts_at: datetime.datetime) -> str:
    """A free address for an event: "spring-canvass-2026-05-09", the next one on that day with "-2" behind it.

    `starts_at` is told on the clocks of the event's zone: the day is that of those who come. A title in another script
    becomes "event". Events made at the same moment wait for each other: the address stays free until the transaction
    ends, so it has to be one.
    """
    return slugs_for([(title, starts_at)])[0]


def slugs_for(events: Sequence[tuple[str, datetime.datetime]]) -> list[str]:
    """As `slug_for`, free addresses for many events, in their order: no two alike. One query, however many."""
    wanted = [f"{_stem(title)}-{starts_at:%Y-%m-%d}" for title, starts_at in events]
    _wait_for_others()
    taken = _taken(wanted)
    slugs: list[str] = []
    for plain in wanted:
        candidates = chain([plain], (f"{plain}-{number}" for number in count(2)))
        slugs.append(next(slug for slug in candidates if slug not in taken))
        taken.add(slugs[-1])
    return slugs


def _wait_for_others() -> None:
    """Until whoever asks for an address too has used it: that is, until their transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK_OF_SLUGS])


# Compared byte by byte, as the index for searches by beginning does: "." is the next character behind "-".
_TAKEN = """
SELECT slug FROM unnest(%s::text[]) AS wanted JOIN events_event ON slug ~>=~ wanted AND slug ~<~ (wanted || '.')
"""


def _taken(wanted: Sequence[str]) -> set[str]:
    """The addresses that events have: those wanted, and those with something behind a hyphen."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN, [sorted(set(wanted))])
        return {slug for (slug,) in cursor.fetchall()}


def _stem(title: str) -> str:
    return slugify(name_key(title))[:LONGEST_STEM].strip("-") or "event"
