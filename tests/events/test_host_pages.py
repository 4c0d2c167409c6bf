"""The hosts' pages: what they show, what they do, and to whom they are closed."""

import datetime
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from affiliates.models import Group, GroupStatus, Role
from events.figures import figures_of
from events.host_pages import events_of_group, group_for, needs_of, todays_events
from events.models import Cohost, Event, EventNotice, EventReport, EventState, NoticeKind
from foundation.accounts.models import StaffTask, User
from foundation.mail.models import OutgoingMail
from members.consent import give_consent
from members.models import ConsentPurpose
from members.wordings import present_wording
from tests.factories import make_contact, make_group, make_staff, make_user
from tests.signing_in import sign_in

from .making import NOW, make_attendance, make_event, make_guest, make_rsvp

pytestmark = pytest.mark.django_db
DAY, HOUR = datetime.timedelta(days=1), datetime.timedelta(hours=1)


@pytest.fixture
def group() -> Group:
    return make_group("Table of Plenty")


@pytest.fixture
def host(group: Group, client: Client) -> User:
    user = make_contact(group, "host@example.org")
    sign_in(client, user)
    return user


def soon(group: Group | None, **fields: object) -> Event:
    return make_event(group, now=timezone.now(), **fields)  # type: ignore[arg-type]


def at(event: Event, below: str = "") -> str:
    return f"/organize/events/{event.pk}/{below}"


# --- a group's events -----------------------------------------------------------------------------------------


def test_a_groups_events_stand_where_they_belong(group: Group) -> None:
    later, sooner = make_event(group, starts_at=NOW + 5 * DAY), make_event(group, starts_at=NOW + 2 * DAY)
    draft, over = make_event(group, state=EventState.DRAFT), make_event(group, starts_at=NOW - 2 * DAY)
    declined = make_event(group, state=EventState.DECLINED)
    make_event(group, state=EventState.DECLINED, starts_at=NOW - 2 * DAY)
    off = make_event(group, state=EventState.CANCELLED, cancelled_at=NOW, approved_at=NOW)
    make_event(group, state=EventState.CANCELLED, cancelled_at=NOW)  # a draft that was dropped
    make_event(make_group())
    joined = make_event(make_group(), starts_at=NOW + 3 * DAY)
    Cohost.objects.create(event=joined, group=group, asked_at=NOW, accepted_at=NOW)
    found = events_of_group(group, now=NOW)
    assert [line.event for line in found.upcoming] == [sooner, joined, later]
    assert [line.is_own for line in found.upcoming] == [True, False, True]
    assert [line.event for line in found.planned] == [draft, declined]
    assert [line.event for line in found.past] == [over]
    assert [line.event for line in found.off] == [off]
    assert found.past_count == 1
    assert not events_of_group(make_group(), now=NOW)


def test_the_list_takes_as_many_queries_for_many_as_for_few(group: Group) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            events_of_group(group, now=NOW)
        return len(queries)

    make_rsvp(make_event(group))
    few = count()
    for _ in range(5):
        make_rsvp(make_event(group))
    assert count() == few


def test_the_page_is_closed_to_others_and_before_the_agreement_is_in_force(
    group: Group, host: User, client: Client
) -> None:
    there = f"/organize/groups/{group.slug}/events/"
    assert client.get(there).status_code == 200
    assert client.get(f"/organize/groups/{make_group().slug}/events/").status_code == 404
    Group.objects.filter(pk=group.pk).update(status=GroupStatus.FORMING)
    assert client.get(there).status_code == 403
    assert client.get(f"{there}history/").status_code == 404
    Group.objects.filter(pk=group.pk).update(status=GroupStatus.ENDED)
    assert client.get(there).status_code == 404


def test_the_history_says_who_did_not_come(group: Group, host: User, client: Client) -> None:
    event = make_event(group, starts_at=timezone.now() - DAY)
    came, _stayed = make_rsvp(event), make_rsvp(event)
    make_attendance(event, came.person)
    page = client.get(f"/organize/groups/{group.slug}/events/history/").content.decode()
    assert "50 %" in page


