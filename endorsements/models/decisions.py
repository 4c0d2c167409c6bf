"""National's published decisions, the groups' own, and what stands against them."""

import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from affiliates.models import Group

from .polls import Poll
from .races import Candidate, Race


class EndorsementState(models.TextChoices):
    """Where national's decision on a recommended candidate stands."""

    PROPOSED = "proposed", _("waiting for two of the staff")
    APPROVED = "approved", _("approved")
    DECLINED = "declined", _("declined")
    WITHDRAWN = "withdrawn", _("withdrawn")


class EndorsementQuerySet(models.QuerySet["Endorsement"]):
    def undecided(self) -> Self:
        return self.filter(state=EndorsementState.PROPOSED)

    def public(self, now: datetime.datetime) -> Self:
        """Those in force that the embargo no longer hides: what binds the groups, and what the public sees."""
        return self.filter(state=EndorsementState.APPROVED, public_from__lte=now)

    def ever_public(self, now: datetime.datetime) -> Self:
        """Those in force and those withdrawn after they had been public."""
        return self.filter(
            Q(state=EndorsementState.APPROVED, public_from__lte=now)
            | Q(state=EndorsementState.WITHDRAWN, public_from__lte=F("withdrawn_at"))
        )


class Endorsement(models.Model):
    """National's decision on the candidate that a poll recommended.

    The database knows only candidates that the poll recommended (a foreign key to poll and candidate), lets two
    different members of staff approve, and not two endorsements in force in one race.
    """

    race = models.ForeignKey(Race, on_delete=models.PROTECT, related_name="endorsements")
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="endorsements")
    poll = models.OneToOneField(Poll, on_delete=models.PROTECT, related_name="endorsement")
    state = models.CharField(max_length=10, choices=EndorsementState, default=EndorsementState.PROPOSED)
    statement = models.TextField(_("public statement"), blank=True, max_length=4_000)
    proposed_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True, blank=True)
    # The embargo: an approved endorsement is published from then on.
    public_from = models.DateTimeField(_("published from"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_because = models.CharField(max_length=1_000, blank=True)
    # When the groups whose own endorsements, events and promotions stand against it were looked for.
    conflicts_sought_at = models.DateTimeField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=0)

    objects: ClassVar[EndorsementQuerySet] = EndorsementQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["race"], condition=Q(state="approved"), name="endorsement_one_in_force_a_race"
            ),
            models.CheckConstraint(condition=Q(state__in=EndorsementState.values), name="endorsement_state_known"),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_at__isnull=True)
                | Q(state="declined", decided_at__isnull=False)
                | Q(state__in=("approved", "withdrawn"), decided_at__isnull=False, public_from__isnull=False),
                name="endorsement_decided",
            ),
            models.CheckConstraint(
                condition=~Q(state="withdrawn") | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_because="")),
                name="endorsement_withdrawn_with_reason",
            ),
        )
        indexes = (
            models.Index(fields=["public_from"], condition=Q(state="approved"), name="endorsement_by_publication"),
        )

    def __str__(self) -> str:
        return f"endorsement of {self.candidate} ({self.state})"

    @property
    def subject(self) -> str:
        """Its key in the audit log."""
        return f"endorsement:{self.pk}"


class EndorsementOpinion(models.Model):
    """What one member of staff decided about a proposed endorsement. Two of the same mind decide it."""

    endorsement = models.ForeignKey(Endorsement, on_delete=models.PROTECT, related_name="opinions")
    # A key such as user:5, which outlives the account: the two stay different people.
    by = models.CharField(max_length=40)
    approves = models.BooleanField()
    because = models.CharField(_("reason"), max_length=1_000)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["endorsement", "by"], name="endorsementopinion_one_a_person"),
            models.CheckConstraint(condition=~Q(because=""), name="endorsementopinion_has_reason"),
            models.CheckConstraint(condition=Q(by__startswith="user:"), name="endorsementopinion_of_somebody"),
        )

    def __str__(self) -> str:
        return f"{self.by}: {'for' if self.approves else 'against'} endorsement {self.endorsement_id}"


class GroupEndorsementQuerySet(models.QuerySet["GroupEndorsement"]):
    def in_force(self) -> Self:
        return self.filter(withdrawn_at__isnull=True)


class GroupEndorsement(models.Model):
    """A group's own endorsement. Against one of national's in force the database refuses it."""

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="endorsements")
    race = models.ForeignKey(Race, on_delete=models.PROTECT, related_name="group_endorsements")
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="group_endorsements")
    statement = models.TextField(_("statement"), blank=True, max_length=2_000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_because = models.CharField(max_length=1_000, blank=True)

    objects: ClassVar[GroupEndorsementQuerySet] = GroupEndorsementQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["group", "race"], condition=Q(withdrawn_at__isnull=True), name="groupendorsement_one_a_race"
            ),
        )
        indexes = (
            models.Index(
                fields=["race", "candidate"], condition=Q(withdrawn_at__isnull=True), name="groupendorsement_of_race"
            ),
        )

    def __str__(self) -> str:
        return f"{self.group} endorses {self.candidate}"


class CounterKind(models.TextChoices):
    """What stands against an endorsement of national."""

    ENDORSEMENT = "endorsement", _("the group’s own endorsement")
    EVENT = "event", _("an event")
    PROMOTION = "promotion", _("a promotion")
    PAGE = "page", _("the group’s page")


class Outcome(models.TextChoices):
    """How a conflict ended."""

    CURED = "cured", _("the group has put it right")
    DISMISSED = "dismissed", _("there is no conflict")
    UPHELD = "upheld", _("it was not put right")


class CounterEndorsementQuerySet(models.QuerySet["CounterEndorsement"]):
    def open(self) -> Self:
        return self.filter(outcome="")


class CounterEndorsement(models.Model):
    """A conflict: something of a group's stands against an endorsement that national published later."""

    endorsement = models.ForeignKey(Endorsement, on_delete=models.PROTECT, related_name="conflicts")
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="counter_endorsements")
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=CounterKind)
    # An opaque key of what it is, such as event:17, made and read by the app that it belongs to.
    thing = models.CharField(max_length=80)
    title = models.CharField(max_length=200)
    opened_at = models.DateTimeField()
    cure_until = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    outcome_at = models.DateTimeField(null=True, blank=True)
    outcome_words = models.CharField(max_length=1_000, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects: ClassVar[CounterEndorsementQuerySet] = CounterEndorsementQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["endorsement", "group", "thing"], name="counterendorsement_once_a_thing"),
            models.CheckConstraint(condition=Q(kind__in=CounterKind.values), name="counterendorsement_kind_known"),
            models.CheckConstraint(
                condition=Q(outcome="", outcome_at__isnull=True)
                | Q(outcome__in=Outcome.values, outcome_at__isnull=False),
                name="counterendorsement_outcome_with_time",
            ),
            models.CheckConstraint(
                condition=Q(cure_until__gt=F("opened_at")), name="counterendorsement_has_cure_period"
            ),
        )
        indexes = (models.Index(fields=["cure_until"], condition=Q(outcome=""), name="counter_open"),)

    def __str__(self) -> str:
        return f"{self.title} against endorsement {self.endorsement_id}"


class AllowedNaming(models.Model):
    """That staff looked at something which names an opponent of an endorsed candidate, and found no support in it."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="+")
    thing = models.CharField(max_length=80)
    because = models.CharField(max_length=1_000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["candidate", "thing"], name="allowednaming_once"),
            models.CheckConstraint(condition=~Q(because=""), name="allowednaming_has_reason"),
        )

    def __str__(self) -> str:
        return f"{self.thing} may name candidate {self.candidate_id}"
