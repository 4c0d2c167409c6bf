"""The list of who was there, as a conferencing tool exports it: read, looked at, confirmed, and what is left matched.

Tools put a summary above the table, name their columns as they like, write tabs or commas, and give a row for each time
that somebody left and came back. So this is no importer of foundation.imports, whose files have their header first and
whose rows stand for themselves; only its reading of bytes and lines is used. The same file again is the same list:
nobody is noted twice.
"""

import datetime
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import dropwhile, islice
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Q
from django.dispatch import receiver
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record
from foundation.imports.opening import FileError, layout_of, open_upload
from foundation.imports.reading import ByteFile, Layout, Row, RowReader
from foundation.mail.addresses import InvalidAddressError, normalise_address
from members.erasure import ErasedError
from members.models import Person
from members.models.people import PersonQuerySet
from members.people import Contact, find_person, take_in
from members.signals import person_erased

from .hosts import hosts_of
from .models import KEEPS_FILES, AttendanceFile, CheckedInBy, Event, FileParticipant
from .presence_online import note_there, noted_among

MOST_ROWS = 20_000
MOST_BYTES = 20 * 1024**2
HEADER_WITHIN = 60
"""So many lines may stand above the table."""

ALIASES = {
    "name": (
        "name", "name original name", "full name", "display name", "participant", "participant name", "user name",
        "attendee", "attendee name", "nombre", "nombre completo",
    ),
    "given": ("first name", "given name", "firstname"),
    "family": ("last name", "family name", "surname", "lastname"),
    "email": (
        "email", "e mail", "user email", "email address", "e mail address", "participant email", "attendee email",
        "correo electronico", "correo",
    ),
    "joined": (
        "join time", "joined", "time joined", "first join", "first seen", "joined at", "joined at utc",
        "join timestamp", "hora de entrada",
    ),
    "left": (
        "leave time", "left", "time exited", "last leave", "time left", "left at", "last seen at", "exited",
        "leave timestamp", "hora de salida",
    ),
    "minutes": (
        "duration", "duration minutes", "total duration minutes", "time in session", "time in session minutes",
        "in meeting duration", "time in call", "attendance duration", "minutes", "duracion", "duracion minutos",
    ),
}  # fmt: skip
"""What tools call their columns, as `_plain` writes it: letters in lower case, without what stands in brackets
where the column is known without."""

_TIMES = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M",
    "%b %d, %Y %H:%M:%S", "%b %d, %Y %I:%M:%S %p", "%I:%M:%S %p", "%I:%M %p", "%H:%M:%S", "%H:%M",
)  # fmt: skip
_DAY = datetime.timedelta(days=1)


class MatchError(Exception):
    """Nobody can be noted for this row; the message, for the reader, says why."""


class BadRow(NamedTuple):
    """A row that cannot be used, and why."""

    line: int
    reason: str


@dataclass
class Listed:
    """One human of the file, from all rows of theirs."""

    line: int
    name: str
    email: str
    rows: int = 1
    stays: list[tuple[datetime.datetime, datetime.datetime]] = field(default_factory=list)
    minutes_said: float | None = None

    @property
    def minutes(self) -> int | None:
        """How long they were there: the time in which any of their devices was, else what the tool says; or None."""
        if self.stays:
            return int(_length(self.stays) / datetime.timedelta(minutes=1))
        return None if self.minutes_said is None else int(self.minutes_said)

    def take_in(self, other: "Listed") -> None:
        """Another row of the same human."""
        self.name, self.email, self.rows = self.name or other.name, self.email or other.email, self.rows + other.rows
        self.stays += other.stays
        if other.minutes_said is not None:
            self.minutes_said = (self.minutes_said or 0) + other.minutes_said


# --- reading ----------------------------------------------------------------------------------------------------


def read_participants(upload: ByteFile) -> tuple[list[Listed], list[BadRow], str]:
    """Who is on the list, the rows that cannot be used, and the SHA-256 of the file. Nothing is written.

    Raises FileError where it is no text, or no line of it names the columns of a list of participants.
    """
    with open_upload(upload) as opened:
        plain = layout_of(opened.encoding, ",").encoding
        start = 3 if opened.encoding == "utf-8-sig" else 0  # behind the byte order mark
        rows, columns = _table(opened.file, plain, start)
        people, bad = _people(rows, columns)
        return people, bad, opened.sha256


