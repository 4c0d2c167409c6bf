"""The probe importers and their table; uploads of bytes; stored files that are gone afterwards."""

import datetime
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import File
from django.db import connection

from foundation.accounts.models import StaffTask, User
from foundation.imports import importers, steps
from foundation.imports.models import ImportJob
from foundation.imports.running import run_import
from tests.factories import make_staff

from .probe import MAKE_TABLE, KeyedProbeImporter, ProbeImporter, WritingProbeImporter

NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)

type Upload = Callable[..., ImportJob]


@pytest.fixture(autouse=True)
def _own_media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def probes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Registers the probe importers for one test."""
    monkeypatch.setattr(importers, "_importers", dict(importers._importers))
    for importer in (ProbeImporter(), KeyedProbeImporter(), WritingProbeImporter()):
        importers.register_importer(importer)


@pytest.fixture
def probe_table(db: None) -> Iterator[None]:
    """The table that the probe importers write to."""
    with connection.cursor() as cursor:
        cursor.execute(MAKE_TABLE)
        cursor.execute("TRUNCATE import_probe")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE import_probe")


@pytest.fixture
def staff(db: None) -> User:
    return make_staff(StaffTask.AGREEMENTS)


@pytest.fixture
def upload(probes: None, probe_table: None, staff: User) -> Upload:
    """`upload(content, kind="probe")` takes in a file."""

    def take_in(content: bytes, kind: str = "probe", **fields: Any) -> ImportJob:
        return steps.start_import(kind=kind, file=File(BytesIO(content)), name="rows.csv", actor=staff, now=NOW)

    return take_in


def dry_run(job: ImportJob, **mapping: int) -> ImportJob:
    """Choose the columns, as proposed unless said otherwise, and let a worker check the rows."""
    steps.check_import(job=job, mapping=mapping or job.mapping, actor=job.owner or User())
    return work(job)


def work(job: ImportJob) -> ImportJob:
    """Let a worker do what is to do."""
    run_import(job_id=job.pk, worker="test")
    job.refresh_from_db()
    return job


def load(job: ImportJob) -> ImportJob:
    """The dry run, the confirmation, and the loading."""
    job = dry_run(job)
    steps.confirm_import(job=job, actor=job.owner or User(), now=NOW)
    return work(job)
