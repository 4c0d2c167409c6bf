"""The people of a group, and who was introduced to one."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import Person

from .groups import Group


class JoinedBy(models.TextChoices):
    """How somebody came onto a roster."""

    GROUP_PAGE = "group_page", _("joined on the group's page")
    FORM = "form", _("signed up on its form")
    NETWORK = "network", _("joined the network and chose this group")
    EVENT = "event", _("answered one of its events")


class RosterQuerySet(models.QuerySet["RosterEntry"]):
    def of_group(self, group: Group) -> Self:
        return self.filter(group=group)

    def of_person(self, person: Person) -> Self:
        return self.filter(person=person)


class RosterEntry(models.Model):
    """That a person is on the roster of a group, since when and how.

    What the group may see and do follows from the person's consents of its scope (members.consent), not from this row.
    """

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="roster")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="roster_entries")
    joined_at = models.DateTimeField()
    how = models.CharField(max_length=12, choices=JoinedBy)
    # The opaque key of the fact it comes from, such as "sign_up:12".
    source = models.CharField(max_length=120)

    objects: ClassVar[RosterQuerySet] = RosterQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name_plural = "roster entries"
        constraints = (
            models.UniqueConstraint(fields=["group", "person"], name="rosterentry_once"),
            models.CheckConstraint(condition=Q(how__in=JoinedBy.values), name="rosterentry_how_known"),
            models.CheckConstraint(condition=~Q(source=""), name="rosterentry_has_source"),
        )

    def __str__(self) -> str:
        return f"person {self.person_id} of group {self.group_id}"


class Introduction(models.Model):
    """That a person who had joined near no group was told of a new one. Nothing was shared with the group by it."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="introductions")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="introductions")
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["group", "person"], name="introduction_once"),)

    def __str__(self) -> str:
        return f"group {self.group_id} to person {self.person_id}"
