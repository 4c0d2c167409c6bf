"""Who is chosen for a promotion, in which order, and who is left out for which reason."""

import datetime
import random
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from events import audience_sql
from events.audience import Estimate, NowhereError, choose, estimate, take_recipients
from events.models import COOL_DOWN, RADII, Event, Promotion, PromotionRecipient, Rsvp
from foundation.mail.models import SuppressionReason
from foundation.mail.suppression import suppress
from foundation.places.distance import miles_between
from foundation.places.models import ZipCode
from members.consent import give_consent, withdraw_consent
from members.models import ActivityScore, ConsentPurpose, Person, PersonEmail
from members.people import home_of
from tests.factories import make_group

from .audiences import DAY, address_of, make_reader, make_readers, wording_of_promotions
from .making import NOW, make_event, make_rsvp
from .promotions import make_promotion

pytestmark = pytest.mark.django_db
EVERYBODY = 4_000


@pytest.fixture
def event() -> Event:
    """In Cambridge, Massachusetts."""
    return make_event(make_group("Table of Plenty"), near="02139", starts_at=NOW + 10 * DAY)


def chosen(event: Event, miles: int = 25, wanted: int = EVERYBODY) -> list[int]:
    return [one.person_id for one in choose(event=event, radius_miles=miles, wanted=wanted, now=NOW)]


def estimated(event: Event, radius_miles: int | None = None, wanted: int = EVERYBODY) -> Estimate:
    return estimate(event=event, radius_miles=radius_miles, wanted=wanted, now=NOW)


# --- who ------------------------------------------------------------------------------------------------------


def test_the_most_active_come_first_then_the_nearest_then_the_first_known(event: Event) -> None:
    often = make_reader(active=NOW - DAY, near="01801")
    near, also_near, far = (
        make_reader(active=NOW - 9 * DAY, near=zip_code) for zip_code in ("02139", "02139", "02446")
    )
    assert chosen(event) == [often.pk, near.pk, also_near.pk, far.pk]


def test_no_more_are_chosen_than_wanted_and_those_are_the_most_active(event: Event) -> None:
    readers = make_readers(30)
    assert chosen(event, wanted=7) == [person.pk for person in reversed(readers[-7:])]


def test_people_beyond_the_radius_are_not_chosen_and_state_lines_do_not_matter(event: Event) -> None:
    across = make_reader(near="03060")  # Nashua, New Hampshire: 34 miles
    assert chosen(event, miles=25) == []
    assert chosen(event, miles=50) == [across.pk]


def test_who_never_did_anything_is_left_out(event: Event) -> None:
    make_reader(active=None)
    assert chosen(event) == []
    assert estimated(event).no_activity == 1


def test_who_did_not_agree_or_took_it_back_is_left_out_until_they_agree_anew(event: Event) -> None:
    make_reader(consents=False)
    person = make_reader()
    withdraw_consent(person=person, purpose=ConsentPurpose.PROMOTIONS, source="me", now=NOW)
    assert chosen(event) == []
    assert estimated(event).no_consent == 2
    words = wording_of_promotions()
    give_consent(person=person, purpose=ConsentPurpose.PROMOTIONS, wording=words, source="me", now=NOW)
    assert chosen(event) == [person.pk]


@pytest.mark.parametrize("scope", ["", "promotions", "group"])
def test_whoever_wants_no_mail_of_promotions_or_of_the_group_is_left_out(event: Event, scope: str) -> None:
    assert event.group
    person = make_reader()
    scope = event.group.scope if scope == "group" else scope
    suppress(address=address_of(person), scope=scope, reason=SuppressionReason.STAFF, now=NOW)
    assert chosen(event) == []


def test_an_unsubscribe_from_another_group_keeps_nobody_from_a_promotion(event: Event) -> None:
    person = make_reader()
    scope = make_group().scope
    suppress(address=address_of(person), scope=scope, reason=SuppressionReason.UNSUBSCRIBED, now=NOW)
    assert chosen(event) == [person.pk]


def test_whose_address_does_not_work_is_counted_as_suppressed(event: Event) -> None:
    """Also who agreed and has no address any more."""
    suppress(address=address_of(make_reader()), scope="", reason=SuppressionReason.STAFF, now=NOW)
    PersonEmail.objects.filter(person=make_reader()).delete()
    found = estimated(event)
    assert (found.audience, found.suppressed) == (0, 2)


@pytest.mark.parametrize("state", ["going", "maybe", "cant"])
def test_whoever_has_answered_this_event_is_left_out(event: Event, state: str) -> None:
    make_rsvp(event, make_reader(), state=state)
    assert chosen(event) == []
    assert estimated(event).answered == 1


