"""The groups as national staff see them: all of them, in any state."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from foundation.accounts.models import User

from ..listing import ListingError, list_group, unlist_group
from ..models import Group, GroupStatus
from ..permissions import can_import_groups, can_list_groups

PAGE_SIZE = 50


def _staff(request: HttpRequest) -> User:
    """Whoever asks, if they may list groups and take them off the list."""
    if not isinstance(request.user, User) or not can_list_groups(request.user):
        raise PermissionDenied
    return request.user


@login_required
def national_groups(request: HttpRequest) -> HttpResponse:
    """All groups by name; `?q=` those whose name resembles it, `?status=` those that stand there."""
    user = _staff(request)
    name, status = request.GET.get("q", "").strip()[:120], request.GET.get("status", "")
    page = _page_number(request)
    groups = Group.objects.defer("position", "about", "plan")
    groups = groups.named_like(name) if name else groups.order_by("name_key", "pk")
    if status in GroupStatus.values:
        groups = groups.filter(status=status)
    rows = list(groups[(page - 1) * PAGE_SIZE : page * PAGE_SIZE + 1])
    context = {
        "groups": rows[:PAGE_SIZE],
        "name": name,
        "status": status,
        "statuses": GroupStatus.choices,
        "page": page,
        "previous_page": page - 1,
        "next_page": page + 1 if len(rows) > PAGE_SIZE else None,
        "may_import": can_import_groups(user),
    }
    return render(request, "affiliates/national/groups.html", context)


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) >= 1):
        raise Http404
    return int(text)


@login_required
def national_group_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Put one group on the finder and the map."""
    actor, group = _staff(request), get_object_or_404(Group, pk=pk)
    return _act(
        request,
        lambda: list_group(group=group, actor=actor, now=timezone.now()),
        _("%(group)s is listed.") % {"group": group},
    )


@login_required
def national_group_unlist(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one group off the finder and the map."""
    actor, group = _staff(request), get_object_or_404(Group, pk=pk)
    return _act(
        request,
        lambda: unlist_group(group=group, actor=actor),
        _("%(group)s is off the finder and the map.") % {"group": group},
    )


def _act(request: HttpRequest, act: Callable[[], None], done: str) -> HttpResponse:
    """Do it, say so, and go back to the list as it was filtered."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        act()
    except ListingError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    there = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(there, {request.get_host()}, require_https=request.is_secure()):
        return HttpResponseRedirect(there)
    return redirect("national_groups")
