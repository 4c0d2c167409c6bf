"""Two who wait for each other's rows."""

import threading

import pytest
from django.db import OperationalError, transaction

from affiliates.models import Group
from foundation.deadlocks import TRIES, again_after_deadlock
from tests.at_once import at_once
from tests.factories import make_group

pytestmark = pytest.mark.django_db(transaction=True)


class Crossing:
    """Two acts that lock the same two groups, each from its own end; at their first try both hold one before."""

    def __init__(self) -> None:
        self.groups = [make_group(), make_group()]
        self.both_hold_one = threading.Barrier(2)
        self.tries = 0

    def lock(self, *order: int) -> None:
        self.tries += 1
        with transaction.atomic():
            Group.objects.select_for_update().get(pk=self.groups[order[0]].pk)
            if self.tries <= 2:
                self.both_hold_one.wait(30)
            Group.objects.select_for_update().get(pk=self.groups[order[1]].pk)


def test_both_are_done_and_one_of_them_twice() -> None:
    crossing = Crossing()
    lock = again_after_deadlock(crossing.lock)
    assert at_once(lambda: lock(0, 1), lambda: lock(1, 0)) == []
    assert crossing.tries == 3


def test_without_it_one_of_them_fails() -> None:
    crossing = Crossing()
    [failure] = at_once(lambda: crossing.lock(0, 1), lambda: crossing.lock(1, 0))
    assert "deadlock detected" in str(failure)


def test_within_a_transaction_of_the_callers_the_error_goes_on() -> None:
    crossing = Crossing()
    lock = again_after_deadlock(crossing.lock)

    def within(*order: int) -> None:
        with transaction.atomic():
            lock(*order)

    assert len(at_once(lambda: within(0, 1), lambda: within(1, 0))) == 1


def test_whatever_else_fails_is_not_done_again() -> None:
    tries = []

    @again_after_deadlock
    def fail() -> None:
        tries.append(1)
        raise OperationalError("the database is away")

    with pytest.raises(OperationalError):
        fail()
    assert len(tries) == 1
    assert TRIES == 3
