"""The staff's search of people, and the page of one person.

What is searched for is personal: it comes by POST, stays in the session of whoever searches, and is in no address.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from foundation.accounts.models import User
from foundation.audit.models import record
from foundation.mail.models import Suppression
from foundation.mail.unsubscribe import describe_scope

from ..consent import standing_consents
from ..forms_people import NoteForm, PersonTagForm, SearchForm
from ..models import Consent, ConsentPurpose, Duplicate, DuplicateState, Person, PersonNote, Tag
from ..models.consent import NETWORK
from ..notes import NoteError, add_note, delete_note
from ..tags import put_tag_on, take_tag_off
from ..timeline import OPENED, Moment, timeline, timeline_sources
from .access import page_number, people_page

PAGE_SIZE = 20
KEPT_SEARCH = "people_search"
"""The session's key of the last search: {"q": what was typed, "page": where in the results}."""


@sensitive_post_parameters("q")
@people_page("GET", "POST")
def people_search(request: HttpRequest, user: User) -> HttpResponse:
    """The search and what the last one found. A POST searches, turns a page, or forgets the search."""
    if request.method == "POST":
        return _search(request)
    kept = request.session.get(KEPT_SEARCH)
    form = SearchForm({"q": kept["q"]} if kept else None)
    return _search_page(request, form, kept["page"] if kept else 1)


def _search(request: HttpRequest) -> HttpResponse:
    if "forget" in request.POST:
        request.session.pop(KEPT_SEARCH, None)
    elif "page" in request.POST and (kept := request.session.get(KEPT_SEARCH)):
        request.session[KEPT_SEARCH] = {**kept, "page": page_number(request.POST["page"])}
    else:
        form = SearchForm(request.POST)
        if not form.is_valid():
            return _search_page(request, form, 1, status=422)
        request.session[KEPT_SEARCH] = {"q": form.cleaned_data["q"], "page": 1}
    return redirect("people_search")


@sensitive_variables()
def _search_page(request: HttpRequest, form: SearchForm, page: int, status: int = 200) -> HttpResponse:
    search = form.search if form.is_bound and form.is_valid() else None
    found = search.page(page, PAGE_SIZE) if search else None
    context = {"form": form, "search": search, "found": found, "page": page}
    return render(request, "members/people/search.html", context, status=status)


@people_page("GET")
def person_page(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """What is known of one person. Each look is in the audit log."""
    person = _person(pk)
    record(actor=user, action=OPENED, subject=f"person:{person.pk}")
    return _person_page(request, user, person, NoteForm())


def _person(pk: int) -> Person:
    people = Person.objects.select_related("zip_code", "membership__basis", "activity_score", "user")
    return get_object_or_404(people.prefetch_related("emails", "phones", "tags"), pk=pk)


def _person_page(request: HttpRequest, user: User, person: Person, form: NoteForm, status: int = 200) -> HttpResponse:
    sources = timeline_sources()
    only = request.GET.get("only", "")
    only = only if only in {source.key for source in sources} else ""
    context = {
        "person": person,
        "form": form,
        "tag_form": PersonTagForm(),
        "score": _score(person),
        "consents": [_consent_words(consent) for consent in standing_consents(person)],
        "suppressions": _suppressions(person),
        "duplicates": _duplicates(person),
        "timeline": timeline(person, only=[only] if only else [], before=_moment(request)),
        "sources": sources,
        "only": only,
        "viewer": user,
    }
    return render(request, "members/people/person.html", context, status=status)


def _score(person: Person) -> float | None:
    return person.activity_score.value_at(timezone.now()) if hasattr(person, "activity_score") else None


def _consent_words(consent: Consent) -> dict[str, Any]:
    scope = "" if consent.scope == NETWORK else describe_scope(consent.scope)
    return {"purpose": ConsentPurpose(consent.purpose).label, "scope": scope, "at": consent.at}


def _suppressions(person: Person) -> list[dict[str, Any]]:
    rows = Suppression.objects.filter(address__in=[email.address for email in person.emails.all()])
    return [
        {"address": row.address, "scope": describe_scope(row.scope), "reason": row.get_reason_display(), "at": row.at}
        for row in rows.order_by("address", "scope")
    ]


def _duplicates(person: Person) -> list[Duplicate]:
    pairs = Duplicate.objects.filter(first=person) | Duplicate.objects.filter(second=person)
    return list(pairs.filter(state=DuplicateState.OPEN).select_related("first", "second").order_by("pk"))


def _moment(request: HttpRequest) -> Moment | None:
    try:
        return Moment.read(request.GET["before"])
    except (KeyError, ValueError, OverflowError):
        return None


# --- notes and tags of one person -----------------------------------------------------------------------------


@sensitive_post_parameters("text")
@people_page("POST")
def person_note_add(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Note something down."""
    person = _person(pk)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _person_page(request, user, person, form, status=422)
    add_note(person=person, text=form.cleaned_data["text"], actor=user, now=timezone.now())
    messages.success(request, _("The note is saved."))
    return redirect("person_page", pk)


@people_page("POST")
def person_note_delete(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Delete one's own note."""
    note = get_object_or_404(PersonNote, pk=pk)
    try:
        delete_note(note=note, actor=user)
    except NoteError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The note is deleted."))
    return redirect("person_page", note.person_id)


@people_page("POST")
def person_tag_put(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Put a tag on the person."""
    person = get_object_or_404(Person, pk=pk)
    form = PersonTagForm(request.POST)
    if form.is_valid():
        put_tag_on(tag=form.cleaned_data["tag"], person=person, actor=user, now=timezone.now())
    else:
        messages.error(request, _("Choose a tag."))
    return redirect("person_page", pk)


@people_page("POST")
def person_tag_take(request: HttpRequest, user: User, pk: int, tag: int) -> HttpResponse:
    """Take a tag off the person."""
    person = get_object_or_404(Person, pk=pk)
    take_tag_off(tag=get_object_or_404(Tag, pk=tag), person=person, actor=user)
    return redirect("person_page", pk)
