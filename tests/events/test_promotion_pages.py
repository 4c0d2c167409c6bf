"""The pages of promotions: a group asks and follows, staff decide; who may open what, and what each page says."""

import datetime
import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from affiliates.models import Group, GroupStatus, Role
from events.models import Cohost, Event, EventState, Promotion, PromotionState
from events.promoting import launch_due_promotions
from events.views import promotions
from foundation.accounts.models import StaffTask, User
from foundation.mail.models import MailState, OutgoingMail, SuppressionReason
from foundation.mail.suppression import suppress
from tests.factories import make_contact, make_group, make_staff, make_user
from tests.signing_in import session_of

from .audiences import make_readers
from .making import make_event, make_rsvp
from .promotions import make_promotion

pytestmark = pytest.mark.django_db
DAY, HOUR = datetime.timedelta(days=1), datetime.timedelta(hours=1)
TYPED = {
    "subject": "Soup for all", "intro": "Come and eat.\r\n\r\nBring a friend.", "language": "en", "radius_miles": "50",
    "wanted": "900", "revision": "0", "do": "check",
}  # fmt: skip


@pytest.fixture
def group() -> Group:
    return make_group("Table of Plenty")


@pytest.fixture
def event(group: Group) -> Event:
    return make_event(group, now=timezone.now(), starts_at=timezone.now() + 10 * DAY, title="Soup night")


@pytest.fixture
def host(client: Client, group: Group) -> User:
    user = make_contact(group, "host@example.org")
    sign_in(client, user)
    return user


@pytest.fixture
def staff() -> User:
    return make_staff(StaffTask.PROMOTIONS, email="staff@example.org")


@pytest.fixture
def desk(staff: User) -> Client:
    """The browser of a member of the staff."""
    client = Client()
    sign_in(client, staff)
    return client


def sign_in(client: Client, user: User) -> None:
    client.cookies[settings.SESSION_COOKIE_NAME] = session_of(user)


def address(event: Event, rest: str = "") -> str:
    return f"/organize/events/{event.pk}/promotion/{rest}"


def desk_of(promotion: Promotion, rest: str = "") -> str:
    return f"/national/promotions/{promotion.pk}/{rest}"


