"""ActBlue's exports: its file of contributions (101 columns, seven of them named "Reserved") and of cancelled
recurring donations. Kept is what a Donation holds: no street address, employer or occupation is even read.
"""

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.accounts.models import User
from foundation.imports.importers import BadRow, CheckedRow, Importer, ImportField, Outcome, RowError, sorted_out

from .donation_loading import load_donations, preview_donations
from .donation_parts import in_parts
from .donation_rows import DonationRow, DonationRows, as_flag
from .donation_texts import (
    UnreadableError,
    read_address,
    read_amount,
    read_column,
    read_currency,
    read_key,
    read_name,
    read_note,
    read_number,
    read_time,
    read_zip_code,
)
from .models import CancelledRecurring, DonationSource
from .permissions import can_see_people

BATCH = 20_000
_AT_ONCE = 1_000  # rows, so that their cells are still in the processor's cache
_NOT_AGAIN = {"", "0", "1"}  # months of a donation that does not come again


def cell[T](read: Callable[[str], T], text: str, column: str) -> T:
    """What `read` makes of a cell. Raises RowError with the column's name."""
    try:
        return read(text)
    except UnreadableError as error:
        raise RowError(column, str(error)) from error


class ActBlueImporter(Importer[DonationRow]):
    """One line item a row; a refunded one has a Refund ID and a Refund Date."""

    kind = "actblue"
    title = gettext_lazy("Donations: ActBlue’s file of contributions")
    batch_size = 2 * BATCH  # about a second's work
    has_large_files = True
    fields = (
        ImportField("key", "Lineitem ID", required=True),
        ImportField("date", "Date", required=True),
        ImportField("amount", "Amount", required=True),
        ImportField("email", "Donor Email", required=True),
        ImportField("phone", "Donor Phone"),
        ImportField("given_name", "Donor First Name"),
        ImportField("family_name", "Donor Last Name"),
        ImportField("zip", "Donor ZIP"),
        ImportField("country", "Donor Country"),
        ImportField("receipt", "Receipt ID"),
        ImportField("months", "Recurring Total Months"),
        ImportField("recurring", "Recurring Type"),
        ImportField("refund", "Refund ID", help_text=gettext_lazy("Without the refund’s columns no refund is seen.")),
        ImportField("refunded", "Refund Date"),
        ImportField("page", "Fundraising Page"),
        ImportField("code", "Reference Code"),
        ImportField("recipient", "Recipient"),
        ImportField("currency", "Currency"),
    )

    def may_import(self, user: User | AnonymousUser) -> bool:
        return can_see_people(user)

    def check_row(self, values: Mapping[str, str], line: int) -> DonationRow:
        get = values.get
        column = "Lineitem ID"
        try:
            key = read_key(values["key"])
            if not key:
                raise UnreadableError(_("The id of the line item is missing."))
            column = "Date"
            paid_at = read_time(values["date"])
            column = "Amount"
            amount = read_amount(values["amount"])
            read_currency(get("currency", ""))
            column = "Donor Email"
            email, phone = read_address(values["email"]), read_number(get("phone", ""))
            if not email and not phone:
                raise UnreadableError(_("The row has neither an e-mail address nor a phone number that can be read."))
            column = "Donor First Name"
            given_name = read_name(get("given_name", ""))
            column = "Donor Last Name"
            family_name = read_name(get("family_name", ""))
            column = "Refund Date"
            refund, refunded = read_key(get("refund", "")), get("refunded", "")
            refunded_at = read_time(refunded) if refunded else paid_at if refund else ""
            column = ""
            return DonationRow(
                key, read_key(get("receipt", "")), email, phone, given_name, family_name,
                read_zip_code(get("zip", ""), get("country", "")), amount, paid_at,
                bool(get("recurring") or get("months", "") not in _NOT_AGAIN), refund, refunded_at,
                read_note(get("page", "")), read_note(get("code", "")), read_note(get("recipient", "")),
            )  # fmt: skip
        except UnreadableError as error:
            raise RowError(column, str(error)) from error

    def check_rows(
        self, columns: Mapping[str, Sequence[str]], lines: Sequence[int]
    ) -> tuple[DonationRows, list[BadRow]]:
        """Column by column, in a third of the time; `check_row` has the word on every row with a fault."""
        rows, bad = DonationRows.none(), list[BadRow]()
        for begin in range(0, len(lines), _AT_ONCE):
            some = slice(begin, begin + _AT_ONCE)
            checked, wrong = self._check({name: texts[some] for name, texts in columns.items()}, lines[some])
            rows.extend(checked)
            bad.extend(wrong)
        return rows, bad

    def _check(self, columns: Mapping[str, Sequence[str]], lines: Sequence[int]) -> tuple[DonationRows, list[BadRow]]:
        faulty: set[int] = set()
        blank = [""] * len(lines)

        def read[T](name: str, reader: Callable[[str], T]) -> list[T]:
            return read_column(reader, columns.get(name, blank), faulty)

        keys, paid_at, amounts = read("key", read_key), read("date", read_time), read("amount", read_amount)
        read("currency", read_currency)
        emails, phones = read("email", read_address), read("phone", read_number)
        for place, (key, email, phone) in enumerate(zip(keys, emails, phones, strict=True)):
            if not key or not (email or phone):
                faulty.add(place)
        refunds = read("refund", read_key)
        refund_times = read("refunded", lambda text: read_time(text) if text else "")
        months = zip(columns.get("months", blank), columns.get("recurring", blank), strict=True)
        refunded_at = [
            at or (paid if refund else "") for at, paid, refund in zip(refund_times, paid_at, refunds, strict=True)
        ]
        rows = DonationRows(lines, [
            keys, read("receipt", read_key), emails, phones, read("given_name", read_name),
            read("family_name", read_name), _zip_codes(columns.get("zip", blank), columns.get("country", blank)),
            amounts, paid_at, [as_flag(is_true=kind or count not in _NOT_AGAIN) for count, kind in months], refunds,
            refunded_at, read("page", read_note), read("code", read_note), read("recipient", read_note),
        ])  # fmt: skip
        if not faulty:
            return rows, []
        _none, bad = sorted_out(
            (lines[place], self.check_one(columns, place, lines[place])) for place in sorted(faulty)
        )
        return rows.where([place not in faulty for place in range(len(lines))]), bad

    def packed(self, rows: Sequence[CheckedRow[DonationRow]]) -> bytes:
        return DonationRows.of(rows).packed()

    def unpacked(self, packed: bytes) -> DonationRows:
        return DonationRows.unpacked(packed)

    def prepare(self, rows: Sequence[CheckedRow[DonationRow]]) -> None:
        DonationRows.of(rows).for_copy()

    def check_batch(self, rows: Sequence[CheckedRow[DonationRow]]) -> Outcome:
        return preview_donations(rows, source=DonationSource.ACTBLUE, now=timezone.now())

    def apart(self, rows: Sequence[CheckedRow[DonationRow]], most: int) -> Sequence[DonationRows]:
        return in_parts(DonationRows.of(rows), most)

    def load_batch(
        self,
        rows: Sequence[CheckedRow[DonationRow]],
        *,
        actor: User | None,
        options: Mapping[str, Any],
        now: datetime.datetime,
    ) -> Outcome:
        return load_donations(rows, source=DonationSource.ACTBLUE, now=now)


