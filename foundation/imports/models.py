"""Imports and their bad rows. The job's row is the queue: what a worker has to do stands here."""

from datetime import timedelta
from typing import Any, ClassVar, NamedTuple, Self
from uuid import uuid4

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.deconstruct import deconstructible
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from .limits import MAX_RAW
from .opening import Encoding


class ImportState(models.TextChoices):
    """Where an import stands. `checking` and `running` are a worker's, whether one has claimed it yet or not."""

    UPLOADED = "uploaded", _("columns to be chosen")
    CHECKING = "checking", _("being checked")
    CHECKED = "checked", _("checked, to be confirmed")
    QUEUED = "queued", _("waiting to be loaded")
    RUNNING = "running", _("being loaded")
    DONE = "done", _("done")
    STOPPED = "stopped", _("stopped")
    FAILED = "failed", _("failed")


WORKING = (ImportState.CHECKING, ImportState.QUEUED, ImportState.RUNNING)
BEFORE_CONFIRM = (ImportState.UPLOADED, ImportState.CHECKING, ImportState.CHECKED)
AFTER_CONFIRM = (ImportState.QUEUED, ImportState.RUNNING, ImportState.DONE)
CLAIMED = (ImportState.CHECKING, ImportState.RUNNING)


@deconstructible
class PrivateStorage(FileSystemStorage):
    """Below MEDIA_ROOT, readable by this program's own user only. No address leads there."""

    def __init__(self) -> None:
        super().__init__(file_permissions_mode=0o600, directory_permissions_mode=0o700)


def _stored_name(job: "ImportJob", name: str) -> str:
    """Nothing of the uploaded name, which may hold anything."""
    return f"imports/{uuid4().hex}.csv"


class ImportJobQuerySet(models.QuerySet["ImportJob"]):
    def of_kinds(self, kinds: list[str]) -> Self:
        return self.filter(kind__in=kinds)

    def without_worker(self) -> Self:
        """Jobs that have something to do and nobody who does it: never claimed, or the claim ran out."""
        return self.filter(Q(lease_until__isnull=True) | Q(lease_until__lt=Now()), state__in=WORKING)

    def same_file_done(self, job: "ImportJob") -> Self:
        """Finished imports of the very bytes of `job`."""
        return self.filter(kind=job.kind, sha256=job.sha256, state=ImportState.DONE).exclude(pk=job.pk)


class Pace(NamedTuple):
    """How fast a job goes."""

    rows_per_second: int
    left: timedelta

    @property
    def left_in_words(self) -> str:
        """The time left, as exactly as it can be known: "less than a minute", "12 minutes", "3 hours"."""
        minutes = round(self.left.total_seconds() / 60)
        if minutes < 1:
            return gettext("less than a minute")
        if minutes < 120:
            return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}
        hours = round(minutes / 60)
        return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}


