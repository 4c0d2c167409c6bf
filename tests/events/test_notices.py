"""What those who answered are told: who, what, once, and that a kill neither doubles nor loses a mail."""

import datetime
import threading
from typing import Any

import pytest
from django.db import IntegrityError, close_old_connections, connection, transaction
from django.test.utils import CaptureQueriesContext

from affiliates.models import Group, GroupStatus
from events import notices
from events.emails import notices as emails
from events.hosts import next_of_hosts
from events.links import answer_token
from events.models import Cohost, Event, EventNotice, EventState, NoticeKind, Rsvp, RsvpState
from events.notices import (
    NoticeError,
    make_notice,
    next_message_at,
    queue_notice,
    recipients_of,
    send_message,
    thank_people,
)
from events.standing_jobs import queue_waiting_notices
from foundation.accounts.models import User
from foundation.mail.models import MailState, OutgoingMail, SuppressionReason
from foundation.mail.outbox import queue_mail
from foundation.mail.suppression import EVERYTHING, suppress
from tests.factories import make_contact, make_group

from .making import NOW, TOMORROW, make_attendance, make_event, make_guest, make_rsvp

pytestmark = pytest.mark.django_db
HOUR, DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)
TYPED = {"subject": "Bring soup", "text": "We cook at nine.\n\nBring <b>soup</b>.", "reply_to": "table@example.org"}


@pytest.fixture
def group() -> Group:
    return make_group("Table of Plenty")


@pytest.fixture
def host(group: Group) -> User:
    return make_contact(group)


@pytest.fixture
def event(group: Group) -> Event:
    return make_event(group, title="Soup night", is_address_public=False)


def notice_of(event: Event, kind: NoticeKind, **fields: Any) -> EventNotice:
    notice = make_notice(event=event, kind=kind, by=None, now=NOW, **fields)
    assert notice
    return notice


def queue(notice: EventNotice, *, now: datetime.datetime = NOW) -> int:
    queued = queue_notice(notice_id=notice.pk, now=now)
    notice.refresh_from_db()
    return queued


def addressees() -> list[str]:
    return list(OutgoingMail.objects.order_by("to_email").values_list("to_email", flat=True))


def told(before: Event, place: str = "Old hall, 1 Main St, Salem, MA") -> dict[str, str]:
    return {
        "starts_at": before.starts_at.isoformat(), "ends_at": before.ends_at.isoformat(),
        "time_zone": before.time_zone, "place": place,
    }  # fmt: skip


# --- who is told ----------------------------------------------------------------------------------------------


def test_told_are_those_who_go_wait_or_may_come_and_have_confirmed(event: Event) -> None:
    for state, email in (("going", "a"), ("waiting", "b"), ("maybe", "c"), ("cant", "d")):
        make_rsvp(event, make_guest(f"{email}@example.org"), state=state)
    make_rsvp(event, make_guest("late@example.org"), confirmed_at=NOW + HOUR)
    make_rsvp(make_event(), make_guest("other@example.org"))
    Rsvp.objects.create(event=event, state="going", email="typed@example.org", answered_at=NOW, changed_at=NOW)
    notice = notice_of(event, NoticeKind.LINK)
    assert queue(notice) == 3
    assert addressees() == ["a@example.org", "b@example.org", "c@example.org"]
    assert (notice.recipients, notice.queued_at) == (3, NOW)


def test_one_change_is_told_once_however_often_it_is_noted(event: Event) -> None:
    make_rsvp(event)
    first = notice_of(event, NoticeKind.MOVED)
    assert notice_of(event, NoticeKind.MOVED) == first
    event.sequence += 1
    assert notice_of(event, NoticeKind.MOVED) != first
    with pytest.raises(IntegrityError, match="eventnotice_once_a_change"), transaction.atomic():
        event.notices.create(kind=NoticeKind.MOVED, sequence=event.sequence, at=NOW)


def test_of_what_was_never_public_nobody_is_told(group: Group) -> None:
    draft = make_event(group, state=EventState.DRAFT)
    assert make_notice(event=draft, kind=NoticeKind.CANCELLED, by=None, now=NOW) is None


def test_whoever_unsubscribed_is_still_told_of_changes_but_gets_no_message(
    event: Event, group: Group, host: User
) -> None:
    make_rsvp(event, make_guest("ada@example.org"))
    suppress(address="ada@example.org", scope=group.scope, reason=SuppressionReason.UNSUBSCRIBED)
    queue(notice_of(event, NoticeKind.MOVED))
    queue(send_message(event=event, **TYPED, to_states=["going"], actor=host, now=NOW))
    states = OutgoingMail.objects.order_by("pk").values_list("purpose", "state", "is_transactional")
    assert list(states) == [("event moved", MailState.QUEUED, True), ("event message", MailState.SUPPRESSED, False)]