def _table(file: ByteFile, encoding: str, start: int) -> tuple[Iterator[Row], Mapping[str, int]]:
    """The rows below the line that names most of the columns, and which column is what.

    A summary above the table may name some of them too ("User Email" of the host); of two tables the first is meant.
    """
    best, line, layout = dict[str, int](), 0, Layout(encoding, ",")
    for delimiter in (",", "\t", ";"):
        tried = Layout(encoding, delimiter)
        for row in islice(RowReader(file, tried, offset=start, line=0), HEADER_WITHIN):
            columns = _columns(row.cells)
            if {"name", "email"} & columns.keys() and len(columns) > max(1, len(best)):
                best, line, layout = columns, row.line, tried
    if not best:
        raise FileError(
            _("No line of this file names the columns of a list of participants, such as “Name” and “Email”.")
        )
    rows = iter(RowReader(file, layout, offset=start, line=0))
    return dropwhile(lambda row: row.line <= line, rows), best


def _columns(cells: Sequence[str]) -> dict[str, int]:
    """Which of `cells` (from 0) is the name of which column."""
    found: dict[str, int] = {}
    for index, cell in enumerate(cells):
        names = {_plain(cell), _plain(re.sub(r"\(.*?\)", " ", cell))}
        for column, aliases in ALIASES.items():
            if column not in found and names & set(aliases):
                found[column] = index
                break
    if "given" in found or "family" in found:
        found.setdefault("name", found.get("given", found.get("family", 0)))
    return found


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.findall(r"[a-z0-9]+", "".join(c for c in folded if not unicodedata.combining(c))))


def _people(rows: Iterator[Row], columns: Mapping[str, int]) -> tuple[list[Listed], list[BadRow]]:
    """The humans of the table, each once, in the order of their first rows; by address, else by name."""
    found: dict[str, Listed] = {}
    bad: list[BadRow] = []
    for number, row in enumerate(rows):
        if number >= MOST_ROWS:
            raise FileError(_("This list has more than %(limit)s rows.") % {"limit": f"{MOST_ROWS:,}"}, 413)
        if row.problem:
            bad.append(BadRow(row.line, row.problem))
            continue
        if len([cell for cell in row.cells if cell.strip()]) == 1 and len(row.cells) < len(columns):
            break  # the title of the next part of the file, "3. In-Meeting Activities"
        try:
            one = _listed(row, columns)
        except ValueError as error:
            bad.append(BadRow(row.line, str(error)))
            continue
        known = found.setdefault(one.email or f"name {_plain(one.name) or one.name}", one)
        if known is not one:
            known.take_in(one)
    return _joined_by_name(found), bad


def _joined_by_name(found: Mapping[str, Listed]) -> list[Listed]:
    """Rows without an address join those of the one human of that name who has one."""
    owners: dict[str, list[Listed]] = {}
    for one in found.values():
        if one.email:
            owners.setdefault(_plain(one.name), []).append(one)
    people = []
    for one in found.values():
        same = owners.get(_plain(one.name), []) if not one.email and _plain(one.name) else []
        if len(same) == 1:
            same[0].line = min(same[0].line, one.line)
            same[0].take_in(one)
        else:
            people.append(one)
    return sorted(people, key=lambda one: one.line)


def _listed(row: Row, columns: Mapping[str, int]) -> Listed:
    """One row. Raises ValueError, whose message is for the reader, where it names nobody."""
    cells = {name: row.cells[index].strip() for name, index in columns.items() if index < len(row.cells)}
    name = cells.get("name", "")
    if "given" in columns or "family" in columns:
        name = f"{cells.get('given', '')} {cells.get('family', '')}".strip() or name
    email = _address(cells.get("email", ""))
    if not name and not email:
        raise ValueError(_("This row has neither a name nor an e-mail address."))
    one = Listed(row.line, " ".join(name.split())[:200], email)
    joined, left = _moment(cells.get("joined", "")), _moment(cells.get("left", ""))
    if joined and left:
        one.stays.append((joined, left if left >= joined else left + _DAY))
    one.minutes_said = _minutes(cells.get("minutes", ""))
    return one


def _address(text: str) -> str:
    if not text:
        return ""
    try:
        return normalise_address(text)
    except InvalidAddressError as error:
        raise ValueError(_("This is no e-mail address.")) from error


