"""The door of the pages of a group's roster and of its messages."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from foundation.accounts.models import User

from ..group_pages import GroupPages
from ..models import KEEPS_GROUP, Group
from ..permissions import can_see_roster


def _closed(request: HttpRequest, user: User, group: Group) -> HttpResponse:
    if group.is_listed or not group.roles.filter(user=user, role__in=KEEPS_GROUP).exists():
        raise Http404
    return render(request, "affiliates/roster/closed.html", {"group": group}, status=403)


roster_page = GroupPages(can_see_roster, closed=_closed)
"""Views for the contacts and organizers of a group, while its agreement is in force. To others the page is not found;
the group's own people read why it is closed to them."""
