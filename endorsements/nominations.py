"""Nominations: a group in force asks national to endorse a candidate, and says why.

The candidate may be one whom national knows, or one whom the group writes down: then candidate and, if need be, race
are proposals that staff look at. What several groups say about one race stands together there.
"""

import datetime
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from affiliates.models import Group
from foundation.accounts.models import User
from foundation.audit.models import record
from foundation.places.models import Area

from .candidates import CandidatePlan, KnownCandidateError, add_candidate
from .models import Candidate, Nomination, Race
from .races import KnownRaceError, RacePlan, make_race


class NominationError(Exception):
    """This cannot be nominated or taken back; the message, for the reader, says why. `about` is the field, or ""."""

    def __init__(self, message: str, *, about: str = "") -> None:
        super().__init__(message)
        self.about = about


@dataclass
class NominatedCandidate:
    """A candidate of a race with what the groups say who nominate them, the first first."""

    candidate: Candidate
    nominations: list[Nomination] = field(default_factory=list)


# --- nominating -----------------------------------------------------------------------------------------------


def nominate(*, group: Group, candidate: Candidate, reason: str, actor: User, now: datetime.datetime) -> Nomination:
    """`group` asks national to endorse `candidate`.

    Raises NominationError without a reason, for a group that is not in force, a candidate who has withdrawn, a race
    that is over, and a nomination that stands already.
    """
    if not reason.strip():
        raise NominationError(_("Say why this candidate: national and the other groups read it."), about="reason")
    with transaction.atomic():
        _hold_in_force(group)
        # Shared with whoever withdraws the candidate: of the two, one comes first.
        rows = Candidate.objects.select_for_update(no_key=True, of=("self",)).select_related("race")
        held = rows.get(pk=candidate.pk)
        _refuse_over(held.race, now)
        if held.withdrawn_at:
            raise NominationError(_("This candidate has withdrawn."), about="candidate")
        try:
            with transaction.atomic():
                nomination = Nomination.objects.create(
                    group=group, candidate=held, reason=reason.strip(), by=actor, at=now
                )
        except IntegrityError as error:
            raise NominationError(_("Your group has nominated them already."), about="candidate") from error
        record(actor=actor, action="nominated candidate", subject=held.subject, group=group.pk)
    return nomination


def propose(
    *,
    group: Group,
    race: Race | RacePlan,
    candidate: CandidatePlan,
    reason: str,
    actor: User,
    now: datetime.datetime,
) -> Nomination:
    """Nominate somebody whom national does not know yet, in a race that it knows or (a plan) does not know either.

    A race or candidate that turns out to be here is taken as it is. Raises NominationError as `nominate`, RaceError and
    CandidateError for what contradicts itself.
    """
    with transaction.atomic():
        _hold_in_force(group)
        held_race = race if isinstance(race, Race) else _race_of(race, group, actor, now)
        _refuse_over(held_race, now)
        try:
            known = add_candidate(race=held_race, plan=candidate, actor=actor, now=now, is_confirmed=False)
        except KnownCandidateError as error:
            known = error.candidate
        return nominate(group=group, candidate=known, reason=reason, actor=actor, now=now)


def _race_of(plan: RacePlan, group: Group, actor: User, now: datetime.datetime) -> Race:
    try:
        with transaction.atomic():
            return make_race(plan=plan, actor=actor, now=now, group=group)
    except KnownRaceError as error:
        return error.race


def withdraw_nomination(*, nomination: Nomination, actor: User, now: datetime.datetime) -> None:
    """The group takes it back; it stays on record. Withdrawn already, nothing changes."""
    with transaction.atomic():
        held = Nomination.objects.select_for_update(of=("self",)).select_related("candidate").get(pk=nomination.pk)
        if held.withdrawn_at is None:
            held.withdrawn_at = now
            held.save(update_fields=["withdrawn_at"])
            record(actor=actor, action="withdrew nomination", subject=held.candidate.subject, group=held.group_id)


def _hold_in_force(group: Group) -> None:
    """See that the group is in force, and that it stays so until the transaction ends."""
    held = Group.objects.select_for_update(no_key=True).defer("position").get(pk=group.pk)
    if not held.is_listed:
        raise NominationError(_("The agreement of the group is not in force."))


def _refuse_over(race: Race, now: datetime.datetime) -> None:
    if race.election_date < now.date():
        raise NominationError(_("This election is over."), about="race")


# --- looking --------------------------------------------------------------------------------------------------


def in_force(nominations: QuerySet[Nomination] | None = None) -> QuerySet[Nomination]:
    """Those that count: not taken back, of groups whose agreement is in force. No order."""
    rows = Nomination.objects.all() if nominations is None else nominations
    return rows.filter(withdrawn_at__isnull=True, group__status="listed")


def nominations_together(race: Race) -> list[NominatedCandidate]:
    """What the groups say about a race: its candidates, the most nominated first, then by name. Two queries."""
    standing = in_force().filter(candidate__race=race).select_related("group", "by").defer("group__position")
    said: defaultdict[int, list[Nomination]] = defaultdict(list)
    for nomination in standing.order_by("at", "pk"):
        said[nomination.candidate_id].append(nomination)
    candidates = race.candidates.order_by("name_key", "pk")
    together = [NominatedCandidate(candidate, said[candidate.pk]) for candidate in candidates]
    return sorted(together, key=lambda one: -len(one.nominations))


def nominations_of(group: Group) -> QuerySet[Nomination]:
    """All that `group` ever nominated, with candidate and race. No order."""
    return Nomination.objects.filter(group=group).select_related("candidate__race", "by")


def races_open_to(group: Group, today: datetime.date) -> QuerySet[Race]:
    """The races to come that `group` may nominate in: known ones, and what it has proposed itself. No order."""
    return Race.objects.upcoming(today).filter(Q(confirmed_at__isnull=False) | Q(proposed_by=group))


def races_near(group: Group, today: datetime.date) -> QuerySet[Race]:
    """Of those, the ones whose area the home or an area served of `group` lies in, or in doubt its state's. No order.

    Each with the candidates who stand (`standing_candidates`).
    """
    candidates = Candidate.objects.standing().filter(confirmed_at__isnull=False).order_by("name_key", "pk")
    at_home = Area.objects.containing(group.zip_code_id or "").values("pk")
    served = group.areas_served.values("pk")
    is_near = Q(area__in=at_home) | Q(area__in=served) | Q(area__isnull=True, state=group.state)
    return (
        races_open_to(group, today)
        .filter(is_near)
        .prefetch_related(Prefetch("candidates", candidates, to_attr="standing_candidates"))
    )


def races_nominated_in(races: QuerySet[Race]) -> QuerySet[Race]:
    """Those of `races` in which a group in force has nominated somebody, and that have no poll yet. No order."""
    nominated = in_force().filter(candidate__race=OuterRef("pk"))
    return races.filter(Exists(nominated), polls__isnull=True)


def counts_by_candidate(candidates: Sequence[Candidate]) -> dict[int, int]:
    """How many groups nominate each. One query."""
    counted: defaultdict[int, int] = defaultdict(int)
    for key in in_force().filter(candidate__in=candidates).values_list("candidate", flat=True):
        counted[key] += 1
    return counted
