"""The pages on which people answer, and those behind their links."""

import datetime
import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.answering import change_answer
from events.answering_box import answering_box
from events.links import answer_token, ticket_token
from events.models import Event, EventQuestion, EventState, Rsvp, RsvpState
from foundation.mail.models import OutgoingMail, SuppressionReason
from foundation.mail.suppression import suppress
from members.consent import has_consent
from members.models import Consent, ConsentPurpose, Person, PersonEmail
from members.people import Contact, take_in
from tests.affiliates.calling import make_call
from tests.factories import make_contact, make_group, make_user
from tests.signing_in import sign_in

from .answering import ADA, answer, confirmed, mails, path_of, press
from .making import make_event, make_guest, make_rsvp

pytestmark = pytest.mark.django_db

GOING, WAITING, MAYBE, CANT = RsvpState.GOING, RsvpState.WAITING, RsvpState.MAYBE, RsvpState.CANT


@pytest.fixture
def event(db: None) -> Event:
    return soon()


def soon(**fields: Any) -> Event:
    """An event tomorrow, as pages see it."""
    return make_event(fields.pop("group", None) or make_group(), now=timezone.now(), **fields)


def post(client: Client, event: Event, state: str = "going", **typed: Any) -> Any:
    return client.post(f"/events/{event.slug}/answer/", {**ADA, "party_size": "1", "state": state, **typed})


def text_of(client: Client, path: str) -> str:
    return " ".join(client.get(path).content.decode().split())


# --- a stranger ---------------------------------------------------------------------------------------------------


def test_a_stranger_answers_confirms_and_goes(client: Client, event: Event) -> None:
    response = post(client, event, party_size="2", place="02139")
    assert response.headers["Location"] == "/events/answers/sent/"
    assert "Check your e-mail" in text_of(client, "/events/answers/sent/")
    rsvp = Rsvp.objects.get()
    assert (rsvp.email, rsvp.given_name, rsvp.family_name, rsvp.party_size) == ("ada@example.org", "Ada", "Díaz", 2)
    assert path_of(rsvp) in OutgoingMail.objects.get().text
    assert "There is a place for you." in text_of(client, path_of(rsvp))
    assert press(client, rsvp, "confirm").headers["Location"] == path_of(rsvp)
    page = text_of(client, path_of(rsvp))
    assert "You are going" in page
    assert f"/events/ticket/{ticket_token(rsvp)}/" in page


def test_opening_the_link_changes_nothing(client: Client, event: Event) -> None:
    rsvp = answer(event, now=timezone.now())
    before = Rsvp.objects.values().get()
    assert client.get(path_of(rsvp)).status_code == client.head(path_of(rsvp)).status_code == 200
    assert client.get(f"{path_of(rsvp)}?do=confirm").status_code == 200
    assert Rsvp.objects.values().get() == before
    assert not Person.objects.exists()


def test_the_page_says_before_the_press_what_is_agreed_to_and_nothing_that_was_typed(
    client: Client, event: Event
) -> None:
    assert event.group
    post(client, event, **{f"sharing_{event.group.pk}": "on"})
    rsvp = Rsvp.objects.get()
    response = client.get(path_of(rsvp))
    page = response.content.decode()
    assert f"to the organizers of {event.group.name}" in page
    assert "may write to me" not in page
    assert "Ada" not in page
    assert "no-store" in response.headers["Cache-Control"]
    press(client, rsvp, "confirm")
    assert has_consent(Person.objects.get(), ConsentPurpose.SHARING, event.group.scope)
    assert Consent.objects.count() == 1


def test_nothing_is_ticked_beforehand(client: Client, event: Event) -> None:
    page = client.get(f"/events/{event.slug}/answer/").content.decode()
    assert page.count('type="checkbox"') == 4
    assert "checked" not in page
    post(client, event)
    press(client, Rsvp.objects.get(), "confirm")
    assert not Consent.objects.exists()


def test_whose_address_it_was_has_what_was_typed_deleted(client: Client, event: Event) -> None:
    rsvp = answer(event, now=timezone.now())
    assert press(client, rsvp, "forget").headers["Location"] == "/events/answers/forgotten/"
    assert "deleted" in text_of(client, "/events/answers/forgotten/")
    assert not Rsvp.objects.exists()
    assert press(client, rsvp, "confirm").status_code == 404


