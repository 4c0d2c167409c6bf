"""What a group asks for and what national says to it, up to the moment at which a promotion is launched.

    requested → approved → (events.promoting)
       ↑  ├─ changes asked: the group has it back with what is asked
       └──┘└─ declined

Whoever decides says which revision they read. Locked are the groups that hold the event, then the event, then the
promotion. Cancelling is in events.promoting: what is being sent can be cancelled too.
"""

import datetime
from collections.abc import Collection
from dataclasses import asdict, dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from affiliates.models import Group
from foundation.accounts.models import User
from foundation.audit.models import record

from .emails import promotions as emails
from .hosts import hold_groups, hosts_of
from .line import lock_event
from .models import HAS_VENUE, MOST_RECIPIENTS, Event, EventQuerySet, EventState, Promotion, PromotionState
from .promotion_jobs import launch_after_commit
from .promotion_objections import objections_to_promotion
from .sending_hours import is_sending_hour, next_sending_moment

WITH_GROUP = (PromotionState.REQUESTED, PromotionState.ASKED)
"""While it stands there the group may change it."""

ENDED = (PromotionState.DECLINED, PromotionState.CANCELLED)
"""After these the group may ask for the event once more."""


class PromotionRequestError(Exception):
    """This cannot be done with the promotion as it stands; the message, for the reader, says why."""


class StalePromotionError(PromotionRequestError):
    """Somebody else has changed the promotion since it was read."""


@dataclass(frozen=True)
class PromotionPlan:
    """What a group asks for. `radius_miles` None is as far as needed, at most 100; `wanted` how many people at most."""

    subject: str
    intro: str
    language: str
    radius_miles: int | None = None
    wanted: int = MOST_RECIPIENTS


def drafted(*, event: Event, group: Group, plan: PromotionPlan) -> Promotion:
    """The promotion that `plan` makes, not saved: for a preview, and for whoever objects to what it says."""
    return Promotion(event=event, group=group, **asdict(plan))


def promotion_of(event: Event) -> Promotion | None:
    """The one promotion of `event` that counts: it is open, being sent, or sent. None where the group may ask."""
    rows = Promotion.objects.filter(event=event).exclude(state__in=ENDED)
    return rows.select_related("group", "asked_by").defer("group__position").first()


def events_to_promote(group: Group, *, now: datetime.datetime) -> EventQuerySet:
    """The events of `group` that it may ask for: to come, approved, at a place, without a promotion that counts."""
    standing = Promotion.objects.filter(event=OuterRef("pk")).exclude(state__in=ENDED)
    coming = Event.objects.of_group(group).filter(state=EventState.APPROVED, starts_at__gt=now, call__isnull=True)
    return coming.filter(~Exists(standing), format__in=HAS_VENUE, latitude__isnull=False)


def obstacles_to_promoting(*, event: Event, group: Group, now: datetime.datetime) -> list[str]:
    """Why `group` cannot have `event` promoted, in words for it and for staff; nothing where it can."""
    found = []
    if event.state != EventState.APPROVED:
        found.append(_("Only an approved event is promoted."))
    if event.starts_at <= now:
        found.append(_("The event has begun already."))
    if not group.is_listed:
        found.append(_("The agreement of the group is not in force."))
    elif group not in hosts_of(event):
        found.append(_("The group does not hold this event."))
    if event.point is None or not event.has_venue:
        found.append(_("The event is online only: a promotion goes to the people around a place."))
    return found


# --- by the group ---------------------------------------------------------------------------------------------


def request_promotion(
    *, event: Event, group: Group, plan: PromotionPlan, actor: User, now: datetime.datetime
) -> Promotion:
    """Ask national to tell the people around `event` about it.

    Raises PromotionRequestError where something stands in the way (`obstacles_to_promoting`, what apps above object
    to), or the event has a promotion already that was not declined or cancelled.
    """
    with transaction.atomic():
        hold_groups(event, group.pk)
        held = lock_event(event)
        promotion = drafted(event=held, group=Group.objects.defer("position").get(pk=group.pk), plan=plan)
        _refuse_obstacles(promotion, now)
        if promotion_of(held):
            raise PromotionRequestError(_("This event has a promotion already. There is one for each event."))
        promotion.asked_by, promotion.requested_at = actor, now
        promotion.save()
        record(actor=actor, action="requested promotion", subject=promotion.key, event=held.pk, group=group.pk)
    return promotion


def change_request(
    *, promotion: Promotion, plan: PromotionPlan, revision: int, actor: User, now: datetime.datetime
) -> Promotion:
    """Say it otherwise, before it is approved. Where national had asked for that, it waits for national again.

    Raises StalePromotionError where `revision` is not the present one, PromotionRequestError as `request_promotion`.
    """
    with transaction.atomic():
        held = _hold(promotion, states=WITH_GROUP, revision=revision)
        for name, value in asdict(plan).items():
            setattr(held, name, value)
        _refuse_obstacles(held, now)
        if held.state == PromotionState.ASKED:
            held.state, held.requested_at, held.words = PromotionState.REQUESTED, now, ""
        _save(held, *asdict(plan), "state", "requested_at", "words")
        record(actor=actor, action="changed promotion", subject=held.key)
    return held