def test_after_it_is_cancelled_only_that_is_told(event: Event) -> None:
    make_rsvp(event)
    moved, off = notice_of(event, NoticeKind.MOVED), notice_of(event, NoticeKind.CANCELLED)
    Event.objects.filter(pk=event.pk).update(state=EventState.CANCELLED, cancelled_at=NOW)
    assert (queue(moved), queue(off)) == (0, 1)
    assert moved.queued_at == NOW


# --- what is told ---------------------------------------------------------------------------------------------


def only_mail() -> OutgoingMail:
    return OutgoingMail.objects.get()


def test_a_move_says_what_it_was_and_what_it_is(event: Event) -> None:
    rsvp = make_rsvp(event)
    before = told(event)
    Event.objects.filter(pk=event.pk).update(starts_at=event.starts_at + DAY, ends_at=event.ends_at + DAY)
    queue(notice_of(event, NoticeKind.MOVED, before=before))
    mail = only_mail()
    assert mail.subject == "Changed: Soup night"
    was, now = mail.text.split("It is now:")
    assert "Tuesday, June 2, 2026" in was
    assert "Old hall, 1 Main St" in was
    assert "Wednesday, June 3, 2026" in now
    assert "8 a.m. – 10 a.m. EDT" in now
    assert "449 Broadway" in now
    assert "/event.ics" in now
    assert answer_token(rsvp) in now
    assert (mail.from_name, mail.scope) == ("Table of Plenty", event.group.scope if event.group else "")


def test_of_a_move_to_another_place_only_the_place_is_told(event: Event) -> None:
    make_rsvp(event)
    queue(notice_of(event, NoticeKind.MOVED, before=told(event)))
    assert "June" not in only_mail().text.split("It is now:")[0]


def test_whoever_waits_does_not_learn_an_address_that_is_kept(event: Event) -> None:
    Event.objects.filter(pk=event.pk).update(format="hybrid", join_link="https://meet.example.org/secret")
    make_rsvp(event, state="waiting")
    queue(notice_of(event, NoticeKind.MOVED, before=told(event)))
    queue(notice_of(event, NoticeKind.LINK))
    for mail in OutgoingMail.objects.all():
        assert not any(word in mail.text for word in ("Broadway", "Main St", "secret"))
    assert "Cambridge" in OutgoingMail.objects.earliest("pk").text


def test_whoever_has_a_place_gets_the_new_link(event: Event) -> None:
    Event.objects.filter(pk=event.pk).update(
        format="online", join_link="https://meet.example.org/x", join_words="PIN 7", latitude=None, longitude=None
    )
    make_rsvp(event)
    queue(notice_of(event, NoticeKind.LINK))
    assert "https://meet.example.org/x" in only_mail().text
    assert "PIN 7" in only_mail().text


def test_that_it_is_off_is_told_with_the_reason(event: Event) -> None:
    make_rsvp(event)
    Event.objects.filter(pk=event.pk).update(
        state=EventState.CANCELLED, cancelled_at=NOW, cancelled_because="The roof leaks."
    )
    queue(notice_of(event, NoticeKind.CANCELLED))
    assert "The roof leaks." in only_mail().text
    assert only_mail().subject == "Cancelled: Soup night"


def test_everybody_reads_their_language(event: Event) -> None:
    make_rsvp(event, make_guest(language="es"))
    queue(notice_of(event, NoticeKind.LINK))
    assert only_mail().language == "es"
    assert 'lang="es"' in only_mail().html


# --- a message of the hosts -----------------------------------------------------------------------------------


def send(event: Event, host: User, *, now: datetime.datetime = NOW, **fields: Any) -> EventNotice:
    return send_message(event=event, **{**TYPED, "to_states": ["going"], **fields}, actor=host, now=now)


def test_a_message_goes_to_those_it_is_for(event: Event, host: User) -> None:
    for state, email in (("going", "a"), ("waiting", "b"), ("maybe", "c"), ("cant", "d")):
        make_rsvp(event, make_guest(f"{email}@example.org"), state=state)
    assert recipients_of(event, ["going", "maybe"]).count() == 2
    assert recipients_of(event, ["cant"]).count() == 0
    queue(send(event, host, to_states=["waiting", "maybe"]))
    assert addressees() == ["b@example.org", "c@example.org"]
    mail = OutgoingMail.objects.earliest("pk")
    assert (mail.subject, mail.reply_to) == ("Bring soup", "table@example.org")
    assert "Bring <b>soup</b>." in mail.text
    assert "&lt;b&gt;soup&lt;/b&gt;" in mail.html
    assert "because you answered it" in mail.text


