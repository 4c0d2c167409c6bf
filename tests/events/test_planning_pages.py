"""The pages on which events are planned: what was typed, what went wrong with it, and who may."""

import datetime
import io
import re
from typing import Any

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.html import escape
from PIL import Image
from pytest_django import Settings

from affiliates.models import Group, GroupStatus, Role
from events.models import (
    Campaign,
    CampaignState,
    Event,
    EventFormat,
    EventKind,
    EventNotice,
    EventPicture,
    EventQuestion,
    EventState,
    Series,
)
from events.pictures import draw_picture, set_picture
from events.plan_times import local_time
from events.planning import make_event
from events.questions import QuestionPlan, questions_of
from events.series import make_series
from foundation.accounts.models import StaffTask, User
from foundation.places.distance import Point
from tests.factories import make_contact, make_group, make_staff, make_user
from tests.signing_in import sign_in

from . import making
from .planning_events import DAY, HOUR, NEW_YORK, NOW, STARTS, make_plan
from .test_planning import make_campaign

pytestmark = pytest.mark.django_db

NATIONAL = "/national/events/new/"
MEETING: dict[str, Any] = {
    "title": "Monthly meeting", "kind": "meeting", "format": "in_person", "day": "2026-06-09", "time": "18:30",
    "end_time": "20:30", "place": "02139", "time_zone": NEW_YORK, "language": "en", "most_guests": "3",
    "revision": "0",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _at_noon() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def group() -> Group:
    return make_group()


@pytest.fixture
def host(group: Group, client: Client) -> User:
    host = make_contact(group)
    sign_in(client, host)
    return host


@pytest.fixture
def draft(group: Group, host: User) -> Event:
    return make_event(plan=make_plan(), group=group, actor=host, now=NOW)


def new_path(group: Group) -> str:
    return f"/organize/groups/{group.slug}/events/new/"


def own_path(event: Event, page: str) -> str:
    return f"/organize/events/{event.pk}/{page}/"


def plan(client: Client, path: str, **typed: Any) -> Event:
    """Send the form, and the event that comes of it."""
    response = client.post(path, {**MEETING, **typed})
    assert response.status_code == 302, errors(response)
    return Event.objects.latest("pk")


def refused(client: Client, path: str, **typed: Any) -> dict[str, list[str]]:
    """Send the form, and what is said at which field."""
    events = Event.objects.count()
    response = client.post(path, {**MEETING, **typed})
    assert response.status_code == 422
    assert Event.objects.count() == events
    text = response.content.decode()
    assert "There is a problem" in text
    assert "<title>Error: " in text
    return errors(response)


def errors(response: Any) -> dict[str, list[str]]:
    return {name: list(found) for name, found in response.context["form"].errors.items()}


def sent(event: Event, client: Client) -> dict[str, Any]:
    """What the browser sends if nothing is changed in the form of an event."""
    form = client.get(own_path(event, "edit")).context["form"]
    values = {name: form[name].value() for name in form.fields}
    on: dict[bool, Any] = {True: "on", False: None}
    typed = {name: on.get(value, value) if isinstance(value, bool) else value for name, value in values.items()}
    return {name: value for name, value in typed.items() if value is not None}


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


# --- a new one ------------------------------------------------------------------------------------------------


def test_four_things_are_enough_for_a_draft(client: Client, group: Group, host: User) -> None:
    event = plan(client, new_path(group))
    assert (event.state, event.group, event.made_by) == (EventState.DRAFT, group, host)
    assert (event.starts_at, event.ends_at - event.starts_at, event.time_zone) == (STARTS, 2 * HOUR, NEW_YORK)
    assert (event.zip_code_id, event.place_name, event.state_code, event.country) == (
        "02139",
        "Cambridge, MA",
        "MA",
        "US",
    )
    assert event.point == Point(group.latitude or 0, group.longitude or 0)  # the ZIP code's
    response = client.post(new_path(group), MEETING)
    assert response.headers["Location"] == f"/organize/events/{Event.objects.latest('pk').pk}/"


def test_everything_that_may_be_said_is_saved(client: Client, group: Group, host: User) -> None:
    event = plan(
        client, new_path(group), format="hybrid", venue_name="Library", address="449 Broadway", hides_address="on",
        join_link="calls.example.org/1", join_words="Or phone", about="We talk.", language="es",
        spoken="Español,  ASL ,español", access=["step_free", "captions"], access_notes="Ring twice.", capacity="40",
        most_guests="0", hides_event="on",
    )  # fmt: skip
    assert (event.format, event.venue_name, event.address) == (EventFormat.HYBRID, "Library", "449 Broadway")
    assert (event.is_address_public, event.is_link_public, event.is_listed) == (False, True, False)
    assert (event.join_link, event.join_words) == ("https://calls.example.org/1", "Or phone")
    assert (event.about, event.language, event.spoken) == ("We talk.", "es", ["Español", "ASL", "español"])
    assert (event.access, event.access_notes, event.capacity, event.most_guests) == (
        ["step_free", "captions"], "Ring twice.", 40, 0
    )  # fmt: skip


def test_the_form_proposes_what_is_usual(client: Client, host: User) -> None:
    group = make_group(near="90210")
    group.roles.create(user=host, role=Role.ORGANIZER)
    form = client.get(new_path(group)).context["form"]
    assert (form["time_zone"].value(), form["format"].value(), form["hides_link"].value()) == (
        "America/Los_Angeles", EventFormat.IN_PERSON, True
    )  # fmt: skip


def test_the_clocks_are_those_of_the_place_and_online_those_chosen(client: Client, group: Group, host: User) -> None:
    there = plan(client, new_path(group), place="90210")
    assert (there.time_zone, there.starts_at) == ("America/Los_Angeles", STARTS + 3 * HOUR)
    online = plan(client, new_path(group), format="online", time_zone="America/Chicago", place="90210")
    assert (online.time_zone, online.starts_at, online.zip_code) == ("America/Chicago", STARTS + HOUR, None)


def test_it_can_be_looked_at_after_saving(client: Client, group: Group, host: User) -> None:
    response = client.post(new_path(group), {**MEETING, "do": "preview"})
    event = Event.objects.get()
    assert response.headers["Location"] == event.get_absolute_url()
    assert client.get(own_path(event, "preview")).headers["Location"] == event.get_absolute_url()


def test_staff_plan_events_of_the_network(client: Client) -> None:
    sign_in(client, make_staff(StaffTask.PROMOTIONS))
    assert plan(client, NATIONAL, format="online").group is None
    assert client.get(NATIONAL).context["form"]["time_zone"].value()


def test_a_group_without_an_agreement_in_force_is_told_so(client: Client, host: User) -> None:
    forming = make_group(status=GroupStatus.FORMING)
    forming.roles.create(user=host, role=Role.CONTACT)
    for response in (client.get(new_path(forming)), client.post(new_path(forming), MEETING)):
        assert response.status_code == 403
    assert not Event.objects.exists()


# --- bad input ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"title": " "}, "title", "required"),
        ({"kind": "orgy"}, "kind", "valid choice"),
        ({"format": ""}, "format", "required"),
        ({"day": "someday"}, "day", "valid date"),
        ({"day": "2026-05-09"}, "day", "in the past"),
        ({"end_time": "18:00"}, "end_time", "ends before it begins"),
        ({"end_time": "18:30"}, "end_time", "ends before it begins"),
        ({"end_day": "2026-06-08"}, "end_time", "ends before it begins"),
        ({"end_day": "2026-07-09"}, "end_time", "14 days"),
        ({"day": "2027-03-14", "time": "02:30", "end_time": "04:00"}, "time", "put forward over it"),
        ({"day": "2027-03-14", "time": "01:00", "end_time": "02:30"}, "end_time", "put forward over it"),
        ({"place": ""}, "place", "Say where"),
        ({"place": "00000"}, "place", "no ZIP code"),
        ({"place": "Texas"}, "place", "too large"),
        ({"place": "09012"}, "place", "military"),
        ({"latitude": "42.4"}, "longitude", "both"),
        ({"latitude": "91", "longitude": "0"}, "latitude", "less than or equal to 90"),
        ({"latitude": "40.7", "longitude": "-74.0"}, "latitude", "miles from Cambridge, MA"),
        ({"place": "", "abroad_name": "Allende"}, "country", "needs its name, country"),
        ({"place": "", "abroad_name": "Allende", "country": "Mexico"}, "latitude", "needs its name, country"),
        ({"place": "", "abroad_name": "Oz", "country": "Oz"}, "country", "no country of this name"),
        (
            {"place": "", "abroad_name": "A", "country": "Mexico", "latitude": "42.3", "longitude": "-71.1"},
            "latitude", "in the United States",
        ),
        (
            {"place": "", "abroad_name": "A", "country": "Mexico", "latitude": "0", "longitude": "0"},
            "latitude", "nowhere",
        ),
        ({"format": "online", "time_zone": "Mars/Crater"}, "time_zone", "valid choice"),
        ({"format": "online", "join_link": "javascript:alert(1)"}, "join_link", "valid URL"),
        ({"format": "online", "join_link": "ftp://example.org/"}, "join_link", "https://"),
        ({"capacity": "0"}, "capacity", "greater than or equal to 1"),
        ({"most_guests": "10"}, "most_guests", "less than or equal to 9"),
        ({"access": ["magic"]}, "access", "valid choice"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("host")
def test_what_cannot_be_is_said_at_its_field(
    typed: dict[str, str], field: str, words: str, client: Client, group: Group
) -> None:
    found = refused(client, new_path(group), **typed)
    assert list(found) == [field]
    assert words in found[field][0]


def test_what_was_typed_stays_in_the_form(client: Client, group: Group, host: User) -> None:
    response = client.post(new_path(group), {**MEETING, "title": "Ours & <theirs>", "place": "00000", "latitude": "x"})
    text = response.content.decode()
    assert escape("Ours & <theirs>") in text
    assert 'value="x"' in text
    assert re.search(r"<details[^>]* open><summary>Set the point", text)  # what is wrong in it has to be seen


def test_after_midnight_is_the_next_day(client: Client, group: Group, host: User) -> None:
    event = plan(client, new_path(group), time="22:00", end_time="01:00", end_day="2026-06-10")
    assert event.ends_at - event.starts_at == 3 * HOUR


# --- the hour that comes twice --------------------------------------------------------------------------------

TWICE = {"day": "2026-11-01", "time": "01:30", "end_time": "03:00"}


def test_of_a_time_that_comes_twice_the_first_is_taken_and_said(client: Client, group: Group, host: User) -> None:
    response = client.post(new_path(group), {**MEETING, **TWICE})
    event = Event.objects.get()
    assert event.starts_at == datetime.datetime(2026, 11, 1, 5, 30, tzinfo=datetime.UTC)
    assert any("We took the first" in words for words in said(response))
    assert "Take the second one" in client.get(own_path(event, "edit")).content.decode()


def test_the_second_can_be_chosen_and_stays_chosen(client: Client, draft: Event) -> None:
    client.post(own_path(draft, "edit"), {**sent(draft, client), **TWICE, "starts_second": "on"})
    draft.refresh_from_db()
    assert draft.starts_at == datetime.datetime(2026, 11, 1, 6, 30, tzinfo=datetime.UTC)
    response = client.post(own_path(draft, "edit"), {**sent(draft, client), "title": "Better"})
    draft.refresh_from_db()
    assert (draft.title, draft.starts_at.hour) == ("Better", 6)
    assert not any("We took the first" in words for words in said(response))


def test_an_event_within_the_hour_that_comes_twice(client: Client, group: Group, host: User) -> None:
    event = plan(client, new_path(group), day="2026-11-01", time="01:45", end_time="01:15")
    assert event.ends_at - event.starts_at == HOUR / 2


def test_an_evening_may_end_the_second_time(client: Client, group: Group, host: User) -> None:
    night = {"day": "2026-10-31", "time": "22:00", "end_day": "2026-11-01", "end_time": "01:30"}
    assert plan(client, new_path(group), **night).ends_at.hour == 5
    assert plan(client, new_path(group), **night, ends_second="on").ends_at.hour == 6


def test_on_other_days_nobody_is_asked(client: Client, draft: Event) -> None:
    assert "Take the second one" not in client.get(own_path(draft, "edit")).content.decode()


# --- the place ------------------------------------------------------------------------------------------------


def test_a_point_of_ones_own(client: Client, group: Group, host: User) -> None:
    assert plan(client, new_path(group), latitude="42.37", longitude="-71.11").point == Point(42.37, -71.11)


def test_a_city_has_its_zip_code_and_a_city_abroad_none(client: Client, group: Group, host: User) -> None:
    assert plan(client, new_path(group), place="Cambridge, MA").zip_code_id
    toronto = plan(client, new_path(group), place="Toronto, Canada")
    assert (toronto.country, toronto.zip_code_id, toronto.state_code, toronto.time_zone) == (
        "CA",
        None,
        "",
        "America/Toronto",
    )


def test_a_place_abroad_by_its_name_and_coordinates_and_changed_again(client: Client, group: Group, host: User) -> None:
    typed = {"place": "", "abroad_name": "Allende", "country": "Mexico", "latitude": "25.28", "longitude": "-100.02"}
    event = plan(client, new_path(group), **typed)
    assert (event.place_name, event.country, event.point) == ("Allende", "MX", Point(25.28, -100.02))
    assert event.time_zone == "America/Monterrey"
    client.post(own_path(event, "edit"), {**sent(event, client), "address": "Plaza 1"})
    event.refresh_from_db()
    assert (event.place_name, event.country, event.address, event.revision) == ("Allende", "MX", "Plaza 1", 1)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """What the geocoder was asked; it finds everything at one point in Cambridge."""
    asked: list[dict[str, str]] = []

    def find(**parts: str) -> Point:
        asked.append(parts)
        return Point(42.3736, -71.1097)

    monkeypatch.setattr("events.venues.point_of_address", find)
    return asked


def test_the_address_is_looked_up_once(client: Client, group: Group, host: User, asked: list[dict[str, str]]) -> None:
    event = plan(client, new_path(group), address="449 Broadway")
    assert asked == [
        {"street": "449 Broadway", "city": "Cambridge", "state": "Massachusetts", "zip_code": "02139",
         "country": "United States"}
    ]  # fmt: skip
    assert event.point == Point(42.3736, -71.1097)
    client.post(own_path(event, "edit"), {**sent(event, client), "title": "Another"})
    assert len(asked) == 1


def test_a_point_goes_with_the_address_that_it_was_for(
    client: Client, group: Group, host: User, asked: list[dict[str, str]]
) -> None:
    event = plan(client, new_path(group), latitude="42.36", longitude="-71.12")
    assert asked == []
    client.post(own_path(event, "edit"), {**sent(event, client), "address": "1 Main Street"})
    event.refresh_from_db()
    assert event.point == Point(42.3736, -71.1097)
    new = {"address": "2 Main Street", "latitude": "42.35", "longitude": "-71.1"}
    client.post(own_path(event, "edit"), {**sent(event, client), **new})
    event.refresh_from_db()
    assert event.point == Point(42.35, -71.1)


def test_an_address_found_far_away_is_not_believed(client: Client, group: Group, host: User, asked: list[Any]) -> None:
    event = plan(client, new_path(group), place="90210", address="449 Broadway")
    assert (len(asked), event.point) == (
        1,
        Point(*[getattr(event.zip_code, name) for name in ("latitude", "longitude")]),
    )


def test_without_a_geocoder_the_zip_codes_point_is_taken(
    client: Client, group: Group, host: User, settings: Settings
) -> None:
    settings.NOMINATIM_URL = ""
    event = plan(client, new_path(group), address="449 Broadway")
    assert event.point == Point(group.latitude or 0, group.longitude or 0)


# --- for a campaign -------------------------------------------------------------------------------------------


def campaign_path(group: Group, campaign: Campaign) -> str:
    return f"{new_path(group)}?campaign={campaign.slug}"


def test_a_campaign_fills_the_form_in(client: Client, group: Group, host: User) -> None:
    campaign = make_campaign(event_title="Watch with us", event_about="Popcorn.", ends_on=datetime.date(2026, 6, 1))
    response = client.get(campaign_path(group, campaign))
    form = response.context["form"]
    assert [form[name].value() for name in ("title", "about", "kind", "day")] == [
        "Watch with us", "Popcorn.", EventKind.WATCH_PARTY, datetime.date(2026, 6, 1)
    ]  # fmt: skip
    assert "Launch" in response.content.decode()


def test_an_event_for_a_campaign_has_its_kind_whatever_is_sent(client: Client, group: Group, host: User) -> None:
    campaign = make_campaign()
    event = plan(client, campaign_path(group, campaign), kind="rally")
    assert (event.campaign, event.kind) == (campaign, EventKind.WATCH_PARTY)
    client.post(own_path(event, "edit"), {**sent(event, client), "kind": "rally", "title": "Party"})
    event.refresh_from_db()
    assert (event.title, event.kind) == ("Party", EventKind.WATCH_PARTY)


def test_what_the_campaign_does_not_want_is_said_at_its_field(client: Client, group: Group, host: User) -> None:
    path = campaign_path(group, make_campaign())
    assert list(refused(client, path, day="2026-06-10")) == ["day"]
    assert list(refused(client, path, place="10001")) == ["place"]


def test_a_campaign_that_is_over_or_not_there(client: Client, group: Group, host: User) -> None:
    closed = make_campaign(state=CampaignState.CLOSED)
    response = client.get(campaign_path(group, closed))
    assert "This campaign takes no more events." in response.content.decode()
    assert plan(client, campaign_path(group, closed)).campaign is None
    Campaign.objects.update(state=CampaignState.DRAFT)
    assert client.get(campaign_path(group, closed)).status_code == 404
    assert client.get(f"{new_path(group)}?campaign=nothing").status_code == 404


# --- changed --------------------------------------------------------------------------------------------------


def test_saving_the_form_as_it_is_changes_nothing(client: Client, draft: Event) -> None:
    response = client.post(own_path(draft, "edit"), sent(draft, client))
    assert response.headers["Location"] == own_path(draft, "edit").removesuffix("edit/")
    draft.refresh_from_db()
    assert draft.revision == 0


def test_who_answered_is_told_of_what_staff_change_too(client: Client) -> None:
    event = making.make_event(make_group(), now=NOW)
    sign_in(client, make_staff(StaffTask.PROMOTIONS))
    client.post(own_path(event, "edit"), {**sent(event, client), "address": "1 Main Street"})
    assert EventNotice.objects.get().event == event


def test_who_saves_second_sees_both_and_decides(client: Client, draft: Event) -> None:
    """What was typed stays; saved once more, it takes the place of the other's."""
    mine = {**sent(draft, client), "title": "Mine", "address": "1 Main Street"}
    theirs = Client()
    sign_in(theirs, make_contact(draft.group or make_group()))
    theirs.post(own_path(draft, "edit"), {**sent(draft, theirs), "title": "Theirs", "hides_event": "on"})
    response = client.post(own_path(draft, "edit"), mine)
    assert response.status_code == 422
    assert response.context["saved_now"] == [
        ("Title", "Theirs", "Mine"),
        ("Street and number", "449 Broadway", "1 Main Street"),
        ("Leave it out of searches and the map", "yes", "no"),
    ]
    draft.refresh_from_db()
    assert (draft.title, draft.address) == ("Theirs", "449 Broadway")
    text = response.content.decode()
    assert 'value="Mine"' in text
    again = response.context["form"].data
    assert client.post(own_path(draft, "edit"), again.dict()).status_code == 302
    draft.refresh_from_db()
    assert (draft.title, draft.address, draft.is_listed) == ("Mine", "1 Main Street", True)


def test_fewer_places_than_are_taken_are_said_at_the_field(client: Client, group: Group, host: User) -> None:
    event = making.make_event(group, now=NOW)
    making.make_rsvp(event, party_size=4)
    response = client.post(own_path(event, "edit"), {**sent(event, client), "capacity": "3"})
    assert errors(response) == {"capacity": ["4 places are taken already."]}


@pytest.mark.parametrize("page", ["edit", "questions", "picture"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_event_that_is_closed_leads_back(page: str, method: str, client: Client, group: Group, host: User) -> None:
    event = making.make_event(group, now=NOW, state=EventState.CANCELLED, cancelled_at=NOW, approved_at=NOW)
    response = getattr(client, method)(own_path(event, page), MEETING)
    assert (response.status_code, response.headers["Location"]) == (302, f"/organize/events/{event.pk}/")
    assert said(response) == ["This event was cancelled."]


def test_what_staff_ask_for_stands_above_the_form(client: Client, draft: Event) -> None:
    Event.objects.update(asked="Name the speaker.")
    assert "Name the speaker." in client.get(own_path(draft, "edit")).content.decode()


def test_a_cohost_changes_it_too_and_a_helper_does_not(client: Client, draft: Event) -> None:
    other = make_group()
    draft.cohosts.create(group=other, asked_at=NOW, accepted_at=NOW)
    sign_in(client, make_contact(other, role=Role.ORGANIZER))
    assert client.get(own_path(draft, "edit")).status_code == 200
    sign_in(client, make_contact(other, role=Role.HELPER))
    assert client.get(own_path(draft, "edit")).status_code == 404


# --- copied ---------------------------------------------------------------------------------------------------


def test_a_copy_for_another_day(client: Client, draft: Event, host: User) -> None:
    response = client.post(own_path(draft, "clone"), {"day": "2026-07-14", "time": "19:00"})
    copy = Event.objects.latest("pk")
    assert response.headers["Location"] == own_path(copy, "edit")
    assert f"{local_time(copy.starts_at, NEW_YORK):%m-%d %H:%M}" == "07-14 19:00"
    assert (copy.ends_at - copy.starts_at, copy.group, copy.made_by) == (2 * HOUR, draft.group, host)


@pytest.mark.parametrize(
    ("day", "time", "field"), [("2026-05-01", "19:00", "day"), ("", "19:00", "day"), ("2027-03-14", "02:30", "time")]
)
def test_a_copy_for_no_day(day: str, time: str, field: str, client: Client, draft: Event) -> None:
    response = client.post(own_path(draft, "clone"), {"day": day, "time": time})
    assert (response.status_code, list(errors(response))) == (422, [field])


def test_a_cohosts_copy_is_its_own_and_that_of_staff_the_networks(client: Client, draft: Event) -> None:
    other = make_group()
    draft.cohosts.create(group=other, asked_at=NOW, accepted_at=NOW)
    sign_in(client, make_contact(other))
    client.post(own_path(draft, "clone"), {"day": "2026-07-14", "time": "19:00"})
    assert Event.objects.latest("pk").group == other
    sign_in(client, make_staff(StaffTask.PROMOTIONS))
    client.post(own_path(draft, "clone"), {"day": "2026-07-14", "time": "19:00"})
    assert Event.objects.latest("pk").group is None


# --- questions ------------------------------------------------------------------------------------------------


def test_questions_are_asked_with_choices_or_without(client: Client, draft: Event) -> None:
    typed = {
        "revision": "0",
        "text_1": "Why?",
        "text_3": "What?",
        "choices_3": " Cake \n\nSalad\nCake",
        "required_3": "on",
    }
    client.post(own_path(draft, "questions"), typed)
    assert questions_of(draft) == [QuestionPlan("Why?"), QuestionPlan("What?", ("Cake", "Salad"), is_required=True)]
    shown = client.get(own_path(draft, "questions")).context["form"].rows
    assert [is_shown for _number, _fields, is_shown in shown] == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"choices_1": "Cake\nSalad"}, "text_1"),
        ({"text_1": "What?", "choices_1": "Cake"}, "choices_1"),
        ({"text_1": "What?", "choices_1": "Cake\nCake"}, "choices_1"),
        ({"text_2": "What?", "choices_2": "\n".join(map(str, range(13)))}, "choices_2"),
        ({"text_1": "What?", "choices_1": f"Cake\n{'x' * 121}"}, "choices_1"),
        ({"text_1": "x" * 201}, "text_1"),
    ],
)
def test_a_question_that_is_none(typed: dict[str, str], field: str, client: Client, draft: Event) -> None:
    response = client.post(own_path(draft, "questions"), {"revision": "0", **typed})
    assert (response.status_code, list(errors(response))) == (422, [field])
    assert not EventQuestion.objects.exists()


