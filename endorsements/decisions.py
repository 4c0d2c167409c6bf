"""National's decision on what a poll recommends: proposed, decided by two of the staff, published, withdrawn.

    proposed → approved → withdrawn
        └─ declined

The first side that two different people took decides. What is published, the statement and the moment, is what the
first of those in favour wrote: the second approves that text and no other. Locked are the race and then the
endorsement, so that national's word and a group's (endorsements.group_endorsements) stand in one line.
"""

import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from foundation.accounts.models import User
from foundation.audit.models import record

from .emails import decisions as emails
from .interests import keeps_from_casting
from .models import Endorsement, EndorsementOpinion, EndorsementState, Poll, PollState, Race
from .signals import poll_closed

NEEDED = 2
"""So many different members of the staff decide (guarantees, Who sees what; trigger endorsement_decided_by_two)."""


class DecisionError(Exception):
    """This cannot be done with the endorsement; the message, for staff, says why."""


class StaleDecisionError(DecisionError):
    """Somebody has written or decided since it was read."""


# --- proposed -------------------------------------------------------------------------------------------------


def propose_endorsement(poll: Poll) -> Endorsement | None:
    """What the closed `poll` recommends, for two of the staff to decide on; None where it recommends nobody.

    Safe to run twice. Runs in the transaction that closes the poll.
    """
    if poll.state != PollState.CLOSED or poll.recommended_id is None:
        return None
    proposed, is_new = Endorsement.objects.get_or_create(
        poll=poll,
        defaults={
            "race_id": poll.race_id,
            "candidate_id": poll.recommended_id,
            "proposed_at": poll.closed_at or timezone.now(),
        },
    )
    if is_new:
        record(actor=None, action="proposed endorsement", subject=proposed.subject, poll=poll.pk)
    return proposed


def waiting() -> QuerySet[Endorsement]:
    """What waits for staff, the oldest first. What a poll recommended that is void now waits for nobody."""
    proposed = Endorsement.objects.undecided().filter(poll__state=PollState.CLOSED)
    return proposed.select_related("race", "candidate", "poll").order_by("proposed_at", "pk")


def waiting_in_words() -> str:
    """How many recommendations wait for a decision, for the staff home."""
    count = waiting().count()
    return ngettext(
        "%(count)d recommendation waits for a decision.", "%(count)d recommendations wait for a decision.", count
    ) % {"count": count}


@receiver(poll_closed, dispatch_uid="endorsements.decisions.propose")
def _propose(*, poll: Poll, **rest: Any) -> None:
    propose_endorsement(poll)


# --- decided --------------------------------------------------------------------------------------------------


def decide(
    *,
    endorsement: Endorsement,
    approves: bool,
    because: str,
    actor: User,
    now: datetime.datetime,
    statement: str = "",
    public_from: datetime.datetime | None = None,
    revision: int | None = None,
) -> Endorsement:
    """Give one person's word; with the second of the same mind it is decided.

    The first who approves may write the public `statement` and say from when it is published (`public_from`, UTC; at
    the decision where none is given). `revision` is the one that was read. Declined, the groups that were asked are
    told why; approved, they are told when it becomes public (`tell_of_decisions`).

    Raises StaleDecisionError where `revision` is not the present one, and DecisionError without a reason, where it is
    decided, where `actor` has decided already or is paid by a campaign of the race, where the text is another than
    the first approved, and where something keeps it from being approved (`obstacles_to`).
    """
    if not because.strip():
        raise DecisionError(_("Give the reason: it is kept with your decision."))
    with transaction.atomic():
        held = _hold(endorsement, revision)
        _refuse_decider(held, actor)
        if approves:
            _refuse_obstacles(held)
            _take_text(held, statement.strip(), public_from)
        EndorsementOpinion.objects.create(
            endorsement=held, by=_key(actor), approves=approves, because=because.strip()[:1_000], at=now
        )
        record(actor=actor, action="approved endorsement" if approves else "opposed endorsement", subject=held.subject)
        held.revision += 1
        if held.opinions.filter(approves=approves).count() >= NEEDED:
            _settle(held, approves=approves, actor=actor, now=now)
        held.save()
    endorsement.refresh_from_db()
    return held


def obstacles_to(endorsement: Endorsement) -> list[str]:
    """Why it cannot be approved, in words for staff; nothing where it can."""
    found = []
    if endorsement.poll.state != PollState.CLOSED:
        found.append(_("The poll is void."))
    if endorsement.candidate.withdrawn_at:
        found.append(_("The candidate has withdrawn."))
    standing = Endorsement.objects.filter(race=endorsement.race, state=EndorsementState.APPROVED)
    if standing.exclude(pk=endorsement.pk).exists():
        found.append(_("An earlier endorsement in this race is in force. Withdraw it first."))
    return found


