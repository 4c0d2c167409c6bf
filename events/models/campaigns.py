"""Campaigns: a national event with many local hosts, and what is told to these."""

from typing import ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class CampaignState(models.TextChoices):
    """Where a campaign stands: groups sign up to host while it is open; afterwards its page stays."""

    DRAFT = "draft", _("draft")
    OPEN = "open", _("open to hosts")
    CLOSED = "closed", _("closed")


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def public(self) -> Self:
        return self.exclude(state=CampaignState.DRAFT)


class Campaign(models.Model):
    """What national asks groups to hold together: a launch watch party, a series in 15 states."""

    slug = models.SlugField(_("address of its page"), max_length=80, unique=True)
    title = models.CharField(_("title"), max_length=120)
    about = models.TextField(_("what it is about"), max_length=4000)
    state = models.CharField(max_length=8, choices=CampaignState, default=CampaignState.DRAFT)
    # The kind that its events have, and between which days they are held.
    kind = models.CharField(_("kind of event"), max_length=12)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    # Where it is held; no states at all means everywhere.
    states = ArrayField(models.CharField(max_length=2), default=list, blank=True, verbose_name=_("states"))
    # What the event of a host begins with, and what helps the host: shown to those who host.
    event_title = models.CharField(_("title for the local events"), max_length=120, blank=True)
    event_about = models.TextField(_("text for the local events"), max_length=4000, blank=True)
    kit = models.TextField(_("host kit"), max_length=20_000, blank=True)
    follow_up_of = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="follow_ups"
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    revision = models.PositiveIntegerField(default=0)

    objects: ClassVar[CampaignQuerySet] = CampaignQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(slug__regex=r"^[a-z0-9]+(-[a-z0-9]+)*$"), name="campaign_slug_form"),
            models.CheckConstraint(condition=Q(state__in=CampaignState.values), name="campaign_state_known"),
            models.CheckConstraint(condition=Q(title__gt=""), name="campaign_has_title"),
            models.CheckConstraint(condition=Q(ends_on__gte=models.F("starts_on")), name="campaign_ends_later"),
            models.CheckConstraint(
                condition=Q(follow_up_of__isnull=True) | ~Q(follow_up_of=models.F("pk")),
                name="campaign_follows_another",
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("campaign_page", args=[self.slug])


class CampaignLink(models.Model):
    """Something of the host kit on the web: a video, a sheet to print."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="links")
    label = models.CharField(_("label"), max_length=60)
    url = models.URLField(_("address"), max_length=300)

    class Meta:
        ordering = ("label", "id")
        constraints = (
            models.UniqueConstraint(fields=["campaign", "url"], name="campaignlink_once"),
            models.CheckConstraint(condition=Q(url__regex=r"^https?://"), name="campaignlink_is_web_address"),
        )

    def __str__(self) -> str:
        return self.label


class HostMessage(models.Model):
    """One message of national to the hosts of a campaign: the contacts and organizers of the groups of its events."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="messages")
    subject = models.CharField(_("subject"), max_length=120)
    text = models.TextField(_("message"), max_length=10_000)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField()
    # The user up to whom mails were put into the outbox, and when all were.
    queued_up_to = models.BigIntegerField(default=0)
    queued_at = models.DateTimeField(null=True, blank=True)
    recipients = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(subject__gt="", text__gt=""), name="hostmessage_says_something"),
        )
        indexes = (models.Index(fields=["at"], condition=Q(queued_at__isnull=True), name="hostmessage_to_queue"),)

    def __str__(self) -> str:
        return self.subject