@pytest.mark.parametrize("number", ["000001" + "9" * 20, "9" * 5000, "²", "-1"])
def test_what_is_no_number_of_a_page_is_the_first(group: Group, host: User, client: Client, number: str) -> None:
    event = make_event(group)
    for there in (f"/organize/groups/{group.slug}/events/history/", f"/organize/events/{event.pk}/answers/"):
        assert client.get(there, {"page": number}).status_code == 200


# --- what an event needs --------------------------------------------------------------------------------------


def needs(event: Event, now: datetime.datetime = NOW) -> list[str]:
    return [need.text for need in needs_of(event, figures_of(event), now=now)]


def test_a_draft_that_was_sent_back_needs_what_was_asked(group: Group) -> None:
    event = make_event(group, state=EventState.DRAFT, asked="A better title.", latitude=None, longitude=None)
    first, second = needs_of(event, figures_of(event), now=NOW)
    assert (first.is_urgent, first.detail) == (True, "A better title.")
    assert "where it is" in second.text


def test_an_approved_event_needs_its_door_on_its_day_only(group: Group) -> None:
    event = make_event(group)
    assert needs(event) == []
    assert needs(event, event.starts_at - 11 * HOUR) == ["Check people in"]
    assert needs(event, event.ends_at - HOUR / 2) == ["Check people in"]
    assert needs(event, event.ends_at + HOUR) == ["Check in those who are on paper", "Tell how it went"]
    assert needs(event, event.ends_at + 7 * HOUR) == ["Tell how it went"]
    EventReport.objects.create(event=event, head_count=3, at=NOW)
    assert needs(event, event.ends_at + 7 * HOUR) == []
    EventReport.objects.all().delete()
    assert needs(event, event.ends_at + 15 * DAY) == []


def test_before_it_needs_a_word_on_the_line_the_link_and_the_invitations(group: Group) -> None:
    event = make_event(group, format="hybrid")
    make_rsvp(event, state="waiting")
    Cohost.objects.create(event=event, group=make_group("Friends"), asked_at=NOW)
    Cohost.objects.create(event=event, group=make_group("No"), asked_at=NOW, declined_at=NOW)
    line, link, invitation = needs(event)
    assert "1 answer waits" in line
    assert "join online" in link
    assert "Friends" in invitation


@pytest.mark.parametrize("state", [EventState.CANCELLED, EventState.DECLINED])
def test_what_does_not_take_place_needs_nothing(group: Group, state: str) -> None:
    event = make_event(group, state=state, cancelled_at=NOW if state == EventState.CANCELLED else None)
    assert needs(event) == []


# --- today's check-in -----------------------------------------------------------------------------------------


def test_todays_events_are_those_around_now_that_take_place(group: Group) -> None:
    now = NOW
    today = make_event(group, starts_at=now + 5 * HOUR)
    running, ended = make_event(group, starts_at=now - HOUR), make_event(group, starts_at=now - 5 * HOUR)
    make_event(group, starts_at=now + 13 * HOUR)
    make_event(group, starts_at=now - 9 * HOUR)
    make_event(group, starts_at=now + HOUR, state=EventState.CANCELLED, cancelled_at=now, approved_at=now)
    assert todays_events(Event.objects.of_group(group), now=now) == [ended, running, today]


@pytest.mark.parametrize("role", [Role.CONTACT, Role.ORGANIZER, Role.HELPER])
def test_from_signing_in_to_todays_door_it_is_at_most_two_presses(group: Group, client: Client, role: Role) -> None:
    sign_in(client, make_contact(group, role=role))
    event = soon(group, starts_at=timezone.now() + HOUR)
    door = f'href="/organize/events/{event.pk}/door/"'
    assert door in client.get("/me/").content.decode()  # where signing in leads
    assert door in client.get(f"/organize/groups/{group.slug}/").content.decode()  # one press from /organize/


