"""Deleting a person on their own wish, and what keeps later imports from bringing them back."""

import hashlib
import hmac
from collections.abc import Iterable

from django.conf import settings

from .models import Erasure


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
