"""Many donations at once: what `record_donation` and `refund_donation` do row by row, in a few statements a batch.

The same rows give the same result either way (a test compares them). A batch asks what the database knows of its line
items, addresses and numbers, goes through its rows in order in memory, and writes what is new by COPY; the database's
triggers derive memberships and scores once a statement.
"""

import csv
import datetime
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from foundation.imports.importers import BadRow, CheckedRow, Outcome

from .donations import REFUNDED, donation_details
from .erasure import erased_among
from .membership import lock_people
from .models import DonationSource, Duplicate, DuplicateReason
from .models.donations import activity_source
from .people import home_of

_TRIES = 3  # as often a batch is looked at anew where somebody else was faster


class DonationRow(NamedTuple):
    """One line item as a file has it, well-formed. Times are ISO 8601 with an offset; what is not given is ""."""

    key: str
    receipt: str
    email: str
    phone: str
    given_name: str
    family_name: str
    zip_code: str
    amount: str
    paid_at: str
    is_recurring: bool
    refund: str
    refunded_at: str
    page: str
    reference_code: str
    recipient: str


type Rows = Sequence[CheckedRow[DonationRow]]


class _LookAgainError(Exception):
    """Somebody merged, deleted or completed between two statements what we have just seen."""


def preview_donations(rows: Rows, *, source: DonationSource, now: datetime.datetime) -> Outcome:
    """What `load_donations` would do, without writing."""
    return _plan(rows, source, now, people=None).outcome


def load_donations(rows: Rows, *, source: DonationSource, now: datetime.datetime) -> Outcome:
    """Record these line items, and refund those that were refunded, within the caller's transaction.

    A giver who asked to be deleted is left out, as are line items that are known: they count as unchanged. Others who
    take in the same people at the same moment make the batch look again. Raises IntegrityError where that is in vain.
    """
    for left in reversed(range(_TRIES)):
        try:
            with transaction.atomic():
                plan = _plan(rows, source, now, people=_People(now))
                _write(plan, source)
                return plan.outcome
        except (IntegrityError, _LookAgainError) as error:
            if not left:
                raise IntegrityError("the batch cannot be loaded") from error
    raise AssertionError("unreachable")


# --- what to do ---------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Known:
    """What is known of a line item: in the database (`pk`), or from an earlier row of the batch."""

    pk: int = 0
    person: int = 0
    is_whole: bool = True
    is_refunded: bool = False
    entry: "_Entry | None" = None


@dataclass(slots=True)
class _Entry:
    """A donation to be written: a new row, or what was missing of a refund that came first (`pk`)."""

    row: DonationRow
    person: int
    refund: str
    refunded_at: str
    pk: int = 0


@dataclass
class _Plan:
    outcome: Outcome = field(default_factory=Outcome)
    new: list[_Entry] = field(default_factory=list)
    completed: list[_Entry] = field(default_factory=list)
    # (pk, person, key, refund, refunded_at) of donations that are known and were given back.
    refunds: list[tuple[int, int, str, str, str]] = field(default_factory=list)
    people: "_People | None" = None


def _plan(rows: Rows, source: DonationSource, now: datetime.datetime, *, people: "_People | None") -> _Plan:
    plan = _Plan(people=people)
    outcome = plan.outcome
    tomorrow = (now + datetime.timedelta(days=1)).date().isoformat()
    known = _known_line_items([checked.row.key for checked in rows], source)
    to_record = [checked.row for checked in rows if (found := known.get(checked.row.key)) is None or not found.is_whole]
    if people is not None:
        people.learn(to_record)
    # Asked behind `learn`, which holds the givers: whoever is being deleted at this moment is not made anew.
    erased = erased_among(text for row in to_record for text in (row.email, row.phone) if text)
    owned = _owned_addresses(to_record) if erased else set()
    if people is not None:
        people.erased = erased
    for line, row in rows:
        if row.paid_at[:10] > tomorrow or row.refunded_at[:10] > tomorrow:
            outcome.bad.append(BadRow(line, str(_("Date")), _("This date is in the future.")))
            continue
        found = known.get(row.key)
        if found is None or not found.is_whole:
            if erased and _is_erased(row, erased, owned):
                outcome.unchanged += 1
                continue
            owned.add(row.email)
            known[row.key] = _take(plan, row, found)
            outcome.loaded += 1
        elif row.refunded_at and not found.is_refunded:
            _refund(plan, row, found)
            outcome.loaded += 1
        else:
            outcome.unchanged += 1
    return plan


