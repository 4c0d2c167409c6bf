"""A group's message to its roster: who gets it, how often, and that a kill neither doubles nor loses a mail."""

import datetime
import threading
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import IntegrityError, close_old_connections, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from affiliates import roster_messages
from affiliates.emails import messages as emails
from affiliates.jobs import queue_waiting_messages
from affiliates.listing import unlist_group
from affiliates.models import Group, GroupMessage
from affiliates.roster import remove_from_roster
from affiliates.roster_messages import (
    MessageError,
    next_message_at,
    queue_message,
    recipients_of,
    results_of,
    send_message,
    stop_messages,
)
from affiliates.signals import agreement_ended
from foundation.accounts.models import User
from foundation.audit.models import AuditEntry
from foundation.mail.claims import claim_due, mark_going_out
from foundation.mail.models import MailState, OutgoingMail, Priority, SuppressionReason
from foundation.mail.outbox import queue_mail
from foundation.mail.suppression import EVERYTHING, suppress
from foundation.mail.unsubscribe import unsubscribe, unsubscribe_url
from members.models import ConsentPurpose
from tests.factories import make_contact, make_group
from tests.signing_in import sign_in

from .rosters import NOW, make_entry

pytestmark = pytest.mark.django_db
DAY, HOUR = datetime.timedelta(days=1), datetime.timedelta(hours=1)
TYPED = {"subject": "Saturday", "text": "We cook at nine.\n\nBring soup.", "reply_to": "table@example.org"}


@pytest.fixture
def group() -> Group:
    return make_group("Table of Plenty", contact_email="table@example.org")


@pytest.fixture
def organizer(group: Group) -> User:
    return make_contact(group, role="organizer")


def send(group: Group, organizer: User, *, now: datetime.datetime = NOW + HOUR, **typed: str) -> GroupMessage:
    return send_message(group=group, actor=organizer, now=now, **{**TYPED, **typed})


def queue(message: GroupMessage) -> int:
    queued = queue_message(message_id=message.pk, now=NOW + HOUR)
    message.refresh_from_db()
    return queued


def addressees() -> list[str]:
    mails = OutgoingMail.objects.filter(purpose=emails.PURPOSE)
    return list(mails.order_by("to_email").values_list("to_email", flat=True))


# --- who gets it ------------------------------------------------------------------------------------------------


def test_it_goes_to_whoever_wants_mails_of_the_group_and_can_be_reached(group: Group, organizer: User) -> None:
    make_entry(group, email="ada@example.org")
    make_entry(group, email="hidden@example.org", consents=(ConsentPurpose.GROUP_MAIL,))
    make_entry(group, email="no-mail@example.org", consents=(ConsentPurpose.SHARING,))
    make_entry(group, email="bounced@example.org")
    suppress(address="bounced@example.org", scope=EVERYTHING, reason=SuppressionReason.BOUNCED)
    make_entry(group, email="left@example.org")
    suppress(address="left@example.org", scope=group.scope, reason=SuppressionReason.UNSUBSCRIBED)
    make_entry(make_group(), email="other@example.org")
    assert recipients_of(group).count() == 2
    message = send(group, organizer)
    assert queue(message) == 2
    assert addressees() == ["ada@example.org", "hidden@example.org"]
    assert (message.recipients, message.queued_at) == (2, NOW + HOUR)


def test_the_mail_is_the_groups_in_the_frame_of_its_readers_language(group: Group, organizer: User) -> None:
    make_entry(group, language="es")
    queue(send(group, organizer, text="Hola <b>x</b> https://example.org/a"))
    mail = OutgoingMail.objects.get(purpose=emails.PURPOSE)
    assert (mail.subject, mail.from_name, mail.reply_to) == ("Saturday", "Table of Plenty", "table@example.org")
    assert (mail.scope, mail.priority, mail.language) == (group.scope, Priority.BULK, "es")
    assert not mail.is_transactional
    assert 'lang="es"' in mail.html
    assert "&lt;b&gt;x&lt;/b&gt;" in mail.html
    assert 'href="https://example.org/a"' in mail.html
    assert "Hola <b>x</b>" in mail.text


