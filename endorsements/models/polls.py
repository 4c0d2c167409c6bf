"""Polls of the chapters, and the ledger of each: append-only, chained by hashes, kept by the database.

What is frozen at opening, the closing time, the chain and the current ballots are held by triggers
(migrations/0002_guards.py): no code path can write around them.
"""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from affiliates.models import Group

from .races import Candidate, Race

RULE = "more than half of all eligible groups: 2 × votes > eligible"
"""The rule as every poll freezes it (domain, Endorsements)."""


class PollState(models.TextChoices):
    """Where a poll stands."""

    DRAFT = "draft", _("draft")
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")
    VOID = "void", _("void")


class PollQuerySet(models.QuerySet["Poll"]):
    def without_snapshot(self) -> Self:
        """Without the frozen text, which is as long as the list of the eligible."""
        return self.defer("snapshot")

    def open(self) -> Self:
        return self.filter(state=PollState.OPEN)

    def due(self) -> Self:
        """Open polls whose closing time has passed by the database's clock. No order."""
        return self.filter(state=PollState.OPEN, closes_at__lte=Now())

    def published(self) -> Self:
        """Those that the public may see: once closed. Open ones are seen by the groups asked."""
        return self.filter(state=PollState.CLOSED)


class Poll(models.Model):
    """National asks the affiliates of a race's area which candidate, if any, to endorse."""

    race = models.ForeignKey(Race, on_delete=models.PROTECT, related_name="polls")
    slug = models.SlugField(max_length=160, unique=True)
    words = models.TextField(_("what the groups should know"), blank=True, max_length=8_000)
    state = models.CharField(max_length=8, choices=PollState, default=PollState.DRAFT)
    revision = models.PositiveIntegerField(default=0)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    closes_at = models.DateTimeField(_("closes"))
    # Frozen at opening. `snapshot` are the exact bytes that `snapshot_hash` is of: race, choices, eligible groups,
    # rule, times. It is the head of the chain before the first entry.
    rule = models.CharField(max_length=120, default=RULE)
    opened_at = models.DateTimeField(null=True, blank=True)
    eligible = models.PositiveIntegerField(default=0)
    snapshot = models.TextField(blank=True)
    snapshot_hash = models.CharField(max_length=64, blank=True)

    # The chain: how many entries, and the hash of the last. Written by the database alone.
    entries = models.PositiveIntegerField(default=0)
    head = models.CharField(max_length=64, blank=True)

    closed_at = models.DateTimeField(null=True, blank=True)
    # {"candidates": {position: votes}, "none": n, "abstain": n, "cast": n}; made by endorsements.tally at the close.
    tally = models.JSONField(null=True, blank=True)
    recommended = models.ForeignKey(Candidate, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    recommended_votes = models.PositiveIntegerField(null=True, blank=True)

    # Two people void a poll: keys such as user:5, which outlive the account.
    void_asked_by = models.CharField(max_length=40, blank=True)
    void_asked_at = models.DateTimeField(null=True, blank=True)
    void_because = models.CharField(_("why the poll is void"), max_length=1_000, blank=True)
    voided_by = models.CharField(max_length=40, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[PollQuerySet] = PollQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["race"], condition=Q(state__in=("draft", "open")), name="poll_one_at_a_time"
            ),
            # What an endorsement refers to: only what this poll recommended.
            models.UniqueConstraint(fields=["id", "recommended"], name="poll_and_what_it_recommends"),
            models.CheckConstraint(condition=Q(state__in=PollState.values), name="poll_state_known"),
            models.CheckConstraint(
                condition=Q(state="draft", opened_at__isnull=True, snapshot_hash="")
                | Q(state__in=("open", "closed"), opened_at__isnull=False, eligible__gte=1, snapshot_hash__gt="")
                | Q(state="void"),
                name="poll_open_is_frozen",
            ),
            models.CheckConstraint(
                condition=Q(opened_at__isnull=True) | Q(closes_at__gt=F("opened_at")), name="poll_closes_after_opening"
            ),
            models.CheckConstraint(
                condition=~Q(state="closed") | Q(closed_at__isnull=False, tally__isnull=False),
                name="poll_closed_is_tallied",
            ),
            # The rule of the network (domain, Endorsements): more than half of all eligible.
            models.CheckConstraint(
                condition=Q(recommended__isnull=True, recommended_votes__isnull=True)
                | Q(
                    recommended__isnull=False,
                    recommended_votes__gt=F("eligible") - F("recommended_votes"),
                    closed_at__isnull=False,
                ),
                name="poll_recommends_by_majority_of_eligible",
            ),
            models.CheckConstraint(
                condition=~Q(state="void")
                | (
                    Q(voided_at__isnull=False)
                    & ~Q(void_asked_by="")
                    & ~Q(voided_by="")
                    & ~Q(voided_by=F("void_asked_by"))
                    & ~Q(void_because="")
                ),
                name="poll_void_by_two_with_reason",
            ),
        )
        indexes = (
            models.Index(fields=["closes_at"], condition=Q(state="open"), name="poll_to_close"),
            models.Index(fields=["race", "-created_at"], name="poll_of_race"),
        )

    def __str__(self) -> str:
        return f"poll {self.slug} ({self.state})"

    def get_absolute_url(self) -> str:
        return reverse("poll_page", args=[self.slug])

    @property
    def subject(self) -> str:
        """Its key in the audit log."""
        return f"poll:{self.pk}"


