"""Deleting a person on their own wish, and what keeps later imports from bringing them back."""

import datetime
import hashlib
import hmac
from collections.abc import Collection, Iterable, Sequence

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from foundation.accounts.erasing import addresses_of, delete_login, forget_repairs
from foundation.accounts.models import User
from foundation.audit.models import Actor, record
from foundation.documents.requesting import forget_documents
from foundation.imports.forgetting import forget_in_bad_rows
from foundation.mail.forgetting import forget_addresses, forget_mails, in_a_text
from foundation.mail.models import MailState, OutgoingMail

from . import emails
from .models import CancelledRecurring, Consent, Donation, Erasure, Merge, Person, PersonEmail, PersonPhone
from .signals import person_erased


class ErasedError(Exception):
    """The owner of this address asked to be deleted. Only they themselves can come back."""


def erased_key(contact: str) -> str:
    """The keyed hash of a normalised address or E.164 number: nobody without ERASURE_KEY can tell whose it was."""
    return hmac.new(settings.ERASURE_KEY.encode(), contact.encode(), hashlib.sha256).hexdigest()


def erased_among(contacts: Iterable[str]) -> set[str]:
    """Those of these normalised addresses and numbers whose owner asked to be deleted. One query, or two."""
    if not Erasure.objects.exists():
        return set()
    of_key = {erased_key(contact): contact for contact in contacts}
    return {of_key[key] for key in Erasure.objects.filter(key__in=of_key).values_list("key", flat=True)}


def come_back(contacts: Iterable[str]) -> None:
    """The owner of these addresses and numbers acts themselves again: they are known anew from now on."""
    Erasure.objects.filter(key__in=[erased_key(contact) for contact in contacts]).delete()


# --- deleting -----------------------------------------------------------------------------------------------------


class ErasureRefusedError(Exception):
    """Why this person cannot be deleted now; for people."""


def erase_person(*, person: Person, actor: Actor | None, now: datetime.datetime, writes: bool = True) -> None:
    """Delete `person` and everything held about them, their login and its sessions included.

    What stays: a keyed hash of each address and number (Erasure), an audit row and mails in the outbox that say
    nothing about anybody. A last mail tells them that it is done; `forget_confirmations` empties it once it is sent.
    `writes=False` leaves that mail out: after a restore (members.restoring) they were told long ago.
    Raises ErasureRefusedError while they are national staff, and while somebody else merges or deletes them.
    """
    with transaction.atomic():
        people = [person]
        if person.user:
            people += [other for other in Person.objects.of_user(person.user) if other.pk != person.pk]
        _erase(people, person.user, actor=actor, now=now, writes=writes)


def erase_login(*, user: User, actor: Actor, now: datetime.datetime) -> None:
    """Delete a user of whom the network knows nothing but the login; otherwise as `erase_person`."""
    with transaction.atomic():
        _erase(list(Person.objects.of_user(user)), user, actor=actor, now=now)


def _erase(
    people: Sequence[Person], user: User | None, *, actor: Actor | None, now: datetime.datetime, writes: bool = True
) -> None:
    if user:
        user = User.objects.get_queryset().select_for_update().get(pk=user.pk)
    if user and user.is_staff:
        raise ErasureRefusedError(_("You are national staff. Ask a superuser to end your rights first."))
    keys = [person.pk for person in people]
    _hold_until_gone(keys)
    addresses = set(PersonEmail.objects.filter(person__in=keys).values_list("address", flat=True))
    write_to = _address_to_confirm(keys, user)
    language = people[0].language if people else user.language if user else settings.LANGUAGE_CODE
    addresses |= addresses_of(user) if user else set()
    numbers = {str(number) for number in PersonPhone.objects.filter(person__in=keys).values_list("number", flat=True)}

    of_whom: Sequence[Person | None] = people or [None]  # a login of whom nothing else is known has rows too
    for person in of_whom:
        person_erased.send(sender=Person, person=person, user=user, addresses=addresses, numbers=numbers)
    _forget_traces(people, user, addresses=addresses, numbers=numbers)
    _delete_rows(keys)
    user_key = user.pk if user else None
    if user:
        delete_login(user)
    Erasure.objects.bulk_create(
        [Erasure(key=erased_key(contact), at=now) for contact in sorted(addresses | numbers)], ignore_conflicts=True
    )
    for key in keys:
        record(actor=actor, action="erased person", subject=f"person:{key}")
    if user_key:
        record(actor=actor, action="erased login", subject=f"user:{user_key}")
    if write_to and writes:
        emails.queue_erasure_confirmation(to=write_to, language=language)


def _hold_until_gone(keys: Collection[int]) -> None:
    """Lock the persons against all that would refer to them meanwhile: an import waits, and then finds nobody.

    Raises ErasureRefusedError where one of them has just been merged with another person, or deleted.
    """
    held = Person.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
    if len(held.values_list("pk")) < len(keys):
        raise ErasureRefusedError(_("Your record is being changed at this moment. Try again in a minute."))


def _address_to_confirm(keys: Collection[int], user: User | None) -> str:
    """Where the last mail goes: the address they sign in with, else the one we wrote to."""
    if user:
        return user.email
    return PersonEmail.objects.filter(person__in=keys, is_primary=True).values_list("address", flat=True).first() or ""


def _forget_traces(
    people: Sequence[Person], user: User | None, *, addresses: Collection[str], numbers: Collection[str]
) -> None:
    """What other tables know of these people without a foreign key to them."""
    contacts = {*addresses, *numbers}
    forget_addresses(addresses)
    forget_in_bad_rows(contacts)
    rows = [("members", "person", person.pk) for person in people]
    rows += [("accounts", "user", user.pk)] if user else []
    forget_repairs(keys=rows, texts=contacts)
    for person in people:
        forget_documents(subject=f"person:{person.pk}")
    _forget_undo_data(contacts)


def _forget_undo_data(contacts: Iterable[str]) -> None:
    """Merges of others whose undo data tells of these contacts can no longer be undone."""
    about = Q()
    for contact in contacts:
        about |= Q(undo_text__iregex=in_a_text(contact))
    if about:
        Merge.objects.annotate(undo_text=Cast("undo", TextField())).filter(about).update(undo=None)


def _delete_rows(keys: Collection[int]) -> None:
    """The persons and all that refers to them. The ledger of consent lets go of its rows for this transaction."""
    receipts = Donation.objects.filter(person__in=keys).exclude(receipt="").values_list("source", "receipt")
    for source, receipt in set(receipts):
        CancelledRecurring.objects.filter(source=source, receipt=receipt).delete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('members.erasing', 'yes', true)")
        Consent.objects.filter(person__in=keys).delete()
        Person.objects.filter(pk__in=keys).delete()
        cursor.execute("SELECT set_config('members.erasing', '', true)")


def forget_confirmations() -> None:
    """The sweep: once the last mail to somebody who was deleted has its fate, its address goes too."""
    told = OutgoingMail.objects.filter(purpose=emails.ERASURE_CONFIRMATION, scope=emails.ACCOUNT)
    forget_mails(told.exclude(state__in=[MailState.QUEUED, MailState.CLAIMED]).exclude(subject="erased"))