def _is_erased(row: DonationRow, erased: set[str], owned: set[str]) -> bool:
    """As members.people.take_in says: a deleted number keeps nobody out whose address is somebody's."""
    return (row.email or row.phone) in erased or (row.phone in erased and row.email not in owned)


def _owned_addresses(rows: Sequence[DonationRow]) -> set[str]:
    """Those of the rows' addresses that are somebody's."""
    addresses = list({row.email for row in rows if row.email})
    with connection.cursor() as cursor:
        cursor.execute("SELECT address FROM members_personemail WHERE address = ANY(%s)", [addresses])
        return {address for (address,) in cursor.fetchall()}


def _known_line_items(keys: list[str], source: DonationSource) -> dict[str, _Known]:
    with connection.cursor() as cursor:  # by hand: a QuerySet takes longer over ten thousand parameters than Postgres
        cursor.execute(
            "SELECT line_item, id, coalesce(person_id, 0), amount IS NOT NULL, refunded_at IS NOT NULL"
            " FROM members_donation WHERE source = %s AND line_item = ANY(%s)",
            [source.value, keys],
        )
        return {key: _Known(*facts) for key, *facts in cursor.fetchall()}


def _take(plan: _Plan, row: DonationRow, ahead: _Known | None) -> _Known:
    """Enter a donation into the plan; `ahead` is the row of a refund that came before it."""
    person = plan.people.giver(row) if plan.people is not None else 0
    entry = _Entry(row, person, row.refund, row.refunded_at, ahead.pk if ahead else 0)
    (plan.completed if ahead else plan.new).append(entry)
    return _Known(entry.pk, person, is_refunded=bool(ahead or row.refunded_at), entry=entry)


def _refund(plan: _Plan, row: DonationRow, found: _Known) -> None:
    found.is_refunded = True
    if found.entry is not None:
        found.entry.refund, found.entry.refunded_at = row.refund, row.refunded_at
    else:
        plan.refunds.append((found.pk, found.person, row.key, row.refund, row.refunded_at))


# --- who gave -----------------------------------------------------------------------------------------------------


class _Home(NamedTuple):
    zip_code: str | None = None
    country: str = "US"
    latitude: float | None = None
    longitude: float | None = None
    time_zone: str = ""


@dataclass(slots=True)
class _Giver:
    """A person as they will be: new, or known and `is_changed`."""

    pk: int
    given_name: str = ""
    family_name: str = ""
    home: _Home | None = None
    user: int | None = None
    is_new: bool = False
    is_changed: bool = False


