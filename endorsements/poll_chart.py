"""The votes of a poll as a drawing: a bar for each choice, and the line that a majority has to pass. Pure.

The drawing stands beside the table that says the same; its letters and bars take their colours from the stylesheet.
"""

from collections.abc import Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

WIDTH = 360
"""Units across: those of a phone's screen, so that letters are as large there as text."""
_ROW, _BAR, _TOP = 46, 16, 8
_LABEL_FITS = 38


def draw_votes(lines: Iterable[tuple[str, int]], *, eligible: int, title: str) -> SafeString:
    """The SVG of `lines` (label, votes), each bar as long as its part of all `eligible` groups."""
    rows = list(lines)
    height = _TOP + _ROW * len(rows) + 20
    drawn = format_html_join("", "{}", ((_row(number, *row, eligible),) for number, row in enumerate(rows)))
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}'
        '<text class="chart-note" x="{}" y="{}">{}</text></svg>',
        WIDTH, height, title, drawn, WIDTH / 2, height - 4, _("half of all groups"),
    )  # fmt: skip


def _row(number: int, label: str, votes: int, eligible: int) -> SafeString:
    top = _TOP + _ROW * number
    shown = label if len(label) <= _LABEL_FITS else f"{label[: _LABEL_FITS - 1]}…"
    length = round(WIDTH * votes / eligible, 1) if eligible else 0
    return format_html(
        '<text x="0" y="{}">{}</text><text class="chart-number" x="{}" y="{}">{}</text>'
        '<rect class="chart-track" x="0" y="{}" width="{}" height="{}" rx="3"/>'
        '<rect class="chart-bar" x="0" y="{}" width="{}" height="{}" rx="3"/>'
        '<line class="chart-line" x1="{}" y1="{}" x2="{}" y2="{}"/>',
        top + 13, shown, WIDTH, top + 13, votes, top + 20, WIDTH, _BAR, top + 20, length, _BAR,
        WIDTH / 2, top + 17, WIDTH / 2, top + 23 + _BAR,
    )  # fmt: skip
