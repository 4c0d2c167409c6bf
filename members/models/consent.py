"""What people agreed to: a ledger that is only ever added to."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .people import Person


class ConsentPurpose(models.TextChoices):
    """What the consent is for."""

    NETWORK_MAIL = "network_mail", _("news and notices from the network")
    PROMOTIONS = "promotions", _("invitations to events nearby")
    GROUP_MAIL = "group_mail", _("mails from a group")
    SHARING = "sharing", _("showing name and contact details to a group")
    SMS = "sms", _("text messages")


# These are given to one group each; the others to the network.
GROUP_PURPOSES = (ConsentPurpose.GROUP_MAIL, ConsentPurpose.SHARING)
NETWORK = "network"


class ConsentWording(models.Model):
    """The exact words that people were asked, kept for as long as somebody's answer refers to them."""

    purpose = models.CharField(max_length=12, choices=ConsentPurpose)
    version = models.PositiveIntegerField()
    language = models.CharField(max_length=5, choices=settings.LANGUAGES)
    text = models.CharField(max_length=600)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["purpose", "version", "language"], name="consentwording_once"),
            models.CheckConstraint(condition=Q(purpose__in=ConsentPurpose.values), name="consentwording_purpose_known"),
            models.CheckConstraint(condition=~Q(text=""), name="consentwording_has_text"),
        )

    def __str__(self) -> str:
        return f"{self.purpose} {self.version} ({self.language})"


class ConsentQuerySet(models.QuerySet["Consent"]):
    def current(self) -> Self:
        """The last word of each person for each purpose and scope, given or withdrawn."""
        return self.order_by("person", "purpose", "scope", "-id").distinct("person", "purpose", "scope")


class Consent(models.Model):
    """One answer of one person: consent given or withdrawn. The database refuses to change a row.

    `scope` is "network", or the key of a group such as "group:17", which the app above makes and reads. `source`
    says where the answer was given ("form:12", "me", "unsubscribe link").
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=12, choices=ConsentPurpose)
    scope = models.CharField(max_length=80)
    is_given = models.BooleanField()
    wording = models.ForeignKey(ConsentWording, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    source = models.CharField(max_length=80)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[ConsentQuerySet] = ConsentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(purpose__in=ConsentPurpose.values), name="consent_purpose_known"),
            models.CheckConstraint(condition=~Q(source=""), name="consent_has_source"),
            models.CheckConstraint(
                condition=Q(purpose__in=GROUP_PURPOSES) & ~Q(scope__in=["", NETWORK])
                | ~Q(purpose__in=GROUP_PURPOSES) & Q(scope=NETWORK),
                name="consent_scope_fits_purpose",
            ),
            # Whoever said yes was asked in words; a withdrawal needs none.
            models.CheckConstraint(
                condition=Q(is_given=False) | Q(wording__isnull=False), name="consent_given_to_words"
            ),
        )
        indexes = (
            models.Index(fields=["person", "purpose", "scope", "-id"], name="consent_current"),
            models.Index(fields=["scope", "purpose"], name="consent_by_scope"),
        )

    def __str__(self) -> str:
        return f"{self.purpose} {self.scope} {'given' if self.is_given else 'withdrawn'} {self.at:%Y-%m-%d}"
