"""The staff's pages of regions, and the pages of the fundraising guide."""

from typing import Any

import pytest
import time_machine
from django.test import Client

from affiliates.fundraising import load_offices
from affiliates.models import Call, FundraisingOffice, Region
from foundation.accounts.models import StaffTask, User
from tests.factories import make_group, make_staff
from tests.signing_in import sign_in

from . import calling
from .calling import NOW, STARTS

pytestmark = pytest.mark.django_db

REGIONS = "/national/regions/"


@pytest.fixture(autouse=True)
def _at_noon() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def staff(client: Client) -> User:
    staff = make_staff(StaffTask.AGREEMENTS)
    User.objects.filter(pk=staff.pk).update(name="Stella Staff")
    sign_in(client, staff)
    return staff


def text_of(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return response.content.decode()


def test_staff_make_a_region_of_states_and_countries(client: Client, staff: User) -> None:
    typed = {"name": "West", "organizer": staff.pk, "states": ["CA", "OR"], "countries": "Mexico\n\nCanadá\n"}
    assert client.post(f"{REGIONS}new/", typed).headers["Location"] == f"{REGIONS}west/"
    region = Region.objects.get()
    assert sorted(map(str, region.parts.all())) == ["CA", "CA", "MX", "OR"]
    assert region.organizer == staff
    page = text_of(client, f"{REGIONS}west/")
    assert "Canada\nMexico" in page


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": "West"}, "Choose at least one state or country."),
        ({"name": "West", "states": ["MA"]}, "Massachusetts is in the region Northeast already."),
        ({"name": "Northeast", "states": ["CA"]}, "There is a region of this name already."),
        ({"name": "West", "countries": "Atlantis"}, "We know no country called “Atlantis”."),
        ({"name": "West", "countries": "USA"}, "chosen state by state"),
        ({"name": "West", "states": ["ZZ"]}, "Select a valid choice"),
    ],
)
def test_a_region_that_cannot_be_is_an_error_that_says_why(
    client: Client, staff: User, typed: dict[str, Any], words: str
) -> None:
    calling.make_region()
    response = client.post(f"{REGIONS}new/", typed)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert Region.objects.count() == 1


def test_staff_rename_a_region_and_its_address_stays(client: Client, staff: User) -> None:
    calling.make_region()
    calling.make_region("South", "TX")
    there = f"{REGIONS}northeast/"
    assert client.post(there, {"name": "New England", "states": ["MA"]}).headers["Location"] == there
    assert "New England" in text_of(client, there)
    wrong = client.post(there, {"name": "South", "states": ["MA"]})
    assert wrong.status_code == 422
    assert "this name" in wrong.content.decode()


def test_the_list_names_organizers_counts_states_left_and_overdue_follow_ups(client: Client, staff: User) -> None:
    region = calling.make_region(organizer=staff)
    make_group()
    call = calling.make_call(STARTS, region=region)
    call.follow_ups.create(what="Send files", who="Ada", due=NOW.date() - calling.DAY, created_at=NOW)
    call.follow_ups.create(what="Not yet due", who="Bo", due=NOW.date(), created_at=NOW)
    page = text_of(client, REGIONS)
    assert "Stella Staff" in page
    assert '<td class="num">1</td>' in page
    assert "Alabama" in page[page.index("In no region") :]
    assert "Massachusetts" not in page[page.index("In no region") :]
    assert "Send files" in page
    assert "Overdue</span>" in page
    assert "Not yet due" not in page


def test_the_list_takes_the_same_queries_for_one_region_and_many(
    client: Client, staff: User, django_assert_max_num_queries: Any
) -> None:
    for number, state in enumerate(("MA", "NY", "TX", "CA", "OH", "FL")):
        calling.make_call(region=calling.make_region(f"Region {number}", state, organizer=staff))
    with django_assert_max_num_queries(12):
        client.get(REGIONS)


