"""Answering an event: what a post does, what the confirmation does, and what neither does."""

import datetime
from typing import Any

import pytest
from django.utils import timezone

from affiliates.listing import unlist_group
from affiliates.models import JoinedBy, RosterEntry
from affiliates.sign_up import Answer
from events.answering import (
    AnswerError,
    ClosedEventError,
    GoneAnswerError,
    answer_as,
    answer_event,
    change_answer,
    confirm_answer,
    forget_answer,
    release_unconfirmed,
)
from events.links import LinkError, answer_token, rsvp_of, rsvp_of_ticket, ticket_token
from events.models import HELD_FOR, Cohost, Event, EventState, Rsvp, RsvpState
from foundation.audit.models import AuditEntry
from foundation.mail.models import OutgoingMail, SuppressionReason
from foundation.mail.suppression import suppress
from members.consent import has_consent, standing_consents
from members.erasure import erase_person
from members.merging import merge_people
from members.models import Activity, Consent, ConsentPurpose, Person, PersonEmail
from members.person_export import everything_about
from tests.affiliates.calling import make_call
from tests.factories import make_group, make_staff, make_user

from .answering import answer, confirmed, mails, states, taken, typed
from .making import NOW, TOMORROW, make_event, make_guest, make_rsvp

pytestmark = pytest.mark.django_db

GOING, WAITING, MAYBE, CANT = RsvpState.GOING, RsvpState.WAITING, RsvpState.MAYBE, RsvpState.CANT
HOUR = datetime.timedelta(hours=1)


def again(rsvp: Rsvp) -> Rsvp:
    return Rsvp.objects.get(pk=rsvp.pk)


def say(event: Event, person: Person, state: RsvpState = GOING, **fields: Any) -> Rsvp:
    """Somebody signed in answers."""
    values: dict[str, Any] = {"party_size": 1, "answers": [], "consents": [], "now": NOW}
    return answer_as(event=event, person=person, state=state, **{**values, **fields})


# --- a stranger's post --------------------------------------------------------------------------------------------


def test_a_post_makes_a_row_that_holds_its_place_and_a_mail_and_no_person() -> None:
    event = make_event(make_group(), capacity=5)
    rsvp = answer(event, party_size=2)
    assert (rsvp.state, rsvp.person, rsvp.is_confirmed) == (GOING, None, False)
    assert taken(event) == 2
    assert not Person.objects.exists()
    assert not RosterEntry.objects.exists()
    mail = OutgoingMail.objects.get()
    assert (mail.to_email, mail.purpose, mail.is_transactional) == ("ada@example.org", "answer to confirm", True)
    assert answer_token(rsvp) in mail.text
    assert "Ada" not in mail.text + mail.html + mail.subject  # nothing that a stranger typed reaches the address


@pytest.mark.parametrize("state", [MAYBE, CANT])
def test_who_does_not_say_that_they_go_takes_no_place(state: RsvpState) -> None:
    event = make_event(capacity=1)
    make_rsvp(event)
    rsvp = answer(event, state=state, party_size=3)
    assert (rsvp.state, rsvp.waiting_since) == (state, None)
    assert taken(event) == 1


def test_the_same_address_again_is_mailed_the_same_link_and_changes_nothing() -> None:
    event = make_event(capacity=5)
    first = answer(event)
    answer_event(event=event, typed=typed(state=CANT, party_size=4), now=NOW + HOUR)
    assert Rsvp.objects.get() == first
    assert (again(first).state, again(first).party_size, taken(event)) == (GOING, 1, 1)
    texts = OutgoingMail.objects.values_list("text", flat=True)
    assert len(texts) == 2
    assert all(answer_token(first) in text for text in texts)


def test_who_has_answered_already_is_told_so_and_nothing_changes() -> None:
    event = make_event(capacity=5)
    first = confirmed(event)
    person = Person.objects.get()
    PersonEmail.objects.create(person=person, address="ada@second.example.org")
    for hours, email in enumerate(("ada@example.org", "ada@second.example.org"), start=1):
        answer_event(event=event, typed=typed(email, state=CANT), now=NOW + hours * HOUR)
    assert Rsvp.objects.get() == first
    assert (again(first).state, taken(event)) == (GOING, 1)
    assert mails("answered already") == ["ada@example.org", "ada@second.example.org"]
    assert answer_token(first) in OutgoingMail.objects.latest("pk").text


