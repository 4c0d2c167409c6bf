"""What a group's public page says beyond the group itself."""

from typing import Any

from django.conf import settings
from django.utils.text import Truncator
from django.utils.translation import gettext

from .finder import COLUMNS, FoundGroup, found_by_distance
from .models import Group


def nearest_others(group: Group, *, limit: int = 3) -> list[FoundGroup]:
    """The listed groups nearest to `group`, without itself."""
    if group.point is None:
        return []
    found = Group.objects.listed().exclude(pk=group.pk).nearest_to(group.point)
    return [found_by_distance(row) for row in found.values_list(*COLUMNS, "chord")[:limit]]


def describe(group: Group) -> str:
    """One sentence about the group for search engines and link previews."""
    if group.about:
        return Truncator(group.about).chars(155)
    return gettext("A local group in %(place)s.") % {"place": group.place_name}


def structured_data(group: Group) -> dict[str, Any]:
    """The group as schema.org JSON-LD. Lists by name what is published; an address is not."""
    return {
        "@context": "https://schema.org",
        "@type": "NGO",
        "name": group.name,
        "url": f"{settings.SITE_URL}{group.get_absolute_url()}",
        "description": describe(group),
        "parentOrganization": {"@type": "NGO", "name": settings.NETWORK_NAME, "url": settings.SITE_URL},
        "location": {
            "@type": "Place",
            "name": group.place_name,
            "address": {
                "@type": "PostalAddress",
                "addressRegion": group.state,
                "postalCode": group.zip_code_id or "",
                "addressCountry": group.country,
            },
        },
        "sameAs": [link.url for link in group.links.all()],
    }
