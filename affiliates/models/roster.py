"""The people of a group, and who was introduced to one."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import gettext_lazy as _

from members.models import Consent, ConsentPurpose, Person

from .groups import Group


class JoinedBy(models.TextChoices):
    """How somebody came onto a roster."""

    GROUP_PAGE = "group_page", _("joined on the group's page")
    FORM = "form", _("signed up on its form")
    NETWORK = "network", _("joined the network and chose this group")
    EVENT = "event", _("answered one of its events")
    INVITED = "invited", _("was invited by an organizer and said yes")


class RosterQuerySet(models.QuerySet["RosterEntry"]):
    def of_group(self, group: Group) -> Self:
        return self.filter(group=group)

    def of_person(self, person: Person) -> Self:
        return self.filter(person=person)

    def with_consents(self, group: Group) -> Self:
        """Each with `shares` (their details with this group) and `wants_mail` (of this group), as it stands now."""
        return self.annotate(
            shares=_last_word(ConsentPurpose.SHARING, group), wants_mail=_last_word(ConsentPurpose.GROUP_MAIL, group)
        )

    def sharing(self, group: Group, *, shares: bool = True) -> Self:
        """Those of the group whose people share their details with it; or with False, those who do not."""
        return self.of_group(group).with_consents(group).filter(shares=shares)

    def wanting_mail(self, group: Group, *, wants_mail: bool = True) -> Self:
        """Those of the group whose people want its mails; or with False, those who do not."""
        return self.of_group(group).with_consents(group).filter(wants_mail=wants_mail)


def _last_word(purpose: ConsentPurpose, group: Group) -> Coalesce:
    words = Consent.objects.filter(person=models.OuterRef("person"), purpose=purpose, scope=group.scope)
    return Coalesce(models.Subquery(words.order_by("-pk").values("is_given")[:1]), False)


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
        indexes = (models.Index(fields=["group", "-joined_at", "-id"], name="rosterentry_newest"),)

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


class RosterTag(models.Model):
    """A word of a group's own for some of its people."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="roster_tags")
    name = models.CharField(_("tag"), max_length=40)
    entries = models.ManyToManyField(RosterEntry, related_name="tags", blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint("group", Lower("name"), name="rostertag_once"),
            models.CheckConstraint(condition=Q(name__gt=""), name="rostertag_has_name"),
        )

    def __str__(self) -> str:
        return self.name


class RosterNote(models.Model):
    """What an organizer wrote down about somebody on the roster. The person can read it in their export."""

    entry = models.ForeignKey(RosterEntry, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField()
    text = models.TextField(_("note"), max_length=2000)

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(text__gt=""), name="rosternote_says_something"),)

    def __str__(self) -> str:
        return f"note {self.pk}"


class GroupMessage(models.Model):
    """One message of a group to the people of its roster who want mails of the group."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="messages")
    subject = models.CharField(_("subject"), max_length=120)
    text = models.TextField(_("message"), max_length=10_000)
    reply_to = models.EmailField(max_length=254, blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField()
    # The row of the roster up to which mails were put into the outbox, and when all were.
    queued_up_to = models.BigIntegerField(default=0)
    queued_at = models.DateTimeField(null=True, blank=True)
    recipients = models.PositiveIntegerField(default=0)
    # Access ended before all were queued.
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(subject__gt="", text__gt=""), name="groupmessage_says_something"),
            models.CheckConstraint(
                condition=Q(queued_at__isnull=True) | Q(stopped_at__isnull=True), name="groupmessage_has_one_end"
            ),
        )
        indexes = (
            models.Index(
                fields=["at"],
                condition=Q(queued_at__isnull=True, stopped_at__isnull=True),
                name="groupmessage_to_queue",
            ),
        )

    def __str__(self) -> str:
        return self.subject
