"""Answering an event: written down, confirmed by mail, changed, cancelled.

Whatever a stranger posts makes the same work and the same page, whoever's address it is: an unconfirmed answer that
holds its place, and a mail; or, where the owner of the address has answered already, a mail that says so. Only the
button behind the mailed link takes the person in and makes what was agreed to stand. Somebody signed in with an
address of their own answers at once.

All that can be done before the event's row is locked (finding, rendering, consents, the roster) is done before: at a
rush everybody waits for that lock. Order of locks: the person, the event, the answer.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from affiliates.models import Group, JoinedBy
from affiliates.roster import enter_roster
from affiliates.sign_up import Answer
from foundation.accounts.models import User
from foundation.audit.models import record
from foundation.places.search import Place, PlaceError, find_place
from members.consent import give_consent
from members.joining import settle
from members.membership import hold_present, lock_people, record_activity, withdraw_activity
from members.models import ActivityKind, ConsentPurpose, ConsentWording, Person
from members.models.consent import NETWORK
from members.people import Contact, take_in
from members.wordings import present_wordings

from .emails import answering as emails
from .hosts import hosts_of
from .line import (
    AnswerError,
    ClosedEventError,
    GoneAnswerError,
    come_new,
    fill_places,
    let_in,
    lock_event,
    lock_places,
    refuse_closed,
    refuse_party,
    take_more,
)
from .models import Event, Rsvp, RsvpState

__all__ = [
    "WISHES",
    "AnswerError",
    "ClosedEventError",
    "GoneAnswerError",
    "Typed",
    "answer_as",
    "answer_event",
    "change_answer",
    "confirm_answer",
    "fill_places",
    "forget_answer",
    "let_in",
    "lock_event",
    "release_unconfirmed",
]

WISHES = (RsvpState.GOING, RsvpState.MAYBE, RsvpState.CANT)
"""What people can say. Whether there is a place for who is going, the line says."""


@dataclass(frozen=True)
class Typed:
    """What a stranger filled in. `email` is normalised, `place` a text that find_place knows, `state` one of WISHES."""

    email: str
    language: str
    state: RsvpState
    party_size: int = 1
    given_name: str = ""
    family_name: str = ""
    place: str = ""
    # {"question": the text as asked, "answer": text} each, in the order of the form.
    answers: list[dict[str, str]] = field(default_factory=list)
    # In today's words of the active language.
    consents: Sequence[Answer] = ()


# --- a stranger's post --------------------------------------------------------------------------------------------


def answer_event(*, event: Event, typed: Typed, now: datetime.datetime) -> None:
    """Write down what somebody answered, and mail them the link. Raises AnswerError, whoever's address it is.

    Whoever has answered already is mailed the link of that answer, which stays as it is: only its owner changes it.
    """
    refuse_closed(event, now)
    refuse_party(event, typed.state, typed.party_size)
    try:
        _write_down(event, typed, now)
    except IntegrityError as error:
        if "rsvp_once_an_address" not in str(error):
            raise
        _write_down(event, typed, now)  # the same address answered at this very moment: now it has answered already


def _write_down(event: Event, typed: Typed, now: datetime.datetime) -> None:
    """For whoever has answered already the same is done and then undone, so that it takes the same time."""
    with transaction.atomic():
        standing = _standing_answer(event, typed.email)
        made = _unconfirmed(event, typed, now)
        if standing is None or not standing.is_confirmed:
            emails.queue_confirmation_asked(standing or made, event, now=now)
        else:
            language = standing.language_of_reader  # type: ignore[attr-defined]  # _STANDING adds it
            emails.queue_answered_already(standing, event, email=typed.email, language=language, now=now)
        if standing is not None:
            made.email = f"{made.pk}@answered.invalid"  # the address has its row
        before = transaction.savepoint_create()
        locked = lock_places(event)
        refuse_closed(locked, now)
        if made.state == RsvpState.GOING:
            come_new(made, event=locked, now=now)
        made.save(force_insert=True)
        if standing is not None:
            transaction.savepoint_rollback(before)


# Two lookups: each has an index, the two in one condition would read all answers of the event.
_STANDING = """
SELECT rsvp.*, coalesce(person.language, rsvp.language) AS language_of_reader
FROM events_rsvp rsvp LEFT JOIN members_person person ON person.id = rsvp.person_id
WHERE rsvp.id IN (
    SELECT id FROM events_rsvp WHERE event_id = %(event)s AND lower(email) = %(email)s AND email <> ''
    UNION ALL
    SELECT own.id FROM members_personemail address JOIN events_rsvp own ON own.person_id = address.person_id
    WHERE address.address = %(email)s AND own.event_id = %(event)s
) ORDER BY rsvp.confirmed_at NULLS LAST LIMIT 1
"""


def _standing_answer(event: Event, email: str) -> Rsvp | None:
    """The answer of this address: its owner's, else one that waits to be confirmed. With `language_of_reader`."""
    return next(iter(Rsvp.objects.raw(_STANDING, {"event": event.pk, "email": email})), None)


