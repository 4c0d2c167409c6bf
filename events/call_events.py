"""Calls as events: each call of the floor below has one event, so that it stands in lists, feeds and calendars.

The call is the fact and its event the likeness: people answer the call and attend the call (affiliates.calls), staff
change the call, and the event follows. What was said before a word reached us (calls older than this app, a region
renamed) the sweep makes good.
"""

import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Q
from django.dispatch import receiver
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from affiliates.calls import title_of
from affiliates.models import Call, CallKind, Group, Region
from affiliates.permissions import can_hold_calls
from affiliates.regions import groups_of
from affiliates.signals import call_changed
from foundation.accounts.models import User

from .models import Event, EventFormat, EventKind, EventState
from .slugs import slug_for

TIMES = frozenset({"starts_at", "ends_at", "time_zone"})


def mirror_call(*, call: Call, now: datetime.datetime | None = None) -> Event:
    """Make the event of `call`, or bring the one that it has into step; returns it. Again changes nothing.

    Whoever changes the call holds its row, and so does the sweep: no two of them mirror one call at once. `now` (UTC)
    is when it was moved, for a call that was; by default the present.
    """
    with transaction.atomic():
        wanted = _columns(call)
        event = Event.objects.select_for_update(no_key=True, of=("self",)).filter(call=call).first()
        if event is None:
            begins = call.starts_at.astimezone(ZoneInfo(call.time_zone))
            slug = slug_for(wanted["title"], begins)
            return Event.objects.create(call=call, slug=slug, created_at=call.created_at, **wanted)
        changed = {name for name, value in wanted.items() if getattr(event, name) != value}
        if not changed:
            return event
        for name in changed:
            setattr(event, name, wanted[name])
        if changed & TIMES:
            event.moved_at = now or timezone.now()
            changed |= {"moved_at"}
        event.revision += 1
        event.save(update_fields=[*sorted(changed), "revision"])
    return event


def _columns(call: Call) -> dict[str, Any]:
    """What the event of a call says. Its places are left out: the call's own page counts those who answered."""
    with override(call.language):
        about, spoken = _about(call), str(dict(settings.LANGUAGES)[call.language])
    return {
        "kind": EventKind.CALL,
        "format": EventFormat.ONLINE,
        "title": title_of(call, call.language),
        "about": about,
        "language": call.language,
        "spoken": [spoken],
        "starts_at": call.starts_at,
        "ends_at": call.ends_at,
        "time_zone": call.time_zone,
        "join_link": call.join_link,
        "join_words": call.join_words,
        "is_link_public": False,
        # A region's call is for those who work for its groups.
        "is_listed": call.kind == CallKind.ORGANIZING,
        "state": EventState.CANCELLED if call.cancelled_at else EventState.APPROVED,
        "approved_at": call.created_at,
        "cancelled_at": call.cancelled_at,
        "sequence": call.revision,
    }


def _about(call: Call) -> str:
    if call.region:
        return _("Every month the groups of %(region)s speak with each other and with national staff.") % {
            "region": call.region
        }
    return _("An hour with other people who are starting a group. Choose a date and sign up.")


@receiver(call_changed, dispatch_uid="events.call_events.follow")
def follow(*, call: Call, **rest: Any) -> None:
    """A call was set, changed or cancelled: its event follows within the same transaction."""
    mirror_call(call=call)


def mirror_calls(*, now: datetime.datetime) -> int:
    """Make the events of calls that have none, and bring those of calls to come into step; returns how many calls were
    looked at. Safe to run beside itself."""
    out_of_step = Q(event__isnull=True) | Q(ends_at__gt=now)
    found = list(Call.objects.filter(out_of_step).order_by("pk").values_list("pk", flat=True))
    for pk in found:
        with transaction.atomic():
            locked = Call.objects.select_for_update(no_key=True, of=("self",)).select_related("region")
            if call := locked.filter(pk=pk).first():
                mirror_call(call=call, now=now)
    return len(found)


# --- where it leads ---------------------------------------------------------------------------------------------


def can_see_call(user: User | AnonymousUser, call: Call) -> bool:
    """Everybody sees organizing calls; a region's, those who work for its groups in force, and staff who hold calls."""
    if call.region is None:
        return True
    return can_hold_calls(user) or _group_in(call.region, user) is not None


def address_of_call(event: Event, user: User | AnonymousUser | None = None) -> str:
    """The page to which the event of a call leads `user`; "" where they may not see it, or it is no call's event.

    An organizing call leads everybody to its place among the calls to choose from.
    """
    call = event.call
    if call is None:
        return ""
    if call.region is None:
        return f"{reverse('organizing_calls')}#call-{call.pk}"
    if user is None or isinstance(user, AnonymousUser):
        return ""
    if group := _group_in(call.region, user):
        return reverse("group_calls", args=[group.slug])
    return reverse("national_call", args=[call.pk]) if can_hold_calls(user) else ""


def _group_in(region: Region, user: User | AnonymousUser) -> Group | None:
    """A group of the region that `user` keeps and that is in force; the first by its key."""
    if not isinstance(user, User) or not user.is_active:
        return None
    own = Group.objects.of_organizer(user).values("pk")
    return groups_of(region).listed().filter(pk__in=own).defer("position").order_by("pk").first()
