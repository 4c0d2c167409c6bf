"""Calls as events: each has one event, which follows it; who sees it, and where it leads."""

import datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.utils import timezone

from affiliates.calls import cancel_call, change_call, make_call
from affiliates.models import Call, Region
from affiliates.regions import Part, change_region
from affiliates.signals import call_changed
from events.call_events import address_of_call, can_see_call, mirror_call, mirror_calls
from events.models import Event, EventFormat, EventKind, EventState
from foundation.accounts.models import StaffTask, User
from tests.affiliates import calling
from tests.affiliates.calling import DAY, HOUR, LINK, NOW, STARTS, make_plan, make_region
from tests.factories import make_contact, make_group, make_staff, make_user
from tests.signing_in import sign_in

from .making import make_event

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> User:
    return make_staff(StaffTask.AGREEMENTS)


def event_of(call: Call) -> Event:
    return Event.objects.select_related("call__region").get(call=call)


# --- it follows -------------------------------------------------------------------------------------------------


def test_an_organizing_call_is_a_public_event_online(staff: User) -> None:
    event = event_of(make_call(plan=make_plan(language="es", capacity=30, join_words="PIN 7"), actor=staff, now=NOW))
    assert (event.kind, event.format, event.state) == (EventKind.CALL, EventFormat.ONLINE, EventState.APPROVED)
    assert (event.starts_at, event.ends_at, event.time_zone) == (STARTS, STARTS + HOUR, "America/New_York")
    assert (event.join_link, event.join_words, event.is_link_public) == (LINK, "PIN 7", False)
    assert (event.language, event.group, event.capacity, event.is_listed) == ("es", None, None, True)
    assert event in Event.objects.found(NOW)


def test_its_address_has_the_day_on_the_clocks_of_the_call(staff: User) -> None:
    event = event_of(make_call(plan=make_plan(), actor=staff, now=NOW))
    assert event.slug == "organizing-call-2026-06-09"  # the 10th in UTC


def test_two_calls_on_one_day_have_two_addresses(staff: User) -> None:
    calls = [make_call(plan=make_plan(), actor=staff, now=NOW) for _number in range(2)]
    assert event_of(calls[0]).slug != event_of(calls[1]).slug


def test_a_regions_call_is_in_no_list(staff: User) -> None:
    event = event_of(make_call(plan=make_plan(), region=make_region("Midwest"), actor=staff, now=NOW))
    assert event.title == "Regional call: Midwest"
    assert not event.is_listed
    assert event not in Event.objects.found(NOW)


def test_a_moved_call_moves_its_event(staff: User) -> None:
    call = make_call(plan=make_plan(), actor=staff, now=NOW)
    before = event_of(call)
    plan = make_plan(STARTS + DAY, time_zone="America/Denver")
    change_call(call=call, plan=plan, revision=0, actor=staff, now=NOW)
    event = event_of(call)
    assert (event.starts_at, event.time_zone, event.sequence) == (STARTS + DAY, "America/Denver", 1)
    assert event.slug == before.slug
    assert before.moved_at is None
    assert event.moved_at is not None


def test_another_link_is_told_in_the_calendar_and_is_no_move(staff: User) -> None:
    call = make_call(plan=make_plan(), actor=staff, now=NOW)
    change_call(call=call, plan=make_plan(join_link=f"{LINK}/2"), revision=0, actor=staff, now=NOW)
    event = event_of(call)
    assert (event.join_link, event.sequence, event.moved_at) == (f"{LINK}/2", 1, None)


def test_a_cancelled_call_is_a_cancelled_event(staff: User) -> None:
    call = make_call(plan=make_plan(), actor=staff, now=NOW)
    cancel_call(call=call, actor=staff, now=NOW)
    event = event_of(call)
    assert (event.state, event.cancelled_at, event.sequence) == (EventState.CANCELLED, NOW, 1)
    assert event in Event.objects.public()


def test_saving_what_is_there_leaves_the_event_as_it_is(staff: User) -> None:
    call = make_call(plan=make_plan(), actor=staff, now=NOW)
    change_call(call=call, plan=make_plan(), revision=0, actor=staff, now=NOW)
    assert mirror_call(call=call) == event_of(call)
    assert event_of(call).revision == 0


