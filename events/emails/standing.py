"""The mails to the hosts of an event about where it stands, and about holding it together."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import override

from affiliates.emails import absolute
from foundation.accounts.models import User
from foundation.mail.outbox import queue_mail
from foundation.mail.rendering import render_mail

from ..event_times import when_in_words
from ..hosts import hosts_of, keepers_of
from ..models import Cohost, Event


def queue_event_approved(event: Event) -> None:
    """ "Your event is on the site", with its address."""
    _to_hosts(event, "event_approved", "event approved", page=absolute(event.get_absolute_url()))


def queue_changes_asked(event: Event) -> None:
    """What staff ask to have changed; the event is a draft again."""
    _to_hosts(event, "event_changes", "event changes asked")


def queue_event_declined(event: Event) -> None:
    """That staff said no, and why."""
    _to_hosts(event, "event_declined", "event declined")


def queue_event_handed_on(event: Event) -> None:
    """To the group that goes on with it alone: the one that planned it has left the network."""
    _to_hosts(event, "event_handed_on", "event handed on")


def queue_event_cancelled(event: Event, *, by: User | None) -> None:
    """To all others who keep it, of all groups that hold it: it is off, and why."""
    others = [user for user in keepers_of(hosts_of(event)) if user != by]
    _to_users(others, event, "event_cancelled_to_hosts", "event cancelled, to hosts", about=str(event.revision))


def queue_cohost_asked(cohost: Cohost) -> None:
    """ "Akron asks whether you hold this event together." To those who keep the group that is asked."""
    link = absolute(reverse("cohost_invitation", args=[cohost.group.slug, cohost.pk]))
    keepers, asked = keepers_of([cohost.group]), {"group": cohost.group, "link": link}
    _to_users(keepers, cohost.event, "cohost_asked", "co-host asked", about=str(cohost.pk), **asked)


def queue_cohost_answered(cohost: Cohost) -> None:
    """What the group that was asked has said, to those who keep the event."""
    said = {
        "other": cohost.group,
        "has_accepted": cohost.accepted_at is not None,
        "link": absolute(reverse("event_hosts", args=[cohost.event_id])),
    }
    keepers = _keepers_of_event(cohost.event)
    _to_users(keepers, cohost.event, "cohost_answered", "co-host answered", about=str(cohost.pk), **said)


def _to_hosts(event: Event, template: str, purpose: str, **context: Any) -> None:
    _to_users(_keepers_of_event(event), event, template, purpose, about=str(event.revision), **context)


def _keepers_of_event(event: Event) -> list[User]:
    """Those who keep the group whose event it is; of one of the network, whoever wrote it down."""
    if event.group:
        return list(keepers_of([event.group]))
    return [event.made_by] if event.made_by and event.made_by.is_active else []


def _to_users(users: Iterable[User], event: Event, template: str, purpose: str, *, about: str, **context: Any) -> None:
    """Mail each of `users` once of `purpose` and `about`, the revision or the row that it is of."""
    for user in users:
        with override(user.language):
            when = when_in_words(event.starts_at, event.ends_at, event.time_zone)
        everything = {"event": event, "when": when, "link": absolute(reverse("event_home", args=[event.pk])), **context}
        mail = render_mail(f"events/{template}", everything, user.language)
        # Owed to them whatever they unsubscribed from: what became of what they asked for, or are asked.
        queue_mail(
            to=user.email,
            **mail._asdict(),
            purpose=purpose,
            scope=event.group.scope if event.group else "network",
            language=user.language,
            key=f"{event.scope}:{purpose}:{about}:{user.pk}",
            is_transactional=True,
        )
