"""The questions of an application, one a page."""

import datetime
from collections.abc import Callable
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.accounts.language import present_language
from foundation.accounts.models import User

from .. import applications, roles
from ..agreements.steps import AgreementStepError, prepare_agreement
from ..application_tasks import agreement_of, call_answers_of, changes_asked, people_of, waits_for
from ..forms_applications import (
    AbroadForm,
    ActionsForm,
    AnswerForm,
    ContactForm,
    IssuesForm,
    NameForm,
    NeighboursForm,
    PrioritiesForm,
    WhereForm,
    WhoForm,
)
from ..models import Agreement, AgreementState, Application, Group, Role, RoleInvitation
from ..neighbours import neighbours_of
from ..turns import ReviewError
from .applicant_access import applicant_page, load_application
from .invitations import is_invited_too_often


class QuestionPage(NamedTuple):
    """How one question is asked and its answer saved. `after` is where to go then: a question, or the task list."""

    title: str | Promise
    form: type[AnswerForm]
    save: Callable[..., None]
    after: str = "status"
    task: str = ""


_PAGES = {
    "who": QuestionPage(gettext_lazy("Who are you?"), WhoForm, applications.answer_who),
    "where": QuestionPage(gettext_lazy("Where is the group at home?"), WhereForm, applications.answer_where),
    "abroad": QuestionPage(gettext_lazy("Where outside the United States?"), AbroadForm, applications.answer_where),
    "name": QuestionPage(
        gettext_lazy("What is the group called?"), NameForm, applications.answer_name, "neighbours", "name"
    ),
    "neighbours": QuestionPage(
        gettext_lazy("Who is there already"), NeighboursForm, applications.answer_neighbours, task="name"
    ),
    "issues": QuestionPage(gettext_lazy("Local issues"), IssuesForm, applications.answer_plan, "actions"),
    "actions": QuestionPage(gettext_lazy("Actions"), ActionsForm, applications.answer_plan, "priorities"),
    "priorities": QuestionPage(gettext_lazy("Priorities"), PrioritiesForm, applications.answer_plan),
}


@applicant_page("GET", "POST")
def question(request: HttpRequest, user: User, application: Application, key: str) -> HttpResponse:
    """Ask one question and save the answer. Where it cannot be saved, what was typed stands beside what is saved."""
    page = _PAGES[key]
    if request.method != "POST" and not application.is_with_applicant:
        return redirect("application_status", pk=application.pk)
    if page.task and "where" in waits_for(application, page.task):
        return redirect("application_where", pk=application.pk)
    if key == "neighbours" and not application.name:
        return redirect("application_name", pk=application.pk)
    extra = _neighbours(application) if key == "neighbours" else {}
    form = _form(page, application, request, extra)
    if not form.is_valid():
        return _ask(request, key, application, form, extra, status=422 if form.errors else 200)
    try:
        _save(page, form, application, user, now=timezone.now())
    except ReviewError as error:
        present = load_application(user, application.pk)
        form.refuse(str(error), present)
        return _ask(request, key, present, form, extra, status=409)
    return _go_on(request, page, application)


def _form(page: QuestionPage, application: Application, request: HttpRequest, extra: dict[str, Any]) -> AnswerForm:
    posted = request.POST if request.method == "POST" else None
    if "needs_reason" in extra:
        return page.form(posted, application=application, needs_reason=extra["needs_reason"])
    return page.form(posted, application=application)


def _save(
    page: QuestionPage, form: AnswerForm, application: Application, user: User, *, now: datetime.datetime
) -> None:
    page.save(application=application, revision=form.cleaned_data["revision"], actor=user, now=now, **form.answers)


def _go_on(request: HttpRequest, page: QuestionPage, application: Application) -> HttpResponse:
    """To the next question of the same task, where it is open, else to the task list."""
    after = page.after
    if after == "neighbours" and application.neighbours_seen_at:
        after = "status"
    return redirect(f"application_{after}", pk=application.pk)


def _ask(
    request: HttpRequest,
    key: str,
    application: Application,
    form: AnswerForm,
    extra: dict[str, Any],
    *,
    status: int,
) -> HttpResponse:
    context = {
        "application": application,
        "key": key,
        "page": _PAGES[key],
        "form": form,
        "asked": [change.text for change in changes_asked(application) if change.question.key == key],
        "saved_now": _saved_now(form, application) if status == 409 else [],
        **extra,
    }
    template = "neighbours" if key == "neighbours" else "question"
    return render(request, f"affiliates/application/{template}.html", context, status=status)