def test_questions_of_two_hosts_at_once(client: Client, draft: Event) -> None:
    client.post(own_path(draft, "questions"), {"revision": "0", "text_1": "Theirs?"})
    response = client.post(own_path(draft, "questions"), {"revision": "0", "text_1": "Mine?"})
    text = response.content.decode()
    assert response.status_code == 422
    assert "Theirs?" in text
    assert 'value="Mine?"' in text
    client.post(own_path(draft, "questions"), response.context["form"].data.dict())
    assert questions_of(draft) == [QuestionPlan("Mine?")]


# --- the picture ----------------------------------------------------------------------------------------------


def upload(image: Image.Image | None = None, name: str = "red.png") -> SimpleUploadedFile:
    out = io.BytesIO()
    (image or Image.new("RGB", (40, 30), "red")).save(out, "PNG")
    return SimpleUploadedFile(name, out.getvalue(), "image/png")


def set_red(event: Event, actor: User) -> EventPicture:
    return set_picture(event=event, drawn=draw_picture(upload().read()), alt="Red", actor=actor, now=NOW)


def test_a_picture_is_uploaded_changed_in_words_and_removed(client: Client, draft: Event) -> None:
    path = own_path(draft, "picture")
    assert client.post(path, {"picture": upload(), "alt": "A wall"}).status_code == 302
    picture = EventPicture.objects.get()
    text = client.get(path).content.decode()
    assert f"/events/{draft.slug}/picture-{picture.digest}.webp" in text
    client.post(path, {"alt": "A red wall"})
    picture.refresh_from_db()
    assert picture.alt == "A red wall"
    client.post(path, {"do": "remove"})
    assert not EventPicture.objects.exists()


