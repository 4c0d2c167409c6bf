"""The door of the pages of a group's roster and of its messages."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render

from foundation.accounts.models import User
from foundation.accounts.staff_pages import with_head
from foundation.accounts.views import signed_in_user

from ..models import KEEPS_GROUP, Group
from ..permissions import can_see_roster

type _Page[**P] = Callable[Concatenate[HttpRequest, User, Group, P], HttpResponseBase]


def roster_page[**P](*methods: str) -> Callable[[_Page[P]], Callable[..., HttpResponseBase]]:
    """A view for the contacts and organizers of the group of this slug, while its agreement is in force.

    It gets the user and the group behind the request. `methods` are those that it takes; GET brings HEAD with it. To
    others the page is not found; the group's own people read why it is closed to them.
    """
    taken = with_head(methods)

    def decorate(view: _Page[P]) -> Callable[..., HttpResponseBase]:
        @login_required
        @wraps(view)
        def page(request: HttpRequest, /, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            user = signed_in_user(request)
            group = get_object_or_404(Group.objects.defer("position"), slug=slug)
            if not can_see_roster(user, group):
                return _closed(request, user, group)
            if request.method not in taken:
                return HttpResponseNotAllowed(taken)
            return view(request, user, group, *args, **kwargs)

        return page

    return decorate


def _closed(request: HttpRequest, user: User, group: Group) -> HttpResponseBase:
    if group.is_listed or not group.roles.filter(user=user, role__in=KEEPS_GROUP).exists():
        raise Http404
    return render(request, "affiliates/roster/closed.html", {"group": group}, status=403)
