"""Somebody signs in with the keyboard alone; staff set up their second factor and bring in groups."""

import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Page, expect

from affiliates.models import Group
from foundation.accounts.models import StaffTask
from foundation.accounts.staff import grant_rights
from foundation.imports.models import ImportJob
from foundation.imports.running import run_import
from tests.accounts.mails import code_in, latest_mail
from tests.browser import tab_to
from tests.factories import make_staff, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FILE = "name,zip,about\nAkron people,44305,We meet on Mondays.\nErie people,16501,\nNowhere people,00000,\n"


def sign_in_with_the_keyboard(page: Page, address: str) -> None:
    page.goto("/")
    tab_to(page, "Sign in")
    page.keyboard.press("Enter")
    tab_to(page, "E-mail address")
    page.keyboard.type(address)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your e-mail")
    tab_to(page, "Code from the e-mail")
    page.keyboard.type(code_in(latest_mail(address)))
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"You are signed in as {address}.")).to_be_visible()


def test_the_keyboard_alone_signs_in_and_out(page: Page) -> None:
    make_user("ada@example.org")
    sign_in_with_the_keyboard(page, "ada@example.org")
    tab_to(page, "Sign out")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    page.goto("/me/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_new_staff_set_up_a_second_factor_and_bring_in_groups(page: Page) -> None:
    staff = make_user("staff@example.org")
    grant_rights(actor=make_staff(is_superuser=True), user=staff, tasks=[StaffTask.AGREEMENTS])
    sign_in_with_the_keyboard(page, "staff@example.org")
    page.goto("/national/")
    expect(page.get_by_text("Staff sign in with a second factor. Set one up to go on.")).to_be_visible()
    set_up_an_app(page)

    page.goto("/national/imports/")
    page.get_by_role("link", name="Groups", exact=True).click()
    page.get_by_label("File").set_input_files({"name": "groups.csv", "mimeType": "text/csv", "buffer": FILE.encode()})
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("button", name="Check the rows").click()
    work()
    page.reload()
    expect(page.get_by_text("There is no ZIP code 00000.")).to_be_visible()
    assert not Group.objects.exists()  # a dry run
    page.get_by_role("button", name="Load 2 rows").click()
    work()
    page.reload()
    expect(page.get_by_role("definition").first).to_have_text("2")
    assert sorted(Group.objects.listed().values_list("name", flat=True)) == ["Akron people", "Erie people"]

    page.goto("/groups/?near=44305")
    expect(page.get_by_role("link", name="Akron people")).to_be_visible()


def set_up_an_app(page: Page) -> None:
    """Set up an authenticator app, as whoever reads the secret from the page would."""
    page.get_by_role("link", name="Set up an app").click()
    secret = page.locator(".code-block").inner_text().strip()
    page.get_by_label("Code from the app").fill(present_code(secret))
    page.get_by_role("button", name="Turn the app on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")


def present_code(secret: str) -> str:
    """What an authenticator app with this secret shows now (RFC 6238)."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def work() -> None:
    """What the worker does when the bell of imports rings."""
    run_import(job_id=ImportJob.objects.latest("pk").pk, worker="test")
