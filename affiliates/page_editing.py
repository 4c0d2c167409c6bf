"""What a group's own people write on its public page."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from foundation.accounts.models import User
from foundation.audit.models import record
from foundation.places.models import Area, AreaZipCode, ZipCode

from .models import Group, GroupLink
from .permissions import can_keep_page
from .text_objections import objections_to_page, page_text

MOST_LINKS = 8
MOST_AREAS = 60
AREAS_WITHIN_MILES = 50


class PageError(Exception):
    """The page cannot be published."""


class PageTextError(PageError):
    """Something speaks against what is written; the message, for who wrote it, says what."""


@dataclass(frozen=True)
class PageContent:
    """All that is edited at once. `links` are pairs of label and address, in their order; `areas` are those served."""

    about: str
    plan: str
    contact_email: str
    links: list[tuple[str, str]]
    areas: tuple[Area, ...] = ()


def content_of(group: Group) -> PageContent:
    """What stands on the page now."""
    links = [(link.label, link.url) for link in group.links.all()]
    areas = tuple(group.areas_served.order_by("name", "pk"))
    return PageContent(group.about, group.plan, group.contact_email, links, areas)


def areas_to_choose_from(group: Group) -> list[Area]:
    """The areas that `group` may say it serves, by name: those that reach within 50 miles of its home (60 at most),
    and those that it serves already."""
    near: list[int] = []
    if group.point:
        codes = ZipCode.objects.within(group.point, AREAS_WITHIN_MILES).values("pk")
        found = AreaZipCode.objects.filter(zip_code__in=codes).order_by("area").values_list("area", flat=True)
        near = list(found.distinct()[:MOST_AREAS])
    served = group.areas_served.order_by().values("pk")
    return list(Area.objects.filter(Q(pk__in=near) | Q(pk__in=served)).order_by("name", "pk"))


def publish_page(*, group: Group, content: PageContent, actor: User) -> None:
    """Put `content` on the page of `group`.

    Raises PageTextError where an app above objects to the words (text_objections), and PageError where `actor` may
    not publish, or no longer may: the agreement may have ended while they wrote.
    """
    with transaction.atomic():
        locked = Group.objects.select_for_update(of=("self",), no_key=True).get(pk=group.pk)
        if not can_keep_page(actor, locked):
            raise PageError
        text = page_text(about=content.about, plan=content.plan, labels=[label for label, _url in content.links])
        if found := objections_to_page(locked, text):
            raise PageTextError(" ".join(found))
        locked.about, locked.plan, locked.contact_email = content.about, content.plan, content.contact_email
        locked.save(update_fields=["about", "plan", "contact_email"])
        locked.links.all().delete()
        GroupLink.objects.bulk_create(GroupLink(group=locked, label=label, url=url) for label, url in content.links)
        locked.areas_served.set(content.areas)
        record(actor=actor, action="published page", subject=locked.scope)
    group.refresh_from_db()
