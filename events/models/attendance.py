"""Who came."""

import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import Person

from .planned import MOST_GUESTS, Event


class CheckedInBy(models.TextChoices):
    """How it was noted that somebody came."""

    LIST = "list", _("on the list at the door")
    WALK_IN = "walk_in", _("at the door, without an answer before")
    DOOR_QR = "door_qr", _("by themselves, with the code at the door")
    TICKET_QR = "ticket_qr", _("by their own code")
    SHEET = "sheet", _("from the paper sheet")
    CODE = "code", _("by themselves, with the words said there")
    FILE = "file", _("from a conferencing tool's list")


class AttendanceQuerySet(models.QuerySet["Attendance"]):
    def in_effect(self) -> Self:
        """Those that were not taken back."""
        return self.filter(undone_at__isnull=True)


class Attendance(models.Model):
    """That a person came to an event. It makes them a member (members.membership) for as long as it is in effect.

    What was taken back stays, with the reason, so that noting it again is the same fact.
    """

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="attendances")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="attendances")
    # The moment at the door, which may be earlier than that of writing: a phone without a connection sends it later.
    at = models.DateTimeField()
    how = models.CharField(max_length=10, choices=CheckedInBy)
    # Those who came along and gave no name.
    guests = models.PositiveSmallIntegerField(default=0)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects: ClassVar[AttendanceQuerySet] = AttendanceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["event", "person"], name="attendance_once_a_person"),
            models.CheckConstraint(condition=Q(how__in=CheckedInBy.values), name="attendance_how_known"),
            models.CheckConstraint(condition=Q(guests__lte=MOST_GUESTS), name="attendance_guests_at_most_nine"),
        )
        indexes = (models.Index(fields=["event", "-at", "-id"], name="attendance_latest"),)

    def __str__(self) -> str:
        return f"person {self.person_id} at event {self.event_id}"

    @property
    def source(self) -> str:
        """The key of the attendance among the bases of membership."""
        return f"attendance:{self.pk}"


class SentCheckIn(models.Model):
    """A press at the door that arrived, by the key that the page gave it: sent again, it does nothing again."""

    key = models.UUIDField(primary_key=True)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    # What it was answered, to be said again: {"state", "words"}; no name in it.
    answer = models.JSONField(default=dict)

    class Meta:
        indexes = (models.Index(fields=["at"], name="sentcheckin_by_time"),)

    def __str__(self) -> str:
        return str(self.key)


KEEPS_SENT = datetime.timedelta(days=14)
"""How long the keys of presses at the door are kept: a phone sends what it has queued long before that."""
