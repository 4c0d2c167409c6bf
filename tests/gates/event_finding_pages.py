"""Pages of events: finding."""

import datetime
from typing import Any

from django.utils import timezone

from affiliates.models import Group
from events.feeds import renew_feed
from events.models import (
    Access,
    Attendance,
    CheckedInBy,
    Cohost,
    Event,
    EventFormat,
    EventKind,
    EventNotice,
    EventState,
    NoticeKind,
    RsvpState,
    Series,
)
from foundation.accounts.models import User
from members.own_details import become_known
from tests.events.making import make_event, make_rsvp
from tests.factories import make_contact, make_group, make_user

from .visits import Visit, page, send

NOW = timezone.now()
DAY = datetime.timedelta(days=1)
MIDDLE = NOW.replace(day=15, hour=22) + 31 * DAY  # of next month: always ahead
NOWHERE: dict[str, Any] = {"latitude": None, "longitude": None, "place_name": "", "state_code": "", "zip_code_id": None}


def coming(group: Group | None = None, **fields: Any) -> Event:
    return make_event(group, now=NOW, **fields)


def many_events() -> None:
    """More than a page of events near Cambridge, of all kinds, in several scripts, some full, some online."""
    names = [
        "Ήλιος",
        "平和の会",
        "Unión de vecinos y vecinas del valle",
        "مجموعة السلام",
        "Kraftfahrzeughaftpflicht" * 3,
    ]
    group = make_group("Table of Plenty")
    for number in range(23):
        coming(
            group if number % 2 else None,
            title=names[number] if number < len(names) else f"Evening {number}",
            near=["02139", "01608", "03060"][number % 3],
            kind=EventKind.values[number % len(EventKind)],
            format=EventFormat.HYBRID if number % 5 == 0 else EventFormat.IN_PERSON,
            is_address_public=number % 4 != 0,
            starts_at=MIDDLE + number // 2 * DAY / 4,
        )
    make_rsvp(coming(title="Full house", capacity=1), now=NOW)
    coming(title="Book club online", format=EventFormat.ONLINE, **NOWHERE)


@page("events/")
def events_to_come() -> Visit:
    many_events()
    return Visit("/events/")


@page("events/")
def events_near() -> Visit:
    many_events()
    return Visit("/events/?near=02139")


@page("events/")
def events_near_by_date_narrowed() -> Visit:
    many_events()
    return Visit("/events/?near=02139&order=date&kind=meeting&within=100&from=2026-01-01")


@page("events/")
def events_none_near() -> Visit:
    many_events()
    return Visit("/events/?near=59301")


@page("events/")
def events_none_at_all() -> Visit:
    return Visit("/events/?near=02139&kind=rally")


@page("events/")
def events_online() -> Visit:
    many_events()
    return Visit("/events/?online=1")


@page("events/")
def events_unknown_place() -> Visit:
    return Visit("/events/?near=Cambrige, MA", status=404)


@page("events/")
def events_with_a_day_that_is_none() -> Visit:
    return Visit("/events/?from=tomorrow", status=400)


@page("events/calendar/")
def events_of_a_month() -> Visit:
    many_events()
    return Visit(f"/events/calendar/?near=02139&online=1&month={MIDDLE:%Y-%m}")


@page("events/calendar/")
def events_of_an_empty_month() -> Visit:
    return Visit("/events/calendar/")


@page("events/calendar/")
def events_of_no_month() -> Visit:
    return Visit("/events/calendar/?month=soon", status=400)


@page("events/map/")
def events_map_of_the_country() -> Visit:
    many_events()
    return Visit("/events/map/")


@page("events/map/")
def events_map_around_a_place() -> Visit:
    many_events()
    return Visit("/events/map/?near=02139")


# --- an event -----------------------------------------------------------------------------------------------------


def event_with_everything(**fields: Any) -> Event:
    """A date of a series, held by two groups, with all that an event can say."""
    series = Series.objects.create(
        rule="FREQ=WEEKLY;COUNT=3", starts_local=MIDDLE, time_zone="America/New_York", created_at=NOW
    )
    coming(series=series, series_date=MIDDLE + 7 * DAY, starts_at=MIDDLE + 7 * DAY)
    values: dict[str, Any] = {
        "title": "Dinner for everybody who wants to plan the bus line that runs on Sundays",
        "about": "We cook together.\n\nThen we eat together, and plan the week.",
        "spoken": ["English", "Español", "ASL"],
        "access": [Access.STEP_FREE, Access.CAPTIONS, Access.CHILDREN],
        "access_notes": "Ring twice at the side door.",
        "capacity": 40,
        "series": series,
        "series_date": MIDDLE,
        "starts_at": MIDDLE,
        "format": EventFormat.HYBRID,
        "join_link": "https://meet.example.org/dinner",
        "join_words": "Code 77",
    }
    event = coming(make_group("Table of Plenty"), **{**values, **fields})
    other = make_group("Unión de vecinos")
    Cohost.objects.create(event=event, group=other, asked_at=NOW, accepted_at=NOW)
    return event


