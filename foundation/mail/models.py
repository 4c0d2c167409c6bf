"""The outbox: every mail is a row before it is a message. Also who wants no mail, and the pace of sending."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class MailState(models.TextChoices):
    """Where a mail stands. `sent`, `failed` and `suppressed` are final; `unknown` waits for a human."""

    QUEUED = "queued", _("waiting to be sent")
    CLAIMED = "claimed", _("being sent")
    SENT = "sent", _("sent")
    FAILED = "failed", _("refused by the other side")
    SUPPRESSED = "suppressed", _("not sent: the person wants no such mail, or the address does not work")
    UNKNOWN = "unknown", _("perhaps sent: the sending was cut off before the answer came")


class Priority(models.IntegerChoices):
    """What goes first when much is waiting: nobody's sign-in code waits behind a promotion."""

    NOW = 0, _("somebody waits for it")
    SOON = 10, _("soon")
    BULK = 20, _("one of many")


class MailBody(models.Model):
    """What many mails say alike, in one language: rendered once, with its styles written in (foundation.mail.bulk).

    Each mail of it is a slim row that adds its own greeting and its own unsubscribe link when it goes out. Nothing in
    it is about one recipient.
    """

    # The opaque key of what it is about ("promotion:17"), which the app above makes and reads.
    about = models.CharField(max_length=80)
    language = models.CharField(max_length=10)
    subject = models.CharField(max_length=255)
    # Where GREETING_MARK stands in them, the mail's greeting does.
    text = models.TextField()
    html = models.TextField(blank=True)
    # To whom a name is known ("Hello NAME-OF-ROW,"), and to others.
    greeting_by_name = models.CharField(max_length=100, blank=True)
    greeting = models.CharField(max_length=100, blank=True)
    # None of its mails is claimed while this is set.
    is_held = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "mail bodies"
        constraints = (
            models.UniqueConstraint(fields=["about", "language"], name="mailbody_once_a_language"),
            models.CheckConstraint(condition=~Q(about="") & ~Q(text=""), name="mailbody_says_something"),
            models.CheckConstraint(condition=~Q(subject__regex=r"[\r\n]"), name="mailbody_subject_is_one_line"),
        )

    def __str__(self) -> str:
        return f"body of {self.about} ({self.language})"


class OutgoingMailQuerySet(models.QuerySet["OutgoingMail"]):
    def held(self) -> "OutgoingMailQuerySet":
        """Mails whose fate is unknown and that wait for somebody to decide: `resend` or `give_up`."""
        return self.filter(state=MailState.UNKNOWN)

    def unfinished(self) -> "OutgoingMailQuerySet":
        """Mails whose sending has no end yet. A round of mails is finished when it has none of these."""
        return self.filter(state__in=[MailState.QUEUED, MailState.CLAIMED, MailState.UNKNOWN])


