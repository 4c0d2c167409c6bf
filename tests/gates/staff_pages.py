"""The pages of national staff."""

from foundation.accounts.models import StaffTask, User
from tests.factories import make_staff, make_user

from .visits import Visit, page, send


def make_superuser() -> User:
    return make_staff(is_superuser=True)


@page("national/")
def staff_home() -> Visit:
    return Visit("/national/", user=make_superuser())


@page("national/")
def staff_home_without_a_right() -> Visit:
    return Visit("/national/", user=make_staff())


@page("national/staff/")
def staff_and_rights() -> Visit:
    make_staff(*StaffTask)
    make_user(is_staff=True, name="Bo")
    return Visit("/national/staff/", user=make_superuser())


@page("national/staff/add/")
def staff_add() -> Visit:
    return Visit("/national/staff/add/", user=make_superuser())


@page("national/staff/add/")
def staff_add_with_errors() -> Visit:
    return Visit("/national/staff/add/", user=make_superuser(), then=send(email="nobody@example.org"))


@page("national/staff/<int:pk>/")
def staff_rights_of_one() -> Visit:
    return Visit(f"/national/staff/{make_staff(StaffTask.PEOPLE).pk}/", user=make_superuser())


@page("national/staff/<int:pk>/end/")
def staff_end() -> Visit:
    return Visit(f"/national/staff/{make_staff(StaffTask.PEOPLE).pk}/end/", user=make_superuser())


@page("national/staff/<int:pk>/end/")
def staff_end_oneself() -> Visit:
    user = make_superuser()
    return Visit(f"/national/staff/{user.pk}/end/", user=user)