@page("events/<slug:slug>/")
def event_page() -> Visit:
    return Visit(event_with_everything().get_absolute_url())


@page("events/<slug:slug>/")
def event_page_almost_empty() -> Visit:
    event = coming(title="L" * 120, format=EventFormat.ONLINE, is_listed=False, **NOWHERE)
    return Visit(event.get_absolute_url())


@page("events/<slug:slug>/")
def event_page_for_who_answered() -> Visit:
    user = make_user()
    event = event_with_everything(is_address_public=False)
    make_rsvp(event, become_known(user=user, now=NOW), now=NOW)
    return Visit(event.get_absolute_url(), user=user)


@page("events/<slug:slug>/")
def event_page_moved() -> Visit:
    event = event_with_everything(is_address_public=False, moved_at=NOW, sequence=1)
    before = {"starts_at": (MIDDLE - DAY).isoformat()}
    EventNotice.objects.create(event=event, kind=NoticeKind.MOVED, sequence=1, at=NOW, before=before)
    return Visit(event.get_absolute_url())


@page("events/<slug:slug>/")
def event_page_cancelled() -> Visit:
    coming(title="Another one", near="02140")
    because = "The hall is flooded."
    event = coming(state=EventState.CANCELLED, approved_at=NOW, cancelled_at=NOW, cancelled_because=because)
    return Visit(event.get_absolute_url())


@page("events/<slug:slug>/")
def event_page_over() -> Visit:
    coming(title="Another one", near="02140")
    return Visit(coming(starts_at=NOW - DAY).get_absolute_url())


@page("events/<slug:slug>/")
def event_page_before_it_is_public() -> Visit:
    group = make_group()
    return Visit(coming(group, state=EventState.SUBMITTED).get_absolute_url(), user=make_contact(group))


# --- a group's, and one's own -------------------------------------------------------------------------------------


@page("groups/<slug:slug>/events/")
def events_of_a_group() -> Visit:
    group = make_group("Table of Plenty")
    for number in range(22):
        coming(group, title=f"Evening {number}", starts_at=MIDDLE + number * DAY)
    coming(group, title="Last week", starts_at=NOW - 7 * DAY)
    return Visit(f"{group.get_absolute_url()}events/")


@page("groups/<slug:slug>/events/")
def events_of_a_group_without_any() -> Visit:
    return Visit(f"{make_group().get_absolute_url()}events/")


@page("groups/<slug:slug>/")
def group_page_with_events() -> Visit:
    group = make_group("Table of Plenty", next_event_at=NOW + DAY)
    coming(group, title="Dinner")
    coming(group, title="Book club", format=EventFormat.ONLINE, starts_at=MIDDLE, **NOWHERE)
    return Visit(group.get_absolute_url())


def somebody_with_answers() -> User:
    user = make_user()
    person = become_known(user=user, now=NOW)
    make_rsvp(coming(title="Dinner"), person, party_size=3, now=NOW)
    make_rsvp(coming(title="Concert"), person, state=RsvpState.WAITING, now=NOW)
    cancelled = coming(title="Walk", state=EventState.CANCELLED, approved_at=NOW, cancelled_at=NOW)
    make_rsvp(cancelled, person, now=NOW)
    over = coming(title="Last week", starts_at=NOW - 7 * DAY)
    make_rsvp(over, person, now=NOW)
    Attendance.objects.create(event=over, person=person, at=NOW, recorded_at=NOW, how=CheckedInBy.LIST)
    renew_feed(person=person, actor=user, now=NOW)
    return user


@page("events/mine/")
def my_events() -> Visit:
    return Visit("/events/mine/", user=somebody_with_answers())


@page("events/mine/")
def my_events_without_any() -> Visit:
    return Visit("/events/mine/", user=make_user())


@page("events/mine/")
def my_events_after_the_press() -> Visit:
    return Visit("/events/mine/", user=make_user(), then=send(press="#calendar button"))


@page("me/")
def me_with_events() -> Visit:
    return Visit("/me/", user=somebody_with_answers())
