"""The results of a promotion as lines to read and bars to look at."""

from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from .promotion_results import Results

_DRAWN = ("answered", "attended", "new_members")
"""What a promotion is for. Beside the share of what was delivered their bars would all look alike: too short to see."""


@dataclass(frozen=True)
class ResultLine:
    """One count, and its share of the audience beside the usual one, in percent.

    `usual` is None where no other promotion was sent. The bars are as long as the longest that is drawn is 100.
    """

    name: str
    label: str
    count: int
    percent: float
    usual: float | None
    bar: float = 0.0
    usual_bar: float = 0.0


def lines_of(results: Results) -> list[ResultLine]:
    """All that is counted, in the order in which it happens."""
    labels = {
        "delivered": _("delivered"),
        "bounced": _("came back: the address does not work"),
        "complained": _("reported as spam"),
        "unsubscribed": _("unsubscribed"),
        "answered": _("answered the event"),
        "attended": _("came"),
        "new_members": _("became members by it"),
    }
    return [
        ResultLine(
            name=name,
            label=label,
            count=getattr(results, name),
            percent=100 * getattr(results.shares, name),
            usual=100 * getattr(results.usual, name) if results.usual else None,
        )
        for name, label in labels.items()
    ]


def bars_of(results: Results) -> list[ResultLine]:
    """Those that a promotion is for, with their bars; none where there is nothing to see."""
    drawn = [line for line in lines_of(results) if line.name in _DRAWN]
    longest = max(max(line.percent, line.usual or 0) for line in drawn)
    if not longest:
        return []
    return [
        replace(line, bar=100 * line.percent / longest, usual_bar=100 * (line.usual or 0) / longest) for line in drawn
    ]
