"""The line of those who wait for a place: first in, first out, a party waits until all of it fits."""

import datetime

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from events import answering_jobs
from events.answering import change_answer
from events.line import (
    AnswerError,
    fill_left_places,
    fill_places,
    let_in,
    lock_event,
    position_in_line,
    tell_of_places,
)
from events.models import Event, EventState, Rsvp, RsvpState
from foundation.audit.models import AuditEntry
from foundation.mail.models import OutgoingMail
from members.merging import merge_people
from tests.factories import make_staff, make_user

from .answering import answer, confirmed, mails, states, taken
from .making import NOW, TOMORROW, make_event, make_guest, make_rsvp

pytestmark = pytest.mark.django_db

GOING, WAITING, MAYBE, CANT = RsvpState.GOING, RsvpState.WAITING, RsvpState.MAYBE, RsvpState.CANT
MINUTE = datetime.timedelta(minutes=1)


def cancel(rsvp: Rsvp, now: datetime.datetime = NOW) -> Rsvp:
    return change_answer(rsvp=rsvp, state=CANT, party_size=1, now=now)


def fill(event: Event, *, capacity: int | None) -> list[Rsvp]:
    """As a host who changes the capacity does."""
    with transaction.atomic():
        locked = lock_event(event)
        locked.capacity = capacity
        locked.save(update_fields=["capacity"])
        return fill_places(event=locked, now=NOW)


def test_who_comes_after_the_last_place_waits_in_the_order_of_coming() -> None:
    event = make_event(capacity=2)
    people = [answer(event, f"{number}@example.org", now=NOW + number * MINUTE) for number in range(5)]
    assert states(event) == [GOING, GOING, WAITING, WAITING, WAITING]
    assert [position_in_line(rsvp) for rsvp in people[2:]] == [1, 2, 3]
    assert taken(event) == 2


def test_a_place_that_becomes_free_goes_to_the_head_of_the_line_and_is_mailed_once() -> None:
    event = make_event(capacity=1)
    first, second, third = (confirmed(event, f"{name}@example.org") for name in "abc")
    cancel(first)
    assert states(event) == [CANT, GOING, WAITING]
    assert position_in_line(third) == 1
    assert tell_of_places(now=NOW) == 1
    assert tell_of_places(now=NOW) == 0
    assert mails("event place free") == ["b@example.org"]
    second.refresh_from_db()
    assert (second.got_place_at, second.told_of_place_at) == (NOW, NOW)


def test_a_party_at_the_head_waits_until_all_of_it_fits_and_nobody_overtakes() -> None:
    event = make_event(capacity=4)
    goers = [confirmed(event, f"{name}@example.org") for name in "abcd"]
    party = confirmed(event, "party@example.org", party_size=3)
    single = confirmed(event, "single@example.org")
    for goer in goers[:2]:
        cancel(goer)
    assert Rsvp.objects.get(pk=party.pk).state == Rsvp.objects.get(pk=single.pk).state == WAITING
    assert taken(event) == 2
    cancel(goers[2])
    assert Rsvp.objects.get(pk=party.pk).state == GOING
    assert Rsvp.objects.get(pk=single.pk).state == WAITING
    assert taken(event) == 4


def test_who_answers_while_somebody_waits_joins_the_line_even_if_places_are_free() -> None:
    event = make_event(capacity=3)
    confirmed(event, "a@example.org", party_size=2)
    head = confirmed(event, "party@example.org", party_size=2)
    late = answer(event, "late@example.org")
    assert (head.state, late.state) == (WAITING, WAITING)
    assert (position_in_line(head), position_in_line(late)) == (1, 2)
    assert taken(event) == 2


def test_a_head_that_gives_up_or_comes_with_fewer_lets_the_line_move() -> None:
    event = make_event(capacity=3)
    confirmed(event, "a@example.org", party_size=2)
    head = confirmed(event, "party@example.org", party_size=3)
    second = confirmed(event, "second@example.org", party_size=2)
    third = confirmed(event, "third@example.org")
    cancel(head)
    assert states(event) == [GOING, CANT, WAITING, WAITING]
    changed = change_answer(rsvp=second, state=GOING, party_size=1, now=NOW)
    assert changed.state == GOING
    assert Rsvp.objects.get(pk=third.pk).state == WAITING
    assert taken(event) == 3


