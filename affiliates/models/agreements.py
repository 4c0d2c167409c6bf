"""Agreements: the versions of the text, each group's own, and the chain of what happened to it."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from ..agreements.text import text_sha256
from .groups import Group


class TemplateState(models.TextChoices):
    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")


class AgreementTemplateQuerySet(models.QuerySet["AgreementTemplate"]):
    def published(self) -> Self:
        return self.filter(state=TemplateState.PUBLISHED)

    def current(self) -> "AgreementTemplate | None":
        """The version that is signed today."""
        return self.published().order_by("-version").first()


class AgreementTemplate(models.Model):
    """One version of the agreement's text, in every language. The database refuses to change a published one.

    `texts` holds for each language what affiliates.agreements.text describes; `binding_language` says which binds.
    """

    version = models.PositiveIntegerField(_("version"))
    state = models.CharField(max_length=10, choices=TemplateState, default=TemplateState.DRAFT)
    texts = models.JSONField()
    binding_language = models.CharField(max_length=5, choices=settings.LANGUAGES, default="en")
    # Of the canonical form of `texts` and `binding_language`, from publication on.
    sha256 = models.CharField(max_length=64, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[AgreementTemplateQuerySet] = AgreementTemplateQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["version"], name="agreementtemplate_one_a_version"),
            models.UniqueConstraint(
                fields=["state"], condition=Q(state=TemplateState.DRAFT), name="agreementtemplate_one_draft"
            ),
            models.CheckConstraint(condition=Q(state__in=TemplateState.values), name="agreementtemplate_state_known"),
            models.CheckConstraint(
                condition=Q(state=TemplateState.DRAFT, published_at__isnull=True, sha256="")
                | Q(state=TemplateState.PUBLISHED, published_at__isnull=False, sha256__regex=r"^[0-9a-f]{64}$"),
                name="agreementtemplate_published_is_hashed",
            ),
        )

    def __str__(self) -> str:
        return f"version {self.version}"

    @property
    def is_draft(self) -> bool:
        return self.state == TemplateState.DRAFT

    @property
    def content_sha256(self) -> str:
        """The hash of its canonical form (affiliates.agreements.text): of the words as they are at this moment."""
        return text_sha256(self.texts, self.binding_language)


class AgreementState(models.TextChoices):
    """Where a group's agreement stands. From `signed` on the group has said its word, from `in_force` national too."""

    PREPARING = "preparing", _("being written out")
    SHOWN = "shown", _("to be signed")
    SIGNED = "signed", _("signed, to be countersigned")
    IN_FORCE = "in_force", _("in force")
    WITHDRAWN = "withdrawn", _("withdrawn by the group")
    DECLINED = "declined", _("declined")
    EXPIRED = "expired", _("not signed in time")
    ENDED = "ended", _("ended")
    LAPSED = "lapsed", _("lapsed: a newer version was not signed")
    REPLACED = "replaced", _("replaced by a newer one")


UNFINISHED = (AgreementState.PREPARING, AgreementState.SHOWN, AgreementState.SIGNED)
COUNTERSIGNED = (
    AgreementState.IN_FORCE, AgreementState.ENDED, AgreementState.LAPSED, AgreementState.REPLACED,
)  # fmt: skip
OVER = (AgreementState.ENDED, AgreementState.LAPSED, AgreementState.REPLACED)


class Origin(models.TextChoices):
    """Where the two sides signed."""

    HERE = "here", _("on this site")
    ELSEWHERE = "elsewhere", _("elsewhere, before the group came to this site")


class EndedBy(models.TextChoices):
    GROUP = "group", _("the group")
    NETWORK = "network", _("the network")


class EndCause(models.TextChoices):
    """Why the network ended an agreement, in short; `Agreement.reason` says it in words."""

    ILLEGAL = "illegal", _("illegal activity")
    BREACH = "breach", _("the agreement was not kept")
    CONDUCT = "conduct", _("conduct towards members or the public")
    INACTIVE = "inactive", _("the group is no longer active")
    OTHER = "other", _("another reason")


