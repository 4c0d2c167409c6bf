"""What the public sees: whom the network endorses, what is on a ballot, one race, one candidate."""

from typing import Any
from urllib.parse import quote

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from affiliates.finder import SearchError
from foundation.places.search import AmbiguousPlaceError, PlaceError, UnknownPlaceError, find_place
from foundation.places.states import state_name

from .. import endorsed
from ..endorsed import Search, find_endorsed, on_ballot_at, parse_search, zip_code_of
from ..group_endorsements import public_endorsements
from ..models import Candidate, Endorsement, GroupEndorsement, Level, Race
from ..public_pages import candidate_data, describe_candidate, describe_race
from ..public_panels import candidate_panels, race_panels
from ..win_rates import draw_rates, win_rates

SHOWN = 100


# --- the list ---------------------------------------------------------------------------------------------------


@require_safe
def endorsements(request: HttpRequest) -> HttpResponse:
    """`/endorsements/?state=MA&level=local&year=2026`, and `?near=02139`: what is on that ballot."""
    try:
        search = parse_search(request.GET)
        return _ballot(request, search) if search.near else _list(request, search)
    except SearchError as error:
        return _refusal(request, error.message, error.status)
    except PlaceError as error:
        return _no_such_place(request, error)


def _list(request: HttpRequest, search: Search) -> HttpResponse:
    now = timezone.now()
    results = find_endorsed(search, now=now)
    if search.page > 1 and not results.endorsements:
        raise SearchError(_("There is no page “%(page)s”.") % {"page": search.page}, 404)
    rates = win_rates(now)
    known = [record for record in rates.levels if record.percent is not None]
    context = {
        **_asked(search),
        "results": results,
        "rates": rates,
        "chart": draw_rates(known, title=_("How many of those endorsed won, by level of office")) if known else "",
        "previous_query": search.address(page=search.page - 1) if search.page > 1 else "",
        "next_query": search.address(page=search.page + 1) if results.has_next else "",
        "is_start": search == Search(),
    }
    return render(request, "endorsements/public/list.html", context)


def _ballot(request: HttpRequest, search: Search) -> HttpResponse:
    """What is on the ballot of a place; where we know of nothing, what is endorsed in its state, or at all."""
    now, place = timezone.now(), find_place(search.near)
    zip_code = zip_code_of(place)
    lines = on_ballot_at(zip_code, now=now) if zip_code else []
    context = {
        **_asked(search),
        "place": place,
        "zip_code": zip_code,
        "is_another": bool(zip_code) and zip_code != place.zip_code,
        "lines": lines,
        "instead": () if lines else _instead(place.state),
    }
    return render(request, "endorsements/public/ballot.html", context)


def _instead(state: str) -> list[Endorsement]:
    now = timezone.now()
    in_state = find_endorsed(Search(state=state), now=now).endorsements if state else []
    return list(in_state or find_endorsed(Search(), now=now).endorsements)[:10]


def _asked(search: Search) -> dict[str, Any]:
    now = timezone.now()
    return {
        "search": search,
        "near": search.near,
        "query": quote(search.near, safe=""),
        "states": [(code, state_name(code)) for code in endorsed.states_endorsed_in(now)],
        "levels": Level.choices,
        "years": endorsed.years_endorsed_in(now),
    }


def _no_such_place(request: HttpRequest, error: PlaceError) -> HttpResponse:
    """The error page of a place: what it is, and what it could have been."""
    context: dict[str, object] = {"is_of_place": True, "choices": (), "suggestions": ()}
    if isinstance(error, AmbiguousPlaceError):
        context["choices"] = error.choices
    elif isinstance(error, UnknownPlaceError):
        context["suggestions"] = error.suggestions
    return _refusal(request, str(error), error.status, **context)


def _refusal(request: HttpRequest, message: str, status: int, **context: object) -> HttpResponse:
    near = request.GET.getlist("near")[0][:200] if "near" in request.GET else ""
    page = {**_asked(Search(near=near)), **context, "error": message, "has_errors": status >= 400}
    return render(request, "endorsements/public/error.html", page, status=status)


# --- a race -----------------------------------------------------------------------------------------------------


@require_safe
def race_page(request: HttpRequest, slug: str) -> HttpResponse:
    """`/endorsements/races/<slug>/`: who stands, whom national and groups endorse, the days, how it ended."""
    race = get_object_or_404(Race.objects.known().select_related("area"), slug=slug)
    now = timezone.now()
    endorsement = endorsed.endorsement_in(race, now)
    history = endorsed.history_of(race, now)
    context = {
        "race": race,
        "state": state_name(race.state) if race.state else "",
        "today": endorsed.day_that_counts(now),
        "is_over": race.election_date < endorsed.day_that_counts(now),
        "endorsement": endorsement,
        "withdrawn": [one for one in history if one != endorsement],
        "candidates": race.candidates.confirmed().order_by(F("withdrawn_at").asc(nulls_first=True), "name_key", "pk"),
        "by_groups": public_endorsements(race)[:SHOWN],
        "polls": race.polls.published().order_by("-closed_at", "-pk"),
        "panels": race_panels(race, request),
        "elsewhere": endorsed.elsewhere(race, now),
        "description": describe_race(race, endorsement),
    }
    return render(request, "endorsements/public/race.html", context)


# --- a candidate ------------------------------------------------------------------------------------------------


@require_safe
def candidate_page(request: HttpRequest, slug: str) -> HttpResponse:
    """`/endorsements/candidates/<slug>/`: who they are, who endorses them, what they answered, how it ended."""
    rows = Candidate.objects.confirmed().filter(race__confirmed_at__isnull=False).select_related("race")
    candidate = get_object_or_404(rows, slug=slug)
    now = timezone.now()
    national = endorsed.endorsement_in(candidate.race, now)
    own = national if national and national.candidate_id == candidate.pk else None
    links = list(candidate.links.order_by("label", "pk"))
    by_groups = GroupEndorsement.objects.in_force().filter(candidate=candidate, group__status="listed")
    context = {
        "candidate": candidate,
        "race": candidate.race,
        "today": endorsed.day_that_counts(now),
        "is_over": candidate.race.election_date < endorsed.day_that_counts(now),
        "endorsement": own,
        "other": national if own is None else None,
        "withdrawn": [
            one for one in endorsed.history_of(candidate.race, now) if one.candidate_id == candidate.pk and one != own
        ],
        "by_groups": by_groups.select_related("group").defer("group__position").order_by("group__name_key", "pk"),
        "links": links,
        "panels": candidate_panels(candidate, request),
        "description": describe_candidate(candidate, own),
        "structured_data": candidate_data(candidate, own, links),
    }
    return render(request, "endorsements/public/candidate.html", context)
