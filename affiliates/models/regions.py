"""Regions, and what the states say about raising money."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .groups import Group


class RegionQuerySet(models.QuerySet["Region"]):
    def of_group(self, group: Group) -> Self:
        """The one region in which the group's home lies, or none."""
        return self.filter(parts__country=group.country, parts__state=group.state if group.country == "US" else "")


class Region(models.Model):
    """A named set of states or countries, with a staff organizer."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    organizer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("staff organizer"),
    )

    objects: ClassVar[RegionQuerySet] = RegionQuerySet.as_manager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.name


class RegionPart(models.Model):
    """One state, or one country outside the United States, of a region. Each is in one region at most."""

    region = models.ForeignKey(Region, on_delete=models.CASCADE, related_name="parts")
    country = models.CharField(max_length=2, default="US")
    state = models.CharField(max_length=2, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["country", "state"], name="regionpart_in_one_region"),
            models.CheckConstraint(
                condition=Q(country="US", state__gt="") | ~Q(country="US") & Q(state=""), name="regionpart_whole"
            ),
        )

    def __str__(self) -> str:
        return self.state or self.country


class FundraisingOffice(models.Model):
    """The office of a state that says what holds for raising money there. The site gives no legal advice."""

    state = models.CharField(_("state"), max_length=2, primary_key=True)
    office = models.CharField(_("office"), max_length=200)
    url = models.URLField(_("address"), max_length=300)
    note = models.TextField(_("note"), max_length=2000, blank=True)
    note_es = models.TextField(_("note in Spanish"), max_length=2000, blank=True)
    checked_on = models.DateField(_("link seen to work on"), null=True, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(url__regex=r"^https?://"), name="fundraisingoffice_is_web_address"),
        )

    def __str__(self) -> str:
        return self.office

    def note_in(self, language: str) -> str:
        """The note for a reader of this language; the English one where there is no other."""
        return self.note_es if language == "es" and self.note_es else self.note
