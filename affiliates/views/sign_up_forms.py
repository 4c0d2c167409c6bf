"""Building sign-up forms and seeing who signed up: organizers for their group, staff for the network.

The same pages below two addresses: /organize/groups/<slug>/forms/ and /national/forms/. Who may not build the forms of
a group does not find them.
"""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.accounts.views import signed_in_user
from foundation.documents.requesting import request_document

from .. import sign_up_forms
from ..builder_forms import FormContentForm, QuestionForm, content_of
from ..joining_forms import own_form
from ..models import Group, QuestionKind, SignUpForm
from ..models.sign_up import MOST_QUESTIONS
from ..permissions import can_build_form
from ..posters import POSTER, address_of, embed_address, public_address, qr_code, subject_of

PAGE_SIZE = 50


# --- what is loaded, and for whom -----------------------------------------------------------------------------


def _builder(request: HttpRequest, slug: str | None) -> tuple[User, Group | None]:
    """Who asks, and the group of this slug; no slug stands for the network. Raises Http404 or PermissionDenied."""
    user = signed_in_user(request)
    group = get_object_or_404(Group.objects.defer("position"), slug=slug) if slug else None
    if can_build_form(user, group):
        return user, group
    if group is None:
        raise PermissionDenied
    raise Http404


def _load(request: HttpRequest, slug: str | None, form: str) -> tuple[User, SignUpForm]:
    """Who asks, and the form of this address, which is the group's or the network's own."""
    user, group = _builder(request, slug)
    found = get_object_or_404(SignUpForm.objects.prefetch_related("questions"), slug=form, group=group)
    found.group = group
    return user, found


def _list_address(group: Group | None) -> str:
    return reverse("group_forms", args=[group.slug]) if group else reverse("national_forms")


