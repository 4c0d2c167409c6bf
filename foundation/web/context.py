"""What every template knows."""

from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest
from django.utils.translation import get_language, get_language_bidi


def site() -> dict[str, Any]:
    """What a page knows without any request: the network's own settings and the language."""
    return {
        "NETWORK_NAME": settings.NETWORK_NAME,
        "NETWORK_EMAIL": settings.NETWORK_EMAIL,
        "NETWORK_PLATFORM_URL": settings.NETWORK_PLATFORM_URL,
        "NETWORK_LOGO": settings.NETWORK_LOGO,
        "NETWORK_STYLESHEET": settings.NETWORK_STYLESHEET,
        "SITE_URL": settings.SITE_URL,
        "IS_LOCAL": settings.DEBUG,
        "LANGUAGE": get_language() or settings.LANGUAGE_CODE,
        "DIRECTION": "rtl" if get_language_bidi() else "ltr",
    }


def network(request: HttpRequest) -> dict[str, Any]:
    """The context processor: `site()`, who is signed in, and the messages of the last act.

    Most visitors have no session. For them neither the session nor the user is looked at: a look would
    mark the page as different for each cookie, and cost a query.
    """
    has_session = _has_session(request)
    return {
        **site(),
        "HERE": request.get_full_path(),
        "SIGNED_IN": (has_session or hasattr(request, "_cached_user")) and request.user.is_authenticated,
        "messages": _messages(request, has_session=has_session),
    }


def is_stranger(request: HttpRequest) -> bool:
    """Whether the page is for somebody of whom nothing is known: no session, no message left for them."""
    return (
        not _has_session(request) and not hasattr(request, "_cached_user") and not _messages(request, has_session=False)
    )


def _has_session(request: HttpRequest) -> bool:
    # Without `user` the request was refused before it got as far as the session.
    return settings.SESSION_COOKIE_NAME in request.COOKIES and hasattr(request, "user")


def _messages(request: HttpRequest, *, has_session: bool) -> Any:
    """Django's messages, read only where there may be some: in a cookie, in a session, or new in this request."""
    stored = get_messages(request)
    if has_session or "messages" in request.COOKIES or getattr(stored, "added_new", False):
        return stored
    return ()