def test_the_panel_names_the_hour_on_the_clocks_of_the_event(group: Group, host: User, client: Client) -> None:
    event = soon(group, starts_at=timezone.now() + HOUR, time_zone="Pacific/Honolulu")
    assert f"{event.local_start:%M} " in client.get("/me/").content.decode()
    assert "HST" in client.get("/me/").content.decode()


def test_the_history_has_the_day_of_the_place(group: Group, host: User, client: Client) -> None:
    make_event(group, starts_at=NOW.replace(hour=3) - 3 * DAY, time_zone="Pacific/Honolulu")
    assert "May 28, 2026" in client.get(f"/organize/groups/{group.slug}/events/history/").content.decode()


def test_without_an_event_today_there_is_no_panel_and_helpers_are_told_so(group: Group, client: Client) -> None:
    sign_in(client, make_contact(group, role=Role.HELPER))
    soon(group, starts_at=timezone.now() + 2 * DAY)
    assert "Check people in today" not in client.get("/me/").content.decode()
    assert "Nothing to do yet" in client.get(f"/organize/groups/{group.slug}/").content.decode()


def test_the_dashboard_says_what_waits(group: Group, host: User, client: Client) -> None:
    soon(group, title="Sent back", state=EventState.DRAFT, asked="A better title.")
    make_rsvp(soon(group, title="Crowded"), state="waiting")
    make_event(group, title="Just over", starts_at=timezone.now() - DAY)
    Cohost.objects.create(event=soon(make_group(), title="Together"), group=group, asked_at=timezone.now())
    page = client.get(f"/organize/groups/{group.slug}/").content.decode()
    for words in ("asked", "wait for a place: Crowded", "how it went: Just over", "together? Together"):
        assert words.replace("asked", "ask for: Sent back") in page


def test_a_group_that_is_not_in_force_has_no_events_on_its_dashboard(client: Client) -> None:
    forming = make_group(status=GroupStatus.FORMING)
    sign_in(client, make_contact(forming))
    soon(forming, starts_at=timezone.now() + HOUR)
    assert (
        "/events/"
        not in client.get(f"/organize/groups/{forming.slug}/").content.decode().split("<main")[1].split("</main>")[0]
    )


# --- one event ------------------------------------------------------------------------------------------------


def test_an_event_is_kept_for_its_own_group_before_others(group: Group) -> None:
    event, friend = make_event(group), make_group()
    Cohost.objects.create(event=event, group=friend, asked_at=NOW, accepted_at=NOW)
    both = make_contact(group)
    friend.roles.create(user=both, role=Role.ORGANIZER)
    assert group_for(both, event) == group
    assert group_for(make_contact(friend), event) == friend
    assert group_for(make_user(), event) is None


PAGES = ("", "answers/", "message/", "report/", "cancel/", "hosts/")


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_of_an_event_are_its_hosts_and_staffs(group: Group, client: Client, page: str) -> None:
    event, friend = soon(group), make_group()
    Cohost.objects.create(event=event, group=friend, asked_at=NOW, accepted_at=NOW)
    Cohost.objects.create(event=event, group=(asked := make_group()), asked_at=NOW)
    expected: list[tuple[User, int]] = [
        (make_contact(group), 200), (make_contact(group, role=Role.ORGANIZER), 200),
        (make_contact(group, role=Role.HELPER), 404), (make_contact(friend), 200), (make_contact(asked), 404),
        (make_staff(StaffTask.PROMOTIONS), 200), (make_staff(StaffTask.PEOPLE), 404),
    ]  # fmt: skip
    for user, status in expected:
        sign_in(client, user)
        assert client.get(at(event, page)).status_code == status


def test_access_ends_with_the_agreement(group: Group, host: User, client: Client) -> None:
    event = soon(group)
    Group.objects.filter(pk=group.pk).update(status=GroupStatus.ENDED)
    for page in PAGES:
        assert client.get(at(event, page)).status_code == 404


