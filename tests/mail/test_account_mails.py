"""allauth's mails take the same way as all others."""

import re
from pathlib import Path

import pytest
from django.conf import settings as site_settings
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from foundation.mail.delivery import deliver_due
from foundation.mail.models import MailState, OutgoingMail, Priority, SuppressionReason
from foundation.mail.suppression import suppress
from tests.factories import make_user

from .sink import Sink

pytestmark = pytest.mark.django_db


def ask_for_code(client: Client, email: str) -> OutgoingMail:
    response = client.post(reverse("account_login"), {"login": email})
    assert response.status_code == 302
    return OutgoingMail.objects.latest("pk")


def test_a_sign_in_code_is_queued_and_goes_first(client: Client) -> None:
    mail = ask_for_code(client, make_user("alice@example.org").email)
    assert (mail.to_email, mail.purpose, mail.scope) == ("alice@example.org", "login code", "account")
    assert (mail.is_transactional, mail.priority, mail.state) == (True, Priority.NOW, MailState.QUEUED)
    assert not re.search(
        r"[A-Z0-9]{3}-?[A-Z0-9]{3}", mail.subject.replace("Many Hands Network", "")
    )  # it shows on locked phones


def test_the_code_signs_in_and_is_forgotten_once_sent(client: Client, sink: Sink, settings: Settings) -> None:
    settings.MAIL_KEEP_BODIES = False
    mail = ask_for_code(client, make_user("alice@example.org").email)
    code = mail.text.partition("    ")[2].partition("\n")[0].strip()
    assert code
    deliver_due(worker="test")
    sent = OutgoingMail.objects.get()
    assert (sent.state, sent.text, sent.html) == (MailState.SENT, "", "")
    assert code in sink.messages[0].as_string()
    response = client.post(reverse("account_confirm_login_code"), {"code": code})
    assert response.status_code == 302
    assert client.session["_auth_user_id"]


def test_a_code_comes_even_to_who_unsubscribed_from_everything(client: Client) -> None:
    user = make_user("alice@example.org")
    suppress(address=user.email, scope="", reason=SuppressionReason.UNSUBSCRIBED)
    assert ask_for_code(client, user.email).state == MailState.QUEUED


def test_a_code_comes_in_the_users_language_or_the_pages(client: Client) -> None:
    client.cookies[site_settings.LANGUAGE_COOKIE_NAME] = "es"
    mail = ask_for_code(client, make_user("alice@example.org").email)
    assert mail.language == "es"
    assert '<html lang="es"' in mail.html


def test_known_and_unknown_addresses_get_the_same_answer_and_the_same_mail(client: Client) -> None:
    """Signing in is signing up: whoever owns an address gets a code, and nobody learns who is known.

    (That the answers take the same time is in tests/accounts/test_signing_in.py.)
    """
    make_user("alice@example.org")
    answers = []
    for email in ("alice@example.org", "nobody@example.org"):
        client.cookies.clear()
        response = client.post(reverse("account_login"), {"login": email})
        mail = OutgoingMail.objects.get(to_email=email)
        words = re.sub(r"[A-Z0-9]{4}-[A-Z0-9]{4}", "CODE", mail.text)
        answers.append((response.status_code, response["Location"], mail.purpose, mail.subject, words))
    assert answers[0] == answers[1]
    assert "CODE" in answers[0][-1]


@pytest.mark.parametrize("path", sorted(Path(site_settings.BASE_DIR, "templates/accounts/mail").glob("*.txt")))
def test_every_account_mail_can_be_made(path: Path) -> None:
    from foundation.mail.rendering import render_mail

    if path.stem == "notice":
        pytest.skip("the frame of others")
    for language in ("en", "es"):
        mail = render_mail(f"accounts/{path.stem}", {"code": "ABC-DEF", "signup_url": "https://a.example/"}, language)
        assert mail.subject
        assert "ABC-DEF" not in mail.subject
        assert len(mail.text) > 80
        assert f'lang="{language}"' in mail.html
