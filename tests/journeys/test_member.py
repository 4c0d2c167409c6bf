"""Somebody whom the network knows by a donation alone looks at what it knows, takes it along, and goes."""

import datetime
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect

from foundation.documents.making import make
from foundation.documents.models import Document
from foundation.mail.models import OutgoingMail
from members.donations import record_donation
from members.models import Erasure, Person
from members.people import Contact
from tests.accounts.mails import code_in, latest_mail
from tests.members.donating import NOW, make_item

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ADA = "ada@example.org"


@pytest.fixture
def giver() -> Person:
    """Known by a line item of a donation: no login, nothing else."""
    contact = Contact(email=ADA, given_name="Ada", family_name="Lovelace", zip_code="02139")
    item = make_item(paid_at=datetime.datetime(2026, 5, 1, 16, tzinfo=datetime.UTC), recipient="Many Hands")
    person = record_donation(item=item, contact=contact, now=NOW).person
    assert person is not None
    return person


def sign_in(page: Page) -> None:
    page.goto("/me/")
    page.get_by_label("E-mail address").fill(ADA)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Code from the e-mail").fill(code_in(latest_mail(ADA)))
    page.get_by_role("button", name="Sign in", exact=True).last.click()
    expect(page.get_by_text(f"You are signed in as {ADA}.")).to_be_visible()


def test_a_giver_asks_for_a_code_and_sees_why_they_are_a_member(page: Page, giver: Person) -> None:
    sign_in(page)
    expect(page.get_by_role("heading", name="You are a member since May 1, 2026")).to_be_visible()
    expect(page.get_by_text("You gave $25.00 to Many Hands, through ActBlue")).to_be_visible()
    giver.refresh_from_db()
    assert giver.user is not None
    assert giver.user.email == ADA


def test_a_member_gets_the_card_as_a_pdf(page: Page, giver: Person) -> None:
    sign_in(page)
    page.get_by_role("link", name="Your member card").click()
    page.get_by_role("button", name="Make a PDF for the wallet").click()
    expect(page.get_by_text("We are making your document.")).to_be_visible()
    make(document_id=Document.objects.get().pk, worker="test")
    address = page.get_by_role("link", name="Download the PDF").get_attribute("href")  # the page finds out by itself
    file = page.request.get(urljoin(page.url, address))
    assert file.headers["content-disposition"] == 'attachment; filename="member-card.pdf"'
    assert file.body().startswith(b"%PDF-1.7")


def test_a_member_takes_everything_along_and_goes(plain_page: Page, giver: Person) -> None:
    page = plain_page
    sign_in(page)
    page.get_by_role("link", name="Download everything about you").click()
    expect(page.get_by_role("button", name="One file for programs (JSON)")).to_be_visible()
    token = page.locator("main [name=csrfmiddlewaretoken]").get_attribute("value") or ""
    file = page.request.post(page.url, form={"format": "json", "csrfmiddlewaretoken": token})
    assert file.json()["person"][0]["family_name"] == "Lovelace"

    page.goto("/me/")
    page.get_by_role("link", name="Be deleted").click()
    page.get_by_role("button", name="Delete me").click()
    expect(page.get_by_role("alert")).to_contain_text("Tick the box if you want to be deleted.")
    page.get_by_label("Yes, delete everything about me.").check()
    page.get_by_role("button", name="Delete me").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are deleted")
    assert not Person.objects.exists()
    assert Erasure.objects.count() == 1
    assert OutgoingMail.objects.filter(to_email=ADA).count() == 1
    page.goto("/me/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_a_member_says_no_to_news_and_to_all_mails(plain_page: Page, giver: Person) -> None:
    page = plain_page
    sign_in(page)
    page.get_by_role("link", name="What you agreed to, and our mails").click()
    page.get_by_label("Send me news from Many Hands Network by e-mail.").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Send me news from Many Hands Network by e-mail.")).to_be_checked()
    page.get_by_role("button", name="Unsubscribe All mails from Many Hands Network").click()
    expect(page.get_by_text("You get no more of these mails.")).to_be_visible()
    expect(page.get_by_label("Send me news from Many Hands Network by e-mail.")).not_to_be_checked()
