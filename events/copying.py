"""A copy of an event on another date: what is said of it, its questions and its picture; not who answered."""

import datetime
from dataclasses import replace
from typing import Any

from django.db import transaction

from affiliates.models import Group
from foundation.accounts.models import User
from foundation.audit.models import record

from .models import CampaignState, Event, EventPicture, EventQuestion
from .plan_times import local_time
from .planning import EventPlan, columns_of, plan_of, refuse_contradictions, refuse_outside, refuse_past
from .slugs import slug_for


def clone_event(
    *,
    event: Event,
    group: Group | None,
    starts_at: datetime.datetime,
    ends_at: datetime.datetime,
    actor: User,
    now: datetime.datetime,
) -> Event:
    """Begin an event that is like another one, whatever became of that: a draft of `group`, without one the network's.

    It is no date of the other's series; it is for the same campaign as long as that takes events. Raises EventError.
    """
    plan = replace(plan_of(event), starts_at=starts_at, ends_at=ends_at)
    campaign = event.campaign if event.campaign and event.campaign.state == CampaignState.OPEN else None
    with transaction.atomic():
        copy = copy_event(event=event, plan=plan, actor=actor, now=now, group=group, campaign=campaign)
        record(actor=actor, action="copied event", subject=copy.scope, of=event.pk)
    return copy


def copy_event(*, event: Event, plan: EventPlan, actor: User, now: datetime.datetime, **fields: Any) -> Event:
    """A draft held as planned, with the questions and the picture of `event`; `fields` are the other columns.

    In the caller's transaction. Raises EventError where the plan is none, is past, or is not what the campaign wants.
    """
    refuse_contradictions(plan)
    refuse_past(plan, now)
    if fields.get("campaign"):
        refuse_outside(fields["campaign"], plan)
    copy = Event.objects.create(
        slug=slug_for(plan.title, local_time(plan.starts_at, plan.time_zone)),
        made_by=actor,
        created_at=now,
        **columns_of(plan),
        **fields,
    )
    copy_questions(event, copy)
    copy_picture(event, copy)
    return copy


def copy_questions(event: Event, other: Event) -> None:
    """Have `other` ask what `event` asks, and nothing else."""
    other.questions.all().delete()
    EventQuestion.objects.bulk_create(
        EventQuestion(
            event=other, **{name: getattr(one, name) for name in ("position", "text", "choices", "is_required")}
        )
        for one in event.questions.all()
    )


def copy_picture(event: Event, other: Event) -> None:
    """Have `other` show the picture of `event`, or none if that has none."""
    EventPicture.objects.filter(event=other).delete()
    for picture in EventPicture.objects.filter(event=event):
        picture.pk = other.pk
        picture.save(force_insert=True)
