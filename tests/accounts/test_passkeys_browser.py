"""Passkeys in a real browser, with a virtual authenticator in place of the finger."""

import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from foundation.accounts.models import User
from tests.browser import NewContext
from tests.factories import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FINGER = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(autouse=True)
def _over_plain_http(settings: Settings) -> None:
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True


def page_on_a_device_with_a_finger(new_context: NewContext, user: User) -> Page:
    """A page of somebody signed in, in a browser that makes and uses passkeys without asking."""
    page = new_context(user=user).new_page()
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": FINGER})
    return page


def test_a_passkey_is_added_and_signs_in_alone(new_context: NewContext) -> None:
    page = page_on_a_device_with_a_finger(new_context, make_user("ana@example.org"))
    page.goto("/accounts/2fa/webauthn/add/")
    page.get_by_label("Name of this key").fill("Ana’s phone")
    page.get_by_role("button", name="Add this passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.goto("/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("You are signed in as ana@example.org")).to_be_visible()


def test_staff_who_signed_in_with_a_passkey_are_asked_for_nothing_more(new_context: NewContext) -> None:
    page = page_on_a_device_with_a_finger(new_context, make_user(is_staff=True))
    page.goto("/accounts/2fa/webauthn/add/")
    page.get_by_role("button", name="Add this passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.context.clear_cookies()
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_role("link", name="Go to the staff pages").click()
    expect(page).to_have_url(re.compile(r"/national/$"))


def test_a_prompt_that_is_stopped_is_said_on_the_page(new_context: NewContext) -> None:
    page = new_context().new_page()
    page.add_init_script("navigator.credentials.get = () => Promise.reject(new DOMException('', 'NotAllowedError'))")
    page.goto("/accounts/login/")
    trouble = page.get_by_text("The passkey was not used")
    expect(trouble).to_be_hidden()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(trouble).to_be_visible()


def test_without_javascript_no_passkey_is_offered_and_a_code_still_signs_in(plain_page: Page) -> None:
    plain_page.goto("/accounts/login/")
    expect(plain_page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    plain_page.get_by_label("E-mail address").fill("ana@example.org")
    plain_page.get_by_role("button", name="Send me a code").click()
    expect(plain_page.get_by_role("heading", name="Check your e-mail")).to_be_visible()
