"""After a backup was restored: whoever had themselves deleted since is deleted again.

A backup knows neither that they were deleted nor the hashes that say so. So the list of hashes is written to a file
beside the backups (`manage.py erased_keys`), as often as one likes, and given back after a restore.
"""

import datetime
import re
from collections.abc import Iterable, Iterator
from itertools import chain

from django.db import transaction

from .erasure import ErasureRefusedError, erase_person, erased_key
from .models import Erasure, Person, PersonEmail, PersonPhone

_LINE = re.compile(r"(?P<key>[0-9a-f]{64}) (?P<at>\S+)")


class ErasedKeysError(ValueError):
    """The file is no list of erased keys; the message names the line."""


def list_erased_keys() -> Iterator[str]:
    """A line for each erasure: the keyed hash, and when (UTC)."""
    for key, at in Erasure.objects.order_by("at", "key").values_list("key", "at").iterator():
        yield f"{key} {at.astimezone(datetime.UTC).isoformat()}"


def read_erased_keys(lines: Iterable[str]) -> dict[str, datetime.datetime]:
    """The erasures of such a list. Raises ErasedKeysError."""
    erasures: dict[str, datetime.datetime] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        match = _LINE.fullmatch(line.strip())
        try:
            erasures[match["key"]] = datetime.datetime.fromisoformat(match["at"])  # type: ignore[index]
        except (TypeError, ValueError) as error:
            raise ErasedKeysError(f"line {number} is not a keyed hash and a time") from error
    return erasures


def erase_again(erasures: dict[str, datetime.datetime], *, now: datetime.datetime) -> tuple[int, int]:
    """Delete everybody whose address or number is among these, and keep the hashes.

    Those stay who were made known after it was deleted: its next owner, or whoever came back.

    Returns how many were deleted, and how many could not be because they are national staff. Safe to repeat.
    """
    Erasure.objects.bulk_create((Erasure(key=key, at=at) for key, at in erasures.items()), ignore_conflicts=True)
    erased = refused = 0
    for person_id in sorted(_people_of(erasures)):
        person = Person.objects.filter(pk=person_id).first()
        if person is None:  # gone together with another row of the same login
            continue
        try:
            with transaction.atomic():
                erase_person(person=person, actor=None, now=now, writes=False)
        except ErasureRefusedError:
            refused += 1
        else:
            erased += 1
    return erased, refused


def _people_of(erasures: dict[str, datetime.datetime]) -> set[int]:
    emails = PersonEmail.objects.values_list("person", "person__created_at", "address")
    numbers = PersonPhone.objects.values_list("person", "person__created_at", "number")
    contacts = chain(emails.iterator(chunk_size=10_000), numbers.iterator(chunk_size=10_000))
    return {
        person
        for person, created_at, contact in contacts
        if (at := erasures.get(erased_key(str(contact)))) is not None and created_at < at
    }
