"""The doors of the pages of polls: staff's, and those of a group's own people."""

from django.shortcuts import get_object_or_404

from affiliates.group_pages import GroupPages
from foundation.accounts.staff_pages import StaffPages

from ..models import Poll
from ..permissions import can_hold_polls, can_see_polls

polls_page = StaffPages(can_hold_polls)
"""Views for staff who hold polls."""

group_polls_page = GroupPages(can_see_polls, unread=("about", "plan"))
"""Views for the contacts and organizers of a group; to others it is not found.

A contact also gets in after the group's end: a mailed link shall say what became of the ballot. The view asks itself
who may cast.
"""


def opened_poll(slug: str) -> Poll:
    """The poll of this slug, with its race, once it was opened; Http404 for a draft."""
    polls = Poll.objects.select_related("race", "recommended").defer("snapshot")
    return get_object_or_404(polls, slug=slug, opened_at__isnull=False)
