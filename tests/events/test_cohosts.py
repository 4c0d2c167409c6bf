"""Holding an event together: asked, accepted, declined, taken back, ended."""

import datetime

import pytest
from django.db import IntegrityError, transaction

from affiliates.models import Group, GroupStatus
from events.cohosts import (
    MOST_COHOSTS,
    CohostError,
    accept_invitation,
    ask_cohost,
    decline_invitation,
    end_cohosting,
    groups_to_ask,
    open_invitations,
)
from events.hosts import hosts_of, keepers_of
from events.models import Cohost, Event, EventState
from events.permissions import can_check_in, can_keep_event, can_keep_hosts
from foundation.accounts.models import StaffTask, User
from foundation.audit.models import AuditEntry
from foundation.mail.models import OutgoingMail
from tests.factories import make_contact, make_group, make_staff

from .making import NOW, TOMORROW, make_event

pytestmark = pytest.mark.django_db
HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def host() -> User:
    return make_contact(make_group("Table of Plenty"), "host@example.org")


@pytest.fixture
def event(host: User) -> Event:
    return make_event(host.group_roles.get().group)


@pytest.fixture
def friend() -> Group:
    return make_group("Friends of Soup")


@pytest.fixture
def friends_contact(friend: Group) -> User:
    return make_contact(friend, "friend@example.org")


def ask(event: Event, group: Group, host: User) -> Cohost:
    return ask_cohost(event=event, group=group, actor=host, now=NOW)


def mails() -> list[tuple[str, str]]:
    return list(OutgoingMail.objects.order_by("pk").values_list("to_email", "purpose"))


def test_groups_are_found_by_name_but_not_those_that_hold_it_or_are_asked(
    event: Event, friend: Group, host: User
) -> None:
    forming = make_group("Friends of Soup too", status=GroupStatus.FORMING)
    found = groups_to_ask(event, "friends soup")
    assert friend in found
    assert forming not in found
    assert groups_to_ask(event, "table plenty") == []
    ask(event, friend, host)
    assert groups_to_ask(event, "friends soup") == []
    assert friend in groups_to_ask(make_event(None), "friends soup")


def test_whoever_keeps_the_other_group_is_mailed_once(
    event: Event, friend: Group, friends_contact: User, host: User
) -> None:
    cohost = ask(event, friend, host)
    assert ask(event, friend, host) == cohost
    assert mails() == [("friend@example.org", "co-host asked")]
    assert f"/organize/groups/{friend.slug}/events/invitations/{cohost.pk}/" in OutgoingMail.objects.get().text
    assert (cohost.asked_by, cohost.asked_at) == (host, NOW)
    assert [one.pk for one in open_invitations(friend, now=NOW)] == [cohost.pk]
    assert not can_keep_event(friends_contact, event)


def test_a_group_that_says_yes_keeps_the_event_too(
    event: Event, friend: Group, friends_contact: User, host: User
) -> None:
    helper = make_contact(friend, role="helper")
    cohost = ask(event, friend, host)
    accept_invitation(cohost=cohost, actor=friends_contact, now=NOW + HOUR)
    assert hosts_of(event) == [event.group, friend]
    assert event in Event.objects.of_group(friend)
    assert can_keep_event(friends_contact, event)
    assert not can_keep_hosts(friends_contact, event)
    assert can_keep_hosts(host, event)
    assert can_check_in(helper, event)
    assert not can_keep_event(helper, event)
    assert Group.objects.get(pk=friend.pk).next_event_at == event.starts_at
    assert mails()[1:] == [("host@example.org", "co-host answered")]
    assert open_invitations(friend, now=NOW) == []
    accept_invitation(cohost=cohost, actor=friends_contact, now=NOW + 2 * HOUR)
    assert Cohost.objects.get().accepted_at == NOW + HOUR
    assert set(keepers_of(hosts_of(event))) == {host, friends_contact}


def test_a_group_that_says_no_is_not_asked_again(
    event: Event, friend: Group, friends_contact: User, host: User
) -> None:
    cohost = ask(event, friend, host)
    decline_invitation(cohost=cohost, actor=friends_contact, now=NOW)
    decline_invitation(cohost=cohost, actor=friends_contact, now=NOW)
    assert mails()[1:] == [("host@example.org", "co-host answered")]
    assert "said no" in OutgoingMail.objects.latest("pk").text
    with pytest.raises(CohostError, match="no already"):
        ask(event, friend, host)
    with pytest.raises(CohostError, match="any more"):
        accept_invitation(cohost=cohost, actor=friends_contact, now=NOW)
    assert hosts_of(event) == [event.group]


