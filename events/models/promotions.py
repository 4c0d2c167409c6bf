"""Promotions: one e-mail about one event to at most 4,000 local people, and who they are."""

import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Func, Q
from django.utils.translation import gettext_lazy as _

from affiliates.models import Group
from foundation.mail.models import OutgoingMail
from members.models import Person

from .planned import LANGUAGES, Event

MOST_RECIPIENTS = 4_000
"""What the network has promised its members: no promotion goes to more. The database numbers the recipients by it."""

COOL_DOWN = datetime.timedelta(days=14)
"""How long a person gets no second promotion, whichever groups ask."""

RADII = (25, 50, 75, 100)
"""The miles around the venue: the next step is taken where the one before has fewer people than were asked for."""


class PromotionState(models.TextChoices):
    """Where a promotion stands."""

    REQUESTED = "requested", _("waiting for national")
    ASKED = "asked", _("national asks for changes")
    APPROVED = "approved", _("approved, waiting for its time")
    SENDING = "sending", _("being sent")
    PAUSED = "paused", _("paused by national")
    SENT = "sent", _("sent")
    DECLINED = "declined", _("declined")
    CANCELLED = "cancelled", _("cancelled")


LAUNCHED = (PromotionState.SENDING, PromotionState.PAUSED, PromotionState.SENT)
OPEN = (PromotionState.REQUESTED, PromotionState.ASKED, PromotionState.APPROVED)


class PromotionQuerySet(models.QuerySet["Promotion"]):
    def waiting(self) -> Self:
        """What national has to decide on, the oldest first."""
        return self.filter(state=PromotionState.REQUESTED).order_by("requested_at", "pk")

    def due(self, now: datetime.datetime) -> Self:
        """What is to be launched now. Of several the earlier event goes first, then the earlier approval."""
        ready = self.filter(state=PromotionState.APPROVED, send_at__lte=now)
        return ready.order_by("event__starts_at", "approved_at", "pk")


class Promotion(models.Model):
    """A group's request to have one of its events told to the people around it, and what became of it."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="promotions")
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="promotions")
    subject = models.CharField(_("subject"), max_length=120)
    intro = models.TextField(_("introduction"), max_length=2_000)
    language = models.CharField(_("language of the introduction"), max_length=5, choices=settings.LANGUAGES)
    # None: as far as needed, by RADII.
    radius_miles = models.PositiveSmallIntegerField(_("at most so many miles away"), null=True, blank=True)
    wanted = models.PositiveIntegerField(_("at most so many people"), default=MOST_RECIPIENTS)

    state = models.CharField(max_length=10, choices=PromotionState, default=PromotionState.REQUESTED)
    revision = models.PositiveIntegerField(default=0)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    requested_at = models.DateTimeField()
    # What national asks for, or why it declined or cancelled.
    words = models.CharField(max_length=1_000, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    send_at = models.DateTimeField(null=True, blank=True)

    launched_at = models.DateTimeField(null=True, blank=True)
    # How far the audience reaches, and how many they are.
    reach_miles = models.PositiveSmallIntegerField(null=True, blank=True)
    audience = models.PositiveIntegerField(default=0)
    # The recipient up to whom mails were put into the outbox.
    queued_up_to = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[PromotionQuerySet] = PromotionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["event"],
                condition=~Q(state__in=(PromotionState.DECLINED, PromotionState.CANCELLED)),
                name="promotion_one_an_event",
            ),
            models.CheckConstraint(condition=Q(state__in=PromotionState.values), name="promotion_state_known"),
            models.CheckConstraint(condition=Q(language__in=LANGUAGES), name="promotion_language_known"),
            models.CheckConstraint(
                condition=Q(subject__gt="", intro__gt="") & ~Q(subject__regex=r"[\r\n]"),
                name="promotion_says_something",
            ),
            models.CheckConstraint(
                condition=Q(wanted__range=(1, MOST_RECIPIENTS)), name="promotion_wants_at_most_4000"
            ),
            models.CheckConstraint(
                condition=Q(audience__lte=models.F("wanted")), name="promotion_reaches_no_more_than_wanted"
            ),
            models.CheckConstraint(
                condition=Q(radius_miles__isnull=True) | Q(radius_miles__range=(1, RADII[-1])),
                name="promotion_radius_at_most_100",
            ),
            models.CheckConstraint(
                condition=Q(state__in=LAUNCHED, launched_at__isnull=False, approved_at__isnull=False)
                | Q(state=PromotionState.APPROVED, approved_at__isnull=False, send_at__isnull=False)
                | Q(state=PromotionState.CANCELLED, cancelled_at__isnull=False)
                | Q(state__in=(PromotionState.REQUESTED, PromotionState.ASKED, PromotionState.DECLINED)),
                name="promotion_state_has_times",
            ),
            models.CheckConstraint(
                condition=Q(state=PromotionState.SENT, finished_at__isnull=False)
                | ~Q(state=PromotionState.SENT) & Q(finished_at__isnull=True),
                name="promotion_finished_when_sent",
            ),
        )
        indexes = (
            models.Index(fields=["requested_at"], condition=Q(state="requested"), name="promotion_queue"),
            models.Index(fields=["send_at"], condition=Q(state="approved"), name="promotion_to_launch"),
            models.Index(fields=["group", "-requested_at"], name="promotion_of_group"),
        )

    def __str__(self) -> str:
        return self.subject

    @property
    def key(self) -> str:
        """Its key in the audit log and in the keys of its mails."""
        return f"promotion:{self.pk}"


class PromotionRecipient(models.Model):
    """One of the people whom a promotion goes to, in the order in which they were chosen.

    Whoever writes, by whatever path, the database refuses the 4,001st (`number`), one person or address twice in one
    promotion, and one person in two promotions within COOL_DOWN.
    """

    promotion = models.ForeignKey(Promotion, on_delete=models.PROTECT, related_name="recipients")
    number = models.PositiveSmallIntegerField()
    # Deleted people leave a number without a name.
    person = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="promotions_received"
    )
    email = models.EmailField(max_length=254, blank=True, db_collation="C")
    score = models.FloatField()
    miles = models.FloatField()
    chosen_at = models.DateTimeField()
    cools_until = models.DateTimeField()
    # Taken back before their mail went out: they may get another promotion.
    called_off_at = models.DateTimeField(null=True, blank=True)
    mail = models.OneToOneField(
        OutgoingMail, on_delete=models.SET_NULL, null=True, blank=True, related_name="promoted_to"
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(number__range=(1, MOST_RECIPIENTS)), name="promotionrecipient_at_most_4000"
            ),
            models.UniqueConstraint(fields=["promotion", "number"], name="promotionrecipient_one_a_number"),
            models.UniqueConstraint(fields=["promotion", "person"], name="promotionrecipient_once_a_person"),
            models.UniqueConstraint(
                fields=["promotion", "email"], condition=~Q(email=""), name="promotionrecipient_once_an_address"
            ),
            models.CheckConstraint(
                condition=Q(cools_until__gte=models.F("chosen_at") + COOL_DOWN),
                name="promotionrecipient_cools_two_weeks",
            ),
            ExclusionConstraint(
                name="promotionrecipient_no_other_promotion_meanwhile",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    (
                        Func("chosen_at", "cools_until", function="tstzrange", output_field=DateTimeRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(called_off_at__isnull=True, person__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.number} of promotion {self.promotion_id}"