def test_one_message_a_day(event: Event, host: User) -> None:
    make_rsvp(event)
    first = send(event, host)
    assert next_message_at(event, now=NOW + HOUR) == NOW + DAY
    assert send(event, host, now=NOW + HOUR) == first  # a press too many
    with pytest.raises(NoticeError, match="a day"):
        send(event, host, subject="Another", now=NOW + 23 * HOUR)
    send(make_with_answer(host), host, subject="Another")
    assert send(event, host, now=NOW + DAY) != first
    assert next_message_at(event, now=NOW + 3 * DAY) is None


def make_with_answer(host: User) -> Event:
    event = make_event()
    make_rsvp(event)
    return event


def test_nobody_is_written_to_where_nobody_answered(event: Event, host: User) -> None:
    make_rsvp(event, state="cant")
    with pytest.raises(NoticeError, match="Nobody"):
        send(event, host)


def test_only_the_people_of_an_approved_event_are_written_to(event: Event, host: User) -> None:
    make_rsvp(event)
    Event.objects.filter(pk=event.pk).update(state=EventState.CANCELLED, cancelled_at=NOW)
    with pytest.raises(NoticeError, match="approved"):
        send(event, host)


def test_the_same_words_to_others_are_another_message(event: Event, host: User) -> None:
    make_rsvp(event)
    make_rsvp(event, state="maybe")
    sent = send(event, host)
    assert send(event, host) == sent
    with pytest.raises(NoticeError, match="One message a day"):
        send(event, host, to_states=["maybe"])


def test_a_message_says_something(event: Event) -> None:
    with pytest.raises(IntegrityError, match="eventnotice_message_says_something"), transaction.atomic():
        event.notices.create(kind=NoticeKind.MESSAGE, sequence=0, at=NOW)


# --- thanks ---------------------------------------------------------------------------------------------------


OVER = NOW + TOMORROW + 5 * HOUR  # it began at NOW + a day, and lasted two hours


def thank() -> EventNotice:
    assert thank_people(now=OVER) == 1
    notice = EventNotice.objects.get(kind=NoticeKind.THANKS)
    queue(notice, now=OVER)
    return notice


def test_those_who_came_are_thanked_once(event: Event) -> None:
    came = make_rsvp(event, make_guest("came@example.org"))
    make_rsvp(event, make_guest("stayed@example.org"))
    make_attendance(event, came.person)
    thank()
    assert addressees() == ["came@example.org"]
    came.refresh_from_db()
    assert came.thanked_at == OVER
    assert thank_people(now=OVER + HOUR) == 0


def test_where_nobody_was_checked_in_those_who_were_going_are(event: Event) -> None:
    make_rsvp(event, make_guest("going@example.org"))
    make_rsvp(event, make_guest("maybe@example.org"), state=RsvpState.MAYBE)
    thank()
    assert addressees() == ["going@example.org"]


def test_a_check_in_that_was_taken_back_is_none(event: Event) -> None:
    one, other = (make_rsvp(event, make_guest(f"{name}@example.org")) for name in ("one", "other"))
    make_attendance(event, one.person)
    make_attendance(event, other.person, undone_at=NOW)
    thank()
    assert addressees() == ["one@example.org"]


@pytest.mark.parametrize(("after", "count"), [(HOUR, 0), (2 * HOUR, 1), (3 * DAY - HOUR, 1), (3 * DAY, 0)])
def test_thanks_come_from_two_hours_to_three_days_after(event: Event, after: datetime.timedelta, count: int) -> None:
    make_rsvp(event)
    assert thank_people(now=event.ends_at + after) == count


def test_nobody_is_thanked_for_what_was_cancelled_or_of_a_group_that_ended(event: Event, group: Group) -> None:
    make_event(group, state=EventState.CANCELLED, cancelled_at=NOW, approved_at=NOW)
    Group.objects.filter(pk=group.pk).update(status=GroupStatus.ENDED)
    assert thank_people(now=OVER) == 0


def test_thanks_point_to_the_next_event_of_the_hosts_nearby(event: Event, group: Group) -> None:
    make_rsvp(event)
    later, other = 5 * DAY, make_group()
    make_event(other, title="Of others", starts_at=NOW + 3 * DAY)
    make_event(group, title="Too far", near="90210", starts_at=NOW + 3 * DAY)
    make_event(group, title="Not listed", is_listed=False, starts_at=NOW + 3 * DAY)
    next_one = make_event(group, title="Next soup", starts_at=NOW + later)
    make_event(group, title="After that", starts_at=NOW + 2 * later)
    thank()
    assert "Next soup" in only_mail().text
    assert next_one.get_absolute_url() in only_mail().text


