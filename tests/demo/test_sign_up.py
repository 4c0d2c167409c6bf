"""The demo's sign-up forms and rosters: within every constraint, reproducible, of people who live nearby."""

import datetime
from typing import Any

import pytest

from affiliates.models import Group, RosterEntry, SignUpForm
from affiliates.roster import who_shares_with
from affiliates.sign_up_forms import shared_sign_ups
from config.demo.groups import load_groups
from config.demo.people import load_people
from config.demo.sign_up import load_sign_ups

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)


def rosters() -> list[tuple[Any, ...]]:
    rows = RosterEntry.objects.order_by("group__slug", "person__emails__address")
    return list(rows.values_list("group__slug", "person__emails__address", "joined_at"))


def test_groups_get_a_form_and_a_roster_whose_people_share_with_them() -> None:
    load_groups(count=30, seed=7, now=NOW)
    load_people(count=300, seed=7, now=NOW)
    load_sign_ups(seed=7, now=NOW)
    group = Group.objects.listed().filter(country="US").order_by("pk")[0]
    form = SignUpForm.objects.get(group=group)
    assert form.accepts_sign_ups
    assert [question.position for question in form.questions.all()] == [1, 2]
    assert SignUpForm.objects.national().count() == 1
    assert {entry.person for entry in RosterEntry.objects.of_group(group)} == set(who_shares_with(group))
    answered = list(shared_sign_ups(form))
    assert answered
    assert {sign_up.person for sign_up in answered} <= set(who_shares_with(group))
    first = rosters()
    assert first
    for model in (RosterEntry, SignUpForm):
        model.objects.all().delete()
    load_sign_ups(seed=7, now=NOW)
    assert rosters() == first
