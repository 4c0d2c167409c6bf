"""Words said in a call or at an event online: set by its hosts, said by people, confirmed where nobody saw them."""

import datetime
import re
from typing import Any

import pytest
import time_machine
from django.core import signing
from django.db import IntegrityError

from affiliates.models import Call
from events.attendance_codes import (
    WORDS,
    Claimant,
    ClaimLinkError,
    CodeError,
    WrongWordsError,
    claim_of,
    claim_presence,
    claim_token,
    confirm_claim,
    event_of_words,
    forget_claim,
    forget_expired_claims,
    propose_words,
    say_words,
    set_words,
)
from events.call_events import mirror_call
from events.models import Attendance, CheckedInBy, CodeClaim, Event, EventFormat, EventState
from events.presence_online import PresenceError, note_there, noted_among, number_there
from foundation.accounts.models import StaffTask, User
from foundation.audit.models import AuditEntry
from foundation.mail.models import MailState, OutgoingMail, SuppressionReason
from foundation.mail.suppression import EVERYTHING, suppress
from foundation.places.keys import name_key
from members.erasure import erase_person
from members.explaining import bases_of
from members.models import Membership, Person
from members.own_details import become_known
from members.person_export import everything_about
from tests.affiliates import calling
from tests.affiliates.calling import make_region
from tests.factories import make_staff, make_user

from .making import NOW, make_event, make_guest

pytestmark = pytest.mark.django_db

MINUTE, HOUR, DAY = (datetime.timedelta(**{unit: 1}) for unit in ("minutes", "hours", "days"))
ADA = Claimant(email="ada@example.org", language="en", given_name="Ada", family_name="Díaz")


def make_online(starts_at: datetime.datetime = NOW, **fields: Any) -> Event:
    """An approved event online of two hours with the words "blue river"."""
    values = {"format": EventFormat.ONLINE, "attendance_code": "blue river", "join_link": "https://example.org/join"}
    return make_event(starts_at=starts_at, **{**values, **fields})


def make_call_event(starts_at: datetime.datetime = NOW, *, words: str = "blue river", **fields: Any) -> Event:
    """The event of a call of one hour."""
    event = mirror_call(call=calling.make_call(starts_at, **fields))
    Event.objects.filter(pk=event.pk).update(attendance_code=words)
    event.refresh_from_db()
    return event


@pytest.fixture
def staff() -> User:
    return make_staff(StaffTask.PROMOTIONS)


# --- the words --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", WORDS)
def test_proposed_words_can_be_set(language: str, staff: User) -> None:
    event = make_online(attendance_code="", language=language)
    for _number in range(30):
        set_words(event=event, words=propose_words(language), actor=staff)
    assert len(Event.objects.get().attendance_code.split()) == 2


def test_proposed_words_are_told_apart_without_accents() -> None:
    for words in WORDS.values():
        assert len({name_key(word) for word in words}) == len(words) >= 100
        assert all(re.fullmatch(r"[^\W\d_]{3,8}", word) for word in words)


def test_words_are_set_and_ended_and_the_audit_log_knows(staff: User) -> None:
    event = make_online(attendance_code="")
    assert set_words(event=event, words="  Blue\tRiver ", actor=staff).attendance_code == "blue river"
    set_words(event=event, words="blue river", actor=staff)
    assert set_words(event=event, words="", actor=staff).attendance_code == ""
    actions = AuditEntry.objects.filter(subject=event.scope).order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["set attendance words", "ended attendance words"]


@pytest.mark.parametrize(
    ("words", "because"),
    [
        ("one two three four", "one, two or three words"),
        ("blue-river", "letters only"),
        ("river 7", "letters only"),
        ("blue_river", "letters only"),
        ("thunder mountain beach", "more than 20"),
        ("sea", "too short"),
    ],
)
def test_words_that_nobody_could_say_or_type_are_refused(words: str, because: str, staff: User) -> None:
    with pytest.raises(CodeError, match=because):
        set_words(event=make_online(), words=words, actor=staff)