class AgreementQuerySet(models.QuerySet["Agreement"]):
    def in_force(self) -> Self:
        return self.filter(state=AgreementState.IN_FORCE)

    def to_seal(self) -> Self:
        """Countersigned, and not sealed yet."""
        return self.filter(origin=Origin.HERE, state__in=COUNTERSIGNED, sealed_at__isnull=True)

    def unfinished(self) -> Self:
        """Neither in force nor over: prepared, to be signed, or signed by the group only."""
        return self.filter(state__in=UNFINISHED)

    def last_over(self) -> "Agreement | None":
        """The one that ended or lapsed last: why the group is no affiliate any more, where it is none."""
        over = self.filter(state__in=[AgreementState.ENDED, AgreementState.LAPSED])
        return over.without_bodies().order_by("-ended_at", "-pk").first()

    def without_bodies(self) -> Self:
        """Without the two PDFs, which are large."""
        return self.defer("pdf", "sealed_pdf", "certificate_pdf")


class Agreement(models.Model):
    """One group's agreement, from the first look at its text to its end. What was signed never changes."""

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="agreements")
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.HERE)
    # Unknown of one that was signed elsewhere.
    template = models.ForeignKey(AgreementTemplate, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    language = models.CharField(max_length=5, choices=settings.LANGUAGES)
    reference = models.CharField(_("reference number"), max_length=16)
    state = models.CharField(max_length=10, choices=AgreementState, default=AgreementState.PREPARING)
    # Logins may be deleted; the names stand in the document and stay.
    prepared_for = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True, help_text=_("when it can no longer be signed"))
    # When the one who is to sign had answered all questions about the text rightly.
    understood_at = models.DateTimeField(null=True, blank=True)
    understood_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reminders = models.PositiveSmallIntegerField(default=0, help_text=_("how often the group was reminded to sign"))

    # The exact bytes that were shown, and the hash that the signer saw.
    pdf = models.BinaryField(null=True, blank=True)
    pdf_sha256 = models.CharField(max_length=64, blank=True)

    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    signed_name = models.CharField(max_length=120, blank=True)
    signed_title = models.CharField(max_length=120, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    countersigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    countersigned_name = models.CharField(max_length=120, blank=True)
    countersigned_at = models.DateTimeField(null=True, blank=True)

    sealed_pdf = models.BinaryField(null=True, blank=True)
    sealed_sha256 = models.CharField(max_length=64, blank=True)
    certificate_pdf = models.BinaryField(null=True, blank=True)
    sealed_at = models.DateTimeField(null=True, blank=True)

    reason = models.CharField(max_length=1000, blank=True, help_text=_("why it was declined or ended"))
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=8, choices=EndedBy, blank=True)
    ended_for = models.CharField(max_length=10, choices=EndCause, blank=True)
    # Ended by the network: since when the group may sign anew.
    return_allowed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[AgreementQuerySet] = AgreementQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["reference"], name="agreement_reference_once"),
            models.UniqueConstraint(
                fields=["group"], condition=Q(state=AgreementState.IN_FORCE), name="agreement_one_in_force"
            ),
            models.UniqueConstraint(fields=["group"], condition=Q(state__in=UNFINISHED), name="agreement_one_open"),
            models.CheckConstraint(condition=Q(state__in=AgreementState.values), name="agreement_state_known"),
            models.CheckConstraint(
                condition=Q(origin=Origin.HERE, template__isnull=False, expires_at__isnull=False)
                | Q(origin=Origin.ELSEWHERE, pdf__isnull=True, sealed_at__isnull=True, state__in=COUNTERSIGNED),
                name="agreement_origin_whole",
            ),
            models.CheckConstraint(
                condition=Q(origin=Origin.ELSEWHERE)
                | Q(state__in=[AgreementState.PREPARING, AgreementState.EXPIRED, AgreementState.WITHDRAWN])
                | Q(pdf__isnull=False, pdf_sha256__regex=r"^[0-9a-f]{64}$"),
                name="agreement_shown_has_bytes",
            ),
            models.CheckConstraint(
                condition=Q(origin=Origin.ELSEWHERE)
                | ~Q(state__in=[AgreementState.SIGNED, *COUNTERSIGNED])
                | Q(signed_at__isnull=False, understood_at__isnull=False, signed_name__gt="", signed_title__gt=""),
                name="agreement_signed_has_signer",
            ),
            models.CheckConstraint(
                condition=Q(state__in=COUNTERSIGNED, countersigned_at__isnull=False)
                | ~Q(state__in=COUNTERSIGNED) & Q(countersigned_by__isnull=True, countersigned_at__isnull=True),
                name="agreement_in_force_is_countersigned",
            ),
            models.CheckConstraint(
                condition=Q(countersigned_by__isnull=True)
                | Q(signed_by__isnull=True)
                | ~Q(countersigned_by=F("signed_by")),
                name="agreement_two_people",
            ),
            models.CheckConstraint(
                condition=Q(sealed_at__isnull=True, sealed_pdf__isnull=True, certificate_pdf__isnull=True)
                | Q(sealed_at__isnull=False, sealed_pdf__isnull=False, certificate_pdf__isnull=False)
                & Q(sealed_sha256__regex=r"^[0-9a-f]{64}$", state__in=COUNTERSIGNED),
                name="agreement_sealed_whole",
            ),
            models.CheckConstraint(
                condition=Q(state__in=OVER, ended_at__isnull=False) | ~Q(state__in=OVER) & Q(ended_at__isnull=True),
                name="agreement_over_has_end",
            ),
            models.CheckConstraint(
                condition=~Q(ended_by=EndedBy.NETWORK) | Q(reason__gt=""), name="agreement_network_says_why"
            ),
            models.CheckConstraint(
                condition=Q(ended_by=EndedBy.NETWORK) & Q(ended_for__in=["", *EndCause.values])
                | Q(ended_for="", return_allowed_at__isnull=True),
                name="agreement_network_allows_return",
            ),
        )
        indexes = (
            models.Index(fields=["group", "-created_at"], name="agreement_of_group"),
            models.Index(
                fields=["countersigned_at"],
                condition=Q(origin=Origin.HERE, sealed_at__isnull=True, countersigned_at__isnull=False),
                name="agreement_to_seal",
            ),
            models.Index(
                fields=["signed_at"], condition=Q(state=AgreementState.SIGNED), name="agreement_to_countersign"
            ),
            models.Index(fields=["expires_at"], condition=Q(state__in=UNFINISHED), name="agreement_to_expire"),
        )

    def __str__(self) -> str:
        return self.reference

    @property
    def is_to_be_sealed(self) -> bool:
        """Countersigned here, and not sealed yet."""
        return self.origin == Origin.HERE and self.countersigned_at is not None and self.sealed_at is None

    @property
    def can_be_signed(self) -> bool:
        """Written out, and not signed, withdrawn or out of time."""
        return self.state == AgreementState.SHOWN

    @property
    def bars_return(self) -> bool:
        """The network ended it, and has not said that the group may sign anew."""
        return self.ended_by == EndedBy.NETWORK and self.return_allowed_at is None

    @property
    def version(self) -> AgreementTemplate:
        """The version whose words these are. Raises ValueError for an agreement that was signed elsewhere."""
        if self.template is None:
            raise ValueError(f"{self} was signed elsewhere")
        return self.template


