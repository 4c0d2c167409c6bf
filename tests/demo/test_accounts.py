"""The demo's logins: made once, complete, and never outside of local runs."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.exceptions import ImproperlyConfigured
from pytest_django import DjangoAssertNumQueries

from affiliates.models import Application, GroupRole, Role
from config.demo.accounts import ensure_demo_accounts
from foundation.accounts.demo_authenticator import present_code
from foundation.accounts.models import StaffRight, StaffTask, User
from members.consent import mailable
from members.models import ConsentPurpose, Membership, Person
from tests.factories import make_group

pytestmark = pytest.mark.django_db

EMAILS = ("admin@demo.example", "organizer@demo.example", "staff@demo.example", "volunteer@demo.example")


@pytest.fixture
def local_settings(settings: Any) -> None:
    settings.DEBUG = True


def test_outside_of_local_runs_no_login_is_made() -> None:
    with pytest.raises(ImproperlyConfigured):
        ensure_demo_accounts()
    assert not User.objects.exists()


@pytest.mark.usefixtures("local_settings")
def test_all_four_can_sign_in_by_code() -> None:
    ensure_demo_accounts()
    verified = EmailAddress.objects.filter(verified=True, primary=True)
    assert tuple(verified.order_by("email").values_list("email", flat=True)) == EMAILS
    assert not any(user.has_usable_password() for user in User.objects.all())


@pytest.mark.usefixtures("local_settings")
def test_the_second_time_nothing_is_made_and_one_query_asked(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    ensure_demo_accounts()
    with django_assert_num_queries(1):
        ensure_demo_accounts()
    assert User.objects.count() == 4


@pytest.mark.usefixtures("local_settings")
def test_a_login_that_was_deleted_comes_back() -> None:
    ensure_demo_accounts()
    User.objects.get(email="staff@demo.example").delete()
    ensure_demo_accounts()
    assert User.objects.count() == 4
    assert StaffRight.objects.count() == len(StaffTask)


@pytest.mark.usefixtures("local_settings")
def test_the_organizer_answers_for_the_listed_group_in_cambridge() -> None:
    make_group(near="90005")
    group = make_group("Cambridge Many Hands", near="02139")
    ensure_demo_accounts()
    roles = GroupRole.objects.filter(user__email="organizer@demo.example")
    assert set(roles.values_list("group", "role")) == {(group.pk, Role.CONTACT), (group.pk, Role.ORGANIZER)}


@pytest.mark.usefixtures("local_settings")
def test_staff_have_all_rights_and_a_second_factor_that_the_outbox_page_can_show() -> None:
    ensure_demo_accounts()
    staff = User.objects.get(email="staff@demo.example")
    assert (staff.is_staff, staff.is_superuser) == (True, False)
    assert set(staff.rights.values_list("task", flat=True)) == set(StaffTask.values)
    authenticator = Authenticator.objects.get(user=staff, type=Authenticator.Type.TOTP)
    assert len(present_code(authenticator)) == 6
    assert Authenticator.objects.filter(type=Authenticator.Type.RECOVERY_CODES).count() == 2
    assert User.objects.get(email="admin@demo.example").is_superuser


@pytest.mark.usefixtures("local_settings")
def test_the_volunteer_has_begun_an_application() -> None:
    ensure_demo_accounts()
    application = Application.objects.get(applicant__email="volunteer@demo.example")
    assert (application.place_name, application.state) == ("Miles City, MT", "draft")


@pytest.mark.usefixtures("local_settings")
def test_the_volunteer_is_a_member_for_two_reasons_and_may_be_written_to() -> None:
    ensure_demo_accounts()
    person = Person.objects.get(user__email="volunteer@demo.example")
    assert person.full_name == "Vera Volunteer"
    assert person.activities.bases().count() == 2
    assert Membership.objects.get().person == person
    assert mailable(Person.objects.all(), ConsentPurpose.NETWORK_MAIL).get() == person