def test_an_unconfirmed_answer_of_somebody_who_answered_with_another_address_does_not_hide_theirs() -> None:
    event = make_event(capacity=5)
    pending = answer(event, "second@example.org")
    first = confirmed(event)
    PersonEmail.objects.create(person=Person.objects.get(), address="second@example.org")
    answer_event(event=event, typed=typed("second@example.org"), now=NOW)
    assert mails("answered already") == ["second@example.org"]
    assert set(Rsvp.objects.all()) == {pending, first}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"state": EventState.CANCELLED, "approved_at": NOW, "cancelled_at": NOW}, "cancelled"),
        ({"state": EventState.SUBMITTED}, "takes no answers"),
        ({"state": EventState.DRAFT}, "takes no answers"),
        ({"starts_at": NOW - TOMORROW}, "over"),
    ],
)
def test_an_event_that_is_not_open_takes_no_answers(fields: dict[str, Any], words: str) -> None:
    event = make_event(**fields)
    with pytest.raises(ClosedEventError, match=words):
        answer(event)
    with pytest.raises(ClosedEventError, match=words):
        say(event, make_guest())
    assert not Rsvp.objects.exists()
    assert not OutgoingMail.objects.exists()


def test_an_event_that_is_cancelled_while_somebody_answers_takes_no_answer() -> None:
    seen = make_event()
    Event.objects.filter(pk=seen.pk).update(state=EventState.CANCELLED, cancelled_at=NOW)
    with pytest.raises(ClosedEventError, match="cancelled"):
        answer(seen)
    assert not Rsvp.objects.exists()
    assert not OutgoingMail.objects.exists()


def test_an_event_of_a_call_is_answered_where_calls_are() -> None:
    with pytest.raises(ClosedEventError):
        answer(make_event(call=make_call()))


@pytest.mark.parametrize(
    ("party_size", "fields", "words"),
    [
        (0, {}, "at most 4 people"),
        (500, {}, "at most 4 people"),
        (2, {"most_guests": 0}, "alone"),
        (4, {"capacity": 3}, "3 places in all"),
    ],
)
def test_a_party_that_the_host_does_not_allow_is_refused(party_size: int, fields: dict[str, Any], words: str) -> None:
    event = make_event(**fields)
    with pytest.raises(AnswerError, match=words):
        answer(event, party_size=party_size)
    with pytest.raises(AnswerError, match=words):
        say(event, make_guest(), party_size=party_size)


# --- the confirmation ---------------------------------------------------------------------------------------------


def asked(event: Event) -> list[Answer]:
    """The host's two consents, of which sharing is ticked, and the network's mail, which is."""
    return [
        Answer(ConsentPurpose.SHARING, event.group, is_ticked=True),
        Answer(ConsentPurpose.GROUP_MAIL, event.group, is_ticked=False),
        Answer(ConsentPurpose.NETWORK_MAIL, None, is_ticked=True),
    ]


