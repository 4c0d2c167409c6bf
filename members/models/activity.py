"""What people did, the membership that follows from it, and how active they are.

`Activity` is the only table that is written. `Membership` and `ActivityScore` are kept by triggers of the database
(migration 0003_derived), in the statement that changes an activity, however many rows it changes.
"""

import datetime
import math
from typing import ClassVar, Self

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .people import Person


class ActivityKind(models.TextChoices):
    """What somebody did."""

    ATTENDANCE = "attendance", _("came to an event")
    CALL = "call", _("was on a call")
    DONATION = "donation", _("gave")
    RSVP = "rsvp", _("answered an event")
    SIGN_UP = "sign_up", _("signed up")


BASIS_KINDS = (ActivityKind.ATTENDANCE, ActivityKind.CALL, ActivityKind.DONATION)
"""What makes a person a member: attending any meeting, training or event, or donating any amount."""

WEIGHTS: dict[str, int] = {
    ActivityKind.ATTENDANCE: 8,
    ActivityKind.CALL: 6,
    ActivityKind.DONATION: 2,
    ActivityKind.RSVP: 2,
    ActivityKind.SIGN_UP: 1,
}
"""How much an activity counts on its day. The database has the same numbers; a test compares them."""

HALF_LIFE = datetime.timedelta(days=180)
SCORE_EPOCH = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)


class ActivityQuerySet(models.QuerySet["Activity"]):
    def in_effect(self) -> Self:
        """Those that were not taken back."""
        return self.filter(withdrawn_at__isnull=True)

    def bases(self) -> Self:
        """Those that make the person a member."""
        return self.filter(is_basis=True)


class Activity(models.Model):
    """One thing that a person did, as somebody recorded it. `source` is the opaque key of the fact it comes from.

    A basis of membership is an activity of BASIS_KINDS that is in effect. What is taken back stays, with the time
    and the reason, so that everybody can be told why they are, or no longer are, a member.
    """

    # Triggers see to the reference (migration 0004_once_a_statement); the key that memberships refer to serves it too.
    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="activities", db_index=False, db_constraint=False
    )
    kind = models.CharField(max_length=12, choices=ActivityKind)
    source = models.CharField(max_length=120, db_collation="C")
    at = models.DateTimeField(help_text=_("when it happened"))
    recorded_at = models.DateTimeField(db_default=Now())
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_because = models.CharField(max_length=200, blank=True, db_default="")
    # What it was in words ("title", "place"), for the person; made by the app whose fact it is.
    details = models.JSONField(default=dict, blank=True, db_default=Value({}, models.JSONField()))
    is_basis = models.GeneratedField(
        expression=Case(
            When(kind__in=[kind.value for kind in BASIS_KINDS], withdrawn_at__isnull=True, then=Value(True)),
            default=Value(False),
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    objects: ClassVar[ActivityQuerySet] = ActivityQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        constraints = (
            models.UniqueConstraint(fields=["source"], name="activity_once_a_source"),
            models.CheckConstraint(condition=Q(kind__in=ActivityKind.values), name="activity_kind_known"),
            models.CheckConstraint(condition=~Q(source=""), name="activity_has_source"),
            models.CheckConstraint(
                condition=Q(at__gte=datetime.datetime(1990, 1, 1, tzinfo=datetime.UTC))
                & Q(at__lt=datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC)),
                name="activity_at_plausible",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_because="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_because="")),
                name="activity_withdrawn_for_a_reason",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.source}"


class Membership(models.Model):
    """That a person is a member, since when, and by which first basis. Read-only: the database derives it.

    A foreign key refers to an activity that is in effect, this person's and of this time, so that a membership without
    a basis cannot be committed. Whoever changes the activity is found by the person: no index on the basis.
    """

    person = models.OneToOneField(
        Person, on_delete=models.DO_NOTHING, primary_key=True, related_name="membership", db_constraint=False
    )
    basis = models.ForeignKey(
        Activity, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    since = models.DateTimeField(help_text=_("when the first basis happened"))
    # Always true: the other end of the foreign key onto (person, at, id, is_basis).
    is_basis = models.BooleanField(default=True, db_default=True)

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(is_basis=True), name="membership_basis_in_effect"),)

    def __str__(self) -> str:
        return f"person {self.pk}, member since {self.since:%Y-%m-%d}"


class ActivityScoreQuerySet(models.QuerySet["ActivityScore"]):
    def most_active_first(self) -> Self:
        return self.order_by(F("score").desc(), "pk")


class ActivityScore(models.Model):
    """How active a person is: recent and frequent attendance counts most. Read-only: the database derives it.

    Each activity counts its weight on its day and half of it every HALF_LIFE later. All scores shrink alike as time
    goes by, so their order does not depend on the day: what is kept is the base-2 logarithm of the sum as of
    SCORE_EPOCH, which never has to be brought up to date and can be indexed. `value_at` gives the sum on a day.
    """

    person = models.OneToOneField(
        Person, on_delete=models.DO_NOTHING, primary_key=True, related_name="activity_score", db_constraint=False
    )
    # The person's, so that the most active of an area are read off one index; empty where they have none. The database
    # keeps it, here and wherever the person's is changed (migration 0005_score_by_zip_code).
    zip_code = models.CharField(max_length=5, blank=True, default="", db_default="", db_collation="C")
    score = models.FloatField()
    last_at = models.DateTimeField(help_text=_("when the latest activity happened"))
    attendances = models.IntegerField(help_text=_("events and calls attended"))

    objects: ClassVar[ActivityScoreQuerySet] = ActivityScoreQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = (models.Index("zip_code", F("score").desc(), "person", name="activityscore_of_zip_code"),)

    def __str__(self) -> str:
        return f"person {self.pk}: {self.score:.2f}"

    def value_at(self, now: datetime.datetime) -> float:
        """The sum of the weights as of `now`: 8 is one event attended today."""
        return math.exp2(self.score - (now - SCORE_EPOCH) / HALF_LIFE)
