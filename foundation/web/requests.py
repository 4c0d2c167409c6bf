"""Middleware about the request itself: its id, its log line, input that no page can use, personal pages."""

import logging
import re
import time
from contextvars import ContextVar
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from .middleware import GetResponse

logger = logging.getLogger("network.requests")
request_id: ContextVar[str] = ContextVar("request_id", default="-")

_ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


class RequestIdMiddleware:
    """Gives each request an id (a proxy's X-Request-ID where it is well formed) and writes its log line.

    The line names the route's pattern, never the address: addresses can hold what somebody typed.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        offered = request.headers.get("X-Request-ID", "")
        this = offered if _ACCEPTABLE_ID.fullmatch(offered) else uuid4().hex
        token = request_id.set(this)
        began = time.perf_counter()
        try:
            response = self.get_response(request)
            route = request.resolver_match.route if request.resolver_match else "-"
            logger.info(
                "%s %s %s",
                request.method,
                route,
                response.status_code,
                extra={"milliseconds": round((time.perf_counter() - began) * 1000, 1)},
            )
        finally:
            request_id.reset(token)
        response.headers["X-Request-ID"] = this
        return response


class BadInputMiddleware:
    """Answers 400 in words to a NUL byte or broken text anywhere in the address: Postgres can store neither."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if _unusable(request.path_info) or _unusable(request.META.get("QUERY_STRING", "")):
            return refuse(request)
        return self.get_response(request)


def _unusable(text: str) -> bool:
    lowered = text.lower()
    return "\x00" in text or "%00" in lowered or "\ufffd" in text or len(text) > 8_000


def refuse(request: HttpRequest) -> HttpResponse:
    """The 400 page for an address that cannot be understood."""
    message = _("The address has characters in it that cannot be used, or is too long.")
    return render(request, "web/400.html", {"message": message}, status=400)


# Browsers keep these for ever unless told otherwise (RFC 9111, 4.2.2): a group that ended may come back, and whoever
# changes the language reads the page anew.
_KEPT_FOR_EVER = (300, 410)


class StoringMiddleware:
    """Pages made for somebody signed in are never stored by browsers or proxies, and none is kept for ever."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        # `_cached_user` exists only where the page looked at who is signed in; a look from here would cost a query.
        user = getattr(request, "_cached_user", None)
        if user is not None and user.is_authenticated:
            patch_cache_control(response, private=True, no_store=True)
        elif response.status_code in _KEPT_FOR_EVER:
            patch_cache_control(response, no_cache=True)
        return response