def test_one_click_ends_the_mails_of_this_group_only(group: Group, organizer: User, client: Client) -> None:
    make_entry(group, email="ada@example.org")
    queue(send(group, organizer))
    mail = OutgoingMail.objects.get(purpose=emails.PURPOSE)
    client.post(urlsplit(unsubscribe_url(mail)).path)
    assert not recipients_of(group).exists()
    with pytest.raises(MessageError, match="Nobody"):
        send(group, organizer, subject="Sunday")


def test_whoever_joins_after_it_was_sent_does_not_get_it(group: Group, organizer: User) -> None:
    make_entry(group, email="ada@example.org")
    message = send(group, organizer)
    make_entry(group, email="late@example.org", at=NOW + 2 * HOUR)
    queue(message)
    assert addressees() == ["ada@example.org"]


# --- refusals ---------------------------------------------------------------------------------------------------


def test_two_messages_in_seven_days_and_then_a_clear_word(group: Group, organizer: User) -> None:
    make_entry(group)
    send(group, organizer, subject="1")
    assert next_message_at(group, now=NOW + DAY) is None
    send(group, organizer, subject="2", now=NOW + 2 * DAY)
    with pytest.raises(MessageError, match="two messages in seven days"):
        send(group, organizer, subject="3", now=NOW + 6 * DAY)
    assert next_message_at(group, now=NOW + 6 * DAY) == NOW + HOUR + 7 * DAY
    send(group, organizer, subject="3", now=NOW + HOUR + 7 * DAY)


def test_another_groups_messages_do_not_count(group: Group, organizer: User) -> None:
    other = make_group()
    for one in (group, other):
        make_entry(one)
        for subject in ("1", "2"):
            send(one, organizer, subject=subject)
    assert GroupMessage.objects.count() == 4


def test_the_same_message_again_is_the_one_on_its_way(group: Group, organizer: User) -> None:
    make_entry(group)
    assert send(group, organizer) == send(group, organizer, now=NOW + 2 * HOUR)
    assert GroupMessage.objects.count() == 1
    assert AuditEntry.objects.filter(action="sent message to roster").count() == 1


