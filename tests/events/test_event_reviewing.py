"""The staff's queue of events and what is decided there."""

import datetime

import pytest
from django.test import Client
from django.utils import timezone

from affiliates.models import Group
from events.approvals import EventQueue, read_event_queue, states_in_queue, waiting_in_words
from events.models import Event, EventState, TrustedHost
from foundation.accounts.models import StaffTask, User
from tests.affiliates.calling import make_region
from tests.factories import make_group, make_staff
from tests.signing_in import sign_in

from .making import NOW, make_event

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


@pytest.fixture
def staff(client: Client) -> User:
    user = make_staff(StaffTask.PROMOTIONS)
    sign_in(client, user)
    return user


def waiting(group: Group | None = None, *, days: int = 1, **fields: object) -> Event:
    now = timezone.now()
    values = {"state": EventState.SUBMITTED, "submitted_at": now - days * DAY, "now": now, **fields}
    return make_event(group or make_group(), **values)  # type: ignore[arg-type]


def there(event: Event, below: str = "") -> str:
    return f"/national/events/{event.pk}/{below}"


# --- the queue ------------------------------------------------------------------------------------------------


def found(queue: EventQueue) -> list[Event]:
    return list(queue.events(timezone.now()))


def test_the_oldest_stands_first_with_its_age(staff: User, client: Client) -> None:
    newer, older = waiting(days=1), waiting(days=9, title="Old one")
    waiting(state=EventState.DRAFT)
    assert found(EventQueue()) == [older, newer]
    assert EventQueue().next_after(older, NOW) == newer
    page = client.get("/national/events/").content.decode()
    assert page.index("Old one") < page.index(newer.title)
    assert "1\xa0week" in page


def test_it_is_narrowed_by_kind_state_and_region() -> None:
    east, west = make_group(), make_group(near="90210")
    make_region("East", "MA")
    rally, online = waiting(east, kind="rally"), waiting(west, format="online", state_code="", days=2)
    assert found(EventQueue(kind="rally")) == [rally]
    assert found(EventQueue(home="MA")) == [rally]
    assert found(EventQueue(home="CA")) == [online]
    assert found(EventQueue(region="east")) == [rally]
    assert found(EventQueue(region="nowhere")) == []
    assert states_in_queue() == ["CA", "MA"]


def test_other_states_show_what_is_to_come() -> None:
    later, sooner = (make_event(starts_at=timezone.now() + days * DAY) for days in (5, 2))
    make_event(starts_at=timezone.now() - 2 * DAY)
    assert found(EventQueue(state=EventState.APPROVED)) == [sooner, later]


def test_what_the_address_cannot_mean_is_left_out() -> None:
    assert read_event_queue({"state": "x", "kind": "x"}) == EventQueue()
    queue = read_event_queue({"kind": "rally", "home": "MA"})
    assert (queue.query, queue.is_filtered) == ("kind=rally&home=MA", True)
    assert EventQueue().query == ""


def test_the_staff_home_says_how_many_wait(staff: User, client: Client) -> None:
    waiting()
    assert waiting_in_words() == "1 event waits for approval."
    assert "1 event waits for approval." in client.get("/national/").content.decode()


# --- deciding -------------------------------------------------------------------------------------------------


def test_the_next_item_follows_an_approval(staff: User, client: Client) -> None:
    first, second = waiting(kind="rally", days=3), waiting(kind="rally", days=2)
    waiting(days=9)
    answer = client.post(f"{there(first, 'approve/')}?kind=rally", {"revision": 0})
    assert answer.headers["Location"] == f"{there(second)}?kind=rally"
    answer = client.post(f"{there(second, 'approve/')}?kind=rally", {"revision": 0})
    assert answer.headers["Location"] == "/national/events/?kind=rally"
    assert set(Event.objects.filter(state=EventState.APPROVED)) == {first, second}


def test_an_older_reading_approves_nothing(staff: User, client: Client) -> None:
    event = waiting(revision=4)
    for typed in ({"revision": 3}, {}, {"revision": "x"}):
        assert client.post(there(event, "approve/"), typed).headers["Location"] == there(event)
    event.refresh_from_db()
    assert event.state == EventState.SUBMITTED


@pytest.mark.parametrize(("act", "state"), [("changes", EventState.DRAFT), ("decline", EventState.DECLINED)])
def test_it_goes_back_or_is_declined_with_words(staff: User, client: Client, act: str, state: str) -> None:
    event = waiting()
    refused = client.post(there(event, f"{act}/"), {"revision": 0, "text": " "})
    assert refused.status_code == 422
    assert "<title>Error:" in refused.content.decode()
    assert client.post(there(event, f"{act}/"), {"revision": 0, "text": "The door."}).status_code == 302
    event.refresh_from_db()
    assert (event.state, event.asked) == (state, "The door.")


def test_whoever_was_too_late_keeps_their_words_and_can_send_them_again(staff: User, client: Client) -> None:
    event = waiting(revision=2)
    late = client.post(there(event, "changes/"), {"revision": 1, "text": "The door."})
    assert late.status_code == 422
    page = late.content.decode()
    assert "Somebody has changed this event" in page
    assert "The door." in page
    assert 'name="revision" value="2"' in page


def test_two_on_one_item_are_told_of_each_other(staff: User, client: Client) -> None:
    event, other = waiting(), make_staff(StaffTask.PROMOTIONS)
    other_client = Client()
    sign_in(other_client, other)
    other_client.get(there(event))
    assert "is looking at this too" in client.get(there(event)).content.decode()
    piece = client.get(there(event, "presence/?revision=7"), headers={"HX-Request": "true"}).content.decode()
    assert "is looking at this too" in piece
    assert "Somebody has changed this event" in piece
    assert client.get(there(event, "presence/")).status_code == 302


def test_what_stands_in_the_way_is_said_and_no_button_offered(staff: User, client: Client) -> None:
    event = waiting(latitude=None, longitude=None)
    page = client.get(there(event)).content.decode()
    assert "Nobody knows where it is" in page
    assert there(event, "approve/") not in page


def test_staff_see_all_that_the_hosts_wrote_escaped(staff: User, client: Client) -> None:
    event = waiting(about="<script>alert(1)</script>", join_link="https://meet.example.org/x", format="hybrid")
    page = client.get(there(event)).content.decode()
    assert "https://meet.example.org/x" in page
    assert "<script>alert" not in page
    assert there(event, "") not in client.get(f"/organize/events/{event.pk}/").content.decode()


# --- trusted --------------------------------------------------------------------------------------------------


def test_staff_trust_a_group_and_take_it_back(staff: User, client: Client) -> None:
    group = make_group("Table of Plenty")
    assert "Table of Plenty" in client.get("/national/events/trusted/?q=table").content.decode()
    client.post(f"/national/events/trusted/{group.pk}/", {"do": "trust"})
    assert TrustedHost.objects.get().by == staff
    assert "need no approval" in client.get(there(make_event(group, now=timezone.now()))).content.decode()
    client.post(f"/national/events/trusted/{group.pk}/", {"do": "stop"})
    assert not TrustedHost.objects.exists()


def test_a_group_that_ended_is_not_trusted(staff: User, client: Client) -> None:
    group = make_group(status="ended")
    page = client.post(f"/national/events/trusted/{group.pk}/", {"do": "trust"}, follow=True).content.decode()
    assert "not in force" in page
