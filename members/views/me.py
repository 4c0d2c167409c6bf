"""What people see of themselves and do about it: details, history, consent, card, export, deletion."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from foundation.accounts.fresh_sign_in import fresh_sign_in_required
from foundation.accounts.views import signed_in_user
from foundation.documents.requesting import request_document
from foundation.web.limits import is_over_limit

from .. import card, choices, own_details
from ..erasure import ErasureRefusedError, erase_login, erase_person
from ..explaining import tell
from ..forms_me import ConsentForm, DeleteForm, DetailsForm, PhoneForm
from ..models import Activity, Person, PersonEmail, PersonPhone
from ..person_export import export_csv, export_json

PAGE_SIZE = 50
NEW_PHONES_A_DAY = 5


def _person(request: HttpRequest) -> Person | None:
    return own_details.person_of(signed_in_user(request))


def _known_person(request: HttpRequest) -> Person:
    """Who acts, known to the network from now on."""
    return own_details.become_known(user=signed_in_user(request), now=timezone.now())


# --- details ------------------------------------------------------------------------------------------------------


@login_required
def my_details(request: HttpRequest) -> HttpResponse:
    """Name, home and language; addresses and phones."""
    if request.method != "POST":
        person = _person(request) or Person(language=signed_in_user(request).language)
        return _details_page(request, person, DetailsForm.of(person, None))
    person = _known_person(request)
    form = DetailsForm.of(person, request.POST)
    if not form.is_valid():
        return _details_page(request, person, form)
    own_details.change_details(person=person, actor=signed_in_user(request), **form.cleaned_data)
    messages.success(request, _("Your changes are saved."))
    return redirect("my_details")


def _details_page(
    request: HttpRequest, person: Person, form: DetailsForm, phone_form: PhoneForm | None = None
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "phone_form": phone_form or PhoneForm(),
        "emails": person.emails.order_by("-is_primary", "pk") if person.pk else [],
        "phones": person.phones.order_by("pk") if person.pk else [],
        "has_phone_errors": bool(phone_form and phone_form.errors),
    }
    status = 422 if form.errors or context["has_phone_errors"] else 200
    return render(request, "members/me/details.html", context, status=status)


@login_required
@require_POST
def my_phone_add(request: HttpRequest) -> HttpResponse:
    """One more phone number."""
    user, person, form = signed_in_user(request), _known_person(request), PhoneForm(request.POST)
    if not form.is_valid():
        return _details_page(request, person, DetailsForm.of(person, None), form)
    # Numbers are not proven: whoever could try many would learn which of them somebody has given us.
    if is_over_limit("own-phone", str(user.pk), amount=NEW_PHONES_A_DAY, seconds=24 * 3600):
        return render(request, "429.html", status=429)
    own_details.add_phone(person=person, actor=user, number=form.cleaned_data["number"])
    messages.success(request, _("Thank you. Where a number is somebody else's already, our staff look at it first."))
    return redirect("my_details")


@login_required
def my_phone_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a phone number."""
    user = signed_in_user(request)
    phone = get_object_or_404(PersonPhone, pk=pk, person__in=Person.objects.of_user(user))
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    own_details.remove_phone(person=phone.person, actor=user, phone=phone)
    messages.success(request, _("The number is removed."))
    return redirect("my_details")


@login_required
def my_email(request: HttpRequest, pk: int) -> HttpResponse:
    """Write to this address, or forget it."""
    user = signed_in_user(request)
    email = get_object_or_404(PersonEmail, pk=pk, person__in=Person.objects.of_user(user))
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    act = own_details.remove_email if request.POST.get("do") == "remove" else own_details.write_to
    try:
        act(person=email.person, actor=user, email=email)
    except own_details.DetailsError:
        messages.error(request, _("This address has to stay as it is: you sign in with it, or never confirmed it."))
    else:
        messages.success(request, _("Your changes are saved."))
    return redirect("my_details")


# --- history ------------------------------------------------------------------------------------------------------


