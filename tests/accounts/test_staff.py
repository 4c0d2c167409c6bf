"""Who may make others staff, and what is written down about it."""

import threading

import pytest
from django.db import connection
from django.test import Client

from foundation.accounts.models import StaffTask, User
from foundation.accounts.permissions import can_do_staff_task
from foundation.accounts.staff import StaffChangeError, end_staff, grant_rights
from foundation.audit.models import AuditEntry
from tests.accounts.clients import signed_in
from tests.factories import make_staff, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss() -> User:
    return make_staff(is_superuser=True, email="boss@example.org")


def tasks_of(user: User) -> set[str]:
    return set(user.rights.values_list("task", flat=True))


def test_granting_makes_staff_with_exactly_these_rights_and_writes_each_change_down(boss: User) -> None:
    user = make_user()
    grant_rights(actor=boss, user=user, tasks=[StaffTask.PEOPLE, StaffTask.PROMOTIONS])
    grant_rights(actor=boss, user=user, tasks=[StaffTask.PEOPLE, StaffTask.AGREEMENTS])
    user.refresh_from_db()
    assert user.is_staff
    assert tasks_of(user) == {"people", "agreements"}
    assert can_do_staff_task(user, StaffTask.PEOPLE)
    assert not can_do_staff_task(user, StaffTask.PROMOTIONS)
    entries = (
        AuditEntry.objects.filter(subject=f"user:{user.pk}").order_by("pk").values_list("actor", "action", "details")
    )
    assert list(entries) == [
        (f"user:{boss.pk}", "made staff", {}),
        (f"user:{boss.pk}", "granted staff right", {"task": "people"}),
        (f"user:{boss.pk}", "granted staff right", {"task": "promotions"}),
        (f"user:{boss.pk}", "granted staff right", {"task": "agreements"}),
        (f"user:{boss.pk}", "ended staff right", {"task": "promotions"}),
    ]


def test_granting_what_is_held_already_changes_and_writes_nothing(boss: User) -> None:
    user = make_staff(StaffTask.PEOPLE)
    grant_rights(actor=boss, user=user, tasks=[StaffTask.PEOPLE])
    assert not AuditEntry.objects.exists()


def test_ending_takes_all_rights_and_leaves_the_account(boss: User) -> None:
    user = make_staff(StaffTask.PEOPLE)
    end_staff(actor=boss, user=user)
    user.refresh_from_db()
    assert (user.is_staff, user.is_active, tasks_of(user)) == (False, True, set())
    assert AuditEntry.objects.get().action == "ended staff"


def test_nobody_ends_themselves_so_a_superuser_always_stays(boss: User) -> None:
    with pytest.raises(StaffChangeError, match="your own"):
        end_staff(actor=boss, user=boss)
    boss.refresh_from_db()
    assert boss.is_superuser


@pytest.mark.parametrize("tasks", [[], list(StaffTask)])
def test_staff_who_are_not_superusers_grant_and_end_nothing(boss: User, tasks: list[StaffTask]) -> None:
    clerk, other = make_staff(*tasks), make_staff(StaffTask.PEOPLE)
    with pytest.raises(StaffChangeError):
        grant_rights(actor=clerk, user=clerk, tasks=[StaffTask.ENDORSEMENTS])
    with pytest.raises(StaffChangeError):
        end_staff(actor=clerk, user=other)
    assert not AuditEntry.objects.exists()


def test_a_superuser_of_yesterday_grants_nothing_with_an_old_object(boss: User) -> None:
    yesterday = make_staff(is_superuser=True)
    User.objects.filter(pk=yesterday.pk).update(is_superuser=False)
    with pytest.raises(StaffChangeError):
        grant_rights(actor=yesterday, user=make_user(), tasks=[])


def test_a_closed_account_is_made_nothing(boss: User) -> None:
    with pytest.raises(StaffChangeError, match="closed"):
        grant_rights(actor=boss, user=make_user(is_active=False), tasks=[])