@pytest.mark.parametrize("state", ["maybe", "cant"])
def test_each_button_says_what_it_says(client: Client, event: Event, state: str) -> None:
    post(client, event, state)
    assert Rsvp.objects.get().state == state


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"email": "no address"}, "Enter a valid email address"),
        ({"email": "a" * 20 + "@" + "é." * 30 + "example"}, "Enter an e-mail address, such as"),
        ({"name": ""}, "Your name"),
        ({"name": "A" * 130}, "longer than we can write down"),
        ({"place": "00000"}, "There is no ZIP code 00000"),
        ({"party_size": "0"}, "With you, you are at least 1."),
        ({"party_size": "500"}, "You can be at most 4 people."),
        ({"party_size": "many"}, "Enter the number of people"),
        ({"state": "waiting"}, "not one of the available choices"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(
    client: Client, event: Event, wrong: dict[str, str], words: str
) -> None:
    response = post(client, event, **wrong)
    assert response.status_code == 422
    page = response.content.decode()
    assert words in page
    assert "<title>Error:" in page
    assert not Rsvp.objects.exists()
    assert not OutgoingMail.objects.exists()


def test_a_party_larger_than_the_event_is_refused_at_the_form(client: Client) -> None:
    response = post(client, soon(capacity=2), party_size="3")
    assert response.status_code == 422
    assert "There are 2 places in all." in response.content.decode()


def test_the_hosts_questions_are_asked_and_their_answers_kept(client: Client, event: Event) -> None:
    diet = EventQuestion.objects.create(event=event, position=1, text="Any diet?")
    role = EventQuestion.objects.create(
        event=event, position=2, text="What do you bring?", choices=["Salad", "Bread"], is_required=True
    )
    assert post(client, event).status_code == 422
    post(client, event, **{f"question_{diet.pk}": " ", f"question_{role.pk}": "Bread"})
    rsvp = Rsvp.objects.get()
    assert rsvp.answers == [{"question": "What do you bring?", "answer": "Bread"}]
    press(client, rsvp, "confirm")
    assert "What do you bring?" in text_of(client, path_of(rsvp))


def test_a_name_of_one_word_is_a_given_name(client: Client, event: Event) -> None:
    post(client, event, name="  Cher ")
    rsvp = Rsvp.objects.get()
    assert (rsvp.given_name, rsvp.family_name) == ("Cher", "")


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"state": EventState.DRAFT}, 404, ""),
        ({"state": EventState.SUBMITTED}, 404, ""),
        ({"state": EventState.CANCELLED, "cancelled_at": timezone.now(), "approved_at": timezone.now()}, 410, "cancel"),
        ({"starts_at": timezone.now() - datetime.timedelta(days=2)}, 410, "This event is over."),
    ],
)
def test_an_event_that_is_not_open_says_so(client: Client, fields: dict[str, Any], status: int, words: str) -> None:
    event = soon(**fields)
    for response in (post(client, event), client.get(f"/events/{event.slug}/answer/")):
        assert response.status_code == status
        assert words in response.content.decode()
    assert not Rsvp.objects.exists()


def test_an_event_of_a_call_leads_to_the_calls_page(client: Client) -> None:
    event = soon(call=make_call())
    page = client.get(f"/events/{event.slug}/answer/").content.decode()
    assert "/groups/start/calls/" in page
    assert '<form method="post" action="/events/' not in page
    assert post(client, event).status_code == 410


def test_when_all_places_are_taken_the_page_says_that_one_waits(client: Client) -> None:
    event = soon(capacity=1)
    make_rsvp(event)
    path = f"/events/{event.slug}/answer/"
    assert "you are the first on the waiting list" in text_of(client, path)
    post(client, event)
    assert "1 answer is on the waiting list" in text_of(client, path)
    rsvp = Rsvp.objects.get(email="ada@example.org")
    assert "You would be number 1 on the waiting list" in text_of(client, path_of(rsvp))
    press(client, rsvp, "confirm")
    assert "You are number 1 on the waiting list" in text_of(client, path_of(rsvp))


# --- nobody learns by it who is known ---------------------------------------------------------------------------


