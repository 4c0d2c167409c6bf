"""How the candidates whom national endorsed fared: in numbers, and as a drawing beside the table of them."""

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from .models import Endorsement, Level, Result

WIDTH = 360
_ROW, _BAR = 46, 16


@dataclass(frozen=True)
class Record:
    """Endorsed candidates of one kind, by how their elections ended."""

    label: str
    won: int = 0
    lost: int = 0
    pending: int = 0

    @property
    def endorsed(self) -> int:
        return self.won + self.lost + self.pending

    @property
    def percent(self) -> int | None:
        """Those who won of all whose result is known, in percent; None where none is."""
        known = self.won + self.lost
        return round(100 * self.won / known) if known else None


@dataclass(frozen=True)
class WinRates:
    """The records of all, by level and by year (the last first); levels and years without any are left out."""

    total: Record
    levels: Sequence[Record]
    years: Sequence[Record]


def win_rates(now: datetime.datetime) -> WinRates:
    """The results of all public endorsements in force. One query."""
    rows = (
        Endorsement.objects.public(now)
        .order_by()
        .values_list("race__level", "race__election_date__year", "candidate__result")
        .annotate(number=Count("pk"))
    )
    counted: Counter[tuple[str, int, str]] = Counter()
    for level, year, result, number in rows:
        counted[level, year, result] += number
    years = sorted({year for _level, year, _result in counted}, reverse=True)
    found = {level for level, _year, _result in counted}
    return WinRates(
        total=_record(_("All"), counted),
        levels=[
            _record(str(level.label).capitalize(), _only(counted, place=0, value=level))
            for level in Level
            if level in found
        ],
        years=[_record(str(year), _only(counted, place=1, value=year)) for year in years],
    )


def _only(counted: Counter[tuple[str, int, str]], *, place: int, value: str | int) -> Counter[tuple[str, int, str]]:
    return Counter({key: number for key, number in counted.items() if key[place] == value})


def _record(label: str, counted: Counter[tuple[str, int, str]]) -> Record:
    by_result: Counter[str] = Counter()
    for (_level, _year, result), number in counted.items():
        by_result[result] += number
    return Record(label, by_result[Result.WON], by_result[Result.LOST], by_result[Result.PENDING])


def draw_rates(records: Sequence[Record], *, title: str) -> SafeString:
    """The SVG of the records with a known result: a bar each, as long as their part that won. Pure."""
    known = [record for record in records if record.percent is not None]
    drawn = format_html_join("", "{}", ((_row(number, record),) for number, record in enumerate(known)))
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        WIDTH, max(_ROW * len(known), 1), title, drawn,
    )  # fmt: skip


def _row(number: int, record: Record) -> SafeString:
    top, percent = _ROW * number, record.percent or 0
    return format_html(
        '<text x="0" y="{}">{}</text><text class="chart-number" x="{}" y="{}">{} %</text>'
        '<rect class="chart-track" x="0" y="{}" width="{}" height="{}" rx="3"/>'
        '<rect class="chart-bar" x="0" y="{}" width="{}" height="{}" rx="3"/>',
        top + 13, record.label, WIDTH, top + 13, percent, top + 20, WIDTH, _BAR, top + 20,
        round(WIDTH * percent / 100, 1), _BAR,
    )  # fmt: skip
