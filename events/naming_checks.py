"""Events and promotions of groups that name an opponent of an endorsed candidate: refused, and found later.

National's own events are held by the staff who endorse; nothing of theirs is asked about.
"""

import datetime
from collections.abc import Collection, Iterator

from django.db.models import QuerySet
from django.urls import reverse

from endorsements.models import CounterKind
from endorsements.naming import objections_to_text
from endorsements.things import Thing, register_things

from .models import Event, EventState, Promotion, PromotionState
from .objections import register_objection
from .promotion_objections import register_promotion_objection

_TEXTS = ("title", "about", "venue_name", "access_notes", "join_words")
_PROMOTIONS_THAT_STAND = (PromotionState.APPROVED, PromotionState.SENDING, PromotionState.PAUSED)
_PROMOTIONS_ASKED_FOR = (PromotionState.REQUESTED, PromotionState.ASKED)


def register_naming_checks() -> None:
    """What this app asks of the floor below, and hands to it. Called in its `ready()`."""
    register_objection(event_names_opponent)
    register_promotion_objection(promotion_names_opponent)
    register_things(CounterKind.EVENT, "event:", _standing_events, _drafted_events)
    register_things(CounterKind.PROMOTION, "promotion:", _standing_promotions, _requested_promotions)


def event_names_opponent(event: Event) -> str:
    """Why a group's event may not be held as it is written; "" where it names no opponent."""
    if event.group_id is None:
        return ""
    return objections_to_text(text=_text_of(event), thing=event.scope)


def promotion_names_opponent(promotion: Promotion) -> str:
    """Why the mail may not go out as it is written; "" where it names no opponent."""
    return objections_to_text(text=_words_of(promotion), thing=promotion.key)


def _text_of(event: Event) -> str:
    return "\n\n".join(str(getattr(event, name)) for name in _TEXTS)


def _words_of(promotion: Promotion) -> str:
    return f"{promotion.subject}\n\n{promotion.intro}"


# --- events -----------------------------------------------------------------------------------------------------


def _standing_events(now: datetime.datetime, keys: Collection[str] | None) -> Iterator[Thing]:
    """What the public can come to: approved, and not over."""
    found = Event.objects.filter(state=EventState.APPROVED, ends_at__gt=now)
    return _things_of_events(found if keys is None else found.filter(pk__in=_numbers(keys)))


def _drafted_events(now: datetime.datetime) -> Iterator[Thing]:
    return _things_of_events(
        Event.objects.filter(state__in=(EventState.DRAFT, EventState.SUBMITTED), starts_at__gt=now)
    )


def _things_of_events(events: QuerySet[Event]) -> Iterator[Thing]:
    rows = events.filter(group__isnull=False).only("group", *_TEXTS).order_by("pk")
    for event in rows.iterator(chunk_size=500):
        address = reverse("event_home", args=[event.pk])
        yield Thing(event.scope, event.group_id or 0, event.title, _text_of(event), address)


# --- promotions -------------------------------------------------------------------------------------------------


def _standing_promotions(now: datetime.datetime, keys: Collection[str] | None) -> Iterator[Thing]:
    """What national has approved and what is being sent."""
    found = Promotion.objects.filter(state__in=_PROMOTIONS_THAT_STAND)
    return _things_of_promotions(found if keys is None else found.filter(pk__in=_numbers(keys)))


def _requested_promotions(now: datetime.datetime) -> Iterator[Thing]:
    return _things_of_promotions(Promotion.objects.filter(state__in=_PROMOTIONS_ASKED_FOR))


def _things_of_promotions(promotions: QuerySet[Promotion]) -> Iterator[Thing]:
    for promotion in promotions.only("group", "event", "subject", "intro").order_by("pk").iterator(chunk_size=500):
        address = reverse("event_home", args=[promotion.event_id])
        yield Thing(promotion.key, promotion.group_id, promotion.subject, _words_of(promotion), address)


def _numbers(keys: Collection[str]) -> list[int]:
    return [int(key.split(":")[1]) for key in keys]
