"""A group's agreement, read, understood, signed, taken back, downloaded. To others than its parties it is not found."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from foundation.accounts.language import present_language
from foundation.accounts.models import User
from foundation.accounts.second_factor import has_passed_second_factor
from foundation.accounts.views import signed_in_user

from ..agreements.evidence import evidence_of
from ..agreements.sheets import OFFICE_SECTION, language_in_words, office_of, text_for_group
from ..agreements.steps import (
    AgreementStepError,
    note_understanding,
    prepare_agreement,
    sign_agreement,
    withdraw_agreement,
)
from ..agreements.text import blocks_of
from ..forms_agreements import QuestionsForm, SignForm, act_words
from ..models import KEEPS_GROUP, Agreement, AgreementState, AgreementTemplate, Group, GroupStatus, Origin
from ..models.agreements import UNFINISHED
from ..permissions import can_see_agreement, can_sign_agreement
from ..reinstatement import why_not_back

_READ = require_http_methods(["GET", "HEAD", "POST"])


# --- what is loaded, and for whom -----------------------------------------------------------------------------


def _load(request: HttpRequest, reference: str) -> tuple[User, Agreement]:
    """Who asks, and the agreement of this number, which they may see. Raises Http404."""
    user = signed_in_user(request)
    agreements = Agreement.objects.without_bodies().select_related("group", "template")
    agreement = get_object_or_404(agreements, reference=reference)
    is_of_group = agreement.group.roles.filter(user=user, role__in=KEEPS_GROUP).exists()
    # Staff come here past their own door, which asks for the second factor.
    if not can_see_agreement(user, agreement) or not (is_of_group or has_passed_second_factor(request)):
        raise Http404
    return user, agreement


def _load_to_sign(request: HttpRequest, reference: str) -> tuple[User, Agreement]:
    """Who asks, and the agreement of this number, which they may sign as a point of contact. Raises Http404."""
    user, agreement = _load(request, reference)
    if not can_sign_agreement(user, agreement.group):
        raise Http404
    return user, agreement


# --- the pages ------------------------------------------------------------------------------------------------


@login_required
@_READ
def group_agreement(request: HttpRequest, slug: str) -> HttpResponse:
    """A group's agreements: the open one, that in force, and those before. By POST a contact begins one."""
    user, group = signed_in_user(request), get_object_or_404(Group.objects.defer("position"), slug=slug)
    if not group.roles.filter(user=user, role__in=KEEPS_GROUP).exists():
        raise Http404
    may_sign = can_sign_agreement(user, group)
    if request.method == "POST" and may_sign:
        return _begin(request, user, group)
    agreements = list(group.agreements.without_bodies().select_related("template").order_by("-created_at", "-pk"))
    current = AgreementTemplate.objects.current()
    is_open = any(agreement.state in UNFINISHED for agreement in agreements)
    has_current = any(
        a.state == AgreementState.IN_FORCE and a.template_id == (current and current.pk) for a in agreements
    )
    context = {
        "group": group,
        "agreements": agreements,
        "may_begin": bool(may_sign and current and not is_open and not has_current and _may_have_one(group)),
        "is_contact": may_sign,
        "has_version": current is not None,
        "languages": [(code, language_in_words(code)) for code, _name in settings.LANGUAGES],
        "language": present_language(),
    }
    return render(request, "affiliates/agreement/of_group.html", context)


def _may_have_one(group: Group) -> bool:
    """Is the group on its way to an agreement, in force, or one that may come back?"""
    return group.status != GroupStatus.ENDED or not why_not_back(group)


def _begin(request: HttpRequest, user: User, group: Group) -> HttpResponse:
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        language = present_language()
    try:
        agreement = prepare_agreement(group=group, language=language, actor=user, now=timezone.now())
    except AgreementStepError as error:
        messages.error(request, str(error))
        return redirect("group_agreement", slug=group.slug)
    return redirect("agreement", reference=agreement.reference)


@login_required
@require_safe
def agreement_page(request: HttpRequest, reference: str) -> HttpResponse:
    """Where the agreement is: being drawn, to be read, signed, in force, over."""
    user, agreement = _load(request, reference)
    may_sign = can_sign_agreement(user, agreement.group)
    context: dict[str, Any] = {"agreement": agreement, "group": agreement.group, "is_contact": may_sign}
    if agreement.can_be_signed:
        context |= _text_of(request, agreement)
    return render(request, "affiliates/agreement/agreement.html", context)


