"""How somebody comes to be known, and which login is theirs."""

import datetime
import threading
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed, user_logged_in
from django.db import IntegrityError, connections

from foundation.accounts.models import User
from members.erasure import ErasedError, erased_key
from members.models import Duplicate, Erasure, Person, PersonEmail, PersonPhone
from members.people import Contact, find_person, home_of, link_user, take_in
from tests.factories import make_user

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)
ADA = Contact(email="ada@example.org", given_name="Ada", family_name="Diaz", zip_code="02139", language="es")
NUMBER = "+16175551234"


def by_themselves(contact: Contact) -> Person:
    return take_in(contact=contact, is_own_act=True, now=NOW)


def by_others(contact: Contact) -> Person:
    return take_in(contact=contact, is_own_act=False, now=NOW)


def make_person(*addresses: str, **fields: Any) -> Person:
    person = Person.objects.create(**fields)
    for address in addresses:
        PersonEmail.objects.create(person=person, address=address, is_primary=address == addresses[0])
    return person


# --- taking in ----------------------------------------------------------------------------------------------------


def test_a_new_person_has_what_they_said_and_the_home_that_follows_from_it() -> None:
    person = by_themselves(ADA)
    person.refresh_from_db()
    assert (person.full_name, person.language, person.zip_code_id) == ("Ada Diaz", "es", "02139")
    assert (person.time_zone, person.country) == ("America/New_York", "US")
    assert person.point is not None
    email = person.emails.get()
    assert (email.address, email.is_primary, email.verified_at) == ("ada@example.org", True, NOW)


def test_an_address_that_others_gave_is_not_verified() -> None:
    assert by_others(ADA).emails.get().verified_at is None


def test_the_same_address_is_the_same_person() -> None:
    assert by_others(ADA) == by_themselves(ADA)
    assert Person.objects.count() == PersonEmail.objects.count() == 1


def test_what_others_say_fills_blanks_and_replaces_nothing() -> None:
    make_person("ada@example.org", given_name="Augusta", language="en")
    person = by_others(ADA)
    assert (person.full_name, person.language, person.zip_code_id) == ("Augusta Diaz", "en", "02139")
    assert by_others(Contact(email="ada@example.org", zip_code="94103")).zip_code_id == "02139"


def test_what_the_owner_says_replaces_what_was_known_but_for_what_they_leave_out() -> None:
    by_others(ADA)
    person = by_themselves(Contact(email="ada@example.org", given_name="Augusta", zip_code="94103"))
    assert (person.full_name, person.zip_code_id, person.time_zone) == ("Augusta Diaz", "94103", "America/Los_Angeles")
    assert person.language == "es"


def test_a_zip_code_that_there_is_not_changes_nothing() -> None:
    assert home_of("00000") == {}
    assert by_themselves(Contact(email="ada@example.org", zip_code="00000")).zip_code_id is None


def test_a_verification_keeps_its_first_time() -> None:
    by_themselves(ADA)
    take_in(contact=ADA, is_own_act=True, now=NOW + datetime.timedelta(days=1))
    assert PersonEmail.objects.get().verified_at == NOW


def test_somebody_without_an_address_is_known_by_their_number() -> None:
    person = by_others(Contact(phone=NUMBER, given_name="Bo"))
    assert person.phones.get().number == NUMBER
    assert not person.emails.exists()
    assert by_others(Contact(phone=NUMBER)) == person


def test_a_number_is_added_to_the_owner_of_the_address() -> None:
    person = by_others(Contact(email="ada@example.org", phone=NUMBER))
    assert person.phones.get().number == NUMBER
    by_others(Contact(email="ada@example.org", phone=NUMBER))
    assert PersonPhone.objects.count() == 1
    assert not Duplicate.objects.exists()


def test_a_number_of_somebody_else_stays_theirs_and_staff_are_asked() -> None:
    bo = by_others(Contact(phone=NUMBER))
    ada = by_themselves(Contact(email="ada@example.org", phone=NUMBER))
    assert PersonPhone.objects.get().person == bo
    pair = Duplicate.objects.get()
    assert (pair.first, pair.second, pair.reason) == (bo, ada, "phone")
    by_themselves(Contact(email="ada@example.org", phone=NUMBER))
    assert Duplicate.objects.count() == 1


def test_an_address_tells_more_than_a_number() -> None:
    bo = by_others(Contact(phone=NUMBER))
    assert find_person(email="ada@example.org", phone=NUMBER) is None
    assert find_person(phone=NUMBER) == bo
    assert find_person() is None


def test_without_any_contact_nobody_is_taken_in() -> None:
    with pytest.raises(ValueError, match="e-mail or phone"):
        by_themselves(Contact(given_name="Ada"))
    assert not Person.objects.exists()


