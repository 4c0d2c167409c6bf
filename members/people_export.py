"""People as a CSV file: only what is listed here by name, no cell that a spreadsheet would run."""

import csv
import datetime
from collections.abc import Iterator
from typing import Any

from django.db.models import OuterRef, QuerySet, StringAgg, Subquery, TextField, Value
from django.db.models.functions import Cast
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foundation.accounts.models import User
from foundation.audit.models import record
from foundation.web.spreadsheets import safe_cell

from .models import PersonEmail, PersonPhone, PersonTag
from .models.people import PersonQuerySet

SHORTEST_REASON = 10
ROWS_AT_ONCE = 2_000


def _all_of(rows: QuerySet[Any], name: str) -> Subquery:
    """The values of a person's rows in one cell."""
    of_person = rows.filter(person=OuterRef("pk")).order_by().values("person")
    joined = StringAgg(Cast(name, TextField()), Value(", "), order_by=name)
    return Subquery(of_person.annotate(joined=joined).values("joined"))


COLUMNS: tuple[tuple[str, str | Promise, Any], ...] = (
    ("id", _("Number"), "pk"),
    ("given_name", _("Given name"), "given_name"),
    ("family_name", _("Family name"), "family_name"),
    (
        "email",
        _("E-mail address"),
        Subquery(PersonEmail.objects.filter(person=OuterRef("pk"), is_primary=True).values("address")),
    ),
    ("phones", _("Phone numbers"), _all_of(PersonPhone.objects.all(), "number")),
    ("zip_code", _("ZIP code"), "zip_code_id"),
    ("city", _("City"), "zip_code__city"),
    ("state", _("State"), "zip_code__state"),
    ("country", _("Country"), "country"),
    ("language", _("Language"), "language"),
    ("member_since", _("Member since"), "membership__since"),
    ("last_active", _("Last active"), "activity_score__last_at"),
    ("tags", _("Tags"), _all_of(PersonTag.objects.all(), "tag__name")),
)
"""Each column: its key, its heading, and the field or expression that fills it."""


class _Echo:
    """A file whose `write` gives the text back."""

    def write(self, text: str) -> str:
        return text


def export_people(*, people: PersonQuerySet, found_by: str, reason: str, actor: User) -> Iterator[str]:
    """The file line by line, written to the audit log before its first: who, why, how many.

    `found_by` says what found the people ("segment:5", "search by name") without naming anybody.
    """
    count = people.count()
    record(actor=actor, action="exported people", subject="people", found_by=found_by, reason=reason, rows=count)
    return _lines(people)


def _lines(people: PersonQuerySet) -> Iterator[str]:
    """Read by a cursor of the server, so that the memory it takes does not grow with the rows."""
    writer: Any = csv.writer(_Echo())
    # Excel reads UTF-8 only where the mark says so.
    yield "\ufeff"
    yield writer.writerow([str(heading) for _key, heading, _source in COLUMNS])
    sources = {f"cell_{key}": source for key, _heading, source in COLUMNS if not isinstance(source, str)}
    names = [source if isinstance(source, str) else f"cell_{key}" for key, _heading, source in COLUMNS]
    rows = people.order_by("pk").annotate(**sources).values_list(*names)
    for row in rows.iterator(chunk_size=ROWS_AT_ONCE):
        yield writer.writerow([_cell(value) for value in row])


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    return safe_cell(str(value))
