"""Two groups that hold an event together leave the network at the same moment."""

import pytest
from django.db import transaction

from affiliates.listing import unlist_group
from affiliates.models import Group, GroupStatus
from events.models import Event, EventState
from events.standing import close_events_of
from foundation.deadlocks import again_after_deadlock
from tests.at_once import at_once
from tests.factories import make_group

from .making import NOW, make_event

pytestmark = pytest.mark.django_db(transaction=True)


def end(group: Group) -> None:
    """As affiliates.ending does it, as far as events hear of it."""
    with transaction.atomic():
        unlist_group(group=group, actor=None)
        close_events_of(group=group, at=NOW)


def test_no_event_is_handed_on_to_a_group_that_ends_at_the_same_moment() -> None:
    for _number in range(5):
        planned, joined = make_group(), make_group()
        event = make_event(planned)
        event.cohosts.create(group=joined, asked_at=NOW, accepted_at=NOW)
        assert at_once(lambda: end(planned), lambda: end(joined)) == []  # noqa: B023  # both are over by then
        held = Event.objects.filter(state=EventState.APPROVED, group__status=GroupStatus.ENDED)
        assert not held.exists()
        event.refresh_from_db()
        assert event.state == EventState.CANCELLED


def test_two_that_hold_each_others_events_end_at_the_same_moment() -> None:
    """Each ends its own events and locks the other group, to which it would hand them on: one is done again."""
    for _number in range(5):
        one, other = make_group(), make_group()
        for planned, joined in ((one, other), (other, one)):
            make_event(planned).cohosts.create(group=joined, asked_at=NOW, accepted_at=NOW)
        ending = again_after_deadlock(end)
        assert at_once(lambda: ending(one), lambda: ending(other)) == []  # noqa: B023  # both are over by then
        assert set(Event.objects.values_list("state", flat=True)) == {EventState.CANCELLED}
