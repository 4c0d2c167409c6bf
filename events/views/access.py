"""The doors of the pages about one event, for those who keep it and for those who check people in."""

from typing import NamedTuple

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from foundation.accounts.models import User
from foundation.accounts.second_factor import has_passed_second_factor
from foundation.accounts.views import signed_in_user

from ..models import Event
from ..permissions import can_keep_event, can_review_events


def load_kept(request: HttpRequest, pk: int, events: QuerySet[Event] | None = None) -> tuple[User, Event]:
    """Who asks, and the event of this key, which they may change (`events`: where to look; all, without).

    The hosts, and staff for promotions in a session that has passed the second factor: these pages are outside of the
    staff's door. To others it is not found (Http404).
    """
    user = signed_in_user(request)
    found = Event.objects.select_related("group", "campaign", "series") if events is None else events
    event = get_object_or_404(found.defer("position"), pk=pk)
    is_staff = can_review_events(user) and has_passed_second_factor(request)
    if not is_staff and not Event.objects.of_host(user).filter(pk=event.pk).exists():
        raise Http404
    return user, event


def keeps_event(request: HttpRequest, event: Event) -> bool:
    """May the reader see `event` before it is public, and what it keeps from the public?"""
    return can_keep_event(request.user, event, has_passed_second_factor=has_passed_second_factor(request))


class AtDoor(NamedTuple):
    """Who works at the door of which event; `keeps_event`: they also keep it, and a helper does not."""

    user: User
    event: Event
    keeps_event: bool


def load_at_door(request: HttpRequest, pk: int) -> AtDoor:
    """Whoever may check people in at the event of this key: as `load_kept`, and the helpers of its groups."""
    user = signed_in_user(request)
    event = get_object_or_404(Event.objects.select_related("group").defer("position", "group__position"), pk=pk)
    is_staff = can_review_events(user) and has_passed_second_factor(request)
    keeps = is_staff or Event.objects.of_host(user).filter(pk=pk).exists()
    if not keeps and not Event.objects.of_door(user).filter(pk=pk).exists():
        raise Http404
    return AtDoor(user, event, keeps)
