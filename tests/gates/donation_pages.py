"""The staff's pages of donations."""

from decimal import Decimal

from foundation.accounts.models import StaffTask, User
from members.donations import refund_donation
from members.models import DonationSource
from tests.factories import make_staff
from tests.imports.making import make_import
from tests.members.donating import NOW, make_donation

from .visits import Visit, page, send


def make_treasurer() -> User:
    return make_staff(StaffTask.PEOPLE)


@page("national/donations/")
def donations() -> Visit:
    for number in range(51):
        make_donation(amount=Decimal(5 * number + 5), source=list(DonationSource)[number % 3])
    refunded = make_donation(recipient="Many Hands Network", is_recurring=True)
    refund_donation(source=DonationSource(refunded.source), key=refunded.line_item, at=NOW)
    return Visit("/national/donations/", user=make_treasurer())


@page("national/donations/")
def donations_none() -> Visit:
    return Visit("/national/donations/", user=make_treasurer())


@page("national/donations/")
def donations_none_like_that() -> Visit:
    make_donation()
    return Visit("/national/donations/?status=refunded", user=make_treasurer())


@page("national/donations/add/")
def donation_add() -> Visit:
    return Visit("/national/donations/add/", user=make_treasurer())


@page("national/donations/add/")
def donation_add_with_errors() -> Visit:
    steps = send(amount="25", day="2999-01-01")
    return Visit("/national/donations/add/", user=make_treasurer(), then=steps, status=422)


@page("national/donations/<int:pk>/refund/")
def donation_refund() -> Visit:
    return Visit(f"/national/donations/{make_donation().pk}/refund/", user=make_treasurer())


@page("national/donations/<int:pk>/refund/")
def donation_refund_with_errors() -> Visit:
    path = f"/national/donations/{make_donation().pk}/refund/"
    return Visit(path, user=make_treasurer(), then=send(because=" "), status=422)


@page("national/imports/new/<slug:kind>/")
def import_of_actblue() -> Visit:
    return Visit("/national/imports/new/actblue/", user=make_treasurer())


@page("national/imports/<int:pk>/columns/")
def import_columns_of_donations() -> Visit:
    user = make_treasurer()
    job = make_import(user, b"When,How much,Mail\n2026-01-02,25,ada@example.org\n", kind="plain-donations")
    return Visit(f"/national/imports/{job.pk}/columns/", user=user)