def make_known(event: Event, email: str) -> Rsvp:
    """Somebody of the network with a login, who unsubscribed and has answered this event."""
    make_user(email)
    person = take_in(contact=Contact(email=email, given_name="Known"), is_own_act=True, now=timezone.now())
    suppress(address=email, scope="", reason=SuppressionReason.UNSUBSCRIBED)
    return make_rsvp(event, person)


def test_known_unknown_and_answered_addresses_get_the_same_answer_and_the_same_work(client: Client) -> None:
    event = soon(capacity=50)
    make_known(event, "answered@example.org")
    make_known(soon(), "known@example.org")
    answer(event, "pending@example.org", now=timezone.now())
    post(client, event, email="first@example.org")  # today's words of consent are in the ledger now
    answers, work = [], []
    for email in ("unknown@example.org", "known@example.org", "answered@example.org", "pending@example.org"):
        with CaptureQueriesContext(connection) as queries:
            response = post(client, event, email=email)
            page = client.get(response.headers["Location"]).content
        answers.append((response.status_code, response.headers["Location"], page))
        done = [re.sub(r"'[^']*'|\d+|NULL", "?", query["sql"]) for query in queries.captured_queries]
        work.append([sql for sql in done if not sql.startswith("ROLLBACK TO")])
    assert all(one == answers[0] for one in answers)
    assert work[1] == work[0]
    assert [sql[:200] for sql in work[2]] == [sql[:200] for sql in work[3]] == [sql[:200] for sql in work[0]]
    assert any(sql.startswith('INSERT INTO "events_rsvp"') for sql in work[2])  # done, and undone
    assert event.rsvps.count() == 5
    assert {mail.state for mail in OutgoingMail.objects.all()} == {"queued"}


def test_a_stranger_who_types_a_known_address_changes_nothing_about_its_owner(client: Client, event: Event) -> None:
    rsvp = make_known(event, "known@example.org")
    before = (Rsvp.objects.values().get(), Person.objects.values().get(), Consent.objects.count())
    post(client, event, "cant", email="known@example.org", name="Mallory", consent_network_mail="on")
    assert (Rsvp.objects.values().get(), Person.objects.values().get(), Consent.objects.count()) == before
    assert rsvp.state == GOING


def test_one_address_gets_five_mails_a_day_and_nobody_is_told(client: Client, event: Event) -> None:
    locations = {post(client, event).headers["Location"] for _ in range(6)}
    assert locations == {"/events/answers/sent/"}
    assert OutgoingMail.objects.count() == 5


def test_one_client_posts_sixty_times_an_hour(client: Client, event: Event) -> None:
    for number in range(60):
        assert post(client, event, email=f"{number}").status_code == 422
    assert post(client, event).status_code == 429


# --- somebody signed in -------------------------------------------------------------------------------------------


def test_whoever_is_signed_in_answers_with_one_press(client: Client, event: Event) -> None:
    user = make_user("ada@example.org")
    sign_in(client, user)
    page = client.get(f"/events/{event.slug}/answer/").content.decode()
    assert 'name="email"' not in page
    response = client.post(f"/events/{event.slug}/answer/", {"state": "going"})
    rsvp = Rsvp.objects.get()
    assert response.headers["Location"] == path_of(rsvp)
    assert rsvp.person is not None
    assert (rsvp.state, rsvp.person.user, rsvp.is_confirmed) == (GOING, user, True)
    assert mails("event answered") == ["ada@example.org"]
    page = text_of(client, f"/events/{event.slug}/answer/")
    assert "You are going" in page
    assert path_of(rsvp) in page


def test_what_was_agreed_to_before_is_not_asked_again(client: Client, event: Event) -> None:
    assert event.group
    sign_in(client, make_user("ada@example.org"))
    box = f"sharing_{event.group.pk}"
    client.post(f"/events/{event.slug}/answer/", {"state": "going", box: "on"})
    assert event.group is not None
    other = soon(group=event.group)
    page = client.get(f"/events/{other.slug}/answer/").content.decode()
    assert f'name="{box}"' not in page
    assert f'name="group_mail_{event.group.pk}"' in page


