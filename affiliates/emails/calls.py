"""The mails about calls, one function each, and who reads them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import override

from foundation.mail.outbox import queue_mail
from foundation.mail.rendering import render_mail
from members.models import Person

from ..call_times import have_same_clocks, when_in_words
from ..models import AgendaQuestion, Call, CallAnswer, Group
from . import absolute


class Reader(NamedTuple):
    """Whoever gets a mail: the address, their language, and the zone of their clocks where it is known."""

    address: str
    language: str
    time_zone: str = ""


def reader_of(person: Person) -> Reader | None:
    """The person as a reader; None for somebody without an address. Uses `emails` where it is prefetched."""
    email = person.primary_email
    return Reader(email.address, person.language, person.time_zone) if email else None


def queue_call_answered(call: Call, reader: Reader, *, answer: CallAnswer) -> None:
    """ "You are signed up", with the way in. Asked for just now: it answers even those who unsubscribed."""
    key = f"{answer.source}:answered:{answer.answered_at.timestamp():.0f}"
    _queue("call_answered", "call answered", call, reader, key=key, is_transactional=True)


def queue_call_reminder(call: Call, reader: Reader, *, answer: CallAnswer, reminder: str) -> None:
    """ "Your call is soon." `reminder` names which of the reminders it is; a call that moves reminds anew."""
    key = f"{answer.source}:{reminder}:{call.starts_at.timestamp():.0f}"
    _queue("call_reminder", "call reminder", call, reader, key=key)


def queue_call_moved(call: Call, reader: Reader, *, before: Any) -> None:
    """The old and the new time. `before` has the times that the call had. Owed to whoever signed up: it goes out even
    to those who unsubscribed."""
    old = _times(before, reader)
    _queue("call_moved", "call moved", call, reader, key=_key(call, reader, "moved"), is_transactional=True, before=old)


def queue_call_way_in_changed(call: Call, reader: Reader) -> None:
    """The time stands; the link, or the other way to join, is another."""
    _queue("call_way_in_changed", "call changed", call, reader, key=_key(call, reader, "way in"), is_transactional=True)


def queue_call_cancelled(call: Call, reader: Reader) -> None:
    """It does not take place."""
    _queue("call_cancelled", "call cancelled", call, reader, key=_key(call, reader, "cancelled"), is_transactional=True)


def queue_regional_call_set(call: Call, reader: Reader, *, group: Group) -> None:
    """To a contact of a group of the region: when the call is, and that questions can be put on its agenda."""
    link = absolute(reverse("group_calls", args=[group.slug]))
    _queue(
        "regional_call_set", "regional call set", call, reader, key=_key(call, reader, "set"), link=link, group=group
    )


def queue_regional_answers(call: Call, reader: Reader, *, group: Group, questions: Sequence[AgendaQuestion]) -> None:
    """To a contact of a group of the region: what was answered on the call, and where it stands with the follow-ups."""
    link = absolute(reverse("group_calls", args=[group.slug]))
    key = _key(call, reader, "answers")
    _queue(
        "regional_answers", "regional call answered", call, reader, key=key, link=link, group=group, questions=questions
    )


def _key(call: Call, reader: Reader, what: str) -> str:
    return f"call:{call.pk}:{what}:{call.revision}:{reader.address}"


def _queue(
    template: str, purpose: str, call: Call, reader: Reader, *, key: str, is_transactional: bool = False, **context: Any
) -> None:
    with override(reader.language):
        title = call.title
    everything = {"call": call, "title": title, "when": _times(call, reader), "calls": _where(call), **context}
    mail = render_mail(f"affiliates/{template}", everything, reader.language)
    queue_mail(
        to=reader.address,
        **mail._asdict(),
        purpose=purpose,
        scope="network",
        language=reader.language,
        key=key,
        is_transactional=is_transactional,
    )


def _where(call: Call) -> str:
    """The page on which an answer is taken back."""
    return absolute(reverse("organize" if call.region_id else "organizing_calls"))


def _times(call: Any, reader: Reader) -> list[str]:
    """When it is: on the call's clocks and, where they show another time, on the reader's."""
    zones = [call.time_zone]
    if reader.time_zone and not have_same_clocks(call.time_zone, reader.time_zone, call.starts_at):
        zones.append(reader.time_zone)
    with override(reader.language):
        return [when_in_words(call.starts_at, call.ends_at, zone) for zone in zones]
