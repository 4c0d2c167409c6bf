"""Finding events: the list, the month and the map, a group's events and one's own, and the page of an event."""

from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.csp import CSP
from django.utils.translation import gettext as _
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_POST, require_safe

from affiliates.finder import PAGE_SIZE, SearchError, parse_page
from affiliates.map import Box, MapRequestError, clusters_in, parse_zoom
from affiliates.map_picture import ENLARGED, draw_picture
from affiliates.models import Group
from foundation.accounts.views import signed_in_user
from foundation.places.outlines.drawing import STYLE_SOURCE
from foundation.places.search import AmbiguousPlaceError, Place, PlaceError, UnknownPlaceError, find_place
from foundation.web.limits import limit_posts
from members.own_details import become_known, person_of

from .. import event_pages
from ..answering_box import answering_box
from ..call_events import can_see_call
from ..event_map import EVENTS_DRAWN, EVENTS_ON_MAP, events_by_state
from ..event_times import start_in_words
from ..feeds import own_feed_address, renew_feed
from ..finding import Filters, Order, Results, Search, as_geojson, find_near, find_next, find_online, parse_search
from ..hosts import hosts_of
from ..models import Access, CalendarFeed, CampaignState, Event, EventState
from ..month import Month, weeks_of
from ..own_events import own_events
from .access import keeps_event

GEOJSON = "application/geo+json"
PICTURE_SECONDS = 300
PAST_OF_GROUP = 10


# --- the list ---------------------------------------------------------------------------------------------------


@require_safe
def event_finder(request: HttpRequest) -> HttpResponse:
    """`/events/?near=02139&kind=…&from=…`: a page, or with `Accept: application/geo+json` the same results as data."""
    wants_data = GEOJSON in request.headers.get("Accept", "")
    try:
        search = parse_search(request.GET)
        response = _answer(request, search, wants_data=wants_data)
    except SearchError as error:
        response = _refusal(request, error.message, error.status, wants_data=wants_data)
    except PlaceError as error:
        response = _no_such_place(request, error, wants_data=wants_data)
    patch_vary_headers(response, ["Accept"])
    return response


def _answer(request: HttpRequest, search: Search, *, wants_data: bool) -> HttpResponse:
    place = find_place(search.near) if search.near else None
    results = _find(search, place)
    if search.page > 1 and not results.events:
        raise SearchError(_("There is no page “%(page)s”.") % {"page": search.page}, 404)
    if wants_data:
        return JsonResponse(as_geojson(results, site=settings.SITE_URL), content_type=GEOJSON)
    near, beyond = results.split()
    context = {
        **_asked(search, place),
        "results": results,
        "nearby": near,
        "further": beyond,
        "by_date": search.order == Order.DATE or search.online or place is None,
        "order_address": search.address(
            order=Order.DISTANCE if search.order == Order.DATE else Order.DATE, page=1, online=False
        ),
        "previous_address": search.address(page=search.page - 1) if search.page > 1 else "",
        "next_address": search.address(page=search.page + 1) if results.has_next else "",
        "is_start": search == Search(),
    }
    return render(request, "events/finding/list.html", context)


def _find(search: Search, place: Place | None) -> Results:
    now = timezone.now()
    if place and not search.online:
        return find_near(place, search, now=now)
    find = find_online if search.online else find_next
    events, has_next = find(search.filters, page=search.page, now=now)
    return Results(events, search.page, has_next)


def _asked(search: Search, place: Place | None) -> dict[str, Any]:
    """What the three ways of looking have in common: what was asked for, and the addresses of the same elsewhere."""
    return {
        "search": search,
        "filters": search.filters,
        "near": search.near,
        "query": quote(search.near, safe=""),
        "place": place,
        "elsewhere": search.address(page=1),
        "feed_query": _feed_query(search),
    }


def _feed_query(search: Search) -> str:
    """The query of the calendar feed that goes on giving what the search finds today."""
    kept = {"near": search.near, "kind": search.filters.kind, "within": search.filters.within}
    return urlencode({name: value for name, value in kept.items() if value})


