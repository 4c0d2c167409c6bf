"""Loading donations in batches gives what recording them row by row gives."""

import datetime
import random
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from foundation.imports.importers import CheckedRow, Outcome
from members.donation_loading import load_donations, preview_donations
from members.donation_rows import DonationRow
from members.donations import LineItem, record_donation, refund_donation
from members.erasure import ErasedError, erased_key
from members.models import (
    Activity,
    ActivityScore,
    Donation,
    DonationSource,
    Duplicate,
    Erasure,
    Membership,
    Person,
    PersonEmail,
    PersonPhone,
)
from members.people import Contact
from tests.factories import make_user

from .donating import NOW

pytestmark = pytest.mark.django_db
SOURCE = DonationSource.ACTBLUE
PAID_AT = "2026-11-20 09:00:00-05:00"


def make_row(key: str = "1", **fields: Any) -> DonationRow:
    values: dict[str, Any] = dict.fromkeys(DonationRow._fields, "")
    values |= {"key": key, "email": "ada@example.org", "amount": "25.00", "paid_at": PAID_AT, "is_recurring": False}
    return DonationRow(**{**values, **fields})


def load(*rows: DonationRow) -> Outcome:
    checked = [CheckedRow(line, row) for line, row in enumerate(rows, start=2)]
    with transaction.atomic():
        return load_donations(checked, source=SOURCE, now=NOW)


def one_by_one(rows: list[DonationRow]) -> None:
    """The same rows by the functions for one donation each."""
    for row in rows:
        contact = Contact(row.email, row.phone, row.given_name, row.family_name, row.zip_code)
        item = LineItem(
            SOURCE, row.key, Decimal(row.amount), datetime.datetime.fromisoformat(row.paid_at), row.receipt,
            row.is_recurring, row.page, row.reference_code, row.recipient,
        )  # fmt: skip
        try:
            record_donation(item=item, contact=contact, now=NOW)
        except ErasedError:
            continue
        if row.refunded_at:
            at = datetime.datetime.fromisoformat(row.refunded_at)
            refund_donation(source=SOURCE, key=row.key, at=at, refund=row.refund)


def everything() -> dict[str, Any]:
    """All that was written, with persons called by the number of their place and not by their keys."""
    numbers = {pk: number for number, pk in enumerate(Person.objects.order_by("pk").values_list("pk", flat=True))}

    def rows(model: Any, *fields: str, person: str = "person_id") -> list[Any]:
        found = model.objects.values_list(person, *fields)
        return sorted(((numbers.get(pk), *rest) for pk, *rest in found), key=repr)

    fields = ("given_name", "family_name", "zip_code_id", "country", "latitude", "longitude", "time_zone", "language")
    scores = rows(ActivityScore, "score", "last_at", "attendances")
    return {
        "people": rows(Person, *fields, "user_id", person="pk"),
        "addresses": rows(PersonEmail, "address", "is_primary", "verified_at"),
        "numbers": rows(PersonPhone, "number"),
        "pairs": sorted(
            (numbers[one], numbers[other], reason)
            for one, other, reason in Duplicate.objects.values_list("first", "second", "reason")
        ),
        "donations": rows(
            Donation, "source", "line_item", "receipt", "amount", "currency", "paid_at", "is_recurring", "refund",
            "refunded_at", "page", "reference_code", "recipient",
        ),
        "activities": rows(Activity, "kind", "source", "at", "details", "withdrawn_at", "withdrawn_because"),
        "members": rows(Membership, "since", "basis__source"),
        "scores": [(person, round(score, 6), *rest) for person, score, *rest in scores],
    }  # fmt: skip


