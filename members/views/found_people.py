"""What staff do with all people whom a search or a segment finds: tag them, or take them out as a file."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from foundation.accounts.models import User

from ..forms_people import ExportForm, ManyTagForm, SearchForm
from ..models import Segment
from ..models.people import PersonQuerySet
from ..people_export import export_people
from ..segments import RulesError, in_words, people_of, read_rules
from ..tags import CountChangedError, tag_people, untag_people
from .access import people_page
from .people import KEPT_SEARCH


@dataclass(frozen=True)
class Found:
    """People found in one way or the other. `found_by` says how for the audit log, and names nobody."""

    people: PersonQuerySet
    description: str
    found_by: str
    back: str


def _by_search(request: HttpRequest) -> Found:
    """The people of the last search. Raises Http404 where there is none."""
    kept = request.session.get(KEPT_SEARCH)
    form = SearchForm({"q": kept["q"]} if kept else None)
    if not form.is_bound or not form.is_valid() or form.search is None:
        raise Http404
    search = form.search
    return Found(search.people(), search.description, f"search by {search.kind}", reverse("people_search"))


def _by_segment(pk: int) -> Found:
    """The people of a segment. Raises Http404 where its rules cannot be read: its own page says so."""
    segment = get_object_or_404(Segment, pk=pk)
    try:
        conditions = read_rules(segment.rules)
        people = people_of(conditions, now=timezone.now())
    except RulesError as error:
        raise Http404 from error
    return Found(people, in_words(conditions), f"segment:{segment.pk}", segment.get_absolute_url())


# --- tagging ----------------------------------------------------------------------------------------------------


@people_page("GET", "POST")
def found_tag(request: HttpRequest, user: User) -> HttpResponse:
    """Tag the people of the last search."""
    return redirect("people_search") if KEPT_SEARCH not in request.session else _tag(request, user, _by_search(request))


@people_page("GET", "POST")
def segment_tag(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Tag the people of a segment."""
    return _tag(request, user, _by_segment(pk))


def _tag(request: HttpRequest, user: User, found: Found) -> HttpResponse:
    """The page says how many people there are; the act is done for that number or, where it has changed, not."""
    form = ManyTagForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            changed = _change_tags(form, user, found)
        except CountChangedError as error:
            form.add_error(None, _("There are now %(count)s people. Look again.") % {"count": error.count})
        else:
            done = ngettext("%(count)s person has changed.", "%(count)s people have changed.", changed)
            messages.success(request, done % {"count": changed})
            return redirect(found.back)
    count = found.people.count()
    form.told(count)
    context = {"form": form, "found": found, "count": count}
    return render(request, "members/people/found_tag.html", context, status=422 if form.is_bound else 200)


def _change_tags(form: ManyTagForm, user: User, found: Found) -> int:
    tag, expected = form.cleaned_data["tag"], form.cleaned_data["count"]
    if form.cleaned_data["act"] == ManyTagForm.TAKE_OFF:
        return untag_people(tag=tag, people=found.people, expected=expected, found_by=found.found_by, actor=user)
    return tag_people(
        tag=tag, people=found.people, expected=expected, found_by=found.found_by, actor=user, now=timezone.now()
    )


# --- taking out -------------------------------------------------------------------------------------------------


@people_page("GET", "POST", fresh=True)
def found_export(request: HttpRequest, user: User) -> HttpResponseBase:
    """The people of the last search as a file."""
    if KEPT_SEARCH not in request.session:
        return redirect("people_search")
    return _export(request, user, _by_search(request))


@people_page("GET", "POST", fresh=True)
def segment_export(request: HttpRequest, user: User, pk: int) -> HttpResponseBase:
    """The people of a segment as a file."""
    return _export(request, user, _by_segment(pk))


def _export(request: HttpRequest, user: User, found: Found) -> HttpResponseBase:
    form = ExportForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        lines = export_people(
            people=found.people, found_by=found.found_by, reason=form.cleaned_data["reason"], actor=user
        )
        name = f"people-{timezone.localdate():%Y-%m-%d}.csv"
        return StreamingHttpResponse(
            lines,
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"},
        )
    context = {"form": form, "found": found, "count": found.people.count()}
    return render(request, "members/people/export.html", context, status=422 if form.is_bound else 200)
