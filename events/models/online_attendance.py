"""Attendance of calls and of events online, before it is known whose it is: words that were said, lists of a tool.

None of these rows refers to a person: they hold what was typed or exported, for a few days.
"""

import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .planned import Event

CLAIM_DAYS = 7
"""So long does the link work by which somebody confirms that they were there."""

KEEPS_FILES = datetime.timedelta(days=14)
"""How long the list of a conferencing tool is kept: long enough to match the names that are left by hand."""


class CodeClaim(models.Model):
    """Somebody who is not signed in typed the words that were said. It counts once the owner of the address confirms.

    Confirmed, it keeps nothing of what was typed.
    """

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="code_claims")
    email = models.EmailField(max_length=254, blank=True)
    given_name = models.CharField(max_length=120, blank=True)
    family_name = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=5, choices=settings.LANGUAGES, default="en")
    at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, email__gt="")
                | Q(confirmed_at__isnull=False, email="", given_name="", family_name=""),
                name="codeclaim_typed_until_confirmed",
            ),
        )
        indexes = (models.Index(fields=["at"], name="codeclaim_by_time"),)

    def __str__(self) -> str:
        return f"claim {self.pk} at event {self.event_id}"


class AttendanceFile(models.Model):
    """The list of who was there, exported from a conferencing tool. The file itself is not kept, only what it says."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="attendance_files")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    # Whoever was there for less than this is not counted.
    least_minutes = models.PositiveSmallIntegerField(_("minutes at least"), default=0)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # Rows that could not be read: [{"line", "reason"}].
    bad_rows = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["event", "sha256"], name="attendancefile_once"),)
        indexes = (models.Index(fields=["at"], name="attendancefile_by_time"),)

    def __str__(self) -> str:
        return f"file {self.pk} of event {self.event_id}"


class FileParticipantQuerySet(models.QuerySet["FileParticipant"]):
    def stayed(self, minutes: int) -> Self:
        """Those who were there for so long, and those of whom the file does not say."""
        return self.filter(Q(minutes__isnull=True) | Q(minutes__gte=minutes))

    def not_noted(self) -> Self:
        return self.filter(noted_at__isnull=True)


class FileParticipant(models.Model):
    """One human on such a list, however often they left and came back: by address, else by name."""

    file = models.ForeignKey(AttendanceFile, on_delete=models.CASCADE, related_name="participants")
    line = models.PositiveIntegerField()  # the first of theirs in the file
    rows = models.PositiveIntegerField(default=1)
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(max_length=254, blank=True)
    minutes = models.PositiveIntegerField(null=True, blank=True)
    noted_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[FileParticipantQuerySet] = FileParticipantQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(name__gt="") | Q(email__gt=""), name="fileparticipant_is_somebody"),
            models.UniqueConstraint(fields=["file", "line"], name="fileparticipant_once_a_line"),
        )
        indexes = (models.Index(fields=["email"], name="fileparticipant_by_email"),)

    def __str__(self) -> str:
        return f"line {self.line} of file {self.file_id}"