def test_an_answer_that_nobody_confirmed_keeps_nobody_from_the_mail(event: Event) -> None:
    person = make_reader()
    Rsvp.objects.create(event=event, state="going", email=address_of(person), answered_at=NOW, changed_at=NOW)
    assert chosen(event) == [person.pk]


def test_an_answer_to_another_event_keeps_nobody_from_the_mail(event: Event) -> None:
    person = make_reader()
    make_rsvp(make_event(event.group), person)
    assert chosen(event) == [person.pk]


def test_whoever_got_a_promotion_of_any_group_cools_down_for_two_weeks(event: Event) -> None:
    person = make_reader()
    make_recipient(person, chosen_at=NOW - COOL_DOWN + DAY)
    assert chosen(event) == []
    assert estimated(event).mailed_recently == 1


def test_the_cool_down_ends_after_two_weeks_and_does_not_count_what_was_called_off(event: Event) -> None:
    cooled, spared = make_reader(active=NOW), make_reader()
    make_recipient(cooled, chosen_at=NOW - COOL_DOWN)
    make_recipient(spared, chosen_at=NOW - DAY, called_off_at=NOW)
    assert chosen(event) == [cooled.pk, spared.pk]


def make_recipient(person: Person, *, chosen_at: datetime.datetime, **fields: object) -> PromotionRecipient:
    promotion = make_promotion(state="sent", group=make_group())
    values = {"number": 1, "score": 1.0, "miles": 1.0, "chosen_at": chosen_at, "cools_until": chosen_at + COOL_DOWN}
    return PromotionRecipient.objects.create(promotion=promotion, person=person, **{**values, **fields})


# --- where ----------------------------------------------------------------------------------------------------


def test_people_without_a_zip_code_are_found_by_their_point() -> None:
    event = make_event(make_group(near="Toronto"), near="Toronto", starts_at=NOW + 10 * DAY)
    person = make_reader(near="Toronto", has_zip_code=False)
    make_reader(near="Berlin", has_zip_code=False)
    assert chosen(event) == [person.pk]
    assert estimated(event).audience == 1


def test_people_in_a_zip_code_whose_point_is_unknown_stand_where_their_city_is() -> None:
    """home_of puts them there; the search for people (PersonQuerySet.within) finds them by it too."""
    code = ZipCode.objects.filter(position__isnull=True, state="NY").order_by("code").values_list("pk", flat=True)[0]
    event = make_event(make_group(near=code), near=code, starts_at=NOW + 10 * DAY)
    person = make_reader(near=code, **{k: v for k, v in home_of(code).items() if k in {"latitude", "longitude"}})
    assert chosen(event) == [person.pk]
    assert estimated(event).audience == 1
    assert chosen(make_event(make_group(), near="94110", starts_at=NOW + 10 * DAY)) == []


def test_an_event_that_lies_nowhere_has_no_audience() -> None:
    with pytest.raises(NowhereError):
        estimated(make_event(make_group(), latitude=None, longitude=None, format="online"))


def test_the_miles_are_those_between_the_places(event: Event) -> None:
    person = make_reader(near="01801")
    [one] = choose(event=event, radius_miles=25, wanted=10, now=NOW)
    assert event.point
    assert person.point
    assert one.miles == pytest.approx(miles_between(event.point, person.point), rel=1e-3)


# --- the same as asking plainly -------------------------------------------------------------------------------

PLAINLY = f"""
WITH {audience_sql._NEAR}
SELECT s.person_id FROM near JOIN members_activityscore s ON s.zip_code = near.code, {audience_sql._ADDRESS}
WHERE {audience_sql._ELIGIBLE} ORDER BY s.score DESC, near.chord, s.person_id LIMIT %(wanted)s
"""


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_wanted_the_people_are_those_of_the_plain_question(event: Event, seed: int) -> None:
    """Crowded and empty ZIP codes, many equally active, some who agreed and some not."""
    chance = random.Random(seed)
    codes = ["02139", "02138", "02140", "02446", "01801", "02451", "02118", "01840"]
    for code in codes:
        crowd = chance.choice([0, 1, 5, 60])
        for _ in range(3):
            active = NOW - chance.randrange(2) * DAY
            make_readers(crowd, near=code, consents=chance.random() < 0.7, active=active)
    assert event.point
    values: dict[str, Any] = {
        "latitude": event.point.latitude, "longitude": event.point.longitude, "metres": 25 * 1609.344,
        "scopes": ["", "promotions"], "event": event.pk, "now": NOW, "pointless": [],
        "their_chords": [],
    }  # fmt: skip
    for wanted in (1, 3, 10, 40, 150, 4_000):
        with connection.cursor() as cursor:
            cursor.execute(PLAINLY, values | {"wanted": wanted})
            assert chosen(event, wanted=wanted) == [row[0] for row in cursor.fetchall()]


