"""The demo's promotions, one at least of each standing: what waits for staff, what is approved, what came of others.

The demo organizer's group has one to be changed, one that goes out the day after tomorrow, and two with results. Nobody
is mailed: the mails of those that are over are rows which say that they went out.
"""

import datetime
import math
import random
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db.models import Count

from affiliates.models import Group
from config.demo.copying import analyze
from config.demo.event_plans import DAY, HOUR
from config.demo.texts import sections
from events.audience import SCOPE, choose
from events.models import (
    COOL_DOWN,
    HAS_VENUE,
    RADII,
    Event,
    EventQuerySet,
    EventState,
    Promotion,
    PromotionRecipient,
    PromotionState,
    Rsvp,
)
from events.promoting import PURPOSE, keep_words
from events.sending_hours import next_sending_moment
from foundation.mail.models import MailBody, MailState, OutgoingMail, Priority, SuppressionReason
from foundation.mail.outbox import message_id_of
from foundation.mail.suppression import suppress
from foundation.places.distance import miles_between
from members.models import Person

SENT = 4
"""So many of other groups have gone out, beside the two of the demo organizer's."""
WANTED = 150
ANSWERED_FROM_MAIL = 15
"""At most so many of those who answered after a promotion had got it."""
BOUNCED, UNSUBSCRIBED = 0.02, 0.01
WENT_BEFORE = 5 * DAY
CLOSE_MILES = 60


class _Reader(NamedTuple):
    """Somebody whom a promotion went to."""

    person: int
    address: str
    name: str
    language: str
    score: float
    miles: float


def load_promotions(*, seed: int, now: datetime.datetime) -> None:
    """Fill the tables of promotions and of the mails that went out. Needs the events, and people with all theirs."""
    rng = random.Random(f"promotions {seed}")
    organizers = Group.objects.listed().defer("position", "about", "plan").order_by("pk")[0]
    for event, state, fields in [*_of_organizer(organizers, now), *_of_others(organizers, rng, now)]:
        _make(event, state, rng, now, **fields)
    over = Event.objects.filter(state=EventState.APPROVED, ends_at__lt=now - DAY, format__in=HAS_VENUE)
    past = over.filter(call__isnull=True, group__status="listed", is_listed=True).order_by("starts_at", "pk")
    own = list(past.filter(group=organizers, starts_at__gt=now - 45 * DAY).select_related("group")[:2])
    others = past.exclude(group=organizers).select_related("group").filter(starts_at__gt=now - 90 * DAY)
    lively = list(others.annotate(answers=Count("rsvps")).order_by("-answers", "starts_at", "pk")[: 3 * SENT])
    sent = [*own, *rng.sample(lively, min(SENT, len(lively)))]
    for event in sorted(sent, key=lambda event: (event.starts_at, event.pk)):
        _send(event, rng, now)
    analyze(Promotion, PromotionRecipient, OutgoingMail, MailBody)


type _Wish = tuple[Event, PromotionState, dict[str, Any]]


def _of_organizer(group: Group, now: datetime.datetime) -> Iterable[_Wish]:
    own = list(_coming(now).filter(group=group, starts_at__gt=now + 8 * DAY)[:2])
    words = sections("promotions")
    given: list[tuple[PromotionState, dict[str, Any]]] = [
        (PromotionState.ASKED, {"words": words["asked"][0]}),
        (PromotionState.APPROVED, {}),
    ]
    for event, (state, fields) in zip(own, given, strict=False):
        yield event, state, fields