def test_a_draft_is_submitted_by_one_press(group: Group, host: User, client: Client) -> None:
    event = soon(group, state=EventState.DRAFT)
    assert at(event, "submit/") in client.get(at(event)).content.decode()
    page = client.post(at(event, "submit/"), follow=True).content.decode()
    assert "with national staff now" in page
    assert "stands at" in client.post(at(event, "submit/"), follow=True).content.decode()


def test_what_stands_in_the_way_is_said_before_the_press(group: Group, host: User, client: Client) -> None:
    event = soon(group, state=EventState.DRAFT, latitude=None, longitude=None)
    page = client.get(at(event)).content.decode()
    assert "Nobody knows where it is" in page
    assert at(event, "submit/") not in page


def test_cancelling_asks_for_the_reason_and_says_who_is_told(group: Group, host: User, client: Client) -> None:
    event = soon(group)
    make_rsvp(event)
    assert "1 person has answered" in client.get(at(event, "cancel/")).content.decode()
    refused = client.post(at(event, "cancel/"), {"because": ""})
    assert refused.status_code == 422
    assert "There is a problem" in refused.content.decode()
    assert "<title>Error:" in refused.content.decode()
    client.post(at(event, "cancel/"), {"because": "The roof leaks."})
    event.refresh_from_db()
    assert (event.state, event.cancelled_because) == (EventState.CANCELLED, "The roof leaks.")


def test_a_draft_is_dropped_without_a_reason(group: Group, host: User, client: Client) -> None:
    event = soon(group, state=EventState.DRAFT)
    client.post(at(event, "cancel/"))
    event.refresh_from_db()
    assert event.state == EventState.CANCELLED


def test_what_is_over_is_not_cancelled_by_a_late_press(group: Group, host: User, client: Client) -> None:
    event = make_event(group, starts_at=timezone.now() - DAY)
    assert client.post(at(event, "cancel/"), {"because": "x"}).status_code == 422


# --- who answered ---------------------------------------------------------------------------------------------


def test_names_are_shown_and_details_only_of_those_who_share_them(group: Group, host: User, client: Client) -> None:
    event = soon(group)
    shares, hides = make_guest("shares@example.org"), make_guest("hides@example.org")
    for person in (shares, hides):
        make_rsvp(event, person, answers=[{"question": "What?", "answer": "<i>Soup</i>"}])
    give_consent(
        person=shares,
        purpose=ConsentPurpose.SHARING,
        scope=group.scope,
        source="test",
        now=NOW,
        wording=present_wording(ConsentPurpose.SHARING),
    )
    page = client.get(at(event, "answers/")).content.decode()
    assert page.count("Grace") >= 2
    assert "shares@example.org" in page
    assert "hides@example.org" not in page
    assert "&lt;i&gt;Soup" in page


def test_consent_to_one_host_opens_nothing_to_another(group: Group, client: Client) -> None:
    event, friend = soon(group), make_group()
    Cohost.objects.create(event=event, group=friend, asked_at=NOW, accepted_at=NOW)
    person = make_guest("shares@example.org")
    make_rsvp(event, person)
    give_consent(
        person=person,
        purpose=ConsentPurpose.SHARING,
        scope=group.scope,
        source="test",
        now=NOW,
        wording=present_wording(ConsentPurpose.SHARING),
    )
    for user, sees in ((make_contact(group), True), (make_contact(friend), False)):
        sign_in(client, user)
        assert ("shares@example.org" in client.get(at(event, "answers/")).content.decode()) is sees
    sign_in(client, make_staff(StaffTask.PROMOTIONS))
    assert "shares@example.org" not in client.get(at(event, "answers/")).content.decode()


