"""The import of districts from a Census crosswalk of ZIP code tabulation areas to congressional districts.

The file has the header `state_fips,state_abbr,zcta,cd` (others are ignored, in any order). At-large is 0 or 00,
and 98 for a delegate. A ZCTA that lies in several districts has a row for each, and its ZIP code is in all of them.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

from django.db import connection, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from foundation.audit.models import Actor, record
from foundation.places.areas import set_zip_codes
from foundation.places.models import Area, AreaKind, ZipCode
from foundation.places.states import STATES, State

COLUMNS = ("state_fips", "state_abbr", "zcta", "cd")
AT_LARGE = {"0", "00", "98"}  # 98: the non-voting delegates, by the Census
LARGEST_FILE = 20_000_000  # bytes; the whole country is about one million


class DistrictFileError(Exception):
    """The file as a whole can't be read as a crosswalk; nothing was imported. The message says why."""


class RowError(NamedTuple):
    """A row that was left out. `line` counts from 1, the header being 1."""

    line: int
    reason: str


@dataclass(slots=True)
class DistrictImport:
    """What an import did. `shared` is the number of ZIP codes that lie in several of the file's districts."""

    edition: str
    rows: int = 0
    made: int = 0
    changed: int = 0
    unchanged: int = 0
    zip_codes: int = 0
    shared: int = 0
    errors: list[RowError] = field(default_factory=list)


class _Row(NamedTuple):
    state: State
    zcta: str
    number: int  # 0 is at large

    @property
    def code(self) -> str:
        return f"{self.state.code}-{self.number:02}" if self.number else f"{self.state.code}-AL"

    @property
    def name(self) -> str:
        state = self.state.english_name
        return f"{state} district {self.number}" if self.number else f"{state} at large"


def import_districts(file: BinaryIO, *, edition: str, actor: Actor | None) -> DistrictImport:
    """Make or bring up to date the districts that `file` names, in one transaction.

    `edition` tells crosswalks apart: the Congress, such as "119". A district gets exactly the ZIP codes that the
    file gives it; districts of the edition that the file doesn't name stay as they are, so that states can be
    imported one by one. The same file again changes nothing. Rows that can't be used are in the result's `errors`.

    Raises DistrictFileError for a file without the header or too large, and for an empty edition.
    """
    if not slugify(edition) or len(edition) > 20:
        raise DistrictFileError(_("Say which edition it is in at most 20 letters and digits, such as 119."))
    result = DistrictImport(edition)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('places.import_districts'))")
        districts = _gather(file, result)
        for code, rows in sorted(districts.items()):
            _store(edition, code, rows, result)
        if result.made or result.changed:
            record(
                actor=actor, action="imported districts", subject=f"districts:{edition}",
                made=result.made, changed=result.changed, zip_codes=result.zip_codes, errors=len(result.errors),
            )  # fmt: skip
    return result


def _gather(file: BinaryIO, result: DistrictImport) -> dict[str, set[_Row]]:
    """The usable rows by district code; fills in the result's counts and errors."""
    known = set(ZipCode.objects.values_list("code", flat=True))
    districts: dict[str, set[_Row]] = defaultdict(set)
    districts_of: dict[str, set[str]] = defaultdict(set)
    for line, parsed in _rows(file):
        result.rows += 1
        if isinstance(parsed, str):
            result.errors.append(RowError(line, parsed))
        elif parsed.zcta not in known:
            result.errors.append(RowError(line, _("there is no ZIP code %(zcta)s") % {"zcta": parsed.zcta}))
        else:
            districts[parsed.code].add(parsed)
            districts_of[parsed.zcta].add(parsed.code)
    result.zip_codes = len(districts_of)
    result.shared = sum(len(codes) > 1 for codes in districts_of.values())
    return districts


def _store(edition: str, code: str, rows: set[_Row], result: DistrictImport) -> None:
    area, made = Area.objects.get_or_create(
        kind=AreaKind.DISTRICT,
        edition=edition,
        code=code,
        defaults={
            "name": next(iter(rows)).name,
            "slug": f"{slugify(edition)}-{code.lower()}",
            "recipe": {"crosswalk": edition},
        },
    )
    changed = set_zip_codes(area, {row.zcta for row in rows})
    if made:
        result.made += 1
    elif changed:
        Area.objects.filter(pk=area.pk).update(updated_at=timezone.now())
        result.changed += 1
    else:
        result.unchanged += 1


# --- Reading ---


def _rows(file: BinaryIO) -> Iterator[tuple[int, _Row | str]]:
    """Each row with its line: what it says, or the reason why it can't be used."""
    lines = csv.reader(io.StringIO(_text(file), newline=""))
    try:
        places = _places_of_columns(next(lines, []))
    except csv.Error:  # a cell longer than csv.field_size_limit()
        places = _places_of_columns([])
    while True:
        try:
            cells = next(lines)
        except StopIteration:
            return
        except csv.Error:  # as above; the reader goes on with the next line
            yield lines.line_num, _("a cell is far too long")
        else:
            if any(cell.strip() for cell in cells):
                yield lines.line_num, _parse(cells, places)


def _text(file: BinaryIO) -> str:
    content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise DistrictFileError(_("The file is larger than 20 MB; a crosswalk of the whole country has 1 MB."))
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DistrictFileError(_("The file is UTF-16. Save it as CSV in UTF-8."))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")  # all that matters is ASCII; a row where it isn't is reported


def _places_of_columns(header: list[str]) -> list[int]:
    names = [name.strip().lower() for name in header]
    missing = [column for column in COLUMNS if column not in names]
    if missing:
        raise DistrictFileError(
            _("The first line must name the columns %(columns)s. It lacks %(missing)s.")
            % {"columns": ",".join(COLUMNS), "missing": ", ".join(missing)}
        )
    return [names.index(column) for column in COLUMNS]


def _parse(cells: list[str], places: list[int]) -> _Row | str:
    if len(cells) <= max(places):
        return _("it has only %(count)s columns") % {"count": len(cells)}
    fips, abbreviation, zcta, district = (cells[place].strip() for place in places)
    state = STATES.get(abbreviation.upper())
    if state is None:
        return _("there is no state “%(text)s”") % {"text": abbreviation[:20]}
    if fips.zfill(2) != state.fips:
        return _("the FIPS code of %(state)s is %(fips)s, not “%(text)s”") % {
            "state": state.code,
            "fips": state.fips,
            "text": fips[:20],
        }
    if not (zcta.isascii() and zcta.isdigit() and len(zcta) == 5):
        return _("“%(text)s” does not have the five digits of a ZIP code") % {"text": zcta[:20]}
    if not (district.isascii() and district.isdigit() and len(district) <= 2):
        return _("“%(text)s” is no district number") % {"text": district[:20]}
    return _Row(state, zcta, 0 if district in AT_LARGE else int(district))