def _draw(
    request: HttpRequest, template: str, group: Group | None, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page of the builders, which all know whose forms they are about and where the list of them is."""
    everything = {"group": group, "list_address": _list_address(group), **context}
    return render(request, f"affiliates/sign_up/{template}", everything, status=status)


def _about(form: SignUpForm) -> dict[str, Any]:
    """What all pages about one form show: the form, its address, and the tabs that lead to the others."""
    tabs = [
        (address_of(form, "results"), _("Who signed up")),
        (address_of(form, "edit"), _("What it asks")),
        (address_of(form, "questions"), _("Own questions")),
        (address_of(form, "preview"), _("Preview")),
        (address_of(form, "share"), _("Share it")),
    ]
    return {
        "sign_up_form": form,
        "address": public_address(form),
        "tabs": tabs,
        "open_address": address_of(form, "open"),
    }


# --- the forms ------------------------------------------------------------------------------------------------


@login_required
def form_list(request: HttpRequest, slug: str | None = None) -> HttpResponse:
    """All forms of a group, or of the network, the newest first."""
    _user, group = _builder(request, slug)
    forms = SignUpForm.objects.filter(group=group).with_counts(timezone.now()).order_by("-created_at", "-pk")
    for form in forms:
        form.group = group
    rows = [(form, address_of(form, "results")) for form in forms]
    new = reverse("group_form_new", args=[group.slug]) if group else reverse("national_form_new")
    return _draw(request, "list.html", group, {"rows": rows, "new_address": new})


@login_required
def form_new(request: HttpRequest, slug: str | None = None) -> HttpResponse:
    """A new form. Its own questions come next."""
    user, group = _builder(request, slug)
    usual = {"known_fields": ["name", "place"], "consents": ["group_mail"] if group else ["network_mail"]}
    posted = request.POST if request.method == "POST" else None
    form = FormContentForm(posted, group=group, initial={**usual, "languages": ["en", "es"]})
    if form.is_valid():
        made = sign_up_forms.create_form(group=group, content=form.content, actor=user, now=timezone.now())
        messages.success(request, _("The form is made. Add questions of your own, or share it as it is."))
        return redirect(address_of(made, "questions"))
    return _draw(request, "new.html", group, {"form": form}, status=422 if form.errors else 200)


@login_required
def form_edit(request: HttpRequest, form: str, slug: str | None = None) -> HttpResponse:
    """What the form asks besides its own questions."""
    user, found = _load(request, slug, form)
    posted = request.POST if request.method == "POST" else None
    content = FormContentForm(posted, group=found.group, initial=content_of(found))
    if content.is_valid():
        sign_up_forms.change_form(form=found, content=content.content, actor=user)
        messages.success(request, _("Your changes are saved."))
        return redirect(address_of(found, "edit"))
    status = 422 if content.errors else 200
    return _draw(request, "edit.html", found.group, {**_about(found), "form": content}, status=status)


@login_required
def form_questions(request: HttpRequest, form: str, slug: str | None = None) -> HttpResponse:
    """The form's own questions: one is added, removed, or moved up or down at each press."""
    user, found = _load(request, slug, form)
    if request.method == "POST" and request.POST.get("do") in {"up", "down", "remove"}:
        _change_question(request, user, found)
        return redirect(address_of(found, "questions"))
    adding = QuestionForm(request.POST if request.method == "POST" else None)
    if adding.is_valid():
        given = {**adding.cleaned_data, "kind": QuestionKind(adding.cleaned_data["kind"])}
        try:
            sign_up_forms.add_question(form=found, actor=user, **given)
        except sign_up_forms.TooManyQuestionsError:
            messages.error(request, _("A form has at most 20 questions of its own."))
        return redirect(address_of(found, "questions"))
    questions = list(found.questions.all())
    context = {
        **_about(found),
        "form": adding,
        "questions": questions,
        "may_add": len(questions) < MOST_QUESTIONS,
    }
    return _draw(request, "questions.html", found.group, context, status=422 if adding.errors else 200)


def _change_question(request: HttpRequest, user: User, form: SignUpForm) -> None:
    key = request.POST.get("question", "")
    question = form.questions.filter(pk=key).first() if key.isascii() and key.isdigit() and len(key) < 10 else None
    if question is None:  # somebody else has removed it
        return
    if request.POST["do"] == "remove":
        sign_up_forms.remove_question(question=question, actor=user)
    else:
        sign_up_forms.move_question(question=question, up=request.POST["do"] == "up", actor=user)


@login_required
def form_preview(request: HttpRequest, form: str, slug: str | None = None) -> HttpResponse:
    """The form as others see it; it cannot be sent from here."""
    _user, found = _load(request, slug, form)
    return _draw(request, "preview.html", found.group, {**_about(found), "form": own_form(found)})


@login_required
def form_open(request: HttpRequest, form: str, slug: str | None = None) -> HttpResponse:
    """Open the form or close it."""
    user, found = _load(request, slug, form)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    sign_up_forms.set_open(form=found, is_open=request.POST.get("do") == "open", actor=user)
    messages.success(request, _("The form is open.") if found.is_open else _("The form is closed."))
    return redirect(address_of(found, "results"))


@login_required
def form_share(request: HttpRequest, form: str, slug: str | None = None) -> HttpResponse:
    """The form's address, its QR code, what to paste into another site, and by POST the poster."""
    user, found = _load(request, slug, form)
    if request.method == "POST":
        poster = request_document(kind=POSTER, subject=subject_of(found), actor=user, now=timezone.now())
        return redirect(poster)
    context = {
        **_about(found),
        "embed_address": embed_address(found),
        "qr": qr_code(found),
        "form": own_form(found),
    }
    return _draw(request, "share.html", found.group, context)


# --- who signed up --------------------------------------------------------------------------------------------


@login_required
def form_results(request: HttpRequest, form: str, slug: str | None = None) -> HttpResponse:
    """Who signed up and shares it, the newest first; of those who have not confirmed only how many there are."""
    _user, found = _load(request, slug, form)
    page = Paginator(sign_up_forms.shared_sign_ups(found), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        **_about(found),
        "page": page,
        "shared": page.paginator.count,
        "confirmed": found.sign_ups.confirmed().count(),
        "waiting": found.sign_ups.waiting(timezone.now()).count(),
        "previous_query": _query(page.previous_page_number()) if page.has_previous() else "",
        "next_query": _query(page.next_page_number()) if page.has_next() else "",
    }
    return _draw(request, "results.html", found.group, context)


def _query(page: int) -> str:
    return "?" + urlencode({"page": page})
