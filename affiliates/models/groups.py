"""Groups, and who holds a role in them."""

from datetime import datetime
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from foundation.accounts.models import User
from foundation.places.keys import name_key
from foundation.places.located import Located, NearestQuerySet
from foundation.places.models import Area, ZipCode

# Addresses below /groups/ that are pages of their own: no group may take them.
RESERVED_SLUGS = ("map", "start", "tell-me")


class GroupStatus(models.TextChoices):
    """Where a group stands. Only a listed one is an affiliate: found by search, on the map, with a page."""

    FORMING = "forming", _("forming")
    LISTED = "listed", _("affiliate, listed")
    ENDED = "ended", _("ended")


class GroupQuerySet(NearestQuerySet["Group"]):
    def listed(self) -> Self:
        """The affiliates in force: what the public may see."""
        return self.filter(status=GroupStatus.LISTED)

    def of_organizer(self, user: User) -> Self:
        """The groups that `user` is a contact or organizer of, and that have not ended."""
        roles = GroupRole.objects.filter(group=models.OuterRef("pk"), user=user, role__in=KEEPS_GROUP)
        return self.filter(models.Exists(roles)).exclude(status=GroupStatus.ENDED)

    def active_since(self, moment: datetime) -> Self:
        return self.filter(last_active_at__gte=moment)

    def with_upcoming_event(self, now: datetime) -> Self:
        return self.filter(next_event_at__gte=now)

    def named_like(self, text: str) -> Self:
        """Groups whose name resembles `text`, most alike first (trigrams; accents and case do not count)."""
        key = name_key(text)
        return (
            self.annotate(likeness=TrigramWordSimilarity(key, "name_key"))
            .filter(name_key__trigram_word_similar=key)
            .order_by("-likeness", "pk")
        )


