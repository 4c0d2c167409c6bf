"""What staff see of a poll: who has cast and who has not, what is missing, what is asked of a second person.

While a poll is open nobody sees what was chosen: turnout is all there is to see. Votes stand in poll_results.
"""

import datetime
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from affiliates.models import GroupRole, Role

from .models import (
    Ballot,
    BallotStrike,
    Candidate,
    ConflictOfInterest,
    EligibleGroup,
    Poll,
    PollEntry,
    PollNotice,
    PollNoticeKind,
    PollState,
    Race,
)
from .tally import missing_for_majority


def polls_in_words() -> str:
    """How many polls are open, and how many things in them wait for a second of the staff; for the staff home."""
    running = Poll.objects.open().count()
    waiting = BallotStrike.objects.filter(poll__state=PollState.OPEN, agreed_at__isnull=True, refused_at__isnull=True)
    asked = Poll.objects.filter(state__in=(PollState.OPEN, PollState.CLOSED)).exclude(void_asked_by="")
    words = ngettext("%(count)s is open.", "%(count)s are open.", running) % {"count": running}
    if number := waiting.count() + asked.count():
        words += " " + ngettext("%(count)s waits for a second word.", "%(count)s wait for a second word.", number) % {
            "count": number
        }
    return words


@dataclass(frozen=True)
class Turnout:
    """How many groups are eligible and how many have a ballot that stands. `missing` are the ballots that lack before
    any choice can have more than half of all eligible."""

    eligible: int
    cast: int

    @property
    def majority(self) -> int:
        """The fewest votes that are more than half of all eligible."""
        return missing_for_majority(0, self.eligible)

    @property
    def missing(self) -> int:
        return missing_for_majority(self.cast, self.eligible)

    @property
    def percent(self) -> float:
        return 100 * self.cast / self.eligible if self.eligible else 0.0


def choices_to_freeze(race: Race) -> QuerySet[Candidate]:
    """The candidates whom a poll of `race` would offer, were it opened now, in the order of the ballot.

    No endorsement and abstaining follow them.
    """
    return race.candidates.all().confirmed().standing().order_by("name_key", "pk")


def turnout_of(poll: Poll) -> Turnout:
    """The turnout of a poll that was opened. One query."""
    return Turnout(poll.eligible, poll.ballots.filter(struck_at__isnull=True).count())


def seats_without_ballot(poll: Poll) -> QuerySet[EligibleGroup]:
    """The eligible groups that have not cast, by name; `has_contact` says whether anybody can cast for them."""
    standing = Ballot.objects.filter(eligible=OuterRef("pk"), struck_at__isnull=True)
    contacts = GroupRole.objects.filter(group=OuterRef("group"), role=Role.CONTACT, user__is_active=True)
    seats = poll.eligible_groups.exclude(Exists(standing)).annotate(has_contact=Exists(contacts))
    return seats.select_related("group").defer("group__position").order_by("name", "number")


def seats_with_ballot(poll: Poll) -> QuerySet[EligibleGroup]:
    """The eligible groups whose ballot stands, the last cast first, with `ballot`; what they chose is not read."""
    seats = poll.eligible_groups.filter(ballot__isnull=False, ballot__struck_at__isnull=True)
    return seats.select_related("ballot").defer("ballot__choice").order_by("-ballot__cast_at", "number")


def strikes_asked(poll: Poll) -> QuerySet[BallotStrike]:
    """What one of the staff has asked and a second has not answered, the oldest first."""
    waiting = BallotStrike.objects.filter(poll=poll, agreed_at__isnull=True, refused_at__isnull=True)
    return waiting.select_related("eligible", "entry").order_by("asked_at", "pk")


def interests_declared(poll: Poll) -> QuerySet[ConflictOfInterest]:
    """The conflicts of interest that are open in the poll's race, paid ones first."""
    declared = ConflictOfInterest.objects.filter(race=poll.race_id, ended_at__isnull=True)
    return declared.select_related("user", "candidate").order_by("-kind", "declared_at", "pk")


@dataclass(frozen=True)
class Happening:
    """One line of what happened in a poll: an entry of the ledger that is not a ballot, or a mail to the groups."""

    at: datetime.datetime
    what: str
    words: str = ""
    recipients: int | None = None


_TOLD = [kind for kind in PollNoticeKind if kind not in (PollNoticeKind.BALLOT, PollNoticeKind.STRUCK)]


def _told(notice: PollNotice) -> str:
    return _("Mail: %(what)s") % {"what": notice.get_kind_display()}


def history_of(poll: Poll) -> list[Happening]:
    """What happened since the opening, the newest first; ballots are not in it."""
    entries = PollEntry.objects.filter(poll=poll).exclude(kind="cast").order_by("-sequence")[:100]
    notices = PollNotice.objects.filter(poll=poll, kind__in=_TOLD).order_by("-at")[:100]
    lines = [Happening(entry.at, entry.get_kind_display(), entry.words) for entry in entries]
    lines += [Happening(notice.at, _told(notice), recipients=notice.recipients) for notice in notices]
    return sorted(lines, key=lambda line: line.at, reverse=True)
