"""Campaigns: made and changed by staff, opened to hosts and closed again, followed by another."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, fields
from itertools import chain, count
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.text import slugify
from django.utils.translation import gettext as _

from affiliates.models import KEEPS_GROUP, Group, GroupQuerySet, GroupRole
from foundation.accounts.models import User
from foundation.audit.models import record
from foundation.places.keys import name_key

from .models import Campaign, CampaignLink, CampaignState, Cohost, Event, EventState
from .models.campaigns import CampaignQuerySet

MOST_LINKS = 20
LONGEST_STEM = 60
FOLLOW_UP_AFTER = datetime.timedelta(weeks=4)
"""So long after the campaign before is a follow-up proposed."""

# Of an event that counts as hosted: it may still come about, or has.
HOSTED = (EventState.DRAFT, EventState.SUBMITTED, EventState.APPROVED)


class CampaignError(Exception):
    """This cannot be done with the campaign; the message, for staff, says why."""


class StaleCampaignError(CampaignError):
    """Somebody else has changed the campaign since it was read."""


class KitLink(NamedTuple):
    """Something of the host kit on the web."""

    label: str
    url: str


@dataclass(frozen=True)
class CampaignPlan:
    """What staff say of a campaign. `states` are two letters each, none for everywhere; days are those of the hosts."""

    title: str
    about: str
    kind: str
    starts_on: datetime.date
    ends_on: datetime.date
    states: tuple[str, ...] = ()
    event_title: str = ""
    event_about: str = ""
    kit: str = ""
    links: tuple[KitLink, ...] = ()


# --- made and changed -------------------------------------------------------------------------------------------


def make_campaign(
    *, plan: CampaignPlan, actor: User, now: datetime.datetime, follow_up_of: Campaign | None = None
) -> Campaign:
    """Make a draft, which only staff see. Raises CampaignError for days in the wrong order and links given twice."""
    _refuse_nonsense(plan)
    with transaction.atomic():
        campaign = Campaign.objects.create(
            slug=_free_slug(plan.title), follow_up_of=follow_up_of, made_by=actor, created_at=now, **_columns(plan)
        )
        _set_links(campaign, plan.links)
        record(
            actor=actor,
            action="made campaign",
            subject=_subject(campaign),
            follow_up_of=follow_up_of and follow_up_of.pk,
        )
    return campaign


def change_campaign(*, campaign: Campaign, plan: CampaignPlan, revision: int, actor: User) -> Campaign:
    """Write `plan` into the campaign; its address stays. Events that were made for it keep what they say.

    `revision` is the one that the actor saw. Raises StaleCampaignError where it is not the present one, and
    CampaignError as `make_campaign` does.
    """
    _refuse_nonsense(plan)
    with transaction.atomic():
        locked = _lock(campaign, revision)
        if plan_of(locked) == plan:
            return locked
        for name, value in _columns(plan).items():
            setattr(locked, name, value)
        locked.revision += 1
        locked.save()
        _set_links(locked, plan.links)
        record(actor=actor, action="changed campaign", subject=_subject(locked))
    return locked


def open_campaign(*, campaign: Campaign, revision: int, actor: User, now: datetime.datetime) -> Campaign:
    """Make it public, and have groups sign up to host; also once more after it was closed.

    Raises StaleCampaignError, and CampaignError where its last day is past.
    """
    with transaction.atomic():
        locked = _lock(campaign, revision)
        if locked.ends_on < now.date():
            raise CampaignError(_("Its last day is past. Change the days first."))
        return _put(locked, CampaignState.OPEN, actor, "opened campaign")


def close_campaign(*, campaign: Campaign, revision: int, actor: User) -> Campaign:
    """No more groups sign up; page and events stay. Raises StaleCampaignError, and CampaignError for a draft."""
    with transaction.atomic():
        locked = _lock(campaign, revision)
        if locked.state == CampaignState.DRAFT:
            raise CampaignError(_("It was not opened yet."))
        return _put(locked, CampaignState.CLOSED, actor, "closed campaign")


def plan_of(campaign: Campaign) -> CampaignPlan:
    """What the campaign says now."""
    links = tuple(KitLink(link.label, link.url) for link in campaign.links.order_by("label", "pk"))
    values = {field.name: getattr(campaign, field.name) for field in fields(CampaignPlan) if field.name != "links"}
    return CampaignPlan(**{**values, "states": tuple(campaign.states), "links": links})


def proposed_follow_up(campaign: Campaign) -> CampaignPlan:
    """The same kind of campaign in the same states, four weeks later; its words and kit are for staff to write anew."""
    return CampaignPlan(
        title="",
        about="",
        kind=campaign.kind,
        starts_on=campaign.starts_on + FOLLOW_UP_AFTER,
        ends_on=campaign.ends_on + FOLLOW_UP_AFTER,
        states=tuple(campaign.states),
    )


def _columns(plan: CampaignPlan) -> dict[str, Any]:
    values = {field.name: getattr(plan, field.name) for field in fields(plan) if field.name != "links"}
    return {**values, "states": list(plan.states)}


def _refuse_nonsense(plan: CampaignPlan) -> None:
    if plan.ends_on < plan.starts_on:
        raise CampaignError(_("The last day is before the first."))
    addresses = [link.url for link in plan.links]
    if len(set(addresses)) < len(addresses):
        raise CampaignError(_("A link of the host kit is there twice."))
    if len(addresses) > MOST_LINKS:
        raise CampaignError(_("A host kit has %(count)d links at most.") % {"count": MOST_LINKS})


def _set_links(campaign: Campaign, links: Iterable[KitLink]) -> None:
    campaign.links.all().delete()
    CampaignLink.objects.bulk_create(CampaignLink(campaign=campaign, label=one.label, url=one.url) for one in links)


def _lock(campaign: Campaign, revision: int) -> Campaign:
    locked = Campaign.objects.select_for_update(no_key=True, of=("self",)).get(pk=campaign.pk)
    if locked.revision != revision:
        raise StaleCampaignError(_("Somebody else has changed this campaign. Look at it again before you change it."))
    return locked


def _put(locked: Campaign, state: CampaignState, actor: User, action: str) -> Campaign:
    if locked.state != state:
        locked.state = state
        locked.revision += 1
        locked.save(update_fields=["state", "revision"])
        record(actor=actor, action=action, subject=_subject(locked))
    return locked


def _subject(campaign: Campaign) -> str:
    return f"campaign:{campaign.pk}"


def _free_slug(title: str) -> str:
    stem = slugify(name_key(title))[:LONGEST_STEM].strip("-") or "campaign"
    taken = set(Campaign.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    return next(slug for slug in chain([stem], (f"{stem}-{number}" for number in count(2))) if slug not in taken)


# --- who may host, and who does ---------------------------------------------------------------------------------


def is_open_on(campaign: Campaign, day: datetime.date) -> bool:
    """Can groups still sign up to host it on this day?"""
    return campaign.state == CampaignState.OPEN and campaign.ends_on >= day


def may_host(campaign: Campaign, group: Group, *, on: datetime.date) -> bool:
    """Can the group make an event of this campaign on the day `on`?"""
    is_there = not campaign.states or group.state in campaign.states
    return is_open_on(campaign, on) and group.is_listed and is_there


def groups_to_host(campaign: Campaign, user: User, *, on: datetime.date) -> list[Group]:
    """The groups that `user` keeps and that can host it, by name."""
    own = Group.objects.of_organizer(user).listed().defer("position", "about", "plan").order_by("name_key", "pk")
    return [group for group in own if may_host(campaign, group, on=on)]


def hosting_groups(campaign: Campaign) -> GroupQuerySet:
    """The groups in force that hold an event of the campaign, alone or with others, planned or public."""
    events = Event.objects.filter(campaign=campaign, state__in=HOSTED)
    joined = Cohost.objects.filter(event__in=events, group=OuterRef("pk"), accepted_at__isnull=False)
    holds = Q(Exists(events.filter(group=OuterRef("pk")))) | Q(Exists(joined))
    return Group.objects.listed().filter(holds)


def hosted_by(group: Group) -> CampaignQuerySet:
    """The campaigns of which the group holds an event, alone or with others, planned or public."""
    events = Event.objects.of_group(group).filter(campaign=OuterRef("pk"), state__in=HOSTED)
    return Campaign.objects.filter(Exists(events))


def hosts_campaign(user: User, campaign: Campaign) -> bool:
    """Does `user` keep a group that holds an event of the campaign? They see its host kit."""
    roles = GroupRole.objects.filter(user=user, role__in=KEEPS_GROUP, group__in=hosting_groups(campaign))
    return user.is_active and roles.exists()
