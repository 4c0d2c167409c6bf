"""The door of the staff's pages of people."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase

from foundation.accounts.models import User

from ..permissions import can_see_people

type _Page[**P] = Callable[Concatenate[HttpRequest, User, P], HttpResponseBase]
type _View[**P] = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def people_page[**P](*methods: str, fresh: bool = False) -> Callable[[_Page[P]], _View[P]]:
    """A view for staff who may see people, asked before anything else; it gets them behind the request.

    `methods` are those that it takes; GET brings HEAD with it. A `fresh` page wants a sign-in of a few minutes ago:
    allauth asks for one where it is older, and then goes on with the request.
    """
    taken = {*methods, *(["HEAD"] if "GET" in methods else [])}

    def decorate(view: _Page[P]) -> _View[P]:
        @login_required
        @wraps(view)
        def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not isinstance(request.user, User) or not can_see_people(request.user):
                raise PermissionDenied
            if request.method not in taken:
                return HttpResponseNotAllowed(sorted(taken))
            if fresh:
                raise_if_reauthentication_required(request, app="")
            return view(request, request.user, *args, **kwargs)

        return page

    return decorate


def page_number(text: str) -> int:
    """The number of a page as an address or a form has it; 1 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= 10_000 else 1
