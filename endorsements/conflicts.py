"""Conflicts: what groups had published before national endorsed, and what stands against it now.

Looked for when an endorsement becomes public, and again every day while its race lasts: what slipped by the checks of
its moment is found then. A conflict is told to the group, gives it CURE_PERIOD, ends by itself once the thing is
withdrawn or names nobody any more, and else by the word of staff.
"""

import datetime
from collections.abc import Iterator

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from affiliates.models import Group
from foundation.accounts.models import User
from foundation.audit.models import record

from .emails import conflicts as emails
from .endorsed import binding
from .group_endorsements import take_off
from .models import (
    AllowedNaming,
    CounterEndorsement,
    CounterKind,
    Endorsement,
    EndorsementState,
    GroupEndorsement,
    Outcome,
    Race,
)
from .naming import Opponent, Opponents, allow_naming, allowed_namings, opponents
from .things import Thing, sources, standing_thing

LOOK_AGAIN = datetime.timedelta(days=1)
REMINDED_BEFORE = (datetime.timedelta(days=7), datetime.timedelta(days=1))
"""So long before the cure period ends the group is reminded."""
LONGEST_WORDS = 1_000


class ConflictError(Exception):
    """This cannot be decided about the conflict; the message, for staff, says why."""


def cure_period() -> datetime.timedelta:
    """How long a group has to put it right."""
    return datetime.timedelta(days=settings.ENDORSEMENT_CURE_DAYS)


# --- looking for them -----------------------------------------------------------------------------------------


def seek_conflicts(*, now: datetime.datetime) -> int:
    """Open what stands against the endorsements that have become public or were last looked at a day ago.

    A sweep, safe to run twice. Returns how many conflicts were opened.
    """
    due = binding(now).filter(Q(conflicts_sought_at__isnull=True) | Q(conflicts_sought_at__lte=now - LOOK_AGAIN))
    keys = list(due.order_by("pk").values_list("pk", flat=True))
    if not keys:
        return 0
    opened = sum(_seek_group_endorsements(key, now) for key in keys)
    opened += _seek_namings(Endorsement.objects.filter(pk__in=keys), now)
    Endorsement.objects.filter(pk__in=keys).update(conflicts_sought_at=now)
    return opened


def _seek_group_endorsements(key: int, now: datetime.datetime) -> int:
    """Under the race's lock: a group that endorses at this very moment is waited for, a later one is refused."""
    with transaction.atomic():
        endorsement = Endorsement.objects.select_related("candidate", "race").get(pk=key)
        Race.objects.select_for_update(no_key=True).get(pk=endorsement.race_id)
        against = GroupEndorsement.objects.in_force().filter(race=endorsement.race_id, group__status="listed")
        against = against.exclude(candidate=endorsement.candidate_id).select_related("candidate").order_by("pk")
        return sum(
            _open(
                endorsement_id=key, kind=CounterKind.ENDORSEMENT, thing=f"groupendorsement:{one.pk}",
                group_id=one.group_id, candidate_id=one.candidate_id, title=str(one.candidate), now=now,
            )
            for one in against
        )  # fmt: skip


def _seek_namings(endorsements: QuerySet[Endorsement], now: datetime.datetime) -> int:
    looked_for = Opponents(opponents(endorsements))
    if not looked_for:
        return 0
    allowed = allowed_namings()
    return sum(
        _open(
            endorsement_id=opponent.endorsement_id, kind=kind, thing=thing.key, group_id=thing.group_id,
            candidate_id=opponent.pk, title=thing.title, now=now,
        )
        for kind, thing, opponent in _namings(looked_for, now)
        if (opponent.pk, thing.key) not in allowed
    )  # fmt: skip


def _namings(looked_for: Opponents, now: datetime.datetime) -> Iterator[tuple[CounterKind, Thing, Opponent]]:
    for source in sources():
        for thing in source.standing(now, None):
            for opponent in looked_for.named_in(thing.text):
                yield source.kind, thing, opponent


def _open(
    *, endorsement_id: int, kind: str, thing: str, group_id: int, candidate_id: int, title: str, now: datetime.datetime
) -> bool:
    """Open a conflict and tell the group; one that was cured opens anew. False where it is open or staff decided."""
    with transaction.atomic():
        conflict, is_new = CounterEndorsement.objects.select_for_update(no_key=True).get_or_create(
            endorsement_id=endorsement_id,
            group_id=group_id,
            thing=thing,
            defaults={
                "candidate_id": candidate_id, "kind": kind, "title": title[:200], "opened_at": now, "told_at": now,
                "cure_until": now + cure_period(),
            },
        )  # fmt: skip
        if not is_new and conflict.outcome != Outcome.CURED:
            return False
        if not is_new:
            conflict.candidate_id, conflict.title = candidate_id, title[:200]
            conflict.opened_at = conflict.told_at = now
            conflict.cure_until = now + cure_period()
            conflict.outcome, conflict.outcome_at, conflict.outcome_words, conflict.decided_by = "", None, "", None
            conflict.save()
        record(actor=None, action="opened conflict", subject=key_of(conflict), thing=thing, group=group_id)
        emails.queue_conflict_opened(conflict, address=address_of(conflict, now))
    return True


def key_of(conflict: CounterEndorsement) -> str:
    """Its key in the audit log."""
    return f"conflict:{conflict.pk}"


def address_of(conflict: CounterEndorsement, now: datetime.datetime) -> str:
    """The path where the group keeps the thing; of one that is gone, its list of endorsements."""
    if conflict.kind != CounterKind.ENDORSEMENT and (thing := standing_thing(conflict.kind, conflict.thing, now)):
        return thing.address
    return reverse("group_endorsements", args=[conflict.group.slug])