def test_words_of_other_languages_are_taken(staff: User) -> None:
    assert set_words(event=make_online(), words="Niño Río", actor=staff).attendance_code == "niño río"


@pytest.mark.parametrize(
    ("fields", "because"),
    [
        ({"format": EventFormat.IN_PERSON}, "in person only"),
        ({"state": EventState.DRAFT}, "not approved"),
        ({"state": EventState.CANCELLED, "cancelled_at": NOW}, "not take place"),
    ],
)
def test_an_event_in_person_and_one_that_is_off_has_no_words(fields: dict[str, Any], because: str, staff: User) -> None:
    event = make_online(**{"attendance_code": "", **fields})
    with pytest.raises(CodeError, match=because):
        set_words(event=event, words="blue river", actor=staff)
    set_words(event=event, words="", actor=staff)


def test_two_events_at_one_time_have_different_words(staff: User) -> None:
    make_online()
    beside = make_online(NOW + 4 * HOUR, attendance_code="")  # the first one's words work until then
    with pytest.raises(CodeError, match="Another event"):
        set_words(event=beside, words="Blue Ríver", actor=staff)
    later = make_online(NOW + DAY, attendance_code="")
    assert set_words(event=later, words="blue river", actor=staff).attendance_code == "blue river"


@pytest.mark.parametrize("typed", ["blue river", " BLUE  River", "blué-river", "Blue, river!"])
def test_case_accents_and_commas_do_not_matter(typed: str) -> None:
    event = make_online()
    assert event_of_words(typed, now=NOW) == event


@pytest.mark.parametrize("typed", ["", "  ", "!", "blue", "blue river x", "red river"])
def test_other_words_are_wrong(typed: str) -> None:
    make_online()
    with pytest.raises(WrongWordsError):
        event_of_words(typed, now=NOW)


def test_no_words_are_those_of_an_event_without_any() -> None:
    make_online(attendance_code="")
    with pytest.raises(WrongWordsError):
        event_of_words("", now=NOW)


@pytest.mark.parametrize(
    ("moment", "works"),
    [
        (NOW - 11 * MINUTE, False),
        (NOW - 10 * MINUTE, True),
        (NOW + 4 * HOUR, True),
        (NOW + 4 * HOUR + MINUTE, False),
    ],
)
def test_words_work_from_ten_minutes_before_to_two_hours_after(moment: datetime.datetime, works: bool) -> None:
    event = make_online()
    if works:
        assert event_of_words("blue river", now=moment) == event
    else:
        with pytest.raises(WrongWordsError):
            event_of_words("blue river", now=moment)


def test_a_cancelled_event_has_no_words_any_more() -> None:
    make_online(state=EventState.CANCELLED, cancelled_at=NOW)
    with pytest.raises(WrongWordsError):
        event_of_words("blue river", now=NOW)


def test_of_two_events_moved_together_the_one_that_began_last_has_the_words() -> None:
    make_online(NOW - HOUR)
    later = make_online()
    assert event_of_words("blue river", now=NOW) == later


# --- said by somebody who is signed in --------------------------------------------------------------------------


def test_whoever_is_signed_in_is_noted_at_once_and_a_member() -> None:
    event, user = make_online(), make_user("ada@example.org")
    assert say_words(event=event, user=user, now=NOW + MINUTE)
    attendance = Attendance.objects.get()
    person = become_known(user=user, now=NOW)
    assert (attendance.person, attendance.how, attendance.by) == (person, CheckedInBy.CODE, user)
    assert Membership.objects.filter(person=person).exists()
    assert not say_words(event=event, user=user, now=NOW + HOUR)
    assert noted_among(event, [person.pk]) == {person.pk}
    assert number_there(event) == 1