@pytest.mark.parametrize(
    ("file", "alt", "field"),
    [
        (None, "A wall", "picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "A wall", "picture"),
        (b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + 2 * (30_000).to_bytes(4) + b"\x08\x02\0\0\0", "A wall", "picture"),
        (bytes(10 * 2**20 + 1), "A wall", "picture"),
        (b"", "A wall", "picture"),
        (upload().read(), " ", "alt"),
    ],
)
def test_a_picture_that_is_none(file: bytes | None, alt: str, field: str, client: Client, draft: Event) -> None:
    files = {} if file is None else {"picture": SimpleUploadedFile("picture.png", file, "image/png")}
    response = client.post(own_path(draft, "picture"), {"alt": alt, **files})
    assert (response.status_code, list(errors(response))) == (422, [field])
    assert not EventPicture.objects.exists()


def test_the_picture_of_a_public_event_may_be_kept_by_everybody(client: Client, group: Group, host: User) -> None:
    event = making.make_event(group, now=NOW)
    picture = set_red(event, host)
    response = Client().get(f"/events/{event.slug}/picture-{picture.digest}.webp")
    assert (response.content, response.headers["Content-Type"]) == (bytes(picture.body), "image/webp")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert set(response.headers["Cache-Control"].split(", ")) == {"public", "max-age=31536000", "immutable"}
    assert response.headers["Content-Security-Policy"] == "default-src 'none'"
    assert not response.cookies


def test_the_picture_of_a_draft_is_shown_to_its_hosts(client: Client, draft: Event, host: User) -> None:
    address = f"/events/{draft.slug}/picture-{set_red(draft, host).digest}.webp"
    assert Client().get(address).status_code == 404
    response = client.get(address)
    assert (response.status_code, set(response.headers["Cache-Control"].split(", "))) == (200, {"private", "no-store"})


def test_another_picture_has_another_address(client: Client, group: Group, host: User) -> None:
    event = making.make_event(group, now=NOW)
    before = set_red(event, host).digest
    client.post(own_path(event, "picture"), {"picture": upload(Image.new("RGB", (40, 30), "blue")), "alt": "Blue"})
    assert client.get(f"/events/{event.slug}/picture-{before}.webp").status_code == 404
    other = making.make_event(group, now=NOW)
    now = EventPicture.objects.get().digest
    assert client.get(f"/events/{event.slug}/picture-{now}.webp").status_code == 200
    assert client.get(f"/events/{other.slug}/picture-{now}.webp").status_code == 404


# --- series ---------------------------------------------------------------------------------------------------

WEEKLY = {"every": "week", "count": "4", "revision": "0"}


def test_first_the_dates_are_shown_then_made(client: Client, draft: Event) -> None:
    path = own_path(draft, "series")
    shown = client.post(path, {**WEEKLY, "do": "preview"})
    keys = [key for _date, key, _words in shown.context["dates"]]
    assert keys == [f"2026-06-{day:02}T18:30:00" for day in (9, 16, 23, 30)]
    assert "Tuesday, June 23, 2026" in shown.content.decode()
    assert Event.objects.count() == 1
    made = client.post(path, {**WEEKLY, "do": "make", "rule": shown.context["rule"], "on": [keys[1], keys[3]]})
    assert made.status_code == 302
    starts = Event.objects.order_by("starts_at").values_list("starts_at", flat=True)
    assert [start - STARTS for start in starts] == [0 * DAY, 7 * DAY, 21 * DAY]
    assert Series.objects.get().left_out == ["2026-06-23T18:30:00"]
    text = client.get(path).content.decode()
    assert text.count("/organize/events/") >= 2
    assert "Cancel this date and all later ones" in text


def test_another_rule_than_was_shown_is_shown_first(client: Client, draft: Event) -> None:
    answer = {**WEEKLY, "count": "5", "do": "make", "rule": "FREQ=WEEKLY;COUNT=4", "on": ["2026-06-16T18:30:00"]}
    response = client.post(own_path(draft, "series"), answer)
    assert (response.status_code, len(response.context["dates"])) == (200, 5)
    assert not Series.objects.exists()


@pytest.mark.parametrize("field", ["venue_name", "address"])
@pytest.mark.parametrize("text", ["x" * 500, "\0"])
def test_a_venue_that_cannot_be_written_down_is_refused_at_its_field(
    client: Client, group: Group, host: User, field: str, text: str
) -> None:
    response = client.post(f"/organize/groups/{group.slug}/events/new/", {**MEETING, field: text})
    assert response.status_code == 422
    assert f'href="#id_{field}"' in response.content.decode()


def test_a_title_stays_one_line_so_that_it_is_no_button_of_a_mail(client: Client, group: Group, host: User) -> None:
    lines = "Soup\n\nYour prize:\nhttps://elsewhere.example.org/\n"
    typed = {**MEETING, "title": lines, "venue_name": lines, "address": lines}
    assert client.post(f"/organize/groups/{group.slug}/events/new/", typed).status_code == 302
    event = Event.objects.get()
    assert {event.title, event.venue_name, event.address} == {"Soup Your prize: https://elsewhere.example.org/"}


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2100-01-01"])
def test_a_day_at_the_end_of_the_calendar_is_refused_in_words(
    client: Client, group: Group, host: User, day: str
) -> None:
    draft = making.make_event(group, state=EventState.DRAFT)
    typed = {**MEETING, "day": day, "time": "23:30", "end_time": "23:45"}
    until = {"every": "week", "until": day, "revision": "0"}
    for there, data in (
        (f"/organize/groups/{group.slug}/events/new/", typed),
        (f"/organize/groups/{group.slug}/events/new/", {**MEETING, "end_day": day}),
        (f"/organize/events/{draft.pk}/clone/", {"day": day, "time": "23:30"}),
        (f"/organize/events/{draft.pk}/series/", until),
    ):
        response = client.post(there, data)
        assert response.status_code == 422, there
        assert "cannot be right" in response.content.decode()


def test_a_date_that_the_clocks_skip_falls_away(client: Client, group: Group, host: User) -> None:
    plan_in_march = make_plan(datetime.datetime(2027, 3, 7, 7, 30, tzinfo=datetime.UTC))  # 2:30 a.m.
    event = make_event(plan=plan_in_march, group=group, actor=host, now=NOW)
    path = own_path(event, "series")
    shown = client.post(path, {**WEEKLY, "do": "preview"})
    assert "so this date falls away" in shown.content.decode()
    keys = [key for date, key, _words in shown.context["dates"] if not date.is_skipped]
    client.post(path, {**WEEKLY, "do": "make", "rule": shown.context["rule"], "on": keys})
    assert Event.objects.count() == 3


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"count": ""}, "Say when the series ends"),
        ({"until": "2026-12-31"}, "Say when the series ends"),
        ({"count": "61"}, "less than or equal to 60"),
        ({"count": "", "until": "2028-12-31"}, "60 dates at most"),
        ({"every": "month", "count": "30"}, "18 months at most"),
        ({"count": "", "until": "2026-06-01"}, "none of the dates"),
        ({"every": "year"}, "valid choice"),
        ({"revision": "7", "do": "make", "rule": "FREQ=WEEKLY;COUNT=4", "on": "2026-06-16T18:30:00"}, "Somebody else"),
        ({"do": "make", "rule": "FREQ=WEEKLY;COUNT=4"}, "at least two dates"),
    ],
)
def test_a_series_that_is_none(typed: dict[str, str], words: str, client: Client, draft: Event) -> None:
    response = client.post(own_path(draft, "series"), {**WEEKLY, "do": "preview", **typed})
    assert response.status_code == 422
    assert any(words in error for found in errors(response).values() for error in found)
    assert (Event.objects.count(), Series.objects.count()) == (1, 0)


