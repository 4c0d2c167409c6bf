"""The staff's list of groups."""

import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from affiliates.models import Group, GroupStatus, Origin
from foundation.accounts.models import StaffTask
from foundation.audit.models import AuditEntry
from tests.factories import make_contact, make_group, make_staff, make_user
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client: Client) -> Client:
    sign_in(client, make_staff(StaffTask.AGREEMENTS))
    return client


def statuses_of(client: Client, group: Group) -> set[int]:
    return {
        client.get(reverse("national_groups")).status_code,
        client.post(reverse("national_group_list", args=[group.pk])).status_code,
        client.get(reverse("national_group_list", args=[group.pk])).status_code,
    }


def test_the_public_is_sent_to_sign_in(client: Client) -> None:
    assert statuses_of(client, make_group()) == {302}
    assert Group.objects.get().is_listed


@pytest.mark.parametrize("who", ["user", "contact", "other staff"])
def test_nobody_but_staff_for_agreements_may(client: Client, who: str) -> None:
    group = make_group()
    if who == "user":
        sign_in(client, make_user())
    elif who == "contact":
        sign_in(client, make_contact(group))
    else:
        sign_in(client, make_staff(StaffTask.PROMOTIONS))
    assert statuses_of(client, group) == {403}
    group.refresh_from_db()
    assert group.is_listed


def test_groups_of_every_status_are_shown(page: Client) -> None:
    for status in GroupStatus:
        make_group(f"Group that is {status.value}", status=status)
    text = page.get(reverse("national_groups")).content.decode()
    assert all(f"Group that is {status.value}" in text for status in GroupStatus)


def test_the_list_is_narrowed_by_status_and_name(page: Client) -> None:
    make_group("Akron Friends", near="44305")
    make_group("Toledo Friends", near="43604", status=GroupStatus.FORMING)
    text = page.get(reverse("national_groups"), {"status": "forming"}).content.decode()
    assert "Toledo Friends" in text
    assert "Akron Friends" not in text
    text = page.get(reverse("national_groups"), {"q": "akrón"}).content.decode()
    assert "Akron Friends" in text
    assert "Toledo Friends" not in text


def test_pages_follow_each_other_without_a_count(page: Client, django_assert_max_num_queries: Any) -> None:
    for number in range(51):
        make_group(f"Group {number:02}")
    with django_assert_max_num_queries(8):
        first = page.get(reverse("national_groups")).content.decode()
    assert "?page=2" in first
    second = page.get(reverse("national_groups"), {"page": "2"}).content.decode()
    assert "Group 50" in second
    assert "?page=3" not in second


@pytest.mark.parametrize("number", ["0", "-1", "x", "9999999", "٣"])
def test_a_page_that_is_none_is_not_found(page: Client, number: str) -> None:
    assert page.get(reverse("national_groups"), {"page": number}).status_code == 404


def test_a_group_is_listed_with_who_signed_its_agreement_elsewhere(page: Client) -> None:
    group = make_group(status=GroupStatus.FORMING)
    answer = page.post(
        reverse("national_group_list", args=[group.pk]), {"signed_name": "Bob", "signed_at": "2019-05-04"}
    )
    assert answer.headers["Location"] == reverse("national_groups")
    group.refresh_from_db()
    assert group.is_listed
    agreement = group.agreements.in_force().get()
    assert (agreement.origin, agreement.signed_name) == (Origin.ELSEWHERE, "Bob")
    assert agreement.signed_at == datetime.datetime(2019, 5, 4, 12, tzinfo=datetime.UTC)
    acts = AuditEntry.objects.filter(subject=f"group:{group.pk}").values_list("action", flat=True)
    assert sorted(acts) == ["listed group", "recorded agreement"]


@pytest.mark.parametrize(
    "typed",
    [{"signed_name": ""}, {"signed_name": "Bob", "signed_at": "2999-01-01"}, {"signed_name": "Bob", "signed_at": "x"}],
)
def test_what_is_wrong_is_said_and_the_group_stays_off_the_list(page: Client, typed: dict[str, str]) -> None:
    group = make_group(status=GroupStatus.FORMING)
    assert page.post(reverse("national_group_list", args=[group.pk]), typed).status_code == 422
    group.refresh_from_db()
    assert not group.is_listed


def test_a_group_whose_agreement_is_in_force_is_not_given_another(page: Client) -> None:
    group = make_group()
    there = reverse("national_group_list", args=[group.pk])
    page.post(there, {"signed_name": "Bob"})
    answer = page.post(there, {"signed_name": "Eve"})
    assert answer.status_code == 422
    assert "An agreement of this group is in force." in answer.content.decode()
    assert group.agreements.count() == 1


def test_opening_the_page_changes_nothing(page: Client) -> None:
    group = make_group(status=GroupStatus.FORMING)
    page.get(reverse("national_group_list", args=[group.pk]))
    group.refresh_from_db()
    assert not group.is_listed
