"""Template tags of events."""

import datetime
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from affiliates.finder import describe_miles

from ..event_times import clock_in_words, start_in_words, when_in_words
from ..finding import FoundEvent
from ..models import Event, EventKind
from ..month import Entry

register = template.Library()


@register.simple_tag
def event_list(events: Sequence[FoundEvent], heading: int = 3) -> SafeString:
    """The list of `events`: when, where, whose, and how far. `heading` is the level of their titles.

    In Python for the reason that affiliates' group_list gives.
    """
    words = _Words(
        language=get_language() or "en",
        now=timezone.now(),
        online=escape(_("Online")),
        also_online=escape(_("In person and online")),
        kind=escape(_("Kind")),
        host=escape(_("Held by")),
        full=escape(_("Full: you can wait for a place")),
        repeats=escape(_("More dates on its page")),
        about=escape(_("about")),
    )
    rows = "".join(_row(event, words, heading) for event in events)
    return mark_safe(f'<ol class="results">\n{rows}</ol>')


class _Words(NamedTuple):
    """What is the same in every row."""

    language: str
    now: datetime.datetime
    online: str
    also_online: str
    kind: str
    host: str
    full: str
    repeats: str
    about: str


def _row(event: FoundEvent, words: _Words, heading: int) -> str:
    when = start_in_words(event.starts_at, event.time_zone, words.now)
    return (
        f'<li class="result"><h{heading} class="result-title">'
        f'<a href="{escape(event.url)}"><bdi>{escape(event.title)}</bdi></a></h{heading}>'
        f"{_distance(event, words)}"
        f'<p><time datetime="{event.starts_at:%Y-%m-%dT%H:%M:%S%z}">{escape(when)}</time></p>'
        f'<p class="result-where">{_where(event, words)}</p>{_facts(event, words)}</li>\n'
    )


def _distance(event: FoundEvent, words: _Words) -> str:
    if event.miles is None:
        return ""
    if event.is_address_public:
        return f'<p class="distance">{escape(describe_miles(event.miles, words.language))}</p>'
    # From the middle of a square of some three miles: a decimal would be a lie.
    return f'<p class="distance">{words.about} {escape(describe_miles(max(1, round(event.miles)), words.language))}</p>'


def _where(event: FoundEvent, words: _Words) -> str:
    if not event.has_venue:
        return words.online
    return f"{escape(event.place_name)} · {words.also_online}" if event.is_online else escape(event.place_name)


def _facts(event: FoundEvent, words: _Words) -> str:
    facts = f"<div><dt>{words.kind}</dt><dd>{escape(str(EventKind(event.kind).label))}</dd></div>"
    if event.host:
        facts += f"<div><dt>{words.host}</dt><dd><bdi>{escape(event.host)}</bdi></dd></div>"
    notes = (words.full if event.is_full else "", words.repeats if event.repeats else "")
    tags = "".join(f"<li>{note}</li>" for note in notes if note)
    return f'<dl class="facts">{facts}</dl>{f"""<ul class="tags">{tags}</ul>""" if tags else ""}'


@register.filter("when")
def when_it_is(event: Event) -> str:
    """Day and hours of an event on the clocks where it is held."""
    return when_in_words(event.starts_at, event.ends_at, event.time_zone)


@register.simple_tag
def event_kinds() -> list[tuple[str, str]]:
    """The kinds that a search can be narrowed to, each with its word."""
    return [(value, str(label)) for value, label in EventKind.choices]


@register.filter("starts")
def when_it_begins(event: Event) -> str:
    """Day and hour at which an event begins on the clocks where it is held."""
    return start_in_words(event.starts_at, event.time_zone, timezone.now())


@register.filter("on_clocks")
def on_clocks_of(event: Event, moment: datetime.datetime) -> str:
    """Day and hour of `moment` on the clocks where `event` is held."""
    return start_in_words(moment, event.time_zone, timezone.now())


@register.simple_tag
def entry_time(entry: Entry) -> SafeString:
    """The hour of an event in the month, as a <time>."""
    hour = escape(clock_in_words(entry.starts_at, entry.time_zone))
    return mark_safe(f'<time datetime="{entry.starts_at:%Y-%m-%dT%H:%M:%S%z}">{hour}</time>')
