"""Staff find somebody, note something down, describe a segment, tag it and take it out; without JavaScript."""

import pytest
from playwright.sync_api import expect

from foundation.accounts.models import StaffTask
from foundation.audit.models import AuditEntry
from members.models import Tag
from tests.browser import NewContext
from tests.factories import make_staff
from tests.members.making import did, make_person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_staff_find_note_tag_and_take_out(new_context: NewContext) -> None:
    ada = make_person("Ada Lovelace", phone="+16175550123")
    did(ada, title="Town hall")
    make_person("Grace Hopper", near="44305")
    Tag.objects.create(name="Driver")
    page = new_context(user=make_staff(StaffTask.PEOPLE), java_script_enabled=False).new_page()

    page.goto("/national/")
    page.get_by_role("link", name="People", exact=True).click()
    page.get_by_role("searchbox").fill("(617) 555-0123")
    page.get_by_role("button", name="Search").click()
    assert page.url.endswith("/national/people/")
    page.get_by_role("link", name="Ada Lovelace").click()
    expect(page.get_by_text("Town hall")).to_be_visible()
    page.get_by_label("New note").fill("Offers her garage.")
    page.get_by_role("button", name="Save the note").click()
    expect(page.get_by_text("Offers her garage.")).to_be_visible()

    page.goto("/national/people/segments/")
    page.get_by_role("link", name="New segment").click()
    page.get_by_label("Name").fill("Neighbors")
    near = page.get_by_role("group", name="Lives near a place")
    near.get_by_label("ZIP code").fill("02139")
    near.get_by_label("Miles").fill("25")
    page.get_by_role("button", name="Save and show the people").click()
    expect(page.get_by_text("Lives within 25 miles of 02139")).to_be_visible()
    page.get_by_role("link", name="Tag all of them").click()
    page.get_by_label("Tag", exact=True).select_option("Driver")
    page.get_by_role("button", name="Do it for 1 person").click()
    expect(page.get_by_role("row", name="Ada Lovelace").get_by_text("Driver")).to_be_visible()

    page.get_by_role("link", name="Take them out as a file").click()
    page.get_by_label("What do you need the file for?").fill("Rides on Saturday")
    files: list[str] = []
    page.on("download", lambda download: files.append(download.suggested_filename))
    page.get_by_role("button", name="Take out the file").click()
    for _wait in range(50):
        if files:
            break
        page.wait_for_timeout(100)
    assert files[0].startswith("people-")
    assert AuditEntry.objects.get(action="exported people").details["reason"] == "Rides on Saturday"
