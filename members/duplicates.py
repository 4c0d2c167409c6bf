"""Finding rows that may be one human, and the queue in which staff look at them."""

import datetime
from typing import NamedTuple

from django.core.cache import cache
from django.db import connection, transaction
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import Actor, record

from .models import Duplicate, DuplicateState

SLICE = 2_000
"""So many people are compared in one transaction: about a second's work where a ZIP code has a hundred people."""

LIKENESS = 0.6
"""From this trigram similarity of the whole name on two names are worth a look, given and family name in any order:
Jon and John Smith 0.62, Anne and Ann Smith 0.75."""

LIKENESS_OF_EACH = 0.25
"""And each of the two names must be so similar by itself: Christopher Li is not Christopher Wu."""

_FIND = """
WITH taken AS (
    DELETE FROM members_persontocompare WHERE person_id IN
        (SELECT person_id FROM members_persontocompare ORDER BY person_id LIMIT %(slice)s FOR UPDATE SKIP LOCKED)
    RETURNING person_id
), mine AS MATERIALIZED (
    SELECT id, zip_code_id, family_key, given_key, given_key || ' ' || family_key AS name
    FROM members_person JOIN taken ON person_id = id
    WHERE family_key <> '' AND given_key <> '' AND zip_code_id IS NOT NULL
), found AS (
    SELECT DISTINCT least(a.id, b.id) AS first, greatest(a.id, b.id) AS second,
           CASE WHEN a.family_key = b.family_key AND a.given_key = b.given_key
                THEN 'name_zip' ELSE 'spelling' END AS reason
    FROM mine a JOIN members_person b ON b.zip_code_id = a.zip_code_id AND b.id <> a.id
    WHERE b.family_key <> '' AND b.given_key <> ''
      AND similarity(a.name, b.given_key || ' ' || b.family_key) >= %(likeness)s
      AND greatest(
            least(similarity(a.family_key, b.family_key), similarity(a.given_key, b.given_key)),
            least(similarity(a.family_key, b.given_key), similarity(a.given_key, b.family_key))) >= %(likeness_of_each)s
), noted AS (
    INSERT INTO members_duplicate (first_id, second_id, reason) SELECT first, second, reason FROM found
    ON CONFLICT (first_id, second_id) DO NOTHING RETURNING id
)
SELECT (SELECT count(*) FROM taken), (SELECT count(*) FROM noted)
"""


# Of people who came many at once: each who has what is compared.
_SPREAD = """
WITH many AS (DELETE FROM members_peopletocompare RETURNING first, last)
INSERT INTO members_persontocompare (person_id)
SELECT DISTINCT id FROM many JOIN members_person ON id BETWEEN first AND last
WHERE family_name <> '' AND zip_code_id IS NOT NULL
ON CONFLICT DO NOTHING
"""


class DuplicateError(Exception):
    """Why a pair cannot be decided on; for people."""


def find_duplicates(*, slice_size: int = SLICE) -> int:
    """Compare whoever is new, or has a new name or ZIP code, with the others of their ZIP code.

    Notes pairs of the same name (accents, case and punctuation aside) and of similar spelling, and returns how many
    are new. A pair that staff have looked at is not asked about again. Safe to stop: each slice is a transaction.
    """
    new: int = 0
    with connection.cursor() as cursor:
        cursor.execute(_SPREAD)
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_FIND, {"slice": slice_size, "likeness": LIKENESS, "likeness_of_each": LIKENESS_OF_EACH})
            taken, noted = cursor.fetchone()
        new += int(noted)
        if not taken:
            return new


def dismiss_duplicate(*, duplicate: Duplicate, actor: Actor, now: datetime.datetime) -> None:
    """These are two people. Raises DuplicateError where somebody has decided on the pair already."""
    with transaction.atomic():
        pair = Duplicate.objects.select_for_update(of=("self",)).filter(pk=duplicate.pk).first()
        if pair is None or pair.state != DuplicateState.OPEN:
            raise DuplicateError(_("Somebody else has decided on this pair."))
        pair.state, pair.decided_by_id, pair.decided_at = DuplicateState.DISMISSED, actor.pk, now
        pair.save(update_fields=["state", "decided_by", "decided_at"])
        record(
            actor=actor, action="said two people", subject=f"person:{pair.first_id}", other=f"person:{pair.second_id}"
        )


# --- who is looking at which pair -----------------------------------------------------------------------------------
# In the cache, because it is gone after some minutes anyway. Without a cache nobody is told, and the locks of the
# database still let only one of two decide.

LOOKING_SECONDS = 10 * 60


class Look(NamedTuple):
    """That a user (by id) opened a pair, and when."""

    user: int
    since: datetime.datetime


def begin_to_look(*, duplicate: Duplicate, user: User, now: datetime.datetime) -> Look | None:
    """Say that `user` has this pair before them; who else has, if anybody."""
    key = _look_key(duplicate.pk)
    if cache.add(key, (user.pk, now), timeout=LOOKING_SECONDS):
        return None
    found = cache.get(key)
    look = Look(*found) if found else Look(user.pk, now)
    if look.user == user.pk:
        cache.set(key, (user.pk, look.since), timeout=LOOKING_SECONDS)
        return None
    return look


def end_look(*, duplicate_id: int, user: User) -> None:
    """`user` is done with this pair."""
    key = _look_key(duplicate_id)
    found = cache.get(key)
    if found and Look(*found).user == user.pk:
        cache.delete(key)


def looked_at(duplicates: list[Duplicate], *, besides: User) -> set[int]:
    """Those of these pairs (by id) that somebody else has before them."""
    found = cache.get_many([_look_key(pair.pk) for pair in duplicates])
    return {pair.pk for pair in duplicates if (look := found.get(_look_key(pair.pk))) and look[0] != besides.pk}


def next_pair(*, user: User) -> Duplicate | None:
    """The oldest open pair that nobody else has before them, among the oldest twenty."""
    oldest = list(Duplicate.objects.open()[:20])
    busy = looked_at(oldest, besides=user)
    return next((pair for pair in oldest if pair.pk not in busy), None)


def _look_key(pk: int) -> str:
    return f"duplicate:{pk}:look"
