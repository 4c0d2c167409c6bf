"""What ActBlue posts: one contribution with its line items, its refund, or the end of a recurring one.

The body is read whole and strictly before anything is written; a message names the field at fault and repeats none of
its contents. Types vary: amounts and ids come as text or as numbers, codes may be null, whole parts may be missing.
"""

import datetime
import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction

from .donation_texts import (
    UnreadableError,
    read_address,
    read_amount,
    read_key,
    read_name,
    read_note,
    read_number,
    read_time,
    read_zip_code,
)
from .donations import LineItem, cancel_recurring, record_donation, refund_donation
from .erasure import ErasedError
from .models import DonationSource
from .people import Contact

_SOURCE = DonationSource.ACTBLUE
MOST_LINE_ITEMS = 1_000


class PayloadError(ValueError):
    """The body cannot be used. The message says where and why, without what stands there."""


class Refund(NamedTuple):
    """That a line item was given back."""

    key: str
    refund: str
    at: datetime.datetime


@dataclass(frozen=True)
class Posted:
    """A body, read: what was given, what was given back, what was ended."""

    contact: Contact | None
    items: tuple[LineItem, ...]
    refunds: tuple[Refund, ...]
    cancelled: tuple[str, datetime.datetime] | None  # the receipt, when


def read_payload(body: bytes, *, now: datetime.datetime, is_refund: bool = False) -> Posted:
    """What the body says. Raises PayloadError for anything that is not a contribution as ActBlue posts them.

    `is_refund`: it was posted as a refund, so that every line item was given back, now where it says no time.
    """
    payload = _Part("", _json(body))
    contribution, donor, line_items = payload.part("contribution"), payload.part("donor"), payload.parts("lineitems")
    if len(line_items) > MOST_LINE_ITEMS:
        raise PayloadError(f"lineitems: more than {MOST_LINE_ITEMS}")
    cancelled = _cancellation(contribution)
    if not line_items and cancelled is None:
        raise PayloadError("lineitems: is missing")
    is_given = contribution.text("status") in {"", "approved", "refunded"} and cancelled is None
    items: list[LineItem] = []
    refunds: list[Refund] = []
    for item in line_items:
        refunded_at = item.time("refundedAt") or (now if is_refund else None)
        if refunded_at is not None:
            refunds.append(Refund(item.needed("lineitemId", read_key), item.text("refundId", read_key), refunded_at))
        # A refund may say no more than which line item it is of.
        if is_given and (refunded_at is None or (item.has("amount") and donor)):
            items.append(_line_item(item, contribution, payload.part("form"), now))
    return Posted(_contact(donor) if items else None, tuple(items), tuple(refunds), cancelled)


def read_refund(body: bytes, *, now: datetime.datetime) -> Posted:
    """`read_payload` of a body that was posted as a refund."""
    return read_payload(body, now=now, is_refund=True)


def read_cancellation(body: bytes, *, now: datetime.datetime) -> Posted:
    """What a body says that was posted as the end of a recurring donation: now where it says no time."""
    contribution = _Part("", _json(body)).part("contribution")
    cancelled = _cancellation(contribution) or (contribution.needed("orderNumber", read_key), now)
    return Posted(None, (), (), cancelled)


def _cancellation(contribution: "_Part") -> tuple[str, datetime.datetime] | None:
    at = contribution.time("cancelledAt") or contribution.time("canceledAt")
    return (contribution.needed("orderNumber", read_key), at) if at is not None else None


def _json(body: bytes) -> Any:
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise PayloadError("the body is not JSON") from error


def take_in_posted(posted: Posted, *, now: datetime.datetime) -> None:
    """Write all of it, or nothing. Somebody who asked to be deleted is left out; so are their refunds."""
    with transaction.atomic():
        try:
            if posted.contact is not None:
                for item in posted.items:
                    record_donation(item=item, contact=posted.contact, now=now)
        except ErasedError:
            return
        for key, refund, at in posted.refunds:
            refund_donation(source=_SOURCE, key=key, refund=refund, at=at)
        if posted.cancelled is not None:
            receipt, at = posted.cancelled
            cancel_recurring(source=_SOURCE, receipt=receipt, at=at)