def test_whoever_has_not_shown_that_the_address_is_theirs_is_asked_as_a_stranger(client: Client, event: Event) -> None:
    user = make_user("ada@example.org")
    sign_in(client, user)
    EmailAddress.objects.filter(user=user).update(verified=False)
    assert 'name="email"' in client.get(f"/events/{event.slug}/answer/").content.decode()
    assert client.post(f"/events/{event.slug}/answer/", {"state": "going"}).status_code == 422
    assert not Rsvp.objects.exists()


def test_the_box_of_an_answer_in_the_line_says_the_position(client: Client) -> None:
    event = soon(capacity=1)
    make_rsvp(event)
    sign_in(client, make_user("ada@example.org"))
    client.post(f"/events/{event.slug}/answer/", {"state": "going"})
    assert "You are number 1 on the waiting list" in text_of(client, f"/events/{event.slug}/answer/")


def test_the_box_takes_few_questions_of_the_database(client: Client, rf: Any) -> None:
    from django.contrib.auth.models import AnonymousUser

    event = soon(capacity=3)
    request = rf.get("/")
    request.user = AnonymousUser()
    with CaptureQueriesContext(connection) as queries:
        box = answering_box(request, event, timezone.now())
    assert box.form is not None
    assert len(queries) <= 4


# --- behind the link ----------------------------------------------------------------------------------------------


def test_an_answer_is_changed_and_cancelled_by_its_link(client: Client) -> None:
    event = soon(capacity=5)
    rsvp = confirmed(event, now=timezone.now())
    assert press(client, rsvp, "change", state="going", party_size="3").status_code == 302
    assert "Your answer is changed." in text_of(client, path_of(rsvp))
    assert Rsvp.objects.get().party_size == 3
    press(client, rsvp, "cancel")
    assert Rsvp.objects.get().state == CANT
    assert "You can’t come" in text_of(client, path_of(rsvp))
    press(client, rsvp, "change", state="maybe")
    assert Rsvp.objects.get().state == MAYBE


@pytest.mark.parametrize("party_size", ["0", "500", "x"])
def test_a_change_that_cannot_be_is_said_at_the_form(client: Client, event: Event, party_size: str) -> None:
    rsvp = confirmed(event, now=timezone.now())
    response = press(client, rsvp, "change", state="going", party_size=party_size)
    assert response.status_code == 422
    assert "<title>Error:" in response.content.decode()
    assert Rsvp.objects.get().party_size == 1


def test_more_than_fit_is_said_at_the_form(client: Client) -> None:
    event = soon(capacity=2)
    rsvp = confirmed(event, now=timezone.now())
    make_rsvp(event)
    response = press(client, rsvp, "change", state="going", party_size="2")
    assert response.status_code == 422
    assert "You keep the places that you have" in response.content.decode()


def test_a_press_that_says_nothing_changes_nothing(client: Client, event: Event) -> None:
    rsvp = confirmed(event, now=timezone.now())
    assert client.post(path_of(rsvp)).status_code == 422
    assert Rsvp.objects.get().revision == rsvp.revision


@pytest.mark.parametrize("do", ["confirm", "change", "cancel"])
def test_a_cancelled_event_changes_no_answer(client: Client, event: Event, do: str) -> None:
    pending, rsvp = answer(event, "bo@example.org", now=timezone.now()), confirmed(event, now=timezone.now())
    Event.objects.filter(pk=event.pk).update(state=EventState.CANCELLED, cancelled_at=timezone.now())
    response = press(client, pending if do == "confirm" else rsvp, do, state="maybe")
    assert response.status_code == 410
    assert "This event is cancelled." in response.content.decode()
    assert set(Rsvp.objects.values_list("state", flat=True)) == {GOING}
    assert "This event is cancelled." in text_of(client, path_of(rsvp))


def test_a_past_event_shows_the_answer_and_changes_nothing(client: Client, event: Event) -> None:
    rsvp = confirmed(event, now=timezone.now())
    Event.objects.filter(pk=event.pk).update(
        starts_at=timezone.now() - datetime.timedelta(hours=3), ends_at=timezone.now() - datetime.timedelta(hours=1)
    )
    page = text_of(client, path_of(rsvp))
    assert "This event is over." in page
    assert "Save my answer" not in page
    assert press(client, rsvp, "cancel").status_code == 410


