"""How a human comes to be known: found by e-mail or phone, or taken in as a new person; linked to their login."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed, user_logged_in
from django.conf import settings
from django.db import IntegrityError, transaction
from django.dispatch import receiver
from django.utils import timezone

from foundation.accounts.models import User
from foundation.places.search import PlaceError, find_place

from .erasure import ErasedError, come_back, erased_among
from .models import Duplicate, DuplicateReason, Person, PersonEmail, PersonPhone


@dataclass(frozen=True)
class Contact:
    """What somebody gave of themselves. `email` is normalised, `phone` in E.164 form; at least one is given."""

    email: str = ""
    phone: str = ""
    given_name: str = ""
    family_name: str = ""
    zip_code: str = ""
    language: str = ""


def find_person(*, email: str = "", phone: str = "") -> Person | None:
    """The owner of this normalised address, else of this number."""
    found = Person.objects.filter(emails__address=email).first() if email else None
    if found is None and phone and not email:
        found = Person.objects.filter(phones__number=phone).first()
    return found


def take_in(*, contact: Contact, is_own_act: bool, now: datetime.datetime) -> Person:
    """The person of this contact, made where there is none; what is new about them is kept.

    `is_own_act` means that the owner of the address acts and has shown that it is theirs: then the address counts as
    verified, what they say replaces what was known, and one who was deleted comes back. Otherwise only blanks are
    filled. A number that belongs to somebody else stays with them, and staff are asked whether the two are one.

    Raises ErasedError where the owner was deleted and it is not their own act, and ValueError without any contact.
    The number of somebody who was deleted keeps nobody out whose address is known; it stays unknown then.
    """
    contacts = [text for text in (contact.email, contact.phone) if text]
    if not contacts:
        raise ValueError("a person is known by e-mail or phone")
    with transaction.atomic():
        person, is_new = _hold(contact)
        # Asked with the person held: whoever is being deleted at this moment is gone by now, or stays until we end.
        erased = set() if is_own_act else erased_among(contacts)
        if contacts[0] in erased or (is_new and erased):
            raise ErasedError
        if is_own_act:
            come_back(contacts)
        _learn(person, contact, replaces=is_own_act)
        if contact.phone and contact.phone not in erased:
            note_phone(person, contact.phone)
        if contact.email and is_own_act:
            PersonEmail.objects.filter(address=contact.email, verified_at__isnull=True).update(verified_at=now)
        if contact.email:
            _link_owner(person, contact.email)
    return person


def _hold(contact: Contact) -> tuple[Person, bool]:
    """The person of this contact, locked, and whether nobody knew them. One may be merged or deleted while we look."""
    while True:
        known = find_person(email=contact.email, phone=contact.phone)
        person = known or _make_person(contact)
        held = Person.objects.select_for_update(of=("self",)).filter(pk=person.pk).first()
        if held is not None:
            return held, known is None


def _make_person(contact: Contact) -> Person:
    """A new person with this address or number; whoever has just got it, where somebody was faster."""
    try:
        with transaction.atomic():
            # Never blank, so that it could be learned afterwards.
            person = Person.objects.create(language=contact.language or settings.LANGUAGE_CODE)
            if contact.email:
                PersonEmail.objects.create(person=person, address=contact.email, is_primary=True)
            else:
                PersonPhone.objects.create(person=person, number=contact.phone)
    except IntegrityError:
        found = find_person(email=contact.email, phone=contact.phone)
        if found is None:
            raise
        return found
    return person


def _learn(person: Person, contact: Contact, *, replaces: bool) -> None:
    given: dict[str, Any] = {
        name: value
        for name in ("given_name", "family_name", "language")
        if (value := getattr(contact, name)) and (replaces or not getattr(person, name))
    }
    if contact.zip_code and contact.zip_code != person.zip_code_id and (replaces or not person.zip_code_id):
        given |= home_of(contact.zip_code)
    for name, value in given.items():
        setattr(person, name, value)
    if given:
        person.save(update_fields=list(given))


def home_of(zip_code: str) -> dict[str, Any]:
    """The fields of a Person that follow from a ZIP code; none where there is no such code."""
    try:
        place = find_place(zip_code)
    except PlaceError:
        return {}
    return {
        "zip_code_id": place.zip_code,
        "country": "US",
        "latitude": place.latitude,
        "longitude": place.longitude,
        "time_zone": place.time_zone,
    }


def note_phone(person: Person, number: str) -> None:
    """Note a number (E.164) of `person`. One that belongs to somebody else stays theirs, and staff are asked."""
    phone, _is_new = PersonPhone.objects.get_or_create(number=number, defaults={"person": person})
    if phone.person_id != person.pk:
        note_duplicate(person.pk, phone.person_id, DuplicateReason.PHONE)


def note_duplicate(one: int, other: int, reason: DuplicateReason) -> None:
    """Ask staff whether these two persons (by id) are one human; a pair that was looked at is not asked again."""
    first, second = sorted((one, other))
    Duplicate.objects.bulk_create([Duplicate(first_id=first, second_id=second, reason=reason)], ignore_conflicts=True)


# --- logins -------------------------------------------------------------------------------------------------------


def link_user(*, user: User) -> Person | None:
    """Tie `user` to the person who owns an address that the user has verified; None where nobody does.

    Where several people own the user's addresses, the one linked before or else the oldest is tied, and staff are
    asked whether the others are the same human.
    """
    with transaction.atomic():
        people = list(Person.objects.of_user(user))
        if not people:
            return None
        person = people[0]
        if person.user_id is None:
            Person.objects.filter(pk=person.pk, user__isnull=True).update(user=user)
        verified = verified_addresses(user)
        PersonEmail.objects.filter(person=person, address__in=verified, verified_at__isnull=True).update(
            verified_at=timezone.now()
        )
        for other in people[1:]:
            note_duplicate(person.pk, other.pk, DuplicateReason.EMAIL)
    return person


def verified_addresses(user: User) -> Iterable[str]:
    """The addresses (allauth keeps them in lower case) that the user has shown to be theirs."""
    return list(EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True))


def _link_owner(person: Person, address: str) -> None:
    """Tie the person to the login that has verified this address, where there is one."""
    if person.user_id is None:
        owner = User.objects.filter(
            emailaddress__verified=True, emailaddress__email=address, person__isnull=True
        ).first()
        if owner:
            person.user = owner
            person.save(update_fields=["user"])


@receiver(user_logged_in, dispatch_uid="members.people.link_at_sign_in")
def link_at_sign_in(*, user: User, **rest: Any) -> None:
    """Signing in by a mailed code has just shown whose address it is."""
    link_user(user=user)


@receiver(email_confirmed, dispatch_uid="members.people.link_confirmed_address")
def link_confirmed_address(*, email_address: EmailAddress, **rest: Any) -> None:
    """Another address of the user is theirs now; the network writes to it, unless it is known as somebody else's."""
    with transaction.atomic():
        person = link_user(user=email_address.user)
        if person is None or PersonEmail.objects.filter(address=email_address.email).exists():
            return
        person.emails.update(is_primary=False)
        PersonEmail.objects.create(
            person=person, address=email_address.email, is_primary=True, verified_at=timezone.now()
        )
