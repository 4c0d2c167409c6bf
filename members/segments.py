"""Segments: people described by rules that all hold, found anew each time.

A rule says who it lets through and how it reads in words. `read_rules` checks what is stored before anything runs:
the JSON is a list such as `[{"kind": "near", "zip": "02139", "miles": 25}, {"kind": "tag", "tag": 7, "not": true}]`,
with each kind at most once (and each registered filter).
"""

import datetime
import math
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.template.defaultfilters import floatformat
from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.accounts.models import User
from foundation.audit.models import record
from foundation.places.models import Area, AreaZipCode
from foundation.places.search import PlaceError, find_place
from foundation.places.states import STATES

from .consent import MAIL_PURPOSES, mailable, who_consented
from .models import Activity, ActivityKind, ActivityScore, ConsentPurpose, Membership, Person, PersonTag, Segment, Tag
from .models.activity import HALF_LIFE, SCORE_EPOCH
from .models.people import PersonQuerySet
from .people_filters import people_filter

MOST_MILES = 500
MOST_ZIP_CODES = 1_000
PURPOSES = (ConsentPurpose.NETWORK_MAIL, ConsentPurpose.PROMOTIONS, ConsentPurpose.SMS)
"""What consent is given to the network for; what is given to a group is the group's."""


class RulesError(ValueError):
    """The rules of a segment cannot be used; the message says why to staff."""


class SegmentError(Exception):
    """The segment cannot be saved so; the message says why to staff."""


class UnreadableRulesError(RulesError):
    """What is stored was checked when it was entered: who wrote anything else wrote it past the form."""

    def __init__(self) -> None:
        super().__init__(_("The rules of this segment cannot be read. Enter them anew."))


def _require(condition: bool) -> None:
    if not condition:
        raise UnreadableRulesError


@dataclass(frozen=True)
class Rule(ABC):
    """One thing that is true of the people of a segment. The fields are what JSON holds of it."""

    kind: ClassVar[str]

    def __post_init__(self) -> None:
        self.check()

    @abstractmethod
    def check(self) -> None:
        """Raises RulesError where a value is none that the form would take."""

    @abstractmethod
    def narrow(self, people: PersonQuerySet, now: datetime.datetime) -> PersonQuerySet:
        """Those of `people` of whom it is true."""

    @abstractmethod
    def words(self, *, negated: bool) -> str:
        """The rest of a sentence about people: "lives within 25 miles of 02139"."""

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        try:
            return cls(**data)
        except TypeError as error:
            raise UnreadableRulesError from error


@dataclass(frozen=True)
class Condition:
    """A rule, or that it is not true."""

    rule: Rule
    negated: bool = False

    def narrow(self, people: PersonQuerySet, now: datetime.datetime) -> PersonQuerySet:
        """Whoever the rule does not find is among the others, also where nothing is known about them."""
        if not self.negated:
            return self.rule.narrow(people, now)
        found = self.rule.narrow(Person.objects.filter(pk=OuterRef("pk")), now)
        return people.filter(~Exists(found))

    def words(self) -> str:
        return self.rule.words(negated=self.negated)


# --- the kinds of rules ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Near(Rule):
    """At home at most so many miles from a ZIP code."""

    kind = "near"
    zip: str
    miles: float

    def check(self) -> None:
        _require(_is_zip_code(self.zip) and _is_number(self.miles) and 0 < self.miles <= MOST_MILES)

    def narrow(self, people: PersonQuerySet, now: datetime.datetime) -> PersonQuerySet:
        try:
            return people.within(find_place(self.zip), self.miles)
        except PlaceError as error:
            raise RulesError(str(error)) from error

    def words(self, *, negated: bool) -> str:
        words = _("does not live within %(miles)s miles of %(zip)s") if negated else ""
        words = words or _("lives within %(miles)s miles of %(zip)s")
        return words % {"miles": floatformat(self.miles, -2), "zip": self.zip}


