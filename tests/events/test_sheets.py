"""The paper sheet: what is printed on it, and entering it afterwards."""

import datetime
import io
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

from events.door import DoorError, check_in
from events.models import Attendance, CheckedInBy, Event, Rsvp
from events.sheets import build_sheet, enter_sheet, may_open_sheet, paper_of
from events.walk_ins import WalkIn
from foundation.accounts.models import User
from foundation.documents.kinds import SubjectGoneError
from foundation.documents.models import Document
from foundation.documents.rendering import render_pdf
from members.erasure import erase_person
from tests.events.making import NOW, make_event, make_guest, make_rsvp
from tests.factories import make_contact, make_group, make_user
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db

MINUTE, DAY = datetime.timedelta(minutes=1), datetime.timedelta(days=1)


@pytest.fixture
def event(db: None) -> Event:
    return make_event(make_group("Table of Plenty"), starts_at=NOW, title="Soup night")


@pytest.fixture
def helper(event: Event) -> User:
    assert event.group
    return make_contact(event.group, role="helper")


# --- printed --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "points"), [("letter", (612, 792)), ("a4", (595, 842))])
def test_the_sheet_has_names_blank_lines_the_consent_words_and_the_code(
    event: Event, size: str, points: tuple[int, int]
) -> None:
    make_rsvp(event, make_guest("ada@example.org", family_name="Díaz"), party_size=3)
    sheet = build_sheet(event.scope, size=size)
    reader = PdfReader(io.BytesIO(render_pdf(sheet)))
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    assert (round(reader.pages[0].mediabox.width), round(reader.pages[0].mediabox.height)) == points
    for words in ("Soup night", "Grace Díaz +2", "Invite me", "Table of Plenty may write to me", "your own phone"):
        assert words in text
    assert "ada@example.org" not in text
    assert '<svg role="img"' in sheet.html
    assert sheet.html.count("<tr>") == 1 + 1 + 1 + 24


def test_a_sheet_of_the_network_invites_to_no_group(db: None) -> None:
    assert "Invite me" not in build_sheet(make_event(starts_at=NOW).scope, size="a4").html


def test_the_paper_is_what_printers_hold_there(event: Event) -> None:
    assert paper_of(event) == "letter"
    event.country = "DE"
    assert paper_of(event) == "a4"


def test_the_sheet_opens_to_whoever_works_at_the_door(event: Event, helper: User) -> None:
    assert may_open_sheet(helper, event.scope)
    assert not may_open_sheet(make_user(), event.scope)
    assert not may_open_sheet(helper, "event:0")
    with pytest.raises(SubjectGoneError):
        build_sheet("event:0", size="a4")


def test_the_sheet_is_asked_for_on_the_page(client: Client, event: Event, helper: User) -> None:
    sign_in(client, helper)
    response = client.post(f"/organize/events/{event.pk}/door/sheet/", {"size": "a4"})
    document = Document.objects.get()
    assert (document.kind, document.subject) == ("sign_in_sheet_a4", event.scope)
    assert response.headers["Location"] == document.get_absolute_url()
    client.post(f"/organize/events/{event.pk}/door/sheet/", {"size": "a0"})
    assert Document.objects.count() == 1


# --- entered --------------------------------------------------------------------------------------------------


def test_those_who_are_ticked_or_wrote_themselves_on_it_came(event: Event, helper: User) -> None:
    rsvp = make_rsvp(event, party_size=3)
    written = {0: WalkIn("Ada", "Díaz", email="ada@example.org"), 7: WalkIn("Bo", "", phone="+16175550123")}
    for _again in range(2):
        entered = enter_sheet(
            event=event, ticked=[f"rsvp:{rsvp.pk}"], written=written, actor=helper, now=NOW + 30 * DAY
        )
        assert entered == (3, {})
    attendances = Attendance.objects.order_by("pk")
    assert [(one.how, one.at, one.by) for one in attendances] == [("sheet", NOW, helper)] * 3
    assert attendances[0].guests == 2


