"""The door of the pages of one application: for whoever began it, and the points of contact of its group."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache

from foundation.accounts.models import User
from foundation.accounts.staff_pages import with_head
from foundation.accounts.views import signed_in_user

from ..models import Application
from ..permissions import can_fill_in_application

type _Page[**P] = Callable[Concatenate[HttpRequest, User, Application, P], HttpResponse]


def applicant_page[**P](*methods: str) -> Callable[[_Page[P]], Callable[..., HttpResponseBase]]:
    """A view `page(request, user, application, …)` below `<int:pk>/`, for these methods.

    Who is not signed in is asked to; somebody else's application is not found, whatever the method.
    """
    taken = with_head(methods)

    def decorate(page: _Page[P]) -> Callable[..., HttpResponseBase]:
        @never_cache
        @login_required
        @wraps(page)
        def view(request: HttpRequest, pk: int, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            user = signed_in_user(request)
            application = load_application(user, pk)
            if request.method not in taken:
                return HttpResponseNotAllowed(taken)
            return page(request, user, application, *args, **kwargs)

        return view

    return decorate


def load_application(user: User, pk: int) -> Application:
    """The application of this id as it is now. Raises Http404 where it is not this user's to fill in."""
    mine = Application.objects.of_user(user).select_related("group", "applicant", "assigned_to")
    application = get_object_or_404(mine.defer("position", "group__position"), pk=pk)
    if not can_fill_in_application(user, application):
        raise Http404
    return application
