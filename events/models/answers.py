"""RSVPs: who is going, who waits for a place, and what is told to them."""

import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from members.models import Person

from .planned import MOST_GUESTS, Event

HELD_FOR = datetime.timedelta(hours=48)
"""How long a place is kept for somebody who has not confirmed their answer; longer where the event is nearer."""


class RsvpState(models.TextChoices):
    """What somebody answered, and whether there was a place."""

    GOING = "going", _("going")
    WAITING = "waiting", _("waiting for a place")
    MAYBE = "maybe", _("maybe")
    CANT = "cant", _("can't come")


class RsvpQuerySet(models.QuerySet["Rsvp"]):
    def going(self) -> Self:
        return self.filter(state=RsvpState.GOING)

    def waiting(self) -> Self:
        """Those who wait, the first in the line first."""
        return self.filter(state=RsvpState.WAITING).order_by("waiting_since", "pk")

    def confirmed(self) -> Self:
        return self.filter(confirmed_at__isnull=False)

    def coming(self) -> Self:
        """Whoever is told of changes: those who go, wait, or may come."""
        return self.exclude(state=RsvpState.CANT)


class Rsvp(models.Model):
    """One answer of one person to one event.

    Until the owner of the address has confirmed it, it knows no person, only what was typed: nobody can answer for
    somebody else, or learn by it who is known. It holds its place meanwhile (HELD_FOR).
    """

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="rsvps")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, blank=True, related_name="rsvps")
    state = models.CharField(max_length=8, choices=RsvpState)
    # The person and their guests.
    party_size = models.PositiveSmallIntegerField(_("how many of you"), default=1)
    answered_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    waiting_since = models.DateTimeField(null=True, blank=True)
    # When a place became free for them, or the host let them in.
    got_place_at = models.DateTimeField(null=True, blank=True)
    # Raised by every change of it: part of the keys of its mails.
    revision = models.PositiveIntegerField(default=0)

    # What was typed; emptied by the confirmation, which writes it where it belongs.
    email = models.EmailField(max_length=254, blank=True)
    given_name = models.CharField(max_length=120, blank=True)
    family_name = models.CharField(max_length=120, blank=True)
    place = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=5, choices=settings.LANGUAGES, default="en")
    # [{"purpose", "group" (id or null), "wording" (id), "is_ticked"}] as asked.
    consents = models.JSONField(default=list, blank=True)
    # [{"question": the text as asked, "answer": text}], for the hosts.
    answers = models.JSONField(default=list, blank=True)

    reminded_at = models.DateTimeField(null=True, blank=True)  # on the day before
    reminded_again_at = models.DateTimeField(null=True, blank=True)  # on the day
    thanked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[RsvpQuerySet] = RsvpQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "RSVP"
        constraints = (
            models.UniqueConstraint(fields=["event", "person"], name="rsvp_once_a_person"),
            models.UniqueConstraint("event", Lower("email"), condition=~Q(email=""), name="rsvp_once_an_address"),
            models.CheckConstraint(condition=Q(state__in=RsvpState.values), name="rsvp_state_known"),
            models.CheckConstraint(
                condition=Q(party_size__range=(1, MOST_GUESTS + 1)), name="rsvp_party_of_one_to_ten"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=False, person__isnull=False, email="")
                | Q(confirmed_at__isnull=True, person__isnull=True, email__gt=""),
                name="rsvp_of_person_or_unconfirmed",
            ),
            models.CheckConstraint(
                condition=Q(state=RsvpState.WAITING, waiting_since__isnull=False)
                | ~Q(state=RsvpState.WAITING) & Q(waiting_since__isnull=True),
                name="rsvp_waiting_since",
            ),
        )
        indexes = (
            models.Index(
                fields=["event", "waiting_since", "id"], condition=Q(state=RsvpState.WAITING), name="rsvp_line"
            ),
            models.Index(fields=["answered_at"], condition=Q(confirmed_at__isnull=True), name="rsvp_unconfirmed"),
            models.Index(fields=["event", "state"], name="rsvp_by_state"),
        )

    def __str__(self) -> str:
        return f"{self.state} at event {self.event_id}"

    @property
    def source(self) -> str:
        """The key of the answer among what people did, and of what was agreed to with it."""
        return f"rsvp:{self.pk}"

    @property
    def is_confirmed(self) -> bool:
        return self.confirmed_at is not None


class CalendarFeed(models.Model):
    """The secret address of a person's own calendar. It is made from the row, so another `revision` revokes it."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, primary_key=True, related_name="calendar_feed")
    revision = models.PositiveIntegerField(default=1)
    made_at = models.DateTimeField()
    last_read_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"person {self.person_id}"


class NoticeKind(models.TextChoices):
    """What those who answered are told."""

    MOVED = "moved", _("another time or place")
    LINK = "link", _("another way to join")
    CANCELLED = "cancelled", _("cancelled")
    MESSAGE = "message", _("a message of the hosts")
    THANKS = "thanks", _("thanks, and what comes next")


class EventNotice(models.Model):
    """Something to be told to all who answered an event. Mails are made from it row by row, so none is lost."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=10, choices=NoticeKind)
    # The event's `sequence` that it tells of: one notice a change.
    sequence = models.PositiveIntegerField()
    subject = models.CharField(_("subject"), max_length=120, blank=True)
    text = models.TextField(_("message"), max_length=10_000, blank=True)
    # What it was before, as told: {"starts_at", "ends_at", "time_zone", "place"}.
    before = models.JSONField(default=dict, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    # The answer up to which mails were put into the outbox, and when all were.
    queued_up_to = models.BigIntegerField(default=0)
    queued_at = models.DateTimeField(null=True, blank=True)
    recipients = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=NoticeKind.values), name="eventnotice_kind_known"),
            models.CheckConstraint(
                condition=~Q(kind=NoticeKind.MESSAGE) | Q(subject__gt="", text__gt=""),
                name="eventnotice_message_says_something",
            ),
            models.UniqueConstraint(
                fields=["event", "kind", "sequence"],
                condition=~Q(kind=NoticeKind.MESSAGE),
                name="eventnotice_once_a_change",
            ),
            models.CheckConstraint(
                condition=Q(queued_up_to__gte=0) & Q(recipients__gte=0), name="eventnotice_counts_up"
            ),
        )
        indexes = (models.Index(fields=["at"], condition=Q(queued_at__isnull=True), name="eventnotice_to_queue"),)

    def __str__(self) -> str:
        return f"{self.kind} of event {self.event_id}"
