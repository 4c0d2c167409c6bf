"""Writing to a group without seeing its address."""

from django.conf import settings
from django.db import transaction

from .emails import joining as emails
from .models import Group, Role


def contact_addresses(group: Group) -> dict[str, str]:
    """Where a message to `group` goes, each with its reader's language.

    To its contacts and organizers, else to its own address, else to national's.
    """
    roles = group.roles.filter(role__in=[Role.CONTACT, Role.ORGANIZER], user__is_active=True)
    languages = dict(roles.order_by("user__email").values_list("user__email", "user__language"))
    return languages or {group.contact_email or settings.NETWORK_EMAIL: settings.LANGUAGE_CODE}


def write_to_group(*, group: Group, name: str, email: str, message: str) -> None:
    """Mail `message` to those who answer for the group; they reply to `email` directly."""
    with transaction.atomic():
        for address, language in contact_addresses(group).items():
            emails.queue_message_to_group(group, to=address, language=language, name=name, email=email, message=message)
