"""Template tags that every template may use (a builtin)."""

import json
from typing import Any
from urllib.parse import urlencode

from django import forms, template
from django.http import QueryDict
from django.template.context import RequestContext
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

register = template.Library()


@register.simple_tag(takes_context=True)
def query_with(context: RequestContext, **changes: object) -> str:
    """The present query string with `changes`; a change to None or "" drops the parameter."""
    query: QueryDict = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return "?" + urlencode(list(query.items()), doseq=True)


# What would end the script element early, written so that JSON still reads the same.
_ESCAPED = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


@register.filter
def ld_json(data: dict[str, Any]) -> SafeString:
    """`data` as a JSON-LD block: a data block, which a strict CSP lets stand because nothing runs it."""
    text = json.dumps(data, ensure_ascii=False).translate(_ESCAPED)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')


@register.filter
def in_words(field: forms.BoundField) -> list[str]:
    """What is wrong with a field, for the summary and for the field itself.

    "This field is required." does not tell in a summary which field it is: the missing ones are named.
    """
    words: list[str] = []
    for error in field.errors.as_data():
        is_missing = error.code == "required" and error.message == forms.Field.default_error_messages["required"]
        words += [_missing(field)] if is_missing else error.messages
    return words


def _missing(field: forms.BoundField) -> str:
    label = {"label": field.label}
    match field.field:
        case forms.BooleanField():
            return _("Tick the box: “%(label)s”.") % label
        case forms.FileField():
            return _("Choose a file: “%(label)s”.") % label
        case forms.ChoiceField() | forms.ModelChoiceField():
            return _("Choose an answer: “%(label)s”.") % label
        case _other:
            return _("Fill in “%(label)s”.") % label