# --- following them -------------------------------------------------------------------------------------------


def follow_conflicts(*, now: datetime.datetime) -> int:
    """End the open conflicts that are cured or whose endorsement was withdrawn, remind of the others.

    A sweep, safe to run twice. Returns how many ended.
    """
    keys = CounterEndorsement.objects.open().order_by("cure_until", "pk").values_list("pk", flat=True)
    return sum(_follow(key, now) for key in list(keys))


def _follow(key: int, now: datetime.datetime) -> bool:
    with transaction.atomic():
        conflict = _locked().filter(pk=key, outcome="").first()
        if conflict is None:
            return False
        if conflict.endorsement.state == EndorsementState.WITHDRAWN:
            return _end(conflict, Outcome.DISMISSED, _("The endorsement was withdrawn."), None, now)
        if not still_stands(conflict, now):
            return _end(conflict, Outcome.CURED, "", None, now)
        if _reminder_is_due(conflict, now):
            conflict.told_at = now
            conflict.save(update_fields=["told_at"])
            emails.queue_conflict_reminder(conflict, address=address_of(conflict, now))
    return False


def still_stands(conflict: CounterEndorsement, now: datetime.datetime) -> bool:
    """Is the thing still public, and does it still name the opponent?"""
    if conflict.kind == CounterKind.ENDORSEMENT:
        pk = int(conflict.thing.split(":")[1])
        return GroupEndorsement.objects.in_force().filter(pk=pk, group__status="listed").exists()
    thing = standing_thing(conflict.kind, conflict.thing, now)
    if thing is None:
        return False
    allowed = set(AllowedNaming.objects.filter(thing=conflict.thing).values_list("candidate", flat=True))
    against = Opponents(opponents(Endorsement.objects.filter(pk=conflict.endorsement_id)))
    return any(opponent.pk not in allowed for opponent in against.named_in(thing.text))


def _reminder_is_due(conflict: CounterEndorsement, now: datetime.datetime) -> bool:
    told_at = conflict.told_at or conflict.opened_at
    moments = (conflict.cure_until - before for before in REMINDED_BEFORE)
    return now < conflict.cure_until and any(told_at < moment <= now for moment in moments)


# --- by staff -------------------------------------------------------------------------------------------------


def end_conflict(
    *, conflict: CounterEndorsement, outcome: Outcome, because: str, actor: User, now: datetime.datetime
) -> None:
    """Staff's word, told to the group: DISMISSED, the thing may stay and name whom it names; UPHELD, it was not put
    right: a group's own endorsement is taken off then, and what else follows is the staff's to do.

    Raises ConflictError without a reason, where the conflict has ended, where UPHELD comes before the cure period is
    over, and for CURED, which nobody decides.
    """
    if not because.strip():
        raise ConflictError(_("Give the reason: the group gets it by mail."))
    with transaction.atomic():
        held = _locked().get(pk=conflict.pk)
        if held.outcome:
            raise ConflictError(_("This conflict has ended: %(outcome)s.") % {"outcome": held.get_outcome_display()})
        if outcome == Outcome.UPHELD:
            _uphold(held, because, actor, now)
        elif outcome == Outcome.DISMISSED:
            _dismiss(held, because, actor, now)
        else:
            raise ConflictError(_("A conflict is cured by the group alone."))
        _end(held, outcome, because, actor, now)
    conflict.refresh_from_db()


def _uphold(held: CounterEndorsement, because: str, actor: User, now: datetime.datetime) -> None:
    if now < held.cure_until:
        raise ConflictError(_("The group still has time to put it right."))
    if held.kind == CounterKind.ENDORSEMENT:
        own = GroupEndorsement.objects.in_force().filter(pk=int(held.thing.split(":")[1]))
        for endorsement in own.select_for_update(no_key=True, of=("self",)):
            take_off(endorsement=endorsement, because=because, actor=actor, now=now)


def _dismiss(held: CounterEndorsement, because: str, actor: User, now: datetime.datetime) -> None:
    if held.kind != CounterKind.ENDORSEMENT:
        allow_naming(candidate=held.candidate, thing=held.thing, because=because, actor=actor, now=now)


def _end(held: CounterEndorsement, outcome: Outcome, words: str, actor: User | None, now: datetime.datetime) -> bool:
    held.outcome, held.outcome_at, held.outcome_words = outcome, now, words.strip()[:LONGEST_WORDS]
    held.decided_by = actor
    held.save()
    record(actor=actor, action="ended conflict", subject=key_of(held), outcome=str(outcome))
    emails.queue_conflict_ended(held)
    return True


def _locked() -> QuerySet[CounterEndorsement]:
    rows = CounterEndorsement.objects.select_for_update(no_key=True, of=("self",))
    rows = rows.select_related("endorsement__candidate", "endorsement__race", "group", "candidate")
    return rows.defer("group__position")


# --- reading --------------------------------------------------------------------------------------------------


def open_conflicts(group: Group | None = None) -> QuerySet[CounterEndorsement]:
    """Those that are open (of `group`, where given), the one whose cure period ends first, first."""
    found = CounterEndorsement.objects.open().select_related(
        "endorsement__candidate", "endorsement__race", "group", "candidate"
    )
    found = found.defer("group__position").order_by("cure_until", "pk")
    return found.filter(group=group) if group else found


def overdue(now: datetime.datetime) -> QuerySet[CounterEndorsement]:
    """The open ones whose cure period is over: staff decide."""
    return open_conflicts().filter(cure_until__lte=now)


def open_in_words() -> str:
    """How many conflicts are open, for the staff home."""
    count = CounterEndorsement.objects.open().count()
    return ngettext("%(count)d conflict is open.", "%(count)d conflicts are open.", count) % {"count": count}
