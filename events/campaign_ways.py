"""What campaigns and attendance online add to pages of the floors below: a group's dashboard, the page of a call."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from affiliates.call_ways import register_call_ways
from affiliates.dashboard import Way, register_ways
from affiliates.models import Call, Group
from foundation.accounts.models import User

from .campaigns import hosted_by
from .models import Campaign

MOST_WAYS = 5


def register_campaign_ways() -> None:
    """Called once, when the app is ready."""
    register_ways("campaigns", 30, _campaigns)
    register_call_ways("attendance", _attendance)


def _campaigns(group: Group, user: User) -> Iterable[Way]:
    """The kits of the open campaigns that the group hosts, and those that it can host, the soonest first."""
    if not group.is_listed:
        return
    open_ones = Campaign.objects.open_on(timezone.localdate()).held_in(group.state).order_by("starts_on", "pk")
    hosted = set(hosted_by(group).values_list("pk", flat=True))
    for campaign in open_ones[:MOST_WAYS]:
        if campaign.pk in hosted:
            title = _("Host kit: %(title)s") % {"title": campaign}
            yield Way(title, reverse("campaign_kit", args=[campaign.slug]), _("What helps you to hold it."))
        else:
            title = _("Host it: %(title)s") % {"title": campaign}
            yield Way(title, campaign.get_absolute_url(), _("Groups all over the country hold it together."))


def _attendance(call: Call) -> Iterable[Way]:
    yield Way(_("Words to say"), reverse("call_words", args=[call.pk]), _("People note themselves by them."))
    yield Way(
        _("Lists of participants"), reverse("call_files", args=[call.pk]), _("As your conferencing tool exports them.")
    )
