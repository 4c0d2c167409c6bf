"""What candidates are asked, and what they answer through a mailed link."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .races import Candidate, Level


class Questionnaire(models.Model):
    """One version of the questions of a level. Published, it never changes: a change is a new version."""

    level = models.CharField(_("level"), max_length=8, choices=Level)
    version = models.PositiveSmallIntegerField()
    title = models.CharField(_("title"), max_length=120)
    published_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["level", "version"], name="questionnaire_version_once"),
            models.UniqueConstraint(
                fields=["level"], condition=Q(published_at__isnull=True), name="questionnaire_one_draft"
            ),
            models.CheckConstraint(condition=Q(level__in=Level.values), name="questionnaire_level_known"),
        )

    def __str__(self) -> str:
        return f"{self.title} ({self.version})"


class Question(models.Model):
    """One question of a version."""

    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField()
    text = models.CharField(_("question"), max_length=500)
    is_yes_or_no = models.BooleanField(_("asks for yes or no first"), default=False)
    is_required = models.BooleanField(_("must be answered"), default=True)

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(
                fields=["questionnaire", "position"],
                name="question_once_a_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(condition=~Q(text=""), name="question_has_text"),
        )

    def __str__(self) -> str:
        return self.text


class QuestionnaireResponse(models.Model):
    """A candidate's copy of a version: sent by mail, answered, published or not. Reusable for two years."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="responses")
    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.PROTECT, related_name="responses")
    language = models.CharField(max_length=5, choices=settings.LANGUAGES, default="en")
    sent_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    # Raised to make the links that were mailed before worthless.
    link_number = models.PositiveSmallIntegerField(default=1)
    answered_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    # The answers were given for this earlier candidacy and taken over.
    reused_from = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["candidate", "questionnaire"], name="questionnaireresponse_once"),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True) | Q(answered_at__isnull=False),
                name="questionnaireresponse_published_when_answered",
            ),
        )

    def __str__(self) -> str:
        return f"response {self.pk} of candidate {self.candidate_id}"


class Answer(models.Model):
    """What a candidate answers to one question; saved as it is typed, the candidate's own until they send it."""

    response = models.ForeignKey(QuestionnaireResponse, on_delete=models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="+")
    yes = models.BooleanField(null=True, blank=True)
    text = models.TextField(max_length=4_000, blank=True)

    class Meta:
        constraints: ClassVar = (models.UniqueConstraint(fields=["response", "question"], name="answer_once"),)

    def __str__(self) -> str:
        return self.text[:40]