@pytest.mark.parametrize("contact", [ADA, Contact(phone=NUMBER), Contact(email="other@example.org", phone=NUMBER)])
def test_who_was_deleted_does_not_come_back_by_others_but_by_themselves(contact: Contact) -> None:
    Erasure.objects.create(key=erased_key("ada@example.org"), at=NOW)
    Erasure.objects.create(key=erased_key(NUMBER), at=NOW)
    with pytest.raises(ErasedError):
        by_others(contact)
    assert not Person.objects.exists()
    by_themselves(contact)
    assert by_others(contact) == Person.objects.get()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("contact", [ADA, Contact(phone=NUMBER)])
def test_two_who_take_in_the_same_new_address_at_once_make_one_person(contact: Contact) -> None:
    found: list[int] = []
    begin = threading.Barrier(4)

    def run() -> None:
        begin.wait(10)
        found.append(by_others(contact).pk)
        connections.close_all()

    threads = [threading.Thread(target=run) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(found) == 4
    assert {person.pk for person in Person.objects.all()} == set(found)


def test_what_the_database_refuses_for_another_reason_is_not_hidden() -> None:
    with pytest.raises(IntegrityError, match="personphone_e164"):
        by_others(Contact(phone="12"))


# --- logins -------------------------------------------------------------------------------------------------------


def test_a_user_is_tied_to_the_owner_of_their_verified_address() -> None:
    person, user = make_person("ada@example.org"), make_user("ada@example.org")
    assert link_user(user=user) == person
    person.refresh_from_db()
    assert person.user == user
    assert person.emails.get().verified_at is not None


def test_an_address_that_the_user_has_not_verified_ties_nobody() -> None:
    person, user = make_person("ada@example.org"), make_user("ada@example.org")
    EmailAddress.objects.update(verified=False)
    assert link_user(user=user) is None
    person.refresh_from_db()
    assert person.user is None
    assert person.emails.get().verified_at is None


def test_a_user_whom_nobody_knows_is_tied_to_nobody() -> None:
    assert link_user(user=make_user()) is None


def test_who_was_tied_stays_and_the_other_owners_are_put_before_staff() -> None:
    user = make_user("ada@example.org")
    EmailAddress.objects.create(user=user, email="second@example.org", verified=True)
    older, tied = make_person("second@example.org"), make_person("ada@example.org", user=user)
    assert link_user(user=user) == tied
    older.refresh_from_db()
    assert older.user is None
    pair = Duplicate.objects.get()
    assert (pair.first, pair.second, pair.reason) == (older, tied, "email")
    link_user(user=user)
    assert Duplicate.objects.count() == 1


def test_of_several_the_oldest_is_tied() -> None:
    user = make_user("ada@example.org")
    EmailAddress.objects.create(user=user, email="second@example.org", verified=True)
    oldest, _other = make_person("second@example.org"), make_person("ada@example.org")
    assert link_user(user=user) == oldest


def test_the_person_of_another_login_is_not_taken() -> None:
    other = make_user()
    person, user = make_person("ada@example.org", user=other), make_user("ada@example.org")
    assert link_user(user=user) is None
    person.refresh_from_db()
    assert person.user == other


def test_only_addresses_of_the_user_count_as_verified() -> None:
    user = make_user("ada@example.org")
    person = make_person("ada@example.org", "shared@example.org")
    link_user(user=user)
    verified = person.emails.filter(verified_at__isnull=False).values_list("address", flat=True)
    assert list(verified) == ["ada@example.org"]


def test_signing_in_ties_the_login() -> None:
    person, user = make_person("ada@example.org"), make_user("ada@example.org")
    user_logged_in.send(sender=User, request=None, user=user)
    person.refresh_from_db()
    assert person.user == user


def test_confirming_a_further_address_ties_its_owner() -> None:
    person, user = make_person("second@example.org"), make_user("ada@example.org")
    further = EmailAddress.objects.create(user=user, email="second@example.org", verified=True)
    email_confirmed.send(sender=EmailAddress, request=None, email_address=further)
    person.refresh_from_db()
    assert person.user == user


def test_somebody_who_is_taken_in_later_gets_the_login_that_has_their_address() -> None:
    user = make_user("ada@example.org")
    person = by_others(ADA)
    person.refresh_from_db()
    assert person.user == user


def test_a_login_that_has_a_person_is_not_given_to_another() -> None:
    user = make_user("ada@example.org")
    make_person("first@example.org", user=user)
    assert by_others(ADA).user is None


def test_an_unverified_login_gets_no_person_that_is_taken_in() -> None:
    make_user("ada@example.org")
    EmailAddress.objects.update(verified=False)
    assert by_others(ADA).user is None
