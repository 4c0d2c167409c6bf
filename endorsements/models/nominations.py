"""What groups bring before national, and who may not take part in a decision."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from affiliates.models import Group

from .races import Candidate, Race


class NominationQuerySet(models.QuerySet["Nomination"]):
    def standing(self) -> Self:
        """Those that their groups have not taken back."""
        return self.filter(withdrawn_at__isnull=True)


class Nomination(models.Model):
    """That a group asks national to endorse a candidate, and why."""

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="nominations")
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="nominations")
    reason = models.TextField(_("why this candidate"), max_length=4_000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[NominationQuerySet] = NominationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["group", "candidate"], condition=Q(withdrawn_at__isnull=True), name="nomination_once"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="nomination_has_reason"),
        )
        indexes = (models.Index(fields=["-at"], condition=Q(withdrawn_at__isnull=True), name="nomination_newest"),)

    def __str__(self) -> str:
        return f"{self.group} nominates {self.candidate}"


class ConflictKind(models.TextChoices):
    """What ties a person to a campaign. Paid work keeps them from casting; the others are shown to all who decide."""

    PAID = "paid", _("paid by a campaign in this race")
    FAMILY = "family", _("family of a candidate")
    VOLUNTEER = "volunteer", _("volunteers in a campaign in this race")
    OTHER = "other", _("something else")


class ConflictOfInterest(models.Model):
    """What a person declares that ties them to a campaign of a race."""

    race = models.ForeignKey(Race, on_delete=models.CASCADE, related_name="conflicts_of_interest")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="conflicts_of_interest")
    candidate = models.ForeignKey(Candidate, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    kind = models.CharField(_("what ties you to it"), max_length=10, choices=ConflictKind)
    words = models.CharField(_("in your words"), max_length=500, blank=True)
    declared_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["race", "user", "kind"],
                condition=Q(ended_at__isnull=True),
                name="conflictofinterest_declared_once",
            ),
            models.CheckConstraint(condition=Q(kind__in=ConflictKind.values), name="conflictofinterest_kind_known"),
            models.CheckConstraint(
                condition=~Q(kind="other") | ~Q(words=""), name="conflictofinterest_of_another_kind_in_words"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} in race {self.race_id}"
