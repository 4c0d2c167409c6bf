"""Everyone who attends or gives is a member, for as long as a basis is in effect. The database sees to it."""

import datetime
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.db.utils import InternalError

from members.membership import BasisError, record_activity, record_basis, withdraw_basis
from members.models import Activity, ActivityKind, ActivityScore, Membership, Person
from members.models.activity import HALF_LIFE, SCORE_EPOCH, WEIGHTS
from tests.at_once import at_once
from tests.locks import somebody_waits

NOW = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)


def attend(person: Person, number: int = 1, at: datetime.datetime = NOW) -> Activity:
    return record_basis(person=person, kind=ActivityKind.ATTENDANCE, source=f"attendance:{number}", at=at)


def give(person: Person, number: int = 1, at: datetime.datetime = NOW) -> Activity:
    return record_basis(person=person, kind=ActivityKind.DONATION, source=f"donation:{number}", at=at)


def withdraw(source: str) -> bool:
    return withdraw_basis(source=source, because="a mistake", now=NOW)


@pytest.fixture
def person(db: None) -> Person:
    return Person.objects.create(given_name="Ada")


def test_attending_makes_a_member_at_once(person: Person) -> None:
    basis = attend(person)
    membership = Membership.objects.get(person=person)
    assert (membership.basis_id, membership.since) == (basis.pk, NOW)


def test_attending_in_one_place_and_giving_in_another_is_one_membership_with_two_bases(person: Person) -> None:
    give(person, at=NOW)
    first = attend(person, at=NOW - 90 * DAY)
    assert Membership.objects.get().basis_id == first.pk
    assert Membership.objects.get().since == NOW - 90 * DAY
    assert person.activities.bases().count() == 2


def test_the_same_source_twice_is_one_basis(person: Person) -> None:
    assert attend(person).pk == attend(person).pk
    assert Activity.objects.count() == 1


def test_an_rsvp_makes_nobody_a_member(person: Person) -> None:
    record_activity(person=person, kind=ActivityKind.RSVP, source="rsvp:1", at=NOW)
    assert not Membership.objects.exists()
    with pytest.raises(BasisError):
        record_basis(person=person, kind=ActivityKind.RSVP, source="rsvp:2", at=NOW)


def test_the_source_of_one_person_cannot_be_anothers(person: Person) -> None:
    attend(person)
    with pytest.raises(BasisError):
        attend(Person.objects.create())


def test_membership_goes_with_the_last_basis_and_not_before(person: Person) -> None:
    attend(person, at=NOW - DAY)
    give(person)
    assert withdraw("attendance:1")
    assert Membership.objects.get().since == NOW
    assert not withdraw("attendance:1")
    assert withdraw("donation:1")
    assert not Membership.objects.exists()
    assert set(person.activities.values_list("withdrawn_because", flat=True)) == {"a mistake"}


def test_a_withdrawn_basis_can_be_put_back(person: Person) -> None:
    attend(person)
    withdraw("attendance:1")
    attend(person)
    assert Membership.objects.get().person == person


def test_an_unknown_source_cannot_be_withdrawn(db: None) -> None:
    assert not withdraw("attendance:1")


def test_a_deleted_person_leaves_neither_membership_nor_score(person: Person) -> None:
    attend(person)
    person.delete()
    assert not Membership.objects.exists()
    assert not ActivityScore.objects.exists()


# --- what the database refuses --------------------------------------------------------------------------------


def test_nobody_writes_a_membership_by_hand(person: Person) -> None:
    basis = attend(person)
    other = Person.objects.create()
    for write in (
        lambda: Membership.objects.create(person=other, basis=basis, since=NOW),
        lambda: Membership.objects.update(since=NOW - DAY),
        lambda: Membership.objects.all().delete(),
        lambda: ActivityScore.objects.update(score=99),
    ):
        with pytest.raises((IntegrityError, InternalError), match="follows from activities"), transaction.atomic():
            write()


def test_a_membership_without_a_basis_cannot_be_committed(person: Person) -> None:
    """Even where the triggers are off, as in a restore or a repair."""
    attend(person)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE members_activity DISABLE TRIGGER activity_changed")
        with pytest.raises(IntegrityError, match="membership_has_basis"), transaction.atomic():
            Activity.objects.update(withdrawn_at=NOW, withdrawn_because="a mistake")
        with pytest.raises(IntegrityError, match="membership_has_basis"), transaction.atomic():
            Activity.objects.update(at=NOW - DAY)  # and nobody is a member since another time than that of the basis
        cursor.execute("ALTER TABLE members_activity ENABLE TRIGGER activity_changed")


def test_whoever_corrects_the_time_of_a_basis_corrects_the_membership(person: Person) -> None:
    attend(person)
    Activity.objects.update(at=NOW - DAY)
    assert Membership.objects.get().since == NOW - DAY


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"kind": "sleeping"}, "activity_kind_known"),
        ({"source": ""}, "activity_has_source"),
        ({"at": datetime.datetime(1899, 1, 1, tzinfo=datetime.UTC)}, "activity_at_plausible"),
        ({"at": datetime.datetime(2999, 1, 1, tzinfo=datetime.UTC)}, "activity_at_plausible"),
        ({"withdrawn_at": NOW}, "activity_withdrawn_for_a_reason"),
        ({"source": "attendance:1"}, "activity_once_a_source"),
    ],
)
def test_an_impossible_activity_is_refused(person: Person, values: dict[str, object], constraint: str) -> None:
    attend(person)
    usual = {"person": person, "kind": ActivityKind.CALL, "source": "call:1", "at": NOW}
    with pytest.raises(IntegrityError, match=constraint):
        Activity.objects.create(**{**usual, **values})


