"""The groups as national staff see them: all of them, in any state."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from foundation.accounts.models import User

from ..agreements.steps import AgreementStepError, record_agreement_elsewhere
from ..forms import ElsewhereForm
from ..listing import ListingError
from ..models import Group, GroupStatus
from ..permissions import can_import_groups, can_list_groups

PAGE_SIZE = 50


def _staff(request: HttpRequest) -> User:
    """Whoever asks, if they may see all groups and list them."""
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
@require_http_methods(["GET", "HEAD", "POST"])
def national_group_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a group on the finder and the map that signed its agreement elsewhere: who signed it there, and when."""
    actor, group = _staff(request), get_object_or_404(Group.objects.defer("position"), pk=pk)
    form = ElsewhereForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            record_agreement_elsewhere(group=group, **form.cleaned_data, actor=actor, now=timezone.now())
        except (ListingError, AgreementStepError) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("%(group)s is listed.") % {"group": group})
            return redirect("national_groups")
    context = {"group": group, "form": form}
    return render(request, "affiliates/national/list_group.html", context, status=422 if form.errors else 200)