def test_the_confirmation_takes_the_person_in_and_empties_what_was_typed() -> None:
    group, other = make_group(), make_group()
    event = make_event(group, title="Potluck")
    Cohost.objects.create(event=event, group=other, asked_at=NOW, accepted_at=NOW)
    Cohost.objects.create(event=event, group=make_group(), asked_at=NOW)
    rsvp = confirmed(event, place="02139", consents=asked(event), answers=[{"question": "Diet?", "answer": "vegan"}])
    person = Person.objects.get()
    assert (rsvp.person, rsvp.confirmed_at, rsvp.email, rsvp.given_name, rsvp.place) == (person, NOW, "", "", "")
    assert (person.given_name, person.family_name, person.zip_code_id) == ("Ada", "Díaz", "02139")
    assert rsvp.answers == [{"question": "Diet?", "answer": "vegan"}]
    assert PersonEmail.objects.get().verified_at == NOW
    assert {word.purpose for word in standing_consents(person)} == {"sharing", "network_mail"}
    assert has_consent(person, ConsentPurpose.SHARING, group.scope)
    assert not has_consent(person, ConsentPurpose.GROUP_MAIL, group.scope)
    assert {word.source for word in standing_consents(person)} == {rsvp.source}
    entries = RosterEntry.objects.order_by("pk")
    assert [(entry.group, entry.how, entry.source) for entry in entries] == [
        (group, JoinedBy.EVENT, rsvp.source), (other, JoinedBy.EVENT, rsvp.source),
    ]  # fmt: skip
    activity = Activity.objects.get()
    assert (activity.kind, activity.source, activity.details["title"]) == ("rsvp", rsvp.source, "Potluck")
    assert mails("event answered") == ["ada@example.org"]


def test_confirming_again_changes_nothing_and_mails_nothing() -> None:
    event = make_event(make_group())
    rsvp = confirmed(event, consents=asked(event))
    confirm_answer(rsvp=rsvp, now=NOW + HOUR)
    assert again(rsvp).confirmed_at == NOW
    assert (Consent.objects.count(), Activity.objects.count(), len(mails("event answered"))) == (2, 1, 1)


def test_what_was_agreed_about_a_group_that_ended_falls_away_and_the_rest_stands() -> None:
    group = make_group()
    event = make_event(group)
    rsvp = answer(event, consents=asked(event))
    unlist_group(group=group, actor=make_user())
    confirm_answer(rsvp=rsvp, now=NOW)
    assert [word.purpose for word in standing_consents(Person.objects.get())] == ["network_mail"]
    assert not RosterEntry.objects.exists()


def test_who_says_that_they_cannot_come_has_done_nothing_that_counts() -> None:
    confirmed(make_event(), state=CANT)
    assert not Activity.objects.exists()


def test_a_confirmation_by_a_guest_with_a_place_abroad_is_understood() -> None:
    confirmed(make_event(), place="Toronto, Canada")
    assert Person.objects.get().country == "CA"


def test_an_answer_that_was_deleted_cannot_be_confirmed_or_changed() -> None:
    rsvp = answer(make_event())
    Rsvp.objects.all().delete()
    with pytest.raises(GoneAnswerError):
        confirm_answer(rsvp=rsvp, now=NOW)
    with pytest.raises(GoneAnswerError):
        change_answer(rsvp=rsvp, state=CANT, party_size=1, now=NOW)
    assert not Person.objects.exists()


def test_an_answer_to_an_event_that_was_cancelled_cannot_be_confirmed() -> None:
    event = make_event()
    rsvp = answer(event)
    Event.objects.filter(pk=event.pk).update(state=EventState.CANCELLED, cancelled_at=NOW)
    with pytest.raises(ClosedEventError):
        confirm_answer(rsvp=rsvp, now=NOW)
    assert not Person.objects.exists()


# --- two answers of one person ------------------------------------------------------------------------------------


def two_answers(event: Event, first: dict[str, Any], second: dict[str, Any]) -> tuple[Rsvp, Rsvp]:
    """One person answers with one address, and confirms; and with another, which waits to be confirmed."""
    kept = confirmed(event, **first)
    pending = answer(event, "second@example.org", **second)
    assert kept.person is not None
    PersonEmail.objects.create(person=kept.person, address="second@example.org")
    return kept, pending


def test_confirming_with_another_address_becomes_the_one_answer() -> None:
    event = make_event(make_group(), capacity=10)
    kept, pending = two_answers(event, {"party_size": 2}, {"party_size": 3})
    assert taken(event) == 5
    assert confirm_answer(rsvp=pending, now=NOW) == kept
    rsvp = Rsvp.objects.get()
    assert (rsvp.pk, rsvp.state, rsvp.party_size, taken(event)) == (kept.pk, GOING, 3, 3)
    assert Activity.objects.get().source == kept.source


