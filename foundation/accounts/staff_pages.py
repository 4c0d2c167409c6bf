"""The door of pages for national staff, and which methods a page takes."""

from collections.abc import Callable, Collection
from functools import wraps
from typing import Concatenate

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase

from .models import User

type _Page[**P] = Callable[Concatenate[HttpRequest, User, P], HttpResponseBase]
type _View[**P] = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


class StaffPages:
    """Marks the views of those staff who `may`: `people_page = StaffPages(can_see_people)`, `@people_page("GET")`.

    They are asked before anything else, and the view gets the user behind the request. That they have passed a second
    factor is seen to by StaffSecondFactorMiddleware.
    """

    def __init__(self, may: Callable[[User], bool]) -> None:
        self._may = may

    def __call__[**P](self, *methods: str, fresh: bool = False) -> Callable[[_Page[P]], _View[P]]:
        """`methods` are those that the view takes; GET brings HEAD with it. A `fresh` page wants a sign-in of a few
        minutes ago: allauth asks for one where it is older, and then goes on with the request."""
        taken = with_head(methods)

        def decorate(view: _Page[P]) -> _View[P]:
            @login_required
            @wraps(view)
            def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
                if not isinstance(request.user, User) or not self._may(request.user):
                    raise PermissionDenied
                if request.method not in taken:
                    return HttpResponseNotAllowed(taken)
                if fresh:
                    raise_if_reauthentication_required(request, app="")
                return view(request, request.user, *args, **kwargs)

            return page

        return decorate


def with_head(methods: Collection[str]) -> list[str]:
    """The methods that a view takes which takes these: whoever takes GET takes HEAD."""
    return sorted({*methods, *(["HEAD"] if "GET" in methods else [])})
