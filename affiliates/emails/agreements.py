"""The mails about a group's agreement, to its points of contact, each in their language."""

from typing import Any

from django.urls import reverse

from foundation.accounts.models import User
from foundation.mail.outbox import queue_mail
from foundation.mail.rendering import render_mail

from ..models import Agreement, Role
from . import absolute


def queue_sign_reminder(agreement: Agreement, *, number: int) -> None:
    """ "Your agreement is waiting to be signed", with the day until which it can be."""
    _to_contacts(agreement, "agreement_reminder", purpose="reminder to sign", key=f"reminder:{number}", is_owed=False)


def queue_agreement_signed(agreement: Agreement) -> None:
    """Who signed for the group, so that another contact hears of it, and what happens next."""
    _to_contacts(agreement, "agreement_signed", purpose="agreement signed", key="signed")


def queue_agreement_expired(agreement: Agreement) -> None:
    """That the time to sign is over, and how to begin again."""
    _to_contacts(agreement, "agreement_expired", purpose="agreement expired", key="expired")


def queue_agreement_declined(agreement: Agreement) -> None:
    """That national does not countersign, and why."""
    _to_contacts(agreement, "agreement_declined", purpose="agreement declined", key="declined")


def queue_agreement_sealed(agreement: Agreement) -> None:
    """Where to get the sealed agreement and its certificate of completion: a link, which asks to sign in."""
    _to_contacts(agreement, "agreement_sealed", purpose="agreement sealed", key="sealed")


def _to_contacts(agreement: Agreement, name: str, *, purpose: str, key: str, is_owed: bool = True) -> None:
    """The mail of this name to each point of contact, once; `is_owed` also to those who unsubscribed."""
    group = agreement.group
    contacts = User.objects.filter(group_roles__group=group, group_roles__role=Role.CONTACT, is_active=True)
    for contact in contacts.order_by("pk"):
        context: dict[str, Any] = {
            "agreement": agreement,
            "group": group,
            "link": absolute(reverse("agreement", args=[agreement.reference])),
            "begin": absolute(reverse("group_agreement", args=[group.slug])),
        }
        mail = render_mail(f"affiliates/{name}", context, contact.language)
        queue_mail(
            to=contact.email,
            **mail._asdict(),
            purpose=purpose,
            scope=group.scope,
            language=contact.language,
            key=f"agreement:{agreement.pk}:{key}:{contact.pk}",
            is_transactional=is_owed,
        )
