"""A group asks its own members before it casts its ballot: advice to its contact, one member one vote."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from affiliates.models import Group
from foundation.mail.models import OutgoingMail
from members.models import Person

from .polls import Poll, PollChoice


class MemberVote(models.Model):
    """A vote among the members of one group on the choices of one poll."""

    poll = models.ForeignKey(Poll, on_delete=models.PROTECT, related_name="member_votes")
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="member_votes")
    # What share of those who vote a choice needs for the group's advice to be clear.
    threshold_percent = models.PositiveSmallIntegerField(_("share that a choice needs"), default=50)
    words = models.CharField(_("what the members should know"), max_length=2_000, blank=True)
    opened_at = models.DateTimeField()
    closes_at = models.DateTimeField(_("closes"))
    cancelled_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["poll", "group"], condition=Q(cancelled_at__isnull=True), name="membervote_one_a_poll"
            ),
            models.CheckConstraint(condition=Q(threshold_percent__range=(1, 100)), name="membervote_threshold"),
            models.CheckConstraint(condition=Q(closes_at__gt=F("opened_at")), name="membervote_closes_after_opening"),
        )

    def __str__(self) -> str:
        return f"members of group {self.group_id} on poll {self.poll_id}"


class MemberVoter(models.Model):
    """A member who is asked, and the one answer that they give and may change until the close."""

    vote = models.ForeignKey(MemberVote, on_delete=models.CASCADE, related_name="voters")
    # Deleted people leave their vote without their name.
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="member_votes")
    mail = models.ForeignKey(OutgoingMail, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    choice = models.ForeignKey(PollChoice, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    voted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["vote", "person"], name="membervoter_once"),
            models.CheckConstraint(
                condition=Q(choice__isnull=True, voted_at__isnull=True)
                | Q(choice__isnull=False, voted_at__isnull=False),
                name="membervoter_choice_with_time",
            ),
        )

    def __str__(self) -> str:
        return f"voter {self.pk} of {self.vote_id}"
