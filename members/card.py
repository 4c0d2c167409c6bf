"""The member card: a page, a PDF for the wallet, and a code that says whether it is valid today."""

from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core import signing
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.documents.kinds import Sheet, SubjectGoneError, Visitor
from foundation.documents.qr import qr_svg

from .models import Membership, Merge, Person

CARD = "member_card"
_SIGNER = signing.Signer(salt="members.card")
# People are merged seldom, and merged people again hardly ever.
_MOST_MERGES = 5
# In the widest letters it fills what the card has beside the code.
_LONGEST_NAME = 60


class ForgedCardError(Exception):
    """The code was not made here."""


def card_token(person: Person) -> str:
    """What the code on the card says: the person's number in our books and a signature; nothing about them."""
    return _SIGNER.sign(str(person.pk))


def card_address(person: Person) -> str:
    """The absolute address that the card's code leads to."""
    return f"{settings.SITE_URL}{reverse('card_check', args=[card_token(person)])}"


def membership_of_card(token: str) -> Membership | None:
    """The membership that this card speaks of, or None where it has ended or its owner is gone.

    The card of somebody who was merged with another is that other's. Raises ForgedCardError.
    """
    try:
        pk = int(_SIGNER.unsign(token))
    except (signing.BadSignature, ValueError) as error:
        raise ForgedCardError from error
    for _attempt in range(_MOST_MERGES):
        merge = Merge.objects.filter(gone_id=pk, undone_at__isnull=True).first()
        if merge is None:
            break
        pk = merge.kept_id
    return Membership.objects.select_related("person").filter(person_id=pk).first()


def card_code(person: Person) -> str:
    """The code as an <svg>."""
    return qr_svg(card_address(person), label=_("Leads to a page that says whether this card is valid"))


# --- the PDF ------------------------------------------------------------------------------------------------------


def subject_of(person: Person) -> str:
    """The key of documents about this person."""
    return f"person:{person.pk}"


def build_card(subject: str) -> Sheet:
    """The card as it is today, 85.6 by 54 millimetres (ISO/IEC 7810, ID-1). Raises SubjectGoneError for non-members."""
    membership = Membership.objects.select_related("person").filter(person_id=_person_id(subject)).first()
    if membership is None:
        raise SubjectGoneError
    person = membership.person
    context = {
        "name": Truncator(person.full_name).chars(_LONGEST_NAME),
        "membership": membership,
        "network": settings.NETWORK_NAME,
        "code": card_code(person),
    }
    return Sheet(
        title=_("Member card of %(name)s") % {"name": person.full_name or settings.NETWORK_NAME},
        html=render_to_string("members/me/card_pdf.html", context),
        css=_stylesheet(),
        language=get_language() or "en",
    )


def may_open_card(user: Visitor, subject: str) -> bool:
    """A card opens to its owner."""
    return isinstance(user, User) and Person.objects.of_user(user).filter(pk=_person_id(subject)).exists()


def back_from_card(subject: str) -> str:
    """The page on which the card is asked for."""
    return reverse("my_card")


def _person_id(subject: str) -> int:
    return int(subject.removeprefix("person:"))


def _stylesheet() -> str:
    return Path(str(finders.find("css/member-card.css"))).read_text()
