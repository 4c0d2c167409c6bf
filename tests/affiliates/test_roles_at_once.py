"""Two people who decide about the people of a group at the same moment."""

import datetime
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import transaction

from affiliates import roles
from affiliates.models import Group, Role
from affiliates.roles import RoleError, accept_invitation, end_role, invite
from tests.at_once import at_once
from tests.factories import make_contact, make_group, make_user

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)


def remove_each_other() -> tuple[Group, list[Exception]]:
    """Two contacts, the only ones of a group, each of whom removes the other."""
    group = make_group()
    one, other = (make_contact(group).group_roles.get() for _number in range(2))
    failures = at_once(
        lambda: end_role(group_role=other, actor=one.user, now=NOW),
        lambda: end_role(group_role=one, actor=other.user, now=NOW),
    )
    return group, failures


@contextmanager
def _unguarded(both_looked: threading.Barrier, group: Group) -> Iterator[Group]:
    """The group without its lock; both look at it before either goes on."""
    with transaction.atomic():
        yield Group.objects.get(pk=group.pk)


def test_two_contacts_who_remove_each_other_leave_one(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = threading.Barrier(2)
    is_last = roles.is_last_contact

    def looked_at_by_both(*args: object) -> bool:
        answer = is_last(*args)  # type: ignore[arg-type]
        looked.wait(timeout=30)
        return answer

    with monkeypatch.context() as control:  # without the lock both find the other still there
        control.setattr(roles, "_people_of", lambda group: _unguarded(looked, group))
        control.setattr(roles, "is_last_contact", looked_at_by_both)
        group, _failures = remove_each_other()
        assert group.roles.count() == 0
    for _round in range(10):
        group, failures = remove_each_other()
        assert [type(error) for error in failures] == [RoleError]
        assert group.roles.filter(role=Role.CONTACT).count() == 1


def test_an_invitation_accepted_by_two_presses_gives_one_role() -> None:
    group = make_group()
    actor, ada = make_contact(group), make_user("ada@example.org")
    invitation = invite(group=group, email=ada.email, role=Role.ORGANIZER, actor=actor, now=NOW)
    press = lambda: accept_invitation(invitation=invitation, user=ada, now=NOW)  # noqa: E731
    assert at_once(press, press) == []
    assert group.roles.filter(user=ada).count() == 1


def test_two_contacts_who_invite_the_same_address_make_one_invitation() -> None:
    group = make_group()
    one, other = make_contact(group), make_contact(group)

    def ask(actor: object) -> object:
        return invite(group=group, email="ada@example.org", role=Role.HELPER, actor=actor, now=NOW)  # type: ignore[arg-type]

    assert at_once(lambda: ask(one), lambda: ask(other)) == []
    assert group.invitations.count() == 1
