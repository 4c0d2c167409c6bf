"""What a local run shows instead of sending: the console and the outbox page."""

import io

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from django.urls import NoReverseMatch, reverse
from pytest_django import Settings

from foundation.accounts.demo_authenticator import build_panel, present_code
from foundation.accounts.models import StaffTask
from foundation.mail import outbox_page
from foundation.mail.console import OutboxConsoleBackend
from foundation.mail.delivery import deliver_due
from foundation.mail.messages import build_message
from foundation.mail.models import MailState, OutgoingMail
from tests.factories import make_staff

from .conftest import MakeMail

pytestmark = pytest.mark.django_db
local = pytest.mark.urls("tests.mail.outbox_urls")


def test_outside_local_runs_there_is_no_outbox_page(client: Client) -> None:
    with pytest.raises(NoReverseMatch):
        reverse("outbox")
    assert client.get("/outbox/").status_code == 404


@local
def test_the_latest_mails_are_listed(client: Client, make_mail: MakeMail) -> None:
    for number in range(52):
        make_mail(subject=f"Number {number}.")
    page = client.get("/outbox/").content.decode()
    assert page.index("Number 51.") < page.index("Number 50.") < page.index("Number 2.")
    assert "Number 1." not in page


@local
def test_an_empty_outbox_says_so(client: Client) -> None:
    assert "No mail yet" in client.get("/outbox/").content.decode()


@local
def test_a_mail_is_shown_in_a_frame_that_can_do_nothing(client: Client, make_mail: MakeMail) -> None:
    mail = make_mail(html="<html><body><p>Hi</p><script>alert(1)</script></body></html>", text="Hi <there>")
    page = client.get(f"/outbox/{mail.pk}/")
    text = page.content.decode()
    assert "Hi &lt;there&gt;" in text
    assert f'src="/outbox/{mail.pk}/html/"' in text
    assert "sandbox" in text
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    frame = client.get(f"/outbox/{mail.pk}/html/")
    assert frame["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert frame["X-Frame-Options"] == "SAMEORIGIN"
    assert "/mail/unsubscribe/" in frame.content.decode()  # as its receiver sees it


@local
def test_a_mail_without_html_or_whose_text_is_gone_is_shown_too(client: Client, make_mail: MakeMail) -> None:
    mail = make_mail()
    assert client.get(f"/outbox/{mail.pk}/html/").status_code == 404
    OutgoingMail.objects.update(state=MailState.FAILED, text="")
    assert "has been removed" in client.get(f"/outbox/{mail.pk}/").content.decode()


def test_the_console_shows_recipient_subject_and_text(make_mail: MakeMail) -> None:
    stream = io.StringIO()
    backend = OutboxConsoleBackend(alias="default", stream=stream)
    message = build_message(make_mail(subject="Your code", text="    ABC-DEF", is_transactional=True))
    assert backend.send_messages([message]) == 1
    assert stream.getvalue() == "\n  ┌ Mail to alice@example.org: Your code\n  │ ABC-DEF\n  └\n"


def test_what_the_console_shows_counts_as_sent(
    make_mail: MakeMail, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.MAILERS = {"default": {"BACKEND": "foundation.mail.console.OutboxConsoleBackend"}}
    mail = make_mail()
    deliver_due(worker="test")
    mail.refresh_from_db()
    assert (mail.state, mail.text) == (MailState.SENT, "Hello there.")
    assert "Mail to alice@example.org: Hello" in capsys.readouterr().out


@local
def test_the_demo_authenticator_shows_codes_that_work(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_page, "_panels", [])
    outbox_page.register_outbox_panel(build_panel)
    outbox_page.register_outbox_panel(build_panel)
    staff = make_staff(StaffTask.PEOPLE, email="staff@demo.example")
    make_staff(StaffTask.PEOPLE, email="real@example.org")
    [panel] = [build_panel()]
    [(email, code)] = panel.rows
    assert email == "staff@demo.example"
    authenticator = Authenticator.objects.get(user=staff)
    assert code == present_code(authenticator)
    assert TOTP(authenticator).validate_code(code)
    page = client.get("/outbox/").content.decode()
    assert page.count("Demo authenticator") == 1
    assert "real@example.org" not in page