def test_every_month_says_which_weekday(client: Client, draft: Event) -> None:
    assert "every month, on the second Tuesday" in client.get(own_path(draft, "series")).content.decode()


def test_what_is_no_draft_is_copied_to_be_repeated(client: Client, group: Group, host: User) -> None:
    event = making.make_event(group, now=NOW)
    text = client.get(own_path(event, "series")).content.decode()
    assert own_path(event, "clone") in text
    client.post(own_path(event, "series"), {**WEEKLY, "do": "make", "rule": "FREQ=WEEKLY;COUNT=4"})
    assert not Series.objects.exists()


def test_one_press_submits_all_drafts_of_a_series(client: Client, draft: Event, host: User) -> None:
    make_series(event=draft, rule="FREQ=WEEKLY;COUNT=3", revision=0, actor=host, now=NOW)
    assert "Submit all its dates" in client.get(f"/organize/events/{draft.pk}/").content.decode()
    Event.objects.filter(pk=Event.objects.latest("starts_at").pk).update(place_name="")
    assert "Submit all 3 drafts" in client.get(own_path(draft, "series")).content.decode()
    text = client.post(own_path(draft, "series/submit"), follow=True).content.decode()
    assert "2 dates are with national staff now." in text
    assert "Nobody knows where it is" in text
    assert "Submit the 1 draft" in text
    states = list(Event.objects.order_by("starts_at").values_list("state", flat=True))
    assert states == [EventState.SUBMITTED, EventState.SUBMITTED, EventState.DRAFT]


