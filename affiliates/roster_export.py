"""A group's roster as a CSV file: only people who share their details with the group, only what they share."""

import csv
import datetime
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record
from foundation.web.spreadsheets import safe_cell

from .models import Group
from .roster_lists import ListedEntry, RosterSelection, WhoIsShown, rows_of

ROWS_AT_ONCE = 2_000


class _Echo:
    """A file whose `write` gives the text back."""

    def write(self, text: str) -> str:
        return text


def export_roster(*, group: Group, selection: RosterSelection, reason: str, actor: User) -> Iterator[str]:
    """The file line by line, written to the audit log before its first: who, why, how many.

    Raises ValueError for a selection of people who do not share their details.
    """
    if selection.who == WhoIsShown.NOT_SHARING:
        raise ValueError("whoever does not share their details is in no file")
    count = selection.entries(group).count()
    narrowed_by = [name for name in ("words", "tag", "how") if getattr(selection, name)]
    record(
        actor=actor,
        action="exported roster",
        subject=f"group:{group.pk}",
        reason=reason,
        rows=count,
        who=selection.who.value,
        narrowed_by=narrowed_by,
    )
    return _lines(group, selection)


def _lines(group: Group, selection: RosterSelection) -> Iterator[str]:
    """Read by a cursor of the server, so that the memory it takes does not grow with the rows."""
    writer: Any = csv.writer(_Echo())
    # Excel reads UTF-8 only where the mark says so.
    yield "\ufeff"
    yield writer.writerow(_headings())
    rows = rows_of(selection.entries(group).order_by("-joined_at", "-pk"), shared=True)
    for row in rows.iterator(chunk_size=ROWS_AT_ONCE):
        yield writer.writerow([_cell(value) for value in _cells(ListedEntry(*row))])


def _headings() -> list[str]:
    return [
        _("Given name"),
        _("Family name"),
        _("E-mail address"),
        _("Phone numbers"),
        _("ZIP code"),
        _("Joined on"),
        _("How"),
        _("Member"),
        _("Wants our mails"),
        _("Tags"),
    ]


def _cells(entry: ListedEntry) -> list[object]:
    return [
        entry.given_name,
        entry.family_name,
        entry.email,
        ", ".join(entry.phones),
        entry.zip_code,
        entry.joined_at,
        entry.how_label,
        entry.is_member,
        entry.wants_mail,
        ", ".join(entry.tags),
    ]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    return safe_cell(str(value))
