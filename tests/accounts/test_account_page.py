"""/me/ and the language."""

import pytest
from django.http import HttpRequest
from django.test import Client
from django.utils.html import format_html
from django.utils.safestring import SafeString

from foundation.accounts import panels
from foundation.accounts.models import StaffTask, User
from tests.accounts.clients import signed_in
from tests.accounts.mails import code_in, latest_mail
from tests.accounts.test_signing_in import CONFIRM, LOGIN, SIGNUP, VERIFY
from tests.factories import make_staff, make_user

pytestmark = pytest.mark.django_db


def test_one_must_be_sign_in(client: Client) -> None:
    assert client.get("/me/").headers["Location"] == "/accounts/login/?next=/me/"


def test_name_and_language_are_changed_there_and_the_page_comes_in_the_new_language() -> None:
    user = make_user()
    client = signed_in(user)
    answer = client.post("/me/", {"name": "Ọláyínká Ṣóyínká", "language": "es"}, follow=True)
    user.refresh_from_db()
    assert (user.name, user.language) == ("Ọláyínká Ṣóyínká", "es")
    assert '<html lang="es"' in answer.content.decode()


def test_an_unknown_language_is_an_error_and_changes_nothing() -> None:
    user = make_user()
    answer = signed_in(user).post("/me/", {"name": "Ana", "language": "tlh"})
    assert "There is a problem" in answer.content.decode()
    user.refresh_from_db()
    assert (user.name, user.language) == ("", "en")


def test_it_is_stored_by_no_browser() -> None:
    assert "no-store" in signed_in(make_user()).get("/me/").headers["Cache-Control"]


def test_staff_see_their_rights_there() -> None:
    page = signed_in(make_staff(StaffTask.PEOPLE)).get("/me/").content.decode()
    assert "people: search, import and export people" in page
    assert "National staff" not in signed_in(make_user()).get("/me/").content.decode()


def test_panels_of_other_apps_stand_there_in_their_order() -> None:
    def second(user: User, request: HttpRequest) -> SafeString:
        return format_html("<section>second for {}</section>", user.email)

    panels.register_panel("test-second", 20, second)
    panels.register_panel("test-first", 10, lambda user, request: SafeString("<section>first</section>"))
    panels.register_panel("test-none", 15, lambda user, request: None)
    try:
        page = signed_in(make_user("ana@example.org")).get("/me/").content.decode()
    finally:
        for key in ("test-second", "test-first", "test-none"):
            panels._panels.pop(key)
    assert 0 < page.index("<section>first</section>") < page.index("<section>second for ana@example.org</section>")


# --- the language -------------------------------------------------------------------------------------------


def test_one_press_switches_the_language_without_a_token_and_comes_back() -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/language/", {"language": "es", "next": "/accounts/login/?next=/me/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/login/?next=/me/")
    assert '<html lang="es"' in client.get("/accounts/login/").content.decode()


def test_the_switch_keeps_the_language_with_the_account() -> None:
    user = make_user()
    signed_in(user).post("/language/", {"language": "es"})
    user.refresh_from_db()
    assert user.language == "es"


@pytest.mark.parametrize("there", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_the_switch_leads_to_no_other_site(client: Client, there: str) -> None:
    assert client.post("/language/", {"language": "es", "next": there}).headers["Location"] == "/"


@pytest.mark.parametrize("language", ["", "tlh", "../es", "de"])
def test_an_unknown_language_is_not_switched_to(client: Client, language: str) -> None:
    assert client.post("/language/", {"language": language}).cookies.get("django_language") is None


def test_another_site_cannot_switch_it() -> None:
    user = make_user()
    answer = signed_in(user).post("/language/", {"language": "es"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    user.refresh_from_db()
    assert user.language == "en"


def test_opening_its_address_switches_nothing(client: Client) -> None:
    answer = client.get("/language/?language=es")
    assert answer.status_code == 405
    assert not answer.cookies


def test_whoever_signs_in_reads_on_in_the_language_of_their_account(client: Client) -> None:
    make_user("ana@example.org", language="es")
    client.post(LOGIN, {"login": "ana@example.org"})
    client.post(CONFIRM, {"code": code_in(latest_mail("ana@example.org"))})
    assert '<html lang="es"' in client.get("/me/").content.decode()


def test_an_account_made_in_spanish_stays_in_spanish(client: Client) -> None:
    client.post("/language/", {"language": "es"})
    client.post(SIGNUP, {"email": "nueva@example.org"})
    client.post(VERIFY, {"code": code_in(latest_mail("nueva@example.org"))})
    assert User.objects.get(email="nueva@example.org").language == "es"
    assert latest_mail("nueva@example.org").language == "es"
