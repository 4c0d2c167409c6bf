"""Who may do what about races, polls and endorsements."""

from django.contrib.auth.models import AnonymousUser

from affiliates.models import Group
from affiliates.permissions import can_organize, is_contact
from foundation.accounts.models import StaffTask, User
from foundation.accounts.permissions import can_do_staff_task

# --- races, candidates, nominations -----------------------------------------------------------------------------


def can_keep_races(user: User | AnonymousUser) -> bool:
    """Staff trusted with endorsements keep races, candidates, research and questionnaires."""
    return can_do_staff_task(user, StaffTask.ENDORSEMENTS)


def can_nominate(user: User | AnonymousUser, group: Group) -> bool:
    """Contacts and organizers nominate, and say what ties them to a campaign, while the agreement is in force."""
    return group.is_listed and can_organize(user, group)


# --- running for office -----------------------------------------------------------------------------------------


def can_refer(user: User | AnonymousUser, group: Group) -> bool:
    """Contacts and organizers say who should run, while the agreement is in force."""
    return group.is_listed and can_organize(user, group)


def can_keep_seekers(user: User | AnonymousUser) -> bool:
    """Staff trusted with endorsements write to those who think of running."""
    return can_do_staff_task(user, StaffTask.ENDORSEMENTS)


# --- polls ------------------------------------------------------------------------------------------------------


def can_hold_polls(user: User | AnonymousUser) -> bool:
    """Staff trusted with endorsements make polls, open them and watch over them."""
    return can_do_staff_task(user, StaffTask.ENDORSEMENTS)


def can_see_polls(user: User | AnonymousUser, group: Group) -> bool:
    """Contacts and organizers see their group's polls and its ballots; contacts also after the agreement's end."""
    return can_organize(user, group) or is_contact(user, group)


def can_ask_members(user: User | AnonymousUser, group: Group) -> bool:
    """A contact asks the members of a group in force, and ends that."""
    return group.is_listed and is_contact(user, group)


# --- decisions --------------------------------------------------------------------------------------------------


def can_decide_endorsements(user: User | AnonymousUser) -> bool:
    """Staff trusted with endorsements decide on what polls recommend, and about conflicts with what was decided."""
    return can_do_staff_task(user, StaffTask.ENDORSEMENTS)


def can_endorse_for_group(user: User | AnonymousUser, group: Group) -> bool:
    """Points of contact endorse in the group's name, and take it back, while its agreement is in force."""
    return group.is_listed and is_contact(user, group)
