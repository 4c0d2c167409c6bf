"""Before something weighty: is it still you?"""

import datetime

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from foundation.accounts.models import User
from foundation.mail.models import OutgoingMail
from tests.accounts.clients import signed_in
from tests.accounts.mails import code_in, latest_mail
from tests.factories import make_user
from tests.signing_in import give_factors

pytestmark = pytest.mark.django_db

PAGE, EXPORT = "/accounts/again/", "/me/export/"
ADA = "ada@example.org"


@pytest.fixture
def user(db: None) -> User:
    return make_user(ADA)


@pytest.fixture
def stale(user: User) -> Client:
    """A session that is too old to show who is there."""
    client = Client()
    client.force_login(user)
    return client


def ask(client: Client) -> str:
    client.post(PAGE, {"next": EXPORT})
    return code_in(latest_mail(ADA))


def test_whoever_has_just_signed_in_is_not_asked(user: User) -> None:
    assert signed_in(user).get(EXPORT).status_code == 200


def test_after_five_minutes_one_is_asked(user: User) -> None:
    client = signed_in(user)
    with time_machine.travel(timezone.now() + datetime.timedelta(seconds=301)):
        assert client.get(EXPORT).headers["Location"].startswith(PAGE)


def test_a_code_from_a_mail_leads_back_to_the_page(stale: Client) -> None:
    shown = stale.get(stale.get(EXPORT).headers["Location"]).content.decode()
    assert "Send me a code" in shown
    assert not OutgoingMail.objects.exists()  # opening the page sends nothing
    code = ask(stale)
    assert stale.post(PAGE, {"code": code.lower(), "next": EXPORT}).headers["Location"] == EXPORT
    assert stale.get(EXPORT).status_code == 200


def test_an_address_to_go_back_to_that_makes_no_sense_is_no_error(user: User) -> None:
    assert signed_in(user).get(PAGE, {"next": "nowhere"}).status_code == 302


def test_a_code_works_once(stale: Client) -> None:
    code = ask(stale)
    stale.post(PAGE, {"code": code, "next": EXPORT})
    with time_machine.travel(timezone.now() + datetime.timedelta(seconds=301)):
        stale.post(PAGE, {"code": code, "next": EXPORT})
        assert stale.get(EXPORT).status_code == 302


def test_a_wrong_code_says_so_and_five_end_the_try(stale: Client) -> None:
    code = ask(stale)
    for _number in range(5):
        shown = stale.post(PAGE, {"code": "XXXX-XXXX", "next": EXPORT}).content.decode()
        assert "There is a problem" in shown
    stale.post(PAGE, {"code": code, "next": EXPORT})
    assert stale.get(EXPORT).status_code == 302


def test_a_code_is_good_for_ten_minutes(stale: Client) -> None:
    code = ask(stale)
    with time_machine.travel(timezone.now() + datetime.timedelta(seconds=601)):
        stale.post(PAGE, {"code": code, "next": EXPORT})
        assert stale.get(EXPORT).status_code == 302


def test_nobody_has_many_codes_sent(stale: Client) -> None:
    answers = [stale.post(PAGE, {"next": EXPORT}).status_code for _number in range(11)]
    assert answers == [302] * 10 + [429]


@pytest.mark.parametrize("there", ["https://evil.example/", "//evil.example/", ""])
def test_it_leads_to_no_other_site(stale: Client, there: str) -> None:
    code = ask(stale)
    assert stale.post(PAGE, {"code": code, "next": there}).headers["Location"] == "/me/"


def test_whoever_has_a_second_factor_is_asked_for_that(user: User, stale: Client) -> None:
    give_factors(user)
    assert stale.get(EXPORT).headers["Location"] == "/accounts/2fa/reauthenticate/?next=%2Fme%2Fexport%2F"
    # A code by mail would be the weaker way.
    assert stale.post(PAGE).headers["Location"] == "/accounts/2fa/reauthenticate/?next=%2Fme%2F"
    assert not OutgoingMail.objects.exists()
    assert signed_in(user).get(EXPORT).status_code == 302  # a code alone is not enough for them
    assert signed_in(user, second_factor=True).get(EXPORT).status_code == 200


def test_how_long_it_is_good_for_is_the_same_setting_as_for_second_factors(settings: Settings, user: User) -> None:
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    assert signed_in(user).get(EXPORT).status_code == 302