class _People:
    """The givers of a batch, found or made as members.people.take_in does it for somebody else's act."""

    def __init__(self, now: datetime.datetime) -> None:
        self.now = now
        self.of_address: dict[str, int] = {}
        self.of_number: dict[str, int] = {}
        self.givers: dict[int, _Giver] = {}
        self.users: dict[str, int] = {}
        self.homes: dict[str, _Home] = {}
        self.new_addresses: list[tuple[int, str, bool]] = []
        self.new_numbers: list[tuple[int, str]] = []
        self.duplicates: set[tuple[int, int]] = set()
        self.erased: set[str] = set()
        self._keys: list[int] = []

    def learn(self, rows: Sequence[DonationRow]) -> None:
        """Ask for all that the database knows of these rows' givers. Five queries, however many rows."""
        addresses = list({row.email for row in rows if row.email})
        numbers = list({row.phone for row in rows if row.phone})
        with connection.cursor() as cursor:
            cursor.execute("SELECT address, person_id FROM members_personemail WHERE address = ANY(%s)", [addresses])
            self.of_address = dict(cursor.fetchall())
            cursor.execute("SELECT number, person_id FROM members_personphone WHERE number = ANY(%s)", [numbers])
            self.of_number = dict(cursor.fetchall())
            self._learn_givers(cursor, {*self.of_address.values(), *self.of_number.values()})
            cursor.execute(
                "SELECT e.email, e.user_id FROM account_emailaddress e WHERE e.verified AND e.email = ANY(%s)"
                " AND NOT EXISTS (SELECT FROM members_person p WHERE p.user_id = e.user_id) ORDER BY e.user_id DESC",
                [addresses],
            )
            self.users = dict(cursor.fetchall())
            at_most = len(addresses) + len(numbers) - len(self.of_address)
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence('members_person', 'id')) FROM generate_series(1, %s)", [at_most]
            )
            self._keys = [key for (key,) in reversed(cursor.fetchall())]  # `pop` gives the lowest first
        self.homes = homes_of({row.zip_code for row in rows if row.zip_code})

    def _learn_givers(self, cursor: Any, people: set[int]) -> None:
        """What is known of them; and hold them, so that nobody merges or deletes them meanwhile."""
        cursor.execute(
            "SELECT id, given_name, family_name, zip_code_id, user_id FROM members_person WHERE id = ANY(%s)"
            " ORDER BY id FOR KEY SHARE",
            [sorted(people)],
        )
        for pk, given_name, family_name, zip_code, user in cursor.fetchall():
            self.givers[pk] = _Giver(pk, given_name, family_name, _Home(zip_code) if zip_code else None, user)
        if len(self.givers) != len(people):
            raise _LookAgainError

    def giver(self, row: DonationRow) -> int:
        """The id of the person who gave `row`, made where there is none; what is new about them is noted."""
        pk = self.of_address.get(row.email) if row.email else self.of_number.get(row.phone)
        giver = self.givers[pk] if pk is not None else self._make(row)
        self._fill(giver, row)
        if row.email and row.phone and row.phone not in self.erased:
            self._note_number(giver.pk, row.phone)
        return giver.pk

    def _make(self, row: DonationRow) -> _Giver:
        giver = _Giver(self._keys.pop(), is_new=True)
        self.givers[giver.pk] = giver
        if row.email:
            self.of_address[row.email] = giver.pk
            self.new_addresses.append((giver.pk, row.email, True))
        else:
            self.of_number[row.phone] = giver.pk
            self.new_numbers.append((giver.pk, row.phone))
        return giver

    def _fill(self, giver: _Giver, row: DonationRow) -> None:
        """Fill the blanks of the person, and tie them to the login that has verified the address."""
        if row.given_name and not giver.given_name:
            giver.given_name, giver.is_changed = row.given_name, True
        if row.family_name and not giver.family_name:
            giver.family_name, giver.is_changed = row.family_name, True
        if giver.home is None and row.zip_code in self.homes:
            giver.home, giver.is_changed = self.homes[row.zip_code], True
        if giver.user is None and self.users and row.email in self.users:
            giver.user, giver.is_changed = self.users[row.email], True
            self.users = {email: user for email, user in self.users.items() if user != giver.user}

    def _note_number(self, giver: int, number: str) -> None:
        """The number is the giver's, unless it is somebody else's: then staff are asked whether the two are one."""
        owner = self.of_number.get(number)
        if owner is None:
            self.of_number[number] = giver
            self.new_numbers.append((giver, number))
        elif owner != giver:
            self.duplicates.add((min(owner, giver), max(owner, giver)))


