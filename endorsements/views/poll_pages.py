"""What the public sees of a poll: that it is open and who is asked; after the close how every group voted."""

from pathlib import Path

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from .. import exporting
from ..models import Poll, PollState
from ..poll_chart import draw_votes
from ..poll_results import result_of_poll, roll_call
from ..poll_times import closing_in_words, moment_in_words, zone_of
from .polls_access import opened_poll

PAGE_SIZE = 400
"""Groups on one page. All of them are in the files."""

_RECOUNT = Path(exporting.__file__).with_name("recount.py")


@require_safe
def poll_page(request: HttpRequest, slug: str) -> HttpResponse:
    """`/endorsements/polls/<slug>/`."""
    poll = opened_poll(slug)
    zone = zone_of(poll.race)
    result = result_of_poll(poll) if poll.state == PollState.CLOSED else None
    context = {
        "poll": poll,
        "race": poll.race,
        "opened": moment_in_words(poll.opened_at, zone) if poll.opened_at else "",
        "closes": closing_in_words(poll),
        "result": result,
        "page": Paginator(roll_call(poll), PAGE_SIZE).get_page(request.GET.get("page")),
        "chart": _chart(poll) if result else "",
        "choices": poll.choices.order_by("position"),
        "happened": poll.ledger.exclude(kind__in=("cast", "closed")).order_by("sequence").defer("text"),
    }
    return render(request, "endorsements/polls/public.html", context)


def _chart(poll: Poll) -> str:
    result = result_of_poll(poll)
    lines = [(line.label, line.votes) for line in result.lines] if result else []
    return draw_votes(lines, eligible=poll.eligible, title=_("Votes by choice. The table says the same."))


@require_safe
def poll_export_json(request: HttpRequest, slug: str) -> HttpResponse:
    """The whole poll to recount: the frozen list, every entry of the ledger, the result."""
    return _file(exporting.export_json(_closed(slug)), "application/json", f"{slug}.json")


@require_safe
def poll_export_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """The roll call as a table."""
    return _file(exporting.export_csv(_closed(slug)), "text/csv; charset=utf-8", f"{slug}.csv")


@require_safe
def poll_recount(request: HttpRequest) -> HttpResponse:
    """The program that recounts an export: Python, nothing but its standard library."""
    return _file(_RECOUNT.read_bytes(), "text/x-python; charset=utf-8", "recount.py")


def _closed(slug: str) -> Poll:
    poll = opened_poll(slug)
    if poll.state != PollState.CLOSED:
        raise Http404
    return poll


def _file(body: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(body, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
