"""A worker killed with -9 in the middle of an import of donations: no dollar and no member is lost or doubled."""

import io
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import File
from django.db import connection
from django.db.models.functions import Now
from pytest_django import Settings

from benchmarks.actblue_files import write_actblue_file
from foundation.accounts.models import StaffTask, User
from foundation.imports import steps
from foundation.imports.models import ImportJob, ImportState
from foundation.imports.running import run_import
from members.actblue_file import ActBlueImporter
from members.models import Activity, Donation, Membership, Person, PersonEmail, PersonPhone
from tests.factories import make_staff

from .donating import NOW
from .dying_donation_worker import ROWS_A_BATCH

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

# Where in which batch of four, or in which part of a batch: the functions that are called in this order.
POINTS = [
    ("_hold", 1),  # claimed, nothing written
    ("write_people", 1),
    ("write_donations", 1),  # people without their donations, not committed
    ("_write_progress", 1),  # a batch written, the offset behind it not
    ("_hold", 2),  # the first batch committed
    ("write_activities", 2),  # donations without what makes members of their givers
    ("_write_refunds", 3),
    ("fill_blanks", 4),
    ("_write_progress", 4),
    ("_finish", 1),  # all committed, not said to be done
]
ROWS = 4 * ROWS_A_BATCH - 3


@pytest.fixture(autouse=True)
def _as_the_dying_process_has_it(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from config.settings import test

    settings.MEDIA_ROOT = test.MEDIA_ROOT
    monkeypatch.setattr(ActBlueImporter, "batch_size", ROWS_A_BATCH)


@pytest.fixture
def staff() -> User:
    return make_staff(StaffTask.PEOPLE)


@pytest.fixture
def content(tmp_path: Path) -> bytes:
    path = tmp_path / "actblue.csv"
    write_actblue_file(path, ROWS, repeat_share=0.5, bad_share=0.1, seed=5)
    return path.read_bytes()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """All points with `--full`, else the three that tell most."""
    if "point" in metafunc.fixturenames:
        usual = [POINTS[3], POINTS[5], POINTS[9]]
        metafunc.parametrize(("point", "batch"), POINTS if metafunc.config.getoption("--full") else usual)


def confirmed(content: bytes, staff: User) -> ImportJob:
    job = steps.start_import(kind="actblue", file=File(io.BytesIO(content)), name="a.csv", actor=staff, now=NOW)
    steps.check_import(job=job, mapping=job.mapping, actor=staff)
    run_import(job_id=job.pk, worker="check")
    job.refresh_from_db()
    steps.confirm_import(job=job, actor=staff, now=NOW)
    return job


def finish(job: ImportJob) -> ImportJob:
    run_import(job_id=job.pk, worker="next")
    job.refresh_from_db()
    assert job.state == ImportState.DONE
    Path(job.file.path).unlink()
    return job


def die_at(job: ImportJob, point: str, batch: int) -> None:
    """Run a worker that kills itself, and let its claim run out."""
    command = [
        "tests.members.dying_donation_worker",
        str(connection.settings_dict["NAME"]),
        str(job.pk),
        point,
        str(batch),
    ]
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=settings.BASE_DIR, env=os.environ, capture_output=True, check=False
    )
    assert done.returncode == -9, done.stderr.decode()
    ImportJob.objects.filter(pk=job.pk).update(lease_until=Now() - timedelta(seconds=1))


def result() -> list[Any]:
    """What the import left, without the keys that the database chose."""
    donations = Donation.objects.order_by("line_item")
    activities = Activity.objects.order_by("source")
    return [
        list(donations.values_list("line_item", "amount", "person__emails__address", "refunded_at")),
        list(activities.values_list("source", "at", "person__emails__address", "withdrawn_at")),
        list(Membership.objects.order_by("basis__source").values_list("basis__source", "since")),
        list(PersonEmail.objects.order_by("address").values_list("address", flat=True)),
        sorted(map(str, PersonPhone.objects.values_list("number", flat=True))),
        Person.objects.count(),
    ]


@pytest.fixture
def expected(content: bytes, staff: User) -> list[Any]:
    """What it leaves when nobody dies."""
    job = finish(confirmed(content, staff))
    left = result()
    assert job.loaded > 3 * ROWS_A_BATCH
    Donation.objects.all().delete()
    Person.objects.all().delete()
    return left


def test_a_killed_worker_neither_loses_nor_doubles_a_donation(
    content: bytes, staff: User, expected: list[Any], point: str, batch: int
) -> None:
    job = confirmed(content, staff)
    die_at(job, point, batch)
    job = finish(job)
    assert result() == expected
    assert job.rows_read == ROWS


def test_a_worker_killed_again_and_again_gets_there_and_the_file_again_changes_nothing(
    content: bytes, staff: User, expected: list[Any], full: bool
) -> None:
    job = confirmed(content, staff)
    for number, (point, _batch) in enumerate(POINTS if full else POINTS[2:9:3]):
        # An import that ends its worker five times at the same rows is given up, so the fifth gets on by a batch.
        die_at(job, point, 2 if number == 4 else 1)
    finish(job)
    assert result() == expected
    again = finish(confirmed(content, staff))
    assert again.loaded == 0
    assert result() == expected