def test_whose_clock_is_behind_comes_after_those_who_wait_already() -> None:
    event = make_event(capacity=1)
    confirmed(event, "a@example.org")
    first = answer(event, "first@example.org", now=NOW)
    behind = answer(event, "behind@example.org", now=NOW - MINUTE)
    assert (position_in_line(first), position_in_line(behind)) == (1, 2)


def test_more_places_fill_the_line_from_its_head() -> None:
    event = make_event(capacity=2)
    for number, size in enumerate((2, 1, 2, 1)):
        answer(event, f"{number}@example.org", party_size=size, now=NOW + number * MINUTE)
    assert [rsvp.party_size for rsvp in fill(event, capacity=4)] == [1]
    assert states(event) == [GOING, GOING, WAITING, WAITING]
    assert [rsvp.party_size for rsvp in fill(event, capacity=None)] == [2, 1]
    assert states(event) == [GOING] * 4
    assert taken(event) == 6


def test_a_party_that_is_larger_than_the_event_has_become_holds_up_nobody() -> None:
    event = make_event(capacity=3)
    first = confirmed(event, "a@example.org", party_size=2)
    large = confirmed(event, "large@example.org", party_size=3)
    small = confirmed(event, "small@example.org", party_size=2)
    fill(event, capacity=2)
    cancel(first)
    assert Rsvp.objects.get(pk=small.pk).state == GOING
    assert Rsvp.objects.get(pk=large.pk).state == WAITING
    assert [rsvp.pk for rsvp in fill(event, capacity=5)] == [large.pk]


@pytest.mark.parametrize("state", [EventState.CANCELLED, EventState.SUBMITTED])
def test_an_event_that_is_not_approved_fills_nothing(state: EventState) -> None:
    event = make_event(capacity=1)
    make_rsvp(event, state=WAITING)
    over = {"cancelled_at": NOW} if state == EventState.CANCELLED else {"approved_at": None}
    Event.objects.filter(pk=event.pk).update(state=state, **over)
    with transaction.atomic():
        assert fill_places(event=lock_event(event), now=NOW) == []


def test_an_event_that_is_over_fills_nothing() -> None:
    event = make_event(capacity=1)
    make_rsvp(event, state=WAITING)
    with transaction.atomic():
        assert fill_places(event=lock_event(event), now=event.ends_at) == []


# --- the mail about the place -------------------------------------------------------------------------------------


def test_who_has_not_confirmed_yet_is_asked_to_when_there_is_a_place() -> None:
    event = make_event(capacity=1)
    first = confirmed(event, "a@example.org")
    answer(event, "b@example.org")
    cancel(first)
    tell_of_places(now=NOW)
    mail = OutgoingMail.objects.get(purpose="event place free")
    assert mail.to_email == "b@example.org"
    assert mail.is_transactional
    assert "We hold it for you for 48 hours" in mail.text
    assert "Confirm my answer" in mail.text


def test_who_gave_the_place_up_before_the_mail_went_out_is_not_told_of_it() -> None:
    event = make_event(capacity=1)
    first, second = (confirmed(event, f"{name}@example.org") for name in "ab")
    cancel(first)
    cancel(second)
    assert tell_of_places(now=NOW) == 1
    assert mails("event place free") == []


def test_a_second_place_after_the_first_was_given_up_is_mailed_again() -> None:
    event = make_event(capacity=1)
    first, second = (confirmed(event, f"{name}@example.org") for name in "ab")
    cancel(first)
    tell_of_places(now=NOW)
    cancel(second)
    first = change_answer(rsvp=first, state=GOING, party_size=1, now=NOW)
    second = change_answer(rsvp=second, state=GOING, party_size=1, now=NOW)
    assert second.state == WAITING
    cancel(first, NOW + MINUTE)
    tell_of_places(now=NOW + MINUTE)
    assert mails("event place free") == ["b@example.org"] * 2


def test_the_mails_of_a_long_line_are_queued_in_batches() -> None:
    event = make_event(capacity=1)
    make_rsvp(event)
    for _ in range(5):
        make_rsvp(event, state=WAITING)
    fill(event, capacity=None)
    assert tell_of_places(now=NOW, batch=2) == 5
    assert len(mails("event place free")) == 5


# --- the host's word ----------------------------------------------------------------------------------------------


