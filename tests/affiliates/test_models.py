"""What the database refuses about groups, roles and watches; and how a group gets its address."""

from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone

from affiliates.founding import found_group, free_slug, slug_for
from affiliates.models import Group, GroupLink, GroupRole, GroupStatus, PlaceWatch, Role
from foundation.audit.models import AuditEntry
from foundation.places.search import find_place
from tests.factories import make_contact, make_group, make_user

pytestmark = pytest.mark.django_db


def refused(constraint: str) -> Any:
    return pytest.raises(IntegrityError, match=constraint)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"status": "odd"}, "group_status_known"),
        ({"name_key": ""}, "group_has_name"),
        ({"slug": "Not A Slug"}, "group_slug_form"),
        ({"slug": "-edge"}, "group_slug_form"),
        ({"slug": "start"}, "group_slug_not_reserved"),
        ({"state": ""}, "group_home_known"),
        ({"zip_code": None}, "group_home_known"),
        ({"country": "CA"}, "group_home_known"),
        ({"status": "forming", "latitude": None}, "group_point_whole_or_unknown"),
        ({"latitude": None, "longitude": None}, "group_listed_has_point"),
        ({"listed_at": None}, "group_listed_has_point"),
        ({"latitude": 91}, "group_point_on_earth"),
        ({"longitude": -181}, "group_point_on_earth"),
        ({"latitude": 0, "longitude": 0}, "group_point_not_zero"),
        ({"contact_email": "Upper@example.org"}, "group_contact_lower_case"),
    ],
)
def test_the_database_refuses_a_broken_group(changes: dict[str, Any], constraint: str) -> None:
    group = make_group()
    with refused(constraint):
        Group.objects.filter(pk=group.pk).update(**changes)


def test_a_slug_belongs_to_one_group() -> None:
    make_group(slug="akron")
    with refused("slug"):
        make_group(slug="akron")


def test_a_group_abroad_has_coordinates_and_no_zip_code() -> None:
    group = make_group(near="Toronto, Canada")
    assert (group.country, group.state, group.zip_code_id) == ("CA", "", None)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//example.org"])
def test_a_link_that_a_browser_would_run_is_refused(url: str) -> None:
    with refused("grouplink_is_web_address"):
        GroupLink.objects.create(group=make_group(), label="x", url=url)


def test_a_link_stands_once() -> None:
    group = make_group()
    GroupLink.objects.create(group=group, label="a", url="https://example.org/")
    with refused("grouplink_once"):
        GroupLink.objects.create(group=group, label="b", url="https://example.org/")


def test_a_role_is_held_once() -> None:
    group = make_group()
    user = make_contact(group)
    with refused("grouprole_once"):
        GroupRole.objects.create(group=group, user=user, role=Role.CONTACT)


def test_an_unknown_role_is_refused() -> None:
    with refused("grouprole_known"):
        GroupRole.objects.create(group=make_group(), user=make_user(), role="owner")


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"email": "A@example.org"}, "placewatch_email_lower_case"),
        ({"latitude": None, "longitude": None}, "placewatch_has_point"),
        ({"told_at": timezone.now()}, "placewatch_told_if_confirmed"),
    ],
)
def test_the_database_refuses_a_broken_watch(fields: dict[str, Any], constraint: str) -> None:
    values = {"email": "a@example.org", "place_label": "Here", "latitude": 1.0, "longitude": 1.0, **fields}
    with refused(constraint):
        PlaceWatch.objects.create(**values)


def test_one_person_waits_once_for_one_place() -> None:
    values = {"email": "a@example.org", "place_label": "Here", "latitude": 1.0, "longitude": 1.0}
    PlaceWatch.objects.create(**values)
    with refused("placewatch_once_a_place"):
        PlaceWatch.objects.create(**values)


@pytest.mark.parametrize(
    ("name", "place", "slug"),
    [
        ("Akron Table", "Akron, OH", "akron-table"),
        ("Vecinos de Mayagüez", "Mayagüez, PR", "vecinos-de-mayaguez"),
        ("Hàng Xóm Đông San José", "San Jose, CA", "hang-xom-dong-san-jose"),
        ("陶德谷邻里会", "Todd Valley, CA", "group-todd-valley-ca"),
        ("جيران ديربورن", "Dearborn, MI", "group-dearborn-mi"),
        ("Start", "Akron, OH", "group-akron-oh"),
        ("x" * 120, "Akron, OH", "x" * 60),
        ("!!!", "!!!", "group"),
    ],
)
def test_a_name_in_any_script_gets_an_address(name: str, place: str, slug: str) -> None:
    assert slug_for(name, place) == slug


def test_a_taken_address_gets_its_state_and_then_a_number() -> None:
    make_group(slug="table")
    assert free_slug("table", state="OH") == "table-oh"
    make_group(slug="table-oh")
    assert free_slug("table", state="OH") == "table-oh-2"
    assert free_slug("table", state="") == "table-2"
    make_group(slug="group-brooklyn-ny")
    assert free_slug("group-brooklyn-ny", state="NY") == "group-brooklyn-ny-2"


def test_founding_a_group_makes_it_forming_and_is_audited() -> None:
    actor = make_user()
    group = found_group(
        name="Akron Table",
        place=find_place("44305"),
        actor=actor,
        now=timezone.now(),
        contact_email="Table@Example.org",
        links={"Site": "https://example.org/"},
    )
    assert (group.status, group.state, group.zip_code_id) == (GroupStatus.FORMING, "OH", "44305")
    assert group.contact_email == "table@example.org"
    assert group.links.count() == 1
    assert AuditEntry.objects.get(action="founded group").subject == f"group:{group.pk}"


def test_names_alike_are_found_without_accents_and_in_spite_of_spelling() -> None:
    make_group("Vecinos de Mayagüez", near="00680")
    make_group("Akron Table")
    assert [group.name for group in Group.objects.named_like("vecinos mayaguez")] == ["Vecinos de Mayagüez"]
    assert [group.name for group in Group.objects.named_like("akrn table")] == ["Akron Table"]
