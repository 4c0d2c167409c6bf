"""Template tags of groups."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ..finder import WITHIN_CHOICES, FoundGroup, describe_activity, describe_miles
from ..models import day_in_words

register = template.Library()


@register.simple_tag
def group_list(groups: Sequence[FoundGroup]) -> SafeString:
    """The list of `groups` with distance, next event and last activity.

    In Python and not in a template, and each value escaped by the standard library: twenty rows of template
    nodes took longer than all else of the finder's page and its queries together (`./dev bench finder`).
    """
    words = _Words(get_language() or "en", escape(_("Next event")), escape(_("Last active")))
    rows = "".join(
        f'<li class="result"><h3 class="result-title">'
        f'<a href="{escape(group.url)}"><bdi>{escape(group.name)}</bdi></a></h3>'
        f'{_distance(group, words)}<p class="result-where">{escape(group.place_name)}</p>'
        f"{_facts(group, words)}</li>\n"
        for group in groups
    )
    return mark_safe(f'<ol class="results">\n{rows}</ol>')


class _Words(NamedTuple):
    """What is the same in every row."""

    language: str
    next_event: str
    last_active: str


def _distance(group: FoundGroup, words: _Words) -> str:
    if group.miles is None:
        return ""
    return f'<p class="distance">{escape(describe_miles(group.miles, words.language))}</p>'


def _facts(group: FoundGroup, words: _Words) -> str:
    facts = ""
    if group.next_event_at:
        day = day_in_words(group.next_event_at, group.time_zone)
        facts += f"<div><dt>{words.next_event}</dt><dd>{escape(day)}</dd></div>"
    if group.last_active_at:
        month = describe_activity(group.last_active_at, words.language)
        facts += f"<div><dt>{words.last_active}</dt><dd>{escape(month)}</dd></div>"
    return f'<dl class="facts">{facts}</dl>' if facts else ""


@register.simple_tag
def within_choices() -> list[tuple[int, str]]:
    """The distances that a search can be narrowed to, in miles and in words."""
    return [(miles, describe_miles(miles, get_language() or "en")) for miles in WITHIN_CHOICES]


@register.filter("miles")
def miles_in_words(distance: float) -> str:
    """A distance in miles in words."""
    return describe_miles(distance, get_language() or "en")
