"""The people of a group's roster as its organizers may see them: by what each agreed to share with this group.

Whoever did not agree is never named, found or filtered by anything that is theirs: all that is told of them is when
and how they joined.
"""

import datetime
import re
import unicodedata
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import CharField, Count, Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Concat, Lower

from members.models import Membership, PersonEmail, PersonPhone
from members.models.people import NameKey

from .models import Group, JoinedBy, RosterEntry, RosterTag
from .models.roster import RosterQuerySet

PAGE_SIZE = 50
LONGEST_TEXT = 200
MOST_WORDS = 5
FEWEST_DIGITS = 3


class WhoIsShown(models.TextChoices):
    """Which of the people, by what they agreed to. Labels are the page's."""

    SHARING = "sharing"
    WANTS_MAIL = "mail"
    NO_MAIL = "no_mail"
    NOT_SHARING = "not_sharing"


@dataclass(frozen=True)
class RosterSelection:
    """Which people of a roster are asked for. `words` is what somebody typed: a name, an address, a number, a ZIP."""

    words: str = ""
    tag: int | None = None
    how: str = ""
    who: WhoIsShown = WhoIsShown.SHARING

    @property
    def is_narrowed(self) -> bool:
        return self != RosterSelection()

    def entries(self, group: Group) -> RosterQuerySet:
        """The entries that fit, in no order. Without names (`who` is NOT_SHARING) words and tag find nobody."""
        entries = RosterEntry.objects.sharing(group, shares=self.who != WhoIsShown.NOT_SHARING)
        if self.who in {WhoIsShown.WANTS_MAIL, WhoIsShown.NO_MAIL}:
            entries = entries.wanting_mail(group, wants_mail=self.who == WhoIsShown.WANTS_MAIL)
        if self.how in JoinedBy.values:
            entries = entries.filter(how=self.how)
        if self.who == WhoIsShown.NOT_SHARING:
            return entries.none() if self.words or self.tag else entries
        if self.tag:
            entries = entries.filter(Exists(RosterTag.objects.filter(pk=self.tag, entries=OuterRef("pk"))))
        return entries.filter(_fits(self.words)) if self.words else entries


