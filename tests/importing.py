"""Importing a file as staff do: taken in, checked, confirmed, loaded."""

import datetime
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

from django.core.files.base import File

from foundation.accounts.models import User
from foundation.imports import steps
from foundation.imports.models import ImportJob
from foundation.imports.running import run_import

type Import = Callable[..., ImportJob]


def import_file(
    content: str | bytes,
    *,
    kind: str,
    actor: User,
    now: datetime.datetime,
    dry: bool = False,
    answers: Mapping[str, Any] | None = None,
) -> ImportJob:
    """The import of this content as it is in the end; with `dry` only the dry run is made. Files go to MEDIA_ROOT."""
    file = File(BytesIO(content.encode() if isinstance(content, str) else content))
    job = steps.start_import(kind=kind, file=file, name=f"{kind}.csv", actor=actor, now=now)
    steps.check_import(job=job, mapping=job.mapping, actor=actor, answers=answers)
    run_import(job_id=job.pk, worker="test")
    job.refresh_from_db()
    if not dry and job.bad < job.rows_read:
        steps.confirm_import(job=job, actor=actor, now=now)
        run_import(job_id=job.pk, worker="test")
        job.refresh_from_db()
    return job


def counts_of(job: ImportJob) -> tuple[int, int, int]:
    """Loaded, unchanged, bad."""
    return job.loaded, job.unchanged, job.bad


def reasons_of(job: ImportJob) -> list[tuple[int, str]]:
    """The bad rows: their lines, and why."""
    return list(job.row_errors.order_by("line").values_list("line", "reason"))
