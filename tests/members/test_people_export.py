"""People as a file: who may take it out, what is in it, what is kept about it."""

import csv
import datetime
import io
import tracemalloc
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from foundation.accounts.models import StaffTask, User
from foundation.audit.models import AuditEntry
from members.models import Person, Segment, Tag
from members.people_export import COLUMNS, export_people
from members.tags import put_tag_on
from tests.factories import make_staff
from tests.signing_in import sign_in

from .making import NOW, did, make_person

pytestmark = pytest.mark.django_db
REASON = "Calling our drivers before Saturday"


@pytest.fixture
def staff() -> User:
    return make_staff(StaffTask.PEOPLE)


@pytest.fixture
def staff_page(client: Client, staff: User) -> Client:
    sign_in(client, staff)
    return client


@pytest.fixture
def segment() -> Segment:
    return Segment.objects.create(name="Here", rules=[{"kind": "near", "zip": "02139", "miles": 5}])


def address_of(segment: Segment) -> str:
    return reverse("segment_export", args=[segment.pk])


def rows_of(response: Any) -> list[dict[str, str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_file_has_the_listed_columns_of_each_person(staff_page: Client, staff: User, segment: Segment) -> None:
    ada = make_person("Ada Lovelace", email="ada@example.org", phone="+16175550123")
    did(ada)
    for name in ("Driver", "Cook"):
        put_tag_on(tag=Tag.objects.create(name=name), person=ada, actor=staff, now=NOW)
    make_person("Far Away", near="44305")
    response = staff_page.post(address_of(segment), {"reason": REASON})
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "no-store" in response.headers["Cache-Control"]
    assert rows_of(response) == [
        {
            "Number": str(ada.pk), "Given name": "Ada", "Family name": "Lovelace", "E-mail address": "ada@example.org",
            "Phone numbers": "'+16175550123", "ZIP code": "02139", "City": "Cambridge", "State": "MA", "Country": "US",
            "Language": "en", "Member since": "2026-06-15", "Last active": "2026-06-15", "Tags": "Cook, Driver",
        }
    ]  # fmt: skip
    assert len(COLUMNS) == 13


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "＝"])
def test_no_cell_is_run_by_a_spreadsheet(staff_page: Client, segment: Segment, start: str) -> None:
    make_person(f"{start}cmd|'/c_calc'!A1 X")
    cell = rows_of(staff_page.post(address_of(segment), {"reason": REASON}))[0]["Given name"]
    assert cell.startswith(f"'{start}")


def test_who_took_what_out_and_why_is_in_the_audit_log(staff_page: Client, staff: User, segment: Segment) -> None:
    make_person()
    make_person()
    staff_page.post(address_of(segment), {"reason": REASON})
    entry = AuditEntry.objects.get(action="exported people")
    assert entry.actor == f"user:{staff.pk}"
    assert entry.details == {"found_by": f"segment:{segment.pk}", "reason": REASON, "rows": 2}


def test_a_search_is_taken_out_without_its_words_in_the_log(staff_page: Client) -> None:
    make_person("Canary Bird")
    make_person("Grace Hopper")
    staff_page.post("/national/people/", {"q": "canary bird"})
    rows = rows_of(staff_page.post(reverse("found_export"), {"reason": REASON}))
    assert [row["Given name"] for row in rows] == ["Canary"]
    entry = AuditEntry.objects.get(action="exported people")
    assert entry.details["found_by"] == "search by name"
    assert "anary" not in str(entry.details)


@pytest.mark.parametrize("reason", ["", "because", "         x"])
def test_without_a_reason_there_is_no_file(staff_page: Client, segment: Segment, reason: str) -> None:
    answer = staff_page.post(address_of(segment), {"reason": reason})
    assert answer.status_code == 422
    assert not AuditEntry.objects.exists()


def test_an_old_sign_in_has_to_be_made_anew(client: Client, staff: User, segment: Segment) -> None:
    with time_machine.travel(datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=10)):
        sign_in(client, staff)
    for answer in (client.get(address_of(segment)), client.post(address_of(segment), {"reason": REASON})):
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/accounts/2fa/reauthenticate/?next=")
    assert not AuditEntry.objects.exists()


def test_without_a_search_there_is_nothing_to_take_out(staff_page: Client) -> None:
    assert staff_page.get(reverse("found_export")).headers["Location"] == "/national/people/"


@pytest.mark.django_db(transaction=True)
def test_memory_does_not_grow_with_the_rows() -> None:
    staff = make_staff(StaffTask.PEOPLE)
    Person.objects.bulk_create(Person(given_name=f"Given{number}", family_name="James") for number in range(2_000))
    peaks = []
    for copies in (2_000, 18_000):
        Person.objects.bulk_create(Person(given_name=f"G{number}", family_name="James") for number in range(copies))
        tracemalloc.start()
        lines = export_people(people=Person.objects.all(), found_by="test", reason=REASON, actor=staff)
        assert sum(1 for _line in lines) == Person.objects.count() + 2
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]
