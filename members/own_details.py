"""Changing what is known of oneself: name, home, language, phones, addresses."""

import datetime

from django.db import transaction
from django.db.models import F

from foundation.accounts.language import remember_in_account
from foundation.accounts.models import User
from foundation.audit.models import record

from .models import DuplicateReason, Person, PersonEmail, PersonPhone
from .people import Contact, home_of, note_duplicate, note_phone, take_in


class DetailsError(Exception):
    """The change is refused; the message says why, in words for the person."""


def person_of(user: User) -> Person | None:
    """The person who signs in as `user`, with addresses and phones; None where the network knows nobody."""
    return Person.objects.of_user(user).select_related("membership").prefetch_related("emails", "phones").first()


def become_known(*, user: User, now: datetime.datetime) -> Person:
    """The person who signs in as `user`, made where the network knows nobody: it is their own act.

    Their address may be on record as a further one of somebody with another login, who left it behind. It says nothing
    about whose that other record is: the address comes over, and staff are asked whether the two are one human.
    """
    with transaction.atomic():
        person = person_of(user)
        if person is not None:
            return person
        left_by = _let_go_of(user.email)
        person = take_in(contact=Contact(email=user.email, language=user.language), is_own_act=True, now=now)
        if left_by is not None:
            note_duplicate(left_by, person.pk, DuplicateReason.EMAIL)
    return person


def _let_go_of(address: str) -> int | None:
    """Take `address` from somebody who has a login, if it is theirs; returns whose it was (by id)."""
    row = PersonEmail.objects.select_for_update().filter(address=address, person__user__isnull=False).first()
    if row is None:
        return None
    row.delete()
    if row.is_primary:
        _choose_primary(row.person_id)
    return row.person_id


def _choose_primary(person: int) -> None:
    """One of their other addresses, a confirmed one rather, is the one that we write to."""
    others = PersonEmail.objects.filter(person=person).order_by(F("verified_at").asc(nulls_last=True), "pk")
    PersonEmail.objects.filter(pk__in=list(others.values_list("pk", flat=True)[:1])).update(is_primary=True)


def change_details(
    *, person: Person, actor: User, given_name: str, family_name: str, zip_code: str, language: str
) -> None:
    """Write what the person says about themselves. An empty `zip_code` takes their home in the United States away."""
    with transaction.atomic():
        person = Person.objects.select_for_update(of=("self",)).get(pk=person.pk)
        person.given_name, person.family_name, person.language = given_name, family_name, language
        changed = ["given_name", "family_name", "language"]
        if zip_code != (person.zip_code_id or ""):
            home = home_of(zip_code) if zip_code else {"zip_code_id": None, "latitude": None, "longitude": None}
            for name, value in home.items():
                setattr(person, name, value)
            changed += home
        person.save(update_fields=changed)
        remember_in_account(actor, language)  # the site and the mails about the login speak it too
        record(actor=actor, action="changed own details", subject=f"person:{person.pk}")


def add_phone(*, person: Person, actor: User, number: str) -> None:
    """Note a number (E.164). One that belongs to somebody else stays with them, and staff are asked about the two."""
    with transaction.atomic():
        note_phone(person, number)
        record(actor=actor, action="added own phone", subject=f"person:{person.pk}")


def remove_phone(*, person: Person, actor: User, phone: PersonPhone) -> None:
    """Forget one of the person's numbers."""
    with transaction.atomic():
        person.phones.filter(pk=phone.pk).delete()
        record(actor=actor, action="removed own phone", subject=f"person:{person.pk}")


def write_to(*, person: Person, actor: User, email: PersonEmail) -> None:
    """Have the network write to this one of the person's addresses. Raises DetailsError for one never confirmed."""
    with transaction.atomic():
        emails = PersonEmail.objects.select_for_update().filter(person=person).order_by("pk")
        chosen = next((row for row in emails if row.pk == email.pk), None)
        if chosen is None or chosen.verified_at is None:
            raise DetailsError
        emails.update(is_primary=False)
        PersonEmail.objects.filter(pk=chosen.pk).update(is_primary=True)
        record(actor=actor, action="chose own address", subject=f"person:{person.pk}")


def remove_email(*, person: Person, actor: User, email: PersonEmail) -> None:
    """Forget one of the person's addresses. Raises DetailsError for the last, and for the one they sign in with."""
    with transaction.atomic():
        emails = list(PersonEmail.objects.select_for_update().filter(person=person).order_by("pk"))
        others = [row for row in emails if row.pk != email.pk]
        if email.address == actor.email or len(others) != len(emails) - 1 or not others:
            raise DetailsError
        PersonEmail.objects.filter(pk=email.pk).delete()
        if not any(row.is_primary for row in others):
            next_one = next((row for row in others if row.address == actor.email), others[0])
            PersonEmail.objects.filter(pk=next_one.pk).update(is_primary=True)
        record(actor=actor, action="removed own address", subject=f"person:{person.pk}")
