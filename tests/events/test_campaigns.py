"""Campaigns: made, changed, opened and closed; who may host; what came of them in numbers."""

import datetime
from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from affiliates.models import Group
from events import campaigns
from events.campaign_totals import HostTotals, PublicTotals, by_group, by_state, of_all, public_totals, totals_by_event
from events.campaigns import (
    CampaignError,
    CampaignPlan,
    KitLink,
    StaleCampaignError,
    change_campaign,
    close_campaign,
    groups_to_host,
    hosting_groups,
    hosts_campaign,
    make_campaign,
    may_host,
    open_campaign,
    plan_of,
    proposed_follow_up,
)
from events.models import Attendance, Campaign, CampaignState, CheckedInBy, Event, EventFormat, EventKind, EventState
from foundation.accounts.models import StaffTask, User
from foundation.audit.models import AuditEntry
from members.membership import record_basis
from members.models import ActivityKind, Person
from tests.factories import make_contact, make_group, make_staff

from .making import NOW, TOMORROW, make_event, make_guest, make_rsvp

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
PLAN = CampaignPlan(
    title="Launch watch party",
    about="We watch it together.",
    kind=EventKind.WATCH_PARTY,
    starts_on=TODAY + datetime.timedelta(days=10),
    ends_on=TODAY + datetime.timedelta(days=20),
)


@pytest.fixture
def staff() -> User:
    return make_staff(StaffTask.PROMOTIONS)


def make(staff: User, **changes: Any) -> Campaign:
    return make_campaign(plan=replace(PLAN, **changes), actor=staff, now=NOW)


def make_open(staff: User, **changes: Any) -> Campaign:
    return open_campaign(campaign=make(staff, **changes), revision=0, actor=staff, now=NOW)


# --- made and changed -------------------------------------------------------------------------------------------


def test_a_campaign_begins_as_a_draft_that_the_public_does_not_see(staff: User) -> None:
    links = (KitLink("Poster", "https://example.org/poster"), KitLink("Video", "https://example.org/video"))
    campaign = make(staff, states=("MA", "NH"), kit="Bring chairs.", links=links)
    assert (campaign.state, campaign.slug, campaign.made_by) == (CampaignState.DRAFT, "launch-watch-party", staff)
    assert plan_of(campaign) == replace(PLAN, states=("MA", "NH"), kit="Bring chairs.", links=links)
    assert not Campaign.objects.public().exists()
    assert AuditEntry.objects.get(subject=f"campaign:{campaign.pk}").action == "made campaign"


def test_two_campaigns_of_one_name_have_two_addresses(staff: User) -> None:
    assert [make(staff).slug, make(staff).slug] == ["launch-watch-party", "launch-watch-party-2"]


