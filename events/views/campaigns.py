"""Campaigns as everybody sees them, with their events and their map; and the host kit for those who host."""

import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, render
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control
from django.utils.csp import CSP
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from affiliates.finder import SearchError, parse_page
from affiliates.forms_calls import WhereForm
from affiliates.map_picture import ENLARGED, draw_picture
from affiliates.models import Group
from foundation.accounts.models import User
from foundation.accounts.views import signed_in_user
from foundation.places.outlines.drawing import STYLE_SOURCE
from foundation.places.search import Place, PlaceError, find_place
from foundation.places.states import state_name

from ..campaign_events import counts_by_state, map_of, nearest_events, next_events, online_events, own_events_of
from ..campaign_totals import public_totals
from ..campaigns import groups_to_host, hosting_groups, hosts_campaign, is_open_on
from ..models import Campaign, CampaignState

PICTURE_SECONDS = 300
PAST_SHOWN = 20


def days_of(campaign: Campaign) -> str:
    """ "July 14, 2026", or "July 14, 2026 – July 20, 2026"."""
    days = [date_format(day, "DATE_FORMAT") for day in dict.fromkeys((campaign.starts_on, campaign.ends_on))]
    return " – ".join(days)


def states_of(campaign: Campaign) -> list[str]:
    """The names of the states in which it is held; none for everywhere."""
    return sorted(state_name(code) for code in campaign.states)


@require_safe
def campaigns(request: HttpRequest) -> HttpResponse:
    """`/campaigns/`: those that groups can host, the soonest first; then the others, the latest first."""
    today = timezone.localdate()
    public = Campaign.objects.public().with_events()
    open_ones = public.open_on(today).order_by("starts_on", "pk")
    others = public.exclude(pk__in=open_ones.values("pk")).order_by("-ends_on", "-pk")[:PAST_SHOWN]
    context = {"open_ones": [_row(one) for one in open_ones], "others": [_row(one) for one in others]}
    return render(request, "events/campaigns/list.html", context)


def _row(campaign: Campaign) -> dict[str, Any]:
    return {"campaign": campaign, "days": days_of(campaign), "states": states_of(campaign)}


@require_safe
def campaign_page(request: HttpRequest, slug: str) -> HttpResponse:
    """`/campaigns/<slug>/?near=02139`: what it is, who holds it where, and how to host it."""
    campaign = get_object_or_404(Campaign.objects.public().select_related("follow_up_of"), slug=slug)
    form = WhereForm(request.GET if request.GET.get("near") else None)
    place = form.cleaned_data["near"] if form.is_valid() else None
    follow_ups = campaign.follow_ups.exclude(state=CampaignState.DRAFT).order_by("starts_on", "pk")
    before = campaign.follow_up_of
    context = {
        **_row(campaign),
        **_found(request, campaign, place),
        **_hosting(request.user, campaign, timezone.localdate()),
        "form": form,
        "place": place,
        "totals": public_totals(campaign),
        "counts": counts_by_state(campaign),
        "before": before if before and before.state != CampaignState.DRAFT else None,
        "follow_ups": follow_ups,
        "description": Truncator(campaign.about).chars(155),
    }
    return render(request, "events/campaigns/campaign.html", context, status=422 if form.errors else 200)


def _found(request: HttpRequest, campaign: Campaign, place: Place | None) -> dict[str, Any]:
    """A page of its events, and the addresses of the pages before and after."""
    now, near = timezone.now(), request.GET.get("near", "")[:200]
    try:
        page = parse_page(request.GET.get("page", ""))
    except SearchError as error:
        raise Http404 from error
    if place:
        events, has_next = nearest_events(campaign, place, page=page, now=now)
    else:
        events, has_next = next_events(campaign, page=page, now=now)
    if page > 1 and not events:
        raise Http404
    asked = {"near": near} if place else {}
    return {
        "events": events,
        "online": online_events(campaign, now=now) if place and page == 1 else [],
        "query": urlencode(asked),
        "previous_address": f"?{urlencode({**asked, 'page': page - 1})}" if page > 1 else "",
        "next_address": f"?{urlencode({**asked, 'page': page + 1})}" if has_next else "",
    }


def _hosting(user: User | AnonymousUser, campaign: Campaign, today: datetime.date) -> dict[str, Any]:
    """What this visitor can do to host it."""
    is_open = is_open_on(campaign, today)
    if not isinstance(user, User):
        return {"is_open": is_open}
    return {
        "is_open": is_open,
        "groups": groups_to_host(campaign, user, on=today),
        "keeps_groups": Group.objects.of_organizer(user).listed().exists(),
        "hosts_it": hosts_campaign(user, campaign),
    }


@require_safe
@csp_override({"default-src": [CSP.NONE], "style-src": [STYLE_SOURCE]})
def campaign_map_image(request: HttpRequest, slug: str) -> HttpResponse:
    """`/campaigns/<slug>/map.svg?near=…&size=small&lang=es`: its events on the map of the country, or around a place.

    The language is in the address and not in a cookie, so that everybody can keep the same answer.
    """
    campaign = get_object_or_404(Campaign.objects.public(), slug=slug)
    language = request.GET.get("lang", "")
    with translation.override(language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE):
        enlarge = ENLARGED if request.GET.get("size") == "small" else 1.0
        drawn = draw_picture(_place_or_none(request.GET.get("near", "")), enlarge=enlarge, drawn=map_of(campaign))
    response = HttpResponse(drawn, content_type="image/svg+xml")
    patch_cache_control(response, public=True, max_age=PICTURE_SECONDS)
    return response


def _place_or_none(text: str) -> Place | None:
    """The place, or None: the page is where a text that is no place gets its answer."""
    try:
        return find_place(text) if text else None
    except PlaceError:
        return None


@login_required
def campaign_kit(request: HttpRequest, slug: str) -> HttpResponse:
    """What helps a host, and their own events of the campaign. To those who do not host it is not found."""
    user, campaign = signed_in_user(request), get_object_or_404(Campaign.objects.public(), slug=slug)
    if not hosts_campaign(user, campaign):
        raise Http404
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    own = hosting_groups(campaign).filter(pk__in=Group.objects.of_organizer(user).values("pk"))
    context = {
        **_row(campaign),
        **_hosting(user, campaign, timezone.localdate()),
        "links": campaign.links.order_by("label", "pk"),
        "events": own_events_of(campaign, own.values("pk")),
    }
    return render(request, "events/campaigns/kit.html", context)
