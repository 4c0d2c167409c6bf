"""Who is named in a text: opponents of the candidates whom national has endorsed.

An opponent is whoever stands in the race of a public endorsement that is not over, without the endorsed candidate,
those who withdrew and those who lost the primary. Named is who is called by the full name: accents, case, punctuation
and line breaks don't matter (foundation.places.keys.name_key), and words do not run into others.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record
from foundation.places.keys import name_key

from .endorsed import binding
from .models import AllowedNaming, Candidate, Endorsement, Race, Result

STILL_IN_THE_RACE = (Result.PENDING, Result.WON)
"""How the primary may have ended for somebody who is still an opponent."""


class NamingError(Exception):
    """This naming cannot be allowed; the message, for staff, says why."""


class Opponent(NamedTuple):
    """A candidate against whom an endorsement of national stands."""

    pk: int
    name: str
    name_key: str
    race_id: int
    office: str
    district: str
    state: str
    endorsement_id: int
    endorsed: str  # the name of the endorsed candidate


_COLUMNS = (
    "race__candidates", "race__candidates__name", "race__candidates__name_key", "race", "race__office",
    "race__district", "race__state", "pk", "candidate__name",
)  # fmt: skip


@dataclass(frozen=True)
class Objection:
    """That a text names an opponent."""

    opponent: Opponent

    def __str__(self) -> str:
        """Why this is stopped, for whoever wrote the text and for staff."""
        race = Race(office=self.opponent.office, district=self.opponent.district, state=self.opponent.state)
        return _(
            "It names %(name)s. The network has endorsed %(endorsed)s for %(race)s, and no event, promotion or page "
            "of a group may support an opponent. Take the name out, or ask national staff if this is no support."
        ) % {"name": self.opponent.name, "endorsed": self.opponent.endorsed, "race": race}


class Opponents:
    """Opponents by the first word of their name, to look for all of them in a text at once."""

    def __init__(self, opponents: Iterable[Opponent]) -> None:
        self._by_first_word: dict[str, list[tuple[tuple[str, ...], Opponent]]] = defaultdict(list)
        for opponent in opponents:
            words = tuple(opponent.name_key.split())
            self._by_first_word[words[0]].append((words, opponent))

    def __bool__(self) -> bool:
        return bool(self._by_first_word)

    def named_in(self, text: str) -> list[Opponent]:
        """Those whom `text` names, each once, in the order in which they come."""
        words = tuple(name_key(text).split())
        found: dict[tuple[int, int], Opponent] = {}
        for place, first in enumerate(words):
            for name, opponent in self._by_first_word.get(first, ()):
                if words[place : place + len(name)] == name:
                    found.setdefault((opponent.pk, opponent.endorsement_id), opponent)
        return list(found.values())


def opponents(endorsements: QuerySet[Endorsement]) -> Iterator[Opponent]:
    """All opponents of the candidates of `endorsements`. One query."""
    # In one call: the conditions are on one candidate.
    rows = endorsements.filter(
        race__candidates__withdrawn_at__isnull=True, race__candidates__primary_result__in=STILL_IN_THE_RACE
    )
    for endorsed, *row in rows.order_by("race__candidates").values_list("candidate", *_COLUMNS):
        if endorsed != row[0]:
            yield Opponent._make(row)


def opponents_named(*, text: str, thing: str, now: datetime.datetime | None = None) -> list[Objection]:
    """What speaks against publishing `text`, in the order of the names in it.

    `thing` is the key of what it is a text of, such as event:17: what staff allowed for it is left out. Two queries at
    most, whatever the number of races.
    """
    named = Opponents(opponents(binding(now or timezone.now()))).named_in(text)
    if not named:
        return []
    allowed = set(AllowedNaming.objects.filter(thing=thing).values_list("candidate", flat=True))
    return [Objection(opponent) for opponent in named if opponent.pk not in allowed]


def objections_to_text(*, text: str, thing: str, now: datetime.datetime | None = None) -> str:
    """The same in words for the reader; "" where nothing speaks against it."""
    return " ".join(str(objection) for objection in opponents_named(text=text, thing=thing, now=now))


def allowed_namings() -> set[tuple[int, str]]:
    """What staff have allowed: pairs of a candidate's key and a thing's."""
    return set(AllowedNaming.objects.values_list("candidate", "thing"))


def opponents_to_allow(now: datetime.datetime) -> QuerySet[Candidate]:
    """The opponents at this moment, by name."""
    keys = [opponent.pk for opponent in opponents(binding(now))]
    return Candidate.objects.filter(pk__in=keys).select_related("race").order_by("name_key", "pk")


def page_names_opponent(text: str, thing: str) -> str:
    """Why a group's page may not say `text`: what affiliates.text_objections asks."""
    return objections_to_text(text=text, thing=thing)


def allow_naming(*, candidate: Candidate, thing: str, because: str, actor: User, now: datetime.datetime) -> None:
    """Let one thing name one opponent: staff looked at it and found no support in it. Twice changes nothing.

    Raises NamingError without a reason.
    """
    if not because.strip():
        raise NamingError(_("Say why this is no support: it is kept."))
    with transaction.atomic():
        _allowed, is_new = AllowedNaming.objects.get_or_create(
            candidate=candidate, thing=thing, defaults={"because": because.strip()[:1_000], "by": actor, "at": now}
        )
        if is_new:
            record(actor=actor, action="allowed naming", subject=thing, candidate=candidate.pk)


def stop_allowing(*, allowed: AllowedNaming, actor: User) -> None:
    """The thing may name the opponent no more; what is public already becomes a conflict when it is next looked for."""
    with transaction.atomic():
        allowed.delete()
        record(actor=actor, action="stopped allowing naming", subject=allowed.thing, candidate=allowed.candidate_id)