def homes_of(zip_codes: set[str]) -> dict[str, _Home]:
    """The home that each of these ZIP codes stands for (members.people.home_of); none for those that are no place."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code, latitude, longitude, time_zone FROM places_zipcode WHERE code = ANY(%s)", [list(zip_codes)]
        )
        known = cursor.fetchall()
    homes = {}
    for code, latitude, longitude, time_zone in known:
        if latitude is not None:
            homes[code] = _Home(code, "US", latitude, longitude, time_zone)
        elif of_place := home_of(code):  # one whose point is not its own: few, and slow
            homes[code] = _Home(
                of_place["zip_code_id"], of_place["country"], of_place["latitude"], of_place["longitude"],
                of_place["time_zone"],
            )  # fmt: skip
    return homes


# --- writing ------------------------------------------------------------------------------------------------------


def _write(plan: _Plan, source: DonationSource) -> None:
    if plan.people is None:
        raise ValueError("this plan is a preview")
    changed = [giver for giver in plan.people.givers.values() if giver.is_changed and not giver.is_new]
    lock_people({giver.pk for giver in changed} | {person for _pk, person, *_rest in plan.refunds})
    _write_people(plan.people, changed)
    _write_donations(plan.new, source)
    for entry in plan.completed:
        _complete(entry)
    _write_activities([*plan.new, *plan.completed], source)
    _write_refunds(plan.refunds, source)
    with connection.cursor() as cursor:  # a broken reference shows here, within the savepoint, and not at the commit
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _write_people(people: _People, changed: list[_Giver]) -> None:
    _copy(
        "members_person (id, given_name, family_name, zip_code_id, country, latitude, longitude, time_zone, user_id,"
        " language)",
        (
            (giver.pk, giver.given_name, giver.family_name, *(giver.home or _NOWHERE), giver.user, "en")
            for giver in people.givers.values()
            if giver.is_new
        ),
    )
    _copy("members_personemail (person_id, address, is_primary)", people.new_addresses)
    _copy("members_personphone (person_id, number)", people.new_numbers)
    Duplicate.objects.bulk_create(
        [
            Duplicate(first_id=first, second_id=second, reason=DuplicateReason.PHONE)
            for first, second in sorted(people.duplicates)
        ],
        ignore_conflicts=True,
    )
    _fill_blanks(changed)


_NOWHERE = _Home()


def _fill_blanks(changed: list[_Giver]) -> None:
    """Blanks only, whatever somebody else has written since we looked."""
    with connection.cursor() as cursor:
        for giver in sorted(changed, key=lambda giver: giver.pk):
            home = giver.home or _NOWHERE
            cursor.execute(
                "UPDATE members_person SET given_name = coalesce(nullif(given_name, ''), %s),"
                " family_name = coalesce(nullif(family_name, ''), %s), user_id = coalesce(user_id, %s) WHERE id = %s",
                [giver.given_name, giver.family_name, giver.user, giver.pk],
            )
            if home.latitude is not None:
                cursor.execute(
                    "UPDATE members_person SET zip_code_id = %s, country = %s, latitude = %s, longitude = %s,"
                    " time_zone = %s WHERE id = %s AND zip_code_id IS NULL",
                    [*home, giver.pk],
                )


def _write_donations(entries: list[_Entry], source: DonationSource) -> None:
    _copy(
        "members_donation (source, line_item, receipt, person_id, amount, currency, paid_at, is_recurring, refund,"
        " refunded_at, page, reference_code, recipient)",
        (
            (
                source.value, row.key, row.receipt, entry.person, row.amount, "USD", row.paid_at, row.is_recurring,
                entry.refund, entry.refunded_at or None, row.page, row.reference_code, row.recipient,
            )
            for entry in entries
            for row in (entry.row,)
        ),
    )  # fmt: skip


def _complete(entry: _Entry) -> None:
    """What was missing of a donation whose refund came first."""
    row = entry.row
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE members_donation SET person_id = %s, amount = %s, paid_at = %s, receipt = %s, is_recurring = %s,"
            " page = %s, reference_code = %s, recipient = %s WHERE id = %s AND amount IS NULL RETURNING refunded_at",
            [
                entry.person, row.amount, row.paid_at, row.receipt, row.is_recurring, row.page, row.reference_code,
                row.recipient, entry.pk,
            ],
        )  # fmt: skip
        refunded = cursor.fetchone()
    if refunded is None:
        raise _LookAgainError
    entry.refunded_at = refunded[0].isoformat()


def _write_activities(entries: list[_Entry], source: DonationSource) -> None:
    _copy(
        "members_activity (person_id, kind, source, at, details, withdrawn_at, withdrawn_because)",
        (
            (
                entry.person, "donation", activity_source(source, row.key), row.paid_at,
                _details(row.amount, row.recipient), entry.refunded_at or None, REFUNDED if entry.refunded_at else "",
            )
            for entry in entries
            for row in (entry.row,)
        ),
    )  # fmt: skip


@lru_cache(maxsize=4_096)
def _details(amount: str, recipient: str) -> str:
    return json.dumps(donation_details(f"{float(amount):.2f}", recipient))


def _write_refunds(refunds: list[tuple[int, int, str, str, str]], source: DonationSource) -> None:
    if not refunds:
        return
    pks, _people, keys, ids, times = (list(column) for column in zip(*refunds, strict=True))
    sources = [activity_source(source, key) for key in keys]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE members_donation d SET refund = r.refund, refunded_at = r.at"
            " FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS r (id, refund, at)"
            " WHERE d.id = r.id AND d.refunded_at IS NULL",
            [pks, ids, times],
        )
        cursor.execute(
            "UPDATE members_activity a SET withdrawn_at = r.at, withdrawn_because = %s"
            " FROM unnest(%s::text[], %s::timestamptz[]) AS r (source, at)"
            " WHERE a.source = r.source AND a.withdrawn_at IS NULL",
            [REFUNDED, sources, times],
        )


def _copy(into: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """COPY `rows` into a table and its columns, as our own code names them. None is NULL."""
    text = io.StringIO()
    # The csv module writes in C what psycopg would write row by row; all but None in quotation marks.
    csv.writer(text, quoting=csv.QUOTE_NOTNULL, lineterminator="\n").writerows(rows)
    if not text.tell():
        return
    with connection.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN (FORMAT csv)") as copy:
        copy.write(text.getvalue())
