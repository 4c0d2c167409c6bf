"""The event that a post answers, with no more of it than that takes: at a rush, reading all of it takes longest."""

from typing import Any

from django.db import DEFAULT_DB_ALIAS

from affiliates.models import Group

from .models import Event

# Public as EventQuerySet.public has it.
_ANSWERED = """
SELECT event.id, event.slug, event.title, event.state, event.call_id, event.group_id, event.format, event.starts_at,
    event.ends_at, event.time_zone, event.venue_name, event.address, event.place_name, event.is_address_public,
    event.is_link_public, event.join_link, event.join_words, event.capacity, event.taken, event.most_guests,
    host.name AS host_name, host.slug AS host_slug, host.status AS host_status,
    EXISTS (SELECT FROM events_cohost WHERE event_id = event.id AND accepted_at IS NOT NULL) AS has_cohosts,
    EXISTS (SELECT FROM events_eventquestion WHERE event_id = event.id) AS has_questions
FROM events_event event LEFT JOIN affiliates_group host ON host.id = event.group_id
WHERE event.slug = %s AND event.approved_at IS NOT NULL AND event.state IN ('approved', 'cancelled')
"""


def event_to_answer(slug: str) -> Event | None:
    """The public event of this slug with its host, and whether it has co-hosts and questions; None for none.

    What is not read here is read when it is asked for.
    """
    found: Any = next(iter(Event.objects.raw(_ANSWERED, [slug])), None)
    if found is not None and found.group_id is not None:
        host = (found.group_id, found.host_name, found.host_slug, found.host_status)
        found.group = Group.from_db(DEFAULT_DB_ALIAS, ("id", "name", "slug", "status"), host)
    return found  # type: ignore[no-any-return]
