"""The second factor: setting it up, being asked for it, and that staff cannot do without."""

import base64
import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.db.models import QuerySet
from django.test import Client

from foundation.accounts.models import StaffTask, User
from tests.accounts.clients import signed_in
from tests.accounts.mails import code_in, latest_mail
from tests.accounts.test_signing_in import CONFIRM, LOGIN
from tests.factories import make_staff, make_user

# allauth says that a factor was added after the commit, so these commit.
pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "JBSWY3DPEHPK3PXP"


def present_code(secret: str) -> str:
    """What an authenticator app shows now."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def factors_of(user: User) -> QuerySet[Authenticator]:
    factors: QuerySet[Authenticator] = Authenticator.objects.filter(user=user)
    return factors


def make_passkey(user: User, name: str = "My phone") -> Authenticator:
    return Authenticator.objects.create(
        user=user, type=Authenticator.Type.WEBAUTHN, data={"name": name, "credential": {}}
    )


def test_an_app_is_set_up_with_the_secret_of_the_page_and_recovery_codes_follow(client: Client) -> None:
    user = make_user()
    client.force_login(user)
    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    picture = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', page)
    assert picture
    assert b"<svg" in base64.b64decode(picture.group(1))
    secret = re.search(r'<code class="code-block">([A-Z2-7]+)</code>', page)
    assert secret
    answer = client.post("/accounts/2fa/totp/activate/", {"code": present_code(secret.group(1))}, follow=True)
    assert answer.redirect_chain[-1][0] == "/accounts/2fa/recovery-codes/"
    assert len(re.findall(r"<li>[0-9a-f]{8}</li>", answer.content.decode())) == 10
    assert set(factors_of(user).values_list("type", flat=True)) == {"totp", "recovery_codes"}


def test_whoever_has_set_one_up_is_asked_for_it_at_sign_in(client: Client) -> None:
    user = make_user("ana@example.org")
    TOTP.activate(user, SECRET)
    client.post(LOGIN, {"login": "ana@example.org"})
    answer = client.post(CONFIRM, {"code": code_in(latest_mail("ana@example.org"))})
    assert answer.headers["Location"] == "/accounts/2fa/authenticate/"
    assert "_auth_user_id" not in client.session
    assert "There is a problem" in client.post("/accounts/2fa/authenticate/", {"code": "000000"}).content.decode()
    answer = client.post("/accounts/2fa/authenticate/", {"code": present_code(SECRET)})
    assert answer.headers["Location"] == "/me/"


@pytest.mark.parametrize("path", ["/national/", "/national/staff/", "/national/no-such-page/"])
def test_staff_without_a_second_factor_are_sent_to_set_one_up(path: str) -> None:
    client = signed_in(make_user(is_staff=True))
    answer = client.get(path, follow=True)
    assert answer.redirect_chain == [("/accounts/2fa/", 302)]
    page = answer.content.decode()
    assert "Staff sign in with a second factor" in page
    assert "/accounts/2fa/totp/activate/" in page


def test_staff_who_set_one_up_get_to_the_staff_pages_in_that_session_only() -> None:
    staff = make_user(is_staff=True)
    client = signed_in(staff)
    client.get("/national/")
    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    secret = page.partition('<code class="code-block">')[2].partition("</code>")[0]
    client.post("/accounts/2fa/totp/activate/", {"code": present_code(secret)})
    assert client.get("/national/").status_code == 200
    assert signed_in(staff).get("/national/").status_code == 302


def test_a_session_from_before_the_second_factor_opens_staff_pages_once_it_is_shown() -> None:
    staff = make_user(is_staff=True)
    TOTP.activate(staff, SECRET)
    client = signed_in(staff)
    answer = client.get("/national/")
    assert answer.headers["Location"] == "/accounts/2fa/reauthenticate/?next=%2Fnational%2F"
    answer = client.post(answer.headers["Location"], {"code": present_code(SECRET), "next": "/national/"})
    assert answer.headers["Location"] == "/national/"
    assert client.get("/national/").status_code == 200


def test_recovery_codes_alone_are_no_second_factor() -> None:
    staff = make_user(is_staff=True)
    Authenticator.objects.create(user=staff, type=Authenticator.Type.RECOVERY_CODES, data={})
    assert signed_in(staff, second_factor=True).get("/national/").headers["Location"] == "/accounts/2fa/"


def test_a_form_of_a_staff_page_does_nothing_before_the_second_factor() -> None:
    boss = make_staff(is_superuser=True)
    other = make_staff(StaffTask.PEOPLE)
    answer = signed_in(boss).post(f"/national/staff/{other.pk}/end/")
    assert answer.headers["Location"] == "/accounts/2fa/reauthenticate/?next=%2Fnational%2F"
    other.refresh_from_db()
    assert other.is_staff


def test_htmx_is_told_to_leave_the_page_and_not_to_put_the_detour_inside() -> None:
    answer = signed_in(make_staff()).get("/national/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["HX-Redirect"].startswith("/accounts/2fa/reauthenticate/")


def test_whoever_is_not_signed_in_is_asked_to_and_others_are_refused() -> None:
    assert Client().get("/national/").headers["Location"] == "/accounts/login/?next=/national/"
    assert Client().get("/admin/").headers["Location"] == "/accounts/login/?next=/admin/"
    assert signed_in(make_user()).get("/national/").status_code == 403


def test_the_admin_opens_to_superusers_only() -> None:
    assert signed_in(make_staff(*StaffTask), second_factor=True).get("/admin/").status_code == 403
    boss = signed_in(make_staff(is_superuser=True), second_factor=True)
    assert boss.get("/admin/").status_code == 200
    assert signed_in(make_user(is_staff=True, is_superuser=True)).get("/admin/").headers["Location"] == "/accounts/2fa/"


def test_staff_cannot_turn_off_their_only_app_and_are_told_so() -> None:
    staff = make_staff()
    client = signed_in(staff, second_factor=True)
    assert "There is a problem" in client.get("/accounts/2fa/totp/deactivate/").content.decode()
    client.post("/accounts/2fa/totp/deactivate/")
    assert factors_of(staff).filter(type="totp").exists()


def test_staff_cannot_remove_their_only_passkey_and_are_told_so() -> None:
    staff = make_user(is_staff=True)
    key = make_passkey(staff)
    answer = signed_in(staff, second_factor=True).post(f"/accounts/2fa/webauthn/keys/{key.pk}/remove/", follow=True)
    assert "Staff keep at least one second factor" in answer.content.decode()
    assert factors_of(staff).filter(pk=key.pk).exists()


def test_staff_may_remove_one_of_two_and_others_their_only_one() -> None:
    staff = make_staff()
    key = make_passkey(staff)
    signed_in(staff, second_factor=True).post(f"/accounts/2fa/webauthn/keys/{key.pk}/remove/")
    assert not factors_of(staff).filter(pk=key.pk).exists()
    person = make_user()
    only = make_passkey(person)
    signed_in(person, second_factor=True).post(f"/accounts/2fa/webauthn/keys/{only.pk}/remove/")
    assert not factors_of(person).exists()


def test_nobody_removes_the_passkey_of_another() -> None:
    key = make_passkey(make_user())
    other = make_user()
    make_passkey(other)
    answer = signed_in(other, second_factor=True).post(f"/accounts/2fa/webauthn/keys/{key.pk}/remove/")
    assert answer.status_code == 404
    assert Authenticator.objects.filter(pk=key.pk).exists()
