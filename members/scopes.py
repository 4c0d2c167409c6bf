"""The names of the scopes of consent for people: the network's own, and those of groups, which the app above gives."""

from collections.abc import Callable

from django.conf import settings
from django.utils.translation import gettext as _

from .models.consent import NETWORK

type NameScope = Callable[[str], str]
_names: dict[str, NameScope] = {}


def register_scope_name(prefix: str, name: NameScope) -> None:
    """Say what scopes that begin with `prefix` (up to the colon) are called: "Akron Neighbors". Called in `ready()`.

    `name` gets the whole scope ("group:17"); it answers "" where there is no such group any more.
    """
    _names[prefix] = name


def name_of_scope(scope: str) -> str:
    """Who stands behind a scope, in words for people."""
    if scope == NETWORK:
        return str(settings.NETWORK_NAME)
    name = _names.get(scope.partition(":")[0])
    return (name(scope) if name else "") or _("a group")
