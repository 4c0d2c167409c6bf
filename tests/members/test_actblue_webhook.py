"""What ActBlue posts, as it posts it: in any order, repeated, with types that vary, and what else may come."""

import base64
import copy
import json
import logging
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from members.erasure import erased_key
from members.models import Activity, CancelledRecurring, Donation, Erasure, Membership, Person
from members.views.donations import MOST_BYTES

from .donating import NOW

pytestmark = pytest.mark.django_db
DONATIONS, REFUNDS, CANCELLATIONS = (f"/api/actblue/{name}/" for name in ("donations", "refunds", "cancellations"))
SECRET = "actblue:tests-only-of-webhooks"
BODY: dict[str, Any] = {
    "donor": {
        "firstname": "Ada", "lastname": "Lovelace", "addr1": "1 Canary Row", "city": "Cambridge", "state": "MA",
        "zip": "02139", "country": "United States", "isEligibleForExpressLane": False,
        "employerData": {"employer": "Canary Works", "occupation": "Canary keeper"}, "email": "ada@example.org",
        "phone": "617-555-1234 x9",
    },
    "contribution": {
        "createdAt": "2026-11-01T12:45:24-05:00", "orderNumber": "AB1", "contributionForm": "launch", "refcodes": None,
        "refcode": None, "recurringPeriod": "once", "recurringDuration": 1, "isRecurring": False, "isPaypal": False,
        "isMobile": True, "isExpress": False, "customFields": [{"label": "a", "answer": "b"}], "status": "approved",
        "uniqueIdentifier": "435634b4", "textMessageOption": "unknown",
    },
    "lineitems": [
        {"sequence": 0, "entityId": 1, "fecId": "C1", "committeeName": "Many Hands Network", "amount": "25.50",
         "recurringAmount": None, "paidAt": "2026-11-01T12:45:24-05:00", "paymentId": 7, "lineitemId": 101},
        {"sequence": 1, "entityId": 2, "committeeName": "Another Committee", "amount": 5,
         "paidAt": "2026-11-01T12:45:24-05:00", "lineitemId": "102"},
    ],
    "form": {"name": "launch", "kind": "page", "ownerEmail": "owner@example.org"},
}  # fmt: skip


def post(body: Any, path: str = DONATIONS, secret: str | None = SECRET) -> Any:
    headers = {"Authorization": "Basic " + base64.b64encode(secret.encode()).decode()} if secret is not None else {}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    client = Client(enforce_csrf_checks=True)
    return client.post(path, content, content_type="application/json", headers=headers)


def changed(**parts: Any) -> dict[str, Any]:
    """BODY with other values: `contribution={"status": "declined"}`; of lists, of every element."""
    body = copy.deepcopy(BODY)
    for name, values in parts.items():
        if not isinstance(values, dict):
            body[name] = values
        else:
            for part in body[name] if isinstance(body[name], list) else [body[name]]:
                part.update(values)
    return body


def test_each_line_item_is_a_donation() -> None:
    assert post(BODY).json() == {"status": "ok"}
    found = list(
        Donation.objects.order_by("line_item").values_list("line_item", "amount", "receipt", "recipient", "page")
    )
    assert found == [
        ("101", Decimal("25.50"), "AB1", "Many Hands Network", "launch"),
        ("102", Decimal("5.00"), "AB1", "Another Committee", "launch"),
    ]
    person = Person.objects.get()
    assert (person.full_name, person.zip_code_id) == ("Ada Lovelace", "02139")
    assert str(person.phones.get().number) == "+16175551234"
    assert Membership.objects.count() == 1


def test_a_repeat_changes_nothing() -> None:
    for _time in range(3):
        assert post(BODY).status_code == 200
    assert Donation.objects.count() == 2
    assert Person.objects.get().activities.count() == 2


@pytest.mark.parametrize("amount", ["25.50", 25.5, 25, "25", "1,250.00"])
def test_an_amount_is_text_or_a_number(amount: Any) -> None:
    assert post(changed(lineitems={"amount": amount})).status_code == 200
    assert set(Donation.objects.values_list("amount", flat=True)) == {Decimal(str(amount).replace(",", ""))}


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ({"refcodes": None, "refcode": None}, ""),
        ({"refcodes": {"refcode": "mail_1"}, "refcode": None}, "mail_1"),
        ({"refcodes": {"refcode": None}}, ""),
        ({"refcodes": {}, "refcode": "mail_2"}, "mail_2"),
    ],
)
def test_codes_may_be_null(codes: dict[str, Any], expected: str) -> None:
    post(changed(contribution=codes))
    assert {donation.reference_code for donation in Donation.objects.all()} == {expected}