# --- by staff -------------------------------------------------------------------------------------------------


def approve_promotion(
    *,
    promotion: Promotion,
    revision: int,
    send_at: datetime.datetime | None,
    actor: User,
    now: datetime.datetime,
) -> Promotion:
    """Staff's yes. It is launched at `send_at`; without one as soon as it is an hour of sending at the venue.

    Its group is told. Raises StalePromotionError where `revision` is not the present one, PromotionRequestError where
    it does not wait for staff, something stands in the way, or `send_at` is past, out of hours or after the event.
    """
    with transaction.atomic():
        held = _hold(promotion, states={PromotionState.REQUESTED}, revision=revision)
        _refuse_obstacles(held, now)
        held.send_at = _checked(send_at, held.event, now)
        held.state, held.approved_at, held.decided_by, held.words = PromotionState.APPROVED, now, actor, ""
        _save(held, "state", "approved_at", "send_at", "decided_by", "words")
        record(actor=actor, action="approved promotion", subject=held.key, send_at=held.send_at.isoformat())
        emails.queue_promotion_approved(held)
        if held.send_at <= now:
            launch_after_commit()
    return held


def ask_for_changes(
    *, promotion: Promotion, revision: int, text: str, actor: User, now: datetime.datetime
) -> Promotion:
    """Give it back to its group with what is to be changed. Raises as `approve_promotion`, and without text."""
    with transaction.atomic():
        held = _refuse(promotion, revision, text, PromotionState.ASKED, actor)
        record(actor=actor, action="asked for changes to promotion", subject=held.key)
        emails.queue_promotion_changes_asked(held)
    return held


def decline_promotion(
    *, promotion: Promotion, revision: int, text: str, actor: User, now: datetime.datetime
) -> Promotion:
    """Staff's no, with the reason; the group may ask anew. Raises as `approve_promotion`, and without text."""
    with transaction.atomic():
        held = _refuse(promotion, revision, text, PromotionState.DECLINED, actor)
        record(actor=actor, action="declined promotion", subject=held.key)
        emails.queue_promotion_declined(held)
    return held


def _refuse(promotion: Promotion, revision: int, text: str, state: PromotionState, actor: User) -> Promotion:
    if not text.strip():
        raise PromotionRequestError(_("Say it in words: the group gets them by mail."))
    held = _hold(promotion, states={PromotionState.REQUESTED}, revision=revision)
    held.state, held.words, held.decided_by = state, text.strip(), actor
    return _save(held, "state", "words", "decided_by")


def _checked(send_at: datetime.datetime | None, event: Event, now: datetime.datetime) -> datetime.datetime:
    """When it is launched. Raises PromotionRequestError for a moment at which it cannot be."""
    moment = next_sending_moment(now, event.time_zone) if send_at is None else send_at
    if moment < now:
        raise PromotionRequestError(_("That time is past."))
    if not is_sending_hour(moment, event.time_zone):
        raise PromotionRequestError(
            _("Promotions begin to go out between 9 in the morning and 8 in the evening, on the clocks of the venue.")
        )
    if moment >= event.starts_at:
        raise PromotionRequestError(_("The event begins before that: nobody could come any more."))
    return moment


# --- one promotion, held --------------------------------------------------------------------------------------


def _hold(promotion: Promotion, *, states: Collection[str], revision: int) -> Promotion:
    """The promotion as it is now, locked until the transaction ends, behind its groups and its event."""
    hold_groups(promotion.event, promotion.group_id)
    event = lock_event(promotion.event)
    rows = Promotion.objects.select_for_update(no_key=True, of=("self",)).select_related("group")
    held = rows.defer("group__position").get(pk=promotion.pk)
    held.event = event
    if held.revision != revision:
        raise StalePromotionError(_("Somebody has changed this promotion since you opened it. Look at it again."))
    if held.state not in states:
        raise PromotionRequestError(
            _("This cannot be done with it any more. The promotion stands at: %(state)s.")
            % {"state": held.get_state_display()}
        )
    return held


def _refuse_obstacles(promotion: Promotion, now: datetime.datetime) -> None:
    found = obstacles_to_promoting(event=promotion.event, group=promotion.group, now=now)
    if found := [*found, *objections_to_promotion(promotion)]:
        raise PromotionRequestError(" ".join(found))


def _save(held: Promotion, *fields: str) -> Promotion:
    """Write these fields, a revision on."""
    held.revision += 1
    held.save(update_fields=[*fields, "revision"])
    return held
