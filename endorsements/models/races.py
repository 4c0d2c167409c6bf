"""Races: one office in one area at one election date, and the candidates in it."""

import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from affiliates.models import Group
from foundation.places.models import Area
from foundation.places.states import STATES


class Level(models.TextChoices):
    """What an office belongs to."""

    LOCAL = "local", _("local")
    STATE = "state", _("state")
    FEDERAL = "federal", _("federal")
    PARTY = "party", _("party office")


class RaceQuerySet(models.QuerySet["Race"]):
    def known(self) -> Self:
        """Those that national has confirmed: what the public may see."""
        return self.filter(confirmed_at__isnull=False)

    def proposed(self) -> Self:
        """Those that a group has proposed and national has not looked at."""
        return self.filter(confirmed_at__isnull=True)

    def on_ballot_at(self, zip_code: str) -> Self:
        """The races whose area a five-digit ZIP code lies in. No order."""
        return self.filter(area__members__zip_code_id=zip_code)

    def upcoming(self, today: datetime.date) -> Self:
        return self.filter(election_date__gte=today)


class Race(models.Model):
    """One office in one area at one election date.

    The area may be unknown at first (no crosswalk has a state's own districts): then no poll of it can open.
    """

    office = models.CharField(_("office"), max_length=120)
    # Such as "7", "57A", "Middlesex and Worcester"; empty for an office of a whole state or country.
    district = models.CharField(_("district"), max_length=120, blank=True)
    level = models.CharField(_("level"), max_length=8, choices=Level)
    state = models.CharField(_("state"), max_length=2, blank=True)
    party = models.CharField(_("party"), max_length=80, blank=True, help_text=_("whose office it is, or whose primary"))
    area = models.ForeignKey(
        Area, verbose_name=_("area"), on_delete=models.PROTECT, null=True, blank=True, related_name="races"
    )
    # Office, district and party as foundation.places.keys.name_key folds them, to know the same race again.
    key = models.CharField(max_length=330, editable=False)
    slug = models.SlugField(max_length=160, unique=True)

    filing_deadline = models.DateField(_("last day to file"), null=True, blank=True)
    primary_date = models.DateField(_("primary election"), null=True, blank=True)
    election_date = models.DateField(_("election"))
    is_open_seat = models.BooleanField(_("nobody who holds the office runs again"), default=False)
    about = models.TextField(_("about the race"), blank=True, max_length=4_000)

    proposed_by = models.ForeignKey(Group, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[RaceQuerySet] = RaceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["state", "key", "election_date"], name="race_once_an_election"),
            models.CheckConstraint(condition=Q(level__in=Level.values), name="race_level_known"),
            models.CheckConstraint(condition=Q(state="") | Q(state__in=list(STATES)), name="race_state_known"),
            models.CheckConstraint(condition=~Q(office="") & ~Q(key=""), name="race_has_office"),
            models.CheckConstraint(condition=~Q(level="party") | ~Q(party=""), name="race_of_party_names_it"),
            models.CheckConstraint(
                condition=Q(primary_date__isnull=True) | Q(primary_date__lte=models.F("election_date")),
                name="race_primary_before_election",
            ),
            models.CheckConstraint(
                condition=Q(filing_deadline__isnull=True) | Q(filing_deadline__lte=models.F("election_date")),
                name="race_filing_before_election",
            ),
            models.CheckConstraint(
                condition=Q(election_date__range=(datetime.date(1990, 1, 1), datetime.date(2100, 1, 1))),
                name="race_election_in_our_time",
            ),
        )
        indexes = (
            models.Index(fields=["area", "election_date"], name="race_of_area"),
            models.Index(fields=["state", "election_date"], name="race_of_state"),
            models.Index(fields=["filing_deadline"], condition=Q(filing_deadline__isnull=False), name="race_to_file"),
        )

    def __str__(self) -> str:
        place = ", ".join(part for part in (self.district, self.state) if part)
        return f"{self.office} ({place})" if place else self.office

    def get_absolute_url(self) -> str:
        return reverse("race_page", args=[self.slug])

    @property
    def is_confirmed(self) -> bool:
        return self.confirmed_at is not None

    @property
    def subject(self) -> str:
        """Its key in the audit log."""
        return f"race:{self.pk}"