def test_what_is_not_needed_may_be_missing() -> None:
    item = {"lineitemId": 1, "amount": "5.00", "paidAt": "2026-11-01T12:00:00Z"}
    assert post({"donor": {"email": "ada@example.org"}, "lineitems": [item]}).status_code == 200
    assert Donation.objects.get().receipt == ""


@pytest.mark.parametrize(
    "order", [(DONATIONS, REFUNDS), (REFUNDS, DONATIONS), (REFUNDS, REFUNDS, DONATIONS, DONATIONS)]
)
def test_donation_and_refund_in_any_order_end_alike(order: tuple[str, ...]) -> None:
    refund = changed(lineitems={"refundedAt": "2026-11-03T10:00:00-05:00", "refundId": 9})
    for path in order:
        assert post(refund if path == REFUNDS else BODY, path).status_code == 200
    assert Donation.objects.filter(refunded_at__isnull=False, refund="9", amount__isnull=False).count() == 2
    assert not Membership.objects.exists()


def test_a_refund_that_names_no_more_than_its_line_item_waits_for_the_donation() -> None:
    assert (
        post({"lineitems": [{"lineitemId": 101, "refundedAt": "2026-11-03T10:00:00-05:00"}]}, REFUNDS).status_code
        == 200
    )
    post(BODY)
    assert Membership.objects.get().basis.source == "donation:actblue:102"


def test_a_refund_without_a_time_is_of_now() -> None:
    post(BODY, REFUNDS)
    assert not Membership.objects.exists()
    assert Donation.objects.exclude(refunded_at=None).count() == 2


@pytest.mark.parametrize("name", ["cancelledAt", "canceledAt"])
@pytest.mark.parametrize("path", [DONATIONS, CANCELLATIONS])
def test_a_cancelled_recurring_donation_is_noted_once_and_gives_nothing(name: str, path: str) -> None:
    body = changed(contribution={name: "2026-11-04T10:00:00-05:00", "isRecurring": True})
    for _time in range(2):
        assert post(body, path).status_code == 200
    assert CancelledRecurring.objects.get().receipt == "AB1"
    assert not Donation.objects.exists()


def test_a_cancellation_without_a_time_is_of_now() -> None:
    post(BODY, CANCELLATIONS)
    assert CancelledRecurring.objects.get().receipt == "AB1"


@pytest.mark.parametrize("status", ["declined", "pending"])
def test_what_was_not_approved_is_no_donation(status: str) -> None:
    assert post(changed(contribution={"status": status})).status_code == 200
    assert not Donation.objects.exists()


def test_nothing_is_stored_of_somebody_who_asked_to_be_deleted() -> None:
    Erasure.objects.create(key=erased_key("ada@example.org"), at=NOW)
    for path in (DONATIONS, REFUNDS):
        assert post(BODY, path).status_code == 200
    assert not Person.objects.exists()
    assert not Donation.objects.exists()


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", [None, "", "actblue:", "actblue:wrong", "other:tests-only-of-webhooks", "ü:ü"])
def test_a_wrong_secret_is_refused(secret: str | None) -> None:
    response = post(BODY, secret=secret)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Basic")
    assert not Donation.objects.exists()


@pytest.mark.parametrize("header", ["Basic", "Basic ???", "Bearer YWN0Ymx1ZTp0ZXN0cy1vbmx5LW9mLXdlYmhvb2tz"])
def test_a_malformed_authorization_is_refused(header: str) -> None:
    assert (
        Client().post(DONATIONS, b"{}", content_type="application/json", headers={"Authorization": header}).status_code
        == 401
    )


@pytest.mark.parametrize("missing", ["ACTBLUE_WEBHOOK_USER", "ACTBLUE_WEBHOOK_PASSWORD"])
def test_without_a_secret_nothing_is_taken_in(settings: Settings, missing: str) -> None:
    setattr(settings, missing, "")
    response = post(BODY, secret=":")
    assert response.status_code == 503
    assert missing in response.json()["error"]


