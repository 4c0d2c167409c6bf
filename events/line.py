"""The places of an event: who takes one, and the line of those who wait.

Strictly first in, first out: the head of the line waits until its whole party fits, nobody overtakes, and whoever
comes new while somebody waits joins the end, even if places are free. Whoever takes, frees or moves places holds the
lock on the event's row; the database counts what is taken and refuses one too many (migration 0002_guards).
"""

import datetime

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from foundation.accounts.models import User
from foundation.audit.models import record

from .answering_jobs import tell_of_places_after_commit
from .emails import answering as emails
from .models import Event, EventState, Rsvp, RsvpState

COMES_AFTER = datetime.timedelta(microseconds=1)


class AnswerError(Exception):
    """The answer cannot be what was asked for; the message, for the reader, says why."""


class ClosedEventError(AnswerError):
    """The event takes no answers, or no more."""


class GoneAnswerError(AnswerError):
    """The answer was deleted or released meanwhile."""


def lock_event(event: Event) -> Event:
    """The event as it is now, locked until the transaction ends against all who take, free or move its places.

    The lock is the weakest that they exclude each other by (FOR NO KEY UPDATE): references to the event don't wait.
    Person rows are locked before it, answers after it.
    """
    return Event.objects.select_for_update(no_key=True).defer("position", "about").get(pk=event.pk)


_PLACES = "SELECT id, state, call_id, ends_at, capacity, taken FROM events_event WHERE id = %s FOR NO KEY UPDATE"


def lock_places(event: Event) -> Event:
    """As `lock_event`, with no more of the event than it takes to come new: at a rush many wait for this lock."""
    locked = next(iter(Event.objects.raw(_PLACES, [event.pk])), None)
    if locked is None:
        raise Event.DoesNotExist
    return locked


def refuse_closed(event: Event, now: datetime.datetime) -> None:
    """Raises ClosedEventError for an event that is not approved, is over, or is a call's: that is answered there."""
    if event.state == EventState.CANCELLED:
        raise ClosedEventError(_("This event is cancelled."))
    if event.state != EventState.APPROVED or event.call_id:
        raise ClosedEventError(_("This event takes no answers here."))
    if event.is_over(now):
        raise ClosedEventError(_("This event is over."))


def refuse_party(event: Event, state: str, party_size: int) -> None:
    """Raises AnswerError for a party that the host does not allow, or that would wait for ever.

    Whoever can't come may bring any number.
    """
    if state != RsvpState.CANT and not 1 <= party_size <= event.most_guests + 1:
        raise AnswerError(most_in_words(event))
    if state == RsvpState.GOING and event.capacity is not None and party_size > event.capacity:
        raise AnswerError(
            ngettext("There is %(count)d place in all.", "There are %(count)d places in all.", event.capacity)
            % {"count": event.capacity}
        )


def most_in_words(event: Event) -> str:
    """How many may come together."""
    most = event.most_guests + 1
    return ngettext("You can come alone only.", "You can be at most %(count)d people.", most) % {"count": most}


# --- taking a place, with the event locked --------------------------------------------------------------------------


def come_new(rsvp: Rsvp, *, event: Event, now: datetime.datetime) -> None:
    """Give `rsvp`, which has no place yet, one if it fits; else it becomes the last in the line. Does not save.

    `event` is as `lock_event` has just read it.
    """
    last = _last_in_line(event)
    if last is None and _fits(event, rsvp.party_size):
        rsvp.state, rsvp.waiting_since = RsvpState.GOING, None
        return
    # Never before whoever is in the line already, also where the clocks of two servers differ.
    rsvp.state, rsvp.waiting_since = RsvpState.WAITING, max(now, last + COMES_AFTER) if last else now


def take_more(event: Event, more: int) -> None:
    """See that `more` places can be taken by somebody who has some. Raises AnswerError where they can't."""
    if more > 0 and (not _fits(event, more) or _last_in_line(event) is not None):
        raise AnswerError(_("There are not enough places for that many of you. You keep the places that you have."))