def test_the_attendance_of_a_call_is_written_with_the_call() -> None:
    event, user = make_call_event(region=make_region("Midwest")), make_user("ada@example.org")
    assert say_words(event=event, user=user, now=NOW + MINUTE)
    assert not say_words(event=event, user=user, now=NOW + MINUTE)
    answer = Call.objects.get().answers.get()
    assert (answer.attended_at, answer.attendance_by) == (NOW + MINUTE, user)
    assert ["Regional call: Midwest" in basis.words for basis in bases_of(answer.person)] == [True]
    assert not Attendance.objects.exists()
    assert noted_among(event, [answer.person_id]) == {answer.person_id}
    assert number_there(event) == 1


def test_nobody_is_noted_at_a_call_or_an_event_that_was_cancelled() -> None:
    call_event, event = make_call_event(cancelled_at=NOW), make_online(state=EventState.CANCELLED, cancelled_at=NOW)
    for one in (call_event, event):
        with pytest.raises(PresenceError):
            say_words(event=one, user=make_user(), now=NOW + MINUTE)
    assert not Membership.objects.exists()


def test_several_are_noted_all_or_none() -> None:
    event, people = make_online(NOW + DAY), [make_guest(), make_guest()]
    with pytest.raises(PresenceError):
        note_there(event=event, people=people, how=CheckedInBy.FILE, at=NOW, actor=None, now=NOW)
    for now, number in ((NOW + DAY, 2), (NOW + DAY, 0)):
        noted = note_there(event=event, people=people, how=CheckedInBy.FILE, at=now, actor=None, now=now)
        assert noted == number


# --- said by somebody who is not --------------------------------------------------------------------------------


def test_what_a_stranger_types_counts_for_nobody_before_it_is_confirmed() -> None:
    ada = make_guest("ada@example.org")
    claim_presence(event=make_online(), claimant=ADA, now=NOW)
    mail = OutgoingMail.objects.get(purpose="attendance to confirm")
    assert (mail.to_email, mail.is_transactional) == ("ada@example.org", True)
    assert "ada" not in re.sub(r"^.*@.*$", "", mail.text, flags=re.MULTILINE).lower()
    assert not Attendance.objects.exists()
    ada.refresh_from_db()
    assert ada.full_name == "Grace"


def test_known_and_unknown_addresses_get_the_same_row_and_the_same_mail() -> None:
    make_guest("bo@example.org")
    event = make_online()
    for email in ("ada@example.org", "bo@example.org"):
        claim_presence(event=event, claimant=Claimant(email=email, language="en"), now=NOW)
    first, second = (re.sub(r"/events/code/\S+/", "", mail.text) for mail in OutgoingMail.objects.order_by("pk"))
    assert first == second
    assert not Person.objects.filter(emails__address="ada@example.org").exists()


def test_the_mail_reaches_those_who_unsubscribed_and_is_in_their_language() -> None:
    suppress(address="ada@example.org", scope=EVERYTHING, reason=SuppressionReason.UNSUBSCRIBED)
    claim_presence(event=make_online(), claimant=Claimant(email="ada@example.org", language="es"), now=NOW)
    mail = OutgoingMail.objects.get()
    assert (mail.state, mail.language) == (MailState.QUEUED, "es")


def test_the_owner_of_the_address_confirms_and_is_a_member() -> None:
    event = make_online()
    claim = claim_presence(event=event, claimant=ADA, now=NOW + MINUTE)
    found = claim_of(claim_token(claim))
    assert found == claim
    confirmed = confirm_claim(claim=found, now=NOW + 5 * HOUR)
    attendance = Attendance.objects.get()
    assert (attendance.at, attendance.how, attendance.by) == (NOW + MINUTE, CheckedInBy.CODE, None)
    assert attendance.person.full_name == "Ada Díaz"
    assert attendance.person.emails.get().verified_at == NOW + 5 * HOUR
    assert Membership.objects.filter(person=attendance.person).exists()
    assert (confirmed.confirmed_at, confirmed.email, confirmed.given_name) == (NOW + 5 * HOUR, "", "")


