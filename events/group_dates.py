"""When a group's next event is, and when it was last active: columns of the group that the finder shows.

They follow what is written here at once. What no act changes, an event that begins or ends, the sweep follows.
"""

import datetime

from django.db.models import Exists, F, Max, Min, OuterRef, Q, QuerySet

from affiliates.liveliness import note_activity, note_next_event
from affiliates.models import Group

from .models import Attendance, Cohost, Event

LOOKS_BACK = datetime.timedelta(days=90)
"""So long after an event does its attendance count as activity: nobody is shown as active after longer than that."""


def keep_group_dates(*, event: Event, now: datetime.datetime) -> None:
    """Find the next event of all groups that hold `event` anew. Called by whoever changes its time or standing.

    Writes to the groups, which are locked before events: call `events.hosts.hold_groups` before you lock the event.
    """
    joined = Cohost.objects.filter(event=event, accepted_at__isnull=False).values("group")
    for group in _groups().filter(Q(pk=event.group_id) | Q(pk__in=joined)).order_by("pk"):
        keep_next_event(group=group, now=now)


def keep_next_event(*, group: Group, now: datetime.datetime) -> None:
    """Find the group's next event anew: the first that is approved, shown in searches, and has not begun."""
    coming = Event.objects.of_group(group).found(now).filter(starts_at__gt=now)
    first = coming.aggregate(first=Min("starts_at"))["first"]
    if group.next_event_at != first:
        note_next_event(group_id=group.pk, at=first)


def follow_the_clock(*, now: datetime.datetime) -> int:
    """Go on to the next event where one has begun, and note those that people came to. Returns how many groups changed.

    Safe to run twice, and beside itself.
    """
    begun = list(_groups().filter(next_event_at__lte=now).order_by("pk"))
    for group in begun:
        keep_next_event(group=group, now=now)
    return len(begun) + _note_attended(now)


def _note_attended(now: datetime.datetime) -> int:
    """Note for each host the latest event that is over and that somebody came to, where it is news."""
    since, came = now - LOOKS_BACK, Attendance.objects.in_effect()
    own = Event.objects.filter(
        Exists(came.filter(event=OuterRef("pk"))), ends_at__range=(since, now), group__isnull=False
    )
    joined = Cohost.objects.filter(
        Exists(came.filter(event=OuterRef("event"))), event__ends_at__range=(since, now), accepted_at__isnull=False
    )
    found = [
        *own.filter(_is_news("ends_at")).values_list("group").annotate(at=Max("ends_at")).order_by("group"),
        *joined.filter(_is_news("event__ends_at"))
        .values_list("group")
        .annotate(at=Max("event__ends_at"))
        .order_by("group"),
    ]
    for group_id, at in found:
        note_activity(group_id=group_id, at=at)
    return len(found)


def _is_news(ends_at: str) -> Q:
    """The last that is known of the row's group was before the event's end, or nothing is known."""
    return Q(group__last_active_at__isnull=True) | Q(group__last_active_at__lt=F(ends_at))


def _groups() -> QuerySet[Group]:
    return Group.objects.only("pk", "next_event_at")
