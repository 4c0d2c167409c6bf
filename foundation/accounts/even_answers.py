"""Answers that take the same time whoever is known: making an account is more work than saying that there is one."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase


def answers_evenly(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view decorator: a POST is answered EVEN_ANSWER_SECONDS after it came, later only where the work takes longer.

    It holds a thread for that long; how often one client may post is limited by allauth.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        began = time.monotonic()
        response = view(request, *args, **kwargs)
        if request.method == "POST":
            time.sleep(max(0.0, began + settings.EVEN_ANSWER_SECONDS - time.monotonic()))
        return response

    return answer