def _of_others(organizers: Group, rng: random.Random, now: datetime.datetime) -> Iterable[_Wish]:
    """Two requests for the people of one area, one more, and those that come to nothing."""
    words = sections("promotions")
    coming = list(_coming(now).exclude(group=organizers).filter(starts_at__gt=now + 6 * DAY))
    rng.shuffle(coming)
    pair = _neighbours(coming)
    others = [event for event in coming if event not in pair]
    wishes: list[tuple[PromotionState, dict[str, Any]]] = [
        (PromotionState.REQUESTED, {"radius_miles": 50}),
        (PromotionState.APPROVED, {}),
        (PromotionState.DECLINED, {"words": words["declined"][0]}),
        (PromotionState.CANCELLED, {"words": words["cancelled"][0], "cancelled_at": now - 2 * DAY}),
    ]
    for event in pair:
        yield event, PromotionState.REQUESTED, {}
    for event, (state, fields) in zip(others, wishes, strict=False):
        yield event, state, fields


def _neighbours(events: Sequence[Event]) -> list[Event]:
    """Two of them that different groups hold at places close to each other; none where there are no such two."""
    for first in events:
        for other in events:
            if other.group_id != first.group_id and _miles_apart(first, other) < CLOSE_MILES:
                return [first, other]
    return []


def _coming(now: datetime.datetime) -> EventQuerySet:
    """Events that may be promoted, the next first."""
    approved = Event.objects.filter(state=EventState.APPROVED, format__in=HAS_VENUE, call__isnull=True, is_listed=True)
    soon = approved.filter(starts_at__gt=now, starts_at__lt=now + 45 * DAY)
    of_groups = soon.filter(group__status="listed").select_related("group")
    return of_groups.defer("position", "group__position").order_by("starts_at", "pk")


def _miles_apart(one: Event, other: Event) -> float:
    here, there = one.point, other.point
    return miles_between(here, there) if here and there else math.inf


# --- asked for ------------------------------------------------------------------------------------------------


def _make(event: Event, state: PromotionState, rng: random.Random, now: datetime.datetime, **fields: Any) -> Promotion:
    asked_at = min(fields.pop("requested_at", now), now) - DAY * (1 + 4 * rng.random())
    times: dict[str, Any] = {}
    if state == PromotionState.APPROVED:
        times = {"approved_at": now - 5 * HOUR, "send_at": next_sending_moment(now + 2 * DAY, event.time_zone)}
    wish: dict[str, Any] = {"event": event, "group": event.group, "state": state, "requested_at": asked_at}
    return Promotion.objects.create(**{**wish, **_words(event, rng), **times, **fields})


def _words(event: Event, rng: random.Random) -> dict[str, str]:
    found, tongue = sections("promotions"), " es" if event.language == "es" else ""
    told = {"title": event.title, "place": event.place_name.partition(",")[0]}
    intro = rng.choice(found[f"intro{tongue}"]).format(**told).replace(" / ", "\n")
    subject = rng.choice(found[f"subject{tongue}"]).format(**told)[:120]
    return {"subject": subject, "intro": intro, "language": event.language}


# --- sent -----------------------------------------------------------------------------------------------------


def _send(event: Event, rng: random.Random, now: datetime.datetime) -> None:
    """As if it had gone out some days before the event: whom it went to, their mails, and what became of these."""
    sent_at = next_sending_moment(event.starts_at - WENT_BEFORE, event.time_zone)
    done_at = sent_at + datetime.timedelta(minutes=4)
    readers, miles = _readers(event, sent_at, rng)
    if not readers:
        return
    promotion = _make(
        event, PromotionState.SENT, rng, now, requested_at=sent_at, approved_at=sent_at - 3 * HOUR, send_at=sent_at,
        launched_at=sent_at, finished_at=done_at, wanted=WANTED,
    )  # fmt: skip
    mails = _mails(promotion, readers, sent_at, rng)
    PromotionRecipient.objects.bulk_create(
        PromotionRecipient(
            promotion=promotion, number=number, person_id=reader.person, email=reader.address, score=reader.score,
            miles=reader.miles, chosen_at=sent_at, cools_until=sent_at + COOL_DOWN, mail=mail,
        )
        for number, (reader, mail) in enumerate(zip(readers, mails, strict=True), start=1)
    )  # fmt: skip
    Promotion.objects.filter(pk=promotion.pk).update(
        audience=len(readers), queued_up_to=len(readers), reach_miles=miles
    )
    for mail in mails:
        if mail.bounced_at:
            suppress(address=mail.to_email, scope="", reason=SuppressionReason.BOUNCED, now=mail.bounced_at)
        if mail.unsubscribed_at:
            reason = SuppressionReason.UNSUBSCRIBED
            suppress(address=mail.to_email, scope=SCOPE, reason=reason, now=mail.unsubscribed_at)


