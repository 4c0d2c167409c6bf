"""A group's own endorsements: free where national is silent, never against national."""

import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.dispatch import receiver
from django.utils.translation import gettext as _

from affiliates.models import Group
from affiliates.signals import agreement_ended
from foundation.accounts.models import User
from foundation.audit.models import record

from .emails import group_endorsements as emails
from .endorsed import day_that_counts
from .interests import keeps_from_casting
from .models import Candidate, Endorsement, GroupEndorsement, Race
from .permissions import can_endorse_for_group


class GroupEndorsementError(Exception):
    """This cannot be done; the message, for the people of the group, says why."""


class CounterEndorsementError(GroupEndorsementError):
    """National has endorsed an opponent."""


# --- endorsing ------------------------------------------------------------------------------------------------


def endorse(
    *, group: Group, candidate: Candidate, statement: str, actor: User, now: datetime.datetime
) -> GroupEndorsement:
    """Publish that `group` endorses `candidate`, on both their pages. All contacts of the group are told.

    Raises CounterEndorsementError where national has endorsed an opponent, and GroupEndorsementError where the group
    is not in force or `actor` no contact of it, a campaign pays `actor`, the candidate has withdrawn or is not
    confirmed, the race is over, or the group endorses somebody in it already.
    """
    with transaction.atomic():
        held = Group.objects.select_for_update(no_key=True, of=("self",)).defer("position").get(pk=group.pk)
        race = Race.objects.select_for_update(no_key=True).get(pk=candidate.race_id)
        candidate = Candidate.objects.get(pk=candidate.pk)
        _refuse_actor(held, race, actor)
        _refuse_candidate(race, candidate, now)
        if counter := against_national(candidate, now):
            raise CounterEndorsementError(counter)
        if GroupEndorsement.objects.in_force().filter(group=held, race=race).exists():
            raise GroupEndorsementError(_("The group endorses somebody in this race already. Withdraw that first."))
        endorsement = _write(
            group=held, race=race, candidate=candidate, statement=statement.strip()[:2_000], by=actor, at=now
        )
        record(actor=actor, action="endorsed for group", subject=held.scope, candidate=candidate.pk)
        emails.queue_group_endorsed(endorsement, by=actor)
    return endorsement


def against_national(candidate: Candidate, now: datetime.datetime) -> str:
    """Why no group may endorse `candidate`, in words: national has endorsed an opponent; "" where it has not."""
    national = Endorsement.objects.public(now).filter(race=candidate.race_id).exclude(candidate=candidate.pk)
    found = national.select_related("candidate", "race").first()
    if found is None:
        return ""
    return _("The network has endorsed %(endorsed)s for %(race)s. Where it has, no group may endorse an opponent.") % {
        "endorsed": found.candidate,
        "race": found.race,
    }


def _refuse_actor(group: Group, race: Race, actor: User) -> None:
    if not can_endorse_for_group(actor, group):
        raise GroupEndorsementError(_("Points of contact endorse for their group while its agreement is in force."))
    if keeps_from_casting(actor, race):
        raise GroupEndorsementError(
            _("You said that a campaign in this race pays you. Let another point of contact do it.")
        )


def _refuse_candidate(race: Race, candidate: Candidate, now: datetime.datetime) -> None:
    if not race.is_confirmed or candidate.confirmed_at is None:
        raise GroupEndorsementError(_("National staff have not confirmed this race and this candidate yet."))
    if candidate.withdrawn_at:
        raise GroupEndorsementError(_("%(name)s has withdrawn.") % {"name": candidate})
    if race.election_date < day_that_counts(now):
        raise GroupEndorsementError(_("This election is over."))


def _write(**values: Any) -> GroupEndorsement:
    """The row; what the database refuses in words: national may have published since it was looked at."""
    try:
        with transaction.atomic():
            return GroupEndorsement.objects.create(**values)
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        if getattr(diagnosis, "constraint_name", "") != "groupendorsement_not_against_national":
            raise
        raise CounterEndorsementError(_("The network has just endorsed an opponent in this race.")) from None


# --- withdrawing ----------------------------------------------------------------------------------------------


def withdraw(*, endorsement: GroupEndorsement, because: str, actor: User, now: datetime.datetime) -> None:
    """Take it back; it leaves the pages, the record stays. `because` may be empty.

    Raises GroupEndorsementError where `actor` is no contact of the group, and where it was withdrawn before.
    """
    with transaction.atomic():
        held = GroupEndorsement.objects.select_for_update(no_key=True, of=("self",)).select_related("group")
        one = held.defer("group__position").get(pk=endorsement.pk)
        if not can_endorse_for_group(actor, one.group):
            raise GroupEndorsementError(_("Points of contact endorse for their group while its agreement is in force."))
        if one.withdrawn_at:
            raise GroupEndorsementError(_("It was withdrawn already."))
        take_off(endorsement=one, because=because, actor=actor, now=now)
    endorsement.refresh_from_db()


def take_off(*, endorsement: GroupEndorsement, because: str, actor: User | None, now: datetime.datetime) -> None:
    """Withdraw it, whoever decided so: its group, national at the end of a conflict, the end of the agreement."""
    endorsement.withdrawn_at, endorsement.withdrawn_because = now, because.strip()[:1_000]
    endorsement.save(update_fields=["withdrawn_at", "withdrawn_because"])
    record(
        actor=actor, action="withdrew group endorsement", subject=f"group:{endorsement.group_id}",
        candidate=endorsement.candidate_id,
    )  # fmt: skip


@receiver(agreement_ended, dispatch_uid="endorsements.group_endorsements.end_endorsements_of")
def end_endorsements_of(*, group: Group, at: datetime.datetime, **rest: Any) -> None:
    """A group that is no affiliate any more endorses nobody. Runs in the transaction that ends the agreement."""
    for endorsement in GroupEndorsement.objects.in_force().filter(group=group).order_by("pk"):
        take_off(endorsement=endorsement, because="agreement ended", actor=None, now=at)


# --- reading --------------------------------------------------------------------------------------------------


def endorsements_of(group: Group) -> QuerySet[GroupEndorsement]:
    """What `group` endorses, the next election first."""
    own = GroupEndorsement.objects.in_force().filter(group=group).select_related("race", "candidate")
    return own.order_by("race__election_date", "race__office", "pk")


def public_endorsements(race: Race) -> QuerySet[GroupEndorsement]:
    """What groups in force endorse in `race`, by the names of the groups."""
    own = GroupEndorsement.objects.in_force().filter(race=race, group__status="listed")
    return own.select_related("group", "candidate").defer("group__position").order_by("group__name_key", "pk")


def races_to_endorse_in(group: Group, now: datetime.datetime) -> QuerySet[Race]:
    """The races not over whose area holds the group's home or one that it serves, and those of its state without an
    area, the next election first; each with `is_national`, whether national has endorsed in it."""
    races = Race.objects.known().filter(election_date__gte=day_that_counts(now))
    near = races.filter(area__isnull=True, state=group.state) if group.state else races.none()
    if group.zip_code_id:
        near = near | races.filter(pk__in=races.on_ballot_at(group.zip_code_id).values("pk"))
    served = races.filter(area__in=group.areas_served.order_by().values("pk"))
    near = near | races.filter(pk__in=served.values("pk"))
    national = Endorsement.objects.public(now).filter(race=OuterRef("pk"))
    return near.annotate(is_national=Exists(national)).order_by("election_date", "office", "district", "pk")
