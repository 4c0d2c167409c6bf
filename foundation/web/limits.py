"""How often one client may do a thing."""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render


def client_address(request: HttpRequest) -> str:
    """The client's IP address as the trusted proxies report it; a forged X-Forwarded-For is not believed."""
    return str(get_adapter(request).get_client_ip(request))


def is_over_limit(action: str, who: str, *, amount: int, seconds: int) -> bool:
    """Count one `action` by `who`; True when it is more than `amount` within a window of `seconds`.

    `who` is hashed: the cache holds no addresses. While the cache is away nobody is over the limit.
    """
    key = f"limit:{action}:{hashlib.sha256(who.encode()).hexdigest()[:32]}"
    if cache.add(key, 1, timeout=seconds):
        return False
    try:
        return cache.incr(key) > amount
    except ValueError:  # the window ended between the two calls
        return False


def limit_posts[**P](
    action: str, *, amount: int, seconds: int
) -> Callable[
    [Callable[Concatenate[HttpRequest, P], HttpResponseBase]], Callable[Concatenate[HttpRequest, P], HttpResponseBase]
]:
    """A view decorator: more than `amount` POSTs from one address within `seconds` get the 429 page."""

    def decorate(
        view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def limited(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if request.method == "POST" and is_over_limit(
                action, client_address(request), amount=amount, seconds=seconds
            ):
                response = render(request, "429.html", status=429)
                response.headers["Retry-After"] = str(seconds)
                return response
            return view(request, *args, **kwargs)

        return limited

    return decorate
