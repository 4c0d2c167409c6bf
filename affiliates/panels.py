"""What the pages of the lower floors show of groups."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from foundation.accounts.models import User

from .application_tasks import open_applications
from .models import Group


def organizer_panel(user: User, request: HttpRequest) -> SafeString | None:
    """On /me/: the groups that somebody works for, with the way to their pages; nothing for all others."""
    groups = list(Group.objects.of_organizer(user).defer("position").order_by("name_key", "pk"))
    return render_to_string("affiliates/organize/panel.html", {"groups": groups}) if groups else None


def applications_panel(user: User, request: HttpRequest) -> SafeString | None:
    """On /me/: the applications that somebody has open, with their states; nothing for all others."""
    found = open_applications(user)
    if not found:
        return None
    return render_to_string("affiliates/application/panel.html", {"open_applications": found})
