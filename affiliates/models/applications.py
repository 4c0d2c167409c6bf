"""Applications to become an affiliate, what happened to each, and disputes about names."""

from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.accounts.models import User
from foundation.places.keys import name_key
from foundation.places.located import Located, NearestQuerySet
from foundation.places.models import ZipCode

from .groups import Group
from .regions import Region


class ApplicationState(models.TextChoices):
    """Who has the application, and what they do with it."""

    DRAFT = "draft", _("being filled in")
    FILED = "filed", _("filed: national staff read it")
    CHANGES_ASKED = "changes_asked", _("staff asked for changes")
    APPROVED = "approved", _("approved: to be countersigned")
    ACCEPTED = "accepted", _("accepted: the agreement is in force")
    DECLINED = "declined", _("declined")
    WITHDRAWN = "withdrawn", _("withdrawn")


# The applicant has it, and may write.
WITH_APPLICANT = (ApplicationState.DRAFT, ApplicationState.CHANGES_ASKED)
# Staff have it.
WITH_STAFF = (ApplicationState.FILED, ApplicationState.APPROVED)
UNDECIDED = (*WITH_APPLICANT, *WITH_STAFF)


class ApplicationQuerySet(NearestQuerySet["Application"]):
    def undecided(self) -> Self:
        """Those that may still become a group."""
        return self.filter(state__in=UNDECIDED)

    def of_user(self, user: User) -> Self:
        """Those that `user` began, as long as there is no group, or of whose group they are a point of contact."""
        contact = Group.objects.filter(roles__user=user, roles__role="contact")
        return self.filter(Q(applicant=user, group__isnull=True) | Q(group__in=contact))

    def named_like(self, text: str) -> Self:
        """Those whose group's name resembles `text`, most alike first (trigrams; accents and case do not count)."""
        key = name_key(text)
        return (
            self.annotate(likeness=TrigramWordSimilarity(key, "name_key"))
            .filter(name_key__trigram_word_similar=key)
            .order_by("-likeness", "pk")
        )

    def filed(self) -> Self:
        """The undecided ones that staff have been shown."""
        return self.undecided().filter(filed_at__isnull=False)

    def in_region(self, region: Region) -> Self:
        """Those whose home lies in a state or country of `region`."""
        parts = region.parts.filter(country=models.OuterRef("country"), state=models.OuterRef("state_code"))
        return self.filter(models.Exists(parts))

    def idle_since(self, moment: datetime) -> Self:
        """Drafts that nobody touched since."""
        return self.filter(state=ApplicationState.DRAFT, changed_at__lt=moment)


