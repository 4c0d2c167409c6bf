"""Signing in without the pages of it: for tests that are about something else."""

import time

from django.test import Client

from foundation.accounts.models import User


def sign_in(user: User, *, client: Client | None = None, second_factor: bool = False) -> Client:
    """A client that is signed in as `user`; with `second_factor` its session has passed it, a moment ago.

    Staff pages open to no session that has not (StaffSecondFactorMiddleware).
    """
    client = client or Client()
    client.force_login(user)
    if second_factor:
        session = client.session
        # As allauth.account.internal.flows.login.record_authentication leaves it.
        session["account_authentication_methods"] = [
            {"method": "mfa", "at": time.time(), "id": 0, "type": "totp", "reauthenticated": True}
        ]
        session["account_authentication_methods_user"] = str(user.pk)
        session.save()
    return client