def test_the_place_that_the_second_answer_held_passes_on_to_who_waits() -> None:
    event = make_event(capacity=4)
    _kept, pending = two_answers(event, {"party_size": 2}, {"party_size": 2})
    waits = confirmed(event, "waits@example.org", party_size=2)
    confirm_answer(rsvp=pending, now=NOW)
    assert again(waits).state == GOING
    assert taken(event) == 4


@pytest.mark.parametrize(
    ("first", "second", "state", "party_size"),
    [
        # Three places, of which somebody else has taken one.
        ({"state": MAYBE}, {"party_size": 2}, GOING, 2),
        ({"party_size": 2}, {"party_size": 1}, GOING, 2),  # the second waits: who has a place keeps it
        ({"party_size": 3}, {"party_size": 2}, GOING, 2),  # both wait: fewer of them fit
        ({"state": CANT}, {"party_size": 3}, WAITING, 3),
        ({"party_size": 2}, {"state": MAYBE}, MAYBE, 1),
        ({"party_size": 2}, {"state": CANT}, CANT, 1),
    ],
)
def test_what_becomes_of_two_answers(
    first: dict[str, Any], second: dict[str, Any], state: RsvpState, party_size: int
) -> None:
    event = make_event(capacity=3)
    confirmed(event, "other@example.org")
    kept, pending = two_answers(event, first, second)
    merged = confirm_answer(rsvp=pending, now=NOW)
    assert merged == kept
    assert (merged.state, merged.party_size) == (state, party_size)
    assert event.rsvps.count() == 2


def test_of_two_places_in_the_line_the_earlier_stands() -> None:
    event = make_event(capacity=1)
    confirmed(event, "goes@example.org")
    kept = confirmed(event, now=NOW)
    between = confirmed(event, "between@example.org", now=NOW + HOUR)
    pending = answer(event, "second@example.org", now=NOW + 2 * HOUR)
    assert kept.person is not None
    PersonEmail.objects.create(person=kept.person, address="second@example.org")
    merged = confirm_answer(rsvp=pending, now=NOW + 2 * HOUR)
    assert merged.waiting_since == kept.waiting_since
    assert between.waiting_since is not None
    assert merged.waiting_since is not None
    assert merged.waiting_since < between.waiting_since


def test_two_people_who_are_merged_have_one_answer() -> None:
    event = make_event(capacity=9)
    one, other = make_guest("one@example.org"), make_guest("other@example.org")
    kept = make_rsvp(event, one, party_size=2)
    make_rsvp(event, other, party_size=3)
    merge_people(kept=one, gone=other, actor=make_staff(), now=NOW)
    assert Rsvp.objects.get() == kept
    assert taken(event) == 2


# --- somebody signed in -------------------------------------------------------------------------------------------


def test_somebody_signed_in_answers_at_once() -> None:
    group = make_group()
    event, person = make_event(group, capacity=2), make_guest()
    rsvp = say(event, person, consents=asked(event), answers=[{"question": "Diet?", "answer": "none"}])
    assert (rsvp.state, rsvp.person, rsvp.confirmed_at, rsvp.answers[0]["answer"]) == (GOING, person, NOW, "none")
    assert has_consent(person, ConsentPurpose.SHARING, group.scope)
    assert RosterEntry.objects.get().source == rsvp.source
    assert Activity.objects.get().source == rsvp.source
    assert len(mails("event answered")) == 1


def test_pressing_again_changes_and_mails_nothing() -> None:
    event, person = make_event(capacity=2), make_guest()
    first = say(event, person)
    assert say(event, person) == first
    assert again(first).revision == first.revision
    assert (taken(event), len(mails("event answered"))) == (1, 1)


def test_saying_otherwise_changes_the_one_answer() -> None:
    event, person = make_event(capacity=2), make_guest()
    first = say(event, person, MAYBE)
    assert say(event, person, GOING, party_size=2) == first
    assert (again(first).state, taken(event)) == (GOING, 2)


