"""The mails of a round of re-signing."""

from django.urls import reverse

from foundation.mail.outbox import queue_mail
from foundation.mail.rendering import render_mail

from ..models import Group, ResigningRound
from . import absolute
from .ending import contacts_of


def queue_round_notice(asked: ResigningRound, group: Group, *, days: int | None, days_left: int) -> None:
    """ "Please sign the new agreement by June 30", to all contacts of `group`: the first (`days` is None) or the
    warning of so many days before. `days_left` is how many there are now.

    Owed to them whatever they unsubscribed from: the group lapses if nobody signs.
    """
    for contact in contacts_of(group):
        context = {
            "round": asked,
            "group": group,
            "days": None if days is None else days_left,
            "link": absolute(reverse("group_agreement", args=[group.slug])),
        }
        mail = render_mail("affiliates/round_notice", context, contact.language)
        queue_mail(
            to=contact.email,
            **mail._asdict(),
            purpose="re-signing round",
            scope=group.scope,
            language=contact.language,
            # With the date: after it was made later the warnings are sent anew.
            key=f"round:{asked.pk}:{group.pk}:{days}:{asked.due_at:%Y%m%d}:{contact.pk}",
            is_transactional=True,
        )
