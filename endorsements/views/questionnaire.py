"""A candidate's questionnaire, behind the link that was mailed: one screen, saved, checked, sent."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from foundation.web.limits import limit_posts

from ..forms_questionnaires import AnswersForm
from ..models import QuestionnaireResponse
from ..questionnaires import QuestionnaireError
from ..responses import (
    ResponseLinkError,
    asked_questions,
    earlier_response,
    is_open,
    missing_answers,
    response_of,
    reuse_answers,
    save_answers,
    send_answers,
)

_GONE = 410


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limit_posts("questionnaire", amount=120, seconds=3600)
def questionnaire_answers(request: HttpRequest, token: str) -> HttpResponse:
    """Opening it changes nothing; its buttons save, take earlier answers over, and send.

    `?step=check` shows what is saved, with the button that sends it.
    """
    try:
        response = response_of(token, now=timezone.now())
    except ResponseLinkError:
        return render(request, "endorsements/questionnaire/link_error.html", status=404)
    if not is_open(response, timezone.now()):
        return _closed(request, response)
    if request.method == "POST":
        return _press(request, response, token)
    if request.GET.get("step") == "check":
        return _check(request, response)
    return _questions(request, response)


def _press(request: HttpRequest, response: QuestionnaireResponse, token: str) -> HttpResponse:
    now, do = timezone.now(), request.POST.get("do")
    try:
        if do == "reuse":
            taken = reuse_answers(response=response, now=now)
            messages.success(request, _("Your earlier answers are here: %(count)d.") % {"count": taken})
            return redirect("questionnaire_answers", token=token)
        if do == "send":
            return _send(request, response, token)
        return _save(request, response, token)
    except QuestionnaireError as error:
        messages.error(request, str(error))
        return redirect("questionnaire_answers", token=token)


def _save(request: HttpRequest, response: QuestionnaireResponse, token: str) -> HttpResponse:
    """Keep what is typed; with the button "check", go on to see it as it would be sent."""
    form = AnswersForm(request.POST, asked=asked_questions(response))
    if not form.is_valid():
        return _questions(request, response, form)
    save_answers(response=response, said=form.said, now=timezone.now())
    if request.POST.get("do") != "check":
        messages.success(request, _("It is saved. You can go on by the link in your mail."))
        return redirect("questionnaire_answers", token=token)
    missing = missing_answers(response)
    if missing:
        form.mark_missing(missing)
        return _questions(request, response, form)
    return redirect(f"{request.path}?step=check")


def _send(request: HttpRequest, response: QuestionnaireResponse, token: str) -> HttpResponse:
    send_answers(response=response, now=timezone.now())
    return redirect("questionnaire_answers", token=token)


def _questions(request: HttpRequest, response: QuestionnaireResponse, form: AnswersForm | None = None) -> HttpResponse:
    status = 422 if form else 200
    earlier = None if form or response.reused_from_id else earlier_response(response, timezone.now())
    context = {
        **_facts(response),
        "form": form or AnswersForm(asked=asked_questions(response)),
        "earlier": earlier,
    }
    return render(request, "endorsements/questionnaire/answers.html", context, status=status)


def _check(request: HttpRequest, response: QuestionnaireResponse) -> HttpResponse:
    context = {**_facts(response), "asked": asked_questions(response), "missing": missing_answers(response)}
    return render(request, "endorsements/questionnaire/check.html", context)


def _closed(request: HttpRequest, response: QuestionnaireResponse) -> HttpResponse:
    """What was sent; of what was not, only that it is too late."""
    context = {**_facts(response), "asked": asked_questions(response) if response.answered_at else []}
    status = 200 if response.answered_at else _GONE
    return render(request, "endorsements/questionnaire/closed.html", context, status=status)


def _facts(response: QuestionnaireResponse) -> dict[str, object]:
    candidate = response.candidate
    return {
        "response": response,
        "questionnaire": response.questionnaire,
        "candidate": candidate,
        "race": candidate.race,
    }
