"""The mails to those who answered an event: it moved, another way in, it is off, a host's message, thanks."""

import datetime
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from affiliates.emails import absolute
from foundation.mail.models import OutgoingMail, Priority
from foundation.mail.outbox import queue_mail
from foundation.mail.rendering import RenderedMail, render_mail

from ..event_pages import opens_way_in
from ..event_times import when_in_words
from ..links import answer_token
from ..models import Event, EventNotice, NoticeKind, Rsvp

MESSAGE = "event message"


class _Kind(NamedTuple):
    """How a kind of notice goes out. One that is owed goes to those who unsubscribed, too: they asked for a place."""

    template: str
    purpose: str
    is_owed: bool


_KINDS = {
    NoticeKind.MOVED: _Kind("event_moved", "event moved", is_owed=True),
    NoticeKind.LINK: _Kind("event_way_in_changed", "event changed", is_owed=True),
    NoticeKind.CANCELLED: _Kind("event_cancelled", "event cancelled", is_owed=True),
    NoticeKind.MESSAGE: _Kind("event_message", MESSAGE, is_owed=False),
    NoticeKind.THANKS: _Kind("event_thanks", "event thanks", is_owed=False),
}


def queue_notice_mails(notice: EventNotice, answers: Iterable[Rsvp], *, next_one: Event | None = None) -> int:
    """One mail of `notice` to each person of `answers` who has an address; returns how many.

    `next_one` is what a mail of thanks points to. Uses `rsvp.person.emails` where it is prefetched.
    """
    kind, count = _KINDS[NoticeKind(notice.kind)], 0
    for rsvp in answers:
        email = rsvp.person.primary_email if rsvp.person else None
        if rsvp.person is None or email is None:
            continue
        mail = _render(notice, rsvp, next_one, rsvp.person.language)
        _queue(notice, kind, mail, to=email.address, language=rsvp.person.language, key=f"{keys_of(notice)}{rsvp.pk}")
        count += 1
    return count


def keys_of(notice: EventNotice) -> str:
    """How the keys of a notice's mails in the outbox begin; the answer's follows."""
    return f"event-notice:{notice.pk}:"


def render_message(event: Event, *, subject: str, text: str, language: str) -> RenderedMail:
    """A host's message as mail. Its words are the host's; what stands around them is in `language`."""
    context = {"event": event, "message_subject": subject, "message": text, "link": absolute(event.get_absolute_url())}
    return render_mail("events/event_message", context, language)


def queue_message_test(event: Event, *, subject: str, text: str, reply_to: str, to: str, language: str) -> OutgoingMail:
    """The message as its recipients will get it, to whoever writes it."""
    mail = render_message(event, subject=subject, text=text, language=language)
    return queue_mail(
        to=to, **mail._asdict(), purpose="test of an event message", scope=_scope(event), from_name=_sender(event),
        language=language, reply_to=reply_to,
    )  # fmt: skip


def place_of(event: Event, *, is_exact: bool = True) -> str:
    """Where it is: "Public library, 449 Broadway, Cambridge, MA", "online", or both; the city only if not exact."""
    venue = [event.venue_name, event.address, event.place_name] if is_exact else [event.place_name]
    parts = [*(venue if event.has_venue else []), _("online") if event.is_online else ""]
    return ", ".join(part for part in parts if part)


def _render(notice: EventNotice, rsvp: Rsvp, next_one: Event | None, language: str) -> RenderedMail:
    event = notice.event
    if notice.kind == NoticeKind.MESSAGE:
        return render_message(event, subject=notice.subject, text=notice.text, language=language)
    sees_way_in = opens_way_in(rsvp)
    is_exact = sees_way_in or event.is_address_public
    with override(language):
        context = {
            "event": event,
            "rsvp": rsvp,
            "when": when_in_words(event.starts_at, event.ends_at, event.time_zone),
            "place": place_of(event, is_exact=is_exact),
            "before": _before(notice, is_exact=is_exact),
            "shows_link": sees_way_in or event.is_link_public,
            "link": absolute(event.get_absolute_url()),
            "answer_link": absolute(reverse("answer", args=[answer_token(rsvp)])),
            "calendar_link": absolute(reverse("answer_calendar", args=[answer_token(rsvp)])),
            "next": _next(next_one),
        }
    return render_mail(f"events/{_KINDS[NoticeKind(notice.kind)].template}", context, language)


def _before(notice: EventNotice, *, is_exact: bool) -> dict[str, str]:
    """Time and place as they were told before, where they are others now; {} where that is not known."""
    told, event = notice.before, notice.event
    if not told:
        return {}
    starts_at, ends_at = (datetime.datetime.fromisoformat(told[name]) for name in ("starts_at", "ends_at"))
    is_same_time = (starts_at, ends_at, told["time_zone"]) == (event.starts_at, event.ends_at, event.time_zone)
    when = "" if is_same_time else when_in_words(starts_at, ends_at, told["time_zone"])
    return {"when": when, "place": told.get("place", "") if is_exact else ""}


def _next(event: Event | None) -> dict[str, Any]:
    if event is None:
        return {}
    return {
        "title": event.title,
        "when": when_in_words(event.starts_at, event.ends_at, event.time_zone),
        "place": place_of(event, is_exact=event.is_address_public),
        "link": absolute(event.get_absolute_url()),
    }


def _queue(notice: EventNotice, kind: _Kind, mail: RenderedMail, *, to: str, language: str, key: str) -> None:
    queue_mail(
        to=to,
        **mail._asdict(),
        purpose=kind.purpose,
        scope=_scope(notice.event),
        from_name=_sender(notice.event),
        language=language,
        reply_to=notice.reply_to,
        key=key,
        is_transactional=kind.is_owed,
        priority=Priority.SOON if kind.is_owed else Priority.BULK,
    )


def _scope(event: Event) -> str:
    return event.group.scope if event.group else "network"


def _sender(event: Event) -> str:
    return event.group.name if event.group else ""