def random_rows(chance: random.Random, count: int) -> list[DonationRow]:
    """Rows of few people and few line items, so that all that can meet does meet."""
    rows = []
    addresses = ["", "erased@example.org", "user@example.org", *(f"p{n}@example.org" for n in range(6))]
    for _number in range(count):
        refund = chance.random() < 0.3
        rows.append(
            make_row(
                str(chance.randrange(count)),
                email=chance.choice(addresses),
                phone=chance.choice(["", *(f"+1617555000{n}" for n in range(4)), "+16175559999"]),
                given_name=chance.choice(["", "Ada", "Bo"]),
                family_name=chance.choice(["", "O'Neill", 'Quote "x", \\N']),
                zip_code=chance.choice(["", "02139", "99999", "10001", "09001"]),
                amount=chance.choice(["5", "25.00", "1000000.5"]),
                paid_at=chance.choice([PAID_AT, "2025-01-01 00:00:00-05:00"]),
                is_recurring=chance.random() < 0.5,
                refund="R" if refund else "",
                refunded_at="2026-11-21 01:00:00-05:00" if refund else "",
                page=chance.choice(["", "launch"]),
                recipient=chance.choice(["", "Many Hands Network"]),
            )
        )  # fmt: skip
    return [row for row in rows if row.email or row.phone]


@pytest.mark.parametrize("seed", range(12))
def test_batches_give_what_rows_one_by_one_give(seed: int) -> None:
    chance = random.Random(seed)
    rows = random_rows(chance, 60)
    make_user("user@example.org")
    for contact in ("erased@example.org", "+16175559999"):
        Erasure.objects.create(key=erased_key(contact), at=NOW)
    for key in ("1", "2", "61"):  # refunds that came before their donations
        refund_donation(source=SOURCE, key=key, at=NOW, refund="ahead")
    results = []
    for take_in in (one_by_one, lambda rows: [load(*rows[:25]), load(*rows[25:])]):
        before = transaction.savepoint_create()
        take_in(rows)
        results.append(everything())
        transaction.savepoint_rollback(before)
    assert results[0] == results[1]
    assert results[0]["donations"]


def test_the_same_rows_again_change_nothing() -> None:
    rows = random_rows(random.Random(1), 80)
    first = load(*rows)
    before = everything()
    again = load(*rows)
    assert (again.loaded, again.unchanged) == (0, first.loaded + first.unchanged)
    assert everything() == before


def test_a_preview_counts_what_loading_does_and_writes_nothing() -> None:
    rows = random_rows(random.Random(2), 80)
    checked = [CheckedRow(line, row) for line, row in enumerate(rows, start=2)]
    preview = preview_donations(checked, source=SOURCE, now=NOW)
    assert not Donation.objects.exists()
    assert load(*rows) == preview


def test_a_date_in_the_future_is_an_error_at_its_row() -> None:
    outcome = load(make_row("1"), make_row("2", paid_at="2027-01-01 00:00:00-05:00"), make_row("3"))
    assert [(bad.line, bad.column) for bad in outcome.bad] == [(3, "Date")]
    assert outcome.loaded == 2


def test_somebody_who_asked_to_be_deleted_counts_as_unchanged() -> None:
    Erasure.objects.create(key=erased_key("ada@example.org"), at=NOW)
    outcome = load(make_row("1"), make_row("2", email="bo@example.org"))
    assert (outcome.loaded, outcome.unchanged) == (1, 1)
    assert not PersonEmail.objects.filter(address="ada@example.org").exists()


def test_the_deleted_number_of_somebody_who_came_back_drops_no_donation() -> None:
    Erasure.objects.create(key=erased_key("+16175559999"), at=NOW)
    load(make_row("1"))
    outcome = load(make_row("2", phone="+16175559999"), make_row("3", email="bo@example.org", phone="+16175559999"))
    assert (outcome.loaded, outcome.unchanged) == (1, 1)
    assert PersonEmail.objects.get().person.donations.count() == 2
    assert not PersonPhone.objects.exists()


def test_the_number_of_queries_does_not_grow_with_the_rows() -> None:
    def queries(*rows: DonationRow) -> int:
        with CaptureQueriesContext(connection) as captured:
            load(*rows)
        return len(captured)

    few = queries(*(make_row(f"a{n}", email=f"a{n}@example.org", phone=f"+1617555{n:04}") for n in range(2)))
    many = queries(*(make_row(f"b{n}", email=f"b{n}@example.org", phone=f"+1617556{n:04}") for n in range(200)))
    assert many == few
