"""What a group's own people write on its public page."""

from dataclasses import dataclass

from django.db import transaction

from foundation.accounts.models import User
from foundation.audit.models import record

from .models import Group, GroupLink
from .permissions import can_keep_page

MOST_LINKS = 8


class PageError(Exception):
    """The page cannot be published."""


@dataclass(frozen=True)
class PageContent:
    """All that is edited at once. `links` are pairs of label and address, in their order."""

    about: str
    plan: str
    contact_email: str
    links: list[tuple[str, str]]


def content_of(group: Group) -> PageContent:
    """What stands on the page now."""
    links = [(link.label, link.url) for link in group.links.all()]
    return PageContent(group.about, group.plan, group.contact_email, links)


def publish_page(*, group: Group, content: PageContent, actor: User) -> None:
    """Put `content` on the page of `group`. Raises PageError where `actor` may not, or no longer may: the agreement
    may have ended while they wrote."""
    with transaction.atomic():
        locked = Group.objects.select_for_update(of=("self",), no_key=True).get(pk=group.pk)
        if not can_keep_page(actor, locked):
            raise PageError
        locked.about, locked.plan, locked.contact_email = content.about, content.plan, content.contact_email
        locked.save(update_fields=["about", "plan", "contact_email"])
        locked.links.all().delete()
        GroupLink.objects.bulk_create(GroupLink(group=locked, label=label, url=url) for label, url in content.links)
        record(actor=actor, action="published page", subject=locked.scope)
    group.refresh_from_db()
