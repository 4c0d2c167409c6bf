"""What the contacts of a poll's groups are told, as rows: each is mailed in batches and finished once."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .polls import Poll


class PollNoticeKind(models.TextChoices):
    """What a notice tells."""

    OPENED = "opened", _("the poll is open")
    HALF_TIME = "half_time", _("half of the time is over")
    LAST_DAY = "last_day", _("it closes within a day")
    REMINDER = "reminder", _("staff remind those who have not cast")
    EXTENDED = "extended", _("the closing time is later")
    WITHDRAWN = "withdrawn", _("a candidate has withdrawn")
    BALLOT = "ballot", _("a group has cast its ballot")
    STRUCK = "struck", _("a ballot was struck")
    CLOSED = "closed", _("the poll is closed")
    VOIDED = "voided", _("the poll is void")


class PollNoticeQuerySet(models.QuerySet["PollNotice"]):
    def unfinished(self) -> Self:
        """Those of which not all mails are in the outbox, the oldest first."""
        return self.filter(queued_at__isnull=True).order_by("at", "pk")


class PollNotice(models.Model):
    """That the contacts of the groups of a poll are told something. Made with the fact itself, mailed by batches.

    `about` tells notices of one kind apart: the closing time that a reminder is of, the position of the choice that
    was withdrawn, the sequence of the ledger's entry. `queued_up_to` is the number of the last eligible group whose
    contacts have their mails.
    """

    poll = models.ForeignKey(Poll, on_delete=models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=10, choices=PollNoticeKind)
    about = models.CharField(max_length=40, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    queued_up_to = models.PositiveIntegerField(default=0)
    recipients = models.PositiveIntegerField(default=0)
    queued_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[PollNoticeQuerySet] = PollNoticeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["poll", "kind", "about"], name="pollnotice_once"),
            models.CheckConstraint(condition=Q(kind__in=PollNoticeKind.values), name="pollnotice_kind_known"),
        )
        indexes = (models.Index(fields=["at"], condition=Q(queued_at__isnull=True), name="pollnotice_unfinished"),)

    def __str__(self) -> str:
        return f"{self.kind} of poll {self.poll_id}"
