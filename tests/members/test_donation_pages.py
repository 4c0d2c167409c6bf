"""The staff's pages of donations: the list, entering one by hand, noting a refund."""

from decimal import Decimal
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from foundation.accounts.models import StaffTask
from foundation.audit.models import AuditEntry
from members.donations import refund_donation
from members.erasure import erased_key
from members.models import Donation, DonationSource, Erasure, Membership, Person
from tests.factories import make_staff
from tests.signing_in import sign_in

from .donating import NOW, make_donation

pytestmark = pytest.mark.django_db
FORM = {"key": "a" * 32, "email": "ada@example.org", "amount": "25", "day": "2026-01-05"}


@pytest.fixture
def client() -> Client:
    client = Client()
    sign_in(client, make_staff(StaffTask.PEOPLE))
    return client


def enter(client: Client, **fields: str) -> HttpResponse:
    return client.post("/national/donations/add/", {**FORM, **fields})  # type: ignore[return-value]


def shown(client: Client, query: str = "") -> list[Any]:
    return list(client.get(f"/national/donations/{query}").context["donations"])


def test_the_list_shows_the_latest_first_by_source_and_status(client: Client) -> None:
    by_hand = make_donation(source=DonationSource.HAND)
    refunded = make_donation()
    refund_donation(source=DonationSource.ACTBLUE, key=refunded.line_item, at=NOW)
    refund_donation(source=DonationSource.ACTBLUE, key="ahead", at=NOW)
    assert shown(client) == [refunded, by_hand]
    assert shown(client, "?source=hand") == [by_hand]
    assert shown(client, "?status=refunded") == [refunded]
    assert shown(client, "?status=given") == [by_hand]
    assert shown(client, "?source=nowhere&status=x&page=0") == [refunded, by_hand]


def test_the_list_has_pages_and_a_fixed_number_of_queries(client: Client, django_assert_max_num_queries: Any) -> None:
    for _number in range(51):
        make_donation()
    with django_assert_max_num_queries(7):
        assert len(shown(client)) == 50
    assert len(shown(client, "?page=2")) == 1
    assert b"page=1" in client.get("/national/donations/?page=2").content


def test_a_donation_of_somebody_new_makes_them_a_member(client: Client) -> None:
    response = enter(
        client, email="Ada@Example.org", given_name="Ada", zip_code="02139", amount="0.50", recipient="Gala"
    )
    assert response.status_code == 302
    donation = Donation.objects.get()
    assert (donation.source, donation.amount, donation.recipient) == ("hand", Decimal("0.50"), "Gala")
    assert str(donation.paid_at) == "2026-01-05 17:00:00+00:00"  # noon in the east
    assert Membership.objects.get().person.zip_code_id == "02139"
    assert "recorded donation" in set(AuditEntry.objects.values_list("action", flat=True))


def test_a_donation_of_somebody_known_by_phone_is_theirs(client: Client) -> None:
    enter(client, email="", phone="(617) 555-1234")
    enter(client, email="", phone="617.555.1234", key="b" * 32)
    assert Person.objects.get().donations.count() == 2


def test_the_same_form_sent_twice_is_one_donation(client: Client) -> None:
    for _time in range(2):
        assert enter(client).status_code == 302
    assert Donation.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"email": ""}, "email"),
        ({"email": "nobody"}, "email"),
        ({"email": "\N{CYRILLIC SMALL LETTER A}da@example.org"}, "email"),
        ({"phone": "12"}, "phone"),
        ({"amount": "0"}, "amount"),
        ({"amount": "-5"}, "amount"),
        ({"amount": "1234567890"}, "amount"),
        ({"amount": "5.001"}, "amount"),
        ({"day": "1899-01-01"}, "day"),
        ({"day": "2999-01-01"}, "day"),
        ({"day": "soon"}, "day"),
        ({"given_name": "=cmd|' /C calc'!A0"}, "given_name"),
        ({"family_name": "@x"}, "family_name"),
        ({"key": "x"}, "key"),
    ],
)
def test_what_cannot_be_is_an_error_at_its_field(client: Client, fields: dict[str, str], at: str) -> None:
    response = enter(client, **fields)
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {at}  # type: ignore[attr-defined]
    assert not Donation.objects.exists()


def test_nothing_is_stored_of_somebody_who_asked_to_be_deleted(client: Client) -> None:
    Erasure.objects.create(key=erased_key("ada@example.org"), at=NOW)
    response = enter(client)
    assert response.status_code == 422
    assert b"asked to be deleted" in response.content
    assert not Donation.objects.exists()


def test_a_refund_needs_a_reason_and_ends_the_membership(client: Client) -> None:
    donation = make_donation()
    path = f"/national/donations/{donation.pk}/refund/"
    assert client.get(path).status_code == 200
    assert client.post(path, {"because": " "}).status_code == 422
    assert Membership.objects.exists()
    assert client.post(path, {"because": "Given twice."}).status_code == 302
    assert not Membership.objects.exists()
    assert donation.person is not None
    assert donation.person.activities.get().withdrawn_because == "Given twice."
    assert client.get(path).status_code == 302  # it is refunded already


def test_a_refund_whose_donation_is_not_known_has_no_page(client: Client) -> None:
    refund_donation(source=DonationSource.ACTBLUE, key="ahead", at=NOW)
    assert client.get(f"/national/donations/{Donation.objects.get().pk}/refund/").status_code == 404