def test_after_a_yes_there_is_no_no(event: Event, friend: Group, friends_contact: User, host: User) -> None:
    cohost = accept_invitation(cohost=ask(event, friend, host), actor=friends_contact, now=NOW)
    with pytest.raises(CohostError, match="yes already"):
        decline_invitation(cohost=cohost, actor=friends_contact, now=NOW)


def test_an_invitation_that_was_taken_back_is_not_accepted(
    event: Event, friend: Group, friends_contact: User, host: User
) -> None:
    cohost = ask(event, friend, host)
    end_cohosting(cohost=cohost, actor=host, now=NOW)
    cohost.pk = cohost.pk or 1
    with pytest.raises(CohostError, match="taken back"):
        accept_invitation(cohost=cohost, actor=friends_contact, now=NOW)
    assert ask(event, friend, host)


def test_a_co_host_can_leave_and_sees_nothing_more(
    event: Event, friend: Group, friends_contact: User, host: User
) -> None:
    cohost = accept_invitation(cohost=ask(event, friend, host), actor=friends_contact, now=NOW)
    end_cohosting(cohost=cohost, actor=friends_contact, now=NOW)
    assert not can_keep_event(friends_contact, event)
    assert Group.objects.get(pk=friend.pk).next_event_at is None
    actions = AuditEntry.objects.filter(subject=event.scope).order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["asked co-host", "accepted to co-host", "ended co-hosting"]


def test_who_held_what_is_over_is_history(event: Event, friend: Group, friends_contact: User, host: User) -> None:
    cohost = accept_invitation(cohost=ask(event, friend, host), actor=friends_contact, now=NOW)
    with pytest.raises(CohostError, match="over"):
        end_cohosting(cohost=cohost, actor=host, now=NOW + 2 * TOMORROW)


def test_some_groups_cannot_be_asked(event: Event, host: User) -> None:
    assert event.group
    for group in (event.group, make_group(status=GroupStatus.ENDED)):
        with pytest.raises(CohostError, match="cannot be asked"):
            ask(event, group, host)


@pytest.mark.parametrize("state", [EventState.CANCELLED, EventState.DECLINED])
def test_nobody_is_asked_for_what_does_not_take_place(friend: Group, host: User, state: str) -> None:
    event = make_event(make_group(), state=state, cancelled_at=NOW if state == EventState.CANCELLED else None)
    with pytest.raises(CohostError, match="take place"):
        ask(event, friend, host)


def test_what_is_over_is_neither_asked_for_nor_accepted(
    event: Event, friend: Group, friends_contact: User, host: User
) -> None:
    cohost = ask(event, friend, host)
    with pytest.raises(CohostError, match="over"):
        ask_cohost(event=event, group=make_group(), actor=host, now=NOW + 2 * TOMORROW)
    with pytest.raises(CohostError, match="over"):
        accept_invitation(cohost=cohost, actor=friends_contact, now=NOW + 2 * TOMORROW)
    assert open_invitations(friend, now=NOW + 2 * TOMORROW) == []


def test_a_group_that_ended_meanwhile_does_not_accept(
    event: Event, friend: Group, friends_contact: User, host: User
) -> None:
    cohost = ask(event, friend, host)
    Group.objects.filter(pk=friend.pk).update(status=GroupStatus.ENDED)
    with pytest.raises(CohostError, match="any more"):
        accept_invitation(cohost=cohost, actor=friends_contact, now=NOW)


def test_ten_groups_at_most(event: Event, host: User) -> None:
    for _ in range(MOST_COHOSTS):
        ask(event, make_group(), host)
    with pytest.raises(CohostError, match="Ten"):
        ask(event, make_group(), host)


def test_a_group_is_asked_once_and_says_one_thing(event: Event, friend: Group) -> None:
    Cohost.objects.create(event=event, group=friend, asked_at=NOW)
    with pytest.raises(IntegrityError, match="cohost_once"), transaction.atomic():
        Cohost.objects.create(event=event, group=friend, asked_at=NOW)
    with pytest.raises(IntegrityError, match="cohost_says_one_thing"), transaction.atomic():
        Cohost.objects.update(accepted_at=NOW, declined_at=NOW)


def test_staff_keep_the_hosts_of_any_event(event: Event) -> None:
    staff = make_staff(StaffTask.PROMOTIONS)
    assert can_keep_hosts(staff, event)
    assert can_keep_hosts(staff, make_event(None))
    assert not can_keep_hosts(make_staff(StaffTask.PEOPLE), event)