@dataclass(frozen=True)
class InStates(Rule):
    """At home in one of these states."""

    kind = "states"
    states: Sequence[str]

    def check(self) -> None:
        _require(_is_list_of(self.states, str) and all(state in STATES for state in self.states))

    def narrow(self, people: PersonQuerySet, now: datetime.datetime) -> PersonQuerySet:
        return people.filter(zip_code__state__in=self.states)

    def words(self, *, negated: bool) -> str:
        words = _("does not live in %(states)s") if negated else _("lives in %(states)s")
        return words % {"states": _either([STATES[state].name for state in self.states])}


@dataclass(frozen=True)
class InZipCodes(Rule):
    """At home in one of these ZIP codes."""

    kind = "zips"
    zips: Sequence[str]

    def check(self) -> None:
        _require(_is_list_of(self.zips, str) and len(self.zips) <= MOST_ZIP_CODES and all(map(_is_zip_code, self.zips)))

    def narrow(self, people: PersonQuerySet, now: datetime.datetime) -> PersonQuerySet:
        return people.filter(zip_code__in=self.zips)

    def words(self, *, negated: bool) -> str:
        shown = list(self.zips[:5])
        if len(self.zips) > len(shown):
            shown.append(_("%(count)s more") % {"count": len(self.zips) - len(shown)})
        words = _("does not live in the ZIP code %(zips)s") if negated else _("lives in the ZIP code %(zips)s")
        return words % {"zips": _either(shown)}


@dataclass(frozen=True)
class InArea(Rule):
    """At home in an area, such as a district."""

    kind = "area"
    area: int

    def check(self) -> None:
        _require(_is_key(self.area))

    def narrow(self, people: PersonQuerySet, now: datetime.datetime) -> PersonQuerySet:
        return people.filter(zip_code__in=AreaZipCode.objects.filter(area=self.area).values("zip_code"))

    def words(self, *, negated: bool) -> str:
        name = Area.objects.filter(pk=self.area).values_list("name", flat=True).first()
        words = _("does not live in %(area)s") if negated else _("lives in %(area)s")
        return words % {"area": name or _("an area that is gone")}


BASES: dict[str, tuple[tuple[ActivityKind, ...], str | Promise, str | Promise]] = {
    "attendance": (
        (ActivityKind.ATTENDANCE, ActivityKind.CALL),
        gettext_lazy("came to an event"),
        gettext_lazy("did not come to an event"),
    ),
    "donation": ((ActivityKind.DONATION,), gettext_lazy("gave"), gettext_lazy("did not give")),
}


@dataclass(frozen=True)
class HasBasis(Rule):
    """Came to an event, or gave, and that was not taken back; since a day where one is named."""

    kind = "basis"
    basis: str
    since: str | None = None

    def check(self) -> None:
        _require(self.basis in BASES and (self.since is None or _day(self.since) is not None))

    def narrow(self, people: PersonQuerySet, now: datetime.datetime) -> PersonQuerySet:
        bases = Activity.objects.filter(person=OuterRef("pk"), is_basis=True, kind__in=BASES[self.basis][0])
        if self.since:
            bases = bases.filter(at__gte=_beginning(self.since))
        return people.filter(Exists(bases))

    def words(self, *, negated: bool) -> str:
        did = BASES[self.basis][2 if negated else 1]
        return _("%(did)s since %(day)s") % {"did": did, "day": _in_words(self.since)} if self.since else str(did)


@dataclass(frozen=True)
class IsMember(Rule):
    """Is a member, at this moment."""

    kind = "member"

    def check(self) -> None:
        pass

    def narrow(self, people: PersonQuerySet, now: datetime.datetime) -> PersonQuerySet:
        return people.filter(Exists(Membership.objects.filter(person=OuterRef("pk"))))

    def words(self, *, negated: bool) -> str:
        return _("is not a member") if negated else _("is a member")


@dataclass(frozen=True)
class ActiveSince(Rule):
    """Did anything on this day or later."""

    kind = "active"
    since: str

    def check(self) -> None:
        _require(_day(self.since) is not None)

    def narrow(self, people: PersonQuerySet, now: datetime.datetime) -> PersonQuerySet:
        scores = ActivityScore.objects.filter(person=OuterRef("pk"), last_at__gte=_beginning(self.since))
        return people.filter(Exists(scores))

    def words(self, *, negated: bool) -> str:
        words = _("was not active since %(day)s") if negated else _("was active since %(day)s")
        return words % {"day": _in_words(self.since)}


