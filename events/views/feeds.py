"""Calendar feeds: of one event, of a group, near a place, and one's own at its secret address."""

from collections.abc import Callable, Sequence

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from affiliates.finder import SearchError
from affiliates.models import Group
from foundation.places.search import PlaceError, find_place
from foundation.web.limits import client_address, is_over_limit

from ..calendars import calendar_of, etag_of
from ..call_events import can_see_call
from ..event_pages import opens_way_in, way_in_is_shown
from ..feeds import FeedError, events_near, events_of_group, feed_of, is_promise, note_read, own_answers
from ..finding import parse_search
from ..models import Event
from .access import keeps_event

PUBLIC_SECONDS = 300
WRONG_AN_HOUR = 30  # addresses that are nobody's, by one client
READS_AN_HOUR = 120  # of one address, whoever reads: calendar services read those of many people from one machine


@require_safe
def event_calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """`/events/<slug>.ics`: one event to be kept; with its way in for those who may see that."""
    event = get_object_or_404(
        Event.objects.select_related("group", "call__region").defer("position", "group__position"), slug=slug
    )
    user = request.user
    keeps = keeps_event(request, event)
    is_known = way_in_is_shown(event, user, keeps_event=keeps)
    if not event.is_public and not keeps:
        raise Http404
    if event.call and not can_see_call(user, event.call):
        raise Http404
    response = _feed(request, [event], name=event.title, shows_way_in=lambda _event: is_known, is_public=not is_known)
    response.headers["Content-Disposition"] = f'attachment; filename="{event.slug}.ics"'
    return response


@require_safe
def group_calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """`/groups/<slug>/events.ics`: what the public may know of the events of a group in force."""
    group = get_object_or_404(Group.objects.listed().defer("position"), slug=slug)
    return _feed(request, events_of_group(group, timezone.now()), name=group.name)


@require_safe
def near_calendar(request: HttpRequest) -> HttpResponse:
    """`/events/near.ics?near=02139&within=25&kind=…&online=1`: what the public may know of the events around."""
    try:
        search = parse_search(request.GET)
        place = find_place(search.near)
    except SearchError as error:
        return HttpResponse(error.message, status=error.status, content_type="text/plain; charset=utf-8")
    except PlaceError as error:
        # A list of choices is no calendar: an ambiguous place is as wrong here as an unknown one.
        return HttpResponse(str(error), status=max(400, error.status), content_type="text/plain; charset=utf-8")
    filters = search.filters
    events = events_near(place, within=filters.within, kind=filters.kind, online=search.online, now=timezone.now())
    return _feed(request, events, name=_("Events near %(place)s") % {"place": place.label})


@require_safe
def own_calendar(request: HttpRequest, token: str) -> HttpResponse:
    """`/events/mine/<token>.ics`: a person's own events, with the ways in, for whoever has the secret address."""
    try:
        feed = feed_of(token)
    except FeedError:
        if is_over_limit("calendar-wrong", client_address(request), amount=WRONG_AN_HOUR, seconds=3600):
            return _too_often()
        raise Http404 from None
    if is_over_limit("calendar-read", token, amount=READS_AN_HOUR, seconds=3600):
        return _too_often()
    now = timezone.now()
    note_read(feed=feed, now=now)
    answers = {answer.event_id: answer for answer in own_answers(feed.person, now)}
    # In the language of its owner: no browser asks for it.
    with translation.override(feed.person.language):
        return _feed(
            request,
            [answer.event for answer in answers.values()],
            name=_("My events"),
            shows_way_in=lambda event: opens_way_in(answers[event.pk]),
            is_tentative=lambda event: not is_promise(answers[event.pk]),
            is_public=False,
        )


def _too_often() -> HttpResponse:
    response = HttpResponse(_("Too often. Try again in an hour."), status=429, content_type="text/plain; charset=utf-8")
    response.headers["Retry-After"] = "3600"
    return response


def _never(event: Event) -> bool:
    return False


def _feed(
    request: HttpRequest,
    events: Sequence[Event],
    *,
    name: str,
    shows_way_in: Callable[[Event], bool] = _never,
    is_tentative: Callable[[Event], bool] = _never,
    is_public: bool = True,
) -> HttpResponse:
    """The answer that carries a calendar; 304 to whoever has the same already."""
    body = calendar_of(events, name=name, shows_way_in=shows_way_in, is_tentative=is_tentative, now=timezone.now())
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response.headers["ETag"] = etag_of(body)
    if is_public:
        patch_cache_control(response, max_age=PUBLIC_SECONDS)
    else:
        patch_cache_control(response, private=True, no_store=True)
    unchanged = get_conditional_response(request, etag=response.headers["ETag"], response=response)
    return unchanged or response