def why_not_by(endorsement: Endorsement, user: User) -> str:
    """Why this member of staff cannot decide on it, in words; "" where they can."""
    if endorsement.opinions.filter(by=_key(user)).exists():
        return _("You have decided. Somebody else of the staff has to decide too.")
    if keeps_from_casting(user, endorsement.race):
        return _("You said that a campaign in this race pays you, so you cannot decide on it.")
    return ""


def _refuse_decider(held: Endorsement, actor: User) -> None:
    if held.state != EndorsementState.PROPOSED:
        raise DecisionError(_("It is decided already: %(state)s.") % {"state": held.get_state_display()})
    if because := why_not_by(held, actor):
        raise DecisionError(because)


def _refuse_obstacles(held: Endorsement) -> None:
    if found := obstacles_to(held):
        raise DecisionError(" ".join(found))


def _take_text(held: Endorsement, statement: str, public_from: datetime.datetime | None) -> None:
    """The first approval fixes what is published; a later one may repeat it."""
    if not held.opinions.filter(approves=True).exists():
        held.statement, held.public_from = statement, public_from
    elif (statement and statement != held.statement) or (public_from and public_from != held.public_from):
        raise DecisionError(_("Somebody has approved another text. Approve that one, or say no with your reason."))


def _settle(held: Endorsement, *, approves: bool, actor: User, now: datetime.datetime) -> None:
    held.decided_at = now
    if approves:
        held.state, held.public_from = EndorsementState.APPROVED, max(held.public_from or now, now)
    else:
        held.state = EndorsementState.DECLINED
    details = {"public_from": held.public_from.isoformat()} if approves and held.public_from else {}
    action = "endorsed candidate" if approves else "declined to endorse candidate"
    record(actor=actor, action=action, subject=held.subject, **details)


# --- withdrawn ------------------------------------------------------------------------------------------------


def withdraw_endorsement(*, endorsement: Endorsement, because: str, actor: User, now: datetime.datetime) -> Endorsement:
    """Take back an endorsement in force. Its page says so, with `because`, if it had been public.

    Groups are free again in the race, and open conflicts with it end (endorsements.conflicts). Those who were told of
    it are told of this (`tell_of_decisions`). Raises DecisionError without a reason, and where it is not in force.
    """
    if not because.strip():
        raise DecisionError(_("Give the reason: everybody who read of the endorsement can read it."))
    with transaction.atomic():
        held = _hold(endorsement)
        if held.state != EndorsementState.APPROVED:
            raise DecisionError(_("Only an endorsement in force can be withdrawn."))
        held.state, held.withdrawn_at, held.withdrawn_because = EndorsementState.WITHDRAWN, now, because.strip()[:1_000]
        held.revision += 1
        held.save()
        record(actor=actor, action="withdrew endorsement", subject=held.subject)
    endorsement.refresh_from_db()
    return held


# --- told to the groups that were asked -----------------------------------------------------------------------


def tell_of_decisions(*, now: datetime.datetime) -> int:
    """Mail the contacts of the groups that were asked what became of their recommendation; returns how many mails.

    Of an approved one once it is public: nothing breaks the embargo. A sweep: each run writes some hundred mails of
    each decision, and finds by their keys whom it has written to before.
    """
    recent = now - emails.TOLD_WITHIN
    public = Endorsement.objects.public(now).filter(public_from__gt=recent)
    declined = Endorsement.objects.filter(state=EndorsementState.DECLINED, decided_at__gt=recent)
    withdrawn = Endorsement.objects.ever_public(now).filter(withdrawn_at__gt=recent)
    told = 0
    for decided in (*public.order_by("pk"), *declined.order_by("pk"), *withdrawn.order_by("pk")):
        with transaction.atomic():
            told += emails.queue_decision(decided)
    return told


# --- one endorsement, held ------------------------------------------------------------------------------------


def _hold(endorsement: Endorsement, revision: int | None = None) -> Endorsement:
    """The endorsement as it is now, locked behind its race until the transaction ends."""
    Race.objects.select_for_update(no_key=True).get(pk=endorsement.race_id)
    rows = Endorsement.objects.select_for_update(no_key=True, of=("self",)).select_related("race", "candidate", "poll")
    held = rows.get(pk=endorsement.pk)
    if revision is not None and held.revision != revision:
        raise StaleDecisionError(_("Somebody else has decided since you opened it. Look at it again."))
    return held


def _key(user: User) -> str:
    return f"user:{user.pk}"
