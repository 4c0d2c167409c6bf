"""The staff's pages of regions."""

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.places.states import STATES, StateKind, state_name

from .. import calls
from ..call_times import when_in_words
from ..calls import CallError
from ..forms_calls import CallForm
from ..forms_calls import filled_in as call_filled_in
from ..forms_regions import RegionForm, filled_in
from ..models import Call, FollowUp, Region, RegionPart
from ..regional_calls import next_months_plan
from ..regions import Part, RegionError, change_region, group_counts, groups_of, make_region
from .calls_access import calls_page

GROUPS_SHOWN = 200


@calls_page("GET")
def national_regions(request: HttpRequest, user: User) -> HttpResponse:
    """All regions, the states that lie in none, and what somebody promised and has not done in time."""
    now, today = timezone.now(), timezone.localdate()
    regions = Region.objects.select_related("organizer").prefetch_related(
        Prefetch("parts", RegionPart.objects.order_by("country", "state")),
        Prefetch("calls", Call.objects.upcoming(now), to_attr="next_calls"),
    )
    counts = group_counts()
    taken = set(RegionPart.objects.exclude(state="").values_list("state", flat=True))
    states = [code for code, state in STATES.items() if state.kind in {StateKind.STATE, StateKind.DISTRICT}]
    context = {
        "regions": [
            (region, [Part(part.country, part.state).name for part in region.parts.all()], counts.get(region.pk, 0))
            for region in regions.order_by("name", "pk")
        ],
        "states_left": sorted(state_name(code) for code in states if code not in taken),
        "overdue": FollowUp.objects.overdue(today).select_related("call__region")[:100],
        "today": today,
    }
    return render(request, "affiliates/regions/regions.html", context)


@calls_page("GET", "POST")
def region_new(request: HttpRequest, user: User) -> HttpResponse:
    """Make a region."""
    form = RegionForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        given = form.cleaned_data
        try:
            made = make_region(name=given["name"], parts=form.parts(), organizer=given["organizer"], actor=user)
        except RegionError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The region is made."))
            return redirect("region", slug=made.slug)
    return render(request, "affiliates/regions/region_new.html", {"form": form}, status=422 if form.errors else 200)


@calls_page("GET", "POST")
def region(request: HttpRequest, user: User, slug: str) -> HttpResponse:
    """One region: its groups, its calls, and what it is made of."""
    found = get_object_or_404(Region.objects.select_related("organizer"), slug=slug)
    form = RegionForm(request.POST if request.method == "POST" else None, initial=filled_in(found))
    if form.is_valid():
        given = form.cleaned_data
        try:
            change_region(
                region=found, name=given["name"], parts=form.parts(), organizer=given["organizer"], actor=user
            )
        except RegionError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Your changes are saved."))
            return redirect("region", slug=found.slug)
    groups = groups_of(found).listed()
    context = {
        "region": found,
        "form": form,
        "groups": groups.defer("position", "about", "plan").order_by("state", "name_key", "pk")[:GROUPS_SHOWN],
        "group_count": groups.count(),
        "calls": [
            (call, when_in_words(call.starts_at, call.ends_at, call.time_zone))
            for call in found.calls.with_coming().order_by("-starts_at", "-pk")[:12]
        ],
    }
    return render(request, "affiliates/regions/region.html", context, status=422 if form.errors else 200)


@calls_page("GET", "POST")
def region_call_new(request: HttpRequest, user: User, slug: str) -> HttpResponse:
    """Set the region's next call; a month after its last one is proposed."""
    found = get_object_or_404(Region.objects.select_related("organizer"), slug=slug)
    last = found.calls.filter(cancelled_at__isnull=True).order_by("-starts_at", "-pk").first()
    proposed = call_filled_in(next_months_plan(last)) if last else {"time_zone": "America/New_York"}
    form = CallForm(request.POST if request.method == "POST" else None, initial={"host": found.organizer, **proposed})
    if form.is_valid():
        try:
            call = calls.make_call(plan=form.plan(), region=found, actor=user, now=timezone.now())
        except CallError as error:
            form.add_error("day", str(error))
        else:
            messages.success(request, _("The call is set. The contacts of the groups are told seven days before."))
            return redirect("national_call", pk=call.pk)
    title = _("Set the next call of the region %(region)s") % {"region": found}
    context = {"form": form, "title": title, "last": last, "back": reverse("region", args=[slug])}
    return render(request, "affiliates/calls/call_form.html", context, status=422 if form.errors else 200)
