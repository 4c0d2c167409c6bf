"""Sending through a mail provider's HTTP interface, and hearing back by its webhooks."""

import base64
import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from foundation.mail import pace
from foundation.mail.delivery import deliver_due
from foundation.mail.models import MailState, OutgoingMail, Suppression, SuppressionReason

from .conftest import MakeMail
from .provider import Provider, running_provider

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.mail.webhook_urls")]

SECRET = "webhook:correct horse"


@pytest.fixture
def provider(settings: Settings) -> Iterator[Provider]:
    with running_provider() as provider:
        settings.MAILERS = provider.mailers
        settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}
        yield provider


def fresh(mail: OutgoingMail) -> OutgoingMail:
    return OutgoingMail.objects.get(pk=mail.pk)


def test_a_mail_goes_out_with_its_headers_and_keeps_the_providers_id(provider: Provider, make_mail: MakeMail) -> None:
    mail = make_mail(html="<p>Hello</p>")
    deliver_due(worker="test")
    assert (fresh(mail).state, fresh(mail).provider_id) == (MailState.SENT, "id-1")
    [sent] = provider.sent
    names = {header["Name"]: header["Value"] for header in sent["Headers"]}
    assert names["Message-ID"] == mail.message_id
    assert names["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize(
    ("status", "state", "pauses"),
    [
        (401, MailState.QUEUED, True),  # our key, not the mail, is the trouble
        (429, MailState.QUEUED, True),
        (503, MailState.QUEUED, True),
        (500, MailState.UNKNOWN, True),  # it may have taken the mail before it broke
        (504, MailState.UNKNOWN, True),
        (0, MailState.UNKNOWN, True),
        (422, MailState.FAILED, False),
    ],
)
def test_each_answer_of_the_provider_has_its_consequence(
    provider: Provider, make_mail: MakeMail, status: int, state: MailState, pauses: bool
) -> None:
    provider.status = status
    mail = make_mail()
    deliver_due(worker="test")
    assert fresh(mail).state == state
    assert bool(pace.pause_left()) is pauses


def test_a_provider_that_cannot_be_reached_costs_nothing(
    provider: Provider, make_mail: MakeMail, settings: Settings
) -> None:
    settings.MAILERS["default"]["OPTIONS"]["api_url"] = "http://127.0.0.1:1/"
    mail = make_mail()
    deliver_due(worker="test")
    assert fresh(mail).state == MailState.QUEUED


# --- Webhooks -------------------------------------------------------------------------------------------------


def post(client: Client, esp: str, payload: Any, secret: str = SECRET) -> int:
    auth = base64.b64encode(secret.encode()).decode()
    response = client.post(
        f"/mail/webhooks/{esp}/tracking/",
        json.dumps(payload),
        content_type="application/json",
        headers={"Authorization": f"Basic {auth}"},
    )
    return int(response.status_code)


def postmark(kind: str, **fields: Any) -> dict[str, Any]:
    """As in Postmark's documentation."""
    common = {"MessageID": "id-1", "Metadata": {}, "Tag": "", "MessageStream": "outbound"}
    records: dict[str, dict[str, Any]] = {
        "delivery": {
            "RecordType": "Delivery",
            "Recipient": "alice@example.org",
            "DeliveredAt": "2026-07-01T12:00:05Z",
            "Details": "Test delivery",
        },
        "hard": {
            "RecordType": "Bounce",
            "ID": 42,
            "Type": "HardBounce",
            "TypeCode": 1,
            "Email": "alice@example.org",
            "Details": "smtp;550 5.1.1 The email account that you tried to reach does not exist",
            "BouncedAt": "2026-07-01T12:01:00Z",
        },
        "soft": {
            "RecordType": "Bounce",
            "ID": 43,
            "Type": "SoftBounce",
            "TypeCode": 4096,
            "Email": "alice@example.org",
            "Details": "Test soft bounce details",
            "BouncedAt": "2026-07-01T12:02:00Z",
        },
        "complaint": {
            "RecordType": "SpamComplaint",
            "ID": 44,
            "Type": "SpamComplaint",
            "TypeCode": 512,
            "Email": "alice@example.org",
            "BouncedAt": "2026-07-01T12:03:00Z",
        },
    }
    return {**common, **records[kind], **fields}


@pytest.fixture
def sent_mail(provider: Provider, make_mail: MakeMail) -> OutgoingMail:
    mail = make_mail(scope="group:17")
    deliver_due(worker="test")
    return mail