class Behind(NamedTuple):
    """A place in the list: everybody behind it joined earlier."""

    at: datetime.datetime
    pk: int

    def __str__(self) -> str:
        return f"{self.at:%Y%m%dT%H%M%S.%f}-{self.pk}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """`str` turned round; None for anything else."""
        try:
            at, pk = text.split("-")
            moment = datetime.datetime.strptime(at, "%Y%m%dT%H%M%S.%f").replace(tzinfo=datetime.UTC)
            return cls(moment, int(pk)) if len(pk) < 19 else None
        except ValueError:
            return None


class ListedEntry(NamedTuple):
    """One line. Of somebody who does not share their details there is nothing behind `how`."""

    pk: int
    joined_at: datetime.datetime
    how: str
    given_name: str = ""
    family_name: str = ""
    email: str | None = None
    phones: tuple[str, ...] | list[str] = ()
    zip_code: str | None = None
    is_member: bool = False
    wants_mail: bool = False
    tags: tuple[str, ...] | list[str] = ()

    @property
    def full_name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def how_label(self) -> str:
        return str(JoinedBy(self.how).label)


class RosterPage(NamedTuple):
    """Some of the people, the newest first, and where the next page begins, if there is one."""

    entries: list[ListedEntry]
    next: Behind | None


class RosterCounts(NamedTuple):
    """How many are on a roster; how many of them share their details, and want mails of the group."""

    everybody: int
    sharing: int
    wanting_mail: int


_EMAIL = Subquery(PersonEmail.objects.filter(person=OuterRef("person"), is_primary=True).values("address")[:1])
_PHONES = ArraySubquery(
    PersonPhone.objects.annotate(text=Cast("number", CharField()))
    .filter(person=OuterRef("person"))
    .order_by("pk")
    .values("text")
)
_TAGS = ArraySubquery(RosterTag.objects.filter(entries=OuterRef("pk")).order_by(Lower("name"), "pk").values("name"))
_IS_MEMBER = Exists(Membership.objects.filter(person=OuterRef("person")))
_OPEN = ("pk", "joined_at", "how")
_SHARED = (
    *("person__given_name", "person__family_name", "email", "phones", "person__zip_code_id"),
    *("is_member", "wants_mail", "tag_names"),
)


def rows_of(entries: RosterQuerySet, *, shared: bool) -> "models.QuerySet[RosterEntry, tuple[Any, ...]]":
    """The columns of ListedEntry, for entries made by `RosterSelection.entries`."""
    if not shared:
        return entries.values_list(*_OPEN)
    told = entries.annotate(email=_EMAIL, phones=_PHONES, is_member=_IS_MEMBER, tag_names=_TAGS)
    return told.values_list(*_OPEN, *_SHARED)


def page_of(group: Group, selection: RosterSelection, *, behind: Behind | None = None) -> RosterPage:
    """The first 50 people that fit, or those `behind` a place in the list, in one query."""
    entries = selection.entries(group)
    if behind:
        entries = entries.filter(Q(joined_at__lt=behind.at) | Q(joined_at=behind.at, pk__lt=behind.pk))
    rows = rows_of(entries.order_by("-joined_at", "-pk"), shared=selection.who != WhoIsShown.NOT_SHARING)
    found = [ListedEntry(*row) for row in rows[: PAGE_SIZE + 1]]
    shown = found[:PAGE_SIZE]
    return RosterPage(shown, Behind(shown[-1].joined_at, shown[-1].pk) if len(found) > PAGE_SIZE else None)


def counts_of(group: Group) -> RosterCounts:
    """How many there are, in one query."""
    counted = (
        RosterEntry.objects.of_group(group)
        .with_consents(group)
        .aggregate(
            everybody=Count("pk"),
            sharing=Count("pk", filter=Q(shares=True)),
            wanting=Count("pk", filter=Q(wants_mail=True)),
        )
    )
    return RosterCounts(counted["everybody"], counted["sharing"], counted["wanting"])


# --- what somebody typed ----------------------------------------------------------------------------------------


def _fits(typed: str) -> Q:
    """Who is called so, or has an e-mail address that begins so, this ZIP code or number. Only what is shown counts."""
    text = " ".join(unicodedata.normalize("NFKC", typed[:LONGEST_TEXT]).replace("\0", "").split())
    digits = re.sub(r"\D", "", text)
    if "@" in text:
        return _address_begins(text)
    if digits and re.fullmatch(r"[0-9+()./\s‐-―-]+", text):
        return _has_digits(digits)
    words = [word for word in text.split(" ")[:MOST_WORDS] if any(map(str.isalnum, word))]
    if not words:
        return Q(pk__in=[])
    named = Q()
    for word in words:
        named &= _is_called(word)
    return named | _address_begins(text) if len(words) == 1 else named


def _address_begins(text: str) -> Q:
    own = PersonEmail.objects.filter(person=OuterRef("person"), is_primary=True, address__startswith=text.lower())
    return Q(Exists(own))


def _has_digits(digits: str) -> Q:
    if len(digits) == 5:
        return Q(person__zip_code=digits)
    if len(digits) < FEWEST_DIGITS:
        return Q(pk__in=[])
    return Q(Exists(PersonPhone.objects.filter(person=OuterRef("person"), number__contains=digits)))


def _is_called(word: str) -> Q:
    """A word of the given or of the family name begins so; accents and case do not count."""
    key = NameKey(Value(word))
    inside = Concat(Value(" "), key)
    return (
        Q(person__given_key__startswith=key)
        | Q(person__family_key__startswith=key)
        | Q(person__given_key__contains=inside)
        | Q(person__family_key__contains=inside)
    )
