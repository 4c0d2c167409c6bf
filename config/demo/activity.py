"""What the demo's people did: came to events and calls, gave, answered, signed up. Membership follows from it."""

import datetime
import json
import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from config.demo.copying import analyze, copy_rows
from config.demo.people import Known
from config.demo.texts import sections
from members.donations import REFUNDED, donation_details
from members.models import Activity, ActivityKind, ActivityScore, Donation, DonationSource, Membership
from members.models.donations import activity_source

MEMBERS = 0.175
"""The share of the people who have attended or given."""

ONLY_INTERESTED = 0.125
"""The share of those who have answered an event or signed up, and no more."""

REFUNDED_SHARE = 0.02
YEAR = datetime.timedelta(days=365)

AMOUNTS = ("3.00", "5.00", "10.00", "15.00", "18.00", "25.00", "27.00", "35.00", "50.00", "100.00", "250.00", "500.00")
AMOUNT_WEIGHTS = (8, 14, 18, 8, 5, 18, 9, 6, 7, 5, 1.5, 0.5)
BASES = (ActivityKind.ATTENDANCE, ActivityKind.DONATION, ActivityKind.CALL)
BASIS_WEIGHTS = (45, 40, 15)
INTERESTS = (ActivityKind.RSVP, ActivityKind.SIGN_UP)

ACTIVITY_FIELDS = ("person", "kind", "source", "at", "withdrawn_at", "withdrawn_because", "details")
DONATION_FIELDS = (
    "source", "line_item", "receipt", "person", "amount", "paid_at", "is_recurring", "refund", "refunded_at",
    "recipient",
)  # fmt: skip


class _Gift(NamedTuple):
    """A donation that somebody made."""

    person: int
    number: int
    amount: str
    paid_at: datetime.datetime
    is_recurring: bool
    refunded_at: datetime.datetime | None
    recipient: str

    @property
    def line_item(self) -> str:
        return f"demo-{self.number}"


def load_activities(people: Sequence[Known], *, seed: int, now: datetime.datetime) -> None:
    """Give three of ten people a history: about 175 of 1,000 are members by it. Donations are of the last year."""
    rng = random.Random(f"activities {seed}")
    gifts: list[_Gift] = []
    copy_rows(Activity, ACTIVITY_FIELDS, _activities(people, gifts, rng, now))
    copy_rows(Donation, DONATION_FIELDS, (_donation(gift) for gift in gifts))
    analyze(Activity, Membership, ActivityScore, Donation)


def _activities(
    people: Sequence[Known], gifts: list[_Gift], rng: random.Random, now: datetime.datetime
) -> Iterator[Sequence[object]]:
    """Rows of ACTIVITY_FIELDS. Adds each donation among them to `gifts`."""
    number = 0
    for person in people:
        for kind in _kinds(rng):
            number += 1
            if kind == ActivityKind.DONATION:
                gifts.append(_gift(person, number, rng, now))
                yield _activity_of(gifts[-1])
            else:
                at = _between(person.since, now, rng)
                yield person.id, kind.value, f"demo:{kind.value}:{number}", at, None, "", _details(kind, person, rng)


def _kinds(rng: random.Random) -> list[ActivityKind]:
    """What one of the people did. Most do little and a few do much."""
    drawn = rng.random()
    if drawn < MEMBERS:
        return rng.choices(BASES, BASIS_WEIGHTS, k=_few(rng)) + rng.choices(INTERESTS, k=rng.randrange(2))
    return rng.choices(INTERESTS, k=1 + (rng.random() < 0.2)) if drawn < MEMBERS + ONLY_INTERESTED else []


def _few(rng: random.Random) -> int:
    return min(12, 1 + int(rng.expovariate(1.1)))


def _gift(person: Known, number: int, rng: random.Random, now: datetime.datetime) -> _Gift:
    paid_at = _between(max(person.since, now - YEAR), now, rng)
    refunded_at = _between(paid_at, now, rng) if rng.random() < REFUNDED_SHARE else None
    amount = rng.choices(AMOUNTS, AMOUNT_WEIGHTS)[0]
    return _Gift(
        person.id, number, amount, paid_at, rng.random() < 0.25, refunded_at,
        rng.choice(sections("activities")["to whom"]),
    )  # fmt: skip


def _activity_of(gift: _Gift) -> Sequence[object]:
    source = activity_source(DonationSource.ACTBLUE, gift.line_item)
    because = str(REFUNDED) if gift.refunded_at else ""
    details = json.dumps(donation_details(gift.amount, gift.recipient))
    return gift.person, ActivityKind.DONATION.value, source, gift.paid_at, gift.refunded_at, because, details


def _donation(gift: _Gift) -> Sequence[object]:
    refund = f"refund-{gift.number}" if gift.refunded_at else ""
    return (
        DonationSource.ACTBLUE.value, gift.line_item, f"AB{gift.number:08}", gift.person, gift.amount, gift.paid_at,
        gift.is_recurring, refund, gift.refunded_at, gift.recipient,
    )  # fmt: skip


def _details(kind: ActivityKind, person: Known, rng: random.Random) -> str:
    title = rng.choice(sections("activities")[kind.value])
    is_somewhere = kind in {ActivityKind.ATTENDANCE, ActivityKind.RSVP}
    return json.dumps({"title": title, "place": person.place} if is_somewhere else {"title": title})


def _between(first: datetime.datetime, last: datetime.datetime, rng: random.Random) -> datetime.datetime:
    """A moment between the two, whole seconds."""
    return first + datetime.timedelta(seconds=int((last - first).total_seconds() * rng.random()))
