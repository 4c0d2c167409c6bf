"""Writing to a group without seeing its address."""

from django.conf import settings
from django.db import transaction

from . import emails
from .models import Group, Role


def contact_addresses(group: Group) -> list[str]:
    """Where a message to `group` goes: its contacts and organizers, else its own address, else national's."""
    roles = group.roles.filter(role__in=[Role.CONTACT, Role.ORGANIZER], user__is_active=True)
    addresses = sorted(set(roles.values_list("user__email", flat=True)))
    return addresses or [group.contact_email or settings.NETWORK_EMAIL]


def write_to_group(*, group: Group, name: str, email: str, message: str) -> None:
    """Mail `message` to those who answer for the group; they reply to `email` directly."""
    with transaction.atomic():
        for address in contact_addresses(group):
            emails.queue_message_to_group(group, to=address, name=name, email=email, message=message)


def write_to_national(*, name: str, email: str, place: str, message: str) -> None:
    """Mail national that somebody wants to start a group."""
    emails.queue_wish_to_start(name=name, email=email, place=place, message=message)