class ImportJob(models.Model):
    """One file on its way in. Counts are of the dry run until `confirmed_at`, of the loading from then on."""

    kind = models.CharField(max_length=40)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.UPLOADED)

    file_name = models.CharField(_("file name"), max_length=200)
    file = models.FileField(storage=PrivateStorage(), upload_to=_stored_name, blank=True, max_length=120)
    size = models.PositiveBigIntegerField(help_text=_("bytes of the stored file"))
    sha256 = models.CharField(max_length=64, help_text=_("of the file as it was uploaded"))
    encoding = models.CharField(max_length=10, choices=Encoding)
    delimiter = models.CharField(max_length=1)
    header = models.JSONField(default=list)
    # Our field's name -> the column's index, from 0.
    mapping = models.JSONField(default=dict, blank=True)
    options = models.JSONField(default=dict, blank=True)
    # Where the rows begin, and how far they are read and written: what is behind `bytes_done` is not done.
    data_offset = models.PositiveBigIntegerField()
    data_line = models.PositiveIntegerField()
    bytes_done = models.PositiveBigIntegerField()
    lines_done = models.PositiveIntegerField()

    total_rows = models.PositiveIntegerField(null=True, blank=True)
    rows_read = models.PositiveIntegerField(default=0)
    loaded = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    bad = models.PositiveIntegerField(default=0)

    created_at = models.DateTimeField(db_default=Now())
    confirmed_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    claimed_by = models.CharField(max_length=120, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    rows_at_claim = models.PositiveIntegerField(default=0)
    claims_without_progress = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)

    objects: ClassVar[ImportJobQuerySet] = ImportJobQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints = (
            models.CheckConstraint(condition=Q(state__in=ImportState.values), name="importjob_state_known"),
            models.CheckConstraint(condition=Q(encoding__in=Encoding.values), name="importjob_encoding_known"),
            models.CheckConstraint(condition=~Q(kind=""), name="importjob_has_kind"),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="importjob_sha256_form"),
            models.CheckConstraint(
                condition=Q(rows_read=F("loaded") + F("unchanged") + F("bad")), name="importjob_counts_add_up"
            ),
            models.CheckConstraint(
                condition=Q(data_offset__lte=F("bytes_done"), bytes_done__lte=F("size")),
                name="importjob_progress_within_file",
            ),
            models.CheckConstraint(
                condition=Q(claimed_by="", lease_until__isnull=True)
                | (~Q(claimed_by="") & Q(lease_until__isnull=False, claimed_at__isnull=False)),
                name="importjob_claim_has_lease",
            ),
            models.CheckConstraint(
                condition=(Q(claimed_by="") & ~Q(state=ImportState.RUNNING))
                | (~Q(claimed_by="") & Q(state__in=CLAIMED)),
                name="importjob_claimed_while_working",
            ),
            # Nothing is written before somebody said so.
            models.CheckConstraint(
                condition=(~Q(state__in=BEFORE_CONFIRM) | Q(confirmed_at__isnull=True))
                & (~Q(state__in=AFTER_CONFIRM) | Q(confirmed_at__isnull=False)),
                name="importjob_confirmed_before_loading",
            ),
            models.CheckConstraint(
                condition=Q(state=ImportState.DONE, finished_at__isnull=False, bytes_done=F("size"))
                | ~Q(state=ImportState.DONE) & Q(finished_at__isnull=True),
                name="importjob_done_read_it_all",
            ),
            # Two files of one kind at once could each make what the other has just made.
            models.UniqueConstraint(
                fields=["kind"], condition=Q(state=ImportState.RUNNING), name="importjob_one_running_a_kind"
            ),
        )
        indexes = (
            models.Index(fields=["kind", "-created_at"], name="importjob_list"),
            models.Index(fields=["kind", "sha256"], name="importjob_same_file"),
            models.Index(fields=["lease_until"], condition=Q(state__in=WORKING), name="importjob_to_do"),
        )

    def __str__(self) -> str:
        return f"import {self.pk} of {self.kind} ({self.state})"

    def get_absolute_url(self) -> str:
        return reverse("import_job", args=[self.pk])

    @property
    def is_working(self) -> bool:
        """Is it a worker's turn?"""
        return self.state in WORKING

    @property
    def is_dry_run(self) -> bool:
        """Are the counts those of the dry run?"""
        return self.confirmed_at is None

    @property
    def can_choose_columns(self) -> bool:
        """Before loading begins, the columns can be chosen, and chosen anew."""
        return self.is_dry_run and self.state != ImportState.CHECKING and bool(self.file)

    @property
    def can_resume(self) -> bool:
        return self.state in {ImportState.STOPPED, ImportState.FAILED} and bool(self.file and self.mapping)

    @property
    def percent(self) -> int:
        """How much of the file is done, 0 to 100."""
        return 100 * (self.bytes_done - self.data_offset) // max(self.size - self.data_offset, 1)

    def pace(self, now: Any) -> Pace | None:
        """Rows a second since the present worker began, and the time left; None before that can be told."""
        if not self.claimed_by or self.claimed_at is None or self.rows_read <= self.rows_at_claim:
            return None
        seconds = max((now - self.claimed_at).total_seconds(), 0.001)
        rate = (self.rows_read - self.rows_at_claim) / seconds
        row_size = (self.bytes_done - self.data_offset) / self.rows_read
        left = (self.size - self.bytes_done) / row_size / rate
        return Pace(max(round(rate), 1), timedelta(seconds=round(left)))

    def start_over(self) -> None:
        """Back to the first row with all counts at nought. Does not save."""
        self.bytes_done, self.lines_done = self.data_offset, self.data_line
        self.rows_read = self.loaded = self.unchanged = self.bad = 0
        self.error = ""
        self.started_at = self.total_rows = None
        self.claims_without_progress = 0

    def let_go(self, state: ImportState) -> None:
        """End the worker's claim and come to rest in `state`. Does not save."""
        self.state = state
        self.claimed_by, self.lease_until = "", None


class ImportRowError(models.Model):
    """A row that was not loaded (or in a dry run: would not be), and why."""

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="row_errors")
    line = models.PositiveIntegerField(help_text=_("of the file, from 1; the header is a line too"))
    column = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=500)
    raw = models.CharField(max_length=MAX_RAW, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["job", "line"], name="importrowerror_once_a_line"),
            models.CheckConstraint(condition=~Q(reason=""), name="importrowerror_has_reason"),
        )

    def __str__(self) -> str:
        return f"line {self.line} of import {self.job_id}"
