"""The staff's pages of groups and of imports."""

from playwright.sync_api import Page as BrowserPage

from affiliates.models import GroupStatus
from foundation.accounts.models import StaffTask, User
from foundation.imports import steps
from foundation.imports.models import ImportJob
from tests.factories import make_group, make_staff
from tests.imports.making import NOW, make_checked_import, make_done_import, make_import

from .visits import Visit, page, send


def make_importer() -> User:
    return make_staff(StaffTask.AGREEMENTS, StaffTask.PEOPLE)


@page("national/groups/")
def national_groups() -> Visit:
    for number in range(51):
        make_group(status=list(GroupStatus)[number % 3])
    return Visit("/national/groups/", user=make_importer())


@page("national/groups/")
def national_groups_none() -> Visit:
    return Visit("/national/groups/?q=nothing", user=make_importer())


@page("national/groups/<int:pk>/list/")
def list_group_with_errors() -> Visit:
    path = f"/national/groups/{make_group(status=GroupStatus.FORMING).pk}/list/"
    return Visit(path, user=make_importer(), then=send(signed_name=""), status=422)


@page("national/imports/")
def import_list() -> Visit:
    user = make_importer()
    make_checked_import(user)
    make_done_import(user)
    return Visit("/national/imports/", user=user)


@page("national/imports/")
def import_list_without_a_right() -> Visit:
    return Visit("/national/imports/", user=make_staff())


@page("national/imports/new/<slug:kind>/")
def import_start() -> Visit:
    return Visit("/national/imports/new/groups/", user=make_importer())


@page("national/imports/new/<slug:kind>/")
def import_start_with_errors() -> Visit:
    def steps(page: BrowserPage) -> None:
        page.locator("main [type=file]").set_input_files(
            {"name": "x.csv", "mimeType": "text/csv", "buffer": b"PK\x03\x04"}
        )
        send()(page)

    return Visit("/national/imports/new/groups/", user=make_importer(), then=steps, status=422)


@page("national/imports/<int:pk>/columns/")
def import_columns() -> Visit:
    user = make_importer()
    make_done_import(user)
    return Visit(f"/national/imports/{make_import(user).pk}/columns/", user=user)


@page("national/imports/<int:pk>/columns/")
def import_columns_of_a_wrong_header() -> Visit:
    user = make_importer()
    job = make_import(user, "Verein,Reserved,Reserved,\nPeñasco,1,2,3\n".encode("latin-1"))
    return Visit(f"/national/imports/{job.pk}/columns/", user=user)


@page("national/imports/<int:pk>/")
def import_checked() -> Visit:
    user = make_importer()
    return Visit(make_checked_import(user).get_absolute_url(), user=user)


@page("national/imports/<int:pk>/")
def import_with_nothing_to_load() -> Visit:
    user = make_importer()
    return Visit(make_checked_import(user, b"name,zip\nNowhere,00000\n").get_absolute_url(), user=user)


@page("national/imports/<int:pk>/")
def import_going_on() -> Visit:
    user = make_importer()
    job = make_checked_import(user)
    steps.confirm_import(job=job, actor=user, now=NOW)
    return Visit(job.get_absolute_url(), user=user)


@page("national/imports/<int:pk>/")
def import_stopped() -> Visit:
    user = make_importer()
    job = make_checked_import(user)
    steps.confirm_import(job=job, actor=user, now=NOW)
    steps.stop_import(job=job, actor=user)
    return Visit(job.get_absolute_url(), user=user)


@page("national/imports/<int:pk>/")
def import_failed() -> Visit:
    user = make_importer()
    job = make_checked_import(user)
    ImportJob.objects.filter(pk=job.pk).update(state="failed", error="Something went wrong.")
    return Visit(job.get_absolute_url(), user=user)


@page("national/imports/<int:pk>/")
def import_done() -> Visit:
    user = make_importer()
    return Visit(make_done_import(user).get_absolute_url(), user=user)
