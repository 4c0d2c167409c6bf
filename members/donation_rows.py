"""A line item of a donation as a file has it, well-formed."""

from typing import NamedTuple


class DonationRow(NamedTuple):
    """One line item. Times are ISO 8601 with an offset; what is not given is ""."""

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