class OutgoingMail(models.Model):
    """One message to one address, from its request to its fate.

    Only `foundation.mail.outbox` makes rows and only `foundation.mail.delivery` sends them. `scope` and
    `wider_scopes` are opaque keys (`network`, `group:17`) that the app above makes and reads.
    """

    # Unique and found by constraints and an index below: `unique` and `db_index` would bring a second index each, for
    # LIKE, which every update of a row writes too.
    key = models.CharField(max_length=200)
    purpose = models.CharField(max_length=60)
    scope = models.CharField(max_length=80)
    wider_scopes = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    is_transactional = models.BooleanField(default=False)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.SOON)

    to_email = models.EmailField(max_length=254)
    to_name = models.CharField(max_length=200, blank=True)
    from_name = models.CharField(max_length=200, blank=True)
    reply_to = models.EmailField(max_length=254, blank=True)
    subject = models.CharField(max_length=255)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    # One of many has its words there and not in the row.
    body = models.ForeignKey(
        MailBody, on_delete=models.PROTECT, null=True, blank=True, related_name="mails", db_index=False
    )
    language = models.CharField(max_length=10)
    headers = models.JSONField(default=dict, blank=True)
    # The same at every attempt, so that whoever gets a mail twice can tell.
    message_id = models.CharField(max_length=200)
    # What the mail provider calls the message; its webhooks speak of it by this.
    provider_id = models.CharField(max_length=200, blank=True)
    keeps_body = models.BooleanField(default=False)

    state = models.CharField(max_length=10, choices=MailState, default=MailState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    claimed_by = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    # Committed before the message text of the present attempt may begin to go out.
    went_out_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)

    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    bounced_at = models.DateTimeField(null=True, blank=True)
    complained_at = models.DateTimeField(null=True, blank=True)
    unsubscribed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["OutgoingMail"]] = OutgoingMailQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["key"], name="outgoingmail_key_once"),
            models.UniqueConstraint(fields=["message_id"], name="outgoingmail_message_id_once"),
            models.CheckConstraint(condition=Q(state__in=MailState.values), name="outgoingmail_state_known"),
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="outgoingmail_priority_known"),
            models.CheckConstraint(
                condition=Q(state=MailState.CLAIMED, lease_until__isnull=False) & ~Q(claimed_by="")
                | ~Q(state=MailState.CLAIMED) & Q(lease_until__isnull=True),
                name="outgoingmail_lease_while_claimed",
            ),
            models.CheckConstraint(
                condition=Q(state=MailState.SENT, sent_at__isnull=False)
                | ~Q(state=MailState.SENT) & Q(sent_at__isnull=True),
                name="outgoingmail_sent_at_when_sent",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[MailState.SENT, MailState.UNKNOWN]) | Q(went_out_at__isnull=False),
                name="outgoingmail_went_out_before_sent",
            ),
            # What may have gone out is never in the queue: it cannot be sent again by itself.
            models.CheckConstraint(
                condition=~Q(state=MailState.QUEUED) | Q(went_out_at__isnull=True),
                name="outgoingmail_queued_has_not_gone_out",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[MailState.QUEUED, MailState.CLAIMED]) | ~Q(text="") | Q(body__isnull=False),
                name="outgoingmail_body_until_sent",
            ),
            models.CheckConstraint(
                condition=Q(to_email=Lower("to_email")) & ~Q(to_email=""), name="outgoingmail_to_email_lower_case"
            ),
            models.CheckConstraint(condition=~Q(subject__regex=r"[\r\n]"), name="outgoingmail_subject_is_one_line"),
            models.CheckConstraint(condition=~Q(scope=""), name="outgoingmail_scope_named"),
        )
        indexes = (
            models.Index(
                "priority", "next_attempt_at", "id", condition=Q(state=MailState.QUEUED), name="outgoingmail_due"
            ),
            models.Index("to_email", name="outgoingmail_to_email"),
            models.Index("lease_until", condition=Q(state=MailState.CLAIMED), name="outgoingmail_leases"),
            models.Index("created_at", condition=Q(state=MailState.UNKNOWN), name="outgoingmail_held"),
            models.Index("created_at", condition=~Q(text="") & Q(keeps_body=False), name="outgoingmail_with_body"),
            models.Index("provider_id", condition=~Q(provider_id=""), name="outgoingmail_provider_id"),
            models.Index("body", "state", condition=Q(body__isnull=False), name="outgoingmail_of_body"),
        )

    def __str__(self) -> str:
        return f"mail {self.pk}: {self.purpose} ({self.state})"

    @property
    def can_be_read(self) -> bool:
        """Is what it says still there? What was sent is emptied, unless a place keeps it."""
        return bool(self.text) or self.body_id is not None

    def empty_body(self) -> None:
        """Forget what the mail says; that it went to this address stays. Does not save."""
        self.text = self.html = ""


class SuppressionReason(models.TextChoices):
    UNSUBSCRIBED = "unsubscribed", _("unsubscribed")
    BOUNCED = "bounced", _("the address does not work")
    COMPLAINED = "complained", _("reported our mail as spam")
    STAFF = "staff", _("entered by staff")


class Suppression(models.Model):
    """An address that gets no mail of a scope; the scope "" stands for everything."""

    address = models.EmailField(max_length=254)
    scope = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=12, choices=SuppressionReason)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint("address", "scope", name="suppression_once"),
            models.CheckConstraint(
                condition=Q(address=Lower("address")) & ~Q(address=""), name="suppression_address_lower_case"
            ),
            models.CheckConstraint(condition=Q(reason__in=SuppressionReason.values), name="suppression_reason_known"),
        )

    def __str__(self) -> str:
        return f"suppression {self.pk}: {self.scope or 'everything'} ({self.reason})"


class SendingPace(models.Model):
    """How fast all workers together may send through one mailer: a token bucket, and a pause after a refusal."""

    mailer = models.CharField(max_length=40, primary_key=True)
    tokens = models.FloatField(default=0)
    refilled_at = models.DateTimeField(default=timezone.now)
    paused_until = models.DateTimeField(null=True, blank=True)
    pauses_in_a_row = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(tokens__gte=0), name="sendingpace_tokens_not_negative"),)

    def __str__(self) -> str:
        return f"pace of {self.mailer}"