def _unconfirmed(event: Event, typed: Typed, now: datetime.datetime) -> Rsvp:
    """The row as it will be written; it has its key already, so that the mail can be made before the lock is held."""
    return Rsvp(
        pk=_next_key(),
        event=event,
        state=typed.state,
        party_size=1 if typed.state == RsvpState.CANT else typed.party_size,
        answered_at=now,
        changed_at=now,
        email=typed.email,
        given_name=typed.given_name,
        family_name=typed.family_name,
        place=typed.place,
        language=typed.language,
        answers=typed.answers,
        consents=_as_asked(typed.consents),
    )


def _next_key() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('events_rsvp', 'id'))")
        return int(cursor.fetchone()[0])


def _as_asked(consents: Sequence[Answer]) -> list[dict[str, Any]]:
    wordings = present_wordings([answer.purpose for answer in consents])
    return [
        {
            "purpose": str(answer.purpose),
            "group": answer.group.pk if answer.group else None,
            "wording": wordings[answer.purpose].pk,
            "is_ticked": answer.is_ticked,
        }
        for answer in consents
    ]


# --- the confirmation ---------------------------------------------------------------------------------------------


def confirm_answer(*, rsvp: Rsvp, now: datetime.datetime) -> Rsvp:
    """The owner of the address confirms: they are taken in, what they ticked takes effect. Again changes nothing.

    Where they have answered already with another address, that answer becomes what this one says, and is returned.
    Raises GoneAnswerError where it was deleted meanwhile, and ClosedEventError.
    """
    with transaction.atomic():
        asked = Rsvp.objects.select_related("event").filter(pk=rsvp.pk).first()
        if asked is None:
            raise GoneAnswerError
        if asked.is_confirmed:
            return asked
        refuse_closed(asked.event, now)
        person = _take_in(asked, now)
        own = Rsvp.objects.filter(event=asked.event, person=person).first()
        if own and own.pk == asked.pk:  # confirmed by another press while we waited for the person
            return own
        kept = own or asked
        _agree(person, asked.event, asked.consents, source=kept.source, now=now)
        _note_answer(person, kept, asked.event, asked.state, now)
        event = lock_event(asked.event)
        refuse_closed(event, now)
        kept = _settle(asked, own, person, event, now)
        emails.queue_answer_stands(kept, event, person)
    return kept


def _take_in(asked: Rsvp, now: datetime.datetime) -> Person:
    place = _place_of(asked)
    contact = Contact(
        email=asked.email,
        given_name=asked.given_name,
        family_name=asked.family_name,
        zip_code=place.zip_code if place else "",
        language=asked.language,
    )
    person = take_in(contact=contact, is_own_act=True, now=now)
    if place and not place.zip_code:
        settle(person=person, place=place)
    return person


def _place_of(asked: Rsvp) -> Place | None:
    try:
        return find_place(asked.place) if asked.place else None
    except PlaceError:  # it was found when it was typed; the places were loaded anew meanwhile
        return None


