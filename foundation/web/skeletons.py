"""Pages that differ in a few words only: drawn once, then filled in at each visit.

Drawing a page's template took four times as long as finding what it shows (`./dev bench pages`). So for visitors of
whom nothing is known the template is drawn once in a process, with marks in place of the page's own words; each
visit puts its words, escaped, where the marks are. Whoever has a session gets the page drawn anew.
"""

import re
from collections.abc import Hashable, Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.csp import LazyNonce
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from .context import is_stranger

# Characters of the private use area, which the product's own texts do not use.
_MARK = re.compile("\ue000([A-Za-z_]+)\ue001")
MOST_KEPT = 256

type _Parts = tuple[str, ...]
_kept: dict[Hashable, _Parts] = {}


class SkeletonError(Exception):
    """The template says something that belongs to one visit alone, so it cannot be kept."""


def draw(
    request: HttpRequest, template: str, *, shape: Mapping[str, Hashable], words: Mapping[str, str]
) -> HttpResponse:
    """The page `template` with `shape` and `words` as its context.

    `words` are what the template only puts out; it must not test, filter or pass them on, for it may see a mark in
    their place. Everything that decides what the page looks like is in `shape`, of which there should be few
    different ones. Raises SkeletonError where the template uses a CSRF token or a nonce.
    """
    if settings.DEBUG or not is_stranger(request):
        return render(request, template, {**shape, **words})
    words = {"HERE": request.get_full_path(), **words}
    key = (template, get_language(), request.path, tuple(shape.items()))
    parts = _kept.get(key)
    if parts is None:
        parts = _draw_skeleton(request, template, shape, words)
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[key] = parts
    return HttpResponse("".join(_fill(parts, words)))


def _draw_skeleton(
    request: HttpRequest, template: str, shape: Mapping[str, Hashable], words: Mapping[str, str]
) -> _Parts:
    marks: dict[str, SafeString] = {name: mark_safe(f"\ue000{name}\ue001") for name in words}
    html = render_to_string(template, {**shape, **marks}, request)
    nonce = getattr(request, "_csp_nonce", None)
    if "CSRF_COOKIE_NEEDS_UPDATE" in request.META or (isinstance(nonce, LazyNonce) and nonce):
        raise SkeletonError(template)
    return tuple(_MARK.split(html))


def _fill(parts: _Parts, words: Mapping[str, str]) -> list[str]:
    """Every second part is the name of a word. One pass: what a visitor typed is never looked at for marks."""
    filled = list(parts)
    filled[1::2] = [conditional_escape(words[name]) for name in parts[1::2]]
    return filled
