"""The mail that tells the contacts of a group what it endorses."""

from django.urls import reverse

from affiliates.emails import absolute
from affiliates.emails.ending import contacts_of
from foundation.accounts.models import User
from foundation.mail.outbox import queue_mail
from foundation.mail.rendering import render_mail

from ..models import GroupEndorsement


def queue_group_endorsed(endorsement: GroupEndorsement, *, by: User) -> None:
    """ "Akron endorses Jane Kim", to the other contacts of the group: by whom, and where it can be withdrawn."""
    for contact in contacts_of(endorsement.group):
        if contact == by:
            continue
        context = {
            "endorsement": endorsement,
            "group": endorsement.group,
            "who": by,
            "link": absolute(reverse("group_endorsements", args=[endorsement.group.slug])),
        }
        mail = render_mail("endorsements/group_endorsed", context, contact.language)
        queue_mail(
            to=contact.email,
            **mail._asdict(),
            purpose="group endorsement",
            scope=endorsement.group.scope,
            language=contact.language,
            key=f"groupendorsement:{endorsement.pk}:{contact.pk}",
            is_transactional=True,  # it is done in the name of their group
        )
