"""Many donations at once: what `record_donation` and `refund_donation` do row by row, in a few statements a batch.

The same rows give the same result either way (a test compares them). What the database knows of a batch's line items
decides in memory what becomes of each row; what is new is written by statements over all rows (donation_incoming).
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from foundation.imports.importers import BadRow, CheckedRow, Outcome

from . import donation_incoming as incoming
from .donation_columns import DonationRows
from .donation_incoming import LookAgainError
from .donation_rows import DonationRow
from .donations import REFUNDED
from .erasure import erased_among
from .membership import lock_people
from .models import DonationSource
from .models.donations import activity_source

_TRIES = 3  # as often a batch is looked at anew where somebody else was faster

type _Checked = Sequence[CheckedRow[DonationRow]]


def preview_donations(checked: _Checked, *, source: DonationSource, now: datetime.datetime) -> Outcome:
    """What `load_donations` would do, without writing."""
    rows = DonationRows.of(checked)
    known = _known_line_items(rows, source)
    return _sift(rows, known, _erased_of(_to_record(rows, known)), now).outcome


def load_donations(checked: _Checked, *, source: DonationSource, now: datetime.datetime) -> Outcome:
    """Record these line items, and refund those that were refunded, within the caller's transaction.

    A giver who asked to be deleted is left out, as are line items that are known: they count as unchanged. Others who
    take in the same people at the same moment make the batch look again. Raises IntegrityError where that is in vain.
    """
    rows = DonationRows.of(checked)
    for left in reversed(range(_TRIES)):
        try:
            with transaction.atomic():
                return _load(rows, source, now)
        except (IntegrityError, LookAgainError) as error:
            if not left:
                raise IntegrityError("the batch cannot be loaded") from error
    raise AssertionError("unreachable")


def _load(rows: DonationRows, source: DonationSource, now: datetime.datetime) -> Outcome:
    known = _known_line_items(rows, source)
    to_record = _to_record(rows, known)
    if to_record:
        incoming.receive(to_record)
    # Asked with the givers held: whoever is being deleted at this moment is not made anew.
    erased = _erased_of(to_record)
    sifted = _sift(rows, known, erased, now)
    lock_people(refund.person for refund in sifted.refunds)
    if to_record:
        if sifted.left_out or sifted.refunded or erased.contacts:
            incoming.receive_anew(
                to_record.changed(left_out=set(sifted.left_out), refunds=sifted.refunded, numbers=erased.contacts)
            )
        _record(sifted, source)
    _write_refunds(sifted.refunds, source)
    return sifted.outcome


def _record(sifted: "_Sifted", source: DonationSource) -> None:
    """Write what was received."""
    incoming.write_people()
    incoming.fill_blanks()
    incoming.complete_donations(sifted.ahead, source)
    incoming.write_donations(source)
    incoming.write_activities(source)
    incoming.finish()


# --- What becomes of each row -----------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Known:
    """What is known of a line item: in the database (`pk`), or from an earlier row of the batch (`line`)."""

    pk: int = 0
    person: int = 0
    is_whole: bool = True
    is_refunded: bool = False
    line: int = 0


@dataclass
class _Refund:
    """A donation that is known (`pk`) was given back."""

    pk: int
    person: int
    row: DonationRow


@dataclass
class _Sifted:
    outcome: Outcome = field(default_factory=Outcome)
    refunds: list[_Refund] = field(default_factory=list)
    # Of the rows that would be recorded: the lines of those that are not; those that a later row of the batch refunds,
    # with the refund and its time; the donations (by id) whose refunds came first.
    left_out: list[int] = field(default_factory=list)
    refunded: list[tuple[int, str, str]] = field(default_factory=list)
    ahead: list[int] = field(default_factory=list)


@dataclass
class _Erased:
    """Addresses and numbers whose owner asked to be deleted, and where there are any, the addresses that are owned."""

    contacts: set[str]
    owned: set[str] = field(default_factory=set)

    def leaves_out(self, row: DonationRow) -> bool:
        """As members.people.take_in says: a deleted number keeps nobody out whose address is somebody's."""
        erased = self.contacts
        return (row.email or row.phone) in erased or (row.phone in erased and row.email not in self.owned)


