"""Where an event stands: submitted by its host, approved by national, sent back, declined, cancelled.

    draft → submitted → approved → cancelled
      ↑         ├─ changes asked: a draft again, with what is asked
      └─────────┘└─ declined

A trusted group's event, and one of the network itself, is approved when it is submitted. Whoever decides on an event
says which revision of it they read. Locked are first the groups that hold it, then the event (events.hosts).
"""

import datetime
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.dispatch import receiver
from django.utils.translation import gettext as _
from django.utils.translation import override

from affiliates.models import Group
from affiliates.signals import agreement_ended
from foundation.accounts.models import User
from foundation.audit.models import record

from .emails import standing as emails
from .group_dates import keep_group_dates, keep_next_event
from .hosts import hold_groups
from .models import Cohost, Event, EventState, NoticeKind
from .notices import make_notice, stop_messages_of
from .objections import objections_to
from .promoting import cancel_promotions_of_event
from .trusted import is_trusted, stop_trusting

WITHOUT_PUBLIC = (EventState.DRAFT, EventState.SUBMITTED)
CAN_BE_CANCELLED = (*WITHOUT_PUBLIC, EventState.APPROVED)


class StandingError(Exception):
    """This cannot be done with the event as it stands; the message, for the reader, says why."""


class StaleStandingError(StandingError):
    """Somebody else has changed the event since it was read."""


def obstacles_to(event: Event, *, now: datetime.datetime) -> list[str]:
    """Why the event cannot be submitted or approved, in words for its host and for staff; nothing where it can."""
    found = []
    if event.starts_at <= now:
        found.append(_("It would begin in the past."))
    if event.has_venue and (event.latitude is None or not event.place_name):
        found.append(_("Nobody knows where it is: give a place that people can find."))
    if event.group and not event.group.is_listed:
        found.append(_("The agreement of the group is not in force."))
    return [*found, *objections_to(event)]


def needs_approval(event: Event) -> bool:
    """Does it wait for staff once it is submitted?"""
    return event.group is not None and not is_trusted(event.group)


# --- by the host ----------------------------------------------------------------------------------------------


def submit_event(*, event: Event, actor: User, now: datetime.datetime) -> Event:
    """Hand a draft to national; a trusted group's is approved at once.

    Raises StandingError where it is no draft, or something stands in the way (`obstacles_to`).
    """
    with transaction.atomic():
        held = _hold(event, states={EventState.DRAFT})
        _refuse_obstacles(held, now)
        held.submitted_at, held.asked = now, ""
        record(actor=actor, action="submitted event", subject=held.scope)
        if needs_approval(held):
            held.state = EventState.SUBMITTED
            return _save(held, now)
        return _approve(held, actor, now)


def cancel_event(*, event: Event, because: str, actor: User, now: datetime.datetime) -> Event:
    """Call it off. Those who answered an approved one are told, with `because`, which its page shows from then on.

    A draft, or one that national has not decided on, is dropped; nobody is told. Raises StandingError where it is
    over, cancelled or declined, and where an approved one is called off without a reason.
    """
    with transaction.atomic():
        held = _hold(event, states=CAN_BE_CANCELLED)
        if held.state == EventState.APPROVED and not because.strip():
            raise StandingError(_("Say why it does not take place: those who answered read it."))
        if held.state == EventState.APPROVED and held.is_over(now):
            raise StandingError(_("This event is over, so it can no longer be cancelled."))
        return _cancel(held, because.strip(), actor, now)


def _cancel(held: Event, because: str, actor: User | None, now: datetime.datetime) -> Event:
    was_public = held.state == EventState.APPROVED
    held.state, held.cancelled_at, held.cancelled_because = EventState.CANCELLED, now, because[:500]
    _save(held, now)
    record(actor=actor, action="cancelled event", subject=held.scope, was_public=was_public)
    if was_public:
        cancel_promotions_of_event(event=held, because=because, actor=actor, now=now)
        make_notice(event=held, kind=NoticeKind.CANCELLED, by=actor, now=now)
        emails.queue_event_cancelled(held, by=actor)
    return held


# --- by staff -------------------------------------------------------------------------------------------------


def approve_event(*, event: Event, revision: int, actor: User, now: datetime.datetime) -> Event:
    """Staff's yes: from now on the public finds it. Its hosts are told.

    Raises StaleStandingError where `revision` is not the present one, StandingError where it does not wait for staff
    or something stands in the way (`obstacles_to`).
    """
    with transaction.atomic():
        held = _hold(event, states={EventState.SUBMITTED}, revision=revision)
        _refuse_obstacles(held, now)
        _approve(held, actor, now)
        emails.queue_event_approved(held)
    return held


def ask_for_changes(*, event: Event, revision: int, text: str, actor: User, now: datetime.datetime) -> Event:
    """Give it back to its host as a draft, with what is to be changed. Raises as `approve_event`, and without text."""
    with transaction.atomic():
        held = _hold_to_refuse(event, revision, text)
        held.state = EventState.DRAFT
        _save(held, now)
        record(actor=actor, action="asked for changes to event", subject=held.scope)
        emails.queue_changes_asked(held)
    return held


