"""A group and a poll: whether it can cast, what it has cast, what needs its action."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from affiliates.dashboard import ToDo, Way, register_to_dos, register_ways
from affiliates.models import Group
from affiliates.permissions import is_contact
from foundation.accounts.models import User

from .interests import keeps_from_casting
from .models import Ballot, EligibleGroup, Poll, PollState
from .poll_times import moment_in_words, zone_of
from .refusals import has_ended, is_closed, is_interested, is_not_eligible, is_void

SOON = datetime.timedelta(days=3)
"""A ballot that is missing so shortly before the close is urgent."""


@dataclass(frozen=True)
class GroupPoll:
    """One poll as one of a group's people sees it. `refusal` says in words why they cannot cast now; empty: they can.

    `ballot` is the one that stands, `struck` the one that staff have struck and that was not cast anew.
    """

    poll: Poll
    seat: EligibleGroup | None
    ballot: Ballot | None
    struck: Ballot | None
    refusal: str

    @property
    def can_cast(self) -> bool:
        return not self.refusal

    @property
    def is_open(self) -> bool:
        return self.poll.state == PollState.OPEN


def group_poll(poll: Poll, group: Group, user: User, *, now: datetime.datetime) -> GroupPoll:
    """How `poll` stands for `user` of `group`. The ledger decides again when the ballot is cast."""
    seat = poll.eligible_groups.filter(group=group).first()
    rows = Ballot.objects.filter(poll=poll, group=group).select_related("choice", "entry").defer("entry__text")
    ballot = rows.first()
    stands = ballot if ballot and ballot.struck_at is None else None
    refusal = _refusal(poll, group, seat, user, now)
    return GroupPoll(poll, seat, stands, None if stands else ballot, refusal)


def _refusal(poll: Poll, group: Group, seat: EligibleGroup | None, user: User, now: datetime.datetime) -> str:
    """The first of what stands in the way, in words; empty where nothing does.

    This is who may cast: a contact of an eligible group in force, whom no campaign of the race pays.
    """
    ways = (
        (seat is None, is_not_eligible),
        (poll.state == PollState.VOID, is_void),
        (poll.state != PollState.OPEN or poll.closes_at <= now, is_closed),
        (not group.is_listed, has_ended),
        (not is_contact(user, group), _is_for_contacts),
        (keeps_from_casting(user, poll.race), is_interested),
    )
    return next((words() for is_so, words in ways if is_so), "")


def _is_for_contacts() -> str:
    return _("A point of contact of your group casts its ballot. You can see here what becomes of it.")


def polls_of(group: Group) -> QuerySet[Poll]:
    """The polls in which the group has or had a vote, those that close last first; `has_cast` by its ballot."""
    standing = Ballot.objects.filter(poll=OuterRef("pk"), group=group, struck_at__isnull=True)
    asked = Poll.objects.filter(Exists(EligibleGroup.objects.filter(poll=OuterRef("pk"), group=group)))
    rows = asked.exclude(state=PollState.DRAFT).annotate(has_cast=Exists(standing))
    return rows.select_related("race", "recommended").defer("snapshot").order_by("-closes_at", "-pk")


# --- the dashboard --------------------------------------------------------------------------------------------


def register_group_polls() -> None:
    """Called once, when the app is ready."""
    register_to_dos("polls", 5, _to_dos)
    register_ways("polls", 35, _ways)


def _to_dos(group: Group, user: User, now: datetime.datetime) -> Iterable[ToDo]:
    """Open polls in which the group has not cast, and ballots whose candidate has withdrawn."""
    if not group.is_listed or not is_contact(user, group):
        return
    running = polls_of(group).filter(state=PollState.OPEN, closes_at__gt=now).order_by("closes_at", "pk")
    withdrawn = Ballot.objects.filter(
        poll=OuterRef("pk"), group=group, struck_at__isnull=True, choice__closed_at__isnull=False
    )
    for poll in running.annotate(chose_withdrawn=Exists(withdrawn)):
        until = _("Until %(date)s.") % {"date": moment_in_words(poll.closes_at, group.time_zone or zone_of(poll.race))}
        address, is_urgent = reverse("group_poll", args=[group.slug, poll.slug]), poll.closes_at <= now + SOON
        if poll.chose_withdrawn:
            said = _("Your candidate has withdrawn. Change the ballot: %(race)s") % {"race": poll.race}
            yield ToDo(said, address, until, is_urgent=True)
        elif not poll.has_cast:  # type: ignore[attr-defined]  # annotated
            said = _("Cast your group’s ballot: %(race)s") % {"race": poll.race}
            yield ToDo(said, address, until, is_urgent=is_urgent)


def _ways(group: Group, user: User) -> Iterable[Way]:
    if group.is_listed:
        yield Way(_("Polls"), reverse("group_polls", args=[group.slug]), _("Whom to endorse: your group’s ballot."))