def test_a_page_that_is_opened_is_none() -> None:
    assert Client().get(DONATIONS).status_code == 405


@pytest.mark.parametrize("path", [DONATIONS, REFUNDS, CANCELLATIONS])
@pytest.mark.parametrize(
    "body", [b"", json.dumps(BODY).encode()[:-20], b"\xff\xfe", b"[1", b"[" * 100_000, b'{"lineitems": [NaN]}']
)
def test_what_is_no_json_is_refused(path: str, body: bytes) -> None:
    response = post(body, path)
    assert (response.status_code, response.json()) == (400, {"error": "the body is not JSON"})


def test_a_body_that_is_too_large_is_refused_unread() -> None:
    assert post(b" " * (MOST_BYTES + 1)).status_code == 413


FAULTS: list[tuple[Any, str]] = [
    ([1], "the body"),
    (changed(donor="Ada"), "donor"),
    (changed(donor={"email": ["ada@example.org"]}), "donor.email"),
    (changed(donor={"email": "not an address"}), "donor.email"),
    (changed(donor={"email": "", "phone": None}), "donor.email"),
    (changed(donor={"firstname": {"a": 1}}), "donor.firstname"),
    (changed(donor={"firstname": "=cmd|' /C calc'!A0"}), "donor.firstname"),
    (changed(donor={"lastname": "a\0b"}), "donor.lastname"),
    (changed(contribution=[]), "contribution"),
    (changed(contribution={"isRecurring": "perhaps"}), "contribution.isRecurring"),
    (changed(contribution={"refcodes": "mail_1"}), "contribution.refcodes"),
    (changed(contribution={"cancelledAt": "soon"}), "contribution.cancelledAt"),
    (changed(contribution={"cancelledAt": "2026-11-01", "orderNumber": None}), "contribution.orderNumber"),
    (changed(lineitems=None), "lineitems"),
    (changed(lineitems="101"), "lineitems"),
    (changed(lineitems=[None, 5]), "lineitems[1]"),
    (changed(lineitems=[{}] * 1_001), "lineitems"),
    (changed(lineitems={"amount": True}), "lineitems[0].amount"),
    (changed(lineitems={"amount": -5}), "lineitems[0].amount"),
    (changed(lineitems={"amount": 1_234_567_890}), "lineitems[0].amount"),
    (changed(lineitems={"amount": "5 EUR"}), "lineitems[0].amount"),
    (changed(lineitems={"amount": None}), "lineitems[0].amount"),
    (changed(lineitems={"lineitemId": None}), "lineitems[0].lineitemId"),
    (changed(lineitems={"lineitemId": "x" * 81}), "lineitems[0].lineitemId"),
    (changed(lineitems={"paidAt": "1899-01-01T00:00:00Z"}), "lineitems[0].paidAt"),
    (changed(lineitems={"paidAt": "2098-01-01T00:00:00Z"}), "lineitems[0].paidAt"),
    (changed(lineitems={"paidAt": None}, contribution={"createdAt": None}), "lineitems[0].paidAt"),
]


@pytest.mark.parametrize(("body", "field"), FAULTS, ids=[f"{n} {field}" for n, (_body, field) in enumerate(FAULTS)])
def test_a_wrong_type_is_refused_by_name_and_nothing_half_is_written(
    body: Any, field: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    response = post(body)
    assert response.status_code == 400
    assert response.json()["error"].startswith(f"{field}: ")
    assert not Person.objects.exists()
    assert not Donation.objects.exists()
    told = response.content.decode() + caplog.text
    assert not any(secret in told for secret in ("ada@", "Ada", "Lovelace", "Canary", "02139", "calc"))


def test_a_fault_in_the_last_line_item_leaves_none_of_the_others() -> None:
    body = copy.deepcopy(BODY)
    body["lineitems"][1]["amount"] = "much"
    assert post(body).json() == {"error": "lineitems[1].amount: cannot be read"}
    assert not Donation.objects.exists()


def test_address_employer_and_occupation_are_kept_nowhere() -> None:
    post(BODY)
    assert "Canary" not in str([list(model.objects.values()) for model in (Donation, Person, Activity)])
