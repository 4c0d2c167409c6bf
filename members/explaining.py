"""What people are told of what they did, and of why they are members, in plain words.

An activity's `details` may hold, for what was attended or answered, "title" and "place"; for a donation "amount"
(text or number), "currency", "title" (to whom) and "through" ("ActBlue"). What a donation's details lack is read from
its Donation row.
"""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from .models import Activity, ActivityKind, Donation, DonationSource, Person


@dataclass(frozen=True)
class Told:
    """One activity in words. `because` says why it no longer counts, where it was taken back."""

    at: datetime.datetime
    words: str
    is_basis: bool
    withdrawn_at: datetime.datetime | None
    because: str


def bases_of(person: Person) -> list[Told]:
    """Why `person` is a member: each basis in effect, the first first."""
    return tell(person, person.activities.bases().order_by("at", "pk"))


def withdrawn_bases_of(person: Person) -> list[Told]:
    """What would have made `person` a member but was taken back, the latest first."""
    kinds = [ActivityKind.ATTENDANCE, ActivityKind.CALL, ActivityKind.DONATION]
    gone = person.activities.filter(withdrawn_at__isnull=False, kind__in=kinds)
    return tell(person, gone.order_by("-withdrawn_at", "-pk"))


def tell(person: Person, activities: Iterable[Activity]) -> list[Told]:
    """These activities of `person` in words, in their order. One query for the donations among them."""
    rows = list(activities)
    has_gifts = any(activity.kind == ActivityKind.DONATION for activity in rows)
    gifts = {gift.activity_source: gift for gift in person.donations.all()} if has_gifts else {}
    return [
        Told(
            activity.at,
            in_words(ActivityKind(activity.kind), _facts(activity, gifts)),
            activity.withdrawn_at is None and activity.is_basis,
            activity.withdrawn_at,
            activity.withdrawn_because,
        )
        for activity in rows
    ]


def _facts(activity: Activity, gifts: Mapping[str, Donation]) -> Mapping[str, Any]:
    details: dict[str, Any] = activity.details
    gift = gifts.get(activity.source)
    if gift is None:
        return details
    read = {
        "amount": gift.amount,
        "currency": gift.currency,
        "title": gift.recipient,
        "through": gift.get_source_display() if gift.source != DonationSource.HAND else "",
    }
    return {**read, **details}


def in_words(kind: ActivityKind, facts: Mapping[str, Any]) -> str:
    """One sentence about an activity, in the active language."""
    if kind == ActivityKind.DONATION:
        return _donation(facts)
    title, place = str(facts.get("title", "")), str(facts.get("place", ""))
    named, unnamed = _sentences(kind)
    sentence = named % {"title": title} if title else unnamed
    return _("%(what)s, in %(place)s") % {"what": sentence, "place": place} if place else sentence


def _sentences(kind: ActivityKind) -> tuple[str, str]:
    """With a title in its place, and without one."""
    match kind:
        case ActivityKind.ATTENDANCE:
            return _("You came to “%(title)s”"), _("You came to an event")
        case ActivityKind.CALL:
            return _("You were on the call “%(title)s”"), _("You were on a call")
        case ActivityKind.RSVP:
            return _("You answered the invitation to “%(title)s”"), _("You answered an invitation")
        case _:
            return _("You signed up: “%(title)s”"), _("You signed up")


def _donation(facts: Mapping[str, Any]) -> str:
    values = {
        "amount": money(facts.get("amount"), str(facts.get("currency", "USD"))) or _("a donation"),
        "title": str(facts.get("title", "")),
        "through": str(facts.get("through", "")),
    }
    words = _("You gave %(amount)s to %(title)s") if values["title"] else _("You gave %(amount)s")
    sentence = words % values
    return _("%(what)s, through %(through)s") % {**values, "what": sentence} if values["through"] else sentence


def money(amount: object, currency: str) -> str:
    """`amount` as people write it: "$25.00", "25.00 EUR". Empty for what is no amount."""
    try:
        value = Decimal(str(amount))
    except InvalidOperation:
        return ""
    if not value.is_finite():
        return ""
    written = number_format(value, decimal_pos=2, use_l10n=True, force_grouping=True)
    return f"${written}" if currency == "USD" else f"{written} {currency}"
