"""Run for office: who raised a hand or was referred, and what staff agreed with them."""

import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from affiliates.models import Group
from foundation.places.models import ZipCode
from members.models import Person

from .races import Level, Race

CONFIRM_DAYS = 14
"""How long what was typed waits for its confirmation. After that it is deleted."""


class SeekerStage(models.TextChoices):
    """How far somebody has come towards running."""

    UNCONFIRMED = "unconfirmed", _("has not answered our mail")
    NEW = "new", _("new")
    IN_TOUCH = "in touch", _("in touch")
    DECIDED = "decided", _("has decided to run")
    FILED = "filed", _("has filed")
    NOT_NOW = "not now", _("not now")


class OfficeSeekerQuerySet(models.QuerySet["OfficeSeeker"]):
    def encouraged(self) -> Self:
        """Those who are counted: who confirmed that they want to hear from us, whatever became of it."""
        return self.exclude(stage=SeekerStage.UNCONFIRMED)

    def waiting(self, now: datetime.datetime) -> Self:
        """Those that can still be confirmed."""
        since = now - datetime.timedelta(days=CONFIRM_DAYS)
        return self.filter(stage=SeekerStage.UNCONFIRMED, at__gt=since)

    def to_follow_up(self, today: datetime.date) -> Self:
        """Whom staff should write or call by today, and those whom nobody has taken yet."""
        return self.filter(Q(stage=SeekerStage.NEW) | Q(follow_up_on__lte=today)).exclude(
            stage__in=(SeekerStage.UNCONFIRMED, SeekerStage.NOT_NOW)
        )


class OfficeSeeker(models.Model):
    """Somebody who thinks of running for public or party office.

    Until they press the button behind the mailed link there is no person, only what was typed.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, blank=True, related_name="office_seeking")
    name = models.CharField(_("name"), max_length=120, blank=True)
    email = models.EmailField(max_length=254, blank=True)
    language = models.CharField(max_length=5, choices=settings.LANGUAGES, default="en")
    zip_code = models.ForeignKey(
        ZipCode, verbose_name=_("ZIP code"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    state = models.CharField(max_length=2, blank=True)
    level = models.CharField(_("level"), max_length=8, choices=Level, blank=True)
    office = models.CharField(_("office"), max_length=120, blank=True)
    race = models.ForeignKey(Race, on_delete=models.SET_NULL, null=True, blank=True, related_name="seekers")
    words = models.TextField(_("what they say"), max_length=2_000, blank=True)
    # Who referred them; empty where they raised their own hand.
    referred_by_group = models.ForeignKey(
        Group, on_delete=models.SET_NULL, null=True, blank=True, related_name="referred_seekers"
    )
    referred_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # The person's own word: the group that referred them may see who it was and how far they have come.
    tells_group = models.BooleanField(default=False)
    stage = models.CharField(max_length=12, choices=SeekerStage, default=SeekerStage.UNCONFIRMED)
    in_hands_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    follow_up_on = models.DateField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[OfficeSeekerQuerySet] = OfficeSeekerQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(stage__in=SeekerStage.values), name="officeseeker_stage_known"),
            models.CheckConstraint(condition=Q(level="") | Q(level__in=Level.values), name="officeseeker_level_known"),
            models.CheckConstraint(
                condition=Q(stage="unconfirmed", confirmed_at__isnull=True)
                | ~Q(stage="unconfirmed") & Q(confirmed_at__isnull=False, person__isnull=False),
                name="officeseeker_known_when_confirmed",
            ),
            # What was typed is forgotten once there is a person.
            models.CheckConstraint(
                condition=Q(person__isnull=True) | Q(name="", email=""), name="officeseeker_typed_until_confirmed"
            ),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="officeseeker_email_lower_case"),
            models.CheckConstraint(
                condition=Q(tells_group=False) | Q(confirmed_at__isnull=False), name="officeseeker_tells_once_confirmed"
            ),
        )
        indexes = (
            models.Index(fields=["state", "stage"], name="seeker_by_state"),
            models.Index(fields=["at"], condition=Q(stage="unconfirmed"), name="seeker_to_forget"),
            models.Index(fields=["follow_up_on"], condition=Q(confirmed_at__isnull=False), name="seeker_to_follow_up"),
        )

    def __str__(self) -> str:
        return f"office seeker {self.pk} ({self.stage})"

    @property
    def is_confirmed(self) -> bool:
        return self.confirmed_at is not None

    @property
    def is_let_go(self) -> bool:
        """What was typed or known is deleted; only that a group sent something is still there."""
        return self.person_id is None and not self.email

    @property
    def subject(self) -> str:
        """Its key in the audit log."""
        return f"seeker:{self.pk}"


class SeekerFollowUp(models.Model):
    """One contact of staff with an office seeker."""

    seeker = models.ForeignKey(OfficeSeeker, on_delete=models.CASCADE, related_name="follow_ups")
    text = models.TextField(_("what was said"), max_length=4_000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.CheckConstraint(condition=~Q(text=""), name="seekerfollowup_says_something"),)
        indexes = (models.Index(fields=["seeker", "-at"], name="followup_of_seeker"),)

    def __str__(self) -> str:
        return self.text[:40]
