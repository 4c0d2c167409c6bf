"""Whatever ZIP code somebody types, they find one of the real groups."""

import random
from pathlib import Path

import pytest
from django.conf import settings as site
from django.core.files.base import File
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from affiliates.models import Group
from foundation.accounts.models import StaffTask
from foundation.imports import steps
from foundation.imports.running import run_import
from foundation.places.models import ZipCode
from tests.factories import make_staff

pytestmark = pytest.mark.django_db

REAL_GROUPS = Path(site.BASE_DIR) / "tests" / "data" / "groups.csv"
HOW_MANY = 200


@pytest.fixture
def real_groups(settings: Settings, tmp_path: Path) -> set[str]:
    """The addresses of the real groups' pages, after they came in by the importer that staff use."""
    settings.MEDIA_ROOT = tmp_path
    staff = make_staff(StaffTask.AGREEMENTS)
    with REAL_GROUPS.open("rb") as opened:
        job = steps.start_import(kind="groups", file=File(opened), name="groups.csv", actor=staff, now=timezone.now())
    steps.check_import(job=job, mapping=job.mapping, actor=staff)
    run_import(job_id=job.pk, worker="test")
    job.refresh_from_db()
    steps.confirm_import(job=job, actor=staff, now=timezone.now())
    run_import(job_id=job.pk, worker="test")
    return {group.get_absolute_url() for group in Group.objects.listed()}


def test_two_hundred_random_zip_codes_each_lead_to_a_real_group(real_groups: set[str], client: Client) -> None:
    assert len(real_groups) == 200  # of the 207, seven have a ZIP code that does not exist
    codes = list(ZipCode.objects.order_by("code").values_list("code", flat=True))
    lost = []
    for code in random.Random(2).sample(codes, HOW_MANY):
        response = client.get("/groups/", {"near": code})
        page = response.content.decode()
        if response.status_code != 200 or sum(f'href="{address}"' in page for address in real_groups) < 5:
            lost.append(code)
    assert lost == []
