"""Holding an event together: the host asks other groups, which say yes or no.

Who holds an event is written with its groups locked first, then the event, then the invitation.
"""

import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from affiliates.models import Group
from foundation.accounts.models import User
from foundation.audit.models import record

from .emails import standing as emails
from .group_dates import keep_group_dates, keep_next_event
from .hosts import hold_groups
from .line import lock_event
from .models import Cohost, Event, EventState

MOST_COHOSTS = 10
_OPEN = (EventState.DRAFT, EventState.SUBMITTED, EventState.APPROVED)


class CohostError(Exception):
    """It cannot be done with this invitation; the message, for the reader, says why."""


def groups_to_ask(event: Event, name: str, *, limit: int = 10) -> list[Group]:
    """Groups in force with a name like `name`, the most alike first, that can be asked to hold `event` too."""
    found = Group.objects.listed().exclude(pk__in=event.cohosts.values("group")).defer("position", "about", "plan")
    if event.group_id:
        found = found.exclude(pk=event.group_id)
    return list(found.named_like(name)[:limit])


def ask_cohost(*, event: Event, group: Group, actor: User, now: datetime.datetime) -> Cohost:
    """Ask `group` to hold `event` too; those who keep it are mailed. Asking twice is asking once.

    Raises CohostError for a group that is not in force, holds it already or has said no, for an eleventh group, and
    where the event is over, cancelled or declined.
    """
    with transaction.atomic():
        held = lock_event(event)
        _refuse_closed(held, now)
        if not group.is_listed or group.pk == held.group_id:
            raise CohostError(_("This group cannot be asked."))
        before = held.cohosts.filter(group=group).first()
        if before:
            if before.declined_at:
                raise CohostError(_("%(group)s has said no already.") % {"group": group})
            return before
        if held.cohosts.filter(declined_at__isnull=True).count() >= MOST_COHOSTS:
            raise CohostError(_("Ten groups at most hold an event together with you."))
        cohost = held.cohosts.create(group=group, asked_by=actor, asked_at=now)
        record(actor=actor, action="asked co-host", subject=held.scope, group=group.pk)
        emails.queue_cohost_asked(cohost)
    return cohost


def accept_invitation(*, cohost: Cohost, actor: User, now: datetime.datetime) -> Cohost:
    """The group holds the event too: its people keep it, its page shows it. The host is told. Twice changes nothing.

    Raises CohostError where the invitation was taken back or declined, the group is not in force, or the event is over.
    """
    with transaction.atomic():
        held = _hold(cohost)
        if held.accepted_at:
            return held
        _refuse_closed(held.event, now)
        if held.declined_at or not held.group.is_listed:
            raise CohostError(_("This invitation cannot be accepted any more."))
        held.accepted_at = now
        held.save(update_fields=["accepted_at"])
        record(actor=actor, action="accepted to co-host", subject=held.event.scope, group=held.group_id)
        keep_group_dates(event=held.event, now=now)
        emails.queue_cohost_answered(held)
    return held


def decline_invitation(*, cohost: Cohost, actor: User, now: datetime.datetime) -> Cohost:
    """The group does not hold it; the host is told. Twice changes nothing. Raises CohostError where it said yes."""
    with transaction.atomic():
        held = _hold(cohost)
        if held.declined_at:
            return held
        if held.accepted_at:
            raise CohostError(_("Your group has said yes already. You can leave the event on its page."))
        held.declined_at = now
        held.save(update_fields=["declined_at"])
        record(actor=actor, action="declined to co-host", subject=held.event.scope, group=held.group_id)
        emails.queue_cohost_answered(held)
    return held


def end_cohosting(*, cohost: Cohost, actor: User, now: datetime.datetime) -> None:
    """Take an invitation back, or end that a group holds the event too: by the host, or by that group itself.

    What its people did so far stays. Raises CohostError where the event is over: who held it is history then.
    """
    with transaction.atomic():
        held = _hold(cohost)
        if held.event.is_over(now):
            raise CohostError(_("This event is over."))
        group = held.group
        held.delete()
        record(actor=actor, action="ended co-hosting", subject=held.event.scope, group=group.pk)
        keep_next_event(group=group, now=now)


def open_invitations(group: Group, *, now: datetime.datetime) -> list[Cohost]:
    """The invitations that `group` has not answered, to events that are still to come; the next event first."""
    unanswered = Cohost.objects.filter(group=group, accepted_at__isnull=True, declined_at__isnull=True)
    waiting = unanswered.filter(event__ends_at__gt=now, event__state__in=_OPEN)
    rows = waiting.select_related("event__group").defer("event__position", "event__group__position")
    return list(rows.order_by("event__starts_at", "pk"))


def _hold(cohost: Cohost) -> Cohost:
    """The invitation as it is now, locked behind its groups and its event. Raises CohostError where it is gone."""
    hold_groups(cohost.event, cohost.group_id)
    event = lock_event(cohost.event)
    held = Cohost.objects.select_for_update(of=("self",)).select_related("group").filter(pk=cohost.pk).first()
    if held is None:
        raise CohostError(_("This invitation was taken back."))
    held.event = event
    return held


def _refuse_closed(event: Event, now: datetime.datetime) -> None:
    if event.state not in _OPEN or event.is_over(now):
        raise CohostError(_("This event is over, or it does not take place."))