# --- how far --------------------------------------------------------------------------------------------------


def test_the_radius_is_widened_only_while_fewer_are_found_than_wanted(event: Event) -> None:
    make_readers(3, near="02139")
    make_readers(3, near="03060")  # 34 miles
    make_readers(3, near="02903")  # 41 miles
    make_readers(3, near="06103")  # 93 miles
    assert (estimated(event, wanted=3).audience, estimated(event, wanted=3).reach_miles) == (3, 25)
    assert (estimated(event, wanted=9).audience, estimated(event, wanted=9).reach_miles) == (9, 50)
    assert (estimated(event, wanted=10).audience, estimated(event, wanted=10).reach_miles) == (10, 100)
    assert (estimated(event).audience, estimated(event).reach_miles) == (12, RADII[-1])
    assert (estimated(event, radius_miles=30).audience, estimated(event, radius_miles=30).reach_miles) == (3, 30)


def test_all_numbers_of_an_estimate_add_up_to_the_people_who_live_there(event: Event) -> None:
    make_readers(4)
    make_readers(2, consents=False)
    make_readers(3, active=None)
    found = estimated(event, wanted=3)
    assert found == Estimate(
        audience=3, reach_miles=25, eligible=4, no_activity=3, no_consent=2, suppressed=0, answered=0,
        mailed_recently=0, is_complete=True,
    )  # fmt: skip


def test_an_estimate_of_a_crowd_counts_the_nearest_and_says_so(event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("events.audience.MOST_COUNTED", 5)
    make_readers(8)
    make_readers(8, consents=False, near="01801")
    found = estimated(event, wanted=7)
    assert (found.audience, found.eligible, found.no_consent, found.is_complete) == (7, 7, 0, False)


# --- written down ---------------------------------------------------------------------------------------------


def launched(event: Event, **fields: object) -> Promotion:
    return make_promotion(event, state="approved", **fields)  # type: ignore[arg-type]


def test_recipients_are_numbered_in_the_order_in_which_they_were_chosen(event: Event) -> None:
    readers = make_readers(5)
    assert take_recipients(promotion=launched(event, wanted=4), now=NOW) == (4, 25)
    rows = list(PromotionRecipient.objects.order_by("number"))
    assert [row.number for row in rows] == [1, 2, 3, 4]
    assert [row.person_id for row in rows] == [person.pk for person in reversed(readers[1:])]
    assert rows[0].email == address_of(readers[-1])
    assert rows[0].score == ActivityScore.objects.get(person=readers[-1]).score
    assert (rows[0].chosen_at, rows[0].cools_until) == (NOW, NOW + COOL_DOWN)


def test_the_next_radius_is_taken_only_where_the_one_before_has_too_few(event: Event) -> None:
    make_readers(2)
    make_readers(2, near="03060")
    assert take_recipients(promotion=launched(event, wanted=3), now=NOW) == (3, 50)
    assert PromotionRecipient.objects.count() == 3


def test_nobody_around_is_an_audience_of_none(event: Event) -> None:
    assert take_recipients(promotion=launched(event), now=NOW) == (0, 100)


def test_a_second_promotion_takes_whom_the_first_left(event: Event) -> None:
    readers = make_readers(5)
    take_recipients(promotion=launched(event, wanted=3), now=NOW)
    other = launched(make_event(make_group(), starts_at=NOW + 10 * DAY))
    assert take_recipients(promotion=other, now=NOW + DAY) == (2, 100)
    assert set(other.recipients.values_list("person", flat=True)) == {person.pk for person in readers[:2]}


def test_the_database_refuses_the_4001st_whoever_writes(event: Event) -> None:
    promotion = launched(event)
    row = {"promotion": promotion, "score": 1.0, "miles": 1.0, "chosen_at": NOW, "cools_until": NOW + COOL_DOWN}
    for number in (0, 4_001):
        with pytest.raises(IntegrityError, match="recipient_at_most_4000"), transaction.atomic():
            PromotionRecipient.objects.create(number=number, person=make_reader(), **row)
    PromotionRecipient.objects.create(number=4_000, person=make_reader(), **row)


def test_the_database_refuses_a_second_promotion_within_two_weeks_whoever_writes(event: Event) -> None:
    person = make_reader()
    make_recipient(person, chosen_at=NOW)
    with pytest.raises(IntegrityError, match="no_other_promotion_meanwhile"), transaction.atomic():
        make_recipient(person, chosen_at=NOW + COOL_DOWN - DAY)
    make_recipient(person, chosen_at=NOW + COOL_DOWN)
