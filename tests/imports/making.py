"""Imports of groups for tests of other things: routes, page gates."""

import datetime
from io import BytesIO

from django.core.files.base import File

from foundation.accounts.models import User
from foundation.imports import steps
from foundation.imports.models import ImportJob
from foundation.imports.running import run_import

NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)
GROUPS = b"name,zip,about\nAkron,44305,We meet on Mondays.\nNowhere,00000,\n=1+1,16501,\n"


def make_import(owner: User, content: bytes = GROUPS, kind: str = "groups") -> ImportJob:
    """A file (of groups, unless said otherwise) that was uploaded, and nothing more."""
    return steps.start_import(kind=kind, file=File(BytesIO(content)), name=f"{kind}.csv", actor=owner, now=NOW)


def make_checked_import(owner: User, content: bytes = GROUPS) -> ImportJob:
    """The same after its dry run: two rows can be loaded, one is bad."""
    job = make_import(owner, content)
    steps.check_import(job=job, mapping=job.mapping, actor=owner)
    return _work(job)


def make_done_import(owner: User) -> ImportJob:
    """The same after loading."""
    job = make_checked_import(owner)
    steps.confirm_import(job=job, actor=owner, now=NOW)
    return _work(job)


def _work(job: ImportJob) -> ImportJob:
    run_import(job_id=job.pk, worker="test")
    job.refresh_from_db()
    return job