def _readers(event: Event, sent_at: datetime.datetime, rng: random.Random) -> tuple[list[_Reader], int]:
    """Some of those who answered after it, and around them whom it would have gone to; and how far that reaches."""
    chosen = choose(event=event, radius_miles=None, wanted=WANTED, now=sent_at)
    farthest = max((one.miles for one in chosen), default=0.0)
    miles = next((radius for radius in RADII if radius >= farthest), RADII[-1])
    cooling = PromotionRecipient.objects.filter(cools_until__gt=sent_at).values("person")
    answered = Rsvp.objects.filter(event=event, answered_at__gt=sent_at, person__emails__is_primary=True)
    answered = answered.filter(person__created_at__lt=sent_at)
    answered = answered.exclude(person__in=cooling).order_by("pk")
    by_mail = [
        _Reader(person, address, name, language, score or 0.0, miles_away)
        for person, address, name, language, score in answered.values_list(
            "person", "person__emails__address", "person__given_name", "person__language",
            "person__activity_score__score",
        )[:ANSWERED_FROM_MAIL]
        for miles_away in [round(rng.uniform(0.3, 9), 2)]
    ]  # fmt: skip
    known = {reader.person for reader in by_mail}
    # Chosen are people of today: some came to the network only later.
    people = _named([one.person_id for one in chosen], known_before=sent_at)
    others = [one for one in chosen if one.person_id in people and one.person_id not in known][: WANTED - len(by_mail)]
    around = [_Reader(one.person_id, one.address, *people[one.person_id], one.score, one.miles) for one in others]
    return sorted([*by_mail, *around], key=lambda reader: (-reader.score, reader.miles, reader.person)), miles


def _named(people: Sequence[int], *, known_before: datetime.datetime) -> dict[int, tuple[str, str]]:
    """The given name and the language of each whom the network knew by then."""
    known = Person.objects.filter(pk__in=people, created_at__lt=known_before)
    rows = known.order_by("pk").values_list("pk", "given_name", "language")
    return {pk: (name, language) for pk, name, language in rows}


def _mails(
    promotion: Promotion, readers: Sequence[_Reader], sent_at: datetime.datetime, rng: random.Random
) -> list[OutgoingMail]:
    bodies = keep_words(promotion)
    mails = [
        _mail(promotion, number, reader, bodies[reader.language], sent_at)
        for number, reader in enumerate(readers, start=1)
    ]
    for mail in mails:
        fate, later = rng.random(), sent_at + DAY * rng.random()
        if fate < BOUNCED:
            mail.bounced_at = mail.sent_at
        else:
            mail.delivered_at = mail.sent_at
            mail.unsubscribed_at = later if fate > 1 - UNSUBSCRIBED else None
    return OutgoingMail.objects.bulk_create(mails)


def _mail(
    promotion: Promotion, number: int, reader: _Reader, body: MailBody, sent_at: datetime.datetime
) -> OutgoingMail:
    key = f"{promotion.key}:{number}"
    went_out_at = sent_at + datetime.timedelta(seconds=number)
    return OutgoingMail(
        key=key, message_id=message_id_of(key), purpose=PURPOSE, scope=SCOPE, wider_scopes=[promotion.group.scope],
        to_email=reader.address, to_name=reader.name, from_name=promotion.group.name, subject=body.subject, body=body,
        language=body.language, priority=Priority.BULK, state=MailState.SENT, attempts=1, created_at=sent_at,
        next_attempt_at=sent_at, went_out_at=went_out_at, sent_at=went_out_at,
    )  # fmt: skip
