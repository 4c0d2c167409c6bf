"""The mails about the review of an application: to the group's contacts, each in their language, and to staff."""

import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from foundation.accounts.models import User
from foundation.mail.outbox import queue_mail
from foundation.mail.rendering import render_mail

from ..application_tasks import AskedChange
from ..models import Agreement, Application, Group, NameDispute, Role
from . import absolute


def queue_application_filed(application: Application, to: User, *, at: datetime.datetime) -> None:
    """ "Akron has filed an application", to whom of the staff it is assigned."""
    context = {"application": application, "link": absolute(reverse("national_application", args=[application.pk]))}
    mail = render_mail("affiliates/application_to_review", context, to.language)
    queue_mail(
        to=to.email,
        **mail._asdict(),
        purpose="application to review",
        scope="staff",
        language=to.language,
        key=f"application:{application.pk}:filed:{at.timestamp()}",
        is_transactional=True,
    )


def queue_changes_asked(application: Application, asked: list[AskedChange]) -> None:
    """What staff ask to have changed, question by question."""
    _to_applicants(application, "application_changes", purpose="changes asked", asked=asked)


def queue_application_approved(application: Application) -> None:
    """That staff said yes, and what is left."""
    _to_applicants(application, "application_approved", purpose="application approved")


def queue_application_declined(application: Application, reason: str) -> None:
    """That staff said no, and why."""
    _to_applicants(application, "application_declined", purpose="application declined", reason=reason)


def queue_affiliation_in_force(agreement: Agreement) -> None:
    """ "Your group is an affiliate now", and what it can do."""
    group = agreement.group
    context = {
        "group": group,
        "page": absolute(group.get_absolute_url()),
        "organize": absolute(reverse("organize")),
    }
    _to_contacts(
        group, "affiliation_in_force", context, purpose="affiliation in force", key=f"agreement:{agreement.pk}:in force"
    )


def queue_dispute_settled(dispute: NameDispute) -> None:
    """The outcome of a dispute about a name and why, to both sides. Neither learns more of the other than the name."""
    own = dispute.application
    context = {"dispute": dispute, "outcome": dispute.outcome}
    if own.group:
        _to_contacts(
            own.group, "dispute_settled", {**context, "is_applicant": True, "about": own, "other": dispute.other},
            purpose="dispute settled", key=f"dispute:{dispute.pk}:settled",
        )  # fmt: skip
    other = dispute.other_group or (dispute.other_application.group if dispute.other_application else None)
    if other:
        _to_contacts(
            other, "dispute_settled", {**context, "is_applicant": False, "about": dispute.other, "other": own},
            purpose="dispute settled", key=f"dispute:{dispute.pk}:settled",
        )  # fmt: skip


def _to_applicants(application: Application, name: str, *, purpose: str, **context: Any) -> None:
    """To the contacts of the application's group, with the way to its page; once for each revision of it."""
    context |= {
        "application": application,
        "link": absolute(reverse("application_status", args=[application.pk])),
    }
    key = f"application:{application.pk}:{purpose}:{application.revision}"
    if application.group:
        _to_contacts(application.group, name, context, purpose=purpose, key=key)


def _to_contacts(group: Group, name: str, context: dict[str, Any], *, purpose: str, key: str) -> None:
    for contact in contacts_of(group):
        mail = render_mail(f"affiliates/{name}", context, contact.language)
        # Owed to them whatever they unsubscribed from: what became of what they asked for.
        queue_mail(
            to=contact.email,
            **mail._asdict(),
            purpose=purpose,
            scope=group.scope,
            language=contact.language,
            key=f"{key}:{contact.pk}",
            is_transactional=True,
        )


def contacts_of(group: Group) -> QuerySet[User]:
    """Those who answer for the group and can sign in, in the order in which they came."""
    contacts = User.objects.filter(group_roles__group=group, group_roles__role=Role.CONTACT, is_active=True)
    return contacts.order_by("group_roles__since", "pk")
