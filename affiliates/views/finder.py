"""The finder: one field, the nearest groups."""

from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from foundation.places.countries import country_name
from foundation.places.search import AmbiguousPlaceError, Place, PlaceError, UnknownPlaceError, find_place
from foundation.places.states import STATES, state_name
from foundation.web.skeletons import draw

from ..finder import (
    Results,
    Search,
    SearchError,
    as_geojson,
    find_by_name,
    find_near,
    list_by_name,
    parse_search,
)
from ..map import counts_by_state
from ..templatetags.groups import group_list

GEOJSON = "application/geo+json"


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The front page: the field that finds a group, and what the network is."""
    return render(request, "affiliates/home.html")


@require_safe
def finder(request: HttpRequest) -> HttpResponse:
    """`/groups/?near=02139`: as a page, or with `Accept: application/geo+json` the same results as data."""
    wants_data = GEOJSON in request.headers.get("Accept", "")
    try:
        search = parse_search(request.GET)
        response = _answer(request, search, wants_data=wants_data)
    except SearchError as error:
        near = "" if "near" not in request.GET else request.GET.getlist("near")[0][:200]
        response = _refusal(request, near, error.message, error.status, wants_data=wants_data)
    except PlaceError as error:
        response = _no_such_place(request, search.near, error, wants_data=wants_data)
    patch_vary_headers(response, ["Accept"])
    return response


def _answer(request: HttpRequest, search: Search, *, wants_data: bool) -> HttpResponse:
    if search.near:
        place = find_place(search.near)
        results = find_near(place, filters=search.filters, page=search.page, now=timezone.now())
    elif search.state or search.country or wants_data or search.page > 1:
        place = None
        results = list_by_name(state=search.state, country=search.country, page=search.page)
    else:
        return render(request, "affiliates/finder_start.html", {"states": counts_by_state()})
    if search.page > 1 and not results.groups:
        raise SearchError(_("There is no page “%(page)s”.") % {"page": search.page}, 404)
    if wants_data:
        return JsonResponse(as_geojson(results, site=settings.SITE_URL), content_type=GEOJSON)
    return _draw(request, search, place, results)


def _draw(request: HttpRequest, search: Search, place: Place | None, results: Results) -> HttpResponse:
    near, beyond = results.split()
    query = quote(search.near, safe="")
    return draw(
        request,
        "affiliates/finder.html",
        shape={
            "by_distance": place is not None,
            "filters": search.filters,
            "nobody_near": results.nobody_near,
            "has_note": bool(place and place.note),
            "has_nearby": bool(near),
            "has_further": bool(beyond),
            "has_instead": bool(results.instead),
            "has_previous": search.page > 1,
            "has_next": results.has_next,
        },
        words={
            "heading": _heading(search, place),
            "near": search.near,
            "query": query,
            "note": place.note if place else "",
            "place_label": place.label if place else "",
            "nearby": group_list(near),
            "further": group_list(beyond),
            "instead": group_list(results.instead),
            "previous_query": search.address(page=search.page - 1),
            "next_query": search.address(page=search.page + 1),
        },
    )


def _heading(search: Search, place: Place | None) -> str:
    if place:
        return _("Groups near %(place)s") % {"place": place.label}
    if search.state in STATES:
        return _("Groups in %(place)s") % {"place": state_name(search.state)}
    if search.country:
        return _("Groups in %(place)s") % {"place": country_name(search.country)}
    return _("All groups")


def _no_such_place(request: HttpRequest, near: str, error: PlaceError, *, wants_data: bool) -> HttpResponse:
    """The error page of a place: what it is, what it could have been, groups of that name."""
    context: dict[str, object] = {"choices": (), "suggestions": ()}
    if isinstance(error, AmbiguousPlaceError):
        context["choices"] = error.choices
    elif isinstance(error, UnknownPlaceError):
        context["suggestions"] = error.suggestions
        context["named"] = find_by_name(near)
    return _refusal(request, near, str(error), error.status, wants_data=wants_data, **context)


def _refusal(
    request: HttpRequest, near: str, message: str, status: int, *, wants_data: bool, **context: object
) -> HttpResponse:
    if wants_data:
        return JsonResponse({"error": message}, status=status)
    page = {**context, "near": near, "error": message, "has_errors": status >= 400}
    return render(request, "affiliates/finder_error.html", page, status=status)
