"""The pages of campaigns: public, the host kit, and the staff's; and what dashboards say of them."""

import datetime
from typing import Any

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.test import Client

from affiliates.dashboard import ways_of
from affiliates.models import Group
from events.campaign_events import counts_by_state
from events.emails.campaigns import PURPOSE
from events.models import Campaign, CampaignState, Event, EventFormat, EventKind, EventState, HostMessage
from foundation.accounts.models import StaffTask, User
from foundation.mail.models import OutgoingMail
from tests.factories import make_contact, make_group, make_staff, make_user
from tests.signing_in import sign_in

from .making import NOW, TOMORROW, make_event

pytestmark = pytest.mark.django_db

PAGE, NATIONAL = "/campaigns/launch/", "/national/campaigns/"
TODAY = NOW.date()
TYPED = {
    "title": "Launch",
    "about": "We watch it together.",
    "kind": "watch_party",
    "starts_on": "2026-06-01",
    "ends_on": "2026-06-30",
    "states": ["MA", "NH"],
    "kit": "Bring chairs.",
    "links": "Poster https://example.org/poster\n\nThe video: https://example.org/video",
    "revision": "0",
}


@pytest.fixture(autouse=True)
def _at_noon() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def make_campaign(**fields: Any) -> Campaign:
    values: dict[str, Any] = {
        "slug": "launch", "title": "Launch", "about": "We watch it together.", "kind": EventKind.WATCH_PARTY,
        "state": CampaignState.OPEN, "starts_on": TODAY, "ends_on": TODAY + datetime.timedelta(days=20),
    }  # fmt: skip
    return Campaign.objects.create(**{**values, **fields})


@pytest.fixture
def campaign() -> Campaign:
    return make_campaign(states=["MA", "NH"], kit="Bring chairs to https://example.org/")


@pytest.fixture
def staff(client: Client) -> User:
    """Signed in on `client`."""
    staff = make_staff(StaffTask.PROMOTIONS)
    sign_in(client, staff)
    return staff