def test_what_was_typed_before_signing_in_is_theirs_with_its_place_in_the_line() -> None:
    event = make_event(capacity=1)
    confirmed(event, "goes@example.org")
    pending = answer(event, "grace@example.org")
    behind = confirmed(event, "behind@example.org")
    person = make_guest("grace@example.org")
    rsvp = say(event, person)
    assert rsvp == pending
    assert (rsvp.person, rsvp.state, rsvp.is_confirmed) == (person, WAITING, True)
    assert rsvp.waiting_since is not None
    assert behind.waiting_since is not None
    assert rsvp.waiting_since < behind.waiting_since
    assert event.rsvps.count() == 3


def test_an_address_that_the_person_has_not_shown_to_be_theirs_brings_no_answer() -> None:
    event, person = make_event(), make_guest("grace@example.org")
    PersonEmail.objects.create(person=person, address="claimed@example.org")
    pending = answer(event, "claimed@example.org")
    assert say(event, person) != pending
    assert not again(pending).is_confirmed


def test_somebody_who_was_merged_a_moment_ago_answers_as_who_they_are_now() -> None:
    event, kept, gone = make_event(), make_guest("kept@example.org"), make_guest("gone@example.org")
    merge_people(kept=kept, gone=gone, actor=make_staff(), now=NOW)
    assert say(event, gone).person == kept


# --- changing and cancelling --------------------------------------------------------------------------------------


def test_a_change_is_mailed_once_and_the_same_again_is_none() -> None:
    event = make_event(capacity=5)
    rsvp = confirmed(event)
    for _ in range(2):
        changed = change_answer(rsvp=rsvp, state=GOING, party_size=3, now=NOW + HOUR)
    assert (changed.party_size, changed.changed_at, taken(event)) == (3, NOW + HOUR, 3)
    assert len(mails("event answered")) == 2
    assert "You are going, and bring 2 guests" in OutgoingMail.objects.latest("pk").text


def test_who_wants_to_bring_more_than_fit_keeps_what_they_have() -> None:
    event = make_event(capacity=3)
    rsvp = confirmed(event, party_size=2)
    change_answer(rsvp=rsvp, state=GOING, party_size=3, now=NOW)
    change_answer(rsvp=rsvp, state=GOING, party_size=2, now=NOW)
    confirmed(event, "other@example.org")
    with pytest.raises(AnswerError, match="not enough places"):
        change_answer(rsvp=rsvp, state=GOING, party_size=3, now=NOW)
    assert (again(rsvp).party_size, taken(event)) == (2, 3)


def test_who_brings_more_does_not_overtake_those_who_wait() -> None:
    event = make_event(capacity=4)
    rsvp = confirmed(event, party_size=2)
    confirmed(event, "waits@example.org", party_size=3)
    with pytest.raises(AnswerError, match="not enough places"):
        change_answer(rsvp=rsvp, state=GOING, party_size=3, now=NOW)


def test_who_waits_keeps_their_turn_however_many_they_are() -> None:
    event = make_event(capacity=2)
    confirmed(event, "goes@example.org", party_size=2)
    rsvp = confirmed(event)
    change = change_answer(rsvp=rsvp, state=GOING, party_size=2, now=NOW + HOUR)
    assert (change.state, change.party_size, change.waiting_since) == (WAITING, 2, rsvp.waiting_since)


def test_cancelling_frees_the_place_takes_the_activity_back_and_is_mailed() -> None:
    event = make_event(capacity=2)
    rsvp = confirmed(event, party_size=2)
    change_answer(rsvp=rsvp, state=CANT, party_size=1, now=NOW)
    assert (again(rsvp).state, taken(event)) == (CANT, 0)
    activity = Activity.objects.get()
    assert activity.withdrawn_at == NOW
    assert "You are not coming" in OutgoingMail.objects.latest("pk").subject
    change_answer(rsvp=rsvp, state=GOING, party_size=1, now=NOW)
    assert Activity.objects.get().withdrawn_at is None