def _no_such_place(request: HttpRequest, error: PlaceError, *, wants_data: bool) -> HttpResponse:
    """The error page of a place: what it is, and what it could have been."""
    context: dict[str, object] = {"is_of_place": True, "choices": (), "suggestions": ()}
    if isinstance(error, AmbiguousPlaceError):
        context["choices"] = error.choices
    elif isinstance(error, UnknownPlaceError):
        context["suggestions"] = error.suggestions
    return _refusal(request, str(error), error.status, wants_data=wants_data, **context)


def _refusal(request: HttpRequest, message: str, status: int, *, wants_data: bool, **context: object) -> HttpResponse:
    if wants_data:
        return JsonResponse({"error": message}, status=status)
    near = request.GET.getlist("near")[0][:200] if "near" in request.GET else ""
    page = {
        **context,
        "near": near,
        "query": quote(near, safe=""),
        "filters": Filters(),
        "error": message,
        "has_errors": status >= 400,
    }
    return render(request, "events/finding/error.html", page, status=status)


# --- the month --------------------------------------------------------------------------------------------------


@require_safe
def event_month(request: HttpRequest) -> HttpResponse:
    """`/events/calendar/?near=…&month=2027-07`: the events of a month, as a grid of days."""
    now = timezone.now()
    try:
        search = parse_search(request.GET)
        place = find_place(search.near) if search.near else None
        month = Month.parse(request.GET.get("month", ""), today=now.date())
    except SearchError as error:
        return _refusal(request, error.message, error.status, wants_data=False)
    except PlaceError as error:
        return _no_such_place(request, error, wants_data=False)
    weeks = weeks_of(month, place, search.filters, online=search.online, now=now)
    this = Month.of(now.date())
    context = {
        **_asked(search, place),
        "month": month,
        "weeks": weeks,
        "today": now.date(),
        "is_empty": not any(day.entries for week in weeks for day in week),
        "previous": month.plus(-1) if month != this else None,
        "next": month.plus(1),
    }
    return render(request, "events/finding/month.html", context)


# --- the map ----------------------------------------------------------------------------------------------------


@require_safe
def event_map(request: HttpRequest) -> HttpResponse:
    """`/events/map/?near=…`: the interactive map; without JavaScript the picture, and the events by state."""
    near = request.GET.get("near", "")[:200]
    place = _place_or_none(near)
    search = Search(near=near)
    return render(request, "events/finding/map.html", {**_asked(search, place), "states": events_by_state()})


@require_safe
@csp_override({"default-src": [CSP.NONE], "style-src": [STYLE_SOURCE]})
def event_map_image(request: HttpRequest) -> HttpResponse:
    """`/events/map.svg?near=…&size=small&lang=es`: the picture, as affiliates.map_views draws that of groups."""
    language = request.GET.get("lang", "")
    with translation.override(language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE):
        enlarge = ENLARGED if request.GET.get("size") == "small" else 1.0
        place = _place_or_none(request.GET.get("near", ""))
        drawn = draw_picture(place, enlarge=enlarge, drawn=EVENTS_DRAWN)
    response = HttpResponse(drawn, content_type="image/svg+xml")
    patch_cache_control(response, public=True, max_age=PICTURE_SECONDS)
    return response


@require_safe
def event_clusters(request: HttpRequest) -> HttpResponse:
    """`/events/clusters.json?box=west,south,east,north&zoom=5`: the events of the box as GeoJSON."""
    try:
        box = Box.parse(request.GET.get("box", ""))
        zoom = parse_zoom(request.GET.get("zoom", ""))
    except MapRequestError as error:
        return JsonResponse({"error": str(error)}, status=400)
    response = JsonResponse(clusters_in(box, zoom, EVENTS_ON_MAP), content_type=GEOJSON)
    # Nothing keeps it: an event that is cancelled is off the map at once.
    patch_cache_control(response, no_store=True)
    return response


def _place_or_none(text: str) -> Place | None:
    """The place, or None: the list is where a text that is no place gets its answer."""
    try:
        return find_place(text) if text else None
    except PlaceError:
        return None