def _sift(rows: DonationRows, known: dict[str, _Known], erased: _Erased, now: datetime.datetime) -> _Sifted:
    """What becomes of each row, in their order. `known` learns the line items of the rows."""
    sifted = _Sifted()
    outcome = sifted.outcome
    tomorrow = (now + datetime.timedelta(days=1)).date().isoformat()
    if not known and not erased.contacts and _are_all_new(rows, tomorrow):
        outcome.loaded = len(rows)
        return sifted
    for line, row in rows:
        found = known.get(row.key)
        if row.paid_at[:10] > tomorrow or row.refunded_at[:10] > tomorrow:
            outcome.bad.append(BadRow(line, str(_("Date")), _("This date is in the future.")))
            sifted.left_out.append(line)
        elif found is None or not found.is_whole:
            if erased.contacts and erased.leaves_out(row):
                outcome.unchanged += 1
                sifted.left_out.append(line)
                continue
            erased.owned.add(row.email)
            if found is not None:
                sifted.ahead.append(found.pk)
            known[row.key] = _Known(line=line, is_refunded=bool(found or row.refunded_at))
            outcome.loaded += 1
        elif row.refunded_at and not found.is_refunded:
            _refund(sifted, line, row, found)
            outcome.loaded += 1
        else:
            outcome.unchanged += 1
            sifted.left_out.append(line)
    return sifted


def _are_all_new(rows: DonationRows, tomorrow: str) -> bool:
    """Is each row a line item by itself, and none of a day after `tomorrow`? As it is of most batches."""
    frame = rows.frame
    latest = max(str(frame[name].max() or "") for name in ("paid_at", "refunded_at"))
    return frame["key"].is_unique().all() and latest[:10] <= tomorrow


def _refund(sifted: _Sifted, line: int, row: DonationRow, found: _Known) -> None:
    found.is_refunded = True
    if found.line:
        sifted.refunded.append((found.line, row.refund, row.refunded_at))
        sifted.left_out.append(line)
    else:
        sifted.refunds.append(_Refund(found.pk, found.person, row))


def _to_record(rows: DonationRows, known: dict[str, _Known]) -> DonationRows:
    """Those whose donation is not known, or only its refund."""
    if not known:
        return rows
    return rows.where([(found := known.get(key)) is None or not found.is_whole for key in rows.column("key")])


def _known_line_items(rows: DonationRows, source: DonationSource) -> dict[str, _Known]:
    keys = rows.frame["key"].str.join("\n").item()  # psycopg takes long over an array of ten thousand texts
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT line_item, id, coalesce(person_id, 0), amount IS NOT NULL, refunded_at IS NOT NULL"
            " FROM members_donation WHERE source = %s AND line_item = ANY(string_to_array(%s, E'\\n'))",
            [source.value, keys],
        )
        return {key: _Known(*facts) for key, *facts in cursor.fetchall()}


def _erased_of(rows: DonationRows) -> _Erased:
    erased = erased_among(text for name in ("email", "phone") for text in rows.column(name) if text)
    return _Erased(erased, _owned_addresses(rows) if erased else set())


def _owned_addresses(rows: DonationRows) -> set[str]:
    """Those of the rows' addresses that are somebody's."""
    addresses = list(filter(None, set(rows.column("email"))))
    with connection.cursor() as cursor:
        cursor.execute("SELECT address FROM members_personemail WHERE address = ANY(%s)", [addresses])
        return {address for (address,) in cursor.fetchall()}


def _write_refunds(refunds: Sequence[_Refund], source: DonationSource) -> None:
    if not refunds:
        return
    sources = [activity_source(source, refund.row.key) for refund in refunds]
    times = [refund.row.refunded_at for refund in refunds]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE members_donation d SET refund = r.refund, refunded_at = r.at"
            " FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS r (id, refund, at)"
            " WHERE d.id = r.id AND d.refunded_at IS NULL",
            [[refund.pk for refund in refunds], [refund.row.refund for refund in refunds], times],
        )
        cursor.execute(
            "UPDATE members_activity a SET withdrawn_at = r.at, withdrawn_because = %s"
            " FROM unnest(%s::text[], %s::timestamptz[]) AS r (source, at)"
            " WHERE a.source = r.source AND a.withdrawn_at IS NULL",
            [REFUNDED, sources, times],
        )
