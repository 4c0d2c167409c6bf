"""Messages of national to the hosts of a campaign: who gets them, once, and that a kill loses and doubles none."""

import datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import IntegrityError
from django.test import Client

from events import host_messages
from events.emails import campaigns as emails
from events.host_messages import (
    HostMessageError,
    hosts_to_write_to,
    queue_host_message,
    results_of,
    send_host_message,
    unfinished_host_messages,
)
from events.jobs_campaigns import queue_waiting_mails_to_hosts
from events.models import Campaign, CampaignState, EventKind, EventState, HostMessage
from foundation.accounts.models import StaffTask, User
from foundation.audit.models import AuditEntry
from foundation.mail.models import MailState, OutgoingMail, Priority
from foundation.mail.outbox import queue_mail
from foundation.mail.unsubscribe import unsubscribe_url
from tests.factories import make_contact, make_group, make_staff

from .making import NOW, make_event

pytestmark = pytest.mark.django_db

HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def staff() -> User:
    return make_staff(StaffTask.PROMOTIONS)


@pytest.fixture
def campaign() -> Campaign:
    return Campaign.objects.create(
        slug="launch", title="Launch", about="x", kind=EventKind.WATCH_PARTY, state=CampaignState.OPEN,
        starts_on=NOW.date(), ends_on=NOW.date(),
    )  # fmt: skip


def make_host(campaign: Campaign, email: str, *, role: str = "contact", **fields: Any) -> User:
    group = make_group()
    make_event(group, campaign=campaign, **fields)
    return make_contact(group, email, role=role)


def send(campaign: Campaign, staff: User, *, now: datetime.datetime = NOW, **typed: str) -> HostMessage:
    return send_host_message(
        campaign=campaign, actor=staff, now=now, **{"subject": "Saturday", "text": "Bring chairs.", **typed}
    )


def queue(message: HostMessage) -> int:
    queued = queue_host_message(message_id=message.pk, now=NOW + HOUR)
    message.refresh_from_db()
    return queued


def addressees() -> list[str]:
    mails = OutgoingMail.objects.filter(purpose=emails.PURPOSE)
    return list(mails.order_by("to_email").values_list("to_email", flat=True))


# --- who gets it ------------------------------------------------------------------------------------------------


def test_it_goes_to_whoever_keeps_a_hosting_group_each_once(campaign: Campaign, staff: User) -> None:
    host = make_host(campaign, "ada@example.org")
    other = make_group()
    make_event(other, campaign=campaign)
    other.roles.create(user=host, role="organizer")
    other.roles.create(user=host, role="contact")
    make_host(campaign, "bo@example.org", role="organizer")
    make_host(campaign, "helper@example.org", role="helper")
    make_host(campaign, "declined@example.org", state=EventState.DECLINED)
    User.objects.filter(pk=make_host(campaign, "gone@example.org").pk).update(is_active=False)
    make_contact(make_group(), "elsewhere@example.org")
    message = send(campaign, staff)
    assert hosts_to_write_to(campaign).count() == 2
    assert queue(message) == 2
    assert addressees() == ["ada@example.org", "bo@example.org"]
    assert (message.recipients, message.queued_at) == (2, NOW + HOUR)
    assert AuditEntry.objects.get(action="wrote to hosts").subject == f"campaign:{campaign.pk}"


def test_the_mail_is_in_the_frame_of_its_readers_language(campaign: Campaign, staff: User) -> None:
    User.objects.filter(pk=make_host(campaign, "ada@example.org").pk).update(language="es")
    queue(send(campaign, staff, text="Hola <b>x</b> https://example.org/a"))
    mail = OutgoingMail.objects.get(purpose=emails.PURPOSE)
    assert (mail.subject, mail.scope, mail.priority, mail.language) == ("Saturday", "network", Priority.BULK, "es")
    assert not mail.is_transactional
    assert 'lang="es"' in mail.html
    assert "&lt;b&gt;x&lt;/b&gt;" in mail.html
    assert "Hola <b>x</b>" in mail.text
    assert "/campaigns/launch/kit/" in mail.text


def test_whoever_unsubscribed_from_the_network_gets_none(campaign: Campaign, staff: User, client: Client) -> None:
    make_host(campaign, "ada@example.org")
    queue(send(campaign, staff))
    mail = OutgoingMail.objects.get(purpose=emails.PURPOSE)
    client.post(urlsplit(unsubscribe_url(mail)).path)
    message = send(campaign, staff, subject="Sunday")
    queue(message)
    second = OutgoingMail.objects.get(subject="Sunday")
    assert second.state == MailState.SUPPRESSED
    assert results_of(message).not_sent == 1


# --- refusals ---------------------------------------------------------------------------------------------------


def test_a_press_too_many_sends_nothing_more(campaign: Campaign, staff: User) -> None:
    make_host(campaign, "ada@example.org")
    first = send(campaign, staff)
    assert send(campaign, staff, now=NOW + HOUR) == first
    assert send(campaign, staff, now=NOW + 25 * HOUR) != first
    assert send(campaign, staff, text="Bring tables.") != first


def test_without_hosts_there_is_nobody_to_write_to(campaign: Campaign, staff: User) -> None:
    with pytest.raises(HostMessageError, match="Nobody hosts"):
        send(campaign, staff)
    assert not HostMessage.objects.exists()


def test_the_database_refuses_a_message_that_says_nothing(campaign: Campaign) -> None:
    with pytest.raises(IntegrityError, match="hostmessage_says_something"):
        HostMessage.objects.create(campaign=campaign, subject="x", text="", at=NOW)


# --- killed, repeated -------------------------------------------------------------------------------------------


def test_a_message_is_queued_in_batches_and_running_it_again_adds_none(
    campaign: Campaign, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_messages, "BATCH", 2)
    hosts = [make_host(campaign, f"host{number}@example.org") for number in range(5)]
    message = send(campaign, staff)
    assert [queue(message), queue(message)] == [5, 0]
    assert len(addressees()) == 5
    assert (message.recipients, message.queued_up_to) == (5, hosts[-1].pk)


def test_a_kill_between_two_batches_leaves_the_rest_to_the_sweep(
    campaign: Campaign, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_messages, "BATCH", 2)
    for number in range(5):
        make_host(campaign, f"host{number}@example.org")
    message = send(campaign, staff)
    host_messages._queue_some(message.pk, NOW)  # and then the worker dies
    assert len(addressees()) == 2
    assert unfinished_host_messages() == [message.pk]
    queue_waiting_mails_to_hosts()
    message.refresh_from_db()
    assert len(addressees()) == message.recipients == 5
    assert unfinished_host_messages() == []


@pytest.mark.django_db(transaction=True)
def test_a_kill_within_a_batch_leaves_none_of_it(
    campaign: Campaign, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        make_host(campaign, f"host{number}@example.org")
    message = send(campaign, staff)
    OutgoingMail.objects.all().delete()
    HostMessage.objects.update(queued_at=None, queued_up_to=0, recipients=0)

    def die_after_one(**mail: Any) -> None:
        queue_mail(**mail)
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(emails, "queue_mail", die_after_one)
        with pytest.raises(RuntimeError):
            queue(message)
    assert addressees() == []
    assert queue(message) == 3