def test_confirming_again_changes_nothing() -> None:
    claim = claim_presence(event=make_online(), claimant=ADA, now=NOW)
    confirm_claim(claim=claim, now=NOW + HOUR)
    assert confirm_claim(claim=claim, now=NOW + 2 * HOUR).confirmed_at == NOW + HOUR
    assert confirm_claim(claim=claim_of(claim_token(claim)), now=NOW + 2 * HOUR).confirmed_at == NOW + HOUR
    assert Attendance.objects.count() == 1


def test_a_call_is_confirmed_with_the_call() -> None:
    event = make_call_event()
    confirm_claim(claim=claim_presence(event=event, claimant=ADA, now=NOW), now=NOW + 5 * HOUR)
    answer = Call.objects.get().answers.get()
    assert (answer.attended_at, answer.attendance_by) == (NOW + 5 * HOUR, None)
    assert Membership.objects.filter(person=answer.person).exists()


def test_what_cannot_be_noted_any_more_leaves_nothing() -> None:
    event = make_online()
    claim = claim_presence(event=event, claimant=ADA, now=NOW)
    Event.objects.filter(pk=event.pk).update(state=EventState.CANCELLED, cancelled_at=NOW)
    with pytest.raises(PresenceError, match="cancelled"):
        confirm_claim(claim=claim_of(claim_token(claim)), now=NOW + HOUR)
    assert not Person.objects.exists()


def test_forged_cut_off_and_old_links_do_not_work() -> None:
    claim = claim_presence(event=make_online(), claimant=ADA, now=NOW)
    token = claim_token(claim)
    for wrong in (token[:-1], f"{token}x", signing.dumps(claim.pk, salt="another"), ""):
        with pytest.raises(ClaimLinkError):
            claim_of(wrong)


def test_an_old_link_does_not_work() -> None:
    claim = claim_presence(event=make_online(), claimant=ADA, now=NOW)
    with time_machine.travel(NOW, tick=False):
        token = claim_token(claim)
    with time_machine.travel(NOW + 7 * DAY, tick=False):
        assert claim_of(token) == claim
    with time_machine.travel(NOW + 7 * DAY + MINUTE, tick=False), pytest.raises(ClaimLinkError):
        claim_of(token)


def test_whoever_was_not_there_has_what_was_typed_deleted() -> None:
    claim = claim_presence(event=make_online(), claimant=ADA, now=NOW)
    forget_claim(claim=claim)
    forget_claim(claim=claim)
    with pytest.raises(ClaimLinkError):
        claim_of(claim_token(claim))
    with pytest.raises(ClaimLinkError):
        confirm_claim(claim=claim, now=NOW)
    assert not Person.objects.exists()


def test_what_was_confirmed_is_not_forgotten_by_the_button() -> None:
    claim = confirm_claim(claim=claim_presence(event=make_online(), claimant=ADA, now=NOW), now=NOW)
    forget_claim(claim=claim)
    assert claim_of(claim_token(claim)).confirmed_at == NOW


def test_what_nobody_confirmed_in_seven_days_is_deleted() -> None:
    event = make_online()
    claim_presence(event=event, claimant=ADA, now=NOW)
    later = claim_presence(event=event, claimant=ADA, now=NOW + HOUR)
    assert forget_expired_claims(now=NOW + 7 * DAY + MINUTE) == 1
    assert CodeClaim.objects.get() == later


def test_a_person_reads_what_waits_under_their_address_and_takes_it_along_when_they_go(staff: User) -> None:
    person = make_guest("ada@example.org")
    claim_presence(event=make_online(title="Debate night"), claimant=ADA, now=NOW)
    (row,) = everything_about(person)["attendance_to_confirm"]
    assert (row["event"], row["email"]) == ("Debate night", "ada@example.org")
    erase_person(person=person, actor=staff, now=NOW)
    assert not CodeClaim.objects.exists()


def test_the_database_keeps_nothing_typed_once_it_is_confirmed() -> None:
    with pytest.raises(IntegrityError, match="codeclaim_typed_until_confirmed"):
        CodeClaim.objects.create(event=make_online(), email="ada@example.org", at=NOW, confirmed_at=NOW)
