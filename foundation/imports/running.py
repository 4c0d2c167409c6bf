"""What a worker does: it claims an import, and checks or loads it batch by batch.

The offset behind a batch is committed with its rows or, where they are loaded in lanes, after them. So a worker that
dies at any point has neither lost nor doubled a row: whoever comes next goes on behind the last committed offset, and
what was loaded beyond it is found unchanged.
"""

import gc
import logging
import traceback
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import DataError, IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Now
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from foundation.audit.models import record
from foundation.web.spreadsheets import original_cell

from .importers import BadRow, CheckedRow, Importer, Outcome, RowError, importer_of
from .jobs import ring_next
from .lanes import LANES, open_lanes
from .limits import MAX_RAW
from .models import ImportJob, ImportRowError, ImportState
from .opening import layout_of
from .reading import ByteFile, RowReader, Taken

logger = logging.getLogger("network.imports")

LEASE = timedelta(seconds=60)
MAX_CLAIMS = 5
"""After so many workers have died without committing a batch, the import has failed."""

_OBJECTS_BETWEEN_COLLECTIONS = 1_000_000

type _Checked = list[CheckedRow[Any]]


class _ClaimLostError(Exception):
    """Somebody stopped the import, or another worker took it over."""


def run_import(*, job_id: int, worker: str) -> None:
    """Check or load what is left of an import, whichever is its turn. `worker` is unique to this call.

    Does nothing where another worker holds it, or one of its kind is being loaded. Raises OperationalError
    where the database went away: the claim then runs out, and the sweep has the import taken up again.
    """
    job = _claim(job_id, worker)
    if job is None:
        return
    try:
        with translation.override(job.owner.language if job.owner else None):
            _Run(job).to_the_end()
    except _ClaimLostError:
        pass
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        # Neither the message nor the values: both may hold what is in the file.
        where = "".join(traceback.format_tb(error.__traceback__))
        logger.error("import %s failed: %s\n%s", job.pk, type(error).__name__, where)
        _fail(job, type(error).__name__)
    ring_next(job.kind)


def _claim(job_id: int, worker: str) -> ImportJob | None:
    """The import with this worker's name on it, or None where it is not to be had."""
    try:
        with transaction.atomic():
            free = ImportJob.objects.without_worker().select_for_update(skip_locked=True, of=("self",))
            job = free.select_related("owner").filter(pk=job_id).first()
            if job is None or _must_wait(job):
                return None
            if job.claims_without_progress >= MAX_CLAIMS:
                job.let_go(ImportState.FAILED)
                job.error = _("The worker ended %(count)s times at the same rows.") % {"count": MAX_CLAIMS}
                job.save()
                return None
            # The times are of the database's clock, which all workers share.
            ImportJob.objects.filter(pk=job_id).update(
                state=ImportState.CHECKING if job.is_dry_run else ImportState.RUNNING,
                claimed_by=worker,
                claimed_at=Now(),
                lease_until=Now() + LEASE,
                started_at=Coalesce("started_at", Now()),
                rows_at_claim=F("rows_read"),
                claims_without_progress=F("claims_without_progress") + 1,
            )
    except IntegrityError:  # importjob_one_running_a_kind: two began at the same moment
        return None
    return ImportJob.objects.select_related("owner").get(pk=job_id)


def _must_wait(job: ImportJob) -> bool:
    return (
        job.state == ImportState.QUEUED and ImportJob.objects.filter(kind=job.kind, state=ImportState.RUNNING).exists()
    )


def _fail(job: ImportJob, what: str) -> None:
    with transaction.atomic():
        held = ImportJob.objects.select_for_update().filter(pk=job.pk, claimed_by=job.claimed_by).first()
        if held:
            held.let_go(ImportState.FAILED)
            held.error = _("Something went wrong (%(what)s). What was loaded before stays.") % {"what": what}
            held.save()


@dataclass
class _Batch:
    """Rows that were read and checked, and where the next batch begins."""

    checked: _Checked = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    raw: dict[int, str] = field(default_factory=dict)  # every row of the batch as it stands in the file, by line
    offset: int = 0
    line: int = 0


