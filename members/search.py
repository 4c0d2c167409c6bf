"""The staff's search of people: one field that takes a name, an e-mail address, a phone number, a ZIP code, a group.

`understand` says what was typed; `Search.page` reads one page by indexes alone, whatever the size of the table. The
keys of names are made by the database (`members_name_key`) on both sides, so that case and accents never matter.

The ids are found by SQL put together from the constants below (what is typed is only ever a parameter): building the
QuerySets of four readings of a name took longer than running them.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any, NamedTuple

import phonenumbers
from django.conf import settings
from django.db import connection
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _
from phonenumbers import ValidationResult

from .models import Person
from .models.people import PersonQuerySet
from .people_filters import UnknownValueError, people_filter, people_filters
from .people_lists import ListedPerson, list_people

LONGEST_TEXT = 200
SHORTEST_ADDRESS = 3
MOST_WORDS = 5

_PEOPLE = "members_person p"
_ADDRESSES = "members_personemail e JOIN members_person p ON p.id = e.person_id"
_PHONES = "members_personphone n JOIN members_person p ON p.id = n.person_id"
_BEGINS = "p.{key} LIKE members_name_key(%s) || '%%'"
_BY_NAME = "p.family_key, p.given_key, p.id"
_BY_GIVEN_NAME = "p.given_key, p.id"
_BY_ADDRESS = "e.address"
_SOME = "SELECT p.id FROM {source} WHERE {condition} ORDER BY {order} LIMIT %s"
_ALL = "SELECT p.id FROM {source} WHERE {condition}"
MOST_ADDRESSES = 4
"""How many addresses of one person may begin alike without a page of the results being short of somebody."""


class SearchError(ValueError):
    """What was typed cannot be searched for. The message says so to whoever typed it."""


class Reading(NamedTuple):
    """One way to read what was typed: a condition with its parameters, and the order in which an index gives rows."""

    source: str
    condition: str
    parameters: tuple[Any, ...]
    order: str = _BY_NAME

    def first(self, count: int) -> list[int]:
        """The ids of the first so many people, in order; more rows than that where people have several addresses."""
        rows = count * MOST_ADDRESSES if self.order == _BY_ADDRESS else count
        with connection.cursor() as cursor:
            cursor.execute(_SOME.format(**self._asdict()), [*self.parameters, rows])
            return [pk for (pk,) in cursor.fetchall()]


class Page(NamedTuple):
    """Some of the people found, and whether there are more."""

    people: list[ListedPerson]
    has_next: bool


@dataclass(frozen=True)
class Search:
    """What was understood. The people of a likelier reading come before those of the others."""

    kind: str
    description: str
    readings: list[Reading]

    def people(self) -> PersonQuerySet:
        """Everybody who is found, once each, in no order."""
        sql = " UNION ALL ".join(_ALL.format(**reading._asdict()) for reading in self.readings)
        parameters = [parameter for reading in self.readings for parameter in reading.parameters]
        return Person.objects.filter(pk__in=RawSQL(sql, parameters))  # noqa: S611  # see the top

    def page(self, number: int, size: int) -> Page:
        """The `number`-th page (from 1). One query a reading until the page is full, and one for what is shown."""
        ids = self._first(number * size + 1)[(number - 1) * size :]
        people = {person.pk: person for person in list_people(Person.objects.filter(pk__in=ids[:size]))}
        return Page([people[pk] for pk in ids[:size] if pk in people], len(ids) > size)

    def _first(self, count: int) -> list[int]:
        """The ids of the first so many people, those of a likelier reading before those of the next."""
        found: dict[int, None] = {}
        for reading in self.readings:
            # A later reading may find the same people again. To leave them out there would cost a walk past them all.
            found |= dict.fromkeys(reading.first(count + len(found)))
            if len(found) >= count:
                break
        return list(found)[:count]


def understand(text: str) -> Search:
    """What somebody searches for. Raises SearchError, with the reason in words."""
    typed = " ".join(unicodedata.normalize("NFKC", text).split())
    if not typed:
        raise SearchError(_("Enter a name, an e-mail address, a phone number, or a ZIP code."))
    if len(typed) > LONGEST_TEXT or "\0" in typed:
        raise SearchError(_("That is too long, or has characters in it that cannot be read."))
    if match := re.fullmatch(r"([a-z]+):\s*(.+)", typed, re.IGNORECASE):
        return _by_filter(match[1].lower(), match[2])
    if re.fullmatch(r"[0-9]{5}(-[0-9]{4})?", typed):
        return _by_zip_code(typed[:5])
    if re.fullmatch(r"[0-9+()./\s‐-―-]+", typed):
        return _by_phone(typed)
    if "@" in typed or re.fullmatch(r"[^\s,]*[^\s,.][._+\d][^\s,]+", typed):
        return _by_address(typed.lower())
    return _by_name(typed)


def _by_filter(key: str, typed: str) -> Search:
    chosen = people_filter(key)
    if chosen is None:
        known = ", ".join(f"{each.key}:" for each in people_filters())
        raise SearchError(_("Before a colon can stand: %(known)s") % {"known": known})
    try:
        value = chosen.find(typed)
    except UnknownValueError as error:
        raise SearchError(str(error)) from error
    sql, parameters = chosen.narrow(Person.objects.all(), value).order_by().values("pk").query.sql_with_params()
    return Search(
        kind=key,
        description=_("everybody who %(does)s") % {"does": chosen.describe(value)},
        readings=[Reading(_PEOPLE, f"p.id IN ({sql})", parameters)],
    )


def _by_zip_code(zip_code: str) -> Search:
    return Search(
        kind="zip",
        description=_("people with the ZIP code %(zip_code)s") % {"zip_code": zip_code},
        readings=[Reading(_PEOPLE, "p.zip_code_id = %s", (zip_code,))],
    )


def _by_phone(typed: str) -> Search:
    message = _("A ZIP code has five digits. A phone number needs its area code, or + and its country’s.")
    try:
        number = phonenumbers.parse(typed, settings.PHONENUMBER_DEFAULT_REGION)
    except phonenumbers.NumberParseException as error:
        raise SearchError(message) from error
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        raise SearchError(message)
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    stored = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Search(
        kind="phone",
        description=_("whoever has the phone number %(number)s") % {"number": written},
        readings=[Reading(_PHONES, "n.number = %s", (stored,))],
    )


def _by_address(typed: str) -> Search:
    """The whole address, or its beginning."""
    if len(typed) < SHORTEST_ADDRESS:
        raise SearchError(_("Type more of the e-mail address."))
    return Search(
        kind="email",
        description=_("people whose e-mail address begins with “%(typed)s”") % {"typed": typed},
        readings=_addresses(typed),
    )


def _addresses(typed: str) -> list[Reading]:
    """The addresses that begin so; none where it is more than one word."""
    if " " in typed or "," in typed:
        return []
    pattern = re.sub(r"([\\%_])", r"\\\1", typed.lower()) + "%"
    return [Reading(_ADDRESSES, "e.address LIKE %s", (pattern,), _BY_ADDRESS)]


def _by_name(typed: str) -> Search:
    """Beginnings of names: given name first, family name first, or "Family, Given". One word may begin an address."""
    if not _has_letters(typed):
        raise SearchError(_("Enter a name, an e-mail address, a phone number, or a ZIP code."))
    words = _("people called “%(name)s”")
    if " " not in typed:
        words = _("people whose name or e-mail address begins with “%(name)s”")
    return Search(
        kind="name",
        description=words % {"name": typed},
        readings=[_called(given, family) for given, family in _names(typed)] + _addresses(typed),
    )


def _names(typed: str) -> list[tuple[str, str]]:
    """The pairs of given and family name that may be meant, likely ones first. A blank stands for any name."""
    family, comma, given = (part.strip() for part in typed.partition(","))
    if comma and _has_letters(family) and (_has_letters(given) or not given):
        return [(given, family)]
    words = [word for word in typed.replace(",", " ").split(" ", MOST_WORDS - 1) if _has_letters(word)]
    splits = [(" ".join(words[:cut]), " ".join(words[cut:])) for cut in range(len(words) - 1, 0, -1)]
    swapped = [(second, first) for first, second in splits]
    return [*splits, *swapped, ("", typed), (typed, "")]


def _has_letters(text: str) -> bool:
    """Whether anything is left of it in a key: a name without letters would be the beginning of every name."""
    return any(map(str.isalnum, text))


def _called(given: str, family: str) -> Reading:
    parts = [(key, name) for key, name in (("family_key", family), ("given_key", given)) if name]
    condition = " AND ".join(_BEGINS.format(key=key) for key, _name in parts)
    # In a key there is neither; in a pattern they would stand for something else.
    parameters = tuple(re.sub(r"[\\%]", " ", name) for _key, name in parts)
    return Reading(_PEOPLE, condition, parameters, _BY_NAME if family else _BY_GIVEN_NAME)
