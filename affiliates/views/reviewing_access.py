"""The door of the pages on which staff review and countersign."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase

from foundation.accounts.models import User

from ..permissions import can_review_applications

type _Page[**P] = Callable[Concatenate[HttpRequest, User, P], HttpResponseBase]
type _View[**P] = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def review_page[**P](*methods: str) -> Callable[[_Page[P]], _View[P]]:
    """A view for staff who may review, asked before anything else; it gets them behind the request."""
    taken = sorted({*methods, *(["HEAD"] if "GET" in methods else [])})

    def decorate(view: _Page[P]) -> _View[P]:
        @login_required
        @wraps(view)
        def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not isinstance(request.user, User) or not can_review_applications(request.user):
                raise PermissionDenied
            if request.method not in taken:
                return HttpResponseNotAllowed(taken)
            return view(request, request.user, *args, **kwargs)

        return page

    return decorate
