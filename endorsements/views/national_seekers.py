"""The staff's pages of those who think of running for office."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.csp import CSP
from django.utils.translation import gettext as _
from django.views.decorators.csp import csp_override

from affiliates.map_picture import ENLARGED
from foundation.accounts.models import User
from foundation.accounts.staff_pages import StaffPages
from foundation.places.outlines.drawing import STYLE_SOURCE
from members.models import PersonPhone

from ..forms_seekers import FollowUpForm, filled_in
from ..models import Level, OfficeSeeker
from ..permissions import can_keep_seekers
from ..seeker_pipeline import (
    STAGES,
    SeekerError,
    draw_by_state,
    encouraged_by_state,
    encouraged_in_all,
    follow_up,
    read_pipeline,
)

A_PAGE = 50


seekers_page = StaffPages(can_keep_seekers)
"""Views for staff who keep office seekers."""


@seekers_page("GET")
def national_run(request: HttpRequest, user: User) -> HttpResponse:
    """Who thinks of running: by state, level and stage, and whom to write to today."""
    today = timezone.localdate()
    pipeline = read_pipeline(request.GET)
    counts = encouraged_by_state()
    context = {
        "pipeline": pipeline,
        "page": Paginator(pipeline.seekers(user=user, today=today), A_PAGE).get_page(request.GET.get("page")),
        "today": today,
        "due": OfficeSeeker.objects.to_follow_up(today).count(),
        "encouraged": encouraged_in_all(),
        "states": [(count.code, count.name) for count in counts if count.code],
        "levels": Level.choices,
        "stages": [(stage.value, stage.label) for stage in STAGES],
    }
    return render(request, "endorsements/seekers/pipeline.html", context)


@seekers_page("GET", "POST")
def national_seeker(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """One of them: what they said, what was agreed, and what is agreed now."""
    rows = OfficeSeeker.objects.encouraged().select_related("person", "race", "referred_by_group", "in_hands_of")
    seeker = get_object_or_404(rows.defer("person__position", "referred_by_group__position"), pk=pk)
    form = FollowUpForm(request.POST if request.method == "POST" else None, initial=filled_in(seeker, user=user))
    if form.is_valid():
        revision = form.cleaned_data["revision"]
        try:
            follow_up(seeker=seeker, plan=form.plan(), revision=revision, actor=user, now=timezone.now())
        except SeekerError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("It is written down."))
            return redirect("national_seeker", pk=pk)
    others = OfficeSeeker.objects.encouraged().filter(person=seeker.person).exclude(pk=pk)
    context = {
        "seeker": seeker,
        "form": form,
        "follow_ups": seeker.follow_ups.select_related("by").order_by("-at", "-pk"),
        "others": others.order_by("-confirmed_at", "-pk"),
        "phones": PersonPhone.objects.filter(person=seeker.person).order_by("pk"),
        "today": timezone.localdate(),
    }
    return render(request, "endorsements/seekers/seeker.html", context, status=422 if form.errors else 200)


@seekers_page("GET")
def national_run_states(request: HttpRequest, user: User) -> HttpResponse:
    """How many were encouraged in each state, as a picture and a table."""
    context = {"counts": encouraged_by_state(), "encouraged": encouraged_in_all()}
    return render(request, "endorsements/seekers/states.html", context)


@seekers_page("GET")
@csp_override({"default-src": [CSP.NONE], "style-src": [STYLE_SOURCE]})
def national_run_map(request: HttpRequest, user: User) -> HttpResponse:
    """`/national/run/map.svg?size=small&lang=es`: the picture."""
    language = request.GET.get("lang", "")
    with translation.override(language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE):
        drawn = draw_by_state(enlarge=ENLARGED if request.GET.get("size") == "small" else 1.0)
    return HttpResponse(drawn, content_type="image/svg+xml")