# --- the score ------------------------------------------------------------------------------------------------


def test_an_attendance_today_counts_its_weight_and_half_of_it_after_the_half_life(person: Person) -> None:
    attend(person)
    score = ActivityScore.objects.get()
    assert score.value_at(NOW) == pytest.approx(8)
    assert score.value_at(NOW + HALF_LIFE) == pytest.approx(4)
    assert (score.last_at, score.attendances) == (NOW, 1)


def test_the_database_weighs_as_the_documentation_says(person: Person) -> None:
    for kind, weight in WEIGHTS.items():
        one = Person.objects.create()
        record_activity(person=one, kind=ActivityKind(kind), source=f"{kind}:1", at=SCORE_EPOCH)
        assert ActivityScore.objects.get(person=one).value_at(SCORE_EPOCH) == pytest.approx(weight)


def test_scores_add_up_whatever_the_order_and_shrink_when_something_is_taken_back(person: Person) -> None:
    attend(person, 1, NOW)
    give(person, 2, NOW - HALF_LIFE)
    attend(person, 3, NOW - 2 * HALF_LIFE)
    assert ActivityScore.objects.get().value_at(NOW) == pytest.approx(8 + 1 + 2)
    withdraw("attendance:1")
    assert ActivityScore.objects.get().value_at(NOW) == pytest.approx(1 + 2)
    assert ActivityScore.objects.get().attendances == 1
    assert ActivityScore.objects.get().last_at == NOW - HALF_LIFE


def test_many_rows_in_one_statement_derive_as_many_statements_do(db: None) -> None:
    people = Person.objects.bulk_create(Person(given_name=str(n)) for n in range(3))
    rows = [
        Activity(person=person, kind=ActivityKind.DONATION, source=f"d:{person.pk}:{n}", at=NOW - n * DAY)
        for person in people
        for n in range(4)
    ]
    Activity.objects.bulk_create(rows)
    assert set(Membership.objects.values_list("since", flat=True)) == {NOW - 3 * DAY}
    assert Membership.objects.count() == 3
    Activity.objects.filter(at=NOW - 3 * DAY).delete()
    assert set(Membership.objects.values_list("since", flat=True)) == {NOW - 2 * DAY}


# --- at the same moment -----------------------------------------------------------------------------------------


def wrong_people() -> list[int]:
    """Those whose membership is not what their bases say."""
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT p.id FROM members_person p
            LEFT JOIN members_membership m ON m.person_id = p.id
            LEFT JOIN LATERAL (SELECT id, at FROM members_activity a WHERE a.person_id = p.id AND a.is_basis
                               ORDER BY at, id LIMIT 1) first ON true
            WHERE m.basis_id IS DISTINCT FROM first.id OR m.since IS DISTINCT FROM first.at
        """)
        return [row[0] for row in cursor.fetchall()]


@contextmanager
def derivation_without_locks() -> Iterator[None]:
    """The control: the database's function without the locks that it takes before it looks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('members_derive_anew'::regproc)")
        original = cursor.fetchone()[0]
        without = re.sub(r"PERFORM 1 FROM .*? FOR UPDATE;", "", original)
        assert without != original
        cursor.execute(without)
        try:
            yield
        finally:
            cursor.execute(original)


def answer(person: Person, number: int) -> None:
    record_activity(person=person, kind=ActivityKind.RSVP, source=f"rsvp:{number}", at=NOW)


def score_after_an_answer_beside_a_withdrawal() -> float:
    """Of somebody who answered two events: one is taken back by whoever looked before a third was committed."""
    person = Person.objects.create()
    answer(person, 1)
    answer(person, 2)

    def take_back() -> None:
        withdraw("rsvp:1")
        connections.close_all()

    withdrawal = threading.Thread(target=take_back)
    with transaction.atomic():
        answer(person, 3)
        withdrawal.start()
        deadline = time.monotonic() + 30
        while not somebody_waits() and time.monotonic() < deadline:
            time.sleep(0.01)
    withdrawal.join(timeout=30)
    score = ActivityScore.objects.get().value_at(NOW)
    person.delete()
    return score


@pytest.mark.django_db(transaction=True)
def test_without_locks_an_answer_beside_a_withdrawal_is_lost_and_with_them_it_counts() -> None:
    with derivation_without_locks():
        assert score_after_an_answer_beside_a_withdrawal() == pytest.approx(2)  # the control: the race is there
    assert score_after_an_answer_beside_a_withdrawal() == pytest.approx(2 + 2)


@pytest.mark.django_db(transaction=True)
def test_giving_while_the_last_basis_is_withdrawn_keeps_the_membership_right() -> None:
    for number in range(25):
        person = Person.objects.create()
        attend(person, number, NOW - DAY)
        acts = (partial(withdraw, f"attendance:{number}"), partial(give, person, number))
        assert at_once(*acts) == []
        assert not wrong_people()
        assert Membership.objects.get(person=person).since == NOW


@pytest.mark.django_db(transaction=True)
def test_recording_one_source_from_many_sides_makes_one_basis() -> None:
    person = Person.objects.create()
    assert at_once(*[lambda: attend(person) for _ in range(8)]) == []
    assert person.activities.count() == 1
    assert ActivityScore.objects.get().value_at(NOW) == pytest.approx(8)
    assert not wrong_people()


@pytest.mark.django_db(transaction=True)
def test_withdrawing_all_bases_at_once_ends_the_membership() -> None:
    for number in range(10):
        person = Person.objects.create()
        attend(person, number)
        give(person, number)
        assert at_once(partial(withdraw, f"attendance:{number}"), partial(withdraw, f"donation:{number}")) == []
        assert not Membership.objects.filter(person=person).exists()
    assert not wrong_people()