def test_forged_and_old_links_say_so(client: Client, event: Event) -> None:
    rsvp = confirmed(event, now=timezone.now())
    for path in (path_of(rsvp)[:-3] + "/", "/events/answers/1:x/", f"/events/answers/{ticket_token(rsvp)}/"):
        for response in (client.get(path), client.post(path, {"do": "cancel"}), client.get(f"{path}event.ics")):
            assert response.status_code == 404
            assert "This link does not work" in response.content.decode()
    Event.objects.filter(pk=event.pk).update(
        starts_at=event.starts_at - datetime.timedelta(days=60), ends_at=event.ends_at - datetime.timedelta(days=60)
    )
    assert client.get(path_of(rsvp)).status_code == 404
    assert Rsvp.objects.get().state == GOING


def test_confirming_with_a_second_address_leads_to_the_one_answer(client: Client, event: Event) -> None:
    kept = confirmed(event, now=timezone.now())
    pending = answer(event, "second@example.org", now=timezone.now(), party_size=2)
    assert kept.person
    PersonEmail.objects.create(person=kept.person, address="second@example.org")
    assert press(client, pending, "confirm").headers["Location"] == path_of(kept)
    assert client.get(path_of(pending)).status_code == 404


def test_the_calendar_file_tells_the_way_in_to_those_who_come_only(client: Client) -> None:
    event = soon(is_address_public=False)
    rsvp = confirmed(event, now=timezone.now())
    path = f"{path_of(rsvp)}event.ics"
    response = client.get(path)
    assert response.headers["Content-Type"].startswith("text/calendar")
    assert b"449 Broadway" in response.content
    change_answer(rsvp=rsvp, state=CANT, party_size=1, now=timezone.now())
    assert b"449 Broadway" not in client.get(path).content


def test_no_address_and_no_name_is_in_any_address_or_key(client: Client, event: Event) -> None:
    post(client, event)
    rsvp = Rsvp.objects.get()
    assert "ada" not in answer_token(rsvp).lower().split(":")[0]
    assert not any("ada" in key for key in OutgoingMail.objects.values_list("key", flat=True))


# --- the host's line ------------------------------------------------------------------------------------------------


def test_the_host_sees_who_waits_and_lets_somebody_in(client: Client) -> None:
    event = soon(capacity=1)
    assert event.group
    make_rsvp(event)
    waits = make_rsvp(event, make_guest("grace@example.org"), state=WAITING, party_size=2)
    answer(event, "pending@example.org", given_name="Typed", now=timezone.now())
    sign_in(client, make_contact(event.group))
    page = text_of(client, f"/organize/events/{event.pk}/line/")
    assert "Grace" in page
    assert "Not confirmed yet" in page
    assert "Typed" not in page  # nobody knows yet whose name that is
    assert "grace@example.org" not in page
    assert "Let in, with 2 more places" in page
    response = client.post(f"/organize/events/{event.pk}/line/{waits.pk}/let-in/", follow=True)
    assert "They have a place" in response.content.decode()
    event.refresh_from_db()
    assert (event.capacity, event.taken) == (3, 3)
    again = client.post(f"/organize/events/{event.pk}/line/{waits.pk}/let-in/", follow=True)
    assert "wait for a place any more" in again.content.decode()


def test_another_groups_contact_sees_no_line_and_lets_nobody_in(client: Client) -> None:
    event = soon(capacity=1)
    waits = make_rsvp(event, state=WAITING)
    sign_in(client, make_contact(make_group()))
    assert client.get(f"/organize/events/{event.pk}/line/").status_code == 404
    assert client.post(f"/organize/events/{event.pk}/line/{waits.pk}/let-in/").status_code == 404
    assert Rsvp.objects.get().state == WAITING


def test_an_answer_to_another_event_is_not_let_in_by_this_ones_host(client: Client) -> None:
    event, other = soon(capacity=1), soon(capacity=1)
    assert event.group
    waits = make_rsvp(other, state=WAITING)
    sign_in(client, make_contact(event.group))
    assert client.post(f"/organize/events/{event.pk}/line/{waits.pk}/let-in/").status_code == 404


def test_a_line_of_nobody_says_so(client: Client, event: Event) -> None:
    assert event.group
    sign_in(client, make_contact(event.group))
    assert "Nobody waits" in text_of(client, f"/organize/events/{event.pk}/line/")