def test_the_event_is_written_with_the_call_or_not_at_all(staff: User) -> None:
    def refuse(**_rest: object) -> None:
        raise RuntimeError

    call_changed.connect(refuse, weak=False, dispatch_uid="test")
    try:
        with pytest.raises(RuntimeError):
            make_call(plan=make_plan(), actor=staff, now=NOW)
    finally:
        call_changed.disconnect(dispatch_uid="test")
    assert not Call.objects.exists()
    assert not Event.objects.exists()


# --- the sweep --------------------------------------------------------------------------------------------------


def test_calls_that_were_there_before_get_their_events() -> None:
    past = calling.make_call(NOW - DAY, language="es", cancelled_at=NOW - 2 * DAY)
    coming = calling.make_call(region=make_region())
    assert mirror_calls(now=NOW) == 2
    assert event_of(past).state == EventState.CANCELLED
    assert event_of(coming).starts_at == STARTS
    mirror_calls(now=NOW)
    assert Event.objects.count() == 2


def test_a_renamed_region_renames_the_events_of_its_calls_to_come(staff: User) -> None:
    region = make_region("Northeast")
    coming, past = calling.make_call(region=region), calling.make_call(NOW - DAY, region=region)
    mirror_calls(now=NOW)
    change_region(region=region, name="New England", parts={Part("US", "MA")}, organizer=None, actor=staff)
    mirror_calls(now=NOW)
    assert event_of(coming).title == "Regional call: New England"
    assert event_of(past).title == "Regional call: Northeast"


def test_a_past_call_that_has_its_event_is_not_looked_at_again() -> None:
    calling.make_call(NOW - DAY)
    assert [mirror_calls(now=NOW), mirror_calls(now=NOW)] == [1, 0]


# --- who sees it, and where it leads ----------------------------------------------------------------------------


@pytest.fixture
def region() -> Region:
    return make_region()


def test_an_organizing_call_leads_everybody_to_the_calls() -> None:
    call = calling.make_call()
    event = mirror_call(call=call)
    assert can_see_call(AnonymousUser(), call)
    assert address_of_call(event) == f"/groups/start/calls/#call-{call.pk}"
    assert address_of_call(event, make_user()) == address_of_call(event)


def test_a_regions_call_leads_its_organizers_to_the_page_of_their_group(region: Region) -> None:
    call, group = calling.make_call(region=region), make_group()
    for role in ("contact", "organizer"):
        user = make_contact(group, role=role)
        assert can_see_call(user, call)
        assert address_of_call(mirror_call(call=call), user) == f"/organize/groups/{group.slug}/calls/"


def test_a_regions_call_leads_staff_to_their_page_of_it(region: Region, staff: User) -> None:
    call = calling.make_call(region=region)
    assert can_see_call(staff, call)
    assert address_of_call(mirror_call(call=call), staff) == f"/national/calls/{call.pk}/"


def test_to_others_a_regions_call_leads_nowhere(region: Region) -> None:
    call, elsewhere = calling.make_call(region=region), make_group(near="90210")
    forming = make_group(status="forming")
    gone = make_contact(make_group(), role="organizer")
    gone.is_active = False
    gone.save()
    others: list[User | AnonymousUser] = [
        AnonymousUser(),
        make_user(),
        make_staff(StaffTask.PROMOTIONS),
        make_contact(elsewhere),
        make_contact(forming),
        make_contact(make_group(), role="helper"),
        gone,
    ]
    event = mirror_call(call=call)
    assert [can_see_call(user, call) for user in others] == [False] * len(others)
    assert [address_of_call(event, user) for user in others] == [""] * len(others)
    assert address_of_call(event) == ""


def test_an_event_of_no_call_leads_to_none() -> None:
    assert address_of_call(make_event(now=NOW - datetime.timedelta(days=1))) == ""


def test_a_regions_call_has_a_page_and_a_calendar_file_for_its_own_people_only(region: Region, client: Client) -> None:
    event = mirror_call(call=calling.make_call(timezone.now() + DAY, region=region))
    paths = (event.get_absolute_url(), f"/events/{event.slug}.ics")
    assert [client.get(path).status_code for path in paths] == [404, 404]
    sign_in(client, make_contact(make_group()))
    assert [client.get(path).status_code for path in paths] == [200, 200]


def test_an_organizing_call_has_a_page_for_everybody_that_leads_to_the_calls(client: Client) -> None:
    event = mirror_call(call=calling.make_call(timezone.now() + DAY))
    page = client.get(event.get_absolute_url())
    assert "/groups/start/calls/" in page.content.decode()
    assert LINK not in page.content.decode()
