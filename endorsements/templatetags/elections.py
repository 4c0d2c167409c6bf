"""Template filters of elections."""

import datetime

from django import template

from ..elections import days_left_in_words

register = template.Library()


@register.filter
def days_left(day: datetime.date | None, today: datetime.date) -> str:
    """ "in 12 days", "tomorrow", "past"; "" for a day that nobody knows."""
    return days_left_in_words(day, today)