def test_there_is_nothing_to_submit_in_a_series_without_drafts(client: Client, series: list[Event]) -> None:
    assert "Submit" not in client.get(own_path(series[0], "series")).content.decode()
    text = client.post(own_path(series[0], "series/submit"), follow=True).content.decode()
    assert "No date of the series is a draft any more." in text


@pytest.fixture
def series(draft: Event, host: User) -> list[Event]:
    """Three dates, approved."""
    make_series(event=draft, rule="FREQ=WEEKLY;COUNT=3", revision=0, actor=host, now=NOW)
    Event.objects.update(state=EventState.APPROVED, approved_at=NOW)
    return list(Event.objects.order_by("starts_at"))


@pytest.mark.parametrize(("scope", "titles"), [("this", ["A", "B", "A"]), ("later", ["A", "B", "B"])])
def test_a_change_to_this_date_or_to_all_later_ones(
    scope: str, titles: list[str], client: Client, series: list[Event]
) -> None:
    Event.objects.update(title="A")
    client.post(own_path(series[1], "edit"), {**sent(series[1], client), "title": "B", "scope": scope})
    assert list(Event.objects.order_by("starts_at").values_list("title", flat=True)) == titles


def test_the_last_date_and_a_single_event_are_not_asked(client: Client, series: list[Event], group: Group) -> None:
    assert "scope" not in client.get(own_path(series[2], "edit")).context["form"].fields
    assert "scope" in client.get(own_path(series[0], "edit")).context["form"].fields


