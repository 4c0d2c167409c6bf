"""The demo's regions: every state and every group in one, calls behind and ahead, an organizer with the logins."""

import datetime

import pytest

from affiliates.fundraising import GUIDED
from affiliates.models import AgendaQuestion, Call, FundraisingOffice, Group, Region, RegionPart
from affiliates.regions import group_counts
from config.demo.groups import load_groups
from config.demo.regions import give_regions, load_regions
from tests.factories import make_staff

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)


def test_every_state_and_every_listed_group_lies_in_a_region() -> None:
    load_groups(count=60, seed=7, now=NOW)
    load_regions(now=NOW)
    assert set(GUIDED) <= set(RegionPart.objects.values_list("state", flat=True))
    assert sum(group_counts().values()) == Group.objects.listed().count()
    assert FundraisingOffice.objects.exists()


def test_there_are_calls_to_come_and_one_behind_with_its_answers() -> None:
    load_groups(count=60, seed=7, now=NOW)
    load_regions(now=NOW)
    assert Call.objects.organizing().upcoming(NOW).filter(language="es").exists()
    assert all(region.calls.upcoming(NOW).count() == 1 for region in Region.objects.order_by("pk"))
    assert AgendaQuestion.objects.filter(call__ends_at__lt=NOW).exclude(answer="").exists()


def test_the_staff_of_the_demo_organizes_what_nobody_else_does() -> None:
    load_regions(now=NOW)
    other, staff = make_staff(), make_staff()
    Region.objects.filter(slug="south").update(organizer=other)
    give_regions(staff)
    assert Region.objects.filter(organizer=staff).count() == Region.objects.count() - 1
    assert not Call.objects.exclude(host=staff).exists()