class Group(Located):
    """A local volunteer organisation."""

    name = models.CharField(_("name"), max_length=120)
    # Folded by foundation.places.keys.name_key: found and compared without accents, case and punctuation.
    name_key = models.CharField(max_length=240, editable=False)
    slug = models.SlugField(_("address of its page"), max_length=80, unique=True)
    status = models.CharField(_("status"), max_length=10, choices=GroupStatus, default=GroupStatus.FORMING)
    listed_at = models.DateTimeField(null=True, blank=True)

    # Home. In the United States a ZIP code; elsewhere the name of a place and its coordinates.
    country = models.CharField(_("country"), max_length=2, default="US")
    state = models.CharField(_("state"), max_length=2, blank=True)
    zip_code = models.ForeignKey(
        ZipCode, verbose_name=_("ZIP code"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    place_name = models.CharField(_("place"), max_length=120, help_text=_("such as Cambridge, MA"))
    time_zone = models.CharField(_("time zone"), max_length=40, blank=True)
    areas_served = models.ManyToManyField(Area, blank=True, related_name="+", verbose_name=_("areas served"))

    about = models.TextField(_("about the group"), blank=True, max_length=4000)
    plan = models.TextField(_("plan"), blank=True, max_length=8000)
    contact_email = models.EmailField(
        _("contact address"), blank=True, max_length=254, help_text=_("never shown; the contact form writes to it")
    )

    # Kept current by the apps above, so that the finder need not join their tables.
    last_active_at = models.DateTimeField(null=True, blank=True)
    next_event_at = models.DateTimeField(null=True, blank=True)
    # When those who asked to hear of a group near them were told of this one.
    watchers_told_at = models.DateTimeField(null=True, blank=True)
    # When it was introduced to all who had joined the network nearby while there was no group.
    introduced_at = models.DateTimeField(null=True, blank=True)

    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[GroupQuerySet] = GroupQuerySet.as_manager()  # type: ignore[assignment]

    class Meta(Located.Meta):
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        constraints = (
            *Located.Meta.constraints,
            models.CheckConstraint(condition=Q(status__in=GroupStatus.values), name="group_status_known"),
            models.CheckConstraint(condition=Q(name_key__gt=""), name="group_has_name"),
            models.CheckConstraint(condition=Q(slug__regex=r"^[a-z0-9]+(-[a-z0-9]+)*$"), name="group_slug_form"),
            models.CheckConstraint(condition=~Q(slug__in=RESERVED_SLUGS), name="group_slug_not_reserved"),
            models.CheckConstraint(
                condition=Q(country="US", zip_code__isnull=False, state__gt="")
                | (~Q(country="US") & Q(zip_code__isnull=True, latitude__isnull=False, state="")),
                name="group_home_known",
            ),
            models.CheckConstraint(
                condition=~Q(status=GroupStatus.LISTED) | Q(latitude__isnull=False, listed_at__isnull=False),
                name="group_listed_has_point",
            ),
            models.CheckConstraint(condition=Q(contact_email=Lower("contact_email")), name="group_contact_lower_case"),
        )
        indexes = (
            GistIndex(fields=["position"], condition=Q(status=GroupStatus.LISTED), name="group_listed_position"),
            # The map asks for boxes of latitude and longitude.
            models.Index(
                fields=["latitude", "longitude"], condition=Q(status=GroupStatus.LISTED), name="group_listed_point"
            ),
            GinIndex(fields=["name_key"], opclasses=["gin_trgm_ops"], name="group_name_trigrams"),
            models.Index(fields=["state", "name_key"], condition=Q(status=GroupStatus.LISTED), name="group_by_state"),
            models.Index(fields=["name_key", "id"], condition=Q(status=GroupStatus.LISTED), name="group_by_name"),
            models.Index(
                fields=["listed_at"],
                condition=Q(status=GroupStatus.LISTED, watchers_told_at__isnull=True),
                name="group_watchers_to_tell",
            ),
            models.Index(
                fields=["listed_at"],
                condition=Q(status=GroupStatus.LISTED, introduced_at__isnull=True),
                name="group_to_introduce",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("group_page", args=[self.slug])

    @property
    def is_listed(self) -> bool:
        return self.status == GroupStatus.LISTED

    @property
    def scope(self) -> str:
        """The group's key in the ledgers of the lower floors: of consents, of unsubscribes, of the audit log."""
        return f"group:{self.pk}"

    @property
    def next_event_day(self) -> str:
        """The day of its next event in words, on the group's own clocks; empty where there is none."""
        return day_in_words(self.next_event_at, self.time_zone)


def day_in_words(moment: datetime | None, time_zone: str) -> str:
    """ "Wednesday, July 1" on the clocks of an IANA zone (of UTC where it is unknown), in the active language."""
    if moment is None:
        return ""
    local = moment.astimezone(ZoneInfo(time_zone or "UTC"))
    return f"{date_format(local, 'l')}, {date_format(local, 'MONTH_DAY_FORMAT')}"


class GroupLink(models.Model):
    """A place of the group's own on the web."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="links")
    label = models.CharField(_("label"), max_length=40)
    url = models.URLField(_("address"), max_length=300)

    class Meta:
        ordering = ("label", "id")
        constraints = (
            models.UniqueConstraint(fields=["group", "url"], name="grouplink_once"),
            # Shown as a link on a public page: nothing that a browser would run.
            models.CheckConstraint(condition=Q(url__regex=r"^https?://"), name="grouplink_is_web_address"),
        )

    def __str__(self) -> str:
        return self.label


class Role(models.TextChoices):
    """What a person does for a group."""

    CONTACT = "contact", _("point of contact: signs the agreement and casts the group's ballot")
    ORGANIZER = "organizer", _("organizer: keeps the page, the roster and the events")
    HELPER = "helper", _("check-in helper: checks people in at events, and sees nothing else")


# Those who keep the group's page and see its people.
KEEPS_GROUP = (Role.CONTACT, Role.ORGANIZER)


class GroupRole(models.Model):
    """One role of one user in one group."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="roles")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="group_roles")
    role = models.CharField(max_length=12, choices=Role)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["group", "user", "role"], name="grouprole_once"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="grouprole_known"),
        )

    def __str__(self) -> str:
        return f"{self.user}: {self.role} of {self.group}"
