"""The mails about the end of an agreement, and about coming back."""

from django.conf import settings
from django.urls import reverse

from foundation.accounts.models import User
from foundation.mail.outbox import queue_mail
from foundation.mail.rendering import render_mail

from ..models import Agreement, AgreementState, EndedBy, Group, Role
from . import absolute


def contacts_of(group: Group) -> list[User]:
    """The group's points of contact who can sign in, whatever became of the group."""
    contacts = User.objects.filter(group_roles__group=group, group_roles__role=Role.CONTACT, is_active=True)
    return list(contacts.order_by("pk"))


def queue_agreement_ended(agreement: Agreement) -> None:
    """ "The agreement of Akron has ended", to all contacts: by whom, why, and what that means from now on."""
    _to_contacts(agreement, "affiliation_ended", purpose="agreement ended", key="ended")


def queue_return_allowed(agreement: Agreement) -> None:
    """ "Akron may sign the agreement again", to all contacts."""
    _to_contacts(agreement, "return_allowed", purpose="return allowed", key="return")


def _to_contacts(agreement: Agreement, name: str, *, purpose: str, key: str) -> None:
    """The mail of this name to each contact, once; also to those who unsubscribed, because they are owed it."""
    group = agreement.group
    for contact in contacts_of(group):
        context = {
            "group": group,
            "agreement": agreement,
            "is_lapsed": agreement.state == AgreementState.LAPSED,
            "is_by_network": agreement.ended_by == EndedBy.NETWORK,
            "link": absolute(reverse("group_dashboard", args=[group.slug])),
            "network_email": settings.NETWORK_EMAIL,
        }
        mail = render_mail(f"affiliates/{name}", context, contact.language)
        queue_mail(
            to=contact.email,
            **mail._asdict(),
            purpose=purpose,
            scope=group.scope,
            language=contact.language,
            key=f"agreement:{agreement.pk}:{key}:{contact.pk}",
            is_transactional=True,
        )
