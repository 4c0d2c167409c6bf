"""Events: what is planned, by whom, when, where, and where it stands."""

import datetime
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import Case, F, FloatField, GeneratedField, Q, When
from django.db.models.functions import Floor
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from affiliates.models import KEEPS_GROUP, Call, Group, GroupRole, Role
from foundation.accounts.models import User
from foundation.places.fields import CubeField, Position
from foundation.places.located import Located, NearestQuerySet
from foundation.places.models import ZipCode

from .campaigns import Campaign

# Addresses below /events/ that are pages of their own: no event may take them.
RESERVED_SLUGS = ("answer", "answers", "calendar", "code", "door", "map", "mine", "near", "new", "ticket")
MOST_GUESTS = 9
LANGUAGES = [code for code, _name in settings.LANGUAGES]


class EventKind(models.TextChoices):
    """What people come for."""

    MEETING = "meeting", _("meeting")
    TRAINING = "training", _("training")
    WATCH_PARTY = "watch_party", _("watch party")
    PHONE_BANK = "phone_bank", _("phone bank")
    CANVASS = "canvass", _("canvass")
    RALLY = "rally", _("rally")
    CALL = "call", _("call")


class EventFormat(models.TextChoices):
    """How people come."""

    IN_PERSON = "in_person", _("in person")
    ONLINE = "online", _("online")
    HYBRID = "hybrid", _("in person and online")


HAS_VENUE = (EventFormat.IN_PERSON, EventFormat.HYBRID)
HAS_LINK = (EventFormat.ONLINE, EventFormat.HYBRID)


class EventState(models.TextChoices):
    """Where an event stands. Only an approved one is found and answered; a cancelled one is still shown, as that."""

    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("waiting for national")
    APPROVED = "approved", _("approved")
    DECLINED = "declined", _("declined")
    CANCELLED = "cancelled", _("cancelled")


class Access(models.TextChoices):
    """What a place or an event offers, so that everybody can come."""

    STEP_FREE = "step_free", _("step-free way in")
    STEP_FREE_TOILET = "step_free_toilet", _("toilet that a wheelchair can use")
    HEARING_LOOP = "hearing_loop", _("hearing loop")
    CAPTIONS = "captions", _("live captions")
    SIGN_LANGUAGE = "sign_language", _("sign language interpreter")
    SCENT_FREE = "scent_free", _("scent-free")
    CHILDREN = "children", _("children welcome, with something to do")
    TRANSIT = "transit", _("near public transport")
    PARKING = "parking", _("parking close by")


