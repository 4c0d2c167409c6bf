"""What staff write down about people: notes, tags, and segments saved by rules."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .people import Person


class PersonNote(models.Model):
    """A note about a person. The person sees it in their export."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    text = models.TextField(_("note"), max_length=4000)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (models.CheckConstraint(condition=~Q(text=""), name="personnote_has_text"),)
        indexes = (models.Index(fields=["person", "-at"], name="personnote_of_person"),)

    def __str__(self) -> str:
        return f"note {self.pk}"


class Tag(models.Model):
    """A word that staff put on people."""

    name = models.CharField(_("tag"), max_length=40)
    people: "models.ManyToManyField[Person, PersonTag]" = models.ManyToManyField(
        Person, through="PersonTag", related_name="tags"
    )

    class Meta:
        ordering: ClassVar[tuple[str, ...]] = ("name", "id")
        constraints = (
            models.UniqueConstraint(Lower("name"), name="tag_once", violation_error_message=_("There is such a tag.")),
            models.CheckConstraint(condition=~Q(name=""), name="tag_has_name"),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("tag_page", args=[self.pk])


class PersonTag(models.Model):
    """That a person has a tag."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="person_tags")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="person_tags")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (models.UniqueConstraint(fields=["person", "tag"], name="persontag_once"),)

    def __str__(self) -> str:
        return f"{self.tag_id} on {self.person_id}"


class Segment(models.Model):
    """People described by rules, found anew each time. `rules` are read and checked by members.segments."""

    name = models.CharField(_("name"), max_length=80)
    rules = models.JSONField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar[tuple[str, ...]] = ("name", "id")
        constraints = (
            models.UniqueConstraint(
                Lower("name"), name="segment_once", violation_error_message=_("There is a segment of this name.")
            ),
            models.CheckConstraint(condition=~Q(name=""), name="segment_has_name"),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("segment_page", args=[self.pk])
