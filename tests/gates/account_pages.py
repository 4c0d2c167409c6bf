"""Signing in, and the pages of whoever is signed in."""

import re
import secrets

from django.urls import reverse
from playwright.sync_api import Page as BrowserPage

from foundation.accounts.models import StaffTask, User
from foundation.mail.models import OutgoingMail
from tests.factories import make_staff, make_user
from tests.signing_in import give_factors, make_passkey

from .visits import Visit, page, send

ADA = "ada@example.org"


def latest_code() -> str:
    """The code in the latest mail."""
    found = re.search(r"^\s*([A-Z0-9]{3,}(?:-[A-Z0-9]{3,})?)\s*$", OutgoingMail.objects.latest("pk").text, re.MULTILINE)
    assert found
    return found[1]


def make_user_with_factors() -> User:
    """A user with an authenticator app, recovery codes and a passkey."""
    user = make_user(name="Ada Díaz")
    give_factors(user)
    return user


# --- signing in ---------------------------------------------------------------------------------------------


@page("accounts/login/")
def sign_in() -> Visit:
    return Visit("/accounts/login/?next=/me/")


@page("accounts/login/")
def sign_in_with_errors() -> Visit:
    return Visit("/accounts/login/", then=send(login="no address"))


@page("accounts/login/code/confirm/")
def sign_in_code() -> Visit:
    make_user(ADA)
    return Visit("/accounts/login/", then=send(login=ADA))


@page("accounts/login/code/confirm/")
def sign_in_code_that_is_wrong() -> Visit:
    make_user(ADA)

    def steps(page: BrowserPage) -> None:
        send(login=ADA)(page)
        send(code="WRONG1")(page)

    return Visit("/accounts/login/", then=steps)


@page("accounts/2fa/authenticate/")
def second_factor() -> Visit:
    user = make_staff(StaffTask.PEOPLE, email=ADA)
    make_passkey(user)

    def steps(page: BrowserPage) -> None:
        send(login=ADA)(page)
        send(code=latest_code())(page)

    return Visit("/accounts/login/", then=steps)


@page("accounts/signup/")
def sign_up() -> Visit:
    return Visit("/accounts/signup/")


@page("accounts/signup/")
def sign_up_with_errors() -> Visit:
    return Visit("/accounts/signup/", then=send(email="no address"))


@page("accounts/confirm-email/")
def sign_up_code() -> Visit:
    def steps(page: BrowserPage) -> None:
        send(email=f"{secrets.token_hex(4)}@example.org")(page)

    return Visit("/accounts/signup/", then=steps)


@page("accounts/inactive/")
def account_closed() -> Visit:
    return Visit("/accounts/inactive/")


# --- one's own account --------------------------------------------------------------------------------------


@page("me/")
def me() -> Visit:
    return Visit("/me/", user=make_user(name="Ada Díaz"))


@page("me/")
def me_with_factors() -> Visit:
    return Visit("/me/", user=make_user_with_factors())


@page("me/")
def me_as_staff() -> Visit:
    return Visit("/me/", user=make_staff(StaffTask.PEOPLE, StaffTask.AGREEMENTS))


@page("accounts/email/")
def email_address() -> Visit:
    return Visit(reverse("account_email"), user=make_user())


@page("accounts/logout/")
def sign_out() -> Visit:
    return Visit(reverse("account_logout"), user=make_user())


# --- second factors -----------------------------------------------------------------------------------------


@page("accounts/2fa/")
def second_factors_none() -> Visit:
    return Visit(reverse("mfa_index"), user=make_user())


@page("accounts/2fa/")
def second_factors_all() -> Visit:
    return Visit(reverse("mfa_index"), user=make_user_with_factors())


@page("accounts/2fa/totp/activate/")
def authenticator_app_setup() -> Visit:
    return Visit(reverse("mfa_activate_totp"), user=make_user())


@page("accounts/2fa/totp/activate/")
def authenticator_app_setup_with_errors() -> Visit:
    return Visit(reverse("mfa_activate_totp"), user=make_user(), then=send(code="000000"))


@page("accounts/2fa/totp/deactivate/")
def authenticator_app_removal() -> Visit:
    return Visit(reverse("mfa_deactivate_totp"), user=make_user_with_factors())


@page("accounts/2fa/recovery-codes/")
def recovery_codes() -> Visit:
    return Visit(reverse("mfa_view_recovery_codes"), user=make_user_with_factors())


@page("accounts/2fa/recovery-codes/generate/")
def recovery_codes_anew() -> Visit:
    return Visit(reverse("mfa_generate_recovery_codes"), user=make_user_with_factors())


@page("accounts/2fa/webauthn/")
def passkeys_none() -> Visit:
    return Visit(reverse("mfa_list_webauthn"), user=make_user())


@page("accounts/2fa/webauthn/")
def passkeys() -> Visit:
    return Visit(reverse("mfa_list_webauthn"), user=make_user_with_factors())


@page("accounts/2fa/webauthn/add/")
def passkey_new() -> Visit:
    return Visit(reverse("mfa_add_webauthn"), user=make_user())


@page("accounts/2fa/webauthn/keys/<int:pk>/edit/")
def passkey_rename() -> Visit:
    user = make_user()
    return Visit(reverse("mfa_edit_webauthn", args=[make_passkey(user).pk]), user=user)


@page("accounts/2fa/webauthn/keys/<int:pk>/remove/")
def passkey_removal() -> Visit:
    user = make_user()
    return Visit(reverse("mfa_remove_webauthn", args=[make_passkey(user).pk]), user=user)


@page("accounts/2fa/reauthenticate/")
def is_it_you() -> Visit:
    return Visit(reverse("mfa_reauthenticate"), user=make_user_with_factors())


@page("accounts/2fa/webauthn/reauthenticate/")
def is_it_you_by_passkey() -> Visit:
    return Visit(reverse("mfa_reauthenticate_webauthn"), user=make_user_with_factors())