class Series(models.Model):
    """Events that repeat. Each date is an Event of its own; the rule says which dates there are.

    `rule` is an RFC 5545 RRULE value that ends (COUNT or UNTIL), `starts_local` the first date on the clocks of
    `time_zone`, `left_out` the dates (ISO 8601, local) that fall away (EXDATE).
    """

    rule = models.CharField(max_length=200)
    starts_local = models.DateTimeField()
    time_zone = models.CharField(max_length=40)
    left_out = ArrayField(models.CharField(max_length=19), default=list, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "series"
        constraints = (
            models.CheckConstraint(condition=Q(rule__startswith="FREQ="), name="series_has_rule"),
            models.CheckConstraint(
                condition=Q(rule__contains="COUNT=") | Q(rule__contains="UNTIL="), name="series_comes_to_an_end"
            ),
        )

    def __str__(self) -> str:
        return self.rule


class EventQuerySet(NearestQuerySet["Event"]):
    def public(self) -> Self:
        """What anybody may see by its address: approved, or approved once and cancelled."""
        return self.filter(approved_at__isnull=False, state__in=(EventState.APPROVED, EventState.CANCELLED))

    def found(self, now: datetime.datetime) -> Self:
        """What the public finds: approved and not over. Of an unlisted one, only its address leads there."""
        return self.filter(state=EventState.APPROVED, is_listed=True, ends_at__gt=now)

    def of_group(self, group: Group) -> Self:
        """Those that the group holds, alone or with others."""
        cohosts = Cohost.objects.filter(event=models.OuterRef("pk"), group=group, accepted_at__isnull=False)
        return self.filter(Q(group=group) | Q(models.Exists(cohosts)))

    def of_host(self, user: User) -> Self:
        """Those of the groups in force that `user` is a contact or organizer of, co-hosted ones too."""
        return self._of_roles(GroupRole.objects.filter(user=user, role__in=KEEPS_GROUP, group__status="listed"))

    def of_door(self, user: User) -> Self:
        """Those at whose door `user` may check people in: of_host, and where they are a check-in helper."""
        return self._of_roles(GroupRole.objects.filter(user=user, role__in=Role.values, group__status="listed"))

    def _of_roles(self, roles: "models.QuerySet[GroupRole]") -> Self:
        groups = roles.values("group")
        cohosts = Cohost.objects.filter(event=models.OuterRef("pk"), group__in=groups, accepted_at__isnull=False)
        return self.filter(Q(group__in=groups) | Q(models.Exists(cohosts)))


def _published(coordinate: str) -> Case:
    """What everybody may learn of a coordinate: all of it where the address is public, else the middle of its square.

    The squares are a twentieth of a degree wide, some three miles: whoever asks for distances from many points, or
    looks at the order of the results, comes no nearer to somebody's home than that.
    """
    middle = (Floor(F(coordinate) * 20.0) + 0.5) / 20.0
    return Case(When(is_address_public=True, then=F(coordinate)), default=middle, output_field=FloatField())


class Event(Located):
    """One event at one time. National holds those without a group. Times are UTC; people are told those of its zone."""

    # It may have some, unless whoever read it has found that there are none (`answered.event_to_answer`).
    has_cohosts = True
    has_questions = True

    slug = models.SlugField(_("address of its page"), max_length=80, unique=True)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, null=True, blank=True, related_name="events")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, null=True, blank=True, related_name="events")
    series = models.ForeignKey(Series, on_delete=models.PROTECT, null=True, blank=True, related_name="events")
    # The date of its series that this is (its RECURRENCE-ID), though it may have been moved since.
    series_date = models.DateTimeField(null=True, blank=True)
    # A call of the floor below whose event this is: answers and attendance are the call's own.
    call = models.OneToOneField(Call, on_delete=models.PROTECT, null=True, blank=True, related_name="event")

    kind = models.CharField(_("kind"), max_length=12, choices=EventKind)
    format = models.CharField(_("how people come"), max_length=10, choices=EventFormat, default=EventFormat.IN_PERSON)
    title = models.CharField(_("title"), max_length=120)
    about = models.TextField(_("what happens"), blank=True, max_length=4000)
    language = models.CharField(_("language of the text"), max_length=5, choices=settings.LANGUAGES, default="en")
    # What is spoken, or interpreted: names of languages as people say them ("English", "ASL").
    spoken = ArrayField(models.CharField(max_length=40), default=list, blank=True, verbose_name=_("languages spoken"))
    access = ArrayField(
        models.CharField(max_length=20, choices=Access), default=list, blank=True, verbose_name=_("accessibility")
    )
    access_notes = models.CharField(_("more on getting in and around"), max_length=500, blank=True)

    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))
    time_zone = models.CharField(_("time zone"), max_length=40)

    # The venue; none of it for an event that is online only.
    venue_name = models.CharField(_("name of the venue"), max_length=120, blank=True)
    address = models.CharField(_("street address"), max_length=200, blank=True)
    country = models.CharField(_("country"), max_length=2, default="US")
    state_code = models.CharField(_("state"), max_length=2, blank=True)
    zip_code = models.ForeignKey(
        ZipCode, verbose_name=_("ZIP code"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    place_name = models.CharField(_("city"), max_length=120, blank=True)
    # The exact address and point are public; otherwise only those who answered see them.
    is_address_public = models.BooleanField(default=True)
    # The point that everybody may know: searches, maps and data go by it, and never by `latitude` and `longitude`.
    shown_latitude = GeneratedField(expression=_published("latitude"), output_field=FloatField(), db_persist=True)
    shown_longitude = GeneratedField(expression=_published("longitude"), output_field=FloatField(), db_persist=True)
    position = GeneratedField(
        expression=Position(_published("latitude"), _published("longitude")), output_field=CubeField(), db_persist=True
    )
    join_link = models.URLField(_("link to join"), max_length=300, blank=True)
    join_words = models.CharField(_("how else to join"), max_length=300, blank=True)
    is_link_public = models.BooleanField(default=False)

    capacity = models.PositiveIntegerField(_("places"), null=True, blank=True)
    # Places taken by those who are going, guests included. The database keeps it (migration 0002_guards).
    taken = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    most_guests = models.PositiveSmallIntegerField(_("guests that one person may bring"), default=3)

    state = models.CharField(max_length=10, choices=EventState, default=EventState.DRAFT)
    is_listed = models.BooleanField(_("shown in searches and on the map"), default=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    # To the host: what national asks for or why it declined. To everybody: why it was cancelled.
    asked = models.CharField(max_length=1000, blank=True)
    cancelled_because = models.CharField(max_length=500, blank=True)
    # Raised by every change: who saves says which one they saw.
    revision = models.PositiveIntegerField(default=0)
    # Raised by changes of time, place and standing: the SEQUENCE of its calendar files.
    sequence = models.PositiveIntegerField(default=0)
    # When the time or the place was last changed after it was approved, to be said on its page.
    moved_at = models.DateTimeField(null=True, blank=True)
    # Words said at the event or call by which people note themselves that they are there; empty: not offered.
    attendance_code = models.CharField(max_length=20, blank=True)
    # Part of the code at the door: raising it ends the codes that were shown or printed before.
    door_revision = models.PositiveIntegerField(default=0)
    # The key of the row of a file that it comes from.
    import_key = models.CharField(max_length=200, null=True, blank=True, unique=True, editable=False)

    objects: ClassVar[EventQuerySet] = EventQuerySet.as_manager()  # type: ignore[assignment]

    class Meta(Located.Meta):
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints = (
            *Located.Meta.constraints,
            models.CheckConstraint(condition=Q(slug__regex=r"^[a-z0-9]+(-[a-z0-9]+)*$"), name="event_slug_form"),
            models.CheckConstraint(condition=~Q(slug__in=RESERVED_SLUGS), name="event_slug_not_reserved"),
            models.CheckConstraint(condition=Q(kind__in=EventKind.values), name="event_kind_known"),
            models.CheckConstraint(condition=Q(format__in=EventFormat.values), name="event_format_known"),
            models.CheckConstraint(condition=Q(state__in=EventState.values), name="event_state_known"),
            models.CheckConstraint(condition=Q(title__gt=""), name="event_has_title"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="event_ends_later"),
            models.CheckConstraint(
                condition=Q(ends_at__lte=F("starts_at") + datetime.timedelta(days=14)), name="event_two_weeks_at_most"
            ),
            models.CheckConstraint(condition=Q(time_zone__gt=""), name="event_has_zone"),
            models.CheckConstraint(condition=Q(language__in=LANGUAGES), name="event_language_known"),
            models.CheckConstraint(condition=Q(access__contained_by=Access.values), name="event_access_known"),
            models.CheckConstraint(
                condition=Q(join_link="") | Q(join_link__regex=r"^https?://"), name="event_link_is_web_address"
            ),
            # What the public finds can be come to: it lies somewhere, or is online.
            models.CheckConstraint(
                condition=~Q(state=EventState.APPROVED)
                | Q(format=EventFormat.ONLINE)
                | Q(latitude__isnull=False, place_name__gt=""),
                name="event_approved_lies_somewhere",
            ),
            models.CheckConstraint(
                condition=Q(state=EventState.APPROVED, approved_at__isnull=False, cancelled_at__isnull=True)
                | Q(state=EventState.CANCELLED, cancelled_at__isnull=False)
                | Q(
                    state__in=(EventState.DRAFT, EventState.SUBMITTED, EventState.DECLINED),
                    approved_at__isnull=True,
                    cancelled_at__isnull=True,
                ),
                name="event_state_has_times",
            ),
            models.CheckConstraint(condition=Q(capacity__isnull=True) | Q(capacity__gt=0), name="event_has_places"),
            # The promise about places: whoever writes, by whatever path, the database refuses one too many.
            models.CheckConstraint(
                condition=Q(capacity__isnull=True) | Q(taken__lte=F("capacity")), name="event_not_over_capacity"
            ),
            models.CheckConstraint(condition=Q(most_guests__lte=MOST_GUESTS), name="event_guests_at_most_nine"),
            models.CheckConstraint(
                condition=Q(series__isnull=True, series_date__isnull=True)
                | Q(series__isnull=False, series_date__isnull=False),
                name="event_of_series_has_date",
            ),
            models.UniqueConstraint(fields=["series", "series_date"], name="event_once_a_date_of_series"),
        )
        indexes = (
            # Nearest first among those that are still to come. The time is in the index, so that past ones cost nothing
            # but their entries.
            GistIndex(
                fields=["position", "ends_at"],
                condition=Q(state=EventState.APPROVED, is_listed=True),
                name="event_nearest",
            ),
            models.Index(fields=["ends_at"], condition=Q(state=EventState.APPROVED), name="event_by_end"),
            # The next ones wherever they are, and the next ones online. An event lasts two weeks at most: of those that
            # began since then the end is in the index, so that what is over is passed by there.
            models.Index(
                fields=["starts_at", "ends_at"],
                condition=Q(state=EventState.APPROVED, is_listed=True),
                name="event_by_start",
            ),
            models.Index(
                fields=["starts_at", "ends_at"],
                condition=Q(state=EventState.APPROVED, is_listed=True, format__in=HAS_LINK),
                name="event_online_by_start",
            ),
            models.Index(fields=["group", "starts_at"], name="event_of_group"),
            models.Index(fields=["submitted_at"], condition=Q(state=EventState.SUBMITTED), name="event_queue"),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("event_page", args=[self.slug])

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def local_start(self) -> datetime.datetime:
        """When it begins on the clocks where it is held."""
        return self.starts_at.astimezone(self.zone)

    @property
    def local_end(self) -> datetime.datetime:
        return self.ends_at.astimezone(self.zone)

    @property
    def has_venue(self) -> bool:
        return self.format in HAS_VENUE

    @property
    def is_online(self) -> bool:
        """Online only, or online as well."""
        return self.format in HAS_LINK

    @property
    def is_public(self) -> bool:
        """May anybody see it by its address? As EventQuerySet.public has it."""
        return self.approved_at is not None and self.state in {EventState.APPROVED, EventState.CANCELLED}

    @property
    def places_left(self) -> int | None:
        """How many more fit; None without a limit. Who comes new waits if anybody does, whatever this says."""
        return None if self.capacity is None else self.capacity - self.taken

    @property
    def scope(self) -> str:
        """The event's key in the audit log."""
        return f"event:{self.pk}"

    def is_over(self, now: datetime.datetime) -> bool:
        return self.ends_at <= now


class Cohost(models.Model):
    """That another group was asked to hold an event together, and what it said."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="cohosts")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="cohosted")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    asked_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    declined_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["event", "group"], name="cohost_once"),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(declined_at__isnull=True), name="cohost_says_one_thing"
            ),
        )

    def __str__(self) -> str:
        return f"group {self.group_id} at event {self.event_id}"


class TrustedHost(models.Model):
    """A group whose events national need not approve one by one."""

    group = models.OneToOneField(Group, on_delete=models.CASCADE, primary_key=True, related_name="trusted_host")
    since = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return f"group {self.group_id}"


class EventPicture(models.Model):
    """The picture of an event, drawn anew from what was uploaded: nothing of the file itself is kept or served."""

    event = models.OneToOneField(Event, on_delete=models.CASCADE, primary_key=True, related_name="picture")
    body = models.BinaryField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    # The first 16 hex digits of the SHA-256 of `body`: part of its address, which never changes what it shows.
    digest = models.CharField(max_length=16)
    alt = models.CharField(_("what the picture shows"), max_length=200)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(alt__gt=""), name="eventpicture_described"),
            models.CheckConstraint(
                condition=Q(width__range=(1, 2000), height__range=(1, 2000)), name="eventpicture_of_a_size"
            ),
        )

    def __str__(self) -> str:
        return self.alt


class EventQuestion(models.Model):
    """A question of the host to those who answer. `position` counts from 1."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField()
    text = models.CharField(_("question"), max_length=200)
    # Empty: answered in the person's own words; otherwise one of these.
    choices = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    is_required = models.BooleanField(_("must be answered"), default=False)

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(
                fields=["event", "position"],
                name="eventquestion_one_a_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(condition=Q(position__range=(1, 5)), name="eventquestion_at_most_five"),
            models.CheckConstraint(condition=Q(text__gt=""), name="eventquestion_asks"),
        )

    def __str__(self) -> str:
        return self.text


class EventReport(models.Model):
    """What the host tells of an event afterwards."""

    event = models.OneToOneField(Event, on_delete=models.CASCADE, primary_key=True, related_name="report")
    # Everybody who was there, also those who were not checked in.
    head_count = models.PositiveIntegerField(_("how many people were there"), null=True, blank=True)
    text = models.TextField(_("how it went"), max_length=4000, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(head_count__isnull=True) | Q(head_count__lte=1_000_000), name="eventreport_count_plausible"
            ),
        )

    def __str__(self) -> str:
        return f"event {self.event_id}"
