"""Being deleted while an import, a webhook or staff are at work on the same person."""

import datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from foundation.imports.importers import CheckedRow
from members import erasure
from members.donation_loading import load_donations
from members.donation_rows import DonationRow
from members.donations import LineItem, record_donation
from members.erasure import ErasedError, ErasureRefusedError, erase_person
from members.membership import lock_people
from members.merging import merge_people
from members.models import Donation, DonationSource, Person
from members.people import Contact, take_in
from tests.at_once import begin_and_wait
from tests.factories import make_staff

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)
ADA = Contact(email="ada@example.org", given_name="Ada")


def give(key: str) -> Donation:
    item = LineItem(source=DonationSource.FILE, key=key, amount=Decimal(5), paid_at=NOW)
    return record_donation(item=item, contact=ADA, now=NOW)


def import_row(key: str) -> None:
    """One donation of Ada's, as an import writes it."""
    texts = dict.fromkeys(DonationRow._fields, "") | {"key": key, "email": ADA.email, "amount": "5"}
    row = DonationRow(**{**texts, "is_recurring": False, "paid_at": NOW.isoformat()})  # type: ignore[arg-type]
    load_donations([CheckedRow(2, row)], source=DonationSource.FILE, now=NOW)


def erase_beside_an_import(key: str) -> list[Exception]:
    """Somebody has themselves deleted while a donation of theirs is being imported; returns what failed."""
    person, failures = take_in(contact=ADA, is_own_act=True, now=NOW), list[Exception]()
    with transaction.atomic():
        import_row(key)
        deletion = begin_and_wait(lambda: erase_person(person=person, actor=None, now=NOW), failures)
    deletion.join(timeout=30)
    return failures


def test_a_deletion_waits_for_what_is_being_written_about_the_person(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as control:  # the weaker lock: the deletion fails over what it has not seen
        control.setattr(erasure, "_hold_until_gone", lock_people)
        assert [type(error) for error in erase_beside_an_import("1")] == [IntegrityError]
    assert erase_beside_an_import("2") == []
    assert not Person.objects.exists()
    assert not Donation.objects.exists()


def test_what_is_taken_in_during_a_deletion_brings_nobody_back() -> None:
    person, failures = take_in(contact=ADA, is_own_act=False, now=NOW), list[Exception]()
    with transaction.atomic():
        erase_person(person=person, actor=None, now=NOW)
        donation = begin_and_wait(lambda: give("1"), failures)
    donation.join(timeout=30)
    assert [type(error) for error in failures] == [ErasedError]
    assert not Person.objects.exists()


def test_whoever_was_merged_a_moment_ago_is_asked_to_try_again() -> None:
    kept, gone = (take_in(contact=Contact(email=f"{name}@example.org"), is_own_act=True, now=NOW) for name in "ab")
    merge_people(kept=kept, gone=gone, actor=make_staff(), now=NOW)
    with pytest.raises(ErasureRefusedError):
        erase_person(person=Person(pk=gone.pk), actor=None, now=NOW)
    assert Person.objects.get() == kept
