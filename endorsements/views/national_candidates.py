"""Candidates for staff: one candidate, writing them down, withdrawal, results, research."""

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.csp import CSP
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.csp import csp_override

from foundation.accounts.models import User
from foundation.web.limits import limit_posts

from ..candidates import (
    CandidateError,
    add_candidate,
    change_candidate,
    confirm_candidate,
    decline_candidate,
    plan_of,
    record_result,
    withdraw_candidate,
)
from ..forms_races import BecauseForm, CandidateForm, ResearchForm, ResultForm
from ..models import Candidate, Race, ResearchNote
from ..nominations import in_force
from ..research import MOST_BYTES, ResearchError, add_note, notes_of, remove_note
from .races_access import races_page


@races_page("GET")
def national_candidate(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Everything that staff know of a candidate."""
    return _candidate_page(request, _candidate(pk), ResearchForm())


def _candidate_page(request: HttpRequest, candidate: Candidate, form: ResearchForm) -> HttpResponse:
    context = {
        "candidate": candidate,
        "race": candidate.race,
        "links": candidate.links.order_by("pk"),
        "nominations": in_force()
        .filter(candidate=candidate)
        .select_related("group")
        .defer("group__position")
        .order_by("at", "pk"),
        "responses": candidate.responses.select_related("questionnaire").order_by("-sent_at", "-pk"),
        "notes": notes_of(candidate).order_by("-at", "-pk"),
        "form": form,
    }
    return render(request, "endorsements/candidates/candidate.html", context, status=422 if form.errors else 200)


def _candidate(pk: int) -> Candidate:
    return get_object_or_404(Candidate.objects.select_related("race__area"), pk=pk)


# --- writing down ---------------------------------------------------------------------------------------------


@races_page("GET", "POST")
def candidate_new(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Put somebody into a race."""
    race = get_object_or_404(Race, pk=pk)
    if not race.is_confirmed:
        messages.error(request, _("Confirm the race first."))
        return redirect("national_race", pk)
    form = CandidateForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            candidate = add_candidate(race=race, plan=form.plan, actor=user, now=timezone.now())
        except CandidateError as error:
            form.add_error(form.place_of_error(error.about), str(error))
        else:
            messages.success(request, _("%(name)s stands in the race now.") % {"name": candidate})
            return redirect("national_race", pk)
    return _form_page(request, "form.html", {"form": form, "race": race})


@races_page("GET", "POST")
def candidate_change(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Change what is written of them."""
    candidate = _candidate(pk)
    form = CandidateForm(request.POST if request.method == "POST" else None, initial=asdict(plan_of(candidate)))
    if form.is_valid():
        try:
            change_candidate(candidate=candidate, plan=form.plan, actor=user, now=timezone.now())
        except CandidateError as error:
            form.add_error(form.place_of_error(error.about), str(error))
        else:
            messages.success(request, _("Your changes are saved."))
            return redirect("national_candidate", pk)
    return _form_page(request, "form.html", {"form": form, "race": candidate.race, "candidate": candidate})


# --- what groups propose --------------------------------------------------------------------------------------


@races_page("POST")
def candidate_confirm(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """National's yes to a proposed candidate."""
    candidate = _candidate(pk)
    try:
        confirm_candidate(candidate=candidate, actor=user, now=timezone.now())
    except CandidateError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(name)s is confirmed.") % {"name": candidate})
    return redirect("national_race", candidate.race_id)


@races_page("GET", "POST")
def candidate_decline(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """National's no to a proposed candidate, with the reason."""
    candidate = _candidate(pk)
    form = BecauseForm(
        request.POST if request.method == "POST" else None,
        label=_("Why does national not take them up?"),
        hint=_("The groups that nominated them get it by mail."),
    )
    if form.is_valid():
        try:
            decline_candidate(candidate=candidate, because=form.cleaned_data["because"], actor=user, now=timezone.now())
        except CandidateError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("It is gone, and the groups are told why."))
            return redirect("national_race", candidate.race_id)
    return _form_page(request, "decline.html", {"form": form, "candidate": candidate, "race": candidate.race})


# --- withdrawal and results -----------------------------------------------------------------------------------


@races_page("GET", "POST")
def candidate_withdraw(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """They do not stand any more."""
    candidate = _candidate(pk)
    form = BecauseForm(
        request.POST if request.method == "POST" else None,
        label=_("Why did they withdraw, and where was it said?"),
        hint=_("Everybody can read it."),
    )
    if form.is_valid():
        try:
            withdraw_candidate(
                candidate=candidate, because=form.cleaned_data["because"], actor=user, now=timezone.now()
            )
        except CandidateError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("%(name)s has withdrawn.") % {"name": candidate})
            return redirect("national_candidate", pk)
    return _form_page(request, "withdraw.html", {"form": form, "candidate": candidate, "race": candidate.race})


@races_page("GET", "POST")
def candidate_result(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """How it ended for them."""
    candidate = _candidate(pk)
    initial = {"primary_result": candidate.primary_result, "result": candidate.result}
    form = ResultForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            record_result(candidate=candidate, actor=user, now=timezone.now(), **form.cleaned_data)
        except CandidateError as error:
            form.add_error(error.about or None, str(error))
        else:
            messages.success(request, _("The result is saved."))
            return redirect("national_candidate", pk)
    return _form_page(request, "result.html", {"form": form, "candidate": candidate, "race": candidate.race})


def _form_page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    status = 422 if context["form"].errors else 200
    return render(request, f"endorsements/candidates/{template}", context, status=status)


# --- research -------------------------------------------------------------------------------------------------


@races_page("POST")
@limit_posts("research", amount=120, seconds=3600)
def candidate_research(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Keep a note, a file, or both."""
    candidate, form = _candidate(pk), ResearchForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            add_note(
                candidate=candidate, text=form.cleaned_data["text"], file=form.research_file(MOST_BYTES), actor=user,
                now=timezone.now(),
            )  # fmt: skip
        except ResearchError as error:
            form.add_error(error.about or None, str(error))
        else:
            messages.success(request, _("It is kept, for staff only."))
            return redirect("national_candidate", pk)
    return _candidate_page(request, candidate, form)


@races_page("GET")
@csp_override({"default-src": [CSP.NONE], "sandbox": [""]})
def research_file(request: HttpRequest, user: User, pk: int, note: int) -> HttpResponse:
    """The file of a note, to be kept and not to be shown: whatever is in it runs nowhere on this site."""
    kept = get_object_or_404(ResearchNote, pk=note, candidate=pk)
    if kept.file is None:
        raise Http404
    response = HttpResponse(bytes(kept.file), content_type="application/octet-stream")
    attachment = content_disposition_header(as_attachment=True, filename=kept.file_name)
    response.headers["Content-Disposition"] = attachment or "attachment"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@races_page("GET", "POST")
def research_remove(request: HttpRequest, user: User, pk: int, note: int) -> HttpResponse:
    """Ask once more, then delete a note with its file."""
    rows = ResearchNote.objects.defer("file").select_related("candidate__race")
    kept = get_object_or_404(rows, pk=note, candidate=pk)
    if request.method == "POST":
        remove_note(note=kept, actor=user)
        messages.success(request, _("It is deleted."))
        return redirect("national_candidate", pk)
    context = {"note": kept, "candidate": kept.candidate, "race": kept.candidate.race}
    return render(request, "endorsements/candidates/research_remove.html", context)
