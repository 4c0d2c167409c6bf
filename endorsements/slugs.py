"""The addresses of races and candidates: "ma-state-senate-middlesex-and-worcester-2026", "jane-kim-2016"."""

from django.db import connection

from foundation.places.keys import name_key

from .models import Candidate, Race

LONGEST_STEM = 150
"""Characters: with a number behind it a slug stays below the columns' 160."""
_LOCK_OF_SLUGS = 0x52414345


def race_slug(*, office: str, district: str, state: str, year: int) -> str:
    """A free address for a race, to be used in the caller's transaction: those who ask meanwhile wait for its end."""
    return _free(Race, _stem(f"{state} {office} {district}", f"{year}", "race"))


def candidate_slug(*, name: str, year: int) -> str:
    """A free address for a candidate, as `race_slug`."""
    return _free(Candidate, _stem(name, f"{year}", "candidate"))


def _stem(words: str, year: str, without_letters: str) -> str:
    ascii_words = name_key(words).encode("ascii", "ignore").decode().split()
    stem = "-".join(ascii_words)[: LONGEST_STEM - len(year) - 1].strip("-")
    return f"{stem or without_letters}-{year}"


def _free(model: type[Race] | type[Candidate], stem: str) -> str:
    _wait_for_others()
    taken = set(model.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    numbered = (f"{stem}-{number}" for number in range(2, len(taken) + 3))
    return next(slug for slug in (stem, *numbered) if slug not in taken)


def _wait_for_others() -> None:
    """Until whoever asks for an address too has used it: that is, until their transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK_OF_SLUGS])