def text_of(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return response.content.decode()


def said(client: Client, path: str, data: dict[str, Any]) -> list[str]:
    """Post, and what the next page says of it."""
    response = client.post(path, data, follow=True)
    assert response.status_code == 200
    return [str(message) for message in get_messages(response.wsgi_request)]


# --- everybody --------------------------------------------------------------------------------------------------


def test_the_list_has_the_open_ones_first_and_no_drafts(client: Client, campaign: Campaign) -> None:
    make_campaign(slug="past", title="Debate night", ends_on=TODAY - TOMORROW, starts_on=TODAY - TOMORROW)
    make_campaign(slug="closed", title="Canvass weekend", state=CampaignState.CLOSED)
    make_campaign(slug="draft", title="Still secret", state=CampaignState.DRAFT)
    make_event(campaign=campaign)
    page = text_of(client, "/campaigns/")
    assert (
        page.index("Launch") < page.index("Earlier ones") < page.index("Canvass weekend") < page.index("Debate night")
    )
    assert "Still secret" not in page
    assert "1 event" in page


def test_without_campaigns_the_list_leads_to_events(client: Client) -> None:
    assert 'href="/events/"' in text_of(client, "/campaigns/")


def test_a_draft_has_no_page_and_no_map(client: Client) -> None:
    make_campaign(state=CampaignState.DRAFT)
    for path in (PAGE, f"{PAGE}map.svg"):
        text_of(client, path, 404)


def test_the_page_says_what_it_is_and_how_much_of_it_there_is(client: Client, campaign: Campaign) -> None:
    event = make_event(make_group("Ants"), campaign=campaign, title="Ants watch it")
    page = text_of(client, PAGE)
    assert "We watch it together." in page
    assert "Massachusetts, New Hampshire" in page
    assert "Ants watch it" in page
    assert event.get_absolute_url() in page
    assert "people going" in page
    assert "Bring chairs" not in page


def test_the_nearest_events_come_first_where_a_place_is_given(client: Client) -> None:
    campaign = make_campaign()
    make_event(campaign=campaign, title="In Texas", near="78701", starts_at=NOW + TOMORROW)
    make_event(campaign=campaign, title="In Boston", starts_at=NOW + 3 * TOMORROW)
    make_event(campaign=campaign, title="On the web", format=EventFormat.ONLINE)
    make_event(campaign=campaign, title="Is over", starts_at=NOW - TOMORROW)
    make_event(campaign=campaign, title="Not listed", is_listed=False)
    by_date, near = text_of(client, PAGE), text_of(client, f"{PAGE}?near=02139")
    assert by_date.index("In Texas") < by_date.index("In Boston")
    assert near.index("In Boston") < near.index("In Texas") < near.index("Online, from wherever")
    assert near.index("Online, from wherever") < near.index("On the web")
    for page in (by_date, near):
        assert "Is over" not in page
        assert "Not listed" not in page


def test_a_place_that_is_none_is_an_error_that_says_so(client: Client, campaign: Campaign) -> None:
    page = text_of(client, f"{PAGE}?near=00000", 422)
    assert "There is no ZIP code 00000" in page
    assert "<title>Error:" in page


def test_events_come_in_pages(client: Client, campaign: Campaign) -> None:
    for number in range(21):
        make_event(campaign=campaign, title=f"No. {number:02}", starts_at=NOW + TOMORROW + number * TOMORROW)
    assert "?page=2" in text_of(client, PAGE)
    page = text_of(client, f"{PAGE}?near=02139&page=2")
    assert "No. 20" in page
    assert "near=02139&amp;page=1" in page
    for wrong in ("?page=3", "?page=x"):
        text_of(client, PAGE + wrong, 404)


def test_the_map_shows_all_of_them_and_can_be_kept_by_everybody(client: Client) -> None:
    campaign = make_campaign(title="Launch <b>")
    make_event(campaign=campaign, starts_at=NOW - TOMORROW)
    make_event(campaign=campaign, near="78701")
    make_event(campaign=campaign, near="Toronto, Canada")
    make_event(campaign=campaign, format=EventFormat.ONLINE)
    make_event()
    assert [(place.name, place.count) for place in counts_by_state(campaign)] == [
        ("Massachusetts", 1), ("Texas", 1), ("Canada", 1)
    ]  # fmt: skip
    for query in ("", "?near=02139", "?lang=es&size=small", "?near=nowhere", "?lang=xx"):
        response = client.get(f"{PAGE}map.svg{query}")
        assert response.headers["Content-Type"] == "image/svg+xml"
        assert "public" in response.headers["Cache-Control"]
        assert "Launch &lt;b&gt;" in response.content.decode()
    assert "3 events." in client.get(f"{PAGE}map.svg").content.decode()


def test_an_organizer_hosts_with_the_groups_that_can(client: Client, campaign: Campaign) -> None:
    group = make_group("Ants")
    user = make_contact(group)
    make_group("Bees", near="78701").roles.create(user=user, role="contact")
    sign_in(client, user)
    page = text_of(client, PAGE)
    assert f"/organize/groups/{group.slug}/events/new/?campaign=launch" in page
    assert "Bees" not in page
    assert "Your host kit" not in page


def test_an_organizer_elsewhere_is_told_why_not(client: Client, campaign: Campaign) -> None:
    sign_in(client, make_contact(make_group(near="78701")))
    assert "not held in the state of your group" in text_of(client, PAGE)


def test_others_are_led_to_starting_a_group(client: Client, campaign: Campaign) -> None:
    for user in (None, make_user()):
        if user:
            sign_in(client, user)
        assert 'href="/groups/start/"' in text_of(client, PAGE)


@pytest.mark.parametrize("fields", [{"state": CampaignState.CLOSED}, {"ends_on": TODAY - TOMORROW}])
def test_nobody_hosts_a_closed_or_a_past_one(client: Client, fields: dict[str, Any]) -> None:
    make_event(campaign=make_campaign(**{"starts_on": TODAY - TOMORROW, **fields}), starts_at=NOW - TOMORROW)
    sign_in(client, make_contact(make_group()))
    page = text_of(client, PAGE)
    assert "Groups can no longer sign up" in page
    assert "All events of this campaign are over" in page
    assert "?campaign=" not in page


def test_what_came_before_and_after_is_linked_unless_it_is_a_draft(client: Client, campaign: Campaign) -> None:
    make_campaign(slug="next", title="Debate night", follow_up_of=campaign)
    make_campaign(slug="secret", title="Still secret", follow_up_of=campaign, state=CampaignState.DRAFT)
    page = text_of(client, PAGE)
    assert 'href="/campaigns/next/"' in page
    assert "Still secret" not in page
    assert f'href="{PAGE}"' in text_of(client, "/campaigns/next/")


# --- the host kit -----------------------------------------------------------------------------------------------


def test_a_host_reads_the_kit_and_finds_their_events(client: Client, campaign: Campaign) -> None:
    group, other = make_group("Ants"), make_group()
    user = make_contact(group, role="organizer")
    sign_in(client, user)
    text_of(client, f"{PAGE}kit/", 404)
    own = make_event(group, campaign=campaign, title="Ours", state=EventState.DRAFT)
    make_event(other, campaign=campaign, title="Theirs")
    make_event(group, title="Another matter")
    campaign.links.create(label="Poster", url="https://example.org/poster")
    page = text_of(client, f"{PAGE}kit/")
    assert f"/organize/events/{own.pk}/" in page
    assert 'href="https://example.org/poster"' in page
    assert "Bring chairs" in page
    assert "Theirs" not in page
    assert "Another matter" not in page
    assert f"{PAGE}kit/" in text_of(client, PAGE)


def test_nobody_else_reads_the_kit(client: Client, campaign: Campaign) -> None:
    make_event(make_group(), campaign=campaign)
    for user in (make_user(), make_contact(make_group()), make_staff(StaffTask.PROMOTIONS)):
        sign_in(client, user)
        text_of(client, f"{PAGE}kit/", 404)


def test_the_dashboard_of_a_group_leads_to_what_it_can_host_and_hosts(campaign: Campaign) -> None:
    group, elsewhere, forming = make_group(), make_group(near="78701"), make_group(status="forming")
    user = make_contact(group)

    def ways(of: Group) -> list[tuple[str, str]]:
        return [(way.title, way.address) for way in ways_of(of, user) if "/campaigns/" in way.address]

    make_campaign(slug="draft", state=CampaignState.DRAFT)
    assert ways(group) == [("Host it: Launch", PAGE)]
    assert ways(elsewhere) == ways(forming) == []
    make_event(group, campaign=campaign, state=EventState.DRAFT)
    assert ways(group) == [("Host kit: Launch", f"{PAGE}kit/")]
    Campaign.objects.update(state=CampaignState.CLOSED)
    assert ways(group) == []


# --- staff ------------------------------------------------------------------------------------------------------


def test_staff_make_a_campaign_open_it_and_close_it(client: Client, staff: User) -> None:
    assert said(client, f"{NATIONAL}new/", TYPED) == ["The draft is made. The public sees it once you open it."]
    campaign = Campaign.objects.get()
    assert (campaign.title, campaign.states, campaign.state) == ("Launch", ["MA", "NH"], CampaignState.DRAFT)
    assert [(link.label, link.url) for link in campaign.links.all()] == [
        ("Poster", "https://example.org/poster"), ("The video", "https://example.org/video")
    ]  # fmt: skip
    address = f"{NATIONAL}{campaign.pk}/"
    assert said(client, f"{address}standing/", {"do": "open", "revision": "0"}) == [
        "It is open: groups can sign up to host."
    ]
    assert said(client, f"{address}standing/", {"do": "close", "revision": "0"})[0].startswith("Somebody else")
    assert said(client, f"{address}standing/", {"do": "close"})[0].startswith("Somebody else")
    assert said(client, f"{address}standing/", {"do": "close", "revision": "1"})[0].startswith("It is closed")
    assert "Launch" in text_of(client, NATIONAL)


@pytest.mark.parametrize(
    ("wrong", "because"),
    [
        ({"title": ""}, "id_title_error"),
        ({"kind": "call"}, "Select a valid choice"),
        ({"ends_on": "2026-05-01"}, "The last day is before the first."),
        ({"links": "Poster https://example.org/\nno link"}, "Line 2 does not end in an address"),
        ({"links": "https://example.org/"}, "Line 1 has no name"),
        ({"links": "Poster javascript://example.org/"}, "Line 1 does not end in an address"),
        ({"links": "A https://example.org/\nB https://example.org/"}, "there twice"),
        ({"states": ["XX"]}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(client: Client, staff: User, wrong: dict[str, Any], because: str) -> None:
    response = client.post(f"{NATIONAL}new/", {**TYPED, **wrong})
    assert response.status_code == 422
    assert because in response.content.decode()
    assert not Campaign.objects.exists()


def test_staff_change_a_campaign_and_are_told_of_each_other(client: Client, staff: User, campaign: Campaign) -> None:
    address = f"{NATIONAL}{campaign.pk}/change/"
    assert "Bring chairs" in text_of(client, address)
    assert said(client, address, {**TYPED, "title": "Debate night"}) == ["Your changes are saved."]
    response = client.post(address, {**TYPED, "title": "Rally"})
    assert response.status_code == 422
    assert "Somebody else has changed this campaign" in response.content.decode()
    campaign.refresh_from_db()
    assert (campaign.title, campaign.slug) == ("Debate night", "launch")


def test_a_follow_up_is_made_from_a_campaign(client: Client, staff: User, campaign: Campaign) -> None:
    address = f"{NATIONAL}{campaign.pk}/follow-up/"
    assert "2026-06-29" in text_of(client, address)  # four weeks after
    said(client, address, {**TYPED, "title": "And now?"})
    assert Campaign.objects.get(follow_up_of=campaign).title == "And now?"
    assert "And now?" in text_of(client, f"{NATIONAL}{campaign.pk}/")


def test_staff_read_the_totals_by_state_and_by_group(client: Client, staff: User, campaign: Campaign) -> None:
    make_event(make_group("Ants"), campaign=campaign)
    page = text_of(client, f"{NATIONAL}{campaign.pk}/")
    assert "By state" in page
    assert "Massachusetts" in page
    assert "Ants" in page


# --- messages to hosts ------------------------------------------------------------------------------------------


def test_a_message_is_looked_at_before_it_is_sent(client: Client, staff: User, campaign: Campaign) -> None:
    group = make_group()
    make_event(group, campaign=campaign)
    make_contact(group, "ada@example.org")
    address, typed = f"{NATIONAL}{campaign.pk}/messages/new/", {"subject": " Saturday ", "text": "Bring chairs."}
    assert "the 1 contact or organizer" in text_of(client, address)
    preview = client.post(address, {**typed, "do": "preview"}).content.decode()
    assert "Send it to 1 person" in preview
    assert "Tu grupo" in preview or 'lang="es"' in preview
    assert "Bring chairs." in client.post(address, {**typed, "do": "change"}).content.decode()
    assert not HostMessage.objects.exists()
    assert said(client, address, {**typed, "do": "test"})[0].startswith("The test is on its way")
    assert said(client, address, {**typed, "do": "send"}) == ["Your message is on its way."]
    message = HostMessage.objects.get()
    assert (message.subject, message.sent_by) == ("Saturday", staff)
    assert "Bring chairs." in text_of(client, f"{NATIONAL}{campaign.pk}/messages/{message.pk}/")
    assert "Saturday" in text_of(client, f"{NATIONAL}{campaign.pk}/")


def test_an_empty_message_and_one_to_nobody_are_refused(client: Client, staff: User, campaign: Campaign) -> None:
    address = f"{NATIONAL}{campaign.pk}/messages/new/"
    assert client.post(address, {"do": "preview", "subject": "x"}).status_code == 422
    response = client.post(address, {"do": "send", "subject": "x", "text": "y"})
    assert response.status_code == 409
    assert "Nobody hosts this campaign yet." in response.content.decode()


def test_tests_of_a_message_are_limited(client: Client, staff: User, campaign: Campaign) -> None:
    address, typed = f"{NATIONAL}{campaign.pk}/messages/new/", {"do": "test", "subject": "x", "text": "y"}
    for _time in range(10):
        client.post(address, typed)
    assert "ten tests within an hour" in said(client, address, typed)[-1]
    assert OutgoingMail.objects.exclude(purpose=PURPOSE).count() == 10


def test_the_message_of_another_campaign_is_not_found(client: Client, staff: User, campaign: Campaign) -> None:
    message = campaign.messages.create(subject="x", text="y", at=NOW)
    other = make_campaign(slug="other")
    text_of(client, f"{NATIONAL}{other.pk}/messages/{message.pk}/", 404)


def test_an_event_of_a_campaign_keeps_what_it_says(client: Client, staff: User, campaign: Campaign) -> None:
    event = make_event(campaign=campaign, title="Ours")
    client.post(f"{NATIONAL}{campaign.pk}/change/", {**TYPED, "event_title": "New"})
    assert Event.objects.get(pk=event.pk).title == "Ours"
