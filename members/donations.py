"""Donations: recorded, refunded, and recurring ones ended. One line item has one effect, however often it is told.

Files and webhooks repeat themselves, and a refund may come before its donation: whatever the order, the end is the
same. A donation of any amount is a basis of membership; a refunded one is none (members.membership).
"""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext_noop

from foundation.audit.models import Actor, record

from .membership import lock_people, record_basis, withdraw_basis
from .models import Activity, ActivityKind, CancelledRecurring, Donation, DonationSource, Person
from .people import Contact, take_in

REFUNDED = gettext_noop("The donation was refunded.")
"""Why the basis of a refunded donation is withdrawn."""


@dataclass(frozen=True)
class LineItem:
    """One line item of a donation. `amount` is in US dollars and more than 0, `paid_at` is aware."""

    source: DonationSource
    key: str
    amount: Decimal
    paid_at: datetime.datetime
    receipt: str = ""
    is_recurring: bool = False
    page: str = ""
    reference_code: str = ""
    recipient: str = ""


def record_donation(
    *, item: LineItem, contact: Contact, now: datetime.datetime, actor: Actor | None = None
) -> Donation:
    """Record that whoever is reached by `contact` gave `item`. They are a member from this moment on.

    The same line item again changes nothing. Where its refund came first, the donation is kept with its refund and
    makes no member. Raises ErasedError where the giver asked to be deleted: nothing is stored then.
    """
    with transaction.atomic():
        known = Donation.objects.filter(source=item.source, line_item=item.key).first()
        if known is not None and known.amount is not None:
            return known
        person = take_in(contact=contact, is_own_act=False, now=now)
        facts = _facts(item, person)
        donation, is_new = Donation.objects.get_or_create(source=item.source, line_item=item.key, defaults=facts)
        if not is_new:
            donation = Donation.objects.select_for_update().get(pk=donation.pk)
            if donation.amount is not None:  # somebody was faster
                return donation
            for name, value in facts.items():
                setattr(donation, name, value)
            donation.save(update_fields=list(facts))
        _record_activity(donation, item, person, actor)
        if actor:
            record(actor=actor, action="recorded donation", subject=f"donation:{donation.pk}")
    return donation


def _facts(item: LineItem, person: Person) -> dict[str, object]:
    return {
        "person": person,
        "amount": item.amount,
        "paid_at": item.paid_at,
        "receipt": item.receipt,
        "is_recurring": item.is_recurring,
        "page": item.page,
        "reference_code": item.reference_code,
        "recipient": item.recipient,
    }


def _record_activity(donation: Donation, item: LineItem, person: Person, actor: Actor | None) -> None:
    """The activity of the donation; withdrawn from the beginning where the refund came first."""
    details = donation_details(f"{item.amount:.2f}", item.recipient)
    if donation.refunded_at is None:
        record_basis(
            person=person, kind=ActivityKind.DONATION, source=donation.activity_source, at=item.paid_at,
            details=details, actor=actor,
        )  # fmt: skip
        return
    Activity.objects.create(
        person=person, kind=ActivityKind.DONATION, source=donation.activity_source, at=item.paid_at,
        details=details, withdrawn_at=donation.refunded_at, withdrawn_because=REFUNDED,
    )  # fmt: skip


def donation_details(amount: str, recipient: str) -> dict[str, str]:
    """What the person is told of a donation: how much, to whom."""
    return {"amount": amount, "title": recipient} if recipient else {"amount": amount}


def refund_donation(
    *,
    source: DonationSource,
    key: str,
    at: datetime.datetime,
    refund: str = "",
    because: str = "",
    actor: Actor | None = None,
) -> bool:
    """The line item `key` of `source` was given back at `at`: it is no basis any more. False if that was known.

    A refund whose donation is not known yet is remembered. `refund` is the refund's own id at the source; `because`
    is what the person is told instead of REFUNDED.
    """
    with transaction.atomic():
        donation, is_ahead = Donation.objects.get_or_create(
            source=source, line_item=key, defaults={"refund": refund, "refunded_at": at}
        )
        if is_ahead:
            return True
        if donation.person_id is not None:
            lock_people([donation.person_id])  # before the donation, as `record_donation` does
        donation = Donation.objects.select_for_update().get(pk=donation.pk)
        if donation.refunded_at is not None:
            return False
        donation.refund, donation.refunded_at = refund, at
        donation.save(update_fields=["refund", "refunded_at"])
        withdraw_basis(source=donation.activity_source, because=because or REFUNDED, now=at, actor=actor)
        if actor:
            record(actor=actor, action="refunded donation", subject=f"donation:{donation.pk}")
    return True


def cancel_recurring(
    *, source: DonationSource, receipt: str, at: datetime.datetime, actor: Actor | None = None
) -> bool:
    """The recurring donation with this receipt was ended; what was given stays given. False if that was known."""
    with transaction.atomic():
        cancelled, is_new = CancelledRecurring.objects.get_or_create(
            source=source, receipt=receipt, defaults={"cancelled_at": at}
        )
        if is_new and actor:
            record(actor=actor, action="cancelled recurring donation", subject=f"recurring:{cancelled.pk}")
    return is_new


def new_key() -> str:
    """The line item of a donation entered by hand."""
    return uuid4().hex
