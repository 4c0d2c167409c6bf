"""Staff write the agreement: versions, their sections and questions in every language, preview, publication."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from foundation.accounts.language import present_language
from foundation.accounts.models import User
from foundation.documents.requesting import request_document

from ..agreements.editing import Part, Texts, move_item, position_of, put_item, put_opening, remove_item
from ..agreements.previewing import preview_subject
from ..agreements.sheets import PREVIEW, language_in_words, text_for_nobody
from ..agreements.templates import DraftChangedError, TemplateError, begin_draft, change_draft, publish_draft
from ..agreements.text import AgreementTextError, blocks_of, read_texts
from ..forms_agreement_text import OpeningForm, QuestionForm, SectionForm
from ..models import AgreementTemplate, TemplateState
from ..permissions import can_edit_agreement_text

_PAGE = require_http_methods(["GET", "HEAD", "POST"])


def _author(request: HttpRequest) -> User:
    if not isinstance(request.user, User) or not can_edit_agreement_text(request.user):
        raise PermissionDenied
    return request.user


def _load(request: HttpRequest, version: int) -> tuple[User, AgreementTemplate]:
    """Who asks, and the version of this number."""
    author = _author(request)
    if version > 32_000:
        raise Http404
    return author, get_object_or_404(AgreementTemplate, version=version)


def _load_draft(request: HttpRequest, version: int) -> tuple[User, AgreementTemplate]:
    """Who asks, and the draft of this number; of a published version there is nothing to edit."""
    author, template = _load(request, version)
    if not template.is_draft:
        raise Http404
    return author, template


@login_required
@_PAGE
def versions(request: HttpRequest) -> HttpResponse:
    """All versions, the newest first. By POST the draft of the next one is begun."""
    author = _author(request)
    if request.method == "POST":
        return redirect("agreement_text", version=begin_draft(actor=author).version)
    templates = AgreementTemplate.objects.select_related("published_by").order_by("-version")
    context = {
        "templates": templates,
        "current": AgreementTemplate.objects.current(),
        "has_draft": any(template.state == TemplateState.DRAFT for template in templates),
    }
    return render(request, "affiliates/agreement/text_versions.html", context)


@login_required
@_PAGE
def version_page(request: HttpRequest, version: int) -> HttpResponse:
    """One version: what stands in it, with what can be done to a draft at each part."""
    author, template = _load(request, version)
    if request.method == "POST":
        if request.POST.get("do") == "pdf":
            return _ask_for_pdf(request, author, template)
        if template.is_draft:
            _rearrange(request, author, template)
        return redirect("agreement_text", version=version)
    text = read_texts(template.texts)[present_language()]
    context = {
        "template": template,
        "text": text,
        "binding": language_in_words(template.binding_language),
        "languages": _languages(),
        "sha256": template.content_sha256,
    }
    return render(request, "affiliates/agreement/text_version.html", context)


def _languages() -> list[tuple[str, str]]:
    return [(code, language_in_words(code)) for code, _name in settings.LANGUAGES]


def _ask_for_pdf(request: HttpRequest, author: User, template: AgreementTemplate) -> HttpResponse:
    """Have a worker draw the version as it would be signed, in the language that is asked for."""
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        language = template.binding_language
    document = request_document(
        kind=PREVIEW, subject=preview_subject(template), actor=author, language=language, now=timezone.now()
    )
    return redirect(document)


def _rearrange(request: HttpRequest, author: User, template: AgreementTemplate) -> None:
    """Move a part up or down, or remove it."""
    do, key = request.POST.get("do", ""), request.POST.get("key", "")
    part: Part = "question" if request.POST.get("part") == "question" else "section"
    if do == "remove":
        texts = remove_item(template.texts, part, key)
    elif do in {"up", "down"}:
        texts = move_item(template.texts, part, key, up=do == "up")
    else:
        return
    try:
        change_draft(
            template=template, seen=request.POST.get("seen", ""), texts=texts,
            binding_language=template.binding_language, actor=author,
        )  # fmt: skip
    except (TemplateError, AgreementTextError) as error:
        messages.error(request, str(error))


# --- one part at a time ---------------------------------------------------------------------------------------


@login_required
@_PAGE
def edit_opening(request: HttpRequest, version: int) -> HttpResponse:
    """The title, the introduction, and which language binds."""
    author, draft = _load_draft(request, version)
    form = OpeningForm(
        request.POST if request.method == "POST" else None, initial=draft.texts, seen=draft.content_sha256,
        binding_language=draft.binding_language,
    )  # fmt: skip

    def change() -> tuple[Texts, str]:
        return put_opening(draft.texts, form.in_each_language()), form.cleaned_data["binding_language"]

    return _edit(request, author, draft, form, change, title=_("Title and introduction"))


@login_required
@_PAGE
def edit_section(request: HttpRequest, version: int, key: str = "") -> HttpResponse:
    """One section, or a new one."""
    author, draft = _load_draft(request, version)
    form = SectionForm(request.POST if request.method == "POST" else None, **_part(draft, "section", key))

    def change() -> tuple[Texts, str]:
        key_of_it = key or form.cleaned_data["key"]
        return put_item(draft.texts, "section", key_of_it, form.in_each_language()), draft.binding_language

    return _edit(request, author, draft, form, change, title=_("Section") if key else _("A new section"))


@login_required
@_PAGE
def edit_question(request: HttpRequest, version: int, key: str = "") -> HttpResponse:
    """One question of the comprehension check, or a new one."""
    author, draft = _load_draft(request, version)
    part = _part(draft, "question", key)
    right = next((item["right"] + 1 for item in part["initial"].values() if item), None)
    part["initial"] = {
        code: {**item, "choices": "\n".join(item.get("choices", []))} for code, item in part["initial"].items()
    }
    form = QuestionForm(request.POST if request.method == "POST" else None, right=right, **part)

    def change() -> tuple[Texts, str]:
        key_of_it = key or form.cleaned_data["key"]
        return put_item(draft.texts, "question", key_of_it, form.in_each_language()), draft.binding_language

    return _edit(request, author, draft, form, change, title=_("Question") if key else _("A new question"))


def _part(draft: AgreementTemplate, part: Part, key: str) -> dict[str, Any]:
    """What the form of a section or question begins with. Raises Http404 for a key that there is not."""
    initial: dict[str, Any] = {code: {} for code in draft.texts}
    if key:
        for code, text in draft.texts.items():
            position = position_of(text, part, key)
            if position is None:
                raise Http404
            initial[code] = text[part][position]
    taken = None if key else [item["key"] for item in draft.texts[draft.binding_language].get(part, [])]
    return {"initial": initial, "seen": draft.content_sha256, "taken": taken}


def _edit(
    request: HttpRequest,
    author: User,
    draft: AgreementTemplate,
    form: OpeningForm | SectionForm | QuestionForm,
    change: Callable[[], tuple[Texts, str]],
    *,
    title: str,
) -> HttpResponse:
    """Show the form, or write what it holds into the draft."""
    if form.is_valid():
        texts, binding_language = change()
        try:
            change_draft(
                template=draft, seen=form.cleaned_data["seen"], texts=texts, binding_language=binding_language,
                actor=author,
            )  # fmt: skip
        except DraftChangedError as error:
            form.add_error(
                None, _("%(error)s Your words are still here: save once more to put them in.") % {"error": error}
            )
            form.see(AgreementTemplate.objects.get(pk=draft.pk).content_sha256)
        except (TemplateError, AgreementTextError) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Your changes are saved."))
            return redirect("agreement_text", version=draft.version)
    context = {"form": form, "template": draft, "page_title": title}
    return render(request, "affiliates/agreement/text_edit.html", context, status=422 if form.errors else 200)


# --- looking and publishing -----------------------------------------------------------------------------------


@login_required
def preview(request: HttpRequest, version: int) -> HttpResponse:
    """The version as its signer reads it, in the language of `?text=`."""
    _author_of_it, template = _load(request, version)
    language = request.GET.get("text", "")
    if language not in dict(settings.LANGUAGES):
        language = template.binding_language
    text = text_for_nobody(template, language)
    context = {
        "template": template,
        "text": text,
        "introduction": blocks_of(text.introduction),
        "text_language": language,
        "languages": _languages(),
    }
    return render(request, "affiliates/agreement/text_preview.html", context)


@login_required
@_PAGE
def publish(request: HttpRequest, version: int) -> HttpResponse:
    """Publication, once it is confirmed: of the words that were on the page."""
    author, draft = _load(request, version)
    if not draft.is_draft:
        return redirect("agreement_text", version=version)
    if request.method == "POST":
        try:
            publish_draft(template=draft, seen=request.POST.get("seen", ""), actor=author, now=timezone.now())
        except (TemplateError, AgreementTextError) as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Version %(version)d is published.") % {"version": version})
        return redirect("agreement_text", version=version)
    context = {"template": draft, "sha256": draft.content_sha256, "current": AgreementTemplate.objects.current()}
    return render(request, "affiliates/agreement/text_publish.html", context)