def test_a_name_in_another_script_has_an_address_too(staff: User) -> None:
    assert make(staff, title="集会").slug == "campaign"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ends_on": PLAN.starts_on - TOMORROW}, "before the first"),
        ({"links": (KitLink("A", "https://example.org/"), KitLink("B", "https://example.org/"))}, "twice"),
        ({"links": tuple(KitLink("A", f"https://example.org/{n}") for n in range(21))}, "20 links"),
    ],
)
def test_what_makes_no_sense_is_refused(staff: User, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(CampaignError, match=words):
        make(staff, **changes)
    with pytest.raises(CampaignError, match=words):
        change_campaign(campaign=make(staff), plan=replace(PLAN, **changes), revision=0, actor=staff)


def test_a_change_keeps_the_address(staff: User) -> None:
    campaign = make(staff, links=(KitLink("Poster", "https://example.org/poster"),))
    plan = replace(PLAN, title="Debate night", links=(KitLink("Video", "https://example.org/video"),))
    changed = change_campaign(campaign=campaign, plan=plan, revision=0, actor=staff)
    assert (plan_of(changed), changed.slug, changed.revision) == (plan, "launch-watch-party", 1)


def test_saving_what_is_there_changes_nothing(staff: User) -> None:
    campaign = make(staff)
    assert change_campaign(campaign=campaign, plan=plan_of(campaign), revision=0, actor=staff).revision == 0
    assert not AuditEntry.objects.filter(action="changed campaign").exists()


def test_two_staff_do_not_write_over_each_other(staff: User) -> None:
    campaign = make(staff)
    change_campaign(campaign=campaign, plan=replace(PLAN, kit="One"), revision=0, actor=staff)
    with pytest.raises(StaleCampaignError, match="Somebody else"):
        change_campaign(campaign=campaign, plan=replace(PLAN, kit="Two"), revision=0, actor=staff)
    with pytest.raises(StaleCampaignError):
        open_campaign(campaign=campaign, revision=0, actor=staff, now=NOW)
    with pytest.raises(StaleCampaignError):
        close_campaign(campaign=campaign, revision=0, actor=staff)


# --- opened and closed ------------------------------------------------------------------------------------------


def test_opened_closed_and_opened_again(staff: User) -> None:
    campaign = make_open(staff)
    assert (campaign.state, campaign.revision) == (CampaignState.OPEN, 1)
    assert Campaign.objects.public().get() == campaign
    campaign = close_campaign(campaign=campaign, revision=1, actor=staff)
    assert campaign.state == CampaignState.CLOSED
    assert Campaign.objects.public().get() == campaign
    campaign = open_campaign(campaign=campaign, revision=2, actor=staff, now=NOW)
    assert campaign.state == CampaignState.OPEN
    actions = AuditEntry.objects.filter(subject=f"campaign:{campaign.pk}").order_by("pk")
    assert [entry.action for entry in actions] == [
        "made campaign", "opened campaign", "closed campaign", "opened campaign"
    ]  # fmt: skip


def test_opening_an_open_one_changes_nothing(staff: User) -> None:
    campaign = make_open(staff)
    assert open_campaign(campaign=campaign, revision=1, actor=staff, now=NOW).revision == 1


def test_a_draft_is_not_closed_and_a_past_one_not_opened(staff: User) -> None:
    with pytest.raises(CampaignError, match="not opened yet"):
        close_campaign(campaign=make(staff), revision=0, actor=staff)
    past = make(staff, starts_on=TODAY - TOMORROW, ends_on=TODAY - TOMORROW)
    with pytest.raises(CampaignError, match="last day is past"):
        open_campaign(campaign=past, revision=0, actor=staff, now=NOW)


def test_the_database_refuses_a_last_day_before_the_first_and_a_campaign_after_itself(staff: User) -> None:
    campaign = make(staff)
    with pytest.raises(IntegrityError, match="campaign_ends_later"), transaction.atomic():
        Campaign.objects.filter(pk=campaign.pk).update(ends_on=PLAN.starts_on - TOMORROW)
    with pytest.raises(IntegrityError, match="campaign_follows_another"), transaction.atomic():
        Campaign.objects.filter(pk=campaign.pk).update(follow_up_of=campaign)


def test_a_follow_up_begins_four_weeks_later_in_the_same_states(staff: User) -> None:
    first = make(staff, states=("MA",), kit="Bring chairs.")
    plan = proposed_follow_up(first)
    assert (plan.kind, plan.states, plan.kit, plan.title) == (PLAN.kind, ("MA",), "", "")
    assert plan.starts_on - first.starts_on == plan.ends_on - first.ends_on == datetime.timedelta(weeks=4)
    made = make_campaign(plan=replace(plan, title="And now?", about="x"), actor=staff, now=NOW, follow_up_of=first)
    assert list(first.follow_ups.all()) == [made]


# --- who hosts --------------------------------------------------------------------------------------------------


def test_a_group_may_host_while_the_campaign_is_open_in_its_state(staff: User) -> None:
    here, elsewhere = make_group(), make_group(near="90210")
    abroad = make_group(near="Toronto, Canada")
    campaign = make_open(staff, states=("MA",))
    everywhere = make_open(staff)
    assert [may_host(campaign, group, on=TODAY) for group in (here, elsewhere, abroad)] == [True, False, False]
    assert [may_host(everywhere, group, on=TODAY) for group in (here, elsewhere, abroad)] == [True, True, True]
    assert list(Campaign.objects.open_on(TODAY).held_in("MA").order_by("pk")) == [campaign, everywhere]
    assert list(Campaign.objects.open_on(TODAY).held_in("").order_by("pk")) == [everywhere]


def test_no_group_may_host_a_draft_a_closed_or_a_past_one_nor_without_an_agreement(staff: User) -> None:
    group, forming = make_group(), make_group(status="forming")
    campaign = make_open(staff)
    assert may_host(campaign, group, on=PLAN.ends_on)
    assert not may_host(campaign, group, on=PLAN.ends_on + TOMORROW)
    assert not may_host(campaign, forming, on=TODAY)
    assert not may_host(make(staff), group, on=TODAY)
    assert not may_host(close_campaign(campaign=campaign, revision=1, actor=staff), group, on=TODAY)
    assert not Campaign.objects.open_on(PLAN.ends_on + TOMORROW).exists()


def test_an_organizer_is_offered_their_own_groups_that_may_host(staff: User) -> None:
    here, elsewhere = make_group("Bees"), make_group(near="90210")
    user = make_contact(here)
    for group, role in ((elsewhere, "contact"), (make_group("Ants"), "organizer"), (make_group("Cats"), "helper")):
        group.roles.create(user=user, role=role)
    found = groups_to_host(make_open(staff, states=("MA",)), user, on=TODAY)
    assert [group.name for group in found] == ["Ants", "Bees"]


def join(event: Event, group: Group, *, accepts: bool = True) -> None:
    event.cohosts.create(group=group, asked_at=NOW, accepted_at=NOW if accepts else None)


def test_hosts_are_the_groups_of_its_events_and_those_who_joined_them(staff: User) -> None:
    campaign = make_open(staff)
    own, planning, joined, asked, declined, cancelled, ended = (make_group() for _number in range(7))
    event = make_event(own, campaign=campaign)
    make_event(own, campaign=campaign)
    make_event(planning, campaign=campaign, state=EventState.DRAFT)
    join(event, joined)
    join(event, asked, accepts=False)
    make_event(declined, campaign=campaign, state=EventState.DECLINED)
    make_event(cancelled, campaign=campaign, state=EventState.CANCELLED, cancelled_at=NOW)
    make_event(ended, campaign=campaign)
    Group.objects.filter(pk=ended.pk).update(status="ended")
    make_event(make_group())
    assert set(hosting_groups(campaign)) == {own, planning, joined}
    assert hosts_campaign(make_contact(joined, role="organizer"), campaign)
    assert not hosts_campaign(make_contact(joined, role="helper"), campaign)
    assert not hosts_campaign(make_contact(asked), campaign)


# --- in numbers -------------------------------------------------------------------------------------------------


def attend(event: Event, person: Person, *, guests: int = 0, undone: bool = False) -> Attendance:
    attendance = Attendance.objects.create(
        event=event, person=person, at=NOW, how=CheckedInBy.LIST, guests=guests, recorded_at=NOW,
        undone_at=NOW if undone else None,
    )  # fmt: skip
    if not undone:
        record_basis(person=person, kind=ActivityKind.ATTENDANCE, source=attendance.source, at=NOW)
    return attendance


@pytest.fixture
def held(staff: User) -> Campaign:
    """Two events of one group in Massachusetts, one of another in Texas, one online of the network."""
    campaign, near, far = make_open(staff), make_group("Ants"), make_group("Bees", near="78701")
    first = make_event(near, campaign=campaign)
    make_event(near, campaign=campaign, near="01103")
    there = make_event(far, campaign=campaign, near="78701")
    make_event(
        campaign=campaign, format=EventFormat.ONLINE, latitude=None, longitude=None, place_name="", state_code="",
        zip_code_id=None,
    )  # fmt: skip
    make_event(near, campaign=campaign, state=EventState.CANCELLED, cancelled_at=NOW)
    make_event(near)
    ada, bo, cy = make_guest(), make_guest(), make_guest()
    record_basis(person=bo, kind=ActivityKind.ATTENDANCE, source="attendance:0", at=NOW - TOMORROW)
    make_rsvp(first, ada, party_size=3)
    make_rsvp(first, bo, state="maybe")
    make_rsvp(first, cy, state="cant")
    make_rsvp(there, party_size=2, person=ada)
    attend(first, ada, guests=2)
    attend(first, bo)
    attend(first, cy, undone=True)
    attend(there, cy)
    return campaign


def test_everybody_reads_how_many_events_states_towns_and_people(held: Campaign) -> None:
    assert public_totals(held) == PublicTotals(events=4, states=2, places=3, going=5)


def test_a_campaign_without_events_has_zeros(staff: User) -> None:
    campaign = make_open(staff)
    assert public_totals(campaign) == PublicTotals(0, 0, 0, 0)
    assert of_all(totals_by_event(campaign)) == HostTotals("All")


def test_staff_read_what_came_of_it_by_state_and_by_group(held: Campaign, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(5):
        found = totals_by_event(held)
        rows = by_state(found), by_group(found)
    massachusetts, texas = HostTotals("Massachusetts", 2, 2, 4, 1), HostTotals("Texas", 1, 1, 1, 1)
    assert rows[0] == [massachusetts, texas, HostTotals("Online only", 1)]
    assert rows[1] == [
        replace(massachusetts, name="Ants"),
        replace(texas, name="Bees"),
        HostTotals("The network itself", 1),
    ]
    assert of_all(found) == HostTotals("All", 4, 3, 5, 2)


def test_two_groups_of_one_name_are_two_rows(staff: User) -> None:
    campaign = make_open(staff)
    for _number in range(2):
        make_event(make_group("Ants"), campaign=campaign)
    assert by_group(totals_by_event(campaign)) == [HostTotals("Ants", 1), HostTotals("Ants", 1)]


def test_events_abroad_are_counted_by_country(staff: User) -> None:
    campaign = make_open(staff)
    make_event(make_group(near="Toronto, Canada"), near="Toronto, Canada", campaign=campaign)
    assert by_state(totals_by_event(campaign)) == [HostTotals("Canada", 1)]
    assert public_totals(campaign) == PublicTotals(1, 0, 1, 0)


def test_a_race_of_two_makers_is_for_the_database(staff: User, monkeypatch: pytest.MonkeyPatch) -> None:
    make(staff)
    monkeypatch.setattr(campaigns, "_free_slug", lambda _title: "launch-watch-party")
    with pytest.raises(IntegrityError, match="slug"), transaction.atomic():
        make(staff)