def _settle(asked: Rsvp, own: Rsvp | None, person: Person, event: Event, now: datetime.datetime) -> Rsvp:
    """Make an unconfirmed answer that of `person`, or part of the one that they have. The event is locked."""
    waiting = _lock(asked.pk)
    if waiting.is_confirmed:
        raise GoneAnswerError
    if own is None:
        waiting.person, waiting.confirmed_at, waiting.email = person, now, ""
        waiting.given_name = waiting.family_name = waiting.place = ""
        waiting.revision += 1
        waiting.save()
        return waiting
    kept = _lock(own.pk)
    waiting.delete()  # first, so that its places are free for the one that takes them over
    _take_over(kept, waiting)
    kept.answers, kept.changed_at = waiting.answers or kept.answers, now
    kept.revision += 1
    kept.save()
    fill_places(event=event, now=now)
    return _lock(kept.pk)


def _take_over(kept: Rsvp, later: Rsvp) -> None:
    """`kept` says what `later`, of the same person, said; of their two places in the line the earlier stands. Who has
    a place does not give it up for one in the line."""
    if later.state == RsvpState.WAITING and kept.state == RsvpState.GOING:
        return
    if later.state == RsvpState.WAITING and kept.state == RsvpState.WAITING and kept.waiting_since:
        later.waiting_since = min(kept.waiting_since, later.waiting_since or kept.waiting_since)
    kept.state, kept.party_size, kept.waiting_since = later.state, later.party_size, later.waiting_since


def _lock(pk: int) -> Rsvp:
    """The answer as it is now, locked. Raises GoneAnswerError."""
    rsvp = Rsvp.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if rsvp is None:
        raise GoneAnswerError
    return rsvp


def _agree(
    person: Person, event: Event, consents: Sequence[Mapping[str, Any]], *, source: str, now: datetime.datetime
) -> None:
    """The person comes onto the rosters of the hosts, and what they ticked goes into the ledger.

    What was agreed about a group that is not in force any more falls away.
    """
    ticked = [asked for asked in consents if asked["is_ticked"]]
    wordings = ConsentWording.objects.in_bulk([asked["wording"] for asked in ticked])
    groups = Group.objects.listed().defer("position").in_bulk([asked["group"] for asked in ticked if asked["group"]])
    for asked in ticked:
        if asked["group"] is None or asked["group"] in groups:
            give_consent(
                person=person,
                purpose=ConsentPurpose(asked["purpose"]),
                wording=wordings[asked["wording"]],
                source=source,
                now=now,
                scope=groups[asked["group"]].scope if asked["group"] else NETWORK,
            )
    for group in hosts_of(event):
        enter_roster(group=group, person=person, how=JoinedBy.EVENT, source=source, now=now)


def _note_answer(person: Person, rsvp: Rsvp, event: Event, state: str, now: datetime.datetime) -> None:
    """Among what the person did is that they mean to come, for as long as they do."""
    if state == RsvpState.CANT:
        with override(person.language):
            because = _("You said that you can’t come")
        withdraw_activity(source=rsvp.source, because=because, now=now)
        return
    record_activity(
        person=person,
        kind=ActivityKind.RSVP,
        source=rsvp.source,
        at=now,
        details={"title": event.title, "place": event.place_name},
    )


# --- somebody signed in -------------------------------------------------------------------------------------------


def answer_as(
    *,
    event: Event,
    person: Person,
    state: RsvpState,
    party_size: int,
    answers: list[dict[str, str]],
    consents: Sequence[Answer],
    now: datetime.datetime,
) -> Rsvp:
    """`person`, who is signed in, answers, or answers otherwise than before. Raises AnswerError.

    What they typed before they signed in, and have not confirmed, is theirs with the place that it holds.
    """
    refuse_closed(event, now)
    refuse_party(event, state, party_size)
    with transaction.atomic():
        person = hold_present(person)
        lock_people([person.pk])
        rsvp = Rsvp.objects.filter(event=event, person=person).first() or _typed_before(event, person)
        is_new = rsvp is None
        rsvp = rsvp or Rsvp(pk=_next_key(), event=event, person=person, answered_at=now, language=person.language)
        _agree(person, event, _as_asked(consents), source=rsvp.source, now=now)
        _note_answer(person, rsvp, event, state, now)
        locked = lock_event(event)
        refuse_closed(locked, now)
        if is_new:
            rsvp.confirmed_at = now
        elif rsvp.is_confirmed:
            rsvp = _lock(rsvp.pk)
        else:
            rsvp = _settle(rsvp, None, person, locked, now)
        if not is_new and _says_already(rsvp, state, party_size) and answers in ([], rsvp.answers):
            return rsvp
        rsvp.answers = answers or rsvp.answers
        _say(rsvp, locked, state, party_size, now, is_new=is_new)
        emails.queue_answer_stands(rsvp, locked, person)
    return rsvp


