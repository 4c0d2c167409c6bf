"""What the database refuses about rosters and introductions, and who shares with a group."""

from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone

from affiliates.models import Introduction, JoinedBy, RosterEntry
from affiliates.roster import enter_roster, who_shares_with
from members.consent import give_consent, withdraw_consent
from members.models import ConsentPurpose, Person
from members.wordings import present_wording
from tests.factories import make_group

pytestmark = pytest.mark.django_db


def refused(constraint: str) -> Any:
    return pytest.raises(IntegrityError, match=constraint)


@pytest.mark.parametrize(
    ("changes", "constraint"), [({"how": "odd"}, "rosterentry_how_known"), ({"source": ""}, "rosterentry_has_source")]
)
def test_the_database_refuses_a_broken_entry(changes: dict[str, Any], constraint: str) -> None:
    values = {"joined_at": timezone.now(), "how": JoinedBy.FORM, "source": "x", **changes}
    with refused(constraint):
        RosterEntry.objects.create(group=make_group(), person=Person.objects.create(), **values)


def test_a_person_is_on_a_roster_once_and_stays_as_they_came() -> None:
    group, person, now = make_group(), Person.objects.create(), timezone.now()
    first, is_new = enter_roster(group=group, person=person, how=JoinedBy.FORM, source="a", now=now)
    again, is_new_again = enter_roster(group=group, person=person, how=JoinedBy.EVENT, source="b", now=now)
    assert (is_new, is_new_again, again.pk, again.source) == (True, False, first.pk, "a")
    with refused("rosterentry_once"):
        RosterEntry.objects.create(group=group, person=person, joined_at=now, how=JoinedBy.FORM, source="c")


def test_a_group_is_introduced_to_a_person_once() -> None:
    values = {"group": make_group(), "person": Person.objects.create(), "at": timezone.now()}
    Introduction.objects.create(**values)
    with refused("introduction_once"):
        Introduction.objects.create(**values)


def test_sharing_is_with_one_group_and_ends_when_it_is_taken_back() -> None:
    group, other, person, now = make_group(), make_group(), Person.objects.create(), timezone.now()
    wording = present_wording(ConsentPurpose.SHARING)
    give_consent(person=person, purpose=ConsentPurpose.SHARING, wording=wording, source="x", now=now, scope=group.scope)
    assert (list(who_shares_with(group)), list(who_shares_with(other))) == ([person], [])
    withdraw_consent(person=person, purpose=ConsentPurpose.SHARING, source="x", now=now, scope=group.scope)
    assert not who_shares_with(group).exists()
