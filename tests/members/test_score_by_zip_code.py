"""An activity score knows its person's ZIP code, whatever changes first and whoever writes at the same moment."""

import datetime
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, connection, connections, transaction

from members.membership import record_basis, withdraw_basis
from members.merging import merge_people, undo_merge
from members.models import Activity, ActivityKind, ActivityScore, Person
from tests.factories import make_staff
from tests.locks import somebody_waits

pytestmark = pytest.mark.django_db
NOW = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)


def make_person(zip_code: str | None = "02139") -> Person:
    return Person.objects.create(given_name="Ada", zip_code_id=zip_code)


def attend(person: Person, number: int = 1) -> None:
    record_basis(person=person, kind=ActivityKind.ATTENDANCE, source=f"attendance:{number}", at=NOW)


def move_to(person: Person, zip_code: str | None) -> None:
    Person.objects.filter(pk=person.pk).update(zip_code=zip_code)


def kept(person: Person) -> str:
    return ActivityScore.objects.get(person=person).zip_code


def out_of_step() -> int:
    """How many scores have another ZIP code than their person."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM members_activityscore s LEFT JOIN members_person p ON p.id = s.person_id"
            " WHERE s.zip_code IS DISTINCT FROM coalesce(p.zip_code_id, '')"
        )
        return int(cursor.fetchone()[0])


def test_a_new_score_has_the_zip_code_of_its_person() -> None:
    living, nowhere = make_person(), make_person(None)
    attend(living, 1)
    attend(nowhere, 2)
    assert (kept(living), kept(nowhere)) == ("02139", "")


def test_whoever_moves_takes_their_score_along() -> None:
    person = make_person()
    attend(person)
    move_to(person, "10001")
    assert kept(person) == "10001"
    move_to(person, None)
    assert kept(person) == ""


def test_a_score_that_is_derived_anew_has_the_zip_code() -> None:
    person = make_person()
    attend(person)
    withdraw_basis(source="attendance:1", because="a mistake", now=NOW)
    move_to(person, "10001")
    attend(person)
    assert kept(person) == "10001"


def test_one_statement_for_many_people_gives_each_their_own() -> None:
    people = [make_person(code) for code in ("02139", "10001", None)]
    Activity.objects.bulk_create(
        Activity(person=person, kind=ActivityKind.RSVP, source=f"rsvp:{number}:{person.pk}", at=NOW)
        for person in people
        for number in range(3)
    )
    assert [kept(person) for person in people] == ["02139", "10001", ""]


def test_a_merge_and_its_undoing_leave_every_score_where_its_person_lives() -> None:
    stays, goes, staff = make_person("02139"), make_person("10001"), make_staff()
    attend(stays, 1)
    attend(goes, 2)
    merge = merge_people(kept=stays, gone=goes, choices=["home"], actor=staff, now=NOW)
    assert kept(stays) == "10001"
    assert out_of_step() == 0
    undo_merge(merge=merge, actor=staff, now=NOW)
    assert (kept(stays), kept(Person.objects.get(pk=goes.pk))) == ("02139", "10001")


def test_an_activity_of_nobody_is_refused() -> None:
    with pytest.raises(IntegrityError, match="members_activity refers to a person who is not there"):
        Activity.objects.create(person_id=999_999, kind=ActivityKind.RSVP, source="rsvp:1", at=NOW)


# --- at the same moment -----------------------------------------------------------------------------------------


def beside(first: Callable[[], None], second: Callable[[], None]) -> None:
    """`second` begins before the transaction of `first` commits."""

    def run() -> None:
        try:
            second()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    with transaction.atomic():
        first()
        thread.start()
        deadline = time.monotonic() + 30
        while thread.is_alive() and not somebody_waits() and time.monotonic() < deadline:
            time.sleep(0.01)
    thread.join(timeout=30)
    assert not thread.is_alive()


@contextmanager
def moving_without_a_second_look() -> Iterator[None]:
    """The control: whoever moves changes the score that is there, and waits for nobody."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('members_person_moved'::regproc)")
        original = cursor.fetchone()[0]
        head, _if, _rest = original.partition("    IF NOT FOUND")
        cursor.execute(f"{head} RETURN NULL; END $$;".replace("$$;", "$function$"))
        try:
            yield
        finally:
            cursor.execute(original)


@pytest.mark.django_db(transaction=True)
def test_without_a_second_look_a_first_score_beside_a_move_is_stale_and_with_it_is_not() -> None:
    with moving_without_a_second_look():
        stale = make_person()
        beside(lambda: attend(stale, 1), lambda: move_to(stale, "10001"))
        assert out_of_step() == 1  # the control: the race is there
        stale.delete()
    person = make_person()
    beside(lambda: attend(person, 2), lambda: move_to(person, "10001"))
    assert (kept(person), out_of_step()) == ("10001", 0)


@pytest.mark.django_db(transaction=True)
def test_a_first_score_beside_a_move_that_came_before_is_right() -> None:
    person = make_person()
    beside(lambda: move_to(person, "10001"), lambda: attend(person, 1))
    assert (kept(person), out_of_step()) == ("10001", 0)
