"""The fundraising guide: loaded once, kept by staff, found by ZIP code or state."""

import csv
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from affiliates.fundraising import GUIDED, OFFICES, change_office, guidance, load_offices, state_of
from affiliates.models import FundraisingOffice
from foundation.accounts.models import StaffTask
from foundation.audit.models import AuditEntry
from foundation.places.search import PlaceError
from foundation.places.states import STATES, StateKind
from tests.factories import make_staff

from .calling import NOW

pytestmark = pytest.mark.django_db


def test_the_file_has_every_state_the_district_and_puerto_rico() -> None:
    with OFFICES.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    states = {code for code, state in STATES.items() if state.kind in {StateKind.STATE, StateKind.DISTRICT}}
    assert sorted(row["state"] for row in rows) == sorted(states | {"PR"})
    assert all(row["office"] for row in rows)
    addresses = [urlsplit(row["url"]) for row in rows]
    assert all(one.scheme == "https" and one.hostname and not one.query for one in addresses)


def test_loading_again_changes_nothing_that_staff_wrote(capsys: pytest.CaptureFixture[str]) -> None:
    assert load_offices() == 52
    staff = make_staff(StaffTask.AGREEMENTS)
    change_office(
        state="MA", office="Ours", url="https://ma.example.org/", note="Ask", note_es="Pregunte", checked_on=NOW.date(),
        actor=staff, now=NOW,
    )  # fmt: skip
    FundraisingOffice.objects.filter(pk="NY").delete()
    call_command("load_fundraising_offices")
    assert "1 offices are new" in capsys.readouterr().out
    office = FundraisingOffice.objects.get(pk="MA")
    assert (office.office, office.changed_at) == ("Ours", NOW)
    assert (office.note_in("en"), office.note_in("es")) == ("Ask", "Pregunte")
    assert AuditEntry.objects.get(subject="state:MA").action == "changed fundraising office"


def test_a_note_without_a_translation_is_shown_in_english() -> None:
    assert FundraisingOffice(note="Ask").note_in("es") == "Ask"


def test_staff_write_of_a_territory_that_the_file_lacks() -> None:
    change_office(
        state="GU", office="Guam", url="https://gu.example.org/", note="", note_es="", checked_on=None,
        actor=make_staff(), now=NOW,
    )  # fmt: skip
    assert {one.state.code for one in guidance() if one.office} == {"GU"}
    assert len(guidance()) == len(GUIDED) == 56


@pytest.mark.parametrize(("text", "state"), [("02139", "MA"), ("ny", "NY"), ("Nueva York", "NY"), ("Akron, OH", "OH")])
def test_a_state_is_found_by_zip_code_name_or_city(text: str, state: str) -> None:
    assert state_of(text) == state


@pytest.mark.parametrize("text", ["00000", "Toronto, Canada", "AE", "Nowhere at all"])
def test_what_is_in_no_state_is_an_error_that_says_so(text: str) -> None:
    with pytest.raises(PlaceError, match=r"\w+"):
        state_of(text)


def test_the_database_refuses_a_link_that_is_none() -> None:
    with pytest.raises(IntegrityError, match="fundraisingoffice_is_web_address"), transaction.atomic():
        FundraisingOffice.objects.create(state="MA", office="x", url="javascript:alert(1)")