def test_who_comes_back_after_cancelling_joins_the_end_of_the_line() -> None:
    event = make_event(capacity=1)
    rsvp = confirmed(event)
    second = confirmed(event, "second@example.org")
    third = confirmed(event, "third@example.org")
    change_answer(rsvp=rsvp, state=CANT, party_size=1, now=NOW)
    back = change_answer(rsvp=rsvp, state=GOING, party_size=1, now=NOW)
    assert [again(one).state for one in (second, third)] == [GOING, WAITING]
    assert back.state == WAITING
    assert back.waiting_since is not None
    assert third.waiting_since is not None
    assert back.waiting_since > third.waiting_since


def test_what_a_host_writes_down_for_somebody_is_in_the_audit_log() -> None:
    rsvp = confirmed(make_event())
    change_answer(rsvp=rsvp, state=CANT, party_size=1, now=NOW, actor=make_user())
    assert AuditEntry.objects.get(action="changed answer").details == {"rsvp": rsvp.pk, "state": "cant"}


@pytest.mark.parametrize("party_size", [0, 500])
def test_a_change_to_a_party_that_is_not_allowed_is_refused(party_size: int) -> None:
    rsvp = confirmed(make_event())
    with pytest.raises(AnswerError):
        change_answer(rsvp=rsvp, state=GOING, party_size=party_size, now=NOW)


def test_nothing_changes_once_the_event_is_over_or_cancelled() -> None:
    event = make_event()
    rsvp = confirmed(event)
    with pytest.raises(ClosedEventError):
        change_answer(rsvp=rsvp, state=CANT, party_size=1, now=event.ends_at)
    Event.objects.filter(pk=event.pk).update(state=EventState.CANCELLED, cancelled_at=NOW)
    with pytest.raises(ClosedEventError):
        change_answer(rsvp=rsvp, state=CANT, party_size=1, now=NOW)


def test_an_answer_that_nobody_confirmed_cannot_be_changed() -> None:
    rsvp = answer(make_event())
    with pytest.raises(GoneAnswerError):
        change_answer(rsvp=rsvp, state=CANT, party_size=1, now=NOW)


def test_mails_are_in_the_persons_language_and_tell_the_way_in_to_those_who_come_only() -> None:
    event = make_event(is_address_public=False, format="hybrid", join_link="https://meet.example.org/1")
    for number, state in enumerate((GOING, MAYBE, CANT)):
        confirmed(event, f"{number}@example.org", state=state, language="es" if state == GOING else "en")
    going, maybe, cant = OutgoingMail.objects.filter(purpose="event answered").order_by("pk")
    assert going.language == "es"
    for mail in (going, maybe):
        assert "449 Broadway" in mail.text
        assert "https://meet.example.org/1" in mail.text
    assert "449 Broadway" not in cant.text
    assert "meet.example.org" not in cant.text
    assert not any("449 Broadway" in mail.text for mail in OutgoingMail.objects.filter(purpose="answer to confirm"))


def test_what_was_asked_for_reaches_also_those_who_unsubscribed() -> None:
    suppress(address="ada@example.org", scope="", reason=SuppressionReason.UNSUBSCRIBED)
    confirmed(make_event())
    assert {mail.state for mail in OutgoingMail.objects.all()} == {"queued"}


# --- the end of those that nobody confirms ------------------------------------------------------------------------


def test_who_did_not_answer_has_what_was_typed_deleted_and_the_place_passes_on() -> None:
    event = make_event(capacity=1)
    pending = answer(event, "stranger@example.org")
    waits = confirmed(event)
    forget_answer(rsvp=pending, now=NOW)
    assert not Rsvp.objects.filter(pk=pending.pk).exists()
    assert again(waits).state == GOING


def test_a_confirmed_answer_is_not_forgotten() -> None:
    rsvp = confirmed(make_event())
    forget_answer(rsvp=rsvp, now=NOW)
    assert again(rsvp).is_confirmed


def test_what_nobody_confirms_is_released_after_two_days_and_the_places_go_to_the_line() -> None:
    event = make_event(capacity=1, starts_at=NOW + 9 * TOMORROW)
    pending = answer(event, "stranger@example.org")
    waits = confirmed(event)
    assert release_unconfirmed(now=NOW + HELD_FOR - HOUR) == 0
    assert release_unconfirmed(now=NOW + HELD_FOR) == 1
    assert not Rsvp.objects.filter(pk=pending.pk).exists()
    assert again(waits).state == GOING
    assert release_unconfirmed(now=NOW + 8 * TOMORROW) == 0


