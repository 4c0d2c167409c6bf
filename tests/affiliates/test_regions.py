"""Regions: sets of states and countries, each in one region at most; their groups and who answers for these."""

import pytest
from django.db import IntegrityError, transaction

from affiliates.models import GroupStatus, Region, RegionPart, Role
from affiliates.regions import (
    Part,
    RegionError,
    change_region,
    contacts_of,
    group_counts,
    groups_of,
    make_region,
    staff_organizers,
)
from foundation.accounts.models import StaffTask, User
from foundation.audit.models import AuditEntry
from tests.factories import make_contact, make_group, make_staff

from . import calling

pytestmark = pytest.mark.django_db

MA, NY, MEXICO = Part("US", "MA"), Part("US", "NY"), Part("MX")


@pytest.fixture
def staff() -> User:
    return make_staff(StaffTask.AGREEMENTS)


def make(staff: User, name: str = "Northeast", *parts: Part) -> Region:
    return make_region(name=name, parts=parts or [MA], organizer=staff, actor=staff)


def test_a_region_is_made_of_states_and_countries(staff: User) -> None:
    region = make(staff, "Nuevo México y más", NY, MEXICO)
    assert region.slug == "nuevo-mexico-y-mas"
    assert sorted(map(str, region.parts.all())) == ["MX", "NY"]
    assert AuditEntry.objects.get(subject=f"region:{region.pk}").action == "made region"


def test_a_state_of_another_region_is_refused_by_name(staff: User) -> None:
    make(staff)
    with pytest.raises(RegionError, match="Massachusetts is in the region Northeast already"):
        make(staff, "New England", MA)
    assert Region.objects.count() == 1


def test_a_country_of_another_region_is_refused_by_name(staff: User) -> None:
    make(staff, "Abroad", MEXICO)
    with pytest.raises(RegionError, match="Mexico is in the region Abroad"):
        make(staff, "Latin America", MEXICO)


def test_two_regions_have_two_names(staff: User) -> None:
    make(staff)
    with pytest.raises(RegionError, match="this name"):
        make(staff, "NORTHEAST", NY)


@pytest.mark.parametrize(("name", "slug"), [("New", "new-2"), ("地域", "region")])
def test_every_name_gets_an_address_of_its_own(staff: User, name: str, slug: str) -> None:
    assert make(staff, name).slug == slug


def test_a_region_is_renamed_and_recut_and_keeps_its_address(staff: User) -> None:
    region = make(staff)
    other = make_staff(StaffTask.AGREEMENTS)
    change_region(region=region, name="New England", parts=[NY, MEXICO], organizer=other, actor=staff)
    region.refresh_from_db()
    assert (region.name, region.slug, region.organizer) == ("New England", "northeast", other)
    assert sorted(map(str, region.parts.all())) == ["MX", "NY"]
    change_region(region=region, name="New England", parts=[NY], organizer=None, actor=staff)
    make(staff, "South", MEXICO)


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("regionpart_in_one_region", {"state": "MA"}),
        ("regionpart_whole", {"country": "US", "state": ""}),
        ("regionpart_whole", {"country": "MX", "state": "MA"}),
    ],
)
def test_the_database_refuses_a_part_that_cannot_be(constraint: str, fields: dict[str, str]) -> None:
    region = calling.make_region()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        RegionPart.objects.create(region=region, **fields)


def test_groups_lie_in_the_region_of_their_state_or_country(staff: User) -> None:
    region = make(staff, "Northeast", MA, MEXICO)
    here, forming = make_group("Here"), make_group("Forming", status=GroupStatus.FORMING)
    abroad = make_group("Abroad", country="MX", state="", zip_code_id=None)
    make_group("Elsewhere", near="90210")
    make_group("Quebec", country="CA", state="", zip_code_id=None)
    assert set(groups_of(region)) == {here, forming, abroad}
    assert group_counts() == {region.pk: 2}
    assert [Region.objects.of_group(group).first() for group in (here, abroad)] == [region, region]


def test_contacts_of_groups_in_force_are_written_to_once_each(staff: User) -> None:
    region, group = make(staff), make_group()
    ada, bo = make_contact(group, "ada@example.org"), make_contact(group, "bo@example.org", Role.ORGANIZER)
    make_group().roles.create(user=ada, role=Role.CONTACT)
    make_contact(make_group(status=GroupStatus.ENDED))
    gone = make_contact(group)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    assert [reader.address for reader in contacts_of(region)] == ["ada@example.org"]
    assert bo.is_active


def test_staff_with_the_right_may_organize_a_region(staff: User) -> None:
    boss = make_staff(is_superuser=True)
    make_staff(StaffTask.PEOPLE)
    assert set(staff_organizers()) == {staff, boss}
