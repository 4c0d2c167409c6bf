"""Members of a group, and votes among them, for tests."""

import datetime
from typing import Any

from django.utils import timezone

from affiliates.models import Group
from endorsements.member_votes import open_member_vote
from endorsements.models import MemberVote, Poll
from foundation.accounts.models import User
from members.membership import record_basis
from members.models import ActivityKind, Person
from tests.affiliates.rosters import make_entry
from tests.factories import make_contact

DAY = datetime.timedelta(days=1)


def make_member(group: Group, name: str = "Ada Díaz", **fields: Any) -> Person:
    """A member of the network on the roster of `group`."""
    person = make_entry(group, name, **fields).person
    record_basis(person=person, kind=ActivityKind.ATTENDANCE, source=f"attendance:{person.pk}", at=timezone.now())
    return person


def make_member_vote(poll: Poll, group: Group, *, actor: User | None = None, **fields: Any) -> MemberVote:
    """A vote of the group's members until a day before the poll closes."""
    values: dict[str, Any] = {
        "threshold_percent": 50,
        "closes_at": poll.closes_at - DAY,
        "words": "We heard both of them.",
        "now": timezone.now(),
    }
    return open_member_vote(poll=poll, group=group, actor=actor or make_contact(group), **{**values, **fields})
