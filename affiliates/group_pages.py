"""The door of the pages of one group, for its own people."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404

from foundation.accounts.models import User
from foundation.accounts.staff_pages import with_head
from foundation.accounts.views import signed_in_user

from .models import Group

type _Page[**P] = Callable[Concatenate[HttpRequest, User, Group, P], HttpResponseBase]
type _View = Callable[..., HttpResponseBase]


def not_found(request: HttpRequest, user: User, group: Group) -> HttpResponseBase:
    """What whoever may not see the page of a group gets, unless a door says otherwise. Raises Http404."""
    raise Http404


class GroupPages:
    """Marks the views of those who `may`, of the group whose slug is in the address: `@roster_page("GET")`.

    They are asked before anything else, and the view gets the user and the group behind the request. `closed` answers
    everybody else. No page of a group's own people reads where it is on the map; the fields of `unread` are left too.
    """

    def __init__(
        self,
        may: Callable[[User, Group], bool],
        *,
        closed: Callable[[HttpRequest, User, Group], HttpResponseBase] = not_found,
        unread: tuple[str, ...] = (),
    ) -> None:
        self._may, self._closed, self._unread = may, closed, ("position", *unread)

    def __call__[**P](self, *methods: str) -> Callable[[_Page[P]], _View]:
        """`methods` are those that the view takes; GET brings HEAD with it."""
        taken = with_head(methods)

        def decorate(view: _Page[P]) -> _View:
            @login_required
            @wraps(view)
            def page(request: HttpRequest, /, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
                user = signed_in_user(request)
                group = get_object_or_404(Group.objects.defer(*self._unread), slug=slug)
                if not self._may(user, group):
                    return self._closed(request, user, group)
                if request.method not in taken:
                    return HttpResponseNotAllowed(taken)
                return view(request, user, group, *args, **kwargs)

            return page

        return decorate
