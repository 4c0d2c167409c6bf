"""The one-click unsubscribe of RFC 8058 and its page."""

import re
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from pytest_django import Settings

from foundation.mail.delivery import deliver_due
from foundation.mail.models import OutgoingMail, Suppression, SuppressionReason
from foundation.mail.signals import resubscribed, unsubscribed
from foundation.mail.suppression import EVERYTHING, is_suppressed, suppress
from foundation.mail.unsubscribe import describe_scope, register_scope, unsubscribe_url

from .conftest import MakeMail
from .sink import Sink

pytestmark = pytest.mark.django_db

ALICE = "alice@example.org"


@pytest.fixture(autouse=True)
def _named_scopes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foundation.mail.unsubscribe._describers", {})
    register_scope("group", lambda scope: f"Mails from Akron <{scope.partition(':')[2]}>")
    register_scope("promotions", lambda scope: "Invitations to events near you")


@pytest.fixture
def mail(make_mail: MakeMail) -> OutgoingMail:
    return make_mail(scope="group:17", wider_scopes=["promotions"], html="<html><body><p>Hi</p></body></html>")


def path_of(mail: OutgoingMail) -> str:
    return unsubscribe_url(mail).removeprefix("http://testserver")


def test_every_mail_nobody_asked_for_carries_the_link(sink: Sink, mail: OutgoingMail) -> None:
    deliver_due(worker="test")
    [message] = sink.messages
    url = unsubscribe_url(mail)
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    # On the wire as it is: what is cut into encoded words is no link to a mailbox provider.
    header = re.search(rb"\r\nList-Unsubscribe: <(http[^>]+)>\r\n", sink.last_bytes)
    assert header
    assert _token(header[1].decode()) == _token(url)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text
    assert html
    assert "/mail/unsubscribe/" in text.get_content()
    assert "Mails from Akron <17>" in text.get_content()
    assert "Mails from Akron &lt;17&gt;" in html.get_content()
    link = re.search(r'href="([^"]*/mail/unsubscribe/[^"]*)"', html.get_content())
    assert link
    assert _token(link[1]) == _token(url)


def _token(url: str) -> Any:
    return signing.loads(url.rstrip("/").rpartition("/")[2], salt="foundation.mail.unsubscribe")


def test_what_one_asked_for_carries_none(sink: Sink, make_mail: MakeMail) -> None:
    make_mail(is_transactional=True, html="<html><body>Hi</body></html>")
    deliver_due(worker="test")
    assert "unsubscribe" not in sink.messages[0].as_string().lower()


def test_the_link_shows_no_address(mail: OutgoingMail) -> None:
    assert "alice" not in unsubscribe_url(mail)
    assert _token(unsubscribe_url(mail)) == [mail.pk, "group:17"]


def test_one_click_works_at_once_without_cookie_or_login(mail: OutgoingMail) -> None:
    provider = Client(enforce_csrf_checks=True)
    response = provider.post(path_of(mail), {"List-Unsubscribe": "One-Click"})
    assert response.status_code == 200  # no redirect: RFC 8058 forbids it
    assert is_suppressed(ALICE, "group:17")
    assert not is_suppressed(ALICE, "group:18")
    mail.refresh_from_db()
    assert mail.unsubscribed_at


def test_one_click_twice_is_once(mail: OutgoingMail, client: Client) -> None:
    for _ in range(2):
        assert client.post(path_of(mail), {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Suppression.objects.count() == 1


def test_opening_the_link_changes_nothing(mail: OutgoingMail, client: Client) -> None:
    for _ in range(2):
        response = client.get(path_of(mail))
        assert response.status_code == 200
        assert "no-store" in response["Cache-Control"]
    client.head(path_of(mail))
    assert not Suppression.objects.exists()
    mail.refresh_from_db()
    assert mail.unsubscribed_at is None


def test_the_page_offers_this_group_all_promotions_and_everything(mail: OutgoingMail, client: Client) -> None:
    page = client.get(path_of(mail)).content.decode()
    assert (
        page.index("Mails from Akron &lt;17&gt;") < page.index("Invitations to events") < page.index("All mails from")
    )
    assert "alice" not in page


@pytest.mark.parametrize("scope", ["group:17", "promotions", EVERYTHING])
def test_the_page_ends_what_is_chosen(mail: OutgoingMail, client: Client, scope: str) -> None:
    page = client.post(path_of(mail), {"scope": scope}).content.decode()
    assert "You are unsubscribed" in page
    assert Suppression.objects.get().scope == scope


def test_a_scope_that_was_not_offered_is_not_ended(mail: OutgoingMail, client: Client) -> None:
    client.post(path_of(mail), {"scope": "group:99"})
    assert Suppression.objects.get().scope == "group:17"


def test_a_mistake_can_be_taken_back(mail: OutgoingMail, client: Client) -> None:
    client.post(path_of(mail), {"scope": "group:17"})
    page = client.post(path_of(mail), {"scope": "group:17", "action": "take back"}).content.decode()
    assert "subscribed again" in page
    assert not Suppression.objects.exists()
    mail.refresh_from_db()
    assert mail.unsubscribed_at is None


def test_a_bounce_cannot_be_taken_back_by_the_page(mail: OutgoingMail, client: Client) -> None:
    suppress(address=ALICE, scope=EVERYTHING, reason=SuppressionReason.BOUNCED)
    client.post(path_of(mail), {"scope": EVERYTHING, "action": "take back"})
    assert is_suppressed(ALICE)


@pytest.mark.parametrize("damage", [lambda t: t[:-1], lambda t: "x" + t, lambda t: "x", lambda t: t.swapcase()])
def test_a_damaged_link_says_so(mail: OutgoingMail, client: Client, damage: Any) -> None:
    token = path_of(mail).rstrip("/").rpartition("/")[2]
    for answer in (client.get, client.post):
        response = answer(f"/mail/unsubscribe/{damage(token)}/")
        assert response.status_code == 404
        assert "This link does not work" in response.content.decode()
    assert not Suppression.objects.exists()


def test_a_token_signed_for_another_purpose_does_not_work(mail: OutgoingMail, client: Client) -> None:
    token = signing.dumps([mail.pk, mail.scope], salt="elsewhere")
    assert client.post(f"/mail/unsubscribe/{token}/").status_code == 404


def test_the_page_speaks_the_language_of_the_mail(make_mail: MakeMail, client: Client) -> None:
    page = client.get(path_of(make_mail(language="es"))).content.decode()
    assert '<html lang="es"' in page


def test_a_scope_nobody_named_still_has_a_name(settings: Settings) -> None:
    assert describe_scope("orchard:1")


def test_the_apps_above_are_told(mail: OutgoingMail, client: Client) -> None:
    heard: list[tuple[str, str]] = []

    def hear(sender: object, address: str, scope: str, signal: object, **rest: Any) -> None:
        heard.append(("un" if signal is unsubscribed else "re", f"{address} {scope}"))

    unsubscribed.connect(hear)
    resubscribed.connect(hear)
    try:
        for action in ("", "", "take back", "take back"):
            client.post(path_of(mail), {"scope": "group:17", "action": action})
    finally:
        unsubscribed.disconnect(hear)
        resubscribed.disconnect(hear)
    assert heard == [("un", f"{ALICE} group:17"), ("re", f"{ALICE} group:17")]
