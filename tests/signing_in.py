"""Sessions for tests, as the sign-in pages would leave them."""

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.test import Client, RequestFactory

from foundation.accounts.models import SECOND_FACTORS, User


def sign_in(client: Client, user: User, *, second_factor: bool = True) -> None:
    """Sign `user` in on `client` just now, by a code and, where they have one and it is wanted, a second factor."""
    client.force_login(user)
    request = RequestFactory().get("/")
    request.session = client.session
    record_authentication(request, user, method="code", email=user.email)
    if second_factor and is_mfa_enabled(user, types=SECOND_FACTORS):
        record_authentication(request, user, method="mfa", type="totp")
    request.session.save()


def session_of(user: User) -> str:
    """The value of a session cookie with which `user` is signed in."""
    client = Client()
    sign_in(client, user)
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)
