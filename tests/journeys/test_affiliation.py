"""From the guide to the listed group: applicant, second contact, reviewer, countersigner, each in a browser."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from affiliates.agreements.jobs import seal_one_agreement, write_out_agreement
from affiliates.models import Agreement, AgreementState, Application, ApplicationState, GroupStatus
from foundation.mail.models import OutgoingMail
from tests.accounts.mails import code_in, latest_mail
from tests.affiliates.reviewing import make_region, make_reviewer, make_template
from tests.affiliates.signing import right_answers
from tests.browser import NewContext
from tests.factories import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NAME = "Prairie Commons"


def link_in(mail: OutgoingMail, path: str) -> str:
    """The path of the first link of this mail that begins so."""
    found = re.search(rf"https?://[^/\s]+{path}\S*", mail.text)
    assert found, mail.text
    return urlsplit(found[0]).path


def save(page: Page, **typed: str) -> None:
    """Type into the fields of these names, and go on."""
    for name, text in typed.items():
        page.locator(f"main [name={name}]").fill(text)
    page.get_by_role("button", name=re.compile("Save and continue|Go on with this name")).click()


def task(page: Page, name: str) -> None:
    page.locator(".task-list").get_by_role("link", name=name).click()


def begin_and_answer(page: Page) -> None:
    """The applicant comes by the guide, and answers all but the agreement."""
    page.goto("/groups/start/?near=02139")
    page.locator("form[action='/groups/start/application/'] button").first.click()
    task(page, "Who you are")
    save(page, name="Ada Applicant")
    task(page, "The name of the group")
    save(page, name=NAME)
    task(page, "Points of contact")
    page.get_by_label("Their name").fill("Sam Second")
    page.get_by_label("Their e-mail address").fill("sam@example.org")
    page.get_by_role("button", name="Send the invitation").click()
    page.get_by_role("button", name="These are all").click()
    task(page, "The plan")
    for text in ("Rents rise.", "Knock on every door of the ward.", "Homes for all."):
        page.locator("main textarea").fill(text)
        page.get_by_role("button", name="Save and continue").click()
    task(page, "The agreement")
    page.get_by_role("button", name="Get the agreement").click()
    write_out_agreement(Agreement.objects.get().pk)  # the worker


def accept_by_mail(page: Page) -> None:
    """The second contact opens the mailed link, signs in by a mailed code, and accepts."""
    page.goto(link_in(OutgoingMail.objects.get(purpose="role invitation"), "/invitations/"))
    page.get_by_role("link", name="Sign in to accept").click()
    page.get_by_label("E-mail address").fill("sam@example.org")
    page.get_by_role("main").get_by_role("button").first.click()
    page.get_by_label("Code from the e-mail").fill(code_in(latest_mail("sam@example.org")))
    page.get_by_role("main").get_by_role("button").first.click()
    page.get_by_role("button", name="Accept").click()


def sign(page: Page, agreement: Agreement) -> None:
    """Read it, answer the questions about it, sign it."""
    page.goto(f"/agreements/{agreement.reference}/")
    page.locator("main a.button:not(.button-secondary)").first.click()
    for key, choice in right_answers(agreement).items():
        page.locator(f"main [name={key}][value='{choice}']").check()
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Your full name").fill("Sam Second")
    page.get_by_label("What you are in the group").fill("Chair")
    for box in ("consent", "authority"):
        page.locator(f"main [name={box}]").check()
    page.get_by_role("button", name="Sign the agreement").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The agreement is signed")


def file_it(page: Page) -> None:
    application = Application.objects.get()
    page.goto(f"/groups/start/application/{application.pk}/check/")
    page.get_by_role("button", name="File the application").click()
    page.wait_for_url("**/filed/")


def test_four_people_bring_a_group_from_the_guide_onto_the_list(new_context: NewContext) -> None:
    make_template()
    reviewer, countersigner = make_reviewer("Rita Review"), make_reviewer("Carl Counter")
    make_region("MA", organizer=reviewer)
    make_user("sam@example.org")
    ada = new_context(user=make_user("ada@example.org")).new_page()
    sam = new_context().new_page()
    rita, carl = (new_context(user=user).new_page() for user in (reviewer, countersigner))

    begin_and_answer(ada)
    accept_by_mail(sam)
    sign(sam, Agreement.objects.get())
    file_it(ada)

    # The region's organizer has a mail; asks for a change at one question, which the applicant reads there.
    rita.goto(link_in(OutgoingMail.objects.get(purpose="application to review"), "/national/applications/"))
    expect(rita.get_by_text("assigned to Rita Review")).to_be_visible()
    rita.get_by_role("link", name="Ask for changes").click()
    rita.locator("[name=actions]").fill("Which ward is it?")
    rita.get_by_role("button", name="Give it back").click()
    expect(rita.get_by_text("That was the last one here.")).to_be_visible()
    asked = OutgoingMail.objects.filter(purpose="changes asked")
    assert {mail.to_email for mail in asked} == {"ada@example.org", "sam@example.org"}
    ada.goto(link_in(asked[0], "/groups/start/application/"))
    ada.get_by_role("link", name="What you will do").click()
    expect(ada.get_by_text("Which ward is it?")).to_be_visible()
    save(ada, text="Knock on every door of the sixth ward.")
    file_it(ada)

    # The reviewer looks again, waives the call and approves; the countersigner puts it in force.
    rita.goto("/national/")
    rita.get_by_role("link", name="Applications and agreements").click()
    rita.get_by_role("link", name="Begin with the oldest").click()
    expect(rita.get_by_text("Nobody of the group came to an organizing call")).to_be_visible()
    rita.get_by_role("link", name="Waive the organizing call").click()
    rita.get_by_label("Why is no organizing call needed?").fill("Ada held calls herself for years.")
    rita.get_by_role("button", name="Waive the call").click()
    rita.get_by_role("button", name="Approve").click()
    expect(rita.get_by_text("It is to be countersigned now.")).to_be_visible()

    carl.goto("/national/agreements/")
    carl.get_by_role("link", name=NAME).click()
    agreement = Agreement.objects.without_bodies().get()
    expect(carl.get_by_text(agreement.pdf_sha256)).to_be_visible()
    expect(carl.get_by_text("Sam Second")).to_be_visible()
    carl.get_by_role("button", name="Countersign").click()
    expect(carl.get_by_text(f"The agreement of {NAME} is in force.")).to_be_visible()

    seal_one_agreement(agreement.pk)  # the worker
    agreement = Agreement.objects.get()
    assert (agreement.state, agreement.sealed_at is not None) == (AgreementState.IN_FORCE, True)
    assert agreement.group.status == GroupStatus.LISTED
    assert Application.objects.get().state == ApplicationState.ACCEPTED
    told = OutgoingMail.objects.filter(purpose="affiliation in force")
    assert {mail.to_email for mail in told} == {"ada@example.org", "sam@example.org"}

    somebody = new_context().new_page()
    somebody.goto("/groups/?near=02139")
    expect(somebody.get_by_role("link", name=NAME)).to_be_visible()
    somebody.goto("/verify/")
    somebody.locator("input[type=file]").set_input_files(
        {"name": "sealed.pdf", "mimeType": "application/pdf", "buffer": bytes(agreement.sealed_pdf or b"")}
    )
    somebody.get_by_role("button", name="Verify the file").click()
    expect(somebody.get_by_role("main")).to_contain_text(agreement.reference)
