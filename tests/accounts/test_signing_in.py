"""Signing in and signing up: by a code, told nothing about who has an account."""

import datetime
import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from affiliates.models import GroupRole, Role
from foundation.accounts.models import User
from foundation.accounts.unconfirmed import forget_unconfirmed
from foundation.mail.models import OutgoingMail
from tests.accounts.clients import signed_in
from tests.accounts.mails import code_in, latest_mail
from tests.factories import make_group, make_user

pytestmark = pytest.mark.django_db

LOGIN, CONFIRM, SIGNUP, VERIFY = (
    "/accounts/login/",
    "/accounts/login/code/confirm/",
    "/accounts/signup/",
    "/accounts/confirm-email/",
)


def ask_for_code(client: Client, address: str) -> str:
    """Ask for a code on the sign-in page; gives the page that then asks for it, with the address taken out."""
    answer = client.post(LOGIN, {"login": address})
    assert (answer.status_code, answer.headers["Location"]) == (302, CONFIRM)
    return body(client.get(CONFIRM)).replace(address, "ADDRESS")


def body(answer: object) -> str:
    text: str = answer.content.decode()  # type: ignore[attr-defined]
    token = text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    return text.replace(token, "TOKEN") if token else text


def test_signing_in_takes_the_address_and_the_code_of_the_mail(client: Client) -> None:
    user = make_user("ana@example.org")
    ask_for_code(client, "ana@example.org")
    answer = client.post(CONFIRM, {"code": code_in(latest_mail("ana@example.org"))})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/me/")
    assert "You are signed in as ana@example.org" in client.get("/me/").content.decode()
    assert client.session["_auth_user_id"] == str(user.pk)


def test_the_address_and_the_code_may_be_typed_in_any_case(client: Client) -> None:
    make_user("ana@example.org")
    client.post(LOGIN, {"login": " ANA@Example.org "})
    code = code_in(latest_mail("ana@example.org"))
    assert client.post(CONFIRM, {"code": code.lower().replace("-", " ")}).headers["Location"] == "/me/"


@pytest.mark.parametrize(("page", "field"), [(LOGIN, "login"), (SIGNUP, "email")])
def test_an_address_is_kept_as_mails_and_people_have_it(client: Client, page: str, field: str) -> None:
    """Otherwise its owner is not found by it, and an unsubscribe does not reach it."""
    client.post(page, {field: "Ada@Bücher.example"})
    assert User.objects.get().email == EmailAddress.objects.get().email == "ada@xn--bcher-kva.example"
    refused = Client().post(page, {field: "ada@" + "ü" * 63 + ".example"})  # in ASCII longer than a name may be
    assert "There is a problem" in body(refused)
    assert User.objects.count() == 1


def test_a_user_made_by_hand_signs_in_too_and_the_code_proves_the_address(client: Client) -> None:
    user = User.objects.create_superuser("boss@example.org")
    ask_for_code(client, "boss@example.org")
    client.post(CONFIRM, {"code": code_in(latest_mail("boss@example.org"))})
    assert EmailAddress.objects.get(user=user).verified


def test_a_wrong_code_says_so_and_five_end_the_try(client: Client) -> None:
    make_user("ana@example.org")
    ask_for_code(client, "ana@example.org")
    right = code_in(latest_mail("ana@example.org"))
    for _ in range(4):
        answer = client.post(CONFIRM, {"code": "XXXX-XXXX"})
        assert "There is a problem" in answer.content.decode()
        assert "<title>Error: Enter the code" in answer.content.decode()
    assert client.post(CONFIRM, {"code": "XXXX-XXXX"}).status_code == 302
    client.post(CONFIRM, {"code": right})
    assert "_auth_user_id" not in client.session


def test_a_code_works_once(client: Client) -> None:
    make_user("ana@example.org")
    ask_for_code(client, "ana@example.org")
    code = code_in(latest_mail("ana@example.org"))
    client.post(CONFIRM, {"code": code})
    client.post("/accounts/logout/")
    client.post(CONFIRM, {"code": code})
    assert "_auth_user_id" not in client.session


def test_known_and_unknown_addresses_get_the_same_answer_and_the_same_mail() -> None:
    make_user("known@example.org")
    known, unknown = Client(), Client()
    assert ask_for_code(known, "known@example.org") == ask_for_code(unknown, "unknown@example.org")
    wrong = [body(c.post(CONFIRM, {"code": "XXXX-XXXX"})).replace(a, "ADDRESS") for c, a in (
        (known, "known@example.org"), (unknown, "unknown@example.org"))]  # fmt: skip
    assert wrong[0] == wrong[1]
    texts = []
    for address in ("known@example.org", "unknown@example.org"):
        mail = OutgoingMail.objects.get(to_email=address)
        texts.append((mail.subject, mail.text.replace(code_in(mail), "CODE")))
    assert texts[0] == texts[1]


def test_signing_in_the_first_time_is_signing_up(client: Client) -> None:
    ask_for_code(client, "New.Person@Example.org")
    answer = client.post(CONFIRM, {"code": code_in(latest_mail("new.person@example.org"))})
    assert answer.headers["Location"] == "/me/"
    user = User.objects.get(email="new.person@example.org")
    assert EmailAddress.objects.get(user=user).verified
    assert client.session["_auth_user_id"] == str(user.pk)


def test_signing_in_the_first_time_keeps_the_language(client: Client) -> None:
    client.post("/language/", {"language": "es"})
    ask_for_code(client, "nueva@example.org")
    assert User.objects.get(email="nueva@example.org").language == "es"


