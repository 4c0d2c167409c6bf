"""When a group last did something, and when it does next: columns that apps above keep, for the finder to show."""

import datetime

from django.db.models import Q

from .models import Group


def note_next_event(*, group_id: int, at: datetime.datetime | None) -> None:
    """The group's next event begins at `at` (UTC); None where it plans none."""
    Group.objects.filter(pk=group_id).update(next_event_at=at)


def note_activity(*, group_id: int, at: datetime.datetime) -> None:
    """The group did something at `at` (UTC). What is earlier than what is known changes nothing."""
    earlier = Q(last_active_at__isnull=True) | Q(last_active_at__lt=at)
    Group.objects.filter(earlier, pk=group_id).update(last_active_at=at)
