"""The scopes of mail that belong to no app in particular."""

from django.conf import settings
from django.utils.translation import gettext as _

from .unsubscribe import register_scope


def describe_network(scope: str) -> str:
    return _("News and notices from %(network)s") % {"network": settings.NETWORK_NAME}


def describe_account(scope: str) -> str:
    return _("Mails about your account")


def register() -> None:
    """Called once, when the app is ready."""
    register_scope("network", describe_network)
    register_scope("account", describe_account)
