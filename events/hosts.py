"""The groups that hold an event, the people who keep it for them, and what these groups hold next."""

import datetime
from collections.abc import Iterable

from django.db.models import Q, QuerySet

from affiliates.models import KEEPS_GROUP, Group
from foundation.accounts.models import User

from .models import Event, EventFormat

NEARBY_MILES = 50


def hosts_of(event: Event) -> list[Group]:
    """The groups in force that hold `event`: the one whose it is first, then those who joined it, in that order.

    None where it is the network's own and no group joined it.
    """
    own = [event.group] if event.group and event.group.is_listed else []
    if not event.has_cohosts:
        return own
    joined = Group.objects.listed().filter(cohosted__event=event, cohosted__accepted_at__isnull=False)
    return [*own, *joined.defer("position", "about", "plan").order_by("cohosted__accepted_at", "cohosted__pk")]


def keepers_of(groups: Iterable[Group]) -> QuerySet[User]:
    """The contacts and organizers of `groups` who can sign in, each once."""
    keeps = Q(group_roles__group__in=list(groups), group_roles__role__in=KEEPS_GROUP)
    return User.objects.filter(keeps, is_active=True).distinct().order_by("pk")


def hold_groups(event: Event, *others: int) -> None:
    """Lock the groups that hold `event`, and those of the keys `others`, in the order of their keys.

    Groups are locked before events everywhere: whoever ends an agreement holds the group, and then takes its events.
    """
    joined = event.cohosts.filter(accepted_at__isnull=False).values("group")
    wanted = Q(pk=event.group_id) | Q(pk__in=joined) | Q(pk__in=others)
    list(Group.objects.select_for_update(no_key=True).filter(wanted).order_by("pk").values("pk"))


def next_of_hosts(event: Event, *, now: datetime.datetime) -> Event | None:
    """What those who were at `event` may come to next: the next event of its hosts near it, or online.

    Where they plan none near: the next one of anybody within 50 miles. None where there is none.
    """
    coming = Event.objects.found(now).filter(starts_at__gt=now, call__isnull=True).exclude(pk=event.pk)
    coming = coming.select_related("group").defer("position", "group__position").order_by("starts_at", "pk")
    near = coming.within(event.point, NEARBY_MILES) if event.point else coming
    for group in hosts_of(event):
        own = near.of_group(group) | coming.of_group(group).filter(format=EventFormat.ONLINE)
        if found := own.first():
            return found
    return near.first() if event.point else None