def _contact(donor: "_Part") -> Contact:
    contact = Contact(
        email=donor.text("email", read_address),
        phone=donor.text("phone", read_number),
        given_name=donor.text("firstname", read_name),
        family_name=donor.text("lastname", read_name),
        zip_code=read_zip_code(donor.text("zip"), donor.text("country")),
    )
    if not contact.email and not contact.phone:
        raise PayloadError("donor.email: is missing")
    return contact


def _line_item(item: "_Part", contribution: "_Part", form: "_Part", now: datetime.datetime) -> LineItem:
    paid_at = item.time("paidAt") or contribution.time("createdAt")
    if paid_at is None:
        raise PayloadError(f"{item.name('paidAt')}: is missing")
    if paid_at > now + datetime.timedelta(days=1):
        raise PayloadError(f"{item.name('paidAt')}: is in the future")
    return LineItem(
        source=_SOURCE,
        key=item.needed("lineitemId", read_key),
        amount=Decimal(item.needed("amount", read_amount)),
        paid_at=paid_at,
        receipt=contribution.text("orderNumber", read_key),
        is_recurring=contribution.flag("isRecurring") or contribution.text("recurringPeriod") in {"monthly", "weekly"},
        page=contribution.text("contributionForm", read_note) or form.text("name", read_note),
        reference_code=contribution.text("refcode", read_note)
        or contribution.part("refcodes").text("refcode", read_note),
        recipient=item.text("committeeName", read_note),
    )


class _Part:
    """An object within the body, and what it is called in messages."""

    def __init__(self, path: str, data: Any) -> None:
        if data is not None and not isinstance(data, dict):
            raise PayloadError(f"{path or 'the body'}: is no object")
        self._path = path
        self._data: dict[str, Any] = data or {}

    def __bool__(self) -> bool:
        return bool(self._data)

    def name(self, field: str) -> str:
        return f"{self._path}.{field}" if self._path else field

    def has(self, field: str) -> bool:
        return self._data.get(field) not in (None, "")

    def part(self, field: str) -> "_Part":
        return _Part(self.name(field), self._data.get(field))

    def parts(self, field: str) -> list["_Part"]:
        found = self._data.get(field)
        if found is None:
            return []
        if not isinstance(found, list):
            raise PayloadError(f"{self.name(field)}: is no list")
        return [_Part(f"{self.name(field)}[{index}]", data) for index, data in enumerate(found)]

    def text(self, field: str, read: Callable[[str], str] = str) -> str:
        """The field as text, "" where it is missing, read by `read`."""
        found = self._data.get(field)
        if isinstance(found, bool) or not isinstance(found, str | int | Decimal | None):
            raise PayloadError(f"{self.name(field)}: is neither text nor a number")
        text = "" if found is None else f"{found:f}" if isinstance(found, Decimal) else str(found)[:2_000].strip()
        if "\0" in text or (not text.isascii() and not _can_be_stored(text)):
            raise PayloadError(f"{self.name(field)}: has characters that cannot be stored")
        if not text:
            return ""
        try:
            return read(text)
        except UnreadableError as error:
            raise PayloadError(f"{self.name(field)}: cannot be read") from error

    def needed(self, field: str, read: Callable[[str], str]) -> str:
        text = self.text(field, read)
        if not text:
            raise PayloadError(f"{self.name(field)}: is missing")
        return text

    def time(self, field: str) -> datetime.datetime | None:
        text = self.text(field, read_time)
        return datetime.datetime.fromisoformat(text) if text else None

    def flag(self, field: str) -> bool:
        found = self._data.get(field)
        if found is not None and not isinstance(found, bool):
            raise PayloadError(f"{self.name(field)}: is neither true nor false")
        return bool(found)


def _can_be_stored(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
    return True


def _no_constant(name: str) -> None:
    raise ValueError("no number")
