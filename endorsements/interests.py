"""Conflicts of interest: what ties somebody who decides about a race to a campaign in it.

Paid work for a campaign keeps them from casting their group's ballot; the rest is shown to those who decide.
"""

import datetime

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from affiliates.models import Group
from foundation.accounts.models import User
from foundation.audit.models import record

from .models import Candidate, ConflictKind, ConflictOfInterest, Race


class InterestError(Exception):
    """This cannot be declared or ended; the message, for the reader, says why. `about` is the field, or ""."""

    def __init__(self, message: str, *, about: str = "") -> None:
        super().__init__(message)
        self.about = about


def declare(
    *, race: Race, user: User, kind: str, now: datetime.datetime, candidate: Candidate | None = None, words: str = ""
) -> ConflictOfInterest:
    """`user` says of themselves what ties them to a campaign of `race`: nobody declares it for somebody else.

    Raises InterestError for a kind that there is not, "something else" without words, a candidate of another race, and
    what is declared already.
    """
    words = words.strip()[:500]
    if kind not in ConflictKind.values:
        raise InterestError(_("Say what ties you to it."), about="kind")
    if kind == ConflictKind.OTHER and not words:
        raise InterestError(_("Say in your words what it is."), about="words")
    if candidate is not None and candidate.race_id != race.pk:
        raise InterestError(_("This candidate stands in another race."), about="candidate")
    try:
        with transaction.atomic():
            declared = ConflictOfInterest.objects.create(
                race=race, user=user, candidate=candidate, kind=kind, words=words, declared_at=now
            )
            record(actor=user, action="declared interest", subject=race.subject, kind=str(kind))
    except IntegrityError as error:
        raise InterestError(_("You have declared this already."), about="kind") from error
    return declared


def end_interest(*, interest: ConflictOfInterest, actor: User, now: datetime.datetime) -> None:
    """It ties them no more; what was declared stays on record with both days. Ended already, nothing changes.

    Raises InterestError for somebody else's.
    """
    if interest.user_id != actor.pk:
        raise InterestError(_("Only whoever declared it can end it."))
    with transaction.atomic():
        held = ConflictOfInterest.objects.select_for_update().select_related("race").get(pk=interest.pk)
        if held.ended_at is None:
            held.ended_at = now
            held.save(update_fields=["ended_at"])
            record(actor=actor, action="ended interest", subject=held.race.subject, kind=held.kind)


PAID = """
SELECT FROM endorsements_conflictofinterest
WHERE race_id = %(race)s AND user_id = %(user)s AND kind = 'paid' AND ended_at IS NULL
"""
"""SQL: what keeps a user from casting in a race. Said here once; a ballot asks it in one statement with the rest."""


def keeps_from_casting(user: User, race: Race) -> bool:
    """Is `user` paid by a campaign in this race, by their own word?"""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS ({PAID})", {"race": race.pk, "user": user.pk})
        return bool(cursor.fetchone()[0])


def open_interests(race: Race) -> QuerySet[ConflictOfInterest]:
    """What is declared and not ended. No order."""
    return ConflictOfInterest.objects.filter(race=race, ended_at__isnull=True)


def interests_of(user: User) -> QuerySet[ConflictOfInterest]:
    """All that `user` ever declared, with race and candidate. No order."""
    return ConflictOfInterest.objects.filter(user=user).select_related("race", "candidate")


def interests_in_group(race: Race, group: Group) -> QuerySet[ConflictOfInterest]:
    """What those who work for `group` have declared in this race. No order."""
    return open_interests(race).filter(user__group_roles__group=group).distinct()
