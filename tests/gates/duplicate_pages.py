"""The staff's pages of pairs that may be one human, and of merges."""

import datetime

from django.utils import timezone

from foundation.accounts.models import StaffTask, User
from members.duplicates import begin_to_look
from members.merging import merge_people
from members.models import Duplicate, DuplicateReason, Merge, Person, PersonEmail, PersonPhone
from members.people import home_of
from tests.factories import make_staff, make_user

from .visits import Visit, page


def make_pair(*, logins: bool = False) -> Duplicate:
    people = []
    for number, (given, family) in enumerate([("Guadalupe", "Núñez Villarreal"), ("Lupe", "Nunez-Villarreal")]):
        person = Person.objects.create(given_name=given, family_name=family, **home_of("02139"))
        address = f"guadalupe.nunez.villarreal{person.pk}@example.org"
        PersonEmail.objects.create(person=person, address=address, is_primary=True)
        if number:
            PersonPhone.objects.create(person=person, number=f"+1617555{person.pk % 10000:04}")
        if logins:
            Person.objects.filter(pk=person.pk).update(user=make_user())
        people.append(person)
    found_at = timezone.now() - datetime.timedelta(days=3)
    return Duplicate.objects.create(
        first=people[0], second=people[1], reason=DuplicateReason.SPELLING, found_at=found_at
    )


def make_merge(staff: User) -> Merge:
    pair = make_pair()
    return merge_people(kept=pair.first, gone=pair.second, actor=staff, now=timezone.now())


def make_looker() -> User:
    return make_staff(StaffTask.PEOPLE)


@page("national/people/duplicates/")
def duplicate_queue() -> Visit:
    make_pair()
    make_pair()
    return Visit("/national/people/duplicates/", user=make_looker())


@page("national/people/duplicates/")
def duplicate_queue_empty() -> Visit:
    return Visit("/national/people/duplicates/", user=make_looker())


@page("national/people/duplicates/<int:pk>/")
def duplicate_pair() -> Visit:
    return Visit(f"/national/people/duplicates/{make_pair().pk}/", user=make_looker())


@page("national/people/duplicates/<int:pk>/")
def duplicate_pair_with_two_logins() -> Visit:
    return Visit(f"/national/people/duplicates/{make_pair(logins=True).pk}/", user=make_looker())


@page("national/people/duplicates/<int:pk>/")
def duplicate_pair_that_somebody_else_has_open() -> Visit:
    pair, colleague = make_pair(), make_staff(StaffTask.PEOPLE)
    begin_to_look(duplicate=pair, user=colleague, now=timezone.now() - datetime.timedelta(minutes=3))
    return Visit(f"/national/people/duplicates/{pair.pk}/", user=make_looker())


@page("national/people/merges/")
def merges_of_the_month() -> Visit:
    staff = make_looker()
    make_merge(staff)
    return Visit("/national/people/merges/", user=staff)


@page("national/people/merges/")
def merges_none() -> Visit:
    return Visit("/national/people/merges/", user=make_looker())
