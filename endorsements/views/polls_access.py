"""The doors of the pages of polls: staff's, and those of a group's own people."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404

from affiliates.models import Group
from foundation.accounts.models import User
from foundation.accounts.staff_pages import StaffPages, with_head
from foundation.accounts.views import signed_in_user

from ..models import Poll
from ..permissions import can_hold_polls, can_see_polls

type _GroupPage[**P] = Callable[Concatenate[HttpRequest, User, Group, P], HttpResponse]


polls_page = StaffPages(can_hold_polls)
"""Views for staff who hold polls."""


def group_polls_page[**P](*methods: str) -> Callable[[_GroupPage[P]], Callable[..., HttpResponse]]:
    """A view for the contacts and organizers of the group of this slug; to others it is not found.

    A contact also gets in after the group's end: a mailed link shall say what became of the ballot. The view asks
    itself who may cast.
    """
    taken = with_head(methods)

    def decorate(view: _GroupPage[P]) -> Callable[..., HttpResponse]:
        @login_required
        @wraps(view)
        def page(request: HttpRequest, /, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            user = signed_in_user(request)
            group = get_object_or_404(Group.objects.defer("position", "about", "plan"), slug=slug)
            if not can_see_polls(user, group):
                raise Http404
            if request.method not in taken:
                return HttpResponseNotAllowed(taken)
            return view(request, user, group, *args, **kwargs)

        return page

    return decorate


def opened_poll(slug: str) -> Poll:
    """The poll of this slug, with its race, once it was opened; Http404 for a draft."""
    polls = Poll.objects.select_related("race", "recommended").defer("snapshot")
    return get_object_or_404(polls, slug=slug, opened_at__isnull=False)
