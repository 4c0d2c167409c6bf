"""The export: everything held about a person, as JSON and as tables."""

import csv
import datetime
import io
import json
import zipfile
from typing import Any

import pytest
from django.db import models
from django.test import Client

from foundation.audit.models import AuditEntry
from members.consent import give_consent
from members.membership import record_basis
from members.models import ActivityKind, ConsentPurpose, Person, PersonNote
from members.people import Contact, take_in
from members.person_export import everything_about, export_csv, export_sections
from members.wordings import present_wording
from tests.accounts.clients import signed_in
from tests.factories import make_user
from tests.members.test_erasure import EMAIL, FAMILY, GIVEN, PHONE, make_canary

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)


def referring_to_people() -> set[str]:
    """Every table with a foreign key to a person, however hidden."""
    return {
        relation.related_model._meta.label_lower
        for relation in Person._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ManyToOneRel) and not isinstance(relation.related_model, str)
    }


def test_every_table_that_refers_to_a_person_is_in_a_section() -> None:
    covered = {name for section in export_sections() for name in section.covers}
    assert referring_to_people() - covered == set()


def test_every_section_of_somebody_known_in_every_way_says_something() -> None:
    told = everything_about(make_canary())
    silent = {key for key, rows in told.items() if not rows}
    # Nothing of these was made for the canary.
    assert silent <= {
        "membership", "introductions", "sign_ups", "roles_in_groups", "invitations_to_roles", "applications", "calls",
        "duplicates", "merges", "attendance_to_confirm", "attendances", "member_votes", "promotions_received",
        "running_for_office", "running_for_office_follow_ups",
    }  # fmt: skip
    assert "membership" not in silent


def test_it_tells_in_json_what_is_held() -> None:
    person = make_canary()
    assert person.user
    answer = signed_in(person.user).post("/me/export/", {"format": "json"})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert "no-store" in answer.headers["Cache-Control"]
    told = json.loads(answer.content)
    assert told["person"][0]["family_name"] == FAMILY
    assert {"address": EMAIL, "is_primary": True}.items() <= told["emails"][0].items()
    assert told["phones"] == [{"number": PHONE}]
    assert told["activities"][0]["details"] == {"title": GIVEN}
    assert told["donations"][0]["amount"] == "5.00"
    assert told["consents"][0]["wording"] == "Send me news from {network} by e-mail."
    assert told["notes"][0]["text"].startswith(GIVEN)
    assert told["tags"][0]["tag"] == "singer"
    assert told["rosters"][0]["tags"] == ["driver"]
    assert told["notes_of_groups"][0]["text"] == f"{GIVEN} brings soup"
    assert told["messages_to_rosters"][0]["subject"] == "Saturday"
    assert told["places_watched"]
    assert told["mails_not_wanted"]
    assert any(mail["subject"] == f"Dear {GIVEN}" for mail in told["mails"])
    assert AuditEntry.objects.get(action="exported own data").details == {"format": "json"}


def test_the_tables_are_one_file_a_section_and_run_nothing_in_a_spreadsheet() -> None:
    person = make_canary()
    PersonNote.objects.create(person=person, text='=HYPERLINK("http://evil.example","x")')
    assert person.user
    packed = export_csv(person=person, actor=person.user)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert set(archive.namelist()) == {f"{section.key}.csv" for section in export_sections()}
        notes = read(archive, "notes.csv")
        phones = read(archive, "phones.csv")
        activities = read(archive, "activities.csv")
    assert notes[-1]["text"].startswith("'=HYPERLINK")
    assert phones[0]["number"] == f"'{PHONE}"
    assert json.loads(activities[0]["details"]) == {"title": GIVEN}
    assert activities[0]["at"] == "2026-06-01T12:00:00Z"


def read(archive: zipfile.ZipFile, name: str) -> list[dict[str, Any]]:
    text = archive.read(name).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_it_holds_nothing_of_anybody_else() -> None:
    other = take_in(
        contact=Contact("other@example.net", "+16175550177", "Otherperson", "Elsewhere"), is_own_act=True, now=NOW
    )
    record_basis(person=other, kind=ActivityKind.ATTENDANCE, source="attendance:77", at=NOW)
    give_consent(
        person=other, purpose=ConsentPurpose.SMS, wording=present_wording(ConsentPurpose.SMS), source="x", now=NOW
    )
    text = str(everything_about(make_canary()))
    assert not [trace for trace in ("other@example.net", "6175550177", "Otherperson", "Elsewhere") if trace in text]


def test_it_takes_a_fresh_sign_in() -> None:
    stale = Client()
    stale.force_login(make_user())
    for answer in (stale.get("/me/export/"), stale.post("/me/export/", {"format": "json"})):
        assert answer.headers["Location"] == "/accounts/again/?next=%2Fme%2Fexport%2F"


def test_somebody_of_whom_nothing_is_known_gets_what_there_is() -> None:
    told = json.loads(signed_in(make_user("new@example.org")).post("/me/export/", {"format": "json"}).content)
    assert told["login"][0]["email"] == "new@example.org"
    assert told["activities"] == []
