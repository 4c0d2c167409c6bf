"""Documents that somebody asked for. The row is the queue: what is to be drawn stands here, and then the PDF."""

from typing import ClassVar, Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class DocumentState(models.TextChoices):
    """Where a document stands."""

    REQUESTED = "requested", _("waiting")
    RENDERING = "rendering", _("being made")
    READY = "ready", _("ready")
    FAILED = "failed", _("could not be made")


UNFINISHED = (DocumentState.REQUESTED, DocumentState.RENDERING)


class DocumentQuerySet(models.QuerySet["Document"]):
    def without_worker(self) -> Self:
        """Documents to be made that nobody makes: never claimed, or the claim ran out."""
        return self.filter(Q(lease_until__isnull=True) | Q(lease_until__lt=Now()), state__in=UNFINISHED)

    def expired(self) -> Self:
        """Documents whose time is over."""
        return self.filter(expires_at__lte=Now())

    def standing(self) -> Self:
        """Documents that can still be opened, without their content."""
        return self.filter(expires_at__gt=Now()).defer("content")


class Document(models.Model):
    """One PDF that somebody asked for, from the request to the day it is deleted.

    `subject` is an opaque key such as `person:5` that the app above makes and reads; a document keeps no other
    parameters. It opens to whoever asked for it. Where nobody was signed in, it opens to whoever has its address:
    `key` is 122 random bits.
    """

    key = models.UUIDField(default=uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=80)
    language = models.CharField(max_length=10, choices=settings.LANGUAGES)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    state = models.CharField(max_length=10, choices=DocumentState, default=DocumentState.REQUESTED)
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    claimed_by = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    claims = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=120, blank=True)

    made_at = models.DateTimeField(null=True, blank=True)
    content = models.BinaryField(null=True, blank=True)
    size = models.GeneratedField(
        expression=models.Func("content", function="octet_length"),
        output_field=models.PositiveIntegerField(),
        db_persist=True,
    )
    sha256 = models.CharField(max_length=64, blank=True)

    objects: ClassVar[DocumentQuerySet] = DocumentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=DocumentState.values), name="document_state_known"),
            models.CheckConstraint(condition=~Q(kind="") & ~Q(subject=""), name="document_of_something"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("requested_at")), name="document_expires_later"),
            models.CheckConstraint(
                condition=Q(
                    state=DocumentState.READY, content__isnull=False, made_at__isnull=False,
                    sha256__regex=r"^[0-9a-f]{64}$",
                )
                | ~Q(state=DocumentState.READY) & Q(content__isnull=True, made_at__isnull=True, sha256=""),
                name="document_content_when_ready",
            ),
            models.CheckConstraint(
                condition=Q(state=DocumentState.RENDERING, lease_until__isnull=False) & ~Q(claimed_by="")
                | ~Q(state=DocumentState.RENDERING) & Q(lease_until__isnull=True, claimed_by=""),
                name="document_lease_while_rendering",
            ),
            models.CheckConstraint(
                condition=Q(state=DocumentState.FAILED) & ~Q(error="") | ~Q(state=DocumentState.FAILED) & Q(error=""),
                name="document_failed_for_a_reason",
            ),
            # Whoever presses the button twice gets one document.
            models.UniqueConstraint(
                fields=["kind", "subject", "language", "requested_by"],
                condition=Q(state__in=UNFINISHED),
                nulls_distinct=False,
                name="document_one_at_a_time",
            ),
        )  # fmt: skip
        indexes = (
            models.Index(fields=["requested_at"], condition=Q(state__in=UNFINISHED), name="document_to_do"),
            models.Index(fields=["expires_at"], name="document_to_forget"),
            models.Index(fields=["subject"], name="document_by_subject"),
        )

    def __str__(self) -> str:
        return f"document {self.pk} of {self.kind} ({self.state})"

    def get_absolute_url(self) -> str:
        return reverse("document", args=[self.key])

    @property
    def is_unfinished(self) -> bool:
        """Is it a worker's turn?"""
        return self.state in UNFINISHED

    def let_go(self, state: DocumentState) -> None:
        """End the worker's claim and come to rest in `state`. Does not save."""
        self.state = state
        self.claimed_by, self.lease_until = "", None
