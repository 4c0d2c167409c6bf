"""Races: written down by staff or proposed by a group, changed, confirmed, declined.

Whoever changes a race says which revision of it they read. The races that groups propose are for staff and for the
proposing group only, until national confirms them.
"""

import datetime
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from affiliates.models import Group
from foundation.accounts.models import User
from foundation.audit.models import record
from foundation.places.keys import name_key
from foundation.places.models import Area
from foundation.places.states import STATES

from .emails import races as emails
from .models import Level, PollState, Race
from .race_areas import find_area, keep_found
from .slugs import race_slug

FIRST_ELECTION = datetime.date(1990, 1, 1)
LAST_ELECTION = datetime.date(2100, 1, 1)
IDENTITY = ("office", "district", "level", "state", "party", "election_date")
"""What tells one race from another: it stays as it is while a poll of the race is open."""


class RaceError(Exception):
    """This cannot be done with the race; the message, for the reader, says why. `about` is the field, or ""."""

    def __init__(self, message: str, *, about: str = "") -> None:
        super().__init__(message)
        self.about = about


class StaleRaceError(RaceError):
    """Somebody else has changed the race since it was read."""


class KnownRaceError(RaceError):
    """There is this race already: `race`."""

    def __init__(self, race: Race) -> None:
        super().__init__(_("This race is here already."), about="office")
        self.race = race


@dataclass(frozen=True, kw_only=True, slots=True)
class RacePlan:
    """What a race is to be. `state` is a code, "" for an office of the whole country; `area_id` None is not known."""

    office: str
    level: str
    election_date: datetime.date
    district: str = ""
    state: str = ""
    party: str = ""
    area_id: int | None = None
    filing_deadline: datetime.date | None = None
    primary_date: datetime.date | None = None
    is_open_seat: bool = False
    about: str = ""

    @property
    def key(self) -> str:
        """What `Race.key` holds."""
        return race_key(office=self.office, district=self.district, party=self.party)


def race_key(*, office: str, district: str, party: str) -> str:
    """Office, district and party as they are compared, whatever their accents, case and punctuation."""
    return name_key(f"{office} {district} {party}")


def plan_of(race: Race) -> RacePlan:
    """The plan that would change nothing."""
    return RacePlan(**{name: getattr(race, name) for name in _COLUMNS})


_COLUMNS = tuple(RacePlan.__dataclass_fields__)


def race_like(plan: RacePlan) -> Race | None:
    """The race that this plan is of, if it is here."""
    return Race.objects.filter(state=plan.state, key=plan.key, election_date=plan.election_date).first()


# --- writing down ---------------------------------------------------------------------------------------------


def make_race(*, plan: RacePlan, actor: User | None, now: datetime.datetime, group: Group | None = None) -> Race:
    """Write a race down: confirmed by staff or, with `group`, as that group's proposal, which staff look at.

    Where the plan says no area, it is looked for (`race_areas.find_area`). Raises KnownRaceError, and RaceError for
    what contradicts itself.
    """
    plan = _tidy(plan)
    with transaction.atomic():
        slug = race_slug(
            office=plan.office, district=plan.district, state=plan.state, year=plan.election_date.year
        )  # behind it nobody else writes a race down
        _refuse_contradictions(plan)
        if known := race_like(plan):
            raise KnownRaceError(known)
        race = Race(slug=slug, key=plan.key, proposed_by=group, confirmed_at=None if group else now, created_at=now)
        _put(race, plan)
        if race.area_id is None:
            race.area = _found_area(race, actor)
        race.save()
        action = "proposed race" if group else "made race"
        record(actor=actor, action=action, subject=race.subject, group=group.pk if group else None)
    return race


def change_race(*, race: Race, plan: RacePlan, revision: int, actor: User | None, now: datetime.datetime) -> Race:
    """Write another plan into the race, of which `actor` read `revision`; its address stays.

    Raises StaleRaceError, KnownRaceError where it would become another one, RaceError for what contradicts itself and
    for a change of what tells it from others (IDENTITY) while a poll of it is open.
    """
    plan = _tidy(plan)
    with transaction.atomic():
        held = _hold(race, revision)
        changed = [name for name in _COLUMNS if getattr(held, name) != getattr(plan, name)]
        if not changed:
            return held
        _refuse_contradictions(plan)
        if set(changed) & set(IDENTITY):
            _refuse_while_polled(held)
        known = race_like(plan)
        if known and known != held:
            raise KnownRaceError(known)
        _put(held, plan)
        held.key = plan.key
        _save(held)
        record(actor=actor, action="changed race", subject=held.subject, changed=changed)
    return held


