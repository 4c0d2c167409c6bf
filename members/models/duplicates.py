"""Two rows that may be one human, and the merges that staff made of such pairs."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .people import Person


class DuplicateReason(models.TextChoices):
    """Why two rows look like one person."""

    EMAIL = "email", _("one login, two people")
    PHONE = "phone", _("same phone number")
    NAME_AND_ZIP = "name_zip", _("same name and ZIP code")
    SPELLING = "spelling", _("similar name, same ZIP code")


class DuplicateState(models.TextChoices):
    OPEN = "open", _("to be looked at")
    DISMISSED = "dismissed", _("two people")


class DuplicateQuerySet(models.QuerySet["Duplicate"]):
    def open(self) -> Self:
        """Those that nobody has decided on, oldest first."""
        return self.filter(state=DuplicateState.OPEN).order_by("found_at", "pk")

    def with_people(self) -> Self:
        """Each with its two persons and what the pages show of them: a fixed number of queries."""
        people = [f"{side}__{many}" for side in ("first", "second") for many in ("emails", "phones")]
        return (
            self.select_related("first__membership", "second__membership", "first__user", "second__user")
            .defer("first__position", "second__position")
            .prefetch_related(*people)
        )


class Duplicate(models.Model):
    """A pair that staff should look at. A merged pair's row goes with the person who goes."""

    first = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=10, choices=DuplicateReason)
    state = models.CharField(max_length=10, choices=DuplicateState, default=DuplicateState.OPEN, db_default="open")
    found_at = models.DateTimeField(db_default=Now())
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[DuplicateQuerySet] = DuplicateQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["first", "second"], name="duplicate_once_a_pair"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="duplicate_in_order"),
            models.CheckConstraint(condition=Q(reason__in=DuplicateReason.values), name="duplicate_reason_known"),
            models.CheckConstraint(condition=Q(state__in=DuplicateState.values), name="duplicate_state_known"),
        )
        indexes = (models.Index(fields=["found_at", "id"], condition=Q(state="open"), name="duplicate_open"),)

    def __str__(self) -> str:
        return f"{self.first_id} and {self.second_id}: {self.reason}"


class PersonToCompare(models.Model):
    """A person who is new, or whose name or ZIP code is. The database writes it (migration 0003_derived), the daily
    search for duplicates takes it away."""

    person = models.OneToOneField(
        Person, on_delete=models.DO_NOTHING, primary_key=True, related_name="+", db_constraint=False
    )

    class Meta:
        verbose_name_plural = "people to compare"

    def __str__(self) -> str:
        return f"person {self.pk}"


class PeopleToCompare(models.Model):
    """Many people who came at once: `first` and `last` are ids, and whoever is between them may be among them.

    Written by the database where a statement adds many people (an import would otherwise write a row for each);
    the daily search makes rows of PersonToCompare of it.
    """

    first = models.BigIntegerField()
    last = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "people to compare, many at once"
        constraints = (models.CheckConstraint(condition=Q(first__lte=F("last")), name="peopletocompare_in_order"),)

    def __str__(self) -> str:
        return f"persons {self.first} to {self.last}"


class MergeQuerySet(models.QuerySet["Merge"]):
    def in_effect(self) -> Self:
        """Those that were not undone."""
        return self.filter(undone_at__isnull=True)


class Merge(models.Model):
    """That `gone_id` became part of `kept`. Until `undo_until` what it takes to undo it is in `undo`, then no more."""

    kept = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="merges")
    gone_id = models.BigIntegerField(db_index=True)
    merged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    merged_at = models.DateTimeField()
    undo_until = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)
    # The row of the person who is gone, the references that were moved, and the rows that had to give way.
    undo = models.JSONField(null=True)

    objects: ClassVar[MergeQuerySet] = MergeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.CheckConstraint(condition=~Q(kept=F("gone_id")), name="merge_of_two"),
            models.CheckConstraint(condition=Q(undo_until__gte=F("merged_at")), name="merge_undo_after_merge"),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True) | Q(undo__isnull=True), name="merge_undone_keeps_nothing"
            ),
        )
        indexes = (models.Index(fields=["undo_until"], condition=Q(undo__isnull=False), name="merge_to_forget"),)

    def __str__(self) -> str:
        return f"{self.gone_id} into {self.kept_id}"
