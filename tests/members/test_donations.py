"""One line item, one effect: recording, refunding and ending donations, in any order and from many sides."""

import datetime
import itertools
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError

from foundation.accounts.models import StaffTask
from foundation.audit.models import AuditEntry
from members.donations import REFUNDED, cancel_recurring, record_donation, refund_donation
from members.erasure import ErasedError, erased_key
from members.models import (
    Activity,
    CancelledRecurring,
    Donation,
    DonationSource,
    Erasure,
    Membership,
    Person,
    PersonEmail,
)
from members.people import Contact
from tests.at_once import at_once
from tests.factories import make_staff

from .donating import NOW, make_donation, make_item

pytestmark = pytest.mark.django_db
ACTBLUE = DonationSource.ACTBLUE
ADA = Contact(email="ada@example.org", given_name="Ada", zip_code="02139")


def refund(key: str = "1", **rest: Any) -> bool:
    return refund_donation(source=ACTBLUE, key=key, at=NOW, refund="R1", **rest)


def give(key: str = "1", contact: Contact = ADA) -> Donation:
    return record_donation(item=make_item(key), contact=contact, now=NOW)


def state() -> dict[str, list[tuple[Any, ...]]]:
    """All that donations leave behind, without the keys that the database chose."""
    return {
        "donations": list(
            Donation.objects.order_by("source", "line_item").values_list(
                "source", "line_item", "amount", "paid_at", "refund", "refunded_at", "person__emails__address"
            )
        ),
        "activities": list(
            Activity.objects.order_by("source").values_list(
                "source", "at", "withdrawn_at", "withdrawn_because", "details", "person__emails__address"
            )
        ),
        "members": list(Membership.objects.order_by("since").values_list("since", "person__emails__address")),
    }


@pytest.mark.parametrize("amount", ["0.01", "9999999.99"])
def test_any_amount_makes_a_member(amount: str) -> None:
    donation = make_donation("ada@example.org", amount=Decimal(amount))
    assert donation.person is not None
    assert donation.person.membership.since == donation.paid_at


def test_the_giver_is_told_how_much_they_gave_to_whom() -> None:
    make_donation(recipient="Many Hands Network")
    assert Activity.objects.get().details == {"amount": "25.00", "title": "Many Hands Network"}


def test_the_same_line_item_again_changes_nothing() -> None:
    give()
    before = state()
    assert give(contact=Contact(email="other@example.org")).person == Donation.objects.get().person
    assert state() == before
    assert Person.objects.count() == 1


def test_a_line_item_of_another_source_is_another_donation() -> None:
    make_donation("ada@example.org", key="1")
    make_donation("ada@example.org", key="1", source=DonationSource.HAND)
    assert Activity.objects.bases().count() == 2


def test_the_giver_is_found_by_address_then_by_number() -> None:
    person = give("1", Contact(email="ada@example.org", phone="+16175551234")).person
    assert give("2", Contact(phone="+16175551234")).person == person
    assert give("3", Contact(email="bo@example.org", phone="+16175551234")).person != person


def test_a_refund_ends_the_membership_and_a_second_refund_changes_nothing() -> None:
    give()
    assert refund()
    assert not Membership.objects.exists()
    before = state()
    assert not refund()
    assert state() == before
    assert Activity.objects.get().withdrawn_because == REFUNDED


def test_a_refund_leaves_the_membership_by_another_donation() -> None:
    give("1")
    give("2")
    refund("1")
    assert Membership.objects.get().basis.source == "donation:actblue:2"


def test_a_refund_before_its_donation_waits_for_it() -> None:
    assert refund()
    ahead = Donation.objects.get()
    assert (ahead.amount, ahead.person, ahead.refunded_at) == (None, None, NOW)
    assert not Donation.objects.whole().exists()
    assert not refund()
    donation = give()
    assert (donation.pk, donation.amount, donation.refunded_at) == (ahead.pk, Decimal(25), NOW)
    assert not Membership.objects.exists()