def test_an_address_that_somebody_only_typed_is_forgotten_after_two_days(client: Client) -> None:
    ask_for_code(client, "typed@example.org")
    ask_for_code(Client(), "later@example.org")
    kept = make_user("kept@example.org")
    bound = User.objects.create_user("bound@example.org")
    EmailAddress.objects.create(user=bound, email=bound.email, primary=True)
    GroupRole.objects.create(group=make_group(), user=bound, role=Role.CONTACT)
    long_ago = timezone.now() - datetime.timedelta(days=3)
    User.objects.get_queryset().exclude(email="later@example.org").update(joined_at=long_ago)
    forget_unconfirmed()
    left = set(User.objects.values_list("email", flat=True))
    assert left == {"later@example.org", kept.email, bound.email}


@pytest.mark.parametrize(("page", "field"), [(LOGIN, "login"), (SIGNUP, "email")])
def test_signing_in_and_up_answer_no_earlier_for_whom_they_know(settings: Settings, page: str, field: str) -> None:
    settings.EVEN_ANSWER_SECONDS = 0.4
    make_user("known@example.org")
    for address in ("known@example.org", "unknown@example.org"):
        began = time.monotonic()
        Client().post(page, {field: address})
        assert time.monotonic() - began >= 0.4


def test_signing_up_takes_the_address_and_the_code_of_the_mail(client: Client) -> None:
    answer = client.post(SIGNUP, {"email": "New.Person@Example.org"})
    assert answer.headers["Location"] == VERIFY
    assert "Check your e-mail" in client.get(VERIFY).content.decode()
    answer = client.post(VERIFY, {"code": code_in(latest_mail("new.person@example.org"))})
    assert answer.headers["Location"] == "/me/"
    user = User.objects.get(email="new.person@example.org")
    assert user.password.startswith("!")
    assert client.session["_auth_user_id"] == str(user.pk)


def test_signing_up_with_a_known_address_gets_the_same_answer_and_a_mail_that_says_so() -> None:
    make_user("known@example.org")
    pages = []
    for address in ("known@example.org", "unknown@example.org"):
        client = Client()
        assert client.post(SIGNUP, {"email": address}).headers["Location"] == VERIFY
        pages.append(body(client.get(VERIFY)).replace(address, "ADDRESS"))
    assert pages[0] == pages[1]
    assert "There is one already" in latest_mail("known@example.org").text
    assert User.objects.filter(email="known@example.org").count() == 1


def test_a_new_code_can_be_asked_for(client: Client) -> None:
    make_user("ana@example.org")
    ask_for_code(client, "ana@example.org")
    old = code_in(latest_mail("ana@example.org"))
    client.post(CONFIRM, {"action": "resend"})
    new = code_in(latest_mail("ana@example.org"))
    assert new != old
    assert client.post(CONFIRM, {"code": new}).headers["Location"] == "/me/"


def test_whoever_was_sent_to_sign_in_comes_back_to_the_page(client: Client) -> None:
    make_user("ana@example.org")
    client.post(LOGIN, {"login": "ana@example.org", "next": "/accounts/email/"})
    code = code_in(latest_mail("ana@example.org"))
    answer = client.post(CONFIRM, {"code": code, "next": "/accounts/email/"})
    assert answer.headers["Location"] == "/accounts/email/"


def test_nobody_is_sent_to_another_site_after_signing_in(client: Client) -> None:
    make_user("ana@example.org")
    client.post(LOGIN, {"login": "ana@example.org", "next": "https://evil.example/"})
    code = code_in(latest_mail("ana@example.org"))
    answer = client.post(CONFIRM, {"code": code, "next": "https://evil.example/"})
    assert answer.headers["Location"] == "/me/"


@pytest.mark.parametrize("path", ["change/", "set/", "reset/", "reset/key/1-abc/", "reset/done/"])
def test_there_are_no_password_pages(client: Client, path: str) -> None:
    assert client.get(f"/accounts/password/{path}").status_code == 404


def test_nobody_is_ever_asked_for_a_password_whatever_their_row_holds() -> None:
    user = User.objects.create_superuser("boss@example.org", password="a-password-from-createsuperuser")
    TOTP.activate(user, generate_totp_secret())
    page = signed_in(user).get("/accounts/2fa/totp/deactivate/", follow=True)
    assert page.redirect_chain[-1][0].startswith("/accounts/2fa/reauthenticate/")
    assert "assword" not in page.content.decode()


def test_the_separate_page_for_asking_a_code_is_the_sign_in_page(client: Client) -> None:
    answer = client.get("/accounts/login/code/?next=/me/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/login/?next=/me/")


def test_too_many_tries_are_stopped_in_words(client: Client) -> None:
    answers = [client.post(LOGIN, {"login": "ana@example.org"}) for _ in range(31)]
    assert answers[-1].status_code == 429
    assert "Too many tries" in answers[-1].content.decode()


def test_a_closed_account_cannot_be_signed_in_to(client: Client) -> None:
    make_user("gone@example.org", is_active=False)
    client.post(LOGIN, {"login": "gone@example.org"})
    assert "There is no account with it yet" in latest_mail("gone@example.org").text


def test_changing_the_address_takes_a_code_sent_to_the_new_one(client: Client) -> None:
    user = make_user("old@example.org")
    client.force_login(user)
    client.post("/accounts/email/", {"email": "new@example.org", "action_add": ""})
    user.refresh_from_db()
    assert user.email == "old@example.org"
    client.post(VERIFY, {"code": code_in(latest_mail("new@example.org"))})
    user.refresh_from_db()
    assert user.email == "new@example.org"
    assert latest_mail("old@example.org").subject == "Your e-mail address has changed"