class Application(Located):
    """What somebody who wants to start a group fills in, question by question, and what became of it.

    The group itself (forming) is founded as soon as its name and home are known; from then on the answers that a
    group has too are written into both.
    """

    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="applications"
    )
    group = models.OneToOneField(Group, on_delete=models.PROTECT, null=True, blank=True, related_name="application")
    state = models.CharField(max_length=15, choices=ApplicationState, default=ApplicationState.DRAFT)
    # One higher at each change: whoever acts on an older one is told (optimistic locking).
    revision = models.PositiveIntegerField(default=1)
    language = models.CharField(max_length=5, choices=settings.LANGUAGES, default="en")

    # Who
    applicant_name = models.CharField(_("your name"), max_length=120, blank=True)
    applicant_phone = models.CharField(_("your phone number"), max_length=40, blank=True)
    # Where: as of a group (affiliates.models.Group)
    country = models.CharField(_("country"), max_length=2, default="US")
    state_code = models.CharField(_("state"), max_length=2, blank=True)
    zip_code = models.ForeignKey(
        ZipCode, verbose_name=_("ZIP code"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    place_name = models.CharField(_("place"), max_length=120, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=40, blank=True)
    # The name, and the neighbours
    name = models.CharField(_("name of the group"), max_length=120, blank=True)
    name_key = models.CharField(max_length=240, blank=True, editable=False)
    neighbours_seen_at = models.DateTimeField(null=True, blank=True)
    why_another = models.TextField(_("why another group is needed"), max_length=2000, blank=True)
    # The plan
    plan_issues = models.TextField(_("local issues"), max_length=4000, blank=True)
    plan_actions = models.TextField(_("actions"), max_length=4000, blank=True)
    plan_priorities = models.TextField(_("how these serve the network’s priorities"), max_length=4000, blank=True)
    contacts_done_at = models.DateTimeField(null=True, blank=True)

    started_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    filed_at = models.DateTimeField(null=True, blank=True)
    # Since when it is with whoever has it now: what the queue and the applicant's page count the age from.
    waiting_since = models.DateTimeField(null=True, blank=True)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # That nobody of the group came to an organizing call, and why that is all right this time.
    call_waived_because = models.CharField(max_length=500, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects: ClassVar[ApplicationQuerySet] = ApplicationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta(Located.Meta):
        constraints = (
            *Located.Meta.constraints,
            models.CheckConstraint(condition=Q(state__in=ApplicationState.values), name="application_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=[ApplicationState.DRAFT, ApplicationState.WITHDRAWN])
                | Q(filed_at__isnull=False, group__isnull=False, name__gt="", place_name__gt="", plan_issues__gt=""),
                name="application_filed_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(state=ApplicationState.DECLINED, decided_at__isnull=False)
                | Q(state=ApplicationState.ACCEPTED, decided_at__isnull=False)
                | ~Q(state__in=[ApplicationState.DECLINED, ApplicationState.ACCEPTED]) & Q(decided_at__isnull=True),
                name="application_decided_when_over",
            ),
        )
        indexes = (
            GistIndex(fields=["position"], name="application_position"),
            GinIndex(fields=["name_key"], opclasses=["gin_trgm_ops"], name="application_name_trigrams"),
            models.Index(
                fields=["waiting_since", "id"], condition=Q(state__in=WITH_STAFF), name="application_of_staff"
            ),
            models.Index(fields=["changed_at"], condition=Q(state=ApplicationState.DRAFT), name="application_drafts"),
        )

    def __str__(self) -> str:
        return self.name or f"application {self.pk}"

    @property
    def is_with_applicant(self) -> bool:
        return self.state in WITH_APPLICANT

    @property
    def is_with_staff(self) -> bool:
        return self.state in WITH_STAFF


class Side(models.TextChoices):
    """Who did it."""

    APPLICANT = "applicant", _("the group")
    STAFF = "staff", _("national staff")


class ApplicationEvent(models.Model):
    """One thing that happened to an application: both sides read the same history, but for what staff note to
    themselves."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    side = models.CharField(max_length=10, choices=Side)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # A verb phrase, such as "filed"; affiliates.applications says them in words.
    kind = models.CharField(max_length=30)
    text = models.TextField(max_length=4000, blank=True)
    # Of "changes asked": for each question (by its key) what is to be changed.
    asked = models.JSONField(default=dict)
    is_internal = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(side__in=Side.values), name="applicationevent_side_known"),
            models.CheckConstraint(
                condition=Q(is_internal=False) | Q(side=Side.STAFF), name="applicationevent_internal_is_staffs"
            ),
        )
        indexes = (models.Index(fields=["application", "id"], name="applicationevent_in_order"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.application_id}"


class DisputeOutcome(models.TextChoices):
    """How a dispute about a name ended."""

    KEEPS = "keeps", _("the applicant keeps the name")
    RENAMED = "renamed", _("the applicant takes another name")
    JOINED = "joined", _("the applicant joins the other group")
    OTHER_RENAMED = "other_renamed", _("the other group takes another name")


class NameDisputeQuerySet(models.QuerySet["NameDispute"]):
    def open(self) -> Self:
        """Those that nobody has settled."""
        return self.filter(settled_at__isnull=True)

    def with_sides(self) -> Self:
        """With the applicant's and the other's rows."""
        return self.select_related("application__group", "other_group", "other_application__group").defer(
            "application__position", "application__group__position", "other_group__position",
            "other_application__position", "other_application__group__position",
        )  # fmt: skip


class NameDispute(models.Model):
    """That the name of an application is too much like another group's, or claimed by one. Staff resolve it."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="disputes")
    other_group = models.ForeignKey(Group, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    other_application = models.ForeignKey(
        Application, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    name = models.CharField(max_length=120)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    outcome = models.CharField(max_length=15, choices=DisputeOutcome, blank=True)
    # What both sides are told.
    because = models.CharField(max_length=1000, blank=True)

    objects: ClassVar[NameDisputeQuerySet] = NameDisputeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(other_group__isnull=False, other_application__isnull=True)
                | Q(other_group__isnull=True, other_application__isnull=False),
                name="namedispute_with_one",
            ),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, outcome="")
                | Q(settled_at__isnull=False, outcome__in=DisputeOutcome.values, because__gt=""),
                name="namedispute_settled_whole",
            ),
            models.UniqueConstraint(
                fields=["application", "other_group", "other_application"],
                condition=Q(settled_at__isnull=True),
                nulls_distinct=False,
                name="namedispute_one_open",
            ),
        )

    def __str__(self) -> str:
        return f"name of {self.application_id}"

    @property
    def other(self) -> Group | Application | None:
        """Whose name it is, or would be, besides the applicant's."""
        return self.other_group or self.other_application

    @property
    def is_open(self) -> bool:
        return self.settled_at is None


class DisputeNote(models.Model):
    """What staff wrote down about a dispute."""

    dispute = models.ForeignKey(NameDispute, on_delete=models.CASCADE, related_name="notes")
    at = models.DateTimeField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    text = models.TextField(max_length=4000)

    def __str__(self) -> str:
        return f"note {self.pk}"