def _last_in_line(event: Event) -> datetime.datetime | None:
    """Since when the last of the line waits; None where nobody does."""
    with connection.cursor() as cursor:  # asked by all who come new, while they hold the lock
        cursor.execute(
            "SELECT waiting_since FROM events_rsvp WHERE event_id = %s AND state = 'waiting' "
            "ORDER BY waiting_since DESC LIMIT 1",
            [event.pk],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def _fits(event: Event, party_size: int) -> bool:
    return event.capacity is None or event.taken + party_size <= event.capacity


def fill_places(*, event: Event, now: datetime.datetime) -> list[Rsvp]:
    """Give the free places to the head of the line, party by party; `event` is locked by the caller.

    Returns who got one. They are mailed once, after the commit. An event that is over or not approved fills nothing.
    """
    if event.state != EventState.APPROVED or event.is_over(now):
        return []
    event.refresh_from_db(fields=["capacity", "taken"])
    lucky = _head_that_fits(event)
    if lucky:
        _give_places(lucky, event, now)
    return lucky


def _head_that_fits(event: Event) -> list[Rsvp]:
    """Those of the line, from its head, whose parties fit one after the other."""
    line, free = event.rsvps.waiting(), event.places_left
    if free is None or event.capacity is None:
        return list(line)
    lucky = []
    # A party larger than the whole event (its capacity was lowered) keeps its place in the line and holds up nobody.
    for rsvp in line.filter(party_size__lte=event.capacity)[:free]:
        if rsvp.party_size > free:
            break
        free -= rsvp.party_size
        lucky.append(rsvp)
    return lucky


def _give_places(lucky: list[Rsvp], event: Event, now: datetime.datetime) -> None:
    given = {"state": RsvpState.GOING, "waiting_since": None, "got_place_at": now, "told_of_place_at": None}
    Rsvp.objects.filter(pk__in=[rsvp.pk for rsvp in lucky]).update(**given, revision=F("revision") + 1)
    for rsvp in lucky:
        rsvp.revision += 1
        for name, value in given.items():
            setattr(rsvp, name, value)
    tell_of_places_after_commit(event.pk)


# --- the host's word ----------------------------------------------------------------------------------------------


def missing_places(event: Event, rsvp: Rsvp) -> int:
    """By how many places the capacity has to be raised if `rsvp` is to be let in."""
    return 0 if event.places_left is None else max(0, rsvp.party_size - event.places_left)


def let_in(*, rsvp: Rsvp, actor: User, now: datetime.datetime) -> Rsvp:
    """The host gives somebody of the line a place out of turn. Where there is none, the capacity is raised by it.

    They are mailed. Raises AnswerError where they don't wait any more, and where the event is cancelled or over.
    """
    with transaction.atomic():
        event = lock_event(rsvp.event)
        refuse_closed(event, now)
        locked = event.rsvps.select_for_update().filter(pk=rsvp.pk, state=RsvpState.WAITING).first()
        if locked is None:
            raise AnswerError(_("They don't wait for a place any more."))
        missing = missing_places(event, locked)
        if missing and event.capacity is not None:
            event.capacity += missing
            event.revision += 1
            event.save(update_fields=["capacity", "revision"])
        _give_places([locked], event, now)
        record(actor=actor, action="let in from the line", subject=event.scope, rsvp=locked.pk, capacity_raised=missing)
    return locked


def position_in_line(rsvp: Rsvp) -> int:
    """The how-manieth of the line this is, the head being 1."""
    earlier = Q(waiting_since__lt=rsvp.waiting_since) | Q(waiting_since=rsvp.waiting_since, pk__lt=rsvp.pk)
    return Rsvp.objects.filter(earlier, event=rsvp.event_id, state=RsvpState.WAITING).count() + 1


# --- found by sweeps ----------------------------------------------------------------------------------------------


def fill_left_places(*, now: datetime.datetime) -> int:
    """Fill places that somebody left without filling them, as a merge of two people does; returns how many got one."""
    room = Q(capacity__isnull=True) | Q(taken__lt=F("capacity"))
    line = Rsvp.objects.filter(state=RsvpState.WAITING).values("event")
    waited_for = Event.objects.filter(room, state=EventState.APPROVED, ends_at__gt=now, pk__in=line)
    got = 0
    for event in waited_for.only("pk").order_by("pk"):
        with transaction.atomic():
            got += len(fill_places(event=lock_event(event), now=now))
    return got


def tell_of_places(*, now: datetime.datetime, event_id: int | None = None, batch: int = 100) -> int:
    """Put into the outbox the mails to those who got a place out of the line; returns how many. Safe beside itself."""
    told = 0
    while done := _tell_some(now, event_id, batch):
        told += done
    return told


def _tell_some(now: datetime.datetime, event_id: int | None, batch: int) -> int:
    with transaction.atomic():
        due = Rsvp.objects.filter(got_place_at__isnull=False, told_of_place_at__isnull=True)
        if event_id is not None:
            due = due.filter(event=event_id)
        rows = due.with_people().select_related("event__group").order_by("event", "pk")
        rsvps = list(rows.select_for_update(skip_locked=True, of=("self",))[:batch])
        for rsvp in rsvps:
            if rsvp.state == RsvpState.GOING and rsvp.event.state == EventState.APPROVED:
                emails.queue_place_free(rsvp)
        Rsvp.objects.filter(pk__in=[rsvp.pk for rsvp in rsvps]).update(told_of_place_at=now)
    return len(rsvps)
