"""What the public page of a candidate says beyond the candidate: description, JSON-LD."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from .models import Candidate, CandidateLink, Endorsement, Race

_DESCRIPTION = 155  # characters that search engines show


def describe_candidate(candidate: Candidate, endorsement: Endorsement | None) -> str:
    """One sentence for search engines and link previews."""
    names = {"name": candidate, "race": candidate.race, "network": settings.NETWORK_NAME}
    if endorsement:
        return _("%(network)s endorses %(name)s for %(race)s.") % names
    if candidate.about:
        return Truncator(" ".join(candidate.about.split())).chars(_DESCRIPTION)
    return _("%(name)s stands for %(race)s.") % names


def describe_race(race: Race, endorsement: Endorsement | None) -> str:
    """The same for a race."""
    if endorsement:
        return describe_candidate(endorsement.candidate, endorsement)
    return _("Who stands for %(race)s on %(day)s, and whom the network endorses.") % {
        "race": race,
        "day": race.election_date.isoformat(),
    }


def candidate_data(
    candidate: Candidate, endorsement: Endorsement | None, links: Sequence[CandidateLink]
) -> dict[str, Any]:
    """The candidate as schema.org JSON-LD. Lists by name what is published; the campaign's address is not."""
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Person",
        "name": candidate.name,
        "url": f"{settings.SITE_URL}{candidate.get_absolute_url()}",
        "description": describe_candidate(candidate, endorsement),
        "sameAs": [link.url for link in links],
    }
    if candidate.party:
        data["affiliation"] = {"@type": "Organization", "name": candidate.party}
    if endorsement:
        data["subjectOf"] = {
            "@type": "EndorseAction",
            "agent": {"@type": "NGO", "name": settings.NETWORK_NAME, "url": settings.SITE_URL},
            "startTime": endorsement.public_from.isoformat() if endorsement.public_from else "",
            "result": str(candidate.race),
        }
    return data
