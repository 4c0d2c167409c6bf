"""Who comes to the pages of races: staff trusted with endorsements, and the people of a group in force."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from affiliates.group_pages import GroupPages
from affiliates.models import Group
from affiliates.permissions import can_organize
from foundation.accounts.models import User
from foundation.accounts.staff_pages import StaffPages

from ..permissions import can_keep_races, can_nominate

races_page = StaffPages(can_keep_races)
"""Views for staff who keep races."""


def _closed(request: HttpRequest, user: User, group: Group) -> HttpResponse:
    if not can_organize(user, group):
        raise Http404
    return render(request, "affiliates/house/closed.html", {"group": group, "what": _("Nominations")}, status=403)


nominations_page = GroupPages(can_nominate, closed=_closed)
"""Views for those who keep the group of the address, while it is in force. To others it is not found."""
