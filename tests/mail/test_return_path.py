"""Bounces come back to an address of the mail's own, and say which mail and whom they are about."""

import datetime
import io
import sys

import pytest
from django.core.management import call_command
from pytest_django import Settings

from foundation.mail.delivery import deliver_until_idle
from foundation.mail.messages import build_message
from foundation.mail.models import MailState, OutgoingMail
from foundation.mail.return_path import mail_of_return_path, return_path_of, take_bounce
from foundation.mail.suppression import is_suppressed

from .conftest import MakeMail
from .sink import Sink

pytestmark = pytest.mark.django_db
NOW = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)
REPORT = """From: MAILER-DAEMON@mx.example.org
To: somebody
Subject: Undelivered mail
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; alice@example.org
Action: {action}
Status: {status}

--b--
"""


@pytest.fixture(autouse=True)
def _with_return_path(settings: Settings) -> None:
    settings.MAIL_RETURN_PATH = "bounces@mail.example.org"


def bounce(mail: OutgoingMail, *, action: str = "failed", status: str = "5.1.1", now: datetime.datetime = NOW) -> bool:
    report = REPORT.format(action=action, status=status).encode()
    return take_bounce(address=return_path_of(mail), report=report, now=now)


def test_each_mail_has_a_return_path_of_its_own(make_mail: MakeMail) -> None:
    one, other = make_mail(), make_mail(to="bob@example.org")
    assert return_path_of(one) != return_path_of(other)
    assert return_path_of(one).startswith(f"bounces+{one.pk}-")
    assert mail_of_return_path(return_path_of(one)) == one


def test_the_envelope_has_it_and_readers_see_the_sender(sink: Sink, make_mail: MakeMail) -> None:
    mail = make_mail(from_name="Table of Plenty")
    deliver_until_idle(worker="test", seconds=10)
    assert sink.senders == [return_path_of(mail)]
    assert str(sink.messages[0]["From"]).startswith("Table of Plenty <hello@")


def test_without_the_setting_the_sender_is_the_envelopes_too(make_mail: MakeMail, settings: Settings) -> None:
    settings.MAIL_RETURN_PATH = ""
    message = build_message(make_mail())
    assert message.from_email == settings.DEFAULT_FROM_EMAIL


@pytest.mark.parametrize("address", ["bounces@mail.example.org", "bounces+1@mail.example.org", "", "bounces+x-y@a.b"])
def test_any_other_address_is_no_mails(address: str) -> None:
    assert mail_of_return_path(address) is None
    assert not take_bounce(address=address, report=b"", now=NOW)


def test_nobody_can_bounce_another_mail_with_the_tag_of_their_own(make_mail: MakeMail) -> None:
    own, other = make_mail(), make_mail(to="bob@example.org")
    forged = return_path_of(own).replace(f"+{own.pk}-", f"+{other.pk}-")
    assert mail_of_return_path(forged) is None


def test_an_address_that_does_not_exist_gets_no_more_mail(make_mail: MakeMail) -> None:
    mail = make_mail()
    assert bounce(mail)
    assert bounce(mail, now=NOW + datetime.timedelta(days=1))  # again: the end is the same
    mail.refresh_from_db()
    assert mail.bounced_at == NOW
    assert is_suppressed("alice@example.org", "anything")


def test_a_full_mailbox_is_noted_and_may_be_written_to_again(make_mail: MakeMail) -> None:
    mail = make_mail()
    assert bounce(mail, status="5.2.2")
    mail.refresh_from_db()
    assert mail.bounced_at == NOW
    assert not is_suppressed("alice@example.org", "anything")


@pytest.mark.parametrize("action", ["delayed", "delivered"])
def test_a_report_of_a_delay_or_a_delivery_is_no_bounce(make_mail: MakeMail, action: str) -> None:
    mail = make_mail()
    assert not bounce(mail, action=action, status="4.4.1")
    mail.refresh_from_db()
    assert mail.bounced_at is None


def test_an_out_of_office_reply_and_rubbish_are_no_bounces(make_mail: MakeMail) -> None:
    path = return_path_of(make_mail())
    for report in (b"Subject: I am away\n\nBack on Monday.", b"", b"\xff\x00\n\n--b"):
        assert not take_bounce(address=path, report=report, now=NOW)


def test_a_bounce_settles_a_mail_of_unknown_fate(make_mail: MakeMail) -> None:
    mail = make_mail()
    OutgoingMail.objects.filter(pk=mail.pk).update(state=MailState.UNKNOWN, went_out_at=NOW)
    assert bounce(mail)
    mail.refresh_from_db()
    assert mail.state == MailState.SENT


def test_the_mail_server_pipes_reports_to_the_command(make_mail: MakeMail, monkeypatch: pytest.MonkeyPatch) -> None:
    mail = make_mail()
    report = io.BytesIO(REPORT.format(action="failed", status="5.1.1").encode())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(report))
    call_command("take_bounce", return_path_of(mail))
    mail.refresh_from_db()
    assert mail.bounced_at is not None