def test_what_cannot_be_noted_is_told_by_its_line_and_the_rest_is(event: Event, helper: User) -> None:
    erase_person(person=make_guest("gone@example.org"), actor=None, now=NOW)
    written = {3: WalkIn("Gone", "", email="gone@example.org"), 4: WalkIn("Ada", "", email="ada@example.org")}
    entered = enter_sheet(event=event, ticked=["rsvp:0", "nonsense"], written=written, actor=helper, now=NOW + DAY)
    assert entered.noted == 1
    assert list(entered.problems) == [3]


def test_nothing_is_entered_before_the_door_opens(event: Event, helper: User) -> None:
    with pytest.raises(DoorError):
        enter_sheet(event=event, ticked=[], written={}, actor=helper, now=NOW - DAY)


@pytest.fixture
def page(client: Client, db: None) -> tuple[Client, Event]:
    """The browser of a helper at an event that goes on now."""
    event = make_event(make_group(), starts_at=timezone.now() - MINUTE)
    assert event.group
    sign_in(client, make_contact(event.group, role="helper"))
    return client, event


def save(page: tuple[Client, Event], **data: Any) -> Any:
    client, event = page
    return client.post(f"/organize/events/{event.pk}/door/paper/", data)


def test_the_page_offers_who_has_not_come_yet_and_ten_lines(page: tuple[Client, Event]) -> None:
    client, event = page
    now = timezone.now()
    came, expected = make_rsvp(event), make_rsvp(event, make_guest(family_name="Expected"))
    check_in(event=event, how=CheckedInBy.LIST, at=now, actor=None, now=now, rsvp=came)
    text = client.get(f"/organize/events/{event.pk}/door/paper/").content.decode()
    assert f'value="rsvp:{expected.pk}"' in text
    assert f'value="rsvp:{came.pk}"' not in text
    assert text.count('-contact"') >= 10


def test_saving_notes_them_all(page: tuple[Client, Event]) -> None:
    rsvp = make_rsvp(page[1])
    typed = {"line-9-given_name": "Ada", "line-9-contact": "ada@example.org"}
    response = save(page, who=[f"rsvp:{rsvp.pk}"], **typed)
    assert response.status_code == 302
    assert Attendance.objects.count() == 2


def test_an_error_keeps_everything_and_notes_nobody(page: tuple[Client, Event]) -> None:
    rsvp = make_rsvp(page[1])
    typed = {"line-0-given_name": "Ada", "line-0-contact": "ada@example.org", "line-1-given_name": "Bo"}
    response = save(page, who=[f"rsvp:{rsvp.pk}"], **typed)
    text = response.content.decode()
    assert response.status_code == 422
    assert "<title>Error:" in text
    assert "Line 2: Fill in “E-mail address or phone number”." in text
    assert f'value="rsvp:{rsvp.pk}" checked' in text
    assert 'value="ada@example.org"' in text
    assert 'value="Bo"' in text
    assert not Attendance.objects.exists()


def test_a_line_that_cannot_be_noted_stays_and_the_others_go(page: tuple[Client, Event]) -> None:
    erase_person(person=make_guest("gone@example.org"), actor=None, now=NOW)
    typed = {
        "line-0-given_name": "Ada", "line-0-contact": "ada@example.org",
        "line-1-given_name": "Bo", "line-1-contact": "gone@example.org",
    }  # fmt: skip
    response = save(page, **typed)
    text = response.content.decode()
    assert response.status_code == 422
    assert "1 person is noted." in text
    assert "We cannot note this address" in text
    assert 'value="Bo"' in text
    assert 'value="ada@example.org"' not in text
    assert Attendance.objects.get().shown_name == "Ada"


def test_after_fourteen_days_the_paper_is_entered_by_those_who_keep_the_event(page: tuple[Client, Event]) -> None:
    client, event = page
    now = timezone.now()
    Event.objects.filter(pk=event.pk).update(starts_at=now - 40 * DAY, ends_at=now - 39 * DAY)
    rsvp = make_rsvp(event)
    assert save(page, who=[f"rsvp:{rsvp.pk}"]).status_code == 404
    assert event.group
    sign_in(client, make_contact(event.group))
    assert save(page, who=[f"rsvp:{rsvp.pk}"]).status_code == 302
    assert Attendance.objects.get().person == Rsvp.objects.get().person
