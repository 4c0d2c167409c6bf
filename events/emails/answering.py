"""The mails about one's own answer: confirm it, how it stands, a place became free, a reminder."""

import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import override

from affiliates.emails import absolute
from foundation.mail.outbox import queue_mail
from foundation.mail.rendering import render_mail
from members.models import Person

from ..event_pages import opens_way_in
from ..event_times import when_in_words
from ..links import answer_token
from ..models import Event, Rsvp
from .notices import place_of


def queue_confirmation_asked(rsvp: Rsvp, event: Event, *, now: datetime.datetime) -> None:
    """ "Press to confirm your answer." Says nothing that whoever posted it has typed, and whether there is a place only
    behind its link: it is made before that is known."""
    key = _at("confirm", now)
    _queue("answer_to_confirm", "answer to confirm", rsvp, event, to=rsvp.email, language=rsvp.language, key=key)


def queue_answered_already(rsvp: Rsvp, event: Event, *, email: str, language: str, now: datetime.datetime) -> None:
    """ "You have answered already", to the address (`email`, one of the person's) that was typed again."""
    _queue("answered_already", "answered already", rsvp, event, to=email, language=language, key=_at("already", now))


def queue_answer_stands(rsvp: Rsvp, event: Event, person: Person) -> None:
    """How the answer stands now, with the way in for those who have one: after it was confirmed, changed, cancelled."""
    if email := person.primary_email:
        key = f"stands:{rsvp.revision}"
        _queue("answer_stands", "event answered", rsvp, event, to=email.address, language=person.language, key=key)


def queue_place_free(rsvp: Rsvp) -> None:
    """ "There is a place for you", to somebody of the line; who has not confirmed yet is asked to. Uses
    `rsvp.person.emails` where it is prefetched."""
    email, language = _reader(rsvp)
    if email and rsvp.got_place_at:
        key = _at("place", rsvp.got_place_at)
        _queue("answer_got_place", "event place free", rsvp, rsvp.event, to=email, language=language, key=key)


def queue_reminder(rsvp: Rsvp, *, is_today: bool) -> None:
    """ "Tomorrow: …", "Today: …". An event that moves reminds anew. Uses `rsvp.person.emails` if it is prefetched."""
    email, language = _reader(rsvp)
    if email:
        key = _at("today" if is_today else "tomorrow", rsvp.event.starts_at)
        _queue(
            "event_reminder", "event reminder", rsvp, rsvp.event, to=email, language=language, key=key,
            is_owed=False, is_today=is_today,
        )  # fmt: skip


def _at(what: str, moment: datetime.datetime) -> str:
    return f"{what}:{moment.timestamp():.6f}"


def _reader(rsvp: Rsvp) -> tuple[str, str]:
    """Address and language of whoever answered; no address for a person who has none."""
    if rsvp.person is None:
        return rsvp.email, rsvp.language
    email = rsvp.person.primary_email
    return (email.address if email else ""), rsvp.person.language


def _queue(
    template: str,
    purpose: str,
    rsvp: Rsvp,
    event: Event,
    *,
    to: str,
    language: str,
    key: str,
    is_owed: bool = True,
    **context: Any,
) -> None:
    """`is_owed`: asked for by answering, so that it goes out even to those who unsubscribed."""
    mail = render_mail(f"events/{template}", {**_facts(rsvp, event, language), **context}, language)
    queue_mail(
        to=to,
        **mail._asdict(),
        purpose=purpose,
        scope=event.group.scope if event.group else "network",
        from_name=event.group.name if event.group else "",
        language=language,
        key=f"{rsvp.source}:{key}",
        is_transactional=is_owed,
    )


def _facts(rsvp: Rsvp, event: Event, language: str) -> dict[str, Any]:
    is_let_in = opens_way_in(rsvp)
    with override(language):
        return {
            "event": event,
            "rsvp": rsvp,
            "guests": rsvp.party_size - 1,
            "when": when_in_words(event.starts_at, event.ends_at, event.time_zone),
            "place": place_of(event, is_exact=is_let_in or event.is_address_public),
            "shows_link": is_let_in or event.is_link_public,
            "answer_link": absolute(reverse("answer", args=[answer_token(rsvp)])),
            "calendar_link": absolute(reverse("answer_calendar", args=[answer_token(rsvp)])),
        }
