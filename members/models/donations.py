"""Money given. The line item is the unit: one receipt may have several."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .people import Person


class DonationSource(models.TextChoices):
    """Through whom a donation came to be known. Line items are unique within their source."""

    ACTBLUE = "actblue", "ActBlue"
    FILE = "file", _("a file of donations")
    HAND = "hand", _("entered by hand")


class DonationQuerySet(models.QuerySet["Donation"]):
    def in_effect(self) -> Self:
        """Money that was given and not given back."""
        return self.filter(amount__isnull=False, refunded_at__isnull=True)

    def whole(self) -> Self:
        """All but refunds whose donation is not known yet."""
        return self.filter(amount__isnull=False)


class Donation(models.Model):
    """One line item of a donation. Kept is what the network needs to thank, to count and to explain a membership:
    no street address, employer or occupation.

    A refund that comes before its donation is a row without an amount, a person or a date.
    """

    source = models.CharField(max_length=8, choices=DonationSource)
    # The line item's id at its source.
    line_item = models.CharField(max_length=80, db_collation="C")
    receipt = models.CharField(max_length=80, blank=True, db_default="")
    # Triggers see to the reference (migration 0004_once_a_statement); donation_of_person serves it too.
    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, null=True, blank=True, related_name="donations", db_index=False,
        db_constraint=False,
    )  # fmt: skip
    amount = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, db_default="USD", default="USD")
    paid_at = models.DateTimeField(null=True, blank=True)
    is_recurring = models.BooleanField(default=False, db_default=False)
    # The refund's id at the source, where it has one.
    refund = models.CharField(max_length=80, blank=True, db_default="")
    refunded_at = models.DateTimeField(null=True, blank=True)
    page = models.CharField(_("fundraising page"), max_length=200, blank=True, db_default="")
    reference_code = models.CharField(max_length=200, blank=True, db_default="")
    recipient = models.CharField(max_length=200, blank=True, db_default="")
    recorded_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[DonationQuerySet] = DonationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("donation")
        verbose_name_plural = _("donations")
        constraints = (
            models.UniqueConstraint(fields=["line_item", "source"], name="donation_once_a_line_item"),
            models.CheckConstraint(condition=Q(source__in=DonationSource.values), name="donation_source_known"),
            models.CheckConstraint(condition=~Q(line_item=""), name="donation_has_line_item"),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gt=0, amount__lt=10_000_000),
                name="donation_amount_plausible",
            ),
            models.CheckConstraint(
                condition=Q(amount__isnull=False, person__isnull=False, paid_at__isnull=False)
                | Q(amount__isnull=True, person__isnull=True, paid_at__isnull=True, refunded_at__isnull=False),
                name="donation_whole_or_refund_ahead",
            ),
            # Most are: no import pays for the pattern.
            models.CheckConstraint(
                condition=Q(currency="USD") | Q(currency__regex=r"^[A-Z]{3}$"), name="donation_currency_code"
            ),
        )
        indexes = (models.Index(fields=["person", "paid_at"], name="donation_of_person"),)

    def __str__(self) -> str:
        return f"{self.source} {self.line_item}"

    @property
    def activity_source(self) -> str:
        """The source key of the activity that this donation makes."""
        return activity_source(self.source, self.line_item)


def activity_source(source: str, line_item: str) -> str:
    """The source key (members.models.Activity.source) of the donation with this line item."""
    return f"donation:{source}:{line_item}"


class CancelledRecurring(models.Model):
    """That a recurring donation was ended. What was given before stays given; which came first does not matter."""

    source = models.CharField(max_length=8, choices=DonationSource)
    # The receipt that all its line items share.
    receipt = models.CharField(max_length=80, db_collation="C")
    cancelled_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("cancelled recurring donation")
        verbose_name_plural = _("cancelled recurring donations")
        constraints = (
            models.UniqueConstraint(fields=["receipt", "source"], name="cancelledrecurring_once_a_receipt"),
            models.CheckConstraint(
                condition=Q(source__in=DonationSource.values), name="cancelledrecurring_source_known"
            ),
            models.CheckConstraint(condition=~Q(receipt=""), name="cancelledrecurring_has_receipt"),
        )

    def __str__(self) -> str:
        return f"{self.source} {self.receipt}"