class ChoiceKind(models.TextChoices):
    """What a group can choose."""

    CANDIDATE = "candidate", _("a candidate")
    NONE = "none", _("no endorsement")
    ABSTAIN = "abstain", _("abstain")


class PollChoice(models.Model):
    """One choice of a poll, frozen at its opening. A withdrawn candidate's is closed; votes on it do not move."""

    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, related_name="choices")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=ChoiceKind)
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # Name and party as they were at opening; empty for the other kinds, whose words are translated.
    label = models.CharField(max_length=250, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=["poll", "position"], name="pollchoice_once_a_position"),
            models.UniqueConstraint(fields=["poll", "candidate"], name="pollchoice_once_a_candidate"),
            models.UniqueConstraint(
                fields=["poll", "kind"], condition=~Q(kind="candidate"), name="pollchoice_once_of_the_other_kinds"
            ),
            # What ballots refer to: a choice of their own poll.
            models.UniqueConstraint(fields=["id", "poll"], name="pollchoice_of_poll"),
            models.CheckConstraint(
                condition=Q(kind="candidate", candidate__isnull=False) & ~Q(label="")
                | Q(kind__in=("none", "abstain"), candidate__isnull=True),
                name="pollchoice_of_candidate_names_one",
            ),
        )

    def __str__(self) -> str:
        return self.label or self.get_kind_display()


class WhyEligible(models.TextChoices):
    """Why a group has a vote in a poll."""

    HOME = "home", _("its home lies in the area")
    SERVES = "serves", _("it serves the area")


class EligibleGroup(models.Model):
    """A group that had a vote when the poll opened: frozen, and what its ballot refers to."""

    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, related_name="eligible_groups")
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    # As they were at opening.
    name = models.CharField(max_length=120)
    place_name = models.CharField(max_length=120)
    why = models.CharField(max_length=6, choices=WhyEligible)
    # The home ZIP code, or the name of the area served.
    because = models.CharField(max_length=160)

    class Meta:
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=["poll", "group"], name="eligiblegroup_once"),
            models.UniqueConstraint(fields=["poll", "number"], name="eligiblegroup_once_a_number"),
            models.UniqueConstraint(fields=["id", "poll", "group"], name="eligiblegroup_for_ballots"),
            models.CheckConstraint(condition=Q(why__in=WhyEligible.values), name="eligiblegroup_why_known"),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.poll_id})"


class EntryKind(models.TextChoices):
    """What can happen in a poll after its opening."""

    CAST = "cast", _("ballot cast")
    WITHDRAWN = "withdrawn", _("candidate withdrew")
    EXTENDED = "extended", _("closing time extended")
    STRUCK = "struck", _("ballot struck")
    CLOSED = "closed", _("closed")