@dataclass(frozen=True)
class Attended(Rule):
    """Came to events and calls at least so many times."""

    kind = "attended"
    times: int

    def check(self) -> None:
        _require(_is_key(self.times) and self.times <= 10_000)

    def narrow(self, people: PersonQuerySet, now: datetime.datetime) -> PersonQuerySet:
        scores = ActivityScore.objects.filter(person=OuterRef("pk"), attendances__gte=self.times)
        return people.filter(Exists(scores))

    def words(self, *, negated: bool) -> str:
        words = _("came to fewer than %(count)s events") if negated else _("came to at least %(count)s events")
        return words % {"count": self.times}


@dataclass(frozen=True)
class Score(Rule):
    """Has an activity score of at least so much today; 8 is one event attended today (members.models.activity)."""

    kind = "score"
    score: float

    def check(self) -> None:
        _require(_is_number(self.score) and 0 < self.score <= 1_000_000)

    def narrow(self, people: PersonQuerySet, now: datetime.datetime) -> PersonQuerySet:
        least = math.log2(self.score) + (now - SCORE_EPOCH) / HALF_LIFE
        return people.filter(Exists(ActivityScore.objects.filter(person=OuterRef("pk"), score__gte=least)))

    def words(self, *, negated: bool) -> str:
        words = _("has an activity score below %(score)s") if negated else ""
        words = words or _("has an activity score of at least %(score)s")
        return words % {"score": floatformat(self.score, -2)}


@dataclass(frozen=True)
class HasTag(Rule):
    """Has a tag."""

    kind = "tag"
    tag: int

    def check(self) -> None:
        _require(_is_key(self.tag))

    def narrow(self, people: PersonQuerySet, now: datetime.datetime) -> PersonQuerySet:
        return people.filter(Exists(PersonTag.objects.filter(person=OuterRef("pk"), tag=self.tag)))

    def words(self, *, negated: bool) -> str:
        name = Tag.objects.filter(pk=self.tag).values_list("name", flat=True).first()
        words = _("does not have the tag “%(tag)s”") if negated else _("has the tag “%(tag)s”")
        return words % {"tag": name or _("a tag that is gone")}


@dataclass(frozen=True)
class Consented(Rule):
    """Agreed to something, and for mail: can be written to."""

    kind = "consent"
    purpose: str

    def check(self) -> None:
        _require(self.purpose in PURPOSES)

    def narrow(self, people: PersonQuerySet, now: datetime.datetime) -> PersonQuerySet:
        purpose = ConsentPurpose(self.purpose)
        return (mailable if purpose in MAIL_PURPOSES else who_consented)(people, purpose)

    def words(self, *, negated: bool) -> str:
        words = _("may not be sent %(what)s") if negated else _("may be sent %(what)s")
        return words % {"what": ConsentPurpose(self.purpose).label}


@dataclass(frozen=True)
class Speaks(Rule):
    """Gets mail in a language."""

    kind = "language"
    language: str

    def check(self) -> None:
        _require(self.language in dict(settings.LANGUAGES))

    def narrow(self, people: PersonQuerySet, now: datetime.datetime) -> PersonQuerySet:
        return people.filter(language=self.language)

    def words(self, *, negated: bool) -> str:
        words = _("is not written to in %(language)s") if negated else _("is written to in %(language)s")
        return words % {"language": dict(settings.LANGUAGES)[self.language]}


@dataclass(frozen=True)
class Filtered(Rule):
    """Is let through by a filter of an app above (members.people_filters)."""

    kind = "filter"
    filter: str
    value: str

    def check(self) -> None:
        known = people_filter(self.filter) if isinstance(self.filter, str) else None
        _require(known is not None and known.in_segments and isinstance(self.value, str) and self.value.isdigit())

    def narrow(self, people: PersonQuerySet, now: datetime.datetime) -> PersonQuerySet:
        chosen = people_filter(self.filter)
        return chosen.narrow(people, self.value) if chosen else people.none()

    def words(self, *, negated: bool) -> str:
        chosen = people_filter(self.filter)
        return chosen.describe(self.value, negated=negated) if chosen else ""