def _typed_before(event: Event, person: Person) -> Rsvp | None:
    verified = person.emails.filter(verified_at__isnull=False).values("address")
    return Rsvp.objects.filter(event=event, email__in=verified).order_by("pk").first()


def _say(
    rsvp: Rsvp, event: Event, state: RsvpState, party_size: int, now: datetime.datetime, *, is_new: bool = False
) -> None:
    """Write what somebody says now into their answer; what they give up goes to the line. The event is locked."""
    had = 0 if is_new else rsvp.party_size
    was, rsvp.changed_at = "" if is_new else rsvp.state, now
    rsvp.party_size = 1 if state == RsvpState.CANT else party_size
    if state != RsvpState.GOING:
        rsvp.state, rsvp.waiting_since = state, None
    elif was == RsvpState.GOING:
        take_more(event, party_size - had)
    elif was != RsvpState.WAITING:  # whoever waits keeps their place in the line, however many they are now
        come_new(rsvp, event=event, now=now)
    rsvp.revision += 1
    rsvp.save(force_insert=is_new)
    if is_new:
        return
    lucky = fill_places(event=event, now=now)
    if any(one.pk == rsvp.pk for one in lucky):
        rsvp.refresh_from_db()


# --- changing and cancelling --------------------------------------------------------------------------------------


def change_answer(
    *, rsvp: Rsvp, state: RsvpState, party_size: int, now: datetime.datetime, actor: User | None = None
) -> Rsvp:
    """Say otherwise than before: another of WISHES, another number of people. The same again changes nothing.

    Whoever goes and wants to bring more than there are places for keeps those that they have: raises AnswerError, as
    for a party that is not allowed, an answer that nobody has confirmed, and an event that takes no answers any more.
    `actor` is a host who writes it down for them; without one it is their own word.
    """
    with transaction.atomic():
        before = Rsvp.objects.select_related("event", "person").filter(pk=rsvp.pk).first()
        if before is None or before.person is None:
            raise GoneAnswerError
        refuse_closed(before.event, now)
        refuse_party(before.event, state, party_size)
        person = hold_present(before.person)
        lock_people([person.pk])
        _note_answer(person, before, before.event, state, now)
        event = lock_event(before.event)
        refuse_closed(event, now)
        changed = _lock(before.pk)
        if _says_already(changed, state, party_size):
            return changed
        _say(changed, event, state, party_size, now)
        if actor:
            record(actor=actor, action="changed answer", subject=event.scope, rsvp=changed.pk, state=changed.state)
        emails.queue_answer_stands(changed, event, person)
    return changed


def _says_already(rsvp: Rsvp, state: RsvpState, party_size: int) -> bool:
    says = RsvpState.GOING if rsvp.state == RsvpState.WAITING else rsvp.state
    return says == state and (state == RsvpState.CANT or rsvp.party_size == party_size)


# --- the end of those that nobody confirms ------------------------------------------------------------------------


def forget_answer(*, rsvp: Rsvp, now: datetime.datetime) -> None:
    """The owner of the address did not answer: what was typed goes, its place to the line. A confirmed one stays."""
    with transaction.atomic():
        event = lock_event(rsvp.event)
        gone, _of_each = Rsvp.objects.filter(pk=rsvp.pk, confirmed_at__isnull=True).delete()
        if gone:
            fill_places(event=event, now=now)


def release_unconfirmed(*, now: datetime.datetime) -> int:
    """Delete every answer that nobody confirmed in time, with all that was typed; returns how many.

    See RsvpQuerySet.unconfirmed_too_long for how long that is. The places go to the line.
    """
    released = 0
    events = Rsvp.objects.unconfirmed_too_long(now).order_by("event").values_list("event", flat=True)
    for event_id in events.distinct():
        with transaction.atomic():
            event = lock_event(Event(pk=event_id))
            gone, _of_each = event.rsvps.unconfirmed_too_long(now).delete()
            fill_places(event=event, now=now)
        released += gone
    return released