class _Run:
    """One worker's work on one import."""

    def __init__(self, job: ImportJob) -> None:
        self.job = job
        self.importer: Importer[Any] = importer_of(job.kind)
        self.names = list(job.mapping)
        self.places = [int(index) for index in job.mapping.values()]
        self.layout = layout_of(job.encoding, job.delimiter, len(job.header))
        self.line_of_key: dict[Hashable, int] = {}
        self.repeats: Counter[Hashable] = Counter()
        # Within a caller's transaction nobody else sees what is written.
        self.can_use_lanes = not connection.in_atomic_block

    def to_the_end(self) -> None:
        """One batch is read and checked while the one before it is loaded: Postgres has a processor of its own."""
        with (
            self.job.file.open("rb") as stored,
            ThreadPoolExecutor(1, "read-ahead") as ahead,
            open_lanes() as self.lanes,
            _rare_collections(),
        ):
            if self.importer.has_file_keys or self.importer.counts_repeats:
                self._learn_keys(stored)
            reader = RowReader(stored, self.layout, offset=self.job.bytes_done, line=self.job.lines_done)
            language = translation.get_language()
            coming = ahead.submit(self._next_batch, reader, language)
            while (batch := coming.result()).raw:
                coming = ahead.submit(self._next_batch, reader, language)
                self._work_on(batch)
        self._finish()

    def _next_batch(self, reader: RowReader, language: str | None) -> _Batch:
        """The next rows, checked. Called in a thread of its own, and asks the database nothing."""
        with translation.override(language):
            batch = self._checked(reader.take(self.importer.batch_size, self.places))
        batch.offset, batch.line = reader.offset, reader.line
        return batch

    def _learn_keys(self, file: ByteFile) -> None:
        """The keys and repeats of the rows that an earlier worker dealt with."""
        reader = RowReader(file, self.layout, offset=self.job.data_offset, line=self.job.data_line)
        while reader.offset < self.job.bytes_done:
            self._checked(reader.take(self.importer.batch_size, self.places))

    def _work_on(self, batch: _Batch) -> None:
        with transaction.atomic():
            self._hold()
            outcome = self._would_load(batch.checked) if self.job.is_dry_run else self._load_apart(batch.checked)
            if outcome.loaded + outcome.unchanged + len(outcome.bad) != len(batch.checked):
                raise ValueError("an importer must account for every row of a batch")
            self._write_progress(batch, outcome)

    def _checked(self, taken: Taken) -> _Batch:
        """Each row among those that can be loaded, or those that cannot whatever the database holds."""
        batch = _Batch(raw=taken.raw, bad=[BadRow(row.line, "", row.problem) for row in taken.unreadable])
        checked = self.importer.check_rows(self._columns(taken.columns), taken.lines)
        if self.importer.counts_repeats or self.importer.has_file_keys:
            checked = [self._placed(made, line) for line, made in zip(taken.lines, checked, strict=True)]
        for line, made in zip(taken.lines, checked, strict=True):
            if isinstance(made, RowError):
                batch.bad.append(BadRow(line, made.column, made.reason))
            else:
                batch.checked.append(CheckedRow(line, made))
        return batch

    def _columns(self, picked: Sequence[Sequence[str]]) -> dict[str, list[str]]:
        """The mapped cells by field, stripped, and without the sign of text that `safe_cell` puts."""
        columns = {name: list(map(str.strip, cells)) for name, cells in zip(self.names, picked, strict=True)}
        for name, texts in columns.items():
            if "'" in "".join(texts):
                columns[name] = list(map(original_cell, texts))
        return columns

    def _placed(self, made: Any, line: int) -> Any:
        """The row, told from the equal ones before it; a RowError where another row has its keys."""
        if isinstance(made, RowError):
            return made
        if self.importer.counts_repeats:
            made = self._number_repeats(made)
        try:
            if self.importer.has_file_keys:
                self._note_keys(made, line)
        except RowError as error:
            return error
        return made

    def _number_repeats(self, made: Any) -> Any:
        """The row with the number, from 1, that it has among the equal ones of the file."""
        key = self.importer.repeat_key(made)
        if key is None:
            return made
        self.repeats[key] += 1
        return self.importer.numbered(made, self.repeats[key])

    def _note_keys(self, made: Any, line: int) -> None:
        """Raises RowError where an earlier row of the file has one of the row's keys."""
        keys = list(self.importer.file_keys(made))
        for key, what in keys:
            if key in self.line_of_key:
                lines = {"line": line, "first": self.line_of_key[key], "what": what}
                raise RowError("", _("Lines %(first)s and %(line)s both have %(what)s.") % lines)
        self.line_of_key.update((key, line) for key, _what in keys)

    def _hold(self) -> None:
        """Lock the job's row until the transaction ends, and see that it is still ours."""
        ours = ImportJob.objects.select_for_update().filter(pk=self.job.pk, claimed_by=self.job.claimed_by)
        if not ours.values_list("pk"):
            raise _ClaimLostError

    def _would_load(self, rows: _Checked) -> Outcome:
        """The importer's word for it, in a savepoint in which Postgres refuses to write."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
            return self.importer.check_batch(rows)

    def _load_apart(self, rows: _Checked) -> Outcome:
        """Load the rows, in lanes where they have parts. Meanwhile this transaction holds the job's row only."""
        parts = self.importer.apart(rows, LANES) if self.can_use_lanes else [rows]
        return self.lanes.load(parts, self._load) if len(parts) > 1 else self._load(rows)

    def _load(self, rows: Sequence[CheckedRow[Any]]) -> Outcome:
        """Load what can be loaded. Where the database refuses a row, find it by halves."""
        if not rows:
            return Outcome()
        try:
            with transaction.atomic():
                return self.importer.load_batch(
                    rows, actor=self.job.owner, options=self.job.options, now=timezone.now()
                )
        except (DataError, IntegrityError):
            if len(rows) == 1:
                return Outcome(bad=[BadRow(rows[0].line, "", _("The database refuses this row."))])
        middle = len(rows) // 2
        first, second = self._load(rows[:middle]), self._load(rows[middle:])
        first.add(second)
        return first

    def _write_progress(self, batch: _Batch, outcome: Outcome) -> None:
        bad = batch.bad + outcome.bad
        if bad:
            ImportRowError.objects.bulk_create(
                [_row_error(self.job, row, batch.raw[row.line]) for row in bad], batch_size=1_000
            )
        job = self.job
        job.rows_read += len(batch.raw)
        job.loaded += outcome.loaded
        job.unchanged += outcome.unchanged
        job.bad += len(bad)
        job.bytes_done, job.lines_done = batch.offset, batch.line
        job.claims_without_progress = 0
        ImportJob.objects.filter(pk=job.pk).update(
            lease_until=Now() + LEASE, **{name: getattr(job, name) for name in _PROGRESS}
        )

    def _finish(self) -> None:
        with transaction.atomic():
            self._hold()
            job = self.job
            job.total_rows = job.rows_read
            job.bytes_done = job.size  # blank lines at the end are no rows
            if job.is_dry_run:
                job.let_go(ImportState.CHECKED)
            else:
                job.let_go(ImportState.DONE)
                job.finished_at = timezone.now()
            job.save()
            if job.state == ImportState.DONE:
                counts = {"loaded": job.loaded, "unchanged": job.unchanged, "bad": job.bad}
                record(actor=job.owner, action="finished import", subject=f"import:{job.pk}", **counts)


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Rows are freed as they are let go; looking for cycles among them took half of the time that Python takes."""
    before = gc.get_threshold()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


_PROGRESS = ("rows_read", "loaded", "unchanged", "bad", "bytes_done", "lines_done", "claims_without_progress")


def _row_error(job: ImportJob, row: BadRow, raw: str) -> ImportRowError:
    readable = raw.rstrip("\r\n")[:MAX_RAW].encode("utf-8", "replace").decode()
    return ImportRowError(job=job, line=row.line, column=row.column[:120], reason=row.reason[:500], raw=readable)