def _moment(text: str) -> datetime.datetime | None:
    """The time that a tool wrote, on whatever clocks: only how far two of them are apart counts. None where unread."""
    plain = " ".join(unicodedata.normalize("NFKC", text).replace(", ", " ").split()).upper()
    plain = re.sub(r"(\.\d+)?( ?(GMT|UTC|Z)| [A-Z]{3,4})?$", "", plain) if not plain.endswith(("AM", "PM")) else plain
    for form in _TIMES:
        try:
            return datetime.datetime.strptime(plain, form.replace(", ", " "))  # noqa: DTZ007  # see above
        except ValueError:
            continue
    return None


def _minutes(text: str) -> float | None:
    """ "61", "1:01:30", "1 hr 2 min", "1h 2m 3s", "2 min": minutes. None where unread."""
    plain = unicodedata.normalize("NFKC", text).casefold().strip()
    if re.fullmatch(r"\d{1,5}([.,]\d+)?", plain):
        return float(plain.replace(",", "."))
    if match := re.fullmatch(r"(\d{1,3}):(\d{2}):(\d{2})", plain):
        hours, minutes, seconds = (int(part) for part in match.groups())
        return hours * 60 + minutes + seconds / 60
    parts = re.findall(r"(\d{1,5})\s*(h|m|s)[a-z.]*", plain)
    if not parts or re.sub(r"\d{1,5}\s*[hms][a-z.]*|[\s,]|and|y", "", plain):
        return None
    return sum(int(number) * {"h": 60, "m": 1, "s": 1 / 60}[unit] for number, unit in parts)


def _length(stays: Sequence[tuple[datetime.datetime, datetime.datetime]]) -> datetime.timedelta:
    """How long at least one of the stays lasted: two devices at once count once."""
    in_order = sorted(stays)
    total, until = datetime.timedelta(), in_order[0][0]
    for joined, left in in_order:
        total += max(left - max(joined, until), datetime.timedelta())
        until = max(until, left)
    return total


# --- taken in, confirmed ----------------------------------------------------------------------------------------


def take_in_file(
    *, event: Event, upload: ByteFile, name: str, least_minutes: int, actor: User, now: datetime.datetime
) -> AttendanceFile:
    """Keep what the list says, to be looked at; nobody is noted yet. The same file again is the list that is there.

    Raises FileError.
    """
    people, bad, sha256 = read_participants(upload)
    if not people and not bad:
        raise FileError(_("This list has no participants."))
    with transaction.atomic():
        kept, is_new = AttendanceFile.objects.get_or_create(
            event=event,
            sha256=sha256,
            defaults={
                "name": " ".join(name.replace("\0", "").split())[-200:],
                "least_minutes": least_minutes,
                "by": actor,
                "at": now,
                "bad_rows": [row._asdict() for row in bad],
            },
        )
        if is_new:
            FileParticipant.objects.bulk_create(
                FileParticipant(
                    file=kept, line=one.line, rows=one.rows, name=one.name, email=one.email, minutes=one.minutes
                )
                for one in people
            )
            record(actor=actor, action="uploaded attendance", subject=event.scope, file=kept.pk, sha256=sha256)
        elif kept.least_minutes != least_minutes:
            kept.least_minutes = least_minutes
            kept.save(update_fields=["least_minutes"])
    return kept


@dataclass(frozen=True)
class Preview:
    """What a file comes to: `to_note` are known and were there long enough, `noted` are noted already, `unknown`
    belong to nobody whom the event's hosts know, `too_short` were there for less than the least."""

    to_note: list[tuple[FileParticipant, Person]]
    noted: list[tuple[FileParticipant, Person | None]]
    unknown: list[FileParticipant]
    too_short: list[FileParticipant]


def preview_of(file: AttendanceFile) -> Preview:
    """What confirming `file` would do."""
    rows = list(file.participants.order_by("line"))
    owners = _owners(file.event, [row.email for row in rows if row.email])
    there = noted_among(file.event, [person.pk for person in owners.values()])
    found = Preview([], [], [], [])
    for row in rows:
        person = owners.get(row.email)
        if row.noted_at or (person and person.pk in there):
            found.noted.append((row, person))
        elif row.minutes is not None and row.minutes < file.least_minutes:
            found.too_short.append(row)
        elif person:
            found.to_note.append((row, person))
        else:
            found.unknown.append(row)
    return found