def test_the_host_lets_somebody_in_out_of_turn_and_the_capacity_grows_by_what_is_missing() -> None:
    event = make_event(capacity=3)
    confirmed(event, "a@example.org", party_size=2)
    head = confirmed(event, "head@example.org", party_size=2)
    favoured = confirmed(event, "favoured@example.org", party_size=2)
    actor = make_user()
    got = let_in(rsvp=favoured, actor=actor, now=NOW)
    event.refresh_from_db()
    assert (got.state, got.got_place_at, got.waiting_since) == (GOING, NOW, None)
    assert (event.capacity, event.taken, event.revision) == (4, 4, 1)
    assert Rsvp.objects.get(pk=head.pk).state == WAITING
    entry = AuditEntry.objects.get(action="let in from the line")
    assert (entry.subject, entry.details["capacity_raised"]) == (f"event:{event.pk}", 1)
    tell_of_places(now=NOW)
    assert mails("event place free") == ["favoured@example.org"]


def test_where_there_is_room_the_capacity_stays() -> None:
    event = make_event(capacity=4)
    make_rsvp(event, party_size=2)
    make_rsvp(event, state=WAITING, party_size=3)
    second = make_rsvp(event, state=WAITING, party_size=2)
    let_in(rsvp=second, actor=make_user(), now=NOW)
    event.refresh_from_db()
    assert (event.capacity, event.taken, event.revision) == (4, 4, 0)


def test_letting_in_twice_or_somebody_who_does_not_wait_is_refused() -> None:
    event = make_event(capacity=1)
    make_rsvp(event)
    waits = make_rsvp(event, state=WAITING)
    let_in(rsvp=waits, actor=make_user(), now=NOW)
    with pytest.raises(AnswerError, match="don't wait"):
        let_in(rsvp=waits, actor=make_user(), now=NOW)
    assert Event.objects.get(pk=event.pk).capacity == 2


def test_nobody_is_let_in_once_the_event_is_over() -> None:
    event = make_event(capacity=1)
    make_rsvp(event)
    waits = make_rsvp(event, state=WAITING)
    with pytest.raises(AnswerError, match="over"):
        let_in(rsvp=waits, actor=make_user(), now=NOW + 2 * TOMORROW)


# --- what others leave behind -------------------------------------------------------------------------------------


def test_the_sweep_fills_places_that_a_merge_of_two_people_left() -> None:
    event = make_event(capacity=2)
    kept, gone = make_guest("one@example.org"), make_guest("other@example.org")
    make_rsvp(event, kept)
    make_rsvp(event, gone)
    waits = make_rsvp(event, state=WAITING)
    merge_people(kept=kept, gone=gone, actor=make_staff(), now=NOW)
    assert Rsvp.objects.filter(event=event, person=kept).count() == 1
    assert taken(event) == 1
    assert fill_left_places(now=NOW) == 1
    assert fill_left_places(now=NOW) == 0
    assert Rsvp.objects.get(pk=waits.pk).state == GOING
    assert taken(event) == 2


def test_the_sweeps_find_by_themselves_what_is_to_be_done() -> None:
    now = timezone.now()
    event = make_event(capacity=1, now=now, starts_at=now + 9 * TOMORROW)
    answer(event, "typed@example.org", now=now - 3 * TOMORROW)
    second, third = (make_rsvp(event, state=WAITING, now=now - minutes * MINUTE) for minutes in (2, 1))
    answering_jobs.release_all_unconfirmed()
    assert [Rsvp.objects.get(pk=rsvp.pk).state for rsvp in (second, third)] == [GOING, WAITING]
    Rsvp.objects.filter(pk=second.pk).delete()
    answering_jobs.fill_all_left_places()
    assert Rsvp.objects.get(pk=third.pk).state == GOING
    answering_jobs.tell_all_of_places()
    assert len(mails("event place free")) == 1
    answering_jobs.tell_of_places_at(event.pk)  # the doorbell, late
    assert len(mails("event place free")) == 1
    answering_jobs.remind_of_events()
    assert mails("event reminder") == []


def test_a_place_too_many_is_refused_whoever_writes_it() -> None:
    event = make_event(capacity=1)
    make_rsvp(event)
    waits = make_rsvp(event, state=WAITING)
    with pytest.raises(IntegrityError, match="event_not_over_capacity"), transaction.atomic():
        Rsvp.objects.filter(pk=waits.pk).update(state=GOING, waiting_since=None)