@pytest.mark.django_db(transaction=True)
def test_of_two_superusers_who_end_each_other_at_once_one_stays() -> None:
    one, two = make_staff(is_superuser=True), make_staff(is_superuser=True)
    start, refusals = threading.Barrier(2), []

    def end(actor: User, user: User) -> None:
        start.wait(10)
        try:
            end_staff(actor=actor, user=user)
        except StaffChangeError as refusal:
            refusals.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=end, args=pair) for pair in ((one, two), (two, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(refusals) == 1
    assert User.objects.filter(is_superuser=True).count() == 1


# --- the pages --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/national/staff/", "/national/staff/add/", "/national/staff/{}/", "/national/staff/{}/end/"]
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_the_rights_pages_open_to_superusers_only(boss: User, path: str, method: str) -> None:
    member = make_staff(StaffTask.PEOPLE)
    path = path.format(member.pk)
    visitors = {
        "nobody": Client(),
        "user": signed_in(make_user()),
        "staff": signed_in(make_staff(*StaffTask), second_factor=True),
    }
    codes = {who: getattr(client, method)(path).status_code for who, client in visitors.items()}
    assert codes == {"nobody": 302, "user": 403, "staff": 403}
    assert signed_in(boss, second_factor=True).get(path).status_code == 200
    assert tasks_of(member) == {"people"}


def test_a_person_is_added_by_address_and_their_rights_are_ticked(boss: User) -> None:
    user = make_user("wu@example.org")
    client = signed_in(boss, second_factor=True)
    answer = client.post("/national/staff/add/", {"email": "Wu@Example.org", "tasks": ["people"]}, follow=True)
    assert "wu@example.org is staff now." in answer.content.decode()
    client.post(f"/national/staff/{user.pk}/", {"tasks": ["promotions", "endorsements"]})
    assert tasks_of(user) == {"promotions", "endorsements"}


@pytest.mark.parametrize("address", ["nobody@example.org", "boss@example.org", "not an address", ""])
def test_an_address_that_cannot_become_staff_is_an_error_at_the_field(boss: User, address: str) -> None:
    answer = signed_in(boss, second_factor=True).post("/national/staff/add/", {"email": address})
    page = answer.content.decode()
    assert "There is a problem" in page
    assert '<a href="#id_email">' in page
    assert 'id="id_email_error"' in page


def test_a_task_that_does_not_exist_is_refused(boss: User) -> None:
    user = make_staff()
    answer = signed_in(boss, second_factor=True).post(f"/national/staff/{user.pk}/", {"tasks": ["money"]})
    assert "There is a problem" in answer.content.decode()
    assert not tasks_of(user)


def test_the_list_shows_who_lacks_a_second_factor_in_a_fixed_number_of_queries(
    boss: User,
) -> None:
    client = signed_in(boss, second_factor=True)
    make_staff(StaffTask.PEOPLE)
    few = queries_of(client)
    for _ in range(5):
        make_user(is_staff=True)
    assert queries_of(client) == few
    assert client.get("/national/staff/").content.decode().count("Missing") == 5


def queries_of(client: Client) -> int:
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        client.get("/national/staff/")
    return len(queries)


def test_the_staff_home_shows_each_what_they_may_open(boss: User) -> None:
    from foundation.accounts import panels

    panels.register_staff_page("Search people", "me", StaffTask.PEOPLE)
    panels.register_staff_page("For everybody here", "home", None)
    try:
        pages = {
            "people": signed_in(make_staff(StaffTask.PEOPLE), second_factor=True),
            "promotions": signed_in(make_staff(StaffTask.PROMOTIONS), second_factor=True),
            "boss": signed_in(boss, second_factor=True),
        }
        shown = {who: client.get("/national/").content.decode() for who, client in pages.items()}
    finally:
        panels._staff_pages.pop("me")
        panels._staff_pages.pop("home")
    assert {who for who, page in shown.items() if "Search people" in page} == {"people", "boss"}
    assert {who for who, page in shown.items() if "For everybody here" in page} == {"people", "promotions", "boss"}
    assert {who for who, page in shown.items() if "/national/staff/" in page} == {"boss"}


def test_the_admin_shows_users_rights_and_the_log_and_changes_no_rights(boss: User) -> None:
    client = signed_in(boss, second_factor=True)
    user = make_staff(StaffTask.PEOPLE)
    for path in ("accounts/user/", f"accounts/user/{user.pk}/change/", "accounts/staffright/", "audit/auditentry/"):
        assert client.get(f"/admin/{path}").status_code == 200
    for path in ("accounts/user/add/", "accounts/staffright/add/", "audit/auditentry/add/"):
        assert client.get(f"/admin/{path}").status_code == 403
    fields = {"name": "Wu", "language": "en", "is_active": "on", "is_superuser": "on"}
    assert client.post(f"/admin/accounts/user/{user.pk}/change/", fields).status_code == 302
    user.refresh_from_db()
    assert (user.name, user.is_superuser) == ("Wu", False)
