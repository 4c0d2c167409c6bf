"""The doors of the pages about calls."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404

from foundation.accounts.models import User
from foundation.accounts.staff_pages import StaffPages, with_head
from foundation.accounts.views import signed_in_user

from ..models import Group
from ..permissions import can_hold_calls, can_see_regional_calls

type _GroupPage[**P] = Callable[Concatenate[HttpRequest, User, Group, P], HttpResponse]


calls_page = StaffPages(can_hold_calls)
"""Views for staff who hold calls."""


def group_calls_page[**P](*methods: str) -> Callable[[_GroupPage[P]], Callable[..., HttpResponse]]:
    """A view for those who organize a group in force; it gets them and the group. Others do not find it."""
    taken = with_head(methods)

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
