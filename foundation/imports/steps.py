"""The steps that a human takes with an import: upload, choose columns, confirm, stop, resume.

Each locks the job's row, sees that the step can be taken, writes what a worker shall do next, and rings.
"""

import datetime
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record

from .importers import importer_of
from .jobs import ring_after_commit, ring_next
from .models import BEFORE_CONFIRM, WORKING, ImportJob, ImportRowError, ImportState
from .opening import open_upload
from .reading import ByteFile

KEPT = datetime.timedelta(days=30)
"""How long the uploaded file and the text of its bad rows are kept."""


class StepError(Exception):
    """The import is not where this step begins; the message says so in words."""


def start_import(
    *, kind: str, file: ByteFile, name: str, actor: User, now: datetime.datetime,
    options: Mapping[str, Any] | None = None,
) -> ImportJob:  # fmt: skip
    """Take in an uploaded file, and propose which of its columns mean what. Nothing of it is loaded yet.

    `name` is the file's name as it was uploaded, `options` what the importer of `kind` wants to know besides.
    Raises FileError where the file is no CSV file that can be read.
    """
    with open_upload(file) as opened:
        job = ImportJob(
            kind=kind,
            owner=actor,
            file_name=" ".join(name.replace("\0", "").split())[-200:],
            size=opened.size,
            sha256=opened.sha256,
            encoding=opened.encoding,
            delimiter=opened.delimiter,
            header=opened.header,
            mapping=guess_columns(kind, opened.header),
            options=dict(options or {}),
            data_offset=opened.data_offset,
            data_line=opened.data_line,
            bytes_done=opened.data_offset,
            lines_done=opened.data_line,
            created_at=now,
        )
        job.file.save("", opened.file, save=False)
    try:
        with transaction.atomic():
            job.save()
            record(actor=actor, action="uploaded import", subject=f"import:{job.pk}", kind=kind, sha256=job.sha256)
    except BaseException:
        job.file.delete(save=False)
        raise
    return job


def guess_columns(kind: str, header: list[str]) -> dict[str, int]:
    """Which column (from 0) fills which field: as somebody chose for this very header before, or by its name."""
    before = ImportJob.objects.filter(kind=kind, header=header, confirmed_at__isnull=False).order_by("-pk").first()
    if before:
        return dict(before.mapping)
    columns: dict[str, int] = {}
    for index, name in enumerate(header):  # of columns with one name, the first
        columns.setdefault(_plain(name), index)
    guessed: dict[str, int] = {}
    for field in importer_of(kind).fields:
        names = [field.name, str(field.label), *field.aliases]
        found = next((columns[plain] for plain in map(_plain, names) if plain in columns), None)
        if found is not None and found not in guessed.values():
            guessed[field.name] = found
    return guessed


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


def check_import(
    *, job: ImportJob, mapping: Mapping[str, int], actor: User, answers: Mapping[str, str] | None = None
) -> None:
    """Begin the dry run with these columns: everything but the writing.

    `mapping` gives the index (from 0) of the column that fills a field, `answers` what the importer asked besides
    (`Importer.questions`). Raises StepError once loading has been confirmed, and where a needed column is missing.
    """
    importer = importer_of(job.kind)
    with _locked(job) as locked:
        if not locked.can_choose_columns:
            raise StepError(_("The columns of this import cannot be changed any more."))
        if problem := importer.problem_with_columns(frozenset(mapping)):
            raise StepError(problem)
        if not all(0 <= index < len(locked.header) for index in mapping.values()):
            raise StepError(_("This file has no such column."))
        locked.mapping = dict(mapping)
        locked.options = {**locked.options, **(answers or {})}
        _begin_again(locked, ImportState.CHECKING)
        record(actor=actor, action="checked import", subject=f"import:{locked.pk}")


def confirm_import(*, job: ImportJob, actor: User, now: datetime.datetime) -> None:
    """Have the checked rows loaded. Raises StepError where the dry run is not done or left nothing to load."""
    with _locked(job) as locked:
        if locked.state != ImportState.CHECKED:
            raise StepError(_("This import has gone on in the meantime."))
        if locked.bad == locked.rows_read:
            raise StepError(_("There is no row that can be loaded."))
        locked.confirmed_at, total = now, locked.rows_read
        _begin_again(locked, ImportState.QUEUED)
        record(actor=actor, action="confirmed import", subject=f"import:{locked.pk}", rows=total)


def stop_import(*, job: ImportJob, actor: User) -> None:
    """Stop at the end of the batch that is being worked on. Raises StepError where nothing is being done."""
    with _locked(job) as locked:
        if not locked.is_working:
            raise StepError(_("This import has gone on in the meantime."))
        locked.let_go(ImportState.STOPPED)
        locked.save()
        record(actor=actor, action="stopped import", subject=f"import:{locked.pk}", rows=locked.rows_read)
    ring_next(job.kind)


def resume_import(*, job: ImportJob, actor: User) -> None:
    """Go on where a stopped or failed import ended. Raises StepError where it did not end so."""
    with _locked(job) as locked:
        if not locked.can_resume:
            raise StepError(_("This import has gone on in the meantime."))
        locked.state = ImportState.CHECKING if locked.is_dry_run else ImportState.QUEUED
        locked.error = ""
        locked.claims_without_progress = 0
        locked.save()
        ring_after_commit(locked.pk)
        record(actor=actor, action="resumed import", subject=f"import:{locked.pk}", rows=locked.rows_read)


def forget_old_files(*, now: datetime.datetime) -> int:
    """Delete the files and the text of bad rows of imports older than KEPT that nobody works on; returns how many."""
    old = ImportJob.objects.filter(created_at__lt=now - KEPT).exclude(file="").exclude(state__in=WORKING)
    count = 0
    for found in old.order_by("pk")[:1_000]:
        with _locked(found) as job:
            if job.is_working or not job.file:
                continue
            ImportRowError.objects.filter(job=job).exclude(raw="").update(raw="")
            path = Path(job.file.path)
            job.file = ""
            if job.state in BEFORE_CONFIRM:
                job.state = ImportState.STOPPED
            job.save()
            transaction.on_commit(partial(_delete, path))
            count += 1
    return count


def _delete(path: Path) -> None:
    from .kept import forget_kept  # here, so that the pages of imports do without what only workers need

    forget_kept(str(path))
    path.unlink(missing_ok=True)


@contextmanager
def _locked(job: ImportJob) -> Iterator[ImportJob]:
    """The job as it is now, its row locked for the length of a transaction."""
    with transaction.atomic():
        yield ImportJob.objects.select_for_update().get(pk=job.pk)


def _begin_again(job: ImportJob, state: ImportState) -> None:
    """From the first row on; what an earlier pass found is forgotten."""
    ImportRowError.objects.filter(job=job).delete()
    job.start_over()
    job.let_go(state)
    job.save()
    ring_after_commit(job.pk)