def confirm_race(*, race: Race, actor: User | None, now: datetime.datetime) -> Race:
    """National's yes to a race that a group proposed: from now on the public sees it. Confirmed already, it stays."""
    with transaction.atomic():
        held = _hold(race)
        if held.is_confirmed:
            return held
        held.confirmed_at = now
        if held.area_id is None:
            held.area = _found_area(held, actor)
        _save(held)
        record(actor=actor, action="confirmed race", subject=held.subject)
    return held


def decline_race(*, race: Race, because: str, actor: User, now: datetime.datetime) -> None:
    """National's no to a race that a group proposed: it goes, with its candidates and their nominations.

    The groups that nominated somebody in it are told why by mail. Raises RaceError without a reason, and for a race
    that is confirmed.
    """
    with transaction.atomic():
        held = _hold(race)
        if held.is_confirmed:
            raise RaceError(_("This race is confirmed and stays."))
        if not because.strip():
            raise RaceError(_("Say why: the group reads it."), about="because")
        emails.queue_race_declined(held, because.strip())
        for candidate in held.candidates.order_by("pk"):
            candidate.nominations.all().delete()
            candidate.delete()
        record(actor=actor, action="declined race", subject=held.subject, office=str(held))
        held.delete()


# --- its area -------------------------------------------------------------------------------------------------


def set_area(*, race: Race, area: Area | None, revision: int, actor: User, now: datetime.datetime) -> Race:
    """Say where the race is, or that nobody knows. What a poll has frozen stays. Raises StaleRaceError."""
    with transaction.atomic():
        held = _hold(race, revision)
        if held.area != area:
            held.area = area
            _save(held)
            record(actor=actor, action="set area of race", subject=held.subject, area=area.pk if area else None)
    return held


def _found_area(race: Race, actor: User | None) -> Area | None:
    return keep_found(find_area(race), actor=actor)


# --- one race, held -------------------------------------------------------------------------------------------


def _hold(race: Race, revision: int | None = None) -> Race:
    """The race as it is now, locked until the transaction ends."""
    held = Race.objects.select_for_update(no_key=True, of=("self",)).select_related("area").get(pk=race.pk)
    if revision is not None and held.revision != revision:
        raise StaleRaceError(_("Somebody has changed this race since you opened it. Look at it again."))
    return held


def _put(race: Race, plan: RacePlan) -> None:
    columns: Mapping[str, Any] = asdict(plan)
    for name, value in columns.items():
        setattr(race, name, value)


def _save(race: Race) -> None:
    race.revision += 1
    race.save()


def _refuse_while_polled(race: Race) -> None:
    if race.polls.filter(state=PollState.OPEN).exists():
        raise RaceError(_("A poll of this race is open. Its office, place and election day stay until it closes."))


def _tidy(plan: RacePlan) -> RacePlan:
    """The plan with single spaces in what is one line."""
    given: dict[str, Any] = asdict(plan)
    for name in ("office", "district", "party"):
        given[name] = " ".join(given[name].split())
    return RacePlan(**{**given, "about": plan.about.strip()})


def _refuse_contradictions(plan: RacePlan) -> None:
    """Raises RaceError for what the database would refuse, in words."""
    if not name_key(plan.office):
        raise RaceError(_("Say which office it is."), about="office")
    if plan.level not in Level.values:
        raise RaceError(_("Say which level the office belongs to."), about="level")
    if plan.state and plan.state not in STATES:
        raise RaceError(_("There is no %(unknown)s.") % {"unknown": plan.state}, about="state")
    if not plan.state and plan.level in (Level.LOCAL, Level.STATE):
        raise RaceError(_("Say in which state it is."), about="state")
    if plan.level == Level.PARTY and not plan.party:
        raise RaceError(_("Say whose party office it is."), about="party")
    if not FIRST_ELECTION <= plan.election_date <= LAST_ELECTION:
        raise RaceError(_("This year cannot be right."), about="election_date")
    if plan.primary_date and plan.primary_date > plan.election_date:
        raise RaceError(_("The primary election cannot be after the election."), about="primary_date")
    if plan.filing_deadline and plan.filing_deadline > plan.election_date:
        raise RaceError(_("The last day to file cannot be after the election."), about="filing_deadline")