def test_an_answer_that_is_not_confirmed_shows_no_name(group: Group, host: User, client: Client) -> None:
    event = soon(group)
    event.rsvps.create(state="going", email="typed@example.org", given_name="Canary", answered_at=NOW, changed_at=NOW)
    page = client.get(at(event, "answers/")).content.decode()
    assert "1 answer is not confirmed yet" in page
    assert "Canary" not in page
    assert "typed@" not in page


def test_the_line_is_in_its_order_with_a_way_to_let_in(group: Group, host: User, client: Client) -> None:
    event = soon(group)
    for name, since in (("Second", NOW + HOUR), ("First", NOW)):
        make_rsvp(event, make_guest(family_name=name), state="waiting", waiting_since=since)
    make_rsvp(event)
    page = client.get(at(event, "answers/?show=waiting")).content.decode()
    assert page.index(" First") < page.index(" Second")
    assert at(event, "line/") in page
    assert client.get(at(event, "answers/?show=nonsense")).status_code == 200


# --- writing to them ------------------------------------------------------------------------------------------

TYPED = {"to_states": ["going"], "subject": "Bring  soup", "text": "Hello", "reply_to": "host@example.org"}


def test_a_message_is_written_looked_at_and_sent(group: Group, host: User, client: Client) -> None:
    event = soon(group)
    make_rsvp(event)
    there = at(event, "message/")
    assert "Those who are going (1)" in client.get(there).content.decode()
    preview = client.post(there, {**TYPED, "do": "preview"}).content.decode()
    assert "Send it to 1 person" in preview
    assert not EventNotice.objects.exists()
    client.post(there, {**TYPED, "do": "test"})
    assert OutgoingMail.objects.get().to_email == "host@example.org"
    assert (
        'value="Bring soup"' in client.post(there, {**TYPED, "subject": "Bring soup", "do": "change"}).content.decode()
    )
    assert client.post(there, {**TYPED, "do": "send"}).status_code == 302
    notice = EventNotice.objects.get()
    assert (notice.kind, notice.subject, notice.to_states, notice.by) == (
        NoticeKind.MESSAGE, "Bring soup", ["going"], host,
    )  # fmt: skip
    assert client.post(there, {**TYPED, "text": "Again", "do": "send"}).status_code == 409
    page = client.get(there).content.decode()
    assert "From " in page  # when the next may go out
    assert "Bring soup" in page


@pytest.mark.parametrize(
    "wrong", [{"to_states": []}, {"to_states": ["cant"]}, {"subject": " "}, {"text": ""}, {"reply_to": "x@example.org"}]
)
def test_a_message_that_lacks_something_is_shown_again(
    group: Group, host: User, client: Client, wrong: dict[str, object]
) -> None:
    event = soon(group)
    assert client.post(at(event, "message/"), {**TYPED, **wrong, "do": "send"}).status_code == 422
    assert not EventNotice.objects.exists()


# --- afterwards -----------------------------------------------------------------------------------------------


def test_a_report_is_written_and_shown(group: Group, host: User, client: Client) -> None:
    event = make_event(group, starts_at=timezone.now() - DAY)
    assert client.post(at(event, "report/"), {"head_count": "", "text": ""}).status_code == 422
    assert client.post(at(event, "report/"), {"head_count": "-1", "text": ""}).status_code == 422
    client.post(at(event, "report/"), {"head_count": "31", "text": "Good soup."})
    assert "31 people were there" in client.get(at(event)).content.decode()
    client.post(at(event, "report/"), {"head_count": "", "text": "Good soup!"})
    report = EventReport.objects.get()
    assert (report.head_count, report.text) == (None, "Good soup!")


def test_a_report_too_early_is_refused(group: Group, host: User, client: Client) -> None:
    assert client.post(at(soon(group), "report/"), {"head_count": "3"}).status_code == 422
    assert not EventReport.objects.exists()


# --- holding it together --------------------------------------------------------------------------------------


