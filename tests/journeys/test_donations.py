"""Staff bring in ActBlue's file of contributions; whoever gave, be it once, is a member and sees why."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from foundation.accounts.models import StaffTask
from members.models import Donation
from tests.browser import NewContext
from tests.factories import make_staff
from tests.members.test_donation_files import actblue_file

from .test_member import ADA, sign_in
from .test_staff import work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ROWS = (
    {"Donor Email": ADA, "Recipient": "Many Hands", "Date": "2026-05-01 12:00:00"},
    {"Donor Email": ADA, "Recipient": "Many Hands", "Date": "2026-06-01 12:00:00"},
    {"Amount": "a lot"},
)


@pytest.fixture(autouse=True)
def _own_media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def test_a_giver_of_the_file_sees_why_they_are_a_member(new_context: NewContext) -> None:
    bring_in(new_context(user=make_staff(StaffTask.PEOPLE)).new_page())

    page = new_context().new_page()
    sign_in(page)
    expect(page.get_by_role("heading", name="You are a member since May 1, 2026")).to_be_visible()
    expect(page.get_by_text("You gave $25.00 to Many Hands, through ActBlue")).to_have_count(2)


def bring_in(page: Page) -> None:
    page.goto("/national/imports/")
    page.get_by_role("link", name="Donations: ActBlue’s file of contributions").click()
    page.get_by_label("File").set_input_files(
        {"name": "contributions.csv", "mimeType": "text/csv", "buffer": actblue_file(*ROWS)}
    )
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("button", name="Check the rows").click()
    work()
    page.reload()
    expect(page.get_by_role("row", name="4 Amount")).to_be_visible()  # the bad row, by its line
    assert not Donation.objects.exists()  # a dry run
    page.get_by_role("button", name="Load 2 rows").click()
    work()
    page.reload()
    assert Donation.objects.count() == 2
