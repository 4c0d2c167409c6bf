"""Who comes to the pages of races: staff trusted with endorsements, and the people of a group in force."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from affiliates.models import Group
from affiliates.permissions import can_organize
from foundation.accounts.models import User
from foundation.accounts.staff_pages import StaffPages, with_head
from foundation.accounts.views import signed_in_user

from ..permissions import can_keep_races, can_nominate

type _GroupPage[**P] = Callable[Concatenate[HttpRequest, User, Group, P], HttpResponse]


races_page = StaffPages(can_keep_races)
"""Views for staff who keep races."""


def nominations_page[**P](*methods: str) -> Callable[[_GroupPage[P]], Callable[..., HttpResponse]]:
    """A view for those who keep the group of the address, while it is in force. To others it is not found."""
    taken = with_head(methods)

    def decorate(view: _GroupPage[P]) -> Callable[..., HttpResponse]:
        @login_required
        @wraps(view)
        def page(request: HttpRequest, /, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            user = signed_in_user(request)
            group = get_object_or_404(Group.objects.defer("position"), slug=slug)
            if not can_organize(user, group):
                raise Http404
            if request.method not in taken:
                return HttpResponseNotAllowed(taken)
            if not can_nominate(user, group):
                what = {"group": group, "what": _("Nominations")}
                return render(request, "affiliates/house/closed.html", what, status=403)
            return view(request, user, group, *args, **kwargs)

        return page

    return decorate
