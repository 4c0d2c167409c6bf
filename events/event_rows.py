"""One row of a file of events, by itself: its texts in, an EventRow or the reason why it is none out.

Nothing here asks the database: where a ZIP code is, and what the clocks show there, `event_import` finds out.
"""

import datetime
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from affiliates.group_import import read_zip_code
from foundation.imports.importers import RowError
from foundation.places.keys import name_key

from .models import EventKind

MOST_PLACES = 100_000
MOST_HEADS = 1_000_000
LONGEST_TITLE = 120

_NUMBER = re.compile(r"([0-9]{1,7}|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.0+)?")
_TIME_FORMATS = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M",
    "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p",
)  # fmt: skip
_HALF_OF_DAY = re.compile(r"\s*([AP])\.?M\.?$")


@dataclass(frozen=True)
class EventRow:
    """One row, well-formed. What the file does not give is "" or None; times are those of the place's clocks.

    `capacity` 0 is without limit. `key` tells the event's row from all others, once it is numbered.
    """

    title: str
    zip_code: str
    starts: datetime.datetime
    ends: datetime.datetime | None = None
    capacity: int | None = None
    head_count: int | None = None
    group: str = ""
    kind: str = ""
    about: str = ""
    venue_name: str = ""
    address: str = ""
    is_address_public: bool | None = None
    key: str = ""

    @property
    def digest(self) -> str:
        """Of what tells one event from others: its title, ZIP code, beginning and group. Rows may share it."""
        facts = (self.title.casefold(), self.zip_code, self.starts.isoformat(), self.group)
        return hashlib.sha256("\0".join(facts).encode()).hexdigest()[:32]


def read_event_row(values: Mapping[str, str]) -> EventRow:
    """The row from the texts of its columns, by field name. Raises RowError, with the first thing that is wrong."""
    zip_code = read_zip_code(values["zip"])
    if not zip_code:
        raise RowError(_("ZIP code"), _("The ZIP code is missing."))
    if not values["start"]:
        raise RowError(_("Start"), _("The start is missing."))
    end = values.get("end", "")
    return EventRow(
        title=_title(values["title"]),
        zip_code=zip_code,
        starts=_time(values["start"], _("Start")),
        ends=_time(end, _("End")) if end else None,
        capacity=_number(values.get("capacity", ""), _("Places"), MOST_PLACES),
        head_count=_number(values.get("head_count", ""), _("Head count"), MOST_HEADS),
        group=values.get("group", "").strip("/").lower(),
        kind=_kind(values.get("kind", "")),
        about=_text(values.get("about", ""), _("What happens"), 4000),
        venue_name=_text(values.get("venue_name", ""), _("Name of the venue"), 120),
        address=_text(values.get("address", ""), _("Street address"), 200),
        is_address_public=_yes_or_no(values.get("address_public", ""), _("Everybody may see the address")),
    )


def _title(text: str) -> str:
    title = " ".join(text.split())
    if not title:
        raise RowError(_("Title"), _("The title is missing."))
    if len(title) > LONGEST_TITLE:
        long = {"count": len(title), "most": LONGEST_TITLE}
        raise RowError(_("Title"), _("The title has %(count)d characters, and %(most)d fit. Shorten it.") % long)
    return title


def _time(text: str, column: str) -> datetime.datetime:
    typed = _HALF_OF_DAY.sub(r" \1M", " ".join(text.upper().replace(",", " ").split()))
    for form in _TIME_FORMATS:
        try:
            local = datetime.datetime.strptime(typed, form)  # noqa: DTZ007 - the zone is that of the place
        except ValueError:
            continue
        if not 1990 <= local.year <= 2099:
            raise RowError(column, _("The year %(year)s cannot be right.") % {"year": local.year})
        return local
    shown = {"text": text[:40]}
    raise RowError(
        column,
        _("“%(text)s” is no local time. Write it like 2026-05-09 18:30 or 5/9/2026 6:30 PM, without a zone.") % shown,
    )


def _number(text: str, column: str, most: int) -> int | None:
    if not text:
        return None
    match = _NUMBER.fullmatch(text)
    number = int(match[1].replace(",", "")) if match else most + 1
    if number > most:
        allowed = {"text": text[:20], "most": f"{most:,}"}
        raise RowError(column, _("“%(text)s” is no whole number from 0 to %(most)s.") % allowed)
    return number


def _kind(text: str) -> str:
    if not text:
        return ""
    typed = name_key(text)
    for kind in EventKind:
        if typed in {kind.value.replace("_", " "), name_key(str(kind.label))}:
            return kind.value
    kinds = ", ".join(str(kind.label) for kind in EventKind)
    raise RowError(
        _("Kind"), _("“%(text)s” is no kind of event. Write one of: %(kinds)s.") % {"text": text[:40], "kinds": kinds}
    )


def _text(text: str, column: str, most: int) -> str:
    if len(text) > most:
        raise RowError(column, _("This text has more than %(most)s characters.") % {"most": f"{most:,}"})
    return text


def _yes_or_no(text: str, column: str) -> bool | None:
    typed = name_key(text)
    if not typed:
        return None
    if typed in {"yes", "y", "true", "1", name_key(_("yes"))}:
        return True
    if typed in {"no", "n", "false", "0", name_key(_("no"))}:
        return False
    raise RowError(column, _("“%(text)s” is neither yes nor no.") % {"text": text[:20]})
