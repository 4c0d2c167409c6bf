"""What races add to a group's dashboard."""

import datetime
from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _

from affiliates.dashboard import ToDo, Way
from affiliates.models import Group
from foundation.accounts.models import User

from .elections import days_left_in_words
from .nominations import in_force, races_near

SOON = datetime.timedelta(days=60)
"""So long before its next day is a race near a group, in which nobody of it has nominated, on the dashboard."""
MOST_SHOWN = 3


def nomination_ways(group: Group, user: User) -> Iterable[Way]:
    """The way to a group's nominations, while it is in force."""
    if group.is_listed:
        yield Way(_("Nominations"), reverse("group_nominations", args=[group.slug]), _("Whom national should endorse."))


def nomination_to_dos(group: Group, user: User, now: datetime.datetime) -> Iterable[ToDo]:
    """The races near the group that are decided soon, have no poll, and in which it has nominated nobody."""
    if not group.is_listed:
        return
    today = now.date()
    nominated = in_force().filter(group=group).values("candidate__race")
    soon = races_near(group, today).filter(
        confirmed_at__isnull=False, area__isnull=False, polls__isnull=True, election_date__lte=today + SOON
    )
    for race in soon.exclude(pk__in=nominated).order_by("election_date", "pk")[:MOST_SHOWN]:
        yield ToDo(
            _("Nominate a candidate: %(race)s") % {"race": race},
            f"{reverse('nomination_new', args=[group.slug])}?race={race.pk}",
            _("The election is %(when)s.") % {"when": days_left_in_words(race.election_date, today)},
        )