def test_every_order_of_a_donation_its_refund_and_their_repeats_ends_alike() -> None:
    ends = []
    acts: list[Callable[[], object]] = [give, give, refund, refund]
    for order in set(itertools.permutations(acts)):
        for act in order:
            act()
        ends.append(state())
        Person.objects.all().delete()
        Donation.objects.all().delete()
    assert all(end == ends[0] for end in ends)
    assert len(ends) == 6


def test_staff_can_say_why_a_donation_was_given_back() -> None:
    give()
    refund(because="The card was stolen.")
    assert Activity.objects.get().withdrawn_because == "The card was stolen."


def test_nothing_is_stored_of_somebody_who_asked_to_be_deleted() -> None:
    Erasure.objects.create(key=erased_key("ada@example.org"), at=NOW)
    with pytest.raises(ErasedError):
        give()
    assert not Person.objects.exists()
    assert not Donation.objects.exists()


def test_a_cancelled_recurring_donation_keeps_what_was_given() -> None:
    make_donation(receipt="AB1", is_recurring=True)
    assert cancel_recurring(source=ACTBLUE, receipt="AB1", at=NOW)
    assert not cancel_recurring(source=ACTBLUE, receipt="AB1", at=NOW + datetime.timedelta(days=1))
    assert CancelledRecurring.objects.get().cancelled_at == NOW
    assert Membership.objects.exists()


def test_what_a_human_enters_is_in_the_audit_log_and_what_the_system_takes_in_is_not() -> None:
    give("1")
    refund("1")
    cancel_recurring(source=ACTBLUE, receipt="AB1", at=NOW)
    assert not AuditEntry.objects.exists()
    actor = make_staff(StaffTask.PEOPLE)
    record_donation(item=make_item("2"), contact=ADA, now=NOW, actor=actor)
    refund("2", actor=actor)
    cancel_recurring(source=ACTBLUE, receipt="AB2", at=NOW, actor=actor)
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "recorded activity",
        "recorded donation",
        "withdrew activity",
        "refunded donation",
        "cancelled recurring donation",
    ]


# --- what the database refuses --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"source": "nowhere"}, "donation_source_known"),
        ({"line_item": ""}, "donation_has_line_item"),
        ({"amount": 0}, "donation_amount_plausible"),
        ({"amount": 10_000_000}, "donation_amount_plausible"),
        ({"person": None}, "donation_whole_or_refund_ahead"),
        ({"amount": None, "person": None, "paid_at": None}, "donation_whole_or_refund_ahead"),
        ({"currency": "usd"}, "donation_currency_code"),
    ],
)
def test_a_donation_is_whole_or_a_refund_ahead(fields: dict[str, Any], constraint: str) -> None:
    donation = make_donation()
    with pytest.raises(IntegrityError, match=constraint):
        Donation.objects.filter(pk=donation.pk).update(**fields)


def test_a_line_item_is_there_once() -> None:
    donation = make_donation()
    with pytest.raises(IntegrityError, match="donation_once_a_line_item"):
        Donation.objects.create(source=donation.source, line_item=donation.line_item, refunded_at=NOW)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"source": "nowhere"}, "cancelledrecurring_source_known"),
        ({"receipt": ""}, "cancelledrecurring_has_receipt"),
        ({"receipt": "AB0"}, "cancelledrecurring_once_a_receipt"),
    ],
)
def test_a_cancellation_names_a_receipt_of_a_source_once(fields: dict[str, Any], constraint: str) -> None:
    for receipt in ("AB0", "AB1"):
        cancel_recurring(source=ACTBLUE, receipt=receipt, at=NOW)
    with pytest.raises(IntegrityError, match=constraint):
        CancelledRecurring.objects.filter(receipt="AB1").update(**fields)


# --- at the same moment -----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_donation_and_its_refund_from_many_sides_at_once_end_as_one_refunded_donation() -> None:
    for _round in range(8):
        assert at_once(give, refund, give, refund) == []
        donation = Donation.objects.get()
        assert (donation.amount, donation.refunded_at) == (Decimal(25), NOW)
        assert Activity.objects.get().withdrawn_at == NOW
        assert not Membership.objects.exists()
        assert PersonEmail.objects.count() == 1
        Person.objects.all().delete()
