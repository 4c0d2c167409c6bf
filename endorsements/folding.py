"""A race that a group proposed turns out to be one that is here already: what was said about it goes there."""

import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record

from .models import Candidate, ConflictOfInterest, Race
from .races import RaceError


def races_to_fold_into(race: Race, today: datetime.date) -> QuerySet[Race]:
    """Those that a proposed race may be: known ones of its state to come, those of its own election day first."""
    known = Race.objects.known().filter(state=race.state).upcoming(today).exclude(pk=race.pk)
    return known.order_by("election_date", "office", "district", "pk")


def fold_race(*, race: Race, into: Race, actor: User, now: datetime.datetime) -> Race:
    """Take the candidates, nominations and declarations of a proposed race over into `into`, and drop it.

    A candidate of the same name is the same one; of two nominations of a group for one, the earlier stands. Raises
    RaceError where `race` is confirmed, or `into` is not.
    """
    with transaction.atomic():
        rows = Race.objects.select_for_update(of=("self",)).filter(pk__in=[race.pk, into.pk])
        held = {one.pk: one for one in rows.order_by("pk")}
        proposed, known = held.get(race.pk), held.get(into.pk)
        if proposed is None or known is None or proposed.is_confirmed or not known.is_confirmed:
            raise RaceError(_("Only a race that a group proposes can be one that is here already."))
        for candidate in proposed.candidates.select_for_update().order_by("pk"):
            _take_over(candidate, known, now)
        _take_over_declarations(proposed, known)
        proposed.seekers.update(race=known)
        record(actor=actor, action="folded race", subject=known.subject, proposed=str(proposed))
        proposed.delete()
    return known


def _take_over(candidate: Candidate, into: Race, now: datetime.datetime) -> None:
    same = into.candidates.filter(name_key=candidate.name_key).first()
    if same is None:
        candidate.race = into
        candidate.save(update_fields=["race"])
        return
    of_both = set(same.nominations.standing().values_list("group", flat=True))
    candidate.nominations.standing().filter(group__in=of_both).update(withdrawn_at=now)
    candidate.nominations.update(candidate=same)
    ConflictOfInterest.objects.filter(candidate=candidate).update(candidate=same)
    candidate.links.exclude(url__in=same.links.values("url")).update(candidate=same)
    candidate.research.update(candidate=same)
    sent = same.responses.values("questionnaire")
    candidate.responses.exclude(questionnaire__in=sent).update(candidate=same)
    candidate.delete()


def _take_over_declarations(race: Race, into: Race) -> None:
    """What somebody has declared for both stands once."""
    for declared in race.conflicts_of_interest.order_by("pk"):
        again = into.conflicts_of_interest.filter(user=declared.user_id, kind=declared.kind, ended_at__isnull=True)
        if declared.ended_at is not None or not again.exists():
            declared.race = into
            declared.save(update_fields=["race"])