@login_required
@require_safe
def my_activity(request: HttpRequest) -> HttpResponse:
    """Everything that the network remembers of what the person did, newest first."""
    person = _person(request)
    activities = Activity.objects.filter(person=person).order_by("-at", "-pk")
    page = Paginator(activities, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "told": tell(person, list(page)) if person else [],
        "page": page.number,
        "pages": page.paginator.num_pages,
        "previous_query": f"?page={page.previous_page_number()}" if page.has_previous() else "",
        "next_query": f"?page={page.next_page_number()}" if page.has_next() else "",
    }
    return render(request, "members/me/activity.html", context)


# --- consent and mails --------------------------------------------------------------------------------------------


@login_required
def my_consent(request: HttpRequest) -> HttpResponse:
    """What the person agreed to, word for word, and which mails they get."""
    person = _known_person(request) if request.method == "POST" else _person(request)
    asked = choices.askers(person)
    form = ConsentForm(request.POST if request.method == "POST" else None, asked=asked)
    if request.method == "POST" and person and form.is_valid():
        changed = choices.answer_questions(person=person, answers=form.cleaned_data, now=timezone.now())
        messages.success(request, _("Your changes are saved.") if changed else _("Nothing has changed."))
        return redirect("my_consent")
    context = {"form": form, "mails": choices.mail_choices(person) if person else []}
    return render(request, "members/me/consent.html", context)


@login_required
@require_POST
def my_mails(request: HttpRequest) -> HttpResponse:
    """No more mails of one kind, or again."""
    person = _known_person(request)
    scope = request.POST.get("scope", "")
    if scope not in [choice.scope for choice in choices.mail_choices(person)]:
        raise Http404
    is_again = request.POST.get("do") == "again"
    (choices.take_mails_back if is_again else choices.stop_mails)(person=person, scope=scope, now=timezone.now())
    messages.success(request, _("You get these mails again.") if is_again else _("You get no more of these mails."))
    return redirect("my_consent")


# --- the card -----------------------------------------------------------------------------------------------------


@login_required
def my_card(request: HttpRequest) -> HttpResponse:
    """The member card; a POST asks for its PDF."""
    person = _person(request)
    membership = getattr(person, "membership", None)
    if request.method == "POST" and person and membership:
        document = request_document(
            kind=card.CARD, subject=card.subject_of(person), actor=signed_in_user(request), now=timezone.now()
        )
        return redirect(document)
    context = {"person": person, "membership": membership, "code": card.card_code(person) if person else ""}
    return render(request, "members/me/card.html", context)


@never_cache
@require_GET
def card_check(request: HttpRequest, token: str) -> HttpResponse:
    """What the code on a card leads to: is it valid today?"""
    try:
        membership = card.membership_of_card(token)
    except card.ForgedCardError as error:
        raise Http404 from error
    response = render(request, "members/card_check.html", {"membership": membership, "today": timezone.now()})
    response.headers["X-Robots-Tag"] = "noindex"
    return response


# --- export and deletion ------------------------------------------------------------------------------------------


@fresh_sign_in_required
def my_export(request: HttpRequest) -> HttpResponse:
    """Everything held about the person, as a file."""
    user = signed_in_user(request)
    if request.method != "POST":
        return render(request, "members/me/export.html")
    person = _known_person(request)
    if request.POST.get("format") == "csv":
        return _file(export_csv(person=person, actor=user), "my-data.zip", "application/zip")
    return _file(export_json(person=person, actor=user), "my-data.json", "application/json")


def _file(content: bytes, name: str, content_type: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=content_type, headers=headers)


@fresh_sign_in_required
def my_deletion(request: HttpRequest) -> HttpResponse:
    """Delete everything about the person, once they ticked that they mean it."""
    user, form = signed_in_user(request), DeleteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        person = _person(request)
        try:
            if person:
                erase_person(person=person, actor=user, now=timezone.now())
            else:
                erase_login(user=user, actor=user, now=timezone.now())
        except ErasureRefusedError as refusal:
            form.add_error(None, str(refusal))
        else:
            logout(request)
            return redirect("deleted")
    return render(request, "members/me/delete.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
def deleted(request: HttpRequest) -> HttpResponse:
    """The last page."""
    return render(request, "members/deleted.html")