def people_known_to(event: Event) -> PersonQuerySet:
    """Among whom addresses of a list are looked up. To hosts a file must not tell who else the network knows: theirs
    are those who answered and those on their rosters. Staff who hold calls, and national events alone, add anybody by
    name; a national event that groups hold too is kept by their organizers as well."""
    people, hosts = Person.objects.order_by("pk"), hosts_of(event)
    if event.call or (event.group is None and not hosts):
        return people
    return people.filter(Q(rsvps__event=event) | Q(roster_entries__group__in=hosts)).distinct()


def _owners(event: Event, addresses: Collection[str]) -> dict[str, Person]:
    """Whose these addresses are, as far as the hosts of the event know."""
    people = people_known_to(event).filter(emails__address__in=addresses)
    return {
        email.address: person
        for person in people.distinct().defer("position").prefetch_related("emails")
        for email in person.emails.all()
    }


def confirm_file(*, file: AttendanceFile, actor: User, now: datetime.datetime) -> int:
    """Note those of the list who are known and were there long enough; returns how many had not been noted.

    Again changes nothing. Raises PresenceError (events.presence_online).
    """
    with transaction.atomic():
        locked = AttendanceFile.objects.select_for_update(of=("self",)).select_related("event__call", "event__group")
        held = locked.get(pk=file.pk)
        matched = preview_of(held).to_note
        people = {person.pk: person for _row, person in matched}
        noted = note_there(
            event=held.event, people=people.values(), how=CheckedInBy.FILE, at=held.event.starts_at, actor=actor,
            now=now, names={person.pk: _called(row) for row, person in matched},
        )  # fmt: skip
        held.participants.filter(pk__in=[row.pk for row, _person in matched]).update(noted_at=now)
        if held.confirmed_at is None or noted:
            held.confirmed_at = now
            held.save(update_fields=["confirmed_at"])
            record(actor=actor, action="noted attendance by file", subject=held.event.scope, file=held.pk, noted=noted)
    return noted


# --- matched by hand --------------------------------------------------------------------------------------------


def match_participant(
    *, participant: FileParticipant, actor: User, now: datetime.datetime, person: Person | None = None, email: str = ""
) -> Person:
    """A row that nobody was known for is `person`, or the owner of `email` (normalised), known from now on.

    The answer is the same whether the network knew the address or not. Raises MatchError for a row that was noted
    already and an owner who was deleted at their own wish, and PresenceError.
    """
    if person is None and not email:
        raise ValueError("a match is with somebody")
    with transaction.atomic():
        if person is None:
            person = _take_in(participant, email, now)
        rows = FileParticipant.objects.select_for_update(of=("self",)).select_related("file__event__call")
        row = rows.filter(pk=participant.pk).first()
        if row is None or row.noted_at:
            raise MatchError(_("This row was matched already, or the list was deleted."))
        event = row.file.event
        note_there(
            event=event, people=[person], how=CheckedInBy.FILE, at=event.starts_at, actor=actor, now=now,
            names={person.pk: _called(row)},
        )  # fmt: skip
        row.noted_at = now
        row.save(update_fields=["noted_at"])
        record(actor=actor, action="matched attendance", subject=event.scope, file=row.file_id, line=row.line)
    return person


def _called(row: FileParticipant) -> str:
    """What the list calls them, else what was typed for them: never blank, or their own name would be shown."""
    return row.name or row.email


def _take_in(participant: FileParticipant, email: str, now: datetime.datetime) -> Person:
    """The owner of `email`; what a list calls somebody who is known changes nothing about them."""
    given, _space, family = participant.name.rpartition(" ")
    contact = Contact(email=email)
    if find_person(email=email) is None:
        contact = Contact(email=email, given_name=(given or family)[:120], family_name=family[:120] if given else "")
    try:
        return take_in(contact=contact, is_own_act=False, now=now)
    except ErasedError as error:
        raise MatchError(_("They asked to be deleted, so nothing can be stored about them.")) from error


# --- forgotten --------------------------------------------------------------------------------------------------


def forget_old_files(*, now: datetime.datetime) -> int:
    """Delete the lists that were taken in longer ago than KEEPS_FILES; the attendance stays. Returns how many."""
    old = AttendanceFile.objects.filter(at__lt=now - KEEPS_FILES)
    count = old.count()
    old.delete()
    return count


@receiver(person_erased, dispatch_uid="events.attendance_files.forget")
def forget_rows_of(*, addresses: Collection[str], **rest: Any) -> None:
    """Whoever is deleted is on no list any more."""
    FileParticipant.objects.filter(email__in=addresses).delete()