class PollEntry(models.Model):
    """One line of a poll's ledger. `text` are the exact bytes whose SHA-256 is `hash`; it names the hash before it.

    Inserting one is what casts a ballot, closes a choice, and moves the closing time: triggers check the chain, the
    database's clock and the group's standing, and derive the rest. Nobody changes or deletes one.
    """

    poll = models.ForeignKey(Poll, on_delete=models.PROTECT, related_name="ledger")
    sequence = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=EntryKind)
    at = models.DateTimeField()
    eligible = models.ForeignKey(EligibleGroup, on_delete=models.PROTECT, null=True, blank=True, related_name="entries")
    choice = models.ForeignKey(PollChoice, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    closes_at = models.DateTimeField(null=True, blank=True)
    words = models.CharField(max_length=1_000, blank=True)
    # Who acted, as a key such as user:5: never published, and no reference that an erasure would have to change.
    by = models.CharField(max_length=40)
    text = models.TextField()
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name_plural = "poll entries"
        constraints = (
            models.UniqueConstraint(fields=["poll", "sequence"], name="pollentry_once_a_sequence"),
            models.UniqueConstraint(fields=["poll", "hash"], name="pollentry_once_a_hash"),
            models.CheckConstraint(
                condition=Q(kind="cast", eligible__isnull=False, choice__isnull=False, closes_at__isnull=True)
                | Q(kind="withdrawn", eligible__isnull=True, choice__isnull=False, closes_at__isnull=True)
                | Q(kind="extended", eligible__isnull=True, choice__isnull=True, closes_at__isnull=False)
                | Q(kind="struck", eligible__isnull=False, choice__isnull=True, closes_at__isnull=True)
                | Q(kind="closed", eligible__isnull=True, choice__isnull=True, closes_at__isnull=True),
                name="pollentry_kind_has_its_parts",
            ),
        )

    def __str__(self) -> str:
        return f"{self.sequence} of poll {self.poll_id}: {self.kind}"


class BallotQuerySet(models.QuerySet["Ballot"]):
    def standing(self) -> Self:
        """Those that count: the struck ones do not."""
        return self.filter(struck_at__isnull=True)


class Ballot(models.Model):
    """A group's current ballot. Read-only: the database derives it from the ledger."""

    poll = models.ForeignKey(Poll, on_delete=models.PROTECT, related_name="ballots")
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="ballots")
    eligible = models.OneToOneField(EligibleGroup, on_delete=models.PROTECT, related_name="ballot")
    choice = models.ForeignKey(PollChoice, on_delete=models.PROTECT, related_name="ballots")
    entry = models.ForeignKey(PollEntry, on_delete=models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField(default=1)
    cast_at = models.DateTimeField()
    struck_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[BallotQuerySet] = BallotQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (models.UniqueConstraint(fields=["poll", "group"], name="ballot_one_a_group"),)

    def __str__(self) -> str:
        return f"ballot of group {self.group_id} in poll {self.poll_id}"


class BallotStrikeQuerySet(models.QuerySet["BallotStrike"]):
    def waiting(self) -> Self:
        """Those that somebody else of the staff has to answer: of a ballot that still is the group's. No order."""
        unanswered = self.filter(agreed_at__isnull=True, refused_at__isnull=True, poll__state=PollState.OPEN)
        return unanswered.filter(eligible__ballot__entry=F("entry"), eligible__ballot__struck_at__isnull=True)


class BallotStrike(models.Model):
    """That staff asked to strike a ballot, and that somebody else agreed. The group may cast again until the close."""

    poll = models.ForeignKey(Poll, on_delete=models.PROTECT, related_name="strikes")
    eligible = models.ForeignKey(EligibleGroup, on_delete=models.PROTECT, related_name="strikes")
    # The ballot that is meant: one that the group changes meanwhile is another.
    entry = models.ForeignKey(PollEntry, on_delete=models.PROTECT, related_name="+")
    because = models.CharField(_("why the ballot is struck"), max_length=1_000)
    asked_by = models.CharField(max_length=40)
    asked_at = models.DateTimeField()
    agreed_by = models.CharField(max_length=40, blank=True)
    agreed_at = models.DateTimeField(null=True, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[BallotStrikeQuerySet] = BallotStrikeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["entry"], condition=Q(refused_at__isnull=True), name="ballotstrike_once_a_ballot"
            ),
            models.CheckConstraint(condition=~Q(because=""), name="ballotstrike_has_reason"),
            models.CheckConstraint(
                condition=Q(agreed_by="", agreed_at__isnull=True)
                | (Q(agreed_at__isnull=False) & ~Q(agreed_by="") & ~Q(agreed_by=F("asked_by"))),
                name="ballotstrike_by_two",
            ),
        )

    def __str__(self) -> str:
        return f"strike of {self.eligible}"