def test_also_to_one_of_a_co_host_or_online_or_else_of_anybody_near(event: Event, group: Group) -> None:
    friend = make_group()
    Cohost.objects.create(event=event, group=friend, asked_at=NOW, accepted_at=NOW)
    far = make_event(friend, near="90210", starts_at=NOW + 3 * DAY)
    near = make_event(make_group(), starts_at=NOW + 4 * DAY)
    assert next_of_hosts(event, now=OVER) == near
    Event.objects.filter(pk=far.pk).update(format="online")
    assert next_of_hosts(event, now=OVER) == far
    Event.objects.all().update(is_listed=False)
    assert next_of_hosts(event, now=OVER) is None


def test_thanks_without_a_next_event_point_to_the_group(event: Event, group: Group) -> None:
    make_rsvp(event)
    thank()
    assert group.get_absolute_url() in only_mail().text


# --- killed, and at once --------------------------------------------------------------------------------------


class Killed(BaseException):
    """What ends a worker in the middle."""


@pytest.fixture
def six(event: Event, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Six who answered, and batches of two."""
    monkeypatch.setattr(notices, "BATCH", 2)
    found = [f"p{number}@example.org" for number in range(6)]
    for email in found:
        make_rsvp(event, make_guest(email))
    return found


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("after", range(6))
def test_a_worker_that_is_killed_leaves_the_rest_to_the_sweep(
    event: Event, six: list[str], monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    notice = notice_of(event, NoticeKind.CANCELLED)
    EventNotice.objects.update(queued_up_to=0, queued_at=None, recipients=0)  # no worker was faster
    OutgoingMail.objects.all().delete()
    calls: list[str] = []

    def dying(**mail: Any) -> OutgoingMail:
        calls.append(mail["to"])
        if len(calls) > after:
            raise Killed
        return queue_mail(**mail)

    monkeypatch.setattr(emails, "queue_mail", dying)
    with pytest.raises(Killed):
        queue(notice)
    notice.refresh_from_db()
    assert notice.recipients == len(addressees()) == after - after % 2
    assert notice.queued_at is None
    monkeypatch.setattr(emails, "queue_mail", queue_mail)
    queue_waiting_notices()
    notice.refresh_from_db()
    assert addressees() == six
    assert (notice.recipients, notice.queued_at is None) == (6, False)


@pytest.mark.django_db(transaction=True)
def test_two_workers_on_one_notice_share_it(event: Event, six: list[str]) -> None:
    notice = notice_of(event, NoticeKind.CANCELLED)
    ready, totals = threading.Barrier(2), []

    def work() -> None:
        ready.wait(timeout=30)
        totals.append(queue_notice(notice_id=notice.pk, now=NOW))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    close_old_connections()
    assert sum(totals) == 6
    assert addressees() == six


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_thank_once(event: Event, six: list[str]) -> None:
    ready = threading.Barrier(2)

    def work() -> None:
        ready.wait(timeout=30)
        thank_people(now=OVER)
        queue_waiting_notices()
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    close_old_connections()
    assert EventNotice.objects.count() == 1
    assert addressees() == six


def test_what_is_queued_is_not_queued_again(event: Event, six: list[str]) -> None:
    notice = notice_of(event, NoticeKind.CANCELLED)
    assert (queue(notice), queue(notice)) == (6, 0)
    queue_waiting_notices()
    assert addressees() == six


def test_whoever_was_deleted_meanwhile_or_has_no_address_is_left_out(event: Event, six: list[str]) -> None:
    notice = notice_of(event, NoticeKind.CANCELLED)
    gone, silent = Rsvp.objects.order_by("pk")[:2]
    assert gone.person
    assert silent.person
    gone.person.delete()
    silent.person.emails.all().delete()
    queue(notice)
    assert (addressees(), notice.recipients) == (six[2:], 4)


def test_an_address_that_bounced_is_not_written_to(event: Event) -> None:
    make_rsvp(event, make_guest("bounced@example.org"))
    suppress(address="bounced@example.org", scope=EVERYTHING, reason=SuppressionReason.BOUNCED)
    thank()
    assert only_mail().state == MailState.SUPPRESSED


def test_the_statements_of_a_batch_do_not_grow_with_the_answers(event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emails, "queue_mail", lambda **mail: None)
    make_rsvp(event)
    few_notice = notice_of(event, NoticeKind.CANCELLED)
    with CaptureQueriesContext(connection) as few:
        notices._queue_some(few_notice.pk, NOW)
    for _ in range(9):
        make_rsvp(event)
    many_notice = notice_of(event, NoticeKind.MOVED)
    with CaptureQueriesContext(connection) as many:
        notices._queue_some(many_notice.pk, NOW)
    assert len(many) == len(few)
