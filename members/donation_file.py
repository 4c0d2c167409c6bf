"""Donations from any other CSV file, whose columns staff choose.

A row with an id of its own is the donation of that id. Without one, its key follows from day, amount and giver, and
from how many such rows the file had before it: the same file again changes nothing, and two equal rows count as two.
"""

import datetime
import hashlib
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.accounts.models import User
from foundation.imports.importers import BadRow, CheckedRow, Importer, ImportField, Outcome, RowError

from .actblue_file import BATCH, cell
from .donation_rows import DonationRow
from .donation_texts import (
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
from .models import Donation, DonationSource
from .permissions import can_see_people

_WITHOUT_ID = "row:"


class DonationFileImporter(Importer[DonationRow]):
    """A date, an amount and an address or a number make a donation."""

    kind = "plain-donations"
    title = gettext_lazy("Donations: any other file")
    batch_size = BATCH
    counts_repeats = True
    fields = (
        ImportField("date", gettext_lazy("Date"), required=True, aliases=("paid", "paid at", "received", "fecha")),
        ImportField("amount", gettext_lazy("Amount"), required=True, aliases=("gift", "total", "monto")),
        ImportField("email", gettext_lazy("E-mail address"), aliases=("email", "e-mail", "correo")),
        ImportField("phone", gettext_lazy("Phone number"), aliases=("phone", "mobile", "telefono")),
        ImportField("given_name", gettext_lazy("Given name"), aliases=("first name", "nombre")),
        ImportField("family_name", gettext_lazy("Family name"), aliases=("last name", "apellido")),
        ImportField(
            "name", gettext_lazy("Whole name"), help_text=gettext_lazy("Where the file has one column for it.")
        ),
        ImportField("zip", gettext_lazy("ZIP code"), aliases=("zip code", "postal code")),
        ImportField("currency", gettext_lazy("Currency")),
        ImportField(
            "id",
            gettext_lazy("Id of the donation"),
            aliases=("donation id", "transaction id", "reference"),
            help_text=gettext_lazy("Where the file has one. It tells a repeated row from a second donation."),
        ),
        ImportField("recipient", gettext_lazy("Recipient")),
    )

    def may_import(self, user: User | AnonymousUser) -> bool:
        return can_see_people(user)

    def problem_with_columns(self, mapped: frozenset[str]) -> str:
        problem = super().problem_with_columns(mapped)
        if problem or mapped & {"email", "phone"}:
            return problem
        return _("Choose the column for the e-mail address, the phone number, or both.")

    def check_row(self, values: Mapping[str, str], line: int) -> DonationRow:
        paid_at = cell(read_time, values["date"], _("Date"))
        amount = cell(read_amount, values["amount"], _("Amount"))
        cell(read_currency, values.get("currency", ""), _("Currency"))
        email = cell(read_address, values.get("email", ""), _("E-mail address"))
        phone = read_number(values.get("phone", ""))
        if not email and not phone:
            raise RowError("", _("The row has neither an e-mail address nor a phone number that can be read."))
        given_name, family_name = _names(values)
        key = cell(read_key, values.get("id", ""), _("Id of the donation"))
        return DonationRow(
            key=key and f"id:{key}"[:80],
            receipt="",
            email=email,
            phone=phone,
            given_name=given_name,
            family_name=family_name,
            zip_code=read_zip_code(values.get("zip", "")),
            amount=amount,
            paid_at=paid_at,
            is_recurring=False,
            refund="",
            refunded_at="",
            page="",
            reference_code="",
            recipient=cell(read_note, values.get("recipient", ""), _("Recipient")),
        )

    def repeat_key(self, row: DonationRow) -> Hashable | None:
        return None if row.key else _digest(row)

    def numbered(self, row: DonationRow, number: int) -> DonationRow:
        return row._replace(key=f"{_WITHOUT_ID}{_digest(row)}:{number}")

    def check_batch(self, rows: Sequence[CheckedRow[DonationRow]]) -> Outcome:
        from .donation_loading import preview_donations

        fitting, bad = _refuse_reused_ids(rows)
        outcome = preview_donations(fitting, source=DonationSource.FILE, now=timezone.now())
        outcome.bad.extend(bad)
        return outcome

    def load_batch(
        self,
        rows: Sequence[CheckedRow[DonationRow]],
        *,
        actor: User | None,
        options: Mapping[str, Any],
        now: datetime.datetime,
    ) -> Outcome:
        from .donation_loading import load_donations

        fitting, bad = _refuse_reused_ids(rows)
        outcome = load_donations(fitting, source=DonationSource.FILE, now=now)
        outcome.bad.extend(bad)
        return outcome


def _names(values: Mapping[str, str]) -> tuple[str, str]:
    given_name = cell(read_name, values.get("given_name", ""), _("Given name"))
    family_name = cell(read_name, values.get("family_name", ""), _("Family name"))
    if given_name or family_name:
        return given_name, family_name
    given_name, _space, family_name = cell(read_name, values.get("name", ""), _("Whole name")).rpartition(" ")
    return (given_name, family_name) if given_name else (family_name, "")


def _digest(row: DonationRow) -> str:
    facts = "\0".join((row.paid_at, f"{float(row.amount):.2f}", row.email or row.phone))
    return hashlib.sha256(facts.encode()).hexdigest()[:32]


def _refuse_reused_ids(
    rows: Sequence[CheckedRow[DonationRow]],
) -> tuple[list[CheckedRow[DonationRow]], list[BadRow]]:
    """The rows whose id is not known as that of another amount: two systems may both count from 1."""
    keys = [checked.row.key for checked in rows if not checked.row.key.startswith(_WITHOUT_ID)]
    known = dict(
        Donation.objects.whole()
        .filter(source=DonationSource.FILE, line_item__in=keys)
        .values_list("line_item", "amount")
    ) if keys else {}  # fmt: skip
    amounts = {key: f"{amount:.2f}" for key, amount in known.items()}
    fitting: list[CheckedRow[DonationRow]] = []
    bad: list[BadRow] = []
    for checked in rows:
        amount = f"{float(checked.row.amount):.2f}"
        if amounts.setdefault(checked.row.key, amount) == amount:
            fitting.append(checked)
        else:
            reason = _("A donation of another amount has this id. Leave the id’s column out if it is not unique.")
            bad.append(BadRow(checked.line, _("Id of the donation"), reason))
    return fitting, bad