# --- a group's, and one's own -----------------------------------------------------------------------------------


@require_safe
def events_of_group(request: HttpRequest, slug: str) -> HttpResponse:
    """`/groups/<slug>/events/`: what a group in force holds, the next first, and what it held lately."""
    group = get_object_or_404(Group.objects.listed().defer("position"), slug=slug)
    now = timezone.now()
    try:
        page = parse_page(request.GET.get("page", ""))
    except SearchError as error:
        raise Http404 from error
    held = Event.objects.of_group(group).defer("position")
    first = (page - 1) * PAGE_SIZE
    ahead = list(held.found(now).order_by("starts_at", "pk")[first : first + PAGE_SIZE + 1])
    if page > 1 and not ahead:
        raise Http404
    past = held.filter(state=EventState.APPROVED, is_listed=True, ends_at__lte=now).order_by("-starts_at", "-pk")
    context = {
        "group": group,
        "events": ahead[:PAGE_SIZE],
        "previous_page": page - 1,
        "next_page": page + 1 if len(ahead) > PAGE_SIZE else 0,
        "past": list(past[:PAST_OF_GROUP]) if page == 1 else [],
    }
    return render(request, "events/finding/of_group.html", context)


@login_required
@require_safe
def my_events(request: HttpRequest) -> HttpResponse:
    """`/events/mine/`: what whoever is signed in answered, and the secret address of their calendar."""
    person = person_of(signed_in_user(request))
    feed = CalendarFeed.objects.filter(person=person).first() if person else None
    context = {
        "own": own_events(person, timezone.now()) if person else None,
        "feed": feed,
        "feed_address": own_feed_address(feed) if feed else "",
    }
    return render(request, "events/finding/mine.html", context)


@login_required
@require_POST
@limit_posts("own-calendar", amount=20, seconds=3600)
def my_calendar(request: HttpRequest) -> HttpResponse:
    """Make the secret address, or another one in its place."""
    user, now = signed_in_user(request), timezone.now()
    feed = renew_feed(person=become_known(user=user, now=now), actor=user, now=now)
    is_first = feed.revision == 1
    messages.success(
        request,
        _("Your calendar has an address now.")
        if is_first
        else _("Your calendar has a new address. The old one no longer works."),
    )
    return redirect("my_events")


# --- an event ---------------------------------------------------------------------------------------------------


@require_safe
def event_page(request: HttpRequest, slug: str) -> HttpResponse:
    """`/events/<slug>/`. One that was never public is found by those who keep it only, as a preview."""
    rows = Event.objects.select_related("group", "campaign", "call__region").defer("position", "group__position")
    event = get_object_or_404(rows, slug=slug)
    keeps = keeps_event(request, event)
    if not event.is_public and not keeps:
        raise Http404
    if event.call and not can_see_call(request.user, event.call):
        raise Http404
    now = timezone.now()
    way_in = event_pages.way_in_of(event, is_shown=event_pages.way_in_is_shown(event, request.user, keeps_event=keeps))
    hosts, picture = hosts_of(event), event_pages.picture_of(event)
    is_over = event.is_over(now)
    is_open = event.state == EventState.APPROVED and not is_over
    before = event_pages.start_before(event)
    context = {
        "event": event,
        "hosts": hosts,
        "picture": picture,
        "picture_address": event_pages.picture_address(picture, event) if picture else "",
        "campaign": event.campaign if event.campaign and event.campaign.state != CampaignState.DRAFT else None,
        "access": [Access(offered).label for offered in event.access],
        "way_in": way_in,
        "is_over": is_over,
        "is_open": is_open,
        "start_before": start_in_words(before, event.time_zone, now) if before else "",
        "dates": event_pages.others_of_series(event, now),
        "others": event_pages.others_instead(event, now) if event.is_public and not is_open else [],
        "description": event_pages.describe(event),
        "structured_data": event_pages.structured_data(event, hosts, picture) if event.is_public else None,
        "box": answering_box(request, event, now) if is_open else None,
    }
    return render(request, "events/event_page.html", context)