@pytest.mark.parametrize("status", ["forming", "ended"])
def test_without_an_agreement_in_force_nothing_is_sent(group: Group, organizer: User, status: str) -> None:
    make_entry(group)
    Group.objects.filter(pk=group.pk).update(status=status)
    with pytest.raises(MessageError, match="not in force"):
        send(group, organizer)
    assert not GroupMessage.objects.exists()


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"subject": ""}, "groupmessage_says_something"),
        ({"text": ""}, "groupmessage_says_something"),
        ({"queued_at": NOW, "stopped_at": NOW}, "groupmessage_has_one_end"),
    ],
)
def test_the_database_refuses_a_message_that_cannot_be(group: Group, values: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        GroupMessage.objects.create(**{"group": group, "subject": "x", "text": "x", "at": NOW, **values})


# --- batches and faults -----------------------------------------------------------------------------------------


@pytest.fixture
def six(group: Group, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Six people, in batches of two."""
    monkeypatch.setattr(roster_messages, "BATCH", 2)
    for number in range(6):
        make_entry(group, email=f"p{number}@example.org")
    return [f"p{number}@example.org" for number in range(6)]


class Killed(BaseException):
    """As a worker's end: nothing that catches errors catches it."""


@pytest.mark.parametrize("after", range(1, 6))
def test_a_worker_that_dies_within_a_batch_neither_doubles_nor_loses(
    group: Group, organizer: User, six: list[str], monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    message = send(group, organizer)
    calls: list[str] = []

    def dying(**mail: Any) -> OutgoingMail:
        calls.append(mail["to"])
        if len(calls) > after:
            raise Killed
        return queue_mail(**mail)

    monkeypatch.setattr(emails, "queue_mail", dying)
    with pytest.raises(Killed):
        queue(message)
    message.refresh_from_db()
    assert message.recipients == len(addressees()) == after - after % 2
    assert message.queued_at is None
    monkeypatch.setattr(emails, "queue_mail", queue_mail)
    queue_waiting_messages()
    message.refresh_from_db()
    assert addressees() == six
    assert message.recipients == 6
    assert message.queued_at is not None


@pytest.mark.django_db(transaction=True)
def test_two_workers_on_one_message_share_it(group: Group, organizer: User, six: list[str]) -> None:
    message = send(group, organizer)
    ready, totals = threading.Barrier(2), []

    def work() -> None:
        ready.wait(timeout=30)
        totals.append(queue_message(message_id=message.pk, now=NOW + HOUR))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    close_old_connections()
    assert sum(totals) == 6
    assert addressees() == six


def test_what_is_queued_is_not_queued_again(group: Group, organizer: User, six: list[str]) -> None:
    message = send(group, organizer)
    assert (queue(message), queue(message)) == (6, 0)
    queue_waiting_messages()
    assert addressees() == six


def test_the_statements_of_a_batch_do_not_grow_with_the_roster(
    group: Group, organizer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster_messages, "BATCH", 2)
    monkeypatch.setattr(emails, "queue_mail", lambda **mail: None)
    for number in range(2):
        make_entry(group, email=f"p{number}@example.org")
    message = send(group, organizer)
    with CaptureQueriesContext(connection) as few:
        roster_messages._queue_some(message.pk, NOW + HOUR)
    for number in range(2, 12):
        make_entry(group, email=f"p{number}@example.org")
    with CaptureQueriesContext(connection) as many:
        roster_messages._queue_some(message.pk, NOW + HOUR)
    assert len(many) == len(few)


# --- the end of the agreement -----------------------------------------------------------------------------------


def test_when_the_group_is_unlisted_between_two_batches_the_rest_is_not_queued(
    group: Group, organizer: User, six: list[str]
) -> None:
    message = send(group, organizer)
    assert roster_messages._queue_some(message.pk, NOW + HOUR) == 2
    unlist_group(group=group, actor=organizer)
    assert queue(message) == 0
    assert (message.stopped_at, message.queued_at) == (NOW + HOUR, None)
    assert addressees() == six[:2]


def test_the_end_of_the_agreement_stops_the_message_and_calls_off_what_waits(
    group: Group, organizer: User, six: list[str]
) -> None:
    message = send(group, organizer)
    roster_messages._queue_some(message.pk, NOW + HOUR)
    roster_messages._queue_some(message.pk, NOW + HOUR)
    [going, claimed] = claim_due(claim="worker/1", limit=2)
    assert mark_going_out(going, "worker/1")
    stop_messages(group=group, at=NOW + 2 * HOUR)
    message.refresh_from_db()
    assert message.stopped_at == NOW + 2 * HOUR
    states = dict(OutgoingMail.objects.filter(purpose=emails.PURPOSE).values_list("pk", "state"))
    assert states.pop(going.pk) == MailState.CLAIMED
    assert set(states.values()) == {MailState.SUPPRESSED}
    assert not mark_going_out(claimed, "worker/1")
    assert results_of(message).not_sent == 3


def test_the_end_of_an_agreement_is_heard() -> None:
    receivers: Any = agreement_ended._live_receivers(None)[0]
    assert stop_messages in receivers


def test_the_end_of_an_agreement_leaves_other_groups_mails_alone(group: Group, organizer: User) -> None:
    other = make_group()
    make_entry(other)
    queue(send(other, organizer))
    stop_messages(group=group, at=NOW)
    assert OutgoingMail.objects.get(purpose=emails.PURPOSE).state == MailState.QUEUED


def test_whoever_is_removed_while_it_is_queued_is_left_out(group: Group, organizer: User, six: list[str]) -> None:
    message = send(group, organizer)
    roster_messages._queue_some(message.pk, NOW + HOUR)
    last = group.roster.latest("pk")
    remove_from_roster(entry=last, actor=organizer, now=NOW + HOUR)
    queue(message)
    assert addressees() == six[:-1]


# --- what became of it ------------------------------------------------------------------------------------------


def test_results_are_numbers_of_this_message_alone(group: Group, organizer: User, six: list[str]) -> None:
    message = send(group, organizer)
    queue(message)
    queue(send(group, organizer, subject="Another"))
    mails = list(OutgoingMail.objects.filter(key__startswith=emails.keys_of(message)).order_by("pk"))
    for mail in mails[:3]:
        OutgoingMail.objects.filter(pk=mail.pk).update(state=MailState.SENT, sent_at=NOW, went_out_at=NOW)
    OutgoingMail.objects.filter(pk=mails[0].pk).update(bounced_at=NOW)
    unsubscribe(mail=mails[1], scope=group.scope)
    OutgoingMail.objects.filter(pk=mails[3].pk).update(state=MailState.FAILED)
    OutgoingMail.objects.filter(pk=mails[4].pk).update(state=MailState.UNKNOWN, went_out_at=NOW)
    results = results_of(message)
    assert (results.sent, results.bounced, results.unsubscribed) == (3, 2, 1)
    assert (results.waiting, results.not_sent) == (1, 1)


# --- the pages --------------------------------------------------------------------------------------------------


@pytest.fixture
def path(group: Group, organizer: User, client: Client) -> str:
    sign_in(client, organizer)
    make_entry(group, email="ada@example.org")
    return f"/organize/groups/{group.slug}/messages/"


def test_a_message_is_written_looked_at_tested_and_sent(
    path: str, organizer: User, client: Client, group: Group
) -> None:
    assert "1 person on your roster" in client.get(f"{path}new/").content.decode()
    shown = client.post(f"{path}new/", {**TYPED, "do": "preview"}).content.decode()
    assert "Send it to 1 person" in shown
    assert 'lang="es"' in shown
    assert "Bring soup." in shown
    assert not OutgoingMail.objects.filter(purpose__contains="group message").exists()
    client.post(f"{path}new/", {**TYPED, "do": "test"})
    test = OutgoingMail.objects.get(purpose="test of a group message")
    assert (test.to_email, test.subject, test.reply_to) == (organizer.email, "Saturday", "table@example.org")
    assert not GroupMessage.objects.exists()
    answer = client.post(f"{path}new/", {**TYPED, "do": "send"}, follow=True)
    assert "Your message is on its way." in answer.content.decode()
    message = GroupMessage.objects.get()
    assert (message.sent_by, message.text) == (organizer, TYPED["text"])
    assert message.subject in client.get(path).content.decode()


def test_change_brings_the_words_back(path: str, client: Client) -> None:
    shown = client.post(f"{path}new/", {**TYPED, "do": "change"})
    assert shown.status_code == 200
    assert "We cook at nine." in shown.content.decode()
    assert "There is a problem" not in shown.content.decode()


@pytest.mark.parametrize("changes", [{"subject": " "}, {"text": ""}, {"reply_to": "stranger@example.org"}])
@pytest.mark.parametrize("do", ["preview", "send", "test"])
def test_what_is_missing_is_an_error_and_nothing_is_lost(
    path: str, client: Client, changes: dict[str, str], do: str
) -> None:
    answer = client.post(f"{path}new/", {**TYPED, **changes, "do": do})
    assert answer.status_code == 422
    assert "There is a problem" in answer.content.decode()
    assert changes.get("text", "We cook at nine.") in answer.content.decode()
    assert not GroupMessage.objects.exists()


def test_a_refusal_keeps_what_was_written(path: str, client: Client, group: Group, organizer: User) -> None:
    for subject in ("1", "2"):
        send(group, organizer, subject=subject, now=timezone.now())
    assert "New message</a>" not in client.get(path).content.decode()
    answer = client.post(f"{path}new/", {**TYPED, "do": "send"})
    assert answer.status_code == 409
    assert "two messages in seven days" in answer.content.decode()
    assert "Bring soup." in answer.content.decode()


def test_a_test_to_whoever_unsubscribed_says_so(path: str, client: Client, group: Group, organizer: User) -> None:
    suppress(address=organizer.email, scope=group.scope, reason=SuppressionReason.UNSUBSCRIBED)
    shown = client.post(f"{path}new/", {**TYPED, "do": "test"}).content.decode()
    assert "the test cannot reach you" in shown


def test_the_results_page_names_nobody(path: str, client: Client, group: Group, organizer: User) -> None:
    message = send(group, organizer)
    queue(message)
    shown = client.get(f"{path}{message.pk}/").content.decode()
    assert "ada@example.org" not in shown
    assert "recipients" in shown


def test_a_message_of_another_group_is_not_found(path: str, client: Client, organizer: User) -> None:
    other = make_group()
    make_entry(other)
    assert client.get(f"{path}{send(other, organizer).pk}/").status_code == 404


@pytest.mark.parametrize("tail", ["", "new/"])
def test_messages_close_with_the_agreement(path: str, client: Client, group: Group, tail: str) -> None:
    Group.objects.filter(pk=group.pk).update(status="ended")
    assert client.get(f"{path}{tail}").status_code == 403
