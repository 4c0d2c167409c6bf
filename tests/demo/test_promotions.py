"""The demo's promotions: one of each standing, with results that fit the people and the answers of the network."""

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from affiliates.models import Group
from config.demo import network
from events.models import Promotion, PromotionRecipient, PromotionState
from events.promoting import finish_promotions, launch_due_promotions
from events.promotion_progress import progress_of
from events.promotion_queue import PromotionQueue, line_around, usual_wait
from events.promotion_requests import obstacles_to_promoting
from events.promotion_results import results_of
from foundation.mail.models import OutgoingMail

# One worker makes the network once.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo network")]

NOW = datetime.datetime(2026, 3, 1, 17, 12, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)


@pytest.fixture(scope="class")
def loaded(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A quarter of the groups that `./dev run` shows; every test looks at the same ones."""
    with django_db_blocker.unblock(), transaction.atomic():
        network.load(groups=300, people=6_000, seed=7, now=NOW)
        yield
        transaction.set_rollback(True)


@pytest.mark.usefixtures("loaded")
class TestLoaded:
    def test_they_stand_everywhere_but_on_their_way(self) -> None:
        states = set(Promotion.objects.values_list("state", flat=True))
        assert states == set(PromotionState) - {PromotionState.SENDING, PromotionState.PAUSED}
        assert PromotionQueue().promotions().count() >= 2

    def test_the_organizer_has_one_to_change_one_to_come_and_two_with_results(self) -> None:
        own = Group.objects.order_by("pk")[0].promotions.order_by("pk")
        assert sorted(own.values_list("state", flat=True)) == ["approved", "asked", "sent", "sent"]
        assert own.get(state=PromotionState.ASKED).words

    def test_what_waits_could_go_out(self) -> None:
        for promotion in Promotion.objects.waiting().select_related("event", "group"):
            assert obstacles_to_promoting(event=promotion.event, group=promotion.group, now=NOW) == []
            assert promotion.requested_at < NOW

    def test_two_requests_want_the_same_people(self) -> None:
        waiting = Promotion.objects.waiting().select_related("event", "group")
        assert any(
            entry.promotion in waiting and not entry.is_this
            for promotion in waiting
            for entry in line_around(promotion, now=NOW)
        )

    def test_nothing_is_due_and_nothing_is_sent_anew(self) -> None:
        assert launch_due_promotions(now=NOW) == 0
        assert finish_promotions(now=NOW) == 0
        assert not OutgoingMail.objects.unfinished().exists()
        assert launch_due_promotions(now=NOW + 3 * DAY) > 0

    def test_what_was_sent_adds_up_and_somebody_answered(self) -> None:
        sent = list(Promotion.objects.filter(state=PromotionState.SENT).order_by("pk"))
        for promotion in sent:
            progress, results = progress_of(promotion), results_of(promotion)
            assert promotion.audience == promotion.recipients.count() == progress.sent > 0
            assert progress.percent == 100
            assert results.delivered + results.bounced == promotion.audience
            assert results.usual is not None
            assert promotion.approved_at
            assert promotion.finished_at
            assert promotion.requested_at < promotion.approved_at < promotion.finished_at < NOW
        assert sum(results_of(promotion).answered for promotion in sent) > 0
        assert sum(results_of(promotion).attended for promotion in sent) > 0
        assert datetime.timedelta() < usual_wait() < 6 * DAY

    def test_some_of_the_people_have_had_theirs_for_now(self) -> None:
        assert PromotionRecipient.objects.filter(cools_until__gt=NOW).exists()


def test_the_same_numbers_and_seed_give_the_same_promotions() -> None:
    def made() -> list[tuple[Any, ...]]:
        with transaction.atomic():
            network.load(groups=60, people=1_500, seed=3, now=NOW)
            rows = Promotion.objects.order_by("subject", "requested_at")
            found = list(rows.values_list("subject", "intro", "state", "requested_at", "send_at", "audience"))
            transaction.set_rollback(True)
        return found

    assert made() == made()