KINDS: dict[str, type[Rule]] = {
    rule.kind: rule
    for rule in (
        Near, InStates, InZipCodes, InArea, IsMember, HasBasis, ActiveSince, Attended, Score, HasTag, Consented,
        Speaks, Filtered,
    )
}  # fmt: skip


# --- reading and writing --------------------------------------------------------------------------------------


def read_rules(stored: object) -> list[Condition]:
    """The conditions of a segment's JSON. Raises RulesError for anything that `stored_rules` would not have made."""
    if not isinstance(stored, list) or not 0 < len(stored) <= 50:
        raise UnreadableRulesError
    conditions = [_read_condition(data) for data in stored]
    kinds = [(c.rule.kind, c.rule.filter if isinstance(c.rule, Filtered) else "") for c in conditions]
    _require(len(set(kinds)) == len(kinds))
    return conditions


def _read_condition(data: object) -> Condition:
    if not isinstance(data, dict):
        raise UnreadableRulesError
    values = dict(data)
    kind, negated = values.pop("kind", None), values.pop("not", False)
    _require(isinstance(kind, str) and kind in KINDS and isinstance(negated, bool))
    return Condition(KINDS[kind].read(values), negated)


def stored_rules(conditions: Iterable[Condition]) -> list[dict[str, Any]]:
    """`read_rules` turned round."""
    return [
        {"kind": condition.rule.kind, **asdict(condition.rule), **({"not": True} if condition.negated else {})}
        for condition in conditions
    ]


def people_of(conditions: Sequence[Condition], *, now: datetime.datetime) -> PersonQuerySet:
    """Everybody of whom all conditions are true, in no order. Raises RulesError."""
    people = Person.objects.all()
    for condition in conditions:
        people = condition.narrow(people, now)
    return people


def in_words(conditions: Sequence[Condition]) -> str:
    """ "Lives within 25 miles of 02139 and came to an event since June 2026" """
    *first, last = [condition.words() for condition in conditions]
    sentence = _("%(first)s and %(last)s") % {"first": ", ".join(first), "last": last} if first else last
    return sentence[:1].upper() + sentence[1:]


def uses_of_tag(tag: Tag) -> Any:
    """The segments with a rule about this tag, by name."""
    return Segment.objects.filter(rules__contains=[{"kind": HasTag.kind, "tag": tag.pk}])


def save_segment(*, segment: Segment, name: str, conditions: Sequence[Condition], actor: User) -> Segment:
    """Save a new segment, or this one anew. Raises SegmentError where another has that name."""
    is_new = segment.pk is None
    segment.name, segment.rules = name, stored_rules(conditions)
    if is_new:
        segment.created_by = actor
    try:
        with transaction.atomic():
            segment.save()
            action = "created segment" if is_new else "changed segment"
            record(actor=actor, action=action, subject=f"segment:{segment.pk}")
    except IntegrityError as error:
        raise SegmentError(_("There is a segment of this name.")) from error
    return segment


def delete_segment(*, segment: Segment, actor: User) -> None:
    """Forget the rules. Nothing happens to the people."""
    with transaction.atomic():
        record(actor=actor, action="deleted segment", subject=f"segment:{segment.pk}")
        segment.delete()


# --- values and words -----------------------------------------------------------------------------------------


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_key(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63


def _is_zip_code(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9]{5}", value, re.ASCII) is not None


def _is_list_of(value: object, kind: type) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, kind) for each in value)


def _day(text: object) -> datetime.date | None:
    try:
        day = datetime.date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return day if day and 1990 <= day.year < 2100 else None


def _beginning(text: str) -> datetime.datetime:
    """The first moment of a day, in the time zone of the site."""
    return timezone.make_aware(datetime.datetime.fromisoformat(text))


def _in_words(text: str | None) -> str:
    """ "June 2026" for the first of a month, the day otherwise."""
    day = _day(text)
    return formats.date_format(day, "YEAR_MONTH_FORMAT" if day.day == 1 else "DATE_FORMAT") if day else ""


def _either(names: Sequence[str]) -> str:
    *first, last = names
    return _("%(first)s or %(last)s") % {"first": ", ".join(first), "last": last} if first else last