class AgreementEvent(models.Model):
    """One thing that happened to an agreement. Append-only; each carries the hash of the one before."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="events")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    at = models.DateTimeField()
    # What exactly: who, how they had signed in, from where, which bytes, which words.
    data = models.JSONField(default=dict)
    previous = models.CharField(max_length=64, blank=True)
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["agreement", "number"], name="agreementevent_in_a_row"),
            models.UniqueConstraint(fields=["agreement", "previous"], name="agreementevent_no_fork"),
            models.CheckConstraint(
                condition=Q(number=1, previous="") | Q(number__gt=1, previous__regex=r"^[0-9a-f]{64}$"),
                name="agreementevent_chained",
            ),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="agreementevent_hashed"),
        )

    def __str__(self) -> str:
        return f"{self.number}. {self.kind}"


class ResigningRound(models.Model):
    """That all affiliates are asked to sign a version by a date. Whoever has not signed it by then lapses."""

    template = models.OneToOneField(AgreementTemplate, on_delete=models.PROTECT, related_name="round")
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text=_("until when groups may sign; those that have not lapse then"))
    note = models.CharField(max_length=1000, blank=True, help_text=_("what is new, for the groups to read"))
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                "closed_at", condition=Q(closed_at__isnull=True), nulls_distinct=False, name="resigninground_one_open"
            ),
            models.CheckConstraint(condition=Q(due_at__gt=F("opened_at")), name="resigninground_due_later"),
        )

    def __str__(self) -> str:
        return f"re-signing of {self.template_id}"


class ResigningNotice(models.Model):
    """That a group was told of a round: at its opening (`days` is NULL), or so many days before its date."""

    round = models.ForeignKey(ResigningRound, on_delete=models.CASCADE, related_name="notices")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="+")
    days = models.PositiveSmallIntegerField(null=True, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["round", "group", "days"], nulls_distinct=False, name="resigningnotice_once"
            ),
        )

    def __str__(self) -> str:
        return f"round {self.round_id} to group {self.group_id}"
