"""What decisions add to a group's dashboard and to its public page."""

import datetime

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from affiliates.dashboard import ToDo, Way, register_to_dos, register_ways
from affiliates.models import Group
from affiliates.page_panels import Place, register_page_panel
from foundation.accounts.models import User

from .conflicts import address_of, open_conflicts
from .endorsed import day_that_counts
from .group_endorsements import endorsements_of

SHOWN = 6


def register_house() -> None:
    """Called in this app's `ready()`."""
    register_to_dos("conflicts", 8, _to_dos)
    register_ways("endorsements", 56, _ways)
    register_page_panel("endorsements", Place.BELOW, 20, _panel)


def _to_dos(group: Group, user: User, now: datetime.datetime) -> list[ToDo]:
    """What of the group's stands against an endorsement of national."""
    return [
        ToDo(
            _("“%(title)s” stands against an endorsement of the network") % {"title": conflict.title},
            address_of(conflict, now),
            _("The network has endorsed %(endorsed)s. Change it by %(date)s.")
            % {
                "endorsed": conflict.endorsement.candidate,
                "date": date_format(timezone.localtime(conflict.cure_until), "DATE_FORMAT"),
            },
            is_urgent=True,
        )
        for conflict in open_conflicts(group)
    ]


def _ways(group: Group, user: User) -> list[Way]:
    if not group.is_listed:
        return []
    address = reverse("group_endorsements", args=[group.slug])
    return [Way(_("Endorsements"), address, _("Whom your group endorses, and where the network has decided."))]


def _panel(group: Group, request: HttpRequest) -> SafeString | None:
    """Whom the group endorses in elections to come."""
    own = endorsements_of(group).filter(race__election_date__gte=day_that_counts(timezone.now()))
    if not (shown := list(own[:SHOWN])):
        return None
    return render_to_string("endorsements/group/panel.html", {"endorsements": shown}, request)