def _saved_now(form: AnswerForm, application: Application) -> list[tuple[Any, Any]]:
    """Each field's label with what is saved in it at present."""
    return [(form.fields[name].label, value) for name, value in form.answer_of(application).items() if value]


def _neighbours(application: Application) -> dict[str, Any]:
    found = neighbours_of(application)
    return {"neighbours": found, "needs_reason": any(one.needs_reason for one in found)}


# --- points of contact ----------------------------------------------------------------------------------------


@applicant_page("GET", "POST")
def contacts(request: HttpRequest, user: User, application: Application) -> HttpResponse:
    """Who answers for the group, who is invited, and inviting another one."""
    if not application.is_with_applicant:
        return redirect("application_status", pk=application.pk)
    if application.group is None:
        return redirect("application_name" if application.place_name else "application_where", pk=application.pk)
    form = ContactForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _invite(user, application.group, form):
        messages.success(request, _("The invitation is on its way."))
        return redirect("application_contacts", pk=application.pk)
    context = {
        "application": application,
        "people": people_of(application),
        "invitations": application.group.invitations.filter(role=Role.CONTACT).open(timezone.now()).order_by("pk"),
        "form": form,
        "asked": [change.text for change in changes_asked(application) if change.question.key == "contacts"],
    }
    return render(request, "affiliates/application/contacts.html", context, status=422 if form.errors else 200)


def _invite(user: User, group: Group, form: ContactForm) -> bool:
    """Invite as the form says; False with the reason in the form where that cannot be."""
    if is_invited_too_often(group, form.cleaned_data["email"]):
        form.add_error("email", _("We wrote to this address several times today. Try again tomorrow."))
        return False
    try:
        roles.invite(group=group, role=Role.CONTACT, actor=user, now=timezone.now(), **form.cleaned_data)
    except roles.RoleError as error:
        form.add_error("email", str(error))
        return False
    return True


@applicant_page("POST")
def contact_revoke(request: HttpRequest, user: User, application: Application, invitation: int) -> HttpResponse:
    """Take an invitation back."""
    found = get_object_or_404(RoleInvitation.objects.filter(group=application.group_id), pk=invitation)
    try:
        roles.revoke_invitation(invitation=found, actor=user, now=timezone.now())
    except roles.RoleError as error:
        messages.error(request, str(error))
    return redirect("application_contacts", pk=application.pk)


@applicant_page("POST")
def contacts_done(request: HttpRequest, user: User, application: Application) -> HttpResponse:
    """The applicant has invited whom they wanted to."""
    try:
        applications.finish_contacts(application=application, revision=None, actor=user, now=timezone.now())
    except ReviewError as error:
        messages.error(request, str(error))
    return redirect("application_status", pk=application.pk)


# --- the call and the agreement -------------------------------------------------------------------------------


@applicant_page("GET")
def call(request: HttpRequest, user: User, application: Application) -> HttpResponse:
    """Which organizing calls the people of the application signed up for, or were on."""
    context = {
        "application": application,
        "answers": call_answers_of(application),
        "asked": [change.text for change in changes_asked(application) if change.question.key == "call"],
        "now": timezone.now(),
    }
    return render(request, "affiliates/application/call.html", context)


@applicant_page("GET", "POST")
def agreement(request: HttpRequest, user: User, application: Application) -> HttpResponse:
    """The agreement of the group: by POST it is made out; read, checked and signed it is on pages of its own."""
    if not application.is_with_applicant:
        return redirect("application_status", pk=application.pk)
    if missing := waits_for(application, "agreement"):
        return redirect(f"application_{missing[0]}", pk=application.pk)
    if request.method == "POST" and application.group:
        try:
            prepare_agreement(group=application.group, language=present_language(), actor=user, now=timezone.now())
        except AgreementStepError as error:
            messages.error(request, str(error))
        return redirect("application_agreement", pk=application.pk)
    present = agreement_of(application)
    context = {
        "application": application,
        "agreement": present,
        "former": None if present else _last_closed(application),
        "States": AgreementState,
        "asked": [change.text for change in changes_asked(application) if change.question.key == "agreement"],
    }
    return render(request, "affiliates/application/agreement.html", context)


def _last_closed(application: Application) -> Agreement | None:
    """The last one that came to nothing, to say why there is another to sign."""
    if application.group is None:
        return None
    return application.group.agreements.without_bodies().order_by("-created_at", "-pk").first()
