"""The mails of a conflict, to those who keep the group: opened, reminded of, ended."""

import datetime
from typing import Any

from django.urls import reverse

from affiliates.emails import absolute
from affiliates.models import KEEPS_GROUP
from foundation.accounts.models import User
from foundation.mail.outbox import queue_mail
from foundation.mail.rendering import render_mail

from ..models import CounterEndorsement


def queue_conflict_opened(conflict: CounterEndorsement, *, address: str) -> None:
    """ "The network has endorsed Jane Kim, and your event names an opponent": what it means, what to do by when."""
    _to_keepers(conflict, "conflict_opened", about=_at("opened", conflict.opened_at), link=absolute(address))


def queue_conflict_reminder(conflict: CounterEndorsement, *, address: str) -> None:
    """That it is still open, and until when."""
    _to_keepers(conflict, "conflict_reminder", about=_at("reminded", conflict.told_at), link=absolute(address))


def queue_conflict_ended(conflict: CounterEndorsement) -> None:
    """How it ended."""
    link = absolute(reverse("group_endorsements", args=[conflict.group.slug]))
    _to_keepers(conflict, "conflict_ended", about=_at("ended", conflict.outcome_at), link=link)


def _at(what: str, moment: datetime.datetime | None) -> str:
    """What a mail is about, once a moment: a conflict that opens again is told again."""
    return f"{what}:{moment:%Y%m%d%H%M%S}" if moment else what


def _to_keepers(conflict: CounterEndorsement, template: str, *, about: str, **context: Any) -> None:
    keepers = User.objects.filter(
        is_active=True, group_roles__group=conflict.group_id, group_roles__role__in=KEEPS_GROUP
    ).distinct()
    for keeper in keepers.order_by("pk"):
        everything = {
            "conflict": conflict,
            "group": conflict.group,
            "named": conflict.candidate.name,
            "endorsed": conflict.endorsement.candidate.name,
            "race": str(conflict.endorsement.race),
            **context,
        }
        mail = render_mail(f"endorsements/{template}", everything, keeper.language)
        queue_mail(
            to=keeper.email,
            **mail._asdict(),
            purpose="conflict with an endorsement",
            scope=conflict.group.scope,
            language=keeper.language,
            key=f"conflict:{conflict.pk}:{about}:{keeper.pk}",
            is_transactional=True,  # the group has to act, whatever its people unsubscribed from
        )