def test_the_next_call_is_filled_in_from_the_last_one_and_set_for_the_region(client: Client, staff: User) -> None:
    region = calling.make_region()
    calling.make_call(region=region)
    calling.make_call(STARTS + 40 * calling.DAY, region=region, cancelled_at=NOW)
    page = text_of(client, f"{REGIONS}northeast/next-call/")
    assert 'value="2026-07-14"' in page
    assert 'value="20:00"' in page
    typed = {
        "day": "2026-07-14", "time": "20:00", "time_zone": "America/New_York", "minutes": "60", "language": "en",
        "join_link": calling.LINK, "revision": "0",
    }  # fmt: skip
    assert client.post(f"{REGIONS}northeast/next-call/", {**typed, "day": "2026-01-01"}).status_code == 422
    assert client.post(f"{REGIONS}northeast/next-call/", typed).status_code == 302
    assert Call.objects.latest("pk").region == region


def test_a_region_of_which_nobody_knows_is_not_found(client: Client, staff: User) -> None:
    assert client.get(f"{REGIONS}nowhere/").status_code == 404
    assert client.get(f"{REGIONS}nowhere/next-call/").status_code == 404


# --- the fundraising guide ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("near", "state"), [("02139", "ma"), ("nueva york", "ny"), ("PR", "pr")])
def test_the_guide_leads_from_a_place_to_its_state(client: Client, near: str, state: str) -> None:
    assert client.get("/fundraising/", {"near": near}).headers["Location"] == f"/fundraising/{state}/"


@pytest.mark.parametrize("near", ["00000", " ", "Toronto, Canada"])
def test_what_leads_to_no_state_is_an_error_above_the_list(client: Client, near: str) -> None:
    response = client.get("/fundraising/", {"near": near})
    assert response.status_code == 422
    assert "<title>Error: " in response.content.decode()
    assert "Massachusetts" in response.content.decode()


def test_a_states_page_has_the_office_the_note_and_what_we_do_not_do(client: Client) -> None:
    load_offices()
    office = FundraisingOffice.objects.get(pk="MA")
    FundraisingOffice.objects.filter(pk="MA").update(
        checked_on="2026-05-30", note="Ask <first>", note_es="Pregunte antes"
    )
    page = text_of(client, "/fundraising/ma/")
    assert f'href="{office.url}"' in page
    assert "We saw this link work on May 30, 2026." in page
    assert "Ask &lt;first&gt;" in page
    assert "no legal or tax status" in page
    assert "We give no legal advice." in page
    assert "Pregunte antes" in Client(headers={"Accept-Language": "es"}).get("/fundraising/ma/").content.decode()
    assert "We have not checked this link yet." in text_of(client, "/fundraising/ny/")


@pytest.mark.parametrize("state", ["zz", "MA", "ae"])
def test_what_is_no_state_has_no_page(client: Client, state: str) -> None:
    text_of(client, f"/fundraising/{state}/", status=404)


def test_staff_keep_the_guide(client: Client, staff: User) -> None:
    load_offices()
    typed = {
        "office": "Ours",
        "url": "https://ma.example.org/",
        "note": "Ask",
        "note_es": "",
        "checked_on": "2026-06-01",
    }
    assert client.post("/national/fundraising/ma/", typed).status_code == 302
    assert "Ours" in text_of(client, "/fundraising/ma/")
    assert "Ours" in text_of(client, "/national/fundraising/")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"checked_on": "2026-06-02"}, "This date is in the future."),
        ({"url": "ftp://ma.example.org/"}, "begins with https://"),
        ({"office": ""}, "This field is required."),
    ],
)
def test_a_wrong_office_is_an_error_and_nothing_changes(
    client: Client, staff: User, wrong: dict[str, str], words: str
) -> None:
    typed = {"office": "Ours", "url": "https://ma.example.org/", "note": "", "note_es": "", "checked_on": "", **wrong}
    response = client.post("/national/fundraising/ma/", typed)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not FundraisingOffice.objects.exists()