def test_a_group_is_found_asked_and_says_yes(group: Group, host: User, client: Client) -> None:
    event, friend = soon(group), make_group("Friends of Soup")
    assert "Friends of Soup" in client.get(at(event, "hosts/?q=friends")).content.decode()
    client.post(at(event, "hosts/ask/"), {"group": friend.pk})
    cohost = Cohost.objects.get()
    sign_in(client, make_contact(friend))
    there = f"/organize/groups/{friend.slug}/events/invitations/{cohost.pk}/"
    assert there in client.get(f"/organize/groups/{friend.slug}/").content.decode()
    assert client.get(at(event)).status_code == 404
    client.get(there)
    cohost.refresh_from_db()
    assert cohost.accepted_at is None  # opening it changes nothing
    client.post(there, {"do": "accept"})
    assert client.get(at(event)).status_code == 200
    assert client.post(at(event, "hosts/ask/"), {"group": make_group().pk}).status_code == 403


def test_a_no_is_a_no(group: Group, client: Client) -> None:
    cohost = Cohost.objects.create(event=soon(make_group()), group=group, asked_at=timezone.now())
    sign_in(client, make_contact(group))
    there = f"/organize/groups/{group.slug}/events/invitations/{cohost.pk}/"
    client.post(there, {"do": "decline"})
    cohost.refresh_from_db()
    assert cohost.declined_at
    assert "has said no" in client.get(there).content.decode()
    assert client.post(there, {"do": "accept"}, follow=True).status_code == 200
    cohost.refresh_from_db()
    assert cohost.accepted_at is None


def test_an_invitation_is_answered_by_the_group_that_was_asked_only(group: Group, host: User, client: Client) -> None:
    asked = make_group()
    cohost = Cohost.objects.create(event=soon(group), group=asked, asked_at=timezone.now())
    for slug in (asked.slug, group.slug):
        there = f"/organize/groups/{slug}/events/invitations/{cohost.pk}/"
        assert client.get(there).status_code == 404
        assert client.post(there, {"do": "accept"}).status_code == 404


def test_a_group_asks_so_many_others_a_day_whatever_the_event(
    group: Group, host: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("events.views.standing._INVITATIONS_A_DAY", 2)
    for _number in range(4):
        client.post(at(soon(group), "hosts/ask/"), {"group": make_group().pk})
    assert Cohost.objects.count() == 2


@pytest.mark.parametrize("key", ["", "x", "²", "9" * 30, "0"])
def test_nobody_that_is_no_group_is_asked(group: Group, host: User, client: Client, key: str) -> None:
    assert client.post(at(soon(group), "hosts/ask/"), {"group": key}).status_code == 302
    assert not Cohost.objects.exists()


def make_together(group: Group) -> tuple[Cohost, Callable[[], bool]]:
    now = timezone.now()
    cohost = Cohost.objects.create(event=soon(group), group=make_group(), asked_at=now, accepted_at=now)
    return cohost, Cohost.objects.filter(pk=cohost.pk).exists


def test_the_host_ends_it_and_a_co_host_leaves_after_being_asked_once_more(
    group: Group, host: User, client: Client
) -> None:
    cohost, stands = make_together(group)
    there = at(cohost.event, f"hosts/{cohost.pk}/end/")
    assert client.get(there).status_code == 200
    assert stands()
    assert client.post(there).status_code == 302
    assert not stands()
    cohost, stands = make_together(group)
    sign_in(client, make_contact(cohost.group))
    assert client.post(at(cohost.event, f"hosts/{cohost.pk}/end/")).status_code == 302
    assert not stands()


def test_a_co_host_does_not_end_another(group: Group, client: Client) -> None:
    cohost, stands = make_together(group)
    other = Cohost.objects.create(
        event=cohost.event, group=make_group(), asked_at=timezone.now(), accepted_at=timezone.now()
    )
    sign_in(client, make_contact(other.group))
    assert client.post(at(cohost.event, f"hosts/{cohost.pk}/end/")).status_code == 404
    assert stands()