def _zip_codes(texts: Sequence[str], countries: Sequence[str]) -> list[str]:
    """The ZIP codes of a column; mostly one country stands in all rows."""
    if len(set(countries)) == 1:
        return read_column(lambda text: read_zip_code(text, countries[0]), texts, set())
    return list(map(read_zip_code, texts, countries))


class CancelledRecurringImporter(Importer[tuple[str, str]]):
    """A row is a recurring donation that was ended: its receipt, and when."""

    kind = "actblue-cancelled"
    title = gettext_lazy("Donations: ActBlue’s file of cancelled recurring donations")
    batch_size = BATCH
    fields = (
        ImportField("receipt", "Receipt ID", required=True),
        ImportField("cancelled", "Cancelled On", required=True, aliases=("Canceled On",)),
    )

    def may_import(self, user: User | AnonymousUser) -> bool:
        return can_see_people(user)

    def check_row(self, values: Mapping[str, str], line: int) -> tuple[str, str]:
        receipt = cell(read_key, values["receipt"], "Receipt ID")
        if not receipt:
            raise RowError("Receipt ID", _("The receipt is missing."))
        return receipt, cell(read_time, values["cancelled"], "Cancelled On")

    def check_batch(self, rows: Sequence[CheckedRow[tuple[str, str]]]) -> Outcome:
        receipts = {checked.row[0] for checked in rows}
        known = CancelledRecurring.objects.filter(source=DonationSource.ACTBLUE, receipt__in=receipts).count()
        new = len(receipts) - known
        return Outcome(loaded=new, unchanged=len(rows) - new)

    def load_batch(
        self,
        rows: Sequence[CheckedRow[tuple[str, str]]],
        *,
        actor: User | None,
        options: Mapping[str, Any],
        now: datetime.datetime,
    ) -> Outcome:
        receipts, times = (list(column) for column in zip(*(checked.row for checked in rows), strict=True))
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO members_cancelledrecurring (source, receipt, cancelled_at)"
                " SELECT %s, receipt, at FROM unnest(%s::text[], %s::timestamptz[]) AS r (receipt, at)"
                " ORDER BY receipt ON CONFLICT DO NOTHING",
                [DonationSource.ACTBLUE.value, receipts, times],
            )
            new = cursor.rowcount
        return Outcome(loaded=new, unchanged=len(rows) - new)
