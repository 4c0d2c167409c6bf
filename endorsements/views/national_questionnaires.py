"""Questionnaires for staff: their versions, and what becomes of one that is sent to a candidate."""

import datetime
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.accounts.models import User

from ..forms_questionnaires import LevelForm, VersionForm
from ..forms_races import SendQuestionnaireForm
from ..models import Candidate, Level, Questionnaire, QuestionnaireResponse
from ..questionnaires import (
    QuestionnaireError,
    StaleDraftError,
    begin_version,
    change_version,
    current_version,
    publish_version,
    questions_of,
)
from ..race_queue import answers_waiting
from ..responses import (
    USUAL_DAYS,
    asked_questions,
    give_back,
    hide_response,
    publish_response,
    revoke_links,
    send_questionnaire,
)
from .races_access import races_page

SHOWN = 100

# --- versions -------------------------------------------------------------------------------------------------


@races_page("GET", "POST")
def questionnaires(request: HttpRequest, user: User) -> HttpResponse:
    """The versions of each level, and whose answers wait. By POST the draft of the next version is begun."""
    form = LevelForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        draft = begin_version(level=form.cleaned_data["level"], actor=user, now=timezone.now())
        return redirect("questionnaire_version", draft.pk)
    versions = list(Questionnaire.objects.order_by("level", "-version"))
    waiting = answers_waiting().select_related("candidate__race").order_by("answered_at", "pk")
    context = {
        "form": form,
        "levels": [(level, [one for one in versions if one.level == level]) for level in Level],
        "waiting": waiting[:SHOWN],
    }
    return render(request, "endorsements/questionnaires/list.html", context, status=422 if form.errors else 200)


@races_page("GET", "POST")
def questionnaire_version(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """A published version to be read, a draft to be written."""
    version = get_object_or_404(Questionnaire, pk=pk)
    questions = questions_of(version)
    if version.published_at:
        sent = version.responses.count()
        context = {"version": version, "questions": questions, "sent": sent}
        return render(request, "endorsements/questionnaires/version.html", context)
    data = request.POST if request.method == "POST" else None
    form = VersionForm(data, questions=questions, initial={"title": version.title})
    if form.is_valid():
        try:
            change_version(
                questionnaire=version, title=form.cleaned_data["title"], questions=form.questions, read=form.read,
                actor=user,
            )  # fmt: skip
        except (QuestionnaireError, StaleDraftError) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The draft is saved."))
            return redirect("questionnaire_version", pk)
    context = {"version": version, "questions": questions, "form": form}
    return render(request, "endorsements/questionnaires/draft.html", context, status=422 if form.errors else 200)


@races_page("GET", "POST")
def questionnaire_publish(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Show the questions once more, then publish them."""
    version = get_object_or_404(Questionnaire, pk=pk)
    if version.published_at:
        return redirect("questionnaire_version", pk)
    if request.method == "POST":
        try:
            publish_version(questionnaire=version, actor=user, now=timezone.now())
        except QuestionnaireError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("It is published. Candidates of this level get it from now on."))
        return redirect("questionnaire_version", pk)
    context = {"version": version, "questions": questions_of(version), "current": current_version(version.level)}
    return render(request, "endorsements/questionnaires/publish.html", context)


# --- of one candidate -----------------------------------------------------------------------------------------


@races_page("GET", "POST")
def candidate_questionnaire(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Send it, send it again, read what came back, publish it or not."""
    candidate = get_object_or_404(Candidate.objects.select_related("race"), pk=pk)
    do = request.POST.get("do", "")
    if request.method == "POST" and do in _ACTS:
        return _act(request, user, candidate, do)
    initial = {"due": timezone.localdate() + datetime.timedelta(days=USUAL_DAYS), "language": "en"}
    data = request.POST if request.method == "POST" else None
    languages = [(code, str(name)) for code, name in settings.LANGUAGES]
    form = SendQuestionnaireForm(data, initial=initial, languages=languages)
    if form.is_valid():
        try:
            send_questionnaire(
                candidate=candidate, due_at=form.due_at, language=form.cleaned_data["language"], actor=user,
                now=timezone.now(),
            )  # fmt: skip
        except QuestionnaireError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("It is on its way to the campaign."))
            return redirect("national_candidate_questionnaire", pk)
    return _page(request, candidate, form)


def _page(request: HttpRequest, candidate: Candidate, form: SendQuestionnaireForm) -> HttpResponse:
    responses = list(candidate.responses.select_related("questionnaire", "reused_from__candidate__race"))
    responses.sort(key=lambda one: -one.questionnaire.version)
    version = current_version(candidate.race.level)
    is_answered = any(one.questionnaire == version and one.answered_at for one in responses)
    context = {
        "candidate": candidate,
        "race": candidate.race,
        "form": form,
        "version": version,
        "may_send": bool(version and candidate.email and not is_answered and not candidate.withdrawn_at),
        "responses": [(one, asked_questions(one) if one.answered_at else []) for one in responses],
    }
    status = 422 if form.errors else 200
    return render(request, "endorsements/candidates/questionnaire.html", context, status=status)


type _Do = Callable[[QuestionnaireResponse, User], object]

_ACTS: dict[str, _Do] = {
    "publish": lambda response, user: publish_response(response=response, actor=user, now=timezone.now()),
    "hide": lambda response, user: hide_response(response=response, actor=user),
    "give back": lambda response, user: give_back(response=response, actor=user),
    "revoke": lambda response, user: revoke_links(response=response, actor=user, now=timezone.now()),
}


def _act(request: HttpRequest, user: User, candidate: Candidate, do: str) -> HttpResponse:
    key = request.POST.get("response", "")
    known = candidate.responses.filter(pk=int(key)) if key.isdecimal() and len(key) < 15 else candidate.responses.none()
    response = get_object_or_404(known)
    try:
        _ACTS[do](response, user)
    except QuestionnaireError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _said(do))
    return redirect("national_candidate_questionnaire", candidate.pk)


def _said(do: str) -> str:
    return {
        "publish": _("The answers are on the candidate’s page."),
        "hide": _("The answers are not shown any more."),
        "give back": _("The candidate can change the answers by the link that they have."),
        "revoke": _("The links that were mailed open nothing any more. Send a new one."),
    }[do]