class Result(models.TextChoices):
    """How an election ended for a candidate."""

    PENDING = "pending", _("pending")
    WON = "won", _("won")
    LOST = "lost", _("lost")


class CandidateQuerySet(models.QuerySet["Candidate"]):
    def confirmed(self) -> Self:
        return self.filter(confirmed_at__isnull=False)

    def standing(self) -> Self:
        """Those who have not withdrawn."""
        return self.filter(withdrawn_at__isnull=True)


class Candidate(models.Model):
    """A person in a race."""

    race = models.ForeignKey(Race, on_delete=models.PROTECT, related_name="candidates")
    name = models.CharField(_("name"), max_length=120)
    name_key = models.CharField(max_length=240, editable=False)
    slug = models.SlugField(max_length=160, unique=True)
    party = models.CharField(_("party"), max_length=80, blank=True)
    about = models.TextField(_("about the candidate"), blank=True, max_length=4_000)
    is_incumbent = models.BooleanField(_("holds the office now"), default=False)
    # Where the questionnaire is mailed to; never shown.
    email = models.EmailField(_("e-mail address of the campaign"), blank=True, max_length=254)

    confirmed_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_because = models.CharField(max_length=500, blank=True)
    primary_result = models.CharField(max_length=8, choices=Result, default=Result.PENDING)
    result = models.CharField(max_length=8, choices=Result, default=Result.PENDING)
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[CandidateQuerySet] = CandidateQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["race", "name_key"], name="candidate_once_a_race"),
            # What polls, endorsements and nominations refer to together with the race.
            models.UniqueConstraint(fields=["id", "race"], name="candidate_of_race"),
            models.CheckConstraint(condition=~Q(name_key=""), name="candidate_has_name"),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="candidate_email_lower_case"),
            models.CheckConstraint(
                condition=Q(primary_result__in=Result.values, result__in=Result.values), name="candidate_result_known"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | ~Q(withdrawn_because=""),
                name="candidate_withdrawn_with_reason",
            ),
            models.CheckConstraint(
                condition=~Q(primary_result="lost") | ~Q(result="won"), name="candidate_lost_primary_not_won"
            ),
        )
        indexes = (GinIndex(fields=["name_key"], opclasses=["gin_trgm_ops"], name="candidate_name_trigrams"),)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("candidate_page", args=[self.slug])

    @property
    def subject(self) -> str:
        """Its key in the audit log."""
        return f"candidate:{self.pk}"


class CandidateLink(models.Model):
    """A place of the candidate's on the web."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="links")
    label = models.CharField(_("label"), max_length=40)
    url = models.URLField(_("address"), max_length=300)

    class Meta:
        ordering = ("label", "id")
        constraints = (
            models.UniqueConstraint(fields=["candidate", "url"], name="candidatelink_once"),
            models.CheckConstraint(condition=Q(url__regex=r"^https?://"), name="candidatelink_is_web_address"),
        )

    def __str__(self) -> str:
        return self.label


class ResearchNote(models.Model):
    """What staff found out about a candidate, in words or as a file. For staff only."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="research")
    text = models.TextField(_("note"), max_length=8_000, blank=True)
    file_name = models.CharField(max_length=120, blank=True)
    file_kind = models.CharField(max_length=100, blank=True)
    file = models.BinaryField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=~Q(text="") | Q(file__isnull=False), name="researchnote_says_something"),
            models.CheckConstraint(
                condition=Q(file__isnull=True, file_name="") | (Q(file__isnull=False) & ~Q(file_name="")),
                name="researchnote_file_has_name",
            ),
        )
        indexes = (models.Index(fields=["candidate", "-at"], name="researchnote_of_candidate"),)

    def __str__(self) -> str:
        return self.file_name or self.text[:40]
