"""ActBlue's exports: its file of contributions (101 columns, seven of them named "Reserved") and of cancelled
recurring donations. Kept is what a Donation holds: no street address, employer or occupation is even read.
"""

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.accounts.models import User
from foundation.imports.importers import BadRow, CheckedRow, Importer, ImportField, Outcome, RowError

from .donation_rows import DonationRow
from .donation_texts import (
    UnreadableError,
    read_address,
    read_amount,
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

if TYPE_CHECKING:  # by column only workers read, and what that takes is imported there
    import polars as pl

    from .donation_columns import DonationRows

BATCH = 20_000
NOT_AGAIN = frozenset({"", "0", "1"})
"""Months of a donation that does not come again."""


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
                bool(get("recurring") or get("months", "") not in NOT_AGAIN), refund, refunded_at,
                read_note(get("page", "")), read_note(get("code", "")), read_note(get("recipient", "")),
            )  # fmt: skip
        except UnreadableError as error:
            raise RowError(column, str(error)) from error

    def check_rows(self, rows: "pl.DataFrame") -> tuple["DonationRows", list[BadRow]]:
        """Common forms by whole columns; `check_row` has the word on every row with something else in it."""
        from .actblue_columns import read_columns

        plain, others = read_columns(rows)
        if others.is_empty():
            return plain, []
        checked, bad = super().check_rows(others)
        return plain.with_others(checked), bad

    def packed(self, rows: Sequence[CheckedRow[DonationRow]]) -> bytes:
        return _by_column(rows).packed()

    def unpacked(self, packed: bytes) -> "DonationRows":
        from .donation_columns import DonationRows

        return DonationRows.unpacked(packed)

    def prepare(self, rows: Sequence[CheckedRow[DonationRow]]) -> None:
        _by_column(rows).for_copy()

    def check_batch(self, rows: Sequence[CheckedRow[DonationRow]]) -> Outcome:
        from .donation_loading import preview_donations

        return preview_donations(rows, source=DonationSource.ACTBLUE, now=timezone.now())

    def apart(self, rows: Sequence[CheckedRow[DonationRow]], most: int) -> Sequence["DonationRows"]:
        from .donation_parts import in_parts

        return in_parts(_by_column(rows), most)

    def load_batch(
        self,
        rows: Sequence[CheckedRow[DonationRow]],
        *,
        actor: User | None,
        options: Mapping[str, Any],
        now: datetime.datetime,
    ) -> Outcome:
        from .donation_loading import load_donations

        return load_donations(rows, source=DonationSource.ACTBLUE, now=now)


def _by_column(rows: Sequence[CheckedRow[DonationRow]]) -> "DonationRows":
    from .donation_columns import DonationRows

    return DonationRows.of(rows)


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
