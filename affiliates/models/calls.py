"""Calls: the organizing calls for whoever starts a group, and the monthly calls of the regions.

A call becomes an event (issue of events); what membership counts is the attendance here.
"""

from datetime import date, datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.models import Person

from .groups import Group
from .regions import Region


class CallKind(models.TextChoices):
    """What a call is for."""

    ORGANIZING = "organizing", _("organizing call")
    REGIONAL = "regional", _("regional call")


class CallQuerySet(models.QuerySet["Call"]):
    def organizing(self) -> Self:
        return self.filter(kind=CallKind.ORGANIZING)

    def regional(self) -> Self:
        return self.filter(kind=CallKind.REGIONAL)

    def upcoming(self, now: datetime) -> Self:
        """Those that are not over and were not cancelled, the next one first."""
        return self.filter(ends_at__gt=now, cancelled_at__isnull=True).order_by("starts_at", "pk")

    def past(self, now: datetime) -> Self:
        """Those that are over or were cancelled, the latest first."""
        return self.filter(Q(ends_at__lte=now) | Q(cancelled_at__isnull=False)).order_by("-starts_at", "-pk")

    def with_coming(self) -> Self:
        """With how many people have a place (`coming`) and were there (`attended`)."""
        has_place = Q(answers__cancelled_at__isnull=True, answers__isnull=False)
        return self.annotate(
            coming=models.Count("answers", filter=has_place),
            attended=models.Count("answers", filter=Q(answers__attended_at__isnull=False)),
        )

    def with_agenda(self) -> Self:
        """With the questions in the order in which they were asked, and the follow-ups by date."""
        questions = AgendaQuestion.objects.select_related("group").defer("group__position").order_by("asked_at", "pk")
        return self.select_related("region", "host").prefetch_related(
            models.Prefetch("questions", questions),
            models.Prefetch("follow_ups", FollowUp.objects.select_related("question").order_by("due", "pk")),
        )


class Call(models.Model):
    """One call: when, how to come in, who holds it."""

    kind = models.CharField(max_length=10, choices=CallKind)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, null=True, blank=True, related_name="calls")
    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))
    # The clocks by which it was set, and is told.
    time_zone = models.CharField(_("time zone"), max_length=40)
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES, default="en")
    # Shown to those who signed up only.
    join_link = models.URLField(_("link to join"), max_length=300)
    join_words = models.CharField(_("how else to join"), max_length=300, blank=True)
    capacity = models.PositiveIntegerField(_("places"), null=True, blank=True)
    host = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    cancelled_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    # How often it was changed: the SEQUENCE of its calendar file.
    revision = models.PositiveIntegerField(default=0)
    # A regional call: when its groups were told of it, and of what was answered on it.
    announced_at = models.DateTimeField(null=True, blank=True)
    answers_sent_at = models.DateTimeField(null=True, blank=True)

    # By with_coming().
    coming: int
    attended: int

    objects: ClassVar[CallQuerySet] = CallQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(kind=CallKind.ORGANIZING, region__isnull=True)
                | Q(kind=CallKind.REGIONAL, region__isnull=False),
                name="call_regional_has_region",
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("starts_at")), name="call_ends_later"),
            models.CheckConstraint(condition=Q(join_link__regex=r"^https?://"), name="call_link_is_web_address"),
            models.CheckConstraint(condition=Q(capacity__isnull=True) | Q(capacity__gt=0), name="call_has_places"),
            models.CheckConstraint(
                condition=Q(kind=CallKind.REGIONAL) | Q(announced_at__isnull=True, answers_sent_at__isnull=True),
                name="call_tells_groups_of_a_region",
            ),
        )
        indexes = (models.Index(fields=["kind", "starts_at"], name="call_by_time"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def length(self) -> timedelta:
        return self.ends_at - self.starts_at

    @property
    def title(self) -> str:
        """What it is called in the active language: "Organizing call", "Regional call: Midwest"."""
        return (
            gettext("Regional call: %(region)s") % {"region": self.region}
            if self.region
            else gettext("Organizing call")
        )


class CallAnswerQuerySet(models.QuerySet["CallAnswer"]):
    def coming(self) -> Self:
        """Those that were not taken back: each has a place."""
        return self.filter(cancelled_at__isnull=True)

    def attended(self) -> Self:
        return self.filter(attended_at__isnull=False)

    def with_people(self) -> Self:
        """With what a mail or a list needs to know of each person."""
        return self.select_related("person").defer("person__position").prefetch_related("person__emails")


class CallAnswer(models.Model):
    """That a person wants to come to a call, and whether they came."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="answers")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="call_answers")
    answered_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)
    # The reminders of the day before and of the last hour. A call that moves reminds anew.
    reminded_at = models.DateTimeField(null=True, blank=True)
    reminded_again_at = models.DateTimeField(null=True, blank=True)
    attended_at = models.DateTimeField(null=True, blank=True)
    attendance_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects: ClassVar[CallAnswerQuerySet] = CallAnswerQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (models.UniqueConstraint(fields=["call", "person"], name="callanswer_once"),)

    def __str__(self) -> str:
        return f"person {self.person_id} to call {self.call_id}"

    @property
    def source(self) -> str:
        """The key of the attendance among the bases of membership."""
        return f"call_answer:{self.pk}"


class AgendaQuestion(models.Model):
    """What a group wants to have spoken about on its region's call, and what was answered."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="questions")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="+")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    asked_at = models.DateTimeField()
    text = models.CharField(_("question"), max_length=500)
    answer = models.TextField(_("answer"), max_length=4000, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(answer="", answered_at__isnull=True) | Q(answer__gt="", answered_at__isnull=False),
                name="agendaquestion_answered_whole",
            ),
            models.CheckConstraint(condition=Q(text__gt=""), name="agendaquestion_asks"),
        )

    def __str__(self) -> str:
        return self.text[:60]


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    def open(self) -> Self:
        return self.filter(done_at__isnull=True)

    def overdue(self, today: date) -> Self:
        """Those that were to be done before `today`, the oldest first."""
        return self.open().filter(due__lt=today).order_by("due", "pk")


class FollowUp(models.Model):
    """What somebody promised on a call to do by a date."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="follow_ups")
    question = models.ForeignKey(
        AgendaQuestion, on_delete=models.SET_NULL, null=True, blank=True, related_name="follow_ups"
    )
    what = models.CharField(_("what"), max_length=300)
    who = models.CharField(_("who"), max_length=120)
    due = models.DateField(_("by"))
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects: ClassVar[FollowUpQuerySet] = FollowUpQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(what__gt="", who__gt=""), name="followup_says_what_and_who"),)

    def __str__(self) -> str:
        return self.what
