"""A worker killed with -9 in the middle of an import: nothing is lost, nothing is doubled."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from foundation.imports import steps
from foundation.imports.models import ImportJob, ImportState

from .conftest import NOW, Upload, dry_run, work
from .probe import probe_rows

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

# Batches are of ten rows: lines 2 to 11, 12 to 21, 22 to 31 and 32 to 36. Line 14 is bad, line 24 the same as before.
VALUES = [{12: "bad", 22: "same"}.get(number, f"v{number}") for number in range(35)]
POINTS = [
    ("check", 2),  # claimed, nothing read
    ("load", 2),  # before the first row is written
    ("load", 7),  # in the middle of a batch
    ("loaded", 11),  # a batch written, not committed
    ("check", 12),  # the first batch committed
    ("load", 13),
    ("loaded", 21),
    ("check", 30),
    ("loaded", 36),  # all written, the last batch not committed
    ("finish", 0),  # all committed, not said to be done
]


@pytest.fixture(autouse=True)
def _media_of_the_process(settings: Any) -> None:
    """The dying worker has the settings of the tests and not those of one test."""
    from config.settings import test

    settings.MEDIA_ROOT = test.MEDIA_ROOT


def confirmed_job(upload: Upload, staff: Any) -> ImportJob:
    job = dry_run(upload("".join(f"{value}\n" for value in ("value", *VALUES)).encode()))
    steps.confirm_import(job=job, actor=staff, now=NOW)
    return job


def die_at(job: ImportJob, point: str, line: int, *, guard: str = "on") -> None:
    """Run a worker that kills itself, and let its claim run out."""
    database = str(connection.settings_dict["NAME"])
    command = ["tests.imports.dying_worker", database, str(job.pk), point, str(line), guard]
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=settings.BASE_DIR, env=os.environ, capture_output=True, check=False
    )
    assert done.returncode == -9, done.stderr.decode()
    held = ImportJob.objects.get(pk=job.pk)
    assert held.state == ImportState.RUNNING
    ImportJob.objects.filter(pk=job.pk).update(lease_until=Now() - timedelta(seconds=1))


def expected_rows() -> list[tuple[int, str]]:
    return [(line, value) for line, value in enumerate(VALUES, start=2) if value not in {"bad", "same"}]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """All points with `--full`, else the three that tell most."""
    if "point" in metafunc.fixturenames:
        usual = [POINTS[3], POINTS[4], POINTS[9]]
        metafunc.parametrize(("point", "line"), POINTS if metafunc.config.getoption("--full") else usual)


def test_a_killed_worker_neither_loses_nor_doubles_a_row(upload: Upload, staff: Any, point: str, line: int) -> None:
    job = confirmed_job(upload, staff)
    die_at(job, point, line)
    job = work(job)
    assert job.state == ImportState.DONE
    assert probe_rows() == expected_rows()
    assert (job.rows_read, job.loaded, job.unchanged, job.bad) == (35, 33, 1, 1)
    assert [error.line for error in job.row_errors.all()] == [14]
    Path(job.file.path).unlink()


def test_a_worker_killed_again_and_again_gets_there_all_the_same(upload: Upload, staff: Any, full: bool) -> None:
    job = confirmed_job(upload, staff)
    # An import that ends its worker five times at the same rows is given up, so the fourth gets on by a batch.
    for number in (0, 1, 3, 5, 6, 8, 9) if full else (2, 5, 8):
        die_at(job, *POINTS[number])
    assert work(job).state == ImportState.DONE
    assert probe_rows() == expected_rows()
    Path(job.file.path).unlink()


def test_without_the_common_transaction_rows_are_doubled(upload: Upload, staff: Any) -> None:
    """The control: the same death, with rows that are committed by themselves."""
    job = confirmed_job(upload, staff)
    die_at(job, "loaded", 21, guard="off")
    work(job)
    rows = probe_rows()
    assert len(rows) > len(expected_rows())
    assert sorted(set(rows)) == expected_rows()
    Path(job.file.path).unlink()
