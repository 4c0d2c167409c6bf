"""References to people that triggers see to: they promise what a foreign key promises."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, models, transaction

from members.models import Activity, Donation, Person, PersonEmail, PersonPhone

from .donating import NOW

REFERRING: dict[type[models.Model], dict[str, Any]] = {
    Activity: {"kind": "rsvp", "source": "rsvp:1", "at": NOW},
    Donation: {"source": "hand", "line_item": "1", "amount": 5, "paid_at": NOW},
    PersonEmail: {"address": "ada@example.org"},
    PersonPhone: {"number": "+16175550123"},
}
NOBODY = 999_999_999

pytestmark = pytest.mark.parametrize("model", REFERRING, ids=lambda model: model.__name__)


def refer(model: type[models.Model], person: int) -> Any:
    return model._base_manager.create(person_id=person, **REFERRING[model])


def refused(model: type[models.Model]) -> Any:
    return pytest.raises(IntegrityError, match=model._meta.db_table)


@pytest.mark.django_db
def test_nothing_refers_to_nobody(model: type[models.Model]) -> None:
    with refused(model), transaction.atomic():
        refer(model, NOBODY)
    row = refer(model, Person.objects.create(given_name="Ada").pk)
    with refused(model), transaction.atomic():
        model._base_manager.filter(pk=row.pk).update(person_id=NOBODY)


@pytest.mark.django_db
def test_of_many_rows_one_that_refers_to_nobody_is_enough(model: type[models.Model]) -> None:
    number = "number" if model is PersonPhone else "address" if model is PersonEmail else "source"
    number = "line_item" if model is Donation else number
    texts = {PersonPhone: "+1617555%04d", PersonEmail: "p%d@example.org"}
    rows = [
        model(person_id=person, **REFERRING[model] | {number: texts.get(model, "n:%d") % place})
        for place, person in enumerate(
            [Person.objects.create(given_name="Ada").pk, NOBODY, Person.objects.create(given_name="Ada").pk]
        )
    ]
    with refused(model), transaction.atomic():
        model._base_manager.bulk_create(rows)


@pytest.mark.django_db
def test_nobody_goes_who_is_referred_to(model: type[models.Model]) -> None:
    person = Person.objects.create(given_name="Ada")
    row = refer(model, person.pk)
    with refused(model), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM members_person WHERE id = %s", [person.pk])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with refused(model), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE members_person SET id = %s WHERE id = %s", [NOBODY, person.pk])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    row.delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM members_person WHERE id = %s", [person.pk])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def beside(first: Callable[[], object], second: Callable[[], object]) -> list[str]:
    """What failed of two acts: the second begins while the first is not committed yet."""
    failures: list[str] = []
    acted = threading.Event()

    def run(act: Callable[[], object], *, is_first: bool) -> None:
        try:
            with transaction.atomic():
                act()
                if is_first:
                    acted.set()
                    other.join(0.5)
        except IntegrityError:
            failures.append("first" if is_first else "second")
        finally:
            acted.set()
            connections.close_all()

    def wait_and_run() -> None:
        acted.wait(10)
        run(second, is_first=False)

    other = threading.Thread(target=wait_and_run)
    one = threading.Thread(target=lambda: run(first, is_first=True))
    for thread in (other, one):
        thread.start()
    for thread in (one, other):
        thread.join(30)
    return failures


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("refers_first", [True, False], ids=["refers first", "goes first"])
def test_of_a_reference_and_a_deletion_at_once_the_second_fails(model: type[models.Model], refers_first: bool) -> None:
    person = Person.objects.create(given_name="Ada")

    def go() -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM members_person WHERE id = %s", [person.pk])

    acts = [lambda: refer(model, person.pk), go]
    assert beside(*acts if refers_first else reversed(acts)) == ["second"]
    assert Person.objects.exists() == model._base_manager.exists() == refers_first


@pytest.mark.django_db(transaction=True)
def test_where_a_deletion_could_not_see_what_refers_meanwhile_it_is_refused(model: type[models.Model]) -> None:
    person = Person.objects.create(given_name="Ada")

    def go() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("DELETE FROM members_person WHERE id = %s", [person.pk])

    with pytest.raises(IntegrityError, match="READ COMMITTED"):
        go()
    refer(model, person.pk)
