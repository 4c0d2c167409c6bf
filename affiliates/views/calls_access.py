"""The doors of the pages about calls."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404

from foundation.accounts.models import User
from foundation.accounts.views import signed_in_user

from ..models import Group
from ..permissions import can_hold_calls, can_see_regional_calls

type _Page[**P] = Callable[Concatenate[HttpRequest, User, P], HttpResponse]
type _GroupPage[**P] = Callable[Concatenate[HttpRequest, User, Group, P], HttpResponse]
type _View[**P] = Callable[Concatenate[HttpRequest, P], HttpResponse]


def calls_page[**P](*methods: str) -> Callable[[_Page[P]], _View[P]]:
    """A view for staff who hold calls, asked before anything else; it gets them behind the request."""
    taken = _with_head(methods)

    def decorate(view: _Page[P]) -> _View[P]:
        @login_required
        @wraps(view)
        def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not isinstance(request.user, User) or not can_hold_calls(request.user):
                raise PermissionDenied
            if request.method not in taken:
                return HttpResponseNotAllowed(taken)
            return view(request, request.user, *args, **kwargs)

        return page

    return decorate


def group_calls_page[**P](*methods: str) -> Callable[[_GroupPage[P]], Callable[..., HttpResponse]]:
    """A view for those who organize a group in force; it gets them and the group. Others do not find it."""
    taken = _with_head(methods)

    def decorate(view: _GroupPage[P]) -> Callable[..., HttpResponse]:
        @login_required
        @wraps(view)
        def page(request: HttpRequest, /, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            user, group = signed_in_user(request), get_object_or_404(Group.objects.defer("position"), slug=slug)
            if not can_see_regional_calls(user, group):
                raise Http404
            if request.method not in taken:
                return HttpResponseNotAllowed(taken)
            return view(request, user, group, *args, **kwargs)

        return page

    return decorate


def _with_head(methods: tuple[str, ...]) -> list[str]:
    return sorted({*methods, *(["HEAD"] if "GET" in methods else [])})