def test_who_got_a_place_out_of_the_line_has_two_days_from_then() -> None:
    event = make_event(capacity=1, starts_at=NOW + 9 * TOMORROW)
    first = confirmed(event)
    pending = answer(event, "waits@example.org")
    change_answer(rsvp=first, state=CANT, party_size=1, now=NOW + TOMORROW)
    assert release_unconfirmed(now=NOW + HELD_FOR) == 0
    assert release_unconfirmed(now=NOW + TOMORROW + HELD_FOR) == 1
    assert not Rsvp.objects.filter(pk=pending.pk).exists()


@pytest.mark.parametrize(("starts_in", "is_kept"), [(2 * HOUR, True), (71 * HOUR, True), (73 * HOUR, False)])
def test_in_the_last_day_before_the_event_places_are_kept_until_it_is_over(
    starts_in: datetime.timedelta, is_kept: bool
) -> None:
    event = make_event(starts_at=NOW + starts_in)
    answer(event)
    release_unconfirmed(now=max(event.ends_at - HOUR, NOW + HELD_FOR) if starts_in > HELD_FOR else event.starts_at)
    assert Rsvp.objects.exists() == is_kept
    release_unconfirmed(now=event.ends_at)
    assert not Rsvp.objects.exists()


# --- links --------------------------------------------------------------------------------------------------------


def test_a_link_leads_to_its_answer_until_a_month_after_the_event() -> None:
    event = make_event()
    rsvp = confirmed(event)
    late = event.ends_at + datetime.timedelta(days=30)
    for make, read in ((answer_token, rsvp_of), (ticket_token, rsvp_of_ticket)):
        assert read(make(rsvp), now=late) == rsvp
        with pytest.raises(LinkError):
            read(make(rsvp), now=late + HOUR)


def test_a_forged_cut_or_other_link_leads_nowhere() -> None:
    rsvp, other = confirmed(make_event()), confirmed(make_event())
    token, _colon, seal = answer_token(rsvp).partition(":")
    for bad in ("", "x", token, f"{other.pk}:{seal}", answer_token(rsvp)[:-1], ticket_token(rsvp), f"{token}:"):
        with pytest.raises(LinkError):
            rsvp_of(bad, now=NOW)
    with pytest.raises(LinkError):
        rsvp_of_ticket(answer_token(rsvp), now=NOW)


def test_the_link_of_an_answer_that_is_gone_leads_nowhere() -> None:
    rsvp = confirmed(make_event())
    token = answer_token(rsvp)
    Rsvp.objects.all().delete()
    with pytest.raises(LinkError):
        rsvp_of(token, now=NOW)


# --- what is held about a person ----------------------------------------------------------------------------------


def test_a_deleted_person_leaves_no_answer_and_their_places_go_to_the_line() -> None:
    event = make_event(capacity=2, starts_at=timezone.now() + TOMORROW)
    rsvp = confirmed(event)
    pending = answer(event, "second@example.org")
    person = Person.objects.get()
    PersonEmail.objects.create(person=person, address="second@example.org")
    waits = confirmed(event, "waits@example.org", party_size=2)
    erase_person(person=person, actor=None, now=NOW)
    assert not Rsvp.objects.filter(pk__in=[rsvp.pk, pending.pk]).exists()
    assert again(waits).state == GOING
    assert taken(event) == 2


def test_the_export_tells_of_answers_also_of_unconfirmed_ones() -> None:
    event = make_event(title="Potluck")
    confirmed(event, party_size=2)
    person = Person.objects.get()
    answer(event, "second@example.org", given_name="A.")
    PersonEmail.objects.create(person=person, address="second@example.org")
    rows = everything_about(person)["event_answers"]
    assert [(row["event"], row["party_size"], row["email"]) for row in rows] == [
        ("Potluck", 2, ""), ("Potluck", 1, "second@example.org"),
    ]  # fmt: skip
    assert states(event) == [GOING, GOING]