def text_of(response: Any) -> str:
    """What a page says, without its markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def said(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


# --- written by a group ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("host")
def test_the_form_shows_whom_it_would_reach_and_when(client: Client, event: Event) -> None:
    make_readers(3)
    response = client.get(address(event))
    assert response.status_code == 200
    page = text_of(response)
    assert "3 people within 100 miles" in page
    assert "It is likely to go out on" in page
    assert response.context["form"]["subject"].value() == "Soup night"
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.usefixtures("host")
def test_a_piece_of_the_page_counts_anew(client: Client, event: Event) -> None:
    make_readers(1)
    near = client.get(address(event, "estimate/?radius_miles=25&wanted=10"), headers={"HX-Request": "true"})
    assert near.status_code == 200
    assert "1 person within 25 miles" in text_of(near)
    assert "<html" not in near.content.decode()
    assert "HX-Request" in near.headers["Vary"]
    wrong = client.get(address(event, "estimate/?wanted=0"), headers={"HX-Request": "true"})
    assert "Say how far" in text_of(wrong)
    assert client.get(address(event, "estimate/")).headers["Location"] == address(event)


@pytest.mark.usefixtures("host")
def test_whoever_counts_again_and_again_waits(client: Client, event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(promotions, "ESTIMATES_AN_HOUR", 2)
    piece = address(event, "estimate/?radius_miles=25&wanted=10")
    said = [text_of(client.get(piece, headers={"HX-Request": "true"})) for _time in range(3)]
    assert ["You have counted many times" in text for text in said] == [False, False, True]
    assert client.get(address(event)).status_code == 200


@pytest.mark.usefixtures("host")
def test_without_scripts_a_button_counts_anew_and_keeps_what_was_typed(client: Client, event: Event) -> None:
    make_readers(1)
    typed = {**TYPED, "radius_miles": "10", "subject": "", "do": "estimate"}
    response = client.post(address(event), typed)
    assert response.status_code == 200
    assert "1 person within 10 miles" in text_of(response)
    assert "There is a problem" not in text_of(response)
    assert response.context["form"]["intro"].value() == TYPED["intro"]
    assert not Promotion.objects.exists()


@pytest.mark.usefixtures("host")
@pytest.mark.parametrize(
    ("field", "typed"),
    [("subject", ""), ("intro", " "), ("wanted", "4001"), ("wanted", "0"), ("radius_miles", "101"), ("language", "fr")],
)
def test_what_is_typed_wrong_is_said(client: Client, event: Event, field: str, typed: str) -> None:
    response = client.post(address(event), {**TYPED, field: typed})
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {field}
    assert "There is a problem" in text_of(response)
    assert f'href="#id_{field}"' in response.content.decode()
    assert "<title>Error:" in response.content.decode()


def test_a_group_looks_at_the_mail_and_sends_it_to_national(client: Client, event: Event, host: User) -> None:
    make_readers(1)
    response = client.post(address(event), TYPED, follow=True)
    assert response.redirect_chain == [(address(event, "check/"), 302)]
    page = text_of(response)
    assert "Is this right?" in page
    assert "1 person within 50 miles" in page
    sources = re.findall(r'<iframe[^>]* src="([^"]+)"[^>]* sandbox', response.content.decode())
    assert sources == [address(event, f"check/{code}/") for code in ("en", "en", "es", "es")]
    assert not Promotion.objects.exists()

    sent = client.post(address(event, "check/"), {"do": "send"}, follow=True)
    assert sent.redirect_chain == [(address(event), 302)]
    assert said(sent) == ["It is with national staff now. You hear from them by mail."]
    promotion = Promotion.objects.get()
    assert (promotion.subject, promotion.intro) == ("Soup for all", "Come and eat.\n\nBring a friend.")
    assert (promotion.radius_miles, promotion.wanted, promotion.asked_by) == (50, 900, host)
    assert "National staff have it before them" in text_of(sent)
    # What was typed is forgotten: nothing is left to send.
    assert client.get(address(event, "check/")).headers["Location"] == address(event)


@pytest.mark.usefixtures("host")
def test_the_mail_is_shown_in_frames_that_can_do_nothing(client: Client, event: Event) -> None:
    client.post(address(event), {**TYPED, "intro": "<script>alert(1)</script> & soup"})
    english, spanish = (client.get(address(event, f"check/{code}/")) for code in ("en", "es"))
    policy = english.headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert english.headers["X-Frame-Options"] == "SAMEORIGIN"
    html = english.content.decode()
    assert "&lt;script&gt;" in html
    assert "<script" not in html
    assert "Soup night" in html
    assert 'style="' in html
    assert 'lang="es"' in spanish.content.decode()
    assert client.get(address(event, "check/fr/")).status_code == 404


@pytest.mark.usefixtures("host")
def test_nothing_is_framed_where_nothing_was_typed(client: Client, event: Event) -> None:
    assert client.get(address(event, "check/en/")).headers["Location"] == address(event)
    assert client.get(address(event, "mail/en/")).headers["Location"] == address(event)


def test_a_test_goes_to_whoever_writes(client: Client, event: Event, host: User) -> None:
    client.post(address(event), TYPED)
    response = client.post(address(event, "check/"), {"do": "test"}, follow=True)
    assert said(response) == ["The test is on its way to host@example.org."]
    mail = OutgoingMail.objects.get()
    assert (mail.to_email, mail.subject, mail.purpose) == (host.email, "Soup for all", "test of a promotion")
    assert "Come and eat." in mail.text
    assert "OF-ROW" not in mail.text + mail.html
    assert not Promotion.objects.exists()


def test_a_test_to_whoever_unsubscribed_is_said_not_to_reach_them(client: Client, event: Event, host: User) -> None:
    suppress(address=host.email, scope="", reason=SuppressionReason.UNSUBSCRIBED)
    client.post(address(event), TYPED)
    response = client.post(address(event, "check/"), {"do": "test"}, follow=True)
    assert "unsubscribed from these mails yourself" in said(response)[0]


@pytest.mark.usefixtures("host")
def test_tests_are_limited(client: Client, event: Event) -> None:
    client.post(address(event), TYPED)
    for _attempt in range(10):
        client.post(address(event, "check/"), {"do": "test"})
    response = client.post(address(event, "check/"), {"do": "test"}, follow=True)
    assert "ten tests within an hour" in said(response)[-1]
    assert OutgoingMail.objects.count() == 10


def test_what_national_asks_is_changed_in_the_same_form(client: Client, event: Event, host: User) -> None:
    promotion = make_promotion(event, state=PromotionState.ASKED, words="Say when it begins.", radius_miles=10)
    status = text_of(client.get(address(event)))
    assert "National staff ask you to change something" in status
    assert "Say when it begins." in status
    form = client.get(address(event, "?change"))
    assert "Say when it begins." in text_of(form)
    assert form.context["form"]["subject"].value() == promotion.subject
    client.post(address(event), TYPED)
    client.post(address(event, "check/"), {"do": "send"})
    promotion.refresh_from_db()
    assert (promotion.subject, promotion.state, promotion.revision) == ("Soup for all", PromotionState.REQUESTED, 1)


@pytest.mark.usefixtures("host")
def test_whoever_changes_what_another_has_changed_is_told(client: Client, event: Event) -> None:
    promotion = make_promotion(event)
    client.post(address(event), TYPED)
    Promotion.objects.filter(pk=promotion.pk).update(revision=1, subject="Bread")
    response = client.post(address(event, "check/"), {"do": "send"}, follow=True)
    assert "Somebody has changed this promotion" in said(response)[0]
    assert Promotion.objects.get().subject == "Bread"


@pytest.mark.usefixtures("host")
def test_what_came_in_the_way_meanwhile_is_said(client: Client, event: Event) -> None:
    client.post(address(event), TYPED)
    Event.objects.filter(pk=event.pk).update(starts_at=timezone.now() - HOUR)
    response = client.post(address(event, "check/"), {"do": "send"}, follow=True)
    assert said(response) == ["The event has begun already."]
    assert "It cannot be sent to national:" in text_of(response)
    assert not Promotion.objects.exists()


@pytest.mark.usefixtures("host")
def test_what_stands_in_the_way_is_said_before_anything_is_typed(client: Client, group: Group) -> None:
    online = make_event(group, now=timezone.now(), format="online", latitude=None, longitude=None, place_name="")
    page = text_of(client.get(address(online)))
    assert "This event cannot be promoted:" in page
    assert "online only" in page
    assert "Look at the mail" not in page


# --- followed by a group --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("host")
@pytest.mark.parametrize(
    ("state", "words"),
    [
        (PromotionState.REQUESTED, "National staff have it before them"),
        (PromotionState.APPROVED, "It begins to go out"),
        (PromotionState.SENDING, "It is being sent"),
        (PromotionState.PAUSED, "National staff have paused it"),
        (PromotionState.SENT, "The results are counted below"),
        (PromotionState.DECLINED, "National staff declined it"),
        (PromotionState.CANCELLED, "Cancelled"),
    ],
)
def test_the_line_says_where_it_stands(client: Client, event: Event, state: str, words: str) -> None:
    make_promotion(event, state=state, now=timezone.now(), words="Too many this week.")
    response = client.get(address(event))
    assert re.search(rf'aria-current="step">.*?<strong>{words}', response.content.decode(), re.DOTALL)
    page = text_of(response)
    can_be_cancelled = state not in {PromotionState.SENT, PromotionState.DECLINED, PromotionState.CANCELLED}
    assert ("Cancel it" in page) is can_be_cancelled
    assert ("Change it" in page) is (state == PromotionState.REQUESTED)
    assert ("Ask anew" in page) is (state in {PromotionState.DECLINED, PromotionState.CANCELLED})


@pytest.mark.usefixtures("host")
def test_progress_is_a_piece_of_the_page_while_it_goes_on(client: Client, event: Event) -> None:
    make_readers(2)
    promotion = make_promotion(event, state=PromotionState.APPROVED, now=timezone.now())
    launch_by_day(event)
    page = client.get(address(event)).content.decode()
    assert f'data-hx-get="{address(event, "progress/")}"' in page
    OutgoingMail.objects.filter(promoted_to__promotion=promotion, promoted_to__number=1).update(
        state=MailState.SENT, sent_at=timezone.now(), went_out_at=timezone.now()
    )
    piece = client.get(address(event, "progress/"), headers={"HX-Request": "true"})
    assert 'value="50"' in piece.content.decode()
    assert "1 of 2 mails sent" in text_of(piece)
    assert "1 waiting" in text_of(piece)
    assert client.get(address(event, "progress/")).headers["Location"] == address(event)


def launch_by_day(event: Event) -> None:
    """Launch what is due, at an hour of sending, whenever the test runs."""
    from events.sending_hours import next_sending_moment

    now = next_sending_moment(timezone.now(), event.time_zone)
    Promotion.objects.filter(event=event).update(send_at=now)
    assert launch_due_promotions(now=now) == 1


@pytest.mark.usefixtures("host")
def test_results_are_counts_beside_those_of_others(client: Client, event: Event, group: Group) -> None:
    people = make_readers(4)
    promotion = make_promotion(event, state=PromotionState.APPROVED, now=timezone.now())
    launch_by_day(event)
    promotion.refresh_from_db()
    assert promotion.launched_at
    Promotion.objects.filter(pk=promotion.pk).update(state=PromotionState.SENT, finished_at=timezone.now())
    make_rsvp(event, people[0], now=promotion.launched_at + HOUR)
    response = client.get(address(event))
    page = text_of(response)
    assert "answered the event 1 25.0 %" in page
    assert "No other promotion was sent so far" in page
    assert '<rect width="100.0"' in response.content.decode()
    for person in people:
        assert person.emails.get().address not in response.content.decode()

    other = make_event(group, now=timezone.now())
    make_promotion(other, state=PromotionState.SENT, now=timezone.now(), audience=1)
    page = text_of(client.get(address(event)))
    assert "usually 0.0 %" in page


@pytest.mark.usefixtures("host")
def test_a_group_cancels_with_a_reason(client: Client, event: Event) -> None:
    promotion = make_promotion(event, now=timezone.now())
    assert client.post(address(event, "cancel/"), {"because": ""}).status_code == 422
    response = client.post(address(event, "cancel/"), {"because": "The roof leaks."}, follow=True)
    assert said(response) == ["It is cancelled."]
    promotion.refresh_from_db()
    assert (promotion.state, promotion.words) == (PromotionState.CANCELLED, "The roof leaks.")
    assert client.get(address(event, "cancel/")).headers["Location"] == address(event)
    assert client.get(address(event, "?change")).context["form"]["subject"].value() == promotion.subject


@pytest.mark.usefixtures("host")
def test_what_would_go_out_too_late_is_said(client: Client, group: Group) -> None:
    tomorrow = make_event(group, now=timezone.now(), starts_at=timezone.now() + DAY)
    assert "That is too late" in text_of(client.get(address(tomorrow)))
    make_promotion(tomorrow, now=timezone.now())
    assert "it would go out too late" in text_of(client.get(address(tomorrow)))


# --- who sees it ----------------------------------------------------------------------------------------------


def test_a_co_host_follows_it_and_changes_nothing(client: Client, event: Event) -> None:
    other = make_group("Friends of Soup")
    Cohost.objects.create(event=event, group=other, asked_at=timezone.now(), accepted_at=timezone.now())
    sign_in(client, make_contact(other))
    make_promotion(event, now=timezone.now())
    page = text_of(client.get(address(event)))
    assert "asked for by Table of Plenty" in page
    assert "Cancel it" not in page
    assert "Change it" not in page
    refused = client.post(address(event), TYPED, follow=True)
    assert said(refused) == ["Only the group that asks for a promotion can change it."]
    assert client.post(address(event, "cancel/"), {"because": "No."}).headers["Location"] == address(event)
    assert Promotion.objects.get().state == PromotionState.REQUESTED


def test_staff_follow_it_and_do_not_ask(desk: Client, event: Event) -> None:
    assert "Nobody has asked for one" in text_of(desk.get(address(event)))
    assert desk.post(address(event), TYPED).headers["Location"] == address(event)
    assert desk.get(address(event, "estimate/"), headers={"HX-Request": "true"}).status_code == 302
    assert desk.get(address(event, "cancel/")).headers["Location"] == address(event)
    make_promotion(event, now=timezone.now())
    assert "National staff have it before them" in text_of(desk.get(address(event)))
    assert desk.get(address(event, "mail/es/")).status_code == 200


@pytest.mark.parametrize("rest", ["", "estimate/", "check/", "check/en/", "mail/en/", "progress/", "cancel/"])
def test_strangers_and_helpers_find_nothing(client: Client, event: Event, group: Group, rest: str) -> None:
    make_promotion(event, now=timezone.now())
    for user in (make_user(), make_contact(make_group()), make_contact(group, role=Role.HELPER)):
        sign_in(client, user)
        assert client.get(address(event, rest)).status_code == 404


# --- of a group, and on the pages around ----------------------------------------------------------------------


@pytest.mark.usefixtures("host")
def test_a_group_finds_its_promotions_and_what_it_may_ask_for(client: Client, group: Group, event: Event) -> None:
    promotion = make_promotion(make_event(group, now=timezone.now()), now=timezone.now(), state=PromotionState.SENT)
    make_event(group, title="A draft", state=EventState.DRAFT, now=timezone.now())
    page = text_of(client.get(f"/organize/groups/{group.slug}/promotions/"))
    assert event.title in page
    assert promotion.subject in page
    assert "A draft" not in page
    dashboard = client.get(f"/organize/groups/{group.slug}/").content.decode()
    assert f"/organize/groups/{group.slug}/promotions/" in dashboard


@pytest.mark.usefixtures("host")
def test_a_group_without_events_is_told_how(client: Client, group: Group) -> None:
    assert "No promotions yet" in text_of(client.get(f"/organize/groups/{group.slug}/promotions/"))


def test_a_group_that_is_not_in_force_has_no_promotions(client: Client) -> None:
    group = make_group(status=GroupStatus.FORMING)
    sign_in(client, make_contact(group))
    assert client.get(f"/organize/groups/{group.slug}/promotions/").status_code == 403


@pytest.mark.usefixtures("host")
def test_what_is_to_be_changed_needs_action_first(client: Client, group: Group, event: Event) -> None:
    home = f"/organize/events/{event.pk}/"
    assert "Promote it by e-mail" in text_of(client.get(home))
    make_promotion(event, state=PromotionState.ASKED, words="Say when.", now=timezone.now())
    dashboard = client.get(f"/organize/groups/{group.slug}/")
    assert "Change what national staff ask for in the promotion: Soup night" in text_of(dashboard)
    page = text_of(client.get(home))
    assert "Change what national staff ask for in the promotion Say when." in page
    assert "Promote it by e-mail" not in page


# --- staff ----------------------------------------------------------------------------------------------------


def test_the_queue_shows_the_oldest_first_with_its_age(desk: Client, group: Group) -> None:
    for days in (1, 9, 3):
        event = make_event(group, now=timezone.now())
        make_promotion(event, subject=f"Soup {days}", requested_at=timezone.now() - days * DAY)
    page = text_of(desk.get("/national/promotions/"))
    assert page.index("Soup 9") < page.index("Soup 3") < page.index("Soup 1")
    assert "1 week, 2 days" in page
    assert "3 promotions wait for approval." in text_of(desk.get("/national/"))


def test_an_empty_queue_says_so(desk: Client) -> None:
    assert "No promotion waits for you" in text_of(desk.get("/national/promotions/"))
    assert "No promotion stands there" in text_of(desk.get("/national/promotions/?show=sent"))


def test_staff_see_whom_it_reaches_and_who_wants_the_same_people(desk: Client, event: Event) -> None:
    make_readers(1)
    promotion = make_promotion(event, now=timezone.now())
    other_group = make_group("Bread first")
    earlier = make_event(other_group, now=timezone.now(), starts_at=timezone.now() + 3 * DAY)
    other = make_promotion(earlier, now=timezone.now(), subject="Bread for all")
    page = text_of(desk.get(desk_of(promotion)))
    assert "1 person within 100 miles" in page
    assert page.index("Who wants the same people") < page.index("Bread for all") < page.index("this one")
    assert "Table of Plenty" in page
    assert desk.get(desk_of(promotion, "mail/en/")).status_code == 200
    assert desk.get(desk_of(promotion, "mail/fr/")).status_code == 404
    assert "Who wants the same people" in text_of(desk.get(desk_of(other)))


def test_approving_goes_on_to_the_next(desk: Client, event: Event, group: Group) -> None:
    first = make_promotion(event, now=timezone.now(), requested_at=timezone.now() - 2 * DAY)
    second = make_promotion(make_event(group, now=timezone.now()), now=timezone.now())
    response = desk.post(desk_of(first, "approve/"), {"revision": "0"}, follow=True)
    assert response.redirect_chain == [(desk_of(second), 302)]
    assert said(response) == [f"“{first.subject}” is approved. Its group is told."]
    first.refresh_from_db()
    assert first.state == PromotionState.APPROVED
    response = desk.post(desk_of(second, "decline/"), {"revision": "0", "text": "No."}, follow=True)
    assert response.redirect_chain == [("/national/promotions/", 302)]


def test_staff_approve_for_a_time_on_the_clocks_of_the_venue(desk: Client, event: Event) -> None:
    promotion = make_promotion(event, now=timezone.now())
    form = desk.get(desk_of(promotion, "time/"))
    assert "On the clocks of the venue. The event begins:" in text_of(form)
    day = (timezone.now() + 3 * DAY).date()
    night = desk.post(desk_of(promotion, "time/"), {"revision": "0", "day": day.isoformat(), "time": "22:00"})
    assert night.status_code == 422
    assert "between 9 in the morning and 8 in the evening" in text_of(night)
    typed = {"revision": "0", "day": day.isoformat(), "time": "14:30"}
    assert desk.post(desk_of(promotion, "time/"), typed).status_code == 302
    promotion.refresh_from_db()
    assert promotion.send_at
    local = promotion.send_at.astimezone(event.zone)
    assert (local.date(), local.time()) == (day, datetime.time(14, 30))


def test_an_hour_that_the_clocks_skip_is_no_time(desk: Client, group: Group) -> None:
    promotion = make_promotion(make_event(group, starts_at=timezone.now() + 3 * DAY), now=timezone.now())
    typed = {"revision": "0", "day": "2031-03-09", "time": "02:30"}  # the clocks of Boston are put forward over it
    response = desk.post(desk_of(promotion, "time/"), typed)
    assert response.status_code == 422
    assert "There is no such time on that day" in text_of(response)


@pytest.mark.parametrize("act", ["changes", "decline"])
def test_no_refusal_goes_without_words(desk: Client, event: Event, act: str) -> None:
    promotion = make_promotion(event, now=timezone.now())
    response = desk.post(desk_of(promotion, f"{act}/"), {"revision": "0", "text": ""})
    assert response.status_code == 422
    assert "There is a problem" in text_of(response)
    desk.post(desk_of(promotion, f"{act}/"), {"revision": "0", "text": "Say when."})
    promotion.refresh_from_db()
    assert promotion.state == (PromotionState.ASKED if act == "changes" else PromotionState.DECLINED)


def test_two_staff_on_one_promotion_are_told(desk: Client, event: Event) -> None:
    promotion = make_promotion(event, now=timezone.now())
    other = Client()
    sign_in(other, make_staff(StaffTask.PROMOTIONS, email="other@example.org"))
    other.get(desk_of(promotion))
    assert "other@example.org is looking at this too." in text_of(desk.get(desk_of(promotion)))
    other.post(desk_of(promotion, "approve/"), {"revision": "0"})
    late = desk.post(desk_of(promotion, "decline/"), {"revision": "0", "text": "No."})
    assert late.status_code == 422
    assert "Somebody has changed this promotion" in text_of(late)
    assert late.context["form"]["revision"].value() == "1"
    response = desk.post(desk_of(promotion, "approve/"), {"revision": "0"}, follow=True)
    assert "Somebody has changed this promotion" in said(response)[0]
    piece = desk.get(desk_of(promotion, "presence/?revision=0"), headers={"HX-Request": "true"})
    assert "See how it is now" in text_of(piece)
    assert desk.get(desk_of(promotion, "presence/")).headers["Location"] == desk_of(promotion)
    assert desk.post(desk_of(promotion, "approve/"), {}).headers["Location"] == desk_of(promotion)


def test_what_cannot_be_approved_says_why(desk: Client, event: Event) -> None:
    promotion = make_promotion(event, now=timezone.now())
    Event.objects.filter(pk=event.pk).update(state=EventState.CANCELLED, cancelled_at=timezone.now())
    page = text_of(desk.get(desk_of(promotion)))
    assert "It cannot be approved:" in page
    assert "Only an approved event is promoted." in page
    assert "Approve and send" not in page
    response = desk.post(desk_of(promotion, "approve/"), {"revision": "0"}, follow=True)
    assert said(response) == ["Only an approved event is promoted."]


def test_staff_pause_and_go_on_and_cancel(desk: Client, event: Event) -> None:
    make_readers(1)
    promotion = make_promotion(event, state=PromotionState.APPROVED, now=timezone.now())
    launch_by_day(event)
    assert "Pause it" in text_of(desk.get(desk_of(promotion)))
    response = desk.post(desk_of(promotion, "pause/"), follow=True)
    assert said(response) == ["It is paused. What is going out at this moment still goes."]
    assert "Go on" in text_of(response)
    assert "stands at" in said(desk.post(desk_of(promotion, "pause/"), follow=True))[0]
    assert said(desk.post(desk_of(promotion, "resume/"), follow=True)) == ["It goes on."]
    assert "stands at" in said(desk.post(desk_of(promotion, "resume/"), follow=True))[0]
    assert desk.post(desk_of(promotion, "cancel/"), {"because": ""}).status_code == 422
    response = desk.post(desk_of(promotion, "cancel/"), {"because": "The event moved."}, follow=True)
    assert said(response) == ["It is cancelled. Its group is told."]
    again = desk.post(desk_of(promotion, "cancel/"), {"because": "Again."})
    assert (again.status_code, "stands at" in text_of(again)) == (422, True)
    piece = desk.get(desk_of(promotion, "progress/"), headers={"HX-Request": "true"})
    assert "1 not sent: unsubscribed, or called off" in text_of(piece)
    assert desk.get(desk_of(promotion, "progress/")).headers["Location"] == desk_of(promotion)


def test_held_mails_are_shown_and_lead_to_where_they_are_decided(desk: Client, event: Event) -> None:
    make_readers(1)
    promotion = make_promotion(event, state=PromotionState.APPROVED, now=timezone.now())
    launch_by_day(event)
    OutgoingMail.objects.filter(purpose="promotion").update(state=MailState.UNKNOWN, went_out_at=timezone.now())
    response = desk.get(desk_of(promotion))
    assert "1 perhaps sent: staff decide" in text_of(response)
    assert reverse("held_mails") in response.content.decode()
    held = text_of(desk.get(reverse("held_mails")))
    assert promotion.subject in held
    assert "Send again" in held


def test_a_promotion_that_reached_nobody_says_so(desk: Client, event: Event) -> None:
    promotion = make_promotion(event, state=PromotionState.APPROVED, now=timezone.now())
    launch_by_day(event)
    assert "nobody got it" in text_of(desk.get(desk_of(promotion)))
