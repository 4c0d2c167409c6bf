"""What a promotion has led to, as counts, beside what others of the network led to."""

import datetime

import pytest

from events.models import Promotion, PromotionState
from events.promoting import launch
from events.promotion_results import results_of
from foundation.mail.models import MailState, OutgoingMail
from members.membership import record_basis
from members.models import ActivityKind, Person
from tests.factories import make_group

from .audiences import DAY, make_readers
from .making import NOW, make_attendance, make_event, make_rsvp
from .promotions import make_promotion

pytestmark = pytest.mark.django_db
NOON = NOW + datetime.timedelta(hours=5)


def launched(**fields: object) -> Promotion:
    event = make_event(make_group(), starts_at=NOW + 10 * DAY)
    promotion = make_promotion(event, state=PromotionState.APPROVED, send_at=NOW, **fields)  # type: ignore[arg-type]
    return launch(promotion=promotion, now=NOON)


def mail_of(promotion: Promotion, number: int) -> OutgoingMail:
    return OutgoingMail.objects.get(promoted_to__promotion=promotion, promoted_to__number=number)


def person_of(promotion: Promotion, number: int) -> Person:
    return Person.objects.get(promotions_received__promotion=promotion, promotions_received__number=number)


def stamp(promotion: Promotion, number: int, **times: datetime.datetime) -> None:
    OutgoingMail.objects.filter(pk=mail_of(promotion, number).pk).update(
        state=MailState.SENT, sent_at=NOON, went_out_at=NOON, **times
    )


def came(promotion: Promotion, person: Person) -> None:
    attendance = make_attendance(promotion.event, person)
    record_basis(person=person, kind=ActivityKind.ATTENDANCE, source=attendance.source, at=attendance.at)


def test_before_anything_has_happened_all_is_zero() -> None:
    make_readers(2)
    results = results_of(launched())
    assert (results.audience, results.sent, results.answered, results.usual) == (2, 0, 0, None)
    assert results.shares.answered == 0


def test_what_mail_servers_told_is_counted() -> None:
    make_readers(5)
    promotion = launched()
    stamp(promotion, 1, delivered_at=NOON)
    stamp(promotion, 2, delivered_at=NOON, bounced_at=NOON)
    stamp(promotion, 3, delivered_at=NOON, complained_at=NOON)
    stamp(promotion, 4, delivered_at=NOON, unsubscribed_at=NOON)
    results = results_of(promotion)
    assert (results.sent, results.delivered, results.bounced) == (4, 3, 1)
    assert (results.complained, results.unsubscribed) == (1, 1)
    assert results.shares.bounced == 0.2


def test_answers_count_that_came_after_the_launch_from_people_who_got_it() -> None:
    make_readers(3)
    promotion = launched()
    make_rsvp(promotion.event, person_of(promotion, 1), answered_at=NOON + DAY)
    make_rsvp(promotion.event, person_of(promotion, 2), answered_at=NOON - DAY)
    make_rsvp(promotion.event, answered_at=NOON + DAY)  # of somebody else
    assert results_of(promotion).answered == 1


def test_who_came_counts_and_who_became_a_member_by_it() -> None:
    readers = make_readers(2, active=NOW - 30 * DAY)
    promotion = launched()
    for person in readers:
        came(promotion, person)
    assert (results_of(promotion).attended, results_of(promotion).new_members) == (2, 0)  # they were members before
    readers[0].activities.filter(source__startswith="reader:").update(withdrawn_at=NOON, withdrawn_because="a mistake")
    assert (results_of(promotion).attended, results_of(promotion).new_members) == (2, 1)


def test_an_attendance_that_was_taken_back_does_not_count() -> None:
    make_readers(1)
    promotion = launched()
    make_attendance(promotion.event, person_of(promotion, 1), undone_at=NOON)
    assert results_of(promotion).attended == 0


def test_it_stands_beside_the_middle_of_other_promotions_that_were_sent() -> None:
    make_readers(8)
    others = [launched(wanted=2) for _ in range(3)]
    for number, other in enumerate(others):
        for recipient in range(1, number + 1):
            make_rsvp(other.event, person_of(other, recipient), answered_at=NOON + DAY)
    Promotion.objects.filter(pk__in=[other.pk for other in others]).update(state="sent", finished_at=NOON)
    going_out = launched(wanted=1)  # not sent yet: not compared with
    usual = results_of(launched(wanted=1)).usual
    assert going_out.state == PromotionState.SENDING
    assert usual
    assert (usual.answered, usual.attended) == (0.5, 0)


def test_the_comparison_takes_two_queries(django_assert_num_queries: object) -> None:
    make_readers(2)
    promotion = launched()
    with django_assert_num_queries(2):  # type: ignore[operator]
        results_of(promotion)
