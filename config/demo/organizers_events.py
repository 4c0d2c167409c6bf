"""The events of the demo organizer's group: one of each kind that its dashboard has something to say of.

The demo volunteer has answered and attended some of them.
"""

import datetime
from collections.abc import Iterator, Sequence
from typing import Any

from affiliates.models import Group
from config.demo.event_plans import DAY, HOUR, PlannedEvent, Planner
from events.answering import answer_as
from events.door import check_in
from events.models import Campaign, CheckedInBy, Event, EventFormat, EventKind, EventState, RsvpState
from foundation.mail.models import OutgoingMail
from members.models import Person

HALF_AN_HOUR = datetime.timedelta(minutes=30)
ASKED = "Say in the text where people can park, and give the street address."


def events_of_organizer(
    group: Group, others: Sequence[Group], campaign: Campaign, planner: Planner
) -> Iterator[PlannedEvent]:
    """What the organizer of `group` finds: today's door, a line, drafts, an invitation, a report that is missing."""
    neighbour = next(iter(planner.neighbours(group)), others[0])
    here: dict[str, Any] = {"format": EventFormat.IN_PERSON, "is_listed": True, "capacity": None, "most_guests": 3}
    planned: list[tuple[EventKind, dict[str, Any]]] = [
        (EventKind.MEETING, {
            "days": 0, "starts_at": _soon(planner.now), "title": "Open meeting for newcomers", "crowd": 14, **here,
        }),
        (EventKind.TRAINING, {"days": 9, "title": "De-escalation training", "crowd": 40, **here, "capacity": 5}),
        (EventKind.CANVASS, {
            "days": 5, "title": "Canvass for the library levy", "state": EventState.CANCELLED, **here,
        }),
        (EventKind.RALLY, {"days": 16, "title": "Rally for the night bus", "is_moved": True, "crowd": 9, **here}),
        (EventKind.MEETING, {
            "days": 12, "title": "House meeting on rents", "cohosts": [(neighbour, True)], **here, "venue_name": "",
            "is_address_public": False,
        }),
        (EventKind.PHONE_BANK, {
            "days": 20, "title": "Phone bank for ride vouchers", "state": EventState.SUBMITTED,
            "format": EventFormat.ONLINE,
        }),
        (EventKind.TRAINING, {
            "days": 27, "title": "How to read a city budget", "state": EventState.DRAFT, "asked": ASKED, **here,
        }),
        (EventKind.MEETING, {"days": 34, "title": "Potluck and planning", "state": EventState.DRAFT, **here}),
        (EventKind.MEETING, {
            "days": 24, "title": "Café y derechos de inquilinos", "language": "es", "spoken": ["Español"], **here,
        }),
        (EventKind.CALL, {"days": 7, "title": "Evening call for people without a car"}),
        (EventKind.CANVASS, {"days": -5, "title": "Saturday doors", "is_reported": False, "crowd": 16, **here}),
        (EventKind.MEETING, {"days": -40, "title": "School board forum", "is_reported": True, "crowd": 18, **here}),
        (EventKind.WATCH_PARTY, {"days": 13, "title": "Debate watch party", "campaign": campaign, "crowd": 8, **here}),
    ]  # fmt: skip
    for kind, fields in planned:
        yield planner.plan(group, kind, **fields)
    invitation: dict[str, Any] = {**here, "cohosts": [(group, False)]}
    yield planner.plan(neighbour, EventKind.RALLY, days=30, title="Hands around the clinic", **invitation)


def _soon(now: datetime.datetime) -> datetime.datetime:
    """On the half hour, in one to one and a half hours: the door is open when somebody looks at the demo."""
    past = datetime.timedelta(minutes=now.minute % 30, seconds=now.second, microseconds=now.microsecond)
    return now - past + HOUR + HALF_AN_HOUR


def answer_and_attend(person: Person, group: Group, *, now: datetime.datetime) -> None:
    """`person` came to the latest of the group's events and will come to the next three. Nobody is mailed about it.

    Nothing where the group has none.
    """
    own = Event.objects.filter(group=group, state=EventState.APPROVED, call__isnull=True).defer("position")
    for event in own.filter(ends_at__lte=now, starts_at__gt=now - 45 * DAY).order_by("-starts_at", "pk")[:2]:
        check_in(event=event, how=CheckedInBy.SHEET, at=event.starts_at, actor=None, now=now, person=person)
    coming = own.filter(starts_at__gt=now, is_listed=True).select_related("group").order_by("starts_at", "pk")
    for event in coming[:3]:
        answer_as(event=event, person=person, state=RsvpState.GOING, party_size=1, answers=[], consents=[], now=now)
    OutgoingMail.objects.filter(to_email__in=person.emails.values("address")).delete()