def _text_of(request: HttpRequest, agreement: Agreement) -> dict[str, Any]:
    """The words in the language that `?text=` names, by default that of the document."""
    language = request.GET.get("text", "")
    if language not in dict(settings.LANGUAGES):
        language = agreement.language
    text = text_for_group(agreement.version, agreement.group, language)
    return {
        "text": text,
        "introduction": blocks_of(text.introduction),
        "text_language": language,
        "languages": [(code, language_in_words(code)) for code, _name in settings.LANGUAGES],
        "document_language": language_in_words(agreement.language),
        "binding": language_in_words(agreement.version.binding_language),
        "office": office_of(agreement.group),
        "office_section": OFFICE_SECTION,
    }


@login_required
@require_safe
def agreement_state(request: HttpRequest, reference: str) -> HttpResponse:
    """The piece of the page that htmx asks for while a worker draws or seals; reloads the page once that is done."""
    _user, agreement = _load(request, reference)
    if "HX-Request" not in request.headers:
        return redirect("agreement", reference=reference)
    response = render(request, "affiliates/agreement/waiting.html", {"agreement": agreement})
    if agreement.state != AgreementState.PREPARING and not agreement.is_to_be_sealed:
        response.headers["HX-Refresh"] = "true"
    patch_vary_headers(response, ["HX-Request"])
    return response


@login_required
@_READ
def agreement_questions(request: HttpRequest, reference: str) -> HttpResponse:
    """A few questions about the text, all on one page. Wrong answers are explained and may be tried again."""
    user, agreement = _load_to_sign(request, reference)
    if not agreement.can_be_signed:
        return redirect("agreement", reference=reference)
    questions = text_for_group(agreement.version, agreement.group, present_language()).questions
    form = QuestionsForm(request.POST if request.method == "POST" else None, questions=questions)
    if form.is_valid():
        try:
            wrong = note_understanding(agreement=agreement, answers=form.answers, actor=user, now=timezone.now())
        except AgreementStepError as error:
            return _gone_on(request, reference, error)
        if not wrong:
            return redirect("agreement_sign", reference=reference)
        form.explain([question for question in questions if question.key in {one.key for one in wrong}])
    context = {"agreement": agreement, "group": agreement.group, "form": form}
    return render(request, "affiliates/agreement/questions.html", context, status=422 if form.errors else 200)


@login_required
@_READ
def agreement_sign(request: HttpRequest, reference: str) -> HttpResponse:
    """The document itself, the consent, and the signature."""
    user, agreement = _load_to_sign(request, reference)
    if not agreement.can_be_signed:
        return redirect("agreement", reference=reference)
    if not agreement.understood_at:
        return redirect("agreement_questions", reference=reference)
    form = SignForm(request.POST if request.method == "POST" else None, agreement=agreement)
    if form.is_valid():
        signature, evidence = form.signature(), evidence_of(request)
        try:
            sign_agreement(agreement=agreement, signature=signature, evidence=evidence, actor=user, now=timezone.now())
        except AgreementStepError as error:
            return _gone_on(request, reference, error)
        return redirect("agreement", reference=reference)
    context = {"agreement": agreement, "group": agreement.group, "form": form, "act_words": act_words(agreement)}
    return render(request, "affiliates/agreement/sign.html", context, status=422 if form.errors else 200)


@login_required
@_READ
def agreement_withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    """Taking the agreement back, once it is confirmed."""
    user, agreement = _load_to_sign(request, reference)
    if agreement.state not in UNFINISHED:
        return redirect("agreement", reference=reference)
    if request.method == "POST":
        try:
            withdraw_agreement(agreement=agreement, actor=user, now=timezone.now())
        except AgreementStepError as error:
            return _gone_on(request, reference, error)
        messages.success(request, _("The agreement is withdrawn."))
        return redirect("group_agreement", slug=agreement.group.slug)
    return render(request, "affiliates/agreement/withdraw.html", {"agreement": agreement, "group": agreement.group})


def _gone_on(request: HttpRequest, reference: str, error: AgreementStepError) -> HttpResponse:
    """Say why the step could not be taken, on the page that shows where the agreement is."""
    messages.error(request, str(error))
    return redirect("agreement", reference=reference)


# --- the documents --------------------------------------------------------------------------------------------


def _download(body: str, name: str) -> Callable[[HttpRequest, str], HttpResponse]:
    """A view that gives the PDF in the column `body`, to be kept as `<reference><name>.pdf`."""

    @login_required
    @require_safe
    def download(request: HttpRequest, reference: str) -> HttpResponse:
        _user, agreement = _load(request, reference)
        content = Agreement.objects.values_list(body, flat=True).get(pk=agreement.pk)
        if content is None or agreement.origin != Origin.HERE:
            raise Http404
        response = HttpResponse(bytes(content), content_type="application/pdf")
        response.headers["Content-Disposition"] = f'inline; filename="{agreement.reference}{name}.pdf"'
        return response

    return download


agreement_document = _download("pdf", "")
agreement_sealed = _download("sealed_pdf", "-sealed")
agreement_certificate = _download("certificate_pdf", "-certificate")
