"""The mails to groups about races and candidates that they proposed."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.urls import reverse

from affiliates.emails import absolute
from affiliates.models import KEEPS_GROUP, Group
from foundation.accounts.models import User
from foundation.mail.outbox import queue_mail
from foundation.mail.rendering import render_mail

from ..models import Candidate, Race


def queue_race_declined(race: Race, because: str) -> None:
    """ "National does not take up the race that you proposed", and why. To those who proposed it or nominated in it."""
    nominated = Q(nominations__candidate__race=race, nominations__withdrawn_at__isnull=True)
    groups = Group.objects.filter(nominated | Q(pk=race.proposed_by_id)).defer("position").distinct().order_by("pk")
    _to_groups(groups, "race_declined", "race declined", key=race.subject, race=race, because=because)


def queue_candidate_declined(candidate: Candidate, because: str) -> None:
    """ "National does not take up the candidate whom you proposed", and why. To the groups that nominated them."""
    nominated = Q(nominations__candidate=candidate, nominations__withdrawn_at__isnull=True)
    groups = Group.objects.filter(nominated).defer("position").distinct().order_by("pk")
    context = {"candidate": candidate, "race": candidate.race, "because": because}
    _to_groups(groups, "candidate_declined", "candidate declined", key=candidate.subject, **context)


def _to_groups(groups: Iterable[Group], template: str, purpose: str, *, key: str, **context: Any) -> None:
    """To all who keep these groups. Owed to them: it is what became of what they asked for."""
    for group in groups:
        keeps = Q(group_roles__group=group, group_roles__role__in=KEEPS_GROUP)
        link = absolute(reverse("group_nominations", args=[group.slug]))
        for user in User.objects.filter(keeps, is_active=True).distinct().order_by("pk"):
            everything = {"group": group, "link": link, **context}
            mail = render_mail(f"endorsements/{template}", everything, user.language)
            queue_mail(
                to=user.email,
                **mail._asdict(),
                purpose=purpose,
                scope=group.scope,
                language=user.language,
                key=f"{key}:declined:{group.pk}:{user.pk}",
                is_transactional=True,
            )
