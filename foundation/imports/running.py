"""What a worker does: it claims an import, and checks or loads it batch by batch.

The offset behind a batch is committed with its rows or, where they are loaded in lanes, after them. So a worker that
dies at any point has neither lost nor doubled a row: whoever comes next goes on behind the last committed offset, and
what was loaded beyond it is found unchanged.
"""

import gc
import logging
import traceback
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from django.core.files.base import File
from django.db import DataError, IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Now
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from foundation.audit.models import record

from .batches import Batch, BatchReader, Place, Reading, raw_rows
from .importers import BadRow, CheckedRow, Importer, Outcome, importer_of
from .jobs import ring_next
from .kept import forget_kept, keeping, kept_batches
from .lanes import open_lanes
from .limits import MAX_RAW
from .models import ImportJob, ImportRowError, ImportState
from .opening import layout_of
from .reading import ByteFile

logger = logging.getLogger("network.imports")

LEASE = timedelta(seconds=60)
MAX_CLAIMS = 5
"""After so many workers have died without committing a batch, the import has failed."""


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


class _Run:
    """One worker's work on one import."""

    def __init__(self, job: ImportJob) -> None:
        self.job = job
        self.importer: Importer[Any] = importer_of(job.kind).with_answers(job.options)
        layout = layout_of(job.encoding, job.delimiter, len(job.header))
        self.reading = Reading(job.kind, layout, {name: int(index) for name, index in job.mapping.items()})
        # Within a caller's transaction nobody else sees what is written.
        self.can_use_lanes = not connection.in_atomic_block

    def to_the_end(self) -> None:
        """One batch is read and checked while the one before it is loaded: Postgres has a processor of its own."""
        with open_lanes() as self.lanes, _quick_collections(), closing(self._batches()) as batches:
            for batch in batches:
                self._work_on(batch)
                gc.collect()
        self._finish()

    def _batches(self) -> Generator[Batch]:
        """What is left of the file."""
        begin = Place(self.job.bytes_done, self.job.lines_done)
        if not self.importer.has_large_files:
            yield from self._read(begin)
        elif not self.job.is_dry_run:
            for batch in _one_ahead(kept_batches(self.reading, self.job.file.path, begin)):
                yield batch
                begin = batch.end
            yield from self._read(begin)
        elif begin.offset == self.job.data_offset:
            with keeping(self.reading, self.job.file.path) as keeper:
                for batch in self._read(begin):
                    keeper.keep(batch)
                    yield batch
        else:
            yield from self._read(begin)

    def _read(self, begin: Place) -> Iterator[Batch]:
        """The file from this place on: one thread reads while another checks what was read before."""
        with self.job.file.open("rb") as stored:
            reader = self._reader(stored, begin)
            yield from _one_ahead(map(reader.checked, _one_ahead(reader.stretches())))

    def _reader(self, stored: ByteFile, begin: Place) -> BatchReader:
        """A reader at this place, who knows of the rows before what the importer wants to be known."""
        if not (self.importer.has_file_keys or self.importer.counts_repeats):
            return BatchReader(self.reading, stored, begin)
        reader = BatchReader(self.reading, stored, Place(self.job.data_offset, self.job.data_line))
        while reader.place.offset < begin.offset:
            reader.checked(reader.next_stretch(until=begin.offset))
        return reader

    def _work_on(self, batch: Batch) -> None:
        with transaction.atomic():
            self._hold()
            outcome = self._load_apart(batch) if not self.job.is_dry_run else self._would_load(batch)
            if outcome.loaded + outcome.unchanged + len(outcome.bad) != batch.loadable:
                raise ValueError("an importer must account for every row of a batch")
            self._write_progress(batch, outcome)

    def _hold(self) -> None:
        """Lock the job's row until the transaction ends, and see that it is still ours."""
        ours = ImportJob.objects.select_for_update().filter(pk=self.job.pk, claimed_by=self.job.claimed_by)
        if not ours.values_list("pk"):
            raise _ClaimLostError

    def _would_load(self, batch: Batch) -> Outcome:
        """The importer's word for it, in a savepoint in which Postgres refuses to write."""
        self._write_bad(batch.bad, batch.raw)
        outcome = Outcome()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
            for rows in batch.parts:
                outcome.add(self.importer.check_batch(rows))
        return outcome

    def _load_apart(self, batch: Batch) -> Outcome:
        """Load the rows, in lanes where they have parts. Meanwhile this transaction holds nothing but the job."""
        write_bad = partial(self._write_bad, batch.bad, batch.raw)
        if self.can_use_lanes and len(batch.parts) > 1:
            return self.lanes.load(batch.parts, self._load, write_bad)
        write_bad()
        outcome = Outcome()
        for rows in batch.parts:
            outcome.add(self._load(rows))
        return outcome

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

    def _write_progress(self, batch: Batch, outcome: Outcome) -> None:
        job = self.job
        self._write_bad(outcome.bad, self._raw(batch, {row.line for row in outcome.bad}))
        job.rows_read += batch.count
        job.loaded += outcome.loaded
        job.unchanged += outcome.unchanged
        job.bad += len(batch.bad) + len(outcome.bad)
        job.bytes_done, job.lines_done = batch.end
        job.claims_without_progress = 0
        ImportJob.objects.filter(pk=job.pk).update(
            lease_until=Now() + LEASE, **{name: getattr(job, name) for name in _PROGRESS}
        )

    def _write_bad(self, bad: Sequence[BadRow], raw: Mapping[int, str]) -> None:
        """Keep these rows for the error file. By COPY: of a million rows, tens of thousands may be bad."""
        if not bad:
            return
        with connection.cursor() as cursor, cursor.copy(_COPY_BAD) as copy:
            for row in bad:
                readable = raw[row.line].rstrip("\r\n")[:MAX_RAW].encode("utf-8", "replace").decode()
                copy.write_row((self.job.pk, row.line, row.column[:120], row.reason[:500], readable))

    def _raw(self, batch: Batch, lines: set[int]) -> dict[int, str]:
        if not lines:
            return {}
        with open(self.job.file.path, "rb") as stored:  # noqa: PTH123 - and not `file.open`, which the reader has open
            return raw_rows(self.reading, File(stored), batch, lines)

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
                transaction.on_commit(partial(forget_kept, job.file.path))
                counts = {"loaded": job.loaded, "unchanged": job.unchanged, "bad": job.bad}
                record(actor=job.owner, action="finished import", subject=f"import:{job.pk}", **counts)


def _one_ahead[T](source: Iterator[T]) -> Iterator[T]:
    """What `source` gives, made in a thread of its own while the one before is worked on, in the caller's language."""
    language = translation.get_language()

    def following() -> T | None:
        with translation.override(language):
            return next(source, None)

    with ThreadPoolExecutor(1, "ahead") as ahead:
        coming = ahead.submit(following)
        while (one := coming.result()) is not None:
            coming = ahead.submit(following)
            yield one


@contextmanager
def _quick_collections() -> Iterator[None]:
    """Collecting garbage looks at new objects only: frames of a batch hang in cycles, each with megabytes."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


_PROGRESS = ("rows_read", "loaded", "unchanged", "bad", "bytes_done", "lines_done", "claims_without_progress")
_COPY_BAD = f'COPY {ImportRowError._meta.db_table} (job_id, line, "column", reason, raw) FROM STDIN'
