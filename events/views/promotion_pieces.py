"""What the pages of a group and those of staff show alike of a launched promotion: its progress, its results."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from ..models import Promotion
from ..promotion_bars import bars_of, lines_of
from ..promotion_progress import progress_of
from ..promotion_results import results_of


def what_came_of(promotion: Promotion, *, progress_address: str) -> dict[str, Any]:
    """For a page: how far it has gone out, asked for again at `progress_address`, and the results; {} if it has not."""
    if promotion.launched_at is None:
        return {}
    results = results_of(promotion)
    return {
        "progress": progress_of(promotion),
        "progress_address": progress_address,
        "results": results,
        "result_lines": lines_of(results),
        "bars": bars_of(results),
    }


def draw_piece(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    """A piece of a page, for htmx. Caches keep it apart from the page of the same address."""
    response = render(request, f"events/promotions/{name}.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def draw_progress(request: HttpRequest, promotion: Promotion, address: str) -> HttpResponse:
    """How far `promotion` has gone out; htmx asks at `address` while it goes on."""
    return draw_piece(request, "progress", {"progress": progress_of(promotion), "progress_address": address})