def decline_event(*, event: Event, revision: int, text: str, actor: User, now: datetime.datetime) -> Event:
    """Staff's no, for good, with the reason. Raises as `approve_event`, and without text."""
    with transaction.atomic():
        held = _hold_to_refuse(event, revision, text)
        held.state = EventState.DECLINED
        _save(held, now)
        record(actor=actor, action="declined event", subject=held.scope)
        emails.queue_event_declined(held)
    return held


def _hold_to_refuse(event: Event, revision: int, text: str) -> Event:
    if not text.strip():
        raise StandingError(_("Say it in words: the host gets them by mail."))
    held = _hold(event, states={EventState.SUBMITTED}, revision=revision)
    held.asked = text.strip()
    return held


# --- when an agreement ends -----------------------------------------------------------------------------------


@receiver(agreement_ended, dispatch_uid="events.standing.close_events_of")
def close_events_of(*, group: Group, at: datetime.datetime, **rest: Any) -> None:
    """What the group planned is declined; what is to come goes to a co-host in force, or else is cancelled.

    It is trusted no more, and holds no event of others any more that is to come. Runs in the transaction that ends
    the agreement, which has locked the group.
    """
    stop_trusting(group=group, actor=None)
    planned = Event.objects.filter(group=group, state__in=WITHOUT_PUBLIC)
    coming = Event.objects.filter(group=group, state=EventState.APPROVED, ends_at__gt=at)
    for event in _locked(planned):
        _decline_with_agreement(event, at)
    for event in _locked(coming):
        _hand_on_or_cancel(event, at)
    Cohost.objects.filter(group=group, accepted_at__isnull=True).delete()
    Cohost.objects.filter(group=group, event__ends_at__gt=at).delete()
    keep_next_event(group=group, now=at)


def _decline_with_agreement(held: Event, now: datetime.datetime) -> None:
    with override(held.language):
        because = _("The agreement of the group has ended.")
    held.state, held.asked = EventState.DECLINED, because
    _save(held, now)
    record(actor=None, action="declined event", subject=held.scope, because="agreement ended")


def _hand_on_or_cancel(held: Event, now: datetime.datetime) -> None:
    stop_messages_of(event=held, now=now)
    successor = _successor(held)
    if successor is None:
        with override(held.language):
            because = _("The group that planned it can no longer hold it. We are sorry.")
        _cancel(held, because, None, now)
        return
    held.group = successor.group
    successor.delete()
    _save(held, now)
    record(actor=None, action="handed event on", subject=held.scope, to=held.group_id)
    emails.queue_event_handed_on(held)


def _successor(held: Event) -> Cohost | None:
    """The first co-host in force, its group locked before anything is written: one that ends at this moment is none."""
    joined = held.cohosts.filter(accepted_at__isnull=False).exclude(group=held.group_id)
    for cohost in joined.order_by("accepted_at", "pk"):
        cohost.group = Group.objects.select_for_update(no_key=True).defer("position").get(pk=cohost.group_id)
        if cohost.group.is_listed:
            return cohost
    return None


# --- one event, held ------------------------------------------------------------------------------------------


def _hold(event: Event, *, states: Collection[str], revision: int | None = None) -> Event:
    """The event as it is now, locked until the transaction ends, behind its groups."""
    hold_groups(event)
    held = next(iter(_locked(Event.objects.filter(pk=event.pk))))
    if revision is not None and held.revision != revision:
        raise StaleStandingError(_("Somebody has changed this event since you opened it. Look at it again."))
    if held.state not in states:
        raise StandingError(
            _("This cannot be done with it any more. The event stands at: %(state)s.")
            % {"state": held.get_state_display()}
        )
    return held


def _locked(events: QuerySet[Event]) -> list[Event]:
    """These events, locked as events.answering.lock_event does."""
    rows = events.select_for_update(no_key=True, of=("self",)).select_related("group", "made_by")
    return list(rows.defer("position", "group__position").order_by("pk"))


def _refuse_obstacles(held: Event, now: datetime.datetime) -> None:
    if found := obstacles_to(held, now=now):
        raise StandingError(" ".join(found))


def _approve(held: Event, actor: User, now: datetime.datetime) -> Event:
    held.state, held.approved_at, held.asked = EventState.APPROVED, now, ""
    _save(held, now)
    record(actor=actor, action="approved event", subject=held.scope)
    return held


def _save(held: Event, now: datetime.datetime) -> Event:
    """Write where it stands: a revision on, and so that calendars take it over."""
    held.revision += 1
    held.sequence += 1
    held.save(
        update_fields=[
            "state", "submitted_at", "approved_at", "cancelled_at", "asked", "cancelled_because", "group", "revision",
            "sequence",
        ]
    )  # fmt: skip
    keep_group_dates(event=held, now=now)
    return held
