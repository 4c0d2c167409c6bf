"""The places that are taken: counted and held to the capacity by the database, whoever writes."""

import pytest
from django.db import IntegrityError, transaction

from events.models import Event, RsvpState
from tests.events.making import make_event, make_rsvp

pytestmark = pytest.mark.django_db


def taken(event: Event) -> int:
    return Event.objects.get(pk=event.pk).taken


def test_those_who_go_take_places_with_their_guests() -> None:
    event = make_event(capacity=10)
    first = make_rsvp(event, party_size=3)
    make_rsvp(event, state=RsvpState.MAYBE, party_size=2)
    make_rsvp(event, state=RsvpState.WAITING)
    assert taken(event) == 3
    first.party_size = 5
    first.save()
    assert taken(event) == 5
    first.state = RsvpState.CANT
    first.save()
    assert taken(event) == 0
    first.state = RsvpState.GOING
    first.save()
    first.delete()
    assert taken(event) == 0


def test_the_database_refuses_one_too_many() -> None:
    event = make_event(capacity=2)
    make_rsvp(event, party_size=2)
    with pytest.raises(IntegrityError, match="event_not_over_capacity"), transaction.atomic():
        make_rsvp(event)
    assert taken(event) == 2


def test_the_capacity_cannot_be_lowered_under_what_is_taken() -> None:
    event = make_event(capacity=4)
    make_rsvp(event, party_size=3)
    with pytest.raises(IntegrityError, match="event_not_over_capacity"), transaction.atomic():
        Event.objects.filter(pk=event.pk).update(capacity=2)


def test_an_event_saved_from_an_older_reading_keeps_the_number() -> None:
    event = make_event(capacity=4)
    make_rsvp(event, party_size=3)
    event.title = "Another title"
    event.save()  # it still holds taken = 0
    assert taken(event) == 3
    Event.objects.filter(pk=event.pk).update(taken=1)
    assert taken(event) == 3


def test_an_answer_stays_with_its_event() -> None:
    rsvp = make_rsvp(make_event())
    rsvp.event = make_event()
    with pytest.raises(IntegrityError, match="one event"):
        rsvp.save()
