"""What a session has shown of its user's second factor."""

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from django.dispatch import receiver
from django.http import HttpRequest

from .models import SECOND_FACTORS, User


def has_passed_second_factor(request: HttpRequest) -> bool:
    """Did this session give a code of an app, a recovery code or a passkey, or set one up?"""
    return any(passed["method"] == "mfa" for passed in get_authentication_records(request, request.user))


@receiver(authenticator_added)
def count_setting_up_as_passing(request: HttpRequest, user: User, authenticator: Authenticator, **details: Any) -> None:
    """Setting one up took a code of the app or the key itself: do not ask for it again a second later.

    An app's code is good once, so that whoever was asked would have to wait for the next.
    """
    if authenticator.type in SECOND_FACTORS:
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type, reauthenticated=True)
