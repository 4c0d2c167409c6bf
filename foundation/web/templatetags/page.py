"""Template tags that every template may use (a builtin)."""

from urllib.parse import urlencode

from django import template
from django.http import QueryDict
from django.template.context import RequestContext

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
