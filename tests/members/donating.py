"""Donations for tests, recorded as the product records them."""

import datetime
from decimal import Decimal
from itertools import count
from typing import Any

from members.donations import LineItem, record_donation
from members.models import Donation, DonationSource
from members.people import Contact

NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)
_numbers = count(1)


def make_item(key: str = "", **facts: Any) -> LineItem:
    """A line item of 25 dollars of ActBlue, given a day ago, unless said otherwise."""
    values = {"source": DonationSource.ACTBLUE, "amount": Decimal("25.00"), "paid_at": NOW - datetime.timedelta(days=1)}
    return LineItem(key=key or str(next(_numbers)), **{**values, **facts})


def make_donation(email: str = "", *, key: str = "", **facts: Any) -> Donation:
    """Such a line item, recorded."""
    contact = Contact(email=email or f"giver{next(_numbers)}@example.org", given_name="Ada", family_name="Lovelace")
    return record_donation(item=make_item(key, **facts), contact=contact, now=NOW)