@pytest.mark.parametrize("secret", ["webhook:wrong", "", ":"])
def test_a_webhook_without_the_secret_changes_nothing(client: Client, sent_mail: OutgoingMail, secret: str) -> None:
    assert post(client, "postmark", postmark("hard"), secret=secret) == 400
    assert not Suppression.objects.exists()
    assert fresh(sent_mail).bounced_at is None


def test_a_hard_bounce_suppresses_everything(client: Client, sent_mail: OutgoingMail) -> None:
    assert post(client, "postmark", postmark("hard")) == 200
    row = Suppression.objects.get()
    assert (row.address, row.scope, row.reason) == ("alice@example.org", "", SuppressionReason.BOUNCED)
    assert fresh(sent_mail).bounced_at


def test_a_soft_bounce_does_not(client: Client, sent_mail: OutgoingMail) -> None:
    assert post(client, "postmark", postmark("soft")) == 200
    assert not Suppression.objects.exists()
    assert fresh(sent_mail).bounced_at


def test_events_in_any_order_and_repeated_end_the_same(client: Client, sent_mail: OutgoingMail) -> None:
    events = [postmark(kind) for kind in ("delivery", "hard", "complaint", "soft")]
    ends = set()
    for order in itertools.permutations(events):
        Suppression.objects.all().delete()
        OutgoingMail.objects.update(delivered_at=None, bounced_at=None, complained_at=None)
        for event in [*order, *order[::-1]]:
            assert post(client, "postmark", event) == 200
        mail = fresh(sent_mail)
        stamps = (mail.state, mail.delivered_at, mail.bounced_at, mail.complained_at)
        ends.add((stamps, *Suppression.objects.values_list("address", "scope", "reason", "at")))
    assert len(ends) == 1


def test_a_delivery_settles_a_mail_of_unknown_fate(client: Client, provider: Provider, make_mail: MakeMail) -> None:
    provider.status = 500
    mail = make_mail()
    deliver_due(worker="test")
    assert fresh(mail).state == MailState.UNKNOWN
    event = postmark("delivery", MessageID="never heard of", Metadata=provider.sent[0]["Metadata"])
    assert post(client, "postmark", event) == 200
    assert (fresh(mail).state, bool(fresh(mail).delivered_at)) == (MailState.SENT, True)


def test_an_event_of_another_address_does_not_touch_the_mail(client: Client, sent_mail: OutgoingMail) -> None:
    post(client, "postmark", postmark("delivery", Recipient="mallory@example.org"))
    assert fresh(sent_mail).delivered_at is None


@pytest.mark.parametrize(
    ("bounce_class", "reason", "is_suppressed"),
    [
        ("10", "550 5.1.1 unknown user", True),
        ("30", "550 5.1.2 no such domain", True),
        ("22", "552 5.2.2 mailbox full", False),
        ("24", "451 4.4.1 timeout", False),
        ("70", "450 4.7.1 try later", False),
    ],
)
def test_sparkposts_bounce_classes_are_told_apart(
    client: Client, sent_mail: OutgoingMail, bounce_class: str, reason: str, is_suppressed: bool
) -> None:
    event = {
        "type": "bounce",
        "bounce_class": bounce_class,
        "raw_reason": reason,
        "raw_rcpt_to": "Alice@example.org",
        "timestamp": "1782907200",
        "transmission_id": "id-1",
        "event_id": "1",
    }
    assert post(client, "sparkpost", [{"msys": {"message_event": event}}]) == 200
    assert Suppression.objects.exists() is is_suppressed
    assert fresh(sent_mail).bounced_at


def test_an_unsubscribe_at_the_provider_ends_the_mails_scope(client: Client, sent_mail: OutgoingMail) -> None:
    event = {
        "type": "list_unsubscribe",
        "raw_rcpt_to": "alice@example.org",
        "timestamp": str(int(timezone.now().timestamp())),
        "transmission_id": "id-1",
        "event_id": "2",
    }
    assert post(client, "sparkpost", [{"msys": {"unsubscribe_event": event}}]) == 200
    row = Suppression.objects.get()
    assert (row.scope, row.reason) == ("group:17", SuppressionReason.UNSUBSCRIBED)
    assert fresh(sent_mail).unsubscribed_at


@pytest.mark.parametrize("recipient", ["", "not an address"])
def test_an_event_without_a_usable_address_is_let_pass(client: Client, sent_mail: OutgoingMail, recipient: str) -> None:
    assert post(client, "postmark", postmark("hard", Email=recipient)) == 200
    assert not Suppression.objects.exists()