def test_questions_and_pictures_for_all_later_dates(client: Client, series: list[Event]) -> None:
    revision = Event.objects.get(pk=series[1].pk).revision
    client.post(own_path(series[1], "questions"), {"revision": revision, "text_1": "Why?", "for_later": "on"})
    client.post(own_path(series[1], "picture"), {"picture": upload(), "alt": "Red", "for_later": "on"})
    assert [questions_of(event) for event in series] == [[], [QuestionPlan("Why?")], [QuestionPlan("Why?")]]
    assert set(EventPicture.objects.values_list("event", flat=True)) == {series[1].pk, series[2].pk}


def test_this_date_and_all_later_ones_are_cancelled_after_a_question(client: Client, series: list[Event]) -> None:
    path = own_path(series[1], "series/cancel")
    assert client.get(path).status_code == 200
    assert client.post(path, {"because": ""}).status_code == 422
    client.post(path, {"because": "The library closes."})
    states = list(Event.objects.order_by("starts_at").values_list("state", flat=True))
    assert states == [EventState.APPROVED, EventState.CANCELLED, EventState.CANCELLED]
    assert client.get(path).headers["Location"] == own_path(series[1], "series")


def test_strangers_find_none_of_it(client: Client, draft: Event) -> None:
    sign_in(client, make_user())
    for page in ("edit", "clone", "questions", "picture", "series", "series/cancel", "preview"):
        assert client.get(own_path(draft, page)).status_code == 404
        assert client.post(own_path(draft, page), MEETING).status_code in {404, 405}
