"""Two launches at the same moment share the people by the rule; without the line the database refuses the second."""

import datetime
import threading
from collections.abc import Callable

import pytest
from django.db import connections, transaction

from events import promoting
from events.models import Promotion, PromotionRecipient, PromotionState
from events.promoting import launch_due_promotions
from foundation.mail.models import OutgoingMail
from members.membership import lock_people
from members.models import Person
from tests.at_once import all_done, begin_and_wait
from tests.factories import make_group

from .audiences import DAY, make_readers
from .making import NOW, make_event
from .promotions import make_promotion

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = datetime.timedelta(hours=1)
NOON = NOW + 5 * HOUR


def approved(hours_ago: int = 1) -> Promotion:
    event = make_event(make_group(), starts_at=NOW + 10 * DAY)
    return make_promotion(event, state=PromotionState.APPROVED, approved_at=NOW - hours_ago * HOUR)


def beside(act: Callable[[], object], meanwhile: Callable[[], object]) -> list[Exception]:
    """`act` in a thread of its own, begun while `meanwhile` is not committed; the errors of `act`."""
    errors: list[Exception] = []
    with transaction.atomic():
        meanwhile()
        thread = begin_and_wait(act, errors)
    all_done([thread])
    return errors


def launch_due() -> int:
    return launch_due_promotions(now=NOON)


def launch_only(promotion: Promotion) -> None:
    """One launch without those that go before it, as from a worker that looked before the other was approved."""
    with transaction.atomic(), connections["default"].cursor() as cursor:
        cursor.execute(promoting.LINE)
        promoting._launch(promoting._hold(promotion), NOON)


def test_without_the_line_two_launches_choose_the_same_people_and_the_database_refuses_the_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control: the race is there. The guard of the table holds even so, and the second launch leaves nothing."""
    monkeypatch.setattr(promoting, "LINE", "SELECT 1")
    make_readers(5)
    first, second = approved(), approved()
    [error] = beside(lambda: launch_only(second), lambda: launch_only(first))
    assert "promotionrecipient_no_other_promotion_meanwhile" in str(error)
    assert Promotion.objects.get(pk=second.pk).state == PromotionState.APPROVED
    assert (PromotionRecipient.objects.count(), OutgoingMail.objects.count()) == (5, 5)


def test_with_the_line_the_second_launch_waits_and_takes_whom_the_first_left() -> None:
    make_readers(5)
    first, second = approved(), approved()
    Promotion.objects.filter(pk=first.pk).update(wanted=3)
    first.refresh_from_db()
    assert beside(lambda: launch_only(second), lambda: launch_only(first)) == []
    assert [Promotion.objects.get(pk=one.pk).audience for one in (first, second)] == [3, 2]


def test_two_schedulers_at_once_launch_each_promotion_once_in_the_order_of_the_rule() -> None:
    make_readers(9)
    promotions = [approved(hours_ago=hours) for hours in (4, 3, 2, 1)]
    Promotion.objects.filter(pk__in=[promotion.pk for promotion in promotions]).update(wanted=3)
    barrier = threading.Barrier(3)
    counts: list[int] = []

    def schedule() -> None:
        barrier.wait(30)
        try:
            counts.append(launch_due())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=schedule) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(counts) == 4
    assert [Promotion.objects.get(pk=one.pk).audience for one in promotions] == [3, 3, 3, 0]
    assert OutgoingMail.objects.filter(purpose=promoting.PURPOSE).count() == 9


def test_a_launch_waits_for_nobody_who_is_being_deleted_and_leaves_them_out() -> None:
    readers = make_readers(3)
    promotion = approved()

    def hold() -> None:
        list(Person.objects.select_for_update().filter(pk=readers[0].pk).values("pk"))

    assert beside(launch_due, hold) == []
    rows = PromotionRecipient.objects.filter(promotion=promotion).order_by("number")
    assert list(rows.values_list("number", "person")) == [(1, readers[2].pk), (2, readers[1].pk)]


def test_a_launch_takes_whoever_is_only_answering_something_at_this_moment() -> None:
    readers = make_readers(2)
    promotion = approved()
    assert beside(launch_due, lambda: lock_people([person.pk for person in readers])) == []
    assert Promotion.objects.get(pk=promotion.pk).audience == 2


def test_a_worker_that_dies_in_the_middle_of_a_launch_leaves_it_whole_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_readers(3)
    promotion = approved()
    with monkeypatch.context() as patch:
        patch.setattr(promoting, "_queue_mails", _die)
        with pytest.raises(KeyboardInterrupt):
            launch_due()
    assert not PromotionRecipient.objects.exists()
    assert launch_due() == 1
    assert Promotion.objects.get(pk=promotion.pk).audience == 3


def _die(*args: object) -> None:
    raise KeyboardInterrupt
