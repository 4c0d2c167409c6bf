"""The pages of attendance online: saying the words, setting them, and the lists of conferencing tools."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from affiliates.models import Call
from events import forms_campaigns
from events.attendance_codes import claim_token
from events.attendance_files import confirm_file, take_in_file
from events.models import Attendance, AttendanceFile, CodeClaim, Event, EventFormat, EventState
from foundation.accounts.models import StaffTask, User
from foundation.mail.models import OutgoingMail
from members.models import Membership, Person
from tests.affiliates import calling
from tests.factories import make_contact, make_group, make_staff, make_user
from tests.members.making import make_person
from tests.signing_in import sign_in

from .making import NOW, make_event, make_guest, make_rsvp
from .test_attendance_codes import make_call_event, make_online
from .test_attendance_files import ZOOM, upload

pytestmark = pytest.mark.django_db

CODE = "/events/code/"
TYPED = {"words": "Blue River", "given_name": "Ada", "family_name": "Díaz", "email": "Ada@Example.org"}


@pytest.fixture(autouse=True)
def _at_noon() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def text_of(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return response.content.decode()


def said(client: Client, path: str, data: dict[str, Any] | None = None) -> list[str]:
    """Post, and what the next page says of it."""
    response = client.post(path, data or {}, follow=True)
    assert response.status_code == 200
    return [str(message) for message in get_messages(response.wsgi_request)]


def refused(client: Client, path: str, data: dict[str, Any], status: int = 422) -> str:
    response = client.post(path, data)
    assert response.status_code == status
    return response.content.decode()


# --- saying the words -------------------------------------------------------------------------------------------


def test_whoever_is_signed_in_needs_the_words_only(client: Client) -> None:
    make_online(title="Debate night")
    sign_in(client, make_user())
    assert 'name="email"' not in text_of(client, CODE)
    assert said(client, CODE, {"words": "blue river"}) == ["You were there: Debate night."]
    assert said(client, CODE, {"words": "blue river"}) == ["You are noted already: Debate night."]
    assert "Debate night" in text_of(client, "/me/")


def test_a_stranger_confirms_by_mail_and_opening_the_link_changes_nothing(client: Client) -> None:
    make_online(title="Debate night")
    response = client.post(CODE, TYPED)
    assert (response.status_code, response.headers["Location"]) == (302, "/events/code/sent/")
    assert "Check your e-mail" in text_of(client, "/events/code/sent/")
    found = re.search(r"https?://\S+/events/code/\S+", OutgoingMail.objects.get().text)
    assert found
    link = urlsplit(found[0]).path
    assert "Debate night" in text_of(client, link)
    assert not Attendance.objects.exists()
    client.post(link, {"do": "confirm"})
    assert "Thank you" in text_of(client, link)
    assert Membership.objects.filter(person=Attendance.objects.get().person).exists()


def test_known_and_unknown_addresses_get_the_same_answer(client: Client) -> None:
    make_online()
    make_guest("ada@example.org")
    answers = [client.post(CODE, {**TYPED, "email": email}) for email in ("ada@example.org", "bo@example.org")]
    assert len({(answer.status_code, answer.headers["Location"]) for answer in answers}) == 1


def test_wrong_words_are_an_error_that_says_so_and_nothing_is_written(client: Client) -> None:
    make_online(NOW + calling.DAY)
    page = refused(client, CODE, TYPED)
    assert "Nothing that is on at the moment has these words." in page
    assert "<title>Error:" in page
    assert not CodeClaim.objects.exists()
    sign_in(client, make_user())
    refused(client, CODE, {"words": "blue river"})


def test_what_is_missing_is_told(client: Client) -> None:
    make_online()
    for name in TYPED:
        assert f"id_{name}_error" in refused(client, CODE, {**TYPED, name: " "})
    assert "id_email_error" in refused(client, CODE, {**TYPED, "email": "ada@exa mple"})


def test_words_are_not_guessed_by_trying(client: Client) -> None:
    for _time in range(20):
        refused(client, CODE, TYPED)
    make_online()
    refused(client, CODE, TYPED, 429)


def test_an_address_gets_five_mails_a_day_and_nobody_is_told(client: Client) -> None:
    make_online()
    for _time in range(6):
        assert client.post(CODE, TYPED).headers["Location"] == "/events/code/sent/"
    assert OutgoingMail.objects.count() == 5


def test_a_code_of_a_call_that_cannot_be_noted_says_why(client: Client) -> None:
    event = make_call_event()
    Call.objects.filter(event=event).update(cancelled_at=NOW)
    sign_in(client, make_user())
    assert "Attendance can be marked" in refused(client, CODE, {"words": "blue river"})


def test_the_link_deletes_what_was_typed_where_it_was_somebody_else(client: Client) -> None:
    make_online()
    client.post(CODE, TYPED)
    link = f"{CODE}{claim_token(CodeClaim.objects.get())}/"
    response = client.post(link, {"do": "forget"}, follow=True)
    assert "What was typed is deleted" in response.content.decode()
    assert not CodeClaim.objects.exists()
    text_of(client, link, 404)
    text_of(client, f"{CODE}forged/", 404)


def test_what_can_no_longer_be_confirmed_says_why(client: Client) -> None:
    event = make_online()
    client.post(CODE, TYPED)
    link = f"{CODE}{claim_token(CodeClaim.objects.get())}/"
    Event.objects.filter(pk=event.pk).update(state=EventState.CANCELLED, cancelled_at=NOW)
    assert "was cancelled" in refused(client, link, {"do": "confirm"}, 409)


# --- setting them -----------------------------------------------------------------------------------------------


def test_hosts_set_words_with_a_press_and_end_them(client: Client) -> None:
    group = make_group()
    event = make_online(group=group, attendance_code="")
    sign_in(client, make_contact(group, role="organizer"))
    address = f"/organize/events/{event.pk}/words/"
    proposed = re.search(r'name="words" value="([^"]+)"', text_of(client, address))
    assert proposed
    assert said(client, address, {"do": "set", "words": proposed[1]}) == ["People can use these words."]
    page = text_of(client, address)
    assert proposed[1] in page
    assert "/events/code/" in page
    assert "one, two or three words" in refused(client, address, {"do": "set", "words": "1"})
    assert said(client, address, {"do": "end"}) == ["These words no longer work."]
    event.refresh_from_db()
    assert event.attendance_code == ""


def test_the_pages_of_an_event_are_its_hosts_and_only_where_it_is_online(client: Client) -> None:
    group = make_group()
    host, event, in_person = make_contact(group), make_online(group=group), make_event(group)
    hybrid = make_event(group, format=EventFormat.HYBRID)
    call = make_call_event()
    for user, status in ((host, 200), (make_contact(group, role="helper"), 404), (make_contact(make_group()), 404)):
        sign_in(client, user)
        for page in ("words", "lists"):
            text_of(client, f"/organize/events/{event.pk}/{page}/", status)
    sign_in(client, host)
    text_of(client, f"/organize/events/{hybrid.pk}/words/")
    for other in (in_person, call):
        text_of(client, f"/organize/events/{other.pk}/words/", 404)
    client.logout()
    assert client.get(f"/organize/events/{event.pk}/words/").status_code == 302


def test_staff_for_promotions_keep_national_events_and_only_with_their_second_factor(client: Client) -> None:
    event, staff = make_online(), make_staff(StaffTask.PROMOTIONS)
    sign_in(client, staff)
    text_of(client, f"/organize/events/{event.pk}/words/")
    client.logout()
    sign_in(client, staff, second_factor=False)
    text_of(client, f"/organize/events/{event.pk}/words/", 404)


@pytest.fixture
def staff(client: Client) -> User:
    """Signed in on `client`, with the right to hold calls."""
    staff = make_staff(StaffTask.AGREEMENTS)
    sign_in(client, staff)
    return staff


def test_staff_set_the_words_of_a_call_also_of_one_that_had_no_event_yet(client: Client, staff: User) -> None:
    call = calling.make_call(NOW)
    ways = text_of(client, f"/national/calls/{call.pk}/")
    assert f"/national/calls/{call.pk}/words/" in ways
    assert said(client, f"/national/calls/{call.pk}/words/", {"words": "Blue river"}) == ["People can use these words."]
    assert Event.objects.get(call=call).attendance_code == "blue river"


def test_a_cancelled_call_offers_neither_words_nor_lists(client: Client, staff: User) -> None:
    call = calling.make_call(NOW, cancelled_at=NOW)
    assert "/words/" not in text_of(client, f"/national/calls/{call.pk}/")


# --- lists ------------------------------------------------------------------------------------------------------


def post_list(client: Client, address: str, text: str = ZOOM, **typed: Any) -> Any:
    file = SimpleUploadedFile("list.csv", text.encode())
    return client.post(address, {"file": file, "least_minutes": "5", **typed})


def test_a_list_is_looked_at_confirmed_and_matched(client: Client, staff: User) -> None:
    event, ada = make_call_event(), make_person("Ada Díaz", email="ada@example.org")
    bo = make_person("Bo Lee")
    assert event.call
    event.call.answers.create(person=bo, answered_at=NOW)
    address = f"/national/calls/{event.call.pk}/lists/"
    page = post_list(client, address, ZOOM.replace("Bo Lee", "B. L.").replace("12:04:00", "12:10:00"))
    file = AttendanceFile.objects.get()
    assert page.headers["Location"] == f"{address}{file.pk}/"
    preview = text_of(client, f"{address}{file.pk}/")
    assert "Note 1 person" in preview
    assert not event.call.answers.attended().exists()
    assert said(client, f"{address}{file.pk}/") == ["1 more person is noted."]
    assert said(client, f"{address}{file.pk}/") == ["0 more people are noted."]
    row = file.participants.get(name="B. L.")
    match = f"{address}{file.pk}/{row.pk}/"
    assert f'<option value="{bo.pk}">Bo Lee</option>' in text_of(client, match)
    assert said(client, match, {"person": str(bo.pk)}) == ["B. L. is noted."]
    assert set(event.call.answers.attended().values_list("person", flat=True)) == {ada.pk, bo.pk}
    assert "list.csv" in text_of(client, address)
    assert "Everybody who counts is noted." in text_of(client, f"{address}{file.pk}/")
    assert "matched already" in refused(client, match, {"email": "cy@example.org"})


def test_a_match_is_one_of_the_two(client: Client, staff: User) -> None:
    event = make_call_event()
    assert event.call
    address = f"/national/calls/{event.call.pk}/lists/"
    post_list(client, address, "Name,Email\nBo Lee,\n")
    file = AttendanceFile.objects.get()
    match = f"{address}{file.pk}/{file.participants.get().pk}/"
    for typed in ({}, {"email": "x"}, {"person": "999"}):
        refused(client, match, typed)
    assert said(client, match, {"email": "Bo@Example.org"}) == ["Bo Lee is noted."]
    assert Person.objects.get(emails__address="bo@example.org").full_name == "Bo Lee"


@pytest.mark.parametrize(
    ("text", "because"), [("a,b\n1,2\n", "No line of this file"), ("", "empty"), ("PK\x03\x04x", "Excel")]
)
def test_a_file_that_is_none_is_told_why(client: Client, staff: User, text: str, because: str) -> None:
    event = make_call_event()
    assert event.call
    response = post_list(client, f"/national/calls/{event.call.pk}/lists/", text)
    assert response.status_code == 422
    assert because in response.content.decode()
    assert "id_file_error" in refused(client, f"/national/calls/{event.call.pk}/lists/", {"least_minutes": "5"})


def test_a_list_that_no_call_can_have_is_refused_unread(
    client: Client, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms_campaigns, "MOST_BYTES", 3 * 1024**2)
    event = make_call_event()
    assert event.call
    response = post_list(client, f"/national/calls/{event.call.pk}/lists/", ZOOM + "x" * 3 * 1024**2)
    assert response.status_code == 422
    assert "larger than 3 MB" in response.content.decode()
    assert not AttendanceFile.objects.exists()


def test_bad_rows_and_those_who_left_early_are_listed(client: Client, staff: User) -> None:
    event = make_call_event()
    assert event.call
    address = f"/national/calls/{event.call.pk}/lists/"
    text = "Name,Email,Duration\nAda,no address,9\nBo Short,bo@example.org,2\nCy,cy@example.org,9\n"
    page = client.get(post_list(client, address, text).headers["Location"]).content.decode()
    assert "This is no e-mail address." in page
    assert "1 was there too shortly" in page
    assert "Bo Short" in page


def test_a_list_of_hosts_tells_them_of_nobody_they_do_not_know(client: Client) -> None:
    group = make_group()
    event, user = make_online(group=group), make_contact(group)
    make_person("Ada Díaz", email="ada@example.org")
    sign_in(client, user)
    address = f"/organize/events/{event.pk}/lists/"
    page = client.get(post_list(client, address).headers["Location"]).content.decode()
    assert "Nobody is known for these" in page
    assert "Note 1 person" not in page


def test_hosts_choose_among_the_names_of_those_who_answered(client: Client) -> None:
    group = make_group()
    event, user, person = make_online(group=group), make_contact(group), make_guest()
    make_rsvp(event, person)
    make_rsvp(event, make_person("", email="noname@example.org"))
    sign_in(client, user)
    address = f"/organize/events/{event.pk}/lists/"
    post_list(client, address)
    file = AttendanceFile.objects.get()
    page = text_of(client, f"{address}{file.pk}/{file.participants.get(name='Bo Lee').pk}/")
    assert f'<option value="{person.pk}">Grace</option>' in page
    assert "noname" not in page


def test_the_list_of_another_event_is_not_found(client: Client, staff: User) -> None:
    mine, other = make_call_event(), make_call_event(words="red river")
    file = take_in_file(
        event=other, upload=upload(ZOOM), name="x.csv", least_minutes=0, actor=staff, now=timezone.now()
    )
    confirm_file(file=file, actor=staff, now=timezone.now())
    assert mine.call
    row = file.participants.first()
    assert row
    for path in (f"{file.pk}/", f"{file.pk}/{row.pk}/"):
        text_of(client, f"/national/calls/{mine.call.pk}/lists/{path}", 404)
