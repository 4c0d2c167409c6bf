"""The mails about national's decisions, to the contacts of the groups that were asked."""

import datetime
from typing import Any

from django.db.models import CharField, Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse

from affiliates.emails import absolute
from affiliates.models import Group, GroupStatus, Role
from foundation.accounts.models import User
from foundation.mail.models import OutgoingMail
from foundation.mail.outbox import queue_mail
from foundation.mail.rendering import RenderedMail, render_mail

from ..models import EligibleGroup, Endorsement, EndorsementState

AT_ONCE = 200
"""So many mails one run queues of one decision: a poll of the whole country shall not keep sign-in codes waiting."""

TOLD_WITHIN = datetime.timedelta(days=7)
"""Whoever became a contact later, or whom a week of lost sweeps left out, is not told any more."""


def queue_decision(endorsement: Endorsement) -> int:
    """What became of what their poll recommended, to the next contacts who have not been told; returns how many."""
    stem = f"{endorsement.subject}:{endorsement.state}:"
    rendered: dict[str, RenderedMail] = {}
    contacts = _untold_contacts(endorsement, stem)[:AT_ONCE]
    for contact in contacts:
        if contact.language not in rendered:
            rendered[contact.language] = _render(endorsement, contact.language)
        queue_mail(
            to=contact.email,
            **rendered[contact.language]._asdict(),
            purpose="endorsement decided",
            language=contact.language,
            key=f"{stem}{contact.pk}",
            is_transactional=True,  # they voted, and what is published binds their groups
        )
    return len(contacts)


def _untold_contacts(endorsement: Endorsement, stem: str) -> QuerySet[User]:
    asked = EligibleGroup.objects.filter(poll=endorsement.poll_id).values("group")
    groups = Group.objects.filter(pk__in=asked).exclude(status=GroupStatus.ENDED)
    contacts = User.objects.filter(
        is_active=True, group_roles__role=Role.CONTACT, group_roles__group__in=groups.values("pk")
    ).annotate(mail_key=Concat(Value(stem), Cast(F("pk"), CharField())))
    told = OutgoingMail.objects.filter(key=OuterRef("mail_key"))
    return contacts.filter(~Exists(told)).distinct().order_by("pk")


def _render(endorsement: Endorsement, language: str) -> RenderedMail:
    context: dict[str, Any] = {
        "candidate": endorsement.candidate.name,
        "race": str(endorsement.race),
        "endorsement": endorsement,
        "link": absolute(reverse("candidate_page", args=[endorsement.candidate.slug])),
    }
    if endorsement.state == EndorsementState.DECLINED:
        context["reasons"] = list(endorsement.opinions.filter(approves=False).order_by("at", "pk"))
        context["link"] = absolute(reverse("race_page", args=[endorsement.race.slug]))
    return render_mail(f"endorsements/endorsement_{endorsement.state}", context, language)
