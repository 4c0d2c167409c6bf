"""The map's addresses: the drawn picture, the clusters for the box on screen, and the page with the interactive map."""

from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.utils.csp import CSP
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from foundation.places.outlines.drawing import STYLE_SOURCE
from foundation.places.search import Place, PlaceError, find_place

from .map import Box, MapRequestError, clusters_in, counts_by_state, parse_zoom
from .map_picture import ENLARGED, draw_picture

PICTURE_SECONDS = 300


@require_safe
@csp_override({"default-src": [CSP.NONE], "style-src": [STYLE_SOURCE]})
def group_map_image(request: HttpRequest) -> HttpResponse:
    """`/groups/map.svg?near=…&size=small&lang=es`: the picture. Of the country where the place is not known.

    The language is in the address and not in a cookie, so that everybody can keep the same answer.
    """
    language = request.GET.get("lang", "")
    with translation.override(language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE):
        enlarge = ENLARGED if request.GET.get("size") == "small" else 1.0
        drawn = draw_picture(_place_or_none(request.GET.get("near", "")), enlarge=enlarge)
    response = HttpResponse(drawn, content_type="image/svg+xml")
    patch_cache_control(response, public=True, max_age=PICTURE_SECONDS)
    return response


@require_safe
def group_clusters(request: HttpRequest) -> HttpResponse:
    """`/groups/clusters.json?box=west,south,east,north&zoom=5`: the groups of the box as GeoJSON."""
    try:
        box = Box.parse(request.GET.get("box", ""))
        zoom = parse_zoom(request.GET.get("zoom", ""))
    except MapRequestError as error:
        return JsonResponse({"error": str(error)}, status=400)
    response = JsonResponse(clusters_in(box, zoom), content_type="application/geo+json")
    # Nothing keeps it: a group that ends is off the map at once.
    patch_cache_control(response, no_store=True)
    return response


@require_safe
def group_map(request: HttpRequest) -> HttpResponse:
    """`/groups/map/?near=…`: the interactive map; without JavaScript the picture, and the groups by state."""
    near = request.GET.get("near", "")[:200]
    place = _place_or_none(near)
    context = {
        "near": near,
        "query": quote(near, safe=""),
        "place": place,
        "by_distance": place is not None,
        "states": counts_by_state(),
    }
    return render(request, "affiliates/map.html", context)


def _place_or_none(text: str) -> Place | None:
    """The place, or None: the finder is where a text that is no place gets its answer."""
    try:
        return find_place(text) if text else None
    except PlaceError:
        return None
