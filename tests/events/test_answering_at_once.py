"""Many people at once: the rush on the last places, two devices of one person, answers beside changes of the places.

Every test of a race first shows the race without the lock on the event's row: the database then refuses one too many,
and somebody is turned away with an error, or the line loses its order.
"""

import datetime
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from events import answering
from events.answering import answer_as, answer_event, change_answer, confirm_answer
from events.line import fill_places, lock_event, tell_of_places
from events.links import answer_token
from events.models import Event, Rsvp, RsvpState
from foundation.mail.models import OutgoingMail
from members.models import Activity, Person
from tests.at_once import at_once

from .answering import answer, confirmed, mails, taken, typed
from .making import NOW, make_event, make_guest, make_rsvp

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 24
GOING, WAITING, CANT = RsvpState.GOING, RsvpState.WAITING, RsvpState.CANT
SECOND = datetime.timedelta(seconds=1)


def rush(event: Event) -> list[Exception]:
    """PEOPLE strangers, every third with a guest, answer at once."""
    return at_once(
        *(
            lambda number=number: answer_event(
                event=event, typed=typed(f"{number}@example.org", party_size=1 + (number % 3 == 0)), now=NOW
            )
            for number in range(PEOPLE)
        )
    )


@contextmanager
def without_the_lock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Everybody reads the event, and only then does anybody write."""
    all_have_read = threading.Barrier(PEOPLE)

    def read(event: Event) -> Event:
        seen = Event.objects.defer("position").get(pk=event.pk)
        all_have_read.wait(timeout=30)
        return seen

    with monkeypatch.context() as patch:
        patch.setattr(answering, "lock_places", read)
        yield


def test_a_rush_on_the_last_places_fills_them_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    with without_the_lock(monkeypatch):  # the control: each believes that there is a place, the database knows better
        event = make_event(capacity=5)
        failures = rush(event)
        assert {type(error) for error in failures} == {IntegrityError}
        assert all("event_not_over_capacity" in str(error) for error in failures)
        assert len(failures) >= PEOPLE - 5
        assert not event.rsvps.filter(state=WAITING).exists()  # nobody of them is in the line
        assert taken(event) <= 5

    event = make_event(capacity=5)
    assert rush(event) == []
    assert event.rsvps.count() == PEOPLE
    goers = event.rsvps.filter(state=GOING)
    assert sum(goers.values_list("party_size", flat=True)) == taken(event) <= 5
    waiting = list(event.rsvps.waiting())
    assert len(waiting) == PEOPLE - goers.count()
    assert len({rsvp.waiting_since for rsvp in waiting}) == len(waiting)
    # Nobody got a place that somebody of the line, who came before, would have fitted into.
    assert taken(event) + waiting[0].party_size > 5


def test_the_line_that_a_rush_leaves_moves_in_its_order() -> None:
    event = make_event(capacity=2)
    make_rsvp(event, party_size=2)
    assert rush(event) == []
    order = list(event.rsvps.waiting().values_list("pk", flat=True))
    with transaction.atomic():
        locked = lock_event(event)
        locked.capacity = PEOPLE
        locked.save(update_fields=["capacity"])
        got = [rsvp.pk for rsvp in fill_places(event=locked, now=NOW)]
    assert 10 < len(got) < len(order)
    assert got == order[: len(got)]
    assert taken(event) <= PEOPLE


def test_the_same_address_from_two_devices_has_one_answer() -> None:
    event = make_event(capacity=5)
    failures = at_once(*[lambda: answer_event(event=event, typed=typed(), now=NOW)] * 6)
    assert failures == []
    assert event.rsvps.count() == 1
    assert taken(event) == 1
    token = answer_token(event.rsvps.get())
    assert all(token in mail.text for mail in OutgoingMail.objects.all())  # no mail leads to a row that was not made


def test_the_same_person_from_two_devices_has_one_answer() -> None:
    event, person = make_event(capacity=5), make_guest()

    def press() -> Rsvp:
        return answer_as(event=event, person=person, state=GOING, party_size=2, answers=[], consents=[], now=NOW)

    assert at_once(*[press] * 6) == []
    assert (event.rsvps.count(), taken(event), Activity.objects.count()) == (1, 2, 1)
    assert len(mails("event answered")) == 1


def test_pressing_confirm_twice_at_the_same_moment_confirms_once() -> None:
    event = make_event(capacity=5)
    rsvp = answer(event)
    assert at_once(*[lambda: confirm_answer(rsvp=rsvp, now=NOW)] * 6) == []
    assert (Person.objects.count(), Activity.objects.count(), taken(event)) == (1, 1, 1)
    assert len(mails("event answered")) == 1


def test_confirming_two_addresses_of_one_person_at_once_leaves_one_answer() -> None:
    event, person = make_event(capacity=5), make_guest("one@example.org")
    person.emails.create(address="two@example.org")
    one, two = answer(event, "one@example.org"), answer(event, "two@example.org", party_size=2)
    failures = at_once(lambda: confirm_answer(rsvp=one, now=NOW), lambda: confirm_answer(rsvp=two, now=NOW))
    assert failures == []
    rsvp = event.rsvps.get()
    assert rsvp.person == person
    assert taken(event) == rsvp.party_size


def change_capacity(event: Event, capacities: list[int]) -> None:
    """A host who raises and lowers the number of places, never under what is taken (as events.planning does)."""
    for capacity in capacities:
        with transaction.atomic():
            locked = lock_event(event)
            locked.capacity = max(capacity, locked.taken)
            locked.save(update_fields=["capacity"])
            fill_places(event=locked, now=NOW)


def test_places_change_and_people_cancel_beside_a_rush_and_all_adds_up() -> None:
    event = make_event(capacity=6)
    first = [confirmed(event, f"first{number}@example.org") for number in range(6)]
    acts: list[Callable[[], Any]] = [
        lambda number=number: answer_event(  # type: ignore[misc]
            event=event, typed=typed(f"{number}@example.org", party_size=1 + number % 3), now=NOW
        )
        for number in range(PEOPLE)
    ]
    acts += [
        lambda rsvp=rsvp: change_answer(rsvp=rsvp, state=CANT, party_size=1, now=NOW)  # type: ignore[misc]
        for rsvp in first[:3]
    ]
    acts += [lambda: change_capacity(event, [8, 5, 9, 7, 12]), lambda: change_capacity(event, [10, 6, 7, 11, 6])]
    assert at_once(*acts) == []
    event.refresh_from_db()
    assert event.rsvps.count() == PEOPLE + 6
    going = sum(event.rsvps.going().values_list("party_size", flat=True))
    assert event.capacity is not None
    assert going == event.taken <= event.capacity
    head = event.rsvps.waiting().first()
    assert head is not None
    assert event.taken + head.party_size > event.capacity  # no place is left that the head of the line could have
    got = event.rsvps.filter(got_place_at__isnull=False, state=GOING)
    assert tell_of_places(now=NOW) == got.count()
    assert sorted(mails("event place free")) == sorted(set(mails("event place free")))


def test_two_workers_mail_each_place_once() -> None:
    event = make_event(capacity=1)
    make_rsvp(event)
    for _ in range(12):
        make_rsvp(event, state=WAITING)
    change_capacity(event, [13])
    assert at_once(*[lambda: tell_of_places(now=NOW, batch=3)] * 4) == []
    assert len(mails("event place free")) == 12
